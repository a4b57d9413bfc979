"""From a few random bytes to the next steps, given the state of the deal. Zero bytes choose the simplest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from penstock.fuzz.amounts import Choices, cash, reported, shares, to_a_test, to_the_cap
from penstock.fuzz.oracle import APPROVED, NO_LIMIT, Oracle
from penstock.fuzz.steps import ACTORS, DEAL, FORBIDDEN, HOLDERS, PAYEES, PEOPLE, Step
from penstock.model.call import bill
from penstock.model.report import Report
from penstock.model.terms import MAX_FIELDS

# Some choices depend on the period too: Hypothesis gives the same bytes to many runs, and to many places in them.

DAY = 86_400
FILLS, OFTEN = 176, 184
"""First bytes, of 256, from which a deal's cap is filled, and from which several periods pass alike."""

LEAN = 128
"""Second bytes, of 256, from which these periods bring just what a test asks for."""

OFTEN_CALLED = ("claim", "settle", "transfer", "claim_fee")
"""
What the looper does when it is called back; a claim may be for another, a switch comes in a fee's place, and where the
deal has a payment delay a cut-off in a settlement's.
"""

FOR_OTHERS = (3, 4, 5, 8)
"""Of the kinds of claim, those that somebody makes for the holder."""

CUM = (2, 5, 8)
"""Of the kinds of move, those with the cash that was not claimed."""

BY_PERMIT = tuple(name for name in PEOPLE if name not in APPROVED)


def period_passes(expected: Oracle, block: bytes) -> Iterator[Step]:
    """
    The common case: the next payment date and its revenue; sometimes several alike, one by one, half of them with what
    a test just asks for, so that reserves run dry; rarely the deal's cap is filled.
    """
    choices = Choices(block[:2])
    kind, more = choices.number(1), choices.number(1)
    if FILLS <= kind < OFTEN:
        yield from _cap_fills(expected, Choices(block[2:]))
        return
    revenue, count = cash, 1
    if kind >= OFTEN:
        revenue, count = (to_a_test, 4 + more % 8) if more >= LEAN else (cash, 2 + more % 8)
    for _ in range(count):
        # The same bytes choose the same kind of revenue each time, such as none.
        yield from _period_passes(expected, Choices(block[2:]), revenue)


def _cap_fills(expected: Oracle, choices: Choices) -> Iterator[Step]:
    """A payment leaves room for a base unit in the deal's life, the next is for it or for one more, the last beyond."""
    beyond = (choices.number(1) + expected.books.state.period) % 2
    for aside in (-1, beyond, 1):
        yield from _until_payment(expected, expected.terms.grace)
        yield Step("pay", by=choices.pick(APPROVED), amount=to_the_cap(expected, aside), count=1)


def _until_payment(expected: Oracle, days: int = 0) -> Iterator[Step]:
    """Until the payment date, or of a deal with grace so many days later; nobody waits for what has passed."""
    at = expected.payment_at()
    at += min(days, expected.terms.grace) * DAY if at else 0
    if expected.world.now < at:
        yield Step("wait", amount=at - expected.world.now)


def _period_passes(expected: Oracle, choices: Choices, revenue: Callable[[Oracle, Choices], int]) -> Iterator[Step]:
    if expected.terms.delays and not expected.books.matured:
        yield from _cut_off(expected, Choices(bytes(reversed(choices.rest))))
    if expected.terms.call and not expected.books.matured:
        yield from _call(expected, Choices(bytes(reversed(choices.rest))[2:]))
    # One time in four as soon as it can be: mostly too early for what has come
    yield from _until_payment(expected, expected.terms.grace if sum(choices.rest) % 4 else 0)
    by, amount = choices.pick(APPROVED), revenue(expected, choices)
    gift, actor, count = choices.one_in(3), choices.pick(ACTORS), _count(choices)
    period, third = expected.books.state.period + 1, choices.number(1)
    if expected.reads_reports and third and (third + period) % 3 == 0:
        yield _report(expected, choices, "reporter", period)
    if gift:
        yield Step("gift", by=by, amount=amount)
        announced = expected.books.announced == period
        inside = _inside(expected, choices) if announced and choices.one_in(2) else None
        yield Step("settle", by=actor, count=1, inside=inside)
    else:
        yield Step("pay", by=by, amount=amount, count=count)


def _cut_off(expected: Oracle, choices: Choices) -> Iterator[Step]:
    """Half of the time: revenue, then the period is cut off, on its accrual date or later; the rest is not its own."""
    kind, accrual_at = choices.upto(7), expected.accrual_times[expected.books.state.period]
    if kind < 4:
        return
    if expected.world.now < accrual_at:
        yield Step("wait", amount=accrual_at - expected.world.now - (kind == 7))
    if kind > 4:
        yield Step("gift", by=choices.pick(PEOPLE), amount=cash(expected, choices))
    yield Step("cut_off", by=choices.pick(ACTORS))


def _call(expected: Oracle, choices: Choices) -> Iterator[Step]:
    """
    One time in three: the payee announces a call, or somebody else does, at once, at the last second or one too late,
    and lets the deal take what is missing now, a unit or a part less, or more.
    """
    kind, call = choices.upto(23), expected.terms.call
    if kind < 16 or call is None:
        return
    payee = expected.payees[call.payee]
    latest = expected.payment_at() - DAY
    if kind > 17 and expected.world.now < latest:
        yield Step("wait", amount=latest - expected.world.now + (kind == 23))
    yield Step("announce_call", by=choices.pick(ACTORS) if kind == 16 else payee)
    if expected.books.announced == expected.books.state.period + 1:
        yield Step("let_take", by=payee, amount=_price(expected, choices))


def _price(expected: Oracle, choices: Choices) -> int:
    """About what a call of the next period would take from its payee."""
    books, period = expected.books, expected.books.state.period + 1
    if books.matured:
        return choices.number(12)
    report = expected.world.reports.get(period, Report()).as_read(len(expected.terms.fields))
    missing = bill(expected.terms, books.state, max(0, books.unsettled), report).missing
    kind = choices.upto(7)
    if kind < 4:
        return missing
    if kind == 4:
        return max(0, missing - 1)
    return missing * choices.number(1) // 256 if kind == 5 else NO_LIMIT


def _report(expected: Oracle, choices: Choices, by: str, period: int) -> Step:
    value = reported(expected, choices)
    loss = reported(expected, choices) if choices.one_in(2) else None
    # More of them than the terms declare are reported too, and no deal reads them
    fields = [reported(expected, choices) if choices.one_in(2) else None for _ in expected.terms.fields]
    more = (reported(expected, choices),) if len(fields) < MAX_FIELDS and choices.one_in(4) else ()
    return Step("report", by=by, count=period, figures=(loss, value, *fields, *more))


def time_passes(expected: Oracle, block: bytes) -> list[Step]:
    """Until the next payment date, to the second before it, past several, or by some days."""
    choices = Choices(block)
    return [Step("wait", amount=_wait(expected, choices))]


def _wait(expected: Oracle, choices: Choices) -> int:
    now, kind = expected.world.now, choices.upto(7)
    ends = expected.accrual_times[expected.books.state.period :]
    later = sorted({date for date in (*_payment_times(expected), *ends) if date > now}) or [now + 90 * DAY]
    if kind < 4:
        return later[0] - now
    if kind == 4:
        return later[0] - now - 1
    if kind == 5:
        return later[choices.upto(min(7, len(later) - 1))] - now
    if kind == 6 and choices.one_in(4):
        return later[-1] - now
    return DAY * choices.upto(100)


def cash_comes(expected: Oracle, block: bytes) -> list[Step]:
    """Revenue, or a settlement, on any date."""
    choices = Choices(block)
    kind = choices.upto(15)
    if kind in (9, 13):
        return _alike(expected, choices)
    if kind == 11 and expected.terms.delays:
        return [Step("cut_off", by=choices.pick(ACTORS))]
    if kind == 10 and expected.terms.call:
        return [Step("announce_call", by=choices.pick((*PAYEES, *ACTORS)))]
    if kind == 5 and expected.terms.call:
        return [Step("let_take", by=choices.pick((*PAYEES, *PEOPLE)), amount=_price(expected, choices))]
    return [_cash_comes(expected, choices, kind)]


def _alike(expected: Oracle, choices: Choices) -> list[Step]:
    """When several periods are due, or no period is left."""
    alike = Step("alike", by=choices.pick(PEOPLE), to=choices.pick(ACTORS), count=2 + choices.upto(4))
    overdue = sum(at <= expected.world.now for at in _payment_times(expected))
    later = _payment_times(expected)[1 : alike.count]
    if overdue < 2 and later:
        return [Step("wait", amount=later[-1] - expected.world.now), alike]
    return [alike]


def _cash_comes(expected: Oracle, choices: Choices, kind: int) -> Step:
    by, count = choices.pick(PEOPLE), _count(choices)
    if kind < 6:
        return Step("pay", by=choices.pick(PEOPLE[:4]), amount=cash(expected, choices), count=count)
    if kind < 10:
        return Step("settle", by=choices.pick(ACTORS), count=count)
    if kind == 10:
        return Step("gift", by=by, amount=cash(expected, choices))
    if kind < 13:
        good, by = not choices.one_in(4), choices.pick(BY_PERMIT)
        return Step("pay_by_permit", by=by, amount=cash(expected, choices), count=count, good=good)
    inside = _inside(expected, choices)
    return Step("pay", by=choices.pick(PEOPLE[:4]), amount=cash(expected, choices), count=count, inside=inside)


def cash_goes(expected: Oracle, block: bytes) -> list[Step]:
    """A holder or payee claims what is its own, or tries to claim what is not; anyone claims for a holder."""
    return [_cash_goes(expected, Choices(block))]


def _cash_goes(expected: Oracle, choices: Choices) -> Step:
    kind, tranche = choices.upto(15), choices.upto(len(expected.terms.tranches) - 1)
    inside = _inside(expected, choices) if kind in (8, 9) else None
    if kind < 10:
        ledger = expected.books.ledgers[tranche]
        holders = [name for name in ledger.holdings if ledger.claimable_down(name)] or HOLDERS
        who = choices.pick(tuple(holders) if not choices.one_in(4) else ACTORS)
        if kind in FOR_OTHERS:
            return Step("claim_for", by=choices.pick(ACTORS), to=who, tranche=tranche, inside=inside)
        if kind == 6:
            return Step("claim_to", by=who, to=choices.pick((*ACTORS, DEAL)), tranche=tranche)
        if kind == 7:
            holder = choices.pick([name for name in holders if name in PEOPLE] or PEOPLE)
            to, by, good = choices.pick((*ACTORS, DEAL)), choices.pick(ACTORS), not choices.one_in(4)
            return Step("claim_signed", by=by, of=holder, to=to, tranche=tranche, good=good)
        return Step("claim", by=who, tranche=tranche, inside=inside)
    if kind == 10:
        who, index = choices.pick(ACTORS), choices.upto(9)
        if choices.one_in(2):
            return Step("claim_for", by=choices.pick(ACTORS), to=who, tranche=index)
        return Step("claim", by=who, tranche=index)
    if kind == 11:
        return Step("switch", by=choices.pick(HOLDERS), good=choices.one_in(2))
    fee = choices.upto(max(0, len(expected.terms.fees) - 1))
    inside = _inside(expected, choices) if kind == 15 else None
    return Step("claim_fee", by=choices.pick(ACTORS if choices.one_in(4) else PAYEES), tranche=fee, inside=inside)


def shares_move(expected: Oracle, block: bytes) -> list[Step]:
    """Sales, approvals, permits; sometimes of shares that the account does not have."""
    return [_shares_move(expected, Choices(block))]


def _shares_move(expected: Oracle, choices: Choices) -> Step:
    kind, tranche = choices.upto(15), choices.upto(len(expected.terms.tranches) - 1)
    owner, to, other = choices.pick(HOLDERS), choices.pick(HOLDERS), choices.pick(ACTORS)
    amount = shares(expected, choices, tranche, owner)
    if kind in CUM:
        return Step("transfer_cum", by=owner, to=to, tranche=tranche, amount=amount)
    if kind < 10:
        return Step("transfer", by=owner, to=to, tranche=tranche, amount=amount)
    if kind < 12:
        amount = NO_LIMIT if choices.one_in(4) else amount
        return Step("approve", by=owner, to=other, tranche=tranche, amount=amount)
    if kind == 12:
        signer = choices.pick(("ann", "bob", "barred", "sponsor"))
        good = not choices.one_in(4)
        return Step("permit", by=choices.pick(PEOPLE), of=signer, to=other, tranche=tranche, amount=amount, good=good)
    approved = [key for key, left in expected.world.share_allowances.items() if key[0] == tranche and left]
    if approved:
        _, owner, other = choices.pick(approved)
    return Step("transfer_from", by=other, of=owner, to=to, tranche=tranche, amount=amount)


def others_act(expected: Oracle, block: bytes) -> list[Step]:
    """The registrar, the reporter, the asset's issuer, accounts that pretend to be one, and forbidden actions."""
    choices = Choices(block)
    kind = choices.upto(15)
    if kind == 15:
        return _forbidden(expected, choices)
    step = _others_act(expected, choices, kind)
    return [step, *_at_once(expected, choices, step)]


def _at_once(expected: Oracle, choices: Choices, step: Step) -> list[Step]:
    """Who meets what the asset's issuer did, before anybody undoes it: a settlement, or a holder with a claim."""
    if step.what == "cut":
        return [Step("settle", by=choices.pick(ACTORS), count=1)]
    if step.what not in ("block", "pause"):
        return []
    claims = [
        Step("claim", by=name, tranche=index)
        for index, ledger in enumerate(expected.books.ledgers)
        for name in ledger.holdings
        if step.to in ("", DEAL, name) and ledger.claimable_down(name)
    ]
    return [choices.pick(claims)] if claims else []


def _forbidden(expected: Oracle, choices: Choices) -> list[Step]:
    """Three forbidden things, one after the other; in later periods the same bytes choose others."""
    first = choices.number(1) + expected.books.state.period
    which = [(first + place) % len(FORBIDDEN) for place in range(3)]
    return [Step("forbidden", by="sponsor" if each == 4 else choices.pick(PEOPLE), count=each) for each in which]


def _others_act(expected: Oracle, choices: Choices, kind: int) -> Step:
    who = choices.pick(HOLDERS)
    if kind < 5:
        by = "reporter" if not choices.one_in(6) else choices.pick(PEOPLE)
        period = expected.books.state.period + 1 + choices.upto(2)
        return _report(expected, choices, by, period)
    if kind < 8:
        what = "allow" if choices.one_in(2) else "disallow"
        return Step(what, by="registrar" if not choices.one_in(6) else choices.pick(PEOPLE), to=who)
    world = expected.world
    if world.blocked and choices.one_in(2):
        return Step("unblock", to=choices.pick(sorted(world.blocked)))
    if kind < 10:
        return Step("block", to=choices.pick(("barred", "barred", DEAL, *ACTORS)))
    if world.paused or kind < 12:
        return Step("unpause" if world.paused else "pause")
    if kind == 12:
        return Step("cut", amount=expected.books.cash * choices.number(1) // 256 + choices.upto(1))
    shut_out = [name for name in HOLDERS if name not in world.allowed]
    return Step("allow", by="registrar", to=choices.pick(shut_out or [who]))


# Periods pass by two rules: Hypothesis leaves out some rules in most runs, and without periods little can happen.
KINDS: dict[str, Callable[[Oracle, bytes], Iterable[Step]]] = {
    "period_passes": period_passes,
    "periods_pass": period_passes,
    "time_passes": time_passes,
    "cash_comes": cash_comes,
    "cash_goes": cash_goes,
    "shares_move": shares_move,
    "others_act": others_act,
}


def _payment_times(expected: Oracle) -> list[int]:
    return expected.payment_times[expected.books.state.period :]


def _count(choices: Choices) -> int:
    return choices.pick((1, 1, 1, 1, 2, 3, 480, 0))


def _inside(expected: Oracle, choices: Choices) -> Step:
    what = OFTEN_CALLED[(choices.number(1) + expected.books.state.period) % len(OFTEN_CALLED)]
    tranche = choices.upto(len(expected.terms.tranches) - 1)
    if what == "settle":
        if expected.terms.delays and choices.one_in(2):
            return Step("cut_off", by="looper")
        return Step("settle", by="looper", count=choices.pick((1, 480)))
    if what == "transfer":
        amount = shares(expected, choices, tranche, "looper")
        return Step("transfer", by="looper", to=choices.pick(HOLDERS), tranche=tranche, amount=amount)
    if what == "claim" and choices.one_in(3):
        return Step("claim_for", by="looper", to=choices.pick(HOLDERS), tranche=tranche)
    if what == "claim_fee" and choices.one_in(3):
        return Step("switch", by="looper", good=choices.one_in(2))
    return Step(what, by="looper", tranche=tranche)
