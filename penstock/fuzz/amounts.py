"""Amounts of cash, reports and shares, chosen from bytes in the scale of the deal. Zero bytes choose the simplest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from penstock.fuzz.oracle import Oracle
from penstock.model.deal import settle
from penstock.model.dues import days_of, dues
from penstock.model.metrics import debt_service
from penstock.model.report import Report
from penstock.model.terms import DealTerms, FeeBase, Metric
from penstock.model.units import MAX_AMOUNT, WAD, mul_div_up

BLOCK = 24
"""Bytes a step is chosen from."""

SPARE_BITS = 5
"""What the largest amount that is not meant for the cap leaves: dozens of them fit what all amounts of a deal share."""

Choice = TypeVar("Choice")


class Choices:
    """Reads choices from a block of bytes, followed by zeros."""

    def __init__(self, block: bytes) -> None:
        self._left = block

    @property
    def rest(self) -> bytes:
        """What is not read yet."""
        return self._left

    def number(self, size: int) -> int:
        taken, self._left = self._left[:size], self._left[size:]
        return int.from_bytes(taken.ljust(size, b"\0"), "big")

    def upto(self, most: int) -> int:
        return self.number(1 if most < 256 else 2) % (most + 1)

    def one_in(self, times: int) -> bool:
        return self.number(1) >= 256 - 256 // times

    def pick(self, choices: Sequence[Choice]) -> Choice:
        return choices[self.number(1) % len(choices)]


def cash(expected: Oracle, choices: Choices) -> int:
    """
    Nothing, a base unit, exactly what some rung is due, some tier takes or some test asks for, or any part of an even
    share of what was lent; rarely an amount that brings lifetime cash to its cap.
    """
    kind = choices.upto(15)
    around = expected.around
    if kind < 2:
        return kind
    if kind < 5:
        return _to_a_rung(expected, choices)
    if kind < 7:
        return to_a_test(expected, choices)
    if kind < 10:
        return around * choices.number(1) // 128
    if kind < 14:
        return around * choices.number(3) // 2**22
    if kind == 14:
        return around * expected.terms.periods * choices.number(1) // 128
    if choices.one_in(6):
        return to_the_cap(expected, choices.pick((0, 0, -1, -1, 1, 2**128)))
    return min(_most(expected.terms), choices.number(12) >> choices.upto(95))


def _most(terms: DealTerms) -> int:
    return terms.max_amount >> SPARE_BITS


def reported(expected: Oracle, choices: Choices) -> int:
    """
    A loss or an asset value: as cash, about what was lent, on which a fee takes some part or some multiple of an even
    share of what was lent, or so much that a fee exceeds any revenue; rarely any number of the 96 bits it may have.
    """
    kind, lent = choices.upto(7), expected.around * expected.terms.periods
    if kind == 0:
        value = cash(expected, choices)
    elif kind == 1:
        value = lent * choices.number(1) // 128
    elif kind < 6:
        value = _of_which_a_fee_takes(expected, expected.around * choices.number(1) // 64)
    elif kind == 6:
        value = lent * choices.number(2) >> choices.upto(15)
    else:
        value = choices.number(12) >> choices.upto(95)
    return min(value, MAX_AMOUNT)


def _of_which_a_fee_takes(expected: Oracle, amount: int) -> int:
    """The asset value of which the first fee on it takes this amount in the next period; the amount without a fee."""
    terms, period = expected.terms, min(expected.books.state.period + 1, expected.terms.periods)
    for fee in terms.fees:
        if fee.base is FeeBase.ASSET_VALUE and fee.rate:
            days = days_of(terms, period, terms.tranches[fee.tranche].day_count)
            return mul_div_up(amount, WAD * days.denominator, fee.rate * days.numerator)
    return amount


def to_the_cap(expected: Oracle, aside: int = 0) -> int:
    """All that still fits into a deal's life, and so much more."""
    waiting = expected.books.cash - expected.books.accounted
    return max(0, expected.books.room - waiting + aside)


def _to_a_rung(expected: Oracle, choices: Choices) -> int:
    """Cash that ends exactly at a rung of the ladder or a tier of the promote, or a base unit to either side."""
    rung, aside = choices.number(1), choices.pick((0, 0, -1, 1))
    state = expected.books.state.copy()
    if state.period == expected.terms.periods:
        owed = state.balance + state.interest_arrears + state.fee_arrears
        return max(0, sum(owed[: 1 + rung % len(owed)]) + aside)
    report = expected.world.reports.get(state.period + 1, Report())
    plenty = settle(expected.terms, state, _most(expected.terms), report)
    steps = [payment.from_cash for payment in plenty.rungs[:-1]] + plenty.flows.tiers[:-1]
    paid = sum(steps[: 1 + rung % max(1, len(steps))])
    return min(_most(expected.terms), max(0, paid - max(0, expected.books.waiting) + aside))


def to_a_test(expected: Oracle, choices: Choices) -> int:
    """Cash with which a test just passes, or a base unit to either side: between two tests, one of them fails alone."""
    which, aside = choices.number(1), choices.pick((0, 0, -1, 1))
    terms, state = expected.terms, expected.books.state
    if not terms.tests or state.period == terms.periods:
        return 0
    test = terms.tests[which % len(terms.tests)]
    report = expected.world.reports.get(state.period + 1, Report())
    owed = dues(terms, state, state.period + 1, 0, report)
    operating = sum(due for due, fee in zip(owed.fees, terms.fees, strict=True) if fee.opex)
    service = debt_service(owed, test.tranche)
    if test.metric is Metric.IC:
        service = sum(owed.current_interest[: test.tranche + 1])
    needed = operating + mul_div_up(test.threshold, service, WAD)
    return min(_most(expected.terms), max(0, needed - max(0, expected.books.waiting) + aside))


def shares(expected: Oracle, choices: Choices, tranche: int, owner: str) -> int:
    owned = expected.books.shares(tranche, owner)
    kind = choices.upto(15)
    if kind < 6:
        return owned * choices.number(1) // 255
    if kind < 10:
        return min(1, owned)
    if kind < 14:
        return owned
    return owned + 1 if kind == 14 else choices.number(12) << choices.upto(160)
