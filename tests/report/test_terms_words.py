"""
Every word that check prints of a deal's terms.

given a deal with every kind of coupon, arrears, principal, fee, reserve and test
    each cell of each table should be in the words and figures of its deal file
given tests that switch the ladder
    any of them should be said to do so
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.cli import penstock
from tests.fixtures.tables import Printed, tables

DEAL = """
[deal]
name = "Every Word"
asset = "EURC"
decimals = 2
closing = 2026-01-01
months = 6
periods = 4
write_down = true
[[tranche]]
id = "a"
symbol = "EW-A"
face = "1_000"
shares = 500
coupon = "0.06"
principal = { kind = "level" }
arrears = "none"
[[tranche]]
id = "b"
symbol = "EW-B"
face = "2_000"
coupon = "0.0525"
steps = [{ from = 2027-01-01, coupon = "0.06" }, { from = 2027-07-01, coupon = "0.07" }]
day_count = "ACT/365F"
principal = { kind = "custom", amounts = ["100", "0", "400", "1500"] }
[[tranche]]
id = "c"
symbol = "EW-C"
face = "500"
coupon = "0.08"
day_count = "30E/360"
principal = { kind = "cash" }
arrears = { spread = "0.015" }
[[tranche]]
id = "d"
symbol = "EW-D"
face = "300"
coupon = "0.09"
day_count = "ACT/360"
principal = { kind = "bullet" }
arrears = "capitalise"
[[tranche]]
id = "equity"
symbol = "EW-E"
residual = true
[[fee]]
id = "first"
payee = "operator"
fixed = "61.50"
until = 2027-01-01
[[fee]]
id = "last"
payee = "operator"
annual = "0.01"
of = "collections"
from = 2027-07-01
carry = true
[[fee]]
id = "agent"
payee = "agent"
annual = "0.0125"
of = "b"
cap = "1_200"
opex = true
[[fee]]
id = "manager"
payee = "manager"
annual = "0.002"
of = "asset_value"
[[reserve]]
id = "dsra"
months = 12
opening = "50"
supports = ["interest:a", "principal:a", "interest:b"]
[[reserve]]
id = "next"
months = 6
supports = ["interest:c"]
[[reserve]]
id = "costs"
target = "95"
supports = ["fee:agent"]
[[test]]
id = "lockup"
metric = "dscr"
of = "b"
below = "1.20"
cure = 3
[[test]]
id = "default"
metric = "dscr"
of = "a"
below = "1.05"
[[test]]
id = "stop"
metric = "dscr"
of = "a"
below = "1"
cure = 2
[[test]]
id = "watch"
metric = "dscr"
of = "d"
below = "1.5"
[ladder]
normal = [
  "fee:first", "fee:last", "fee:agent", "fee:manager", "interest:a", "principal:a", "interest:b", "principal:b",
  "interest:c+d", "all:c+d", "reserve:dsra", "reserve:next", "reserve:costs", "sweep:c:0.5?lockup", "trap?lockup",
  "residual:equity",
]
enforcement = ["fee:agent", "interest:a", "all:a", "interest:b", "all:b", "interest:c+d", "all:c+d", "residual:equity"]
enforce_on = ["default", "stop"]
"""

HEAD = """Every Word
EURC, 2 decimals; closing 2026-01-01; 4 periods
first payment 2026-07-01, last payment 2028-01-01
accrual dates every 6 months from 2026-01-01, on day 1 of the month
reported losses reduce balances in this order: equity, d, c, b, a
terms like these have room for 480 periods on a chain
takes in at most 720,575,940,379,279.35 EURC over its life
"""

TABLES = {
    "Tranches, most senior first": [
        [
            "tranche",
            "symbol",
            "coupon",
            "day count",
            "principal",
            "arrears",
            "face",
            "of capital",
            "shares",
            "avg. life",
            "final",
        ],
        [
            "a",
            "EW-A",
            "6.00 %",
            "30/360 (ISDA)",
            "level",
            "no interest",
            "1,000.00",
            "26.3 %",
            "500",
            "1.26",
            "2028-01-01",
        ],
        [
            "b",
            "EW-B",
            "5.25 %, 6.00 % from 2027-01-01, 7.00 % from 2027-07-01",
            "ACT/365F",
            "schedule",
            "at the coupon",
            "2,000.00",
            "52.6 %",
            "2,000",
            "1.82",
            "2028-01-01",
        ],
        ["c", "EW-C", "8.00 %", "30E/360", "cash", "coupon + 1.50 %", "500.00", "13.1 %", "500", "2.00", "2028-01-01"],
        ["d", "EW-D", "9.00 %", "ACT/360", "bullet", "capitalised", "300.00", "7.8 %", "300", "2.00", "2028-01-01"],
        ["equity", "EW-E", "–", "–", "residual", "–", "0.00", "0.0 %", "1,000,000", "–", "–"],
    ],
    "Total debt service, paid on time without prepayment": [
        ["tranche", "interest", "principal", "debt service"],
        ["a", "76.09", "1,000.00", "1,076.09"],
        ["b", "211.80", "2,000.00", "2,211.80"],
        ["c", "80.00", "500.00", "580.00"],
        ["d", "54.74", "300.00", "354.74"],
        ["total", "422.63", "3,800.00", "4,222.63"],
    ],
    "Ladder": [
        ["", "rung"],
        ["1", "fee:first"],
        ["2", "fee:last"],
        ["3", "fee:agent"],
        ["4", "fee:manager"],
        ["5", "interest:a"],
        ["6", "principal:a"],
        ["7", "interest:b"],
        ["8", "principal:b"],
        ["9", "interest:c+d"],
        ["10", "all:c+d"],
        ["11", "reserve:dsra"],
        ["12", "reserve:next"],
        ["13", "reserve:costs"],
        ["14", "sweep:c:0.5?lockup"],
        ["15", "trap?lockup"],
        ["16", "residual:equity"],
    ],
    "Enforcement ladder (while default or stop fails)": [
        ["", "rung"],
        ["1", "fee:agent"],
        ["2", "interest:a"],
        ["3", "all:a"],
        ["4", "interest:b"],
        ["5", "all:b"],
        ["6", "interest:c+d"],
        ["7", "all:c+d"],
        ["8", "residual:equity"],
    ],
    "Fees": [
        ["fee", "payee", "due"],
        ["first", "operator", "61.50 per period, 2026-07-01 to 2027-01-01"],
        ["last", "operator", "1.00 % of collections, 2027-07-01 to 2028-01-01, unpaid amounts are carried forward"],
        ["agent", "agent", "1.25 % a year of the balance of b, at most 1,200.00 per period, operating"],
        ["manager", "manager", "0.20 % a year of the asset value"],
    ],
    "Reserves": [
        ["reserve", "target", "supports", "opening"],
        ["dsra", "next 2 periods of supported payments", "interest:a, principal:a, interest:b", "50.00"],
        ["next", "next 1 period of supported payments", "interest:c", "0.00"],
        ["costs", "95.00", "fee:agent", "0.00"],
    ],
    "Tests": [
        ["test", "fails when", "acts on", "passes to cure"],
        ["lockup", "DSCR of b below 1.2", "sweep:c:0.5?lockup, trap?lockup", "3"],
        ["default", "DSCR of a below 1.05", "the ladder", "1"],
        ["stop", "DSCR of a below 1", "the ladder", "2"],
        ["watch", "DSCR of d below 1.5", "nothing: reported only", "1"],
    ],
}


@pytest.fixture
def deal(tmp_path: Path) -> str:
    file = tmp_path / "deal.toml"
    file.write_text(DEAL)
    return str(file)


def page(*words: str) -> tuple[str, dict[str, Printed]]:
    done = penstock("check", *words)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout, {each.title[0]: each for each in tables(done.stdout)}


def test_every_word_of_the_terms_is_the_deal_files(deal: str) -> None:
    text, found = page(deal)
    assert text.startswith(HEAD)
    assert {title: [list(each.columns), *each.rows] for title, each in found.items()} == TABLES
