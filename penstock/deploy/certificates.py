"""What is sent for certificates: plans that find what is done, so that a repeat buys and retires nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import Check, Logged
from penstock.deploy.meters import allowance, money_of, require_meter, shows, topic, word
from penstock.deploy.plan import Step
from penstock.evm.codec import Address
from penstock.format import counted
from penstock.links.meters_storage import RecordState, Unit, interval_id, meter_of, start_of
from penstock.links.readings import utc
from penstock.model.units import mul_div_up
from penstock.onchain.links import Links
from penstock.onchain.meters_replay import batches_of, replay


def _step(
    links: Links, name: str, intent: str, sender: Address, function: str, arguments: Sequence[Any], check: Check
) -> Step:
    to = links.certificates
    return call(name, intent, sender, to.address, to.abi, function, tuple(arguments), check)


def plan_issue(links: Links, meter: int, sender: Address) -> AdminPlan:
    """
    Issues every final batch of a meter that is not issued.

    Raises
    ------
    AdminRefused : the meter's unit has no certificates, or none of its batches is final and not issued.
    """
    unit = require_meter(links, meter).unit
    if unit not in (Unit.PRODUCED, Unit.REDUCED):
        raise AdminRefused(f"meter {meter} counts {Unit(unit).name.lower()}; accepted: Wh produced or reduced")
    made, steps = replay(links), []
    for place in batches_of(made, meter):
        record = made.meters.records[place]
        final = record.state in (RecordState.FINAL, RecordState.FINAL_LATE)
        if not final or not record.total or place in made.certificates.lots:
            continue
        check = shows(links.certificates, "lotOf", [place], 0, record.total)
        intent = f"issue {record.total:,} Wh of {utc(start_of(place))}"
        steps.append(_step(links, f"issue:{place}", intent, sender, "issue", [place], check))
    if not steps:
        raise AdminRefused(f"meter {meter} has no final interval with energy that is not issued")
    return plan_admin(links.chain, links.network, f"issue certificates of meter {meter}", steps)


def plan_price(links: Links, meter: int, price: int) -> AdminPlan:
    """Sets what a million units cost, base units."""
    state = require_meter(links, meter)
    check = shows(links.certificates, "priceOf", [meter], 1, price)
    intent = f"sell certificates of meter {meter} at {money_of(links, state.asset, price)} a million"
    steps = [_step(links, f"price:{meter}:{price}", intent, state.owner, "setPrice", (meter, price), check)]
    return plan_admin(links.chain, links.network, f"set the price of meter {meter}'s certificates", steps)


def plan_buy(links: Links, lot: int, amount: int, most: int | None, to: Address, buyer: Address) -> AdminPlan:
    """
    Buys what this account has not bought of a lot before, up to an amount in all.

    Parameters
    ----------
    amount : units of the lot the account will have bought, with what it bought earlier.
    most : the most it pays now, base units; by default what it costs now.

    Raises
    ------
    AdminRefused : not for sale, not that much left, or too expensive.
    """
    state = require_meter(links, meter_of(lot))
    abi = links.certificates.abi
    bought = Logged(
        links.certificates.address, (topic(abi, "Bought"), word(lot), word(buyer)), b"", links.block, amount, 0
    )
    before = bought.found(links.chain)
    missing = max(0, amount - before)
    price = links.certificates.call("priceOf", meter_of(lot))
    cost = mul_div_up(price.perMillion, missing, 10**6)
    pledge = links.meters.call("payeeAt", meter_of(lot), start_of(lot))
    if missing:
        left = links.certificates.call("balanceOf", links.certificates.address, lot)
        if not price.perMillion or price.perMillion < pledge.leastCertificate:
            raise AdminRefused(f"certificates of meter {meter_of(lot)} are not for sale at a price its pledge allows")
        if left < missing:
            raise AdminRefused(f"{left:,} units of the lot are for sale, and {missing:,} are wanted")
        if most is not None and cost > most:
            raise AdminRefused(f"it costs {money_of(links, price.asset, cost)}, more than --most allows")
    intent = f"buy {missing:,} Wh of {utc(start_of(lot))}, paid to {pledge.payee}"
    arguments = (lot, missing, cost if most is None else most, to)
    sent = _step(links, f"buy:{lot}:{amount}", intent, buyer, "buy", arguments, bought)
    steps = [sent]
    if missing:
        steps = [*allowance(links, state.asset, buyer, links.certificates.address, cost, f"buy:{lot}:{amount}"), sent]
    notes = (f"note: {buyer} bought {before:,} Wh of the lot before",) if before else ()
    return plan_admin(links.chain, links.network, f"have bought {amount:,} Wh of lot {lot}", steps, notes)


def plan_retire(
    links: Links, lot: int, amount: int, beneficiary: bytes, load_meter: int | None, holder: Address
) -> AdminPlan:
    """
    Retires what this account has not retired of a lot before, up to an amount in all, against the same hour's load.

    Raises
    ------
    AdminRefused : the account holds too little, or the load has too little left.
    """
    abi = links.certificates.abi
    load = interval_id(load_meter, start_of(lot)) if load_meter else 0
    topics = (topic(abi, "Retired"), word(lot), word(holder), word(load))
    retired = Logged(links.certificates.address, topics, b"", links.block, amount, 1)
    before = retired.found(links.chain)
    missing = max(0, amount - before)
    held = links.certificates.call("balanceOf", holder, lot)
    if held < missing:
        raise AdminRefused(f"{holder} holds {held:,} units of the lot, and {missing:,} are to be retired")
    if missing and load:
        total = links.meters.call("loadOf", lot, load).total
        room = total - links.certificates.call("matched", load)
        if room < missing:
            raise AdminRefused(
                f"the load of {utc(start_of(lot))} has room for {room:,} Wh more, and {missing:,} are wanted"
            )
    against = f", against meter {load_meter}" if load_meter else ""
    intent = f"retire {missing:,} Wh of {utc(start_of(lot))}{against}"
    arguments = (lot, missing, beneficiary, load)
    steps = [_step(links, f"retire:{lot}:{load}:{amount}", intent, holder, "retire", arguments, retired)]
    notes = (f"note: {counted(before, 'unit')} were retired so before",) if before else ()
    return plan_admin(links.chain, links.network, f"have retired {amount:,} Wh of lot {lot}", steps, notes)
