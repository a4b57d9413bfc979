"""`penstock holders`: who holds shares of a deal, and what registrar, providers and holders say of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from penstock.cli import selection
from penstock.cli.action import PLAN_ONLY, Action, carry_out, open_to_change, with_action
from penstock.cli.options import ManifestPath, Network, PasswordFile, address

if TYPE_CHECKING:
    from penstock.onchain.launch import Deployment


class _ListedByDefault(TyperGroup):
    """A group whose command `list` may be left out: `penstock holders DEPLOYMENT`."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and args[0] not in ("--help", "-h"):
            args = ["list", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ListedByDefault,
    help="Lists the holders of a deal (the default), and changes what its policy knows of them.",
)

Accounts = Annotated[list[str], typer.Argument(metavar="HOLDER...", help="Accounts of holders.", show_default=False)]
Other = Annotated[
    str | None,
    typer.Option(
        "--policy",
        metavar="ADDRESS",
        help="Another policy of the deal, such as a successor to be filled. Default: the one in effect.",
    ),
]


@app.command("list")
def list_(
    deployment: ManifestPath,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv",
            metavar="FILE",
            help="Write all holdings to this file, with exact amounts and the block, and print the sums alone. "
            "`penstock claim --holders` reads it.",
        ),
    ] = None,
    network: Network = None,
) -> None:
    """
    Lists everyone who holds shares of a deal, or held some.

    Of each holding: shares, what was claimed for them and what can be claimed now, all at one block.
    """
    from penstock.cli.pages import holdings
    from penstock.files import write_whole
    from penstock.operate.status import status_of
    from penstock.report import tables

    found = status_of(selection.opened(deployment, network))
    if csv:
        write_whole(csv, holdings.holdings_csv(found))
    tables.console().print(holdings.holdings_page(found, listed=csv is None))


@app.command()
def registered(
    deployment: ManifestPath,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Also write them, as `penstock holders import` reads them."),
    ] = None,
    policy: Other = None,
    network: Network = None,
) -> None:
    """Lists everyone whom the deal's policy knows: investor, country, class, until when, and what is frozen."""
    from penstock.cli.pages import registrations
    from penstock.deploy.holders import policy_of
    from penstock.files import write_whole
    from penstock.onchain.registered import read_registered
    from penstock.report import tables

    chain, _, attached, _ = open_to_change(deployment, network)
    found = read_registered(chain, attached, policy_of(chain, attached, _place("--policy", policy)).address)
    if csv:
        write_whole(csv, registrations.registrations_csv(found))
    tables.console().print(registrations.registrations_page(attached.terms, found, chain.now()))


@app.command("import")
@with_action
def import_(
    deployment: ManifestPath,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Holders (CSV: holder,investor,country,class,expires).", show_default=False
        ),
    ],
    policy: Other = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Registers the holders of a file, by the registrar.

    Without --execute, only the plan is printed. Holders that are registered as stated are left as they are.
    """
    from penstock.cli.options import print_notes
    from penstock.dealfile.registrations import load_registrations
    from penstock.deploy.holders import plan_import, policy_of

    read = load_registrations(file)
    print_notes(read.notes)
    chain, name, attached, _ = open_to_change(deployment, network)
    found = policy_of(chain, attached, _place("--policy", policy))
    plan = plan_import(chain, name, attached, found, read.holders)
    carry_out(chain, plan, deployment, "holders", action, found.registrar)


@app.command()
@with_action
def expire(deployment: ManifestPath, holders: Accounts, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """
    Lets holders receive no more shares. They keep what they have, may sell it, and claim.

    Without --execute, only the plan is printed.
    """
    from penstock.deploy.holders import plan_expiry, policy_of

    accounts = _accounts(holders)
    chain, name, attached, _ = open_to_change(deployment, network)
    found = policy_of(chain, attached)
    carry_out(
        chain, plan_expiry(chain, name, attached, found, accounts), deployment, "holders", action, found.registrar
    )


@app.command()
@with_action
def freeze(
    deployment: ManifestPath,
    holders: Accounts,
    tranche: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Freeze a part of the shares of this tranche; with --shares."),
    ] = None,
    shares: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="How many shares are frozen from now on; 0 releases them.")
    ] = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Freezes holders: they neither send nor receive shares of any tranche. They claim their cash all the same.

    Without --execute, only the plan is printed.
    """
    from penstock.deploy.holders import plan_freeze, plan_freeze_shares, policy_of

    accounts = _accounts(holders)
    if (tranche is None) != (shares is None):
        raise typer.BadParameter("both, or neither", param_hint="--tranche, --shares")
    if tranche is not None and len(accounts) != 1:
        raise typer.BadParameter("one holder at a time", param_hint="HOLDER")
    chain, name, attached, _ = open_to_change(deployment, network)
    found = policy_of(chain, attached)
    if tranche is None or shares is None:
        plan = plan_freeze(chain, name, attached, found, accounts, frozen=True)
    else:
        amount = _shares(attached, shares)
        plan = plan_freeze_shares(chain, name, attached, found, _tranche(attached, tranche), accounts[0], amount)
    carry_out(chain, plan, deployment, "holders", action, found.registrar)


@app.command()
@with_action
def release(deployment: ManifestPath, holders: Accounts, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """
    Releases frozen holders.

    Without --execute, only the plan is printed. A frozen part of shares is released by `freeze --shares 0`.
    """
    from penstock.deploy.holders import plan_freeze, policy_of

    accounts = _accounts(holders)
    chain, name, attached, _ = open_to_change(deployment, network)
    found = policy_of(chain, attached)
    plan = plan_freeze(chain, name, attached, found, accounts, frozen=False)
    carry_out(chain, plan, deployment, "holders", action, found.registrar)


@app.command()
@with_action
def provider(
    deployment: ManifestPath,
    signer: Annotated[str, typer.Argument(metavar="PROVIDER", help="Who signs claims.", show_default=False)],
    remove: Annotated[bool, typer.Option("--remove", help="Accept its claims no longer.")] = False,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Accepts the claims of a provider, with which holders register themselves.

    Without --execute, only the plan is printed.
    """
    from penstock.deploy.holders import plan_provider, policy_of

    place = address("PROVIDER", signer)
    chain, name, attached, _ = open_to_change(deployment, network)
    found = policy_of(chain, attached)
    plan = plan_provider(chain, name, attached, found, place, not remove)
    carry_out(chain, plan, deployment, "holders", action, found.registrar)


@app.command()
def certify(
    deployment: ManifestPath,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Holders (CSV: holder,investor,country,class,expires).", show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Where to write the signed claims (JSON).", show_default=False)
    ],
    account: Annotated[
        str,
        typer.Option(
            metavar="KEYSTORE|ADDRESS", help="The provider: a keystore, or a development account.", show_default=False
        ),
    ],
    password_file: PasswordFile = None,
    network: Network = None,
) -> None:
    """
    Signs, as a provider, who holders are: each registers itself with its claim. Sends nothing.

    A claim is for one holder, one policy and one chain, and void once the holder is registered.
    """
    from penstock.cli.selection import key_of
    from penstock.dealfile.registrations import load_registrations
    from penstock.deploy.holders import policy_of
    from penstock.files import write_whole
    from penstock.onchain.claims import sign_claims, write_claims

    read = load_registrations(file)
    chain, _, attached, _ = open_to_change(deployment, network)
    found = policy_of(chain, attached)
    signer = key_of(chain, account, password_file)
    claims = sign_claims(chain, found.address, read.holders, signer)
    write_whole(out, write_claims(claims))
    typer.echo(f"{out}: {len(claims)} claims of {signer.address} for {found.address}")


@app.command()
@with_action
def register(
    deployment: ManifestPath,
    claims: Annotated[
        Path, typer.Argument(metavar="CLAIMS", help="Claims that a provider signed (JSON).", show_default=False)
    ],
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Registers a holder, by itself, with the claim that a provider signed for it.

    Without --execute, only the plan is printed. --account is the holder.
    """
    from penstock.deploy.holders import plan_registration, policy_of
    from penstock.onchain.claims import read_claims

    read = read_claims(claims)
    chain, name, attached, _ = open_to_change(deployment, network)
    found = policy_of(chain, attached)
    plan = plan_registration(chain, name, attached, found, read, claims)
    carry_out(chain, plan, deployment, "holders", action, plan.steps[0].sender)


@app.command()
def ask(
    deployment: ManifestPath,
    sender: Annotated[str, typer.Argument(metavar="FROM", help="Who would send shares.", show_default=False)],
    receiver: Annotated[str, typer.Argument(metavar="TO", help="Who would receive them.", show_default=False)],
    tranche: Annotated[str, typer.Argument(metavar="TRANCHE", help="Id of the tranche.", show_default=False)],
    shares: Annotated[str, typer.Argument(metavar="SHARES", help="How many shares.", show_default=False)],
    network: Network = None,
) -> None:
    """Asks whether the policy would let shares move, and which rule refuses; exits with 1 if one does."""
    from penstock.deploy.holders import policy_of, rule_against
    from penstock.report.holder_rules import REFUSED_BY

    accounts = _accounts([sender, receiver])
    chain, _, attached, _ = open_to_change(deployment, network)
    found = policy_of(chain, attached)
    rule = rule_against(
        chain, attached, found, _tranche(attached, tranche), accounts[0], accounts[1], _shares(attached, shares)
    )
    typer.echo(f"refused: {REFUSED_BY[rule]}" if rule else "no rule refuses it")
    if rule:
        raise typer.Exit(1)


def _accounts(texts: list[str]) -> list[str]:
    """Each once, in the order given."""
    return list(dict.fromkeys(address("HOLDER", each) for each in texts))


def _place(option: str, text: str | None) -> str | None:
    return None if text is None else address(option, text)


def _tranche(deployment: Deployment, name: str) -> int:
    ids = [each.id for each in deployment.terms.tranches]
    if name not in ids:
        raise typer.BadParameter(f"no tranche is {name!r}; accepted: {', '.join(ids)}", param_hint="--tranche")
    return ids.index(name)


def _shares(deployment: Deployment, text: str) -> int:
    from penstock.cli.options import base_units

    return base_units("--shares", text, deployment.terms.share_decimals)
