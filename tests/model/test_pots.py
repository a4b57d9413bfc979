"""
Two pots: what interest and principal collections pay.

given a pool whose collections are partly principal
    principal repays lenders, after the interest that the interest pot could not pay
    interest's residual is equity's; principal's is only when no lender has a balance
given no report of principal, or one of more than came in
    all collections are principal
given releases of reserves and traps
    they are interest
given the last period, or late revenue
    interest's residual joins the principal
given enforcement
    one ladder takes all cash
given a reporter that calls principal interest
    a diversion takes it back before equity gets anything, as long as the asset value is true
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.dealfile.pots import missing_interest
from penstock.model.deal import Settlement, run, settle, settle_late
from penstock.model.report import Report
from penstock.model.state import opening_state
from penstock.model.terms import (
    ArrearsRule,
    DealTerms,
    Metric,
    PrincipalKind,
    ReportField,
    Reserve,
    Rung,
    RungKind,
    Test,
    Unit,
)
from penstock.model.units import WAD
from tests.model.examples import ALL, INTEREST, PER_CENT, RESERVE, RESIDUAL, TRAP, deal_of, lender

DIVERT, INTEREST_RESIDUAL = RungKind.DIVERT, RungKind.INTEREST_RESIDUAL
OC = Test("oc", 1, 125 * PER_CENT, metric=Metric.OC)
POTS = (Rung(INTEREST, (0,)), Rung(INTEREST, (1,)))
OF_PRINCIPAL = (*POTS, Rung(ALL, (0,)), Rung(ALL, (1,)), Rung(RESIDUAL, (2,)))


def pots(*more: Rung, periods: int = 4, principal: tuple[Rung, ...] = OF_PRINCIPAL, **parts: object) -> DealTerms:
    """1000 and 500 at 10 % a year, both repaid as principal comes; `more` comes before interest's residual."""
    senior, mezz = (
        lender(name, face, principal=PrincipalKind.CASH) for name, face in (("senior", 1000), ("mezz", 500))
    )
    terms = deal_of(
        replace(senior, arrears=ArrearsRule.NONE),
        replace(mezz, arrears=ArrearsRule.NONE),
        normal=(*POTS, *more, Rung(INTEREST_RESIDUAL, (2,))),
        periods=periods,
        fields=(ReportField("principal", Unit.AMOUNT),),
        **parts,  # type: ignore[arg-type]
    )
    return replace(terms, principal=principal)


def first(terms: DealTerms, collections: int, principal: int | None, asset_value: int | None = None) -> Settlement:
    report = Report(asset_value=asset_value, fields=(principal,))
    return settle(terms, opening_state(terms), collections, report)


def paid(settled: Settlement) -> list[int]:
    return [payment.paid for payment in settled.rungs]


def test_each_pot_goes_down_its_own_ladder() -> None:
    settled = first(pots(), 400, 220)
    assert settled.principal_pot == 220
    assert paid(settled) == [100, 50, 30, 0, 0, 220, 0, 0]
    assert settled.balance[:2] == [780, 500]
    assert settled.flows.residual == 30


def test_principal_first_pays_the_interest_that_is_missing() -> None:
    settled = first(pots(), 400, 290)  # interest 110: 40 of mezz's 50 is missing
    assert paid(settled) == [100, 10, 0, 0, 40, 250, 0, 0]
    assert settled.interest_arrears == [0, 0, 0]


@pytest.mark.parametrize("principal", [None, 400, 401, 10**9])
def test_without_a_report_all_collections_are_principal(principal: int | None) -> None:
    settled = first(pots(), 400, principal)
    assert settled.principal_pot == 400
    assert paid(settled) == [0, 0, 0, 100, 50, 250, 0, 0]


def test_principal_is_equitys_when_no_lender_has_a_balance() -> None:
    settled = first(pots(), 2000, 1790)
    assert paid(settled) == [100, 50, 60, 0, 0, 1000, 500, 290]
    assert settled.flows.residual == 350


def test_releases_of_reserves_and_traps_are_interest() -> None:
    reserve = Reserve("dsra", 80, target=20, supports=((INTEREST, 0),))
    settled = first(pots(Rung(RESERVE, (0,)), reserves=(reserve,)), 400, 400)
    assert paid(settled) == [80, 0, 0, 0, 20, 50, 330, 0, 0]
    assert (settled.rungs[0].from_cash, settled.rungs[0].from_reserve) == (60, 20)
    trap = Test("lockup", 1, 10**3 * WAD)
    terms = pots(Rung(TRAP, test=0), tests=(trap,))
    state = opening_state(terms)
    settle(terms, state, 400, Report(fields=(200,)))
    assert state.trapped == [50]
    state.balance[:2] = [0, 0]  # cured: no lender is left
    assert settle(terms, state, 30, Report(fields=(30,))).flows.residual == 80


def test_interest_joins_principal_from_the_last_period_on() -> None:
    terms = pots(periods=1)
    state = opening_state(terms)
    settled = settle(terms, state, 1_000, Report(fields=(0,)))
    assert paid(settled) == [100, 50, 0, 0, 0, 850, 0, 0], "its residual gets nothing while balances are due"
    late = settle_late(terms, state, 700)
    assert (late.principal_pot, paid(late)) == (700, [0, 0, 0, 0, 0, 150, 500, 50])


def test_enforcement_is_one_ladder_for_all_cash() -> None:
    enforcement = (*POTS, Rung(ALL, (0,)), Rung(ALL, (1,)), Rung(RESIDUAL, (2,)))
    never = Test("default", 1, 10**3 * WAD)
    terms = pots(tests=(never,), enforcement=enforcement, enforce_on=(0,))
    settled = first(terms, 400, 220)
    assert (settled.enforced, settled.principal_pot) == (True, 0)
    assert paid(settled) == [100, 50, 250, 0, 0]


def test_tests_look_at_their_pot() -> None:
    tests = (Test("ic", 1, 2 * WAD, metric=Metric.IC), Test("dscr", 1, WAD), replace(OC, threshold=WAD))
    settled = first(pots(tests=tests), 400, 220, asset_value=2_000)
    assert [made.value for made in settled.tests] == [
        180 * WAD // 150,  # interest alone
        400 * WAD // 150,
        2_220 * WAD // 1_500,  # with the principal that is not paid out yet
    ]


def diverting(threshold: int = 125 * PER_CENT, cash: int = 0) -> DealTerms:
    """The golden of docs/SPEC.md: 10.2 m of notes, one pot."""
    notes = lender("notes", 10_200_000, 0, principal=PrincipalKind.CASH)
    rungs = (Rung(INTEREST, (0,)), Rung(DIVERT, (), WAD, 0), Rung(RESIDUAL, (1,)))
    return deal_of(notes, normal=rungs, tests=(Test("oc", 0, threshold, metric=Metric.OC),))


def test_a_diversion_from_interest_cures_exactly() -> None:
    terms = diverting()
    state = opening_state(terms)
    settled = settle(terms, state, 1_000_000, Report(asset_value=12_480_000))
    assert paid(settled) == [0, 216_000, 784_000]
    assert 12_480_000 * WAD // state.balance[0] == 125 * PER_CENT
    assert state.failing(0), "the test reads failed until the next period"
    again = settle(terms, state, 1_000_000, Report(asset_value=12_480_000))
    assert paid(again) == [0, 0, 1_000_000] and not state.failing(0)


@pytest.mark.parametrize(
    ("asset_value", "diverted"),
    [(12_750_000, 0), (12_749_999, 1), (12_749_998, 2), (1, 1_000_000), (0, 1_000_000), (None, 1_000_000)],
)
def test_a_diversion_is_rounded_up_and_takes_all_without_an_asset_value(asset_value: int | None, diverted: int) -> None:
    settled = first(diverting(), 1_000_000, None, asset_value)
    assert paid(settled) == [0, diverted, 1_000_000 - diverted]


def two_pot_diversion() -> DealTerms:
    terms = pots(tests=(OC,))
    divert = Rung(DIVERT, (), WAD, 0)
    principal = (*POTS, replace(divert, of_principal=True), Rung(RESIDUAL, (2,)))
    return replace(terms, normal=(*POTS, divert, Rung(INTEREST_RESIDUAL, (2,))), principal=principal)


def test_a_diversion_from_principal_lowers_assets_too() -> None:
    # 1500 at 1.25: 1875 are needed, 1500 of value and 300 of principal are there. From interest alone:
    # 1500 - 1800 / 1.25 = 60, of which 50 come in; then from principal (1.25 x 1450 - 1800) / 0.25 = 50
    settled = first(two_pot_diversion(), 500, 300, asset_value=1_500)
    assert paid(settled) == [100, 50, 50, 0, 0, 0, 50, 250]
    assert (1_500 + 250) * WAD // sum(settled.balance[:2]) == 125 * PER_CENT
    assert settled.balance[:2] == [900, 500], "the most senior first"


def test_a_diversion_goes_down_to_the_tested_lender_and_no_further() -> None:
    terms = replace(two_pot_diversion(), tests=(replace(OC, tranche=0),))
    settled = first(terms, 2_000, 0, asset_value=0)
    assert settled.flows.principal == [1_000, 0, 0]
    assert settled.flows.residual == 850


def test_a_reporter_that_calls_principal_interest_pays_equity_no_lenders_principal() -> None:
    """
    The worst that a report of no principal does while the asset value is true, with a pool of 1875 that brings 90 of
    interest and 300 of principal a period. Equity gets what is left when the pool covers the lenders 1.25 times.
    """
    terms = replace(pots(Rung(DIVERT, (), WAD, 0), periods=5), tests=(OC,))
    pool = [1_875 - 300 * period for period in range(1, 5)]
    honest = run(terms, [390] * 4, [Report(asset_value=each, fields=(300,)) for each in pool])
    lying = run(terms, [390] * 4, [Report(asset_value=each, fields=(0,)) for each in pool])
    for settled, value in zip(lying.settlements, pool, strict=True):
        assert settled.flows.residual == 0 or 125 * PER_CENT * sum(settled.balance[:2]) <= value * WAD
    assert [each.flows.residual for each in lying.settlements] == [0, 24, 48, 72]
    assert [sum(each.balance[:2]) for each in lying.settlements] == [1260, 1020, 780, 540]
    assert [each.flows.residual for each in honest.settlements] == [0, 0, 0, 20]
    assert [sum(each.balance[:2]) for each in honest.settlements] == [1260, 996, 705, 405]


def test_a_reporter_that_lies_about_assets_too_is_what_security_warns_of() -> None:
    terms = replace(pots(Rung(DIVERT, (), WAD, 0)), tests=(OC,))
    lying = run(terms, [390] * 3, [Report(asset_value=10**6, fields=(0,))] * 3)
    assert [each.flows.residual for each in lying.settlements] == [240, 240, 240]
    silent = run(terms, [390] * 3, [Report()] * 3)
    assert sum(each.flows.residual for each in silent.settlements) == 0


def test_only_interest_that_is_owed_whatever_a_test_says_is_missing() -> None:
    """Interest that a failing test lets through was deferred before: principal does not pay it."""
    deferred = Rung(INTEREST, (1,), test=0, passing=True)
    made_good = Rung(INTEREST, (1,), test=0)
    ladder = (Rung(INTEREST, (0,)), deferred, Rung(RungKind.SWEEP, (0,), test=0), made_good, Rung(RESIDUAL, (2,)))
    assert missing_interest(ladder) == (Rung(INTEREST, (0,)), deferred)
