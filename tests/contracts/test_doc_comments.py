"""
doc comments of the interfaces
├── given any function, event or error, it should have one
├── given an error, it should say when it is thrown
└── given any comment, its parts should come in one order: notice, Emits, Requirements, params, returns
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from penstock import paths

INTERFACES = sorted((paths.contracts() / "interfaces").glob("*.sol"))
DECLARATION = re.compile(r"^ {4}(function|event|error|struct) (\w+)")
ORDER = ("@notice", "@dev", "Emits", "Requirements", "@param", "@return")


def declarations(file: Path) -> list[tuple[str, str, list[str]]]:
    """Kind, name and comment lines of each declaration."""
    found = []
    comment: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("    ///"):
            comment.append(line.removeprefix("    ///").strip())
            continue
        if declared := DECLARATION.match(line):
            found.append((declared[1], declared[2], comment))
        comment = []
    return found


@pytest.mark.parametrize("file", INTERFACES, ids=lambda file: file.stem)
def test_doc_comments_are_whole_and_in_order(file: Path) -> None:
    for kind, name, comment in declarations(file):
        place = f"{file.name}: {name}"
        assert comment and comment[0].startswith("@notice "), place
        assert kind != "error" or comment[0].startswith("@notice Thrown "), place
        parts = [part for line in comment for part in ORDER if line.startswith(part)]
        assert parts == sorted(parts, key=ORDER.index), f"{place}: {parts}"


def test_declarations_are_found() -> None:
    assert {"IDeal", "IDealLens", "IHolderRegistry", "ITrancheShare"} <= {file.stem for file in INTERFACES}
    found = [(kind, name) for kind, name, _ in declarations(paths.contracts() / "interfaces" / "IReplaceable.sol")]
    assert ("error", "Replaceable_NoCode") in found
    assert ("event", "ReplacementCancelled") in found
    assert ("function", "schedule") in found
