"""
transferCum
├── given the seller has the shares
│   ├── when it sends some, they should take their part of its unclaimed cash with them, and say so
│   ├── when it sends all, nothing should be left behind
│   ├── when it sold some before, what it had earned by them should move in part too
│   ├── when it claimed before, only what was earned since should move
│   └── when it sends none, or to itself, nothing should change
├── given the seller has too few, or the zero address is to receive, it should refuse as a transfer does
├── given an allowance or a permit, cash should stay with the owner: there is no transferCumFrom
├── given a policy, it should be asked as for a transfer
└── given somebody else than the share calls moveSharesCum, it should refuse with the caller
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from penstock.evm.chain import Contract
from penstock.model.terms import DealTerms
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.stage import EVERYTHING, NOBODY, SENIOR, USD, Stage, put_on
from tests.contracts.twin import HOLDERS, ChainSide, ModelSide, Side, due, refused

Twin = Callable[[DealTerms], Side]
SUPPLY = 100_000 * USD
CASH = 20_000 * USD


def test_shares_take_their_part_of_the_cash_with_them_and_say_so(plain: Stage) -> None:
    cast, deal, share = plain.cast, plain.deal, plain.share()
    plain.settle(CASH)
    receipt = share.send("transferCum", cast.bob, SUPPLY // 4, sender=cast.ann)
    moved, transfer = [*receipt.events(deal.abi), *receipt.events(share.abi)]
    assert (moved.name, moved.address, transfer.name, transfer.address) == (
        "MovedCum",
        deal.address,
        "Transfer",
        share.address,
    )
    assert dict(moved.values) == {
        "tranche": SENIOR,
        "from": cast.ann,
        "to": cast.bob,
        "amount": SUPPLY // 4,
        "earned": CASH // 4 * SUPPLY,
    }
    assert dict(transfer.values) == {"from": cast.ann, "to": cast.bob, "value": SUPPLY // 4}
    assert [plain.claimable(SENIOR, each) for each in (cast.ann, cast.bob)] == [CASH * 3 // 4, CASH // 4]
    assert plain.claim(SENIOR, cast.bob) == CASH // 4
    assert share.call("transferCum", cast.bob, 1, sender=cast.ann) is True
    plain.assert_sound()


def test_inv_42_model_and_contract_move_the_same(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.pay(CASH + 1)
    side.settle()
    side.transfer(SENIOR, "ann", "bob", 33_333_333_333)
    side.claim(SENIOR, "ann")
    due(side, 2)
    side.pay(7_777_777_777)
    side.settle()
    side.transfer_cum(SENIOR, "ann", "cho", 11_111_111_111)
    numbers = side.numbers()
    # Of Ann's 5,185.185184 Cho gets a sixth, as of her shares
    assert numbers["shares"][SENIOR] == [55_555_555_556, 33_333_333_333, 11_111_111_111]
    assert numbers["claimable"][SENIOR] == [4_320_987_653, 2_592_592_592, 864_197_530]


def test_inv_42_all_that_is_drawn_ends_alike_on_both_sides(system: System) -> None:
    """Sales, cum transfers, claims and revenue in any order, with amounts that divide by nothing; narrow and wide."""
    for seed, narrow in ((1, True), (2, False)):
        random = Random(seed)
        terms = replace(deals.PLAIN, narrow=narrow)
        sides: tuple[Side, ...] = (ModelSide(terms), ChainSide(put_on(system, terms)))
        held = dict.fromkeys(HOLDERS, 0) | {"ann": SUPPLY}
        period = 0
        for _ in range(40):
            kind = random.choice(("pay", "transfer", "cum", "cum", "claim"))
            seller, buyer = random.choice(HOLDERS), random.choice(HOLDERS)
            amount = random.choice((held[seller], held[seller] // 3, min(held[seller], 1)))
            if kind == "pay" and period < terms.periods:
                period += 1
                paid = random.randrange(1, 30_000 * USD)
                for side in sides:
                    due(side, period)
                    side.pay(paid)
                    side.settle()
            elif kind in ("transfer", "cum"):
                for side in sides:
                    (side.transfer if kind == "transfer" else side.transfer_cum)(SENIOR, seller, buyer, amount)
                held[seller] -= amount
                held[buyer] += amount
            elif kind == "claim" and sides[0].numbers()["claimable"][SENIOR][HOLDERS.index(seller)]:
                assert sides[0].claim(SENIOR, seller) == sides[1].claim(SENIOR, seller)
            assert sides[0].numbers() == sides[1].numbers()


@pytest.mark.parametrize("shares", [0, 1, 33_333, SUPPLY])
def test_to_oneself_changes_nothing(twin: Twin, shares: int) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.pay(12_345)
    side.settle()
    before = side.numbers()
    side.transfer_cum(SENIOR, "ann", "ann", shares)
    side.transfer_cum(SENIOR, "bob", "ann", 0)
    assert side.numbers() == before


def test_who_sends_all_keeps_nothing(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    plain.settle(CASH)
    share.send("transfer", cast.cho, 1, sender=cast.ann)
    share.send("transferCum", cast.bob, SUPPLY - 1, sender=cast.ann)
    assert plain.deal.call("holderOf", SENIOR, cast.ann) == (0, 0)
    assert [plain.claimable(SENIOR, each) for each in (cast.ann, cast.bob, cast.cho)] == [0, CASH, 0]


def test_more_than_is_held_is_refused(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    side.transfer_cum(SENIOR, "ann", "bob", 5)
    with refused(side, "ERC20InsufficientBalance", "bob", 5, 6):
        side.transfer_cum(SENIOR, "bob", "ann", 6)
    with refused(side, "ERC20InsufficientBalance", "cho", 0, 1):
        side.transfer_cum(SENIOR, "cho", "ann", 1)


def test_amounts_nobody_has_and_nobody_are_refused(plain: Stage) -> None:
    ann = plain.cast.ann
    for shares in (2**64, 2**128, EVERYTHING):
        with plain.refused("ERC20InsufficientBalance", {"sender": ann, "balance": SUPPLY, "needed": shares}):
            plain.share().send("transferCum", plain.cast.bob, shares, sender=ann)
    with plain.refused("ERC20InvalidReceiver", {"receiver": NOBODY}):
        plain.share().send("transferCum", NOBODY, 1, sender=ann)


def test_inv_42_no_allowance_moves_cash(plain: Stage) -> None:
    cast, share = plain.cast, plain.share()
    plain.settle(CASH)
    share.send("approve", cast.stranger, EVERYTHING, sender=cast.ann)
    assert not [each for each in share.abi.functions if "transferCumFrom" in each]
    share.send("transferFrom", cast.ann, cast.bob, SUPPLY, sender=cast.stranger)
    assert [plain.claimable(SENIOR, each) for each in (cast.ann, cast.bob)] == [CASH, 0]
    with plain.refused("ERC20InsufficientBalance", {"sender": cast.stranger, "balance": 0, "needed": 1}):
        share.send("transferCum", cast.stranger, 1, sender=cast.stranger)


def test_a_policy_is_asked(system: System, mock: Callable[..., Contract]) -> None:
    policy = mock("PickyPolicy")
    stage = put_on(system, deals.PLAIN, policy=policy)
    policy.send("refuse", stage.cast.bob, True)
    with stage.refused("ERC7943CannotReceive", {"account": stage.cast.bob}):
        stage.share().send("transferCum", stage.cast.bob, 1, sender=stage.cast.ann)
    stage.share().send("setFrozenTokens", stage.cast.ann, SUPPLY - 5, sender=stage.cast.sponsor)
    with stage.refused("ERC7943InsufficientUnfrozenBalance", {"account": stage.cast.ann, "amount": 6, "unfrozen": 5}):
        stage.share().send("transferCum", stage.cast.cho, 6, sender=stage.cast.ann)
    stage.share().send("transferCum", stage.cast.cho, 5, sender=stage.cast.ann)


def test_nobody_but_the_share_moves_shares_cum(plain: Stage) -> None:
    cast = plain.cast
    for sender in (cast.ann, cast.stranger, cast.sponsor):
        with plain.refused("Deal_NotShare", {"caller": sender}):
            plain.deal.send("moveSharesCum", SENIOR, cast.ann, cast.stranger, 1, sender=sender)
