"""
Internal rates of return: every one is found, and none is made up.

given flows that others published, some of which libraries got wrong
    the rates should be all that there are
given drawn flows that change their sign once
    the rate should be pyxirr's and numpy-financial's
given drawn roots
    the flows that have them should give them back, in order
given a total loss, or flows that no rate makes worth nothing
    the rate should be −100 %, or none
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy_financial as npf
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.structure.xirr import average_life, macaulay, xirr

CLOSING = date(2026, 1, 1)


def yearly(*amounts: float) -> list[tuple[int, int]]:
    return [(365 * at, round(amount * 10**5)) for at, amount in enumerate(amounts)]


def near(found: tuple[Decimal, ...], *rates: float, within: float = 1e-9) -> bool:
    return len(found) == len(rates) and all(
        abs(float(one) - other) <= within * max(1, abs(other)) for one, other in zip(found, rates, strict=True)
    )


@pytest.mark.parametrize(
    ("amounts", "rates"),
    [
        ((-50, -100, 600, 300, -100), (-0.7688954706807, 1.8544178284461)),  # numpy-financial#28
        ((-1678.87, 771.96, 1814.05, 3520.30, 3552.95, 3584.99, -1), (-0.9997211362853, 0.9688775470209)),  # #44
        ((-1678.87, 771.96, 1814.05, 3520.30, 3552.95, 3584.99, 4789.91, -1), (-0.99979126042, 1.00426984872)),  # #44
        ((-10000, *[327.24625] * 16), (-0.0676541134496,)),  # numpy-financial#98
        ((-70000, 12000, 15000, 18000, 21000, 26000), (0.0866309480365,)),  # Excel's help on IRR
        ((-100, 230, -132), (0.1, 0.2)),
        ((-100, 220, -121), (0.1,)),  # touches zero there
        ((-100, 220, -122), ()),
        ((-1000, 3600, -4310, 1716), (0.1, 0.2, 0.3)),
        ((100, -60, -60), (0.1306623862918,)),  # a loan, from its borrower
    ],
)
def test_rates_that_others_published(amounts: tuple[float, ...], rates: tuple[float, ...]) -> None:
    found = xirr(yearly(*amounts))
    assert near(found.rates, *rates)
    assert (found.rate is not None) == (len(rates) == 1)
    assert found.is_several == (len(rates) > 1)


def test_the_480_repayments_of_pyxirr_24() -> None:
    """By days instead of months; −23.8 was another root of a power series, below −100 %."""
    amounts = [-172545.848122807, *[787.735232517999] * 480]
    found = xirr((day, round(amount * 10**9)) for day, amount in enumerate(amounts))
    assert found.rate is not None
    a_day = (1 + float(found.rate)) ** (1 / 365) - 1
    assert a_day == pytest.approx(pyxirr.irr(amounts), abs=1e-12) == pytest.approx(0.0038401048125707, abs=1e-12)


def test_the_example_of_excel() -> None:
    days = [date(2008, 1, 1), date(2008, 3, 1), date(2008, 10, 30), date(2009, 2, 15), date(2009, 4, 1)]
    amounts = [-10_000, 2_750, 4_250, 3_250, 2_750]
    found = xirr(((day - days[0]).days, amount) for day, amount in zip(days, amounts, strict=True))
    assert near(found.rates, 0.373362535, within=1e-8)


@pytest.mark.parametrize("flows", [[(0, -100)], [(0, -100), (90, -1)], [(0, -100), (50, 7), (50, -7)]])
def test_a_total_loss_is_all_of_it(flows: list[tuple[int, int]]) -> None:
    found = xirr(flows)
    assert found.rates == (Decimal(-1),) and found.rate == -1
    assert macaulay(flows, Decimal(-1)) is None


@pytest.mark.parametrize("flows", [[], [(0, 0)], [(0, 100)], [(0, 0), (365, 5)], [(0, -5), (0, 5)]])
def test_without_a_price_there_is_no_rate(flows: list[tuple[int, int]]) -> None:
    assert xirr(flows).rates == () and xirr(flows).rate is None and not xirr(flows).is_several


def test_a_rate_may_be_very_high_or_very_near_to_a_loss() -> None:
    assert xirr([(0, -1), (1, 10**30)]).rates[0].adjusted() == 10_950
    (almost,) = xirr([(0, -(10**9)), (365, 1)]).rates
    assert float(almost + 1) == pytest.approx(1e-9)


AMOUNTS = st.integers(1, 10**12)
LATER = st.lists(st.tuples(st.integers(1, 14_600), AMOUNTS), min_size=1, max_size=60)


@given(price=AMOUNTS, later=LATER)
@settings(max_examples=25, deadline=None)
def test_one_change_of_sign_gives_the_rate_of_pyxirr(price: int, later: list[tuple[int, int]]) -> None:
    found = xirr([(0, -price), *later])
    assert found.rate is not None
    if not -0.95 < found.rate < 10:
        return  # where the other one looks no further, or worth is lost in rounding
    days = [CLOSING, *(CLOSING + timedelta(days=day) for day, _ in later)]
    other = pyxirr.xirr(days, [-price, *(amount for _, amount in later)])
    if other is not None:
        assert float(found.rate) == pytest.approx(other, rel=1e-7, abs=1e-7)


@given(price=AMOUNTS, later=st.lists(AMOUNTS, min_size=1, max_size=12))
@settings(max_examples=25, deadline=None)
def test_one_change_of_sign_in_years_gives_the_rate_of_numpy_financial(price: int, later: list[int]) -> None:
    found = xirr((365 * at, amount) for at, amount in enumerate([-price, *later]))
    assert found.rate is not None
    if found.rate < -0.95:
        return  # so near to a loss a float has lost the rate
    worth = npf.npv(float(found.rate), [-price, *later])
    assert abs(worth) <= 1e-6 * price


@given(st.lists(st.integers(-9, 40), min_size=1, max_size=4, unique=True))
@settings(max_examples=25, deadline=None)
def test_flows_made_of_their_roots_give_all_of_them(twentieths: list[int]) -> None:
    """Π (19 × growth − root) in powers of growth, of which the highest is the first flow; −42 to 216 %."""
    amounts = [1]
    for each in twentieths:
        longer = [0] * (len(amounts) + 1)
        for at, amount in enumerate(amounts):
            longer[at] -= (20 + each) * amount
            longer[at + 1] += 19 * amount
        amounts = longer
    flows = [(365 * at, amount) for at, amount in enumerate(reversed(amounts))]
    roots = sorted(Fraction(20 + each, 19) - 1 for each in twentieths)
    found = xirr(flows).rates
    assert near(found, *map(float, roots), within=1e-8)


def test_durations_that_textbooks_have() -> None:
    """A bond of three years at par, 10 %: 2.7355 years. A zero has its own time. Formulas of numpy-financial."""
    bond = yearly(-100, 10, 10, 110)
    duration = macaulay(bond, Decimal("0.10"))
    assert duration is not None and abs(duration - Decimal("2.73553719008264")) < Decimal("1e-12")
    assert macaulay([(0, -50), (730, 100)], Decimal("0.414")) == 2
    flows = [0, 5.0, 5.0, 105.0]
    weighted = npf.npv(0.07, [at * each for at, each in enumerate(flows)]) / npf.npv(0.07, flows)
    assert float(macaulay(yearly(-90, *flows[1:]), Decimal("0.07")) or 0) == pytest.approx(weighted, rel=1e-12)


def test_the_average_life_is_of_principal_alone_and_exact() -> None:
    assert average_life([(365, 100), (730, 100), (730, 100)]) == Fraction(5, 3)
    assert average_life([(1, 3), (2, 0), (4, 1)]) == Fraction(7, 4 * 365)
    assert average_life([]) is None and average_life([(10, 0)]) is None
