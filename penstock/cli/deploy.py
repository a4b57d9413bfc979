"""`penstock deploy`: plans a launch, executes the plan, or exports it for others to sign."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import DealPath, Export, NetworkName, PasswordFile, Yes, address, labelled
from penstock.cli.passwords import password_from
from penstock.cli.quorum import quorum_from
from penstock.cli.selection import confirm, first_account

if TYPE_CHECKING:
    from penstock.cli.pages.deployment import Shown
    from penstock.deploy.plan import Order, Plan
    from penstock.evm.networks import Network
    from penstock.evm.retry import RetryingRpc
    from penstock.links.quorum import Quorum

MAX_SALT = 2**256 - 1
MAX_PRICE = 10**12


def deploy(
    deal: DealPath,
    network: NetworkName,
    execute: Annotated[
        bool, typer.Option("--execute", help="Send the transactions. Without it, only the plan is printed.")
    ] = False,
    account: Annotated[
        str | None,
        typer.Option(
            "--account",
            metavar="KEYSTORE|ADDRESS",
            help="The sponsor, who pays for and signs the launch: a keystore, or an address whose key the node holds. "
            "Default on a development chain: the node's first account.",
        ),
    ] = None,
    password_file: PasswordFile = None,
    yes: Yes = None,
    asset: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|mock",
            help="The stablecoin the deal pays in, or `mock` to deploy a test coin. "
            "Default on a development chain: mock.",
        ),
    ] = None,
    payee: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL=ADDRESS", help="Address of a payee named in the deal file. Repeat for each payee."),
    ] = None,
    allocation: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Initial holders (CSV: holder,tranche,shares). Default: the sponsor receives all shares.",
        ),
    ] = None,
    holders: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="Who holders are, of a deal file with [holders] (CSV: holder,investor,country,class,expires).",
        ),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|new",
            help="Transfer policy: an existing contract, or `new` to deploy a HolderRegistry. "
            "Default: anyone may hold shares.",
        ),
    ] = None,
    reports: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|new",
            help="Source of what is reported (losses, asset values, declared fields): an existing "
            "contract, or `new` to deploy a SingleReporter. Default: none.",
        ),
    ] = None,
    reporter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="A reporter, instead of the sponsor alone: deploys a QuorumReporter. Repeat for each, three or more.",
        ),
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option(
            min=2,
            metavar="M",
            help="How many reporters make a report, of which the median of each field counts: an odd number, or 2. "
            "Default: more than half of them.",
        ),
    ] = None,
    tolerance: Annotated[
        str | None,
        typer.Option(
            metavar="FRACTION",
            help="Of a quorum of 2: how far two reports may be apart, such as 0.01 for 1 %; else a third decides. "
            "Default: they must be the same.",
        ),
    ] = None,
    delay: Annotated[
        int,
        typer.Option(
            min=0,
            max=365,
            metavar="DAYS",
            help="Make the policy and the report source replaceable, with this many days of notice.",
        ),
    ] = 0,
    salt: Annotated[
        int, typer.Option(min=0, metavar="N", help="Use another number to launch a second deal with the same terms.")
    ] = 0,
    price: Annotated[
        str | None,
        typer.Option(metavar="MONEY", help="Price of one native coin, such as 2500; adds costs in money to the plan."),
    ] = None,
    gas_price: Annotated[str | None, typer.Option(metavar="GWEI", help="Also show the cost at this gas price.")] = None,
    confirmations: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Blocks to wait until a transaction counts as final. Default: 1 on development chains, else 3.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the manifest. Default: deployments/CHAIN/DEAL.json."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="List every transaction of the plan, also those that are alike.")
    ] = False,
    export: Export = None,
    export_safe: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write the remaining transactions as a batch for the Safe at --account (JSON); send nothing.",
        ),
    ] = None,
) -> None:
    """
    Plans the launch of a deal and, with --execute, sends it.

    A launch writes the deployment manifest, which most other commands take. Safe to repeat: an interrupted run resumes
    where it stopped, and a finished one sends nothing.
    """
    from penstock.cli.pages import deployment as pages
    from penstock.dealfile import load
    from penstock.evm import networks
    from penstock.onchain import manifest
    from penstock.report import tables

    if out is not None and not out.name:
        raise typer.BadParameter(f"{str(out)!r} is not a file", param_hint="--out")
    if execute and (export or export_safe):
        raise typer.BadParameter("either --execute, or an export for others to sign", param_hint="--execute")
    payees = labelled("--payee", payee or [])
    if salt > MAX_SALT:
        raise typer.BadParameter("the number is too large; accepted: 0 to 2^256-1", param_hint="--salt")
    shown = pages.Shown(_price("--gas-price", gas_price), _price("--price", price), verbose)
    token = None if asset in (None, "mock") else address("--asset", str(asset))
    several = quorum_from(reporter or [], quorum, tolerance)
    if several and reports not in (None, "new"):
        raise typer.BadParameter("either reporters, or --reports ADDRESS", param_hint="--reporter")
    reports = "new" if several else reports
    load(deal)  # a mistake in the file is reported before one of the network
    target = networks.find(network)
    chain = networks.connect(target)
    if asset is None and not networks.is_development(chain):
        raise typer.BadParameter("a public chain needs ADDRESS, or mock on a testnet", param_hint="--asset")
    order = _order(chain, deal, account, payees, allocation, token, policy, reports, salt, delay, several, holders)
    file = out or manifest.default_file(chain.chain_id, deal)
    if export or export_safe:
        _export(chain, target, order, file, export, export_safe, shown)
        return
    if execute:
        _execute(chain, target, order, file, account, password_file, yes, confirmations, shown)
        return
    from penstock.deploy.run import plan_deployment

    plan = plan_deployment(chain, target, order, file)
    tables.console().print(pages.plan_page(chain, plan, shown))


def _execute(
    chain: RetryingRpc,
    target: Network,
    order: Order,
    file: Path,
    account: str | None,
    password_file: Path | None,
    yes: str | None,
    confirmations: int | None,
    shown: Shown,
) -> None:
    from penstock.cli.pages import deployment as pages
    from penstock.deploy import run
    from penstock.evm import networks
    from penstock.evm.broadcast import Pace
    from penstock.evm.signers import signer_for
    from penstock.report import tables

    def approve(plan: Plan) -> None:
        if plan.to_do and not networks.is_development(chain):
            tables.console().print(pages.plan_page(chain, plan, shown, sending=True))
        if plan.to_do or yes is not None:
            confirm(chain, plan.name, "sends to", yes)

    done = run.execute(
        chain,
        target,
        order,
        lambda: signer_for(chain, account or order.sponsor, password_from(password_file)),
        file,
        Pace(confirmations=confirmations or networks.confirmations(chain)),
        lambda line: typer.echo(line, err=True),
        approve,
    )
    if isinstance(done, run.Opened):
        tables.console().print(pages.opened_page(done))
        return
    tables.console().print(pages.launched_page(done, chain.now()))


def _export(
    chain: RetryingRpc,
    target: Network,
    order: Order,
    file: Path,
    export: Path | None,
    export_safe: Path | None,
    shown: Shown,
) -> None:
    """Prints the plan and writes the exports; once others have executed it, writes the manifest."""
    from penstock.cli.pages import deployment as pages
    from penstock.deploy import resume, run
    from penstock.deploy.checks import code_at
    from penstock.deploy.export import export_safe as write_safe
    from penstock.deploy.export import export_unsigned
    from penstock.deploy.preflight import make_plan
    from penstock.deploy.rebuild import adopt
    from penstock.report import tables

    console = tables.console()
    resume.set_aside_if_gone(chain, file)
    resume.require_same_deal(chain, order, file)
    plan = make_plan(chain, target, order)
    resume.require_same_place(plan, file)
    if not plan.to_do and order.offering is not None and not code_at(chain, plan.parts.deal):
        console.print(pages.opened_page(run.Opened(plan, already=True)))
        return
    if not plan.to_do:
        console.print(pages.rebuilt_page(adopt(chain, target, plan, file), str(file)))
        return
    console.print(pages.plan_page(chain, plan, shown, sending=True))
    title = f"Deploy {order.terms.name}"
    unsigned = export_unsigned(chain, plan.name, plan.to_do, title, export) if export else None
    batches = write_safe(chain, order.sponsor, plan.to_do, title, export_safe) if export_safe else []
    console.print(pages.exported_page(order.sponsor, unsigned, batches))


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
    quorum: Quorum | None,
    holders: Path | None,
) -> Order:
    from penstock.deploy.run import make_order
    from penstock.evm import signers
    from penstock.model.calendar import SECONDS_PER_DAY
    from penstock.onchain.terms_encode import NO_ADDRESS

    if account is None:
        sponsor = first_account(chain, "the sponsor's keystore or address")
    else:
        keystore = signers.keystore_file(account)
        sponsor = signers.address_of(keystore) if keystore else address("--account", account)
    parts = [
        NO_ADDRESS if text is None else None if text == "new" else address(option, text)
        for option, text in (("--policy", policy), ("--reports", reports))
    ]
    seconds = delay * SECONDS_PER_DAY
    return make_order(deal, sponsor, payees, allocation, asset, parts[0], parts[1], salt, seconds, quorum, holders)


def _price(option: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    from penstock.dealfile.numbers import parse_exact

    exact = parse_exact(text)
    price = Decimal(exact.digits).scaleb(-exact.places) if exact else Decimal(-1)
    if not Decimal(10) ** -18 <= price <= MAX_PRICE:
        raise typer.BadParameter(
            f"{text!r} is not an amount above 0, such as 2500.50; accepted: 10^-18 to 10^12", param_hint=option
        )
    return price
