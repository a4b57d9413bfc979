"""`penstock admin handover` and `replace`: change who holds a deal's roles, or which contract fills them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.options import Export, ManifestPath, Network, PasswordFile, Yes, address
from penstock.cli.passwords import password_from
from penstock.cli.selection import chain_name, confirm, opened

if TYPE_CHECKING:
    from penstock.deploy.admin import AdminPlan
    from penstock.evm.codec import Address
    from penstock.evm.retry import RetryingRpc
    from penstock.onchain.launch import Deployment
    from penstock.onchain.manifest import Manifest

app = typer.Typer(help="Changes a deal's roles and replaceable parts.")


@dataclass(frozen=True)
class Action:
    """What to do with a plan beyond printing it. Each field is an option of every command below."""

    execute: Annotated[
        bool, typer.Option("--execute", help="Send the steps of --account. Without it, only the plan is printed.")
    ] = False
    account: Annotated[
        str | None,
        typer.Option(
            "--account",
            metavar="KEYSTORE|ADDRESS",
            help="Account whose steps are sent. Default: the account that holds the roles.",
        ),
    ] = None
    password_file: PasswordFile = None
    yes: Yes = None
    export: Export = None
    export_safe: Annotated[
        Path | None,
        typer.Option("--export-safe", metavar="FILE", help="Write a Safe's steps as a batch it can load (JSON)."),
    ] = None


def with_action(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of an `Action` in the place of its parameter `action`."""
    options = list(signature(Action, eval_str=True).parameters.values())
    parameters: list[Parameter] = []
    for each in signature(command, eval_str=True).parameters.values():
        parameters += options if each.name == "action" else [each]

    @wraps(command)
    def run(**given: Any) -> None:
        action = Action(**{each.name: given.pop(each.name) for each in options})
        command(**given, action=action)

    run.__signature__ = Signature(  # type: ignore[attr-defined]
        [each.replace(kind=Parameter.KEYWORD_ONLY) for each in parameters]
    )
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


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
    action: Action = Action(),
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

    chain, network_name, attached, manifest = _open(deployment, network)
    giver = giver or manifest.sponsor
    if successor is None:
        held = holdings(attached, manifest, giver)
        tables.console().print(pages.holders_page(attached, giver, held))
        if held:
            raise typer.Exit(1)
        return
    plan = plan_handover(chain, network_name, attached, manifest, giver, successor, sweep)
    if _carry_out(chain, plan, deployment, "handover", action, giver):
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
    action: Action = Action(),
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

    chain, network_name, attached, _ = _open(deployment, network)
    plan = plan_replacement(chain, network_name, attached, part, successor)
    if _carry_out(chain, plan, deployment, "replace", action, plan.steps[0].sender):
        tables.console().print(pages.roles_table(attached))


def _carry_out(chain: RetryingRpc, plan: AdminPlan, file: Path, kind: str, action: Action, holder: Address) -> bool:
    """Prints the plan, exports it or sends it as asked, by `holder` by default; True when something was sent."""
    from penstock.cli.pages import roles as pages
    from penstock.deploy import admin
    from penstock.deploy.export import export_safe as write_safe
    from penstock.deploy.export import export_unsigned
    from penstock.evm import signers
    from penstock.report import tables

    console = tables.console()
    if action.execute and (action.export or action.export_safe):
        raise typer.BadParameter("either --execute, or an export for others to sign", param_hint="--execute")
    console.print(pages.plan_page(chain, plan, nothing_sent=not action.execute))
    if action.export:
        exported = export_unsigned(chain, plan.name, plan.to_do, plan.title, action.export)
        console.print(pages.exported_line(exported))
    if action.export_safe:
        console.print(pages.exported_lines(chain, plan, action.export_safe, write_safe))
    if not action.execute:
        return False
    account = action.account or holder
    keystore = signers.keystore_file(account)
    sender = signers.address_of(keystore) if keystore else address("--account", account)
    own = plan.of(sender)
    if not own.steps:
        rest = f"accepted: --account of {' or '.join(plan.senders)}" if plan.to_do else "nothing is left to do"
        raise admin.AdminRefused(f"no step is {sender}'s; {rest}")
    if own.to_do or action.yes is not None:
        confirm(chain, plan.name, "sends to", action.yes)
    admin.carry_out(
        chain,
        own,
        lambda: signers.signer_for(chain, account, password_from(action.password_file)),
        file.with_suffix(f".{kind}.journal.jsonl"),
        say=lambda line: typer.echo(line, err=True),
    )
    if left := pages.left_page(plan, sender):
        console.print(left)
    return True


def _open(file: Path, network: str | None) -> tuple[RetryingRpc, str, Deployment, Manifest]:
    member = opened(file, network)
    manifest, chain = member.manifest, member.chain
    return chain, chain_name(chain, network or manifest.network), member.deployment, manifest
