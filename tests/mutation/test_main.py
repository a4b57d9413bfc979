"""
How a run ends: its exit code, what it says and what it keeps.

given a sample
├── when all are killed, or survive with a reason: 0
├── when one survives without a reason: 1, and it is named with a line to explain it by
├── when it survives in code that the change did not touch: 0, and it is named all the same
├── when one survives with a reason for an earlier text of its function: 0, and it is named
├── when a test refutes a reason: 1, and it is named
├── when nothing could be tried: 1
└── it tries what the change touched first, and what has a verdict hardly at all
given a full run: all that has no verdict, and nothing that has one
given an interruption: 130, and what was found is kept
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mutation import __main__ as main
from mutation import choose, explained, python, summary
from mutation.mutants import Mutant
from mutation.verdicts import FILE, Records, Verdict
from mutation.workspace import KnownTests

K, S = Verdict.KILLED, Verdict.SURVIVED
MODEL = "penstock/model/dues.py"
MUTANTS = python.mutants(MODEL, b"def less(a, b):\n    return a < b\n\n\ndef sum(a, b):\n    return a + b\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    explain(tmp_path)
    (tmp_path / summary.PAGE).parent.mkdir()
    (tmp_path / summary.PAGE).write_text("\n".join(["Above.", *summary.MARKS, "Below."]))
    return tmp_path


def explain(root: Path, *mutants: Mutant) -> None:
    (root / explained.FILE).parent.mkdir(parents=True, exist_ok=True)
    entries = "\n".join(["## Kind", "### dues.py", "Nobody could see it.", *map(explained.as_entry, mutants)])
    (root / explained.FILE).write_text(entries)


Run = Callable[..., int]


@pytest.fixture
def asked() -> list[Mutant]:
    """What the last run was to try, in its order."""
    return []


@pytest.fixture
def run(root: Path, asked: list[Mutant], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`python -m mutation` with these arguments, in which mutants come to these verdicts and then time is up."""

    def run(arguments: str, *verdicts: Verdict, interrupted: bool = False) -> int:
        class Campaign:
            known = KnownTests(unsound={"tests/test_b.py::test_shaky"})

            def __init__(self, *given: object) -> None: ...

            def close(self) -> None: ...

            def run(self, mutants: Sequence[Mutant], records: Records, on_record: Any) -> None:
                asked[:] = mutants
                for mutant, verdict in zip(MUTANTS, verdicts, strict=False):
                    if mutant in mutants:
                        by = "tests/test_a.py::test" if verdict is K else ""
                        on_record(mutant, records.add(mutant, verdict, by, by, 1))
                if interrupted:
                    raise KeyboardInterrupt

        judges = SimpleNamespace(uphold=lambda record, mutant: record is not None)
        monkeypatch.setattr(main, "Contracts", lambda solc: SimpleNamespace(compile_reference=lambda solc: None))
        monkeypatch.setattr(main, "Judges", lambda *given: judges)
        monkeypatch.setattr(main, "Campaign", Campaign)
        monkeypatch.setattr(choose, "all_mutants", lambda *given: MUTANTS)
        return main.mutate(root, main.arguments(arguments.split()), time.monotonic())

    return run


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    def said() -> str:
        output = capsys.readouterr()
        return output.out + output.err

    return said


Said = Callable[[], str]


def kept(root: Path) -> int:
    return len(list(Records(root / FILE)))


def test_there_are_three_mutants() -> None:
    assert [each.function for each in MUTANTS] == ["less", "less", "sum"]


def test_a_sample_in_which_all_are_killed_is_good_and_kept(root: Path, run: Run, said: Said) -> None:
    assert run("", K, K, K) == 0
    assert kept(root) == 3
    page = (root / summary.PAGE).read_text()
    assert "| model | 3 | 3 | 0 |" in page and page.startswith("Above.") and page.endswith("Below.")
    assert "new verdicts: 3 killed\n" in said()
    assert run("--status") == 0
    assert [each.split() for each in said().splitlines() if each.startswith("model")] == [
        ["model", "3", "3", "0", "0", "0", "0", "0", "0", "0"]
    ]


def test_a_survivor_without_a_reason_is_named_and_fails(root: Path, run: Run, said: Said) -> None:
    assert run("", K, S, K) == 1
    assert f"survived: {MUTANTS[1].place}: {MUTANTS[1].shown}" in said()
    assert explained.as_entry(MUTANTS[1]) in (root / main.UNEXPLAINED).read_text()
    assert run("--status") == 1, "it stays a survivor"


@pytest.mark.parametrize(("touched", "code"), [((5, 6), 0), ((2, 2), 1)])
def test_a_survivor_fails_the_change_that_touched_it(
    run: Run, said: Said, monkeypatch: pytest.MonkeyPatch, touched: tuple[int, int], code: int
) -> None:
    monkeypatch.setattr(choose, "base", lambda root: "12ab")
    monkeypatch.setattr(choose, "changed_lines", lambda root, base: {MODEL: [touched]})
    assert run("", K, S, K) == code
    where = "" if code else ", in code that the change did not touch"
    assert f"survived{where}: {MUTANTS[1].place}: {MUTANTS[1].shown}" in said()


def test_a_survivor_with_a_reason_is_good(root: Path, run: Run, said: Said) -> None:
    explain(root, MUTANTS[1])
    assert run("", K, S, K) == 0
    assert "1 explained" in said()
    assert not (root / main.UNEXPLAINED).exists()


def test_a_reason_for_an_earlier_text_is_good_and_to_be_read_again(root: Path, run: Run, said: Said) -> None:
    explain(root, replace(MUTANTS[1], key="0123456789ab"))
    assert run("", K, S, K) == 0
    output = said()
    assert f"explained for an earlier text of less: {MUTANTS[1].place}" in output
    assert "1 explanations are of functions that have changed" in output
    assert "Nobody could see it." in (root / main.UNEXPLAINED).read_text()


def test_a_reason_that_a_test_refutes_fails(root: Path, run: Run, said: Said) -> None:
    explain(root, MUTANTS[1])
    assert run("", K, K, K) == 1
    assert f"explained, but killed by tests/test_a.py::test: {MUTANTS[1].place}" in said()


def test_a_run_that_tried_nothing_fails(run: Run) -> None:
    assert run("") == 1
    assert run("", K, K, K) == 0
    assert run("--full") == 0, "there is nothing to try"


def test_a_sample_tries_what_the_change_touched_first(
    run: Run, asked: list[Mutant], monkeypatch: pytest.MonkeyPatch, said: Said
) -> None:
    monkeypatch.setattr(choose, "base", lambda root: "0123456789abcdef")
    monkeypatch.setattr(choose, "changed_lines", lambda root, base: {MODEL: [(6, 6)]} if base else {})
    run("")
    assert asked[0].function == "sum" and len(asked) == 3
    assert "3 mutants wait for a verdict, 1 of them for changes since 0123456789ab\n" in said()


def test_a_run_tries_what_has_no_verdict_and_a_fresh_one_all(run: Run, asked: list[Mutant]) -> None:
    run("", K)
    run("--full")
    assert set(asked) == set(MUTANTS[1:])
    run(f"--file {MODEL}")
    assert set(asked) == set(MUTANTS[1:])
    run("--full --fresh")
    assert set(asked) == set(MUTANTS)


def test_a_folder_stands_for_its_files(run: Run, asked: list[Mutant]) -> None:
    run("--file penstock/model/")
    assert set(asked) == set(MUTANTS)


def test_tests_that_decide_nothing_are_named(run: Run, said: Said) -> None:
    run("", K)
    assert "does not pass here without a mutant, and decided nothing: tests/test_b.py::test_shaky" in said()


def test_kept_verdicts_that_change_are_told(run: Run, said: Said) -> None:
    run("", K, K, K)
    run("--full --fresh", K, S, K)
    assert "of 3 kept verdicts that were tried again, 1 changed" in said()


def test_a_full_run_forgets_what_is_no_mutant_any_more(root: Path, run: Run) -> None:
    Records(root / FILE).add(replace(MUTANTS[0], key="gone"), K, "by", "by", 1)
    run("", K)
    assert kept(root) == 2
    run("--full", K, K, K)
    assert kept(root) == 3


def test_a_file_without_mutants_is_refused_by_name(run: Run) -> None:
    with pytest.raises(
        main.HarnessError, match=r"no\.py: no such file or folder with mutants; there are penstock/model/dues\.py"
    ):
        run("--file no.py")


@pytest.mark.parametrize("arguments", ["", "--full"])
@pytest.mark.parametrize("verdicts", [(), (K,), (S,)], ids=["none", "killed", "survived"])
def test_an_interruption_is_told_by_130_and_keeps_what_was_found(
    root: Path, run: Run, arguments: str, verdicts: tuple[Verdict, ...]
) -> None:
    assert run(arguments, *verdicts, interrupted=True) == 130
    assert kept(root) == len(verdicts)
