"""
The harness itself: a bad mutant is found, no mutant is not, and whatever proves nothing is an error.

given a mutant
├── of a contract
│   ├── when its tests notice: it is killed, by the test that is named
│   ├── when it does not compile: it is invalid
│   └── when it compiles to the same bytecode: it is equivalent
├── of the model
│   ├── when its tests notice: it is killed, whatever the size and time of the file
│   ├── when nothing can be imported any more: it is killed
│   └── when it compiles to the same code: it is equivalent
└── that nobody notices: it survived
given no mutant: the tests pass, all of them
given a runner that ends without having tested the copy: it is an error
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mutation import python, suite
from mutation.campaign import base_artifacts
from mutation.compiler import Contracts, Solc
from mutation.mutants import Mutant, make
from mutation.suite import HarnessError, Run, Verdict
from mutation.workspace import Workspace
from penstock import paths
from tests.conftest import HAS_REVM

REGISTRY = "contracts/policies/HolderRegistry.sol"
ACCRUAL = "penstock/model/accrual.py"
SECONDS = 120.0
TESTS = {
    REGISTRY: ("tests/contracts/test_registry_and_reporter.py", "tests/contracts/test_opcodes.py"),
    ACCRUAL: ("tests/model/test_accrual.py",),
}

pytestmark = [
    pytest.mark.skipif(not HAS_REVM, reason="mutants are tested in the process, and pyrevm is not installed"),
    pytest.mark.xdist_group("mutation"),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts, solc: Solc) -> Iterator[Workspace]:
    contracts.compile_reference(solc, [REGISTRY])
    base = base_artifacts() | contracts.reference
    copy = Workspace(paths.root(), tmp_path_factory.mktemp("tree"), contracts, base, TESTS.__getitem__)
    yield copy
    copy.close()


@pytest.fixture(scope="module")
def expected(workspace: Workspace) -> dict[str, int]:
    """How many tests pass without a mutant."""
    found = {}
    for file in TESTS:
        ended = workspace.baseline(file, SECONDS)
        assert ended.notes is not None and ended.code == 0, ended.output
        found[file] = ended.notes["passed"]
    return found


def changed(file: str, before: str, after: str) -> Mutant:
    source = (paths.root() / file).read_bytes()
    assert source.count(before.encode()) == 1
    start = source.index(before.encode())
    return make(file, source, (start, start + len(before.encode())), after, "by hand", "")


def fate(workspace: Workspace, expected: dict[str, int], mutant: Mutant) -> tuple[Verdict, str]:
    before = (paths.root() / mutant.file).read_bytes()
    found = workspace.try_mutant(mutant, expected[mutant.file], SECONDS)
    assert (paths.root() / mutant.file).read_bytes() == before == (workspace.root / mutant.file).read_bytes()
    return found


def test_an_unmutated_tree_passes(workspace: Workspace, expected: dict[str, int]) -> None:
    for file, passed in expected.items():
        ended = workspace.baseline(file, SECONDS)
        assert suite.verdict(ended, workspace.root, passed, imports_may_fail=False) is Verdict.SURVIVED
        assert passed > 5


def test_a_bad_contract_is_killed(workspace: Workspace, expected: dict[str, int]) -> None:
    mutant = changed(REGISTRY, "block.timestamp < allowed", "block.timestamp > allowed")
    verdict, by = fate(workspace, expected, mutant)
    assert verdict is Verdict.KILLED
    assert by.startswith("tests/contracts/test_registry_and_reporter.py::")


def test_a_contract_without_its_modifier_is_killed(workspace: Workspace, expected: dict[str, int]) -> None:
    unguarded = "disallow(address[] calldata holders) external"
    mutant = changed(REGISTRY, f"{unguarded} onlyOwner", unguarded)
    assert fate(workspace, expected, mutant)[0] is Verdict.KILLED


def test_a_contract_that_does_not_compile_is_invalid(workspace: Workspace, expected: dict[str, int]) -> None:
    verdict, said = fate(workspace, expected, changed(REGISTRY, "_set(holders, 0);", "_set(holders);"))
    assert verdict is Verdict.INVALID
    assert "Wrong argument count" in said


def test_the_same_bytecode_is_equivalent(workspace: Workspace, expected: dict[str, int]) -> None:
    mutant = changed(REGISTRY, "_set(holders, 0);", "_set(holders, 1 - 1);")
    assert fate(workspace, expected, mutant) == (Verdict.EQUIVALENT, "same bytecode")


def test_a_fault_that_no_test_looks_at_survives(workspace: Workspace, expected: dict[str, int]) -> None:
    mutant = changed(REGISTRY, "allowUntil(holders, NO_END);", "if (holders.length != 77) allowUntil(holders, NO_END);")
    assert fate(workspace, expected, mutant) == (Verdict.SURVIVED, "")


def test_a_bad_model_is_killed(workspace: Workspace, expected: dict[str, int]) -> None:
    verdict, by = fate(workspace, expected, changed(ACCRUAL, "min(end.day, 30)", "max(end.day, 30)"))
    assert verdict is Verdict.KILLED
    assert by.startswith("tests/model/test_accrual.py::")


def test_a_model_of_the_same_size_is_not_taken_for_the_last_one(workspace: Workspace, expected: dict[str, int]) -> None:
    bad = changed(ACCRUAL, "365 if day_count", "364 if day_count")
    harmless = changed(ACCRUAL, "interest(balance: int, coupon: int", "interest(balance: inn, coupon: int")
    for mutant, wanted in ((bad, Verdict.KILLED), (harmless, Verdict.SURVIVED)) * 2:
        assert fate(workspace, expected, mutant)[0] is wanted


def test_a_model_that_cannot_be_imported_is_killed(workspace: Workspace, expected: dict[str, int]) -> None:
    mutant = changed(ACCRUAL, "from penstock.model.units import WAD", "from penstock.model.units import WAND")
    assert fate(workspace, expected, mutant)[0] is Verdict.KILLED


def test_the_same_python_code_is_equivalent() -> None:
    source = b"x = 2 + 3\ndef f():\n    return 1\n"
    assert python.same_code(source, b"x = 1 + 4\n\n\ndef f():\n    return 1\n")
    assert not python.same_code(source, b"x = 1 + 4\ndef f():\n    return True\n")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (("true",), "exit code 0"),
        (("false",), "exit code 1"),
        (("sh", "-c", "exit 5"), "exit code 5"),
        (("sh", "-c", "kill -9 $$"), "exit code -9"),
    ],
)
def test_a_runner_that_tests_nothing_proves_nothing(workspace: Workspace, program: tuple[str, ...], said: str) -> None:
    ended = workspace.baseline(REGISTRY, SECONDS, program)
    with pytest.raises(HarnessError, match=said):
        suite.verdict(ended, workspace.root, 1, imports_may_fail=True)


def test_no_test_collected_is_an_error(workspace: Workspace) -> None:
    ended = suite.run(workspace.root, [*TESTS[ACCRUAL], "-k", "no_such_test"], SECONDS)
    assert ended.code == 5
    with pytest.raises(HarnessError, match="exit code 5"):
        suite.verdict(ended, workspace.root, 0, imports_may_fail=True)


def test_tests_that_take_too_long_are_stopped(workspace: Workspace) -> None:
    ended = suite.run(workspace.root, (), 0.5, ("sh", "-c", "sleep 60"))
    assert suite.verdict(ended, workspace.root, 1, imports_may_fail=False) is Verdict.TIMED_OUT


@pytest.mark.parametrize("head", ["def test_endless():\n    ", ""], ids=["test", "module"])
def test_a_test_that_never_ends_is_stopped(workspace: Workspace, head: str) -> None:
    endless = workspace.root / "tests" / "test_endless.py"
    endless.write_text(f"{head}while True: pass\n")
    impatient = "import sys, pytest, mutation.witness as w; w.LONGEST_TEST = 1; sys.exit(pytest.main(sys.argv[1:]))"
    ended = suite.run(workspace.root, [str(endless)], SECONDS, (sys.executable, "-c", impatient))
    endless.unlink()
    assert suite.verdict(ended, workspace.root, 1, imports_may_fail=False) is Verdict.TIMED_OUT
    assert ended.code is not None, "the test was stopped, not the run"


NOTES = {"root": "/copy", "passed": 3, "failed": [], "not_collected": []}


@pytest.mark.parametrize(
    ("code", "notes"),
    [
        (0, {"passed": 2}),
        (0, {"failed": ["a"]}),
        (0, {"root": "/elsewhere"}),
        (1, {}),
        (1, {"root": "/elsewhere", "failed": ["a"]}),
        (2, {}),
        (2, {"not_collected": ["tests/a.py"]}),
        (3, {"failed": ["a"]}),
        (4, {}),
        (5, {"passed": 0}),
        (-9, {"failed": ["a"]}),
    ],
)
def test_an_end_that_proves_nothing_is_an_error(code: int, notes: dict[str, object]) -> None:
    with pytest.raises(HarnessError):
        suite.verdict(Run(code, NOTES | notes, ""), Path("/copy"), 3, imports_may_fail=False)


def test_only_of_a_python_mutant_may_an_import_fail() -> None:
    ended = Run(2, NOTES | {"not_collected": ["tests/a.py"]}, "")
    assert suite.verdict(ended, Path("/copy"), 3, imports_may_fail=True) is Verdict.KILLED
