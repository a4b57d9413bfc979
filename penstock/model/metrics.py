"""What a test measures: by its metric, two figures of a period whose ratio is compared with the threshold."""

from __future__ import annotations

from penstock.model.dues import Dues
from penstock.model.report import Report
from penstock.model.state import DealState
from penstock.model.terms import DealTerms, Metric, Test
from penstock.model.units import WAD


def cfads(terms: DealTerms, owed: Dues, collections: int) -> int:
    """Cash flow available for debt service: collections less operating fees due, not below zero."""
    opex = sum(due for due, fee in zip(owed.fees, terms.fees, strict=True) if fee.opex)
    return max(0, collections - opex)


def debt_service(owed: Dues, tranche: int) -> int:
    """Current interest and scheduled principal of a tranche and all senior to it."""
    return sum(owed.current_interest[: tranche + 1]) + sum(owed.scheduled_principal[: tranche + 1])


def claims(state: DealState, owed: Dues, tranche: int) -> int:
    """Balances of a tranche and all senior to it, with their interest arrears and the interest on those."""
    deferred = sum(owed.interest[: tranche + 1]) - sum(owed.current_interest[: tranche + 1])
    return sum(state.balance[: tranche + 1]) + deferred


def is_repaid(state: DealState, tranche: int) -> bool:
    """Whether a tranche and all senior to it have neither a balance nor interest arrears."""
    return not any(state.balance[: tranche + 1]) and not any(state.interest_arrears[: tranche + 1])


def reported(covenant: Test, report: Report) -> int | None:
    """The figure of a report that a test reads: the asset value, or a declared field; None when it is missing."""
    return report.asset_value if covenant.metric.reads_asset_value else report.field(covenant.field)


def measure(
    terms: DealTerms, state: DealState, owed: Dues, collections: int, report: Report, test: int
) -> tuple[int, int] | None:
    """
    Numerator and denominator of a test in one period; None when the report that it reads is missing.

    The ratio of a reported figure is the figure in its own unit, so that its denominator is one in wad. Of two pots an
    OC counts principal collections, which are not paid out yet, beside the asset value, and an IC interest alone.
    """
    covenant = terms.tests[test]
    metric, tranche = covenant.metric, covenant.tranche
    if covenant.reads_report:
        figure = reported(covenant, report)
        if figure is None:
            return None
        if metric is Metric.OC:
            return figure + owed.principal_pot, claims(state, owed, tranche)
        return figure, covenant.initial if metric is Metric.POOL_FACTOR else WAD
    if metric is Metric.RESERVE_LEVEL:
        return state.reserves[covenant.reserve], owed.targets[covenant.reserve]
    if metric is Metric.NOTE_FACTOR:
        return sum(state.balance[: tranche + 1]), sum(each.face for each in terms.tranches[: tranche + 1])
    if metric is Metric.IC:
        available = cfads(terms, owed, collections - owed.principal_pot)
        return available, sum(owed.current_interest[: tranche + 1])
    return cfads(terms, owed, collections), debt_service(owed, tranche)
