"""
a stablecoin that calls senders and recipients who registered
├── given a holder's hook calls back in its own name
│   ├── when it is a call the lock forbids, it should be refused and the claim with it, or else swallowed
│   └── when it is another, the outcome should be that of one call after the other
├── given a hook refuses, refuses at length or burns its gas, its own claims, fees and payments should wait, no others
└── given the asset is paused in the middle
    ├── when it is before balances move, nothing should have happened
    └── when it is after, that claim should stand and the next wait
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from penstock.evm.errors import ChainError
from penstock.evm.permits import sign_permit
from penstock.model.shares import Allotment
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import Call, Mock, Response, act, call_before, call_of, respond
from tests.contracts.stage import EVERYTHING, SENIOR, USD, put_on

OM, AGENT, EQUITY = 0, 1, 2


class Hooked:
    """A caller holds a quarter of the senior shares, all equity and the operator's fee; its hook is a responder."""

    def __init__(self, system: System, mock: Mock, narrow: bool) -> None:
        self.caller, self.hook, asset = mock("CallerContract"), mock("ScriptedResponder"), mock("HookUSD", 6)
        self.friend = mock("CallerContract")  # with money and without a hook
        me, (ann, agent) = self.caller.address, (system.chain.accounts[1], system.chain.accounts[5])
        supplies = [tranche.supply for tranche in deals.WHOLE.tranches]
        given = [Allotment(0, ann, 75_000 * USD), Allotment(0, me, 25_000 * USD)]
        given += [Allotment(1, ann, supplies[1]), Allotment(2, me, supplies[2])]
        payees = {"operator": me, "agent": agent}
        self.stage = put_on(
            system,
            replace(deals.WHOLE, narrow=narrow),
            asset,
            given,
            payees=payees,
            watched=[me, self.friend.address],
        )
        self.deal, self.share, self.asset = self.stage.deal, self.stage.share(), asset
        self.stage.settle(90_000 * USD)
        asset.send("mint", self.friend.address, 5_000 * USD)
        asset.send("mint", me, 1)
        for payer in (self.caller, self.friend):
            payer.send("act", *call_of(asset, "approve", self.deal.address, EVERYTHING))
        self.do(asset, "register", self.hook.address)
        self.share.send("approve", me, 1_000 * USD, sender=ann)
        self.signed = sign_permit(self.share, ann, me, 7, EVERYTHING)
        self.stage.until(2)

    def do(self, *call: Any) -> None:
        self.caller.send("act", *call_of(*call))

    def inner(self, name: str) -> Call:
        """A call of the caller's, or its friend's, made by its hook."""
        cast, me = self.stage.cast, self.caller.address
        calls: dict[str, tuple[Any, ...]] = {
            "claim": (self.deal, "claim", SENIOR),
            "claim equity": (self.deal, "claim", EQUITY),
            "claim om": (self.deal, "claimFee", OM),
            "settle": (self.deal, "settle", 1),
            "pay": (self.deal, "payAndSettle", 1_000 * USD, 1),
            "sell": (self.share, "transfer", cast.bob, 1_000 * USD),
            "buy": (self.share, "transferFrom", cast.ann, me, 1_000 * USD),
            "permit": (self.share, "permit", cast.ann, me, 7, EVERYTHING, *self.signed),
        }
        return act(self.friend if name == "pay" else self.caller, *calls[name])

    def books(self) -> dict[str, Any]:
        return {name: number for name, number in self.stage.numbers().items() if name != "logs"}


@pytest.fixture(params=[True, False], ids=["narrow", "wide"])
def hooked(system: System, mock: Mock, request: pytest.FixtureRequest) -> Hooked:
    return Hooked(system, mock, request.param)


OUTER: dict[str, tuple[str, int]] = {
    "claim": ("claim", SENIOR),
    "claim equity": ("claim", EQUITY),
    "claim om": ("claimFee", OM),
}
FORBIDDEN = {
    "claim": {
        "claim": "Deal_Reentered",
        "claim om": "Deal_Reentered",  # a fee's claim locks the first slot
        "settle": "Deal_Reentered",
        "pay": "Deal_Reentered",
    },
    "claim equity": {
        "claim equity": "Deal_Reentered",
        "claim om": "Deal_Reentered",
        "settle": "Deal_Reentered",
        "pay": "Deal_Reentered",
    },
    "claim om": {
        "claim": "Deal_Reentered",
        "claim om": "Deal_NothingToClaimOfFee",
        "settle": "Deal_Reentered",
        "pay": "Deal_Reentered",
    },
}
# A narrow deal has one lock for all tranches
FORBIDDEN_IF_NARROW = {
    ("claim", "claim equity"): "Deal_Reentered",
    ("claim equity", "claim"): "Deal_Reentered",
    ("claim om", "claim equity"): "Deal_Reentered",
}
INNER = ["claim", "claim equity", "claim om", "settle", "pay", "sell", "buy", "permit"]


@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("outer", OUTER)
def test_inv_16_a_hook_gets_what_a_call_after_gets_or_is_refused(hooked: Hooked, outer: str, inner: str) -> None:
    stage, chain = hooked.stage, hooked.stage.system.chain
    forbidden = FORBIDDEN[outer].get(inner) or (stage.terms.narrow and FORBIDDEN_IF_NARROW.get((outer, inner)))
    if forbidden:
        call_before(hooked.hook, [hooked.inner(inner)])
        before = hooked.books()
        with pytest.raises(ChainError, match=forbidden):
            hooked.do(hooked.deal, *OUTER[outer])
        assert hooked.books() == before
        call_before(hooked.hook, [])
        afterwards: list[Call] = []
    else:
        afterwards = [hooked.inner(inner)]
    with chain.undone():
        hooked.do(hooked.deal, *OUTER[outer])
        for target, data in afterwards:
            chain.transact(target, data, stage.cast.stranger)
        one_after_the_other = hooked.books()
    call_before(hooked.hook, [hooked.inner(inner)], gas=1_000_000, ignores_failure=True)
    hooked.do(hooked.deal, *OUTER[outer])
    assert hooked.books() == one_after_the_other
    stage.assert_sound()


BAD_MANNERS = {
    "refuses": (Response.REVERTS, 0),
    "refuses at length": (Response.REVERTS, 2**20),
    "burns": (Response.BURNS, 0),
}


@pytest.mark.parametrize("kind", BAD_MANNERS)
def test_inv_16_a_hook_that_refuses_delays_its_own_cash_alone(hooked: Hooked, kind: str) -> None:
    stage, cast, me = hooked.stage, hooked.stage.cast, hooked.caller.address
    owed = {call: stage.claimable(call[1], me) for call in (OUTER["claim"], OUTER["claim equity"])}
    owed[OUTER["claim om"]] = stage.state().fee_claimable[OM]
    assert all(owed.values())
    response, size = BAD_MANNERS[kind]
    respond(hooked.hook, response, b"", size)
    before = stage.numbers()
    for outer in OUTER.values():
        with pytest.raises(ChainError):
            hooked.caller.send("actWithin", 3_000_000, *call_of(hooked.deal, *outer))
    with pytest.raises(ChainError):
        hooked.caller.send("actWithin", 3_000_000, *call_of(hooked.deal, "payAndSettle", 1, 1))
    assert stage.numbers() == before
    assert stage.claim(SENIOR, cast.ann) == 3 * owed[OUTER["claim"]]
    assert stage.claim_fee(AGENT, cast.agent) == 900 * USD
    stage.settle(40_000 * USD)
    hooked.do(hooked.asset, "register", "0x" + "00" * 20)
    had = stage.cash(me)
    owed[OUTER["claim"]] += 6_812_500_000  # a quarter of 2,250 and 25,000
    owed[OUTER["claim om"]] += 500 * USD
    owed[OUTER["claim equity"]] = stage.claimable(EQUITY, me)
    for outer in OUTER.values():
        hooked.do(hooked.deal, *outer)
    assert stage.cash(me) - had == sum(owed.values())
    stage.assert_sound()


def test_a_pause_before_balances_move_undoes_itself_and_the_claim(system: System, mock: Mock) -> None:
    payer, hook, asset = mock("CallerContract"), mock("ScriptedResponder"), mock("HookUSD", 6)
    stage = put_on(system, deals.PLAIN, asset, watched=[payer.address])
    stage.until(1)
    asset.send("mint", payer.address, 9)
    for call in (("approve", stage.deal.address, 9), ("register", hook.address)):
        payer.send("act", *call_of(asset, *call))
    call_before(hook, [call_of(asset, "pause", True)])
    with stage.refused("PausableUSD_Paused"):
        payer.send("act", *call_of(stage.deal, "payAndSettle", 9, 1))
    assert asset.call("paused") is False


def test_a_pause_after_balances_moved_lets_that_claim_stand_and_the_next_wait(hooked: Hooked) -> None:
    stage, ann, me = hooked.stage, hooked.stage.cast.ann, hooked.caller.address
    owed, had = stage.claimable(SENIOR, me), stage.cash(me)
    call_before(hooked.hook, [call_of(hooked.asset, "pause", True)])
    hooked.do(hooked.deal, "claim", SENIOR)
    assert stage.cash(me) - had == owed
    with stage.refused("PausableUSD_Paused"):
        hooked.deal.send("claim", SENIOR, sender=ann)
    stage.settle()  # with nothing, from the reserve
    hooked.asset.send("pause", False)
    assert stage.claim(SENIOR, ann) == 3 * owed + 7_500 * USD  # three quarters of the reserve's 10,000
    stage.assert_sound()
