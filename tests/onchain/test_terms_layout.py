"""
One table of the terms' layout.

what is written from the table
    it should be what is in the tree: the contracts' offsets, TERMS_FORMAT and SPEC
the codes of kinds
    it should be the same in Types.sol and in the model
the header
    it should have policy to flags in one word, which a transfer reads
    it should be refused with a format that is not known
a deal of sixteen tranches
    it should fit
"""

from __future__ import annotations

import re
from enum import IntEnum, IntFlag
from pathlib import Path

import pytest

from penstock.model.terms import MAX_FIELDS, ArrearsRule, FeeBase, RungKind
from penstock.onchain import terms_layout as layout
from penstock.onchain.reports import STANDARD_FIELDS
from penstock.onchain.terms_decode import decode_terms
from penstock.onchain.terms_encode import encode_terms
from penstock.onchain.terms_header import TermsHeader
from penstock.onchain.terms_layout import FORMAT, PARTS, TRANCHE_ROOM, Field, Header, Part, TermsRefused
from tests.contracts.deals import WHOLE
from tests.onchain.deals import SIXTEEN_TRANCHES
from tools import terms_layout as tool

ROOT = Path(__file__).parents[2]
TYPES = (ROOT / "contracts" / "types" / "Types.sol").read_text()
CONSTANTS = {
    name: int(value)
    for name, value in re.findall(r"^\w+ constant (\w+) = (?:\w+\.wrap\()?(\d+)\)?;", TYPES, re.MULTILINE)
}
CODES = [code for part in PARTS for field in part.fields() for code in field.codes]
PREFIXES = {"ArrearsRule": "ARREARS_", "FeeBase": "OF_", "FeeFlag": "FEE_", "Reset": "RESET_", "Unit": "UNIT_"}
NOT_PREFIXED = (ArrearsRule.CAPITALISE, FeeBase.FIXED, FeeBase.LISTED)
PAYEES = {"operator": "0x" + "4" * 40, "agent": "0x" + "6" * 40}
PACKED = encode_terms(WHOLE, "0x" + "1" * 40, PAYEES)


@pytest.mark.parametrize("file", tool.written(), ids=lambda file: str(file.relative_to(ROOT)))
def test_what_follows_from_the_table_is_written(file: Path) -> None:
    there, wanted = file.read_text().splitlines(), tool.written()[file].splitlines()
    outdated = [line for line in there if line not in wanted] + [line for line in wanted if line not in there]
    assert not outdated, "run python -m tools.terms_layout"
    assert there == wanted


WIDTHS = {
    name: int(bits) // 8
    for name, bits in re.findall(r"constant (\w+) = .*\(256 - (\d+)\)\);", tool.SOLIDITY.read_text())
}
FIELDS = [(part, field) for part in PARTS for field in part.fields()]


@pytest.mark.parametrize(("part", "field"), FIELDS, ids=[f"{part.__name__}.{field.name}" for part, field in FIELDS])
def test_a_field_is_as_wide_in_the_contracts(part: type[Part], field: Field) -> None:
    assert WIDTHS[tool.constant(part, field)] == field.width


def solidity_name(code: IntEnum | IntFlag) -> str:
    prefix = "" if any(code is each for each in NOT_PREFIXED) else PREFIXES.get(type(code).__name__, "")
    return f"{prefix}{code.name}"


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{type(code).__name__}.{code.name}")
def test_codes_are_the_same_in_the_contracts(code: IntEnum | IntFlag) -> None:
    assert CONSTANTS[solidity_name(code)] == code


def test_constants_of_the_layout_are_the_same_in_the_contracts() -> None:
    assert (CONSTANTS["NONE"], CONSTANTS["PASSING"]) == (layout.NONE, layout.PASSING)
    assert CONSTANTS["MAX_TRANCHES"] == TRANCHE_ROOM
    assert CONSTANTS["STANDARD_FIELDS"] == len(STANDARD_FIELDS)
    assert CONSTANTS["MAX_FIELDS"] == len(STANDARD_FIELDS) + MAX_FIELDS


def test_policy_to_flags_is_one_word() -> None:
    assert Header.field("flags").end - Header.field("policy").offset == 32


def test_fields_begin_within_the_byte_that_the_contracts_have_for_it() -> None:
    assert max(field.offset for part in PARTS for field in part.fields()) < 256


def test_bitmaps_are_in_the_order_of_the_kinds() -> None:
    """TermsLib finds a kind's bitmap by the kind's code, counted from the end."""
    fields = layout.Reserve.fields()[-5:]
    assert [field.name for field in reversed(fields)] == [kind.name.lower() for kind in list(RungKind)[:5]]
    assert {8 * field.width for field in fields} == {TRANCHE_ROOM}


@pytest.mark.parametrize("format", [0, FORMAT + 1, 255])
def test_an_unknown_format_is_refused(format: int) -> None:
    changed = bytes([format]) + PACKED[1:]
    for read in (decode_terms, TermsHeader):
        with pytest.raises(TermsRefused) as refused:
            read(changed)
        assert str(refused.value) == f"the terms have format {format}; only format {FORMAT} can be read"


def test_a_code_that_is_none_is_refused() -> None:
    header = Header.read(PACKED, 0)
    for at in (header.tests_at + layout.Test.field("metric").offset, header.normal_at, header.fees_at):
        changed = bytearray(PACKED)
        changed[at] = 200
        with pytest.raises(TermsRefused) as refused:
            decode_terms(bytes(changed))
        assert "200 is not a valid" in str(refused.value)


def test_sixteen_tranches_fit() -> None:
    found = decode_terms(encode_terms(SIXTEEN_TRANCHES, "0x" + "1" * 40, PAYEES)).terms
    assert found.tranches == SIXTEEN_TRANCHES.tranches
    assert found.reserves[0].supports == SIXTEEN_TRANCHES.reserves[0].supports
