"""Tests: compared by cross-multiplication, failing strictly beyond the threshold, cured after consecutive passes."""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.model.dues import Dues
from penstock.model.metrics import is_repaid, measure
from penstock.model.report import Report
from penstock.model.state import DealState
from penstock.model.terms import DealTerms
from penstock.model.units import WAD, mul_div_down
from penstock.model.window import with_period


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    One test in one period.

    value : the ratio in wad, or a reported figure in its unit, rounded down; None when not tested.
    passed : None when not tested. passes_needed : the cure counter after this period; 0 is cured.
    missing : whether the report that it reads is missing; its trap then acts as if it failed.
    numerator, denominator : what the value is made of; 0 when not tested.
    """

    value: int | None
    passed: bool | None
    passes_needed: int
    missing: bool = False
    numerator: int = field(default=0, compare=False)
    denominator: int = field(default=0, compare=False)

    @property
    def cured(self) -> bool:
        return self.passes_needed == 0

    @property
    def traps(self) -> bool:
        """Whether its trap holds cash back."""
        return self.passes_needed > 0 or self.missing


def judge(terms: DealTerms, state: DealState, owed: Dues, collections: int, report: Report, test: int) -> Coverage:
    """
    The ratio of one test and its cure counter; a test over several periods adds this one to its window in the state.

    A test of lenders is cured for good once the tested tranche and all senior to it are repaid. Without its report, or
    with a zero denominator, a test is not made and its counter does not change.
    """
    covenant, needed = terms.tests[test], state.passes_needed[test]
    found = measure(terms, state, owed, collections, report, test)
    if covenant.over > 1 and found is not None:
        window = with_period(state.windows[test], covenant.over, *found, terms.narrow)
        state.windows[test] = window
        found = (window[-1].numerators, window[-1].denominators) if window else (0, 0)
    if covenant.metric.of_lenders and is_repaid(state, covenant.tranche):
        return Coverage(None, None, 0)
    if found is None:
        return Coverage(None, None, needed, missing=True)
    numerator, denominator = found
    if denominator == 0:
        return Coverage(None, None, needed)
    ratio, threshold = numerator * WAD, covenant.threshold * denominator
    passed = ratio <= threshold if covenant.above else ratio >= threshold
    needed = max(0, needed - 1) if passed else covenant.cure
    value = mul_div_down(numerator, WAD, denominator)
    return Coverage(value, passed, needed, numerator=numerator, denominator=denominator)
