"""Grace: a period that does not pay what falls due can be settled only when its grace is over. Mirrors GraceLib.sol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from penstock.model.calendar import SECONDS_PER_DAY, timestamp
from penstock.model.coverage import judge
from penstock.model.dues import Dues, dues, join_pik, write_down
from penstock.model.ladder import Ladder, acts, still_due
from penstock.model.report import Report
from penstock.model.rungs import Due, Pays
from penstock.model.state import DealState
from penstock.model.terms import DealTerms, PrincipalKind, Rung


@dataclass(frozen=True, slots=True)
class Missing:
    """
    What keeps a period from being settled within its grace.

    figures : of the report, by their place in it. tests : that would begin to fail. short : rungs and what they leave
    due, in base units, in the order of the ladder.
    """

    figures: tuple[int, ...]
    tests: tuple[int, ...]
    short: tuple[tuple[Rung, int], ...]

    def __bool__(self) -> bool:
        return bool(self.figures or self.tests or self.short)


def grace_ends_at(terms: DealTerms, period: int) -> int:
    """When a period's grace ends, in seconds since 1970: at its payment date in a deal without grace."""
    return timestamp(terms.payment_dates[period - 1]) + terms.grace * SECONDS_PER_DAY


def may_settle(terms: DealTerms, state: DealState, collections: int, report: Report) -> bool:
    """
    Whether the next period may be settled within its grace: its collections alone, without reserves and traps, pay
    everything due and fill the reserves, no test begins to fail, and every figure that the terms read is reported.

    Source: docs/SPEC.md, "Grace".
    """
    return not missing(terms, state, collections, report)


def missing(terms: DealTerms, state: DealState, collections: int, report: Report) -> Missing:
    """What the next period lacks for that, all of it. state : before the period; it stays as it is."""
    figures = (*report.as_read(len(terms.fields)).figures, *(None,) * len(terms.fields))
    unreported = [place for place, read in enumerate(terms.figures_read) if read and figures[place] is None]
    after = state.copy()
    write_down(terms, after, report.loss or 0)
    owed = dues(terms, after, state.period + 1, collections, report)
    join_pik(after, owed)
    tests = [judge(terms, after, owed, collections, report, test) for test in range(len(terms.tests))]
    after.passes_needed = [coverage.passes_needed for coverage in tests]
    after.period += 1
    failing = [test for test in range(len(terms.tests)) if after.failing(test) and not state.failing(test)]
    trapping = [test for test, made in enumerate(tests) if made.traps]
    return Missing(tuple(unreported), tuple(failing), tuple(_short(terms, after, owed, collections, trapping)))


def _short(
    terms: DealTerms, state: DealState, owed: Dues, collections: int, trapping: Sequence[int]
) -> list[tuple[Rung, int]]:
    """The rungs that act and leave something due when collections alone go down the ladder; both states change."""
    owed = replace(owed, targets=_limited(terms, state, owed))
    enforced = any(state.failing(test) for test in terms.enforce_on)
    rungs, pot = terms.ladder(enforced), 0 if enforced else owed.principal_pot
    Ladder(terms, state, owed, collections, trapping, draws=False, principal_pot=pot).pay(rungs)
    found = [(rung, _left(terms, rung, owed, state)) for rung in dict.fromkeys(rungs) if acts(terms, state, rung)]
    return [(rung, left) for rung, left in found if left]


def _limited(terms: DealTerms, state: DealState, owed: Dues) -> list[int]:
    """Targets, at most what a reserve with a limit can hold after the period."""
    return [
        target if each.fill is None else min(target, held + each.fill)
        for each, target, held in zip(terms.reserves, owed.targets, state.reserves, strict=True)
    ]


def _left(terms: DealTerms, rung: Rung, owed: Dues, state: DealState) -> int:
    """
    What a rung left due. A sweep takes what is not due yet; a `cash` tranche's principal falls due in the last period;
    interest that may be deferred does not count.
    """
    rule = rung.rule
    if rule.due in (Due.REST, Due.COVERAGE) or rule.early or rung.passing:
        return 0
    if rule.pays is not Pays.PRINCIPAL:
        return sum(still_due(terms, rung, owed, state) or ())
    matured = state.period == terms.periods
    due = (target for target in rung.targets if matured or terms.tranches[target].principal is not PrincipalKind.CASH)
    return sum(owed.principal[target] for target in due)
