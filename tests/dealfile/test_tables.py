"""
Tables as people have them, read alike for flows and for allocations.

given a header in any case, cells separated by commas, semicolons or tabs, UTF-8 or UTF-16
    the same rows should be read
given the index that pandas writes into a first column without a name
    dates should be the dates, and numbers of rows should be left out with a note
given a workbook or other bytes that are not text
    one line should say what it is and how to save it
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from penstock.dealfile import FlowsError, loads
from penstock.dealfile.allocation import AllocationError, load_allocation, loads_allocation
from penstock.dealfile.flows import load_flows, loads_flows
from penstock.deploy.run import make_order
from penstock.errors import FileRefused
from tests.dealfile.broken import SOUND
from tests.fixtures.actors import HOLDER, OTHER
from tests.fixtures.cli import MINIMAL, ROOT, penstock, refused

UNIT = 10**6
TERMS = loads(SOUND)
SMALL = loads((ROOT / MINIMAL).read_text(encoding="utf-8"))
PLAIN = "date,collections,asset_value\n2026-06-30,1250.5,9\n2026-12-31,0,8\n2027-06-30,7,\n2027-12-31,1,0\n"
HOLDERS = f"holder,tranche,shares\n{HOLDER},senior,99000.5\n{OTHER},senior,999.5\n{HOLDER},equity,1000000\n"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace("date", "Date").replace("collections", "COLLECTIONS"), id="case"),
        pytest.param(lambda text: text.replace("asset_value", "Asset Value"), id="a space in a name"),
        pytest.param(lambda text: text.replace(",", ";"), id="semicolons"),
        pytest.param(lambda text: text.replace(",", "\t"), id="tabs"),
        pytest.param(lambda text: text.replace(",", " ; "), id="spaces"),
        pytest.param(lambda text: "sep=;\n" + text.replace(",", ";"), id="a line for Excel"),
        pytest.param(lambda text: "sep=,\r\n" + text.replace("\n", "\r\n"), id="a line for Excel, by comma"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="Windows"),
        pytest.param(lambda text: text.replace("\n", ",,\n"), id="empty columns"),
        pytest.param(lambda text: text.replace("0,8\n", "0,8,,\n") + ",,\n", id="empty cells"),
        pytest.param(lambda text: text.replace("-30,", "-30 00:00:00,"), id="midnight"),
        pytest.param(lambda text: text.replace("-30,", "-30T00:00:00Z,"), id="midnight, ISO"),
        pytest.param(lambda text: text.replace("-30,", "-30 00:00:00.000000+00:00,"), id="midnight, pandas"),
        pytest.param(lambda text: text.replace("-31,", "-31T00:00,"), id="midnight, short"),
        pytest.param(lambda text: text.replace("date,", ","), id="dates as an index"),
    ],
)
def test_one_table_may_be_written_in_many_ways(change) -> None:
    assert change(PLAIN) != PLAIN
    assert loads_flows(change(PLAIN), SMALL) == loads_flows(PLAIN, SMALL)


@pytest.mark.parametrize("first", ["date,collections", "Collections ; Date", '"date"\t"collections"'])
def test_what_was_read_is_right(first: str) -> None:
    """The other tests compare two ways; here the amounts are named."""
    sign = next(sign for sign in ",;\t" if sign in first)
    swapped = first.startswith("Coll")
    rows = [("2026-06-30", "1.5"), ("2027-12-31", "20")]
    text = first + "".join("\n" + sign.join(reversed(row) if swapped else row) for row in rows)
    assert loads_flows(text, SMALL).collections == (1_500_000, 0, 0, 20 * UNIT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le"])
def test_text_in_utf_8_and_utf_16_is_read(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding in ("utf-16-be", "utf-16-le") else ""
    flows, holders = tmp_path / "flows.csv", tmp_path / "who.csv"
    flows.write_bytes((mark + PLAIN).encode(encoding))
    holders.write_bytes((mark + HOLDERS.replace(",", "\t")).encode(encoding))
    assert load_flows(flows, SMALL) == loads_flows(PLAIN, SMALL)
    assert load_allocation(holders, SMALL) == loads_allocation(HOLDERS, SMALL)


def test_a_deal_file_in_utf_16_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "deal.toml").write_bytes(SOUND.encode("utf-16"))
    assert penstock("check", str(tmp_path / "deal.toml")).stdout.startswith("Sound\n")


def test_row_numbers_of_pandas_are_left_out_with_a_note() -> None:
    header, *rows = PLAIN.splitlines()
    numbered = "\n".join([f",{header}", *(f"{index},{row}" for index, row in enumerate(rows))])
    flows = loads_flows(numbered, SMALL)
    plain = loads_flows(PLAIN, SMALL)
    assert (flows.collections, flows.reports) == (plain.collections, plain.reports)
    assert flows.notes == (
        "note: flows.csv: not read: the first column, which counts the rows; "
        "columns that are read: date, collections, asset_value, loss",
    )


@pytest.mark.parametrize("numbers", ["00", "10", "1x", "1,"])
def test_a_first_column_without_a_name_must_count_the_rows_or_be_the_date(numbers: str) -> None:
    first, second = numbers.replace(",", " ")
    text = f",date,collections\n{first},2026-06-30,1\n{second},2026-07-30,1\n"
    with pytest.raises(FlowsError, match="the first column has no name and does not count the rows"):
        loads_flows(text, SMALL)


def test_numbers_of_rows_have_nineteen_digits_at_most() -> None:
    rows = [f",{line}" if at == 0 else f"{{}}{at},{line}" for at, line in enumerate(PLAIN.splitlines())]
    assert loads_flows("\n".join(rows).format(*["1" * 18] * 4), SMALL).notes
    with pytest.raises(FlowsError, match="the first column has no name and does not count the rows"):
        loads_flows("\n".join(rows).format(*["1" * 19] * 4), SMALL)


def test_a_first_column_without_name_and_content_is_left_out() -> None:
    text = "".join(f",{line}\n" for line in PLAIN.splitlines())
    assert loads_flows(text, SMALL) == loads_flows(PLAIN, SMALL)


def test_a_point_that_must_be_a_decimal_sign_settles_all_others() -> None:
    for text in ("2026-02-01;30.000\n2026-03-01;0.125", "2026-02-01;0.5\n2026-03-01;30.000", "2026-02-01;1234.567"):
        flows = loads_flows(f"date;collections\n{text}\n", TERMS)
        assert flows.collections[0] in (30_125_000, 30_500_000, 1_234_567_000)
    assert loads_flows("date,collections\n2026-02-01,30.000\n", TERMS).collections[0] == 30 * UNIT


def workbook(**parts: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return kept.getvalue()


SAVE = 'not text; accepted: text; in a spreadsheet, File, Save As, "CSV UTF-8 (comma delimited)"'
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ZERO = "a zero byte: no text, or UTF-16 without a byte-order mark"
MARKED = "accepted: UTF-8, or UTF-16 with a byte-order mark"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (workbook(**{"[Content_Types].xml": "", "xl/workbook.xml": ""}), f": an Excel workbook (.xlsx), {SAVE}"),
        (workbook(mimetype=ODS), f": an OpenDocument spreadsheet (.ods), {SAVE}"),
        (workbook(**{"Index/Document.iwa": ""}), f": a zip archive, as spreadsheets are, {SAVE}"),
        (b"PK\x03\x04 cut off", f": a zip archive, as spreadsheets are, {SAVE}"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), f": a workbook of an old Excel (.xls), {SAVE}"),
        (b"date,collections\n\xe9", f":2: not UTF-8 text at byte 18; {MARKED}"),
        (b"\xef\xbb\xbfdate\n\xe9", f":2: not UTF-8 text at byte 9; {MARKED}"),
        (b"\xff\xfed\0\n\0x", f":2: not UTF-16 text at byte 7; {MARKED}"),
        ("date\ncollections".encode("utf-16-le"), f":1: {ZERO}; {MARKED}"),
        (b"date\nd\0", f":2: {ZERO}; {MARKED}"),
    ],
    ids=lambda part: part[:40] if isinstance(part, str) else "",
)  # fmt: skip
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "book.xlsx"
    file.write_bytes(content)
    for load in (load_flows, load_allocation):
        with pytest.raises(FileRefused) as error:
            load(file, SMALL)
        assert str(error.value) == f"{file}{said}"
    refused(penstock("simulate", str(ROOT / MINIMAL), "--flows", str(file)), said)


def test_an_allocation_is_read_in_the_same_ways() -> None:
    plain = loads_allocation(HOLDERS, SMALL)
    assert [each.shares for each in plain.allotments] == [99_000_500_000, 999_500_000, 10**12]
    for text in (
        HOLDERS.replace(",", ";").replace("holder", "Holder"),
        HOLDERS.replace(",", "\t"),
        "".join(",".join(reversed(line.split(","))) + "\n" for line in HOLDERS.split()),
    ):
        assert loads_allocation(text, SMALL) == plain
    named = "".join(
        f"{word},{line}\n" for word, line in zip(("Name", "Ann", "Ann", "Bob"), HOLDERS.split(), strict=True)
    )
    read = loads_allocation(named, SMALL, "who.csv")
    assert read.allotments == plain.allotments
    assert read.notes == ('note: who.csv: not read: "Name"; columns that are read: holder, tranche, shares',)


COLUMNS = "holder,tranche,shares"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", f"1: (the row): empty; accepted: {COLUMNS}"),
        (f"{COLUMNS}\n", f'1: "{COLUMNS}": a header without rows; accepted: {COLUMNS} and rows'),
        ("holder,tranche\n0x,senior\n", f'1: "holder,tranche": no column "shares"; accepted: {COLUMNS}'),
        (
            HOLDERS.replace("holder", ""),
            '1: ",tranche,shares": the first column has no name and does not count the rows; '
            f"accepted: a name for it, or {COLUMNS}",
        ),
        (
            HOLDERS.replace("999.5", '"999,5"'),
            '3: shares = "999,5": the decimal sign is a point here, not a comma; '
            "accepted: shares above 0 with at most 6 decimals, such as 1000",
        ),
        (
            HOLDERS.replace("999.5", "1000"),
            '3: shares = "1000": more than are left; accepted: at most 999.5, which are left of senior',
        ),
        (
            HOLDERS.replace("999.5", "999"),
            '4: tranche = "senior": shares not allotted: 0.5; accepted: lines that add up to 100000',
        ),
    ],
)
def test_an_allocation_is_refused_in_the_same_way(text: str, said: str) -> None:
    with pytest.raises(AllocationError) as error:
        loads_allocation(text, SMALL, "who.csv")
    assert str(error.value) == f"who.csv:{said}"


def test_the_notes_on_an_allocation_are_logged_when_an_order_is_made(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The command prints what is logged on standard error."""
    file = tmp_path / "who.csv"
    file.write_text("".join(f"{word},{line}\n" for word, line in zip("NABC", HOLDERS.split(), strict=True)))
    caplog.set_level("INFO", "penstock")
    order = make_order(ROOT / MINIMAL, HOLDER, allocation=file)
    assert [each.shares for each in order.allotments] == [99_000_500_000, 999_500_000, 10**12]
    assert caplog.messages == [f'note: {file}: not read: "N"; columns that are read: holder, tranche, shares']
