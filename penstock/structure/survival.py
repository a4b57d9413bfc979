"""The most debt that enough futures of its revenue pay in full and in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from penstock.model.terms import DealTerms
from penstock.model.units import WAD
from penstock.simulate import Scenarios, simulate
from penstock.structure.sized import SizedDeal, sized_deal
from penstock.structure.sizing import Case, SizingRefused

STEP = WAD // 1000
"""Debt is looked for at DSCRs of three decimals."""
MOST = 100 * WAD
RECORDED = ("interest", "interest_due", "principal", "principal_due")
Progress = Callable[[int, int], None]
"""Is called with a DSCR, in wad, and how many scenarios survive it."""


@dataclass(frozen=True, slots=True)
class Survival:
    """
    A debt that survives. dscr : what it is sculpted to, in wad, in the first case. survived : in how many scenarios.
    below : in how many it would a `step` of DSCR below; None at the DSCR that was the least wanted.
    """

    sized: SizedDeal
    cases: tuple[Case, ...]
    dscr: int
    survived: int
    scenarios: int
    below: int | None
    step: int = STEP


def survivors(terms: DealTerms, lender: int, given: Scenarios) -> int:
    """In how many scenarios a lender is paid all interest and principal that is due in each period of a run."""
    if not given.count:
        return 0
    runs = simulate(terms, given.collections, given.reports, record=RECORDED)
    inside = (slice(None), slice(0, terms.periods), lender)
    short = (runs["interest"][inside] < runs["interest_due"][inside]) | (
        runs["principal"][inside] < runs["principal_due"][inside]
    )
    return int((~short.any(axis=1)).sum())


def survive(
    text: str,
    name: str,
    tranche: int,
    cases: Sequence[Case],
    tenor: int,
    given: Scenarios,
    part: Fraction,
    progress: Progress | None = None,
) -> Survival:
    """
    Sizes a lender at the least DSCR, from that of the cases on, at which a part of the scenarios pays it in time.

    A higher DSCR leaves less debt to every period, so that the least is found by halving; the DSCRs of further cases
    rise in the same proportion. What is returned survives itself, whatever the halving assumed.

    Raises
    ------
    SizingRefused : as `sized_deal`, and where no debt that has a share survives.
    """
    needed = -(-part * given.count // 1)
    first = cases[0].dscr
    found: dict[int, tuple[SizedDeal, tuple[Case, ...], int]] = {}

    def survived(dscr: int) -> int:
        if dscr not in found:
            wanted = tuple(replace(each, dscr=each.dscr * dscr // first) for each in cases)
            sized = sized_deal(text, name, tranche, wanted, tenor)
            found[dscr] = sized, wanted, survivors(sized.terms, tranche, given)
            if progress:
                progress(dscr, found[dscr][2])
        return found[dscr][2]

    low, high = first, first
    if survived(first) < needed:
        while survived(high) < needed:
            low, high = high, high * 2
            if high > MOST:
                raise SizingRefused(
                    f"{name}: at a DSCR of {MOST // WAD} less than {_percent(part)} of the scenarios pay in time: "
                    f"{survived(low)} of {given.count}; accepted: a smaller --survive, or a deal that does"
                )
        while high - low > STEP:
            middle = low + (high - low) // (2 * STEP) * STEP
            if survived(middle) < needed:
                low = middle
            else:
                high = middle
    sized, wanted, count = found[high]
    return Survival(sized, wanted, high, count, given.count, None if high == first else survived(low))


def _percent(part: Fraction) -> str:
    return f"{float(part * 100):g} %"
