"""The raw calls a second beside which the steps a second are printed: calls that were made, by the time they took."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from penstock.fuzz import pace
from penstock.fuzz.driver import TestBed
from penstock.fuzz.oracle import PLENTY


def test_calls_are_made_and_counted_until_the_time_is_over(
    test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock that moves by a 4,000th of a second with each call."""
    test_bed = test_beds()
    honest, answers, clock = test_bed.chain.query, [], [7.0]

    def query(address: str, question: bytes) -> bytes:
        clock[0] += 1 / 4096
        answers.append(honest(address, question))
        return answers[-1]

    monkeypatch.setattr(test_bed.chain, "query", query)
    monkeypatch.setattr(pace, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    assert pace.raw_calls(test_bed, seconds=0.1) == 4096
    assert 0.1 * 4096 <= len(answers) < 0.1 * 4096 + pace.AT_A_TIME
    assert {int.from_bytes(answer, "big") for answer in answers} == {PLENTY}, "what each account has of the asset"


def test_the_real_clock_gives_a_figure_of_this_machine(test_beds: Callable[[], TestBed]) -> None:
    assert pace.raw_calls(test_beds(), seconds=0.01) > 0
