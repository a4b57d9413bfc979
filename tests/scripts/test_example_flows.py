"""
The revenue of four example deals.

given the script that makes them
    the files should be what it makes, on any machine
given each deal with its revenue
    it should end with every lender repaid
    what each deal is there to show should happen in it
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.dealfile.flows import load_flows
from penstock.model.deal import Run, run
from penstock.model.terms import DealTerms, RungKind
from tests.fixtures.cli import penstock

ROOT = Path(__file__).parents[2]


def lived(name: str) -> tuple[DealTerms, Run]:
    terms = load(ROOT / "deals" / f"{name}.toml")
    flows = load_flows(ROOT / "deals" / f"{name}.csv", terms)
    assert [each for each in flows.notes if "which is called, is equity's" not in each] == []
    life = run(terms, flows.collections, flows.reports, flows.late, flows.called)
    assert life.conserved
    return terms, life


def test_the_files_are_what_the_script_makes() -> None:
    script = ROOT / "scripts" / "make_example_flows.py"
    assert subprocess.run([sys.executable, str(script), "--check"], check=False).returncode == 0


def test_gpu_notes_are_repaid_as_contracts_run_off() -> None:
    terms, life = lived("gpu-notes")
    coupons = [each.coupons[0] * 10_000 // 10**18 for each in life.settlements]
    assert coupons == [983, 982, 981, 979, 975, 968, 961, 958, 954, 951, 948, 947]
    due = [each.principal_due[0] > 0 for each in life.settlements]
    assert due == [False] * 2 + [True] * 10
    assert [each.period for each in life.settlements if each.enforced] == [7, 8, 9, 10, 11, 12]
    assert [each.flows.residual > 0 for each in life.settlements] == [True] * 3 + [False] * 2 + [True] + [False] * 5 + [
        True
    ]
    assert terms.periods == 12 and life.state.balance[:2] == [0, 0]


def test_an_outage_defers_the_mezzanine_of_the_hosting_site() -> None:
    _, life = lived("hosting-site")
    assert [each.period for each in life.settlements if each.deferred[1]] == [8, 9, 10]
    assert [each.trapped > 0 for each in life.settlements[6:11]] == [False, True, True, True, False]
    assert life.state.balance[:2] == [0, 0]
    assert {each.flows.fees[0] == each.report.fields[0] for each in life.settlements} == {True}, "power, as billed"


def test_two_poor_years_lock_the_ppa_up_and_never_default_it() -> None:
    terms, life = lived("ppa-50m")
    assert sum(each.supply for each in terms.tranches) == 50_000 * 10**terms.share_decimals
    assert [each.period for each in life.settlements if each.trapped] == [8, 9, 14, 15]
    assert not any(each.enforced for each in life.settlements)
    assert life.state.balance[:2] == [0, 0]


def test_defaults_divert_the_clos_interest_until_it_is_covered_again() -> None:
    terms, life = lived("clo")
    diverted = {
        (each.period, terms.rung_name(payment.rung)): payment.paid
        for each in life.settlements
        for payment in each.rungs
        if payment.rung.kind is RungKind.DIVERT and payment.paid
    }
    assert diverted == {(8, "divert:b_oc"): 480_625_523_251}, "the quarter's whole residual"
    failing = [each.period for each in life.settlements if each.tests and each.tests[2].passed is False]
    assert failing == [8] and life.settlements[8].flows.residual > 0, "cured in the next quarter"
    of_periods = life.settlements[:18]
    assert [each.principal_pot == each.report.fields[0] for each in of_periods] == [True] * 18
    called = life.settlements[18]
    assert (called.called, called.call_paid, called.balance[:2]) == (True, 3_785_517_685_028, [0, 0])
    assert life.settlements[-1].flows.residual == 16_021_401_360_000, "what comes after the call is equity's"


def test_the_sponsor_of_the_ppa_catches_up_in_the_last_year() -> None:
    """
    A preferred return of 4 % on ten million takes until December 2045; then half of what comes is the sponsor's until
    it has a tenth of the profit. Of what the capital gets its own million has a tenth.
    """
    terms, life = lived("ppa-50m")
    first, *_, before, last = life.settlements
    assert first.hurdles == [9_783_583_719_382, 9_808_583_719_382]  # 2 % and 2.25 %, less 416,416.280618
    assert [sum(each.flows.tiers[tier] > 0 for each in life.settlements) for tier in range(4)] == [35, 2, 1, 1]
    assert [each.flows.promote // 10**6 for each in (before, last)] == [225_914, 596_289]
    assert last.hurdles == [0, 0]
    state = life.state
    promoted, to_capital = state.promote_received, state.capital_received
    assert promoted + to_capital == sum(each.flows.residual for each in life.settlements)
    own = sum((each.flows.residual - each.flows.promote) // 10 for each in life.settlements)
    assert state.credited[terms.equity :] == [to_capital - own, own + promoted]
    profit = to_capital + promoted - 10_000_000 * 10**6
    assert 10 * promoted > profit, "the last tier gives the sponsor more than the catch-up"


@pytest.mark.parametrize(
    "name", ["gpu-notes", *(pytest.param(name, marks=pytest.mark.slow) for name in ("hosting-site", "ppa-50m", "clo"))]
)
def test_penstock_demo_plays_it(name: str) -> None:
    done = penstock("demo", "--deal", str(ROOT / "deals" / f"{name}.toml"))
    assert done.exit_code == 0, done.stderr
