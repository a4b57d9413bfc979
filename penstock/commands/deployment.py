"""`penstock deploy`, `settle`, `claim` and `status`: a deal on a chain, by its manifest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from penstock.chain.launch import Deployment
    from penstock.chain.manifest import Manifest

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)

DealPath = Annotated[Path, typer.Argument(metavar="DEAL", help="Deal file (TOML).", show_default=False)]
ManifestPath = Annotated[
    Path, typer.Argument(metavar="DEPLOYMENT", help="Manifest that deploy wrote.", show_default=False)
]
Network = Annotated[
    str | None, typer.Option("--network", metavar="NAME|URL", help="Another way to the chain than the manifest's.")
]
Sender = Annotated[
    str | None, typer.Option("--from", metavar="ADDRESS", help="Who sends; default the node's first account.")
]


def deploy(
    deal: DealPath,
    network: Annotated[
        str, typer.Option("--network", metavar="NAME|URL", help="anvil, ganache, or a URL.", show_default=False)
    ],
    asset: Annotated[str | None, typer.Option(metavar="ADDRESS", help="The stablecoin; default a new MockUSD.")] = None,
    payee: Annotated[list[str] | None, typer.Option(metavar="LABEL=ADDRESS", help="Who takes a fee; repeat.")] = None,
    allocation: Annotated[
        Path | None, typer.Option(metavar="CSV", help="holder,tranche,shares; default all to the sponsor.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Manifest; default deployments/CHAIN/DEAL.json.")
    ] = None,
) -> None:
    """Launches a deal on a development chain and writes its manifest."""
    payees = _payees(payee or [])
    token = _address("--asset", asset) if asset else None
    from penstock.chain import manifest
    from penstock.chain.deploy import deploy as launch
    from penstock.chain.networks import connect
    from penstock.commands import pages
    from penstock.dealfile import load
    from penstock.report import tables

    load(deal)  # a mistake in the file comes before the network's
    chain = connect(network)
    file = out or manifest.default_file(chain.chain_id, deal)
    manifest.require_free(chain, file)
    deployed = launch(chain, deal, token, payees, allocation)
    manifest.write(deployed.manifest, file)
    tables.console().print(pages.launched_page(deployed.manifest, deployed.deployment.terms, str(file), chain.now()))


def settle(
    deployment: ManifestPath,
    pay: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="Revenue to pay in first; 0 settles with nothing."),
    ] = None,
    periods: Annotated[int, typer.Option(min=1, help="The most periods to settle.")] = 1,
    advance: Annotated[bool, typer.Option("--advance", help="Move a development chain's clock to the date.")] = False,
    sender: Sender = None,
    network: Network = None,
) -> None:
    """Shares out a period's collections, from its payment date on."""
    account = _address("--from", sender) if sender else None
    from penstock.chain import treasury as actions
    from penstock.commands import pages
    from penstock.report import tables

    found, manifest = _attached(deployment, network)
    amount = _amount(pay, found.terms.decimals) if pay is not None else 0
    if pay is None:
        actions.require_collections(found, advance)
    payer = account or found.chain.accounts[0]
    outcome = actions.settle(found, amount, periods, payer, mint=manifest.asset_is_mock, advance=advance)
    tables.console().print(pages.settled_page(found.terms, outcome))


def claim(
    deployment: ManifestPath,
    holder: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Who claims, a holder or a payee.", show_default=False)
    ],
    tranche: Annotated[str | None, typer.Option(metavar="ID", help="Of one tranche; default of all, and fees.")] = None,
    network: Network = None,
) -> None:
    """Takes what a holder's shares have earned, and a payee's fees."""
    account = _address("--holder", holder)
    from penstock.chain import treasury as actions
    from penstock.commands import pages
    from penstock.report import tables

    found, _ = _attached(deployment, network)
    ids = [each.id for each in found.terms.tranches]
    if tranche is not None and tranche not in ids:
        raise typer.BadParameter(f"no tranche is {tranche!r}; accepted: {', '.join(ids)}", param_hint="--tranche")
    made = actions.claim(found, account, None if tranche is None else [ids.index(tranche)])
    tables.console().print(pages.claims_page(found.terms, account, made))


def status(deployment: ManifestPath, network: Network = None) -> None:
    """Prints where a deal stands: dates, balances, arrears, reserves, tests, who may claim what."""
    from penstock.chain import treasury as actions
    from penstock.commands import pages
    from penstock.report import tables

    found, _ = _attached(deployment, network)
    tables.console().print(pages.status_page(found.terms, actions.status(found)))


def _attached(file: Path, network: str | None) -> tuple[Deployment, Manifest]:
    from penstock.chain import manifest
    from penstock.chain.networks import connect

    read = manifest.read(file)
    return manifest.attach(connect(network or read.network), read), read


def _payees(texts: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        label, equals, address = text.partition("=")
        if not equals or not label or label in found:
            reason = "named twice" if label in found and equals else "not LABEL=ADDRESS"
            raise typer.BadParameter(f"{text!r} is {reason}", param_hint="--payee")
        found[label] = _address("--payee", address)
    return found


def _address(option: str, text: str) -> str:
    from penstock.chain.codec import checksum

    if not _ADDRESS.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is no address: 0x and 40 hexadecimal digits", param_hint=option)
    right = checksum(text)
    if text[2:] not in (right[2:], right[2:].lower(), right[2:].upper()):
        raise typer.BadParameter(f"{text!r} has a wrong checksum; {right}, if that is meant", param_hint=option)
    return right


def _amount(text: str, decimals: int) -> int:
    from penstock.dealfile.numbers import amount_fault, parse_exact, why_no_decimal

    exact = parse_exact(text)
    fault = why_no_decimal(text) if exact is None else amount_fault(exact, decimals)
    units = exact.scaled(decimals) if exact else None
    if fault or units is None:
        raise typer.BadParameter(f"{text!r}: {fault}; accepted: an amount such as 125000.50", param_hint="--pay")
    return units
