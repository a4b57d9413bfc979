"""
How many scenarios the simulator settles in a second, beside what others do: `make bench-simulate`.

Deals of 240 months: the standard one (3 tranches, fee, six months' DSRA, DSCR lock-up, arrears, sweep), the full one
(PIK and enforcement too), and the standard one at 18 decimals. Beside them the same months in NumPy and floating point
with eight rules only, as somebody would write in an afternoon, and waterfall-py on the plain deal. All take turns in
one run; of each the best round counts. Rates a core are by this process's own time, so that a busy machine changes
them little. A few scenarios of each deal are first compared with the exact model, in every number that is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.deals import PERIODS, UNIT, PlainDeal, full_terms, plain_flows
from benchmarks.model import run_peer
from penstock.model.terms import ArrearsRule, DealTerms, Fee, PrincipalKind, Reserve, Rung, RungKind, Tranche
from penstock.simulate import Way, scenarios, stream
from penstock.simulate.ways import Simulator

ROOT = Path(__file__).resolve().parent.parent
MEAN = 85_000
TOTALS = ("credited", "balance")


def standard_terms() -> DealTerms:
    """The full deal without PIK and enforcement, which a NumPy sketch leaves out too."""
    full = full_terms()
    senior, mezz, equity = full.tranches
    lenders = (senior, replace(mezz, arrears=ArrearsRule.COUPON), equity)
    return replace(full, name="standard", tranches=lenders, enforcement=(), enforce_on=(), tests=full.tests[:1])


def times(terms: DealTerms, factor: int) -> DealTerms:
    """The deal with every amount so many times as large: six decimals become eighteen."""

    def tranche(each: Tranche) -> Tranche:
        return replace(each, face=each.face * factor, schedule=tuple(amount * factor for amount in each.schedule))

    def fee(each: Fee) -> Fee:
        return replace(each, amount=each.amount * factor)

    def reserve(each: Reserve) -> Reserve:
        return replace(each, opening=each.opening * factor, target=each.target * factor)

    return replace(
        terms,
        decimals=18,
        tranches=tuple(map(tranche, terms.tranches)),
        fees=tuple(map(fee, terms.fees)),
        reserves=tuple(map(reserve, terms.reserves)),
    )


def grown(lenders: int, sweeps: int, periods: int) -> DealTerms:
    """The standard deal with more lenders of one size, more sweeps, or fewer periods."""
    terms = standard_terms()
    senior, mezz, equity = terms.tranches
    dates = terms.accrual_dates[:periods]
    stack = [replace(senior, schedule=(*senior.schedule[: periods - 1], sum(senior.schedule[periods - 1 :])))]
    stack += [replace(mezz, id=f"mezz{index}", principal=PrincipalKind.BULLET) for index in range(1, lenders)]
    rungs = [Rung(RungKind.FEE, (0,)), Rung(RungKind.INTEREST, (0,)), Rung(RungKind.PRINCIPAL, (0,))]
    rungs += [Rung(RungKind.RESERVE, (0,))]
    for index in range(1, lenders):
        rungs += [Rung(RungKind.INTEREST, (index,)), Rung(RungKind.PRINCIPAL, (index,))]
    rungs += [Rung(RungKind.TRAP, test=0)]
    rungs += [Rung(RungKind.SWEEP, (lenders - 1,), 10**18 // (index + 2)) for index in range(sweeps)]
    rungs += [Rung(RungKind.RESIDUAL, (lenders,))]
    reserve = replace(terms.reserves[0], ahead=tuple(min(6, periods - period) for period in range(1, periods + 1)))
    return replace(
        terms,
        accrual_dates=dates,
        payment_dates=dates,
        tranches=(*stack, equity),
        normal=tuple(rungs),
        reserves=(reserve,),
    )


def months(count: int, periods: int = PERIODS, seed: int = 1) -> NDArray[np.int64]:
    """Months of 60 to 140 % of a mean that is just enough."""
    chance = np.random.default_rng(seed)
    return chance.integers(6 * MEAN * UNIT // 10, 14 * MEAN * UNIT // 10, size=(count, periods))


def in_floats(terms: DealTerms, collections: NDArray[np.float64]) -> NDArray[np.float64]:
    """
    What somebody would write in an afternoon: fee, senior interest and principal with arrears, a reserve of six level
    payments, mezzanine interest, a lock-up that traps, a sweep, the rest. What equity got.
    """
    senior, mezz, _ = terms.tranches
    count = len(collections)
    balance, owed = np.full(count, float(senior.face)), np.zeros(count)
    junior, trapped, equity = np.full(count, float(mezz.face)), np.zeros(count), np.zeros(count)
    rate, other = senior.coupon(1) / 1e18 / 12, mezz.coupon(1) / 1e18 / 12
    payment = senior.schedule[0] + senior.face * rate
    target, fee = 6 * payment, float(terms.fees[0].amount)
    reserve = np.full(count, float(terms.reserves[0].opening))
    for period in range(terms.periods):
        cash = collections[:, period]
        service = balance * rate + np.minimum(balance, senior.schedule[period])
        failing = np.maximum(cash - fee, 0) < 1.15 * service
        left = cash + np.where(failing, 0, trapped)
        trapped = np.where(failing, trapped, 0)
        left = left - np.minimum(fee, left)
        due = balance * rate + owed
        paid = np.minimum(due, left + reserve)
        drawn = np.maximum(paid - left, 0)
        left, reserve, owed = left - (paid - drawn), reserve - drawn, due - paid
        due = np.minimum(balance, senior.schedule[period])
        paid = np.minimum(due, left + reserve)
        drawn = np.maximum(paid - left, 0)
        left, reserve, balance = left - (paid - drawn), reserve - drawn, balance - paid
        topped = np.minimum(np.maximum(target - reserve, 0), left)
        left, reserve = left - topped, reserve + topped
        left = left - np.minimum(junior * other, left)
        trapped, left = np.where(failing, trapped + left, trapped), np.where(failing, 0, left)
        swept = np.minimum(junior, left / 2)
        junior, left = junior - swept, left - swept
        equity += left
    return equity


@dataclass
class Timed:
    """The best of several rounds. cpu : this process's own seconds; wall : of the clock; count : scenarios a round."""

    name: str
    run: Callable[[], object]
    count: int
    cpu: float = float("inf")
    wall: float = float("inf")

    def round(self) -> None:
        cpu, wall = time.process_time(), time.perf_counter()
        self.run()
        self.cpu = min(self.cpu, time.process_time() - cpu)
        self.wall = min(self.wall, time.perf_counter() - wall)


def entry(name: str, terms: DealTerms, way: Way, block: Any, threads: int) -> Timed:
    """One deal on one way, compiled and compared with the model before it is timed."""
    made = Simulator(terms, (), (), TOTALS)
    some = block.part(0, 16)
    got, wanted = made.run(some, way, 1), made.run(some, Way.MODEL)
    for figure in TOTALS:
        if not (got.totals[figure] == wanted.totals[figure]).all():
            sys.exit(f"{name}: {figure} is not the model's")
    return Timed(name, lambda: made.run(block, way, threads), block.count)


def compile_times() -> dict[str, float]:
    """Seconds of a first run of the standard deal in a new process, with and without a kernel on disk."""
    code = (
        "import time, numpy as np; from benchmarks.simulate import *;"
        "terms = standard_terms(); made = Simulator(terms, (), (), TOTALS); block = scenarios(terms, months(256));"
        "cpu, wall = time.process_time(), time.perf_counter(); made.run(block, Way.NARROW, 1);"
        "print(time.process_time() - cpu, time.perf_counter() - wall)"
    )
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("cold", "warm"):
            done = subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PENSTOCK_KERNELS": folder},
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            found[f"{name} cpu"], found[f"{name} wall"] = map(float, done.stdout.split())
    return found


def memory(count: int) -> float:
    """MiB at most, of a process of its own that streams so many scenarios of the standard deal."""
    code = (
        f"import resource; from benchmarks.simulate import *; streamed({count}); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def streamed(count: int, block: int = 16_384) -> int:
    """Runs scenarios block by block and keeps one number: what equity gets in all of them."""
    terms = standard_terms()
    blocks = (scenarios(terms, months(min(block, count - at), seed=at)) for at in range(0, count, block))
    return sum(int(runs.totals["credited"][:, -1].sum()) for runs in stream(terms, blocks, totals=("credited",)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenarios", type=int, default=16_384)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--streamed", type=int, default=1_000_000, help="scenarios of the memory figure; 0 for none")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    asked = parser.parse_args()
    count, collected = asked.scenarios, months(asked.scenarios)
    standard, full = standard_terms(), full_terms()
    coin = times(standard, 10**12)
    large = scenarios(coin, collected[: count // 8].astype(object) * 10**12)
    floats = collected[: count // 4].astype(np.float64)
    plain, block = PlainDeal(), scenarios(standard, collected)
    timed = [
        entry("standard, one thread", standard, Way.NARROW, block, 1),
        entry("standard, two threads", standard, Way.NARROW, block, 2),
        entry("full, one thread", full, Way.NARROW, block, 1),
        entry("full, two threads", full, Way.NARROW, block, 2),
        entry("18 decimals, one thread", coin, Way.WIDE, large, 1),
        entry("18 decimals, two threads", coin, Way.WIDE, large, 2),
        entry("standard, NumPy", standard, Way.NUMPY, scenarios(standard, collected[: count // 4]), 1),
        entry("standard, Python ints", standard, Way.INTS, scenarios(standard, collected[:64]), 1),
        Timed("floats, eight rules", lambda: in_floats(standard, floats), len(floats)),
    ]
    for lenders, sweeps, periods in ((2, 1, 240), (4, 1, 240), (8, 1, 240), (2, 8, 240), (2, 1, 60)):
        terms = grown(lenders, sweeps, periods)
        name = f"{lenders} lenders, {len(terms.normal)} rungs, {periods} months"
        timed.append(entry(name, terms, Way.NARROW, scenarios(terms, collected[: count // 2, :periods]), 1))
    for _ in range(asked.rounds):
        for each in timed:
            each.round()
    figures: dict[str, Any] = {
        each.name: {"a core": each.count / each.cpu, "by the clock": each.count / each.wall} for each in timed
    }
    print(f"{'scenarios a second':<36} {'a core':>12} {'by the clock':>14}")
    for each in timed:
        print(f"{each.name:<36} {each.count / each.cpu:>12,.0f} {each.count / each.wall:>14,.0f}")
    peer = run_peer(plain, plain_flows(4))
    figures["waterfall-py"] = {"a core": 4 / peer["seconds"]}
    print(f"{'waterfall-py, the plain deal':<36} {4 / peer['seconds']:>12,.1f}")
    figures["compile"] = compile_times()
    print("compile, seconds: " + ", ".join(f"{name} {value:.2f}" for name, value in figures["compile"].items()))
    if asked.streamed:
        figures["streamed MiB"] = memory(asked.streamed)
        print(f"{asked.streamed:,} scenarios streamed: {figures['streamed MiB']:,.0f} MiB at most")
    if asked.out:
        asked.out.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
