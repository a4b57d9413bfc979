"""The promote: tiers, hurdles and catch-up against published figures, and what holds of any promote."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.model.deal import Run, run, settle, settle_late
from penstock.model.promote import distribute
from penstock.model.state import DealState, opening_state
from penstock.model.terms import DayCount, DealTerms, Promote, Rung, Test, Tier, TierKind, Tranche
from penstock.model.units import MAX_NARROW_AMOUNT, WAD
from tests.model.examples import INTEREST, PER_CENT, PRINCIPAL, RESIDUAL, TRAP
from tests.strategies import Life, lives

COIN = 10**12
"""Enough decimals for the published figures to be exact."""
EIGHT, FIFTEEN = 8 * PER_CENT, 15 * PER_CENT
PREFERRED = Tier(TierKind.HURDLE, EIGHT, WAD)
CATCH_UP = Tier(TierKind.CATCH_UP, 20 * PER_CENT, 0)
SECOND = Tier(TierKind.HURDLE, FIFTEEN, 80 * PER_CENT)
LAST = Tier(TierKind.REST, 0, 70 * PER_CENT)
FOUR_TIERS = (PREFERRED, CATCH_UP, SECOND, LAST)
LP, GP = 0, 1


def fund(
    *tiers: Tier, capital: int = 10_000_000 * COIN, co_invest: int = 0, periods: int = 5, months: int = 12
) -> DealTerms:
    """A deal of two classes of equity alone."""
    dates = tuple(date(2026 + months * period // 12, 1 + months * period % 12, 1) for period in range(1, periods + 1))
    classes = tuple(Tranche(name, name.upper(), 0, 10**6, residual=True) for name in ("lp", "gp"))
    return DealTerms(
        name="fund",
        asset="USD",
        decimals=12,
        closing=date(2026, 1, 1),
        accrual_dates=dates,
        payment_dates=dates,
        tranches=classes,
        normal=(Rung(RESIDUAL, (LP, GP)),),
        promote=Promote(capital, co_invest, DayCount.THIRTY_360, tiers),
    )


def classes(life: Run) -> list[list[int]]:
    return [each.flows.equity for each in life.settlements]


def coins(*amounts: str | int) -> list[int]:
    exact = [Fraction(amount) * COIN for amount in amounts]
    assert all(each.denominator == 1 for each in exact)
    return [each.numerator for each in exact]


# Source: issue 14, point 4: annual 30/360, 10 m; 8 % preferred, catch-up to 20 %, 80/20 to 15 %, then 70/30
CASH = coins(0, 3_000_000, 6_000_000, 6_000_000, 9_000_000)
INVESTOR = coins(0, 3_000_000, 6_000_000, 5_000_000, "6533243.359375")
SPONSOR = coins(0, 0, 0, 1_000_000, "2466756.640625")
AT_8 = coins(10_800_000, 8_664_000, 3_357_120, 0, 0)
AT_15 = coins(11_500_000, 10_225_000, 5_758_750, "1622562.5", 0)


def test_the_published_promote_to_the_last_unit() -> None:
    life = run(fund(*FOUR_TIERS), CASH)
    assert [each[LP] for each in classes(life)] == INVESTOR
    assert [each[GP] for each in classes(life)] == SPONSOR
    assert [each.hurdles for each in life.settlements] == [list(pair) for pair in zip(AT_8, AT_15, strict=True)]
    assert life.settlements[3].flows.tiers == coins("3625689.6", "656422.4", 1_717_888, 0)
    assert life.state.credited == [sum(INVESTOR), sum(SPONSOR)]
    assert life.conserved


def test_with_six_decimals_promote_and_returns_are_cut() -> None:
    """The same amounts rounded down to a millionth, the investor's rest up: no unit is lost."""
    terms = replace(
        fund(*FOUR_TIERS),
        decimals=6,
        promote=Promote(10**13, 0, DayCount.THIRTY_360, FOUR_TIERS),
    )
    life = run(terms, [amount // 10**6 for amount in CASH])
    assert classes(life)[-1] == [6_533_243_359_375, 2_466_756_640_625]
    assert [each.hurdles for each in life.settlements] == [
        [eight // 10**6, fifteen // 10**6] for eight, fifteen in zip(AT_8, AT_15, strict=True)
    ]


@pytest.mark.parametrize("day_count", [DayCount.THIRTY_360, DayCount.ACT_365F, DayCount.ACT_ACT_ISDA])
def test_the_field_case(day_count: DayCount) -> None:
    """Source: ibuilder/massing#107: 900 at 8 %, then 80/20; of 2,000 after a year 205.57 to 205.60 are promote."""
    terms = fund(PREFERRED, Tier(TierKind.REST, 0, 80 * PER_CENT), capital=900 * COIN, periods=1)
    assert terms.promote
    terms = replace(terms, promote=replace(terms.promote, day_count=day_count))
    (settled,) = run(terms, [2_000 * COIN]).settlements
    assert settled.flows.promote == settled.flows.equity[GP]
    assert coins("205.57")[0] <= settled.flows.promote <= coins("205.60")[0]


def test_the_sponsors_own_capital_ranks_beside_the_investors() -> None:
    """Source: the same: with the sponsor's 100 in the tiers the promote is 184.00; its 100 has a tenth of the rest."""
    terms = fund(
        PREFERRED, Tier(TierKind.REST, 0, 80 * PER_CENT), capital=1_000 * COIN, co_invest=10 * PER_CENT, periods=1
    )
    (settled,) = run(terms, [2_000 * COIN]).settlements
    assert settled.flows.promote == 184 * COIN
    assert settled.flows.equity == coins("1634.4", "365.6")  # 1,816 to the capital side


def test_after_the_catch_up_the_sponsor_has_exactly_its_part() -> None:
    life = run(fund(*FOUR_TIERS), [*CASH[:4], 0])
    profit = sum(INVESTOR[:4]) + sum(SPONSOR[:4]) - 10_000_000 * COIN
    assert life.state.promote_received * 5 == profit == 5_000_000 * COIN


def test_a_catch_up_may_give_the_sponsor_a_named_part() -> None:
    """Half and half until 20 % of profit: of 800,000 preferred it takes x with x/2 = 0.2 (800,000 + x)."""
    half = Tier(TierKind.CATCH_UP, 20 * PER_CENT, WAD // 2)
    terms = fund(PREFERRED, half, Tier(TierKind.REST, 0, 80 * PER_CENT), periods=1)
    (settled,) = run(terms, coins(12_000_000)).settlements
    taken = Fraction(800_000) * Fraction(2, 10) / Fraction(3, 10)
    assert settled.flows.tiers[1] == int(taken * COIN)
    profit = settled.flows.residual - 10_000_000 * COIN
    assert 0 <= profit - 5 * settled.flows.promote < 10


def irr(capital: int, receipts: list[int], periods_a_year: int) -> Fraction:
    """The annual rate that, added each period, makes receipts worth the capital; bracketed to 2**-48."""
    low, high = Fraction(-1, 2), Fraction(8)
    for _ in range(52):
        rate = (low + high) / 2
        step = 1 + rate / periods_a_year
        worth = sum(amount / step**period for period, amount in enumerate(receipts, start=1))
        low, high = (rate, high) if worth > capital else (low, rate)
    return low


@pytest.mark.parametrize(("which", "rate"), [(0, EIGHT), (1, FIFTEEN)])
def test_at_each_switch_the_irr_by_periods_is_the_hurdle(which: int, rate: int) -> None:
    """Quarterly, with six decimals: whatever came before, the cash that just brings a hurdle to zero has that IRR."""
    capital = 10_000_000 * 10**6
    terms = fund(*FOUR_TIERS, capital=capital, periods=12, months=3)
    state = opening_state(terms)
    cash = (0, 1_000_000, 250_000, 0, 7_000_000, 0, 1)
    receipts = [_to_capital(terms, state, amount * 10**6) for amount in cash]
    too_little, enough = 0, 2 * capital
    while enough - too_little > 1:
        middle, trial = (too_little + enough) // 2, state.copy()
        _to_capital(terms, trial, middle)
        too_little, enough = (middle, enough) if trial.hurdles[which] else (too_little, middle)
    receipts.append(_to_capital(terms, state, enough))
    assert state.hurdles[which] == 0
    assert abs(irr(capital, receipts, 4) - Fraction(rate, WAD)) <= Fraction(1, 10**9)
    assert abs(irr(capital, [*receipts[:-1], receipts[-1] + 10**6], 4) - Fraction(rate, WAD)) > Fraction(1, 10**9)


def _to_capital(terms: DealTerms, state: DealState, cash: int) -> int:
    flows = settle(terms, state, cash).flows
    return flows.residual - flows.promote


def test_late_revenue_grows_no_hurdle() -> None:
    terms = fund(*FOUR_TIERS, periods=1)
    state = opening_state(terms)
    settle(terms, state, 0)
    assert state.hurdles == coins(10_800_000, 11_500_000)
    late = settle_late(terms, state, 10_900_000 * COIN)
    assert late.flows.tiers == coins(10_800_000, 100_000, 0, 0)
    assert late.hurdles == coins(0, 700_000)


def test_hurdles_grow_while_equity_is_locked_up() -> None:
    """Nothing comes until the trap releases: then it goes through the tiers as it would have then."""
    terms = replace(
        fund(*FOUR_TIERS, periods=3),
        tranches=(
            Tranche("loan", "L", 10, 10, ((1, 0),)),
            *fund().tranches,
        ),
        normal=(
            Rung(INTEREST, (0,)),
            Rung(PRINCIPAL, (0,)),
            Rung(TRAP, test=0),
            Rung(RESIDUAL, (1, 2)),
        ),
        tests=(Test("lockup", 0, WAD),),
    )
    state = opening_state(terms)
    state.passes_needed = [9]
    locked = settle(terms, state, 5_000_000 * COIN)
    assert locked.flows.equity == [0, 0] and locked.hurdles == coins(10_800_000, 11_500_000)
    state.passes_needed = [0]
    free = settle(terms, state, 0)
    assert free.flows.equity == coins(5_000_000, 0) and free.hurdles == coins(6_664_000, 8_225_000)


def test_no_hurdle_outgrows_what_a_deal_can_keep() -> None:
    terms = replace(fund(Tier(TierKind.HURDLE, 9 * WAD, WAD), LAST, capital=10**15, periods=3), narrow=True)
    (first,), *later = [each.hurdles for each in run(terms, [0] * 3).settlements]
    assert first == 10**16 and later == [[MAX_NARROW_AMOUNT]] * 2


def test_a_deal_without_a_promote_keeps_nothing_of_one() -> None:
    terms = replace(fund(*FOUR_TIERS), promote=None, tranches=fund().tranches[:1], normal=(Rung(RESIDUAL, (0,)),))
    life = run(terms, CASH)
    assert life.state.credited == [sum(CASH)]
    assert (life.state.hurdles, life.state.capital_received, life.state.promote_received) == ([], 0, 0)


# Of any promote


@given(life=lives("promote"), parts=st.lists(st.integers(0, 10**30), min_size=1, max_size=6))
def test_tiers_give_all_and_end_where_they_say(life: Life, parts: list[int]) -> None:
    terms = life.terms
    promote = terms.promote
    assert promote
    state = opening_state(terms)
    for amount in parts:
        before = state.copy()
        given_ = distribute(promote, state, amount)
        assert given_.investor + given_.sponsor == amount == sum(given_.tiers)
        to_capital = amount - given_.promote
        assert state.hurdles == [max(0, each - to_capital) for each in before.hurdles]
        assert (
            state.capital_received + state.promote_received
            == before.capital_received + before.promote_received + amount
        )
        own = given_.sponsor - given_.promote
        assert own == to_capital * promote.co_invest // WAD
        _ends_exactly(promote, before, given_.tiers)


def _ends_exactly(promote: Promote, before: DealState, tiers: tuple[int, ...]) -> None:
    """Tier by tier with fractions: a tier that is left is at its hurdle or target, and one unit more would pass it."""
    received, promoted, hurdles = before.capital_received, before.promote_received, list(before.hurdles)
    index = 0
    for place, (tier, taken) in enumerate(zip(promote.tiers, tiers, strict=True)):
        part = taken * (WAD - tier.part) // WAD
        is_left = any(tiers[place + 1 :])
        if tier.kind is TierKind.HURDLE:
            assert taken - part <= hurdles[index]
            assert not is_left or taken - part == hurdles[index]
            index += 1
        elif tier.kind is TierKind.CATCH_UP and taken:
            # How far the promote is from its part of profit, which the tier's last unit would pass
            closer = Fraction(WAD - tier.part - tier.rate, WAD)
            lacks = Fraction(tier.rate, WAD) * (received + promoted - promote.capital) - promoted
            assert lacks - closer * taken >= 0
            assert not is_left or lacks - closer * (taken + 1) < 0
        received, promoted = received + taken - part, promoted + part
        hurdles = [max(0, each - (taken - part)) for each in hurdles]
