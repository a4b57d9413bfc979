"""`penstock watch`: prints the events of deals as they happen, and writes metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli import output, selection
from penstock.cli.options import All, ManifestPaths, Network
from penstock.errors import PenstockError

if TYPE_CHECKING:
    from penstock.operate.metrics import Labels


def watch(
    deployments: ManifestPaths = None,
    everything: All = False,
    metrics: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write metrics to this file in Prometheus' text format; penstock_up is 0 when watching fails.",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Print events up to the latest block, then exit.")] = False,
    from_block: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="BLOCK",
            help="First block to print. Default: the next block; with --once or --until-block, the first launch.",
        ),
    ] = None,
    until_block: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="BLOCK", help="Last block to print, then exit. Without --once, waits for that block."
        ),
    ] = None,
    poll: Annotated[
        float, typer.Option(min=0.01, max=86_400, metavar="SECONDS", help="Seconds between requests for new blocks.")
    ] = 2.0,
    network: Network = None,
) -> None:
    """
    Prints the events of deals as they happen.

    Settlements, claims, reports and transfers, and those that a chain reorganisation undoes.
    """
    if metrics is not None and not metrics.parent.is_dir():
        raise typer.BadParameter(f"no folder {metrics.parent}", param_hint="--metrics")
    if from_block is not None and until_block is not None and from_block > until_block:
        raise typer.BadParameter(f"{from_block} is after --until-block {until_block}", param_hint="--from-block")
    try:
        complete = _watch(deployments, everything, metrics, once, from_block, until_block, poll, network)
    except PenstockError:
        _write_down(metrics, deployments or _all())
        raise
    if not complete:
        raise typer.Exit(1)


def _watch(
    deployments: list[Path] | None,
    everything: bool,
    metrics: Path | None,
    once: bool,
    from_block: int | None,
    until_block: int | None,
    poll: float,
    network: str | None,
) -> bool:
    """Returns False when a deal that was asked for could not be watched."""
    from penstock.evm.retry import RetryPolicy
    from penstock.format import counted
    from penstock.operate.watch import watch as follow

    # Short limits: an outage is reported soon, and the node is asked again until it answers.
    groups, faults = selection.select(deployments, everything, network, RetryPolicy(outage=5.0, start=5.0))
    for fault in faults:
        typer.echo(str(fault), err=True)
    found = [group for group in groups if group.members]
    refused = [fault.file for fault in faults]
    if not found:
        _write_down(metrics, refused)
        return False
    if len(found) > 1:
        raise typer.BadParameter("these deals are on several chains; watch one chain at a time", param_hint="--network")
    (group,) = found
    first = from_block
    if first is None:
        every = once or until_block is not None
        launches = (each.manifest.launch.block for each in group.members)
        first = min(launches) if every else group.chain.block() + 1
    if not once:
        typer.echo(f"watching {counted(len(group.members), 'deal')} from block {first}", err=True)
    labels = _labels(refused)
    follow(group.chain, group.members, _say, first, until_block, once, poll, metrics, labels)
    return not faults


def _say(line: str) -> None:
    """Ends the watch when nobody reads it any more."""
    print(line, flush=True)
    if output.reader_left():
        raise typer.Exit()


def _all() -> list[Path]:
    """Every manifest of --all, or none."""
    from penstock.onchain.deployments import NoDeals, files_of

    try:
        return files_of()
    except NoDeals:
        return []


def _write_down(metrics: Path | None, files: Sequence[Path]) -> None:
    """Writes penstock_up 0, so that an alert fires although this process is about to exit. files : of the deals."""
    from penstock.files import write_whole
    from penstock.operate.metrics import Watch, text

    if metrics is not None:
        write_whole(metrics, text(Watch(up=False, refused=_labels(files) if files else [{}]), [], []))


def _labels(files: Sequence[Path]) -> list[Labels]:
    """Of each file, as far as it can be read."""
    from penstock.onchain import manifest
    from penstock.operate.metrics import labels_of

    found: list[Labels] = []
    for file in dict.fromkeys(files):
        try:
            found.append(labels_of(file, manifest.read(file)))
        except PenstockError:
            found.append(labels_of(file, None))
    return found
