"""
What scenarios come to: every column and every count against the exact model, scenario by scenario.

given drawn scenarios of a small deal
    it should have what each tranche was paid, lost and lacked as `model.run` has them
    it should have the annual returns and average lives of `penstock simulate --figures`
    it should count lock-ups, enforcement and what tests measured
given a summary
    it should have the probabilities, means and tails of the rows
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from penstock.dealfile import load
from penstock.model.deal import Run, run
from penstock.model.report import Report
from penstock.model.units import WAD
from penstock.simulate import scenarios, simulate
from penstock.stress.block import BINS, columns, lock_ups, outcome, years_of
from penstock.stress.compute import compute
from penstock.stress.rates import mean_time, rates
from penstock.stress.study import RECORDED, Study
from penstock.stress.summary import summary
from penstock.structure.figures import figures
from penstock.structure.xirr import xirr
from tests.fixtures.cli import ROOT
from tests.stress.deals import small_study, terms_of


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """One for all tests here: they only look at it."""
    return replace(small_study(tmp_path_factory.mktemp("stress")), size=7)


@pytest.fixture(scope="module")
def lives(small: Study) -> list[Run]:
    found = []
    for block in range(small.blocks):
        given, _ = small.block(block)
        found += [run(small.terms, [int(each) for each in row]) for row in given.collections]
    return found


@pytest.fixture(scope="module")
def made(small: Study) -> list:
    return [compute(small, block).made for block in range(small.blocks)]


def joined(made: list, name: str) -> list:
    return np.concatenate([each.rows[name] for each in made]).tolist()


def test_rows_are_those_of_the_model(small: Study, lives: list[Run], made: list) -> None:
    assert list(made[0].rows) == columns(small.terms) or set(made[0].rows) == set(columns(small.terms))
    assert joined(made, "scenario") == list(range(60))
    assert joined(made, "collected") == [life.state.collected for life in lives]
    for at, tranche in enumerate(small.terms.tranches):
        assert joined(made, f"{tranche.id}_paid") == [life.state.credited[at] for life in lives]
    for at, tranche in enumerate(small.terms.lenders):
        owed = [life.state.balance[at] + life.state.interest_arrears[at] for life in lives]
        assert joined(made, f"{tranche.id}_loss") == owed
        lacking = [
            max(
                max(0, each.interest_due[at] - each.flows.interest[at] - each.deferred[at])
                + max(0, each.principal_due[at] - each.flows.principal[at])
                for each in life.settlements
            )
            for life in lives
        ]
        assert joined(made, f"{tranche.id}_shortfall") == lacking
        assert any(owed) and any(lacking), "the draws say something"
    enforced = [[each.enforced for each in life.settlements] for life in lives]
    assert joined(made, "enforced_periods") == [sum(each) for each in enforced]
    starts = (small.terms.closing, *small.terms.accrual_dates)
    days = [(end - start).days for start, end in pairwise(starts)]
    enforced_days = [sum(count for count, on in zip(days, each, strict=True) if on) for each in enforced]
    assert joined(made, "enforced_years") == [each / 365 for each in enforced_days]
    for year in (2026, 2029):
        parts = [
            sum(each.collections for each in life.settlements[2 * (year - 2026) : 2 * (year - 2026) + 2])
            for life in lives
        ]
        assert joined(made, f"collected_{year}") == parts


def test_returns_and_lives_are_those_of_the_figures(small: Study, lives: list[Run], made: list) -> None:
    for scenario in range(0, 60, 5):
        found = figures(lives[scenario])
        for tranche, each in zip(small.terms.tranches, found.tranches, strict=True):
            rate = each.returns.xirr.rate
            assert joined(made, f"{tranche.id}_xirr")[scenario] == pytest.approx(float(rate), abs=1e-11)
            if not tranche.residual:
                life, mine = each.returns.average_life, joined(made, f"{tranche.id}_wal")[scenario]
                assert math.isnan(mine) if life is None else mine == pytest.approx(float(life), abs=1e-12)


def test_least_ratios_are_those_of_the_model(small: Study, lives: list[Run], made: list) -> None:
    for test, covenant in enumerate(small.terms.tests):
        least = []
        for life in lives:
            of = [each.tests[test] for each in life.settlements if each.tests[test].denominator]
            least.append(min(each.numerator / each.denominator for each in of))
        assert joined(made, f"{covenant.id}_least") == least


def test_counts_are_those_of_the_model(small: Study, lives: list[Run], made: list) -> None:
    tally = made[0].tally
    for each in made[1:]:
        tally = tally + each.tally
    assert tally.scenarios == 60 and years_of(small.terms) == [2026, 2027, 2028, 2029] and lock_ups(small.terms) == [0]
    for period in range(8):
        assert tally.enforced[period] == sum(life.settlements[period].enforced for life in lives)
        for test in range(2):
            seen = [life.settlements[period].tests[test] for life in lives]
            assert tally.failing[test, period] == sum(each.passes_needed > 0 for each in seen)
            counts = [0] * BINS
            for each in seen:
                if each.passed is not None:
                    bin_of = each.numerator * 100 // each.denominator if each.denominator else BINS
                    counts[min(bin_of, BINS - 1)] += 1
            assert tally.ratios[test, period].tolist() == counts
    for at in range(4):
        both = [life.settlements[2 * at : 2 * at + 2] for life in lives]
        assert tally.locked[0, at] == sum(any(each.tests[0].passes_needed > 0 for each in pair) for pair in both)
        assert tally.enforced_years[at] == sum(any(each.enforced for each in pair) for pair in both)
    assert 0 < tally.locked[0, 1] < 60 and 0 < tally.enforced_years[2] < 60


def test_a_summary_is_of_the_rows(small: Study, made: list) -> None:
    tally = made[0].tally
    for each in made[1:]:
        tally = tally + each.tally
    found = summary(small.terms, lambda name: np.concatenate([each.rows[name] for each in made]), tally, "here")
    mezz, losses = found.tranches[1], sorted(joined(made, "mezz_loss"))
    assert mezz.loss.count == sum(each > 0 for each in losses) and mezz.loss.mean == sum(losses) // 60
    assert mezz.loss.tail == mezz.loss.most == mezz.loss.p99 == losses[-1], "the worst one in a hundred of sixty is one"
    paid = sorted(joined(made, "equity_paid"))
    assert found.tranches[2].paid == {99: paid[0], 90: paid[6], 50: paid[30], 10: paid[54], 1: paid[59]}
    assert found.tranches[2].paid_mean == sum(paid) // 60 and found.tranches[2].loss is None
    returns = sorted(joined(made, "senior_xirr"))
    assert found.tranches[0].xirr[90] == returns[6] and found.tranches[0].xirr[50] == returns[30]
    lives = joined(made, "senior_wal")
    assert found.tranches[0].wal_mean == pytest.approx(sum(lives) / 60) and found.ever_enforced == sum(
        each > 0 for each in joined(made, "enforced_periods")
    )
    assert found.enforced_years == pytest.approx(sum(joined(made, "enforced_years")) / 60)
    assert found.by_year[2027][0] == sum(joined(made, "collected_2027")) // 60
    ratios = found.ratios["lockup"]
    for period in range(8):
        bins = [at for at, count in enumerate(tally.ratios[0, period]) for _ in range(int(count))]
        assert [ratios[level][period] for level in (99, 90, 50, 10, 1)] == [
            bins[len(bins) * (100 - level) // 100] / 100 for level in (99, 90, 50, 10, 1)
        ]


def test_tails_of_many_are_means_of_the_worst(small: Study, made: list) -> None:
    from penstock.stress.summary import _amounts

    values = np.array([0] * 700 + list(range(1, 301)), np.int64)
    found = _amounts(values)
    assert (found.count, found.mean, found.most) == (300, 45, 300)
    assert found.tail == sum(range(291, 301)) // 10 and found.p99 == 290


def test_rates_are_the_roots_that_figures_find() -> None:
    days = [90, 181, 400, 900, 3000]
    flows = [
        [0, 0, 0, 0, 2_000],
        [10, 10, 10, 10, 990],
        [1, 0, 0, 0, 0],
        [5_000, 0, 0, 0, 0],
        [0, 0, 0, 0, 0],
        [300] * 5,
    ]
    found = rates(1_000, np.array(flows, float), days)
    for line, rate in zip(flows, found, strict=True):
        exact = xirr([(0, -1_000), *zip(days, line, strict=True)]).rate
        assert rate == pytest.approx(float(exact), rel=1e-10), line
    assert found[4] == -1 and math.isnan(rates(0, np.array([[1.0]]), [90])[0])
    alone = [rates(1_000, np.array([line], float), days)[0] for line in flows]
    assert alone == found.tolist(), "a scenario by itself has the same bits"


def test_the_mean_time_of_payments() -> None:
    found = mean_time(np.array([[100.0, 300.0], [0.0, 0.0]]), [365, 730])
    assert found[0] == float(Fraction(100 * 365 + 300 * 730, 400 * 365)) and math.isnan(found[1])


def test_an_18_decimal_deal_has_the_same_rows_to_the_unit(small: Study, tmp_path) -> None:
    from penstock.dealfile import load
    from tests.stress.deals import small_deal

    wide = Study(load(small_deal(tmp_path, ("decimals = 6", "decimals = 18"))), small.model, small.seed, 5)
    given, runs = wide.block(0)
    rows = outcome(wide.terms, given, runs).rows
    for scenario in range(5):
        life = run(wide.terms, [int(each) for each in given.collections[scenario]])
        assert [int(rows[f"{each.id}_paid"][scenario]) for each in wide.terms.tranches] == life.state.credited


def test_what_is_deferred_or_falls_due_as_cash_comes_is_not_late() -> None:
    from penstock.dealfile import load
    from penstock.revenue.file import load_model
    from tests.fixtures.cli import ROOT

    study = Study(load(ROOT / "deals" / "gpu-notes.toml"), load_model("gpu-notes"), 1, 40)
    given, runs = study.block(0)
    rows = outcome(study.terms, given, runs).rows
    for scenario in range(40):
        reports = [given.report(study.terms, scenario, period) for period in range(12)]
        life = run(study.terms, [int(each) for each in given.collections[scenario]], reports)
        for at, tranche in enumerate(study.terms.lenders):
            late = [
                max(0, each.interest_due[at] - each.flows.interest[at] - each.deferred[at])
                + (max(0, each.principal_due[at] - each.flows.principal[at]) if each.period == 12 else 0)
                for each in life.settlements
            ]
            assert rows[f"{tranche.id}_shortfall"][scenario] == max(late)
            assert rows[f"{tranche.id}_loss"][scenario] == life.state.balance[at] + life.state.interest_arrears[at]


def test_what_was_written_down_is_lost(tmp_path: Path) -> None:
    terms = terms_of(tmp_path, ("periods = 8", "periods = 8\nwrite_down = true"))
    collections = [[600_000 * 10**6] * 8] * 2
    losses = [[0] * 8, [0, 350_000 * 10**6, 0, 0, 0, 0, 0, 0]]
    given = scenarios(terms, np.array(collections), {"loss": np.array(losses)})
    rows = outcome(terms, given, simulate(terms, given.collections, given.reports, record=RECORDED)).rows
    life = run(terms, collections[1], [Report(loss) for loss in losses[1]])
    written = [sum(each.written_down[at] for each in life.settlements) for at in range(2)]
    assert written[1] > 0, "equity bears the first loss, then the mezzanine"
    for at, name in enumerate(("senior", "mezz")):
        owed = life.state.balance[at] + life.state.interest_arrears[at]
        assert rows[f"{name}_loss"].tolist() == [0, owed + written[at]]


def test_interest_that_a_rung_defers_is_not_late() -> None:
    terms = load(ROOT / "deals" / "hosting-site.toml")
    collections = [[1_400_000 * 10**6] * 36]
    available = [[WAD * 90 // 100] * 4 + [WAD] * 32]
    power = [[500_000 * 10**6] * 36]
    reports = {"availability": np.array(available), "power_cost": np.array(power)}
    given = scenarios(terms, np.array(collections), reports)
    rows = outcome(terms, given, simulate(terms, given.collections, given.reports, record=RECORDED)).rows
    life = run(terms, collections[0], [given.report(terms, 0, period) for period in range(36)])
    assert any(each.deferred[1] for each in life.settlements), "the mezzanine's interest waits while the site is down"
    assert rows["mezz_shortfall"].tolist() == [0]
