"""
How much a deal has room for: 16 tranches, 16 fees, 4 reserves, 8 tests.

given a deal of as many as there is room for
    it should live as the model says, to its last claim
given one more of anything, or no tranche
    the launch should be refused, where the deal file would have refused it before
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.model.report import Report
from penstock.model.terms import MAX_CURE, DealTerms, Fee, FeeBase, Reserve, Rung, Test
from penstock.model.units import WAD
from penstock.onchain.launch import System
from penstock.onchain.terms_encode import encode_terms
from penstock.onchain.terms_layout import TRANCHE_ROOM
from tests.contracts.launching import SALT, triples
from tests.contracts.stage import everything_to
from tests.model.examples import FEE, INTEREST, PRINCIPAL, RESERVE, RESIDUAL, TRAP, deal_of, lender
from tests.parity.books import ChainBook, ModelBook

MOST = (TRANCHE_ROOM, 16, 4, 8)


def of(tranches: int, fees: int, reserves: int, tests: int, narrow: bool, write_down: bool = False) -> DealTerms:
    """A deal of so many of each; the reserves support the most junior lender, the last test traps."""
    junior = tranches - 2
    lenders = [replace(lender(face=1000 + i), id=f"t{i}", symbol=f"T{i}") for i in range(tranches - 1)]
    ladder = [Rung(FEE, (place,)) for place in range(min(8, fees))]
    for i in range(tranches - 1):
        ladder += [Rung(INTEREST, (i,)), Rung(PRINCIPAL, (i,))]
    ladder += [Rung(RESERVE, (place,)) for place in range(reserves)]
    ladder = [*ladder[: 32 - 2], Rung(TRAP, test=tests - 1), Rung(RESIDUAL, (tranches - 1,))]
    made = deal_of(
        *lenders,
        normal=tuple(ladder),
        fees=tuple(Fee(f"f{place}", "operator", FeeBase.FIXED, amount=place + 1, carry=True) for place in range(fees)),
        reserves=tuple(
            Reserve(f"r{place}", 0, target=3 + place, supports=((INTEREST, junior),)) for place in range(reserves)
        ),
        tests=tuple(Test(f"c{place}", 0, 900 * WAD, cure=MAX_CURE) for place in range(tests)),
        write_down=write_down,
    )
    return replace(made, narrow=narrow)


@pytest.mark.parametrize("narrow", [True, False])
@pytest.mark.parametrize("write_down", [True, False])
def test_a_deal_of_as_many_as_there_is_room_for_lives_as_the_model_says(
    system: System, asset_of: dict[int, Contract], reporter: Contract, narrow: bool, write_down: bool
) -> None:
    terms = of(*MOST, narrow, write_down)
    model, chain = ModelBook(terms), ChainBook(system, asset_of[terms.decimals], reporter, terms)
    for collections, loss in ((9_000, 0), (500, 3 if write_down else 0), (0, 0), (100_000, 0)):
        assert chain.settle(collections, [Report(loss)]) == model.settle(collections, [Report(loss)])
        assert chain.numbers() == model.numbers()
        for tranche in range(MOST[0]):
            assert chain.claim(tranche, "ann") == model.claim(tranche, "ann")
            assert chain.transfer(tranche, "ann", "bob", 3) == model.transfer(tranche, "ann", "bob", 3)
        for fee in range(MOST[1]):
            assert chain.claim_fee(fee) == model.claim_fee(fee)
        assert chain.numbers() == model.numbers()
    assert chain.settle_late(777) == model.settle_late(777)
    assert chain.numbers() == model.numbers()


@pytest.mark.parametrize("narrow", [True, False])
@pytest.mark.parametrize("place", range(4), ids=["tranches", "fees", "reserves", "tests"])
def test_one_more_of_anything_is_refused(
    system: System, asset_of: dict[int, Contract], narrow: bool, place: int
) -> None:
    counts = [2, 1, 1, 1]
    counts[place] = MOST[place] + 1
    terms = of(*counts, narrow)
    asset, ann = asset_of[terms.decimals], system.chain.accounts[0]
    packed = encode_terms(terms, asset.address, {"operator": ann})
    with pytest.raises(ChainRevert) as refused:
        system.factory.send("launch", packed, triples(everything_to(ann, terms)), SALT)
    assert refused.value.name == "Deal_WrongCounts"
    assert list(refused.value.values.values()) == counts
