"""Flows fall into the periods of a deal, and what cannot stand is refused with its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from penstock.dealfile import FlowsError, loads
from penstock.dealfile.flows import load_flows, loads_flows
from penstock.errors import FileRefused
from penstock.model.deal import Report
from tests.dealfile.broken import SOUND

UNIT = 10**6
TERMS = loads(SOUND)
WRITING_DOWN = loads(SOUND.replace("decimals = 6", "decimals = 6\nwrite_down = true"))


def test_a_row_belongs_to_the_period_it_ends_in():
    text = "date,collections\n2026-01-02,1\n2026-04-01,2\n2026-04-02,4\n2028-01-01,8\n2028-01-02,16\n2050-01-01,32\n"
    flows = loads_flows(text, TERMS)
    assert flows.collections == (3 * UNIT, 4 * UNIT, 0, 0, 0, 0, 0, 8 * UNIT)
    assert flows.late == 48 * UNIT


def test_rows_need_no_order_and_the_last_date_counts():
    text = "date,asset_value,collections,availability\n2026-03-31,9,1,0.9\n2026-02-01,7,1,0.7\n2026-03-31,,1,-0.5\n"
    flows = loads_flows(text, TERMS)
    assert flows.collections[0] == 3 * UNIT
    assert flows.reports[0] == Report(0, 9 * UNIT)
    assert flows.fields[0] == {"availability": Decimal("-0.5")}
    assert flows.reports[1] == Report(0, None)
    assert flows.fields[1] == {}


def test_losses_of_a_period_add_up():
    flows = loads_flows("date,collections,loss\n2026-02-01,0,1.5\n2026-03-01,0,2\n2026-05-01,0,\n", WRITING_DOWN)
    assert [report.loss for report in flows.reports[:2]] == [3_500_000, 0]


def test_a_zero_loss_is_no_loss():
    assert loads_flows("date,collections,loss\n2026-02-01,0,0.00\n", TERMS).reports[0].loss == 0


def test_blank_lines_quotes_spaces_and_windows_files_are_read(tmp_path: Path):
    path = tmp_path / "flows.csv"
    path.write_bytes(b'\xef\xbb\xbfdate, collections\r\n\r\n"2026-02-01" , "1_000.50"\r\n , \r\n')
    with pytest.raises(FlowsError, match=r"flows\.csv:3: \(the row\): not CSV"):
        load_flows(path, TERMS)  # nothing may stand between a quote and the comma after it
    path.write_bytes(b'\xef\xbb\xbfdate, collections\r\n\r\n"2026-02-01","1_000.50"\r\n , \r\n')
    assert load_flows(path, TERMS).collections[0] == 1_000_500_000


def test_a_header_alone_is_years_without_revenue():
    flows = loads_flows("date,collections\n", TERMS)
    assert flows.collections == (0,) * 8
    assert flows.late == 0


BAD = [
    ("", '1: (the row): no column "date"; accepted: date,collections[,asset_value][,loss][,<report fields>]'),
    ("date,amount", '1: "date,amount": no column "collections"; accepted: '
     "date,collections[,asset_value][,loss][,<report fields>]"),
    ("date,collections,date", '1: "date": the same column twice; accepted: '
     "date,collections[,asset_value][,loss][,<report fields>]"),
    ("date,collections,Energy", '1: "Energy": not a column\'s name; accepted: '
     "a lower-case letter, then letters, digits and _"),
    ("date,collections,losses", '1: "losses": did you mean "loss"?; accepted: loss, or a name less like it'),
    ("date,collections\n2026-02-01", '2: "2026-02-01": 1 values; accepted: 2 values, as in the header'),
    ("date,collections\n\n2026-02-01,1,2", '3: "2026-02-01,1,2": 3 values; accepted: 2 values, as in the header'),
    ("date,collections\n01/02/2026,1", '2: date = "01/02/2026": not a date; accepted: a date such as 2026-04-01'),
    ("date,collections\n20260201,1", '2: date = "20260201": not a date; accepted: a date such as 2026-04-01'),
    ("date,collections\n2026-02-30,1", '2: date = "2026-02-30": not a date; accepted: a date such as 2026-04-01'),
    ("date,collections\n2026-01-01,1", '2: date = "2026-01-01": not after closing; accepted: a date after 2026-01-01'),
    ("date,collections\n2026-02-01,", '2: collections = "": empty; accepted: an amount, 0 for nothing'),
    ("date,collections\n2026-02-01,-1", '2: collections = "-1": negative; accepted: '
     "an amount of 0 or more with at most 6 decimals, such as 1250.50"),
    ('date,collections\n2026-02-01,"1,000"',
     '2: collections = "1,000": a comma is not a thousands separator here; accepted: '
     "an amount of 0 or more with at most 6 decimals, such as 1250.50"),
    ("date,collections\n2026-02-01,1e6", '2: collections = "1e6": not a decimal number; accepted: '
     "an amount of 0 or more with at most 6 decimals, such as 1250.50"),
    ("date,collections\n2026-02-01,0.0000001", '2: collections = "0.0000001": 7 decimals, the asset has 6; accepted: '
     "an amount of 0 or more with at most 6 decimals, such as 1250.50"),
    ("date,collections\n2026-02-01,99999999999999999999999999", '2: collections = "99999999999999999999999999": '
     "too large for the chain; accepted: an amount of 0 or more with at most 6 decimals, such as 1250.50"),
    ("date,collections\n2026-02-01,40000000000\n2026-12-02,40000000000",
     '3: collections = "…": adds up to more than the deal takes in its life; accepted: at most 72057594037.927935, '
     "opening reserves included; lifetime_cash in the deal file makes room for more"),
    ("date,collections,loss\n2026-02-01,0,5", '2: loss = "5": this deal does not write down; accepted: '
     "0, or write_down = true in [deal]"),
    ("date,collections,energy\n2026-02-01,0,lots", '2: energy = "lots": not a number; accepted: '
     "a decimal number such as 0.985 or -3"),
    ('date,collections\n2026-02-01,"1', "2: (the row): not CSV: unexpected end of data; accepted: "
     "date,collections[,asset_value][,loss][,<report fields>]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "refusal"), BAD, ids=[refusal[:50] for _, refusal in BAD])
def test_each_mistake_gets_its_line(text: str, refusal: str):
    with pytest.raises(FlowsError) as refused:
        loads_flows(text, TERMS)
    assert str(refused.value) == f"flows.csv:{refusal}"


def test_a_loss_after_the_last_period_is_refused():
    with pytest.raises(FlowsError, match=r'flows\.csv:2: loss = "1": a loss after the last period'):
        loads_flows("date,collections,loss\n2028-01-02,0,1\n", WRITING_DOWN)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(FileRefused, match="No such file"):
        load_flows(tmp_path / "none.csv", TERMS)
