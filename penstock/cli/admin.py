"""`penstock admin handover` and `replace`: change who holds a deal's roles, or which contract fills them."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.action import PLAN_ONLY, Action, carry_out, open_to_change, with_action
from penstock.cli.options import ManifestPath, Network, address

app = typer.Typer(help="Changes a deal's roles and replaceable parts.")


@app.command()
@with_action
def handover(
    deployment: ManifestPath,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ADDRESS", help="New holder of every role, usually a Safe.")
    ] = None,
    holder: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="Present holder of the roles. Default: the sponsor.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only print who holds which role; exit with 1 if --from still holds any.")
    ] = False,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Also transfer the holder's shares and stablecoin to --to.")
    ] = False,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Transfers a deal's roles to another account.

    In two steps: the present holder offers the roles, and the new holder accepts them.
    """
    if check == (to is not None):
        raise typer.BadParameter("either --to ADDRESS, or --check", param_hint="--to")
    successor = address("--to", to) if to else None
    giver = address("--from", holder) if holder else None
    from penstock.cli.pages import roles as pages
    from penstock.deploy.handover import holdings, plan_handover
    from penstock.report import tables

    chain, network_name, attached, manifest = open_to_change(deployment, network)
    giver = giver or manifest.sponsor
    if successor is None:
        held = holdings(attached, manifest, giver)
        tables.console().print(pages.holders_page(attached, giver, held))
        if held:
            raise typer.Exit(1)
        return
    plan = plan_handover(chain, network_name, attached, manifest, giver, successor, sweep)
    if carry_out(chain, plan, deployment, "handover", action, giver):
        tables.console().print(pages.holders_page(attached, giver, holdings(attached, manifest, giver)))


@app.command()
@with_action
def replace(
    deployment: ManifestPath,
    policy: Annotated[str | None, typer.Option(metavar="ADDRESS", help="New transfer policy.")] = None,
    reports: Annotated[str | None, typer.Option(metavar="ADDRESS", help="New report source.")] = None,
    cancel: Annotated[
        str | None, typer.Option(metavar="policy|reports", help="Cancel the replacement that is scheduled.")
    ] = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Schedules a new transfer policy or report source.

    It takes effect after the delay that was chosen when the deal was deployed.
    """
    if sum(each is not None for each in (policy, reports, cancel)) != 1:
        raise typer.BadParameter("one of --policy, --reports, --cancel", param_hint="--policy")
    if cancel not in (None, "policy", "reports"):
        raise typer.BadParameter(f"{cancel!r} is neither policy nor reports", param_hint="--cancel")
    part = cancel or ("policy" if policy else "reports")
    text = policy or reports
    successor = address(f"--{part}", text) if text else None
    from penstock.cli.pages import roles as pages
    from penstock.deploy.replace import plan_replacement
    from penstock.report import tables

    chain, network_name, attached, _ = open_to_change(deployment, network)
    plan = plan_replacement(chain, network_name, attached, part, successor)
    if carry_out(chain, plan, deployment, "replace", action, plan.steps[0].sender):
        tables.console().print(pages.roles_table(attached))
