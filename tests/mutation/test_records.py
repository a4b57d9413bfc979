"""What is kept of each mutant, and for how long it holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mutation import python, targets
from mutation.explained import Entry, Explanations
from mutation.judges import Judges
from mutation.mutants import Mutant
from mutation.summary import State, lapsed_with, states
from mutation.targets import Target
from mutation.verdicts import IMPORT, Records, Verdict

SOURCE = b"def less(a, b):\n    return a < b\n\n\ndef ratio(a, b):\n    return a // b\n"
MODEL = "penstock/model/dues.py"
TEST = "from penstock.model.dues import less\n\n\ndef test_less():\n    assert less(1, 2)\n"
OTHER = "from penstock.model import units\n\n\ndef test_units():\n    assert units\n"
MUTANTS = python.mutants(MODEL, SOURCE)
KILLER = "tests/model/test_dues.py::test_less"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {"penstock/__init__.py": "", "penstock/model/__init__.py": "", "penstock/model/units.py": ""}
    files |= {MODEL: SOURCE.decode(), "tests/model/test_dues.py": TEST, "tests/model/test_units.py": OTHER}
    for name, text in files.items():
        write(tmp_path, name, text)
    target = Target("model", ("penstock/model/*.py",), ("tests/model", "tests/not_here"))
    monkeypatch.setattr(targets, "TARGETS", (target,))
    for module in ("judges", "summary"):
        monkeypatch.setattr(f"mutation.{module}.TARGETS", (target,))
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def records(root: Path) -> Records:
    return Records(root / "results.gz")


def add(root: Path, mutant: Mutant, verdict: Verdict, by: str = "") -> None:
    judges = Judges(root, records(root))
    records(root).add(mutant, verdict, by, judges.decided(mutant, verdict, by), 1.25)


def holds(root: Path, mutant: Mutant) -> bool:
    return Judges(root, records(root)).uphold(records(root).of(mutant), mutant)


def test_records_are_read_back_and_the_same_ones_are_the_same_bytes(tmp_path: Path) -> None:
    one, other = Records(tmp_path / "a"), Records(tmp_path / "b")
    for each in MUTANTS:
        one.add(each, Verdict.KILLED, KILLER, "abc", 0.25)
    for each in reversed(MUTANTS):
        other.add(each, Verdict.KILLED, KILLER, "abc", 0.25)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert list(Records(tmp_path / "a")) == list(one)
    assert len(list(one)) == len(MUTANTS) > 3


def test_a_tidy_file_has_todays_mutants_where_they_are(tmp_path: Path) -> None:
    kept = Records(tmp_path / "a")
    for each in MUTANTS[:2]:
        kept.add(each, Verdict.KILLED, KILLER, "abc", 0.25)
    kept.tidy([replace(MUTANTS[1], file="penstock/model/moved.py")])
    assert [(each.key, each.file) for each in kept] == [(MUTANTS[1].key, "penstock/model/moved.py")]


@pytest.mark.parametrize("verdict", [Verdict.KILLED, Verdict.TIMED_OUT])
def test_a_kill_holds_while_the_test_reads_the_same_wherever_it_is(root: Path, verdict: Verdict) -> None:
    add(root, MUTANTS[0], verdict, KILLER)
    assert holds(root, MUTANTS[0])
    assert holds(root, replace(MUTANTS[0], file="penstock/model/moved.py"))
    write(root, "tests/model/test_units.py", OTHER.replace("assert units", "assert not units"))
    (root / "tests/model/test_dues.py").rename(root / "tests/model/test_merged.py")
    assert holds(root, MUTANTS[0])
    write(root, "tests/model/test_merged.py", TEST.replace("less(1, 2)", "less(1, 3)"))
    assert not holds(root, MUTANTS[0])


def test_a_kill_by_a_module_holds_while_all_of_it_reads_the_same(root: Path) -> None:
    add(root, MUTANTS[0], Verdict.KILLED, "tests/model/test_dues.py")
    assert holds(root, MUTANTS[0])
    write(root, "tests/model/test_dues.py", TEST + "\n\ndef test_more():\n    assert less(3, 4)\n")
    assert not holds(root, MUTANTS[0])


@pytest.mark.parametrize(("verdict", "by"), [(Verdict.KILLED, IMPORT), (Verdict.SAME_CODE, ""), (Verdict.INVALID, "")])
def test_what_no_test_decided_holds_whatever_the_tests_say(root: Path, verdict: Verdict, by: str) -> None:
    add(root, MUTANTS[0], verdict, by)
    write(root, "tests/model/test_dues.py", "")
    assert holds(root, MUTANTS[0])


def test_a_survivor_holds_while_all_tests_that_reach_it_read_the_same(root: Path) -> None:
    add(root, MUTANTS[0], Verdict.SURVIVED)
    write(root, "tests/model/test_units.py", OTHER.replace("assert units", "assert not units"))
    assert holds(root, MUTANTS[0]), "it does not reach the module"
    write(root, "tests/model/test_new.py", TEST.replace("test_less", "test_more"))
    assert not holds(root, MUTANTS[0])


def test_tests_that_killed_nearby_come_first_and_those_that_do_not_reach_the_module_do_not_come(root: Path) -> None:
    write(root, "tests/model/test_a.py", TEST.replace("test_less", "test_a"))
    add(root, MUTANTS[0], Verdict.KILLED, KILLER)
    judges = Judges(root, records(root))
    assert [each.name for each in judges.of(MUTANTS[1])] == [KILLER, "tests/model/test_a.py::test_a"]


def test_before_anything_was_killed_tests_in_a_file_of_the_modules_name_come_first(root: Path) -> None:
    write(root, "tests/model/test_a.py", TEST.replace("test_less", "test_a"))
    (found, *_) = Judges(root, records(root)).of(MUTANTS[1])
    assert found.name == KILLER


def test_and_then_those_whose_file_says_which_command_they_run(root: Path) -> None:
    write(root, "penstock/model/run.py", "from penstock.model import dues\n")
    write(root, "tests/model/test_a.py", TEST.replace("test_less", "test_a"))
    write(root, "tests/model/test_b.py", TEST.replace("test_less", "test_b").replace("less(1, 2)", 'less("run", "s")'))
    found = [each.name.partition("::")[2] for each in Judges(root, records(root)).of(MUTANTS[1])]
    assert found == ["test_less", "test_b", "test_a"]


def test_every_mutant_is_in_one_state(root: Path) -> None:
    killed, survived, explained, lapsed, new = MUTANTS[:5] if len(MUTANTS) > 4 else (*MUTANTS, MUTANTS[0])
    add(root, killed, Verdict.KILLED, KILLER)
    add(root, survived, Verdict.SURVIVED)
    add(root, explained, Verdict.SURVIVED)
    records(root).add(replace(lapsed, key="earlier text"), Verdict.KILLED, KILLER, "abc", 1)
    entry = Entry("kind", "dues.py", "reason", explained.key, explained.function, explained.shown)
    mutants = [killed, survived, explained, lapsed, replace(new, function="other", key="new")]

    def now() -> list[State]:
        judges = Judges(root, records(root))
        return list(states(mutants, records(root), judges, Explanations([entry])).values())

    rest = [State.EXPLAINED, State.LAPSED, State.NEVER_TRIED]
    assert now() == [State.KILLED, State.SURVIVED, *rest]
    write(root, "tests/model/test_dues.py", TEST.replace("less(1, 2)", "less(1, 3)"))
    assert now() == [State.LAPSED, State.LAPSED, *rest]
    known = dict(zip((each.key for each in mutants), now(), strict=True))
    assert lapsed_with(mutants, known, records(root)) == [f"1 lapsed with {KILLER} or what it uses"]
