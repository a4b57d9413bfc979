"""A plan: what will be sent, in order, as data. It can be shown, executed with a journal, or exported unsigned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from penstock.deploy.checks import Check
from penstock.evm.artifacts import Artifact
from penstock.evm.codec import Address
from penstock.links.quorum import Quorum
from penstock.model.compliance import Registration
from penstock.model.offering_terms import OfferingTerms
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.terms_encode import NO_ADDRESS


class Kind(str, Enum):
    """CREATE2: the proxy deploys a contract. CALL: of a contract. PAY: native coin only. KEYLESS: signed by no key."""

    CREATE2 = "create2"
    CALL = "call"
    PAY = "pay"
    KEYLESS = "keyless"


@dataclass(frozen=True)
class Step:
    """
    One transaction.

    id : its name in the journal, unique in the plan. intent : in words, for people.
    group : what it does together with the steps beside it of the same group, in words; "" if it is alone.
    makes : the address of the contract it makes. contract : that contract's name. constructor : its arguments.
    check : how to see that it is done. moot : an address; once there is code, the step need not be done.
    raw : a KEYLESS step's transaction. done, gas : as the survey found them; gas 0 is not known yet.
    """

    id: str
    intent: str
    kind: Kind
    sender: Address
    to: Address
    data: bytes = field(repr=False)
    check: Check = field(repr=False)
    value: int = 0
    makes: Address | None = None
    contract: str | None = None
    constructor: tuple[object, ...] = ()
    moot: Address | None = None
    group: str = ""
    raw: bytes | None = field(default=None, repr=False)
    done: bool = False
    gas: int = 0


class Steps(Protocol):
    """What can be executed: steps of one sender, in order, on one chain."""

    @property
    def chain_id(self) -> int: ...

    @property
    def sender(self) -> Address: ...

    @property
    def steps(self) -> tuple[Step, ...]: ...

    def __iter__(self) -> Iterator[Step]: ...


@dataclass(frozen=True)
class Parts:
    """
    Every address of a deployment, known before anything is sent.

    lens, batch : the zero address where the chain has none. shares : of each tranche, in order. offering : the zero
    address without one.
    """

    proxy: Address
    logic: Address
    trial: Address
    factory: Address
    lens: Address
    batch: Address
    extension: Address
    implementation: Address
    asset: Address
    deal: Address
    shares: tuple[Address, ...]
    policy: Address = NO_ADDRESS
    reports: Address = NO_ADDRESS
    offering: Address = NO_ADDRESS


@dataclass(frozen=True)
class Order:
    """
    What was asked for.

    deal_file : its name. asset : None for a MockUSD of its own. policy, reports : an address, the zero address for
    none, or None for a policy, a SingleReporter of the deal's own, held by the sponsor; the policy is a
    CompliancePolicy where the deal file says who may hold shares, else a HolderRegistry.
    registrations : who holders are, for a CompliancePolicy.
    quorum : of a QuorumReporter in the place of the SingleReporter; None for that one.
    delay : in seconds, to put policy and reports behind a fixed address of their own and replace them later; 0 for not.
    allotments : one a holder and tranche.
    salt : another number launches the same terms once more.
    offering : sells shares before there is a deal; the plan then deploys it, and closing it launches the deal.
    """

    deal_file: str
    deal_text: str = field(repr=False)
    terms: DealTerms = field(repr=False)
    sponsor: Address
    payees: Mapping[str, Address]
    allotments: tuple[Allotment, ...]
    asset: Address | None = None
    policy: Address | None = NO_ADDRESS
    reports: Address | None = NO_ADDRESS
    salt: int = 0
    delay: int = 0
    quorum: Quorum | None = None
    offering: OfferingTerms | None = None
    registrations: tuple[Registration, ...] = ()

    @property
    def launcher(self) -> str:
        """The step with which the deal, or its offering, is there."""
        return "launch" if self.offering is None else "Offering"

    @property
    def deal_sha256(self) -> str:
        return hashlib.sha256(self.deal_text.encode()).hexdigest()


@dataclass(frozen=True)
class Plan:
    """
    Steps in the order they are sent, for one chain.

    name : of the network, as a user types it. packed : the terms as the chain will hold them.
    notes : what the user should know before executing it.
    """

    chain_id: int
    genesis: str
    name: str
    order: Order
    parts: Parts
    packed: bytes = field(repr=False)
    steps: tuple[Step, ...]
    artifacts: Mapping[str, Artifact] = field(repr=False, default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def to_do(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not step.done)

    @property
    def gas(self) -> int:
        return sum(step.gas for step in self.to_do)

    @property
    def value(self) -> int:
        """Native coin the sponsor pays besides gas; the keyless transaction pays its own."""
        return sum(step.value for step in self.to_do if step.kind is not Kind.KEYLESS)

    @property
    def digest(self) -> str:
        """Identifies everything a plan sends, done or not: two plans with the same digest are one deployment."""
        rows = [[s.id, s.kind.value, s.sender, s.to, s.data.hex(), s.value, s.makes] for s in self.steps]
        text = json.dumps([self.chain_id, self.genesis, self.order.deal_sha256, rows])
        return hashlib.sha256(text.encode()).hexdigest()

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.id == name)

    @property
    def sender(self) -> Address:
        return self.order.sponsor

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)
