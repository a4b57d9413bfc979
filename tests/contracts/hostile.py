"""For tests of hostile parts: breaking an asset, scripting a responder, the model beside the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import pytest
from eth_abi import encode

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.evm.permits import Signature
from penstock.model.calendar import timestamp
from tests.contracts.stage import EVERYTHING, Stage
from tests.contracts.twin import HOLDERS, ChainSide, ModelSide, Refused

Mock = Callable[..., Contract]
Call = tuple[str, bytes]
NO, YES, TWO = (number.to_bytes(32, "big") for number in range(3))
PLENTY = 10**8
NO_SIGNATURE = Signature(27, bytes(32), bytes(32))


class Fault(IntEnum):
    """FaultyUSD.Fault."""

    NONE = 0
    REVERTS = 1
    BURNS = 2
    LIES = 3
    GARBLES = 4


class Response(IntEnum):
    """ScriptedResponder.Response."""

    ANSWERS = 0
    REVERTS = 1
    BURNS = 2
    SELFDESTRUCTS = 3


class Quirk(IntEnum):
    """QuirkyUSD.Quirk."""

    NO_RE_APPROVAL = 0
    NO_ZERO = 1
    NOT_TO_SELF = 2
    MAX_IS_ALL = 3
    PHANTOM_PERMIT = 4


def fail(asset: Contract, function: str, fault: Fault, answer: bytes = b"") -> None:
    """Breaks a function of a FaultyUSD."""
    asset.send("fail", asset.abi.function(function).selector, int(fault), answer)


def mend(asset: Contract, *functions: str) -> None:
    for function in functions:
        fail(asset, function, Fault.NONE)


def respond(responder: Contract, response: Response, answer: bytes = b"", size: int | None = None) -> None:
    responder.send("respond", int(response), answer, len(answer) if size is None else size)


def call_of(contract: Contract, function: str, *arguments: Any) -> Call:
    return contract.address, contract.abi.function(function).encode(arguments)


def act(caller: Contract, contract: Contract, function: str, *arguments: Any) -> Call:
    """The call by which a caller contract makes a call."""
    return call_of(caller, "act", *call_of(contract, function, *arguments))


def call_before(responder: Contract, calls: Sequence[Call], gas: int = PLENTY, ignores_failure: bool = False) -> None:
    responder.send("callBefore", [(target, data, gas, ignores_failure) for target, data in calls])


def reason_of(contract: Contract, error: str, *values: Any) -> bytes:
    """The revert data of a custom error without dynamic values."""
    (selector,) = (key for key, entry in contract.abi.errors.items() if entry.name == error)
    return selector + b"".join(int(value).to_bytes(32, "big") for value in values)


def pay(stage: Stage, amount: int) -> None:
    """The payer pays a period's revenue and settles with it."""
    payer = stage.cast.payer
    stage.asset.send("mint", payer, amount)
    stage.asset.send("approve", stage.deal.address, 0, sender=payer)
    stage.asset.send("approve", stage.deal.address, amount, sender=payer)
    stage.until(min(stage.state().period + 1, stage.terms.periods))
    stage.deal.send("payAndSettle", amount, 1, sender=payer)


def numbers_behind(stage: Stage) -> dict[str, Any]:
    """All numbers of a stage whose FaultyUSD may lie about balances: read while it is mended."""
    with stage.system.chain.undone():
        mend(stage.asset, "balanceOf")
        return stage.numbers()


@contextmanager
def refused_behind(stage: Stage, name: str, values: Mapping[str, Any] | None = None) -> Iterator[None]:
    """`Stage.refused` for an asset that does not tell its balances."""
    before = numbers_behind(stage)
    with pytest.raises(ChainRevert) as caught:
        yield
    assert (caught.value.name, caught.value.values) == (name, dict(values or {}))
    assert numbers_behind(stage) == before


class Pair:
    """The contracts on some asset and the exact model, step by step: every outcome, refusal and number is the same."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.model, self.chain = stage, ModelSide(stage.terms), ChainSide(stage)

    def wait(self, period: int) -> None:
        for side in (self.model, self.chain):
            side.wait(timestamp(self.stage.terms.payment_dates[period - 1]))

    def do(self, step: str, *arguments: Any) -> Any:
        """One step on both sides; a refusal is an outcome too."""
        outcome = self.do_alike(step, *arguments)
        self.agree()
        return outcome

    def do_alike(self, step: str, *arguments: Any) -> Any:
        """The same where the model has other names for some holders, so that not every number can be compared."""
        there, here = (_outcome(side, step, *arguments) for side in (self.chain, self.model))
        assert there == here, (step, arguments)
        return here

    def agree(self) -> None:
        assert self.chain.numbers() == self.model.numbers()

    def pay_and_settle(self, amount: int) -> None:
        """By allowance on the chain, where nothing is paid by a plain settlement."""
        if amount:
            pay(self.stage, amount)
        else:
            self.stage.deal.send("settle", 1)
        self.model.pay(amount)
        self.model.settle()
        self.agree()

    def claim_all(self) -> None:
        for tranche in range(len(self.stage.terms.tranches)):
            for holder in HOLDERS:
                self.do("claim", tranche, holder)


def _outcome(side: Any, step: str, *arguments: Any) -> Any:
    try:
        return getattr(side, step)(*arguments)
    except Refused as refusal:
        return (refusal.name, *refusal.values)


def a_life_beside_the_model(stage: Stage, collections: Sequence[int]) -> Pair:
    """A drought, a flood, trades and claims in between, late revenue."""
    pair = Pair(stage)
    third = stage.terms.tranches[0].supply // 3
    pair.do("transfer", 0, "ann", "bob", third)
    for period, amount in enumerate(collections, start=1):
        pair.wait(min(period, stage.terms.periods))
        pair.pay_and_settle(amount)
        pair.do("transfer", 0, "bob", "cho", third // 7)
        pair.claim_all()
        stage.assert_sound()
    return pair


def approve_all(stage: Stage, owner: str, amount: int = EVERYTHING) -> None:
    stage.asset.send("approve", stage.deal.address, amount, sender=owner)


def report(reported: int, *values: int) -> bytes:
    """What a report source answers: the bits of the fields that it reports, and every field, 0 where none is given."""
    return encode(["uint256"] * 15, [reported, *values, *[0] * (14 - len(values))])
