"""
A deal file with a promote.

given two classes of equity
    it should need no lender, and take the residual's targets in either order
    tiers should have what they leave out
given the capital
    it should decide how wide the deal is, as faces do, and lifetime_cash should not be less
given no lender
    a fee on the asset value should be refused: its days are a lender's
"""

from __future__ import annotations

import pytest

from penstock.dealfile import DealFileError, loads
from penstock.model.terms import DayCount, Promote, Rung, RungKind, Tier, TierKind
from penstock.model.units import WAD
from tests.contracts.deals import PROMOTED_FILE

PER_CENT = WAD // 100


def test_no_lender_is_needed() -> None:
    terms = loads(PROMOTED_FILE)
    assert (terms.equity, terms.lenders) == (0, ())
    assert [each.residual for each in terms.tranches] == [True, True]
    assert terms.promote == Promote(
        100_000 * 10**6,
        0,
        DayCount.THIRTY_360,
        (
            Tier(TierKind.HURDLE, 8 * PER_CENT, WAD),
            Tier(TierKind.CATCH_UP, 20 * PER_CENT, 0),
            Tier(TierKind.HURDLE, 15 * PER_CENT, 80 * PER_CENT),
            Tier(TierKind.REST, 0, 70 * PER_CENT),
        ),
    )


@pytest.mark.parametrize("targets", ["lp+gp", "gp+lp"])
def test_both_classes_in_either_order(targets: str) -> None:
    terms = loads(PROMOTED_FILE.replace("residual:lp+gp", f"residual:{targets}"))
    assert terms.normal == (Rung(RungKind.RESIDUAL, (0, 1)),)
    assert terms.rung_name(terms.normal[0]) == "residual:lp+gp"


@pytest.mark.parametrize(("capital", "narrow"), [("720_575_940.379279", True), ("720_575_940.379280", False)])
def test_the_capital_decides_how_wide_the_deal_is(capital: str, narrow: bool) -> None:
    """A hundredth of what 56 bits hold."""
    assert loads(PROMOTED_FILE.replace('capital = "100_000.00"', f'capital = "{capital}"')).narrow is narrow


def test_lifetime_cash_is_not_less_than_the_capital() -> None:
    text = PROMOTED_FILE.replace("periods = 5", 'periods = 5\nlifetime_cash = "300_000"')
    assert loads(text).narrow
    with pytest.raises(DealFileError) as refused:
        loads(text.replace('capital = "100_000.00"', 'capital = "300_000.01"'))
    assert "less than the capital of the promote comes to; accepted: at least 300000.01" in str(refused.value)


def test_a_fee_on_the_asset_value_needs_a_lender() -> None:
    fee = '[[fee]]\nid = "am"\npayee = "manager"\nannual = "0.01"\nof = "asset_value"\n\n[promote]'
    text = PROMOTED_FILE.replace("[promote]", fee).replace('["residual', '["fee:am", "residual')
    with pytest.raises(DealFileError) as refused:
        loads(text)
    reason = "its days are counted as the most senior lender's, and there is none; accepted: collections, or fixed"
    assert reason in str(refused.value)
