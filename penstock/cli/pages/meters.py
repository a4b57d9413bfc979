"""Pages of `penstock meters` and `penstock certificates`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.format import exact_money, format_amount
from penstock.links.meters_storage import RecordState, Unit, meter_of
from penstock.links.readings import utc
from penstock.onchain.links import Links
from penstock.onchain.meters_replay import Replay
from penstock.report.cells import Cell
from penstock.report.tables import table

UNITS = {
    Unit.PRODUCED: "Wh produced",
    Unit.CONSUMED: "Wh consumed",
    Unit.REDUCED: "Wh reduced",
    Unit.GPU_SECONDS: "GPU-seconds",
    Unit.TOKENS: "tokens",
}


def status_data(links: Links, made: Replay, number: int) -> dict[str, Any]:
    """A meter as JSON; amounts and totals are decimal strings."""
    meter, twin = made.meters.meters[number], made.meters
    states = [
        record.state & ~RecordState.QUESTIONED for place, record in twin.records.items() if meter_of(place) == number
    ]
    questions = [q for (place, _), q in twin.questions.items() if meter_of(place) == number and q.state == 1]
    pledge = twin.payee_at(number, links.chain.now())
    decimals = _decimals(links, meter.terms.asset)
    return {
        "meter": number,
        "unit": UNITS[Unit(meter.terms.unit)],
        "owner": meter.owner,
        "payee": pledge.payee,
        "pledged": pledge.start != 0,
        "capacity": str(meter.terms.capacity),
        "interval": meter.terms.interval,
        "first": utc(meter.first),
        "next": utc(meter.next),
        "register": str(meter.register),
        "late_register": str(meter.late.latest()),
        "reported": len(states),
        "final": states.count(RecordState.FINAL) + states.count(RecordState.FINAL_LATE),
        "void": states.count(RecordState.VOID),
        "open": meter.open,
        "open_questions": len(questions),
        "stake": format_amount(0 if meter.stake_missing else meter.terms.stake, decimals),
        "bond": format_amount(meter.terms.bond, decimals),
        "closed": meter.closed,
    }


def status_page(links: Links, made: Replay, numbers: Sequence[int]) -> RenderableType:
    """Meters, a row each, and what is owed to whom."""
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = []
    for number in numbers:
        said = status_data(links, made, number)
        state = "closed" if said["closed"] else "no stake" if said["stake"].strip("0.") == "" else "open"
        rows.append((str(number), said["unit"], state, said["open"], said["void"], made.meters.meters[number].register))
        whose = "pledged to" if said["pledged"] else "not pledged, yields to"
        notes.append(f"meter {number}: {whose} {said['payee']}; counted to {said['next']}")
        if said["late_register"] != "0":
            notes.append(f"meter {number}: {int(said['late_register']):,} late besides")
        if said["open_questions"]:
            notes.append(f"meter {number}: {said['open_questions']} questions are open")
    for (asset, account), amount in made.meters.credit.items():
        if amount:
            notes.append(f"credited to {account}: {exact_money(amount, _decimals(links, asset))}")
    page = table("Meters", ("", "unit", "state"), ("open", "void", "register"), rows)
    return Group(page, Text(""), Text("\n".join(notes)))


def certificates_page(made: Replay, meter: int | None) -> RenderableType:
    """Lots, a row each: what is for sale, held and retired."""
    twin = made.certificates
    rows: list[tuple[Cell, ...]] = []
    for lot, kept in sorted(twin.lots.items()):
        if meter and meter_of(lot) != meter:
            continue
        unsold = twin.balances[twin.address, lot]
        rows.append(
            (str(lot), utc(lot & 2**40 - 1), kept.issued, unsold, kept.issued - unsold - kept.retired, kept.retired)
        )
    return table("Certificates, Wh", ("lot", "interval"), ("issued", "for sale", "held", "retired"), rows)


def _decimals(links: Links, asset: str) -> int:
    from penstock.deploy.meters import decimals_of

    return decimals_of(links, asset)
