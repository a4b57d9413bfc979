"""
settle, in a deal with grace
├── given the payment date has come and grace is not over
│   ├── when collections pay everything due, it should settle
│   ├── when a base unit is missing of a fee, interest, principal or a reserve, it should refuse with period and end
│   ├── when reserves or a trap would pay what is missing, it should refuse all the same
│   ├── when a reserve has got all it may take, it should settle
│   ├── when a `cash` tranche gets nothing, it should settle, but not the last period
│   ├── when a test would begin to fail, it should refuse; when it fails already, it should settle
│   ├── when a report changes what falls due, it should count that
│   ├── when a figure that the terms read is not reported, it should refuse; when it is, it should settle
│   ├── when the caller pays too little with the call, it should refuse and take nothing
│   └── when it is the payment date's first second, it should be the same
├── given grace is over, it should settle with what is there
├── given the payment date has not come, it should refuse as without grace
├── given several periods are due
│   ├── when the last is in its grace and pays what falls due, it should settle it too
│   └── when it does not, it should settle those before, and leave it as it was, without a log
├── given late revenue, it should settle
└── given a period that was cut off, it should count what was cut off
maySettle
├── it should say what settle does
└── it should refuse what a settlement refuses
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.dealfile import loads
from penstock.evm.chain import Contract
from penstock.model.calendar import SECONDS_PER_DAY, timestamp
from penstock.model.report import Report
from penstock.model.terms import DealTerms, FloatingCoupon, Metric, PrincipalKind, ReportField, RungKind, Test, Unit
from penstock.model.units import WAD
from penstock.onchain.launch import System
from penstock.onchain.reports import arguments_of
from tests.contracts import deals
from tests.contracts.stage import EVERYTHING, USD, put_on
from tests.contracts.twin import Side, due, refused

Twin = Callable[[DealTerms], Side]
GRACE = 5
PLAIN = replace(deals.PLAIN, grace=GRACE)
DUE = 28_000 * USD

# 100 of a fee, 3,000 of interest, 25,000 of principal, then 1,000 a period into a reserve that is empty at first
FULL = loads(
    deals.PLAIN_FILE.replace("periods = 4", "periods = 4\ngrace = 5").replace(
        """[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]""",
        """[[fee]]
id = "om"
payee = "operator"
fixed = "100"
[[reserve]]
id = "dsra"
target = "5_000"
fill = "1_000"
supports = ["interest:senior", "principal:senior"]
[[test]]
id = "lockup"
metric = "dscr"
of = "senior"
below = "1.05"
supports = ["interest:senior"]
[ladder]
normal = ["fee:om", "interest:senior", "principal:senior", "reserve:dsra", "trap?lockup", "residual:equity"]""",
    ),
    "full.toml",
)
COVERED = 29_400 * USD  # the test asks for 1.05 times 28,000


def end_of_grace(terms: DealTerms, period: int) -> int:
    return timestamp(terms.payment_dates[period - 1]) + terms.grace * SECONDS_PER_DAY


def test_inv_19_what_pays_everything_settles_at_once(twin: Twin) -> None:
    side = twin(PLAIN)
    due(side, 1)
    side.pay(DUE)
    assert side.settle() == [3_000 * USD, 25_000 * USD, 0]


@pytest.mark.parametrize("paid", [0, 1, 3_000 * USD - 1, 3_000 * USD, DUE - 1])
def test_inv_19_what_does_not_waits_until_its_grace_is_over(twin: Twin, paid: int) -> None:
    side = twin(PLAIN)
    time = due(side, 1)
    side.pay(paid)
    for now in (time, time + 1, time + GRACE * SECONDS_PER_DAY - 1):
        side.wait(now)
        with refused(side, "Deal_InGrace", 1, time + GRACE * SECONDS_PER_DAY):
            side.settle()
    side.wait(time + GRACE * SECONDS_PER_DAY)
    assert sum(side.settle()) == paid


def test_before_the_payment_date_it_is_too_early(twin: Twin) -> None:
    side = twin(PLAIN)
    time = timestamp(PLAIN.payment_dates[0])
    side.wait(time - 1)
    side.pay(DUE)
    with refused(side, "Deal_PeriodNotOver", 1, time, time - 1):
        side.settle()


@pytest.mark.parametrize(
    ("paid", "waits"),
    [
        (COVERED, False),
        (COVERED - 1, True),  # the test would fail
        (29_100 * USD, True),
    ],
)
def test_inv_19_no_test_begins_to_fail(twin: Twin, paid: int, waits: bool) -> None:
    side = twin(FULL)
    time = due(side, 1)
    side.pay(paid)
    if waits:
        with refused(side, "Deal_InGrace", 1, time + GRACE * SECONDS_PER_DAY):
            side.settle()
    else:
        assert side.settle()[:4] == [100 * USD, 3_000 * USD, 25_000 * USD, 1_000 * USD]


LOOSE = replace(FULL, tests=(replace(FULL.tests[0], threshold=10**16),))


@pytest.mark.parametrize("short", [29_100 * USD - 1, 28_100 * USD - 1, 3_100 * USD - 1, 100 * USD - 1])
def test_inv_19_a_base_unit_short_of_any_due_waits(twin: Twin, short: int) -> None:
    """Of the reserve's filling, the principal, the interest, the fee."""
    side = twin(LOOSE)
    time = due(side, 1)
    side.pay(short)
    with refused(side, "Deal_InGrace", 1, time + GRACE * SECONDS_PER_DAY):
        side.settle()


def test_inv_19_a_reserve_that_got_all_it_may_take_is_filled(twin: Twin) -> None:
    side = twin(LOOSE)
    due(side, 1)
    side.pay(29_100 * USD)
    assert side.settle() == [100 * USD, 3_000 * USD, 25_000 * USD, 1_000 * USD, 0, 0]


@pytest.mark.parametrize("missing", [0, 1])
def test_inv_19_reserves_and_traps_do_not_count(twin: Twin, missing: int) -> None:
    """With 1,000 in reserve and what the lock-up kept, 27,350 fall due of the second period."""
    side = twin(FULL)
    time = due(side, 1)
    side.wait(time + GRACE * SECONDS_PER_DAY)
    side.pay(29_300 * USD)
    assert side.settle()[3:] == [1_000 * USD, 200 * USD, 0]
    time = due(side, 2)
    side.pay(28_350 * USD - missing)  # the fee, interest on 75,000, principal, 1,000 into the reserve
    if missing:
        with refused(side, "Deal_InGrace", 2, time + GRACE * SECONDS_PER_DAY):
            side.settle()
    else:
        side.settle()  # the test failed before, so that its failing again stops nothing


@pytest.mark.parametrize("missing", [0, 1])
def test_inv_19_what_a_reserve_holds_beyond_its_target_does_not_count(twin: Twin, missing: int) -> None:
    """It would pay the missing base unit and still be full."""
    side = twin(replace(LOOSE, reserves=(replace(LOOSE.reserves[0], opening=6_000 * USD),)))
    time = due(side, 1)
    side.pay(28_100 * USD - missing)
    if missing:
        with refused(side, "Deal_InGrace", 1, time + GRACE * SECONDS_PER_DAY):
            side.settle()
    else:
        assert sum(side.settle()) == 29_100 * USD, "with what the reserve releases"


@pytest.mark.parametrize("missing", [0, 1])
def test_inv_19_what_a_trap_holds_does_not_count(twin: Twin, missing: int) -> None:
    """The trap of the failing test supports the principal, which is the last to be paid."""
    supports = ((RungKind.PRINCIPAL, 0),)
    rungs = tuple(rung for rung in FULL.normal if rung.kind is not RungKind.RESERVE)
    side = twin(replace(FULL, reserves=(), tests=(replace(FULL.tests[0], supports=supports),), normal=rungs))
    time = due(side, 1)
    side.wait(time + GRACE * SECONDS_PER_DAY)
    side.pay(28_300 * USD)
    assert side.settle() == [100 * USD, 3_000 * USD, 25_000 * USD, 200 * USD, 0]
    time = due(side, 2)
    side.pay(27_350 * USD - missing)
    if missing:
        with refused(side, "Deal_InGrace", 2, time + GRACE * SECONDS_PER_DAY):
            side.settle()
    else:
        side.settle()


def test_a_cash_class_owes_nothing_before_the_end(twin: Twin) -> None:
    lender = replace(PLAIN.tranches[0], principal=PrincipalKind.CASH, schedule=())
    side = twin(replace(PLAIN, tranches=(lender, PLAIN.tranches[1])))
    for _ in range(3):
        due(side, _ + 1)
        side.pay(3_000 * USD)
        assert side.settle() == [3_000 * USD, 0, 0]
    time = due(side, 4)
    side.pay(103_000 * USD - 1)
    with refused(side, "Deal_InGrace", 4, time + GRACE * SECONDS_PER_DAY):
        side.settle()
    side.pay(1)
    assert side.settle() == [3_000 * USD, 100_000 * USD, 0]
    side.pay(5)
    assert side.settle() == [0, 0, 5]


def test_what_was_cut_off_counts(twin: Twin) -> None:
    side = twin(replace(deals.DELAYED, grace=GRACE))
    side.pay(DUE - 1)
    side.wait(timestamp(deals.DELAYED.accrual_dates[0]))
    side.cut_off()
    side.pay(DUE)
    time = due(side, 1)
    with refused(side, "Deal_InGrace", 1, time + GRACE * SECONDS_PER_DAY):
        side.settle()


@pytest.mark.parametrize("covered", [True, False])
def test_inv_08_several_periods_end_before_one_that_may_not_be_settled(system: System, covered: bool) -> None:
    stage = put_on(system, replace(deals.DELAYED, grace=GRACE))
    stage.gift(DUE)
    stage.system.chain.set_time(timestamp(stage.terms.accrual_dates[0]))
    stage.deal.send("cutOff")
    stage.gift(27_250 * USD - (not covered))
    stage.until(2)
    receipt = stage.deal.send("settle", 480)
    assert [each["period"] for each in receipt.events(stage.deal.abi)] == ([1, 2] if covered else [1])
    assert stage.state().period == (2 if covered else 1)
    assert stage.state().accounted == stage.cash() - (0 if covered else 27_250 * USD - 1)
    stage.assert_sound()
    if not covered:
        with stage.refused("Deal_InGrace", {"period": 2, "endsAt": end_of_grace(stage.terms, 2)}):
            stage.deal.send("settle", 480)


def test_a_payment_that_is_too_small_is_not_taken(system: System) -> None:
    stage = put_on(system, PLAIN)
    stage.asset.send("mint", stage.cast.payer, DUE)
    stage.asset.send("approve", stage.deal.address, EVERYTHING, sender=stage.cast.payer)
    stage.until(1)
    with stage.refused("Deal_InGrace", {"period": 1, "endsAt": end_of_grace(PLAIN, 1)}):
        stage.deal.send("payAndSettle", DUE - 1, 1, sender=stage.cast.payer)
    assert stage.deal.call("maySettle") is False
    stage.deal.send("payAndSettle", DUE, 1, sender=stage.cast.payer)
    assert stage.state().period == 1


@pytest.mark.parametrize("narrow", [True, False])
@pytest.mark.parametrize(
    ("report", "may"),
    [
        (None, False),
        (Report(0), False),
        (Report(None, 7, (5,)), False),
        (Report(0, 7), False),
        (Report(0, None, (0,)), True),
    ],
)
def test_every_figure_that_the_terms_read_is_reported(
    system: System, mock: Callable[..., Contract], report: Report | None, may: bool, narrow: bool
) -> None:
    terms = replace(PLAIN, write_down=True, fields=(ReportField("availability", Unit.RATIO),), narrow=narrow)
    reporter = mock("SingleReporter", system.chain.accounts[0])
    stage = put_on(system, terms, reports=reporter)
    stage.gift(DUE)
    stage.until(1)
    if report:
        reporter.send("report", stage.deal.address, 1, *arguments_of(report))
    assert stage.deal.call("maySettle") is may
    if may:
        stage.deal.send("settle", 1)
    else:
        with stage.refused("Deal_InGrace", {"period": 1, "endsAt": end_of_grace(terms, 1)}):
            stage.deal.send("settle", 1)


SENIOR, EQUITY = PLAIN.tranches
SOFR = (ReportField("sofr", Unit.RATIO),)
FLOATING = FloatingCoupon(0, 0, 0, WAD, WAD // 50, in_arrears=True, stale=1)
TO_TARGET = replace(SENIOR, principal=PrincipalKind.TARGET_OC, schedule=(), oc_ratio=WAD * 5 // 4)
VALUED = Test("cover", 0, WAD, metric=Metric.OC)


@pytest.mark.parametrize(
    ("terms", "report", "due_then"),
    [
        # 100,000 at 8 % for half a year, where it was 2 % at closing
        (
            replace(
                PLAIN, fields=SOFR, tranches=(replace(SENIOR, coupons=((1, WAD // 50),), floating=FLOATING), EQUITY)
            ),
            Report(fields=(WAD * 8 // 100,)),
            29_000 * USD,
        ),
        # 60,000 at 6 % after a loss of 90,000, of which equity bears 50,000
        (replace(PLAIN, write_down=True), Report(90_000 * USD), 26_800 * USD),
        # 100,000 less the 80,000 that the asset value covers
        (replace(PLAIN, tranches=(TO_TARGET, EQUITY)), Report(asset_value=100_000 * USD), 23_000 * USD),
        (replace(PLAIN, tests=(VALUED,)), Report(asset_value=100_000 * USD), DUE),
    ],
    ids=["floating coupon", "loss", "target OC", "OC test"],
)
def test_inv_19_what_is_reported_changes_what_falls_due(
    system: System, mock: Callable[..., Contract], terms: DealTerms, report: Report, due_then: int
) -> None:
    reporter = mock("SingleReporter", system.chain.accounts[0])
    stage = put_on(system, terms, reports=reporter)
    stage.gift(due_then - 1)
    stage.until(1)
    reporter.send("report", stage.deal.address, 1, *arguments_of(report))
    assert stage.deal.call("maySettle") is False
    stage.gift(1)
    assert stage.deal.call("maySettle") is True
    stage.deal.send("settle", 1)
    stage.assert_sound()


@pytest.mark.parametrize("terms", [replace(PLAIN, tranches=(TO_TARGET, EQUITY)), replace(PLAIN, tests=(VALUED,))])
def test_inv_19_an_asset_value_that_a_rule_reads_is_awaited(
    system: System, mock: Callable[..., Contract], terms: DealTerms
) -> None:
    stage = put_on(system, terms, reports=mock("SingleReporter", system.chain.accounts[0]))
    stage.gift(103_000 * USD)
    stage.until(1)
    with stage.refused("Deal_InGrace", {"period": 1, "endsAt": end_of_grace(terms, 1)}):
        stage.deal.send("settle", 1)


def test_may_settle_says_what_settle_does(system: System) -> None:
    stage = put_on(system, PLAIN)
    assert stage.deal.call("maySettle") is False
    stage.gift(DUE)
    assert stage.deal.call("maySettle") is False
    stage.until(1)
    assert stage.deal.call("maySettle") is True
    stage.lose(1)
    assert stage.deal.call("maySettle") is False
    stage.system.chain.set_time(end_of_grace(PLAIN, 1))
    assert stage.deal.call("maySettle") is True
    stage.system.chain.set_time(end_of_grace(PLAIN, 4))
    stage.deal.send("settle", 4)
    assert stage.deal.call("maySettle") is False
    stage.lose(1)
    with stage.refused("Deal_BalanceBelowLedger", {"balance": DUE - 2, "ledger": DUE - 1}):
        stage.deal.call("maySettle")
