"""The audit reads outputs of real runs (recorded/), and whatever is not plainly a success is a failure to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.audit import results
from tools.audit.__main__ import disappeared, recorded, report
from tools.audit.planted import BUGS, plant
from tools.audit.results import Result
from tools.audit.tools import ACCEPTED, ROOT

RECORDED = Path(__file__).parent / "recorded"
FOUND_BY_SLITHER = [
    "timestamp Deal._settle",
    "timestamp HolderRegistry.allowUntil",
    "timestamp HolderRegistry.canTransfer",
    "unused-return TrancheShareLogic._update",
]


def text(name: str) -> str:
    return (RECORDED / name).read_text()


def edited(name: str, edit: Callable[[Any], object]) -> str:
    output = json.loads(text(name))
    edit(output)
    return json.dumps(output)


def first_check(output: Any) -> Any:
    return next(iter(output["test_results"].values()))[0]


def first_invariant(output: Any) -> Any:
    return next(iter(next(iter(output.values()))["test_results"].values()))


def test_halmos_passes_when_all_is_proven() -> None:
    found = results.halmos(0, text("halmos_ok.json"))
    assert found.passed and found.checks == len(found.names) > 0
    assert all(".check_" in name for name in found.names)


@pytest.mark.parametrize("code", [143, -15])
def test_halmos_fails_when_it_was_ended(code: int) -> None:
    assert results.halmos(code, text("halmos_ok.json")).failures == ("ended by signal 15",)


def test_halmos_fails_by_a_counterexample() -> None:
    found = results.halmos(1, text("halmos_refuted.json"))
    assert not found.passed
    assert found.refuted == ("ShareLibCheck.check_giving_takes_shares_and_debt",)


@pytest.mark.parametrize("exitcode", [1, 2, 3, 4, 5], ids=["counterexample", "timeout", "stuck", "revert", "exception"])
def test_halmos_fails_by_anything_but_proven(exitcode: int) -> None:
    output = edited("halmos_ok.json", lambda each: first_check(each).update(exitcode=exitcode))
    assert not results.halmos(0, output).passed
    assert bool(results.halmos(0, output).refuted) is (exitcode == 1)


def test_halmos_fails_by_a_proof_cut_at_the_loop_bound() -> None:
    output = edited("halmos_ok.json", lambda each: first_check(each).update(num_bounded_loops=1))
    found = results.halmos(0, output)
    name = first_check(json.loads(output))["name"].split("(")[0]
    assert found.failures == (f"{name}: cut at the loop bound",)


@pytest.mark.parametrize("output", ["", "Build failed", "{", "[]", "null", '{"exitcode": 0, "test_results": {}}'])
def test_no_report_is_a_failure(output: str) -> None:
    assert not results.halmos(0, output).passed
    assert not results.forge(0, output if "test_results" not in output else "{}").passed
    assert not results.slither(output, []).passed
    if output != "[]":
        assert not results.solhint(0, output, 39).passed


def test_exit_codes_count_whatever_the_report_says() -> None:
    assert not results.halmos(1, text("halmos_ok.json")).passed
    assert not results.forge(1, text("forge_ok.json")).passed
    assert not results.solhint(1, "[]", 39).passed


def test_forge_passes_when_every_invariant_held() -> None:
    found = results.forge(0, text("forge_ok.json"))
    assert found.passed and len(found.names) == 6
    assert found.checks == 6 * 2 * 64


def test_forge_fails_by_its_report_even_when_the_exit_code_is_0() -> None:
    """The npm wrapper of forge always exits 0."""
    found = results.forge(0, text("forge_broken.json"))
    assert not found.passed and found.refuted


@pytest.mark.parametrize(
    "edit",
    [
        lambda each: first_invariant(each).update(status="Failure"),
        lambda each: first_invariant(each).update(status="Skipped"),
        lambda each: first_invariant(each)["kind"]["Invariant"].update(reverts=1),
        lambda each: first_invariant(each)["kind"]["Invariant"].update(calls=0),
        lambda each: first_invariant(each).update(kind={"Unit": {"gas": 1}}),
    ],
)
def test_forge_fails_by_anything_but_calls_without_reverts(edit: Callable[[Any], object]) -> None:
    found = results.forge(0, edited("forge_ok.json", edit))
    assert not found.passed and not found.refuted


def test_slither_passes_when_what_it_finds_is_accepted() -> None:
    found = results.slither(text("slither.json"), FOUND_BY_SLITHER)
    assert found.passed and found.checks == 4


def test_slither_fails_by_a_finding_without_a_line_and_by_a_line_without_a_finding() -> None:
    fewer, more = (
        results.slither(text("slither.json"), FOUND_BY_SLITHER[1:]),
        [*FOUND_BY_SLITHER, "suicidal Deal.close"],
    )
    assert fewer.failures == ("timestamp Deal._settle: not accepted",)
    assert results.slither(text("slither.json"), more).failures == ("suicidal Deal.close: accepted, but found no more",)


def test_slither_fails_by_a_second_finding_of_a_kind_in_a_function() -> None:
    output = edited("slither.json", lambda each: each["results"]["detectors"].append(each["results"]["detectors"][1]))
    assert "timestamp Deal._settle ×2: not accepted" in results.slither(output, FOUND_BY_SLITHER).failures


def test_slither_fails_when_it_could_not_compile() -> None:
    output = '{"success": false, "error": "solc failed", "results": {}}'
    assert results.slither(output, []).failures == ("no report: solc failed",)


def test_solhint_fails_by_a_finding() -> None:
    output = '[{"line": 7, "ruleId": "no-console", "filePath": "contracts/Deal.sol"}]'
    assert results.solhint(0, output, 39).failures == ("contracts/Deal.sol:7: no-console",)


def test_a_line_without_a_reason_accepts_nothing(tmp_path: Path) -> None:
    table = tmp_path / "accepted.md"
    table.write_text("| detector | place | why |\n|---|---|---|\n| `a` | `B.c` | because |\n| `d` | `E.f` |  |\n")
    assert results.accepted_findings(table) == ["a B.c"]


def test_every_line_of_the_decision_is_read() -> None:
    lines = [line for line in ACCEPTED.read_text().splitlines() if line.startswith("| `")]
    assert len(results.accepted_findings(ACCEPTED)) == len(lines) == len(set(lines)) > 0


def ok(*names: str) -> Result:
    return Result("halmos", "proofs", len(names), (), names)


def test_a_proof_that_disappears_fails_the_audit_and_leaves_the_record(tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    assert report([lambda: ok("a", "b")], 64, 1, path) == 1, "nothing could be seen to disappear"
    assert report([lambda: ok("a", "b")], 64, 1, path) == 0
    before = path.read_text()
    assert disappeared(ok("a"), json.loads(before)) == ["b: no longer there"]
    assert report([lambda: ok("a")], 64, 1, path) == 1
    assert path.read_text() == before


def test_a_tool_that_is_no_longer_run_fails_the_audit_and_leaves_the_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "audit.json"
    bug = Result("planted bug", "a unit too much", 2, (), ("a unit too much",))
    for code in (1, 0):
        assert report([lambda: ok("a"), lambda: bug], 64, 1, path) == code
    before = path.read_text()
    capsys.readouterr()
    assert report([lambda: ok("a")], 64, 1, path) == 1
    assert capsys.readouterr().err == "planted: a unit too much: no longer run\n"
    assert report([lambda: bug], 64, 1, path) == 1
    assert capsys.readouterr().err == "halmos: no longer run\n"
    assert path.read_text() == before


def test_a_tool_that_checked_nothing_fails_the_audit(tmp_path: Path) -> None:
    assert report([lambda: ok()], 64, 1, tmp_path / "audit.json") == 1
    assert not (tmp_path / "audit.json").exists()


def test_another_seed_leaves_the_record(tmp_path: Path) -> None:
    path = tmp_path / "audit.json"
    report([lambda: ok("a")], 64, 1, path)
    before = path.read_text()
    assert report([lambda: ok("a", "b")], 64, 2, path) == 0
    assert path.read_text() == before


def test_the_record_is_stable() -> None:
    assert recorded([ok("a")], 64, 1) == recorded([ok("a")], 64, 1)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_planted_bugs_are_one_line(bug: Any, tmp_path: Path) -> None:
    plant(bug, ROOT, tmp_path)
    was, now = (ROOT / bug.file).read_text().splitlines(), (tmp_path / bug.file).read_text().splitlines()
    assert len([1 for old, new in zip(was, now, strict=True) if old != new]) == 1


@pytest.mark.parametrize("name", ["LadderLib", "ShareLib"])
def test_a_bug_whose_line_is_gone_is_told(name: str, tmp_path: Path) -> None:
    bug = next(each for each in BUGS if name in each.file)
    with pytest.raises(ValueError, match="accepted: exactly one"):
        plant(type(bug)(bug.name, bug.file, "no such line", "", bug.proofs), ROOT, tmp_path)
