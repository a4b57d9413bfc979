"""
What each metric measures, by hand.

given a test of lenders
    it should count the tested tranche and all senior to it, and be cured once they are repaid
given a test that reads a report
    0 should be a report; without one its counter should stay and its trap act as if it failed, for that period
given a threshold
    it should fail strictly below it, or strictly above it
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.model.coverage import Coverage, judge
from penstock.model.deal import Run, join_pik, run, settle, write_down
from penstock.model.dues import dues
from penstock.model.metrics import claims
from penstock.model.report import Report
from penstock.model.state import opening_state
from penstock.model.terms import (
    ArrearsRule,
    DealTerms,
    Fee,
    FeeBase,
    Metric,
    PrincipalKind,
    ReportField,
    Reserve,
    Rung,
    Test,
    Unit,
)
from penstock.model.units import WAD
from tests.model.examples import (
    FEE,
    INTEREST,
    PER_CENT,
    PRINCIPAL,
    RESERVE,
    RESIDUAL,
    SWEEP,
    TRAP,
    deal_of,
    lender,
    one_lender,
)

OC = Test("oc", 0, 120 * PER_CENT, cure=2, metric=Metric.OC)
SILENT = Report()


def two_lenders(test: Test, **more: object) -> DealTerms:
    """1000 at 10 % and 500 at 10 %, both due at the end, for whole years."""
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(INTEREST, (1,)), Rung(PRINCIPAL, (1,)))
    trap = (Rung(TRAP, test=0), Rung(RESIDUAL, (2,)))
    second = lender("second", face=500)
    return deal_of(lender("first"), second, normal=(*rungs, *trap), tests=(test,), **more)  # type: ignore[arg-type]


def judged(
    terms: DealTerms, collections: int = 0, report: Report = SILENT, needed: int = 0, **state: object
) -> Coverage:
    """The first test in the first period."""
    there = replace(opening_state(terms), passes_needed=[needed], **state)  # type: ignore[arg-type]
    write_down(terms, there, report.loss or 0)
    owed = dues(terms, there, 1, collections, report)
    join_pik(there, owed)
    return judge(terms, there, owed, collections, report, 0)


def test_ic_is_cfads_by_current_interest() -> None:
    fee = Fee("om", "p", FeeBase.FIXED, amount=30, opex=True)
    senior, both = (two_lenders(Test("ic", tranche, 2 * WAD, metric=Metric.IC), fees=(fee,)) for tranche in (0, 1))
    assert judged(senior, 230) == Coverage(2 * WAD, True, 0)
    assert judged(senior, 229) == Coverage(199 * PER_CENT, False, 1)
    assert judged(both, 230) == Coverage(200 * WAD // 150, False, 1)
    assert judged(senior, 10) == Coverage(0, False, 1), "CFADS is not below zero"


def test_ic_has_no_principal_and_no_arrears_in_it() -> None:
    first = lender(principal=PrincipalKind.SCHEDULE, schedule=(400, 300, 200, 100))
    terms = one_lender(tranche=first, tests=(Test("ic", 0, WAD, metric=Metric.IC),))
    assert judged(terms, 100, interest_arrears=[50, 0]) == Coverage(WAD, True, 0)


def test_ic_without_current_interest_is_not_made() -> None:
    terms = one_lender(tranche=lender(coupon=0), tests=(Test("ic", 0, WAD, cure=3, metric=Metric.IC),))
    assert judged(terms, 0, needed=2) == Coverage(None, None, 2)


def test_oc_is_asset_value_by_balances_with_deferred_interest() -> None:
    """1000 and arrears of 40 with 4 on them: 1044. The current interest is not in it."""
    terms = two_lenders(OC)
    assert judged(terms, report=Report(asset_value=1200)) == Coverage(120 * PER_CENT, True, 0)
    assert judged(terms, report=Report(asset_value=1199)) == Coverage(1199 * WAD // 1000, False, 2)
    owing = judged(terms, report=Report(asset_value=1200), interest_arrears=[40, 0, 0])
    assert owing == Coverage(1200 * WAD // 1044, False, 2)
    both = judged(two_lenders(replace(OC, tranche=1)), report=Report(asset_value=3000), interest_arrears=[40, 10, 0])
    assert both.value == 3000 * WAD // (1044 + 511)


def test_oc_is_after_losses_and_pik() -> None:
    paying = replace(lender(face=1000), pik=10 * PER_CENT, pik_last=4)
    terms = one_lender(tranche=paying, tests=(OC,), write_down=True)
    assert judged(terms, report=Report(loss=300, asset_value=880)) == Coverage(WAD, False, 2)


def test_oc_of_repaid_lenders_is_cured_even_without_a_report() -> None:
    terms = two_lenders(OC)
    assert judged(terms, needed=2, balance=[0, 500, 100]) == Coverage(None, None, 0)
    owing = judged(terms, needed=2, balance=[0, 500, 100], interest_arrears=[1, 0, 0])
    assert owing == Coverage(None, None, 2, missing=True)


def test_a_note_factor_is_balance_by_face() -> None:
    terms = two_lenders(Test("factor", 1, 50 * PER_CENT, metric=Metric.NOTE_FACTOR, above=True))
    assert judged(terms, balance=[250, 500, 100]) == Coverage(50 * PER_CENT, True, 0)
    assert judged(terms, balance=[251, 500, 100]) == Coverage(751 * WAD // 1500, False, 1)
    assert judged(terms, needed=1, balance=[0, 0, 100]) == Coverage(None, None, 0)


def test_a_pool_factor_is_asset_value_by_the_initial_one() -> None:
    terms = two_lenders(Test("pool", 0, 10 * PER_CENT, metric=Metric.POOL_FACTOR, initial=2000))
    assert judged(terms, report=Report(asset_value=200)) == Coverage(10 * PER_CENT, True, 0)
    assert judged(terms, report=Report(asset_value=199)) == Coverage(199 * WAD // 2000, False, 1)
    assert judged(terms, report=Report(asset_value=0)) == Coverage(0, False, 1)
    assert judged(terms, report=Report(loss=0)) == Coverage(None, None, 0, missing=True)


def test_a_reserve_is_measured_before_its_top_up() -> None:
    reserve = Reserve("dsra", 150, target=200, supports=((INTEREST, 0),))
    test = Test("dsra", 0, 80 * PER_CENT, metric=Metric.RESERVE_LEVEL, reserve=0)
    terms = one_lender(Rung(RESERVE, (0,)), reserves=(reserve,), tests=(test,))
    assert judged(terms, 1000) == Coverage(75 * PER_CENT, False, 1)
    assert judged(terms, reserves=[160]) == Coverage(80 * PER_CENT, True, 0)


def test_a_reserve_without_a_target_is_not_tested() -> None:
    reserve = Reserve("dsra", 150, targets=(0, 200, 0, 0), supports=((INTEREST, 0),))
    test = Test("dsra", 0, WAD, metric=Metric.RESERVE_LEVEL)
    terms = one_lender(Rung(RESERVE, (0,)), reserves=(reserve,), tests=(test,))
    assert judged(terms, needed=1) == Coverage(None, None, 1)


@pytest.mark.parametrize(
    ("unit", "threshold"), [(Unit.AMOUNT, 500), (Unit.RATIO, 97 * PER_CENT), (Unit.COUNT, 3)], ids=str
)
def test_a_reported_field_is_compared_in_its_unit(unit: Unit, threshold: int) -> None:
    below = Test("t", 0, threshold, metric=Metric.REPORT, field=1)
    fields = (ReportField("other", Unit.COUNT), ReportField("figure", unit))
    for test, fails in ((below, threshold - 1), (replace(below, above=True), threshold + 1)):
        terms = two_lenders(test, fields=fields)
        assert judged(terms, report=Report(fields=(0, threshold))) == Coverage(threshold, True, 0)
        assert judged(terms, report=Report(fields=(0, fails))) == Coverage(fails, False, 1)
        assert judged(terms, report=Report(fields=(9, None))).missing


def test_an_llcr_is_what_is_reported() -> None:
    test = Test("llcr", 0, 130 * PER_CENT, metric=Metric.LLCR, field=0)
    terms = two_lenders(test, fields=(ReportField("llcr", Unit.RATIO),))
    assert judged(terms, report=Report(fields=(130 * PER_CENT,))) == Coverage(130 * PER_CENT, True, 0)
    assert judged(terms, report=Report(fields=(0,))) == Coverage(0, False, 1)
    assert judged(terms, balance=[0, 0, 100]).missing, "it is not what lenders are owed that is measured"


def lived(terms: DealTerms, *reports: Report) -> Run:
    """So many periods with 300 each, twice what interest takes; the first is enough for both lenders."""
    state, life = opening_state(terms), []
    for report in reports:
        life.append(settle(terms, state, 300, report))
    return Run(terms, state, life)


def test_a_missing_report_leaves_the_counter_and_makes_the_trap_act() -> None:
    """150 are left each period. Failing once takes two passes to cure; a silence in between is neither."""
    terms = two_lenders(OC)
    good, bad = Report(asset_value=2000), Report(asset_value=1000)
    life = lived(terms, good, SILENT, good)
    assert [each.trapped for each in life.settlements] == [0, 150, 0]
    assert [each.flows.residual for each in life.settlements] == [150, 0, 300]
    assert [each.tests[0].passes_needed for each in life.settlements] == [0, 0, 0]
    life = lived(terms, bad, good, SILENT)
    assert [each.tests[0].passes_needed for each in life.settlements] == [2, 1, 1]
    assert [each.trapped for each in life.settlements] == [150, 300, 450]
    assert not any(each.tests[0].missing for each in life.settlements[:2])


def test_a_missing_report_never_lowers_a_lenders_payment() -> None:
    for collections in (0, 90, 160, 1000):
        heard = settle(two_lenders(OC), opening_state(two_lenders(OC)), collections, Report(asset_value=9000))
        silent = settle(two_lenders(OC), opening_state(two_lenders(OC)), collections)
        assert (silent.flows.interest, silent.flows.principal) == (heard.flows.interest, heard.flows.principal)


def test_a_deferral_stands_by_the_counter_without_a_report() -> None:
    """A rung that acts while the test fails does what it did the period before."""
    late_fee = Fee("late", "p", FeeBase.FIXED, amount=10)
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(FEE, (0,), test=0), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=rungs, fees=(late_fee,), tests=(OC,))
    paid = [each.flows.fees[0] for each in lived(terms, SILENT, Report(asset_value=0), SILENT).settlements]
    assert paid == [0, 10, 10]


def test_what_a_silent_trap_holds_still_supports_lenders() -> None:
    terms = two_lenders(replace(OC, supports=((INTEREST, 1),)))
    state = opening_state(terms)
    assert settle(terms, state, 300).trapped == 150
    drawn = settle(terms, state, 120)
    assert (drawn.flows.interest[1], drawn.trapped) == (50, 120)


def test_a_trap_above_a_lender_does_not_act_for_want_of_a_report() -> None:
    """It would take what the lender below may be paid; a rung that acts only while the same test fails is none."""
    top = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(TRAP, test=0))
    for rung, held in ((Rung(SWEEP, (0,)), 0), (Rung(SWEEP, (0,), test=0), 150), (Rung(INTEREST, (0,), test=0), 150)):
        terms = deal_of(lender(), normal=(*top, rung, Rung(RESIDUAL, (1,))), tests=(OC,))
        made = settle(terms, opening_state(terms), 250)
        assert (made.trapped, made.flows.principal[0]) == (held, 150 - held)
        failed = settle(terms, opening_state(terms), 250, Report(asset_value=0))
        assert failed.trapped == 150, "it acts when the test fails"


def test_nothing_is_trapped_in_the_last_period_without_a_report() -> None:
    life = run(two_lenders(OC), [300, 300, 300, 9000])
    assert [each.trapped for each in life.settlements] == [150, 300, 450, 0]
    assert life.conserved and life.settlements[-1].tests[0].missing


def test_deferred_interest_that_bears_none_counts_as_it_is() -> None:
    terms = one_lender(tranche=lender(arrears=ArrearsRule.NONE))
    state = replace(opening_state(terms), interest_arrears=[40, 0])
    assert claims(state, dues(terms, state, 1, 0, SILENT), 0) == 1040
