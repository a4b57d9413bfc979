"""What is mutated, and which tests are to find it. To cover another part of Penstock, add a line here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """
    A part of the code.

    files, without : patterns of what is mutated, relative to the root. tests : files and folders of the tests that
    judge it; of these, a Python mutant meets only the ones that can reach its module.
    """

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    without: tuple[str, ...] = ()


TARGETS = (
    # Interfaces have no code, and mocks belong to the tests.
    Target(
        "contracts",
        ("contracts/**/*.sol",),
        ("tests/parity", "tests/contracts"),
        without=("contracts/interfaces/*", "contracts/mocks/*"),
    ),
    # An error's class holds its message, which is not arithmetic.
    Target(
        "model",
        ("penstock/model/*.py",),
        (
            "tests/model",
            "tests/vectors",
            "tests/parity",
            "tests/properties",
            "tests/dealfile",
            "tests/cli/test_cli.py",
        ),
        without=("*/__init__.py", "*/errors.py"),
    ),
    Target(
        "dealfile",
        ("penstock/dealfile/*.py",),
        ("tests/dealfile", "tests/vectors", "tests/cli/test_cli.py", "tests/cli/test_warnings.py"),
        without=("*/__init__.py", "*/errors.py"),
    ),
    # What people read: its figures are held against the model.
    Target(
        "report",
        ("penstock/report/*.py", "penstock/format.py"),
        ("tests/report", "tests/demo", "tests/cli/test_cli.py", "tests/operate/test_every_figure.py"),
        without=("*/__init__.py",),
    ),
    Target("operate", ("penstock/operate/*.py",), ("tests/operate",), without=("*/__init__.py",)),
    Target(
        "cli",
        ("penstock/cli/**/*.py",),
        (
            "tests/cli",
            "tests/operate",
            "tests/demo",
            "tests/report/test_run_page.py",
            "tests/report/test_statement.py",
            "tests/report/test_terms_words.py",
        ),
        without=("*/__init__.py",),
    ),
)

# Tests that start a node take longer than all the others, and run the same bytecode; those of lagging nodes and of
# dead ones wait for most of their time.
TESTS_LEFT_OUT = (
    "*/test_on_nodes.py",
    "*/test_nodes.py",
    "*/test_lens_gas.py",
    "*/operate/test_pool*.py",
    "*/cli/test_compile.py",
    "*/cli/test_audit_hanging.py",
    "*/cli/test_dead_node.py",
    "*/cli/test_interrupted.py",
    "*/cli/test_null_answers.py",
)


def files_of(root: Path, target: Target) -> list[str]:
    """Every file of a target, relative to the root, in a fixed order."""
    found = {each.relative_to(root).as_posix() for pattern in target.files for each in root.glob(pattern)}
    return sorted(name for name in found if is_of(name, target))


def is_of(file: str, target: Target) -> bool:
    return _matches(file, target.files) and not _matches(file, target.without)


def target_of(file: str) -> Target:
    return next(each for each in TARGETS if is_of(file, each))


def modules_of(root: Path, target: Target) -> list[Path]:
    """The test modules of a target. A folder that is not there is passed over."""
    found: set[Path] = set()
    for name in target.tests:
        place = root / name
        found.update([place] if place.is_file() else place.rglob("test_*.py"))
    return sorted(each for each in found if not _matches(each.as_posix(), TESTS_LEFT_OUT))


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(name, pattern.replace("**/", "*")) for pattern in patterns)
