"""`penstock offer`, `subscribe`, `collect`, `refund`: what is done with an offering, by its address."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.action import PLAN_ONLY, Action, carry_out, with_action
from penstock.cli.options import Json, NetworkName, address
from penstock.cli.selection import chain_name, first_account

if TYPE_CHECKING:
    from penstock.deploy.admin import AdminPlan
    from penstock.deploy.offering import LiveOffering
    from penstock.evm.codec import Address
    from penstock.evm.retry import RetryingRpc

Place = Annotated[
    str,
    typer.Argument(
        metavar="OFFERING", help="The offering's address, as penstock deploy prints it.", show_default=False
    ),
]


@with_action
def offer(
    offering: Place,
    network: NetworkName,
    close: Annotated[bool, typer.Option("--close", help="Close it, which launches the deal. Anyone may.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel it, as the account that its terms name.")] = False,
    underwrite: Annotated[
        bool, typer.Option("--underwrite", help="Let it take what is left from the underwriter, at closing.")
    ] = False,
    action: Action = PLAN_ONLY,
    as_json: Json = False,
) -> None:
    """
    Shows an offering: its state, what is sold and what is left.

    With --close, --cancel or --underwrite it plans that, and sends it with --execute. After the closing, the same
    `penstock deploy` as before writes the deal's manifest.
    """
    from penstock.cli.pages.offering import offering_json, offering_page
    from penstock.deploy import offering as planning
    from penstock.report import tables

    if close + cancel + underwrite > 1:
        raise typer.BadParameter("one of --close, --cancel and --underwrite", param_hint="--close")
    chain, found, name = _open(offering, network)
    if close:
        _do(chain, found, planning.plan_closing(found, name, _caller(chain, action)), "close", action)
    elif cancel:
        _do(chain, found, planning.plan_cancelling(found, name), "cancel", action)
    elif underwrite:
        _do(chain, found, planning.plan_underwriting(found, name), "underwrite", action)
    elif as_json:
        print(offering_json(found))
    else:
        tables.console().print(offering_page(found))


@with_action
def subscribe(
    offering: Place,
    network: NetworkName,
    tranche: Annotated[str, typer.Option(metavar="ID", help="The tranche to subscribe to.", show_default=False)],
    units: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Units to have in all: what is there already counts.", show_default=False
        ),
    ],
    action: Action = PLAN_ONLY,
) -> None:
    """
    Subscribes to units of an offering and pays for them.

    Without --execute, only the plan is printed. Safe to repeat: the units are those to have in all.
    """
    from penstock.deploy.offering import plan_subscription

    chain, found, name = _open(offering, network)
    holder = _caller(chain, action)
    _do(chain, found, plan_subscription(found, name, holder, tranche, units), f"subscribe.{tranche}.{holder}", action)


@with_action
def collect(
    offering: Place,
    network: NetworkName,
    holder: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Whose shares; repeat for more. Default: --account.", show_default=False),
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Everybody who subscribed.")] = False,
    action: Action = PLAN_ONLY,
) -> None:
    """
    Delivers the shares of a closed offering to those who subscribed. Anyone may send it.

    Without --execute, only the plan is printed.
    """
    from penstock.deploy.offering import plan_collection, subscribers

    if holder and everybody:
        raise typer.BadParameter("either --holder or --all", param_hint="--holder")
    chain, found, name = _open(offering, network)
    caller = _caller(chain, action)
    whose = subscribers(found) if everybody else [address("--holder", each) for each in holder or [caller]]
    _do(chain, found, plan_collection(found, name, caller, whose), f"collect.{caller}", action)


@with_action
def refund(offering: Place, network: NetworkName, action: Action = PLAN_ONLY) -> None:
    """
    Takes back what --account paid to an offering that has failed.

    Without --execute, only the plan is printed.
    """
    from penstock.deploy.offering import plan_refund

    chain, found, name = _open(offering, network)
    holder = _caller(chain, action)
    _do(chain, found, plan_refund(found, name, holder), f"refund.{holder}", action)


def _open(text: str, network: str) -> tuple[RetryingRpc, LiveOffering, str]:
    from penstock.deploy.offering import open_offering
    from penstock.evm import networks

    place = address("OFFERING", text)
    chain = networks.connect(networks.find(network))
    return chain, open_offering(chain, place), chain_name(chain, network)


def _caller(chain: RetryingRpc, action: Action) -> Address:
    from penstock.evm import signers

    if action.account is None:
        return first_account(chain, "the account that sends it")
    keystore = signers.keystore_file(action.account)
    return signers.address_of(keystore) if keystore else address("--account", action.account)


def _do(chain: RetryingRpc, found: LiveOffering, plan: AdminPlan, kind: str, action: Action) -> None:
    file = Path("deployments") / str(chain.chain_id) / f"offering-{found.contract.address}.json"
    carry_out(chain, plan, file, kind, action, plan.steps[0].sender)
