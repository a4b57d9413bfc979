"""What the terms say of each period: rates as reduced fractions, scheduled principal, fees, what is ahead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import gcd, lcm

from penstock.model.dues import days_of
from penstock.model.terms import ArrearsRule, DayCount, DealTerms, Fee, FeeBase, PrincipalKind
from penstock.model.units import WAD
from penstock.simulate.numbers import Fraction, Number

NO_LIMIT = 1 << 126
"""More than any amount: what a schedule has for the last period, which takes the whole balance."""

Column = Callable[[str, Sequence[int]], Number]
"""From a name and a value for each period, this period's: known, or a symbol where it differs between periods."""


class Stage(Enum):
    """USUAL : any period but the last one. LAST : the last one. LATE : late revenue."""

    USUAL = "usual"
    LAST = "last"
    LATE = "late"

    @property
    def matured(self) -> bool:
        return self is not Stage.USUAL


@dataclass(frozen=True)
class Rate:
    """numerators : of each period, over one denominator, in lowest terms over all periods."""

    name: str
    numerators: tuple[int, ...]
    denominator: int

    def of(self, column: Column) -> Fraction:
        return Fraction(column(self.name, self.numerators), self.denominator)


def rate(name: str, numerators: Sequence[int], denominator: int) -> Rate:
    common = gcd(denominator, *numerators)
    return Rate(name, tuple(each // common for each in numerators), denominator // common)


class Columns:
    """Of a deal, by period from the first one; index 0 is period 1."""

    def __init__(self, terms: DealTerms) -> None:
        self.terms = terms
        self.numbers = range(1, terms.periods + 1)
        self._days: dict[DayCount, tuple[tuple[int, ...], int]] = {}

    def days(self, day_count: DayCount) -> tuple[tuple[int, ...], int]:
        """The part of a year of each period, over one denominator."""
        if day_count not in self._days:
            parts = [days_of(self.terms, period, day_count) for period in self.numbers]
            common = lcm(*(each.denominator for each in parts))
            numerators = tuple(each.numerator * (common // each.denominator) for each in parts)
            self._days[day_count] = numerators, common
        return self._days[day_count]

    def accruing(self, name: str, annual: Sequence[int], day_count: DayCount) -> Rate:
        """annual : rates of each period, in wad."""
        parts, common = self.days(day_count)
        return rate(name, [each * part for each, part in zip(annual, parts, strict=True)], WAD * common)

    @cached_property
    def coupon(self) -> list[Rate]:
        """What each tranche's balance bears, where its coupon does not float."""
        return [
            self.accruing(f"coupon_{index}", [each.coupon(period) for period in self.numbers], each.day_count)
            for index, each in enumerate(self.terms.tranches)
        ]

    @cached_property
    def on_arrears(self) -> list[Rate]:
        rates = []
        for index, each in enumerate(self.terms.tranches):
            bears = each.arrears in (ArrearsRule.COUPON, ArrearsRule.SPREAD)
            annual = [(each.coupon(period) + each.spread) * bears for period in self.numbers]
            rates.append(self.accruing(f"on_arrears_{index}", annual, each.day_count))
        return rates

    @cached_property
    def pik(self) -> list[Rate]:
        return [
            self.accruing(
                f"pik_{index}", [each.pik * (period <= each.pik_last) for period in self.numbers], each.day_count
            )
            for index, each in enumerate(self.terms.tranches)
        ]

    @cached_property
    def schedule(self) -> list[tuple[int, ...]]:
        """Principal by the schedule alone; the last period takes what there is."""
        nothing = (0,) * self.terms.periods
        found = []
        for each in self.terms.tranches:
            amounts = each.schedule if each.principal is PrincipalKind.SCHEDULE else nothing
            found.append((*amounts[:-1], 0 if each.residual else NO_LIMIT))
        return found

    def fee(self, index: int, fee: Fee) -> Rate:
        """What a fee is of its base; of a fixed or listed one, the amounts."""
        due = [fee.first_period <= period <= fee.last_period for period in self.numbers]
        name = f"fee_{index}"
        if fee.base is FeeBase.FIXED:
            return Rate(name, tuple(fee.amount * each for each in due), 1)
        if fee.base is FeeBase.LISTED:
            amounts = zip(fee.amounts, due, strict=False)
            return Rate(name, tuple(amount * each for amount, each in amounts), 1)
        if fee.base is FeeBase.REPORT:
            return Rate(name, tuple(map(int, due)), 1)
        if fee.base is FeeBase.COLLECTIONS:
            return rate(name, [fee.rate * each for each in due], WAD)
        annual = [fee.rate * each for each in due]
        return self.accruing(name, annual, self.terms.tranches[fee.tranche].day_count)

    def reserve_targets(self, index: int) -> tuple[int, ...]:
        held = self.terms.reserves[index]
        return held.targets or (held.target,) * self.terms.periods

    def ahead(self, values: Sequence[int], steps: int) -> tuple[int, ...]:
        """The values of so many periods later; 0 beyond the end."""
        return (*values[steps:], *[0] * steps)[: self.terms.periods]

    def counted(self, index: int, step: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """
        Of a reserve of months: for each period, whether the debt service of so many periods later counts whole, and
        whether it is the one of which a part counts. Beyond the end nothing is due, and either may be said.
        """
        held = self.terms.reserves[index]
        parts = held.parts or ((0, 1),) * self.terms.periods
        whole = [step <= count for count in held.ahead]
        part = [step == count + 1 and bool(months) for count, (months, _) in zip(held.ahead, parts, strict=True)]
        for place, period in enumerate(self.numbers):
            if period + step > self.terms.periods and place:
                whole[place], part[place] = whole[place - 1], part[place - 1]
        return tuple(map(int, whole)), tuple(map(int, part))

    def parts(self, index: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Of a reserve of months: months of the period of which a part counts, of how many; 0 of 1 for none."""
        parts = self.terms.reserves[index].parts or ((0, 1),) * self.terms.periods
        return tuple(months for months, _ in parts), tuple(max(1, of) for _, of in parts)

    def most_ahead(self, index: int) -> int:
        """How many periods a reserve of months looks ahead at most."""
        held = self.terms.reserves[index]
        parts = held.parts or ((0, 1),) * self.terms.periods
        most = max((count + bool(months) for count, (months, _) in zip(held.ahead, parts, strict=True)), default=0)
        return min(most, self.terms.periods - 1)
