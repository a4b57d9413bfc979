"""
The figures of a run by tranche.

given the example deals
    what a tranche received should be all that it was credited, on payment dates; late revenue on the day it was there
    XIRR should be pyxirr's; average life and duration those of the formulas, in years of 365 days
    what is unpaid and written down should be the model's
given prices
    multiple and XIRR should be at them
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
import pyxirr

from penstock.dealfile import loads
from penstock.dealfile.flows import loads_flows, run_flows
from penstock.model.deal import Run
from penstock.structure.figures import Returns, figures
from tests.fixtures.slow import mostly_slow
from tests.structure.runs import DEALS, EVERY, NAMES, played

USD = 10**6


def paid(run: Run, tranche: int, late_on: date | None) -> list[tuple[date, int, int]]:
    """Day, all that a tranche received and the principal of it, in each settlement with a payment."""
    found = []
    for each in run.settlements:
        equity = each.flows.equity[tranche - run.terms.equity] if tranche >= run.terms.equity else 0
        principal = each.flows.principal[tranche]
        total = each.flows.interest[tranche] + principal + equity
        day = each.payment_date or late_on
        if total:
            assert day
            found.append((day, total, principal))
    return found


@pytest.mark.parametrize("name", mostly_slow(NAMES, quick=(EVERY, "minimal", "clo")))
def test_returns_of_each_tranche(name: str) -> None:
    run, received = played(name)
    terms, found = run.terms, figures(run, late_on=received.late_on)
    everything: list[tuple[date, int, int]] = []
    for index, tranche in enumerate(terms.tranches):
        returns, payments = found.tranches[index].returns, paid(run, index, received.late_on)
        everything += payments
        assert returns.price == tranche.face
        assert returns.received == run.state.credited[index] == sum(total for _, total, _ in payments)
        require_returns(terms.closing, tranche.face, payments, returns)
        assert returns.interest == sum(each.flows.interest[index] for each in run.settlements)
        assert returns.residual == returns.received - returns.interest - returns.principal
    require_returns(terms.closing, sum(each.face for each in terms.tranches), everything, found.total)
    assert found.total.received == sum(run.state.credited)


def require_returns(closing: date, price: int, payments: list[tuple[date, int, int]], returns: Returns) -> None:
    days = [(day - closing).days for day, _, _ in payments]
    totals = [total for _, total, _ in payments]
    principal = [part for _, _, part in payments]
    assert (returns.first, returns.last) == (min(day for day, *_ in payments), max(day for day, *_ in payments))
    assert returns.principal == sum(principal)
    weighted = sum(at * part for at, part in zip(days, principal, strict=True))
    assert returns.average_life == (Fraction(weighted, 365 * sum(principal)) if sum(principal) else None)
    if not price:
        assert (returns.multiple, returns.xirr.rates, returns.duration) == (None, (), None)
        return
    assert returns.multiple == Fraction(sum(totals), price)
    # by the price: of large amounts pyxirr finds nothing (its issue 75), nor of some losses
    rate = pyxirr.xirr([closing, *(day for day, *_ in payments)], [-1, *(total / price for total in totals)])
    assert returns.xirr.rate is not None
    rate = float(returns.xirr.rate) if rate is None else rate
    assert float(returns.xirr.rate) == pytest.approx(rate, abs=1e-8)  # where pyxirr stops
    worth = [total / (1 + rate) ** (at / 365) for at, total in zip(days, totals, strict=True)]
    assert sum(worth) == pytest.approx(price, rel=1e-6)
    duration = sum(at / 365 * each for at, each in zip(days, worth, strict=True)) / sum(worth)
    assert returns.duration is not None and float(returns.duration) == pytest.approx(duration, rel=1e-8)


@pytest.mark.parametrize("name", mostly_slow(NAMES, quick=(EVERY,)))
def test_what_is_unpaid_and_written_down(name: str) -> None:
    run, _ = played(name)
    found = figures(run)
    for index in range(run.terms.equity):
        owed = run.state.balance[index] + run.state.interest_arrears[index]
        assert found.tranches[index].unpaid == owed
    losses = sum(each.report.loss or 0 for each in run.settlements)
    assert found.written_down == sum(each.written_down for each in found.tranches) == losses
    assert found.unpaid == sum(each.unpaid for each in found.tranches)
    if name == EVERY:
        assert losses == 2050 * USD and found.unpaid


def test_a_call_restores_what_was_written_down() -> None:
    text = (
        (DEALS / "clo.toml").read_text().replace("write_down = false", "write_down = true").replace('"0.10"', '"0.11"')
    )
    flows = (
        (DEALS / "clo.csv").read_text().replace("call\n", "call,loss\n").replace(",\n", ",,\n").replace(",1\n", ",1,\n")
    )
    first, *rows = flows.splitlines()
    rows[2] = rows[2][:-1] + ",20000000"
    terms = loads(text)
    run = run_flows(terms, loads_flows("\n".join([first, *rows]), terms))
    found = figures(run)
    called = next(each for each in run.settlements if each.called)
    assert called.restored[1] == 2_000_000 * USD
    assert [each.written_down for each in found.tranches] == [0, 0, 18_000_000 * USD]
    assert [each.unpaid for each in found.tranches] == [0, 0, 0]


def test_prices_move_the_multiple_and_the_rate() -> None:
    run, received = played("minimal")
    closing = run.terms.closing
    found = figures(run, {"senior": 98_500 * USD, "equity": 7_000 * USD}, received.late_on)
    senior, equity = (each.returns for each in found.tranches)
    assert (senior.price, equity.price, found.total.price) == (98_500 * USD, 7_000 * USD, 105_500 * USD)
    assert senior.multiple == Fraction(107_537_500_000, 98_500 * USD)
    rate = pyxirr.xirr(
        [closing, date(2026, 7, 1), date(2027, 1, 1), date(2027, 7, 1), date(2028, 1, 1)],
        [-98_500, 28_000, 26_000, 27_787.5, 25_750],
    )
    assert senior.xirr.rate and float(senior.xirr.rate) == pytest.approx(rate, abs=1e-10)
    assert equity.multiple == Fraction(79_625, 70_000)


def test_late_revenue_is_paid_when_it_is_there_but_not_before_the_last_payment() -> None:
    run, received = played("minimal")
    assert received.late_on == date(2028, 3, 1)
    on_time, later = figures(run), figures(run, late_on=date(2029, 1, 1))
    assert on_time.tranches[1].returns.last == date(2028, 1, 1)
    assert later.tranches[1].returns.last == later.total.last == date(2029, 1, 1)
    assert figures(run, late_on=date(2027, 1, 1)) == on_time


def test_a_tranche_that_gets_nothing_is_a_total_loss() -> None:
    terms = loads((DEALS / "minimal.toml").read_text().replace("residual = true", 'residual = true\nface = "5"', 1))
    run = run_flows(terms, loads_flows("date,collections\n2026-03-01,100\n", terms))
    senior, equity = (each.returns for each in figures(run).tranches)
    assert equity.xirr.rates == (Decimal(-1),) and equity.multiple == 0 and equity.duration is None
    assert (equity.first, equity.last) == (None, None)
    assert senior.xirr.rate is not None and -1 < senior.xirr.rate < -0.99


def test_principal_that_nobody_paid_counts_in_no_average_life() -> None:
    terms = played("minimal")[0].terms
    short = run_flows(terms, loads_flows("date,collections\n2026-03-01,28000\n", terms))
    found = figures(short).tranches[0]
    assert found.returns.average_life == Fraction((date(2026, 7, 1) - date(2026, 1, 1)).days, 365)
    assert found.unpaid > 75_000 * USD
