"""
A metered bill every period: the exact twin of contracts/links/Offtake.sol (docs/SPEC.md, "Offtakes").

Quantities are units of the meter, amounts base units of its asset, prices base units per million units. What the
contract reverts raises LinkRefused with the name and the values of its error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from penstock.links.errors import LinkRefused
from penstock.model.calendar import SECONDS_PER_DAY
from penstock.model.units import WAD, mul_div_down

MILLION = 10**6
DAYS_OF_YEAR = 365
MOST_ROWS = 450
ROW_LENGTH = 53
NO_ONE = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class Row:
    """
    One bill.

    end : its last second, exclusive, in seconds since 1970. price, damages : per million units.
    floor : units paid for even when fewer came. cap : the most units paid for; 0 for no cap.
    guarantee : units whose absence costs the seller `damages`, up to the bill.
    """

    end: int
    price: int
    floor: int = 0
    cap: int = 0
    guarantee: int = 0
    damages: int = 0


@dataclass(frozen=True, slots=True)
class OfftakeTerms:
    """
    What a buyer accepts; nothing can change it.

    meters, meter : the contract and the meter whose units are billed. start : of the first row, in seconds.
    deposit : of the buyer, in base units. grace : seconds after a row's end before it is late.
    late_rate : of interest on what is late, per year, in wad.
    """

    meters: str
    meter: int
    buyer: str
    deposit: int
    start: int
    grace: int
    late_rate: int
    rows: tuple[Row, ...]

    def window(self, row: int) -> tuple[int, int]:
        """Start and end of a row."""
        if not 0 <= row < len(self.rows):
            raise LinkRefused("Offtake_NoRow", row, len(self.rows))
        return self.rows[row - 1].end if row else self.start, self.rows[row].end

    def late_from(self, row: int) -> int:
        """When a row is late and may be drawn, in seconds."""
        return self.window(row)[1] + self.grace


class Measured(NamedTuple):
    """Of a meter: seconds of an interval, when the first begins, and how late a bill may become final."""

    interval: int
    first: int
    final_after: int


@dataclass(frozen=True, slots=True)
class OfftakeState:
    """
    An offtake between two calls.

    next : the row that is paid next. drawn : of its bill, from the deposit. interest : owed on it up to `days` whole
    days after its grace. credit : of the buyer, to withdraw.
    """

    accepted: bool = False
    deposit: int = 0
    next: int = 0
    drawn: int = 0
    interest: int = 0
    days: int = 0
    credit: int = 0
    finished: bool = False


class Due(NamedTuple):
    """Of a row: its whole bill, what of it is unpaid, and late interest, in base units."""

    bill: int
    unpaid: int
    late: int


def bill(row: Row, quantity: int) -> int:
    """
    What a row costs, each quotient rounded down.

    Parameters
    ----------
    quantity : what the meter counted from the row's start to its end, late readings included.

    Source: docs/SPEC.md, "Offtakes".
    """
    most = min(quantity, row.cap) if row.cap else quantity
    gross = mul_div_down(row.price, max(most, row.floor), MILLION)
    damages = mul_div_down(row.damages, max(0, row.guarantee - quantity), MILLION)
    return gross - min(gross, damages)


def late_interest(unpaid: int, rate: int, days: int) -> int:
    """Simple interest on what is late, actual days over 365, rounded down. rate : per year, in wad."""
    return mul_div_down(unpaid * rate, days, DAYS_OF_YEAR * WAD)


def check(terms: OfftakeTerms, measured: Measured, now: int) -> None:
    """
    What OfftakeFactory requires of terms.

    Raises
    ------
    LinkRefused : named as the factory's error.
    """
    if not 1 <= len(terms.rows) <= MOST_ROWS:
        raise LinkRefused("OfftakeFactory_WrongRows", len(terms.rows) * ROW_LENGTH, MOST_ROWS * ROW_LENGTH)
    if terms.buyer == NO_ONE:
        raise LinkRefused("OfftakeFactory_NoBuyer")
    if terms.start < (earliest := max(measured.first, now + 1)):
        raise LinkRefused("OfftakeFactory_StartTooEarly", terms.start, earliest)
    if terms.grace < measured.final_after:
        raise LinkRefused("OfftakeFactory_GraceTooShort", terms.grace, measured.final_after)
    if terms.start % measured.interval:
        raise LinkRefused("OfftakeFactory_Unaligned", terms.start, measured.interval)
    start = terms.start
    for index, row in enumerate(terms.rows):
        if row.end <= start:
            raise LinkRefused("OfftakeFactory_OutOfOrder", index, row.end, start)
        if row.end % measured.interval:
            raise LinkRefused("OfftakeFactory_Unaligned", row.end, measured.interval)
        if row.cap and row.floor > row.cap:
            raise LinkRefused("OfftakeFactory_FloorAboveCap", index, row.floor, row.cap)
        start = row.end


def accept(terms: OfftakeTerms, state: OfftakeState, caller: str, now: int) -> OfftakeState:
    """The buyer accepts before the start, and posts the deposit."""
    if caller != terms.buyer:
        raise LinkRefused("Offtake_NotBuyer", caller, terms.buyer)
    if state.accepted:
        raise LinkRefused("Offtake_AcceptedAlready")
    if now >= terms.start:
        raise LinkRefused("Offtake_TooLate", terms.start, now)
    return replace(state, accepted=True, deposit=terms.deposit)


def post(state: OfftakeState, amount: int) -> OfftakeState:
    """Anyone adds to the deposit."""
    _require_open(state)
    if not amount:
        raise LinkRefused("Offtake_NothingPosted")
    return replace(state, deposit=state.deposit + amount)


def due(terms: OfftakeTerms, state: OfftakeState, row: int, quantity: int, now: int) -> Due:
    """What is due for a row."""
    days = days_late(terms, row, now)
    whole = bill(terms.rows[row], quantity)
    if row < state.next:
        return Due(whole, 0, 0)
    if row > state.next:
        return Due(whole, whole, late_interest(whole, terms.late_rate, days))
    unpaid = whole - state.drawn
    return Due(whole, unpaid, state.interest + late_interest(unpaid, terms.late_rate, days - state.days))


def pay(terms: OfftakeTerms, state: OfftakeState, row: int, quantity: int, now: int) -> tuple[OfftakeState, Due]:
    """
    Anyone pays all that is due for the next row.

    Returns
    -------
    The state after it, and what was due.
    """
    _require_next(terms, state, row)
    owed = due(terms, state, row, quantity, now)
    return _row_paid(state, state.deposit), owed


def draw(terms: OfftakeTerms, state: OfftakeState, row: int, quantity: int, now: int) -> tuple[OfftakeState, int, int]:
    """
    After its grace, the deposit pays for the next row: the bill first, then late interest.

    Interest up to today is fixed, and what is left unpaid accrues further.

    Returns
    -------
    The state after it, and what was drawn for the bill and for interest.
    """
    _require_next(terms, state, row)
    if now < (from_ := terms.late_from(row)):
        raise LinkRefused("Offtake_InGrace", row, from_, now)
    owed = due(terms, state, row, quantity, now)
    for_bill = min(state.deposit, owed.unpaid)
    for_interest = min(state.deposit - for_bill, owed.late)
    left = state.deposit - for_bill - for_interest
    if left == state.deposit:
        raise LinkRefused("Offtake_NothingToDraw", row)
    if (for_bill, for_interest) == (owed.unpaid, owed.late):
        return _row_paid(state, left), for_bill, for_interest
    days = days_late(terms, row, now)
    after = replace(state, deposit=left, drawn=state.drawn + for_bill, interest=owed.late - for_interest, days=days)
    return after, for_bill, for_interest


def finish(terms: OfftakeTerms, state: OfftakeState) -> OfftakeState:
    """After the last row is paid, the buyer may withdraw the deposit."""
    _require_open(state)
    if state.next < len(terms.rows):
        raise LinkRefused("Offtake_RowsLeft", state.next, len(terms.rows))
    return replace(state, deposit=0, credit=state.deposit, finished=True)


def days_late(terms: OfftakeTerms, row: int, now: int) -> int:
    """Whole days since a row is late."""
    return max(0, now - terms.late_from(row)) // SECONDS_PER_DAY


def windows(terms: OfftakeTerms) -> Iterator[tuple[int, int]]:
    """Start and end of each row."""
    return (terms.window(row) for row in range(len(terms.rows)))


def _require_open(state: OfftakeState) -> None:
    if not state.accepted:
        raise LinkRefused("Offtake_NotAccepted")
    if state.finished:
        raise LinkRefused("Offtake_FinishedAlready")


def _require_next(terms: OfftakeTerms, state: OfftakeState, row: int) -> None:
    _require_open(state)
    terms.window(row)
    if row != state.next:
        raise LinkRefused("Offtake_NotNext", row, state.next)


def _row_paid(state: OfftakeState, deposit: int) -> OfftakeState:
    return replace(state, deposit=deposit, next=state.next + 1, drawn=0, interest=0, days=0)
