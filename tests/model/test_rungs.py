"""The table of rung rules: one row a kind, each consistent in itself, and what the ladder reads in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.model.dues import Dues
from penstock.model.ladder import still_due
from penstock.model.rungs import RULES, Due, Pays, RungKind, Target, TestUse, kinds_where
from penstock.model.state import opening_state
from penstock.model.terms import Metric, Reserve, Rung, Test
from penstock.model.units import WAD
from tests.model.examples import deal_of, lender

KINDS = list(RungKind)


def test_every_kind_has_a_rule() -> None:
    assert list(RULES) == KINDS


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.word)
def test_a_rule_fits_itself(kind: RungKind) -> None:
    rule = RULES[kind]
    assert rule.shared == (rule.target is Target.LENDER), "lenders alone may share a rung pari passu"
    assert not (rule.repays and rule.early), "what is not due yet provides for nobody"
    assert not rule.supported or not rule.early, "a reserve pays only what is due"
    if rule.repays or rule.early:
        assert rule.pays is Pays.PRINCIPAL
    if rule.due is Due.REST:
        assert not rule.fraction and not rule.supported, "all that is left is no due that could fall short"
    if rule.test is TestUse.MUST:
        assert rule.target is Target.NONE, "a rung that a test alone lets act names the test"


def test_kinds_are_found_by_their_rules() -> None:
    assert kinds_where(target=Target.LENDER) == (
        RungKind.INTEREST,
        RungKind.PRINCIPAL,
        RungKind.ALL,
        RungKind.SWEEP,
    )
    assert kinds_where(fraction=True) == (RungKind.FEE, RungKind.SWEEP, RungKind.RESERVE)
    assert kinds_where(pays=Pays.TRAP) == (RungKind.TRAP,)


def test_what_a_rung_may_take_is_by_its_rule() -> None:
    reserve = Reserve("r", 30)
    oc = Test("oc", 1, 2 * WAD, metric=Metric.OC)
    terms = deal_of(lender("first", face=500), lender("second", face=400), normal=(), reserves=(reserve,), tests=(oc,))
    state = opening_state(terms)
    owed = Dues([70, 60, 0], [50, 40, 0], [0] * 3, [0] * 3, [0] * 3, [9], [9], [100], asset_value=20)
    expected = {
        RungKind.FEE: (9,),
        RungKind.INTEREST: (70, 60),
        RungKind.PRINCIPAL: (50, 40),
        RungKind.ALL: (500, 400),
        RungKind.SWEEP: (500, 400),
        RungKind.RESERVE: (70,),
        RungKind.TRAP: None,
        RungKind.RESIDUAL: None,
        RungKind.DIVERT: (890,),
        RungKind.INTEREST_RESIDUAL: None,
    }
    for kind, rule in RULES.items():
        targets = () if rule.target is Target.NONE else (0, 1) if rule.shared else (0,)
        test = 0 if kind is RungKind.DIVERT else None
        assert still_due(terms, Rung(kind, targets, test=test), owed, state) == expected[kind], kind
    assert still_due(terms, Rung(RungKind.RESERVE, (0,)), replace(owed, targets=[29]), state) == (0,)
