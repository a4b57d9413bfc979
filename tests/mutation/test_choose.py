"""Which mutants a run tries first."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from mutation import choose, python
from mutation.mutants import Mutant
from mutation.verdicts import Record, Verdict

SOURCE = "def f(a, b):\n    return a < b\n\n\ndef g(a, b):\n    return a // b\n\n\ndef h(a, b):\n    return a + b\n"


def git(root: Path, *arguments: str) -> str:
    command = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments)
    return subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, **files: str) -> str:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(text)
    git(root, "add", ".")
    git(root, "commit", "-m", "change")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-b", "main")
    commit(tmp_path, a=SOURCE)
    return tmp_path


def touched(root: Path, file: str) -> set[str]:
    """The functions with mutants that the changes since the base touch."""
    lines = choose.changed_lines(root, choose.base(root))
    mutants = python.mutants(file, (root / file).read_bytes())
    return {each.function for each in mutants if choose.is_touched(each, None, lines)}


def test_a_branch_is_compared_with_where_it_left_main(root: Path) -> None:
    left = git(root, "rev-parse", "HEAD")
    git(root, "checkout", "-b", "work")
    commit(root, a=SOURCE.replace("a // b", "b // a"))
    assert choose.base(root) == left
    assert touched(root, "a.py") == {"g"}


def test_main_is_compared_with_the_last_results(root: Path) -> None:
    assert choose.base(root) is None
    last = commit(root, mutation__results__verdicts="one")
    commit(root, a=SOURCE.replace("a + b", "b + a"))
    assert choose.base(root) == last
    assert touched(root, "a.py") == {"h"}


def test_what_is_not_committed_counts_too_and_a_move_does_not(root: Path) -> None:
    git(root, "checkout", "-b", "work")
    commit(root, b="")
    git(root, "mv", "a.py", "moved.py")
    (root / "new.py").write_text(SOURCE)
    assert touched(root, "moved.py") == set()
    assert touched(root, "new.py") == {"f", "g", "h"}
    (root / "moved.py").write_text(SOURCE.replace("    return a < b\n", "    a += 1\n    return a < b\n"))
    assert touched(root, "moved.py") == {"f"}


def test_a_changed_test_touches_what_it_decided_about(root: Path) -> None:
    mutant = python.mutants("a.py", SOURCE.encode())[0]
    record = Record("a.py", "f", mutant.key, Verdict.KILLED, "tests/test_a.py::test_f[1]", "abc", 1)
    lines = {"tests/test_a.py": [(3, 3)]}
    assert choose.is_touched(mutant, record, lines)
    assert not choose.is_touched(mutant, replace(record, by="tests/test_b.py::test_f"), lines)
    assert not choose.is_touched(mutant, replace(record, by=""), lines)


def test_a_deleted_line_touches_its_function(root: Path) -> None:
    commit(root, a=SOURCE.replace("    return a < b\n", "    a += 1\n    return a < b\n"))
    git(root, "checkout", "-b", "work")
    commit(root, a=SOURCE)
    assert touched(root, "a.py") == {"f"}


def test_without_git_nothing_is_touched(tmp_path: Path) -> None:
    assert choose.base(tmp_path) is None
    assert choose.changed_lines(tmp_path, None) == {}


def mutants(count: int) -> list[Mutant]:
    one = python.mutants("a.py", SOURCE.encode())[0]
    return [replace(one, key=str(number)) for number in range(count)]


def test_what_was_touched_comes_first_and_the_order_depends_on_the_seed_alone() -> None:
    waiting = mutants(90)
    chosen = {str(number) for number in range(0, 90, 9)}
    one, again, other = (choose.order(waiting, chosen, [], seed) for seed in (1, 1, 2))
    assert one == again != other
    assert {each.key for each in one[:10]} == chosen
    assert len(one) == len(set(one)) == 90


def test_one_in_ten_is_a_kept_one() -> None:
    every = mutants(100)
    found = choose.order(every[:45], set(), every[45:], 1)
    assert [number for number, each in enumerate(found) if each in every[45:]] == [9, 19, 29, 39, 49]
    assert len(found) == 50


def test_kept_ones_are_all_there_is_when_nothing_waits() -> None:
    assert len(choose.order([], set(), mutants(100), 1)) == choose.MOST_KEPT
