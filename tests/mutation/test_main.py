"""
How a run ends: its exit code, and what it leaves in docs/.

given a sample
├── run to its end
│   ├── when all are killed, or survived with a reason: 0, published
│   ├── when one survived without a reason: 1, published, and the survivor is told
│   └── when a test refutes a reason: 1, published
└── not run to its end: 1, and what was published before stays
given a full run that is not at its end: what it has is published; 0 unless one survived without a reason
└── the next one begins with what no run has tried; what survived tests of another day comes after
given one file: nothing is published
given an interruption: 130, whatever was found
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mutation import __main__ as main
from mutation import explained, plan, python, report
from mutation.mutants import Mutant
from mutation.results import Results
from mutation.suite import Verdict

K, S = Verdict.KILLED, Verdict.SURVIVED
MUTANTS = python.mutants("a.py", b"x = a < b\n")
BEFORE = '{"sample": "of yesterday"}'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A fresh clone: it has no build folder."""
    (tmp_path / "docs").mkdir()
    (tmp_path / report.JSON).write_text(BEFORE)
    (tmp_path / report.PAGE).write_text(BEFORE)
    explain(tmp_path)
    return tmp_path


def explain(root: Path, *mutants: Mutant) -> None:
    file = root / explained.FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(explained.as_toml(mutants))


Run = Callable[..., int]


@pytest.fixture
def asked() -> list[Mutant]:
    """What the last run was to try, in its order."""
    return []


@pytest.fixture
def run(root: Path, asked: list[Mutant], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`python -m mutation` with these arguments, in which the tests come to these verdicts and then time is up."""

    def run(arguments: str, *verdicts: Verdict, interrupted: bool = False) -> int:
        class Campaign:
            def __init__(self, *given: object) -> None: ...

            def close(self) -> None: ...

            def measure(self, files: Sequence[str]) -> None: ...

            def run(self, mutants: Sequence[Mutant], results: Results, told: Any, seconds: float | None) -> None:
                asked[:] = mutants
                for mutant, verdict in zip(MUTANTS, verdicts, strict=False):
                    if mutant in mutants:
                        told(mutant, results.add(mutant, verdict, "tests/test_a.py::test" if verdict is K else "", 1))
                if interrupted:
                    raise KeyboardInterrupt

        monkeypatch.setattr(main, "Contracts", lambda solc: SimpleNamespace(sources={}))
        monkeypatch.setattr(main, "Campaign", Campaign)
        monkeypatch.setattr(main, "tools", lambda: {"solc": "0.8.30"})
        monkeypatch.setattr(plan, "all_mutants", lambda *given: {"a.py": MUTANTS})
        monkeypatch.setattr(report, "page", json.dumps)
        return main.mutate(root, main.arguments(arguments.split()))

    return run


def published(root: Path, mode: str = "sample") -> dict[str, Any] | None:
    """The counts of the last run of a mode; None when both files are as before."""
    kept, page = (root / report.JSON).read_text(), (root / report.PAGE).read_text()
    if kept == page == BEFORE:
        return None
    assert json.loads(page) == json.loads(kept)
    total: dict[str, Any] = json.loads(kept)[mode]["total"]
    return total


def test_there_are_two_mutants_and_a_sample_tries_both() -> None:
    assert len(plan.sample({"a.py": MUTANTS}, 1)) == len(MUTANTS) == 2


def test_a_complete_sample_without_survivors_is_published_and_good(root: Path, run: Run) -> None:
    assert run("", K, K) == 0
    total = published(root)
    assert total and (total["run"], total["killed"]) == (2, 2)


def test_a_survivor_without_a_reason_is_published_told_and_fails(
    root: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("", K, S) == 1
    total = published(root)
    assert total and total["survived"] == 1
    assert f"survived: {MUTANTS[1].place}: {MUTANTS[1].before}" in capsys.readouterr().err
    assert MUTANTS[1].after in (root / "build" / "mutation" / "unexplained.toml").read_text()


def test_a_survivor_with_a_reason_is_good(root: Path, run: Run) -> None:
    explain(root, MUTANTS[1])
    assert run("", K, S) == 0
    assert published(root)


def test_a_reason_that_a_test_refutes_fails(root: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    explain(root, MUTANTS[1])
    assert run("", K, K) == 1
    assert published(root)
    assert "explained as equivalent, but killed by tests/test_a.py::test" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", ["", "--minutes 1", "--file a.py"])
@pytest.mark.parametrize("verdicts", [(), (K,), (S,)], ids=["none", "killed", "survived"])
def test_what_was_not_run_to_its_end_fails_and_is_not_published(
    root: Path, run: Run, capsys: pytest.CaptureFixture[str], arguments: str, verdicts: tuple[Verdict, ...]
) -> None:
    assert run(arguments, *verdicts) == 1
    assert published(root) is None
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("mutation: ")]
    assert said == [f"mutation: {len(verdicts)} of 2 mutants run: nothing is published"]


def test_a_sample_in_two_parts_is_published_at_its_end(root: Path, run: Run) -> None:
    assert run("--minutes 0") == 1
    assert run("", K) == 1
    assert published(root) is None
    assert run("", K, K) == 0
    assert run("--minutes 0") == 0
    assert published(root)


@pytest.mark.parametrize(("verdict", "code"), [(K, 0), (S, 1)])
def test_a_part_of_a_full_run_is_published(
    root: Path, run: Run, capsys: pytest.CaptureFixture[str], verdict: Verdict, code: int
) -> None:
    assert run("--full --minutes 1", verdict) == code
    total = published(root, "full")
    assert total and (total["run"], total["mutants"]) == (1, 2)
    assert "nothing is published" not in capsys.readouterr().err


def test_a_full_run_goes_on_with_what_was_never_tried(root: Path, run: Run, asked: list[Mutant]) -> None:
    run("--full")
    first, second = asked
    main.results_of(root, main.arguments(["--full"])).add(first, S, "", 1)
    run("--full")
    assert asked == [second]
    (root / "tests" / "test_new.py").write_text("")
    (root / "tests" / "conftest.py").write_text("")
    assert run("--full") == 1
    assert asked == [second, first]
    assert json.loads((root / report.JSON).read_text())["full"]["again"] == 1
    total = published(root, "full")
    assert total and (total["run"], total["survived"]) == (1, 1)


def test_survivors_with_a_reason_are_tried_again_last_and_not_waited_for(
    root: Path, run: Run, asked: list[Mutant]
) -> None:
    run("--full")
    first, second = asked
    for each in asked:
        main.results_of(root, main.arguments(["--full"])).add(each, S, "", 1)
    (root / "tests" / "conftest.py").write_text("")
    explain(root, first)
    run("--full --minutes 0")
    assert json.loads((root / report.JSON).read_text())["full"]["again"] == 1
    run("--full")
    assert asked == [second, first]


def test_a_file_is_not_published(root: Path, run: Run) -> None:
    assert run("--file a.py", K, K) == 0
    assert run("--file a.py --fresh", K, S) == 1
    assert published(root) is None


@pytest.mark.parametrize("arguments", ["", "--full"])
@pytest.mark.parametrize("verdicts", [(K,), (S,)], ids=["killed", "survived"])
def test_an_interruption_is_told_by_130(root: Path, run: Run, arguments: str, verdicts: tuple[Verdict, ...]) -> None:
    assert run(arguments, *verdicts, interrupted=True) == 130
    assert bool(published(root, "full")) is (arguments == "--full")
