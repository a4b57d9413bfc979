"""
How many deals of 240 periods the model settles in a second, in one process, beside waterfall-py on the same deal.

`make bench-model`, or `python -m benchmarks.model`; `--features` adds what each feature of the full deal costs.
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
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.deals import (
    PERIODS,
    RESERVE,
    SWEEP,
    TRAP,
    UNIT,
    PlainDeal,
    full_flows,
    full_terms,
    plain_flows,
    plain_terms,
)
from penstock.model import deal
from penstock.model.compiled import compile_deal
from penstock.model.terms import ArrearsRule, DealTerms, RungKind
from penstock.model.units import WAD

GOAL = 1_500
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
    if compile_deal(terms).run(months) != life.state:
        sys.exit("the compiled deal differs from the model")
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


def without_rungs(terms: DealTerms, kind: RungKind) -> DealTerms:
    return replace(terms, normal=tuple(rung for rung in terms.normal if rung.kind is not kind))


def features(terms: DealTerms) -> dict[str, DealTerms]:
    """The full deal with one feature taken away, then all of them."""
    senior, mezz, equity = terms.tranches
    fixed = replace(terms.reserves[0], ahead=(), target=400_000 * UNIT)
    no_reserve = replace(without_rungs(terms, RESERVE), reserves=())
    no_lock_up = replace(without_rungs(terms, TRAP), tests=(), enforce_on=(), enforcement=())
    bare = replace(without_rungs(without_rungs(no_lock_up, RESERVE), SWEEP), reserves=(), fees=())
    return {
        "enforcement ladder": replace(terms, enforce_on=(), enforcement=(), tests=terms.tests[:1]),
        "both tests, the trap and enforcement": no_lock_up,
        "months of the reserve (fixed target instead)": replace(terms, reserves=(fixed,)),
        "the reserve": no_reserve,
        "the sweep": without_rungs(terms, SWEEP),
        "PIK (arrears instead)": replace(terms, tranches=(senior, replace(mezz, arrears=ArrearsRule.COUPON), equity)),
        "all of these and the fee": replace(bare, normal=tuple(r for r in bare.normal if r.kind is not RungKind.FEE)),
    }


def print_features(terms: DealTerms, flows: Sequence[Sequence[int]]) -> None:
    whole = 1e6 / rate(compile_deal(terms).run, flows) / PERIODS
    print(f"{'full deal':<48} {whole:6.3f} µs a period")
    for name, less in features(terms).items():
        spent = 1e6 / rate(compile_deal(less).run, flows) / PERIODS
        print(f"{'without ' + name:<48} {spent:6.3f} µs a period, {whole - spent:+.3f}")


def line(name: str, deals: float, note: str) -> None:
    print(f"{name:<13} {deals:8,.0f} deals/s  {note}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deals", type=int, default=400, help="how many deals to time")
    parser.add_argument("--features", action="store_true", help="what each feature of the full deal costs")
    arguments = parser.parse_args()

    plain = PlainDeal()
    terms, flows = plain_terms(plain), plain_flows(arguments.deals)
    peer = run_peer(plain, flows[: max(1, arguments.deals // 10)])
    compared = compare(terms, flows[0], peer["periods"])
    theirs = max(1, arguments.deals // 10) / peer["seconds"]
    ours = rate(compile_deal(terms).run, flows)
    line("penstock", ours, f"goal {GOAL:,}; 3 tranches, {PERIODS} periods, exact, one process")
    line("waterfall-py", theirs, f"{peer['version']}, the same deal, one process; equal in {compared:,} numbers")
    print(f"ratio         {ours / theirs:8,.0f}")

    full, harder = full_terms(), full_flows(arguments.deals)
    start = time.process_time()
    compiled = compile_deal(full)
    spent = time.process_time() - start
    if compiled.run(harder[0]) != deal.run(full, harder[0]).state:
        sys.exit("the compiled deal differs from the model")
    line("full deal", rate(compiled.run, harder), "DSRA of six months, PIK, sweep, lock-up, enforcement; lean years")
    line("prose model", rate(lambda months: deal.run(full, months), harder[:10], 1), "the same full deal, not compiled")
    print(f"compiling     {1e3 * spent:8.1f} ms       once a deal")
    if arguments.features:
        print_features(full, harder)


if __name__ == "__main__":
    main()
