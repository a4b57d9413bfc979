"""
1,000 holders on one Anvil: the launch, a settlement, a payment to each, status and the list of holders.

    python -m benchmarks.crowd [--holders 1000]

Each command runs as a user's does, a process of its own. Of each: seconds, transactions, and the gas of the largest,
used and as a limit, beside half of what a transaction may take (EIP-7825).
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.status import run
from penstock.evm import networks, nodes
from penstock.evm.codec import checksum
from penstock.evm.retry import RetryingRpc
from penstock.model.calendar import timestamp
from penstock.onchain import manifest as manifests
from penstock.onchain.interfaces import interfaces
from penstock.operate.claim_for import TRANSACTION_CAP

DEAL = """
deal = { name = "Crowd", asset = "USDC", decimals = 6, closing = 2026-01-01, months = 6, periods = 4 }
[[tranche]]
id = "senior"
symbol = "CRW-A"
face = "1_000_000.00"
coupon = "0.06"
principal = { kind = "linear" }
[[tranche]]
id = "equity"
symbol = "CRW-E"
residual = true
[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]
"""
CLOSING = date(2026, 1, 1)
FILE = "deployments/31337/crowd.json"
REVENUE = "270000"


def holder(index: int) -> str:
    """An account with nothing in it."""
    return checksum(f"0x{0xC0FFEE_0000_0000_0000 + index:040x}")


def write_allocation(file: Path, holders: int, sponsor: str) -> None:
    """The senior tranche in equal parts, the last holder with what is left; equity to the sponsor."""
    part = 1_000_000 // holders
    shares = [part] * (holders - 1) + [1_000_000 - part * (holders - 1)]
    rows = [(holder(index), "senior", amount) for index, amount in enumerate(shares)]
    with file.open("w", newline="") as out:
        csv.writer(out).writerows([("holder", "tranche", "shares"), *rows, (sponsor, "equity", 1_000_000)])


def measured(chain: RetryingRpc, folder: Path, what: str, *words: str) -> str:
    """Runs a command and prints what it took."""
    began = chain.block()
    seconds, page = run(folder, *words)
    sent: list[dict[str, Any]] = []
    for number in range(began + 1, chain.block() + 1):
        sent += chain.ask("eth_getBlockByNumber", hex(number), True)["transactions"]
    used = [
        int(each["gasUsed"], 16)
        for each in chain.ask_all([("eth_getTransactionReceipt", [one["hash"]]) for one in sent])
    ]
    line = f"{what}: {seconds:.1f} s, {len(page.splitlines())} lines"
    if sent:
        largest, limit = max(used), max(int(each["gas"], 16) for each in sent)
        line += f", {len(sent)} transactions, {sum(used):,} gas, the largest {largest:,} (limit {limit:,})"
        if limit > TRANSACTION_CAP // 2:
            raise SystemExit(f"{line}: more than half of {TRANSACTION_CAP:,}")
    print(line)
    return page


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--holders", type=int, default=1000)
    count = given.parse_args().holders
    print(f"{count:,} holders; half of what a transaction may take is {TRANSACTION_CAP // 2:,} gas")
    with nodes.anvil(timestamp=timestamp(CLOSING)) as node, tempfile.TemporaryDirectory() as place:
        chain, folder = networks.connect(node.url), Path(place)
        (folder / "crowd.toml").write_text(DEAL)
        write_allocation(folder / "who.csv", count, chain.accounts[0])
        launch = ("deploy", "crowd.toml", "--network", node.url, "--allocation", "who.csv", "--policy", "new")
        measured(chain, folder, "plan", *launch)
        measured(chain, folder, "launch", *launch, "--execute")
        measured(chain, folder, "settle", "settle", FILE, "--pay", REVENUE, "--advance")
        measured(chain, folder, "status", "status", FILE)
        measured(chain, folder, "holders", "holders", FILE, "--csv", "holders.csv")
        began = time.perf_counter()
        measured(chain, folder, "pay every holder", "claim", FILE, "--holders", "holders.csv")
        print(f"  {count / (time.perf_counter() - began):.0f} holders a second")
        measured(chain, folder, "audit", "audit", FILE)
        _require_paid(chain, folder, count)


def _require_paid(chain: RetryingRpc, folder: Path, count: int) -> None:
    """Everyone has what it could claim, and the deal is left with less than a base unit for each."""
    made = manifests.read(folder / FILE)
    asset = interfaces()["MockUSD"].function("balanceOf")
    rows = list(csv.DictReader((folder / "holders.csv").read_text().splitlines()))
    due: dict[str, int] = {}
    for row in rows:
        whole, _, part = row["claimable"].partition(".")
        due[row["holder"]] = due.get(row["holder"], 0) + int(whole + part.ljust(6, "0"))
    asked = [{"to": made.asset, "data": "0x" + asset.encode([each]).hex()} for each in due]
    has = [int(each, 16) for each in chain.ask_all([("eth_call", [each, "latest"]) for each in asked])]
    if has != list(due.values()) or sum(map(bool, has)) < count:
        raise SystemExit("somebody was not paid what it could claim")


if __name__ == "__main__":
    main()
