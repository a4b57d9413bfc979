"""
The harness itself, on copies of this tree: a bad mutant is found, no mutant is not, what proves nothing is an error.

given a mutant
├── of a contract
│   ├── when its tests notice: it is killed, by the test that is named
│   ├── when it does not compile: it is invalid
│   └── when it compiles to the same bytecode: it is the same code
├── of the model
│   ├── when its tests notice: it is killed, whatever the size and time of the file
│   ├── when it cannot be imported any more: it is killed by that
│   ├── when a test never ends: it times out in that test
│   └── when it compiles to the same code: it is the same code
└── that nobody notices: it survived
given a test that fails without a mutant: it kills none, and is an error
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mutation import compiler, python, testing
from mutation.campaign import Campaign
from mutation.compiler import Contracts, Solc
from mutation.mutants import Mutant
from mutation.testcode import Test, TestCode
from mutation.testing import HarnessError, Stopped, Tests
from mutation.verdicts import IMPORT, Records, Verdict
from mutation.workspace import KnownTests, Workspace
from penstock import paths
from penstock.evm.test_chain import HAS_REVM

ACCRUAL = "penstock/model/accrual.py"

pytestmark = [
    pytest.mark.skipif(not HAS_REVM, reason="mutants are tested in the process, and pyrevm is not installed"),
    pytest.mark.slow,  # compiles every contract
    pytest.mark.xdist_group("mutation"),
]


def found(pattern: str) -> str:
    """The one file of a name, wherever it is kept."""
    (file,) = (each for each in paths.root().glob(pattern) if "mocks" not in each.parts)
    return file.relative_to(paths.root()).as_posix()


REGISTRY = found("contracts/**/HolderRegistry.sol")
JUDGES = {REGISTRY: "tests/contracts/**/test_registry*.py", ACCRUAL: "tests/model/test_accrual.py"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts, solc: Solc) -> Iterator[Workspace]:
    contracts.compile_reference(solc)
    copy = Workspace(paths.root(), tmp_path_factory.mktemp("tree") / "copy", contracts, KnownTests())
    yield copy
    copy.close()


@pytest.fixture(scope="module")
def judges() -> dict[str, list[Test]]:
    code = TestCode(paths.root())
    return {file: code.tests([paths.root() / found(tests)]) for file, tests in JUDGES.items()}


def changed(file: str, before: str, after: str) -> Mutant:
    source = (paths.root() / file).read_bytes()
    assert source.count(before.encode()) == 1
    start = source.index(before.encode())
    return Mutant(file, start, start + len(before.encode()), after, "by hand", "", 1, 1, 1, "", "")


def outcome(workspace: Workspace, judges: dict[str, list[Test]], mutant: Mutant) -> tuple[Verdict, str]:
    before = (paths.root() / mutant.file).read_bytes()
    result = workspace.try_mutant(mutant, judges[mutant.file])
    assert (paths.root() / mutant.file).read_bytes() == before == (workspace.root / mutant.file).read_bytes()
    return result


@pytest.mark.parametrize("file", [REGISTRY, ACCRUAL])
def test_an_unmutated_tree_passes(workspace: Workspace, judges: dict[str, list[Test]], file: str) -> None:
    names = [each.name for each in judges[file]]
    assert len(names) > 3
    assert testing.verdict(workspace.tests.run(names), workspace.root, names) == (Verdict.SURVIVED, "")


def test_a_bad_contract_is_killed(workspace: Workspace, judges: dict[str, list[Test]]) -> None:
    mutant = changed(REGISTRY, "block.timestamp < allowed", "block.timestamp > allowed")
    verdict, by = outcome(workspace, judges, mutant)
    assert verdict is Verdict.KILLED
    assert testing.without_parameters(by) in {each.name for each in judges[REGISTRY]}


def test_a_contract_without_its_modifier_is_killed(workspace: Workspace, judges: dict[str, list[Test]]) -> None:
    unguarded = "disallow(address[] calldata holders) external"
    assert outcome(workspace, judges, changed(REGISTRY, f"{unguarded} onlyOwner", unguarded))[0] is Verdict.KILLED


def test_a_contract_that_does_not_compile_is_invalid(workspace: Workspace, judges: dict[str, list[Test]]) -> None:
    mutant = changed(REGISTRY, "_set(holders, 0);", "_set(holders);")
    assert outcome(workspace, judges, mutant) == (Verdict.INVALID, "")


def test_the_same_bytecode_is_the_same_code(workspace: Workspace, judges: dict[str, list[Test]]) -> None:
    mutant = changed(REGISTRY, "_set(holders, 0);", "_set(holders, 1 - 1);")
    assert outcome(workspace, judges, mutant) == (Verdict.SAME_CODE, "")


def test_a_fault_that_no_test_looks_at_survives(workspace: Workspace, judges: dict[str, list[Test]]) -> None:
    call = "allowUntil(holders, NO_END);"
    mutant = changed(REGISTRY, call, f"if (holders.length != 77) {call}")
    assert outcome(workspace, judges, mutant) == (Verdict.SURVIVED, "")


def test_a_model_of_the_same_size_is_not_taken_for_the_last_one(
    workspace: Workspace, judges: dict[str, list[Test]]
) -> None:
    bad = changed(ACCRUAL, "ACT_365F: 365", "ACT_365F: 364")
    harmless = changed(ACCRUAL, "interest_down(balance: int, coupon: int", "interest_down(balance: inn, coupon: int")
    for mutant, wanted in ((bad, Verdict.KILLED), (harmless, Verdict.SURVIVED)) * 2:
        verdict, by = outcome(workspace, judges, mutant)
        assert verdict is wanted
        assert by.startswith("tests/model/test_accrual.py::") is (wanted is Verdict.KILLED)


def test_a_model_that_cannot_be_imported_is_killed(workspace: Workspace, judges: dict[str, list[Test]]) -> None:
    mutant = changed(ACCRUAL, "from penstock.model.units import WAD", "from penstock.model.units import WAND")
    assert outcome(workspace, judges, mutant) == (Verdict.KILLED, IMPORT)


def test_the_same_python_code_is_the_same_code() -> None:
    source = b"x = 2 + 3\ndef f():\n    return 1\n"
    assert python.same_code(source, b"x = 1 + 4\n\n\ndef f():\n    return 1\n")
    assert not python.same_code(source, b"x = 1 + 4\ndef f():\n    return True\n")


@pytest.fixture
def own_test(workspace: Workspace) -> Iterator[Path]:
    """A test module of the copy, to be written."""
    file = workspace.root / "tests" / "test_own.py"
    yield file
    file.unlink(missing_ok=True)


def test_a_test_that_never_ends_is_stopped_and_named(workspace: Workspace, own_test: Path) -> None:
    own_test.write_text("def test_ends(): pass\n\n\ndef test_endless():\n    while True: pass\n")
    impatient = Tests(workspace.root, seconds_a_test=1)
    ended = impatient.run(["tests/test_own.py"])
    impatient.close()
    assert testing.verdict(ended, workspace.root, []) == (Verdict.TIMED_OUT, "tests/test_own.py::test_endless")


def test_a_test_that_fails_without_a_mutant_kills_none(
    workspace: Workspace, judges: dict[str, list[Test]], own_test: Path
) -> None:
    own_test.write_text("def test_broken():\n    assert not 1\n")
    broken = Test("tests/test_own.py::test_broken", "", frozenset())
    mutant = changed(ACCRUAL, "ACT_365F: 365", "ACT_365F: 364")
    with pytest.raises(
        HarnessError, match=r"none passes without a mutant; these do not: tests/test_own\.py::test_broken"
    ):
        workspace.try_mutant(mutant, [broken])
    verdict, by = workspace.try_mutant(mutant, [broken, *judges[ACCRUAL]])
    assert verdict is Verdict.KILLED
    assert by.startswith("tests/model/test_accrual.py::")
    harmless = changed(ACCRUAL, "interest_down(balance: int, coupon: int", "interest_down(balance: inn, coupon: int")
    assert workspace.try_mutant(harmless, [broken, *judges[ACCRUAL]]) == (Verdict.SURVIVED, "")


def test_a_test_that_is_not_there_is_an_error(workspace: Workspace) -> None:
    mutant = changed(ACCRUAL, "ACT_365F: 365", "ACT_365F: 364")
    with pytest.raises(HarnessError, match="exit code 4"):
        workspace.try_mutant(mutant, [Test("tests/model/test_accrual.py::test_none", "", frozenset())])


def test_what_is_under_way_when_it_is_stopped_decides_nothing(workspace: Workspace, own_test: Path) -> None:
    own_test.write_text("import time\n\n\ndef test_long():\n    time.sleep(600)\n")
    tests = Tests(workspace.root)
    tests.run(["tests/model/test_accrual.py"])
    threading.Timer(1, tests.stop).start()
    with pytest.raises(Stopped):
        tests.run(["tests/test_own.py"])
    tests.close()


def test_a_campaign_ends_when_its_time_is_up(
    contracts: Contracts, solc: Solc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it is doing: here it waits for a compiler that never answers."""
    contracts.compile_reference(solc)
    (tmp_path / "deaf.js").write_text("setInterval(() => {}, 1e6);")
    monkeypatch.setattr(compiler, "SERVER", tmp_path / "deaf.js")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / REGISTRY).parent.mkdir(parents=True)
    (tmp_path / REGISTRY).write_bytes((paths.root() / REGISTRY).read_bytes())
    tried: list[object] = []
    judges: Any = SimpleNamespace(of=lambda mutant: [])
    campaign = Campaign(tmp_path, contracts, judges, 1, seconds=2)
    mutant = changed(REGISTRY, "_set(holders, 0);", "_set(holders, 1 - 1);")
    campaign.run([mutant], Records(tmp_path / "results"), lambda *given: tried.append(given))
    campaign.close()
    assert not tried
