"""`penstock watch`: follows deals and says what happens."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.commands import selection
from penstock.commands.selection import All, ManifestPaths, Network


def watch(
    deployments: ManifestPaths = None,
    everything: All = False,
    metrics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write figures in Prometheus' text format, whole each time.")
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
    from penstock.chain.patient import Patience
    from penstock.operating.watching import watch as follow

    if metrics is not None and not metrics.parent.is_dir():
        raise typer.BadParameter(f"no folder {metrics.parent}", param_hint="--metrics")
    # A short breath: a node that is away is told of, and asked again for ever.
    groups, faults = selection.select(deployments, everything, network, Patience(outage=5.0, start=5.0))
    for fault in faults:
        typer.echo(str(fault), err=True)
    found = [group for group in groups if group.members]
    if not found:
        raise typer.Exit(1)
    if len(found) > 1:
        raise typer.BadParameter("these are deals of several chains; watch one at a time", param_hint="--network")
    (group,) = found
    first = from_block
    if first is None and (once or until_block is not None):
        first = min(each.manifest.launch.block for each in group.members)
    follow(group.chain, group.members, lambda line: print(line, flush=True), first, until_block, once, poll, metrics)
    if faults:
        raise typer.Exit(1)
