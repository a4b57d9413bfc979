"""A deal whose holders a CompliancePolicy decides about, on the chain and in the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_account import Account

from penstock.evm.chain import Contract
from penstock.evm.codec import Address
from penstock.evm.errors import ChainRevert
from penstock.model.compliance import CompliancePolicy, PolicyRules, Registration, Rule
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.addresses import share_addresses
from penstock.onchain.compliance import claim_hash, pack_registration, pack_rules
from penstock.onchain.launch import System, pack_terms
from tests.contracts.stage import Stage, cast_of, everything_to, put_on

LATER = 1_900_000_000
"""When nothing has expired yet."""
SALT = (0).to_bytes(32, "big")
NAMES = ("ann", "bob", "cho", "operator", "agent", "payer", "stranger")
ERRORS: Mapping[Rule, str] = {
    Rule.SENDER_FROZEN: "ERC7943CannotSend",
    Rule.SENDER_HOLDS: "ERC7943CannotSend",
    Rule.RECEIVER_UNKNOWN: "ERC7943CannotReceive",
    Rule.RECEIVER_EXPIRED: "ERC7943CannotReceive",
    Rule.RECEIVER_FROZEN: "ERC7943CannotReceive",
    Rule.COUNTRY: "ERC7943CannotReceive",
    Rule.CLASS: "ERC7943CannotReceive",
    Rule.AMOUNT_FROZEN: "ERC7943InsufficientUnfrozenBalance",
    Rule.LOT: "ERC7943CannotTransfer",
    Rule.SENDER_BELOW_MINIMUM: "ERC7943CannotTransfer",
    Rule.RECEIVER_BELOW_MINIMUM: "ERC7943CannotTransfer",
    Rule.LARGEST_PART: "ERC7943CannotTransfer",
    Rule.INVESTORS: "ERC7943CannotTransfer",
}


@dataclass
class Ruled:
    """A launched deal, its policy and the policy's twin, which reads the same shares."""

    stage: Stage
    policy: Contract
    twin: CompliancePolicy

    @property
    def now(self) -> int:
        return self.stage.system.chain.now()

    def register(self, *holders: Registration) -> None:
        self.policy.send("registerAll", [pack_registration(each) for each in holders])
        for each in holders:
            self.twin.register(each, self.now)

    def expire(self, holder: Address) -> None:
        self.policy.send("expire", [holder])
        self.twin.expire(holder, self.now)

    def freeze(self, holder: Address, frozen: bool) -> None:
        self.policy.send("freeze", [holder], frozen)
        self.twin.freeze(holder, frozen)

    def freeze_shares(self, tranche: int, holder: Address, amount: int) -> None:
        self.policy.send("freezeShares", tranche, holder, amount)
        self.twin.freeze_shares(tranche, holder, amount)

    def rule(self, tranche: int, sender: Address, receiver: Address, amount: int) -> Rule:
        """What both say of a transfer."""
        held = [self.twin.shares_of(tranche, each) for each in (sender, receiver)]
        move = (self.stage.deal.address, tranche, sender, receiver, amount, *held)
        said = Rule(self.policy.call("ruleAgainst", move))
        assert said is self.twin.rule_against(tranche, sender, receiver, amount, self.now)
        assert self.policy.call("canTransfer", move) is (said is Rule.NONE)
        return said

    def transfer(self, tranche: int, sender: Address, receiver: Address, amount: int) -> Rule:
        """Tries to move shares: both refuse by the same rule, the share by its error, or both count the same."""
        rule, share = self.rule(tranche, sender, receiver, amount), self.stage.share(tranche)
        held = self.twin.shares_of(tranche, sender)
        twin = self.twin.copy(self.twin.shares_of)
        if not rule:
            twin.before_transfer(tranche, sender, receiver, amount, self.now)
        try:
            share.send("transfer", receiver, amount, sender=sender)
        except ChainRevert as refused:
            wanted = ERRORS[rule] if rule else "ERC20InsufficientBalance"
            assert refused.name == wanted, (refused.name, rule)
            assert bool(rule) != (amount > held) or rule
            return rule
        assert not rule and amount <= held
        self.twin.counted, self.twin.totals = twin.counted, twin.totals
        self.assert_counts(tranche)
        return rule

    def count(self, tranche: int, *holders: Address) -> None:
        self.policy.send("count", tranche, list(holders), sender=self.stage.cast.stranger)
        self.twin.count(tranche, holders)
        self.assert_counts(tranche)

    def assert_counts(self, tranche: int) -> None:
        if not self.twin.rules.tranches[tranche].counts:
            return
        investors = {each for (number, each), shares in self.twin.totals.items() if number == tranche and shares}
        found = self.policy.call("counted", tranche, 1)
        assert found[0] == len(investors)
        for number in range(1, 6):
            assert self.policy.call("counted", tranche, number)[1] == self.twin.totals.get((tranche, number), 0)


def person(holder: Address, investor: int, country: int = 276, of: int = 2, until: int = LATER) -> Registration:
    return Registration(holder, investor, country, of, until)


def ruled(
    system: System,
    terms: DealTerms,
    rules: PolicyRules,
    holders: Sequence[Registration],
    allotments: Sequence[Allotment] | None = None,
    exempt: Sequence[Address] = (),
    delay: int = 0,
) -> Ruled:
    """Launches a deal of a file behind a policy with these rules; everything to Ann unless allotted otherwise."""
    chain, cast = system.chain, cast_of(system)
    asset = chain.deploy(system.artifacts["MockUSD"], terms.decimals)
    policy = chain.deploy(system.artifacts["CompliancePolicy"], cast.sponsor, pack_rules(rules))
    front = chain.deploy(system.artifacts["DelayedPolicy"], cast.sponsor, policy.address, delay) if delay else policy
    payees = {"operator": cast.operator, "agent": cast.agent}
    packed = pack_terms(terms, asset.address, payees, front.address)
    deal = system.factory.call("dealAddress", cast.sponsor, packed, SALT)
    policy.send("bind", deal, front.address if delay else deal, list(exempt))
    policy.send("registerAll", [pack_registration(each) for each in holders])
    given = allotments if allotments is not None else everything_to(cast.ann, terms)
    stage = put_on(system, terms, asset, given, front, payees=payees)
    assert stage.deal.address == deal

    def shares_of(tranche: int, holder: Address) -> int:
        return int(stage.deal.call("holderOf", tranche, holder).shares)

    books: dict[tuple[int, str], int] = {}
    twin = CompliancePolicy(rules, lambda tranche, holder: books.get((tranche, holder), 0))
    twin.bind([deal, *share_addresses(deal, len(terms.tranches))], exempt)
    for each in holders:
        twin.register(each, chain.now())
    for allotment in given:
        twin.before_transfer(allotment.tranche, "0x" + 40 * "0", allotment.holder, allotment.shares, chain.now())
        books[allotment.tranche, allotment.holder] = (
            books.get((allotment.tranche, allotment.holder), 0) + allotment.shares
        )
    twin.shares_of = shares_of
    return Ruled(stage, policy, twin)


def signed(chain: Any, policy: Address, said: Registration, nonce: int, provider: Address) -> bytes:
    """A provider's claim, signed by the key of a development account."""
    digest = claim_hash(chain.chain_id, policy, said, nonce)
    return bytes(Account.unsafe_sign_hash(digest, chain.key(provider)).signature)
