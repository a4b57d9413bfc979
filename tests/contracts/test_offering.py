"""
Offering
├── deploying
│   ├── given terms that cannot succeed, each rule should refuse by its number
│   └── given the deal's terms, they should be logged, and only these should close it
├── subscribing
│   ├── given fifty million in fifty thousand shares, the last unit should fit and the next be refused
│   ├── given limits of a holder, its sum should keep them
│   ├── given the deadline's second, it should be too late, and the second before not
│   ├── given a permit or an authorization, one transaction should do, whoever saw it before
│   ├── given an authorization for one tranche, nobody should use it for another
│   └── given a coin with a fee, or a hook that subscribes again, it should be refused
├── closing
│   ├── given everything sold, it should close before the deadline, and pay everybody
│   ├── given the soft cap and an underwriter, it should buy the rest or nothing happens
│   ├── given less than the soft cap, or a rest and no underwriter, it should fail
│   ├── given grace is over, it should fail
│   ├── given opening reserves, they should come from the proceeds
│   └── given a payee the coin blocks, or a coin that is paused, that alone should wait
├── cancelling: only by whom the terms name, before the soft cap is met
└── afterwards
    ├── given shares collected late, they should bring what they earned
    ├── given a subscriber the policy refuses, or that expired, it should delay itself alone
    └── given a failed offering, everybody should have everything back, and it should hold nothing
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from penstock.dealfile import loads
from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.evm.permits import Signature, sign_authorization, sign_permit
from penstock.model.calendar import timestamp
from penstock.model.offering import Closing
from penstock.model.offering_terms import Lot, OfferingState
from penstock.onchain.launch import System
from penstock.onchain.offering import given, terms_hash
from tests.contracts.hostile import Mock, act, call_of
from tests.contracts.offerings import (
    DEADLINE,
    FEE,
    GRACE,
    LOT,
    SOLD,
    SOLD_FILE,
    OfferingPair,
    offer,
    terms_of,
)
from tests.contracts.stage import USD

UNIT = 1_000 * USD
BIG = loads(SOLD_FILE.replace('face = "100_000.00"', 'face = "50_000_000.00"\nshares = 50_000'), "big.toml")
TWO_LOTS = (LOT, Lot(1, 500 * USD, 50, 1, 50))
RESERVED = loads(
    SOLD_FILE.replace(
        "[ladder]",
        '[[reserve]]\nid = "dsra"\nopening = "7_000.00"\ntarget = "7_000.00"\n'
        'supports = ["interest:senior"]\n\n[ladder]',
    ).replace('"principal:senior", ', '"principal:senior", "reserve:dsra", '),
    "reserved.toml",
)


@pytest.fixture
def pair(system: System) -> OfferingPair:
    return offered(system)


def offered(system: System, asset: Contract | None = None, **changed: Any) -> OfferingPair:
    """Everybody has cash for everything, and the offering may take it."""
    pair = offer(system, terms_of(**changed), asset)
    for name in ("ann", "bob", "cho", "underwriter"):
        pair.fund(name, 200 * UNIT)
    return pair


def sell_out(pair: OfferingPair) -> None:
    pair.subscribe("ann", 60)
    pair.subscribe("bob", 40)


# Deploying


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        (1, {"deadline_at": 1}),
        (2, {"deadline_at": timestamp(SOLD.closing) + 1}),
        (3, {"grace_ends_at": DEADLINE}),
        (4, {"lots": ()}),
        (5, {"lots": (LOT, LOT)}),
        (6, {"lots": (replace(LOT, tranche=2),)}),
        (7, {"lots": (replace(LOT, price=0),)}),
        (8, {"lots": (replace(LOT, units=99),)}),
        (9, {"lots": (replace(LOT, least=61),)}),
        (10, {"soft_cap": 100_000 * USD + 1}),
        (11, {"fees": (("arranger", 100_000 * USD + 1),)}),
        (12, {"project": "nobody"}),
        (12, {"fees": (("nobody", FEE),)}),
        (13, {"lots": (replace(LOT, price=2**88 - 1, units=400),), "shares_per_unit": 250 * USD}),
    ],
)
def test_terms_that_cannot_succeed_are_refused(system: System, rule: int, changed: dict[str, Any]) -> None:
    with pytest.raises(ChainRevert) as caught:
        offer(system, terms_of(**changed), people={"nobody": "0x" + "00" * 20})
    assert (caught.value.name, caught.value.values["rule"]) == ("Offering_BadTerms", rule)


def test_bounds_of_the_terms_are_accepted(system: System) -> None:
    closing = timestamp(SOLD.closing)
    offer(system, terms_of(deadline_at=closing, grace_ends_at=closing + 1, soft_cap=100_000 * USD))
    offer(system, terms_of(fees=(("arranger", 100_000 * USD),), lots=(replace(LOT, least=60),)), salt=1)


def test_the_deals_terms_are_logged_and_no_others_close(pair: OfferingPair) -> None:
    (opened,) = [each for each in pair.contract.events() if each.name == "Opened"]
    assert (opened["deal"], opened["terms"]) == (pair.deal.address, pair.packed)
    assert list(opened["others"]) == given(pair.others)
    assert pair.contract.call("termsHash") == terms_hash(pair.packed, given(pair.others))
    sell_out(pair)
    mine = [(1, pair.people["stranger"], pair.others[0].shares)]
    for packed, others in ((pair.packed, mine), (pair.packed + b"\0", given(pair.others))):
        with pytest.raises(ChainRevert) as caught:
            pair.contract.send("close", packed, others)
        assert caught.value.name == "Offering_OtherTerms"


# Subscribing


def test_the_last_unit_fits_and_the_next_is_refused(system: System) -> None:
    lot = Lot(0, 1_000_000_000, 50_000, 1, 50_000)
    pair = offer(system, terms_of(lots=(lot,), shares_per_unit=USD, soft_cap=0), deal_terms=BIG)
    pair.fund("ann", 50_000_000 * USD)
    pair.fund("bob", 50_000_000 * USD)
    assert pair.subscribe("ann", 49_998) == 49_998_000_000_000
    assert pair.subscribe("bob", 3) == "Offering_NotLeft"
    assert pair.subscribe("bob", 1) == 1_000_000_000
    assert pair.subscribe("bob", 1) == 1_000_000_000
    assert pair.subscribe("bob", 1) == "Offering_NotLeft"
    assert pair.contract.call("subscribed") == 50_000_000_000_000
    assert pair.subscribe("bob", 0) == "Offering_NotLeft"
    assert isinstance(pair.close(), Closing)


def test_a_holders_sum_keeps_its_limits(pair: OfferingPair) -> None:
    assert pair.subscribe("ann", 4) == "Offering_OutsideLimits"
    assert pair.subscribe("ann", 5) == 5 * UNIT
    assert pair.subscribe("ann", 1) == UNIT
    assert pair.subscribe("ann", 55) == "Offering_OutsideLimits"
    assert pair.subscribe("ann", 54) == 54 * UNIT
    assert pair.subscribe("ann", 1) == "Offering_OutsideLimits"
    assert pair.subscribe("bob", 1, tranche=1) == "Offering_NotOffered"
    assert pair.subscribe("bob", 2**255) == "Offering_NotLeft"


def test_the_deadlines_second_is_too_late(pair: OfferingPair) -> None:
    pair.wait(DEADLINE - 1)
    pair.subscribe("ann", 40)
    assert pair.close() == "Offering_NotClosable"
    pair.wait(DEADLINE)
    assert pair.subscribe("bob", 40) == "Offering_NotOpen"
    assert isinstance(pair.close(), Closing)
    assert pair.close() == "Offering_NotClosable"
    assert pair.subscribe("bob", 40) == "Offering_NotOpen"


def test_a_permit_pays_in_one_transaction_whoever_used_it_before(pair: OfferingPair) -> None:
    ann, asset, due = pair.people["ann"], pair.asset, 10 * UNIT
    asset.send("approve", pair.contract.address, 0, sender=ann)
    deadline = pair.now + 60
    for early in (False, True):
        v, r, s = sign_permit(asset, ann, pair.contract.address, due, deadline)
        if early:
            asset.send("permit", ann, pair.contract.address, due, deadline, v, r, s, sender=pair.people["stranger"])
        pair.contract.send("subscribeWithPermit", 0, 10, deadline, v, r, s, sender=ann)
        pair.model.subscribe(0, "ann", 10, pair.now)
        pair.assert_equal()
    with pytest.raises(ChainRevert):
        pair.contract.send("subscribeWithPermit", 0, 10, deadline, v, r, s, sender=ann)
    pair.assert_equal()


def authorize(pair: OfferingPair, name: str, tranche: int, units: int, value: int, salt: bytes) -> Signature:
    """Valid from now for a minute."""
    nonce = pair.contract.call("authorizationNonce", tranche, units, salt)
    return sign_authorization(pair.asset, pair.people[name], pair.contract.address, value, 0, pair.now + 60, nonce)


def bring(pair: OfferingPair, name: str, tranche: int, units: int, salt: bytes, signature: Signature) -> None:
    arguments = (pair.people[name], tranche, units, 0, pair.now + 60, salt, *signature)
    pair.contract.send("subscribeWithAuthorization", *arguments, sender=pair.people["stranger"])


def test_an_authorization_is_brought_by_anybody_once_and_for_nothing_else(system: System, mock: Mock) -> None:
    # A unit of the second lot costs half: 10 of the first are as dear as 20 of the second
    pair = offer(system, terms_of(lots=TWO_LOTS), mock("AuthorizationUSD", 6))
    pair.asset.send("mint", pair.people["ann"], 100 * UNIT)
    salt = b"\7" * 32
    signature = authorize(pair, "ann", 0, 10, 10 * UNIT, salt)
    for tranche, units, other in ((1, 20, salt), (0, 11, salt), (0, 10, b"\1" * 32)):
        with pytest.raises(ChainRevert) as caught:
            bring(pair, "ann", tranche, units, other, signature)
        assert caught.value.name == "AuthorizationUSD_Refused"
    pair.assert_equal()
    bring(pair, "ann", 0, 10, salt, signature)
    pair.model.subscribe(0, "ann", 10, pair.now)
    pair.assert_equal()
    with pytest.raises(ChainRevert):
        bring(pair, "ann", 0, 10, salt, signature)
    pair.assert_equal()
    assert pair.cash("ann") == 90 * UNIT


def test_a_coin_with_a_fee_is_refused(system: System, mock: Mock) -> None:
    pair = offered(system, mock("FeeUSD", 6, 10))
    with pytest.raises(ChainRevert) as caught:
        pair.contract.send("subscribe", 0, 10, sender=pair.people["ann"])
    assert caught.value.name == "Offering_WrongAmountReceived"
    assert caught.value.values == {"received": 9_990 * USD, "due": 10 * UNIT}
    pair.assert_equal()


def test_a_hook_that_subscribes_again_makes_its_own_payment_wrong(system: System, mock: Mock) -> None:
    asset, hook = mock("HookUSD", 6), mock("ScriptedResponder")
    pair = offered(system, asset)
    contract, inner = pair.contract, mock("CallerContract")
    asset.send("mint", inner.address, 100 * UNIT)
    inner.send("act", *call_of(asset, "approve", contract.address, 100 * UNIT))
    asset.send("register", hook.address, sender=pair.people["ann"])
    hook.send("callBefore", [(*act(inner, contract, "subscribe", 0, 5), 10**7, False)])
    with pytest.raises(ChainRevert) as caught:
        contract.send("subscribe", 0, 10, sender=pair.people["ann"])
    assert caught.value.name == "Offering_WrongAmountReceived"
    pair.assert_equal()


# Closing


def test_everything_sold_closes_early_and_pays_everybody(pair: OfferingPair) -> None:
    sell_out(pair)
    pair.subscribe("cho", 5)
    closing = pair.close()
    assert closing == Closing(100 * UNIT, 0, (("arranger", FEE), ("project", 98 * UNIT)), ())
    assert (pair.cash("project"), pair.cash("arranger"), pair.cash(pair.contract.address)) == (98 * UNIT, FEE, 0)
    (closed,) = [each for each in pair.contract.events() if each.name == "Closed"]
    assert dict(closed.values) == {"deal": pair.deal.address, "proceeds": 100 * UNIT, "underwritten": 0}
    paid = [(each["payee"], each["amount"]) for each in pair.contract.events() if each.name == "Paid"]
    assert paid == [(pair.people["arranger"], FEE), (pair.people["project"], 98 * UNIT)]
    assert pair.deal.call("terms") == pair.packed
    assert pair.collect("ann") == 60_000 * USD
    assert pair.collect("ann") == "Offering_NothingSubscribed"
    assert pair.collect("bob") == 40_000 * USD
    assert pair.share().call("balanceOf", pair.contract.address) == 0


def test_the_underwriter_buys_the_rest_or_nothing_happens(pair: OfferingPair) -> None:
    pair.subscribe("ann", 40)
    pair.wait(DEADLINE)
    pair.asset.send("approve", pair.contract.address, 60 * UNIT - 1, sender=pair.people["underwriter"])
    with pytest.raises(ChainRevert) as caught:
        pair.contract.send("close", pair.packed, given(pair.others))
    assert caught.value.name == "ERC20InsufficientAllowance"
    pair.assert_equal()
    pair.asset.send("approve", pair.contract.address, 60 * UNIT, sender=pair.people["underwriter"])
    closing = pair.close()
    assert closing.underwritten == 60 * UNIT
    assert pair.cash("underwriter") == 140 * UNIT
    assert pair.collect("underwriter") == 60_000 * USD
    assert pair.refund("ann") == "Offering_NotFailed"


@pytest.mark.parametrize(
    ("units", "changed", "state"),
    [
        (39, {}, OfferingState.FAILED),
        (40, {}, OfferingState.CLOSING),
        (60, {"underwriter": None}, OfferingState.FAILED),
        (60, {"underwriter": None, "shares_per_unit": 0}, None),
    ],
)
def test_what_the_deadline_makes_of_it(
    system: System, units: int, changed: dict[str, Any], state: OfferingState | None
) -> None:
    if state is None:
        with pytest.raises(ChainRevert):
            offered(system, **changed)
        return
    pair = offered(system, **changed)
    pair.subscribe("ann", units)
    pair.wait(DEADLINE)
    assert pair.model.state(pair.now) == state
    pair.assert_equal()
    if state == OfferingState.FAILED:
        assert pair.close() == "Offering_NotClosable"
        assert pair.refund("ann") == units * UNIT
        assert pair.refund("ann") == "Offering_NothingSubscribed"
        assert pair.refund("bob") == "Offering_NothingSubscribed"
    else:
        assert pair.refund("ann") == "Offering_NotFailed"


def test_all_sold_without_an_underwriter_closes_in_grace(system: System) -> None:
    pair = offered(system, underwriter=None)
    sell_out(pair)
    pair.wait(GRACE - 1)
    assert isinstance(pair.close(), Closing)


def test_grace_is_over_in_its_last_second(pair: OfferingPair) -> None:
    sell_out(pair)
    pair.wait(GRACE)
    assert pair.close() == "Offering_NotClosable"
    assert pair.refund("ann") == 60 * UNIT
    assert pair.refund("bob") == 40 * UNIT
    assert pair.cash(pair.contract.address) == 0
    assert pair.collect("ann") == "Offering_NotClosed"


def test_opening_reserves_come_from_the_proceeds(system: System) -> None:
    pair = offer(system, terms_of(opening=7_000 * USD), deal_terms=RESERVED)
    for name in ("ann", "bob"):
        pair.fund(name, 100 * UNIT)
    sell_out(pair)
    pair.close()
    assert pair.cash(pair.deal.address) == 7_000 * USD
    assert pair.cash("project") == 91_000 * USD
    assert pair.asset.call("allowance", pair.contract.address, pair.system.factory.address) == 0


def test_inv_51_a_payee_the_coin_blocks_waits_alone(system: System, mock: Mock) -> None:
    pair = offered(system, mock("BlacklistUSD", 6))
    sell_out(pair)
    pair.asset.send("blacklist", pair.people["arranger"], True)
    pair.refused_payees = {"arranger"}
    closing = pair.close()
    assert (closing.paid, closing.deferred) == ((("project", 98 * UNIT),), (("arranger", FEE),))
    with pytest.raises(ChainRevert):
        pair.contract.send("pay", pair.people["arranger"])
    pair.assert_equal()
    pair.asset.send("blacklist", pair.people["arranger"], False)
    assert pair.pay("arranger") == FEE
    assert pair.pay("arranger") == "Offering_NothingToPay"
    assert pair.cash(pair.contract.address) == 0


def test_a_coin_that_is_paused_at_closing_defers_what_it_moves(system: System, mock: Mock) -> None:
    pair = offered(system, mock("PausableUSD", 6))
    sell_out(pair)
    pair.asset.send("pause", True)
    with pytest.raises(ChainRevert):
        pair.contract.send("subscribe", 0, 1, sender=pair.people["ann"])
    pair.refused_payees = {"arranger", "project"}
    closing = pair.close()
    assert closing.paid == ()
    assert pair.collect("ann") == 60_000 * USD
    pair.asset.send("pause", False)
    assert (pair.pay("project"), pair.pay("arranger")) == (98 * UNIT, FEE)


# Cancelling


def test_only_whom_the_terms_name_cancels_and_only_below_the_soft_cap(pair: OfferingPair) -> None:
    pair.subscribe("ann", 39 - 5)
    assert pair.cancel("stranger") == "Offering_NotCanceller"
    pair.subscribe("bob", 6)
    assert pair.cancel("sponsor") == "Offering_NotCancellable"


def test_a_cancelled_offering_pays_everybody_back(pair: OfferingPair) -> None:
    pair.subscribe("ann", 39)
    assert pair.cancel("sponsor") is None
    assert pair.cancel("sponsor") == "Offering_NotCancellable"
    assert pair.subscribe("bob", 5) == "Offering_NotOpen"
    assert pair.close() == "Offering_NotClosable"
    assert pair.refund("ann") == 39 * UNIT
    assert pair.cash(pair.contract.address) == 0


def test_nobody_cancels_where_the_terms_name_nobody(system: System) -> None:
    pair = offered(system, canceller=None)
    assert pair.cancel("sponsor") == "Offering_NotCanceller"


# Afterwards


def test_shares_collected_late_bring_what_they_earned(pair: OfferingPair) -> None:
    sell_out(pair)
    pair.close()
    assert pair.collect("ann") == 60_000 * USD
    pair.wait(timestamp(SOLD.payment_dates[0]))
    pair.asset.send("mint", pair.deal.address, 28_000 * USD)
    pair.deal.send("settle", 1)
    pair.books.receive(28_000 * USD)
    pair.books.settle(now=pair.now)
    assert pair.collect("bob") == 40_000 * USD
    assert pair.deal.call("claimable", 0, pair.people["bob"]) == 11_200 * USD
    assert pair.deal.call("claimable", 0, pair.contract.address) == 0
    pair.deal.send("claim", 0, sender=pair.people["bob"])
    assert pair.cash("bob") == (200 - 40) * UNIT + 11_200 * USD


def test_nobody_claims_for_the_offering(pair: OfferingPair) -> None:
    sell_out(pair)
    pair.close()
    assert not pair.deal.call("acceptsClaimFor", pair.contract.address)


def test_a_subscriber_the_policy_refuses_delays_itself_alone(system: System, mock: Mock) -> None:
    registry = mock("HolderRegistry", system.chain.accounts[0])
    pair = offer(system, policy=registry)
    people = pair.people
    for name in ("ann", "bob", "cho"):
        pair.fund(name, 100 * UNIT)
    allowed = [people["ann"], people["bob"], people["sponsor"], pair.contract.address]
    registry.send("allow", allowed)
    registry.send("allowUntil", [people["bob"]], DEADLINE)
    assert pair.subscribe("cho", 40, allowed=False) == "Offering_NotAllowed"
    sell_out(pair)
    pair.wait(DEADLINE)
    pair.close()
    with pytest.raises(ChainRevert):
        pair.contract.send("collect", 0, people["bob"])
    pair.assert_equal()
    assert pair.collect("ann") == 60_000 * USD
    registry.send("allow", [people["bob"]])
    assert pair.collect("bob") == 40_000 * USD


def test_inv_50_a_failed_offering_holds_nothing_after_all_pulls(system: System, mock: Mock) -> None:
    pair = offered(system, mock("BlacklistUSD", 6), lots=TWO_LOTS)
    pair.subscribe("ann", 20)
    pair.subscribe("ann", 20, tranche=1)
    pair.subscribe("bob", 7)
    pair.asset.send("blacklist", pair.people["bob"], True)
    pair.wait(DEADLINE)
    with pytest.raises(ChainRevert):
        pair.contract.send("refund", 0, sender=pair.people["bob"])
    pair.assert_equal()
    assert pair.refund("ann", tranche=1) == 10_000 * USD
    assert pair.refund("ann") == 20 * UNIT
    pair.asset.send("blacklist", pair.people["bob"], False)
    assert pair.refund("bob") == 7 * UNIT
    assert pair.cash(pair.contract.address) == 0
    assert [pair.cash(name) for name in ("ann", "bob")] == [200 * UNIT, 200 * UNIT]


def test_a_premium_and_a_discount_are_paid_to_the_unit(system: System) -> None:
    pair = offered(system, lots=(replace(LOT, price=987_654_321),), fees=(), soft_cap=0)
    assert pair.subscribe("ann", 7) == 6_913_580_247
    pair.wait(DEADLINE)
    assert pair.close().underwritten == 93 * 987_654_321
    assert pair.cash("project") == 100 * 987_654_321
