"""
Every amount that settle, claim and status print or write as JSON, against the model.

given a deal in which all figures differ from zero and from each other
    each column of each table should hold the model's figures, and each amount of --json in whole coins, exactly
given its last periods and late revenue
    settle should print what the model pays, and claim what it owes
"""

from __future__ import annotations

import json
import re
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest

from penstock.format import failing
from penstock.model.books import Books
from penstock.model.deal import run
from penstock.model.dues import Dues, dues, late_dues
from penstock.model.ladder import still_due
from penstock.model.state import DealState
from penstock.onchain.reports import report_text
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR
from tests.fixtures.cli import penstock
from tests.fixtures.every_figure import AGENT, FILE, MANAGER, PAYEES, RECEIVED, TERMS, WAITING, Life
from tests.fixtures.tables import Printed, prose, tables

pytestmark = pytest.mark.xdist_group("every_figure")  # the deal is launched once
HOLDERS = (SPONSOR, HOLDER, OTHER)
LENDERS = range(TERMS.equity)
EVERY_TRANCHE = range(len(TERMS.tranches))
WHOLE = run(TERMS, RECEIVED.collections, RECEIVED.reports, RECEIVED.late)
LAST_TESTS = WHOLE.settlements[5].tests
"""Those of period 6."""


def exact(units: int) -> str:
    """Base units in whole coins, as --json has them."""
    return f"{Decimal(units).scaleb(-6).normalize():f}"


def short(units: int) -> str:
    """Base units as a table has them."""
    return f"{Decimal(units).scaleb(-6).quantize(Decimal('0.01'), ROUND_DOWN):,}"


def full(units: int) -> str:
    """Base units with every digit, and two places at least unless they are whole."""
    whole, _, part = exact(units).partition(".")
    return f"{int(whole):,}" + (f".{part:0<2}" if part else "")


def ratio(wad: int | None, places: int, unit: str = "") -> str:
    assert wad is not None
    return f"{Decimal(wad).scaleb(-18).quantize(Decimal(1).scaleb(-places), ROUND_DOWN)}{unit}"


def status() -> tuple[str, dict[str, Printed]]:
    done = penstock("status", FILE)
    assert done.exit_code == 0, done.stderr
    return done.stdout, {each.title[0].split(",")[0]: each for each in tables(done.stdout)}


def status_json(*words: str) -> Any:
    done = penstock("status", *words, "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def next_dues(books: Books) -> tuple[Dues, DealState]:
    """What falls due next, with the waiting cash and the report that was made."""
    state = books.state.copy()
    if books.matured:
        return late_dues(TERMS, state, 0), state
    period = state.period + 1
    return dues(TERMS, state, period, books.waiting, RECEIVED.reports[period - 1]), state


def due_cells(books: Books) -> list[int | None]:
    owed, state = next_dues(books)
    found: list[int | None] = []
    for rung in TERMS.normal:
        parts = still_due(TERMS, rung, owed, state)
        idle = rung.test is not None and not state.failing(rung.test)
        found.append(None if parts is None else 0 if idle else sum(parts))
    return found


def test_all_figures_of_the_deal_differ(middle: Life) -> None:
    """What the other tests compare could not be mistaken for something else."""
    books, state = middle.books, middle.books.state
    lenders = [(state.balance[at], state.interest_arrears[at], state.principal_arrears[at]) for at in (0, 1)]
    pots = [*state.reserves, *state.trapped, *state.fee_arrears, *books.fee_claimable, state.balance[2], WAITING]
    tranches = [each for at in EVERY_TRANCHE for each in (state.credited[at], books.claimed[at])]
    tranches += [credited - claimed for credited, claimed in zip(state.credited, books.claimed, strict=True)]
    claimable = [books.claimable(at, holder) for at in EVERY_TRANCHE for holder in HOLDERS if books.shares(at, holder)]
    claimable.remove(0)  # the sponsor's of equity, for it claimed after the only period that paid any
    figures = [each for lender in lenders for each in lender] + pots + tranches + claimable
    figures += [books.accounted, state.collected]
    assert 0 not in figures
    assert len({*figures}) == len(figures)


def test_the_heading_of_status(middle: Life) -> None:
    page, _ = status()
    words = " ".join(prose(page))
    books = middle.books
    assert f"collected so far {short(books.state.collected)}, collections waiting {short(WAITING)}, " in words
    assert f"ledger {short(books.accounted)}" in words
    assert books.waiting == WAITING


def test_the_events_of_watch(middle: Life) -> None:
    done = penstock("watch", FILE, "--once")
    assert done.exit_code == 0, done.stderr
    lines = [line.partition(" every: ")[2] for line in done.stdout.splitlines()]
    reported = [
        f"reported for period {period}: {report_text(TERMS, said)}"
        for period, said in enumerate(RECEIVED.reports[:6], 1)
    ]
    assert [line for line in lines if line.startswith("reported")] == reported
    settled = []
    for made in WHOLE.settlements[:6]:
        paid = ", ".join(f"{TERMS.rung_name(each.rung)} {full(each.paid)}" for each in made.rungs if each.paid)
        failed = [test.id for test, was in zip(TERMS.tests, made.tests, strict=True) if not was.cured]
        tail = f"; {failing(failed)}" if failed else ""
        settled.append(f"settled period {made.period}: collections {full(made.collections)}; {paid}{tail}")
    assert [line for line in lines if line.startswith("settled")] == settled
    claimed = [[Decimal(0)] * len(TERMS.tranches), [Decimal(0)] * len(TERMS.fees)]
    places = {
        **{tranche.id: (0, at) for at, tranche in enumerate(TERMS.tranches)},
        **{f"fee {fee.id}": (1, at) for at, fee in enumerate(TERMS.fees)},
    }
    for who, amount, what in re.findall(r"^(0x\w+) claimed ([\d,.]+) of (.*)$", "\n".join(lines), re.MULTILINE):
        kind, at = places[what]
        assert who == SPONSOR if kind == 0 else who == PAYEES[TERMS.fees[at].payee]
        claimed[kind][at] += Decimal(amount.replace(",", ""))
    books = middle.books
    assert claimed == [[Decimal(each).scaleb(-6) for each in of] for of in (books.claimed, books.fee_claimed)]


def test_the_tables_of_status(middle: Life) -> None:
    _, page = status()
    books, state = middle.books, middle.books.state
    coming = books.copy().settle(RECEIVED.reports[6])
    last_owed, _ = next_dues(books)
    for at, tranche in enumerate(TERMS.tranches):
        owed = (state.balance[at], state.interest_arrears[at], state.principal_arrears[at])
        cash = (state.credited[at], books.claimed[at], state.credited[at] - books.claimed[at])
        cells = ["–"] * 3 if at == TERMS.equity else [short(each) for each in owed]
        assert page["Tranches"].row(tranche.id) == [*cells, *map(short, cash)]
    paid = [short(each.paid) for each in coming.rungs]
    wanted = ["–" if each is None else short(each) for each in due_cells(books)]
    names = [TERMS.rung_name(rung) for rung in TERMS.normal]
    assert page["Dues of period 7"].rows == [list(each) for each in zip(names, wanted, paid, strict=True)]
    for index, test in enumerate(TERMS.tests):
        value = LAST_TESTS[index].value
        assert value is not None
        assert page["Coverage tests"].row(test.id) == [
            f"fails, {state.passes_needed[index]} passes to cure",
            ratio(value, 3, "x"),
            ratio(test.threshold, 3, "x"),
            "-" + ratio(test.threshold - value, 3, "x"),
            str(test.cure),
            ratio(coming.tests[index].value, 3, "x"),
            short(state.trapped[index]),
        ]
    for at, reserve in enumerate(TERMS.reserves):
        holds, target = state.reserves[at], last_owed.targets[at]
        assert page["Reserves"].row(reserve.id) == [short(holds), short(target), short(target - holds)]
    for at, fee in enumerate(TERMS.fees):
        amounts = (state.fee_arrears[at], books.fee_claimable[at])
        assert page["Fees"].row(fee.id) == [fee.payee, PAYEES[fee.payee], *map(short, amounts)]
    assert page["Holders"].rows == [
        [holder, tranche.id, short(books.shares(at, holder)), short(books.claimable(at, holder))]
        for holder in HOLDERS
        for at, tranche in enumerate(TERMS.tranches)
        if books.shares(at, holder)
    ]


def test_the_json_of_status(middle: Life) -> None:
    books, state, found = middle.books, middle.books.state, status_json(FILE)
    coming = books.copy().settle(RECEIVED.reports[6])
    owed, _ = next_dues(books)
    arrears = sum(state.interest_arrears) + sum(state.principal_arrears) + sum(state.fee_arrears)
    claimable = sum(state.credited) - sum(books.claimed) + sum(books.fee_claimable)
    assert {name: found[name] for name in ("waiting", "ledger", "arrears", "in_reserves", "trapped", "claimable")} == {
        "waiting": exact(WAITING),
        "ledger": exact(books.accounted),
        "arrears": exact(arrears),
        "in_reserves": exact(sum(state.reserves)),
        "trapped": exact(sum(state.trapped)),
        "claimable": exact(claimable),
    }
    assert (found["collected"], found["tests_failing"], found["settled"]) == (exact(state.collected), 2, 6)
    assert (found["next_payment_date"], found["overdue_periods"], found["ladder"]) == ("2027-10-01", 0, "normal")
    assert found["tranches"] == {
        tranche.id: {
            "balance": exact(state.balance[at]),
            "interest_arrears": exact(state.interest_arrears[at]),
            "principal_arrears": exact(state.principal_arrears[at]),
            "credited": exact(state.credited[at]),
            "claimed": exact(books.claimed[at]),
        }
        for at, tranche in enumerate(TERMS.tranches)
    }
    assert found["dues"] == [
        {
            "rung": TERMS.rung_name(rung),
            "ladder": "normal",
            "due": None if due is None else exact(due),
            "would_be_paid": exact(payment.paid),
        }
        for rung, due, payment in zip(TERMS.normal, due_cells(books), coming.rungs, strict=True)
    ]
    assert found["tests"] == {
        test.id: {
            "last": ratio(LAST_TESTS[at].value, 4),
            "below": ratio(test.threshold, 4),
            "above": None,
            "metric": f"DSCR of {TERMS.tranches[test.tranche].id}",
            "passes_needed": state.passes_needed[at],
            "cure": test.cure,
            "with_what_waits": ratio(coming.tests[at].value, 4),
            "trapped": exact(state.trapped[at]),
        }
        for at, test in enumerate(TERMS.tests)
    }
    assert found["reserves"] == {
        reserve.id: {"holds": exact(state.reserves[at]), "target": exact(owed.targets[at])}
        for at, reserve in enumerate(TERMS.reserves)
    }
    assert found["fees"] == {
        fee.id: {
            "payee": fee.payee,
            "address": PAYEES[fee.payee],
            "arrears": exact(state.fee_arrears[at]),
            "claimable": exact(books.fee_claimable[at]),
        }
        for at, fee in enumerate(TERMS.fees)
    }
    assert found["holders"] == [
        {
            "holder": holder,
            "tranche": tranche.id,
            "shares": exact(books.shares(at, holder)),
            "claimable": exact(books.claimable(at, holder)),
            "claimed": exact(books.claimed[at] if holder == SPONSOR else 0),  # nobody else has claimed of a tranche
        }
        for holder in HOLDERS
        for at, tranche in enumerate(TERMS.tranches)
        if books.shares(at, holder)
    ]
    owed = [books.claimable(at, holder) for at in EVERY_TRANCHE for holder in HOLDERS]
    holdings = sum(books.shares(at, holder) > 0 for at in EVERY_TRANCHE for holder in HOLDERS)
    assert (found["holdings"], found["claimable_by_holders"]) == (holdings, exact(sum(owed)))


def test_status_of_many_has_the_same_figures(middle: Life) -> None:
    (row,) = status_json("--all")["deals"]
    one = status_json(FILE)
    assert row == {name: one[name] for name in row}
    done = penstock("status", "--all")
    (page,) = tables(done.stdout)
    amounts = [Decimal(one[name]).scaleb(6) for name in ("waiting", "arrears", "in_reserves", "trapped", "claimable")]
    date = "2027-10-01 (in 92 days)"
    assert page.rows == [[FILE, "Every Figure", "6/8", date, "2 of 2 failing", *(short(int(each)) for each in amounts)]]


def test_settle_and_claim_print_the_models_figures_to_the_end(middle: Life) -> None:
    for what in ("period 7", "period 8", "late revenue"):
        before = middle.books.state.copy()
        done, settled = middle.settle()
        (page,) = tables(done.stdout)
        after, words = middle.books.state, " ".join(page.title)
        assert words.startswith(f"Settled {what}: collections {short(settled.collections)} USDC, ")
        flows = settled.flows
        rows = [[f"fee {fee.id}", short(flows.fees[at])] for at, fee in enumerate(TERMS.fees)]
        for at, tranche in enumerate(TERMS.tranches):
            residual = flows.residual if at == TERMS.equity else 0
            rows.append([tranche.id, short(flows.interest[at] + flows.principal[at] + residual)])
        for at, reserve in enumerate(TERMS.reserves):
            rows.append([f"reserve {reserve.id}", short(after.reserves[at] - before.reserves[at])])
        for at, test in enumerate(TERMS.tests):
            if before.trapped[at] or after.trapped[at]:
                rows.append([f"trap {test.id}", short(after.trapped[at] - before.trapped[at])])
        assert page.rows == rows
        assert done.stdout.split("\n\n")[-1].splitlines() == short_lines(before, after)
        for who in (SPONSOR, HOLDER, OTHER, OPERATOR, AGENT, MANAGER):
            done, due = middle.claim(who)
            if not due:
                assert done.stderr == f"{who} has nothing to claim\n"
                continue
            (page,) = tables(done.stdout)
            assert page.title == [f"Claimed by {who}"]
            assert [row[:2] for row in page.rows] == [[name, full(units)] for name, units in due.items()]
    assert middle.books.state == WHOLE.state
    assert [balance > 0 for balance in WHOLE.state.balance[:-1]] == [False, True, True]


def test_what_late_revenue_would_pay(middle: Life) -> None:
    middle.settle()
    middle.settle()
    middle.send(500 * 10**6)
    coming = middle.books.copy().settle()
    _, page = status()
    rows = page["Dues of late revenue"].rows
    assert [row[1:] for row in rows] == [
        ["–" if due is None else short(due), short(payment.paid)]
        for due, payment in zip(due_cells(middle.books), coming.rungs, strict=True)
    ]
    assert sum(payment.paid for payment in coming.rungs) == 500 * 10**6


def short_lines(before: DealState, after: DealState) -> list[str]:
    """What settle says was not paid."""
    lines = []
    for at in LENDERS:
        owed = {"interest": after.interest_arrears[at], "principal": after.principal_arrears[at]}
        parts = [f"{short(amount)} {name}" for name, amount in owed.items() if amount]
        if parts:
            lines.append(f"short: {TERMS.tranches[at].id} {' and '.join(parts)} in arrears")
        if after.balance[at] > before.balance[at]:
            joined = short(after.balance[at] - before.balance[at])
            lines.append(f"short: {TERMS.tranches[at].id} {joined} interest, capitalised")
    lines += [
        f"short: fee {fee.id} {short(arrears)} in arrears"
        for fee, arrears in zip(TERMS.fees, after.fee_arrears, strict=True)
        if arrears
    ]
    if after.period < TERMS.periods:
        lines += [
            f"{test.id} fails: {needed} passes to cure"
            for test, needed in zip(TERMS.tests, after.passes_needed, strict=True)
            if needed
        ]
    return lines
