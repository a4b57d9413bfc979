"""Explanations can be read, and say of a mutant what it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mutation import choose, explained, python, summary
from mutation.compiler import Contracts
from mutation.explained import Explanations

MUTANTS = python.mutants("penstock/model/dues.py", b"def less(a, b):\n    return a < b\n")
HEAD = "# Explained\n\nWhat it is.\n"
REASON = "Neither is ever reached, as\nthe caller sees to it.\n"


def load(root: Path, text: str) -> Explanations:
    (root / explained.FILE).parent.mkdir(exist_ok=True)
    (root / explained.FILE).write_text(text)
    return explained.load(root)


def test_an_entry_is_found_by_its_key_under_its_headings_and_its_reason(tmp_path: Path) -> None:
    entries = "\n".join(explained.as_entry(each) for each in MUTANTS)
    found = load(tmp_path, f"{HEAD}\n## Kind\n\n### dues.py\n\n{REASON}\n{entries}\n")
    entry = found.of(MUTANTS[1])
    assert entry and (entry.kind, entry.file, entry.function) == ("Kind", "dues.py", "less")
    assert entry.reason == "Neither is ever reached, as the caller sees to it."
    assert len(found.entries) == 2


def test_an_entry_of_an_earlier_text_is_told_apart(tmp_path: Path) -> None:
    found = load(tmp_path, f"{HEAD}\n## Kind\n\n### dues.py\n\n{REASON}{explained.as_entry(MUTANTS[0])}\n")
    now = replace(MUTANTS[0], key="0123456789ab")
    assert found.of(now) is None
    assert found.earlier(now) == found.of(MUTANTS[0])
    assert found.lapsed([now]) == found.entries
    assert found.lapsed(MUTANTS) == []
    assert REASON.splitlines()[0] in summary.to_explain([now], found)


@pytest.mark.parametrize(
    "lines",
    [
        ["- `0123456789ab` less: `` a ``"],
        ["Why.", "- `0123` less: `` a ``"],
        ["Why.", "- `0123456789ab` less: a"],
        ["Why.", "- `0123456789ab` less: `` a ``", "- `0123456789ab` less: `` a ``"],
    ],
    ids=["no reason", "no key", "no change", "twice"],
)
def test_an_entry_that_says_nothing_is_refused_with_its_line(tmp_path: Path, lines: list[str]) -> None:
    text = "\n".join(["## Kind", "### dues.py", *lines])
    with pytest.raises(ValueError, match=rf"EXPLAINED.md:{len(text.splitlines())}: "):
        load(tmp_path, text)


@pytest.mark.slow
@pytest.mark.xdist_group("mutants")
def test_the_explanations_of_this_tree_say_of_each_mutant_what_it_is(contracts: Contracts) -> None:
    root = Path(__file__).parents[2]
    found = explained.load(root)
    kinds = {each.kind for each in found.entries}
    assert len(kinds) < 12 and all(len(each.reason.split()) > 2 and each.file for each in found.entries)
    for mutant in choose.all_mutants(root, contracts):
        entry = found.of(mutant)
        if entry:
            assert (entry.function, entry.shown) == (mutant.function, mutant.shown)
