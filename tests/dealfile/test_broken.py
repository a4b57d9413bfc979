"""Every mistake is refused with one line that names file, line, key, value and what would be accepted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from penstock.dealfile import DealFileError, load, loads
from penstock.errors import FileRefused, PenstockError
from tests.dealfile.broken import BROKEN, SOUND, Broken, page

ROOT = Path(__file__).parents[2]


def test_the_file_that_is_broken_in_the_table_is_sound_before():
    assert loads(SOUND).periods == 8


def test_the_table_is_long_enough():
    assert len(BROKEN) >= 100
    assert len({each.refusal for each in BROKEN}) == len(BROKEN)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.refusal.split(";")[0][:70])
def test_each_mistake_gets_its_line(broken: Broken):
    with pytest.raises(DealFileError) as refused:
        loads(broken.text, "deal.toml")
    shown, expected = str(refused.value), f"deal.toml:{broken.refusal}"
    if ": not TOML: " in expected:  # the parser's own words change between its versions
        shown, expected = (
            re.sub(": not TOML: .*; accepted: ", ": not TOML; accepted: ", text) for text in (shown, expected)
        )
    assert shown == expected
    assert "\n" not in str(refused.value)


def test_the_page_of_errors_is_this_table():
    assert (ROOT / "docs" / "ERRORS.md").read_text(encoding="utf-8") == page()


def test_a_refusal_holds_its_parts():
    with pytest.raises(PenstockError) as refused:
        loads(SOUND.replace('"0.06"', '"6%"'), "x.toml")
    error = refused.value
    assert isinstance(error, DealFileError)
    assert (error.file, error.line, error.key, error.value) == ("x.toml", 14, "tranche.senior.coupon", '"6%"')
    assert error.reason.startswith("not a percentage")
    assert error.accepted.startswith("a rate as a string")


@pytest.mark.parametrize("text", ["a\u2028b", "a\x7fb", "a\\nb", "{reason}", "[bold]x[/]"])
def test_strange_text_stays_on_one_line(text: str):
    with pytest.raises(DealFileError) as refused:
        loads(SOUND.replace('id = "senior"', f"id = '{text}'" if text != "a\x7fb" else 'id = "a\\u007fb"'))
    assert len(str(refused.value).splitlines()) == 1
    assert str(refused.value).isprintable()


def test_a_byte_order_mark_and_windows_line_ends_are_no_mistake(tmp_path: Path):
    path = tmp_path / "deal.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SOUND.replace("\n", "\r\n").encode())
    assert load(path) == loads(SOUND)


def test_windows_line_ends_keep_the_line_numbers(tmp_path: Path):
    path = tmp_path / "deal.toml"
    path.write_bytes(SOUND.replace('"0.06"', '"six"').replace("\n", "\r\n").encode())
    with pytest.raises(DealFileError, match=r"deal\.toml:14: tranche\.senior\.coupon"):
        load(path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# nothing\n"])
def test_an_empty_file_lacks_its_first_table(tmp_path: Path, content: bytes):
    path = tmp_path / "deal.toml"
    path.write_bytes(content)
    with pytest.raises(DealFileError, match=r":1: deal = \(missing\): required; accepted: one table \[deal\]"):
        load(path)


def test_a_file_that_is_not_text_says_where(tmp_path: Path):
    path = tmp_path / "deal.toml"
    path.write_bytes(b'[deal]\nname = "\xff"\n')
    with pytest.raises(FileRefused, match=r"deal\.toml:2: not UTF-8 text at byte 16"):
        load(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path):
    with pytest.raises(FileRefused, match="No such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(FileRefused, match="directory"):
        load(tmp_path)
    with pytest.raises(FileRefused):
        load("a\0b")


@pytest.mark.parametrize("text", ["x = " + "[" * 5000 + "]" * 5000, "x = " + "9" * 5000])
def test_what_would_exhaust_the_parser_is_refused(text: str):
    with pytest.raises(DealFileError):
        loads(text)


@pytest.mark.parametrize(("lists", "reason"), [(30, "unknown"), (31, "not readable: nested too deeply")])
def test_tables_and_lists_lie_in_each_other_thirty_two_deep_at_most(lists: int, reason: str):
    # Around them are the file and its last table.
    with pytest.raises(DealFileError, match=reason):
        loads(SOUND + "x = " + "[" * lists + "]" * lists)
