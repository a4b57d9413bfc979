"""
CompliancePolicy
├── given a transfer, each rule should refuse it alone, by its error and its number, and allow it a step before
├── given an expired or an unregistered sender, it should sell to one that may receive
├── given a freeze, shares should stay and cash should be claimed
├── given accounts of one investor, they should count as one and share its limit
├── given an account that changed its investor, or shares that moved without the policy, it should be counted again
├── given an exempt account, no rule should stop it, and it should count as nobody
├── given the deal, a share or the zero address, it should never be registered
├── given a claim
│   ├── when it is a provider's, the holder should be registered, once
│   └── when anything of it differs, it should be refused
├── given anybody but the registrar, it should refuse what is the registrar's
├── given anybody but the deal, nothing should be counted
└── given drawn runs, model and contract should refuse by the same rule and count the same
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.model.compliance import InvestorClass, PolicyRules, Registration, Rule, TrancheRules
from penstock.model.errors import FixedHolder
from penstock.model.shares import Allotment
from penstock.onchain.compliance import pack_registration, pack_rules, plain, unpack_rules
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.ruled import LATER, NAMES, Ruled, person, ruled, signed
from tests.contracts.stage import NOBODY, SENIOR, USD, cast_of, everything_to

Mock = Callable[..., Contract]
DAY = 86_400
START = 1_767_225_600
ALL = TrancheRules()
SENIOR_RULES = TrancheRules(
    classes=frozenset({InvestorClass.PROFESSIONAL, InvestorClass.ACCREDITED}),
    investors=3,
    largest=60_000 * USD,
    minimum=100 * USD,
    lot=10 * USD,
)
RULES = PolicyRules(
    (SENIOR_RULES, ALL), frozenset(range(1, 1000)) - {840, 643}, {InvestorClass.ACCREDITED: START + 30 * DAY}
)


def a_deal(system: System, rules: PolicyRules = RULES, delay: int = 0) -> Ruled:
    """Ann holds 60,000 of senior and the equity, Bob 40,000; Ann is accredited, and Cho, Dan and Eve hold nothing."""
    cast = cast_of(system)
    known = [
        person(cast.ann, 1),
        person(cast.bob, 2),
        person(cast.cho, 3),
        person(cast.operator, 4),
        person(cast.agent, 1),
    ]
    allotments = [
        Allotment(0, cast.ann, 60_000 * USD),
        Allotment(0, cast.bob, 40_000 * USD),
        Allotment(1, cast.ann, 50_000 * USD),
    ]
    return ruled(system, deals.PLAIN, rules, known, allotments, delay=delay)


@pytest.fixture
def deal(system: System) -> Ruled:
    return a_deal(system)


def test_what_every_rule_allows_moves(deal: Ruled) -> None:
    cast = deal.stage.cast
    assert deal.transfer(SENIOR, cast.ann, cast.cho, 1_000 * USD) is Rule.NONE
    assert deal.transfer(1, cast.ann, cast.bob, 7) is Rule.NONE


@pytest.mark.parametrize("delay", [0, DAY])
def test_each_rule_refuses_alone(system: System, delay: int) -> None:
    deal = a_deal(system, delay=delay)
    cast = deal.stage.cast
    ann, bob, cho, dan = cast.ann, cast.bob, cast.cho, cast.operator

    def asked(amount: int, sender: str = ann, receiver: str = cho) -> Rule:
        return deal.transfer(SENIOR, sender, receiver, amount * USD)

    assert asked(100, receiver=cast.payer) is Rule.RECEIVER_UNKNOWN
    deal.register(person(cho, 3, country=840))
    assert asked(100) is Rule.COUNTRY
    deal.register(person(cho, 3, country=0))
    assert asked(100) is Rule.COUNTRY
    deal.register(person(cho, 3, of=InvestorClass.RETAIL))
    assert asked(100) is Rule.CLASS
    assert deal.transfer(1, ann, cho, 100) is Rule.NONE  # retail may hold equity
    deal.register(person(cho, 3, until=deal.now + 10))
    deal.stage.system.chain.set_time(deal.now + 9)
    assert asked(100) is Rule.NONE
    deal.stage.system.chain.set_time(deal.now + 1)
    assert asked(100) is Rule.RECEIVER_EXPIRED
    assert asked(100, cho, bob) is Rule.NONE  # an expired holder sells
    deal.register(person(cho, 3))
    deal.freeze(ann, True)
    assert asked(100) is Rule.SENDER_FROZEN
    assert asked(100, bob, ann) is Rule.RECEIVER_FROZEN
    deal.freeze(ann, False)
    deal.freeze_shares(SENIOR, ann, 59_000 * USD)
    assert asked(910) is Rule.AMOUNT_FROZEN
    assert asked(900) is Rule.NONE
    assert deal.transfer(1, ann, cho, 100) is Rule.NONE  # another tranche
    assert asked(70_000) is Rule.NONE  # more than she has: not for a policy to refuse
    deal.freeze_shares(SENIOR, ann, 0)
    assert asked(105) is Rule.LOT
    assert asked(90, receiver=dan) is Rule.RECEIVER_BELOW_MINIMUM
    assert asked(810, cho, bob) is Rule.SENDER_BELOW_MINIMUM
    assert asked(800, cho, bob) is Rule.NONE
    deal.register(person(ann, 1, of=InvestorClass.ACCREDITED))
    assert asked(100) is Rule.SENDER_HOLDS
    deal.stage.system.chain.set_time(START + 30 * DAY)
    assert asked(100) is Rule.NONE
    assert asked(100, receiver=dan) is Rule.INVESTORS
    assert asked(200, cho, dan) is Rule.NONE  # cho leaves, dan comes
    assert asked(100, receiver=cho) is Rule.INVESTORS


def test_who_sold_all_makes_room(deal: Ruled) -> None:
    cast = deal.stage.cast
    deal.transfer(SENIOR, cast.ann, cast.cho, 100 * USD)
    assert deal.transfer(SENIOR, cast.bob, cast.operator, 1_000 * USD) is Rule.INVESTORS
    assert deal.transfer(SENIOR, cast.bob, cast.operator, 40_000 * USD - 900 * USD) is Rule.INVESTORS
    assert deal.transfer(SENIOR, cast.bob, cast.operator, 40_000 * USD) is Rule.NONE


def test_inv_46_one_investor_counts_once_with_fifty_accounts(system: System) -> None:
    cast = cast_of(system)
    accounts = [f"0x{number:040x}" for number in range(0xACC0, 0xACC0 + 50)]
    known = [person(cast.ann, 1), person(cast.bob, 2), *(person(each, 2) for each in accounts)]
    rules = PolicyRules((TrancheRules(investors=3, largest=50_000 * USD), ALL))
    deal = ruled(system, deals.PLAIN, replace(rules, tranches=(TrancheRules(investors=2), ALL)), known)
    for each in accounts:
        assert deal.transfer(SENIOR, cast.ann, each, 1_000 * USD) is Rule.NONE
    assert deal.policy.call("counted", SENIOR, 2) == (2, 50_000 * USD)
    halves = [Allotment(0, each, 50_000 * USD) for each in (cast.ann, cast.cho)]
    halves += everything_to(cast.ann, deals.PLAIN)[1:]
    limited = ruled(system, deals.PLAIN, rules, [*known, person(cast.cho, 3)], halves)
    for each in accounts[:25]:
        assert limited.transfer(SENIOR, cast.ann, each, 2_000 * USD) is Rule.NONE
    assert limited.rule(SENIOR, cast.cho, accounts[30], 1) is Rule.LARGEST_PART
    assert limited.transfer(SENIOR, accounts[0], accounts[40], 2_000 * USD) is Rule.NONE  # between its own


def test_an_account_that_changed_its_investor_is_counted_again(deal: Ruled) -> None:
    cast = deal.stage.cast
    deal.register(person(cast.bob, 5))
    assert deal.policy.call("counted", SENIOR, 2) == (2, 40_000 * USD)  # nothing moved since
    deal.count(SENIOR, cast.bob)
    assert deal.policy.call("counted", SENIOR, 2) == (2, 0)
    assert deal.policy.call("counted", SENIOR, 5) == (2, 40_000 * USD)
    deal.register(person(cast.bob, 1))
    assert deal.rule(SENIOR, cast.bob, cast.ann, 100 * USD) is Rule.NONE  # between the accounts of one investor
    assert deal.transfer(SENIOR, cast.bob, cast.cho, 100 * USD) is Rule.NONE
    assert deal.policy.call("counted", SENIOR, 1) == (2, 99_900 * USD)  # above the limit, and buys no more
    assert deal.transfer(SENIOR, cast.cho, cast.agent, 100 * USD) is Rule.LARGEST_PART


def test_a_policy_that_comes_later_counts_what_is_there(system: System) -> None:
    deal = a_deal(system, delay=DAY)
    cast, chain = deal.stage.cast, system.chain
    successor = chain.deploy(system.artifacts["CompliancePolicy"], cast.sponsor, pack_rules(RULES))
    front = chain.at(deal.stage.deployment.policy, system.artifacts["DelayedPolicy"].abi)
    successor.send("bind", deal.stage.deal.address, front.address, [])
    known = [person(cast.ann, 1), person(cast.cho, 3), person(cast.operator, 4)]
    successor.send("registerAll", [pack_registration(each) for each in known])
    front.send("schedule", successor.address)
    chain.set_time(chain.now() + DAY)
    after = Ruled(deal.stage, successor, replace(deal.twin, entries={}, counted={}, totals={}))
    for each in known:
        after.twin.register(each, chain.now())
    assert after.transfer(SENIOR, cast.ann, cast.cho, 1_000 * USD) is Rule.NONE
    assert successor.call("counted", SENIOR, 1) == (2, 59_000 * USD)
    after.count(SENIOR, cast.bob)  # whom it does not know: an investor of its own
    assert successor.call("counted", SENIOR, 0)[0] == 3
    assert after.transfer(SENIOR, cast.bob, cast.cho, 40_000 * USD) is Rule.NONE  # and may sell
    assert successor.call("counted", SENIOR, 3) == (2, 41_000 * USD)


def test_an_exempt_account_meets_no_rule_and_counts_as_nobody(system: System) -> None:
    cast = cast_of(system)
    known = [person(cast.ann, 1), person(cast.bob, 2)]
    allotments = [Allotment(0, cast.payer, 100_000 * USD), Allotment(1, cast.ann, 50_000 * USD)]
    deal = ruled(system, deals.PLAIN, RULES, known, allotments, exempt=[cast.payer])
    assert deal.policy.call("counted", SENIOR, 1)[0] == 0
    assert deal.transfer(SENIOR, cast.payer, cast.ann, 60_000 * USD - 5) is Rule.NONE
    assert deal.transfer(SENIOR, cast.ann, cast.payer, 5) is Rule.NONE
    assert deal.transfer(SENIOR, cast.payer, cast.bob, 99 * USD) is Rule.RECEIVER_BELOW_MINIMUM
    assert deal.transfer(SENIOR, cast.payer, cast.cho, 100 * USD) is Rule.RECEIVER_UNKNOWN
    for call in (("freeze", [cast.payer], True), ("expire", [cast.payer]), ("freezeShares", 0, cast.payer, 5)):
        with pytest.raises(ChainRevert) as refused:
            deal.policy.send(*call)
        assert (refused.value.name, refused.value.values) == ("CompliancePolicy_FixedHolder", {"holder": cast.payer})
    with pytest.raises(FixedHolder):
        deal.twin.freeze(cast.payer, True)


def test_inv_45_a_freeze_never_stops_a_claim(deal: Ruled) -> None:
    stage, ann = deal.stage, deal.stage.cast.ann
    stage.settle(28_000 * USD)
    deal.freeze(ann, True)
    deal.freeze_shares(SENIOR, ann, 2**200)
    assert stage.claimable(SENIOR, ann) == 16_800 * USD
    assert stage.claim(SENIOR, ann) == 16_800 * USD


def test_what_a_share_tells_of_a_holder(deal: Ruled) -> None:
    share, cast = deal.stage.share(), deal.stage.cast
    assert share.call("canSend", cast.ann) is share.call("canReceive", cast.ann) is True
    assert share.call("canReceive", cast.payer) is False and share.call("canSend", cast.payer) is True
    deal.freeze_shares(SENIOR, cast.ann, 7)
    assert share.call("getFrozenTokens", cast.ann) == 7
    deal.freeze(cast.ann, True)
    assert share.call("getFrozenTokens", cast.ann) == 2**256 - 1
    assert share.call("canSend", cast.ann) is share.call("canReceive", cast.ann) is False
    share.send("setFrozenTokens", cast.bob, 12, sender=cast.sponsor)
    deal.twin.freeze_shares(SENIOR, cast.bob, 12)
    assert share.call("getFrozenTokens", cast.bob) == 12
    for outsider in (cast.ann, cast.stranger):
        with deal.stage.refused("OwnableUnauthorizedAccount", {"account": outsider}):
            share.send("setFrozenTokens", cast.bob, 0, sender=outsider)


def test_the_deal_and_its_shares_are_never_holders(deal: Ruled) -> None:
    stage = deal.stage
    own = [stage.deal.address, *(each.address for each in stage.deployment.shares), NOBODY]
    for each in own:
        with pytest.raises(ChainRevert) as refused:
            deal.policy.send("registerAll", [pack_registration(person(each, 9))])
        assert (refused.value.name, refused.value.values) == ("CompliancePolicy_FixedHolder", {"holder": each})
        if each != NOBODY:
            assert deal.transfer(SENIOR, stage.cast.ann, each, 100 * USD) is Rule.RECEIVER_UNKNOWN


def test_a_holder_registers_itself_once(deal: Ruled) -> None:
    policy, cast, chain = deal.policy, deal.stage.cast, deal.stage.system.chain
    said = person(cast.payer, 3, of=InvestorClass.ACCREDITED)
    signature = signed(chain, policy.address, said, 0, cast.agent)
    arguments = (*pack_registration(said)[1:], cast.agent, signature)
    refusals = {"CompliancePolicy_NotProvider": {"provider": cast.agent}}
    with deal.stage.refused("CompliancePolicy_NotProvider", refusals["CompliancePolicy_NotProvider"]):
        policy.send("register", *arguments, sender=cast.payer)
    policy.send("setProvider", cast.agent, True)
    receipt = policy.send("register", *arguments, sender=cast.payer)
    (event,) = receipt.events(policy.abi)
    assert event.name == "HolderRegistered" and event["provider"] == cast.agent
    assert tuple(policy.call("holderData", cast.payer)) == pack_registration(said)
    assert policy.call("nonces", cast.payer) == 1
    with deal.stage.refused("CompliancePolicy_InvalidClaim", {"provider": cast.agent, "nonce": 1}):
        policy.send("register", *arguments, sender=cast.payer)
    deal.twin.providers.add(cast.agent)
    deal.twin.register_by_claim(said, 0, cast.agent, deal.now)
    assert deal.transfer(SENIOR, cast.ann, cast.payer, 100 * USD) is Rule.NONE


@pytest.mark.parametrize("field", ["investor", "country", "class", "expires", "holder", "nonce", "chain", "policy"])
def test_a_claim_of_anything_else_is_refused(deal: Ruled, field: str) -> None:
    policy, cast, chain = deal.policy, deal.stage.cast, deal.stage.system.chain
    policy.send("setProvider", cast.agent, True)
    said = person(cast.payer, 3)
    other = {
        "investor": replace(said, investor=2),
        "country": replace(said, country=8),
        "class": replace(said, investor_class=1),
        "expires": replace(said, expires_at=LATER + 1),
        "holder": replace(said, holder=cast.stranger),
    }
    place = deal.stage.deal.address if field == "policy" else policy.address

    class Elsewhere:
        chain_id = 1 if field == "chain" else chain.chain_id
        key = staticmethod(chain.key)

    signature = signed(Elsewhere, place, other.get(field, said), int(field == "nonce"), cast.agent)
    with deal.stage.refused("CompliancePolicy_InvalidClaim", {"provider": cast.agent, "nonce": 0}):
        policy.send("register", *pack_registration(said)[1:], cast.agent, signature, sender=cast.payer)


def test_a_claim_is_void_once_the_registrar_spoke(deal: Ruled) -> None:
    policy, cast, chain = deal.policy, deal.stage.cast, deal.stage.system.chain
    policy.send("setProvider", cast.agent, True)
    said = person(cast.cho, 3)
    signature = signed(chain, policy.address, said, 1, cast.agent)
    deal.expire(cast.cho)
    with deal.stage.refused("CompliancePolicy_InvalidClaim", {"provider": cast.agent, "nonce": 2}):
        policy.send("register", *pack_registration(said)[1:], cast.agent, signature, sender=cast.cho)


def test_a_registration_that_is_not_whole_is_refused(deal: Ruled) -> None:
    cast, now = deal.stage.cast, deal.now
    said = person(cast.cho, 3)
    for wrong in (replace(said, investor=0), replace(said, country=1000), replace(said, investor_class=4)):
        with pytest.raises(ChainRevert) as refused:
            deal.policy.send("registerAll", [pack_registration(wrong)])
        assert refused.value.name == "CompliancePolicy_InvalidHolder"
        assert tuple(refused.value.values["holder"]) == pack_registration(wrong)
    with deal.stage.refused("CompliancePolicy_EndsInThePast", {"expiresAt": now, "time": now}):
        deal.policy.send("registerAll", [pack_registration(replace(said, expires_at=now))])


CALLS = {
    "bind": (NOBODY, NOBODY, []),
    "registerAll": ([],),
    "expire": ([],),
    "freeze": ([], True),
    "freezeShares": (0, NOBODY, 1),
    "setProvider": (NOBODY, True),
}


@pytest.mark.parametrize("function", CALLS)
def test_only_the_registrar_decides(deal: Ruled, function: str) -> None:
    stranger = deal.stage.cast.stranger
    with deal.stage.refused("OwnableUnauthorizedAccount", {"account": stranger}):
        deal.policy.send(function, *CALLS[function], sender=stranger)


def test_a_policy_serves_one_deal(deal: Ruled) -> None:
    cast, address = deal.stage.cast, deal.stage.deal.address
    with deal.stage.refused("CompliancePolicy_BoundAlready", {"deal": address}):
        deal.policy.send("bind", cast.ann, cast.ann, [])
    assert (deal.policy.call("deal"), deal.policy.call("askedBy")) == (address, address)


@pytest.mark.parametrize("delay", [0, DAY])
def test_nobody_else_has_moves_counted(system: System, delay: int) -> None:
    deal = a_deal(system, delay=delay)
    cast, address = deal.stage.cast, deal.stage.deal.address
    move = (address, SENIOR, cast.ann, cast.cho, 100 * USD, 60_000 * USD, 0)
    with deal.stage.refused("CompliancePolicy_NotAsker", {"caller": cast.stranger, "deal": address}):
        deal.policy.send("beforeTransfer", move, sender=cast.stranger)
    with deal.stage.refused("CompliancePolicy_NotAsker", {"caller": cast.stranger, "deal": address}):
        deal.policy.send("setFrozen", address, SENIOR, cast.sponsor, cast.ann, 5, sender=cast.stranger)
    if delay:
        front = system.chain.at(deal.stage.deployment.policy, system.artifacts["DelayedPolicy"].abi)
        with pytest.raises(ChainRevert):
            front.send("beforeTransfer", move, sender=cast.stranger)
        with pytest.raises(ChainRevert):
            front.send("setFrozen", address, SENIOR, cast.sponsor, cast.ann, 5, sender=cast.stranger)
    assert deal.policy.call("counted", SENIOR, 1) == (2, 60_000 * USD)


def test_rules_are_those_it_was_made_with(deal: Ruled) -> None:
    said = plain(deal.policy.call("rules"))
    assert said[0] == pack_rules(RULES)[0] and said[1] == pack_rules(RULES)[1]
    assert unpack_rules(said).tranches == RULES.tranches
    assert unpack_rules(said) == RULES


@pytest.mark.parametrize(
    "rules",
    [PolicyRules((TrancheRules(),) * 17), PolicyRules((replace(ALL, classes=frozenset({4})),))],  # type: ignore[arg-type]
)
def test_rules_of_no_deal_are_refused(system: System, mock: Mock, rules: PolicyRules) -> None:
    with pytest.raises(ChainRevert) as refused:
        mock("CompliancePolicy", system.chain.accounts[0], pack_rules(rules))
    assert refused.value.name == "CompliancePolicy_InvalidRules"


def walk(deal: Ruled, seed: int, steps: int) -> dict[Rule, int]:
    """A drawn run; how often each rule refused. Every step compares contract and twin."""
    draw, cast, chain = random.Random(seed), deal.stage.cast, deal.stage.system.chain
    people = [getattr(cast, name) for name in NAMES]
    seen: dict[Rule, int] = {}
    for _ in range(steps):
        who, tranche = draw.choice(people), draw.choice((0, 0, 0, 1))
        kind = draw.random()
        if kind < 0.12:
            country, of = draw.choice((276, 276, 276, 840, 0)), draw.choice((0, 1, 2, 2, 2, 3))
            deal.register(Registration(who, draw.randint(1, 5), country, of, chain.now() + draw.choice((1, DAY, 9**9))))
        elif kind < 0.15:
            deal.expire(who)
        elif kind < 0.21:
            deal.freeze(who, draw.random() < 0.4)
        elif kind < 0.27:
            deal.freeze_shares(tranche, who, draw.choice((0, 0, 500 * USD, 2**70)))
        elif kind < 0.31:
            chain.set_time(chain.now() + draw.choice((1, 3_600, 2 * DAY)))
        elif kind < 0.33:
            deal.count(tranche, *draw.sample(people, 2))
        else:
            held = deal.twin.shares_of(tranche, who)
            amounts = (
                held,
                held // 2,
                10 * USD,
                100 * USD,
                1_000 * USD,
                held - 10 * USD,
                held + 1,
                0,
                draw.randint(0, held),
            )
            rule = deal.transfer(tranche, who, draw.choice(people), max(0, draw.choice(amounts)))
            seen[rule] = seen.get(rule, 0) + 1
    return seen


def test_drawn_runs_agree(system: System) -> None:
    seen = walk(a_deal(system), 7, 250)
    assert len(seen) >= 9, seen


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("delay", [0, DAY])
def test_long_drawn_runs_agree(system: System, seed: int, delay: int) -> None:
    seen = walk(a_deal(system, delay=delay), seed, 5_000)
    assert set(seen) >= set(Rule) - {Rule.LARGEST_PART}, seen
