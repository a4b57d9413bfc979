"""
The compiled contracts that the package carries.

given a checkout        they should be what its sources compile to, and say what to run when they are not
given changed sources   the product should compile, and not use them
given none              it should say what to do
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from penstock import paths
from penstock.evm import artifacts
from penstock.evm.artifacts import CARRIED_MOCKS, compile_contracts, load_artifacts
from penstock.evm.errors import StaleArtifacts
from penstock.evm.solc import COMMIT, VERSION

REBUILD = "penstock/artifacts.json is not what the contracts compile to: run `make artifacts` and commit it"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A checkout of its own, to change."""
    shutil.copytree(paths.contracts(), tmp_path / "contracts")
    shutil.copytree(paths.node_modules() / "@openzeppelin", tmp_path / "node_modules" / "@openzeppelin")
    shutil.copy(paths.artifacts(), tmp_path)
    monkeypatch.setattr(paths, "root", lambda: tmp_path)
    monkeypatch.setattr(paths, "artifacts", lambda: tmp_path / "artifacts.json")
    forget()
    yield tmp_path
    forget()


def forget() -> None:
    load_artifacts.cache_clear()
    artifacts._carried.cache_clear()


def test_the_carried_artifacts_are_those_of_the_sources() -> None:
    assert artifacts.artifacts_are_current(), REBUILD
    carried, compiled = load_artifacts(), compile_contracts()
    assert json.loads(paths.artifacts().read_text())["solc"] == f"{VERSION}+commit.{COMMIT}"
    for name, each in carried.items():
        made = compiled[name]
        assert (each.bytecode, each.deployed_bytecode) == (made.bytecode, made.deployed_bytecode), REBUILD
        assert (each.abi.entries, each.slots, each.source) == (made.abi.entries, made.slots, made.source), REBUILD
        # The names of immutables are numbers that depend on what else is compiled; their order is that of the source.
        assert places(each) == places(made), REBUILD
    mocks = {name for name, made in compiled.items() if "/mocks/" in made.source}
    assert set(carried) == set(compiled) - mocks | set(CARRIED_MOCKS), REBUILD


@pytest.mark.slow
def test_compiled_now_from_what_the_package_carries_they_are_the_same() -> None:
    carried, now = load_artifacts(), artifacts.recompile()
    assert set(now) == set(carried)
    for name, each in carried.items():
        assert (now[name].bytecode, now[name].deployed_bytecode) == (each.bytecode, each.deployed_bytecode)


def places(made: artifacts.Artifact) -> list[tuple[tuple[int, int], ...]]:
    return [made.immutables[key] for key in sorted(made.immutables, key=int)]


def test_a_changed_source_is_compiled(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "compile_contracts", lambda: {"compiled": None})
    assert "Deal" in load_artifacts()
    file = copy / "contracts" / "Deal.sol"
    file.write_text(file.read_text() + "\n")
    load_artifacts.cache_clear()
    assert load_artifacts() == {"compiled": None}


def test_a_changed_mock_is_not_a_changed_product(copy: Path) -> None:
    needed = artifacts.product_request()["sources"]
    for file in (copy / "contracts" / "mocks").rglob("*.sol"):
        if file.relative_to(copy).as_posix() not in needed:
            file.unlink()
    assert artifacts.artifacts_are_current()


def test_without_node_modules_ours_alone_are_compared(copy: Path) -> None:
    shutil.rmtree(copy / "node_modules")
    assert artifacts.artifacts_are_current()
    (copy / "contracts" / "New.sol").write_text("// SPDX-License-Identifier: MIT\npragma solidity 0.8.30;\n")
    assert not artifacts.artifacts_are_current()


def test_an_installed_package_uses_them_as_they_are_and_has_the_sources(copy: Path) -> None:
    shutil.rmtree(copy / "contracts")
    shutil.rmtree(copy / "node_modules")
    deal = load_artifacts()["Deal"]
    request = artifacts.standard_json_of(deal)
    assert "contracts/Deal.sol" in request["sources"]
    assert "contracts/policies/HolderRegistry.sol" not in request["sources"]
    assert artifacts.product_request()["sources"].keys() >= request["sources"].keys()


@pytest.mark.parametrize(
    ("text", "said"), [(None, "cannot be read"), ("{", "cannot be read"), ("{}", "another version")]
)
def test_a_broken_package_says_what_to_do(copy: Path, text: str | None, said: str) -> None:
    shutil.rmtree(copy / "contracts")
    if text is None:
        paths.artifacts().unlink()
    else:
        paths.artifacts().write_text(text)
    with pytest.raises(StaleArtifacts, match=f"{said}.*install Penstock again"):
        load_artifacts()


def test_they_are_the_same_bytes_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = json.loads(paths.artifacts().read_text())
    monkeypatch.setattr(artifacts, "run_solc", lambda request, compiler: dict(reversed(kept["contracts"].items())))
    assert artifacts.write_artifacts(tmp_path / "artifacts.json").read_bytes() == paths.artifacts().read_bytes()
