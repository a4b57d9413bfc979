"""
Ladders that nobody thought of: whatever `check` accepts keeps the invariants.

given a drawn deal whose ladders are changed at random
    the rules of the deal file should refuse it, or every settlement of it keep every invariant that a settlement has
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from penstock.dealfile.from_terms import refusals
from penstock.fuzz.invariants import EVERY, Settled
from penstock.model.deal import settle, settle_late
from penstock.model.state import opening_state
from penstock.model.terms import DealTerms, Rung, RungKind
from tests.strategies import Flows, deals, flows

pytestmark = pytest.mark.drawn

FILES = {"deep": 10_000, "slow": 1_000}.get(os.environ.get("PENSTOCK_PROFILE", ""), 60)


def changed(data: st.DataObject, ladder: Sequence[Rung], tests: int) -> tuple[Rung, ...]:
    """A ladder after up to three changes: a rung moved, left out, said twice, or made to depend on a test."""
    rungs = list(ladder)
    places = st.integers(0, len(rungs) - 1)
    for _ in range(data.draw(st.integers(0, 3))):
        traps = [place for place, rung in enumerate(rungs) if rung.kind is RungKind.TRAP]
        what = data.draw(st.sampled_from(("moved", "tested", "left out", "said twice", *["trap moved"] * bool(traps))))
        place = data.draw(st.sampled_from(traps)) if what == "trap moved" else data.draw(places) % len(rungs)
        rung = rungs.pop(place)
        if what.endswith("moved"):
            rungs.insert(data.draw(places) % (len(rungs) + 1), rung)
        elif what == "said twice":
            rungs[place:place] = [rung, rung]
        elif what == "tested":
            test = data.draw(st.sampled_from([None, *range(tests)]))
            passing = test is not None and data.draw(st.booleans())
            rungs.insert(place, replace(rung, test=test, passing=passing))
        if not rungs:
            rungs.append(rung)
    return tuple(rungs)


def live(terms: DealTerms, received: Flows) -> None:
    """Every settlement of a deal's life, each held against every invariant."""
    state = opening_state(terms)
    periods = [*zip(received.collections, received.reports, strict=True)]
    for collections, report in periods:
        before = state.copy()
        made = settle(terms, state, collections, report)
        for holds in EVERY:
            holds(Settled(terms, before, made, state))
    if received.late:
        before = state.copy()
        made = settle_late(terms, state, received.late)
        for holds in EVERY:
            holds(Settled(terms, before, made, state))


@settings(max_examples=FILES)
@given(terms=deals(), data=st.data())
def test_whatever_check_accepts_keeps_the_invariants(terms: DealTerms, data: st.DataObject) -> None:
    tests = len(terms.tests)
    normal, enforcement = terms.normal, terms.enforcement
    normal = changed(data, normal, tests)
    enforcement = changed(data, enforcement, tests) if enforcement else ()
    principal = changed(data, terms.principal, tests) if terms.two_pots else ()
    terms = replace(terms, normal=normal, principal=principal, enforcement=enforcement)
    words, _ = refusals(terms)
    event("refused" if words else "accepted")
    if not words:
        live(terms, data.draw(flows(terms)))
