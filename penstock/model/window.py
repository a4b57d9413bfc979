"""The last periods of a test that looks at several: their parts, and the sums of these as of each."""

from __future__ import annotations

from typing import NamedTuple

from penstock.model.units import MAX_AMOUNT, MAX_NARROW_AMOUNT

MOST_OVER = 120
MOST_NARROW_SERVICE = 2**63 - 1
MOST_WIDE_SERVICE = 2**120 - 1


class Counted(NamedTuple):
    """
    One period of a window, in base units.

    numerator, denominator : the period's own. numerators, denominators : of it and the ones before it in the window.
    """

    numerator: int
    denominator: int
    numerators: int
    denominators: int


Window = tuple[Counted, ...]
"""The earliest period first, the last settled one last; empty until a period has a denominator."""


def with_period(window: Window, over: int, numerator: int, denominator: int, narrow: bool) -> Window:
    """
    A window after one more period, of which at most `over` are kept.

    Periods before the first denominator are left out. A part that is larger than the chain has room for counts as the
    most it has room for.
    """
    if not window and not denominator:
        return ()
    numerator = min(numerator, MAX_NARROW_AMOUNT if narrow else MAX_AMOUNT)
    denominator = min(denominator, MOST_NARROW_SERVICE if narrow else MOST_WIDE_SERVICE)
    numerators, denominators = (window[-1].numerators, window[-1].denominators) if window else (0, 0)
    if len(window) == over:
        oldest, *kept = window
        window = tuple(kept)
        numerators, denominators = numerators - oldest.numerator, denominators - oldest.denominator
    more = Counted(numerator, denominator, numerators + numerator, denominators + denominator)
    return (*window, more)
