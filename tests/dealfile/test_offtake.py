"""Offtake files: rows, escalation, days, and every refusal with its line; readings by bill."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from penstock.dealfile import load as load_deal
from penstock.dealfile.errors import DealFileError
from penstock.dealfile.flows import load_flows
from penstock.dealfile.offtake import ReadingsError, load, load_readings, loads, schedule
from penstock.links.offtake import Row
from penstock.model.calendar import timestamp

ROOT = Path(__file__).parents[2]
DEALS, OFFTAKES = ROOT / "deals", ROOT / "offtakes"
PLAIN = """[offtake]
name = "Small"
asset = "USDC"
decimals = 6
price = "45.00"
escalation = "0.02"
first = 2026-01-01
months = 6
bills = 5
grace_days = 30
"""


def test_rows_follow_the_file() -> None:
    plan = loads(PLAIN + 'cap = 9\nfloor = 2\nguarantee = 3\ndamages = "15"\nlate = "0.08"\ndeposit = "7"\n')
    ends = [date(2026, 7, 1), date(2027, 1, 1), date(2027, 7, 1), date(2028, 1, 1), date(2028, 7, 1)]
    prices = [45_000_000, 45_000_000, 45_900_000, 45_900_000, 46_818_000]
    assert plan.terms.rows == tuple(
        Row(timestamp(end), price, 2, 9, 3, 15_000_000) for end, price in zip(ends, prices, strict=True)
    )
    assert plan.days == (date(2026, 1, 1), *ends)
    assert (plan.terms.deposit, plan.terms.grace, plan.terms.late_rate) == (7_000_000, 30 * 86_400, 8 * 10**16)


def test_midnight_is_the_places() -> None:
    assert loads(PLAIN + "utc_offset = -300\n").terms.start == timestamp(date(2026, 1, 1)) + 5 * 3_600


BROKEN = [
    ('price = "45.00"', "price = 45.5", 5, "price"),
    ('price = "45.00"', 'price = "45.0000001"', 5, "at most 6, the asset's own"),
    ("bills = 5", "bills = 451", 9, "a whole number from 1 to 450"),
    ("bills = 5", "rows = 5", 9, "unknown key"),
    ("grace_days = 30\n", "", 1, "required"),
    ("grace_days = 30", "grace_days = 30\ncap = 5\nfloor = 6", 12, "above the cap on line 11; accepted: up to 5"),
    ("grace_days = 30", "grace_days = 30\ncap = 0", 11, "no unit would be paid for; accepted: 1 or more, or no cap"),
    ("grace_days = 30", "grace_days = 30\nguarantee = 6", 11, "without damages it costs nothing"),
    ("grace_days = 30", 'grace_days = 30\nlate = "19"', 11, "too large for the chain"),
    ("grace_days = 30", 'grace_days = 30\nbuyer = "me"', 11, "not an address"),
    ("grace_days = 30", "grace_days = 30\nutc_offset = 841", 11, "minutes from -840 to 840"),
]


@pytest.mark.parametrize(("old", "new", "line", "reason"), BROKEN)
def test_a_mistake_is_refused_at_its_line(old: str, new: str, line: int, reason: str) -> None:
    with pytest.raises(DealFileError) as caught:
        loads(PLAIN.replace(old, new), "small.offtake.toml")
    assert str(caught.value).startswith(f"small.offtake.toml:{line}: "), caught.value
    assert reason in str(caught.value)


def test_readings_are_added_up_by_bill(tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    file.write_text("date,units\n2026-01-01,5\n2026-06-30,7\n2026-07-01,1\n2027-03-01,0\n")
    plan = loads(PLAIN)
    assert load_readings(file, plan) == (12, 1, 0, None, None)
    assert [each.amount for each in schedule(plan, load_readings(file, plan))] == [540, 45, 0, None, None]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2025-12-31,1", "in no bill of this offtake; accepted: 2026-01-01 to the day before 2028-07-01"),
        ("2028-07-01,1", "in no bill of this offtake"),
        ("2026-01-01,-1", "not a count of units"),
        ("2026-01-01,1.5", "not a count of units"),
        ("01.02.2026,1", "not a date"),
    ],
)
def test_a_reading_that_counts_nowhere_is_refused(tmp_path: Path, row: str, reason: str) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(f"date,units\n{row}\n")
    with pytest.raises(ReadingsError, match=":2: ") as caught:
        load_readings(file, loads(PLAIN))
    assert reason in str(caught.value)


def test_greensboros_240_bills_are_the_deals_collections() -> None:
    """To the base unit: what the offtake bills is what the deal's flows say it collects."""
    plan = load(OFFTAKES / "greensboro.offtake.toml")
    bills = schedule(plan, load_readings(OFFTAKES / "greensboro-meter.csv", plan))
    flows = load_flows(DEALS / "greensboro-offtake.csv", load_deal(DEALS / "greensboro-solar.toml"))
    assert len(bills) == 240
    assert sum(each.amount or 0 for each in bills) == sum(flows.collections) == 19_057_181_010_412
    quarters = [sum(each.amount or 0 for each in bills[at : at + 3]) for at in range(0, 240, 3)]
    assert quarters == list(flows.collections) and flows.late == 0
    assert bills[0].amount == 51_805_660_000  # 563.105 MWh at 92.00, as in the flows of the deal alone
