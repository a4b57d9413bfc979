"""
Scenarios through the exact model: every recorded figure is the settlement's of its name, every bad array is refused
where it enters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from penstock.model import deal
from penstock.model.coverage import Coverage
from penstock.model.terms import DealTerms, Rung, Test
from penstock.simulate import SERIES, UNREPORTED, Runs, Way, scenarios, simulate, stream
from penstock.simulate.errors import SimulationError
from tests.model.examples import INTEREST, PRINCIPAL, RESIDUAL, TRAP, deal_of, lender
from tests.simulate.lifelong import arrays
from tests.strategies import Life, lives


def simple() -> DealTerms:
    """One lender, four years, a lock-up."""
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(TRAP, test=0), Rung(RESIDUAL, (1,)))
    return deal_of(lender(), normal=rungs, tests=(Test("lockup", 0, 12 * 10**17),))


@given(life=lives())
def test_every_figure_is_the_models(life: Life) -> None:
    terms, flows = life
    run = deal.run(terms, flows.collections, flows.reports, flows.late)
    got = simulate(terms, **arrays(terms, [flows]), way=Way.MODEL)
    assert set(got.figures) == set(SERIES)
    for column, settled in enumerate(run.settlements):
        for name in ("available", "principal_pot", "enforced"):
            assert got[name][0, column] == getattr(settled, name), name
        for name in ("interest", "principal", "equity", "fees", "drawn", "topped_up", "trap_drawn", "tiers"):
            assert list(got[name][0, column]) == getattr(settled.flows, name), name
        for name in ("interest_due", "principal_due", "written_down", "pik", "coupons", "deferred", "released"):
            assert list(got[name][0, column]) == getattr(settled, name), name
        for name in ("balance", "interest_arrears", "principal_arrears", "fee_arrears", "reserves", "hurdles"):
            assert list(got[name][0, column]) == getattr(settled, name), name
        assert sum(got["trapped"][0, column]) == settled.trapped
        assert got["promote"][0, column] == settled.flows.promote
        assert got["capital_received"][0, column] == settled.capital_received
        assert got["promote_received"][0, column] == settled.promote_received
        first = len(terms.normal) + len(terms.principal) if settled.enforced else 0
        for name in ("due", "paid", "from_reserve", "from_trap"):
            row = [0] * len(terms.rungs)
            row[first : first + len(settled.rungs)] = [getattr(each, name) for each in settled.rungs]
            assert list(got[name][0, column]) == row, name
        for test, made in enumerate(settled.tests):
            _same_test(got, column, test, made)
    state = run.state
    for name in ("balance", "credited", "fee_credited", "passes_needed", "trapped", "reserves", "fee_arrears"):
        assert list(got[name][0, -1]) == getattr(state, name), f"{name} at the end, late revenue or not"


def _same_test(got: Runs, column: int, test: int, made: Coverage) -> None:
    assert got["made"][0, column, test] == (made.passed is not None)
    assert got["passed"][0, column, test] == bool(made.passed)
    assert got["passes_needed"][0, column, test] == made.passes_needed
    assert got["missing"][0, column, test] == made.missing
    if made.value is not None:
        above, below = (int(got[name][0, column, test]) for name in ("numerator", "denominator"))
        assert above * 10**18 // below == made.value
        assert got.ratio(test)[0, column] == pytest.approx(made.value / 10**18, rel=1e-12, abs=1e-17)


def test_late_revenue_has_a_column_of_its_own() -> None:
    terms = simple()
    nothing = [[0] * terms.periods] * 2
    got = simulate(terms, nothing, late=[0, 700])
    assert got["available"][:, -1].tolist() == [0, 700]
    assert got["paid"][:, -1].sum(axis=1).tolist() == [0, 700]
    assert got["balance"][0, -1].tolist() == got["balance"][0, -2].tolist(), "the state stays"
    assert got["made"][:, -1].tolist() == [[0] * len(terms.tests)] * 2


def test_only_what_is_asked_for_is_kept() -> None:
    terms = simple()
    got = simulate(terms, [[0] * terms.periods], record=["balance"])
    assert list(got.figures) == ["balance"]
    with pytest.raises(SimulationError, match="'interest' was not recorded; recorded: balance"):
        got["interest"]


def test_blocks_give_what_all_scenarios_give() -> None:
    terms = simple()
    collections = np.arange(7 * terms.periods).reshape(7, terms.periods)
    whole = scenarios(terms, collections)
    parts = list(stream(terms, (whole.part(first, first + 3) for first in (0, 3, 6)), ["credited"]))
    assert [each.count for each in parts] == [3, 3, 1]
    joined = np.concatenate([each["credited"] for each in parts])
    assert (joined == simulate(terms, collections)["credited"]).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"collections": [0, 0]}, "collections: 2; accepted: scenarios x PERIODS, the deal's periods"),
        ({"collections": [[0]]}, "collections: 1 x 1; accepted: scenarios x PERIODS, the deal's periods"),
        ({"collections": [[0.5] * 9]}, "collections: an array of float64; accepted: integers"),
        ({"collections": [[float("nan")] * 9]}, "collections: an array of float64; accepted: integers"),
        ({"collections": [[-1] * 9]}, "collections of scenario 0, column 0: -1; accepted: 0 or more"),
        ({"collections": [[2**70, None]]}, "collections: None is a NoneType; accepted: integers"),
        ({"late": [1, 2]}, "late: 2; accepted: 1, one amount a scenario"),
        ({"late": [-5]}, "late of scenario 0, column 0: -5; accepted: 0 or more"),
        (
            {"reports": {"weather": [[1]]}},
            "reports: 'weather' is no figure of this deal's reports; accepted: loss, asset_",
        ),
        ({"reports": {"loss": [[1]]}}, "loss: 1 x 1; accepted: 1 x PERIODS, as the collections"),
        ({"record": ["profit"]}, "record: 'profit' is no figure of a period; accepted: available, enforced"),
    ],
)
def test_bad_scenarios_are_refused(given: dict[str, Any], message: str) -> None:
    terms = simple()
    given = {"collections": [[0] * terms.periods], **given}
    with pytest.raises(SimulationError) as refusal:
        simulate(terms, **given)
    assert str(refusal.value).startswith(message.replace("PERIODS", str(terms.periods)))


def test_minus_one_is_not_reported_and_zero_is() -> None:
    terms = simple()
    block = scenarios(terms, [[0] * terms.periods], {"loss": [[UNREPORTED] + [0] * (terms.periods - 1)]})
    assert block.report(terms, 0, 0).loss is None and block.report(terms, 0, 1).loss == 0
    assert block.report(terms, 0, 0).asset_value is None
