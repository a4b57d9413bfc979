"""
How many deals of 240 periods the model settles in a second, in one process, beside waterfall-py on the same deal.

`make bench-model`, or `python -m benchmarks.model`. The model is written to be read, not to be fast.
Both engines' numbers are compared first, period by period. waterfall-py comes from PyPI into a virtual environment of
its own under build/, and runs there; PENSTOCK_BENCH_PYTHON names another interpreter that has it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.deals import (
    PERIODS,
    UNIT,
    PlainDeal,
    full_flows,
    full_terms,
    plain_flows,
    plain_terms,
)
from penstock.model import deal
from penstock.model.terms import DealTerms
from penstock.model.units import WAD

PEER = "waterfall-py==0.2.0"
ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = 1e-6
"""Currency units: the peer computes in floating point, and 1e-6 is our base unit."""


def rate(settle: Callable[[Sequence[int]], object], flows: Sequence[Sequence[int]], rounds: int = 5) -> float:
    """Deals a second of this process's own time, the best of a few rounds over all flows."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for months in flows:
            settle(months)
        best = min(best, time.process_time() - start)
    return len(flows) / best


def peer_python() -> str:
    """An interpreter that has waterfall-py; made on first use."""
    given = os.environ.get("PENSTOCK_BENCH_PYTHON")
    if given:
        return given
    folder = ROOT / "build" / "venvs" / "waterfall-py"
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "-qq", PEER], check=True)
        (folder / ".ready").touch()
    return str(python)


def run_peer(plain: PlainDeal, flows: Sequence[Sequence[int]]) -> dict[str, Any]:
    asked = {"deal": asdict(plain), "flows": [[amount / UNIT for amount in months] for months in flows]}
    command = [peer_python(), str(Path(__file__).with_name("waterfall_peer.py"))]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"waterfall-py did not run: {done.stderr.strip().splitlines()[-1:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def compare(terms: DealTerms, months: Sequence[int], theirs: Sequence[dict[str, float]]) -> int:
    """The numbers in which both engines agree: all of them, or the benchmark ends here."""
    life = deal.run(terms, months)
    compared = 0
    for settlement, row in zip(life.settlements, theirs, strict=True):
        flows = settlement.flows
        value = settlement.tests[0].value
        ours = {
            "fee": flows.fees[0] / UNIT,
            "senior interest": flows.interest[0] / UNIT,
            "senior principal": flows.principal[0] / UNIT,
            "mezz interest": flows.interest[1] / UNIT,
            "mezz principal": flows.principal[1] / UNIT,
            "reserve": settlement.reserves[0] / UNIT,
            "residual": flows.residual / UNIT,
            "dscr": (value or 0) / WAD,
        }
        for name, amount in ours.items():
            if abs(amount - row[name]) > TOLERANCE:
                sys.exit(f"period {settlement.period}, {name}: penstock {amount}, waterfall-py {row[name]}")
            compared += 1
    return compared


def line(name: str, deals: float, note: str) -> None:
    print(f"{name:<13} {deals:8,.0f} deals/s  {note}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deals", type=int, default=400, help="how many deals to time")
    arguments = parser.parse_args()

    plain = PlainDeal()
    terms, flows = plain_terms(plain), plain_flows(arguments.deals)
    peer = run_peer(plain, flows[: max(1, arguments.deals // 10)])
    compared = compare(terms, flows[0], peer["periods"])
    theirs = max(1, arguments.deals // 10) / peer["seconds"]
    timed = flows[: max(1, arguments.deals // 10)]
    ours = rate(lambda months: deal.run(terms, months), timed, 1)
    line("penstock", ours, f"3 tranches, {PERIODS} periods, exact, one process")
    line("waterfall-py", theirs, f"{peer['version']}, the same deal, one process; equal in {compared:,} numbers")
    print(f"ratio         {ours / theirs:8,.1f}")
    full, harder = full_terms(), full_flows(len(timed))
    note = "DSRA of six months, PIK, sweep, lock-up, enforcement; lean years"
    line("full deal", rate(lambda months: deal.run(full, months), harder, 1), note)


if __name__ == "__main__":
    main()
