"""
A model's months as a deal's periods.

given a scenario
    it should be to the deal what its flows file is to `penstock simulate`: collections and reports, to the base unit
    it should be so in an asset of 0, 1, 2, 6 or 18 decimals
    it should be multiplied exactly
given a model that does not fit
    it should be refused in one line
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.dealfile.flows import loads_flows
from penstock.model.terms import DealTerms, Unit
from penstock.report.revenue_page import flows_csv
from penstock.revenue.drawn import Shifts
from penstock.revenue.draws import Seeded
from penstock.revenue.file import Model, load_model
from penstock.revenue.months import NothingInCommon, PeriodsTooShort
from penstock.stress.scenarios import AnotherAsset, TooMuchCash, fit
from penstock.stress.study import Study
from tests.fixtures.cli import ROOT
from tests.stress.deals import small_deal, small_model


def read_as_flows(terms: DealTerms, model: Model, scenario: int) -> tuple[list[int], list]:
    drawn = model.process.draw(model.months, Seeded(1, scenario, 1), Shifts(model.months))
    flows = loads_flows(flows_csv(model, drawn), terms)
    return list(flows.collections), list(flows.reports)


@pytest.mark.parametrize(("deal", "name"), [("greensboro-solar", "greensboro-solar"), ("gpu-notes", "gpu-notes")])
def test_a_scenario_is_what_its_flows_file_is(deal: str, name: str) -> None:
    terms, model = load(ROOT / "deals" / f"{deal}.toml"), load_model(name)
    made = Study(terms, model, 1, 10).drawn(Seeded(1, 0, 10))
    for scenario in (0, 9):
        collections, reports = read_as_flows(terms, model, scenario)
        assert made.collections[scenario].tolist() == collections
        for period, report in enumerate(reports):
            mine = made.report(terms, scenario, period)
            for at, field in enumerate(terms.fields):
                if field.unit is Unit.RATIO:
                    assert mine.field(at) == report.field(at)
            if terms.reads_asset_value:
                # a flows file has millionths, a scenario whole cents, rounded down
                assert 0 <= report.asset_value - mine.asset_value < 10**4 + 2


@pytest.mark.parametrize("decimals", [0, 1, 2, 6, 18])
def test_cents_are_exact_in_any_asset(tmp_path: Path, decimals: int) -> None:
    terms = load(small_deal(tmp_path, ("decimals = 6", f"decimals = {decimals}")))
    model = load_model(small_model(tmp_path))
    drawn = model.process.draw(model.months, Seeded(1, 0, 3), Shifts(model.months))
    made = Study(terms, model, 1, 3).drawn(Seeded(1, 0, 3))
    for scenario in range(3):
        for period in range(terms.periods):
            cents = sum(int(each) for each in drawn.cents[scenario, 6 * period : 6 * period + 6])
            assert int(made.collections[scenario, period]) == cents * 10**decimals // 100


def test_collections_are_multiplied_exactly(tmp_path: Path) -> None:
    terms, model = load(small_deal(tmp_path)), load_model(small_model(tmp_path))
    drawn = model.process.draw(model.months, Seeded(1, 0, 2), Shifts(model.months))
    for scale in (Fraction("0.75"), Fraction("1.000000001"), Fraction(2)):
        made = Study(terms, model, 1, 2, scale).drawn(Seeded(1, 0, 2))
        cents = [[int(each) * scale.numerator // scale.denominator for each in row] for row in drawn.cents]
        assert made.collections.tolist() == [
            [sum(row[6 * period : 6 * period + 6]) * 10**4 for period in range(8)] for row in cents
        ]


def test_a_model_in_another_asset_is_refused(tmp_path: Path) -> None:
    terms, model = load(small_deal(tmp_path)), load_model(small_model(tmp_path, ('"USDC"', '"EURC"')))
    with pytest.raises(AnotherAsset, match="revenue in EURC, and the deal is paid in USDC; accepted: a model in USDC"):
        fit(terms, model)


def test_a_model_of_other_years_is_refused(tmp_path: Path) -> None:
    terms, model = load(small_deal(tmp_path)), load_model(small_model(tmp_path, ("2026-01-01", "2046-01-01")))
    with pytest.raises(NothingInCommon, match="2046-01-31 to 2049-12-31, are outside the deal"):
        fit(terms, model)


def test_a_deal_of_weeks_is_refused(tmp_path: Path) -> None:
    weeks = "dates = [2026-01-08, 2026-02-07, 2026-02-14, 2026-03-14]"
    terms = load(
        small_deal(tmp_path, ("months = 6\nperiods = 8", weeks), ("months = 6\nopening", "target = 1\nopening"))
    )
    with pytest.raises(PeriodsTooShort, match="period 3, 2026-02-07 to 2026-02-14: no month ends in it"):
        fit(terms, load_model(small_model(tmp_path)))


def test_a_scenario_with_more_cash_than_the_deal_takes_is_refused(tmp_path: Path) -> None:
    terms, model = load(small_deal(tmp_path)), load_model(small_model(tmp_path))
    with pytest.raises(TooMuchCash, match=r"scenario 5 collects .*, more than the deal takes in its life"):
        Study(terms, model, 1, 9, Fraction(30_000)).drawn(Seeded(1, 5, 1), first=5)


def test_what_a_deal_reads_and_a_model_does_not_give_is_named(tmp_path: Path) -> None:
    terms = load(ROOT / "deals" / "hosting-site.toml")
    assert fit(terms, load_model("hosting-site")).missing == ("power_cost", "availability")
    short = load_model(small_model(tmp_path, ("months = 48", "months = 24")))
    assert fit(load(small_deal(tmp_path)), short).empty == (5, 6, 7, 8)


def test_reports_are_sums_means_or_the_last_of_their_months(tmp_path: Path) -> None:
    fields = "".join(
        f'[[field]]\nid = "{name}"\nunit = "{unit}"\n'
        for name, unit in (("made", "count"), ("up", "ratio"), ("tariff", "ratio"), ("rate", "ratio"))
    )
    april = ("closing = 2026-01-01", "closing = 2026-04-01")  # so that prices rise within a period
    terms = load(small_deal(tmp_path, april, ('[[tranche]]\nid = "senior"', f'{fields}[[tranche]]\nid = "senior"')))
    series = 'energy_mwh = "energy_mwh"\nmade = "energy_mwh"\nup = "availability"\ntariff = "price"\nrate = 0.0425'
    model = load_model(small_model(tmp_path, ('energy_mwh = "energy_mwh"', series)))
    drawn = model.process.draw(model.months, Seeded(1, 0, 5), Shifts(model.months))
    reports = Study(terms, model, 1, 5).drawn(Seeded(1, 0, 5)).reports
    assert set(reports) == {"made", "up", "tariff", "rate"}, "only what the deal declares"
    for scenario in range(5):
        for period in range(7):
            inside = slice(6 * period + 3, 6 * period + 9)
            energy, up = (drawn.series[name].values[scenario, inside] for name in ("energy_mwh", "availability"))
            assert reports["made"][scenario, period] == int(sum(energy))
            assert reports["up"][scenario, period] == round(sum(up) / 6 * 10**6) * 10**12
            last = drawn.series["price"].values[scenario, 6 * period + 8]
            assert reports["tariff"][scenario, period] == round(last * 10**6) * 10**12
            assert reports["rate"][scenario, period] == 425 * 10**14
    first, last = (drawn.series["price"].values[0, at] for at in (9, 14))
    assert first < last, "the last month says something else than the first"
