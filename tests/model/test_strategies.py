"""Every deal that is drawn is one a deal file could hold: the file's own rules accept its ladders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.dealfile.from_terms import refusals
from penstock.model.terms import MAX_FEES, MAX_RESERVES, MAX_RUNGS, MAX_TESTS, MAX_TRANCHES, DealTerms, RungKind
from penstock.model.units import MAX_SUPPLY
from tests.strategies import FEATURES, Life, deals, lives


@given(data=st.data())
@pytest.mark.parametrize("feature", ["", *FEATURES])
def test_the_files_rules_accept_every_ladder(feature: str, data: st.DataObject) -> None:
    """Some drawn reserves hold nothing and some drawn faces are too much for their decimals: no ladder is refused."""
    words, _ = refusals(data.draw(deals(feature)))
    assert not [each for each in words if each.startswith("ladder")]


@given(terms=deals())
def test_every_part_keeps_to_the_file(terms: DealTerms) -> None:
    assert 2 <= len(terms.tranches) <= MAX_TRANCHES
    assert len(terms.fees) <= MAX_FEES
    assert len(terms.reserves) <= MAX_RESERVES
    assert len(terms.tests) <= MAX_TESTS
    assert max(len(terms.ladder(enforced=False)), len(terms.enforcement)) <= MAX_RUNGS
    dates = (terms.closing, *terms.accrual_dates)
    assert list(dates) == sorted(set(dates))
    rungs = terms.rungs
    for tranche in terms.tranches:
        assert 0 < tranche.face <= terms.max_amount
        assert 0 < tranche.supply <= MAX_SUPPLY
        assert not tranche.schedule or sum(tranche.schedule) == tranche.face
    for reserve in terms.reserves:
        assert reserve.supports
        assert all(
            any(rung.kind is kind and target in rung.targets for rung in rungs) for kind, target in reserve.supports
        )
        if reserve.ahead:
            assert any(reserve.ahead) or reserve.parts
            assert {kind for kind, _ in reserve.supports} & {RungKind.INTEREST, RungKind.PRINCIPAL}


@given(life=lives())
def test_a_lifes_cash_fits_the_chain(life: Life) -> None:
    terms, flows = life
    assert len(flows.collections) == len(flows.reports) == terms.periods
    assert terms.opening + sum(flows.collections) + flows.late <= terms.max_amount
