"""Rounds of runs: each from a seed of its own on a chain of its own, and a failure is told with its round's."""

from __future__ import annotations

import gc
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RULE_MARKER

from penstock.fuzz import campaign as exploring
from penstock.fuzz.amounts import BLOCK
from penstock.fuzz.campaign import ROUND, run_campaign
from penstock.fuzz.machine import Campaign, _rule, machine_of
from penstock.fuzz.strategies import KINDS

FAILED: Any = object()


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Campaign, int]]:
    """Every round with its seed; none lives a run, and each says that it has lived all of its own."""
    lived: list[tuple[Campaign, int]] = []

    def live(runs: Campaign, deals: object, seed: int, length: int) -> None:
        runs.coverage.runs = runs.most
        lived.append((runs, seed))

    monkeypatch.setattr(exploring, "_execute", live)
    return lived


def chains() -> Callable[[], Any]:
    """Chains that are known by their number."""
    numbers = iter(range(100))
    return lambda: next(numbers)


def test_every_round_has_a_seed_and_a_chain_of_its_own(rounds: list[tuple[Campaign, int]]) -> None:
    explored = run_campaign(chains(), st.nothing(), 2 * ROUND + 7, seed=40)
    assert [seed for _, seed in rounds] == [40, 41, 42]
    assert [runs.test_bed for runs, _ in rounds] == [0, 1, 2]
    assert [runs.most for runs, _ in rounds] == [ROUND, 2 * ROUND, 2 * ROUND + 7]
    assert (explored.seed, explored.coverage.runs, explored.mismatch) == (40, 2 * ROUND + 7, None)


def test_after_the_stories_rounds_go_on_until_the_time_is_over(
    rounds: list[tuple[Campaign, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(1000))
    monkeypatch.setattr(exploring, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    run_campaign(chains(), st.nothing(), 3, seed=0, seconds=3.0)
    assert [(runs.most, seed) for runs, seed in rounds] == [(3, 0), (3 + ROUND, 1), (3 + 2 * ROUND, 2)]
    assert {runs._end for runs, _ in rounds} == {3.0}
    assert {runs._least for runs, _ in rounds} == {3}


def test_a_failure_is_told_with_the_seed_and_on_the_chain_of_its_round(monkeypatch: pytest.MonkeyPatch) -> None:
    def live(runs: Campaign, deals: object, seed: int, length: int) -> None:
        runs.coverage.runs = runs.most
        runs.mismatch = FAILED if seed == 42 else None

    monkeypatch.setattr(exploring, "_execute", live)
    monkeypatch.setattr(exploring, "_without_needless_steps", lambda test_bed, found: (test_bed, found))
    explored = run_campaign(chains(), st.nothing(), 10 * ROUND, seed=40)
    assert (explored.seed, explored.mismatch) == (42, (2, FAILED))


def test_garbage_is_collected_as_usual_afterwards(
    rounds: list[tuple[Campaign, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, during = gc.get_threshold(), []

    def live(runs: Campaign, deals: object, seed: int, length: int) -> None:
        during.append(gc.get_threshold()[0])
        raise KeyboardInterrupt

    monkeypatch.setattr(exploring, "_execute", live)
    assert run_campaign(chains(), st.nothing(), 1, seed=0).interrupted
    assert gc.get_threshold() == usual
    assert during[0] > usual[0]


def test_the_machine_has_a_rule_for_each_kind_of_thing_that_happens() -> None:
    machine: Any = machine_of(Campaign(FAILED, FAILED, 0, print), st.nothing())
    assert {name for name, each in vars(machine).items() if hasattr(each, RULE_MARKER)} == set(KINDS)


def test_all_parts_of_a_choice_are_executed_and_all_steps_of_each_but_the_empty_ones() -> None:
    taken: list[object] = []

    def numbered(expected: object, block: bytes) -> Any:
        return [block[0], -block[0]]

    runs: Any = SimpleNamespace(take=lambda run, step: taken.append(step))
    machine: Any = SimpleNamespace(fuzz_run=SimpleNamespace(expected=None))
    parts = [bytes([number]) * BLOCK for number in range(3)]
    happen = _rule("kind", numbered, runs)
    for chosen in ((1, 2, 1, 2), (1, 0, 2, 0), (0, 0, 0, 1), (0, 0, 0, 0)):
        happen(machine, b"".join(parts[number] for number in chosen))
    assert taken == [1, -1, 2, -2, 1, -1, 2, -2, 1, -1, 2, -2, 0, 0, 1, -1, 0, 0]
