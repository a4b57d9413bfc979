"""
Floating coupons, targets of over-collateralisation and deferral in a deal file.

given each of their keys
    the terms should say what the file says, and what holds without the keys that may be left out
given flows that do not report what a rule reads
    a note should say in which periods, and what happens there
given rates above 100 %
    a warning should ask what is meant
given ladders that keep the cash from juniors
    both ways should be accepted
"""

from __future__ import annotations

from penstock.dealfile import loads
from penstock.dealfile.flows import loads_flows
from penstock.dealfile.warnings import warnings
from penstock.model.terms import FloatingCoupon, PrincipalKind, RungKind
from penstock.model.units import WAD
from penstock.report import terms_text
from penstock.report.principal_words import principal_words
from tests.dealfile.broken import SOUND, deferring, floating

PER_CENT = WAD // 100
INDEX = '{ index = "sofr", margin = "0.02", cap = "0.09", initial = "0.04" }'
WHOLE = INDEX.replace("cap", 'floor = "0.01", cap').replace(" }", ', reset = "arrears", stale = 3 }')
LADDER = '"interest:mezz",\n  "principal:mezz",\n  "trap?lockup",'


def with_coupon(coupon: str) -> str:
    return SOUND.replace(*floating(coupon), 1)


def with_target(target: str) -> str:
    return SOUND.replace('{ kind = "bullet" }', f'{{ kind = "target_oc", {target} }}', 1)


def test_a_floating_coupon_is_what_its_table_says() -> None:
    mezz = loads(with_coupon(WHOLE)).tranches[1]
    expected = FloatingCoupon(0, 2 * PER_CENT, PER_CENT, 9 * PER_CENT, 4 * PER_CENT, in_arrears=True, stale=3)
    assert (mezz.floating, mezz.coupons) == (expected, ((1, 6 * PER_CENT),))


def test_it_is_reset_in_advance_without_a_floor_and_stale_after_a_period() -> None:
    mezz = loads(with_coupon(INDEX)).tranches[1]
    assert mezz.floating == FloatingCoupon(0, 2 * PER_CENT, 0, 9 * PER_CENT, 4 * PER_CENT, in_arrears=False, stale=1)


def test_the_first_coupon_keeps_to_floor_and_cap() -> None:
    low = loads(with_coupon(WHOLE.replace('initial = "0.04"', 'initial = "0.001"'))).tranches[1]
    high = loads(with_coupon(WHOLE.replace('initial = "0.04"', 'initial = "0.08"'))).tranches[1]
    assert (low.coupons, high.coupons) == (((1, 3 * PER_CENT),), ((1, 9 * PER_CENT),))


def test_check_tells_a_floating_coupon_in_words() -> None:
    terms = loads(with_coupon(WHOLE))
    assert terms_text.coupon(terms.tranches[1], terms) == (
        "sofr + 2.00 %, at most 9.00 %, sofr at least 1.00 %; reset in arrears, 6.00 % at first; the last known index "
        "serves 3 periods, then the cap"
    )
    terms = loads(with_coupon(INDEX))
    assert terms_text.coupon(terms.tranches[1], terms) == (
        "sofr + 2.00 %, at most 9.00 %; reset in advance, 6.00 % at first; the last known index serves 1 period, then "
        "the cap"
    )


def test_rates_above_a_hundred_per_cent_are_asked_about() -> None:
    terms = loads(with_coupon('{ index = "sofr", margin = "2", floor = "3", cap = "9", initial = "4" }'))
    found = [each.split(",")[0] for each in warnings(terms)]
    assert found == [f"warning: the {word} of mezz" for word in ("margin", "floor", "cap", "initial")]


def test_periods_without_an_index_are_noted() -> None:
    terms = loads(with_coupon(INDEX))
    flows = loads_flows("date,collections,sofr\n2026-02-01,90000,0.05\n2026-05-01,90000,\n2026-08-01,9,0\n", terms)
    said = "no sofr for period 2 (to 2026-07-01), periods 4 to 8 (to 2027-01-01 … 2028-01-01); "
    assert f"note: flows.csv: {said}the coupon of mezz follows the last known, then its cap" in flows.notes


def test_the_schedule_says_what_it_takes_for_granted() -> None:
    assert terms_text.assumed(loads(SOUND)) == ""
    assert terms_text.assumed(loads(with_coupon(INDEX))) == ", floating coupons at their first"
    assert terms_text.assumed(loads(with_target('ratio = "1.25"'))) == ", target OC repaid at the end"


def test_a_target_is_a_ratio_or_an_amount() -> None:
    ratio, amount = (loads(with_target(each)).tranches[1] for each in ('ratio = "1.25"', 'amount = "250_000"'))
    assert (ratio.principal, ratio.oc_ratio, ratio.oc_amount) == (PrincipalKind.TARGET_OC, 5 * WAD // 4, 0)
    assert (amount.principal, amount.oc_ratio, amount.oc_amount) == (PrincipalKind.TARGET_OC, 0, 250_000 * 10**6)
    terms = loads(with_target('ratio = "1.25"'))
    assert terms.reads_reports
    assert [principal_words(terms, each) for each in (ratio, amount)] == ["OC of 1.25", "OC of 250,000.00"]


def test_periods_without_an_asset_value_are_noted() -> None:
    terms = loads(with_target('ratio = "1.25"'))
    flows = loads_flows("date,collections,asset_value\n2026-02-01,90000,1000000\n2026-05-01,90000,\n", terms)
    said = "no asset_value for periods 2 to 7 (to 2026-07-01 … 2027-10-01); "
    assert f"note: flows.csv: {said}mezz takes all cash that reaches its principal there" in flows.notes


def test_a_trap_directly_below_keeps_what_is_deferred() -> None:
    terms = loads(SOUND.replace(*deferring(LADDER, '"interest:mezz!lockup", "trap?lockup", "principal:mezz",'), 1))
    rung = terms.normal[4]
    assert (rung.kind, rung.targets, rung.test, rung.passing) == (RungKind.INTEREST, (1,), 0, True)
    assert terms.rung_name(rung) == "interest:mezz!lockup"
    assert terms_text.acts_on(terms, 0) == "defers interest:mezz, trap?lockup"


def test_sweeps_may_come_between_it_and_the_trap_or_the_interest_itself() -> None:
    for stop in ('"trap?lockup", "principal:mezz",', '"interest:mezz?lockup", "principal:mezz", "trap?lockup",'):
        ladder = f'"interest:mezz!lockup", "sweep:senior:0.5?lockup", {stop}'
        assert loads(SOUND.replace(*deferring(LADDER, ladder), 1)).normal[4].passing
