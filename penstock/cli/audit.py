"""`penstock audit`: replays a deal's logs in the exact model and compares the result with the chain."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.options import Json, finite
from penstock.cli.selection import named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from penstock.audit.history import Progress as OnProgress
    from penstock.audit.run import Audit
    from penstock.audit.subject import Target

MAX_SHOWN = 20
NODE_AT_FAULT = 2
PATIENCE = 60.0
SHORTEST_REQUEST = 2.0
NUMBERS = ("deal", "chain_id", "events", "holders", "periods", "late", "block", "since")


def audit(
    deployment: Annotated[
        str,
        typer.Argument(metavar="DEPLOYMENT", help="Deployment manifest, or the deal's address.", show_default=False),
    ],
    rpc: Annotated[
        str | None,
        typer.Option(
            "--rpc", "--network", metavar="NAME|URL", help="Node to read from. Default: the network in the manifest."
        ),
    ] = None,
    deal: Annotated[
        Path | None,
        typer.Option("--deal", metavar="FILE", help="Deal file to compare with. Default: the one in the manifest."),
    ] = None,
    since: Annotated[
        int | None,
        typer.Option(metavar="BLOCK", min=0, help="First block to read logs from. Default: the block of the launch."),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where to keep the logs read so far, so that an interrupted audit can resume. "
            "Default: a file in the working directory.",
        ),
    ] = None,
    patience: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0, callback=finite, help="How long to wait for a node and retry failed requests."
        ),
    ] = PATIENCE,
    recompile: Annotated[
        bool,
        typer.Option("--recompile", help="Compile the contracts' sources now, and compare the code with the result."),
    ] = False,
    as_json: Json = False,
) -> None:
    """
    Checks a deal's logs and state against the exact model.

    Replays every log in the model and compares each number with the chain. Exits with 1 and names the first
    difference if there is one, and with 2 if it is the node that contradicts itself.
    """
    from penstock.audit.node import NodeAtFault
    from penstock.audit.run import audit as run
    from penstock.evm import artifacts
    from penstock.evm.networks import connect_to_read
    from penstock.report import tables

    network, target = _target(deployment, rpc, deal)
    # A request that hangs is repeated once before the time is up.
    chain = connect_to_read(network, patience, max(patience / 2, SHORTEST_REQUEST), _say)
    try:
        with _progress() as progress:
            code = artifacts.recompile() if recompile else None
            found = run(chain, target, checkpoint, since, progress, _say, code)
    except NodeAtFault as fault:
        _say(str(fault))
        raise typer.Exit(NODE_AT_FAULT) from None
    if as_json:
        print(json.dumps(_data(found), indent=1))
    else:
        tables.console().print(_page(found))
        print(found.verdict)
    if found.findings.first:
        raise typer.Exit(1)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _target(deployment: str, rpc: str | None, deal: Path | None) -> tuple[str, Target]:
    from penstock.addresses import is_address, is_spelled_right
    from penstock.audit.subject import Target
    from penstock.errors import FileRefused
    from penstock.evm.codec import checksum
    from penstock.files import read_text
    from penstock.onchain import manifest

    text = read_text(deal) if deal else None
    if is_address(deployment):
        if rpc is None:
            raise typer.BadParameter("an address needs --rpc URL", param_hint="DEPLOYMENT")
        right = checksum(deployment)
        if not is_spelled_right(deployment):
            raise typer.BadParameter(f"{deployment!r} has a wrong checksum; {right}, if that is meant")
        return rpc, Target(right, text, deal.name if deal else "the deal file")
    if deployment.lower().startswith("0x") and not Path(deployment).exists():
        accepted = "0x and 40 hexadecimal digits, or a manifest's file"
        raise FileRefused(deployment, f"No such file, and no address; accepted: {accepted}")
    with named(Path(deployment)):
        known = manifest.read(Path(deployment))
    name = deal.name if deal else known.deal_file or "the deal file"
    return rpc or known.network, Target(checksum(known.deal), text or known.deal_text, name, known)


def _page(found: Audit) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from penstock.audit.findings import CHECKS
    from penstock.report.tables import table

    rows, lines = [], []
    for check in found.findings.checks.values():
        wrong = len(check.differences)
        result = f"{wrong:,} WRONG" if wrong else "equal" if check.count else "not checked"
        rows.append((check.name, CHECKS[check.name], result, check.count))
        lines += [f"note: {check.name}: {note}" for note in check.notes]
    every = found.findings.differences
    lines += [str(each) for each in every[:MAX_SHOWN]]
    if len(every) > MAX_SHOWN:
        lines.append(f"… and {len(every) - MAX_SHOWN:,} more; --json has all")
    heading = (
        f"{found.name}: {found.deal} on chain {found.chain_id}, blocks {found.since} to {found.block}, "
        f"{found.seconds:.1f} s"
    )
    return Group(table(heading, ("check", "of what", "result"), ("compared",), rows), Text("\n".join(["", *lines])))


def _data(found: Audit) -> dict[str, Any]:
    return {
        "verdict": "WRONG" if found.findings.first else "clean",
        "line": found.verdict,
        **{name: getattr(found, name) for name in NUMBERS},
        "checks": [
            {
                "check": check.name,
                "compared": check.count,
                "notes": check.notes,
                "differences": [
                    {"text": each.text, "block": each.block, "transaction": each.transaction}
                    for each in check.differences
                ],
            }
            for check in found.findings.checks.values()
        ],
    }


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """One progress bar per stage, on a terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report
