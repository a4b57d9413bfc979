"""
From terms back to the deal file that states them: what holds terms that came from elsewhere against every rule.

The rules are those of `schema` and `resolve`, and are written there only. Terms that break one still have values here:
a rung that no grammar allows is spelled as it would have to be, and refused where it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from penstock.dealfile.calendar import ahead, counted_as, parts
from penstock.dealfile.coupon import IN_ARREARS
from penstock.dealfile.covenant import WORDS
from penstock.dealfile.deferral import first_deferred
from penstock.dealfile.errors import DealFileError
from penstock.dealfile.fee import BASES
from penstock.dealfile.pots import missing_interest
from penstock.dealfile.resolve import resolve
from penstock.dealfile.source import Collecting, validate
from penstock.dealfile.tranche import RULES
from penstock.dealfile.values import (
    DAY_COUNTS,
    MOST_BUSINESS_DAYS,
    MOST_DELAY,
    MOST_MONTHS,
    REPORTED,
    UNITS,
    is_identifier,
)
from penstock.format import format_amount, fraction_text
from penstock.model.calendar import Roll, is_business_day, roll_date
from penstock.model.rungs import RungKind, Target
from penstock.model.terms import (
    ArrearsRule,
    DealTerms,
    Fee,
    FeeBase,
    FloatingCoupon,
    Metric,
    PrincipalKind,
    Promote,
    Reserve,
    Rung,
    Test,
    Tier,
    TierKind,
    Tranche,
)
from penstock.model.units import MAX_AMOUNT, MAX_NARROW_AMOUNT, WAD

FARTHEST_ROLL = timedelta(days=15)
"""Adjusted accrual dates do not tell the dates they were moved from: none moves farther than this."""
_DAY = timedelta(days=1)
_UNMOVED: dict[str, Any] = {"roll": Roll.NONE.value, "holidays": []}
WORDS_OF_UNITS = {unit: word for word, unit in UNITS.items()}
WORDS_OF_DAY_COUNTS = {day_count: word for word, day_count in DAY_COUNTS.items()}


def refusals(terms: DealTerms) -> tuple[list[str], DealTerms | None]:
    """
    Every rule of the deal file that terms break, in words, and the terms that the file which states them resolves to.

    The second is None where the file cannot be read so far; where it is there and not equal to the terms, no deal file
    gives these.
    """
    words, found = _refused(terms)
    if found is None:  # a name that cannot be read must not hide what else is wrong
        words += _refused(_with_plain_names(terms))[0]
    return list(dict.fromkeys(words)), found


def _refused(terms: DealTerms) -> tuple[list[str], DealTerms | None]:
    source = Collecting("the terms", values_of(terms), {})
    found = collected(source)
    return [each.words for each in source.refused], None if found is None else _with_reserves(found, terms)


def _with_plain_names(terms: DealTerms) -> DealTerms:
    """The terms with other names where they may be the fault; a tranche is called by its place."""
    tranches = (
        replace(each, id=each.id if is_identifier(each.id) else f"tranche{place}", symbol=f"T{place}")
        for place, each in enumerate(terms.tranches, start=1)
    )
    return replace(terms, name="deal", tranches=tuple(tranches))


def collected(source: Collecting) -> DealTerms | None:
    """The terms that values state, as far as they can be read; every refusal is in the source."""
    try:
        return resolve(source, validate(source))
    except DealFileError as fault:
        source.refused.append(fault)
        return None


def values_of(terms: DealTerms) -> dict[str, Any]:
    """The values of the deal file that states these terms, as a parser of TOML would give them."""
    paid = _delayed(terms) if terms.delays else _rolled(terms.accrual_dates, terms.payment_dates) or _UNMOVED
    return {
        "deal": {
            "name": terms.name,
            "asset": terms.asset,
            "decimals": terms.decimals,
            "closing": terms.closing,
            **_dates(terms),
            **paid,
            **({"grace": terms.grace} if terms.grace else {}),
            "write_down": terms.write_down,
            "lifetime_cash": format_amount(MAX_NARROW_AMOUNT if terms.narrow else MAX_AMOUNT, terms.decimals),
        },
        "tranche": [_tranche(terms, each) for each in terms.tranches],
        "fee": [_fee(terms, each) for each in terms.fees],
        "reserve": [_reserve(terms, each) for each in terms.reserves],
        "test": [_test(terms, each) for each in terms.tests],
        "field": [{"id": each.id, "unit": WORDS_OF_UNITS[each.unit]} for each in terms.fields],
        **({"promote": _promote(terms, terms.promote)} if terms.promote else {}),
        "ladder": {
            **_in_force(terms),
            **({"enforcement": [_rung(terms, each) for each in terms.enforcement]} if terms.enforcement else {}),
            "enforce_on": [_id(terms.tests, index, "test") for index in terms.enforce_on],
        },
        **({"document": [asdict(each) for each in terms.documents]} if terms.documents else {}),
        **({"call": {"by": terms.call.payee, "below": fraction_text(terms.call.below)}} if terms.call else {}),
    }


def _in_force(terms: DealTerms) -> dict[str, Any]:
    """The normal ladder, or both of two pots: principal's without the interest that it pays first by itself."""
    if not terms.two_pots:
        return {"normal": [_rung(terms, each) for each in terms.normal]}
    first = missing_interest(terms.normal)
    own = terms.principal[len(first) :] if terms.principal[: len(first)] == first else terms.principal
    return {
        "interest": [_rung(terms, each) for each in terms.normal],
        "principal": [_rung(terms, each) for each in own],
    }


def _tranche(terms: DealTerms, each: Tranche) -> dict[str, Any]:
    """A key that equity does not take is left out of equity that does not need it."""
    found: dict[str, Any] = {"id": each.id, "symbol": each.symbol, "face": format_amount(each.face, terms.decimals)}
    found |= {"residual": True} if each.residual else {}
    found["shares"] = each.supply // 10**terms.share_decimals
    plain = Tranche("", "", 0, 0, residual=True)
    coupons = list(each.coupons)
    if each.floating is not None:
        found["coupon"] = _floating(terms, each.floating)
        coupons = coupons[1:] if coupons == [(1, each.floating.at(each.floating.initial))] else coupons
    elif coupons and coupons[0][0] == 1:
        found["coupon"] = fraction_text(coupons.pop(0)[1])
    if coupons:
        found["steps"] = [{"from": _start(terms, first), "coupon": fraction_text(rate)} for first, rate in coupons]
    if not each.residual or each.day_count is not plain.day_count:
        found["day_count"] = WORDS_OF_DAY_COUNTS[each.day_count]
    if each.pik or each.pik_last:
        found["pik"] = fraction_text(each.pik)
        dates = terms.accrual_dates
        found["pik_until"] = dates[min(each.pik_last, len(dates)) - 1] if each.pik_last else terms.closing
    if not each.residual and terms.tranches.index(each) >= first_deferred(terms.normal, len(terms.tranches)):
        found["may_defer"] = True
    if not each.residual or each.principal is not plain.principal:
        found["principal"] = _principal(terms, each)
    if not each.residual or each.arrears is not plain.arrears:
        words = {rule: word for word, rule in RULES.items()}
        spread = {"spread": fraction_text(each.spread)}
        found["arrears"] = spread if each.arrears is ArrearsRule.SPREAD else words[each.arrears]
    return found


def _principal(terms: DealTerms, each: Tranche) -> dict[str, Any]:
    if each.principal is PrincipalKind.SCHEDULE:
        return {"kind": "custom", "amounts": [format_amount(part, terms.decimals) for part in each.schedule]}
    found: dict[str, Any] = {"kind": each.principal.name.lower()}
    if each.oc_ratio:
        found["ratio"] = fraction_text(each.oc_ratio)
    if each.oc_amount or (each.principal is PrincipalKind.TARGET_OC and not each.oc_ratio):
        found["amount"] = format_amount(each.oc_amount, terms.decimals)
    return found


def _floating(terms: DealTerms, coupon: FloatingCoupon) -> dict[str, Any]:
    rates = {name: fraction_text(getattr(coupon, name)) for name in ("margin", "floor", "cap", "initial")}
    reset = IN_ARREARS if coupon.in_arrears else "advance"
    return {"index": _id(terms.fields, coupon.field, "field"), "reset": reset, "stale": coupon.stale, **rates}


def _promote(terms: DealTerms, promote: Promote) -> dict[str, Any]:
    investor, sponsor = (terms.tranches[index].id if len(terms.tranches) >= -index else "" for index in (-2, -1))
    return {
        "investor": investor,
        "sponsor": sponsor,
        "capital": format_amount(promote.capital, terms.decimals),
        "co_invest": fraction_text(promote.co_invest),
        "day_count": WORDS_OF_DAY_COUNTS[promote.day_count],
        "tiers": [_tier(each) for each in promote.tiers],
    }


def _tier(each: Tier) -> dict[str, Any]:
    if each.kind is TierKind.CATCH_UP:
        return {"catch_up": fraction_text(each.rate), "sponsor": fraction_text(WAD - each.part)}
    until = {"until": fraction_text(each.rate)} if each.kind is TierKind.HURDLE else {}
    return until | {"investor": fraction_text(each.part)}


def _fee(terms: DealTerms, each: Fee) -> dict[str, Any]:
    found: dict[str, Any] = {"id": each.id, "payee": each.payee, "carry": each.carry, "opex": each.opex}
    if each.base is FeeBase.FIXED:
        found["fixed"] = format_amount(each.amount, terms.decimals)
    elif each.base is FeeBase.LISTED:
        found["amounts"] = [format_amount(amount, terms.decimals) for amount in each.amounts]
    elif each.base is FeeBase.REPORT:
        found["of"] = REPORTED + _id(terms.fields, each.field, "field")
    else:
        words = {base: word for word, base in BASES.items()}
        found["annual"] = fraction_text(each.rate)
        found["of"] = words.get(each.base) or _id(terms.tranches, each.tranche, "tranche")
    if each.cap is not None:
        found["cap"] = format_amount(each.cap, terms.decimals)
    if each.first_period > 1:
        days = (*terms.accrual_dates, terms.accrual_dates[-1] + _DAY)
        found["from"] = days[min(each.first_period, len(days)) - 1]
    if each.last_period < terms.periods:
        found["until"] = terms.accrual_dates[each.last_period - 1] if each.last_period else terms.closing
    return found


def _test(terms: DealTerms, each: Test) -> dict[str, Any]:
    reported = each.metric is Metric.REPORT
    found: dict[str, Any] = {
        "id": each.id,
        "metric": REPORTED + _id(terms.fields, each.field, "field") if reported else WORDS[each.metric],
        "above" if each.above else "below": _threshold(terms, each),
        "cure": each.cure,
    }
    if each.metric.of_tranche:
        found["of"] = _id(terms.tranches, each.tranche, "tranche")
    elif each.metric is Metric.RESERVE_LEVEL:
        found["of"] = _id(terms.reserves, each.reserve, "reserve")
    if each.over != 1:
        found["over"] = each.over
    if each.initial or each.metric is Metric.POOL_FACTOR:
        found["initial"] = format_amount(each.initial, terms.decimals)
    return found | ({"supports": _supports(terms, each)} if each.supports else {})


def _threshold(terms: DealTerms, each: Test) -> str:
    """What a test is compared with, in the unit of the field that it reads."""
    if each.metric is Metric.REPORT and each.field < len(terms.fields):
        return format_amount(each.threshold, terms.fields[each.field].places(terms.decimals))
    return fraction_text(each.threshold)


def _reserve(terms: DealTerms, each: Reserve) -> dict[str, Any]:
    found: dict[str, Any] = {"id": each.id, "opening": format_amount(each.opening, terms.decimals)}
    if each.ahead:
        found["months"] = _months(terms, each) or 1
    elif each.targets:
        found["targets"] = [format_amount(amount, terms.decimals) for amount in each.targets]
    else:
        found["target"] = format_amount(each.target, terms.decimals)
    if each.fill is not None:
        found["fill"] = format_amount(each.fill, terms.decimals)
    return found | {"supports": _supports(terms, each)}


def _supports(terms: DealTerms, each: Reserve | Test) -> list[str]:
    return [_rung(terms, Rung(kind, (target,))) for kind, target in each.supports]


def _rung(terms: DealTerms, rung: Rung) -> str:
    """A rung as the deal file writes it, whatever it refers to."""
    owners = {Target.FEE: (terms.fees, "fee"), Target.RESERVE: (terms.reserves, "reserve")}
    named, what = owners.get(rung.rule.target, (terms.tranches, "tranche"))
    text = rung.kind.word
    if rung.kind is RungKind.DIVERT and rung.test is not None:
        text += f":{_id(terms.tests, rung.test, 'test')}"
        return text if rung.fraction == WAD else f"{text}:{fraction_text(rung.fraction)}"
    if rung.targets:
        text += ":" + "+".join(_id(named, index, what) for index in rung.targets)
    if rung.fraction != WAD:
        text += f":{fraction_text(rung.fraction)}"
    return text if rung.test is None else f"{text}{rung.sign}{_id(terms.tests, rung.test, 'test')}"


def _id(owners: Sequence[Any], index: int, what: str) -> str:
    """The id of one of several; of an index beyond them a word that is not an id of these."""
    return str(owners[index].id) if index < len(owners) else f"no_{what}_{index + 1}"


def _start(terms: DealTerms, period: int) -> date:
    """The first day of a period; of one the deal does not have, a day on which no period begins."""
    starts = (terms.closing, *terms.accrual_dates[:-1])
    return starts[period - 1] if 1 <= period <= len(starts) else terms.accrual_dates[-1]


# The calendar


def _dates(terms: DealTerms) -> dict[str, Any]:
    """The accrual dates: as they are, unless a lender's day count needs to know how they are counted."""
    regular = counted_as(terms.closing, terms.accrual_dates, terms.icma) if terms.icma else None
    if regular is None:
        return {"dates": list(terms.accrual_dates)}
    found = {"months": regular.months, "periods": terms.periods, "month_end": regular.month_end}
    return found | ({} if regular.start == terms.closing else {"first": regular.start})


def _rolled(days: Sequence[date], payment_dates: Sequence[date]) -> dict[str, Any] | None:
    """A roll and holidays that move these days to the payment dates; None where there are no such."""
    pairs = list(zip(days, payment_dates, strict=True))
    for roll in Roll:
        holidays = {day for before, payment in pairs for day in _skipped(roll, before, payment)}
        if all(roll_date(before, roll, holidays) == payment for before, payment in pairs):
            return {"roll": roll.value, "holidays": sorted(holidays)}
    return None


def _delayed(terms: DealTerms) -> dict[str, Any]:
    """
    A delay, a roll and holidays that move the accrual dates to the payment dates; a delay of one day where none do.

    Business days need no search: periods do not overlap, so that each has holidays of its own.
    """
    pairs = list(zip(terms.accrual_dates, terms.payment_dates, strict=True))
    apart = [(payment - accrual).days for accrual, payment in pairs]
    roll_days = FARTHEST_ROLL.days
    for days in range(max(1, max(apart) - roll_days), min(MOST_DELAY, min(apart) + roll_days) + 1):
        found = _rolled([day + _DAY * days for day in terms.accrual_dates], terms.payment_dates)
        if found is not None:
            return {"payment_delay": days, **found}
    between = [_weekdays_after(accrual, payment) for accrual, payment in pairs]
    count = min([MOST_BUSINESS_DAYS, *map(len, between)])
    holidays = [day for days in between for day in days[: len(days) - count]]
    return {"payment_delay": f"{max(1, count)}bd", **_UNMOVED, "holidays": holidays}


def _weekdays_after(accrual: date, payment: date) -> list[date]:
    """Those up to the payment date."""
    days = (accrual + _DAY * count for count in range(1, (payment - accrual).days + 1))
    return [day for day in days if is_business_day(day)]


def _skipped(roll: Roll, accrual: date, payment: date) -> list[date]:
    """The weekdays that must be holidays for a date to move so."""
    if accrual == payment:
        return []
    onward = 1 if payment > accrual else -1
    days = [accrual + _DAY * onward * count for count in range(abs((payment - accrual).days))]
    turned = {Roll.MODIFIED_FOLLOWING: 1, Roll.MODIFIED_PRECEDING: -1}.get(roll)
    if turned == -onward:  # it turned back, since the whole rest of the month was off
        days += [day for count in range(31) if (day := accrual + _DAY * turned * count).month == accrual.month]
    return [day for day in days if is_business_day(day)]


def _months(terms: DealTerms, reserve: Reserve) -> int | None:
    """How many months ahead a reserve looks that counts so many later periods; None where no number does."""
    days, some = terms.accrual_dates, range(1, MOST_MONTHS + 1)
    exact = (
        each
        for each in some
        if ahead(days, each) == reserve.ahead and parts(days, each, reserve.ahead) == reserve.parts
    )
    found = next(exact, None)
    # without a delay, dates that differ from those paid were not adjusted
    if found or (days != terms.payment_dates and not terms.delays):
        return found
    return next((months for months in some if _may_count(days, reserve, months)), None)


def _may_count(days: tuple[date, ...], reserve: Reserve, months: int) -> bool:
    """Whether the dates from which accrual dates were adjusted may give what a reserve counts."""
    fewest = ahead(days, months, -2 * FARTHEST_ROLL)
    most = ahead(days, months, 2 * FARTHEST_ROLL)
    bounds = zip(fewest, reserve.ahead, most, strict=True)
    if (not any(reserve.ahead) and not reserve.parts) or not all(low <= count <= high for low, count, high in bounds):
        return False
    return parts(days, months, reserve.ahead) == reserve.parts


def _with_reserves(found: DealTerms, terms: DealTerms) -> DealTerms:
    """The found terms with the counts of the given ones where adjusted dates may have given them."""
    reserves = tuple(
        replace(one, ahead=other.ahead, parts=other.parts) if other.ahead and _months(terms, other) else one
        for one, other in zip(found.reserves, terms.reserves, strict=True)
    )
    return replace(found, reserves=reserves)
