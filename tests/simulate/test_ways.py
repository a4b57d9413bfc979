"""
Every way of running scenarios gives the exact model's numbers: each figure of every period and of whole runs, of drawn
deals with every rule. None is skipped in silence: each way says which deals it took.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.deals import full_flows, full_terms
from penstock.model.terms import DealTerms
from penstock.simulate import SERIES, Runs, Scenarios, Way, scenarios
from penstock.simulate.bounds import largest
from penstock.simulate.ways import Simulator
from tests.simulate.lifelong import arrays
from tests.strategies import FEATURES, flows, lives

NAMES = tuple(SERIES)
RULES = [each for each in FEATURES if each not in ("clean-up call", "payment delay", "grace")]
"""What settles differently: a call is a decision, and delays and grace are of when a period is settled."""


def same(got: Runs, wanted: Runs) -> None:
    for name in wanted.figures:
        assert (got[name] == wanted[name]).all(), f"{got.path}: {name}"
    for name in wanted.totals:
        assert (got.totals[name] == wanted.totals[name]).all(), f"{got.path}: {name} of whole runs"


def drawn(data: Any, feature: str = "", count: int = 3) -> tuple[Simulator, Scenarios]:
    """A deal with some scenarios, which read the same reports."""
    terms, first = data.draw(lives(feature))
    others = [data.draw(flows(terms)) for _ in range(count - 1)]
    block = scenarios(terms, **arrays(terms, [first, *others]))
    return Simulator(terms, tuple(block.reports), NAMES, NAMES), block


def hold(made: Simulator, block: Scenarios, ways: tuple[Way, ...]) -> list[Way]:
    """Holds every way that says it is exact against the model; returns which did."""
    most, wanted = largest(made.program, block), made.run(block, Way.MODEL)
    taken = [way for way in ways if made.is_exact(way, most, block)]
    for way in taken:
        same(made.run(block, way), wanted)
    return taken


@settings(max_examples=15)
@given(data=st.data())
def test_inv_24_ints_and_numpy_give_the_models_numbers(data: Any) -> None:
    made, block = drawn(data)
    assert Way.INTS in hold(made, block, (Way.INTS, Way.NUMPY))


@pytest.mark.slow
@pytest.mark.parametrize("feature", RULES)
def test_inv_24_ints_and_numpy_give_the_models_numbers_of_every_rule(feature: str) -> None:
    taken: Counter[Way] = Counter()

    @settings(max_examples=25)
    @given(data=st.data())
    def check(data: Any) -> None:
        made, block = drawn(data, feature)
        taken.update(hold(made, block, (Way.INTS, Way.NUMPY)))

    check()
    assert taken[Way.INTS] == 25


def small(terms: DealTerms, block: Scenarios) -> bool:
    """Whether a kernel of it is compiled soon."""
    return len(terms.rungs) < 14 and len(terms.tranches) < 5 and block.count > 0


@pytest.mark.slow
@pytest.mark.parametrize(("way", "count"), [(Way.NUMPY, 8), (Way.NARROW, 8), (Way.WIDE, 3)])
def test_inv_24_lanes_give_the_models_numbers(way: Way, count: int) -> None:
    taken: Counter[Way] = Counter()

    @settings(max_examples=200)
    @given(data=st.data())
    def check(data: Any) -> None:
        made, block = drawn(data, count=7)
        if taken[way] < count and small(made.program.terms, block):
            taken.update(hold(made, block, (way,)))

    check()
    assert taken[way] == count, "fewer deals than asked for took this way"


def full_block(count: int, scale: int = 1) -> tuple[DealTerms, Scenarios]:
    terms = full_terms()
    collections = np.array(full_flows(count), dtype=object) * scale
    return terms, scenarios(terms, collections, late=[0, 10**12] + [0] * (count - 2))


TOTALS = ("credited", "balance", "interest", "principal", "enforced")


@pytest.mark.parametrize(
    ("way", "record"), [(Way.NARROW, ("balance", "passes_needed")), pytest.param(Way.WIDE, (), marks=pytest.mark.slow)]
)
def test_inv_24_a_kernel_gives_the_models_numbers_in_blocks_and_threads(way: Way, record: tuple[str, ...]) -> None:
    """300 scenarios are a block and a part of one; 20 years of lock-ups, draws, sweeps and enforcement."""
    terms, block = full_block(300)
    made = Simulator(terms, (), record, TOTALS)
    one, two = made.run(block, way, threads=1), made.run(block, way, threads=2)
    same(one, two)
    picked = [0, 1, 2, 255, 256, 299]
    part = Scenarios(block.collections[picked], block.late[picked], {})
    wanted = made.run(part, Way.MODEL)
    assert all((one[name][picked] == wanted[name]).all() for name in record)
    assert all((one.totals[name][picked] == wanted.totals[name]).all() for name in TOTALS)


def test_the_way_follows_from_what_the_numbers_may_become(monkeypatch: pytest.MonkeyPatch) -> None:
    terms, block = full_block(2)
    assert Simulator(terms, (), (), TOTALS).run(block).path == "Python ints", "too few to compile for"
    monkeypatch.setattr("penstock.simulate.ways.FEW", 0)
    made = Simulator(terms, (), (), TOTALS)
    assert made.fastest(block) is Way.NARROW
    larger = scenarios(terms, block.collections.astype(object) * 10**12)
    assert made.fastest(larger) is Way.WIDE
    largest_of_all = scenarios(terms, block.collections.astype(object) * 10**24)
    assert made.fastest(largest_of_all) is Way.INTS
    runs = made.run(largest_of_all)
    assert runs.path == "Python ints", "said in the result"
    same(runs, made.run(largest_of_all, Way.MODEL))


def test_without_numba_numpy_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    terms, block = full_block(3)
    made = Simulator(terms, (), ("enforced",), TOTALS)
    monkeypatch.setattr("penstock.simulate.ways.FEW", 0)
    monkeypatch.setattr("penstock.simulate.ways.has", lambda module: False)
    runs = made.run(block)
    assert runs.path == "NumPy"
    same(runs, made.run(block, Way.MODEL))
    larger = scenarios(terms, block.collections.astype(object) * 10**12)
    assert made.fastest(larger) is Way.INTS
