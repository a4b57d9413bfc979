"""`penstock watch`: prints the events of deals as they happen, and writes metrics for Prometheus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli import selection
from penstock.cli.options import All, ManifestPaths, Network


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
    from penstock.evm.errors import ChainError

    if metrics is not None and not metrics.parent.is_dir():
        raise typer.BadParameter(f"no folder {metrics.parent}", param_hint="--metrics")
    try:
        complete = _watch(deployments, everything, metrics, once, from_block, until_block, poll, network)
    except ChainError:
        _write_down(metrics)
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
    if not found:
        _write_down(metrics)
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
    follow(group.chain, group.members, lambda line: print(line, flush=True), first, until_block, once, poll, metrics)
    return not faults


def _write_down(metrics: Path | None) -> None:
    """Writes penstock_up 0, so that an alert fires although this process is about to exit."""
    from penstock.files import write_whole
    from penstock.operate.metrics import Watch, text

    if metrics is not None:
        write_whole(metrics, text(Watch(up=False), []))
