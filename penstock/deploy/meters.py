"""What the owner, the reporters and the askers of a meter send: plans that find what is done already."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import astuple, replace
from typing import Any

from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import Allows, Check, Logged, Shows
from penstock.deploy.plan import Step
from penstock.evm.abi import Abi
from penstock.evm.chain import Contract
from penstock.evm.codec import Address, canonical, codec
from penstock.evm.fees import fees_now
from penstock.format import counted, exact_money
from penstock.links.batches import Batches
from penstock.links.errors import LinkRefused
from penstock.links.meters_storage import NewMeter, QuestionState, RecordState, interval_id, meter_of, start_of
from penstock.links.readings import utc
from penstock.links.sumtree import Proof
from penstock.onchain.asset import symbol_of
from penstock.onchain.links import Links
from penstock.onchain.meters_replay import replay

ANSWER_GAS = 125_000
"""What an answer at 200,000 devices takes, both proofs and the credit: docs/GAS.md."""
BATCHES_AT_ONCE = 24
LAST_TIME = 2**40 - 1
TERMS = "(address,uint8,uint24,uint64,uint32,uint32,uint32,uint32,bytes32,bytes32,bytes32,uint96,uint96)"


def topic(abi: Abi, event: str) -> bytes:
    """The first topic of an event."""
    return next(each for each, entry in abi.events.items() if entry.name == event)


def word(value: int | Address) -> bytes:
    return value.to_bytes(32, "big") if isinstance(value, int) else bytes(12) + canonical(value)


def money_of(links: Links, asset: Address, amount: int) -> str:
    """An amount of an asset, with its symbol."""
    return f"{exact_money(amount, decimals_of(links, asset))} {symbol_of(links.chain, asset) or asset}"


def decimals_of(links: Links, asset: Address) -> int:
    from penstock.evm.artifacts import load_artifacts

    return int(links.chain.at(asset, load_artifacts()["MockUSD"].abi).call("decimals"))


def require_meter(links: Links, meter: int) -> Any:
    """The meter as it is. Raises AdminRefused when there is none."""
    state = links.meters.call("meterOf", meter)
    if not state.interval:
        raise AdminRefused(f"there is no meter {meter}; accepted: a number that penstock meters register printed")
    return state


def step(
    links: Links, name: str, intent: str, sender: Address, function: str, arguments: Sequence[Any], check: Check
) -> Step:
    """A step that calls the meters."""
    return call(name, intent, sender, links.meters.address, links.meters.abi, function, tuple(arguments), check)


def shows(
    contract: Contract, function: str, arguments: Sequence[Any], at: int, least: int, most: int | None = None
) -> Shows:
    """That one word of what a view answers is within bounds; exactly the least where no most is given."""
    data = contract.abi.function(function).encode(arguments)
    return Shows(contract.address, data, at, least, least if most is None else most)


def allowance(links: Links, asset: Address, owner: Address, spender: Address, amount: int, name: str) -> list[Step]:
    """The step that lets a contract take an amount, of an owner that has not allowed it yet."""
    from penstock.evm.artifacts import load_artifacts

    abi = load_artifacts()["MockUSD"].abi
    token = links.chain.at(asset, abi)
    steps = []
    if 0 < token.call("allowance", owner, spender) < amount:  # USDT allows no other change
        zero = shows(token, "allowance", (owner, spender), 0, 0)
        intent = "clear what is left of an earlier allowance"
        steps.append(call(f"{name}:clear", intent, owner, asset, abi, "approve", (spender, 0), zero))
    intent = f"let the contract take {money_of(links, asset, amount)}"
    check = Allows(asset, owner, spender, amount)
    return [*steps, call(f"{name}:allow", intent, owner, asset, abi, "approve", (spender, amount), check)]


def _plan(links: Links, title: str, steps: list[Step], notes: tuple[str, ...] = ()) -> AdminPlan:
    return plan_admin(links.chain, links.network, title, steps, notes)


# Reporters and meters


def plan_reporters(
    links: Links, members: Sequence[Address], threshold: int, owner: Address, number: int | None
) -> AdminPlan:
    """A new set of reporters, or the members of one from 65 days ahead."""
    ordered = sorted(members, key=lambda each: int(each, 16))
    if len(set(ordered)) < len(ordered) or not 0 < threshold <= len(ordered):
        raise AdminRefused(
            f"{threshold} of {counted(len(set(ordered)), 'reporter')}; accepted: each once, and a threshold up to "
            "their number"
        )
    who = f"{threshold} of {counted(len(ordered), 'reporter')}"
    sets = replay(links).meters.sets
    wanted = (frozenset(ordered), threshold)
    if number is None:
        same = [each for each in sets.values() if each.owner == owner and each.versions.values[0][1:] == wanted]
        body = codec(("uint40", "address[]", "uint8")).encode((0, ordered, threshold))
        logged = Logged(links.meters.address, (topic(links.meters.abi, "ReportersSet"),), body, links.block)
        check = replace(logged, least=0 if same else logged.found(links.chain) + 1)
        title = f"create a set of reporters, {who}"
        arguments: tuple[Any, ...] = (ordered, threshold, owner)
        return _plan(links, title, [step(links, "reporters", title, owner, "createReporters", arguments, check)])
    if number not in sets:
        raise AdminRefused(f"there is no set {number}; accepted: 1 to {len(sets)}")
    scheduled = Logged(links.meters.address, (topic(links.meters.abi, "ReportersSet"), word(number)), b"", links.block)
    is_there = sets[number].versions.latest()[1:] == wanted
    check = replace(scheduled, least=0 if is_there else scheduled.found(links.chain) + 1)
    title = f"change the reporters of set {number} to {who}, for intervals that start in 65 days or later"
    arguments = (number, ordered, threshold)
    return _plan(links, title, [step(links, f"set:{number}", title, owner, "scheduleReporters", arguments, check)])


def least_bond(links: Links, coin_price: int) -> int:
    """
    Twice what an answer costs now, rounded up, base units.

    Parameters
    ----------
    coin_price : of a whole native coin, base units of the asset.
    """
    wei = 2 * ANSWER_GAS * fees_now(links.chain).most
    return -(-wei * coin_price // 10**18)


def plan_register(links: Links, terms: NewMeter, owner: Address, coin_price: int) -> AdminPlan:
    """
    The stake's allowance and the registration, once for these terms and this owner.

    Raises
    ------
    AdminRefused : a bond below twice an answer's cost.
    """
    registered = Logged(
        links.meters.address,
        (topic(links.meters.abi, "Registered"), None, word(owner)),
        codec((TERMS,)).encode((astuple(terms),)),
        links.block,
    )
    if terms.bond < (least := least_bond(links, coin_price)) and not registered.holds(links.chain):
        raise AdminRefused(
            f"a bond of {money_of(links, terms.asset, terms.bond)} is less than twice what an answer costs now, "
            f"{money_of(links, terms.asset, least)}: nobody would answer; accepted: that or more"
        )
    stake = money_of(links, terms.asset, terms.stake)
    made = step(
        links, "register", f"register the meter, stake {stake}", owner, "register", [astuple(terms)], registered
    )
    steps = [made]
    if not registered.holds(links.chain):
        steps = [*allowance(links, terms.asset, owner, links.meters.address, terms.stake, "stake"), made]
    return _plan(links, "register a meter", steps)


def plan_pledge(links: Links, meter: int, payee: Address, certificate: int, offer: int) -> AdminPlan:
    state = require_meter(links, meter)
    check = shows(links.meters, "payeeAt", (meter, LAST_TIME), 1, int(payee, 16))
    intent = f"pledge meter {meter} to {payee}, from the next interval on"
    steps = [step(links, f"pledge:{meter}", intent, state.owner, "pledge", (meter, payee, certificate, offer), check)]
    return _plan(links, f"pledge meter {meter}", steps)


def plan_release(links: Links, meter: int, sender: Address) -> AdminPlan:
    state = require_meter(links, meter)
    check = shows(links.meters, "payeeAt", (meter, LAST_TIME), 0, 0)  # a pledge has its start, the owner has none
    intent = f"end the pledge of meter {meter}, from the next interval on; what it yields is {state.owner}'s"
    return _plan(
        links, f"release meter {meter}", [step(links, f"release:{meter}", intent, sender, "release", [meter], check)]
    )


def plan_restore(links: Links, meter: int, sender: Address) -> AdminPlan:
    state = require_meter(links, meter)
    check = shows(links.meters, "meterOf", [meter], 19, 0)
    intent = f"pay the stake of meter {meter} again, {money_of(links, state.asset, state.stake)}"
    made = step(links, f"restore:{meter}", intent, sender, "restore", [meter], check)
    steps = [made]
    if not check.holds(links.chain):
        steps = [*allowance(links, state.asset, sender, links.meters.address, state.stake, f"restore:{meter}"), made]
    return _plan(links, f"restore the stake of meter {meter}", steps)


def plan_close(links: Links, meter: int) -> AdminPlan:
    state = require_meter(links, meter)
    check = shows(links.meters, "meterOf", [meter], 18, 1)
    intent = f"close meter {meter}: no report any more, and its stake back with its last batch"
    return _plan(
        links, f"close meter {meter}", [step(links, f"close:{meter}", intent, state.owner, "close", [meter], check)]
    )


def plan_withdraw(links: Links, asset: Address, account: Address, sender: Address) -> AdminPlan:
    held = links.meters.call("credit", asset, account)
    check = shows(links.meters, "credit", (asset, account), 0, 0)
    intent = f"pay {account} what is credited to it, {money_of(links, asset, held)}"
    steps = [step(links, f"withdraw:{account}", intent, sender, "withdraw", (asset, account), check)]
    return _plan(links, f"withdraw for {account}", steps)


# Reports and questions


def plan_submit(links: Links, made: Batches, signatures: bytes, sender: Address) -> AdminPlan:
    """
    One transaction: the batches that were signed together. Those that are reported are skipped by the contract.

    Raises
    ------
    AdminRefused : an interval that was reported with another root.
    """
    state = require_meter(links, made.meter)
    unreported = None
    for batch in made.batches:
        there = links.meters.call("recordOf", interval_id(batch.meter, batch.start))
        if there.state and there.root != batch.root:
            raise AdminRefused(
                f"the interval at {utc(batch.start)} is reported with root 0x{there.root.hex()}, not "
                f"0x{batch.root.hex()}, and a report is final"
            )
        if not there.state:
            unreported = unreported or batch
    watched = unreported or made.batches[-1]
    check = shows(links.meters, "recordOf", [interval_id(watched.meter, watched.start)], 4, 1, 255)
    total = sum(each.total for each in made.batches)
    intent = f"report {counted(len(made.batches), 'interval')} of meter {made.meter}, {total:,} units"
    batches, tops = [astuple(each) for each in made.batches], [astuple(each) for each in made.tops]
    name = f"report:{made.meter}:{made.batches[0].start}:{made.batches[-1].start}"
    if len(batches) == 1:
        sent = step(links, name, intent, sender, "report", (batches[0], tops[0], signatures), check)
    else:
        sent = step(links, name, intent, sender, "reportMany", (batches, tops, signatures), check)
    notes = []
    late = [each for each in made.batches if links.chain.now() > each.start + state.interval + state.gapAfter]
    if late:
        notes.append(f"note: {counted(len(late), 'interval')} will be late: it counts in the late register only")
    return _plan(links, f"report meter {made.meter} from {utc(made.batches[0].start)}", [sent], tuple(notes))


def plan_ask(links: Links, meter: int, start: int, units: Sequence[int], sender: Address) -> AdminPlan:
    """A question for each unit, and the allowance of their bonds."""
    state, place = require_meter(links, meter), interval_id(meter, start)
    record = links.meters.call("recordOf", place)
    if not record.state:
        raise AdminRefused(f"the interval at {utc(start)} of meter {meter} is not reported")
    for unit in units:
        if unit >= record.total:
            raise AdminRefused(f"unit {unit:,} is none of the interval's; accepted: 0 to {record.total - 1:,}")
    steps = [
        step(
            links,
            f"ask:{place}:{unit}",
            f"ask which device unit {unit:,} is from",
            sender,
            "ask",
            (place, unit),
            shows(links.meters, "questionOf", (place, unit), 2, 1, 3),
        )
        for unit in units
    ]
    open_ones = [each for each in steps if not each.check.holds(links.chain)]
    if open_ones:
        bonds = state.bond * len(open_ones)
        steps = [*allowance(links, state.asset, sender, links.meters.address, bonds, f"ask:{place}"), *steps]
    notes = (f"note: an account that answers by {utc(links.chain.now() + state.answerWindow)} keeps the bond",)
    return _plan(links, f"ask about meter {meter} at {utc(start)}", steps, notes)


def plan_answer(
    links: Links, meter: int, start: int, unit: int, reading: Proof, device: Proof, sender: Address
) -> AdminPlan:
    require_meter(links, meter)
    place = interval_id(meter, start)
    check = shows(links.meters, "questionOf", (place, unit), 2, QuestionState.ANSWERED)
    arguments = (place, unit, as_struct(reading), as_struct(device))
    intent = f"answer that unit {unit:,} is from 0x{reading.leaf.key.hex()}"
    return _plan(
        links,
        f"answer a question about meter {meter} at {utc(start)}",
        [step(links, f"answer:{place}:{unit}", intent, sender, "answer", arguments, check)],
    )


def plan_refute(links: Links, meter: int, start: int, a: Proof, b: Proof, sender: Address) -> AdminPlan:
    require_meter(links, meter)
    place = interval_id(meter, start)
    check = shows(links.meters, "recordOf", [place], 4, RecordState.VOID)
    intent = f"show that 0x{a.leaf.key.hex()} is twice in the interval, which makes it void"
    arguments = (place, as_struct(a), as_struct(b))
    made = step(links, f"refute:{place}", intent, sender, "refute", arguments, check)
    return _plan(links, f"refute meter {meter} at {utc(start)}", [made])


def plan_expire(links: Links, meter: int, start: int, unit: int, sender: Address) -> AdminPlan:
    """Voids a batch with an unanswered question, and credits the asker; the latter alone, where it is void already."""
    require_meter(links, meter)
    place = interval_id(meter, start)
    void = links.meters.call("recordOf", place).state == RecordState.VOID
    function = "collect" if void else "expire"
    check = shows(links.meters, "questionOf", (place, unit), 2, QuestionState.COLLECTED)
    intent = (
        f"credit who asked for unit {unit:,}"
        if void
        else f"end the interval: nobody showed where unit {unit:,} is from"
    )
    made = step(links, f"expire:{place}:{unit}", intent, sender, function, (place, unit), check)
    return _plan(links, f"expire a question about meter {meter} at {utc(start)}", [made])


def plan_finalise(links: Links, meter: int, sender: Address, at_once: int = 200) -> AdminPlan:
    """
    Counts what is ripe: batches and gaps in order, and late batches.

    Raises
    ------
    AdminRefused : nothing is ripe.
    """
    require_meter(links, meter)
    twin, now = replay(links).meters, links.chain.now()
    known = twin.meters[meter]
    interval, next_ = known.terms.interval, known.next
    ripe = deepcopy(twin)
    with suppress(LinkRefused):
        ripe.finalise(meter, max(0, now - next_) // interval + 1, now)
    until = ripe.meters[meter].next
    steps = []
    for start in range(next_, until, at_once * interval):
        end = min(start + at_once * interval, until)
        count = (end - start) // interval
        check = shows(links.meters, "meterOf", [meter], 15, end, LAST_TIME)
        intent = f"count {counted(count, 'interval')} from {utc(start)}"
        steps.append(step(links, f"finalise:{meter}:{start}", intent, sender, "finalise", (meter, count), check))
    for place, record in sorted(twin.records.items()):
        if meter_of(place) == meter and record.state == RecordState.LATE and now >= record.final_at:
            check = shows(links.meters, "recordOf", [place], 4, RecordState.FINAL_LATE)
            intent = f"count the late interval at {utc(start_of(place))}"
            steps.append(step(links, f"late:{place}", intent, sender, "finaliseLate", [place], check))
    if not steps:
        raise AdminRefused(f"nothing of meter {meter} is ripe; its next interval to count is at {utc(next_)}")
    return _plan(links, f"finalise meter {meter}", steps)


def as_struct(proof: Proof) -> Any:
    return ((proof.leaf.key, proof.leaf.amount), proof.path, proof.sides)
