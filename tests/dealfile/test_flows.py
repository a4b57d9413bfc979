"""Flows fall into the periods of a deal, and what cannot stand is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.dealfile import FlowsError, loads
from penstock.dealfile.flows import load_flows, loads_flows
from penstock.errors import FileRefused
from penstock.format import format_amount
from penstock.model.report import Report
from tests.dealfile.broken import BROKEN_FLOWS, SOUND, BrokenFlows

UNIT = 10**6
TERMS = loads(SOUND)
WRITING_DOWN = loads(SOUND.replace("decimals = 6", "decimals = 6\nwrite_down = true"))


def test_a_row_belongs_to_the_period_it_ends_in():
    text = "date,collections\n2026-01-02,1\n2026-04-01,2\n2026-04-02,4\n2028-01-01,8\n2028-01-02,16\n2050-01-01,32\n"
    flows = loads_flows(text, TERMS)
    assert flows.collections == (3 * UNIT, 4 * UNIT, 0, 0, 0, 0, 0, 8 * UNIT)
    assert flows.late == 48 * UNIT


def test_rows_need_no_order_and_the_last_date_counts():
    text = "date,asset_value,collections\n2026-03-31,9,1\n2026-02-01,7,1\n2026-03-31,,1\n2026-05-01,,0\n"
    flows = loads_flows(text, TERMS)
    assert flows.collections[0] == 3 * UNIT
    assert flows.reports[0] == Report(None, 9 * UNIT)
    assert flows.reports[1] == Report()


def test_an_asset_value_of_zero_is_a_report_and_an_empty_one_is_none():
    text = "date,collections,asset_value\n2026-02-01,0,7\n2026-03-01,0,0\n2026-05-01,0,0.00\n2026-08-01,0,\n"
    flows = loads_flows(text, TERMS)
    assert flows.reports[:3] == (Report(None, 0), Report(None, 0), Report())


def test_losses_of_a_period_add_up():
    flows = loads_flows("date,collections,loss\n2026-02-01,0,1.5\n2026-03-01,0,2\n2026-05-01,0,\n", WRITING_DOWN)
    assert [report.loss for report in flows.reports[:2]] == [3_500_000, None]


def test_a_zero_loss_is_no_loss():
    assert loads_flows("date,collections,loss\n2026-02-01,0,0.00\n", TERMS).reports[0].loss == 0


def test_blank_lines_quotes_spaces_and_windows_files_are_read(tmp_path: Path):
    path = tmp_path / "flows.csv"
    path.write_bytes(b'\xef\xbb\xbfdate, collections\r\n\r\n"2026-02-01" , "1_000.50"\r\n , \r\n')
    with pytest.raises(FlowsError, match=r"flows\.csv:3: \(the row\): not CSV"):
        load_flows(path, TERMS)  # nothing may stand between a quote and the comma after it
    path.write_bytes(b'\xef\xbb\xbfdate, collections\r\n\r\n"2026-02-01","1_000.50"\r\n , \r\n')
    assert load_flows(path, TERMS).collections[0] == 1_000_500_000


@pytest.mark.parametrize("broken", BROKEN_FLOWS, ids=lambda broken: broken.refusal[:50])
def test_each_mistake_gets_its_line(broken: BrokenFlows):
    with pytest.raises(FlowsError) as refused:
        loads_flows(broken.text, TERMS)
    assert str(refused.value) == f"flows.csv:{broken.refusal}"


def test_a_loss_after_the_last_period_is_refused():
    with pytest.raises(FlowsError, match=r'flows\.csv:2: loss = "1": a loss after the last period'):
        loads_flows("date,collections,loss\n2028-01-02,0,1\n", WRITING_DOWN)


def test_a_loss_on_the_last_accrual_date_is_of_the_last_period():
    assert loads_flows("date,collections,loss\n2028-01-01,0,1\n", WRITING_DOWN).reports[-1].loss == 10**6


def test_what_a_deal_takes_in_its_life_is_taken_to_the_last_unit():
    room = format_amount(TERMS.max_amount - TERMS.opening, TERMS.decimals)
    assert loads_flows(f"date,collections\n2026-02-01,{room}\n", TERMS).collections[0] > 0


def test_a_date_may_be_written_in_small_letters():
    assert loads_flows("date,collections\n2026-02-01t00:00:00z,1\n", TERMS).collections[0] == 10**6


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(FileRefused, match="No such file"):
        load_flows(tmp_path / "none.csv", TERMS)


ALL = "".join(f"{day},0\n" for day in TERMS.accrual_dates)


def notes(text: str) -> list[str]:
    """The notes on a flows file, without the words that begin each."""
    lines = loads_flows(text, TERMS).notes
    assert all(line.startswith("note: flows.csv: ") for line in lines)
    return [line.removeprefix("note: flows.csv: ") for line in lines]


def test_a_row_for_each_period_needs_no_note_be_it_of_zero():
    assert notes(f"date,collections\n{ALL}") == []


def test_flows_that_end_early_say_so():
    early = ALL.replace("2027-10-01,0\n2028-01-01,0\n", "")
    assert notes(f"date,collections\n{early}") == [
        "the last row is of 2027-07-01; nothing is collected in periods 7 to 8 (to 2027-10-01 … 2028-01-01)"
    ]
    assert notes(f"date,collections\n{early}2027-07-02,0\n") == [
        "the last row is of 2027-07-02; nothing is collected in period 8 (to 2028-01-01)"
    ]


def test_periods_without_a_row_are_named():
    rows = ALL.splitlines(keepends=True)
    assert notes("date,collections\n" + "".join(rows[1:3] + rows[5:])) == [
        "no row belongs to period 1 (to 2026-04-01), periods 4 to 5 (to 2027-01-01 … 2027-04-01); "
        "nothing is collected there"
    ]
    assert notes("date,collections\n" + "".join([*rows[1:6:2], *rows[6:]])) == [
        "no row belongs to period 1 (to 2026-04-01), period 3 (to 2026-10-01), period 5 (to 2027-04-01); "
        "nothing is collected there"
    ]
    assert notes("date,collections\n" + "".join(rows[1::2])) == [
        "no row belongs to period 1 (to 2026-04-01), period 3 (to 2026-10-01), period 5 (to 2027-04-01) and 1 more; "
        "nothing is collected there"
    ]
    assert notes("date,collections\n2030-01-01,5\n") == [
        "no row belongs to periods 1 to 8 (to 2026-04-01 … 2028-01-01); nothing is collected there"
    ]


def test_a_fee_on_an_asset_value_that_is_not_given_is_named():
    text = SOUND.replace(
        'fixed = "2_000.00"', 'annual = "0.01"\nof = "asset_value"\nfrom = 2026-07-01\nuntil = 2027-10-01'
    )
    days = [str(day) for day in TERMS.accrual_dates]
    values = ["", "", "5", "", "0", "", "", ""]  # 0 is a value; the first and the last period are not in the window
    rows = "".join(f"{day},1,{value}\n" for day, value in zip(days, values, strict=True))
    assert loads_flows(f"date,collections,asset_value\n{rows}", loads(text)).notes == (
        "note: flows.csv: no asset_value for period 2 (to 2026-07-01), period 4 (to 2027-01-01), "
        "periods 6 to 7 (to 2027-07-01 … 2027-10-01); the fee om is not charged there",
    )
    assert loads_flows(f"date,collections,asset_value\n{rows}", TERMS).notes == ()


def test_an_asset_value_after_the_last_period_is_not_read():
    late = f"date,collections,asset_value\n{ALL.replace(',0', ',0,5')}2028-01-02,1,"
    assert notes(late) == []
    assert notes(f"{late}0") == ["an asset value after the last period, 2028-01-01, is not read"]
    assert loads_flows(f"{late}0", TERMS).reports[-1] == Report(None, 5 * UNIT)


@pytest.mark.parametrize("header", ["date;collections;a, b, c, d", ";collections;a, b, c, d"])
def test_what_separates_cells_is_what_gives_the_columns_that_are_needed(header: str):
    flows = loads_flows(f"{header}\n2026-02-01;5;x\n", TERMS)
    assert flows.collections[0] == 5 * 10**6
    assert flows.notes[0].startswith('note: flows.csv: not read: "a, b, c, d"; ')


def test_empty_cells_beyond_the_header_hide_no_value():
    assert loads_flows("date,collections\n2026-02-01,5,,\n", TERMS).collections[0] == 5 * 10**6
    with pytest.raises(FlowsError, match="4 values; accepted: 2 values"):
        loads_flows("date,collections\n2026-02-01,5,,x\n", TERMS)


def test_a_name_somewhat_like_a_known_one_is_not_read():
    (note, *_) = notes("date,collections,asset\n2026-02-01,5,1\n")
    assert note.startswith('not read: "asset" (did you mean asset_value?); ')


def test_columns_that_are_not_read_are_named_with_the_nearest_that_is():
    header, row = "date,collections,Energy (MWh),Note,values", "2026-02-01,1,about 7,a snowy month,9"
    (line, *_) = notes(f"{header}\n{row}\n")
    assert line == (
        'not read: "Energy (MWh)", "Note", "values" (did you mean asset_value?); '
        "columns that are read: date, collections, asset_value, loss"
    )
    (line, *_) = notes(f"{header},asset_value\n{row},9\n")
    assert '"values";' in line, "a column that is there is not suggested"
    assert notes("date,collections,a,b,c,d,e,f,g,h\n2026-02-01,1" + "," * 8)[0].startswith(
        'not read: "a", "b", "c", "d", "e", "f", "g", "h"; '
    )
    assert notes("date,collections,a,b,c,d,e,f,g,h,i\n2026-02-01,1" + "," * 9)[0].startswith(
        'not read: "a", "b", "c", "d", "e", "f", "g", "h" and 1 more; '
    )


def test_a_strange_name_of_a_file_or_column_stays_on_one_line():
    (line, *_) = loads_flows('date,collections,"a\nnote: b\x1b[2J"\n2026-02-01,1,\n', TERMS, "a\nb").notes
    assert line.startswith('note: a\\u000ab: not read: "') and line.isprintable()


REPORTING = loads(
    SOUND.replace(
        "[ladder]",
        '[[field]]\nid = "availability"\nunit = "ratio"\n[[field]]\nid = "kwh"\nunit = "count"\n'
        '[[field]]\nid = "power_cost"\nunit = "amount"\n\n[ladder]',
    )
)


def test_a_declared_field_has_a_column_and_each_its_unit():
    text = "date,collections,power_cost,Availability,kwh\n2026-02-01,1,12.5,0.985,1250\n2026-05-01,1,,0,\n"
    flows = loads_flows(text, REPORTING)
    assert flows.reports[0] == Report(None, None, (985 * 10**15, 1250, 12_500_000))
    assert flows.reports[1] == Report(None, None, (0, None, None))
    assert flows.reports[2].is_silence


def test_of_several_values_the_last_counts_and_a_note_says_so():
    text = "date,collections,kwh\n2026-02-01,1,5\n2026-03-01,1,7\n2026-03-05,1,\n2028-02-01,1,9\n"
    flows = loads_flows(text, REPORTING)
    assert flows.reports[0].fields == (None, 7, None)
    assert flows.notes[-2:] == (
        "note: flows.csv: a value of kwh after the last period, 2028-01-01, is not read",
        "note: flows.csv: several values of kwh in period 1 (to 2026-04-01): the last counts",
    )


@pytest.mark.parametrize(
    ("column", "cell", "refusal"),
    [
        ("kwh", "1.5", '2: kwh = "1.5": 1 decimal; accepted: a whole number of 0 or more, such as 1250'),
        ("kwh", "-1", '2: kwh = "-1": negative; accepted: a whole number of 0 or more, such as 1250'),
        (
            "availability",
            "98 %",
            '2: availability = "98 %": not a percentage: 6.25 % is written 0.0625; accepted: a ratio of 0 or more with '
            "at most 18 decimals, such as 0.985",
        ),
    ],
)
def test_a_field_that_is_not_of_its_unit_is_refused(column: str, cell: str, refusal: str):
    with pytest.raises(FlowsError) as caught:
        loads_flows(f"date,collections,{column}\n2026-02-01,1,{cell}\n", REPORTING)
    assert str(caught.value) == f"flows.csv:{refusal}"


def test_a_column_of_a_field_that_is_not_declared_is_not_read():
    assert (
        loads_flows("date,collections,kwh\n2026-02-01,1,5\n", TERMS)
        .notes[0]
        .startswith('note: flows.csv: not read: "kwh"')
    )


CALLABLE = loads(SOUND.replace("[ladder]", '[call]\nby = "sponsor"\nbelow = "0.5"\n[ladder]'))


@pytest.mark.parametrize("cells", ["1", "1 0 1", "0 1"], ids=["one row", "two rows of its period", "the second"])
def test_a_call_belongs_to_the_period_of_its_row(cells: str):
    rows = "".join(f"2026-05-0{day},1,{cell}\n" for day, cell in enumerate(cells.split(), start=1))
    flows = loads_flows(f"date,collections,call\n2026-02-01,1,\n{rows}2028-01-01,1,0\n", CALLABLE)
    assert flows.called == 2
    assert "what comes after period 2 (to 2026-07-01), which is called, is equity's" in flows.notes[-1]


def test_flows_without_a_call_have_none():
    flows = loads_flows("date,collections,call\n2026-02-01,1,0\n2028-01-01,1,\n", CALLABLE)
    assert (flows.called, flows.call) == (0, None)


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        (
            "2026-02-01,1,yes\n",
            'flows.csv:2: call = "yes": neither yes nor no; accepted: 1 for a call, 0 or nothing for',
        ),
        (
            "2026-02-01,1,1\n2026-05-01,1,1\n",
            'flows.csv:3: call = "1": period 1 (to 2026-04-01) is called already, which ends the deal; accepted: one',
        ),
        ("2028-01-02,1,1\n", 'flows.csv:2: call = "1": a call after the last period; accepted: a date to 2028-01-01'),
    ],
    ids=["another value", "two periods", "after the last"],
)
def test_a_call_that_cannot_be_is_refused_with_its_line(rows: str, refusal: str):
    with pytest.raises(FlowsError) as refused:
        loads_flows(f"date,collections,call\n{rows}", CALLABLE)
    assert str(refused.value).startswith(refusal)


def test_a_deal_that_cannot_be_called_has_no_such_column_and_refuses_a_call():
    assert loads_flows("date,collections,call\n2026-02-01,1,0\n", TERMS).called == 0
    with pytest.raises(FlowsError) as refused:
        loads_flows("date,collections,call\n2026-02-01,1,1\n", TERMS)
    assert str(refused.value) == (
        'flows.csv:2: call = "1": this deal cannot be called; accepted: 0, or [call] in the deal file'
    )
