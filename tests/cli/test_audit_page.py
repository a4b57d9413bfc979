"""
What audit prints and writes as JSON of what it found.

given checks that are equal, wrong or were not made
    each should say so, with how much was compared
given more differences than fit
    the first twenty should be listed, and the number of the rest
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from penstock.audit import run
from penstock.audit.findings import CHECKS, Findings
from penstock.audit.run import Audit
from tests.fixtures.actors import HOLDER
from tests.fixtures.cli import penstock
from tests.fixtures.tables import tables


def found(findings: Findings, **more: Any) -> Audit:
    numbers = {"events": 31, "holders": 7, "periods": 5, "late": 0, "block": 900, "since": 11, "resumed": 0}
    return Audit(findings, HOLDER, 31_337, "Small", **{**numbers, "seconds": 12.34, **more})


def several(wrong: int) -> Findings:
    findings = Findings()
    findings.compared("code", 6)
    findings.compared("state", 1_234)
    findings.note("code", "one is older")
    for index in range(wrong):
        findings.wrong("state", f"number {index}")
    return findings


@pytest.fixture
def audited(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command, given what an audit found."""

    def of(made: Audit, *words: str) -> Any:
        monkeypatch.setattr(run, "audit", lambda *_: made)
        monkeypatch.setattr("penstock.evm.networks.connect_to_read", lambda *_: None)
        return penstock("audit", HOLDER, "--rpc", "http://127.0.0.1:1", *words)

    return of


def test_each_check_says_whether_it_is_equal(audited: Any) -> None:
    done = audited(found(several(0)))
    assert (done.exit_code, done.stderr) == (0, "")
    (table,) = tables(done.stdout)
    assert table.title == [f"Small: {HOLDER} on chain 31337, blocks 11 to 900, 12.3 s"]
    assert list(table.columns) == ["check", "of what", "result", "compared"]
    results = {"code": ["equal", "6"], "state": ["equal", "1,234"]}
    assert table.rows == [[name, what, *results.get(name, ["not checked", "0"])] for name, what in CHECKS.items()]
    assert done.stdout.splitlines()[-3:] == [
        "",
        "note: code: one is older",
        "verdict: clean — 31 events, 7 holders, 5 periods, block 900",
    ]


@pytest.mark.parametrize("wrong", [1, 20, 21, 1_030])
def test_the_first_differences_are_listed_and_the_rest_counted(audited: Any, wrong: int) -> None:
    done = audited(found(several(wrong)))
    assert done.exit_code == 1
    (table,) = tables(done.stdout)
    assert table.row("state")[1:] == [f"{wrong:,} WRONG", "1,234"]
    lines = done.stdout.splitlines()
    lines = lines[lines.index("note: code: one is older") + 1 :]
    more = [f"… and {wrong - 20:,} more; --json has all"] if wrong > 20 else []
    first = "verdict: WRONG — first difference: state: number 0"
    assert lines == [*(f"state: number {index}" for index in range(min(wrong, 20))), *more, first]


def test_the_json_has_all_of_it(audited: Any) -> None:
    findings = several(0)
    findings.wrong("cash", "2 went elsewhere", 55, "0xab")
    done = audited(found(findings, late=2), "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    checks = told.pop("checks")
    assert told == {
        "verdict": "WRONG",
        "line": "verdict: WRONG — first difference: cash: 2 went elsewhere (block 55, transaction 0xab)",
        "deal": HOLDER,
        "chain_id": 31_337,
        "events": 31,
        "holders": 7,
        "periods": 5,
        "late": 2,
        "block": 900,
        "since": 11,
    }
    assert [each["check"] for each in checks] == list(CHECKS)
    by_name = {each.pop("check"): each for each in checks}
    assert by_name["code"] == {"compared": 6, "notes": ["one is older"], "differences": []}
    assert by_name["cash"] == {
        "compared": 0,
        "notes": [],
        "differences": [{"text": "2 went elsewhere", "block": 55, "transaction": "0xab"}],
    }
    assert json.loads(audited(found(several(0)), "--json").stdout)["verdict"] == "clean"


class Bars:
    """In place of rich's progress bars."""

    shown: ClassVar[dict[str, tuple[int, int]]] = {}

    def __init__(self, *_: object, **__: object) -> None:
        self.shown.clear()

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def add_task(self, stage: str, total: int) -> str:
        self.shown[stage] = (0, total)
        return stage

    def update(self, stage: str, completed: int = 0, total: int = 0) -> None:
        self.shown[stage] = (completed, total)


def test_each_stage_has_a_bar_of_its_own_that_may_grow(audited: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rich.progress.Progress", Bars)
    audited(found(several(0)))

    def reading(*words: Any) -> Audit:
        for stage, done, total in (("logs", 1, 10), ("state", 0, 3), ("logs", 12, 20), ("state", 3, 3)):
            words[4](stage, done, total)
        return found(several(0))

    monkeypatch.setattr(run, "audit", reading)
    assert penstock("audit", HOLDER, "--rpc", "http://127.0.0.1:1").exit_code == 0
    assert Bars.shown == {"logs": (12, 20), "state": (3, 3)}
