"""What is done with an offering on a chain: subscribe, close, cancel, collect, take back; planned, sent or exported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import Allows, AllowsNothing, Answers, Check, HasCode, Says, code_at, same_code
from penstock.deploy.plan import Step
from penstock.evm.artifacts import load_artifacts
from penstock.evm.chain import Contract
from penstock.evm.codec import Address
from penstock.evm.retry import RetryingRpc
from penstock.format import counted, exact_money, moment
from penstock.model.offering_terms import Lot, OfferingState
from penstock.model.terms import DealTerms
from penstock.onchain.asset import asset_symbol
from penstock.onchain.offering import Given, lot_of, opened_in
from penstock.onchain.terms_decode import decode_terms
from penstock.onchain.terms_encode import NO_ADDRESS

WORD = 32


@dataclass(frozen=True)
class LiveOffering:
    """
    An offering as the chain has it now.

    terms, packed, others : what closing launches. lots : of each tranche that is sold, with its subscribed units.
    subscribed, soft_cap : in base units. deadline_at, grace_ends_at : in seconds.
    """

    chain: RetryingRpc
    contract: Contract
    asset: Contract
    terms: DealTerms
    packed: bytes
    others: tuple[Given, ...]
    lots: tuple[tuple[Lot, int], ...]
    state: OfferingState
    subscribed: int
    soft_cap: int
    deadline_at: int
    grace_ends_at: int

    @property
    def deal(self) -> Address:
        return str(self.contract.call("deal"))

    @property
    def left(self) -> int:
        """What the units cost that nobody has subscribed to, in base units."""
        return sum((lot.units - sold) * lot.price for lot, sold in self.lots)

    def lot(self, tranche_id: str) -> tuple[Lot, int]:
        """Raises AdminRefused when nothing of a tranche is sold."""
        ids = [self.terms.tranches[lot.tranche].id for lot, _ in self.lots]
        if tranche_id not in ids:
            raise AdminRefused(f"nothing of {tranche_id!r} is sold; accepted: {', '.join(ids)}")
        return self.lots[ids.index(tranche_id)]

    def units_of(self, tranche: int, holder: Address) -> int:
        return int(self.contract.call("unitsOf", tranche, holder))

    def id_of(self, tranche: int) -> str:
        return self.terms.tranches[tranche].id

    def money(self, amount: int) -> str:
        return f"{exact_money(amount, self.terms.decimals)} {self.terms.asset}"


def open_offering(chain: RetryingRpc, address: Address) -> LiveOffering:
    """
    Raises
    ------
    AdminRefused : when there is no offering with our code.
    """
    artifacts = load_artifacts()
    for artifact in artifacts.values():
        chain.registry.add(artifact.abi)
    code = code_at(chain, address)
    if not same_code(artifacts["Offering"], code):
        what = "a contract that is not our Offering" if code else "no contract"
        raise AdminRefused(f"{what} at {address} on chain {chain.chain_id}; accepted: an offering's address")
    contract = chain.at(address, artifacts["Offering"].abi)
    packed, others = opened_in(chain.existing_logs(address), contract.abi)
    decoded = decode_terms(packed)
    terms = replace(decoded.terms, asset=asset_symbol(chain, decoded.asset))
    found = [lot_of(contract.call("lotOf", tranche), tranche) for tranche in contract.call("tranches")]
    return LiveOffering(
        chain,
        contract,
        chain.at(contract.call("asset"), artifacts["MockUSD"].abi),
        terms,
        packed,
        others,
        tuple(each for each in found if each is not None),
        OfferingState(contract.call("state")),
        contract.call("subscribed"),
        contract.call("softCap"),
        contract.call("deadlineAt"),
        contract.call("graceEndsAt"),
    )


def plan_subscription(offering: LiveOffering, network: str, holder: Address, tranche_id: str, units: int) -> AdminPlan:
    """
    The holder's steps until it has so many units of a tranche in all: run again, it does nothing twice.

    Raises
    ------
    AdminRefused : the offering takes no subscriptions, or not these.
    """
    lot, sold = offering.lot(tranche_id)
    held = offering.units_of(lot.tranche, holder)
    more = units - held
    if more > 0:
        _require_open(offering)
        if more > lot.units - sold:
            raise AdminRefused(f"{tranche_id} has {counted(lot.units - sold, 'unit')} left, and {more:,} are asked for")
    if not lot.least <= units <= lot.most:
        raise AdminRefused(f"{units:,} units of {tranche_id}; accepted: {lot.least:,} to {lot.most:,} a holder")
    if more < 0:
        raise AdminRefused(f"{holder} has {held:,} units of {tranche_id} already; a subscription is not taken back")
    due = more * lot.price
    steps = _allowance(offering, holder, due) if more else []
    steps.append(
        _step(
            offering,
            f"subscribe:{tranche_id}:{units}",
            f"subscribe to {counted(more, 'unit')} of {tranche_id} for {offering.money(due)}",
            holder,
            "subscribe",
            (lot.tranche, more),
            _units_are(offering, lot.tranche, holder, units),
        )
    )
    title = f"subscribe to {counted(units, 'unit')} of {tranche_id} of {offering.terms.name}"
    return plan_admin(offering.chain, network, title, steps)


def plan_underwriting(offering: LiveOffering, network: str) -> AdminPlan:
    """The underwriter lets the offering take what all units cost that are left now."""
    underwriter = str(offering.contract.call("underwriter"))
    if underwriter == NO_ADDRESS:
        raise AdminRefused("the terms of the offering name no underwriter")
    steps = _allowance(offering, underwriter, offering.left)
    return plan_admin(offering.chain, network, f"underwrite {offering.terms.name}", steps)


def plan_closing(offering: LiveOffering, network: str, caller: Address) -> AdminPlan:
    """Anyone's step. Raises AdminRefused when the offering cannot be closed."""
    early = offering.state == OfferingState.OPEN and offering.left == 0
    if offering.state not in (OfferingState.CLOSING, OfferingState.CLOSED) and not early:
        raise AdminRefused(f"the offering is {state_text(offering)}, and cannot be closed")
    arguments = (offering.packed, list(offering.others))
    intent = f"close the offering and launch {offering.terms.name}"
    step = _step(offering, "close", intent, caller, "close", arguments, HasCode(offering.deal))
    return plan_admin(offering.chain, network, f"close the offering of {offering.terms.name}", [step])


def plan_cancelling(offering: LiveOffering, network: str) -> AdminPlan:
    canceller = str(offering.contract.call("canceller"))
    if canceller == NO_ADDRESS:
        raise AdminRefused("the terms of the offering let nobody cancel it")
    if offering.state == OfferingState.OPEN and offering.subscribed >= offering.soft_cap:
        raise AdminRefused(f"the soft cap, {offering.money(offering.soft_cap)}, is met: nobody can cancel any more")
    if offering.state in (OfferingState.CLOSED, OfferingState.CLOSING):
        raise AdminRefused(f"the offering is {state_text(offering)}, and cannot be cancelled")
    check = Says(offering.contract.address, (("state()", int(OfferingState.FAILED)),))
    step = _step(offering, "cancel", "cancel the offering", canceller, "cancel", (), check)
    return plan_admin(offering.chain, network, f"cancel the offering of {offering.terms.name}", [step])


def plan_collection(offering: LiveOffering, network: str, caller: Address, holders: Sequence[Address]) -> AdminPlan:
    """Anyone's steps: each holder gets the shares it subscribed to. Raises AdminRefused before closing."""
    if offering.state != OfferingState.CLOSED:
        raise AdminRefused(f"the offering is {state_text(offering)}: there are no shares yet")

    def step(tranche: int, holder: Address) -> Step:
        intent = f"give {holder} its shares of {offering.id_of(tranche)}"
        check = _units_are(offering, tranche, holder, 0)
        name = f"collect:{offering.id_of(tranche)}:{holder}"
        return _step(offering, name, intent, caller, "collect", (tranche, holder), check)

    return plan_admin(
        offering.chain, network, f"collect shares of {offering.terms.name}", _each(offering, holders, step)
    )


def plan_refund(offering: LiveOffering, network: str, holder: Address) -> AdminPlan:
    """The holder's steps to take back all it paid. Raises AdminRefused when the offering has not failed."""
    if offering.state != OfferingState.FAILED:
        raise AdminRefused(f"the offering is {state_text(offering)}, and has not failed")

    def step(tranche: int, whose: Address) -> Step:
        name, intent = f"refund:{offering.id_of(tranche)}", f"take back what was paid for {offering.id_of(tranche)}"
        return _step(offering, name, intent, whose, "refund", (tranche,), _units_are(offering, tranche, whose, 0))

    steps = _each(offering, [holder], step)
    return plan_admin(offering.chain, network, f"refund of the offering of {offering.terms.name}", steps)


def subscribers(offering: LiveOffering) -> list[Address]:
    """Everybody who ever subscribed, the underwriter included, in the order of the logs."""
    logs = map(offering.contract.abi.event, offering.chain.existing_logs(offering.contract.address))
    return list(dict.fromkeys(str(each["holder"]) for each in logs if each and each.name == "Subscribed"))


def state_text(offering: LiveOffering) -> str:
    if offering.state == OfferingState.OPEN:
        return f"open until {moment(offering.deadline_at)}"
    if offering.state == OfferingState.CLOSING:
        return f"closing until {moment(offering.grace_ends_at)}"
    return offering.state.name.lower()


def _require_open(offering: LiveOffering) -> None:
    if offering.state != OfferingState.OPEN:
        raise AdminRefused(f"the offering is {state_text(offering)}, and takes no subscriptions")


def _each(offering: LiveOffering, holders: Sequence[Address], step: Callable[[int, Address], Step]) -> list[Step]:
    """A step for every tranche of which a holder has units."""
    found = [
        step(lot.tranche, holder)
        for holder in holders
        for lot, _ in offering.lots
        if offering.units_of(lot.tranche, holder)
    ]
    if not found:
        raise AdminRefused("nothing is left: what was subscribed was collected or taken back already, or never was")
    return found


def _units_are(offering: LiveOffering, tranche: int, holder: Address, units: int) -> Check:
    data = offering.contract.abi.function("unitsOf").encode((tranche, holder))
    return Answers(offering.contract.address, data, units.to_bytes(WORD, "big"))


def _allowance(offering: LiveOffering, owner: Address, amount: int) -> list[Step]:
    """An allowance that is too small is first set to zero, because USDT allows no other change."""
    asset, spender = offering.asset, offering.contract.address
    present, steps = asset.call("allowance", owner, spender), []
    if 0 < present < amount:
        intent, cleared = "clear what is left of an earlier allowance", AllowsNothing(asset.address, owner, spender)
        steps.append(call("clear", intent, owner, asset.address, asset.abi, "approve", (spender, 0), cleared))
    intent = f"let the offering take {offering.money(amount)}"
    check = Allows(asset.address, owner, spender, amount)
    name = f"allow:{amount}"
    return [*steps, call(name, intent, owner, asset.address, asset.abi, "approve", (spender, amount), check)]


def _step(
    offering: LiveOffering,
    name: str,
    intent: str,
    sender: Address,
    function: str,
    arguments: tuple[Any, ...],
    check: Check,
) -> Step:
    contract = offering.contract
    return call(name, intent, sender, contract.address, contract.abi, function, arguments, check)
