"""Coverage tests: compared by cross-multiplication, failing strictly below, cured after consecutive passes."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.model.dues import Dues
from penstock.model.state import DealState
from penstock.model.terms import DealTerms
from penstock.model.units import WAD, mul_div_down


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    One test in one period.

    value : the ratio in wad, rounded down; None when not tested.
    passed : None when not tested. passes_needed : the cure counter after this period; 0 is cured.
    """

    value: int | None
    passed: bool | None
    passes_needed: int

    @property
    def cured(self) -> bool:
        return self.passes_needed == 0


def cfads(terms: DealTerms, owed: Dues, collections: int) -> int:
    """Cash flow available for debt service: collections less operating fees due, not below zero."""
    opex = sum(due for due, fee in zip(owed.fees, terms.fees, strict=True) if fee.opex)
    return max(0, collections - opex)


def debt_service(owed: Dues, tranche: int) -> int:
    """Current interest and scheduled principal of a tranche and all senior to it."""
    return sum(owed.current_interest[: tranche + 1]) + sum(owed.scheduled_principal[: tranche + 1])


def dscr(terms: DealTerms, state: DealState, owed: Dues, collections: int, test: int) -> Coverage:
    """
    The DSCR of one test and its cure counter.

    A zero denominator is not tested: the counter does not change, unless the tested tranche and all senior to it
    are repaid, which cures the test for good.
    """
    covenant = terms.tests[test]
    available, service = cfads(terms, owed, collections), debt_service(owed, covenant.tranche)
    needed = state.passes_needed[test]
    if service == 0:
        repaid = not any(state.balance[: covenant.tranche + 1]) and not any(
            state.interest_arrears[: covenant.tranche + 1]
        )
        return Coverage(None, None, 0 if repaid else needed)
    passed = available * WAD >= covenant.below * service
    needed = max(0, needed - 1) if passed else covenant.cure
    return Coverage(mul_div_down(available, WAD, service), passed, needed)
