"""
What is printed of a clean-up call.

given a deal that can be called
    check should say who may call it, from when on, at what price, and what ends with it
given flows with a call
    simulate should show what the payee paid, and what of it had been written down, beside what the model pays
    the JSON and the CSV should say the same exactly; the rest of the flows should be late revenue
    what came in and went out should add up with what the payee paid
given flows with a call that is not allowed
    simulate should refuse it with its line
given flows without a call
    no table should have its column
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from penstock.dealfile import loads
from penstock.dealfile.flows import loads_flows
from penstock.format import exact_money, format_amount
from penstock.model.deal import run
from tests.fixtures.cli import penstock
from tests.fixtures.every_figure import DEAL, FLOWS
from tests.fixtures.tables import tables

CALL = '[call]\nby = "sponsor"\nbelow = "0.60"\n'
WHOLE = DEAL.replace("[ladder]", f"{CALL}[ladder]")
HEADER, *ROWS = FLOWS.splitlines()
PERIOD = 6
"""A loss was written down in period 4, and a part of the reserve is drawn."""


def flows_called_in(period: int) -> str:
    return "\n".join([f"{HEADER},call", *(f"{row},{int(index == period)}" for index, row in enumerate(ROWS, start=1))])


TERMS = loads(WHOLE)
RECEIVED = loads_flows(flows_called_in(PERIOD), TERMS)
LIFE = run(TERMS, RECEIVED.collections, RECEIVED.reports, RECEIVED.late, RECEIVED.called)
MADE = LIFE.settlements[PERIOD - 1]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "deal.toml").write_text(WHOLE)
    (tmp_path / "flows.csv").write_text(flows_called_in(PERIOD))
    return str(tmp_path / "deal.toml"), "--flows", str(tmp_path / "flows.csv")


def money(units: int) -> str:
    return exact_money(units, 6)


def test_check_says_who_when_at_what_price_and_what_ends(files: tuple[str, ...]) -> None:
    """60 % of 16,400."""
    done = penstock("check", files[0])
    assert done.exit_code == 0, done.stderr
    words = " ".join(done.stdout.split())
    assert (
        "Clean-up call: sponsor may repay all lenders at a payment date once their faces less principal paid are "
        "60.00 % of the faces or less, 9,840 USDC; write-downs do not count. It is announced at least a day before a "
        "payment date. The price: "
        "their balances before write-downs, interest with all arrears, every fee; sponsor pays what collections and "
        "reserves and traps lack. It ends the deal: what is left and all later revenue is equity's. Unpaid, the period "
        "is settled as usual."
    ) in words


def test_simulate_shows_what_the_payee_paid(files: tuple[str, ...]) -> None:
    assert MADE.call_paid and sum(MADE.restored)
    done = penstock("simulate", *files, "--by", "period")
    assert done.exit_code == 0, done.stderr
    (page,) = tables(done.stdout)
    assert page.columns["call"][:-2] == ["0.00"] * (PERIOD - 1) + [f"{MADE.call_paid // 10_000 / 100:,.2f}"]
    assert page.columns["state"][PERIOD - 1 : PERIOD + 1] == ["called", "called"]
    restored = [f"{money(lost)} to {each.id}" for each, lost in zip(TERMS.tranches, MADE.restored, strict=True) if lost]
    said = f"called in period {PERIOD}, {MADE.payment_date}: sponsor paid {money(MADE.call_paid)}; written down before "
    assert f"{said}and paid: {', '.join(restored)}" in " ".join(done.stdout.split())
    into, held = money(LIFE.brought), money(LIFE.state.held)
    assert f"conserved: in {into} = out {into} + held {held}, difference 0" in done.stdout
    assert "what comes after period 6 (to 2027-07-01), which is called, is equity's" in done.stderr


def test_its_json_and_csv_say_it_exactly(files: tuple[str, ...], tmp_path: Path) -> None:
    done = penstock("simulate", *files, "--by", "period", "--json", "--csv", str(tmp_path / "out.csv"))
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert [each["call"] for each in told["periods"]] == [
        *[None] * (PERIOD - 1),
        {
            "paid": format_amount(MADE.call_paid, 6),
            "restored": {
                each.id: format_amount(lost, 6) for each, lost in zip(TERMS.tranches[:-1], MADE.restored, strict=False)
            },
        },
    ]
    assert told["totals"]["call_paid"] == format_amount(MADE.call_paid, 6)
    assert told["conserved"] is True
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert [row["call"] for row in rows] == [format_amount(each.call_paid, 6) for each in LIFE.settlements]
    assert [row["accrual date"] for row in rows][-1] == "late"


def test_after_it_revenue_is_late(files: tuple[str, ...]) -> None:
    late = LIFE.settlements[-1]
    assert late.collections == sum(RECEIVED.collections[PERIOD:]) + RECEIVED.late
    assert late.flows.residual == late.collections


def test_a_call_that_is_not_allowed_is_refused_with_its_line(files: tuple[str, ...]) -> None:
    Path(files[2]).write_text(flows_called_in(2))
    done = penstock("simulate", *files)
    assert done.exit_code == 1
    left = money(TERMS.lent - sum(LIFE.settlements[0].flows.principal))
    assert done.stderr.splitlines()[-1].endswith(
        f'flows.csv:3: call = "1": before period 2 lenders\' faces less principal paid are {left}; accepted: a later '
        "period, once they are 9,840 or less"
    )


def test_without_a_call_no_table_has_its_column(files: tuple[str, ...]) -> None:
    Path(files[2]).write_text(FLOWS)
    done = penstock("simulate", *files)
    (page,) = tables(done.stdout)
    assert "call" not in page.columns and "called" not in done.stdout
