"""What the audit runs, and that a bug planted for it to find must be found by both engines. The tools are fakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.audit import __main__ as audit
from tools.audit import tools
from tools.audit.planted import BUGS, CONTROL, Planted
from tools.audit.results import Result

BUG = Planted("two proofs", "contracts/A.sol", "a", "b", ("ACheck.check_one", "BCheck.check_two"))
BROKEN = Result("forge", "campaign", 9, ("invariant_a: broken",), ("invariant_a",), ("invariant_a",))
HELD = Result("forge", "campaign", 9, (), ("invariant_a",))
NOT_RUN = Result("forge", "campaign", 0, ("no report, exit 1",))


def proof(name: str, *failures: str, refuted: bool = False) -> Result:
    return Result("halmos", "proofs", 1, failures, (name,), (name,) if refuted else ())


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Result]:
    """What the two engines say of a copy with a bug in it: by function of a proof, and "campaign"."""
    said = {
        "check_one": proof("ACheck.check_one", "ACheck.check_one: counterexample", refuted=True),
        "check_two": proof("BCheck.check_two", "BCheck.check_two: counterexample", refuted=True),
        "campaign": BROKEN,
    }
    copies: list[tuple[Planted, Path]] = []

    def halmos(root: Path, only: str) -> Result:
        assert copies[-1][1] == root
        return said[only]

    def forge(runs: int, seed: int, root: Path) -> Result:
        assert (runs, seed, copies[-1][1]) == (64, 1, root)
        return said["campaign"]

    monkeypatch.setattr(tools, "ROOT", tmp_path)
    monkeypatch.setattr(tools, "plant", lambda bug, source, into: copies.append((bug, into)))
    monkeypatch.setattr(tools, "halmos", halmos)
    monkeypatch.setattr(tools, "forge", forge)
    return said


def test_a_bug_that_both_engines_find_passes(engines: dict[str, Result]) -> None:
    found = tools.planted(BUG, 64, 1)
    assert found == Result("planted bug", "two proofs", 3, (), ("two proofs",))


@pytest.mark.parametrize(
    "said",
    [
        proof("BCheck.check_two"),
        proof("BCheck.check_two", "BCheck.check_two: timeout"),
        proof("BCheck.check_another", "BCheck.check_another: counterexample", refuted=True),
    ],
    ids=["proven", "not run", "another refuted"],
)
def test_a_bug_that_leaves_one_of_its_proofs_fails(engines: dict[str, Result], said: Result) -> None:
    engines["check_two"] = said
    assert tools.planted(BUG, 64, 1).failures == ("BCheck.check_two was not refuted",)


@pytest.mark.parametrize(("said", "why"), [(HELD, ""), (NOT_RUN, ": no report, exit 1")], ids=["held", "not run"])
def test_a_bug_that_leaves_the_campaign_fails(engines: dict[str, Result], said: Result, why: str) -> None:
    engines["campaign"] = said
    assert tools.planted(BUG, 64, 1).failures == (f"the campaign did not break{why}",)


def test_the_copy_without_a_bug_must_pass_both(engines: dict[str, Result]) -> None:
    (name,) = CONTROL.proofs
    function = name.split(".")[1]
    engines |= {function: proof(name), "campaign": HELD}
    assert tools.control(64, 1) == Result("planted bug", CONTROL.name, 2, (), (CONTROL.name,))
    engines["campaign"] = BROKEN
    assert tools.control(64, 1).failures == BROKEN.failures
    engines |= {function: proof(name, f"{name}: timeout"), "campaign": HELD}
    assert tools.control(64, 1).failures == (f"{name}: timeout",)


def test_the_audit_runs_what_the_record_says_and_every_planted_bug(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And each tool must run: without it the audit fails."""
    before = audit.RECORD.read_text()
    record = tmp_path / "audit.json"
    record.write_text(before)
    known = json.loads(before)["tools"]

    def said(key: str) -> Result:
        tool, what = ("planted bug", key.removeprefix("planted: ")) if key.startswith("planted: ") else (key, "")
        return Result(tool, what, known[key]["checks"], (), tuple(known[key]["names"]))

    (tmp_path / "halmos").touch()
    monkeypatch.setattr(audit, "VENV", tmp_path)
    monkeypatch.setattr(audit, "RECORD", record)
    monkeypatch.setattr(audit, "versions", lambda: json.loads(before)["versions"])
    for tool in ("solhint", "slither", "halmos"):
        monkeypatch.setattr(tools, tool, lambda tool=tool: said(tool))
    monkeypatch.setattr(tools, "forge", lambda runs, seed: said("forge"))
    monkeypatch.setattr(tools, "control", lambda runs, seed: said(f"planted: {CONTROL.name}"))
    monkeypatch.setattr(tools, "planted", lambda bug, runs, seed: said(f"planted: {bug.name}"))
    assert audit.main([]) == 0
    assert record.read_text() == before
    assert set(known) == {"solhint", "slither", "halmos", "forge"} | {
        f"planted: {bug.name}" for bug in (CONTROL, *BUGS)
    }
    assert len(BUGS) >= 2
