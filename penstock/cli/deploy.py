"""`penstock deploy`: plan a deployment, carry it out, or rebuild its manifest."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli import verify as verification
from penstock.cli.options import DEAL, address, labelled
from penstock.cli.passwords import PasswordFile, password_from
from penstock.cli.selection import confirm
from penstock.deploy.verify import Verifier

if TYPE_CHECKING:
    from penstock.deploy.plan import Order, Plan
    from penstock.evm.networks import Network
    from penstock.evm.retry import RetryingRpc

DealPath = Annotated[Path | None, DEAL]
NetworkName = Annotated[
    str,
    typer.Option("--network", metavar="NAME|URL", help="A name of Brownie's list, or a URL.", show_default=False),
]
AccountName = Annotated[
    str | None,
    typer.Option(
        "--account", metavar="KEYSTORE|ADDRESS", help="The sponsor; default a development node's first account."
    ),
]
MOST_SALT = 2**256 - 1
MOST_MONEY = 10**12


def deploy(
    network: NetworkName,
    deal: DealPath = None,
    execute: Annotated[bool, typer.Option("--execute", help="Send. Without it only the plan is shown.")] = False,
    account: AccountName = None,
    password_file: PasswordFile = None,
    yes: Annotated[str | None, typer.Option("--yes", metavar="NAME", help="Confirm a public chain by name.")] = None,
    asset: Annotated[
        str | None, typer.Option(metavar="ADDRESS|mock", help="The stablecoin; on development chains default a mock.")
    ] = None,
    payee: Annotated[list[str] | None, typer.Option(metavar="LABEL=ADDRESS", help="Who takes a fee; repeat.")] = None,
    allocation: Annotated[
        Path | None, typer.Option(metavar="CSV", help="holder,tranche,shares; default all to the sponsor.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(metavar="ADDRESS|new", help="Who may hold shares; default everybody.")
    ] = None,
    reports: Annotated[
        str | None, typer.Option(metavar="ADDRESS|new", help="Where losses and asset values come from.")
    ] = None,
    delay: Annotated[
        int, typer.Option(min=0, max=365, metavar="DAYS", help="Put policy and reports where they can be replaced.")
    ] = 0,
    salt: Annotated[int, typer.Option(min=0, help="Another number launches the same terms once more.")] = 0,
    price: Annotated[str | None, typer.Option(metavar="MONEY", help="Of one native coin, to show costs in.")] = None,
    gas_price: Annotated[str | None, typer.Option(metavar="GWEI", help="Show the cost at this price too.")] = None,
    confirmations: Annotated[
        int | None, typer.Option(min=1, help="Blocks until done; default 1 on development chains, else 3.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Manifest; default deployments/CHAIN/DEAL.json.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what is left to do as unsigned transactions (JSON).")
    ] = None,
    export_safe: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a batch of the Safe at --account (JSON).")
    ] = None,
    rebuild: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Make the manifest of this deal anew from the chain.")
    ] = None,
    since: Annotated[
        int | None,
        typer.Option(min=0, metavar="BLOCK", help="With --rebuild: look from there on; for a node without old states."),
    ] = None,
    verify_bytecode: Annotated[
        bool, typer.Option("--verify-bytecode", help="Recompile, and compare with the code on the chain.")
    ] = False,
    sources: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write each contract's standard JSON input there.")
    ] = None,
    verify: Annotated[
        str | None, typer.Option(metavar="URL", help="Submit the sources to the explorer whose API is there.")
    ] = None,
    verifier: Annotated[Verifier | None, typer.Option(help="Which API that explorer speaks.")] = None,
    api_key_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Holds the explorer's API key, and nothing else.")
    ] = None,
    api_key_env: Annotated[
        str | None, typer.Option(metavar="VARIABLE", help="The environment variable that holds it.")
    ] = None,
) -> None:
    """
    Plans a deal's launch; with --execute sends it, resumes it where it stopped, and writes its manifest.

    --verify-bytecode, --sources and --verify work on what was deployed: DEAL is its deal file, or its manifest (.json).
    """
    from penstock.cli.pages import deployment as pages
    from penstock.dealfile import load
    from penstock.evm import networks
    from penstock.onchain import manifest
    from penstock.report import tables

    asked = verification.Wanted(verify_bytecode, sources, verify, verifier, api_key_file, api_key_env)
    asked.check()
    if asked and (execute or rebuild is not None):
        raise typer.BadParameter("deploy first, then verify", param_hint="--verify-bytecode, --sources, --verify")
    if since is not None and rebuild is None:
        raise typer.BadParameter("goes with --rebuild", param_hint="--since")
    if out is not None and not out.name:
        raise typer.BadParameter(f"{str(out)!r} is no file", param_hint="--out")
    if rebuild is not None:
        _rebuild(network, address("--rebuild", rebuild), deal, out, since)
        return
    if deal is None:
        raise typer.BadParameter("which deal file?", param_hint="DEAL")
    if asked:
        verification.verify(network, deal, out, asked)
        return
    payees = labelled("--payee", payee or [])
    if salt > MOST_SALT:
        raise typer.BadParameter("not so large a number; accepted: 0 to 2^256-1", param_hint="--salt")
    coin_price, gwei = _number("--price", price), _number("--gas-price", gas_price)
    token = None if asset in (None, "mock") else address("--asset", str(asset))
    load(deal)  # a mistake in the file comes before the network's
    way = networks.find(network)
    chain = networks.connect(way)
    public = not networks.is_development(chain)
    if public and asset is None:
        raise typer.BadParameter("a public chain needs ADDRESS, or mock on a testnet", param_hint="--asset")
    order = _order(chain, deal, account, payees, allocation, token, policy, reports, salt, delay)
    file = out or manifest.default_file(chain.chain_id, deal)
    show = pages.Costs(gwei, coin_price)
    if export or export_safe:
        from penstock.cli.export import export_deployment

        if execute:
            raise typer.BadParameter("either --execute, or an export for others to sign", param_hint="--execute")
        export_deployment(chain, way, order, file, export, export_safe, show)
        return
    if execute:
        _execute(chain, way, order, file, account, password_file, yes, confirmations, show, public)
        return
    from penstock.deploy.run import plan_deployment

    plan = plan_deployment(chain, way, order, file)
    tables.console().print(pages.plan_page(chain, plan, show))


def _execute(
    chain: RetryingRpc,
    way: Network,
    order: Order,
    file: Path,
    account: str | None,
    password_file: Path | None,
    yes: str | None,
    confirmations: int | None,
    show: object,
    public: bool,
) -> None:
    from penstock.cli.pages import deployment as pages
    from penstock.deploy import run
    from penstock.deploy.execute import Pace
    from penstock.evm import networks
    from penstock.evm.signers import signer_for
    from penstock.report import tables

    assert isinstance(show, pages.Costs)

    def approve(plan: Plan) -> None:
        if public and plan.to_do:
            tables.console().print(pages.plan_page(chain, plan, show, sending=True))
        if plan.to_do or yes is not None:
            confirm(chain, plan.name, "sends to", yes)

    done = run.execute(
        chain,
        way,
        order,
        lambda: signer_for(chain, account or order.sponsor, password_from(password_file)),
        file,
        Pace(confirmations=confirmations or networks.confirmations(chain)),
        lambda line: typer.echo(line, err=True),
        approve,
    )
    tables.console().print(pages.launched_page(done, chain.now()))


def _order(
    chain: RetryingRpc,
    deal: Path,
    account: str | None,
    payees: dict[str, str],
    allocation: Path | None,
    asset: str | None,
    policy: str | None,
    reports: str | None,
    salt: int,
    delay: int,
) -> Order:
    from penstock.deploy.run import make_order
    from penstock.evm import networks, signers
    from penstock.onchain.terms_encode import NO_ADDRESS

    if account is None:
        if not networks.is_development(chain) or not chain.accounts:
            raise typer.BadParameter("a public chain needs the sponsor's keystore or address", param_hint="--account")
        sponsor = chain.accounts[0]
    else:
        keystore = signers.keystore_file(account)
        sponsor = signers.address_of(keystore) if keystore else address("--account", account)
    places = [
        NO_ADDRESS if text is None else None if text == "new" else address(option, text)
        for option, text in (("--policy", policy), ("--reports", reports))
    ]
    return make_order(deal, sponsor, payees, allocation, asset, places[0], places[1], salt, delay * 86_400)


def _rebuild(network: str, deal: str, deal_file: Path | None, out: Path | None, since: int | None) -> None:
    from penstock.cli.pages import deployment as pages
    from penstock.deploy.rebuild import rebuild, require_place
    from penstock.evm import networks
    from penstock.files import read_text
    from penstock.onchain import manifest, manifest_check
    from penstock.report import tables

    text = (deal_file.name, read_text(deal_file)) if deal_file else None
    way = networks.find(network)
    chain = networks.connect(way)
    file = out or manifest.default_file(chain.chain_id, deal_file or Path(deal))
    made = rebuild(chain, way, deal, text, since)
    manifest_check.require_true(made, chain)
    require_place(made, file)
    manifest.write(made, file)
    tables.console().print(pages.rebuilt_page(made, str(file)))


def _number(option: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        found = Decimal(text.replace("_", "").replace(",", ""))
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not Decimal(10) ** -18 <= found <= MOST_MONEY:
        raise typer.BadParameter(
            f"{text!r} is no amount above 0, such as 2500.50; accepted: 10^-18 to 10^12", param_hint=option
        )
    return found
