"""
Who may hold shares, by rules that are fixed when a policy is created: twin of contracts/policies/CompliancePolicy.sol.

Rules are asked about shares that are about to move, never about cash. The functions are pure; `CompliancePolicy` keeps
what a registrar and providers say of holders, and counts investors.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from enum import IntEnum

from penstock.model.errors import (
    EndsInThePast,
    FixedHolder,
    InvalidClaim,
    InvalidHolder,
    NotProvider,
    Refused,
)

NO_ACCOUNT = "0x" + 40 * "0"
"""Who sends shares at closing."""

MAX_COUNTRY = 999
"""Codes of ISO 3166-1 numeric are at most this."""

SharesOf = Callable[[int, str], int]
"""The shares of a tranche that an account has in the deal."""


class InvestorClass(IntEnum):
    """NONE: nobody stated it."""

    NONE = 0
    RETAIL = 1
    PROFESSIONAL = 2
    ACCREDITED = 3


class Rule(IntEnum):
    """The rule that refuses a transfer, in the order in which rules are asked."""

    NONE = 0
    SENDER_FROZEN = 1
    SENDER_HOLDS = 2
    RECEIVER_UNKNOWN = 3
    RECEIVER_EXPIRED = 4
    RECEIVER_FROZEN = 5
    COUNTRY = 6
    CLASS = 7
    AMOUNT_FROZEN = 8
    LOT = 9
    SENDER_BELOW_MINIMUM = 10
    RECEIVER_BELOW_MINIMUM = 11
    LARGEST_PART = 12
    INVESTORS = 13


@dataclass(frozen=True)
class TrancheRules:
    """
    The rules of a tranche, shares in share base units.

    classes : who may receive; none means every class. investors : the most; 0 for no limit.
    largest : the most shares of one investor; 0 for no limit. minimum : the least shares of an account that has any.
    lot : shares move in multiples of it, or all that an account has; 0 for any amount.
    """

    classes: frozenset[InvestorClass] = frozenset()
    investors: int = 0
    largest: int = 0
    minimum: int = 0
    lot: int = 0

    @property
    def counts(self) -> bool:
        """Whether the rules count investors."""
        return bool(self.investors or self.largest)

    @property
    def sizes(self) -> bool:
        """Whether the rules say how many shares an account has or moves."""
        return bool(self.minimum or self.lot)


@dataclass(frozen=True)
class PolicyRules:
    """
    The rules of a policy.

    countries : ISO 3166-1 numeric codes whose investors may receive, 0 for those without one; None for all.
    held_until : by class, until when its investors keep their shares, in seconds. tranches : in order.
    """

    tranches: tuple[TrancheRules, ...]
    countries: frozenset[int] | None = None
    held_until: Mapping[InvestorClass, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """
    What a policy knows of an account.

    investor : who is behind it; 0 if nobody registered it. country : ISO 3166-1 numeric; 0 if not stated.
    expires_at : the first second in which it may no longer receive shares. nonce : how often it was set.
    exempt : no rule stops it. never : it can never be registered. frozen_shares : by tranche.
    """

    investor: int = 0
    country: int = 0
    investor_class: int = 0
    expires_at: int = 0
    nonce: int = 0
    exempt: bool = False
    never: bool = False
    frozen: bool = False
    frozen_shares: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Registration:
    """
    What is said of a holder, by the registrar or in a claim that a provider signs. As in `Entry`.

    holder : an address, or any name.
    """

    holder: str
    investor: int
    country: int
    investor_class: int
    expires_at: int


def rule_of_sender(rules: PolicyRules, sender: Entry, now: int) -> Rule:
    if sender.frozen:
        return Rule.SENDER_FROZEN
    if sender.exempt:
        return Rule.NONE
    held_until = rules.held_until.get(InvestorClass(sender.investor_class), 0)
    return Rule.SENDER_HOLDS if now < held_until else Rule.NONE


def rule_of_receiver(rules: PolicyRules, tranche: int, receiver: Entry, now: int) -> Rule:
    if receiver.exempt:
        return Rule.NONE
    if receiver.investor == 0:
        return Rule.RECEIVER_UNKNOWN
    if now >= receiver.expires_at:
        return Rule.RECEIVER_EXPIRED
    if receiver.frozen:
        return Rule.RECEIVER_FROZEN
    if rules.countries is not None and receiver.country not in rules.countries:
        return Rule.COUNTRY
    classes = rules.tranches[tranche].classes
    return Rule.CLASS if classes and receiver.investor_class not in classes else Rule.NONE


def rule_of_size(limits: TrancheRules, sender: Entry, receiver: Entry, rest: int, amount: int, held: int) -> Rule:
    """
    Parameters
    ----------
    rest : what the sender keeps. held : what the receiver has.
    """
    sells, buys = not sender.exempt, not receiver.exempt
    if limits.lot and rest and sells and buys and amount % limits.lot:
        return Rule.LOT
    if sells and rest and rest < limits.minimum:
        return Rule.SENDER_BELOW_MINIMUM
    return Rule.RECEIVER_BELOW_MINIMUM if buys and held + amount < limits.minimum else Rule.NONE


@dataclass
class CompliancePolicy:
    """
    A policy of one deal. Accounts are addresses, or any names.

    shares_of : reads the deal. exempt : accounts that no rule stops. never : the deal and its shares.
    entries : of every account that was registered, frozen or named. providers : whose claims count.
    counted : by tranche and account, the investor and the shares it was counted with.
    totals : shares by tranche and investor.
    """

    rules: PolicyRules
    shares_of: SharesOf
    entries: dict[str, Entry] = field(default_factory=dict)
    providers: set[str] = field(default_factory=set)
    counted: dict[tuple[int, str], tuple[str | int, int]] = field(default_factory=dict)
    totals: dict[tuple[int, str | int], int] = field(default_factory=dict)

    def entry(self, account: str) -> Entry:
        return self.entries.get(account, Entry())

    def copy(self, shares_of: SharesOf) -> CompliancePolicy:
        """An independent copy, of another deal's books."""
        kept = (dict(self.entries), set(self.providers), dict(self.counted), dict(self.totals))
        return CompliancePolicy(self.rules, shares_of, *deepcopy(kept))

    # What registrar and providers do

    def bind(self, never: Iterable[str], exempt: Iterable[str]) -> None:
        """Names the accounts that rules do not treat as holders. Raises FixedHolder."""
        for account in never:
            self.entries[account] = replace(self.entry(account), never=True)
        for account in exempt:
            self.entries[account] = replace(self._changeable(account), exempt=True)

    def register(self, said: Registration, now: int) -> None:
        """
        Registers a holder, by the registrar.

        Raises
        ------
        FixedHolder, InvalidHolder, EndsInThePast.
        """
        entry = self._changeable(said.holder)
        if not said.investor or said.country > MAX_COUNTRY or said.investor_class > max(InvestorClass):
            raise InvalidHolder(said.holder, said.investor, said.country, said.investor_class)
        if said.expires_at <= now:
            raise EndsInThePast(said.expires_at, now)
        self.entries[said.holder] = replace(
            entry,
            investor=said.investor,
            country=said.country,
            investor_class=said.investor_class,
            expires_at=said.expires_at,
            nonce=entry.nonce + 1,
        )

    def register_by_claim(self, said: Registration, nonce: int, provider: str, now: int) -> None:
        """
        Registers a holder, by what a provider signed with a nonce.

        Raises
        ------
        NotProvider, InvalidClaim. Otherwise as `register`.
        """
        if provider not in self.providers:
            raise NotProvider(provider)
        if nonce != self._changeable(said.holder).nonce:
            raise InvalidClaim(provider, self.entry(said.holder).nonce)
        self.register(said, now)

    def expire(self, holder: str, now: int) -> None:
        """Lets a holder receive no more shares. Raises FixedHolder."""
        entry = self._changeable(holder)
        self.entries[holder] = replace(entry, expires_at=now, nonce=entry.nonce + 1)

    def freeze(self, holder: str, frozen: bool) -> None:
        """Raises FixedHolder."""
        self.entries[holder] = replace(self._changeable(holder), frozen=frozen)

    def freeze_shares(self, tranche: int, holder: str, amount: int) -> None:
        """Freezes a part of a holder's shares; 0 releases them. Raises FixedHolder."""
        entry = self._changeable(holder)
        parts = {**entry.frozen_shares, tranche: amount}
        self.entries[holder] = replace(entry, frozen_shares={key: each for key, each in parts.items() if each})

    def _changeable(self, account: str) -> Entry:
        entry = self.entry(account)
        if account == NO_ACCOUNT or entry.exempt or entry.never:
            raise FixedHolder(account)
        return entry

    # Being asked

    def rule_against(self, tranche: int, sender: str, receiver: str, amount: int, now: int) -> Rule:
        """The rule that refuses a transfer; NONE where none does."""
        rule = self._rule_of_transfer(tranche, sender, receiver, amount, now)
        if rule or not self._counts(tranche, sender, receiver, amount):
            return rule
        return self._rule_of_counts(tranche, sender, receiver, amount)[0]

    def before_transfer(self, tranche: int, sender: str, receiver: str, amount: int, now: int) -> None:
        """
        Decides on a transfer that is about to happen, and counts it.

        Raises
        ------
        Refused : with the rule.
        """
        rule = self._rule_of_transfer(tranche, sender, receiver, amount, now)
        if not rule and self._counts(tranche, sender, receiver, amount):
            rule, changes = self._rule_of_counts(tranche, sender, receiver, amount)
            if not rule:
                self._place(tranche, sender, -amount)
                self._place(tranche, receiver, amount)
                self._add(tranche, changes)
        if rule:
            raise Refused(rule.name, sender, receiver, amount)

    def count(self, tranche: int, holders: Iterable[str]) -> None:
        """Counts accounts with the shares they have now."""
        if not self.rules.tranches[tranche].counts:
            return
        for holder in holders:
            changes: dict[str | int, int] = {}
            self._recount(tranche, holder, changes)
            self._place(tranche, holder, 0)
            self._add(tranche, changes)

    def investors(self, tranche: int) -> int:
        """How many investors a tranche has."""
        return sum(1 for (each, _), shares in self.totals.items() if each == tranche and shares)

    def frozen_in(self, tranche: int, holder: str) -> int:
        return self.entry(holder).frozen_shares.get(tranche, 0)

    def _rule_of_transfer(self, tranche: int, sender: str, receiver: str, amount: int, now: int) -> Rule:
        """All but those that count investors."""
        selling, buying = self.entry(sender), self.entry(receiver)
        limits = self.rules.tranches[tranche]
        rule = Rule.NONE if sender == NO_ACCOUNT else rule_of_sender(self.rules, selling, now)
        rule = rule or rule_of_receiver(self.rules, tranche, buying, now)
        held = amount if sender == NO_ACCOUNT else self.shares_of(tranche, sender)
        if rule or amount > held:  # want of shares is not for a policy to refuse
            return rule
        if amount > max(0, held - self.frozen_in(tranche, sender)) and self.frozen_in(tranche, sender):
            return Rule.AMOUNT_FROZEN
        if sender == receiver or amount == 0 or not limits.sizes:
            return Rule.NONE
        return rule_of_size(limits, selling, buying, held - amount, amount, self.shares_of(tranche, receiver))

    def _rule_of_counts(
        self, tranche: int, sender: str, receiver: str, amount: int
    ) -> tuple[Rule, dict[str | int, int]]:
        """The rules that count investors, and by how much the transfer changes each investor's total."""
        changes: dict[str | int, int] = {}
        if sender != NO_ACCOUNT:
            self._recount(tranche, sender, changes)
        self._recount(tranche, receiver, changes)
        seller, buyer = self.investor_of(sender), self.investor_of(receiver)
        if amount == 0 or seller == buyer:
            return Rule.NONE, changes
        _change(changes, seller, -amount)
        _change(changes, buyer, amount)
        return (self._rule_of_buyer(tranche, buyer, amount, changes) if buyer else Rule.NONE), changes

    def _rule_of_buyer(self, tranche: int, buyer: str | int, amount: int, changes: Mapping[str | int, int]) -> Rule:
        limits = self.rules.tranches[tranche]
        totals = {each: self.totals.get((tranche, each), 0) for each in changes}
        after = {each: totals[each] + change for each, change in changes.items()}
        if limits.largest and after[buyer] > limits.largest:
            return Rule.LARGEST_PART
        investors = self.investors(tranche) + _present(after.values()) - _present(totals.values())
        is_new = after[buyer] == amount
        return Rule.INVESTORS if limits.investors and is_new and investors > limits.investors else Rule.NONE

    # Counting

    def _counts(self, tranche: int, sender: str, receiver: str, amount: int) -> bool:
        """Whether a transfer is counted. One of more shares than there are comes to nothing."""
        if not self.rules.tranches[tranche].counts or sender == receiver:
            return False
        return sender == NO_ACCOUNT or amount <= self.shares_of(tranche, sender)

    def investor_of(self, account: str) -> str | int:
        """Who is behind an account: an unregistered one is an investor of its own; 0 for who counts as nobody."""
        entry = self.entry(account)
        if account == NO_ACCOUNT or entry.exempt:
            return 0
        return entry.investor or account

    def _recount(self, tranche: int, account: str, changes: dict[str | int, int]) -> None:
        """Adds to the changes what an account was counted with before and what it has now."""
        before, shares = self.counted.get((tranche, account), (0, 0))
        _change(changes, before, -shares)
        _change(changes, self.investor_of(account), self.shares_of(tranche, account))

    def _place(self, tranche: int, account: str, amount: int) -> None:
        if account == NO_ACCOUNT:
            return
        investor = self.investor_of(account)
        if investor:
            self.counted[tranche, account] = (investor, self.shares_of(tranche, account) + amount)
        else:
            self.counted.pop((tranche, account), None)

    def _add(self, tranche: int, changes: Mapping[str | int, int]) -> None:
        for investor, change in changes.items():
            self.totals[tranche, investor] = self.totals.get((tranche, investor), 0) + change


def _change(changes: dict[str | int, int], investor: str | int, shares: int) -> None:
    """Nobody's shares count for nobody."""
    if investor:
        changes[investor] = changes.get(investor, 0) + shares


def _present(totals: Collection[int]) -> int:
    return sum(1 for each in totals if each)
