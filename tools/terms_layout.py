"""
Writes what follows from the layout of the terms: contracts/types/TermsLayout.sol, docs/TERMS_FORMAT.md and the table of
the terms in docs/SPEC.md.

    python -m tools.terms_layout

A test compares what it would write with what is there.
"""

from __future__ import annotations

import re
from pathlib import Path

from penstock.onchain.terms_layout import FORMAT, PARTS, Field, Part

ROOT = Path(__file__).parents[1]
SOLIDITY = ROOT / "contracts" / "types" / "TermsLayout.sol"
PAGE = ROOT / "docs" / "TERMS_FORMAT.md"
SPEC = ROOT / "docs" / "SPEC.md"

BEGIN, END = "<!-- written by python -m tools.terms_layout -->\n", "<!-- end -->\n"

SOLIDITY_HEAD = """\
// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev A field of a part of the terms. From the lowest bits: how many bits of a word it leaves free (8), the byte of
/// its part at which it begins (8), how many bits of its part are behind it.
type TermsField is uint256;

/// @title TermsLayout
/// @notice Where each field of the terms is: docs/TERMS_FORMAT.md.
/// @dev Written by `python -m tools.terms_layout` from penstock/onchain/terms_layout.py.
library TermsLayout {
    uint256 internal constant FORMAT = %d;
"""


def written() -> dict[Path, str]:
    """Each file that follows from the layout, as it should be."""
    return {
        SOLIDITY: SOLIDITY_HEAD % FORMAT + "".join(map(_constants, PARTS)) + "}\n",
        PAGE: _between(PAGE, "".join(map(_section, PARTS)) + "\n"),
        SPEC: _between(SPEC, "\n| part | fields (bytes) |\n|---|---|\n" + "".join(map(_row, PARTS)) + "\n"),
    }


def _between(page: Path, text: str) -> str:
    """A page with another text between its two comments."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + text + END + rest.partition(END)[2]


def constant(part: type[Part], field: Field) -> str:
    """What the contracts call a field."""
    return f"{_prefix(part)}_{field.name.upper()}"


def _prefix(part: type[Part]) -> str:
    return "_".join(words(part.__name__)).upper()


def _constants(part: type[Part]) -> str:
    lines = [f"\n    uint256 internal constant {_prefix(part)}_LENGTH = {part.length()};\n"]
    for each in part.fields():
        behind = 8 * (part.length() - each.end)
        value = f"TermsField.wrap(({behind} << 16) | ({each.offset} << 8) | (256 - {8 * each.width}))"
        lines.append(f"    TermsField internal constant {constant(part, each)} = {value};\n")
    return "".join(lines)


def _section(part: type[Part]) -> str:
    title = " ".join(words(part.__name__)).capitalize()
    doc = " ".join((part.__doc__ or "").split())
    rows = "".join(f"| {each.offset} | {each.width} | {_name(each)} | {_meaning(each)} |\n" for each in part.fields())
    head = "| at | bytes | field | what it holds |\n|---|---|---|---|\n"
    return f"\n## {title}\n{part.length()} bytes. {doc}\n\n{head}{rows}"


def _row(part: type[Part]) -> str:
    fields = ", ".join(f"{_name(each)} {each.width}{_codes(each, ' (', ')')}" for each in part.fields())
    return f"| {' '.join(words(part.__name__))} ({part.length()}) | {fields} |\n"


def _name(field: Field) -> str:
    return field.name.replace("_", " ")


def _meaning(field: Field) -> str:
    return field.meaning + _codes(field, ": ", "")


def _codes(field: Field, before: str, after: str) -> str:
    codes = ", ".join(f"{int(each)} {str(each.name).lower().replace('_', ' ')}" for each in field.codes)
    return f"{before}{codes}{after}" if codes else ""


def words(name: str) -> list[str]:
    """CouponStep → coupon, step"""
    return [each.lower() for each in re.findall("[A-Z][a-z]*", name)]


def main() -> None:
    for file, text in written().items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
