"""
What a test's digest depends on, and what a test reaches.

given a test
├── its own text, its helpers, constants, fixtures and data files decide, at any distance
├── comments, layout, other tests, other helpers and the file it is in do not
└── it reaches the modules that it and its helpers name, and all that these import
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mutation.testcode import Test, TestCode

FILES = {
    "penstock/__init__.py": "",
    "penstock/model/__init__.py": "",
    "penstock/model/dues.py": "from penstock.model.units import WAD\n",
    "penstock/model/units.py": "WAD = 10**18\n",
    "penstock/report.py": "from penstock import model\n",
    "tests/conftest.py": (
        "import pytest\nfrom penstock import report\n\n"
        "@pytest.fixture\ndef deal():\n    return report.table()\n\n"
        "@pytest.fixture\ndef unused():\n    return 1\n"
    ),
    "tests/examples.py": "from penstock.model.dues import due\n\nFACE = 100\n\ndef lender():\n    return due(FACE)\n",
    "tests/model/conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef clean():\n    return 2\n",
    "tests/model/case.json": "{}",
    "tests/model/test_a.py": (
        "from tests import examples\nfrom tests.examples import lender\n\nCASE = 'case.json'\n\n"
        "def helped():\n    return lender()\n\n"
        "def test_helped():\n    assert helped()\n\n"
        "def test_by_attribute():\n    assert examples.lender()\n\n"
        "def test_with_fixture(deal):\n    assert deal\n\n"
        "def test_with_data():\n    assert CASE, '/outside/case.json'\n\n"
        "def test_alone():\n    assert 1\n"
    ),
}
TESTS = ("helped", "by_attribute", "with_fixture", "with_data", "alone")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def found(root: Path, name: str, file: str = "tests/model/test_a.py") -> Test:
    return TestCode(root).find(f"{file}::test_{name}[parameter]")


@pytest.fixture
def changed(root: Path) -> Callable[[str, str, str], list[str]]:
    """Which tests have another digest after a change of one file."""

    def changed(file: str, before: str, after: str) -> list[str]:
        old = {name: found(root, name).digest for name in TESTS}
        text = (root / file).read_text()
        assert before in text
        (root / file).write_text(text.replace(before, after))
        return [name for name in TESTS if found(root, name).digest != old[name]]

    return changed


Changed = Callable[[str, str, str], list[str]]


@pytest.mark.parametrize(
    ("file", "before", "after", "those"),
    [
        ("tests/model/test_a.py", "assert 1", "assert 2", ["alone"]),
        ("tests/model/test_a.py", "return lender()", "return lender() or 1", ["helped"]),
        ("tests/examples.py", "FACE = 100", "FACE = 101", ["helped", "by_attribute"]),
        ("tests/conftest.py", "report.table()", "report.table(1)", ["with_fixture"]),
        ("tests/model/conftest.py", "return 2", "return 3", list(TESTS)),
        ("tests/model/case.json", "{}", "[]", ["with_data"]),
        ("tests/conftest.py", "return 1", "return 2", []),
        ("tests/model/test_a.py", "    assert 1", '    """Says."""\n    # why\n    assert (\n        1\n    )', []),
        ("penstock/model/dues.py", "WAD", "RAY", []),
        ("tests/conftest.py", "from penstock import report", "from penstock.other import report", []),
    ],
)
def test_a_digest_changes_with_what_the_test_says(
    changed: Changed, file: str, before: str, after: str, those: list[str]
) -> None:
    assert changed(file, before, after) == those


def test_a_test_may_move(root: Path) -> None:
    before = {name: found(root, name).digest for name in TESTS}
    (root / "tests/model/test_a.py").rename(root / "tests/model/test_merged.py")
    (root / "tests/examples.py").rename(root / "tests/model/cases.py")
    text = (root / "tests/model/test_merged.py").read_text()
    moved = text.replace("from tests import examples", "from tests.model import cases as examples")
    moved = moved.replace("tests.examples", "tests.model.cases")
    (root / "tests/model/test_merged.py").write_text("def test_new():\n    assert 1\n\n" + moved)
    assert {name: found(root, name, "tests/model/test_merged.py").digest for name in TESTS} == before


def test_a_module_as_a_whole_has_a_digest(root: Path, changed: Changed) -> None:
    before = TestCode(root).find("tests/model/test_a.py").digest
    changed("tests/examples.py", "FACE = 100", "FACE = 101")
    assert TestCode(root).find("tests/model/test_a.py").digest != before


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("helped", {"penstock", "penstock.model", "penstock.model.dues", "penstock.model.units"}),
        ("by_attribute", {"penstock", "penstock.model", "penstock.model.dues", "penstock.model.units"}),
        ("with_fixture", {"penstock", "penstock.report", "penstock.model"}),
        ("alone", set()),
    ],
)
def test_a_test_reaches_what_it_names_and_what_that_imports(root: Path, name: str, modules: set[str]) -> None:
    assert found(root, name).reach == modules


def test_a_command_reaches_everything(root: Path) -> None:
    (root / "penstock/__main__.py").write_text("from penstock.report import main\n")
    (root / "tests/model/test_a.py").write_text("def test_run():\n    run('penstock', 'check')\n")
    assert "penstock.report" in found(root, "run").reach


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@mark.slow\ndef test_a(): pass\n\ndef test_b(): pass\n", ["test_b"]),
        ("pytestmark = [pytest.mark.slow]\n\ndef test_a(): pass\n", []),
        ("class TestA: pass\n\nTestB = machine()\n\ndef helper(): pass\n\nTest = 3\n", ["TestA", "TestB", "Test"]),
    ],
)
def test_slow_tests_are_left_out(root: Path, text: str, names: list[str]) -> None:
    file = root / "tests/model/test_a.py"
    file.write_text(text)
    assert [each.name for each in TestCode(root).tests([file])] == [f"tests/model/test_a.py::{name}" for name in names]


@pytest.mark.slow
def test_the_tests_of_this_project_are_read() -> None:
    code = TestCode(Path(__file__).parents[2])
    here = code.tests([Path(__file__)])
    assert f"{Path(__file__).relative_to(code.root).as_posix()}::test_a_test_may_move" in {each.name for each in here}
    assert len({each.digest for each in here}) == len(here)
