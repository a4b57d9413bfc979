"""The terms of a deal in words."""

from __future__ import annotations

from penstock.dealfile.values import DAY_COUNTS
from penstock.format import NO_VALUE, counted, money, percent
from penstock.model.calendar import RegularDates
from penstock.model.terms import ArrearsRule, DealTerms, Fee, FeeBase, Reserve, Rung, Test, Tranche, Unit
from penstock.model.units import WAD

DAY_COUNT = {rule: name for name, rule in DAY_COUNTS.items()}


def accrual_dates(regular: RegularDates) -> str:
    """How accrual dates are counted."""
    start, day = regular.start, regular.start.day
    rule = "on the last day of the month" if regular.month_end else f"on day {day} of the month"
    if day > 28 and not regular.month_end:
        rule += ", or the last of a shorter one"
    return f"accrual dates every {counted(regular.months, 'month')} from {start}, {rule}"


UNIT = {Unit.AMOUNT: "the asset", Unit.RATIO: "a ratio", Unit.COUNT: "whole numbers"}


def coupon(tranche: Tranche, terms: DealTerms) -> str:
    if tranche.residual:
        return NO_VALUE
    starts = (terms.closing, *terms.accrual_dates)
    first, *steps = tranche.coupons
    text = "".join([percent(first[1]), *(f", {percent(rate)} from {starts[period - 1]}" for period, rate in steps)])
    if not tranche.pik:
        return text
    until = "" if tranche.pik_last == terms.periods else f" to {terms.accrual_dates[tranche.pik_last - 1]}"
    return f"{text} in cash, {percent(tranche.pik)} in kind{until}"


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
        text = f"{least} to {most} per period, as listed"
    elif each.base is FeeBase.REPORT:
        text = f"what is reported as {terms.fields[each.field].id}"
    else:
        base = (
            f"the balance of {terms.tranches[each.tranche].id}" if each.base is FeeBase.BALANCE else "the asset value"
        )
        text = f"{percent(each.rate)} a year of {base}"
    if each.cap is not None:
        text += f", at most {money(each.cap, terms.decimals)} per period"
    if each.first_period > 1 or each.last_period < terms.periods:
        start, end = terms.accrual_dates[each.first_period - 1], terms.accrual_dates[each.last_period - 1]
        text += f", {start} to {end}"
    return text + (", unpaid amounts are carried forward" if each.carry else "") + (", operating" if each.opex else "")


def reserve_target(terms: DealTerms, each: Reserve) -> str:
    if each.targets:
        text = f"as listed, at most {money(max(each.targets), terms.decimals)}"
    elif not each.ahead:
        text = money(each.target, terms.decimals)
    else:
        most, rest = max(each.ahead), max(each.parts, default=(0, 1))
        whole = f"next {counted(most, 'period')}" if most else ""
        part = f"{rest[0]}/{rest[1]} of the {'one after' if most else 'next period'}" if rest[0] else ""
        text = " and ".join(filter(None, (whole, part))) + " of supported payments"
    return text if each.fill is None else f"{text}; takes at most {money(each.fill, terms.decimals)} a period"


def supports(terms: DealTerms, each: Reserve | Test) -> str:
    return ", ".join(terms.rung_name(Rung(kind, (target,), WAD)) for kind, target in each.supports)


def acts_on(terms: DealTerms, test: int) -> str:
    """What depends on a test, by its index: a ladder, rungs of one, or nothing."""
    found = ["the ladder"] if test in terms.enforce_on else []
    rungs = [*terms.normal, *terms.enforcement]
    found += dict.fromkeys(terms.rung_name(rung) for rung in rungs if rung.test == test)
    text = ", ".join(found) or "nothing: reported only"
    helped = supports(terms, terms.tests[test])
    return f"{text}; its trap pays {helped}" if helped else text
