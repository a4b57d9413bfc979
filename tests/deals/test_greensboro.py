"""What deals/README.md says of Greensboro Solar, in the exact model."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.dealfile.flows import load_flows
from penstock.model.deal import Run, Settlement, run
from penstock.model.terms import RungKind

DEALS = Path(__file__).parents[2] / "deals"
UNIT = 10**6


def life(case: str) -> Run:
    terms = load(DEALS / "greensboro-solar.toml")
    flows = load_flows(DEALS / f"greensboro-{case}.csv", terms)
    return run(terms, flows.collections, flows.reports, flows.late)


@pytest.fixture(scope="module")
def base() -> Run:
    return life("solar")


@pytest.fixture(scope="module")
def drought() -> Run:
    return life("drought")


def quarter(settled: Settlement) -> str:
    assert settled.accrual_date is not None
    last = settled.accrual_date - timedelta(days=1)
    return f"{last.year} Q{(last.month + 2) // 3}"


def draws(found: Run) -> dict[str, int]:
    return {quarter(each): each.flows.drawn[0] // UNIT for each in found.settlements if each.flows.drawn[0]}


def locked(found: Run) -> list[str]:
    return [quarter(each) for each in found.settlements if not each.tests[0].cured]


def swept_to_senior(found: Run) -> int:
    rungs = [paid for each in found.settlements for paid in each.rungs]
    return sum(paid.paid for paid in rungs if paid.rung.kind is RungKind.SWEEP and paid.rung.targets == (0,)) // UNIT


def test_eighty_quarters_are_paid_on_business_days(base: Run):
    terms = base.terms
    assert (terms.closing, terms.accrual_dates[0], terms.accrual_dates[-1]) == (
        date(2026, 1, 1),
        date(2026, 4, 1),
        date(2046, 1, 1),
    )
    assert all(day.weekday() < 5 and (day.month, day.day) != (1, 1) for day in terms.payment_dates)
    capital = sum(tranche.face for tranche in terms.tranches)
    assert [tranche.face * 100 // capital for tranche in terms.tranches] == [65, 15, 20]


def test_a_weak_winter_draws_the_reserve_in_the_base_case(base: Run):
    assert draws(base) == {"2029 Q4": 7825}
    assert locked(base) == [
        f"{start} Q4" if q == 4 else f"{start + 1} Q{q}" for start in (2026, 2029) for q in (4, 1, 2, 3)
    ]
    assert swept_to_senior(base) == 32_770 + 59_776


def test_the_drought_locks_up_sweeps_and_recovers(drought: Run):
    assert draws(drought) == {"2029 Q4": 7825, "2031 Q3": 5500, "2031 Q4": 62099, "2032 Q1": 7549, "2032 Q4": 15645}
    during = [each for each in locked(drought) if each >= "2031"]
    assert during == ["2031 Q3", "2031 Q4", *(f"{y} Q{q}" for y in (2032, 2033) for q in (1, 2, 3, 4))]
    by_quarter = {quarter(each): each for each in drought.settlements}
    assert by_quarter["2033 Q4"].trapped // UNIT == 16_819
    assert by_quarter["2034 Q1"].trapped == 0
    assert by_quarter["2034 Q1"].flows.residual > 0
    assert not any(by_quarter[each].flows.residual for each in during)


@pytest.mark.parametrize("case", ["base", "drought"])
def test_nobody_is_owed_anything_at_the_end_and_enforcement_is_never_reached(case: str, request: pytest.FixtureRequest):
    found: Run = request.getfixturevalue(case)
    state = found.state
    assert found.conserved
    assert state.held == 0
    assert not any(each.enforced for each in found.settlements)
    assert not any(state.balance[:-1] + state.interest_arrears + state.principal_arrears + state.fee_arrears)
    assert not any(each.interest_arrears[0] or each.principal_arrears[0] for each in found.settlements)
