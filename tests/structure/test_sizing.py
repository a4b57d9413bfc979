"""
Sizing: the most that cash flows bear at a least DSCR.

given the 50 million plant at a DSCR of 1.30
    the figures should be those of docs/FIGURES.md, and every period's DSCR 1.30
given a deal, any cases and any tenor
    every DSCR should be at least the one wanted, and one base unit more should break it or stay unpaid
    no other schedule should bear more
given fees on the debt, coupons that step or float, senior debt above
    they should be counted where they fall due
given two cases
    the debt should be the most that both bear
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.dealfile import load, loads
from penstock.dealfile.flows import load_flows, loads_flows
from penstock.model.report import Report
from penstock.model.terms import DealTerms
from penstock.model.units import WAD
from penstock.structure.instalments import instalments
from penstock.structure.sizing import Case, Shortfall, SizedPeriod, sculpt, size

DEALS = Path(__file__).parents[2] / "deals"
USD = 10**6
ONE_THIRTY = 13 * WAD // 10
MINIMAL = (DEALS / "minimal.toml").read_text()


def base(terms: DealTerms, *coins: float, dscr: int = ONE_THIRTY, reports: tuple[Report, ...] = ()) -> Case:
    amounts = tuple(round(each * USD) for each in coins)
    return Case("base case", amounts, reports or (Report(),) * terms.periods, dscr)


def plant() -> tuple[DealTerms, Case]:
    terms = load(DEALS / "ppa-50m.toml")
    received = load_flows(DEALS / "ppa-50m.csv", terms)
    return terms, Case("base case", received.collections, received.reports, ONE_THIRTY)


def sculpted(terms: DealTerms, tranche: int, cases: list[Case], tenor: int, face: int) -> tuple[SizedPeriod, ...]:
    found = sculpt(terms, tranche, cases, tenor, face)
    assert not isinstance(found, Shortfall), found
    return found


def require_the_most(terms: DealTerms, tranche: int, cases: list[Case], tenor: int) -> int:
    """That every DSCR is held at the most, and that one base unit more breaks it."""
    found = size(terms, tranche, cases, tenor)
    rows = sculpted(terms, tranche, cases, tenor, found.most)
    assert sum(each.principal for each in rows) == found.most and rows[tenor - 1].balance == 0
    for row in rows:
        assert row.principal >= 0
        for case, cash in zip(cases, row.cfads, strict=True):
            if row.principal or row.interest:
                assert cash * WAD >= case.dscr * row.debt_service
    more = sculpt(terms, tranche, cases, tenor, found.most + 1)
    assert isinstance(more, Shortfall) and more == found.beyond
    if more.period:
        assert more.room < more.due and more.left == 0
    else:
        assert more.left > 0
    return found.most


def test_the_50_million_plant() -> None:
    terms, case = plant()
    assert require_the_most(terms, 0, [case], 40) == 38_684_386_167_089
    rows = sculpted(terms, 0, [case], 40, 38_684_000 * USD)
    for row in rows[:-1]:
        assert 0 <= Fraction(row.cfads[0], row.debt_service) - Fraction(13, 10) < Fraction(1, 10**9)
    assert rows[0].cfads == (2_132_057_060_000,)  # 2,628,332.00 less 378,000.00 and 4.5 % of it
    assert rows[0].interest == 1_131_507_000_000 and rows[0].principal == 508_536_892_307


def test_by_hand_without_interest() -> None:
    """13, 26, 39, 52 thousand at 1.30 leave 10, 20, 30, 40; a tenor of three leaves the last out."""
    terms = loads(MINIMAL.replace('"0.06"', '"0"'))
    case = base(terms, 13_000, 26_000, 39_000, 52_000)
    assert size(terms, 0, [case], 4).most == 100_000 * USD
    found = size(terms, 0, [case], 3)
    assert found.most == 60_000 * USD and found.beyond == Shortfall(0, 0, 0, 0, 1)
    rows = sculpted(terms, 0, [case], 3, 60_000 * USD)
    assert [each.principal for each in rows] == [10_000 * USD, 20_000 * USD, 30_000 * USD, 0]
    assert [each.balance for each in rows] == [50_000 * USD, 30_000 * USD, 0, 0]


def test_present_value_of_what_the_ratio_leaves() -> None:
    """3 % a half-year: the most is what CFADS / 1.30 is worth, to the rounding of interest."""
    terms = loads(MINIMAL)
    most = require_the_most(terms, 0, [base(terms, 30_000, 26_000, 31_000, 28_000)], 4)
    worth = sum(
        Fraction(cash * USD * 10, 13) / Fraction(103, 100) ** at
        for at, cash in enumerate((30_000, 26_000, 31_000, 28_000), 1)
    )
    assert abs(most - worth) < 8


def test_a_period_that_cannot_pay_its_interest_limits_the_debt() -> None:
    terms = loads(MINIMAL)
    case = base(terms, 30_000, 130, 31_000, 28_000)
    found = size(terms, 0, [case], 4)
    assert found.beyond == Shortfall(2, 0, 100 * USD, 100 * USD + 1)
    assert require_the_most(terms, 0, [case], 4) == found.most
    # room for 100 of interest bears a balance of 3,333.333366 less a unit after the first payment
    rows = sculpted(terms, 0, [case], 4, found.most)
    assert rows[0].balance == 3_333_333_366 and rows[1].interest == 100 * USD


FEES = """
[[fee]]
id = "agent"
payee = "agent"
annual = "0.0100"
of = "senior"
cap = "{cap}"
carry = true
opex = true
"""


@pytest.mark.parametrize("cap", ["100_000", "300"])
def test_fees_on_the_debt_are_counted_as_they_fall_due(cap: str) -> None:
    """1 % a year of the balance, half of it each period; capped, the rest is carried and due later."""
    text = MINIMAL.replace("normal = [", 'normal = ["fee:agent", ') + FEES.format(cap=cap)
    terms, plain = loads(text), loads(MINIMAL)
    case = base(terms, 30_000, 26_000, 31_000, 28_000)
    most = require_the_most(terms, 0, [case], 4)
    assert most < require_the_most(plain, 0, [case], 4)
    rows = sculpted(terms, 0, [case], 4, most)
    arrears, balance = 0, most
    for row, cash in zip(rows, (30_000, 26_000, 31_000, 28_000), strict=True):
        accrued = balance // 200 + arrears
        due = min(accrued, int(cap.replace("_", "")) * USD)
        assert row.cfads == (cash * USD - due,)
        arrears, balance = accrued - due, row.balance


def test_a_junior_lender_is_sized_behind_the_senior_one() -> None:
    terms, case = plant()
    low = Case(case.name, case.collections, case.reports, 11 * WAD // 10)
    most = require_the_most(terms, 1, [low], 40)
    rows = sculpted(terms, 1, [low], 40, most)
    schedule = instalments(terms)
    assert [each.senior for each in rows] == [each.interest[0] + each.principal[0] for each in schedule]
    # at 1.30 the senior alone takes more than period 8 has room for, so that all is repaid before
    found = size(terms, 1, [case], 40)
    assert found.beyond and (found.beyond.period, found.beyond.due) == (
        8,
        schedule[7].interest[0] + schedule[7].principal[0],
    )
    assert sculpted(terms, 1, [case], 40, found.most)[6].balance == 0


def test_two_cases_are_both_borne() -> None:
    terms, case = plant()
    poor = Case("P90", tuple(each * 9 // 10 for each in case.collections), case.reports, 115 * WAD // 100)
    both = require_the_most(terms, 0, [case, poor], 40)
    assert both <= min(size(terms, 0, [each], 40).most for each in (case, poor))
    dry = base(terms, *[0] * 20, *[10**6] * 20)
    assert isinstance(sculpt(terms, 0, [case, dry], 40, 10 * USD), Shortfall)
    found = sculpt(terms, 0, [case, dry], 40, 10 * USD)
    assert isinstance(found, Shortfall) and (found.period, found.case, found.room) == (1, 1, 0)


def test_a_coupon_that_floats_is_the_reported_one() -> None:
    floating = '{ index = "sofr", margin = "0.02", cap = "0.2", initial = "0.04", reset = "arrears" }'
    text = MINIMAL.replace('coupon = "0.06"', f"coupon = {floating}") + '[[field]]\nid = "sofr"\nunit = "ratio"\n'
    terms = loads(text)
    rows = ("2026-06-30,30000,0.05", "2027-01-01,26000,0.03", "2027-07-01,31000,0.01", "2028-01-01,28000,0")
    flows = "\n".join(["date,collections,sofr", *rows])
    received = loads_flows(flows, terms)
    case = Case("base case", received.collections, received.reports, ONE_THIRTY)
    most = require_the_most(terms, 0, [case], 4)
    balance = most
    for row, rate in zip(sculpted(terms, 0, [case], 4, most), (7, 5, 3, 2), strict=True):
        assert row.interest == balance * rate // 200
        balance = row.balance


AMOUNT = st.integers(0, 50_000_000_000)


@given(
    cash=st.lists(AMOUNT, min_size=4, max_size=4),
    dscr=st.integers(WAD, 3 * WAD),
    tenor=st.integers(1, 4),
    coupon=st.sampled_from(["0", "0.06", "0.13", "1.5"]),
)
@settings(max_examples=12, deadline=None)
def test_drawn_cases_are_borne_to_the_unit(cash: list[int], dscr: int, tenor: int, coupon: str) -> None:
    terms = loads(MINIMAL.replace('"0.06"', f'"{coupon}"'))
    case = Case("base case", tuple(cash), (Report(),) * 4, dscr)
    require_the_most(terms, 0, [case], tenor)


@given(cash=st.lists(st.integers(0, 40), min_size=3, max_size=3), coupon=st.sampled_from(["0", "0.5", "2"]))
@settings(max_examples=8, deadline=None)
def test_no_other_schedule_bears_more(cash: list[int], coupon: str) -> None:
    """Every schedule of three instalments there is, in units so few that all can be tried."""
    terms = loads(MINIMAL.replace('"0.06"', f'"{coupon}"').replace("periods = 4", "periods = 3"))
    case = Case("base case", tuple(cash), (Report(),) * 3, ONE_THIRTY)
    most = size(terms, 0, [case], 3).most
    half = {"0": (0, 1), "0.5": (1, 4), "2": (1, 1)}[coupon]
    rooms = [each * 10 // 13 for each in cash]
    best = 0
    for one in range(rooms[0] + 1):
        for two in range(rooms[1] + 1):
            for three in range(rooms[2] + 1):
                balances = (one + two + three, two + three, three)
                due = [
                    part + balance * half[0] // half[1]
                    for part, balance in zip((one, two, three), balances, strict=True)
                ]
                if all(each <= room for each, room in zip(due, rooms, strict=True)):
                    best = max(best, one + two + three)
    assert most == best
