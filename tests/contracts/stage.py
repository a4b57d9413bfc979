"""One deal on a chain with the people around it, and what a test may ask of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest

from penstock.evm.chain import Contract, Receipt
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import ChainRevert
from penstock.model.calendar import timestamp
from penstock.model.grace import grace_ends_at
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.events import settled_in
from penstock.onchain.launch import Deployment, System, launch
from penstock.onchain.reports import unpack_reported
from penstock.onchain.state import ChainState, read_state
from penstock.onchain.terms_encode import NO_ADDRESS

SENIOR = 0
USD = 10**6
EVERYTHING = 2**256 - 1
NOBODY = NO_ADDRESS


@dataclass(frozen=True)
class Cast:
    """Accounts by the part they play. Ann holds every share unless a test gives them out otherwise."""

    sponsor: Address
    ann: Address
    bob: Address
    cho: Address
    operator: Address
    agent: Address
    payer: Address
    stranger: Address


@dataclass
class Stage:
    """A launched deal. `watched` are the accounts whose cash and shares no refusal may change."""

    system: System
    terms: DealTerms
    deployment: Deployment
    cast: Cast
    watched: list[Address] = field(default_factory=list)

    @property
    def deal(self) -> Contract:
        return self.deployment.deal

    @property
    def asset(self) -> Contract:
        return self.deployment.asset

    @property
    def equity(self) -> int:
        return self.terms.equity

    def share(self, tranche: int = SENIOR) -> Contract:
        return self.deployment.share(tranche)

    def state(self) -> ChainState:
        return read_state(self.deal, self.terms)

    def cash(self, account: Address | None = None) -> int:
        """Of an account; of the deal where none is named."""
        return int(self.asset.call("balanceOf", account or self.deal.address))

    def claimable(self, tranche: int, holder: Address) -> int:
        return int(self.deal.call("claimable", tranche, holder))

    def payment_at(self, period: int) -> int:
        return timestamp(self.terms.payment_dates[period - 1])

    def until(self, period: int) -> None:
        """Waits for a period's payment date."""
        self.system.chain.set_time(max(self.system.chain.now(), self.payment_at(period)))

    def gift(self, amount: int) -> None:
        self.asset.send("mint", self.deal.address, amount)

    def lose(self, amount: int) -> None:
        """Cash vanishes from the deal, as only a dishonest asset lets it."""
        self.asset.send("cut", self.deal.address, amount)

    def settle(self, collections: int = 0, count: int = 1) -> Receipt:
        """Settles the next period with this much new revenue, when its date has come and its grace is over."""
        period = self.state().period + 1
        if period <= self.terms.periods:
            self.system.chain.set_time(max(self.system.chain.now(), grace_ends_at(self.terms, period)))
        if collections:
            self.gift(collections)
        return self.deal.send("settle", count, sender=self.cast.stranger)

    def claim(self, tranche: int, holder: Address) -> int:
        """What the asset says the holder received."""
        before = self.cash(holder)
        self.deal.send("claim", tranche, sender=holder)
        return self.cash(holder) - before

    def claim_fee(self, fee: int, payee: Address) -> int:
        before = self.cash(payee)
        self.deal.send("claimFee", fee, sender=payee)
        return self.cash(payee) - before

    def paid(self, receipt: Receipt) -> list[list[int]]:
        """What each period settled in a transaction gave each rung."""
        return [each.paid for each in settled_in(receipt, self.deal.abi, self.terms)]

    def reported(self, receipt: Receipt) -> tuple[int, int]:
        """Loss and asset value the settlement of one period took from its report; zeros without one."""
        events = receipt.events(self.deal.abi)
        said = [unpack_reported(each["figures"], len(self.terms.fields)) for each in events if each.name == "Reported"]
        return (said[0].loss or 0, said[0].asset_value or 0) if said else (0, 0)

    def numbers(self) -> dict[str, Any]:
        """Everything a refusal must leave as it was."""
        tranches = range(len(self.terms.tranches))
        return {
            "state": asdict(self.state()),
            "cash": {each: self.cash(each) for each in [self.deal.address, *self.watched]},
            "money": self.asset.call("totalSupply"),
            "holdings": {
                (tranche, each): self.deal.call("holderOf", tranche, each)
                for tranche in tranches
                for each in self.watched
            },
            "nonces": {
                (tranche, each): self.share(tranche).call("nonces", each)
                for tranche in tranches
                for each in self.watched
            },
            "allowances": {
                (tranche, owner, spender): self.share(tranche).call("allowance", owner, spender)
                for tranche in tranches
                for owner in (self.cast.ann, self.cast.bob)
                for spender in (self.cast.bob, self.cast.stranger)
            },
            "claimed for": {each: self.deal.call("acceptsClaimFor", each) for each in self.watched},
            "allowed": {each: self.asset.call("allowance", each, self.deal.address) for each in self.watched},
            "terms": self.deal.call("terms"),
            "logs": len(self.system.chain.logs()),
        }

    @contextmanager
    def refused(self, name: str, values: Mapping[str, Any] | None = None) -> Iterator[None]:
        """Inside, a contract must refuse by exactly this error, and nothing may change."""
        before = self.numbers()
        with pytest.raises(ChainRevert) as caught:
            yield
        assert (caught.value.name, caught.value.values) == (name, dict(values or {}))
        assert self.numbers() == before

    def assert_sound(self) -> None:
        """The deal holds what its ledger accounts for, and holders can take no more than that."""
        state = self.state()
        assert self.cash() >= state.accounted
        by_tranche = range(len(self.terms.tranches))
        if self.terms.narrow:  # which keeps the claims of all tranches as one number
            by_tranche = range(0)
        for tranche in by_tranche:
            open_credit = state.credited[tranche] - state.claimed[tranche]
            holders = [each for each in self.watched if self.deal.call("holderOf", tranche, each) != (0, 0)]
            carry = open_credit - sum(self.claimable(tranche, each) for each in holders)
            assert 0 <= carry <= max(0, len(holders) - 1), (tranche, carry)
        pots = sum(state.reserves) + sum(state.trapped) + sum(state.fee_claimable)
        assert state.accounted == sum(state.credited) - sum(state.claimed) + pots


def everything_to(holder: Address, terms: DealTerms) -> list[Allotment]:
    return [Allotment(index, holder, tranche.supply) for index, tranche in enumerate(terms.tranches)]


def trial_of(system: System) -> Address:
    """The trial of a factory's deals: the last address in the code of their extension."""
    places = system.artifacts["DealExtension"].immutables
    at, length = places[max(places, key=int)][0]
    return checksum(system.chain.code(system.factory.call("extension"))[at : at + length][-20:])


def cast_of(system: System) -> Cast:
    return Cast(*system.chain.accounts[:8])


def put_on(
    system: System,
    terms: DealTerms,
    asset: Contract | None = None,
    allotments: Sequence[Allotment] | None = None,
    policy: Contract | None = None,
    reports: Contract | None = None,
    payees: Mapping[str, Address] | None = None,
    watched: Sequence[Address] = (),
) -> Stage:
    """Launches a deal. Without an asset, an honest one until a test takes from it; without allotments, all to Ann."""
    cast = cast_of(system)
    if reports is None and terms.reads_reports:
        reports = system.chain.deploy(system.artifacts["SilentReports"])
    asset = asset or system.chain.deploy(system.artifacts["RebaseDownUSD"], terms.decimals)
    if terms.opening:
        asset.send("mint", cast.sponsor, terms.opening)
    deployment = launch(
        system,
        terms,
        asset,
        payees or {"operator": cast.operator, "agent": cast.agent},
        cast.sponsor,
        allotments if allotments is not None else everything_to(cast.ann, terms),
        policy=policy.address if policy else NO_ADDRESS,
        reports=reports.address if reports else NO_ADDRESS,
    )
    accounts = [cast.sponsor, cast.ann, cast.bob, cast.cho, cast.operator, cast.agent, cast.payer, cast.stranger]
    return Stage(system, terms, deployment, cast, [*accounts, *watched])
