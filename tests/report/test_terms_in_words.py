"""What `check` says of terms that the deal of test_terms_words does not have, beside what the model pays."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.dealfile import loads
from penstock.format import money
from penstock.model.deal import run
from penstock.model.report import Report
from tests.fixtures.cli import penstock
from tests.fixtures.tables import Printed, tables

DEAL = """
[deal]
name = "Plant 50"
asset = "USDC"
decimals = 6
closing = 2025-12-31
months = 6
periods = 6

[[tranche]]
id = "a"
symbol = "P-A"
face = "30_000_000"
coupon = "0.06"
day_count = "30E/360"
principal = { kind = "level", interest_only = 1, balloon = "9_000_000" }
[[tranche]]
id = "b"
symbol = "P-B"
face = "10_000_000"
coupon = "0.07"
day_count = "ACT/360"
principal = { kind = "linear" }
[[tranche]]
id = "mezz"
symbol = "P-M"
face = "5_000_000"
coupon = "0.08"
day_count = "ACT/ACT (ICMA)"
pik = "0.04"
pik_until = 2027-12-31
principal = { kind = "bullet" }
[[tranche]]
id = "equity"
symbol = "P-E"
residual = true

[[fee]]
id = "om"
payee = "operator"
fixed = "400_000"
escalate = { rate = "0.025", every = 12 }
opex = true
[[fee]]
id = "power"
payee = "operator"
of = "report:power_cost"
cap = "250_000"
carry = true

[[reserve]]
id = "dsra"
months = 9
opening = "3_000_000"
supports = ["interest:a", "principal:a", "interest:b", "principal:b"]
[[reserve]]
id = "capex"
targets = ["100_000", "200_000", "300_000", "300_000", "300_000", "0"]
fill = "80_000"
supports = ["fee:om"]

[[test]]
id = "lockup"
metric = "dscr"
of = "b"
below = "1.25"
cure = 2
supports = ["interest:mezz", "interest:a"]

[[field]]
id = "power_cost"
unit = "amount"
[[field]]
id = "availability"
unit = "ratio"

[ladder]
normal = [
  "fee:om", "fee:power", "interest:a+b", "principal:a+b", "reserve:dsra", "interest:mezz", "principal:mezz",
  "reserve:capex:0.5", "trap?lockup", "residual:equity",
]
"""
TERMS = loads(DEAL)


@pytest.fixture
def page(tmp_path: Path) -> dict[str, Printed]:
    file = tmp_path / "deal.toml"
    file.write_text(DEAL)
    done = penstock("check", str(file))
    assert (done.exit_code, done.stderr) == (0, ""), done.stderr
    assert "terms like these have room for 480 periods on a chain" in done.stdout
    return {each.title[0]: each for each in tables(done.stdout)}


def column(table: Printed, name: str) -> list[str]:
    at = list(table.columns).index(name)
    return [row[at] for row in table.rows]


def test_coupons_in_cash_and_in_kind(page: dict[str, Printed]) -> None:
    coupons = column(page["Tranches, most senior first"], "coupon")
    assert coupons == ["6.00 %", "7.00 %", "8.00 % in cash, 4.00 % in kind to 2027-12-31", "–"]


def test_the_debt_service_of_a_loan_that_grows_is_what_is_paid_on_time(page: dict[str, Printed]) -> None:
    """Everything on time: no test fails, nothing is prepaid."""
    life = run(TERMS, [90_000_000 * 10**6] * 6, [Report(fields=(0, None))] * 6)
    assert not any(each.interest_arrears[2] or each.principal_arrears[2] for each in life.settlements)
    interest, principal = (
        sum(getattr(each.flows, what)[2] for each in life.settlements) for what in ("interest", "principal")
    )
    assert principal > 5_400_000 * 10**6
    (row,) = (row for row in page["Total debt service, paid on time without prepayment"].rows if row[0] == "mezz")
    assert row[1:] == [money(each, 6) for each in (interest, principal, interest + principal)]
    tranches = page["Tranches, most senior first"]
    lives = dict(zip(column(tranches, "tranche"), column(tranches, "avg. life"), strict=True))
    assert lives["mezz"] == "3.00", "all of it is repaid at the end, three years after closing"


def test_fees_that_rise_and_that_are_reported(page: dict[str, Printed]) -> None:
    assert page["Fees"].rows == [
        ["om", "operator", "400,000.00 to 420,250.00, set for each period, operating"],
        [
            "power",
            "operator",
            "what is reported as power_cost, at most 250,000.00 per period, unpaid amounts are carried forward",
        ],
    ]


def test_reserves_in_parts_as_listed_and_limited(page: dict[str, Printed]) -> None:
    assert column(page["Reserves"], "target") == [
        "next 1 period and 3/6 of the one after of supported payments",
        "as listed, at most 300,000.00; takes at most 80,000.00 a period",
    ]


def test_a_trap_that_helps(page: dict[str, Printed]) -> None:
    assert column(page["Tests"], "acts on") == ["trap?lockup; its trap pays interest:mezz, interest:a"]


def test_the_fields_of_reports(page: dict[str, Printed]) -> None:
    assert page["Fields of reports, beside loss and asset value"].rows == [
        ["power_cost", "the asset"],
        ["availability", "a ratio"],
    ]
