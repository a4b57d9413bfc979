"""What a deal file means once it is terms."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from penstock.dealfile import DealFileError, load, loads
from penstock.dealfile.values import DAY_COUNT_SPELLINGS, DAY_COUNTS, DAY_COUNTS_REFUSED, PLAIN_30_360
from penstock.model.deal import run
from penstock.model.dues import days_of
from penstock.model.terms import ArrearsRule, DayCount, FeeBase, PrincipalKind, RungKind
from penstock.model.units import WAD
from penstock.report.principal_words import principal_words
from tests.dealfile.broken import SOUND

ROOT = Path(__file__).parents[2]
UNIT = 10**6
LEVEL = '{ kind = "level" }'


def changed(*edits: tuple[str, str]):
    text = SOUND
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return loads(text)


@pytest.mark.parametrize("path", sorted((ROOT / "deals").rglob("*.toml")), ids=lambda path: path.name)
def test_every_example_deal_loads_and_conserves_cash(path: Path):
    terms = load(path)
    flood = sum(tranche.face for tranche in terms.tranches)
    assert run(terms, [flood // terms.periods] * terms.periods, late=flood).conserved


def test_the_ladder_is_written_back_as_it_was_read():
    terms = load(ROOT / "deals" / "pf-three-tranche.toml")
    assert [terms.rung_name(rung) for rung in terms.normal] == [
        "fee:om",
        "fee:manager",
        "interest:senior",
        "principal:senior",
        "reserve:dsra",
        "interest:mezz",
        "principal:mezz",
        "sweep:mezz:0.5?lockup",
        "trap?lockup",
        "residual:equity",
    ]
    assert terms.enforce_on == (1,)


def test_defaults_are_the_documented_ones():
    terms = loads(SOUND)
    senior, mezz, equity = terms.tranches
    assert (mezz.day_count, mezz.arrears, mezz.spread) == (DayCount.THIRTY_360, ArrearsRule.COUPON, 0)
    assert (senior.supply, mezz.supply) == (800_000 * UNIT, 150_000 * UNIT)
    assert (equity.face, equity.supply, equity.arrears) == (0, 1_000_000 * UNIT, ArrearsRule.NONE)
    assert not terms.write_down
    assert terms.payment_dates[0] == date(2026, 4, 1)
    (fee,) = terms.fees
    assert (fee.base, fee.amount, fee.cap, fee.carry, fee.opex) == (FeeBase.FIXED, 2_000 * UNIT, None, False, True)
    assert (fee.first_period, fee.last_period) == (1, 8)
    assert terms.tests[0].cure == 1


def test_equity_with_a_face_has_one_share_a_unit():
    assert changed(("residual = true", 'residual = true\nface = "50_000"')).tranches[2].supply == 50_000 * UNIT


@pytest.mark.parametrize(("decimals", "share_decimals"), [(0, 0), (2, 2), (6, 6), (18, 6)])
def test_shares_are_divisible_as_the_asset_to_six_places(decimals: int, share_decimals: int):
    terms = changed(("decimals = 6", f"decimals = {decimals}"))
    assert terms.tranches[0].face == 800_000 * 10**decimals
    assert terms.tranches[0].supply == 800_000 * 10**share_decimals


@pytest.mark.parametrize("face", ['"800_000.00"', '"800000"', "800_000", '"8_00_000.000000000"'])
def test_one_amount_may_be_written_several_ways(face: str):
    assert changed(('"800_000.00"', face)).tranches[0].face == 800_000 * UNIT


def test_coupon_steps_begin_with_a_period():
    steps = 'coupon = "0.06"\nsteps = [{ from = 2026-07-01, coupon = "0.07" }, { from = 2027-01-01, coupon = "0" }]'
    senior = changed(('coupon = "0.06"', steps)).tranches[0]
    assert senior.coupons == ((1, 6 * WAD // 100), (3, 7 * WAD // 100), (5, 0))
    alone = changed(('coupon = "0.06"', 'steps = [{ from = 2026-01-01, coupon = "0.07" }]'))
    assert alone.tranches[0].coupons == ((1, 7 * WAD // 100),)


@pytest.mark.parametrize(
    ("arrears", "rule", "spread"),
    [
        ('"none"', ArrearsRule.NONE, 0),
        ('"coupon"', ArrearsRule.COUPON, 0),
        ('"capitalise"', ArrearsRule.CAPITALISE, 0),
        ('{ spread = "0.02" }', ArrearsRule.SPREAD, 2 * WAD // 100),
    ],
)
def test_each_arrears_rule(arrears: str, rule: ArrearsRule, spread: int):
    senior = changed(('arrears = "coupon"', f"arrears = {arrears}")).tranches[0]
    assert (senior.arrears, senior.spread) == (rule, spread)


@pytest.mark.parametrize(("coupon", "wad"), [("0", 0), ("1", WAD), ('"0"', 0), ('"0.000"', 0), ('"6"', 6 * WAD)])
def test_a_whole_number_is_an_exact_rate(coupon: str, wad: int):
    assert changed(('coupon = "0.06"', f"coupon = {coupon}")).tranches[0].coupons == ((1, wad),)


@pytest.mark.parametrize(("ratio", "wad"), [("1", WAD), ("2", 2 * WAD), ('"1"', WAD)])
def test_a_whole_number_is_an_exact_ratio(ratio: str, wad: int):
    assert changed(('below = "1.15"', f"below = {ratio}")).tests[0].threshold == wad


@pytest.mark.parametrize("spread", ["0", "1"])
def test_a_spread_may_be_a_whole_number_too(spread: str):
    terms = changed(('arrears = "coupon"', f"arrears = {{ spread = {spread} }}"))
    assert (terms.tranches[0].arrears, terms.tranches[0].spread) == (ArrearsRule.SPREAD, int(spread) * WAD)


@pytest.mark.parametrize(
    ("spelling", "rule"),
    [(each, rule) for name, rule in DAY_COUNTS.items() for each in (name, *DAY_COUNT_SPELLINGS[name])]
    + [(PLAIN_30_360, DayCount.THIRTY_360)],
)
def test_each_spelling_of_a_day_count_in_any_case(spelling: str, rule: DayCount):
    written = {spelling, spelling.lower(), spelling.upper(), spelling.replace(" ", "")}
    for each in written:
        assert changed(('day_count = "30/360"', f'day_count = "{each}"')).tranches[0].day_count is rule, each


def test_no_spelling_is_accepted_and_refused():
    refused = {"".join(each.lower().split()) for each in DAY_COUNTS_REFUSED}
    assert not refused & {"".join(each.lower().split()) for words in DAY_COUNT_SPELLINGS.values() for each in words}
    assert not refused & {"".join(each.lower().split()) for each in (*DAY_COUNTS, PLAIN_30_360)}


def test_every_interest_of_a_schedule_is_by_the_day_count_of_the_file():
    quarters = ("closing = 2026-01-01\nmonths = 3", "closing = 2026-02-28\nmonths = 3")
    kinds = ('coupon = "0.09"', 'coupon = "0.09"\nday_count = "30/365"')
    schedules = {
        name: changed(quarters, ('"30/360"', f'"{name}"'), kinds, ("months = 6", "months = 9")).tranches[0].schedule
        for name in DAY_COUNTS
    }
    assert len(set(schedules.values())) == len(DAY_COUNTS)


def test_the_last_february_of_a_deal_is_no_30th():
    quarters = ("closing = 2026-01-01", "closing = 2026-02-28")
    mezz = ('coupon = "0.09"', 'coupon = "0.09"\nday_count = "30E/360"')
    terms = changed(quarters, ('"30/360"', '"30E/360 (ISDA)"'), mezz)
    assert [str(day) for day in terms.accrual_dates[3::4]] == ["2027-02-28", "2028-02-29"]
    days = [days_of(terms, period, terms.tranches[0].day_count).numerator for period in range(1, 9)]
    assert days == [90] * 7 + [89]


def test_regular_periods_of_act_act_icma_pay_the_coupon_by_its_frequency():
    terms = changed(("closing = 2026-01-01", "closing = 2025-12-31"), ('"30/360"', '"ACT/ACT (ICMA)"'))
    settled = run(terms, [10**12] * 8).settlements
    assert settled[0].flows.interest[0] == 12_000 * UNIT
    assert terms.icma == ((3, 12),) * 8
    assert loads(SOUND).icma == ()


@pytest.mark.parametrize(
    "roll", ["modified_following", "Modified Following", "MODIFIED-FOLLOWING", "ModifiedFollowing"]
)
def test_words_are_read_in_any_case(roll: str):
    edits = (('roll = "following"', f'roll = "{roll}"\naccrue = "Adjusted"'), (LEVEL, '{ kind = "Level" }'))
    assert changed(*edits) == changed(('roll = "following"', 'roll = "modified_following"\naccrue = "adjusted"'))


@pytest.mark.parametrize("rule", ["Capitalise", "capitalize"])
def test_capitalise_has_two_spellings(rule: str):
    assert changed(('arrears = "coupon"', f'arrears = "{rule}"')).tranches[0].arrears is ArrearsRule.CAPITALISE


@pytest.mark.parametrize("name", ["x" * 64, "ä" * 32])
def test_a_name_has_64_bytes_at_most(name: str):
    assert changed(('"Sound"', f'"{name}"')).name == name
    with pytest.raises(DealFileError, match=r": 65 bytes; accepted: 1 to 64 bytes of text on one line"):
        changed(('"Sound"', f'"{name}x"'))


def test_days_are_those_the_chain_can_store():
    calendar = ("months = 3\nperiods = 8", "dates = [1970-01-02, 2149-06-06]")
    begun = ("closing = 2026-01-01", "closing = 1970-01-01")
    target = ("months = 6\nsupports", 'target = "5.00"\nsupports')
    rolled = ('roll = "following"', 'roll = "none"')
    terms = changed(calendar, begun, target, rolled)
    assert (terms.closing, terms.accrual_dates[-1]) == (date(1970, 1, 1), date(2149, 6, 6))
    with pytest.raises(DealFileError, match="outside the range the chain can store"):
        changed((calendar[0], calendar[1].replace("06-06", "06-07")), begun, target, rolled)


EIGHTH = ", ".join(['"90_000"'] * 8)


@pytest.mark.parametrize(
    ("principal", "kind", "first", "total"),
    [
        ("bullet", PrincipalKind.BULLET, None, None),
        ("cash", PrincipalKind.CASH, None, None),
        ("linear", PrincipalKind.SCHEDULE, 100_000 * UNIT, 800_000 * UNIT),
        (f'custom", amounts = [{EIGHTH}], x = "', PrincipalKind.SCHEDULE, 90_000 * UNIT, 720_000 * UNIT),
        (f'sculpted", dscr = "1.25", cfads = [{EIGHTH}], x = "', PrincipalKind.SCHEDULE, 60_000 * UNIT, 800_000 * UNIT),
    ],
)
def test_each_principal_kind(principal: str, kind: PrincipalKind, first: int | None, total: int | None):
    text = f'{{ kind = "{principal}" }}'.replace(', x = "" }', " }")
    senior = changed((LEVEL, text), ('"interest:senior", "principal:senior"]', '"interest:senior"]')).tranches[0]
    assert senior.principal is kind
    assert (senior.schedule[0], sum(senior.schedule)) == (first, total) if senior.schedule else first is None


def test_a_reserve_does_not_fill_up_what_a_fraction_leaves() -> None:
    with pytest.raises(DealFileError, match="its rung takes a fraction"):
        changed(
            ('"interest:senior", "principal:senior"]', '"interest:senior", "fee:om"]'),
            ('  "fee:om",\n', '  "fee:om:0.5",\n'),
        )


def test_nor_does_it_where_only_one_of_two_rungs_takes_a_fraction() -> None:
    with pytest.raises(DealFileError, match="its rung takes a fraction"):
        changed(
            ('"interest:senior", "principal:senior"]', '"interest:senior", "fee:om"]'),
            ('  "fee:om",\n', '  "fee:om:0.5",\n  "fee:om",\n'),
        )


def test_level_debt_service_is_level():
    terms = loads(SOUND)
    senior, balance = terms.tranches[0], 800_000 * UNIT
    paid = []
    for principal in senior.schedule:
        paid.append(principal + balance * 15 // 1000)
        balance -= principal
    assert balance == 0
    assert len(set(paid[:-1])) == 1
    assert 0 <= paid[0] - paid[-1] < 8 * 2


def test_level_debt_service_is_level_over_coupon_steps():
    steps = 'coupon = "0.06"\nsteps = [{ from = 2027-01-01, coupon = "0.02" }, { from = 2027-07-01, coupon = "0.09" }]'
    terms = changed(('coupon = "0.06"', steps))
    settled = run(terms, [10**12] * 8).settlements
    service = [each.flows.interest[0] + each.flows.principal[0] for each in settled]
    assert max(service) - min(service) <= 8 and len({each.flows.interest[0] for each in settled}) == 8
    assert [terms.tranches[0].coupon(period) for period in (4, 5, 6, 7)] == [each * WAD // 100 for each in (6, 2, 2, 9)]


@pytest.mark.parametrize(
    ("keys", "words", "zeros"),
    [
        ('balloon = "200_000"', "level, last payment ", 0),
        ("interest_only = 2", "level, 2 periods interest only", 2),
        ("interest_only = 1, amortise_over = 40", "level, 1 period interest only, last payment ", 1),
        ("amortise_over = 40", "level, last payment ", 0),
        ("amortise_over = 5", "level, in 5 instalments", 0),
        ("amortise_over = 8", "level", 0),
        ('interest_only = 3, balloon = "1"', "level, 3 periods interest only, last payment ", 3),
    ],
)
def test_level_loans_that_begin_late_end_early_or_leave_a_balloon(keys: str, words: str, zeros: int):
    terms = changed((LEVEL, f'{{ kind = "level", {keys} }}'))
    amounts = terms.tranches[0].schedule
    assert sum(amounts) == 800_000 * UNIT
    assert next(index for index, amount in enumerate(amounts) if amount) == zeros
    found = principal_words(terms, terms.tranches[0])
    assert found.startswith(words) if words.endswith(" ") else found == words
    settled = run(terms, [10**12] * 8).settlements
    service = [each.flows.interest[0] + each.flows.principal[0] for each in settled[zeros:7]]
    assert len({each for each in service if each}) <= 2  # the last of fewer instalments may be a few units less
    assert not settled[-1].balance[0]


def test_a_loan_reckoned_over_more_instalments_counts_their_days():
    """Ten years of quarters for a deal of two, against a deal that has them all."""
    for count in ("30/360", "ACT/360", "ACT/ACT (ICMA)"):
        edits = (('"30/360"', f'"{count}"'), ('roll = "following"', 'roll = "following"\naccrue = "unadjusted"'))
        whole = changed(*edits, ("periods = 8", "periods = 40")).tranches[0]
        part = changed(*edits, (LEVEL, '{ kind = "level", amortise_over = 40 }')).tranches[0]
        assert part.schedule[:7] == whole.schedule[:7]
    adjusted = ('roll = "following"', 'roll = "following"\naccrue = "adjusted"')
    whole = changed(adjusted, ("periods = 8", "periods = 40"), ('"30/360"', '"ACT/360"')).tranches[0]
    part = changed(adjusted, ('"30/360"', '"ACT/360"'), (LEVEL, '{ kind = "level", amortise_over = 40 }')).tranches[0]
    assert part.schedule[:7] == whole.schedule[:7]


def test_two_steps_of_one_day_are_refused():
    steps = 'coupon = "0.06"\nsteps = [{ from = 2027-01-01, coupon = "0.02" }, { from = 2027-01-01, coupon = "0.09" }]'
    with pytest.raises(DealFileError, match="not after the coupon from 2027-01-01; accepted: a date after 2027-01-01"):
        changed(('coupon = "0.06"', steps))


def test_an_amount_of_a_list_that_is_wrong_is_named_by_its_place():
    amounts = ", ".join(['"100_000"'] * 6 + ['"x"', '"0"'])
    with pytest.raises(DealFileError, match=r"principal\.amounts\[7\] = \"x\": not a decimal number"):
        changed(('principal = { kind = "level" }', f'principal = {{ kind = "custom", amounts = [{amounts}] }}'))


def test_an_amount_of_a_list_with_too_many_decimals_is_named_by_its_place():
    amounts = ", ".join(['"100_000"'] * 6 + ['"0.0000001"', '"0"'])
    with pytest.raises(DealFileError, match=r"principal\.amounts\[7\] = \"0\.0000001\": 7 decimals, the asset has 6"):
        changed(('principal = { kind = "level" }', f'principal = {{ kind = "custom", amounts = [{amounts}] }}'))


def test_no_face_of_zero_is_proposed():
    with pytest.raises(DealFileError, match=r"not divisible into 3 shares; accepted: 0\.000003, or other shares$"):
        changed(('"800_000.00"', '"0.000001"\nshares = 3'))


def test_a_later_coupon_that_is_wrong_is_named_by_its_place():
    steps = 'coupon = "0.06"\nsteps = [{ from = 2026-07-01, coupon = "0.07" }, { from = 2027-01-01, coupon = "10.5" }]'
    with pytest.raises(DealFileError, match=r"senior\.steps\[2\]\.coupon = \"10\.5\": above 1000 %"):
        changed(('coupon = "0.06"', steps))


@pytest.mark.parametrize(("first", "most"), [("2149-04-06", "3 periods"), ("2149-04-07", "2 periods")])
def test_so_many_periods_end_before_the_last_day_there_is(first: str, most: str):
    with pytest.raises(DealFileError, match=f"the last period would end after 2149-06-06; accepted: at most {most}$"):
        changed(("months = 3\nperiods = 8", f"months = 1\nperiods = 8\nfirst = {first}"))
    terms = changed(
        ("months = 3\nperiods = 8", f"months = 1\nperiods = {most[0]}\nfirst = {first}"),
        ("months = 6", "months = 1"),
        ('roll = "following"', 'roll = "none"'),
    )
    assert terms.periods == int(most[0])


def test_the_longest_calendar_that_can_be_written_is_refused_like_any_that_is_too_long():
    with pytest.raises(DealFileError, match=r"the last period would end after 2149-06-06; accepted: at most 1 period$"):
        changed(("months = 3\nperiods = 8", "months = 120\nperiods = 480\nfirst = 2149-06-06"))


def test_a_spread_may_be_a_thousand_per_cent():
    assert changed(('arrears = "coupon"', 'arrears = { spread = "10" }')).tranches[0].spread == 10 * WAD


def test_a_fee_falls_due_on_the_accrual_dates_of_its_window():
    fee = changed(("opex = true", "from = 2026-07-01\nuntil = 2027-03-31")).fees[0]
    assert (fee.first_period, fee.last_period) == (2, 4)


@pytest.mark.parametrize(
    ("text", "base", "tranche"),
    [
        ('annual = "0.01"\nof = "collections"', FeeBase.COLLECTIONS, 0),
        ('annual = "0.01"\nof = "asset_value"', FeeBase.ASSET_VALUE, 0),
        ('annual = "0.01"\nof = "mezz"', FeeBase.BALANCE, 1),
    ],
)
def test_each_base_of_a_fee(text: str, base: FeeBase, tranche: int):
    fee = changed(('fixed = "2_000.00"', text + '\ncap = "5"\ncarry = true')).fees[0]
    assert (fee.base, fee.tranche, fee.rate, fee.cap, fee.carry) == (base, tranche, WAD // 100, 5 * UNIT, True)


def test_a_reserve_of_months_counts_the_periods_ahead():
    assert loads(SOUND).reserves[0].ahead == (2, 2, 2, 2, 2, 2, 1, 0)


def test_a_reserve_of_months_counts_month_ends_whole():
    quarters = ("closing = 2026-01-01", "closing = 2025-12-31")
    assert changed(quarters).reserves[0].ahead == (2, 2, 2, 2, 2, 2, 1, 0)
    listed = ("months = 3\nperiods = 8", "dates = [2026-03-31, 2026-06-30, 2026-09-30, 2026-12-30]")
    assert changed(quarters, listed).reserves[0].ahead == (2, 2, 1, 0)


def test_a_reserve_counts_months_between_unadjusted_dates():
    assert changed(('roll = "following"', 'roll = "following"\naccrue = "adjusted"')).reserves[0].ahead[0] == 2


def test_a_fixed_target_is_an_amount():
    (reserve,) = changed(("months = 6", 'target = "1_234.50"')).reserves
    assert (reserve.target, reserve.ahead) == (1_234_500_000, ())


def test_what_is_wrong_with_a_second_reserve_is_said_of_it():
    second = '[[reserve]]\nid = "second"\ntarget = "x"\nsupports = ["interest:senior"]\n\n[[test]]'
    with pytest.raises(DealFileError, match=r'reserve\.second\.target = "x": not a decimal number'):
        changed(("[[test]]", second))


def test_what_is_wrong_with_the_terms_of_a_second_reserve_is_said_of_it_too():
    second = '[[reserve]]\nid = "second"\nmonths = 6\ntarget = "5"\nsupports = ["interest:senior"]\n\n[[test]]'
    with pytest.raises(DealFileError, match=r"reserve\.second\.target = \"5\": not allowed together with months"):
        changed(("[[test]]", second))


def test_a_ratio_may_be_a_thousand():
    assert changed(('below = "1.15"', 'below = "1000"')).tests[0].threshold == 1000 * WAD


def test_what_a_reserve_supports_are_rungs():
    assert loads(SOUND).reserves[0].supports == ((RungKind.INTEREST, 0), (RungKind.PRINCIPAL, 0))


CALENDARS = [  # [deal]'s keys; the month and day of the first three accrual dates
    ("closing = 2025-12-31\nmonths = 6", "06-30 12-31 06-30"),
    ("closing = 2025-12-31\nmonths = 6\nmonth_end = false", "06-30 12-31 06-30"),
    ("closing = 2026-06-30\nmonths = 6", "12-31 06-30 12-31"),
    ("closing = 2026-06-30\nmonths = 6\nmonth_end = false", "12-30 06-30 12-30"),
    ("closing = 2026-01-31\nmonths = 1", "02-28 03-31 04-30"),
    ("closing = 2026-01-30\nmonths = 1", "02-28 03-30 04-30"),  # counted from closing: 28 February does not stick
    ("closing = 2026-01-30\nmonths = 1\nmonth_end = false", "02-28 03-30 04-30"),
    ("closing = 2026-01-15\nmonths = 1\nfirst = 2026-02-28", "02-28 03-31 04-30"),
    ("closing = 2026-01-15\nmonths = 1\nfirst = 2026-02-28\nmonth_end = true", "02-28 03-31 04-30"),
    ("closing = 2026-01-15\nmonths = 1\nfirst = 2026-02-28\nmonth_end = false", "02-28 03-28 04-28"),
    ("closing = 2025-12-31\nmonths = 3\nfirst = 2026-02-15", "02-15 05-15 08-15"),
]


@pytest.mark.parametrize(("keys", "days"), CALENDARS, ids=[keys.replace("\n", ", ") for keys, _ in CALENDARS])
def test_dates_counted_from_a_month_end_are_month_ends_unless_the_file_says_otherwise(keys: str, days: str):
    day_counts = (('"30/360"', '"ACT/360"'), ('coupon = "0.09"', 'coupon = "0.09"\nday_count = "ACT/360"'))
    terms = changed(("closing = 2026-01-01\nmonths = 3", keys), *day_counts)
    assert " ".join(f"{day:%m-%d}" for day in terms.accrual_dates[:3]) == days
    assert len(terms.accrual_dates) == 8


def test_payment_dates_roll_and_accrual_dates_stay_unless_adjusted():
    rolled = changed(("closing = 2026-01-01", "closing = 2025-11-01\nholidays = [2026-02-02]"))
    assert (rolled.accrual_dates[0], rolled.payment_dates[0]) == (date(2026, 2, 1), date(2026, 2, 3))
    adjusted = changed(("closing = 2026-01-01", 'closing = 2025-11-01\naccrue = "adjusted"'))
    assert adjusted.accrual_dates[0] == adjusted.payment_dates[0] == date(2026, 2, 2)


def test_dates_may_be_listed():
    terms = changed(("months = 3\nperiods = 8", "dates = [2026-03-15, 2026-12-15]"), ("months = 6", "months = 9"))
    assert terms.accrual_dates == (date(2026, 3, 15), date(2026, 12, 15))


def test_pari_passu_stands_for_both_of_its_lenders():
    edits = (
        ('  "interest:senior",\n  "principal:senior",\n', '  "interest:senior+mezz",\n  "principal:senior+mezz",\n'),
        ('  "interest:mezz",\n  "principal:mezz",\n', ""),
    )
    assert changed(*edits).normal[1].targets == (0, 1)


def test_a_reserve_for_a_junior_lender_may_not_be_filled_before_a_senior_one():
    edits = (
        ('  "principal:senior",\n  "reserve:dsra",\n', '  "reserve:dsra",\n  "principal:senior",\n'),
        ('supports = ["interest:senior", "principal:senior"]', 'supports = ["interest:mezz", "principal:mezz"]'),
    )
    with pytest.raises(DealFileError, match=r'"reserve:dsra": comes before a rung that must be paid first'):
        changed(*edits)
    assert changed(edits[0]).normal[2].kind is RungKind.RESERVE  # its own lender's reserve may
