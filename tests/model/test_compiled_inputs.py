"""
What the compiled deal is given.

given no reports                    it should settle by itself, without the reference
given fewer reports than periods    it should fail as the reference does
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.model import compiled, deal
from penstock.model.compiled import compile_deal
from penstock.model.deal import Report
from tests.model.examples import three_tranches


@pytest.mark.parametrize("write_down", [False, True])
@pytest.mark.parametrize("collections", [[5, 7], [5, 7, 0, 900]])
def test_without_reports_the_reference_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, write_down: bool, collections: list[int]
) -> None:
    terms = replace(three_tranches(), write_down=write_down)
    expected = deal.run(terms, collections).state

    def asked(*_: object) -> None:
        raise AssertionError("the reference was asked")

    monkeypatch.setattr(compiled.deal, "run", asked)
    assert compile_deal(terms).run(collections) == expected


def test_late_revenue_does_not_ask_the_reference_either(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = three_tranches()
    expected = deal.run(terms, [5, 7, 0, 900], [], 3).state

    def asked(*_: object) -> None:
        raise AssertionError("the reference was asked")

    monkeypatch.setattr(compiled.deal, "run", asked)
    assert compile_deal(terms).run([5, 7, 0, 900], [], 3) == expected


def test_reports_must_reach_as_far_as_collections() -> None:
    terms = three_tranches()
    for run in (compile_deal(terms).run, lambda *given: deal.run(terms, *given)):
        with pytest.raises(IndexError):
            run([5, 7], [Report()])
