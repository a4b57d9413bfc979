"""Makes offtakes and records them; accepts, pays, draws and finishes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from penstock.dealfile.offtake import OfftakePlan
from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import Allows, AllowsNothing, Answers, Check, HasCode, Shows, code_at
from penstock.deploy.journal import Journal
from penstock.deploy.plan import Step
from penstock.deploy.run import transaction_of
from penstock.deploy.steps import create2_step, proxy_steps
from penstock.deploy.write_manifest import git_commit, settings
from penstock.evm.artifacts import load_artifacts
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import ChainError, ChainRevert, NodeFailed
from penstock.evm.retry import RetryingRpc
from penstock.format import exact_money, moment
from penstock.links import offtake as rules
from penstock.links.errors import LinkRefused
from penstock.links.offtake import Due, Measured, OfftakeTerms
from penstock.model.calendar import SECONDS_PER_DAY
from penstock.onchain.addresses import PROXY, SHARED_SALT, create
from penstock.onchain.manifest import Code, Transaction
from penstock.onchain.offtake import (
    DeployedOfftake,
    OfftakeManifest,
    as_struct,
    factory_address,
    meter_of,
    offtake_address,
    packed,
    terms_hash,
)


def plan_offtake(
    chain: RetryingRpc, network: str, plan: OfftakePlan, terms: OfftakeTerms, sender: Address
) -> tuple[AdminPlan, Address, Address]:
    """
    The steps that make an offtake, and its address and asset. Anyone may send them; the buyer accepts later.

    Raises
    ------
    AdminRefused : no such meter, or terms that the factory would refuse.
    """
    meter = _meter(chain, terms)
    artifacts, asset = load_artifacts(), checksum(meter.asset)
    decimals = chain.call(asset, artifacts["MockUSD"].abi, "decimals")
    if decimals != plan.decimals:
        raise AdminRefused(f"the meter's asset {asset} has {decimals} decimals, and the offtake file {plan.decimals}")
    address = offtake_address(terms, asset)
    made = bool(code_at(chain, address))
    measured = Measured(meter.interval, meter.first, meter.gapAfter + meter.disputeWindow + meter.answerWindow)
    if not made:
        try:
            rules.check(terms, measured, chain.now())
        except LinkRefused as refused:
            raise AdminRefused(_in_words(refused)) from None
    steps = proxy_steps(sender)
    steps.append(create2_step(artifacts["OfftakeFactory"], "deploy the factory of offtakes", sender, SHARED_SALT))
    abi, factory = artifacts["OfftakeFactory"].abi, factory_address()
    intent = f"make the offtake {plan.name}: {len(terms.rows)} bills of meter {terms.meter}"
    made_step = call("create", intent, sender, factory, abi, "create", (as_struct(terms),), HasCode(address))
    notes = (
        f"the offtake is at {address}; its buyer {terms.buyer} accepts it before {moment(terms.start)}, "
        "with penstock offtake accept",
        "an offtake does not make a meter exclusive: look for others of the same meter before you rely on it",
    )
    title = f"make the offtake {plan.name}"
    return plan_admin(chain, network, title, [*steps, made_step], notes), address, asset


def record(
    chain: RetryingRpc, network: str, name: str, plan: OfftakePlan, terms: OfftakeTerms, asset: Address, journal: Path
) -> OfftakeManifest:
    """What is on the chain, with our transactions. Called once every step is done."""
    known = Journal(journal)
    sent: list[Transaction] = [transaction_of(known, step) for step in known.mined if known.mined[step].good]
    factory = factory_address()
    listed: dict[str, tuple[str, Address, list[Any]]] = {
        "proxy": ("CREATE2 proxy", PROXY, []),
        "factory": ("OfftakeFactory", factory, []),
        "implementation": ("Offtake", create(factory, 1), []),
        "offtake": ("clone of Offtake", offtake_address(terms, asset), ["0x" + packed(terms, asset).hex()]),
    }
    codes = {
        key: Code(
            contract=contract,
            address=address,
            code_hash="0x" + keccak(code_at(chain, address)).hex(),
            constructor=arguments,
        )
        for key, (contract, address, arguments) in listed.items()
    }
    return OfftakeManifest(
        network=network,
        chain_id=chain.chain_id,
        genesis=str(chain.existing("eth_getBlockByNumber", "0x0", False)["hash"]),
        block=min((each.block for each in sent), default=chain.block()),
        offtake_file=name,
        offtake_text=plan.text,
        terms_hash=terms_hash(terms, asset),
        offtake=codes["offtake"].address,
        meters=terms.meters,
        meter=terms.meter,
        buyer=terms.buyer,
        asset=asset,
        contracts=codes,
        transactions=sent,
        compiler=settings(),
        git_commit=git_commit(),
    )


def plan_accept(at: DeployedOfftake, network: str) -> AdminPlan:
    """
    The buyer's steps: an exact allowance for the deposit, and the acceptance.

    Raises
    ------
    AdminRefused : it is too late.
    """
    accepted, now, start = at.state.accepted, at.chain.now(), at.terms.start
    if not accepted and now >= start:
        raise AdminRefused(f"the offtake could be accepted before {moment(start)}, and the chain has {moment(now)}")
    buyer = at.terms.buyer
    steps = [] if accepted else allowance(at, buyer, at.terms.deposit)
    steps.append(_step(at, "accept", f"accept {at.plan.name}", buyer, (), _state(at, ACCEPTED, 1)))
    return plan_admin(at.chain, network, f"accept the offtake {at.plan.name}", steps)


def plan_pay(at: DeployedOfftake, network: str, bill: int, sender: Address) -> AdminPlan:
    """
    The steps that pay a bill, after an exact allowance. A bill that is paid already is done.

    Raises
    ------
    AdminRefused : it is not the next, or not final.
    """
    title, row = f"pay bill {bill} of {at.plan.name}", bill - 1
    paid, notes = _state(at, NEXT, row + 1), []
    if _is_passed(at, bill):
        step = _step(at, f"pay:{bill}", title, sender, (row,), paid)
        return plan_admin(at.chain, network, title, [step], (f"bill {bill} is paid already",))
    owed = due_of(at, bill)
    words = f"{title}: {money(at, owed.unpaid)}" + (f" and {money(at, owed.late)} of interest" if owed.late else "")
    steps = allowance(at, sender, owed.unpaid + owed.late)
    steps.append(_step(at, f"pay:{bill}", words, sender, (row,), paid))
    notes.append(f"of a bill of {money(at, owed.bill)}; it goes to {at.contract.call('payeeOf', row)}")
    return plan_admin(at.chain, network, title, steps, tuple(notes))


def plan_draw(at: DeployedOfftake, network: str, bill: int, sender: Address) -> AdminPlan:
    """
    The step that draws the deposit for a bill.

    Raises
    ------
    AdminRefused : it is not the next, not final, in its grace, or there is nothing to draw.
    """
    row, state, now = bill - 1, at.state, at.chain.now()
    if _is_passed(at, bill):
        raise AdminRefused(f"bill {bill} is paid already")
    if now < (late := at.terms.late_from(row)):
        raise AdminRefused(f"bill {bill} may be drawn from {moment(late)} on, and the chain has {moment(now)}")
    owed = due_of(at, bill)
    amount = min(state.deposit, owed.unpaid)
    interest = min(state.deposit - amount, owed.late)
    if not amount + interest:
        held = "the deposit is empty" if owed.unpaid + owed.late else "nothing is due"
        raise AdminRefused(f"nothing can be drawn for bill {bill}: {held}")
    title = f"draw the deposit for bill {bill} of {at.plan.name}"
    words = f"{title}: {money(at, amount)}" + (f" and {money(at, interest)} of interest" if interest else "")
    left = owed.unpaid + owed.late - amount - interest
    check = _state(at, DEPOSIT, 0, state.deposit - amount - interest)
    note = f"{money(at, left)} stay due" if left else "nothing of it stays due"
    return plan_admin(at.chain, network, title, [_step(at, f"draw:{bill}", words, sender, (row,), check)], (note,))


def plan_finish(at: DeployedOfftake, network: str, sender: Address) -> AdminPlan:
    """
    The step that credits the deposit to the buyer; once that is done, the one that pays it out.

    Raises
    ------
    AdminRefused : bills are left, or nothing is credited.
    """
    state, rows = at.state, len(at.terms.rows)
    title = f"finish the offtake {at.plan.name}"
    if not state.finished:
        if state.next < rows:
            raise AdminRefused(f"bill {state.next + 1} of {rows} is not paid: the deposit goes back after the last")
        words = f"credit what is left of the deposit, {money(at, state.deposit)}, to the buyer"
        notes = ("the same command again sends it to the buyer",) if state.deposit else ()
        step = _step(at, "finish", words, sender, (), _state(at, FINISHED, 1))
        return plan_admin(at.chain, network, title, [step], notes)
    if not state.credit:
        raise AdminRefused(f"{at.plan.name} is finished, and nothing is credited to its buyer")
    arguments = (at.manifest.asset, at.terms.buyer)
    check = Answers(at.manifest.offtake, at.contract.abi.function("credit").encode(arguments), bytes(32))
    step = _step(at, "withdraw", f"send {money(at, state.credit)} to the buyer", sender, arguments, check)
    return plan_admin(at.chain, network, title, [step])


def due_of(at: DeployedOfftake, bill: int) -> Due:
    """
    What is due for a bill now. bill : from 1.

    Raises
    ------
    AdminRefused : there is no such bill, or it is not final.
    """
    rows = len(at.terms.rows)
    if not 1 <= bill <= rows:
        raise AdminRefused(f"{at.plan.name} has no bill {bill}; accepted: 1 to {rows}")
    try:
        return Due(*map(int, at.contract.call("due", bill - 1)))
    except NodeFailed:
        raise
    except ChainRevert:
        end = moment(at.terms.rows[bill - 1].end)
        raise AdminRefused(f"bill {bill} is not final: the meter has not counted everything to {end}") from None


def money(at: DeployedOfftake, amount: int) -> str:
    return f"{exact_money(amount, at.plan.decimals)} {at.plan.asset}"


def allowance(at: DeployedOfftake, payer: Address, amount: int) -> list[Step]:
    """An allowance that is too small is first set to zero, because USDT allows no other change."""
    asset, abi, spender = at.manifest.asset, load_artifacts()["MockUSD"].abi, at.manifest.offtake
    allowed = at.chain.call(asset, abi, "allowance", payer, spender)
    if allowed >= amount:
        return []
    steps = []
    if allowed:
        words = "clear what is left of an earlier allowance"
        check = AllowsNothing(asset, payer, spender)
        steps.append(call("clear", words, payer, asset, abi, "approve", (spender, 0), check))
    words = f"let the offtake take {money(at, amount)}"
    check_ = Allows(asset, payer, spender, amount)
    return [*steps, call(f"allow:{amount}", words, payer, asset, abi, "approve", (spender, amount), check_)]


def _is_passed(at: DeployedOfftake, bill: int) -> bool:
    """
    Whether a bill is paid.

    Raises
    ------
    AdminRefused : when it is not the next, or there is none.
    """
    state, rows = at.state, len(at.terms.rows)
    if not 1 <= bill <= rows:
        raise AdminRefused(f"{at.plan.name} has no bill {bill}; accepted: 1 to {rows}")
    if not state.accepted:
        raise AdminRefused(f"the buyer {at.terms.buyer} has not accepted {at.plan.name}")
    if bill - 1 > state.next:
        raise AdminRefused(f"bills are paid in order: bill {state.next + 1} is the next, not {bill}")
    return bill - 1 < state.next


def _step(
    at: DeployedOfftake, name: str, intent: str, sender: Address, arguments: tuple[object, ...], check: Check
) -> Step:
    function = name.partition(":")[0]
    return call(name, intent, sender, at.manifest.offtake, at.contract.abi, function, arguments, check)


# Places of words in the answer of {IOfftake-state}
ACCEPTED, FINISHED, DEPOSIT, NEXT = 0, 1, 2, 3


def _state(at: DeployedOfftake, word: int, least: int, most: int = 2**256 - 1) -> Shows:
    return Shows(at.manifest.offtake, at.contract.abi.function("state").encode(()), word, least, most)


def _meter(chain: RetryingRpc, terms: OfftakeTerms) -> Any:
    """Raises AdminRefused."""
    if not code_at(chain, terms.meters):
        raise AdminRefused(f"no contract is at {terms.meters}; accepted: --meters ADDRESS of the meters")
    try:
        meter = meter_of(chain, terms.meters, terms.meter)
    except NodeFailed:
        raise
    except ChainError:
        raise AdminRefused(f"the contract at {terms.meters} is no meters: it does not answer meterOf") from None
    if meter is None:
        raise AdminRefused(f"there is no meter {terms.meter} at {terms.meters}")
    return meter


def _in_words(refused: LinkRefused) -> str:
    """Why the factory would refuse terms."""
    name, values = refused.name.removeprefix("OfftakeFactory_"), refused.values
    if name == "StartTooEarly":
        return f"the first bill begins at {moment(values[0])}; accepted: {moment(values[1])} or later"
    if name == "GraceTooShort":
        days = -(-values[1] // SECONDS_PER_DAY)
        return f"a bill would be late before it can be final; accepted: grace_days = {days} or more"
    if name == "Unaligned":
        return f"{moment(values[0])} is within an interval of the meter, which are of {values[1]} s"
    if name == "NoBuyer":
        return "nobody is the buyer; accepted: --buyer ADDRESS, or buyer in the offtake file"
    return str(refused)
