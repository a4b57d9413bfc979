"""Certificates as rows with the attributes that EnergyTag's Granular Certificate Scheme Standard asks for."""

from __future__ import annotations

import csv
import io

from penstock.links.meters_storage import meter_of, start_of
from penstock.onchain.meters_replay import Replay

COLUMNS = (
    "certificate_id",
    "issuing_platform",
    "production_device_id",
    "production_starting_interval",
    "production_ending_interval",
    "quantity_wh",
    "range_first_wh",
    "range_last_wh",
    "energy_carrier",
    "energy_source",
    "technology",
    "grid_zone",
    "capacity_w",
    "status",
    "account",
    "beneficiary",
    "consumption_meter",
)


def attributes_text(made: Replay, chain_id: int, technology: str, source: str) -> str:
    """
    A row for each retired range of a lot, and one for what each account holds of it, in the order of lots.

    A retired range is exact, so that its devices follow from the published readings; what is held has no range yet.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    retired: dict[int, list[tuple[str, int, int, int, bytes]]] = {}
    for _, event in made.entries:
        if event.name == "Retired":
            row = (event["holder"], event["load"], event["first"], event["amount"], event["beneficiary"])
            retired.setdefault(event["id"], []).append(row)
    for lot in sorted(made.certificates.lots):
        for holder, load, first, amount, beneficiary in retired.get(lot, []):
            text = beneficiary.rstrip(b"\0")
            shown = text.decode() if text.isascii() and text.decode().isprintable() else "0x" + beneficiary.hex()
            consumer = str(meter_of(load)) if load else ""
            writer.writerow(
                [
                    *_row(made, chain_id, lot, technology, source, amount, (first, first + amount - 1)),
                    *("cancelled", holder, shown, consumer),
                ]
            )
        held = sorted((who, n) for (who, place), n in made.certificates.balances.items() if place == lot and n)
        for holder, amount in held:
            state = "issued" if holder == made.certificates.address else "transferred"
            writer.writerow([*_row(made, chain_id, lot, technology, source, amount, None), state, holder, "", ""])
    return out.getvalue()


def _row(
    made: Replay,
    chain_id: int,
    lot: int,
    technology: str,
    source: str,
    amount: int,
    units: tuple[int, int] | None,
) -> list[object]:
    number, start = meter_of(lot), start_of(lot)
    terms = made.meters.meters[number].terms
    place = f"eip155:{chain_id}:{made.certificates.address}"
    zone = terms.zone.rstrip(b"\0").decode(errors="replace")
    first, last = units or ("", "")
    return [
        f"{place}:{lot}" + (f":{first}-{last}" if units else ""),
        place,
        f"eip155:{chain_id}:{made.meters.address}:{number}",
        _iso(start),
        _iso(start + terms.interval),
        amount,
        first,
        last,
        "electricity",
        source,
        technology,
        zone,
        terms.capacity,
    ]


def _iso(time: int) -> str:
    from datetime import datetime, timezone

    return datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
