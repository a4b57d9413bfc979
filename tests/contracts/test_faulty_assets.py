"""
a stablecoin with a broken function
├── transfer
│   ├── when it refuses, burns its gas or answers anything but true or nothing, claims alone should be refused
│   ├── when it answers nothing, or true and more, claims should be paid
│   └── when it says true and moves nothing, the claim should be spent and its cash be revenue
├── transferFrom
│   ├── when it does not say true, payments should be refused, settlements not
│   └── when it says true and moves nothing, the period should be settled with what came
└── permit
    └── whatever it does, the allowance should decide
"""

from __future__ import annotations

from typing import Any

import pytest

from penstock.evm.errors import ChainError
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import NO, NO_SIGNATURE, TWO, YES, Fault, Mock, Pair, approve_all, call_of, fail, mend, pay
from tests.contracts.stage import EVERYTHING, SENIOR, USD, put_on

EQUITY = 1
BOMB = 200_000
ERROR_WITHOUT_NAME = b"\xfe\xed\xfa\xce"

REFUSALS = {
    "refuses": (Fault.REVERTS, b""),
    "refuses with a reason": (Fault.REVERTS, ERROR_WITHOUT_NAME),
    "refuses at length": (Fault.REVERTS, ERROR_WITHOUT_NAME + bytes(BOMB)),
    "burns": (Fault.BURNS, b""),
    "says false": (Fault.LIES, NO),
    "says false at length": (Fault.LIES, bytes(BOMB)),
    "says two": (Fault.GARBLES, TWO),
    "says the largest number": (Fault.GARBLES, b"\xff" * 32),
    "says one byte": (Fault.GARBLES, b"\x01"),
}
ANSWERS = {"nothing": b"", "true and a byte": YES + b"\x00", "true at length": YES + b"\xff" * BOMB}


def told(pair: Pair, fault: Fault, answer: bytes) -> tuple[str, dict[str, Any]]:
    """By what error a transfer with this fault is refused."""
    if fault in (Fault.LIES, Fault.GARBLES):
        return "SafeERC20FailedOperation", {"token": pair.stage.asset.address}
    return "", {"data": "0x" + answer.hex()} if answer else {}


@pytest.mark.parametrize("kind", REFUSALS)
def test_inv_16_a_transfer_that_fails_delays_claims_alone(pair: Pair, kind: str) -> None:
    stage, cast = pair.stage, pair.stage.cast
    fail(stage.asset, "transfer", *REFUSALS[kind])
    for holder in (cast.ann, cast.bob):
        with stage.refused(*told(pair, *REFUSALS[kind])):
            stage.deal.send("claim", SENIOR, sender=holder)
    pair.pay_and_settle(27_250 * USD)
    pair.do("transfer", SENIOR, "bob", "cho", 25_000 * USD)
    pair.wait(3)
    pair.do("pay", 26_500 * USD)
    pair.do("settle")
    mend(stage.asset, "transfer")
    pair.claim_all()
    assert (stage.cash(cast.ann), stage.cash(cast.bob)) == (61_312_500_000, 13_812_500_000)
    assert stage.cash(cast.cho) == 6_625 * USD
    assert stage.cash() == 0


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_transfer_that_fails_delays_a_payee_alone(system: System, mock: Mock, kind: str) -> None:
    pair = Pair(put_on(system, deals.WHOLE, mock("FaultyUSD", 6)))
    stage, operator = pair.stage, pair.stage.cast.operator
    pair.wait(1)
    pair.pay_and_settle(20_000 * USD)
    fail(stage.asset, "transfer", *REFUSALS[kind])
    with stage.refused(*told(pair, *REFUSALS[kind])):
        stage.deal.send("claimFee", 0, sender=operator)
    pair.wait(2)
    pair.pay_and_settle(60_000 * USD)
    mend(stage.asset, "transfer")
    assert stage.claim_fee(0, operator) == 1_000 * USD
    stage.assert_sound()


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_transfer_that_says_true_or_nothing_pays(pair: Pair, kind: str) -> None:
    fail(pair.stage.asset, "transfer", Fault.GARBLES, ANSWERS[kind])
    fail(pair.stage.asset, "transferFrom", Fault.GARBLES, ANSWERS[kind])
    pair.pay_and_settle(27_250 * USD)
    pair.claim_all()
    assert pair.stage.cash() == 0


@pytest.mark.parametrize("answer", [YES, b""], ids=["true", "nothing"])
def test_a_claim_paid_with_a_lie_is_spent_and_its_cash_is_revenue(pair: Pair, answer: bytes) -> None:
    stage, ann, bob = pair.stage, pair.stage.cast.ann, pair.stage.cast.bob
    fail(stage.asset, "transfer", Fault.LIES, answer)
    assert stage.claim(SENIOR, ann) == 0
    assert stage.state().claimed == [21_000 * USD]
    assert (stage.claimable(SENIOR, ann), stage.claimable(SENIOR, bob)) == (0, 7_000 * USD)
    assert (stage.cash(), stage.state().accounted) == (28_000 * USD, 7_000 * USD)
    mend(stage.asset, "transfer")
    # The second period is owed 27,250: Ann's 21,000 and 6,250 more pay it
    assert stage.paid(stage.settle(6_250 * USD)) == [[2_250 * USD, 25_000 * USD, 0]]
    assert stage.claim(SENIOR, ann) == 20_437_500_000
    assert stage.claim(SENIOR, bob) == 13_812_500_000
    assert stage.cash() == stage.state().accounted == 0


@pytest.mark.parametrize("kind", REFUSALS)
def test_inv_16_a_payment_that_fails_stops_no_settlement(pair: Pair, kind: str) -> None:
    stage, payer = pair.stage, pair.stage.cast.payer
    stage.asset.send("mint", payer, 27_250 * USD)
    approve_all(stage, payer)
    fail(stage.asset, "transferFrom", *REFUSALS[kind])
    with stage.refused(*told(pair, *REFUSALS[kind])):
        stage.deal.send("payAndSettle", 27_250 * USD, 1, sender=payer)
    pair.claim_all()
    stage.asset.send("transfer", stage.deal.address, 27_250 * USD, sender=payer)
    pair.model.pay(27_250 * USD)
    pair.do("settle")
    pair.claim_all()
    assert stage.cash() == 0


@pytest.mark.parametrize("answer", [YES, b""], ids=["true", "nothing"])
def test_a_payment_made_with_a_lie_is_not_credited(pair: Pair, answer: bytes) -> None:
    stage, payer = pair.stage, pair.stage.cast.payer
    fail(stage.asset, "transferFrom", Fault.LIES, answer)
    pay(stage, 27_250 * USD)
    pair.model.settle()
    pair.agree()
    state = stage.state()
    assert (stage.cash(payer), stage.cash()) == (27_250 * USD, 28_000 * USD)
    assert (state.period, state.interest_arrears[0], state.principal_arrears[0]) == (2, 2_250 * USD, 25_000 * USD)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (Fault.REVERTS, b""),
        (Fault.REVERTS, bytes(BOMB)),
        (Fault.LIES, bytes(BOMB)),
        (Fault.GARBLES, NO),
        (Fault.BURNS, b""),
    ],
)
def test_whatever_a_permit_does_the_allowance_decides(pair: Pair, fault: Fault, answer: bytes) -> None:
    stage, payer = pair.stage, pair.stage.cast.payer
    stage.asset.send("mint", payer, 27_250 * USD)
    fail(stage.asset, "permit", fault, answer)
    asked = (27_250 * USD, 1, EVERYTHING, *NO_SIGNATURE)
    short = {"spender": stage.deal.address, "allowance": 0, "needed": 27_250 * USD}
    with stage.refused("ERC20InsufficientAllowance", short):
        stage.deal.send("payAndSettleWithPermit", *asked, sender=payer)
    approve_all(stage, payer)
    stage.deal.send("payAndSettleWithPermit", *asked, sender=payer)
    pair.model.pay(27_250 * USD)
    pair.model.settle()
    pair.agree()


def test_a_permit_that_burns_gas_costs_its_sender_that_gas(pair: Pair, mock: Mock) -> None:
    stage, caller = pair.stage, mock("CallerContract")
    stage.asset.send("mint", caller.address, 100 * USD)
    caller.send("act", *call_of(stage.asset, "approve", stage.deal.address, EVERYTHING))
    fail(stage.asset, "permit", Fault.BURNS)
    before = stage.numbers()
    asked = call_of(stage.deal, "payAndSettleWithPermit", 100 * USD, 1, EVERYTHING, *NO_SIGNATURE)
    with pytest.raises(ChainError):
        caller.send("actWithin", 2_000_000, *asked)
    assert stage.numbers() == before
    caller.send("actWithin", 2_000_000, *call_of(stage.deal, "payAndSettle", 100 * USD, 1))
    assert stage.state().credited == [28_100 * USD, 0]
