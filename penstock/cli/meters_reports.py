"""`penstock meters ask`, `answer`, `refute`, `expire`, `finalise`, `status`, `audit`: from a report to a register."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.action import PLAN_ONLY, Action, with_action
from penstock.cli.links import MeterNumber, MetersPath, Start, do, open_links, seconds, sender_of
from penstock.cli.options import Json, Network

if TYPE_CHECKING:
    from penstock.links.sumtree import Tree

Unit = Annotated[int, typer.Option(min=0, metavar="K", help="The unit, from 0.", show_default=False)]
ReadingsPath = Annotated[
    Path, typer.Option("--readings", metavar="FILE", help="The interval's published readings.", show_default=False)
]


def add_to(app: typer.Typer) -> None:
    for command in (ask, answer, refute, expire, finalise, status, audit):
        app.command()(command)


@with_action
def ask(
    meters: MetersPath,
    meter: MeterNumber,
    start: Start,
    unit: Annotated[
        list[int] | None, typer.Option(min=0, metavar="K", help="A unit to ask for, from 0. Repeat for each.")
    ] = None,
    sample: Annotated[int, typer.Option(min=0, metavar="N", help="Ask for so many units drawn at random.")] = 0,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Asks which device a unit of a report is from; each question costs the meter's bond unless nobody answers."""
    from random import SystemRandom

    from penstock.deploy.meters import plan_ask
    from penstock.links.meters_storage import interval_id

    links, at = open_links(meters, network), seconds(start)
    units = list(unit or [])
    if sample:
        total = links.meters.call("recordOf", interval_id(meter, at)).total
        units += SystemRandom().sample(range(total), min(sample, total))
    if not units:
        raise typer.BadParameter("no unit; accepted: --unit K or --sample N", param_hint="--unit")
    do(links, plan_ask(links, meter, at, units, sender_of(links.chain, action)), "ask", action)


@with_action
def answer(
    meters: MetersPath,
    meter: MeterNumber,
    start: Start,
    unit: Unit,
    readings: ReadingsPath,
    fleet: Annotated[Path, typer.Option(metavar="FILE", help="The meter's fleet.", show_default=False)],
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Answers a question from the published readings and the fleet; the bond is the answerer's."""
    from penstock.deploy.admin import AdminRefused
    from penstock.deploy.meters import plan_answer
    from penstock.files import read_text
    from penstock.links.fleet import parse_fleet

    links, at = open_links(meters, network), seconds(start)
    tree, devices = _published(readings), parse_fleet(read_text(fleet), str(fleet)).tree
    if unit >= tree.total:
        raise AdminRefused(f"{readings}: there is no unit {unit:,}; accepted: 0 to {tree.total - 1:,}")
    index = tree.owner_of(unit)
    keys = [each.key for each in devices.leaves]
    if tree.leaves[index].key not in keys:
        raise AdminRefused(f"unit {unit:,} is from 0x{tree.leaves[index].key.hex()}, which is not in the fleet")
    shown = devices.proof(keys.index(tree.leaves[index].key))
    plan = plan_answer(links, meter, at, unit, tree.proof(index), shown, sender_of(links.chain, action))
    do(links, plan, "answer", action)


@with_action
def refute(
    meters: MetersPath,
    meter: MeterNumber,
    start: Start,
    readings: ReadingsPath,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Shows that published readings have a device twice, which makes the report void."""
    from penstock.deploy.admin import AdminRefused
    from penstock.deploy.meters import plan_refute

    links, at = open_links(meters, network), seconds(start)
    tree = _published(readings)
    seen: dict[bytes, int] = {}
    for index, leaf in enumerate(tree.leaves):
        if leaf.amount and leaf.key in seen:
            proofs = tree.proof(seen[leaf.key]), tree.proof(index)
            plan = plan_refute(links, meter, at, *proofs, sender_of(links.chain, action))
            do(links, plan, "refute", action)
            return
        if leaf.amount:
            seen[leaf.key] = index
    raise AdminRefused(f"{readings}: no device is there twice with something measured each time")


@with_action
def expire(
    meters: MetersPath,
    meter: MeterNumber,
    start: Start,
    unit: Unit,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Makes a report void whose question nobody answered in time, and credits the asker; anyone may."""
    from penstock.deploy.meters import plan_expire

    links = open_links(meters, network)
    do(links, plan_expire(links, meter, seconds(start), unit, sender_of(links.chain, action)), "expire", action)


@with_action
def finalise(meters: MetersPath, meter: MeterNumber, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """Counts what is ripe: reports, gaps and late reports; anyone may."""
    from penstock.deploy.meters import plan_finalise

    links = open_links(meters, network)
    do(links, plan_finalise(links, meter, sender_of(links.chain, action)), "finalise", action)


def status(
    meters: MetersPath,
    meter: Annotated[int | None, typer.Option(min=1, metavar="N", help="One meter. Default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; amounts are decimal strings.")] = False,
    network: Network = None,
) -> None:
    """Prints meters: whom they are pledged to, their registers, and what is open."""
    import json

    from penstock.cli.pages.meters import status_data, status_page
    from penstock.deploy.meters import require_meter
    from penstock.onchain.meters_replay import replay
    from penstock.report.tables import console

    links = open_links(meters, network)
    if meter:
        require_meter(links, meter)
    made = replay(links)
    numbers = [meter] if meter else sorted(made.meters.meters)
    if as_json:
        typer.echo(json.dumps([status_data(links, made, each) for each in numbers], indent=2))
    else:
        console().print(status_page(links, made, numbers))


def audit(
    meters: MetersPath,
    readings: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Published readings of a meter, N=DIR: roots and answers are checked too."),
    ] = None,
    as_json: Json = False,
    network: Network = None,
) -> None:
    """Replays every log of meters and certificates in the exact model, and compares every number with the chain."""
    import json

    from penstock.audit.meters import audit_meters

    links = open_links(meters, network)
    result = audit_meters(links, dict(_numbered(each) for each in readings or ()))
    if as_json:
        typer.echo(json.dumps({"checked": result.checked, "findings": result.findings}, indent=2))
    else:
        for line in result.findings:
            typer.echo(line, err=True)
        typer.echo(result.summary)
    if result.findings:
        raise typer.Exit(1)


def _numbered(given: Path) -> tuple[int, Path]:
    number, equals, folder = str(given).partition("=")
    if not equals or not number.isdigit():
        raise typer.BadParameter(f"{str(given)!r}; accepted: N=DIR, the number of a meter and its folder")
    return int(number), Path(folder)


def _published(file: Path) -> Tree:
    from penstock.files import read_text
    from penstock.links.batches import parse_leaves

    return parse_leaves(read_text(file), str(file))
