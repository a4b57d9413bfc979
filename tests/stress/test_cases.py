"""
Cases, breakevens and tornados.

a case
    it should be read as people write it, and refused in one line where it is none
    it should be what the model's central scenario with these factors is, settled by the exact model
a breakeven
    it should be the first thousandth at which a unit is lost, and not the one before
a tornado
    it should have each input less and more
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.model.deal import run
from penstock.revenue.file import load_model
from penstock.stress.cases import CaseRefused, breakevens, inputs, read_case, run_cases, tornado_of
from penstock.stress.study import Study
from tests.stress.deals import small_deal, small_model


@pytest.fixture
def mild(tmp_path: Path) -> Study:
    """A study whose central scenario pays everybody."""
    terms = load(small_deal(tmp_path, ('"2_200_000"', '"1_800_000"'), ('"500_000"', '"120_000"')))
    return Study(terms, load_model(small_model(tmp_path)), 1, 10)


def central_loss(study: Study, name: str, factor: float) -> list[int]:
    """By hand: the central scenario with one input multiplied in all months."""
    months = study.model.months.count
    given = study.central({name: (factor,) * months})
    life = run(study.terms, [int(each) for each in given.collections[0]])
    return [life.state.balance[at] + life.state.interest_arrears[at] for at in range(2)]


@pytest.mark.parametrize(
    ("text", "name", "first", "last", "factor"),
    [
        ("price -30% 2027-01..2028-06", "price", 12, 29, 0.7),
        ("price −30 % 2027-01..2028-06", "price", 12, 29, 0.7),
        ("yield x0.9", "yield", 0, 47, 0.9),
        ("Yield ×1.25 2026-02", "yield", 1, 1, 1.25),
        ("availability +2.5% 2029-12", "availability", 47, 47, 1.025),
        ("collections -100%", "collections", 0, 47, 0.0),
    ],
)
def test_a_case_is_read_as_people_write_it(
    mild: Study, text: str, name: str, first: int, last: int, factor: float
) -> None:
    found = read_case(text, mild.model).factors
    assert list(found) == [name]
    expected = [factor if first <= at <= last else 1.0 for at in range(48)]
    assert found[name] == pytest.approx(expected)


def test_parts_of_a_case_hold_together(mild: Study) -> None:
    found = read_case("price -50% 2026-01, yield -10%, price x0.5 2026-01..2026-02", mild.model).factors
    assert found["price"][:3] == (0.25, 0.5, 1.0) and set(found["yield"]) == {0.9}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("price", 'not a case; accepted: "INPUT +10%'),
        ("price 30%", "not a case"),
        ("prize -30%", "'prize' is no input of"),
        ("prize -30%", "accepted: price, yield, availability, collections"),
        ("price -130%", "multiplies by -0.3; accepted: from -100 %"),
        ("price x1000", "multiplies by 1000"),
        ("price -30% 2028-13", "2028-13 is no month"),
        ("price -30% 2028-06..2028-01", "its last month is before its first"),
        ("price -30% 2035-01", "has no such month; accepted: months from 2026-01 to 2029-12"),
    ],
)
def test_what_is_no_case_is_refused(mild: Study, text: str, words: str) -> None:
    with pytest.raises(CaseRefused) as refused:
        read_case(text, mild.model)
    assert words in str(refused.value) and "\n" not in str(refused.value)


def test_cases_are_the_central_scenario_settled_by_the_model(mild: Study) -> None:
    case = read_case("price -60% 2028-01..2029-12", mild.model)
    base, made = run_cases(mild, [case])
    assert base.text == "base" and made.text == case.text
    for result, factors in ((base, {}), (made, case.factors)):
        given = mild.central(factors)
        life = run(mild.terms, [int(each) for each in given.collections[0]])
        assert result.rows["collected"] == life.state.collected
        assert [result.rows[f"{each.id}_paid"] for each in mild.terms.tranches] == life.state.credited
        assert result.rows["mezz_loss"] == life.state.balance[1] + life.state.interest_arrears[1]
    assert base.rows["mezz_loss"] == 0 < made.rows["mezz_loss"]


def test_collections_are_multiplied_in_whole_cents(mild: Study) -> None:
    half = mild.central(read_case("collections -50% 2026-01", mild.model).factors).collections[0]
    usual = mild.central().collections[0]
    january = mild.model.process.draw  # of the model itself
    from penstock.revenue.drawn import Shifts
    from penstock.revenue.draws import Central

    cents = int(january(mild.model.months, Central(), Shifts(mild.model.months)).cents[0, 0])
    assert usual[0] - half[0] == (cents - cents // 2) * 10**4 and (usual[1:] == half[1:]).all()


@pytest.mark.parametrize("name", ["price", "yield"])
def test_a_breakeven_is_the_first_thousandth_at_which_a_unit_is_lost(mild: Study, name: str) -> None:
    found = breakevens(mild, name)
    assert found["senior"] < found["mezz"] < 1
    for at, lender in enumerate(("senior", "mezz")):
        assert central_loss(mild, name, found[lender])[at] > 0
        assert central_loss(mild, name, found[lender] + 0.001)[at] == 0


@pytest.mark.slow
def test_a_breakeven_of_defaults_is_above_one(tmp_path: Path) -> None:
    text = small_deal(
        tmp_path, ('"2_200_000"', '"15_000_000"'), ('"500_000"', '"2_000_000"'), ("2026-01-01", "2027-01-01")
    )
    study = Study(load(text), load_model("rooftop-leases"), 1, 10)
    found = breakevens(study, "default")
    assert 1 < found["mezz"] <= 20 and (found["senior"] is None or found["mezz"] < found["senior"])
    assert central_loss(study, "default", found["mezz"])[1] > 0
    assert central_loss(study, "default", found["mezz"] - 0.001)[1] == 0


def test_a_lender_that_loses_anyway_has_a_breakeven_of_one(tmp_path: Path) -> None:
    terms = load(small_deal(tmp_path, ('"2_200_000"', '"5_000_000"')))
    assert breakevens(Study(terms, load_model(small_model(tmp_path)), 1, 5), "price") == {"senior": 1.0, "mezz": 1.0}


def test_a_lender_that_never_loses_has_none(tmp_path: Path) -> None:
    take = ("years = 20", "years = 20\ntake_or_pay = 1.0")
    terms = load(small_deal(tmp_path, ('"2_200_000"', '"1_800_000"'), ('"500_000"', '"120_000"')))
    assert breakevens(Study(terms, load_model(small_model(tmp_path, take)), 1, 5), "yield") == {
        "senior": None,
        "mezz": None,
    }


def test_a_tornado_has_each_input_less_and_more(mild: Study) -> None:
    swings = tornado_of(mild, 0.2)
    assert (
        [each.input for each in swings] == list(inputs(mild.model)) == ["price", "yield", "availability", "collections"]
    )
    for each in swings:
        for side, factor in ((each.less, 0.8), (each.more, 1.2)):
            given = mild.central({each.input: (factor,) * 48})
            assert side.rows["collected"] == sum(int(one) for one in given.collections[0])
    assert swings[0].less.rows["equity_paid"] < swings[0].more.rows["equity_paid"]


def test_a_study_of_scaled_collections_has_scaled_cases(mild: Study) -> None:
    less = Study(mild.terms, mild.model, 1, 10, Fraction("0.75"))
    (base,) = run_cases(less, [])
    assert base.rows["collected"] < run_cases(mild, [])[0].rows["collected"] * 0.76
