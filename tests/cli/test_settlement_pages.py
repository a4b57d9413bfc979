"""
What settle and claim say, page by page.

given claims made for others
    each tranche should have its payments and their sum, and a holder of two tranches count once
    who was not paid should be named with amount and reason; of many strangers ten, and the number of the rest
    transactions that paid nobody should be said to have done so
given interest that joined a balance in a period that wrote losses down, and interest paid in kind by the terms
    what was short and what is no shortfall should be told apart, each to its amount
given a deal among many
    its line should say which periods, how much came in, and what is in arrears
given nothing to do
    the next payment date should be named, or that all is settled
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.cli.pages import settlements
from penstock.dealfile import loads
from penstock.evm.codec import checksum
from penstock.model.deal import settle
from penstock.model.report import Report
from penstock.model.state import opening_state
from penstock.operate.claim import Claim
from penstock.operate.claim_for import REFUSES, ClaimsMade, Paid, Skipped
from penstock.operate.outcome import Outcome, Step
from penstock.operate.settle import Period, Settled
from penstock.report.tables import console
from tests.fixtures.actors import HOLDER, OTHER, SPONSOR
from tests.fixtures.every_figure import TERMS
from tests.fixtures.tables import Printed, tables
from tests.fixtures.tested import RECEIVED
from tests.fixtures.tested import TERMS as TESTED

STRANGERS = [checksum(f"0x{0xABCDEF00 + index:040x}") for index in range(12)]


def printed(page: object) -> str:
    shown = console()
    with shown.capture() as taken:
        shown.print(page)
    return taken.get()


def claimed_for(**more: Any) -> tuple[str, dict[str, Printed]]:
    nothing: dict[str, Any] = {"paid": [], "skipped": [], "idle": [], "strangers": [], "transactions": 0, "gas": 0}
    page = printed(settlements.claimed_for_page(TERMS, ClaimsMade(**{**nothing, "errors": [], **more})))
    return page, {each.title[0].partition(" in ")[0]: each for each in tables(page)}


def test_payments_are_summed_by_tranche_and_holders_counted_once() -> None:
    paid = [Paid(HOLDER, 0, 1_000_000_001), Paid(OTHER, 0, 2_000_000), Paid(HOLDER, 3, 5), Paid(SPONSOR, 3, 70)]
    page, found = claimed_for(paid=paid, transactions=2, gas=1_234_567)
    assert page.splitlines()[0] == "Paid to 3 holders in 2 transactions, 1,234,567 gas"
    table = found["Paid to 3 holders"]
    assert list(table.columns) == ["of", "payments", "USDC"]
    assert table.rows == [["senior", "2", "1,002.000001"], ["equity", "2", "0.000075"]]


def test_one_payment_is_one() -> None:
    page, _ = claimed_for(paid=[Paid(HOLDER, 1, 10**6)], transactions=1, gas=99)
    assert page.splitlines()[0] == "Paid to 1 holder in 1 transaction, 99 gas"


def test_who_was_not_paid_is_named_with_amount_and_reason() -> None:
    skipped = [Skipped(HOLDER, 1, 3_000_000_000, REFUSES), Skipped(OTHER, 3, 1, "reverted without a reason")]
    page, found = claimed_for(skipped=skipped, transactions=1, gas=500)
    assert page.splitlines()[0] == "Nobody was paid in 1 transaction, 500 gas"
    assert list(found["Not paid"].columns) == ["holder", "tranche", "USDC", "why"]
    assert found["Not paid"].rows == [
        [HOLDER, "mezz", "3,000", REFUSES],
        [OTHER, "equity", "0.000001", "reverted without a reason"],
    ]


def test_nothing_is_said_of_transactions_that_were_not_sent() -> None:
    assert claimed_for(idle=[HOLDER])[0] == "1 holder has nothing to claim\n"
    assert claimed_for(idle=[HOLDER, OTHER])[0] == "2 holders have nothing to claim\n"


@pytest.mark.parametrize("count", [10, 11, 12])
def test_of_many_strangers_ten_are_named(count: int) -> None:
    lines = claimed_for(strangers=STRANGERS[:count])[0].splitlines()
    assert lines[:10] == [f"{each} holds no shares of this deal" for each in STRANGERS[:10]]
    assert lines[10:] == ([f"and {count - 10} more hold no shares of this deal"] if count > 10 else [])


def test_the_claims_of_one_holder_have_their_amounts_and_gas() -> None:
    claims = [Claim("senior", 1_250_000, 61_000), Claim("fee om", 1, 58_123)]
    (table,) = tables(printed(settlements.claims_page(TERMS, HOLDER, claims)))
    assert table.title == [f"Claimed by {HOLDER}"]
    assert list(table.columns) == ["of", "USDC", "gas"]
    assert table.rows == [["senior", "1.25", "61,000"], ["fee om", "0.000001", "58,123"]]


def settled(numbers: list[int], periods: int = 8, **more: Any) -> Settled:
    member: Any = SimpleNamespace(file=Path("a.json"), head=SimpleNamespace(periods=periods, decimals=6))
    made: Any = [SimpleNamespace(gas=40_000), SimpleNamespace(gas=2_345)]
    return Settled(member, [Period(each, each * 10**6) for each in numbers], made if numbers else [], **more)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ([3], "period 3: collections 3"),
        ([3, 4, 5], "periods 3 to 5: collections 12"),
        ([3, 5], "periods 3, 5: collections 8"),
        ([8], "period 8: collections 8"),
        ([8, 9], "period 8 and late revenue: collections 17"),
        ([7, 8, 9], "periods 7 to 8 and late revenue: collections 24"),
        ([9], "late revenue: collections 9"),
    ],
)
def test_the_line_of_a_deal_names_its_periods(numbers: list[int], words: str) -> None:
    assert settlements.settled_line(settled(numbers)) == f"a.json: settled {words}, 42,345 gas"


def test_the_line_of_a_deal_says_what_is_in_arrears_unless_it_stopped() -> None:
    line = "a.json: settled period 1: collections 1, 42,345 gas"
    assert settlements.settled_line(settled([1], arrears=1_500_001)) == f"{line}, 1.500001 in arrears"
    assert settlements.settled_line(settled([1], arrears=1_500_001, error="no")) == line


def test_a_deal_with_nothing_to_do_says_when_there_will_be() -> None:
    assert settlements.idle_line(settled([], next_payment_at=1_775_001_600)) == (
        "a.json: nothing is due; next payment date 2026-04-01"
    )
    assert settlements.idle_line(settled([])) == "a.json: nothing is due; 8 of 8 periods settled"
    assert settlements.idle_line(settled([], periods=1)) == "a.json: nothing is due; 1 of 1 period settled"


def test_periods_without_revenue_are_counted() -> None:
    end = ", and no revenue has been received; --empty settles without revenue"
    assert settlements.left_line(settled([1], left=1)) == f"a.json: 1 period is overdue{end}"
    assert settlements.left_line(settled([1], left=2)) == f"a.json: 2 periods are overdue{end}"


JOINS = """
[deal]
name = "Joins"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 12
periods = 4
write_down = true
[[tranche]]
id = "mezz"
symbol = "J-M"
face = "1_000"
coupon = "0.10"
pik = "0.06"
principal = { kind = "bullet" }
arrears = "capitalise"
[[tranche]]
id = "junior"
symbol = "J-J"
face = "500"
coupon = "0.05"
pik = "0.02"
principal = { kind = "bullet" }
[[tranche]]
id = "equity"
symbol = "J-E"
residual = true
[ladder]
normal = ["interest:mezz", "principal:mezz", "interest:junior", "principal:junior", "residual:equity"]
"""


def shorts(*revenue: tuple[str, str]) -> list[str]:
    """What is said of the settlements of a first period that paid all, then of these: collections and loss in coins."""
    terms = loads(JOINS)
    state, steps = opening_state(terms), []
    for collections, loss in (("125", "0"), *revenue):
        before = state.copy()
        made = settle(terms, state, int(float(collections) * 10**6), Report(loss=int(loss) * 10**6))
        steps.append(Step(made.period, before, state.copy(), made))
    return settlements.short_lines(terms, Outcome(steps[1:], 0, 0))


def test_what_is_paid_in_kind_is_no_shortfall() -> None:
    """After a first period mezz has 1,060 and junior 510: 6 % is 63.60, 2 % is 10.20."""
    assert shorts(("131.50", "0")) == [
        "paid in kind: mezz 63.60, added to its balance",
        "paid in kind: junior 10.20, added to its balance",
    ]


def test_interest_that_joined_is_told_from_what_was_paid_in_kind_and_written_down() -> None:
    """A loss of 700 takes the junior's 510 and 190 of mezz; 10 % of the 870 left is due, 7 of it paid, 6 % in kind."""
    assert shorts(("7", "700")) == [
        "short: mezz 80.00 interest, capitalised",
        "paid in kind: mezz 52.20, added to its balance",
    ]


def deferred(arrears: str, *collections: int) -> list[str]:
    """What is said of periods with this cash, where the junior's interest of 25 a period may be deferred."""
    terms = loads(
        JOINS.replace('pik = "0.06"\n', "")
        .replace('arrears = "capitalise"\n', "")
        .replace('pik = "0.02"', f'may_defer = true\narrears = "{arrears}"')
        .replace("[ladder]", '[[test]]\nid = "lockup"\nmetric = "dscr"\nof = "mezz"\nbelow = "2"\n[ladder]')
        .replace('"interest:junior"', '"interest:junior!lockup", "trap?lockup"')
    )
    state, steps = opening_state(terms), []
    for amount in collections:
        before = state.copy()
        steps.append(Step(len(steps) + 1, before, state, settle(terms, state, amount * 10**6, Report())))
        state = state.copy()
    return settlements.short_lines(terms, Outcome(steps, 0, 0))


def test_interest_that_is_deferred_is_no_shortfall() -> None:
    fails = "lockup fails: 1 pass to cure"
    assert deferred("coupon", 150) == ["deferred: junior 25.00 interest, while lockup fails", fails]
    assert deferred("coupon", 150, 150) == ["deferred: junior 51.25 interest, while lockup fails", fails]
    assert deferred("capitalise", 150) == ["deferred: junior 25.00 interest, while lockup fails", fails]
    assert deferred("capitalise", 150, 150) == ["deferred: junior 51.25 interest, while lockup fails", fails]
    assert deferred("coupon", 90) == [
        "short: mezz 10.00 interest in arrears",
        "deferred: junior 25.00 interest, while lockup fails",
        fails,
    ]
    assert deferred("coupon", 150, 1000) == []


def test_periods_settled_together_are_added_up() -> None:
    """Then 10 % and 6 % of 1,002.20, none paid."""
    assert shorts(("7", "700"), ("0", "0")) == [
        "short: mezz 180.22 interest, capitalised",
        "paid in kind: mezz 112.33, added to its balance",
    ]


def test_a_test_without_its_report_is_named() -> None:
    state, steps = opening_state(TESTED), []
    for cash, report in zip(RECEIVED.collections, RECEIVED.reports, strict=True):
        before = state.copy()
        made = settle(TESTED, state, cash, report)
        steps.append(Step(made.period, before, state.copy(), made))
    lines = settlements.short_lines(TESTED, Outcome(steps[1:2], 0, 0))
    assert lines == [
        "asset_cover was not tested in period 2: its report is missing",
        "forecast fails: 1 pass to cure",
        "clean_up was not tested in period 2: its report is missing",
        "delinquent was not tested in period 2: its report is missing",
    ]
