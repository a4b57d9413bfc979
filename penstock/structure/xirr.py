"""
Internal rates of return and mean times of dated cash flows. Each root is bracketed before it is looked for, and all of
them are found.

With u the logarithm of growth a day, what flows are worth at their first day is f(u) = Σ amount × exp(−day × u).
Descartes' rule holds for such sums: no more roots than changes of sign. Between two roots of f is one of the derivative
of exp(p × u) × f(u), whose amounts are (p − day) × amount: with p between two days at which the sign changes it has one
change fewer. So the roots of that sum part the line into pieces on which exp(p × u) × f(u) only rises or only falls;
each piece has a root if the signs at its ends differ, and none if they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

YEAR = 365
_CONTEXT = Context(prec=50, Emax=MAX_EMAX, Emin=MIN_EMIN)
_NARROW = Decimal("1e-26")
"""A root is known within so much, in growth a day."""
_NOTHING = Decimal("1e-32")
"""A sum that is this part of its terms or less touches zero: a double root."""

Flow = tuple[int, int]
"""Days after the first day, and an amount in base units: negative if it was paid, positive if it was received."""


@dataclass(frozen=True, slots=True)
class Xirr:
    """
    The annual rates at which flows are worth nothing at their first day, ascending; a year has 365 days.

    One if the flows change their sign once. −1 for a total loss: something was paid, and nothing received. None if
    nothing was paid, or if no rate makes the flows worth nothing. Of several all are true, and none is the return.
    """

    rates: tuple[Decimal, ...]

    @property
    def rate(self) -> Decimal | None:
        """The only one."""
        return self.rates[0] if len(self.rates) == 1 else None

    @property
    def is_several(self) -> bool:
        return len(self.rates) > 1


def xirr(flows: Iterable[Flow]) -> Xirr:
    """The internal rates of return of flows, in any order; those of one day are added up."""
    terms = _merged(flows)
    if terms and all(amount < 0 for _, amount in terms):
        return Xirr((Decimal(-1),))
    with localcontext(_CONTEXT):
        return Xirr(tuple((YEAR * root).exp() - 1 for root in _roots(terms)))


def macaulay(flows: Iterable[Flow], rate: Decimal) -> Decimal | None:
    """
    The Macaulay duration of what is received, in years of 365 days from the first day: the mean of the times, weighted
    by what each amount is worth then at an annual rate. None if nothing is received, or at −100 %.
    """
    received = [(day, amount) for day, amount in _merged(flows) if amount > 0]
    if not received or rate <= -1:
        return None
    with localcontext(_CONTEXT):
        growth = (1 + rate).ln() / YEAR
        worth = [(day, amount * (-day * growth).exp()) for day, amount in received]
        weighted = sum((day * value for day, value in worth), Decimal(0))
        return weighted / sum((value for _, value in worth), Decimal(0)) / YEAR


def average_life(principal: Iterable[Flow]) -> Fraction | None:
    """The mean time to the repayment of principal, in years of 365 days, exactly; None of no principal."""
    paid = _merged(principal)
    total = sum(amount for _, amount in paid)
    return Fraction(sum(day * amount for day, amount in paid), total * YEAR) if total else None


def _merged(flows: Iterable[Flow]) -> list[Flow]:
    by_day: dict[int, int] = {}
    for day, amount in flows:
        by_day[day] = by_day.get(day, 0) + amount
    return [(day, by_day[day]) for day in sorted(by_day) if by_day[day]]


def _roots(terms: Sequence[Flow]) -> list[Decimal]:
    """Every u at which the sum is zero, ascending; each once."""
    change = next((at for at, (one, other) in enumerate(pairwise(terms)) if (one[1] < 0) != (other[1] < 0)), None)
    if change is None:
        return []
    pivot = terms[change][0] + terms[change + 1][0]
    inner = _roots([(day, (pivot - 2 * day) * amount) for day, amount in terms if pivot != 2 * day])
    ends = [_sign(terms, at) for at in inner]
    # far below, the last amount outweighs all others; far above, the first does
    lowest, highest = (1 if terms[at][1] > 0 else -1 for at in (-1, 0))
    found: list[Decimal] = []
    places = [None, *inner, None]
    signs = [lowest, *ends, highest]
    for at, (low, high) in enumerate(pairwise(places)):
        if low is not None and signs[at] == 0:
            found.append(low)
        if signs[at] * signs[at + 1] < 0:
            found.append(_between(terms, low, high, signs[at], signs[at + 1]))
    return found


def _between(terms: Sequence[Flow], low: Decimal | None, high: Decimal | None, below: int, above: int) -> Decimal:
    """The root between two places whose signs differ; None is far away."""
    if low is None:
        low = _onwards(terms, Decimal(0) if high is None else high, -1, below)
    if high is None:
        high = _onwards(terms, low, 1, above)
    while high - low > _NARROW * max(Decimal(1), abs(low)):
        middle = (low + high) / 2
        sign = _sign(terms, middle)
        if sign == 0:
            return middle
        low, high = (middle, high) if sign == below else (low, middle)
    return (low + high) / 2


def _onwards(terms: Sequence[Flow], place: Decimal, way: int, sign: int) -> Decimal:
    """A place below (way −1) or above (1) another where the sum has its sign of far away."""
    step = Decimal(1) / YEAR
    place += way * step
    while _sign(terms, place) != sign:
        step *= 2
        place += way * step
    return place


def _sign(terms: Sequence[Flow], growth: Decimal) -> int:
    """The sign of the sum; 0 where it is as good as zero."""
    discount = (-growth).exp()
    powers: dict[int, Decimal] = {}
    total, size, factor, last = Decimal(0), Decimal(0), Decimal(1), terms[0][0]
    for day, amount in terms:
        gap = day - last
        if gap:
            if gap not in powers:
                powers[gap] = discount**gap
            factor *= powers[gap]
        worth = factor * amount
        total += worth
        size += abs(worth)
        last = day
    return 0 if abs(total) <= _NOTHING * size else 1 if total > 0 else -1
