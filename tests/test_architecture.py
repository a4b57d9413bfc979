"""Imports run one way: scripts, cli → chain, report → dealfile, flows → model; contracts never import mocks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# What a part of penstock may import of penstock, besides itself; parts not listed here may import everything below cli.
ALLOWED = {
    "model": set(),
    "dealfile": {"model"},
    "flows": {"model", "dealfile"},
    "chain": {"model", "dealfile", "flows"},
    "report": {"model", "dealfile", "flows"},
    "audit": {"model", "dealfile", "flows", "chain", "report"},
    "deploying": {"model", "dealfile", "flows", "chain", "report"},
    "operating": {"model", "dealfile", "flows", "chain", "report", "deploying"},
    "verifying": {"model", "dealfile", "flows", "chain", "report", "deploying"},
}
TOP = {"cli", "__main__"}
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
            assert own == "chain" or not module.startswith(("web3", "pyrevm")), f"{path}: only chain/ knows {module}"
            continue
        part = part_of(module)
        if own in ALLOWED:
            assert part == own or part in ALLOWED[own], f"{path} imports {module}"
        elif own not in TOP and own:
            assert part not in TOP, f"{path} imports {module}"


def test_the_model_needs_only_the_standard_library() -> None:
    import sys

    for path in sorted((ROOT / "penstock" / "model").rglob("*.py")):
        for module in imported_modules(path):
            first = module.split(".")[0]
            assert first == "penstock" or first in sys.stdlib_module_names, f"{path} imports {module}"


def test_contracts_never_import_mocks() -> None:
    contracts = [p for p in (ROOT / "contracts").rglob("*.sol") if "mocks" not in p.parts]
    assert contracts
    for path in contracts:
        assert not re.search(r'from "[^"]*mocks/', path.read_text()), path
