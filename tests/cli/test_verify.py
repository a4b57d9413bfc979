"""
What verify says and exits with, without an explorer: tests/deploy/test_explorers.py has those.

given a deployment that is ours
    each contract should be named with its verdict, and the sources be written where they are wanted
given an explorer that refuses a contract
    the others should be submitted, and the refusal be said, exit 1
given a contract of other code
    it should be named, and nothing be submitted
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penstock.deploy.verify import bytecode, submit
from penstock.deploy.verify.http import Unverified
from penstock.evm.artifacts import compile_contracts
from tests.fixtures.cli import penstock
from tests.fixtures.deals import Launched
from tests.fixtures.tables import tables

WHERE = ("--verifier", "blockscout", "--verifier-url", "https://explorer.example/api")


class Explorer:
    """Refuses some contracts, by name."""

    def __init__(self, *refused: str) -> None:
        self.refused, self.asked = refused, []

    def verify(self, ours: Any) -> str:
        self.asked.append(ours.name)
        if ours.name in self.refused:
            raise Unverified("it does not compile")
        return "verified"


@pytest.fixture
def command(launched: Launched, monkeypatch: pytest.MonkeyPatch) -> Any:
    compiled = compile_contracts()
    monkeypatch.setattr("penstock.evm.artifacts.recompile", lambda: compiled)

    def run(*words: str, explorer: Explorer | None = None) -> Any:
        monkeypatch.setattr(submit, "explorer", lambda *_: explorer)
        return penstock("verify", launched.file, "--network", launched.url, *words)

    return run


def test_each_contract_is_named_with_its_verdict(command: Any, launched: Launched) -> None:
    done = command()
    assert (done.exit_code, done.stderr) == (0, "")
    (table,) = tables(done.stdout)
    assert table.title == ["Code on the chain and our sources"]
    rows = {row[0]: row[1:] for row in table.rows}
    manifest = json.loads(Path(launched.file).read_text())
    assert rows["factory"][:2] == ["DealFactory", manifest["factory"]]
    assert rows["deal"][:2] == ["clone of Deal", manifest["deal"]]
    assert {row[2] for row in rows.values()} == {"same"}


def test_sources_are_written_and_counted(command: Any, tmp_path: Path) -> None:
    done = command("--sources", "made")
    assert done.exit_code == 0, done.stderr
    written = sorted(each.name for each in Path("made").iterdir())
    assert done.stdout.splitlines()[-1] == f"{len(written) - 1} standard JSON inputs and made/contracts.json"
    assert "contracts.json" in written and len(written) > 5


def test_what_an_explorer_refuses_is_said_after_the_others_are_submitted(command: Any, launched: Launched) -> None:
    explorer, manifest = Explorer("factory"), json.loads(Path(launched.file).read_text())
    done = command(*WHERE, explorer=explorer)
    assert done.exit_code == 1
    assert done.stderr == f"factory at {manifest['factory']}: blockscout says: it does not compile\n"
    said = [line.split()[-1] for line in done.stdout.splitlines() if line.endswith(("  verified", "  REFUSED"))]
    assert said == ["REFUSED" if name == "factory" else "verified" for name in explorer.asked]
    assert len(said) > 5
    assert command(*WHERE, explorer=Explorer()).exit_code == 0


def test_other_code_is_named_and_nothing_is_submitted(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    compare = bytecode.compare

    def other(*words: Any) -> Any:
        first, *rest = compare(*words)
        return [replace(first, difference="byte 7 differs"), *rest]

    monkeypatch.setattr(bytecode, "compare", other)
    explorer = Explorer()
    done = command(*WHERE, "--sources", "made", explorer=explorer)
    assert done.exit_code == 1 and done.stderr.endswith(": byte 7 differs\n"), done.output
    assert explorer.asked == [] and not Path("made").exists()
