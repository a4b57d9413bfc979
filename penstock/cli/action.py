"""What a command does with a plan of transactions beyond printing it: send them, or export them for others to sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.options import Export, PasswordFile, Yes, address
from penstock.cli.passwords import password_from
from penstock.cli.selection import chain_name, confirm, opened

if TYPE_CHECKING:
    from penstock.deploy.admin import AdminPlan
    from penstock.evm.codec import Address
    from penstock.evm.retry import RetryingRpc
    from penstock.onchain.launch import Deployment
    from penstock.onchain.manifest import Manifest


@dataclass(frozen=True)
class Action:
    """What to do with a plan beyond printing it. Each field is an option of every command with `with_action`."""

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


PLAN_ONLY = Action()


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


def carry_out(chain: RetryingRpc, plan: AdminPlan, file: Path, kind: str, action: Action, holder: Address) -> bool:
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


def open_to_change(file: Path, network: str | None) -> tuple[RetryingRpc, str, Deployment, Manifest]:
    member = opened(file, network)
    manifest, chain = member.manifest, member.chain
    return chain, chain_name(chain, network or manifest.network), member.deployment, manifest
