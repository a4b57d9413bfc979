"""
A portfolio in many futures.

given holdings of deals with and without revenue models
    what each receives in a scenario should be what it does in a run of the model on that scenario's revenue
    a deal without a model should receive the same in all
    the rate should be that of all flows together, and correlation that of what is received
given a correlation of shocks
    normal shocks of two models of one kind should have it, and other draws be shared so often
    the futures of a deal should not depend on the others
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import pyxirr

from penstock.model.deal import run
from penstock.revenue.drawn import Shifts
from penstock.revenue.file import load_model
from penstock.revenue.months import Months
from penstock.revenue.shared import shared
from penstock.stress.scenarios import collected, fit
from penstock.stress.together import Together, fit_notes, together
from penstock.structure.holdings import Holding, Played, load_holdings
from penstock.structure.portfolio import received_by

DEALS = Path(__file__).parents[2] / "deals"
COUNT, SEED, TIED = 12, 5, 0.4
NAMES = ("ppa-50m", "greensboro-solar")
MODELS = {name: load_model(name) for name in NAMES}
ROWS = f"""deal,flows,tranche,shares,price,bought,revenue
{DEALS}/ppa-50m.toml,{DEALS}/ppa-50m.csv,senior,500,985.00,,ppa-50m
{DEALS}/ppa-50m.toml,{DEALS}/ppa-50m.csv,sponsor,3,,2027-03-01,ppa-50m
{DEALS}/greensboro-solar.toml,{DEALS}/greensboro-solar.csv,equity,250000,,2026-06-30,greensboro-solar
{DEALS}/minimal.toml,{DEALS}/minimal.csv,senior,5000,1.01,,
"""


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Holding, ...]:
    file = tmp_path_factory.mktemp("held") / "held.csv"
    file.write_text(ROWS)
    return load_holdings(file).holdings


@pytest.fixture(scope="module")
def found(held: tuple[Holding, ...]) -> Together:
    return together(held, MODELS, COUNT, SEED, TIED)


def receipts(holding: Holding, scenario: int) -> list[tuple[date, int]]:
    """By the model, one scenario at a time."""
    if not holding.played.revenue:
        return [(each.day, each.total) for each in received_by(holding)]
    model, terms = MODELS[holding.played.revenue], holding.played.run.terms
    draws = shared(SEED, model.kind, holding.played.name, TIED, scenario, 1)
    given = collected(
        terms, fit(terms, model), model.process.draw(model.months, draws, Shifts(model.months)), Fraction(1)
    )
    reports = [given.report(terms, 0, period) for period in range(terms.periods)]
    life = run(terms, [int(each) for each in given.collections[0]], reports)
    played = Played(holding.played.name, life, None)
    return [
        (each.day, each.total)
        for each in received_by(Holding(played, holding.tranche, holding.shares, holding.paid, holding.bought))
    ]


def test_each_scenario_is_a_run_of_the_model(held: tuple[Holding, ...], found: Together) -> None:
    for scenario in (0, 7):
        by_year: dict[int, int] = {}
        flows: list[tuple[date, int]] = [(each.bought, -each.paid) for each in held]
        for at, holding in enumerate(held):
            own = receipts(holding, scenario)
            assert found.received[at][scenario] == sum(amount for _, amount in own)
            for day, amount in own:
                by_year[day.year] = by_year.get(day.year, 0) + amount
            flows += own
        assert {year: int(each[scenario]) for year, each in found.by_year.items()} == by_year
        rate = pyxirr.xirr([day for day, _ in flows], [amount / 1e6 for _, amount in flows])
        assert found.xirr[scenario] == pytest.approx(rate, abs=1e-9)
    assert found.losing == sum(int(each) < sum(one.paid for one in held) for each in found.total)
    assert len({int(each) for each in found.received[2]}) == COUNT
    assert len({int(each) for each in found.received[3]}) == 1


def test_correlation_is_numpys(found: Together) -> None:
    values = found.received[1:3].astype(float)
    assert found.correlation[1, 2] == pytest.approx(np.corrcoef(values)[0, 1])
    assert found.correlation[1, 1] == pytest.approx(1)
    assert np.isnan(found.correlation[3]).all()


@pytest.mark.slow
def test_holdings_bought_on_one_day_have_the_same_rates(held: tuple[Holding, ...]) -> None:
    one = together(held[:1], MODELS, COUNT, SEED, TIED)
    for scenario in (0, 7):
        own = receipts(held[0], scenario)
        rate = pyxirr.xirr(
            [held[0].bought, *(day for day, _ in own)], [-held[0].paid / 1e6, *(each / 1e6 for _, each in own)]
        )
        assert one.xirr[scenario] == pytest.approx(rate, abs=1e-9)


def test_a_deal_is_the_same_beside_others(held: tuple[Holding, ...], found: Together) -> None:
    assert list(together(held[:1], MODELS, COUNT, SEED, TIED).received[0]) == list(found.received[0])
    assert list(together(held[2:3], MODELS, 5, SEED, TIED).received[0]) == list(found.received[2][:5])


def test_what_a_model_does_not_know_is_noted(held: tuple[Holding, ...]) -> None:
    terms, model = held[0].played.run.terms, MODELS["ppa-50m"]
    short = replace(model, months=Months(date(2026, 7, 1), 6 * 39))
    assert fit_notes(terms, short) == ["the model has no month in 1 period: nothing is collected there"]
    reading = replace(terms, write_down=True)
    assert "the model gives no loss: never reported" in fit_notes(reading, model)


@pytest.mark.parametrize("tied", [0.0, 0.25, 0.6, 1.0])
def test_shocks_of_one_kind_are_correlated_and_others_are_not(tied: float) -> None:
    many = 40_000
    first, second = (shared(3, "solar", name, tied, 0, many) for name in ("a", "b"))
    other = shared(3, "hosting", "a", tied, 0, many)
    pair = np.corrcoef(first.normal(2, 5), second.normal(2, 5))[0, 1]
    assert pair == pytest.approx(tied, abs=0.02)
    assert np.corrcoef(first.normal(2, 5), other.normal(2, 5))[0, 1] == pytest.approx(0, abs=0.02)
    assert first.normal(2, 5).std() == pytest.approx(1, abs=0.02)
    same = (first.uniforms(4, 1) == second.uniforms(4, 1)).mean()
    assert same == pytest.approx(tied, abs=0.02)
    assert first.uniforms(4, 1).mean() == pytest.approx(0.5, abs=0.01)
    assert not (first.members(4, 1) == second.members(4, 1)).any()
    part = shared(3, "solar", "a", tied, 1000, 10)
    assert list(part.normal(2, 5)) == list(first.normal(2, 5)[1000:1010])
    assert (part.normals(2, 1) == first.normals(2, 1)[:, 1000:1010]).all()
