"""
a narrow deal, whose amounts take 56 bits
├── given three tranches, a reserve and a fee, it should live in two slots
├── given as many tranches, pots and tests as there can be, every amount should be where the layout says
├── given faces or opening reserves beyond the cap, the launch should be refused
├── given the asset calls back in a claim, a claim of another tranche should be refused
└── given claims of several tranches, the deal should keep their sum
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.model.report import Report
from penstock.model.terms import MAX_CURE, DealTerms, Fee, FeeBase, Reserve, Rung, Test
from penstock.model.units import MAX_AMOUNT, MAX_NARROW_AMOUNT, WAD
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import act, call_before, call_of
from tests.contracts.stage import SENIOR, USD, Stage, put_on
from tests.model.examples import FEE, INTEREST, PRINCIPAL, RESERVE, RESIDUAL, TRAP, deal_of, lender
from tests.parity.books import ChainBook, ModelBook

NARROW = replace(deals.WHOLE, narrow=True)


def words(stage: Stage) -> dict[int, int]:
    """Every slot that is not a holder's and not empty."""
    chain, deal = stage.system.chain, stage.deal.address
    found = {slot: int.from_bytes(chain.storage(deal, slot), "big") for slot in range(80)}
    return {slot: word for slot, word in found.items() if word}


def small(narrow: bool) -> DealTerms:
    """Two lenders and equity, a fee, a reserve and two tests: the figures of docs/GAS.md in small."""
    lenders = [replace(lender(face=1000), id=f"t{index}", symbol=f"T{index}") for index in range(2)]
    owed = [rung for index in range(2) for rung in (Rung(INTEREST, (index,)), Rung(PRINCIPAL, (index,)))]
    ladder = (Rung(FEE, (0,)), *owed, Rung(RESERVE, (0,)), Rung(TRAP, test=0), Rung(RESIDUAL, (2,)))
    fees = (Fee("om", "operator", FeeBase.FIXED, amount=7),)
    reserves = (Reserve("dsra", 9, target=50, supports=((INTEREST, 0),)),)
    tests = (Test("lockup", 0, WAD), Test("default", 0, WAD // 2))
    return replace(deal_of(*lenders, normal=ladder, fees=fees, reserves=reserves, tests=tests), narrow=narrow)


@pytest.mark.parametrize("narrow", [True, False])
def test_a_small_deal_lives_in_two_slots(system: System, narrow: bool) -> None:
    stage = put_on(system, small(narrow))
    stage.settle(900)
    stage.claim(SENIOR, stage.cast.ann)
    slots = system.artifacts["Deal"].slots
    cash = [slots["_cash"]] if narrow else [slots["_cash"] + index for index in range(3)]
    assert list(words(stage)) == [slots["_ledger"], *cash]


def test_a_new_narrow_deal_has_balances_and_reserves_behind_its_head(system: System) -> None:
    stage = put_on(system, NARROW)
    lenders = [tranche.face for tranche in NARROW.tranches]
    amounts = [*(lenders if NARROW.write_down else lenders[:-1]), *(each.opening for each in NARROW.reserves)]
    ledger = sum(amount << 256 - 56 * place for place, amount in enumerate(amounts, start=1)) | 1
    assert words(stage) == {system.artifacts["Deal"].slots["_ledger"]: ledger}


def largest() -> DealTerms:
    """Eight tranches that write down, sixteen fees, four reserves, eight tests whose counters are full: 36 amounts."""
    lenders = [replace(lender(face=1000 + index), id=f"t{index}", symbol=f"T{index}") for index in range(7)]
    fees = tuple(Fee(f"f{place}", "operator", FeeBase.FIXED, amount=place + 1) for place in range(16))
    reserves = tuple(Reserve(f"r{place}", 0, target=3 + place, supports=((INTEREST, 0),)) for place in range(4))
    tests = tuple(Test(f"c{place}", 0, 900 * WAD, cure=MAX_CURE) for place in range(8))
    owed = [rung for index in range(7) for rung in (Rung(INTEREST, (index,)), Rung(PRINCIPAL, (index,)))]
    pots = [*(Rung(RESERVE, (place,)) for place in range(4)), Rung(TRAP, test=7)]
    ladder = (*(Rung(FEE, (place,)) for place in range(8)), *owed, *pots, Rung(RESIDUAL, (7,)))
    terms = deal_of(*lenders, normal=ladder, fees=fees, reserves=reserves, tests=tests, write_down=True)
    return replace(terms, narrow=True)


def test_inv_15_every_amount_of_the_largest_deal_is_kept(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    terms = largest()
    model, chain = ModelBook(terms), ChainBook(system, asset_of[terms.decimals], reporter, terms)
    for collections in (9_000, 500, 0, 100_000):
        assert chain.settle(collections, [Report()]) == model.settle(collections, [Report()])
        assert chain.numbers() == model.numbers()
    assert max(model.books.state.reserves) == 0 and max(model.books.state.fee_credited) > 0
    with system.chain.undone():
        for fee in range(8):
            assert chain.claim_fee(fee) == model.claim_fee(fee)
            assert chain.numbers() == model.numbers()


@pytest.mark.parametrize(("narrow", "most"), [(True, MAX_NARROW_AMOUNT), (False, MAX_AMOUNT)])
def test_a_face_beyond_the_cap_is_refused(system: System, narrow: bool, most: int) -> None:
    def with_face(face: int) -> DealTerms:
        tranches = (replace(deals.PLAIN.tranches[0], face=face), *deals.PLAIN.tranches[1:])
        return replace(deals.PLAIN, tranches=tranches, narrow=narrow)

    assert put_on(system, with_face(most)).state().balance[0] == most
    with pytest.raises(ChainRevert) as refused:
        put_on(system, with_face(most + 1))
    assert (refused.value.name, refused.value.values) == (
        "Deal_FaceTooLarge",
        {"tranche": 0, "face": most + 1, "most": most},
    )


def test_openings_beyond_the_cap_are_refused(system: System) -> None:
    reserve = replace(NARROW.reserves[0], opening=MAX_NARROW_AMOUNT)
    stage = put_on(system, replace(NARROW, reserves=(reserve,)))
    assert stage.state().reserves == [MAX_NARROW_AMOUNT]
    reserve = replace(reserve, opening=MAX_NARROW_AMOUNT + 1)
    with pytest.raises(ChainRevert, match="Deal_OpeningNotReceived"):
        put_on(system, replace(NARROW, reserves=(reserve,)))


def test_a_claim_locks_every_tranche(system: System, mock: Callable[..., Contract]) -> None:
    caller, hook, asset = mock("CallerContract"), mock("ScriptedResponder"), mock("HookUSD", 6)
    stage = put_on(system, NARROW, asset, watched=[caller.address])
    for tranche in range(3):
        stage.share(tranche).send("transfer", caller.address, 100 * USD, sender=stage.cast.ann)
    stage.settle(300_000 * USD)
    caller.send("act", *call_of(asset, "register", hook.address))
    assert stage.claimable(1, caller.address) > 0 < stage.claimable(2, caller.address)
    call_before(hook, [act(caller, stage.deal, "claim", 2)])
    with pytest.raises(ChainRevert, match="Deal_Reentered"):
        caller.send("act", *call_of(stage.deal, "claim", 1))
    call_before(hook, [])
    for tranche in (1, 2):
        caller.send("act", *call_of(stage.deal, "claim", tranche))
    stage.assert_sound()


def test_inv_04_a_narrow_deal_keeps_the_sum_of_all_claims(system: System) -> None:
    stage = put_on(system, NARROW)
    stage.settle(300_000 * USD)
    claimed = [stage.claim(tranche, stage.cast.ann) for tranche in range(3)]
    assert min(claimed) > 0
    assert stage.state().claimed == [sum(claimed)]
    assert [stage.deal.call("creditedOf", tranche) for tranche in range(3)] == claimed


# A tranche that no deal can have is refused before anything is read, also where no terms stand behind the code.

MAX_TRANCHES = 16


def test_the_implementation_has_no_tranche_beyond_the_storage(system: System) -> None:
    """What it reads as terms is its own code, whose byte of a count may be anything."""
    deal = system.chain.at(system.factory.call("implementation"), system.artifacts["IDeal"].abi)
    with pytest.raises(ChainRevert) as refused:
        deal.send("claim", MAX_TRANCHES)
    assert (refused.value.name, refused.value.values) == ("Deal_NoTranche", {"tranche": MAX_TRANCHES})
