"""The compiled model where nothing is lost, where no value is reported, and where a trace is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.model import compiled, deal
from penstock.model.compiled import compile_deal
from penstock.model.deal import Report
from penstock.model.errors import BalanceBelowLedger
from penstock.model.terms import Fee, FeeBase, Rung
from penstock.model.units import WAD
from tests.model.examples import FEE, INTEREST, PRINCIPAL, RESIDUAL, deal_of, lender, one_lender, three_tranches


@pytest.mark.parametrize("losses", [(0, 0), (5, 0), (5, 7)])
def test_with_reports_too_the_reference_is_not_asked(monkeypatch: pytest.MonkeyPatch, losses: tuple[int, ...]) -> None:
    terms, reports = replace(three_tranches(), write_down=True), [Report(loss) for loss in losses]
    expected = deal.run(terms, [5, 7], reports).state

    def asked(*_: object) -> None:
        raise AssertionError("the reference was asked")

    monkeypatch.setattr(compiled.deal, "run", asked)
    assert compile_deal(terms).run([5, 7], reports) == expected


@pytest.mark.parametrize("reports", [[], [Report()] * 4])
def test_no_value_of_the_asset_is_a_value_of_nothing(reports: list[Report]) -> None:
    """A fee of all of the value in a year: a single unit of it would show."""
    fee = Fee("am", "manager", FeeBase.ASSET_VALUE, rate=WAD)
    rungs = (Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms, collections = deal_of(lender(), normal=rungs, fees=(fee,)), [150, 150, 150, 1150]
    told = deal.run(terms, collections, reports).state
    assert told.fee_credited == [0]
    assert compile_deal(terms).run(collections, reports) == told


def test_a_trace_refuses_what_the_reference_refuses() -> None:
    with pytest.raises(BalanceBelowLedger, match="holds -1 base units"):
        compile_deal(one_lender()).trace([-1])
