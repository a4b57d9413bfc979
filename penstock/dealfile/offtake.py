"""Offtake files: the terms of a metered bill every period as people write them, resolved into rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Annotated

from penstock.dealfile import values
from penstock.dealfile.errors import TableError
from penstock.dealfile.numbers import Exact, parse_exact
from penstock.dealfile.schema import Key, Table
from penstock.dealfile.source import Source, check, parse
from penstock.dealfile.table import Layout, read_table, table_text
from penstock.dealfile.values import Kind, whole
from penstock.files import read_input, read_text
from penstock.links.offtake import MOST_ROWS, NO_ONE, OfftakeTerms, Row, bill
from penstock.links.prices import escalated
from penstock.model.calendar import SECONDS_PER_DAY, RegularDates, timestamp
from penstock.model.units import MAX_AMOUNT

MONTHS_PER_YEAR = 12
MOST_UNITS, MOST_RATE = 2**64 - 1, 2**64 - 1
MOST_OFFSET = 14 * 60
Price = values.Amount
Units = Annotated[int, whole(0, MOST_UNITS, "a whole number of units of the meter, 0 or more")]


class Offtake(Table):
    """The table of an offtake file."""

    name: Annotated[values.Name, Key("what the offtake is called", '"Greensboro PPA"')]
    asset: Annotated[values.Symbol, Key("symbol of the stablecoin that bills are paid in", '"USDC"')]
    decimals: Annotated[values.Decimals, Key("the stablecoin's decimals", "6")]
    price: Annotated[Price, Key("price of a million units in the first year: of a MWh, where units are Wh", '"62.00"')]
    escalation: Annotated[values.Rate, Key("by how much the price rises each year", '"0.02"', "0")] = 0
    first: Annotated[values.Day, Key("the first day of the first bill", "2026-01-01")]
    months: Annotated[values.Months, Key("months of a bill", "1", "1")] = 1
    bills: Annotated[
        int, whole(1, MOST_ROWS, f"a whole number from 1 to {MOST_ROWS}"), Key("how many bills there are", "240")
    ]
    utc_offset: Annotated[
        int,
        whole(-MOST_OFFSET, MOST_OFFSET, f"minutes from -{MOST_OFFSET} to {MOST_OFFSET}"),
        Key("minutes that midnight is ahead of UTC, the whole year", "-300", "0"),
    ] = 0
    cap: Annotated[Units | None, Key("the most units of a bill that are paid for", "2_000_000_000", "none")] = None
    floor: Annotated[Units, Key("units that are paid for even when fewer came (take or pay)", "900_000_000", "0")] = 0
    guarantee: Annotated[Units, Key("units below which the seller owes damages", "800_000_000", "0")] = 0
    damages: Annotated[
        Price | None, Key("damages for a million units below the guarantee, at most the bill", '"15.00"', "none")
    ] = None
    deposit: Annotated[values.Amount | None, Key("what the buyer deposits when it accepts", '"150_000"', "none")] = None
    grace_days: Annotated[
        int,
        whole(1, 366, "a whole number of days from 1 to 366"),
        Key("days after a bill's last until it is late and the deposit may be drawn", "45"),
    ]
    late: Annotated[values.Rate, Key("yearly interest on what is late", '"0.08"', "0")] = 0
    degradation_note: Annotated[
        str | None, Kind("text"), Key("what is expected of the plant; changes no bill", '"0.5 % a year"', "none")
    ] = None
    meter: Annotated[
        int | None, whole(1, 2**64 - 1, "a whole number, 1 or more"), Key("number of the meter", "1", "given at deploy")
    ] = None
    buyer: Annotated[
        str | None, Kind("an address, 0x and 40 digits"), Key("who accepts and pays", '"0x…"', "given at deploy")
    ] = None


class OfftakeFile(Table):
    """The whole file."""

    offtake: Annotated[Offtake, Key("the offtake", "")]


@dataclass(frozen=True)
class OfftakePlan:
    """
    An offtake file, resolved.

    terms : with no meters, and with the file's meter and buyer or none. days : the first day of each bill and the day
    after the last. text : the file's.
    """

    name: str
    asset: str
    decimals: int
    terms: OfftakeTerms
    days: tuple[date, ...]
    text: str
    note: str

    def placed(self, meters: str, meter: int, buyer: str) -> OfftakeTerms:
        """The terms on a chain."""
        return replace(self.terms, meters=meters, meter=meter, buyer=buyer)


@dataclass(frozen=True)
class Billed:
    """A bill of a schedule: row, first day, units and amount, the last two None where nothing was counted."""

    row: int
    start: date
    end: date
    terms: Row
    quantity: int | None
    amount: int | None


class ReadingsError(TableError):
    """A mistake in a file of what a meter counted."""


def load(path: str | Path) -> OfftakePlan:
    """
    The offtake of a file.

    Raises
    ------
    FileRefused : when it cannot be read as text. DealFileError : for the first mistake in it.

    Source: docs/SPEC.md, "Offtakes".
    """
    return loads(read_text(path), str(path))


def loads(text: str, name: str = "offtake.toml") -> OfftakePlan:
    """The offtake of a file's text; `name` is what refusals call the file. Raises DealFileError."""
    source = parse(text, name)
    given = check(source, OfftakeFile).offtake
    price = _price(source, "price", given.price, given.decimals)
    damages = 0 if given.damages is None else _price(source, "damages", given.damages, given.decimals)
    deposit = 0 if given.deposit is None else _price(source, "deposit", given.deposit, given.decimals)
    if given.cap is not None and given.floor > given.cap:
        source.refuse(("offtake", "floor"), f"above the cap {source.place(('offtake', 'cap'))}", f"up to {given.cap}")
    if given.cap == 0:
        source.refuse(("offtake", "cap"), "no unit would be paid for", "1 or more, or no cap")
    if given.guarantee and not damages:
        source.refuse(("offtake", "guarantee"), "without damages it costs nothing", "with damages")
    if given.late > MOST_RATE:
        source.refuse(("offtake", "late"), "too large for the chain", "less than 18.4 a year")
    regular = RegularDates(given.first, given.months, month_end=False)
    days = [given.first, *(regular.at(index) for index in range(1, given.bills + 1))]
    rows = []
    for index, end in enumerate(days[1:]):
        year = index * given.months // MONTHS_PER_YEAR + 1
        now = escalated(price, given.escalation, year)
        if now > MAX_AMOUNT:
            source.refuse(("offtake", "escalation"), f"the price of year {year} is too large for the chain", "less")
        cap = given.cap or 0
        rows.append(Row(_seconds(end, given.utc_offset), now, given.floor, cap, given.guarantee, damages))
    start, grace = _seconds(given.first, given.utc_offset), given.grace_days * SECONDS_PER_DAY
    buyer = _buyer(source, given.buyer)
    terms = OfftakeTerms(NO_ONE, given.meter or 0, buyer, deposit, start, grace, given.late, tuple(rows))
    return OfftakePlan(given.name, given.asset, given.decimals, terms, tuple(days), text, given.degradation_note or "")


def load_readings(path: str | Path, plan: OfftakePlan) -> tuple[int | None, ...]:
    """
    What a meter counted in each bill, from a CSV of days and units; None for a bill that has no row.

    Raises
    ------
    FileRefused : when it cannot be read. ReadingsError : for the first mistake, with its line.
    """
    name, raw = read_input(path)
    layout = Layout(ReadingsError, "date,units", ("date", "units"), ("date", "units"), index="date")
    counted: list[int | None] = [None] * len(plan.terms.rows)
    for row in read_table(table_text(raw, name), name, layout).rows:
        day, text = row.cells["date"], row.cells["units"]
        try:
            when = date.fromisoformat(day)
        except ValueError:
            raise ReadingsError(name, row.line, "date", day, "not a date", "2026-01-31") from None
        exact = parse_exact(text)
        units = exact.scaled(0) if exact else None
        if units is None or units > MOST_UNITS:
            raise ReadingsError(name, row.line, "units", text, "not a count of units", "a whole number, 0 or more")
        index = next((at for at, end in enumerate(plan.days[1:]) if when < end), None)
        if when < plan.days[0] or index is None:
            accepted = f"{plan.days[0]} to the day before {plan.days[-1]}"
            raise ReadingsError(name, row.line, "date", day, "in no bill of this offtake", accepted)
        counted[index] = (counted[index] or 0) + units
    return tuple(counted)


def schedule(plan: OfftakePlan, counted: tuple[int | None, ...] | None = None) -> list[Billed]:
    """Every bill, with what it comes to where it is known what the meter counted."""
    found = counted or (None,) * len(plan.terms.rows)
    return [
        Billed(at, plan.days[at], plan.days[at + 1], row, units, None if units is None else bill(row, units))
        for at, (row, units) in enumerate(zip(plan.terms.rows, found, strict=True))
    ]


def _price(source: Source, key: str, exact: Exact, decimals: int) -> int:
    units = exact.scaled(decimals)
    if units is None:
        source.refuse(("offtake", key), f"{exact.places} decimals", f"at most {decimals}, the asset's own")
    elif units > MAX_AMOUNT:
        source.refuse(("offtake", key), "too large for the chain", "less than 2^96 base units")
    return units or 0


def _buyer(source: Source, text: str | None) -> str:
    from penstock.addresses import is_address

    if text is not None and not is_address(text):
        source.refuse(("offtake", "buyer"), "not an address", "0x and 40 hexadecimal digits")
    return text or NO_ONE


def _seconds(day: date, offset: int) -> int:
    """Midnight of a place that is so many minutes ahead of UTC."""
    return timestamp(day) - offset * 60


def day_of(seconds: int) -> date:
    """The day of a time, UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).date()
