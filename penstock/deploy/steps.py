"""From an order to its steps, without reading the chain: the same order always gives the same steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from penstock.deploy.checks import (
    Allows,
    AllowsRest,
    Bound,
    Check,
    Distributed,
    HasCode,
    HasCoin,
    Holds,
    Permitted,
    Registered,
)
from penstock.deploy.plan import Kind, Order, Parts, Step
from penstock.evm.artifacts import Artifact
from penstock.evm.codec import Address
from penstock.format import counted, exact_money, shares_of
from penstock.model.shares import Allotment
from penstock.onchain.addresses import (
    PROXY,
    PROXY_COST,
    PROXY_SENDER,
    PROXY_TRANSACTION,
    SHARED_SALT,
    clone_with_arguments,
    create2,
    launch_salt,
    made_by_factory,
    own_salt,
    share_addresses,
)
from penstock.onchain.compliance import pack_registration, pack_rules
from penstock.onchain.launch import at_closing, pack_terms
from penstock.onchain.offering import offering_arguments
from penstock.onchain.roles import days_of
from penstock.onchain.terms_encode import NO_ADDRESS

# Holders per transaction of the registry: far below a testnet's block limit.
HOLDERS_AT_ONCE = 200
# Holders per transaction of the batch. Each takes some 34,000 gas; a transaction may take 16.7 million (EIP-7825), and
# these take less than half of that, the margin of the gas limit included.
SHARES_AT_ONCE = 150


@dataclass(frozen=True)
class PlannedSteps:
    """Steps and addresses of an order, and the terms the chain will hold."""

    steps: tuple[Step, ...]
    parts: Parts
    packed: bytes


def draw(order: Order, artifacts: Mapping[str, Artifact]) -> PlannedSteps:
    """
    The whole deployment of an order.

    Raises
    ------
    LaunchRefused : terms no chain can hold, or a payee without an address.
    """
    return _Drawing(order, artifacts).draw()


@dataclass(frozen=True)
class _Offer:
    address: Address
    step: Step


class _Drawing:
    def __init__(self, order: Order, artifacts: Mapping[str, Artifact]) -> None:
        self.order, self.artifacts = order, artifacts
        self.steps: list[Step] = []

    def draw(self) -> PlannedSteps:
        order = self.order
        self._proxy()
        logic = self._make("TrancheShareLogic", "deploy the logic all shares delegate to", SHARED_SALT)
        trial = self._make("DealTrial", "deploy the trial of deals with grace", SHARED_SALT)
        factory = self._make("DealFactory", "deploy the factory and the deals' code", SHARED_SALT, logic, trial)
        lens = self._make("DealLens", "deploy the lens, which reads deals for others", SHARED_SALT)
        batch = self._make("HolderBatch", "deploy the batch, which serves many holders at once", SHARED_SALT)
        own = own_salt(order.sponsor, order.salt, order.deal_text)
        shared = len(self.steps)
        asset = order.asset or self._make("MockUSD", "deploy a mock stablecoin", own, order.terms.decimals)
        policy, reports = order.policy, order.reports
        if policy is None and order.terms.holders:
            rules = pack_rules(order.terms.holders)
            policy = self._make("CompliancePolicy", "deploy the deal's policy for holders", own, order.sponsor, rules)
        if policy is None:
            policy = self._make("HolderRegistry", "deploy the deal's register of holders", own, order.sponsor)
        if reports is None:
            reports = self._reporter(own)
        registry, policy = policy, self._behind("DelayedPolicy", "policy", policy, own)
        reports = self._behind("DelayedReports", "source of reports", reports, own)
        packed = pack_terms(order.terms, asset, order.payees, policy, reports)
        extension, implementation = made_by_factory(factory)
        offer = None if order.offering is None else self._offer(factory, packed, own)
        launcher = order.sponsor if offer is None else offer.address
        deal = clone_with_arguments(factory, implementation, packed, launch_salt(launcher, order.salt))
        shares = share_addresses(deal, len(order.terms.tranches))
        shared_parts = (PROXY, logic, trial, factory, lens, batch, extension, implementation)
        parts = Parts(
            *shared_parts, asset, deal, shares, policy, reports, NO_ADDRESS if offer is None else offer.address
        )
        # Only needed before the launch; whether the effect is still there afterwards does not matter.
        self.steps = [*self.steps[:shared], *(_moot(step, deal) for step in self.steps[shared:])]
        exempt = () if offer is None else (offer.address,)
        if order.policy is None and order.terms.holders:
            self._register(registry, policy, deal, exempt)
        elif order.policy is None:
            self._permit(registry, deal, exempt)
        if offer is not None:
            self.steps.append(offer.step)
            return PlannedSteps(tuple(self.steps), parts, packed)
        self._fund(asset, factory, deal)
        closing, later = at_closing(order.allotments, order.sponsor)
        given = [(each.tranche, each.holder, each.shares) for each in closing]
        self._call(
            "launch",
            f"launch {order.terms.name}: the deal, {counted(len(shares), 'share')} and "
            f"{counted(len(given), 'allotment')}",
            factory,
            "DealFactory",
            "launch",
            (packed, given, order.salt.to_bytes(32, "big")),
            HasCode(deal),
            makes=deal,
        )
        self._distribute(later, shares, batch)
        return PlannedSteps(tuple(self.steps), parts, packed)

    def _offer(self, factory: Address, packed: bytes, salt: bytes) -> _Offer:
        """The offering, which is deployed last; its address is needed before."""
        order = self.order
        assert order.offering is not None
        arguments = offering_arguments(order.offering, order.payees, factory, order.salt, packed, order.allotments)
        intent = f"deploy the offering of {order.terms.name}, whose closing launches the deal"
        address = self._make("Offering", intent, salt, *arguments)
        return _Offer(address, self.steps.pop())

    def _proxy(self) -> None:
        self.steps += proxy_steps(self.order.sponsor)

    def _make(self, name: str, intent: str, salt: bytes, *arguments: object) -> Address:
        step = create2_step(self.artifacts[name], intent, self.order.sponsor, salt, *arguments)
        self.steps.append(step)
        assert step.makes is not None
        return step.makes

    def _reporter(self, salt: bytes) -> Address:
        quorum = self.order.quorum
        if quorum is None:
            return self._make("SingleReporter", "deploy the deal's source of reports", salt, self.order.sponsor)
        intent = (
            f"deploy the deal's source of reports, of {quorum.size} of {counted(len(quorum.reporters), 'reporter')}"
        )
        reporters = list(quorum.reporters)
        return self._make("QuorumReporter", intent, salt, reporters, quorum.size, quorum.tolerance)

    def _behind(self, name: str, what: str, part: Address, salt: bytes) -> Address:
        """A part itself, or the fixed address behind which it can be replaced."""
        order = self.order
        if part == NO_ADDRESS or not order.delay:
            return part
        intent = f"deploy the fixed address of the {what}, replaced {days_of(order.delay)} after it is scheduled"
        return self._make(name, intent, salt, order.sponsor, part, order.delay)

    def _permit(self, policy: Address, deal: Address, more: Sequence[Address] = ()) -> None:
        closing, later = at_closing(self.order.allotments, self.order.sponsor)  # the sponsor may hold in between
        holders = list(dict.fromkeys([*(each.holder for each in (*closing, *later)), *more]))
        for start in range(0, len(holders), HOLDERS_AT_ONCE):
            some = tuple(holders[start : start + HOLDERS_AT_ONCE])
            name = f"allow:{start // HOLDERS_AT_ONCE + 1}"
            intent = f"let {counted(len(some), 'holder')} receive shares"
            group = f"let {counted(len(holders), 'holder')} receive shares"
            check = Permitted(policy, deal, tuple((0, each) for each in some))
            self._call(name, intent, policy, "HolderRegistry", "allow", (list(some),), check, moot=deal, group=group)

    def _register(self, registry: Address, policy: Address, deal: Address, exempt: Sequence[Address]) -> None:
        """
        policy : the fixed address in front of the registry, or the registry itself, which the deal then asks.
        exempt : accounts that no rule stops, such as an offering.
        """
        asker = deal if policy == registry else policy
        intent = "bind the policy to the deal it will serve"
        bound = Bound(registry, deal)
        self._call("bind", intent, registry, "CompliancePolicy", "bind", (deal, asker, list(exempt)), bound, moot=deal)
        holders = self.order.registrations
        for start in range(0, len(holders), HOLDERS_AT_ONCE):
            some = holders[start : start + HOLDERS_AT_ONCE]
            name = f"register:{start // HOLDERS_AT_ONCE + 1}"
            intent, group = (f"register {counted(len(each), 'holder')}" for each in (some, holders))
            check = Registered(registry, some)
            packed = ([pack_registration(each) for each in some],)
            self._call(name, intent, registry, "CompliancePolicy", "registerAll", packed, check, moot=deal, group=group)

    def _fund(self, asset: Address, factory: Address, deal: Address) -> None:
        order, opening = self.order, self.order.terms.opening
        if not opening:
            return
        amount = f"{exact_money(opening, order.terms.decimals)} {order.terms.asset}"
        if order.asset is None:
            check: Check = Holds(asset, order.sponsor, opening)
            arguments = (order.sponsor, opening)
            self._call("mint", f"mint {amount} of the mock", asset, "MockUSD", "mint", arguments, check, moot=deal)
        intent = f"let the factory take the opening reserves, {amount}"
        allows = Allows(asset, order.sponsor, factory, opening)
        self._call("approve", intent, asset, "MockUSD", "approve", (factory, opening), allows, moot=deal)

    def _distribute(self, later: Sequence[Allotment], shares: Sequence[Address], batch: Address) -> None:
        """What the launch could not allot: from the sponsor, by the batch, within an exact allowance for each share."""
        given = {index: [each for each in later if each.tranche == index] for index in range(len(shares))}
        tranches = self.order.terms.tranches
        parts = {
            index: [
                Distributed(share, self.order.sponsor, tuple((each.holder, each.shares) for each in some))
                for some in _in_parts(given[index], SHARES_AT_ONCE)
            ]
            for index, share in enumerate(shares)
        }
        asked = f"let the batch transfer the sponsor's shares of {counted(sum(map(bool, parts.values())), 'tranche')}"
        for index, share in enumerate(shares):
            if not parts[index]:
                continue
            total = sum(each.total for each in parts[index])
            check = AllowsRest(share, self.order.sponsor, batch, tuple(parts[index]))
            intent = f"let the batch transfer {self._shares(index, total)}"
            self._call(
                f"approve:{tranches[index].id}",
                intent,
                share,
                "TrancheShareLogic",
                "approve",
                (batch, total),
                check,
                group=asked,
            )
        for index, share in enumerate(shares):
            total = sum(each.total for each in parts[index])
            group = f"give {self._shares(index, total)} to {counted(len(given[index]), 'holder')}"
            for place, part in enumerate(parts[index], 1):
                holders, amounts = [holder for holder, _ in part.given], [amount for _, amount in part.given]
                self._call(
                    f"distribute:{tranches[index].id}:{place}",
                    f"give {self._shares(index, part.total)} to {counted(len(holders), 'holder')}",
                    batch,
                    "HolderBatch",
                    "distribute",
                    (share, holders, amounts),
                    part,
                    group=group,
                )

    def _shares(self, index: int, amount: int) -> str:
        return shares_of(self.order.terms.tranches[index].id, amount, self.order.terms.share_decimals)

    def _call(
        self,
        name: str,
        intent: str,
        to: Address,
        contract: str,
        function: str,
        arguments: tuple[object, ...],
        check: Check,
        makes: Address | None = None,
        moot: Address | None = None,
        group: str = "",
    ) -> None:
        data = self.artifacts[contract].abi.function(function).encode(arguments)
        sender = self.order.sponsor
        self.steps.append(Step(name, intent, Kind.CALL, sender, to, data, check, makes=makes, moot=moot, group=group))


def proxy_steps(sender: Address) -> list[Step]:
    """The CREATE2 proxy: its keyless sender is paid, then sends its one transaction."""
    return [
        Step(
            "fund-proxy",
            "pay the keyless sender of the CREATE2 proxy for its one transaction",
            Kind.PAY,
            sender,
            PROXY_SENDER,
            b"",
            HasCoin(PROXY_SENDER, PROXY_COST),
            value=PROXY_COST,
            moot=PROXY,
        ),
        Step(
            "proxy",
            "deploy the CREATE2 proxy, the same on every chain",
            Kind.KEYLESS,
            PROXY_SENDER,
            NO_ADDRESS,
            b"",
            HasCode(PROXY),
            makes=PROXY,
            contract="CREATE2 proxy",
            raw=PROXY_TRANSACTION,
        ),
    ]


def create2_step(artifact: Artifact, intent: str, sender: Address, salt: bytes, *arguments: object) -> Step:
    """The step in which the proxy deploys a contract, at an address that follows from its code, arguments and salt."""
    creation = artifact.bytecode + artifact.abi.constructor.encode(arguments)
    address = create2(salt, creation)
    return Step(
        artifact.name,
        intent,
        Kind.CREATE2,
        sender,
        PROXY,
        salt + creation,
        HasCode(address, artifact),
        makes=address,
        contract=artifact.name,
        constructor=arguments,
    )


def _in_parts(allotments: Sequence[Allotment], size: int) -> list[Sequence[Allotment]]:
    return [allotments[at : at + size] for at in range(0, len(allotments), size)]


def _moot(step: Step, deal: Address) -> Step:
    return replace(step, moot=deal)
