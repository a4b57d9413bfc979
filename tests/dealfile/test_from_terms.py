"""
Terms from elsewhere, held against every rule of the deal file.

given terms that a deal file gives
    it should find nothing, and the same terms again
given terms that break a rule, or several
    it should name each of them, as the refusal of a deal file does
given terms that break no rule and that no deal file gives
    it should give other terms
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.dealfile import DealFileError, load, loads
from penstock.dealfile.from_terms import collected, refusals
from penstock.dealfile.source import Collecting, parse
from penstock.dealfile.values import DAY_COUNTS
from penstock.model.calendar import Roll, month_end
from penstock.model.terms import (
    ArrearsRule,
    CleanUpCall,
    DayCount,
    DealTerms,
    FeeBase,
    PrincipalKind,
    Reserve,
    Rung,
    RungKind,
    Test,
    Tier,
    TierKind,
)
from penstock.model.units import MAX_AMOUNT, MAX_NARROW_AMOUNT, WAD
from tests.contracts.deals import PLAIN, PROMOTED, WHOLE, WIDE
from tests.dealfile.broken import BROKEN, SOUND, Broken
from tests.strategies import deals

OF_DEALS = ("minimal", "pf-three-tranche", "greensboro-solar")


def lawful(terms: DealTerms) -> bool:
    return refusals(terms) == ([], terms)


@pytest.mark.parametrize("name", OF_DEALS)
def test_the_deals_here_keep_every_rule(name: str) -> None:
    assert lawful(load(f"deals/{name}.toml"))


@given(terms=deals())
def test_what_is_drawn_can_be_written_and_read_again(terms: DealTerms) -> None:
    """Some drawn reserves support more than a deal file lets them; everything else keeps the rules."""
    words, again = refusals(replace(terms, reserves=()))
    without = [rung for rung in (*terms.normal, *terms.enforcement) if rung.kind is RungKind.RESERVE]
    assert all("no reserve" in each or "too much" in each for each in words), words
    if not without and not words:
        assert again == replace(terms, reserves=())


@st.composite
def calendars(draw: Any) -> str:
    """A deal file with any roll, adjusted or not, holidays around its dates and a reserve that looks ahead."""
    months, periods = draw(st.sampled_from((1, 2, 3, 6, 12))), draw(st.integers(2, 12))
    first = date(2026, 1, 1) + timedelta(days=draw(st.integers(1, 400)))
    first = month_end(first) if draw(st.booleans()) else first
    near = st.integers(0, 31 * months * periods).map(lambda days: first + timedelta(days=days))
    dates = f"months = {months}\nfirst = {first}\nperiods = {periods}"
    dates += draw(st.sampled_from(("", "\nmonth_end = false")))
    day_counts = st.sampled_from([f'day_count = "{name}"' for name in DAY_COUNTS])
    if draw(st.booleans()):
        ends = [
            date(2026 + number // 4, 3 * (number % 4) + 3, (31, 30, 30, 31)[number % 4]) for number in range(periods)
        ]
        dates, near = f"dates = [{', '.join(map(str, ends))}]", st.sampled_from(ends)
    holidays = draw(st.lists(near, max_size=6)) + draw(
        st.sampled_from(([], [date(2026, 12, day) for day in range(21, 32)]))
    )
    roll, accrue = draw(st.sampled_from(Roll)), draw(st.sampled_from(("adjusted", "unadjusted")))
    return (
        SOUND.replace(
            'months = 3\nperiods = 8\nroll = "following"',
            f"{dates}\nroll = '{roll.value}'\naccrue = '{accrue}'\n"
            f"holidays = [{', '.join(map(str, sorted(set(holidays))))}]",
        )
        .replace("months = 6", f"months = {draw(st.integers(1, 24))}")
        .replace('day_count = "30/360"', draw(day_counts))
        .replace('coupon = "0.09"', f'coupon = "0.09"\n{draw(day_counts)}')
    )


@given(text=calendars())
def test_any_calendar_is_recognised(text: str) -> None:
    try:
        terms = loads(text)
    except DealFileError:
        return  # a roll that leaves a period without a day, a reserve that looks at nothing
    assert lawful(terms)


@pytest.mark.parametrize(
    "keys",
    [
        "closing = 2025-12-31\nmonths = 6\nperiods = 4",
        "closing = 2026-06-30\nmonths = 6\nperiods = 4\nmonth_end = false",
        "closing = 2026-03-31\nfirst = 2026-06-30\nmonths = 6\nperiods = 4\nmonth_end = false",
        "closing = 2026-03-31\nfirst = 2026-06-30\nmonths = 6\nperiods = 4",
        "closing = 2026-02-03\nfirst = 2026-06-30\nmonths = 1\nperiods = 1",
    ],
)
def test_dates_are_counted_again_where_a_day_count_needs_it(keys: str) -> None:
    text = SOUND.replace("closing = 2026-01-01\nmonths = 3\nperiods = 8", keys).replace("30/360", "ACT/ACT (ICMA)")
    text = text.replace("months = 6\nsupports", 'target = "5.00"\nsupports').replace(
        '"0.09"', '"0.09"\nday_count = "ACT/360"'
    )
    terms = loads(text)
    assert terms.icma
    assert lawful(terms)


@pytest.mark.parametrize(
    ("roll", "dates", "holidays", "paid"),
    [
        # A Saturday moves on, and the last days of December, all off, move back. No other roll does both beside a day
        # of July that stays where it is.
        (
            "modified_following",
            ("2026-07-16", "2026-07-18", "2026-12-28"),
            range(28, 32),
            ("2026-07-16", "2026-07-20", "2026-12-25"),
        ),
        # A Saturday moves back, and the first days of December, all off, move on.
        (
            "modified_preceding",
            ("2026-07-04", "2026-07-16", "2026-12-03"),
            range(1, 4),
            ("2026-07-03", "2026-07-16", "2026-12-04"),
        ),
    ],
)
def test_a_month_that_is_off_turns_the_roll_around(
    roll: str, dates: tuple[str, ...], holidays: range, paid: tuple[str, ...]
) -> None:
    off = ", ".join(f"2026-12-{day:02}" for day in holidays)
    text = SOUND.replace(
        'months = 3\nperiods = 8\nroll = "following"',
        f'dates = [{", ".join(dates)}]\nroll = "{roll}"\nholidays = [{off}]',
    )
    terms = loads(text)
    assert tuple(map(str, terms.payment_dates)) == paid
    assert lawful(terms)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.refusal.split(";")[0][:70])
def test_the_first_refusal_is_found_among_all(broken: Broken) -> None:
    with pytest.raises(DealFileError) as refused:
        loads(broken.text, "deal.toml")
    if ": not TOML: " in broken.refusal or "(the file)" in broken.refusal:
        return
    parsed = parse(broken.text, "deal.toml")
    source = Collecting("deal.toml", parsed.data, parsed.lines)
    collected(source)
    if not source.refused and refused.value.key.startswith("offering"):
        return  # the terms of a deal do not say how its shares are sold
    first = source.refused[0]
    assert (first.line, first.key, first.value) == (refused.value.line, refused.value.key, refused.value.value)
    assert first.reason.split(" on line ")[0].split(" by ")[0] == refused.value.reason.split(" on line ")[0]


# Terms of no deal file

SENIOR, MEZZ, EQUITY = WHOLE.tranches
OM, AGENT = WHOLE.fees
(DSRA,) = WHOLE.reserves
(LOCKUP,) = WHOLE.tests
NEXT_DAY = timedelta(days=1)


def normal(*rungs: Rung | tuple[RungKind, int]) -> DealTerms:
    return replace(PLAIN, normal=tuple(each if isinstance(each, Rung) else Rung(each[0], (each[1],)) for each in rungs))


def first_tranche(**changed: Any) -> DealTerms:
    return replace(WHOLE, tranches=(replace(SENIOR, **changed), MEZZ, EQUITY))


def last_tranche(**changed: Any) -> DealTerms:
    return replace(WHOLE, tranches=(SENIOR, MEZZ, replace(EQUITY, **changed)))


def fee(**changed: Any) -> DealTerms:
    return replace(WHOLE, fees=(OM, replace(AGENT, **changed)))


def reserve(**changed: Any) -> DealTerms:
    return replace(WHOLE, reserves=(replace(DSRA, **changed),))


def watched(**changed: Any) -> DealTerms:
    return replace(WHOLE, tests=(replace(LOCKUP, **changed),))


INTEREST, PRINCIPAL, RESIDUAL = (RungKind.INTEREST, 0), (RungKind.PRINCIPAL, 0), (RungKind.RESIDUAL, 1)

PREFERRED = Tier(TierKind.HURDLE, WAD * 8 // 100, WAD)
CATCH_UP = Tier(TierKind.CATCH_UP, WAD * 20 // 100, 0)
SECOND = Tier(TierKind.HURDLE, WAD * 15 // 100, WAD)
REST = Tier(TierKind.REST, 0, WAD * 70 // 100)


def promoted(**changes: Any) -> DealTerms:
    assert PROMOTED.promote
    return replace(PROMOTED, promote=replace(PROMOTED.promote, **changes))


def tiers(*each: Tier) -> DealTerms:
    return promoted(tiers=each)


BREACHES: dict[str, tuple[DealTerms, Sequence[str]]] = {
    "equity first": (
        normal(RESIDUAL, INTEREST, PRINCIPAL),
        [
            'ladder.normal[1] = "residual:equity": nothing is left',
            'ladder.normal[3] = "principal:senior": the ladder does not end',
        ],
    ),
    "no rung for a lender's interest": (
        normal(PRINCIPAL, RESIDUAL),
        ['can skip the lender "senior"; accepted: a rung interest:senior'],
    ),
    "no residual": (normal(INTEREST, PRINCIPAL), ["the ladder does not end in the residual"]),
    "200 %": (
        normal(INTEREST, PRINCIPAL, Rung(RungKind.SWEEP, (0,), 2 * WAD), RESIDUAL),
        ['ladder.normal[3] = "sweep:senior:2": not a fraction: "2"; accepted: a fraction above 0, at most 1'],
    ),
    "all of these": (
        normal(RESIDUAL, Rung(RungKind.SWEEP, (0,), 2 * WAD)),
        [
            "nothing is left for the rungs after it",
            'not a fraction: "2"',
            "does not end in the residual",
            "a rung interest:senior",
            "a rung principal:senior or all:senior",
        ],
    ),
    "no rung": (normal(), ["ladder.normal = []: 0 rungs; accepted: 1 to 64 rungs"]),
    "a rung of nobody": (
        normal(INTEREST, PRINCIPAL, Rung(RungKind.SWEEP, (7,)), RESIDUAL),
        ['"sweep:no_tranche_8": no tranche is'],
    ),
    "a rung without a target": (
        normal(INTEREST, Rung(RungKind.PRINCIPAL), RESIDUAL),
        ['"principal": the target is missing'],
    ),
    "a rung of equity": (normal(INTEREST, PRINCIPAL, (RungKind.SWEEP, 1), RESIDUAL), ["equity (equity) has no sweep"]),
    "one lender twice": (normal(Rung(RungKind.INTEREST, (0, 0)), PRINCIPAL, RESIDUAL), ['"senior" is named twice']),
    "a part of interest": (
        normal(Rung(RungKind.INTEREST, (0,), WAD // 2), PRINCIPAL, RESIDUAL),
        ["a fraction on interest could leave it short"],
    ),
    "a rung twice": (normal(INTEREST, INTEREST, PRINCIPAL, RESIDUAL), ["the same rung twice"]),
    "a rung of no test": (
        normal(INTEREST, PRINCIPAL, Rung(RungKind.SWEEP, (0,), test=3), RESIDUAL),
        ['no test is "no_test_4"'],
    ),
    "a residual on a test": (
        replace(WHOLE, normal=(*WHOLE.normal[:-1], Rung(RungKind.RESIDUAL, (2,), test=0))),
        ["the residual does not depend on a test"],
    ),
    "a trap without a test": (
        replace(WHOLE, normal=(*WHOLE.normal[:-2], Rung(RungKind.TRAP), WHOLE.normal[-1])),
        ["the test is missing"],
    ),
    "a trap with a target": (
        replace(WHOLE, normal=(*WHOLE.normal[:-2], Rung(RungKind.TRAP, (0,), test=0), WHOLE.normal[-1])),
        ["a trap has no target"],
    ),
    "principal before interest": (
        replace(WHOLE, normal=tuple(WHOLE.normal[at] for at in (0, 1, 5, 2, 3, 4, 6, 7, 8))),
        ['ladder.normal[3] = "interest:mezz": comes before a rung that must be paid first'],
    ),
    "a fee that is not paid": (
        replace(WHOLE, normal=WHOLE.normal[1:]),
        ['fee.om.id = "om": never paid: the normal ladder does not name it'],
    ),
    "a reserve that is not filled": (
        replace(WHOLE, normal=tuple(each for each in WHOLE.normal if each.kind is not RungKind.RESERVE)),
        ["never filled"],
    ),
    "an enforcement ladder without a test": (replace(WHOLE, enforcement=WHOLE.normal), ["no test ever switches"]),
    "a test without a ladder": (replace(WHOLE, enforce_on=(0,)), ["required, because enforce_on names a test"]),
    "enforced on no test": (replace(WHOLE, enforce_on=(5,), enforcement=WHOLE.normal), ['no test is "no_test_6"']),
    "enforcement that skips a lender": (
        replace(WHOLE, enforce_on=(0,), enforcement=(Rung(RungKind.RESIDUAL, (2,)),)),
        ['can skip the lender "senior"', 'can skip the lender "mezz"'],
    ),
    # of the promote
    "a promote of no tier": (tiers(), ["promote.tiers = []: 0 tiers"]),
    "no last tier": (tiers(PREFERRED), ["nobody gets what is left after it"]),
    "a last tier above others": (tiers(REST, PREFERRED, REST), ["takes all that is left, and tiers come below"]),
    "hurdles that fall": (tiers(SECOND, PREFERRED, REST), ["has that return already"]),
    "a hurdle that is never reached": (
        tiers(replace(PREFERRED, part=0), REST),
        ["the hurdle would never be reached"],
    ),
    "a tier of more than all": (tiers(replace(PREFERRED, part=WAD + 1), REST), ["more than all"]),
    "a catch-up without a hurdle": (tiers(CATCH_UP, REST), ["no hurdle comes before it"]),
    "a catch-up to nothing": (tiers(PREFERRED, replace(CATCH_UP, rate=0), REST), ["a part of profit above 0"]),
    "a catch-up that never catches up": (
        tiers(PREFERRED, replace(CATCH_UP, part=WAD * 8 // 10), REST),
        ["the sponsor never catches up"],
    ),
    "a catch-up of less than nothing": (
        tiers(PREFERRED, replace(CATCH_UP, part=WAD + 1), REST),
        ["promote.tiers[2].sponsor", "negative"],
    ),
    "a promote on nothing": (promoted(capital=0), ["no return is due on nothing"]),
    "a promote of the sponsor's capital": (promoted(co_invest=WAD), ["leaves the investor no capital"]),
    "a promote of one class": (
        replace(PROMOTED, tranches=(replace(PLAIN.tranches[0], id="lp"), PROMOTED.tranches[1])),
        ["the last but one tranche is not equity"],
    ),
    "a promote and a call": (
        replace(PROMOTED, call=CleanUpCall("operator", WAD // 10)),
        ["it ends the periods in which the hurdles of the promote grow"],
    ),
    "two classes without a promote": (replace(PROMOTED, promote=None), ["equity comes before another tranche"]),
    "a residual of one class": (
        replace(PROMOTED, normal=(Rung(RungKind.RESIDUAL, (0,)),)),
        ["both classes of equity take it"],
    ),
    # of the deal
    "a name of two lines": (
        replace(PLAIN, name="A\nverdict: clean"),
        ['deal.name = "A\\nverdict: clean": a space or control'],
    ),
    "a name that cannot be seen": (replace(PLAIN, name="A\u202eB\u200b"), ["a space or control character"]),
    "a name that is too long": (replace(PLAIN, name="A" * 65), ["65 bytes; accepted: 1 to 64 bytes"]),
    "a name that hides a ladder": (
        replace(normal(RESIDUAL, Rung(RungKind.SWEEP, (0,), 2 * WAD)), name="A\n", decimals=6),
        [
            "deal.name",
            'ladder.normal[1] = "residual:equity": nothing is left',
            '"sweep:senior:2": not a fraction',
            'can skip the lender "senior"; accepted: a rung interest:senior',
        ],
    ),
    "no name": (replace(PLAIN, name=""), ['deal.name = "": empty']),
    "decimals": (
        replace(PLAIN, decimals=19),
        ["deal.decimals = 19: out of range; accepted: a whole number from 0 to 18"],
    ),
    "dates in another order": (
        replace(PLAIN, accrual_dates=PLAIN.accrual_dates[::-1], payment_dates=PLAIN.payment_dates[::-1]),
        ["deal.dates[2] = 2027-07-01: not after the date before it"],
    ),
    "paid before it begins": (
        replace(PLAIN, payment_dates=(PLAIN.closing - NEXT_DAY, *PLAIN.payment_dates[1:3], date(2027, 12, 31))),
        ["would be paid on 2025-12-31, before it begins"],
    ),
    "no tranche": (replace(PLAIN, tranches=()), ["tranche = []: 0 tranches; accepted: 2 to 16"]),
    "one tranche": (
        replace(PLAIN, tranches=PLAIN.tranches[1:], normal=(Rung(RungKind.RESIDUAL, (0,)),)),
        ["1 tranche; accepted: 2 to 16"],
    ),
    "seventeen tranches": (
        replace(
            PLAIN,
            tranches=(*(replace(PLAIN.tranches[0], id=f"t{n}", symbol=f"T{n}") for n in range(16)), PLAIN.tranches[1]),
        ),
        ["17 tranches; accepted: 2 to 16"],
    ),
    "more cash than it can count": (
        replace(WIDE, narrow=True, tranches=(replace(SENIOR, face=2**56, supply=2**8 * 10**6), MEZZ, EQUITY)),
        ["less than faces and openings add up to"],
    ),
    # of tranches
    "two of one id": (first_tranche(id="mezz"), ['tranche.mezz.id = "mezz": already used by tranche.mezz.id']),
    "two of one symbol": (first_tranche(symbol="SML-B"), ['symbol = "SML-B": already used by tranche.senior.symbol']),
    "an id of other letters": (first_tranche(id="Senior!"), ["not an identifier"]),
    "a reserved id": (first_tranche(id="collections"), ["reserved: fees use this word"]),
    "a symbol with a space": (first_tranche(symbol="S A"), ["a space or control character"]),
    "nothing lent": (first_tranche(face=0), ["nothing is lent"]),
    "a face no share divides": (first_tranche(face=100_000_000_001), ["not divisible into 100000 shares"]),
    "no shares": (first_tranche(supply=0), ["tranche.senior.shares = 0: out of range"]),
    "a face too large": (first_tranche(face=MAX_AMOUNT + 1), ["too large for the chain"]),
    "no coupon": (first_tranche(coupons=()), ["a lender's tranche needs one"]),
    "a coupon of 1001 %": (first_tranche(coupons=((1, 10 * WAD + 1),)), ["above 1000 %"]),
    "a coupon from later": (first_tranche(coupons=((2, WAD),)), ["no coupon until then"]),
    "a coupon of no period": (first_tranche(coupons=((1, WAD), (5, WAD))), ["not the first day of a period"]),
    "coupons in another order": (
        first_tranche(coupons=((1, 1), (3, 1), (2, 1))),
        ["not after the coupon from 2027-01-01"],
    ),
    "a spread of 1001 %": (first_tranche(arrears=ArrearsRule.SPREAD, spread=10 * WAD + 1), ["a spread above 1000 %"]),
    "a schedule beyond the face": (first_tranche(schedule=(100_000_000_001, 0, 0, 0)), ["more than the face"]),
    "equity with a coupon": (
        last_tranche(coupons=((1, WAD),)),
        ['tranche.equity.coupon = "1": equity takes only the residual'],
    ),
    "equity that is repaid": (last_tranche(principal=PrincipalKind.CASH), ["equity takes only the residual"]),
    "equity in arrears": (last_tranche(arrears=ArrearsRule.COUPON), ["equity takes only the residual"]),
    "equity with another year": (last_tranche(day_count=DayCount.ACT_365F), ["equity takes only the residual"]),
    # of fees, reserves, tests
    "more than all collections": (fee(rate=WAD + 1), ["out of range; accepted: at most 1 of collections"]),
    "a fee on nobody's balance": (fee(base=FeeBase.BALANCE, tranche=2), ['no lender is "equity"']),
    "a fee on no tranche's balance": (fee(base=FeeBase.BALANCE, tranche=9), ['no lender is "no_tranche_10"']),
    "a fee that never falls due": (fee(first_period=5, last_period=9), ["no accrual date lies in the fee's window"]),
    "a fee that ends before it begins": (
        fee(first_period=3, last_period=2),
        ["no accrual date lies in the fee's window"],
    ),
    "a fee that ended": (fee(last_period=0), ["no accrual date lies in the fee's window"]),
    "a reserve for nothing": (reserve(supports=()), ["supports nothing"]),
    "a reserve for a sweep": (reserve(supports=((RungKind.SWEEP, 0),)), ["not what can be supported"]),
    "a reserve for no rung": (reserve(supports=((RungKind.ALL, 0),)), ["no ladder has this rung"]),
    "a reserve for a cash tranche": (
        replace(first_tranche(principal=PrincipalKind.CASH, schedule=())),
        ["it would empty the reserve"],
    ),
    "a reserve that looks at fees": (
        replace(reserve(ahead=(1, 1, 1, 0), target=0, supports=((RungKind.FEE, 0),))),
        ["supports neither"],
    ),
    "a test of equity": (watched(tranche=2), ['test.lockup.of = "equity": no lender is']),
    "a test that always passes": (watched(threshold=0), ["out of range; accepted: a ratio above 0"]),
    "a test beyond any ratio": (watched(threshold=1001 * WAD), ["at most 1000"]),
    "a cure of nothing": (watched(cure=0), ["out of range; accepted: a whole number from 1 to 31"]),
    "nine tests": (
        replace(WHOLE, tests=tuple(Test(f"t{n}", 0, WAD) for n in range(9))),
        ["9 tests; accepted: at most 8"],
    ),
    "five reserves": (
        replace(WHOLE, reserves=tuple(Reserve(f"r{n}", 0, target=1, supports=DSRA.supports) for n in range(5))),
        ["5 reserves; accepted: at most 4"],
    ),
}


@pytest.mark.parametrize("case", BREACHES)
def test_each_broken_rule_is_named(case: str) -> None:
    terms, words = BREACHES[case]
    found, _ = refusals(terms)
    for each in words:
        assert any(each in line for line in found), f"{each!r} is not in {found}"
    assert all(line.isprintable() for line in found)


OTHERS: dict[str, DealTerms] = {
    "a spread without its rule": first_tranche(spread=1),
    "a fee beyond the last period": fee(last_period=5),
    "a fee of nobody with a tranche": fee(tranche=1),
    "shares in part": first_tranche(supply=SENIOR.supply + 1),
    "a moving target with a fixed one": reserve(ahead=(1, 1, 1, 0), target=5),
    "a reserve that looks beyond the end": reserve(ahead=(1, 1, 1, 1), target=0),
    "a reserve that looks now far, now near": reserve(ahead=(3, 0, 1, 0), target=0),
    "payments without a rule": replace(
        PLAIN,
        payment_dates=tuple(day + NEXT_DAY * (number % 2 * 2 - 1) for number, day in enumerate(PLAIN.payment_dates)),
    ),
    "a payment on a Sunday": replace(PLAIN, payment_dates=(date(2026, 7, 5), *PLAIN.payment_dates[1:])),
    "amounts without a schedule": first_tranche(principal=PrincipalKind.BULLET),
}


@pytest.mark.parametrize("case", OTHERS)
def test_terms_of_no_deal_file_are_not_given_again(case: str) -> None:
    assert refusals(OTHERS[case])[1] != OTHERS[case]


def test_a_narrow_deal_and_a_wide_one_are_told_apart() -> None:
    for terms in (PLAIN, WHOLE, WIDE, replace(PLAIN, narrow=False), replace(WIDE, narrow=True)):
        assert lawful(terms)
    assert MAX_NARROW_AMOUNT < MAX_AMOUNT


def test_no_deal_file_gives_a_reserve_that_looks_at_nothing() -> None:
    terms = reserve(ahead=(0, 0, 0, 0), target=0)
    words, again = refusals(terms)
    assert words == [] and again != terms
