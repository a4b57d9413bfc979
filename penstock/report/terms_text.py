"""The terms of a deal in words."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from penstock.dealfile.values import DAY_COUNTS
from penstock.format import NO_VALUE, counted, exact_money, money, percent
from penstock.model.calendar import RegularDates
from penstock.model.call import most_outstanding
from penstock.model.terms import (
    ArrearsRule,
    CleanUpCall,
    DealTerms,
    Fee,
    FeeBase,
    FloatingCoupon,
    ForcedMoves,
    Recovery,
    Reserve,
    Rung,
    RungKind,
    Test,
    Tranche,
    Unit,
)
from penstock.model.units import WAD

DAY_COUNT = {rule: name for name, rule in DAY_COUNTS.items()}


def accrual_dates(regular: RegularDates) -> str:
    """How accrual dates are counted."""
    start, day = regular.start, regular.start.day
    rule = "on the last day of the month" if regular.month_end else f"on day {day} of the month"
    if day > 28 and not regular.month_end:
        rule += ", or the last of a shorter one"
    return f"accrual dates every {counted(regular.months, 'month')} from {start}, {rule}"


def payment_delay(terms: DealTerms) -> str:
    """How long after its accrual date a period is paid, and whose cash comes in between."""
    apart = [(paid - end).days for end, paid in zip(terms.accrual_dates, terms.payment_dates, strict=True)]
    least, most = min(apart), max(apart)
    days = counted(most, "day") if least == most else f"{least} to {counted(most, 'day')}"
    return (
        f"paid {days} after the accrual date; interest runs to the accrual date\n"
        "collections run to the cut-off, which anyone may make from the accrual date on; without one, to the settlement"
    )


def grace(terms: DealTerms) -> str:
    """What has to be there for a period to be settled within its grace."""
    least = (
        "collections alone pay everything due and fill the reserves" if terms.reserves else "collections pay all due"
    )
    more = ["no test begins to fail"] if terms.tests else []
    more += ["its report is there"] if terms.reads_reports else []
    return f"grace of {counted(terms.grace, 'day')}, in which a period is settled only if {', '.join([least, *more])}"


def recovery(right: Recovery) -> str:
    """Who may recover the account of a lost key, and what stops it."""
    return (
        f"Recovery: {right.by} may move the shares of an account, with the cash they earned, to another account that "
        f"{right.provider} signs for as the same investor's,\n{counted(right.days, 'day')} after it is announced; any "
        "act of the account until then cancels it: a transfer, a claim or an objection."
    )


def forced(right: ForcedMoves) -> str:
    """Who may move shares without their holder."""
    return (
        f"Forced moves: {right.by} may move shares, and never cash, to an account that may receive them, "
        f"{counted(right.days, 'day')} after it is announced with the hash of its document."
    )


def call(terms: DealTerms, right: CleanUpCall) -> str:
    """Who may call the deal, from when on, at what price, and what ends with it."""
    most = exact_money(most_outstanding(terms), terms.decimals)
    price = ["their balances", "interest with all arrears", "every fee"]
    if terms.write_down:
        price[0] += " before write-downs"
    used = [*(["reserves"] if terms.reserves else []), *(["traps"] if any_trap(terms) else [])]
    less = "".join(f" and {each}" for each in used)
    return (
        f"Clean-up call: {right.payee} may repay all lenders at a payment date once their faces less principal paid "
        f"are {percent(right.below)} of the faces or less, {most} {terms.asset}; write-downs do not count.\n"
        f"It is announced at least a day before a payment date. The price: {', '.join(price)}; {right.payee} pays what "
        f"collections{less} lack.\n"
        "It ends the deal: what is left and all later revenue is equity's. Unpaid, the period is settled as usual."
    )


def any_trap(terms: DealTerms) -> bool:
    return any(rung.kind is RungKind.TRAP for rung in terms.rungs)


def two_pots(terms: DealTerms) -> str:
    """What goes down which ladder."""
    name = terms.fields[terms.principal_field].id
    return (
        f"two pots: what is reported as {name} goes down the principal ladder;\n"
        "all collections without a report, and interest's residual at the end"
    )


DIVERSION = (
    "a diversion repays lenders, the most senior first, until its test is met;\n"
    "without an asset value it repays them with all it gets"
)

UNIT = {Unit.AMOUNT: "the asset", Unit.RATIO: "a ratio", Unit.COUNT: "whole numbers"}


def assumed(terms: DealTerms) -> str:
    """What a schedule takes for granted of coupons and principal that nobody knows at closing."""
    parts = ["floating coupons at their first"] if terms.floats else []
    parts += ["target OC repaid at the end"] if terms.repays_to_target else []
    return "".join(f", {each}" for each in parts)


def coupon(tranche: Tranche, terms: DealTerms) -> str:
    if tranche.residual:
        return NO_VALUE
    if tranche.floating is not None:
        text = _floating(terms, tranche.floating)
    else:
        starts = (terms.closing, *terms.accrual_dates)
        first, *steps = tranche.coupons
        text = "".join([percent(first[1]), *(f", {percent(rate)} from {starts[period - 1]}" for period, rate in steps)])
    if not tranche.pik:
        return text
    until = "" if tranche.pik_last == terms.periods else f" to {terms.accrual_dates[tranche.pik_last - 1]}"
    return f"{text} in cash, {percent(tranche.pik)} in kind{until}"


def _floating(terms: DealTerms, coupon: FloatingCoupon) -> str:
    floor = f", {terms.fields[coupon.field].id} at least {percent(coupon.floor)}" if coupon.floor else ""
    reset = "arrears" if coupon.in_arrears else "advance"
    stale = counted(coupon.stale, "period")
    return (
        f"{terms.fields[coupon.field].id} + {percent(coupon.margin)}, at most {percent(coupon.cap)}{floor}; reset in "
        f"{reset}, {percent(coupon.at(coupon.initial))} at first; the last known index serves {stale}, then the cap"
    )


def arrears(tranche: Tranche) -> str:
    if tranche.residual:
        return NO_VALUE
    return {
        ArrearsRule.NONE: "no interest",
        ArrearsRule.COUPON: "at the coupon",
        ArrearsRule.SPREAD: f"coupon + {percent(tranche.spread)}",
        ArrearsRule.CAPITALISE: "capitalised",
    }[tranche.arrears]


def fee(terms: DealTerms, each: Fee) -> str:
    if each.base is FeeBase.FIXED:
        text = f"{money(each.amount, terms.decimals)} per period"
    elif each.base is FeeBase.COLLECTIONS:
        text = f"{percent(each.rate)} of collections"
    elif each.base is FeeBase.LISTED:
        due = [amount for amount in each.amounts if amount]
        least, most = (money(bound(due, default=0), terms.decimals) for bound in (min, max))
        text = f"{least} per period" if least == most else f"{least} to {most}, set for each period"
    elif each.base is FeeBase.REPORT:
        text = f"what is reported as {terms.fields[each.field].id}"
    else:
        base = (
            f"the balance of {terms.tranches[each.tranche].id}" if each.base is FeeBase.BALANCE else "the asset value"
        )
        text = f"{percent(each.rate)} a year of {base}"
    if each.cap is not None:
        text += f", at most {money(each.cap, terms.decimals)} per period"
    first, last = each.first_period, each.last_period
    if each.base is FeeBase.LISTED:
        due_in = [period for period, amount in enumerate(each.amounts, 1) if amount]
        first, last = min(due_in, default=1), max(due_in, default=terms.periods)
    if first > 1 or last < terms.periods:
        start, end = terms.accrual_dates[first - 1], terms.accrual_dates[last - 1]
        text += f", {start} to {end}"
    return text + (", unpaid amounts are carried forward" if each.carry else "") + (", operating" if each.opex else "")


def reserve_target(terms: DealTerms, each: Reserve) -> str:
    if each.targets:
        text = f"as listed, at most {money(max(each.targets), terms.decimals)}"
    elif not each.ahead:
        text = money(each.target, terms.decimals)
    else:
        text = _looks_ahead(terms, each)
    return text if each.fill is None else f"{text}; takes at most {money(each.fill, terms.decimals)} a period"


def _looks_ahead(terms: DealTerms, each: Reserve) -> str:
    """Periods and a part; `at most` where dates are so listed that periods differ before the last ones run out."""
    spans = list(zip(each.ahead, each.parts or [(0, 1)] * terms.periods, strict=True))
    most = max(spans, key=lambda span: span[0] + Fraction(*span[1]))
    periods, (part, whole) = most
    fits = terms.periods - periods - (1 if part else 0)
    words = []
    if periods:
        words.append(f"next {counted(periods, 'period')}")
    if part:
        words.append(f"{part}/{whole} of the {'one after' if periods else 'next period'}")
    differs = any(span != most for span in spans[:fits])
    return ("at most the " if differs else "") + " and ".join(words) + " of supported payments"


def supports(terms: DealTerms, each: Reserve | Test) -> str:
    return ", ".join(terms.rung_name(Rung(kind, (target,), WAD)) for kind, target in each.supports)


def acts_on(terms: DealTerms, test: int) -> str:
    """What depends on a test, by its index: a ladder, rungs of one, or nothing."""
    found = ["the ladder"] if test in terms.enforce_on else []
    acting = [rung for rung in terms.rungs if rung.test == test]
    # Of two pots, a rung may be on both ladders
    found += dict.fromkeys(f"defers {terms.rung_name(replace(rung, test=None))}" for rung in acting if rung.passing)
    found += dict.fromkeys(terms.rung_name(rung) for rung in acting if not rung.passing)
    text = ", ".join(found) or "nothing: reported only"
    helped = supports(terms, terms.tests[test])
    return f"{text}; its trap pays {helped}" if helped else text
