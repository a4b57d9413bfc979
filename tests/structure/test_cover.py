"""
How cash flow covers debt: DSCR, LLCR, PLCR.

given deals with tests of a DSCR, of one period or several
    CFADS by debt service should be what the model's tests measured
given a loan in equal periods
    LLCR should be numpy-financial's present value at the coupon, by the face
given drawn ratios
    P10 should be numpy's, which interpolates linearly
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
import numpy_financial as npf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.dealfile import loads
from penstock.dealfile.flows import loads_flows, run_flows
from penstock.model.dues import days_of
from penstock.model.terms import Metric
from penstock.model.units import WAD
from penstock.structure.cover import cover, spread
from tests.fixtures.slow import mostly_slow
from tests.structure.runs import DEALS, EVERY, NAMES, played

MINIMAL = (DEALS / "minimal.toml").read_text()


@pytest.mark.parametrize("name", mostly_slow(NAMES, quick=(EVERY, "ppa-50m")))
def test_each_ratio_is_what_the_deals_tests_measured(name: str) -> None:
    run, _ = played(name)
    compared = 0
    for index, test in enumerate(run.terms.tests):
        if test.metric is not Metric.DSCR or test.over > 1:
            continue
        for each in run.settlements:
            value = each.tests[index].value if each.tests else None
            if value is not None:
                service = sum(each.debt_service[: test.tranche + 1])
                assert value == each.cfads * WAD // service
                compared += 1
    assert compared or not any(test.is_plain for test in run.terms.tests)


def test_twelve_months_are_what_a_test_over_two_half_years_measured() -> None:
    run, _ = played("ppa-50m")
    tests = [(at, test) for at, test in enumerate(run.terms.tests) if test.over == 2]
    assert {test.tranche for _, test in tests} == {0, 1}
    for at, test in tests:
        values = [each.tests[at].value for each in run.settlements if each.tests]
        yearly = [value for value in values[1:] if value is not None]
        found = cover(run, test.tranche).twelve_month
        assert found is not None
        assert int(found.least * WAD) == min(yearly)
        assert float(found.average) == pytest.approx(sum(yearly) / len(yearly) / WAD)


def test_the_minimal_deal_by_hand() -> None:
    """Cash 30,000, 26,000, 31,000, 28,000; interest 3 % of 100,000, 75,000, 51,250, 25,000, principal 25,000 each."""
    run, _ = played("minimal")
    ratios = [Fraction(30_000, 28_000), Fraction(26_000, 27_250), Fraction(62_000, 53_075), Fraction(28_000, 25_750)]
    found = cover(run, 0)
    assert found.dscr is not None and found.twelve_month is not None
    assert found.dscr.least == ratios[1] and found.dscr.average == sum(ratios) / 4
    low, high = sorted(ratios)[:2]
    assert found.dscr.p10 == low + Fraction(3, 10) * (high - low)
    years = [
        Fraction(56_000, 55_250),
        Fraction(57_000 * 2, 27_250 * 2 + 53_075),
        Fraction(59_000 * 2, 53_075 + 25_750 * 2),
    ]
    assert (found.twelve_month.least, found.twelve_month.average) == (min(years), sum(years) / 3)
    worth = npf.npv(0.03, [0, 30_000, 26_000, 31_000, 28_000]) / 100_000
    assert float(found.llcr) == pytest.approx(worth, rel=1e-14)
    assert found.plcr == found.llcr  # principal is due to the end


def test_the_loan_life_ends_with_the_last_scheduled_principal() -> None:
    terms = loads(MINIMAL.replace('{ kind = "linear" }', '{ kind = "custom", amounts = ["40000", "60000", "0", "0"] }'))
    run = run_flows(
        terms, loads_flows("date,collections\n2026-06-30,50000\n2027-01-01,70000\n2027-07-01,9000\n", terms)
    )
    found = cover(run, 0)
    assert float(found.llcr) == pytest.approx(npf.npv(0.03, [0, 50_000, 70_000]) / 100_000, rel=1e-14)
    assert float(found.plcr) == pytest.approx(npf.npv(0.03, [0, 50_000, 70_000, 9_000]) / 100_000, rel=1e-14)
    assert found.dscr is not None and found.dscr.average == (Fraction(50_000, 43_000) + Fraction(70_000, 61_800)) / 2


def test_several_lenders_are_discounted_at_their_coupons_by_their_faces() -> None:
    run, _ = played(EVERY)
    terms = run.terms
    growth, worth = 1.0, 0.0
    faces = [each.face for each in terms.lenders]
    for each in run.settlements[:8]:
        rate = 0.0
        for face, coupon, tranche in zip(faces, each.coupons, terms.lenders, strict=False):
            days = days_of(terms, each.period, tranche.day_count)
            rate += face / sum(faces) * coupon / WAD * days.numerator / days.denominator
        growth *= 1 + rate
        worth += each.cfads / growth
    assert float(cover(run, 2).llcr) == pytest.approx(worth / sum(faces), rel=1e-12)
    assert cover(run, 0).llcr > cover(run, 1).llcr > cover(run, 2).llcr


@pytest.mark.parametrize(
    ("months", "periods", "windows"), [(1, 24, 13), (3, 8, 5), (6, 4, 3), (12, 2, 2), (5, 5, 3), (3, 3, 0)]
)
def test_twelve_months_are_as_many_periods_as_last_so_long(months: int, periods: int, windows: int) -> None:
    text = MINIMAL.replace("months = 6", f"months = {months}").replace("periods = 4", f"periods = {periods}")
    terms = loads(text)
    days = [date(2026, 1, 15), *terms.accrual_dates[:-1]]
    rows = "".join(f"{day if at == 0 else terms.accrual_dates[at]},{1000 * 2**at}\n" for at, day in enumerate(days))
    run = run_flows(terms, loads_flows("date,collections\n" + rows, terms))
    found = cover(run, 0).twelve_month
    if not windows:
        assert found is None
        return
    length = -(-12 // months)
    services = [sum(each.debt_service) for each in run.settlements]
    cash = [each.cfads for each in run.settlements]
    ratios = [Fraction(sum(cash[at : at + length]), sum(services[at : at + length])) for at in range(windows)]
    assert found is not None
    assert (found.least, found.average) == (min(ratios), sum(ratios, Fraction(0)) / windows)


def test_a_lender_without_debt_service_has_no_ratio() -> None:
    assert spread([]) is None


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=90))
@settings(max_examples=25, deadline=None)
def test_p10_is_numpys(thousandths: list[int]) -> None:
    found = spread([Fraction(each, 1000) for each in thousandths])
    values = [each / 1000 for each in thousandths]
    assert found is not None
    assert float(found.p10) == pytest.approx(float(np.percentile(values, 10)), abs=1e-9)
    assert float(found.average) == pytest.approx(float(np.mean(values)), rel=1e-12, abs=1e-12)
    assert float(found.least) == min(values)
