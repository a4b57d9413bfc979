"""What the tools print, as verdicts. Whatever is not plainly a success is a failure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROVEN, REFUTED = 0, 1  # halmos's exit codes for a check; others are time-outs, reverts and errors


@dataclass(frozen=True)
class Result:
    """One row of the table. `names` are what may not disappear; `failures` one line each."""

    tool: str
    what: str
    checks: int
    failures: tuple[str, ...]
    names: tuple[str, ...] = ()
    refuted: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.checks > 0 and not self.failures


def _parsed(text: str) -> Any:
    """The first JSON value in a tool's output, None without one."""
    start = min((at for at in (text.find("{"), text.find("[")) if at >= 0), default=-1)
    if start < 0:
        return None
    try:
        return json.JSONDecoder().raw_decode(text[start:])[0]
    except ValueError:
        return None


def _failed(tool: str, what: str, why: str) -> Result:
    return Result(tool, what, 0, (why,))


def halmos(code: int, output: str) -> Result:
    """`halmos --json-output`: every check must be proven, and halmos say so by its exit code too."""
    what = "proofs of the libraries"
    if code < 0 or code > 128:
        return _failed("halmos", what, f"ended by signal {-code if code < 0 else code - 128}")
    report = _parsed(output)
    if not isinstance(report, dict) or not report.get("test_results"):
        return _failed("halmos", what, f"no report, exit {code}")
    checks = {
        f"{file.rsplit(':', 1)[-1]}.{check['name'].split('(')[0]}": check["exitcode"]
        for file, found in report["test_results"].items()
        for check in found
    }
    # Paths cut at the loop bound were not looked at: such a proof proves less than it says.
    cut = [
        f"{check['name'].split('(')[0]}: cut at the loop bound"
        for found in report["test_results"].values()
        for check in found
        if check.get("num_bounded_loops")
    ]
    words = {REFUTED: "counterexample", 2: "timeout"}
    failures = [f"{name}: {words.get(end, f'not proven ({end})')}" for name, end in checks.items() if end != PROVEN]
    failures += cut
    if not failures and (code != 0 or report.get("exitcode") != 0):
        failures.append(f"exit {code}")
    refuted = tuple(sorted(name for name, end in checks.items() if end == REFUTED))
    return Result("halmos", what, len(checks), tuple(failures), tuple(sorted(checks)), refuted)


def forge(code: int, output: str) -> Result:
    """`forge test --json`: the native binary's exit code, and every invariant with calls made and none reverted."""
    what = "invariant campaign"
    report = _parsed(output)
    if not isinstance(report, dict) or not report:
        return _failed("forge", what, f"no report, exit {code}")
    names, failures, refuted, calls = [], [], [], 0
    for suite in report.values():
        for test, found in suite["test_results"].items():
            name = test.split("(")[0]
            names.append(name)
            kind = found.get("kind", {}).get("Invariant", {})
            calls += kind.get("calls", 0)
            if found.get("status") != "Success":
                failures.append(f"{name}: {found.get('reason') or 'failed'}")
                if found.get("counterexample"):
                    refuted.append(name)
            elif not kind.get("calls") or kind.get("reverts"):
                failures.append(f"{name}: {kind.get('calls', 0)} calls, {kind.get('reverts', 0)} reverted")
    if code != 0 and not failures:
        failures.append(f"exit {code}")
    return Result("forge", what, calls, tuple(failures), tuple(sorted(names)), tuple(sorted(refuted)))


def solhint(code: int, output: str, files: int) -> Result:
    """`solhint --formatter json`: no report of any rule on any of the files, an empty list."""
    what = "lint of the contracts"
    report = _parsed(output)
    if not isinstance(report, list):
        return _failed("solhint", what, f"no report, exit {code}")
    failures = [f"{each['filePath']}:{each['line']}: {each['ruleId']}" for each in report if "ruleId" in each]
    if code != 0 and not failures:
        failures.append(f"exit {code}")
    return Result("solhint", what, files, tuple(failures))


def slither(output: str, accepted: Iterable[str]) -> Result:
    """`slither --json -`: what it finds is what is accepted, neither more nor less. Its exit code counts findings."""
    what = "static analysis of the contracts"
    report = _parsed(output)
    if not isinstance(report, dict) or not report.get("success") or "results" not in report:
        return _failed("slither", what, f"no report: {str((report or {}).get('error'))[:200]}")
    places = Counter(finding(each) for each in report["results"].get("detectors", []))
    found = {place if times == 1 else f"{place} ×{times}" for place, times in places.items()}
    lines = set(accepted)
    failures = [f"{each}: not accepted" for each in sorted(found - lines)]
    failures += [f"{each}: accepted, but found no more" for each in sorted(lines - found)]
    return Result("slither", what, len(found), tuple(failures), tuple(sorted(found & lines)))


def finding(detected: dict[str, Any]) -> str:
    """Detector and place, without what changes when lines move: `timestamp Deal._settle`."""
    element = detected["elements"][0]
    parts = [element["name"]]
    while parent := element.get("type_specific_fields", {}).get("parent"):
        if parent["type"] in ("function", "contract"):
            parts.insert(0, parent["name"])
        element = parent
    return f"{detected['check']} {'.'.join(parts)}"


def accepted_findings(path: Path) -> list[str]:
    """The table's first two columns: detector and place. A line without a reason is none."""
    lines = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| [^|]*\w[^|]* \|$", path.read_text(), re.MULTILINE)
    return [f"{detector} {place}" for detector, place in lines]
