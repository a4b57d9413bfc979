"""
Holdings of several deals.

given shares of a tranche
    what they receive should be their part of all that was credited since they were bought, rounded down as claims are
    their figures should be at the price paid, from the day bought
given all shares of a deal
    the portfolio should return what the run does
given holdings bought on several days
    the rate should be that of all flows together, and several rates be said to be several
given prices
    concentration should be the Herfindahl-Hirschman index of what was paid
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
import pyxirr

from penstock.structure.figures import figures
from penstock.structure.holdings import Holding, Played, load_holdings
from penstock.structure.portfolio import concentration, portfolio, received_by
from tests.structure.runs import DEALS, played

USD = 10**6


def holding(name: str, tranche: int, shares: int, paid: int, bought: date | None = None) -> Holding:
    run, received = played(name)
    return Holding(Played(name, run, received.late_on), tranche, shares, paid, bought or run.terms.closing)


def test_all_shares_return_what_the_run_does() -> None:
    run, received = played("clo")
    whole = figures(run, late_on=received.late_on)
    terms = run.terms
    found = portfolio(tuple(holding("clo", at, each.supply, each.face) for at, each in enumerate(terms.tranches)))
    assert found.returns == tuple(each.returns for each in whole.tranches)
    assert found.total == whole.total
    assert sum(each.total for each in found.receipts) == sum(run.state.credited)


@pytest.mark.parametrize("shares", [1, 3, 777_777, 33_333_333_333])
def test_a_part_receives_what_it_could_claim(shares: int) -> None:
    run, _ = played("every-figure")
    supply = run.terms.tranches[0].supply
    credited = 0
    got = 0
    for each, settled in zip(
        received_by(holding("every-figure", 0, min(shares, supply), 1)), run.settlements, strict=True
    ):
        credited += settled.flows.interest[0] + settled.flows.principal[0]
        got += each.total
        assert got == min(shares, supply) * credited // supply
        assert each.interest >= 0 and each.principal >= 0 and each.residual == 0


def test_parts_of_a_tranche_never_receive_more_than_the_whole() -> None:
    run, _ = played("minimal")
    supply = run.terms.tranches[0].supply
    parts = [supply // 3, supply // 3, supply - supply // 3 * 2]
    got = sum(sum(each.total for each in received_by(holding("minimal", 0, part, 1))) for part in parts)
    assert run.state.credited[0] - 3 < got <= run.state.credited[0]


def test_what_is_paid_on_the_day_of_purchase_is_the_sellers() -> None:
    day = date(2027, 1, 1)
    before, after = (received_by(holding("minimal", 0, 1000 * USD, 1, on)) for on in (date(2026, 12, 31), day))
    assert [each.day for each in before] == [day, *(each.day for each in after)]
    assert [each.day for each in after] == [date(2027, 7, 1), date(2028, 1, 1), date(2028, 3, 1)]
    assert [each.total for each in after] == [277_875_000, 257_500_000, 0]


def test_figures_of_holdings_and_of_all_of_them() -> None:
    first = holding("minimal", 0, 1000 * USD, 985 * USD, date(2026, 9, 30))
    second = holding("clo", 2, 500 * USD, 450 * USD)
    found = portfolio((first, second))
    own = received_by(first)
    assert found.returns[0].price == 985 * USD
    assert found.returns[0].multiple == Fraction(sum(each.total for each in own), 985 * USD)
    rate = pyxirr.xirr([first.bought, *(each.day for each in own)], [-985.0, *(each.total / USD for each in own)])
    assert found.returns[0].xirr.rate and float(found.returns[0].xirr.rate) == pytest.approx(rate, abs=1e-9)
    everything = [(first.bought, -985 * USD), (second.bought, -450 * USD)]
    everything += [(each.day, each.total) for one in (first, second) for each in received_by(one)]
    rate = pyxirr.xirr([day for day, _ in everything], [amount / USD for _, amount in everything])
    assert found.total.xirr.rate and float(found.total.xirr.rate) == pytest.approx(rate, abs=1e-9)
    begin = min(first.bought, second.bought)
    later = [((day - begin).days, amount) for day, amount in everything if amount > 0]
    worth = [(at, amount * (1 + rate) ** (-at / 365)) for at, amount in later]
    duration = sum(at / 365 * each for at, each in worth) / sum(each for _, each in worth)
    assert float(found.total.duration or 0) == pytest.approx(duration, rel=1e-8)
    principal = [((each.day - begin).days, each.principal) for one in (first, second) for each in received_by(one)]
    weighted = Fraction(sum(at * part for at, part in principal), 365 * sum(part for _, part in principal))
    assert found.total.average_life == weighted
    assert [each.day for each in found.receipts] == sorted({day for day, amount in everything if amount > 0})


def test_several_rates_are_several() -> None:
    """A first purchase that is repaid many times over before a large later one loses."""
    cheap = holding("minimal", 0, 50_000 * USD, 10_000 * USD)
    dear = holding("minimal", 0, 40_000 * USD, 30_000 * USD, date(2027, 12, 31))
    found = portfolio((cheap, dear))
    assert found.total.xirr.rates and all(rate > -1 for rate in found.total.xirr.rates)
    late = holding("minimal", 0, 1 * USD, 1_000_000 * USD, date(2028, 1, 1))
    several = portfolio((holding("minimal", 0, 90_000 * USD, 10_000 * USD), late)).total
    assert len(several.xirr.rates) in (0, 2) and several.xirr.rate is None and several.duration is None


def test_concentration_is_the_sum_of_squared_parts() -> None:
    found = concentration([("a", 50), ("b", 30), ("a", 10), ("c", 10)])
    assert found.parts == (("a", 60), ("b", 30), ("c", 10)) and found.hhi == Fraction(46, 100)
    assert concentration([("a", 7)]).hhi == 1
    assert concentration((str(at), 5) for at in range(8)).hhi == Fraction(1, 8)
    assert concentration([("a", 0)]).hhi is None
    both = portfolio((holding("minimal", 0, USD, 60), holding("minimal", 1, USD, 20), holding("clo", 0, USD, 20)))
    assert both.by_deal.parts == (("minimal", 80), ("clo", 20)) and both.by_deal.hhi == Fraction(68, 100)
    assert both.by_tranche.parts[0] == ("minimal senior", 60) and both.by_tranche.hhi == Fraction(44, 100)


def test_a_file_of_holdings(tmp_path: Path) -> None:
    file = tmp_path / "held.csv"
    deal, flows = DEALS / "ppa-50m.toml", DEALS / "ppa-50m.csv"
    rows = [
        f"{deal},{flows},senior,500,985.00,",
        f"{deal},{flows},mezz,200.5,,2027-03-01",
        f"{deal},{flows},sponsor,1,0.333333333,",
    ]
    file.write_text("deal,flows,tranche,shares,price,bought\n" + "\n".join(rows) + "\n")
    held = load_holdings(file)
    assert [each.paid for each in held.holdings] == [492_500 * USD, 200_500 * USD, 333_334]
    assert [each.shares for each in held.holdings] == [500 * USD, 200_500_000, USD]
    assert [each.bought for each in held.holdings] == [date(2026, 6, 30), date(2027, 3, 1), date(2026, 6, 30)]
    assert held.holdings[0].played is held.holdings[1].played
    assert (held.asset, held.decimals) == ("USDC", 6)
