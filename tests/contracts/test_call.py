"""
announceCall
├── given no clean-up call, it should refuse
├── given a clean-up call
│   ├── when anyone but the payee announces, it should refuse with both accounts
│   ├── when more is outstanding than the terms allow, it should refuse with both amounts, by a base unit
│   ├── when losses were written down, they should not count
│   ├── when it is a day before the payment date, it should log the period
│   ├── when it is a second later, it should refuse with period and times
│   ├── when the period is announced already, it should refuse
│   ├── when the period before was announced and not paid, it should be announced again
│   └── when no period is left, it should refuse
settle, of a period whose call is announced
├── when the payee can pay, it should pay everything owed, take exactly what is missing, and end the deal
├── when a reserve and a trap hold cash, it should take that much less
├── when cash is enough, it should take nothing, and leave the rest to equity
├── when the payee lacks a base unit, or allows one too little, or revokes, it should settle as usual
├── when losses were written down, it should pay them to the base unit
├── when a loss is reported for the period itself, it should pay the same
├── when a fee is reported for it, it should pay at most its cap
├── when a fee has arrears beyond its cap, it should pay them
├── when revenue comes, or holders and payees claim, it should take that much less, or the same
├── when the period was cut off, it should count all cash
├── when the period is in its grace, it should not wait
├── when interest is deferred and paid in kind, it should pay all of it
├── when rungs have fractions and tests, and the enforcement ladder is in force, it should pay past them
├── when a test would read the collections, what the payee paid should not count, and every counter be cleared
├── when amounts take 96 bits and the asset has 18 decimals, it should be the same
├── when the deal may not take so much in its life, it should settle as usual
├── when several periods are to be settled, it should end with the called one
└── when it is over, all later revenue should be equity's
settleCalled
├── when it is not announced, or the payment date has not come, it should refuse
└── when anyone but the deal calls it, it should change nothing
callPrice
└── it should say what is taken
maySettle
└── it should say that a call is not held up by grace, while its payee can pay
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.dealfile import loads
from penstock.evm.errors import ChainRevert
from penstock.model.calendar import SECONDS_PER_DAY, timestamp
from penstock.model.errors import BeyondCap
from penstock.model.report import Report
from penstock.model.terms import CleanUpCall
from penstock.model.units import MAX_NARROW_AMOUNT, WAD
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.called import CALLED, CALLED_FILE, FULL, Called, Launch, launch_called, two_settled
from tests.contracts.stage import EVERYTHING, USD, trial_of


@pytest.fixture
def launch(system: System) -> Launch:
    return lambda terms=CALLED: launch_called(system, terms)


@pytest.fixture
def near_the_end(launch: Launch) -> Called:
    """Two periods are settled in full, 70,000 of 120,000 outstanding; 1,000 has come in the third."""
    return two_settled(launch())


# announceCall


def test_a_deal_without_a_call_is_not_called(launch: Launch) -> None:
    found = launch(deals.PLAIN)
    for function in ("announceCall", "settleCalled", "callPrice"):
        with found.stage.refused("Deal_NotCallable"):
            found.stage.deal.send(function, sender=found.payee)


def test_a_stranger_announces_nothing(near_the_end: Called) -> None:
    near_the_end.day_before()
    for who in (near_the_end.stage.cast.stranger, near_the_end.stage.cast.sponsor):
        with near_the_end.stage.refused("Deal_NotPayee", {"caller": who, "payee": near_the_end.payee}):
            near_the_end.stage.deal.send("announceCall", sender=who)


@pytest.mark.parametrize(("aside", "allowed"), [(0, True), (1, False)])
def test_it_is_allowed_from_the_part_of_the_faces_on_and_not_a_base_unit_before(
    launch: Launch, aside: int, allowed: bool
) -> None:
    """The lender's 25,000 of the first period are short by a base unit, or not; 75 % is what is left of 100,000."""
    found = launch(replace(deals.PLAIN, call=CleanUpCall("sponsor", 75 * WAD // 100)))
    found.receive(28_000 * USD - aside)
    found.settle()
    if allowed:
        return found.announce()
    found.day_before()
    with found.stage.refused("Deal_CallNotAllowed", {"outstanding": 75_000 * USD + 1, "most": 75_000 * USD}):
        found.stage.deal.send("announceCall", sender=found.payee)
    return None


def test_nobody_calls_a_100_m_deal_for_8_m_after_a_reported_loss(launch: Launch) -> None:
    """Of 100 millions 92 are reported lost: 8 are what lenders are still owed, and not what a call would pay."""
    file = deals.PLAIN_FILE.replace("100_000.00", "100_000_000.00").replace(
        "periods = 4", "periods = 4\nwrite_down = true"
    )
    found = launch(loads(file + '[call]\nby = "sponsor"\nbelow = "0.10"\n', "hundred.toml"))
    found.report(Report(loss=92_050_000 * USD))
    found.settle()
    assert found.books.state.balance[0] == 8_000_000 * USD
    found.day_before()
    refusal = {"outstanding": 100_000_000 * USD, "most": 10_000_000 * USD}
    with found.stage.refused("Deal_CallNotAllowed", refusal):
        found.stage.deal.send("announceCall", sender=found.payee)
    # Interest of two periods on what was left, and on that of the first
    assert found.stage.deal.call("callPrice") == (100_000_000 + 240_000 + 240_000 + 7_200) * USD
    found.agree()


def test_the_last_second_is_a_day_before_the_payment_date(near_the_end: Called) -> None:
    time = near_the_end.day_before()
    (event,) = near_the_end.stage.deal.send("announceCall", sender=near_the_end.payee).events(
        near_the_end.stage.deal.abi
    )
    assert (event.name, dict(event.values)) == ("CallAnnounced", {"period": 3})
    assert near_the_end.stage.deal.call("announcedPeriod") == 3
    near_the_end.books.announce_call(time)
    near_the_end.agree()


def test_a_second_later_is_a_day_too_late(near_the_end: Called) -> None:
    latest = near_the_end.day_before(1) - 1
    with near_the_end.stage.refused("Deal_CallTooLate", {"period": 3, "latestAt": latest, "time": latest + 1}):
        near_the_end.stage.deal.send("announceCall", sender=near_the_end.payee)


def test_a_period_is_announced_once(near_the_end: Called) -> None:
    near_the_end.announce()
    with near_the_end.stage.refused("Deal_CalledAlready", {"period": 3}):
        near_the_end.stage.deal.send("announceCall", sender=near_the_end.payee)


def test_what_was_not_paid_is_announced_again_for_the_next_period(near_the_end: Called) -> None:
    near_the_end.announce()
    near_the_end.settle()
    near_the_end.announce()
    near_the_end.ready(near_the_end.missing)
    near_the_end.settle(called=True)


def test_after_the_last_period_nothing_is_announced(near_the_end: Called) -> None:
    near_the_end.announce()
    near_the_end.ready(near_the_end.missing)
    near_the_end.settle(called=True)
    for function in ("announceCall", "callPrice"):
        with near_the_end.stage.refused("Deal_AllPeriodsSettled", {"periods": 4}):
            near_the_end.stage.deal.send(function, sender=near_the_end.payee)
    with near_the_end.stage.refused("Deal_AllPeriodsSettled", {"periods": 4}):
        near_the_end.stage.deal.send("settleCalled")


# settle


def test_inv_22_the_payee_pays_exactly_what_is_missing(near_the_end: Called) -> None:
    """70,000 of principal, 1,500 and 1,000 of interest, 500 and 10 of fees; the reserve and 1,000 are there."""
    near_the_end.announce()
    reserve = near_the_end.books.state.reserves[0]
    price = (50_000 + 20_000 + 1_500 + 1_000 + 500 + 10 - 1_000) * USD - reserve
    assert near_the_end.stage.deal.call("callPrice") == near_the_end.missing == price
    near_the_end.ready(price + 5, EVERYTHING)
    made, receipt = near_the_end.settle(called=True)
    assert near_the_end.stage.cash(near_the_end.payee) == 5
    assert (made.collections, made.call_paid, made.flows.residual) == (1_000 * USD, price, 0)
    assert [event.name for event in receipt.events(near_the_end.stage.deal.abi)] == ["Called", "Settled"]
    state = near_the_end.stage.state()
    assert (state.period, state.called, state.balance[:2], state.reserves) == (4, 3, [0, 0], [0])
    assert near_the_end.stage.deal.call("nextPaymentAt") == 0


def test_inv_22_reserves_and_traps_pay_before_the_payee(launch: Launch) -> None:
    """33,000 fail the lock-up: 3,920 are trapped, and the reserve has its 10,000."""
    found = launch()
    for collections in (FULL, 33_000 * USD):
        found.receive(collections)
        found.settle()
    assert (found.books.state.trapped, found.books.state.reserves) == ([3_920 * USD], [10_000 * USD])
    found.announce()
    found.ready(FULL * 2, EVERYTHING)
    missing = found.missing
    made, _ = found.settle(called=True)
    owed = sum(made.flows.interest) + sum(made.flows.principal) + sum(made.flows.fees)
    assert made.call_paid == missing == owed - 13_920 * USD
    assert found.books.state.held == 0


def test_inv_22_the_trap_of_a_test_that_reads_reports_is_emptied(launch: Launch) -> None:
    """Such a trap is in use whether or not its test fails."""
    found = launch(loads(CALLED_FILE.replace('metric = "dscr"', 'metric = "oc"'), "reported.toml"))
    for value in (10**12, 1):
        found.report(Report(asset_value=value))
        found.receive(FULL)
        found.settle()
    trapped = found.books.state.held - 10_000 * USD
    assert trapped > 0
    found.announce()
    found.report(Report(asset_value=1))
    found.ready(found.missing)
    found.settle(called=True)
    assert found.books.state.held == 0


def test_inv_22_what_is_not_missing_is_not_taken(near_the_end: Called) -> None:
    near_the_end.receive(200_000 * USD)
    near_the_end.announce()
    near_the_end.ready(FULL, EVERYTHING)
    made, _ = near_the_end.settle(called=True)
    assert (made.call_paid, near_the_end.stage.cash(near_the_end.payee)) == (0, FULL)
    assert made.flows.residual > 100_000 * USD


@pytest.mark.parametrize(("held", "approved"), [(-1, 0), (0, -1), (0, -EVERYTHING), (-EVERYTHING, 0)])
def test_inv_22_a_payee_that_cannot_pay_all_pays_nothing(near_the_end: Called, held: int, approved: int) -> None:
    near_the_end.announce()
    price = near_the_end.missing
    near_the_end.ready(max(0, price + held), max(0, price + approved))
    before = near_the_end.stage.cash(near_the_end.payee)
    made, receipt = near_the_end.settle()
    assert near_the_end.stage.cash(near_the_end.payee) == before
    assert (made.period, near_the_end.stage.state().period) == (3, 3)
    assert "Called" not in [event.name for event in receipt.events(near_the_end.stage.deal.abi)]


def test_a_revoked_allowance_takes_nothing_from_anybody(near_the_end: Called) -> None:
    near_the_end.announce()
    near_the_end.ready(near_the_end.missing)
    near_the_end.ready(near_the_end.missing, 0)
    near_the_end.settle()


def test_inv_22_write_downs_are_paid_to_the_base_unit(launch: Launch) -> None:
    found = launch()
    found.receive(FULL)
    found.report(Report(loss=45_000_000_001))  # equity's 30,000, then 15,000.000001 of the mezzanine
    found.settle()
    found.receive(FULL)
    found.report(Report(loss=6_000 * USD))  # what is left of the mezzanine, then the senior
    found.settle()
    assert found.stage.state().written_down == [1_000 * USD + 1, 20_000 * USD]
    found.announce()
    found.ready(found.missing)
    made, _ = found.settle(called=True)
    assert made.restored == [1_000 * USD + 1, 20_000 * USD, 0]
    assert made.flows.principal == [50_000 * USD, 20_000 * USD, 0]
    assert found.stage.state().written_down == [0, 0]


@pytest.mark.parametrize("loss", [1, 10_000 * USD, 10**12 * USD])
def test_nobody_front_runs_it_by_a_loss(near_the_end: Called, loss: int) -> None:
    near_the_end.announce()
    price = near_the_end.missing
    near_the_end.report(Report(loss=loss))
    near_the_end.ready(price)
    made, _ = near_the_end.settle(called=True)
    assert (made.call_paid, made.written_down) == (price, [0, 0, 0])


FEE = """
[[field]]
id = "cost"
unit = "amount"
[[fee]]
id = "power"
payee = "agent"
of = "report:cost"
cap = "40.00"
carry = true
[ladder]"""
REPORTED_FEE = CALLED_FILE.replace("[ladder]", FEE).replace('["fee:om"', '["fee:power", "fee:om"')


@pytest.mark.parametrize(("cost", "more"), [(1, 1), (40 * USD, 40 * USD), (2**95, 40 * USD)])
def test_nobody_front_runs_it_by_a_reported_fee(launch: Launch, cost: int, more: int) -> None:
    found = two_settled(launch(loads(REPORTED_FEE, "reported.toml")))
    found.announce()
    price = found.missing
    found.report(Report(fields=(cost,)))
    found.ready(price + more)
    made, _ = found.settle(called=True)
    assert made.call_paid == price + more
    assert found.stage.state().fee_arrears == [0, 0, 0]


ON_ASSET_VALUE = """
[[fee]]
id = "manager"
payee = "agent"
annual = "0.01"
of = "asset_value"
cap = "40.00"
carry = true
[ladder]"""


@pytest.mark.parametrize(("value", "more"), [(1_000 * USD, 5 * USD), (2**95, 40 * USD)])
def test_nobody_front_runs_it_by_an_asset_value_that_a_fee_is_charged_on(launch: Launch, value: int, more: int) -> None:
    """One per cent a year, for half a year, and at most the cap."""
    file = CALLED_FILE.replace("[ladder]", ON_ASSET_VALUE).replace('["fee:om"', '["fee:manager", "fee:om"')
    found = two_settled(launch(loads(file, "valued.toml")))
    found.announce()
    price = found.missing
    found.report(Report(asset_value=value))
    found.ready(price + more)
    made, _ = found.settle(called=True)
    assert made.call_paid == price + more


FLOATING = """
[[field]]
id = "sofr"
unit = "ratio"
[ladder]"""


@pytest.mark.parametrize(("reset", "percent"), [("arrears", 9), ("advance", 5)])
def test_inv_22_a_coupon_that_follows_an_index_is_paid_as_it_is_then(launch: Launch, reset: str, percent: int) -> None:
    """Of 20,000 for half a year. The index was 4 % and is 8 % in the called period, the margin 1 %."""
    index = 'index = "sofr", margin = "0.01", floor = "0", cap = "0.12", initial = "0.03", stale = 1'
    coupon = f'coupon = {{ {index}, reset = "{reset}" }}'
    file = CALLED_FILE.replace('coupon = "0.10"', coupon).replace("[ladder]", FLOATING)
    found = launch(loads(file, "floating.toml"))
    for _ in range(2):
        found.report(Report(fields=(4 * WAD // 100,)))
        found.receive(FULL)
        found.settle()
    found.announce()
    found.report(Report(fields=(8 * WAD // 100,)))
    found.ready(found.missing)
    assert found.stage.deal.call("callPrice") == found.missing
    made, _ = found.settle(called=True)
    assert made.flows.interest[1] == 200 * USD * percent // 2


def test_inv_22_fees_are_paid_beyond_what_their_caps_let_fall_due(launch: Launch) -> None:
    """500 accrue each period and 400 at most fall due: 100 a period stay owed, and 600 are there at the call."""
    terms = loads(CALLED_FILE.replace('fixed = "500.00"', 'fixed = "500.00"\ncap = "400.00"'), "capped.toml")
    found = two_settled(launch(terms))
    assert found.stage.state().fee_arrears[0] == 200 * USD
    found.announce()
    found.ready(found.missing)
    made, _ = found.settle(called=True)
    assert made.flows.fees[0] == 700 * USD


def test_a_fee_that_keeps_nothing_takes_its_cap_and_no_more(launch: Launch) -> None:
    file = CALLED_FILE.replace('fixed = "500.00"\ncarry = true', 'fixed = "500.00"\ncap = "400.00"')
    found = two_settled(launch(loads(file, "forgotten.toml")))
    found.announce()
    found.ready(found.missing)
    made, _ = found.settle(called=True)
    assert made.flows.fees[0] == 400 * USD


def test_nobody_front_runs_it_by_paying_in_or_claiming(near_the_end: Called) -> None:
    near_the_end.announce()
    price = near_the_end.missing
    near_the_end.ready(price, EVERYTHING)
    stage = near_the_end.stage
    stage.claim(0, stage.cast.ann)
    near_the_end.books.claim(0, stage.cast.ann)
    stage.claim_fee(0, stage.cast.operator)
    near_the_end.books.claim_fee(0)
    assert near_the_end.missing == price
    near_the_end.receive(7)
    assert near_the_end.missing == price - 7
    near_the_end.settle(called=True)
    assert stage.cash(near_the_end.payee) == 7


def test_nobody_front_runs_it_by_settling_in_the_first_second(near_the_end: Called) -> None:
    near_the_end.announce()
    near_the_end.ready(near_the_end.missing)
    time = timestamp(CALLED.payment_dates[2])
    near_the_end.at(time - 1)
    with near_the_end.stage.refused("Deal_PeriodNotOver", {"period": 3, "paymentAt": time, "time": time - 1}):
        near_the_end.stage.deal.send("settle", 1)
    near_the_end.settle(called=True)
    assert near_the_end.stage.system.chain.now() == time


def test_a_payment_that_comes_with_the_settlement_lowers_the_price(near_the_end: Called) -> None:
    near_the_end.announce()
    price = near_the_end.missing
    near_the_end.ready(price - 297 * USD)
    stage = near_the_end.stage
    stage.asset.send("mint", stage.cast.payer, 300 * USD)
    near_the_end.at(timestamp(CALLED.payment_dates[2]))
    stage.deal.send("payAndSettle", 300 * USD, 1, sender=stage.cast.payer)
    near_the_end.books.receive(300 * USD)
    # One per cent of it is the agent's
    assert near_the_end.books.settle_called().call_paid == price - 297 * USD
    near_the_end.agree()


def test_a_cut_off_keeps_nothing_back(launch: Launch) -> None:
    terms = replace(
        loads(CALLED_FILE.replace("periods = 4", "periods = 4\npayment_delay = 20"), "delayed.toml"),
    )
    found = two_settled(launch(terms))
    found.at(timestamp(terms.accrual_dates[2]))
    found.stage.deal.send("cutOff")
    found.books.cut_off(found.stage.system.chain.now())
    found.receive(12_345)
    found.announce()
    found.ready(found.missing)
    made, _ = found.settle(called=True)
    assert made.collections == 1_000 * USD + 12_345


def test_grace_does_not_hold_a_call_up(launch: Launch) -> None:
    terms = loads(CALLED_FILE.replace("periods = 4", "periods = 4\ngrace = 9"), "grace.toml")
    found = launch(terms)
    for _ in range(2):
        found.receive(FULL)
        found.report(Report(loss=0))
        found.settle()
    found.receive(1_000 * USD)
    found.announce()
    found.at(timestamp(terms.payment_dates[2]))
    found.ready(found.missing, found.missing - 1)
    assert found.stage.deal.call("maySettle") is False
    with found.stage.refused("Deal_InGrace", {"period": 3, "endsAt": found.stage.payment_at(3) + 9 * SECONDS_PER_DAY}):
        found.stage.deal.send("settle", 1)
    found.ready(found.missing - 1, EVERYTHING)
    assert found.stage.deal.call("maySettle") is False
    found.ready(found.missing)
    assert found.stage.deal.call("maySettle") is True
    found.settle(called=True)
    assert found.stage.deal.call("maySettle") is False


DEFERRING = (
    CALLED_FILE.replace(
        'principal = { kind = "bullet" }\narrears = "none"',
        'principal = { kind = "bullet" }\npik = "0.05"\nmay_defer = true',
    )
    .replace('"interest:mezz",', '"interest:mezz!lockup", "trap?lockup",')
    .replace('"trap?lockup", "residual', '"residual')
)


def test_inv_22_deferred_interest_and_what_is_paid_in_kind_are_paid(launch: Launch) -> None:
    found = launch(loads(DEFERRING, "deferring.toml"))
    for _ in range(2):
        found.receive(30_000 * USD)  # the lock-up defers
        found.settle()
    assert found.stage.state().interest_arrears[1] and found.stage.state().balance[1] > 20_000 * USD
    found.announce()
    found.ready(found.missing)
    made, _ = found.settle(called=True)
    assert made.flows.interest[1] == made.interest_due[1] > 3_000 * USD
    assert made.flows.principal[1] == 20_000 * USD + 500 * USD + 512_500_000 + 525_312_500


ENFORCED = (
    CALLED_FILE.replace(
        '"fee:agent", "interest:senior", "principal:senior", "reserve:dsra", "interest:mezz",',
        '"fee:agent?lockup", "interest:senior", "principal:senior", "sweep:senior:0.5", "reserve:dsra:0.1", '
        '"interest:mezz",',
    ).replace('["fee:om"', '["fee:om:0.01"')
    + """
enforcement = ["fee:om:0.5", "interest:senior", "all:senior", "interest:mezz", "all:mezz", "residual:equity"]
enforce_on = ["lockup"]
"""
)


def test_inv_22_fractions_tests_and_enforcement_do_not_matter(launch: Launch) -> None:
    found = launch(loads(ENFORCED, "enforced.toml"))
    for _ in range(2):
        found.receive(28_500 * USD)  # the lock-up fails, and enforcement repays what there is
        found.settle()
    assert found.stage.state().passes_needed == [1]
    found.announce()
    found.ready(found.missing)
    made, _ = found.settle(called=True)
    assert (made.enforced, made.flows.fees) == (False, [made.flows.fees[0], 0])
    assert found.stage.state().passes_needed == [0]
    assert found.stage.state().fee_arrears == [0, 0]


def test_what_the_payee_pays_counts_in_no_test(near_the_end: Called) -> None:
    """500 of collections after fees, by 1,500 of interest and 25,000 of scheduled principal, whatever the call pays."""
    near_the_end.announce()
    near_the_end.ready(near_the_end.missing)
    made, _ = near_the_end.settle(called=True)
    assert made.tests[0].value == 500 * WAD // 26_500
    assert (made.tests[0].passed, made.tests[0].passes_needed) == (False, 0)
    assert near_the_end.stage.state().passes_needed == [0]


@pytest.mark.parametrize("decimals", [6, 18])
def test_inv_22_a_wide_deal_is_called_alike(launch: Launch, decimals: int) -> None:
    file = CALLED_FILE.replace("decimals = 6", f"decimals = {decimals}")
    if decimals == 6:
        file = file.replace("write_down", 'lifetime_cash = "100_000_000_000"\nwrite_down', 1)
    terms = loads(file, "wide.toml")
    assert not terms.narrow
    coin, found = 10**decimals, launch(terms)
    found.receive(60_000 * coin + 1)
    found.report(Report(loss=45_000 * coin + 3))
    found.settle()
    found.receive(60_000 * coin + 7)
    found.settle()
    found.announce()
    found.ready(found.missing)
    made, _ = found.settle(called=True)
    assert made.restored == [0, 15_000 * coin + 3, 0]
    assert found.stage.state().balance[:2] == [0, 0]


def test_a_call_beyond_the_lifetime_cap_is_not_made(launch: Launch) -> None:
    found = launch(replace(CALLED, call=CleanUpCall("sponsor", WAD)))
    found.receive(MAX_NARROW_AMOUNT - 54_000 * USD)  # with the opening, all but 50,000
    found.settle()
    found.announce()
    missing = found.missing
    assert missing > 50_000 * USD == found.books.room
    found.ready(missing, EVERYTHING)
    with pytest.raises(BeyondCap):
        found.books.copy().settle_called()
    found.settle()
    assert found.stage.cash(found.payee) == missing


def test_several_periods_end_with_the_called_one(near_the_end: Called) -> None:
    near_the_end.announce()
    near_the_end.ready(near_the_end.missing)
    near_the_end.at(timestamp(CALLED.payment_dates[3]))
    receipt = near_the_end.stage.deal.send("settle", 480)
    assert [event.name for event in receipt.events(near_the_end.stage.deal.abi)] == ["Called", "Settled"]
    near_the_end.books.settle_called()
    near_the_end.agree()


def test_all_later_revenue_is_equitys(near_the_end: Called) -> None:
    near_the_end.announce()
    near_the_end.ready(near_the_end.missing)
    near_the_end.settle(called=True)
    for amount in (1, 123_456_789):
        near_the_end.receive(amount)
        made, _ = near_the_end.settle()
        assert (made.flows.residual, made.period) == (amount, 5)
    with near_the_end.stage.refused("Deal_NothingToSettle"):
        near_the_end.stage.deal.send("settle", 1)


# settleCalled


def test_the_deal_alone_settles_by_the_call(near_the_end: Called) -> None:
    with near_the_end.stage.refused("Deal_NotAnnounced", {"period": 3}):
        near_the_end.stage.deal.send("settleCalled")
    near_the_end.announce()
    price, time = near_the_end.missing, timestamp(CALLED.payment_dates[2])
    near_the_end.ready(price)
    now = near_the_end.stage.system.chain.now()
    with near_the_end.stage.refused("Deal_PeriodNotOver", {"period": 3, "paymentAt": time, "time": now}):
        near_the_end.stage.deal.send("settleCalled")
    near_the_end.at(time)
    near_the_end.ready(price)
    with near_the_end.stage.refused(""):  # the deal alone: for others its trial runs where nothing can change
        near_the_end.stage.deal.send("settleCalled", sender=near_the_end.stage.cast.stranger)
    near_the_end.stage.deal.send("settle", 1, sender=near_the_end.stage.cast.stranger)
    near_the_end.books.settle_called()
    near_the_end.agree()


def test_by_itself_the_trial_calls_nothing(system: System) -> None:
    trial = system.chain.at(trial_of(system), system.artifacts["DealTrial"].abi)
    for function in ("settleCalled", "callPrice"):
        with pytest.raises(ChainRevert, match="Deal_NotADeal"):
            trial.send(function)
