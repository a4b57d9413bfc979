"""Tests of every kind, in words and figures: the check, the run as table, CSV and JSON, the picture."""

from __future__ import annotations

from penstock.dealfile import loads
from penstock.dealfile.from_terms import refusals
from penstock.model.deal import run
from penstock.report import figures, tested
from penstock.report.grouping import By
from penstock.report.run_page import run_csv
from penstock.report.statement import statement
from tests.fixtures.tested import DEAL, RECEIVED, TERMS

LIFE = run(TERMS, RECEIVED.collections, RECEIVED.reports, RECEIVED.late)


def test_each_test_is_in_a_bankers_words() -> None:
    assert [tested.fails_when(TERMS, test) for test in TERMS.tests] == [
        "DSCR of senior over 2 periods below 1.1",
        "IC of mezz below 1.5",
        "OC of mezz below 1.2",
        "LLCR of senior below 1.3, as reported",
        "note factor of senior above 0.8",
        "pool factor below 0.5 of 2,000",
        "dsra below 0.9 of its target",
        "reported arrears above 250.5",
    ]


def test_the_run_has_a_column_for_each_figure_in_its_unit() -> None:
    header, *rows = [line.split(",") for line in run_csv(TERMS, LIFE).splitlines()]
    names = ["DSCR over 2 periods", "IC", "OC", "LLCR", "note factor", "pool factor", "dsra by target"]
    assert header[7:] == [*names, "reported arrears", "state"]
    assert rows[0][7:15] == ["1.4000", "5.2500", "1.3333", "1.5000", "1.0000", "1.0000", "0.6000", "100"]
    assert rows[1][7:15] == ["1.2765", "4.8888", "", "1.2000", "0.7500", "", "1.0000", ""]
    assert ",".join(rows[1][15:]) == '"forecast fails, no report for asset_cover, clean_up, delinquent"'


def test_a_year_shows_the_figure_nearest_to_failing() -> None:
    header, first, _ = [line.split(",") for line in run_csv(TERMS, LIFE, By.YEAR).splitlines()]
    assert (header[7], header[11]) == ("lowest DSCR over 2 periods", "highest note factor")
    assert (first[7], first[11]) == ("1.2765", "1.0000")


def test_the_statement_names_what_is_measured_and_what_is_missing() -> None:
    second = statement(TERMS, LIFE)["periods"][1]["tests"]
    assert second["asset_cover"] == {
        "value": None,
        "passed": None,
        "cured": True,
        "metric": "OC of mezz",
        "report_missing": True,
    }
    assert second["annual"]["metric"] == "DSCR of senior over 2 periods"
    third = statement(TERMS, LIFE)["periods"][2]["tests"]
    assert (third["delinquent"]["value"], third["delinquent"]["passed"]) == ("300", False)


def test_the_notes_say_which_tests_are_not_made() -> None:
    assert RECEIVED.notes == tuple(
        f"note: tested.csv: no {name} for period {period}; the test {test} is not made there"
        for name, period, test in (
            ("asset_value", "2 (to 2027-01-01)", "asset_cover"),
            ("llcr", "4 (to 2028-01-01)", "forecast"),
            ("asset_value", "2 (to 2027-01-01)", "clean_up"),
            ("arrears", "2 (to 2027-01-01)", "delinquent"),
        )
    )


def test_the_terms_are_those_of_a_deal_file() -> None:
    words, found = refusals(TERMS)
    assert not words and found == TERMS == loads(DEAL, "tested.toml")


def test_the_picture_has_a_line_for_each_ratio_and_none_for_an_amount() -> None:
    picture = figures.life_figure(TERMS, LIFE.settlements)
    drawn = [line for line in picture.axes[0].lines if line.get_linestyle() == "-" and len(line.get_xdata()) == 4]
    assert [str(line.get_label()) for line in drawn] == [
        "DSCR of senior over 2 periods",
        "LLCR of senior",
        "note factor of senior",
        "pool factor",
        "dsra by target",
        "IC of mezz",
        "OC of mezz",
    ]
