"""INV 15: every number of the chain equals the model's, after every period, for any deal and any flows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.evm.chain import Contract
from penstock.onchain.launch import System
from tests.parity.books import ChainBook, ModelBook
from tests.parity.both import Trade, batches, cuts, live, trades
from tests.strategies import FEATURES, lives

pytestmark = pytest.mark.drawn


@pytest.mark.parametrize("feature", ["", *FEATURES])
@given(data=st.data(), trading=trades, sizes=batches, cut=cuts)
def test_inv_15_every_number_of_the_chain_equals_the_models(
    system: System,
    asset_of: dict[int, Contract],
    reporter: Contract,
    feature: str,
    data: st.DataObject,
    trading: list[Trade],
    sizes: list[int],
    cut: bytes,
) -> None:
    life = data.draw(lives(feature))
    with system.chain.undone():
        chain = live(ChainBook(system, asset_of[life.terms.decimals], reporter, life.terms), life, trading, sizes, cut)
    model = live(ModelBook(life.terms), life, trading, sizes, cut)
    for period, (on_chain, in_model) in enumerate(zip(chain, model, strict=True), start=1):
        assert on_chain == in_model, f"period {period}"
