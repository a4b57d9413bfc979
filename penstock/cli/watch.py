"""`penstock watch`: follows deals and says what happens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli import selection
from penstock.cli.selection import All, ManifestPaths, Network


def watch(
    deployments: ManifestPaths = None,
    everything: All = False,
    metrics: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write figures in Prometheus' text format, whole each time; penstock_up 0 where watching fails.",
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Tell what there is up to now, and end.")] = False,
    from_block: Annotated[
        int | None,
        typer.Option(
            min=0, help="Where to begin; default the next block, of --once and --until-block the first launch."
        ),
    ] = None,
    until_block: Annotated[
        int | None, typer.Option(min=0, help="The last block to tell of; without --once it is waited for.")
    ] = None,
    poll: Annotated[float, typer.Option(min=0.01, max=86_400, help="Seconds between two looks.")] = 2.0,
    network: Network = None,
) -> None:
    """Prints settlements, claims, reports and transfers as they come, and what a reorganisation takes back."""
    from penstock.evm.errors import ChainError

    if metrics is not None and not metrics.parent.is_dir():
        raise typer.BadParameter(f"no folder {metrics.parent}", param_hint="--metrics")
    try:
        whole = _watch(deployments, everything, metrics, once, from_block, until_block, poll, network)
    except ChainError:
        _told_down(metrics)
        raise
    if not whole:
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
    """False where a deal that was asked for could not be watched."""
    from penstock.evm.retry import RetryPolicy
    from penstock.format import counted
    from penstock.operate.watch import watch as follow

    # A short breath: a node that is away is told of, and asked again for ever.
    groups, faults = selection.select(deployments, everything, network, RetryPolicy(outage=5.0, start=5.0))
    for fault in faults:
        typer.echo(str(fault), err=True)
    found = [group for group in groups if group.members]
    if not found:
        _told_down(metrics)
        return False
    if len(found) > 1:
        raise typer.BadParameter("these are deals of several chains; watch one at a time", param_hint="--network")
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


def _told_down(metrics: Path | None) -> None:
    """An alarm on penstock_up goes off although nobody watches; whoever starts this starts it again."""
    from penstock.files import write_whole
    from penstock.operate.metrics import Watch, text

    if metrics is not None:
        write_whole(metrics, text(Watch(up=False), []))
