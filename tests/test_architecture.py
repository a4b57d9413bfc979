"""Imports run one way, as docs/ARCHITECTURE.md draws them; those of contracts/ too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the bottom up: a part imports itself, the rooms below its own and nothing beside it.
FLOORS: list[set[str]] = [
    {"addresses", "paths", "format"},
    {"errors"},
    {"extras", "files"},
    {"model"},
    {"links"},
    {"dealfile", "evm", "simulate"},
    {"onchain", "revenue", "structure"},
    {"audit", "demo", "deploy", "fuzz", "operate", "stress"},
    {"report"},
    {"cli"},
    {"__main__"},
]
FLOOR = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}
NOT_FOR_EVM = {"model", "links"}
"""A chain is reached without knowing what a deal is."""
MODULES = sorted((ROOT / "penstock").rglob("*.py"))


def part_of(module: str) -> str:
    """penstock.model.deal → model"""
    return [*module.split("."), ""][1]


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    own = part_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for module in imported_modules(path):
        assert not module.startswith("brownie"), f"{path} imports {module}: Brownie stays at the edge"
        assert not module.startswith(("benchmarks", "mutation", "tests")), f"{path} imports {module}: what looks on"
        if not module.startswith("penstock."):
            assert own == "evm" or not module.startswith(("web3", "pyrevm")), f"{path}: only evm/ knows {module}"
            continue
        part = part_of(module)
        if not own or not part or part == own:
            continue
        assert FLOOR[part] < FLOOR[own], f"{path} imports {module}: imports run one way"
        assert own != "evm" or part not in NOT_FOR_EVM, f"{path} imports {module}: evm/ knows no deal"


def test_the_model_needs_only_the_standard_library() -> None:
    import sys

    for path in sorted((ROOT / "penstock" / "model").rglob("*.py")):
        for module in imported_modules(path):
            first = module.split(".")[0]
            assert first == "penstock" or first in sys.stdlib_module_names, f"{path} imports {module}"


CONTRACTS = ROOT / "contracts"
# What each folder of contracts/ may import besides its own files; "" is the core, the files beside the folders.
MAY_IMPORT = {
    "": {"interfaces", "libraries", "types"},
    "interfaces": {"types"},
    "types": set(),
    "libraries": {"interfaces", "types"},
    "access": {"interfaces"},
    "offering": {"interfaces", "libraries", "types"},
    "policies": {"access", "interfaces", "libraries", "types"},
    "reports": {"access", "interfaces", "libraries", "types"},
    "links": {"interfaces", "libraries", "types"},
    "periphery": {"interfaces", "libraries", "types"},
    "mocks": {"", "interfaces", "libraries", "types"},
}


def contract_folder(path: Path) -> str:
    parts = path.relative_to(CONTRACTS).parts
    return parts[0] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", sorted(CONTRACTS.rglob("*.sol")), ids=lambda path: str(path.relative_to(CONTRACTS)))
def test_contracts_import_one_way(path: Path) -> None:
    own = contract_folder(path)
    for imported in re.findall(r'import[^;]*"(\.[^"]+)"', path.read_text()):
        folder = contract_folder((path.parent / imported).resolve())
        assert folder == own or folder in MAY_IMPORT[own], f"{path} imports {imported}"


def test_no_test_module_imports_another() -> None:
    """What tests share is in fixtures/, in a folder's conftest, or in a module beside them: it may be run alone."""
    tests = sorted((ROOT / "tests").rglob("*.py"))
    assert len(tests) > 100
    for path in tests:
        for module in imported_modules(path):
            parts = module.split(".")
            shared = not (parts[0] == "tests" and any(part.startswith("test_") for part in parts[1:]))
            assert shared, f"{path.relative_to(ROOT)} imports {module}"
