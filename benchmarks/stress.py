"""
A portfolio on a cluster: many deals of one structure, each in thousands of scenarios of its own revenue.

    make bench-stress ARGS="--deals 1000 --scenarios 10000"

Two worker processes and a scheduler on the loopback. Deals differ in size and coupon, as loans of one programme do, so
that the compiled rules are shared. Measured: seconds, also of the workers' processors (which other programs on the
machine do not change), scenarios a second, peak memory of the client and of a worker,
and the bytes that are sent (studies, requests, results; as Dask serialises them).
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import platform
import resource
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from pathlib import Path
from typing import Any

from penstock.dealfile import load
from penstock.model.terms import DealTerms
from penstock.revenue.file import load_model
from penstock.stress.block import Tally
from penstock.stress.cluster import Cluster, cluster, connected
from penstock.stress.compute import AHEAD, Computed
from penstock.stress.study import BLOCK, Study

ROOT = Path(__file__).resolve().parents[1]
DEAL, MODEL = ROOT / "deals" / "greensboro-solar.toml", "greensboro-solar"
WORKERS = 2
MEBI = 1 << 20
SPREAD = 40  # deals of a programme have one of so many coupons


def programme(deals: int, scenarios: int) -> list[Study]:
    """Studies of one structure: coupons differ by hundredths of a percent, seeds by one."""
    terms, model = load(DEAL), load_model(MODEL)
    return [Study(_varied(terms, at), model, at, scenarios) for at in range(deals)]


def _varied(terms: DealTerms, at: int) -> DealTerms:
    senior, *others = terms.tranches
    (first, coupon), *steps = senior.coupons
    changed = replace(senior, coupons=((first, coupon + at % SPREAD * 10**14), *steps))
    return replace(terms, name=f"{terms.name} {at}", tranches=(changed, *others))


def measure(studies: list[Study], address: str) -> dict[str, Any]:
    """Every block of every study; of the results only what is asked of a portfolio is kept: counts and mean losses."""
    sent, answered, losses, tallies = 0, 0, 0, 0
    began = time.perf_counter()
    with connected(address) as client:
        asked: dict[Future[Computed], Study] = {}
        requests = iter([(study, block) for study in studies for block in range(study.blocks)])
        held: dict[int, Cluster] = {}
        while True:
            while len(asked) < AHEAD * WORKERS and (next_one := next(requests, None)):
                study, block = next_one
                if study.seed not in held:
                    held = {study.seed: cluster(client, study)}  # the one before is released
                    sent += WORKERS * len(pickle.dumps(study))
                future = held[study.seed].submit(block)
                asked[future] = study
            if not asked:
                break
            done, _ = wait(asked, return_when=FIRST_COMPLETED)
            for each in done:
                study = asked.pop(each)
                made = each.result().made
                answered += len(pickle.dumps(made))
                losses += int((made.rows[f"{study.terms.tranches[1].id}_loss"] > 0).sum())
                tallies += _scenarios(made.tally)
        seconds = time.perf_counter() - began
        peaks, spent = client.run(peak_bytes), sum(client.run(time.process_time).values())
        path = made.path
    total = sum(study.scenarios for study in studies)
    assert tallies == total
    return {
        "deals": len(studies),
        "scenarios": studies[0].scenarios,
        "seconds": round(seconds, 2),
        "scenarios a second": round(total / seconds),
        "worker CPU seconds": round(spent, 1),
        "scenarios a CPU second": round(total / spent),
        "settled by": path,
        "client peak, MiB": peak_bytes() // MEBI,
        "worker peak, MiB": max(peaks.values()) // MEBI,
        "sent, MB": round(sent / 1e6, 2),
        "answered, MB": round(answered / 1e6, 2),
        "bytes a scenario": round((sent + answered) / total, 1),
        "bytes of a study": len(pickle.dumps(studies[0])),
        "scenarios with a loss of the mezzanine": losses,
    }


def _scenarios(tally: Tally) -> int:
    return tally.scenarios


def peak_bytes() -> int:
    """The most memory this process has held."""
    unit = 1024 if platform.system() == "Linux" else 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--deals", type=int, default=20)
    parser.add_argument("--scenarios", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "stress.json")
    options = parser.parse_args()
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=WORKERS, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as here:
        found = measure(programme(options.deals, options.scenarios), here.scheduler_address)
    found |= {"processors": os.cpu_count(), "load before": round(os.getloadavg()[1], 1), "block": BLOCK}
    for name, value in found.items():
        print(f"{name:>40}  {value:,}" if isinstance(value, int | float) else f"{name:>40}  {value}")
    options.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
