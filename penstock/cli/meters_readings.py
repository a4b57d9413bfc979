"""`penstock meters build`, `verify`, `sign` and `submit`: from readings to a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.action import PLAN_ONLY, Action, with_action
from penstock.cli.links import MeterNumber, MetersPath, do, open_links, sender_of
from penstock.cli.options import Account, Network, PasswordFile, print_notes

if TYPE_CHECKING:
    from penstock.links.batches import Batches
    from penstock.links.check import OnChain
    from penstock.onchain.links import Links

FleetPath = Annotated[
    Path, typer.Option("--fleet", metavar="FILE", help="The meter's fleet (CSV device,capacity).", show_default=False)
]
BatchesPath = Annotated[
    Path,
    typer.Argument(metavar="BATCHES", help="The batches.json that `penstock meters build` wrote.", show_default=False),
]


def add_to(app: typer.Typer) -> None:
    for command in (build, verify, sign, submit):
        app.command()(command)


def build(
    readings: Annotated[
        Path, typer.Argument(metavar="READINGS", help="Readings (CSV time,device,value).", show_default=False)
    ],
    fleet: FleetPath,
    meter: MeterNumber,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where to write the batches.", show_default=False)],
    interval: Annotated[int, typer.Option(metavar="SECONDS", help="Of the meter: 900, 1800 or 3600.")] = 3600,
    unit: Annotated[int, typer.Option(min=0, max=4, help="Of the meter.")] = 0,
    step: Annotated[
        int | None, typer.Option(metavar="SECONDS", help="From one value to the next. Default: the interval.")
    ] = None,
    quantity: Annotated[str, typer.Option(metavar="Q", help="What values are: W, Wh, kW, kWh or units.")] = "Wh",
    zone: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of times without an offset, such as America/New_York.")
    ] = None,
) -> None:
    """
    Builds the sum tree of each interval from readings, and writes what is signed and what is published.

    docs/METERS.md says what becomes of gaps, negative values, lines twice and daylight saving.
    """
    from penstock.files import read_text
    from penstock.format import counted
    from penstock.links import batches
    from penstock.links.fleet import parse_fleet
    from penstock.links.readings import QUANTITIES, Reading, parse_readings, utc

    if quantity not in QUANTITIES:
        raise typer.BadParameter(f"{quantity!r}; accepted: {', '.join(QUANTITIES)}", param_hint="--quantity")
    if interval not in (900, 1800, 3600):
        raise typer.BadParameter(f"{interval}; accepted: 900, 1800 or 3600", param_hint="--interval")
    if step is not None and (step <= 0 or interval % step):
        raise typer.BadParameter(f"{step} does not divide {interval}", param_hint="--step")
    devices = parse_fleet(read_text(fleet), str(fleet))
    how = Reading(interval, unit, step, quantity, zone)
    made, notes = parse_readings(read_text(readings), str(readings), devices, how)
    print_notes(notes)
    if not made:
        raise typer.BadParameter("no interval is whole; nothing was written", param_hint="READINGS")
    file = batches.write(batches.of_intervals(meter, made), made, out)
    total = sum(each.tree.total for each in made)
    typer.echo(f"{counted(len(made), 'interval')} from {utc(made[0].start)} to {utc(made[-1].start)}, {total:,} units")
    typer.echo(f"wrote {file}, and beside it the readings to publish")


def verify(
    batches_file: BatchesPath,
    fleet: FleetPath,
    meters: Annotated[
        Path | None, typer.Option(metavar="METERS", help="Compare with the chain too.", show_default=False)
    ] = None,
    other_fleet: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Another meter's fleet: no device may be in both.")
    ] = None,
    network: Network = None,
) -> None:
    """
    Recomputes every root from the published readings, and looks for devices that are unknown, twice or above capacity.

    With --meters, roots and totals are compared with those on the chain, and the fleet with the meter's.
    """
    from penstock.files import read_text
    from penstock.format import counted
    from penstock.links import batches
    from penstock.links.check import faults
    from penstock.links.fleet import parse_fleet, shared_devices

    made = batches.read(batches_file)
    devices = parse_fleet(read_text(fleet), str(fleet))
    links = open_links(meters, network) if meters else None
    found = faults(made, devices, batches_file.parent, None if links is None else _asker(links))
    fleets = {str(each): parse_fleet(read_text(each), str(each)) for each in other_fleet or ()}
    for key, names in shared_devices({str(fleet): devices} | fleets):
        found.append(f"device {key} is in several fleets: {', '.join(names)}")
    for line in found:
        typer.echo(line, err=True)
    if found:
        raise typer.Exit(1)
    where = f" and as reported as meter {made.meter}" if links else ""
    typer.echo(f"{counted(len(made.batches), 'interval')}: roots and totals are those of the readings{where}")


def _asker(links: Links) -> OnChain:
    from penstock.links.check import OnChain

    def state(meter: int) -> tuple[bytes, int, int, int]:
        found = links.meters.call("meterOf", meter)
        return found.fleetRoot, found.capacity, found.interval, found.unit

    def record(batch: int) -> tuple[bytes, int]:
        found = links.meters.call("recordOf", batch)
        return found.root, found.total

    return OnChain(state, record)


def sign(
    batches_file: BatchesPath,
    meters: MetersPath,
    account: Account = None,
    password_file: PasswordFile = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Default: signature-ADDRESS.json beside the batches.")
    ] = None,
    network: Network = None,
) -> None:
    """Signs batches as a reporter. Run `penstock meters verify` first: a majority of reporters is believed."""
    from penstock.cli.selection import signer_of
    from penstock.evm.signers import KeySigner
    from penstock.links import batches

    links, made = open_links(meters, network), batches.read(batches_file)
    signer = signer_of(links.chain, account, password_file)
    if not isinstance(signer, KeySigner):
        raise typer.BadParameter("the node cannot sign this; accepted: a keystore", param_hint="--account")
    digest = _digest(links, made)
    file = out or batches_file.with_name(f"signature-{signer.address}.json")
    batches.write_signature(file, signer.address, digest, signer.sign_digest(digest))
    typer.echo(f"wrote {file}")


@with_action
def submit(
    batches_file: BatchesPath,
    meters: MetersPath,
    signature: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A reporter's signature. Default: signature-*.json beside the batches."),
    ] = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Reports batches, with the signatures of enough reporters; anyone may."""
    from penstock.deploy.meters import plan_submit
    from penstock.links import batches

    links, made = open_links(meters, network), batches.read(batches_file)
    files = signature or sorted(batches_file.parent.glob("signature-*.json"))
    found = batches.read_signatures(files, _digest(links, made))
    plan = plan_submit(links, made, b"".join(found.values()), sender_of(links.chain, action))
    do(links, plan, "submit", action)


def _digest(links: Links, made: Batches) -> bytes:
    """What reporters sign of a list: a batch alone by itself, several as a list."""
    from penstock.links import signing

    where = links.chain.chain_id, links.meters.address
    if len(made.batches) == 1:
        return signing.digest_of_batch(made.batches[0], *where)
    return signing.digest_of_batches(made.batches, *where)
