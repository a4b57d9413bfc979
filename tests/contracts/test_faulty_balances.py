"""
the balance a stablecoin tells of the deal
├── when it is not told, settling should be refused, claims and transfers go on
├── when it is too low, settling should be refused with both numbers
├── when more stands behind it, settling should go on
└── when it is too high, what is not there should be missing until somebody makes it good
"""

from __future__ import annotations

import pytest

from tests.contracts.hostile import Fault, Pair, approve_all, fail, mend, numbers_behind, refused_behind
from tests.contracts.stage import SENIOR, USD

EQUITY = 1
BOMB = 200_000
ERROR_WITHOUT_NAME = b"\xfe\xed\xfa\xce"


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (Fault.REVERTS, b""),
        (Fault.REVERTS, ERROR_WITHOUT_NAME + bytes(BOMB)),
        (Fault.BURNS, b""),
        (Fault.LIES, b""),
        (Fault.LIES, b"\xff" * 31),
    ],
)
def test_a_balance_that_is_not_told_delays_settling_alone(pair: Pair, fault: Fault, answer: bytes) -> None:
    stage, cast = pair.stage, pair.stage.cast
    pair.do("pay", 27_250 * USD)
    stage.asset.send("mint", cast.payer, 1)
    approve_all(stage, cast.payer)
    fail(stage.asset, "balanceOf", fault, answer)
    reason = {"data": "0x" + answer.hex()} if fault is Fault.REVERTS and answer else {}
    for send, arguments in (("settle", (1,)), ("settle", (9,)), ("payAndSettle", (1, 1))):
        with refused_behind(stage, "", reason):
            stage.deal.send(send, *arguments, sender=cast.payer)
    stage.deal.send("claim", SENIOR, sender=cast.bob)
    stage.share().send("transfer", cast.cho, 25_000 * USD, sender=cast.bob)
    mend(stage.asset, "balanceOf")
    pair.model.claim(SENIOR, "bob")
    pair.model.transfer(SENIOR, "bob", "cho", 25_000 * USD)
    pair.do("settle")
    pair.claim_all()
    assert (stage.cash(cast.bob), stage.cash(cast.cho), stage.cash()) == (7_000 * USD, 6_812_500_000, 0)


@pytest.mark.parametrize("balance", [0, 27_999_999_999])
def test_a_balance_said_too_low_delays_settling_alone(pair: Pair, balance: int) -> None:
    stage = pair.stage
    pair.do("pay", 27_250 * USD)
    fail(stage.asset, "balanceOf", Fault.LIES, balance.to_bytes(32, "big"))
    with refused_behind(stage, "Deal_BalanceBelowLedger", {"balance": balance, "ledger": 28_000 * USD}):
        stage.deal.send("settle", 1)
    mend(stage.asset, "balanceOf")
    pair.do("settle")
    pair.claim_all()
    assert stage.cash() == 0


def test_a_balance_with_more_behind_it_is_a_balance(pair: Pair) -> None:
    stage = pair.stage
    pair.do("pay", 27_250 * USD)
    fail(stage.asset, "balanceOf", Fault.LIES, (55_250 * USD).to_bytes(32, "big") + b"\xff" * BOMB)
    pair.do("settle")


def test_a_balance_said_too_high_is_missing_until_it_is_made_good(pair: Pair) -> None:
    stage, deal, ann, bob = pair.stage, pair.stage.deal, pair.stage.cast.ann, pair.stage.cast.bob
    fail(stage.asset, "balanceOf", Fault.LIES, (55_250 * USD).to_bytes(32, "big"))
    assert stage.paid(deal.send("settle", 1)) == [[2_250 * USD, 25_000 * USD, 0]]
    mend(stage.asset, "balanceOf")
    stage.until(3)
    with stage.refused("Deal_BalanceBelowLedger", {"balance": 28_000 * USD, "ledger": 55_250 * USD}):
        deal.send("settle", 1)
    assert stage.claim(SENIOR, bob) == 13_812_500_000
    short = {"sender": deal.address, "balance": 14_187_500_000, "needed": 41_437_500_000}
    with stage.refused("ERC20InsufficientBalance", short):
        deal.send("claim", SENIOR, sender=ann)
    stage.gift(27_250 * USD)
    assert stage.claim(SENIOR, ann) == 41_437_500_000
    assert stage.cash() == stage.state().accounted == 0
    assert stage.paid(stage.settle(26_500 * USD)) == [[1_500 * USD, 25_000 * USD, 0]]


def test_the_largest_balance_uses_a_life_up_but_pays_lenders_first(pair: Pair) -> None:
    stage, deal, cast = pair.stage, pair.stage.deal, pair.stage.cast
    fail(stage.asset, "balanceOf", Fault.LIES, b"\xff" * 32)
    deal.send("settle", 1)
    rest = stage.terms.max_amount - 55_250 * USD
    assert numbers_behind(stage)["state"]["credited"] == [55_250 * USD, rest]
    mend(stage.asset, "balanceOf")
    stage.until(3)
    with stage.refused("Deal_BalanceBelowLedger", {"balance": 28_000 * USD, "ledger": stage.terms.max_amount}):
        deal.send("settle", 1)
    with stage.refused("ERC20InsufficientBalance", {"sender": deal.address, "balance": 28_000 * USD, "needed": rest}):
        deal.send("claim", EQUITY, sender=cast.ann)
    assert stage.claim(SENIOR, cast.bob) == 13_812_500_000
