"""
`penstock new`: deals to begin from.

each of them
    it should pass check without a warning, as it is printed
    it should pay every lender with the revenue that comes with it, and no note
    its comments should say how to use it, with the figures that the calendar has
another word
    it should be refused with the words there are
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from penstock.cli.new import Industry
from penstock.dealfile import load
from penstock.dealfile.flows import load_flows
from penstock.dealfile.warnings import warnings
from penstock.format import money
from penstock.model.accrual import interest_down
from penstock.model.deal import run
from penstock.model.dues import days_of
from tests.fixtures.cli import penstock

NAMES = [each.value for each in Industry]
LOCKED_UP = {"minimal": 0, "solar": 3, "gpu": 14, "mining": 6}
"""Settlements in which a test fails, with the revenue that comes with the deal."""


@pytest.fixture(params=NAMES)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path, Path]:
    """Its name, and the two files as a shell would write them."""
    deal, flows = tmp_path / "deal.toml", tmp_path / "flows.csv"
    for file, words in ((deal, []), (flows, ["--revenue"])):
        done = penstock("new", request.param, *words)
        assert (done.exit_code, done.stderr) == (0, "")
        file.write_text(done.stdout, encoding="utf-8")
    return request.param, deal, flows


def test_it_passes_check_and_pays_its_lenders(written: tuple[str, Path, Path]) -> None:
    name, deal, flows = written
    checked, simulated = penstock("check", str(deal)), penstock("simulate", str(deal), "--flows", str(flows))
    assert [(each.exit_code, each.stderr) for each in (checked, simulated)] == [(0, ""), (0, "")]
    assert "unpaid at the end" not in simulated.stdout
    terms = load(deal)
    assert warnings(terms) == []
    received = load_flows(flows, terms)
    assert received.notes == () and received.late == 0
    life = run(terms, received.collections, received.reports)
    assert life.conserved and not any(life.state.balance[: terms.equity])
    failing = [each for each in life.settlements if any(not test.cured for test in each.tests)]
    assert len(failing) == LOCKED_UP[name]


def test_its_comments_say_how_to_use_it_and_explain(written: tuple[str, Path, Path]) -> None:
    name, deal, _ = written
    text = deal.read_text(encoding="utf-8")
    comments = [line.partition("#")[2] for line in text.splitlines() if "#" in line]
    for words in (f"penstock new {name} --revenue > flows.csv", "penstock check deal.toml", "docs/DEALFILE.md"):
        assert any(words in line for line in comments), words
    assert len(comments) > 15
    assert max(map(len, text.splitlines())) <= 120


def test_the_debt_service_it_names_is_that_of_the_calendar(written: tuple[str, Path, Path]) -> None:
    name, deal, _ = written
    named = re.findall(r"equal debt service, ([0-9,.]+[0-9]) a", deal.read_text(encoding="utf-8"))
    assert len(named) == (0 if name == "minimal" else 1)
    terms = load(deal)
    senior = terms.tranches[0]
    due = senior.schedule[0] + interest_down(senior.face, senior.coupon(1), days_of(terms, 1, senior.day_count))
    assert named in ([], [money(due, terms.decimals)])


def test_another_word_is_refused_with_those_there_are() -> None:
    done = penstock("new", "wind")
    assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    for name in NAMES:
        assert name in done.stderr


def test_every_deal_in_the_folder_is_offered() -> None:
    from penstock import paths

    assert sorted(file.stem for file in (paths.deals() / "new").glob("*.toml")) == sorted(NAMES)
