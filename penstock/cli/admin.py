"""`penstock handover` and `penstock replace`: roles and replaceable parts of a deal that lives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import address
from penstock.cli.passwords import PasswordFile, password_from
from penstock.cli.selection import confirm, named

if TYPE_CHECKING:
    from penstock.deploy.admin import AdminPlan
    from penstock.evm.retry import RetryingRpc
    from penstock.onchain.launch import Deployment
    from penstock.onchain.manifest import Manifest

ManifestPath = Annotated[
    Path, typer.Argument(metavar="DEPLOYMENT", help="Manifest that deploy wrote.", show_default=False)
]
Network = Annotated[
    str | None, typer.Option("--network", metavar="NAME|URL", help="Another way to the chain than the manifest's.")
]
Account = Annotated[str | None, typer.Option("--account", metavar="KEYSTORE|ADDRESS", help="Who signs.")]
Execute = Annotated[
    bool, typer.Option("--execute", help="Send the account's steps. Without it only the plan is shown.")
]
Yes = Annotated[str | None, typer.Option("--yes", metavar="NAME", help="Confirm a public chain by name.")]
Export = Annotated[
    Path | None, typer.Option("--export", metavar="FILE", help="Write the steps as unsigned transactions (JSON).")
]
ExportSafe = Annotated[
    Path | None, typer.Option("--export-safe", metavar="FILE", help="Write a Safe's steps as its batch (JSON).")
]


@dataclass(frozen=True)
class Action:
    """What is to become of a plan: shown, executed by an account, or exported."""

    execute: bool
    account: str
    password_file: Path | None
    yes: str | None
    export: Path | None
    export_safe: Path | None


def handover(
    deployment: ManifestPath,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ADDRESS", help="Who gets every role, usually a Safe.")
    ] = None,
    holder: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="Whose roles; default the sponsor's.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Show who holds what; exit 1 if --from holds any.")] = False,
    sweep: Annotated[bool, typer.Option("--sweep", help="Pass shares and stablecoin on to --to as well.")] = False,
    execute: Execute = False,
    account: Account = None,
    password_file: PasswordFile = None,
    yes: Yes = None,
    export: Export = None,
    export_safe: ExportSafe = None,
    network: Network = None,
) -> None:
    """Hands a deal's roles to a multisig in two steps: their holder offers, the multisig accepts."""
    if check == (to is not None):
        raise typer.BadParameter("either --to ADDRESS, or --check", param_hint="--to")
    heir = address("--to", to) if to else None
    giver = address("--from", holder) if holder else None
    from penstock.cli.pages import roles as pages
    from penstock.deploy.handover import holdings, plan_handover
    from penstock.report import tables

    chain, way, found, manifest = _attached(deployment, network)
    giver = giver or manifest.sponsor
    if heir is None:
        left = holdings(found, manifest, giver)
        tables.console().print(pages.holders_page(found, giver, left))
        if left:
            raise typer.Exit(1)
        return
    errand = plan_handover(chain, way, found, manifest, giver, heir, sweep)
    doing = Action(execute, account or giver, password_file, yes, export, export_safe)
    if not _done(chain, errand, deployment, "handover", doing):
        return
    tables.console().print(pages.holders_page(found, giver, holdings(found, manifest, giver)))


def replace(
    deployment: ManifestPath,
    policy: Annotated[str | None, typer.Option(metavar="ADDRESS", help="The policy to follow.")] = None,
    reports: Annotated[str | None, typer.Option(metavar="ADDRESS", help="The report source to follow.")] = None,
    cancel: Annotated[str | None, typer.Option(metavar="policy|reports", help="Take back what is scheduled.")] = None,
    execute: Execute = False,
    account: Account = None,
    password_file: PasswordFile = None,
    yes: Yes = None,
    export: Export = None,
    export_safe: ExportSafe = None,
    network: Network = None,
) -> None:
    """Schedules the successor of a deal's policy or report source; it takes effect after the deal's delay."""
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

    chain, way, found, _ = _attached(deployment, network)
    errand = plan_replacement(chain, way, found, part, successor)
    doing = Action(execute, account or errand.steps[0].sender, password_file, yes, export, export_safe)
    if _done(chain, errand, deployment, "replace", doing):
        tables.console().print(pages.roles_table(found))


def _done(
    chain: RetryingRpc,
    errand: AdminPlan,
    file: Path,
    kind: str,
    doing: Action,
) -> bool:
    """Shows the plan, and exports or executes it where that is asked for; True when something was executed."""
    from penstock.cli.pages import roles as pages
    from penstock.deploy import admin as errands
    from penstock.deploy.export import export_safe as write_safe
    from penstock.deploy.export import export_unsigned
    from penstock.evm import signers
    from penstock.report import tables

    console = tables.console()
    if doing.execute and (doing.export or doing.export_safe):
        raise typer.BadParameter("either --execute, or an export for others to sign", param_hint="--execute")
    console.print(pages.errand_page(chain, errand, nothing_sent=not doing.execute))
    if doing.export:
        made = export_unsigned(chain, errand.name, errand.to_do, errand.title, doing.export)
        console.print(pages.exported_line(made))
    if doing.export_safe:
        console.print(pages.exported_lines(chain, errand, doing.export_safe, write_safe))
    if not doing.execute:
        return False
    keystore = signers.keystore_file(doing.account)
    sender = signers.address_of(keystore) if keystore else address("--account", doing.account)
    own = errand.of(sender)
    if not own.steps:
        left = f"accepted: --account of {' or '.join(errand.senders)}" if errand.to_do else "nothing is left to do"
        raise errands.AdminRefused(f"no step is {sender}'s; {left}")
    if own.to_do or doing.yes is not None:
        confirm(chain, errand.name, "sends to", doing.yes)
    errands.carry_out(
        chain,
        own,
        lambda: signers.signer_for(chain, doing.account, password_from(doing.password_file)),
        file.with_suffix(f".{kind}.journal.jsonl"),
        say=lambda line: typer.echo(line, err=True),
    )
    return True


def _attached(file: Path, network: str | None) -> tuple[RetryingRpc, str, Deployment, Manifest]:
    from penstock.evm import networks
    from penstock.onchain import manifest
    from penstock.onchain.manifest_check import attach

    with named(file):
        read = manifest.read(file)
        way = networks.find(network or read.network)
        chain = networks.connect(way)
        return chain, networks.name_of(way, chain.chain_id), attach(chain, read), read
