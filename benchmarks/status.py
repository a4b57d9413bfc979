"""
1,000 deals on one Anvil: how long `penstock status --all` and `penstock settle --all` take.

    python -m benchmarks.status [--deals 1000]

The deals are launched by one system with one salt each. The program runs as a user's does, a process of its own with
all manifests to read; the limit is that of issue 4.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from eth_utils.crypto import keccak

from penstock.dealfile import load
from penstock.deploy.run import Deployed, deploy
from penstock.evm import networks, nodes
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import log_of
from penstock.model.calendar import timestamp
from penstock.onchain import manifest as manifests
from penstock.onchain.addresses import share_addresses
from penstock.onchain.interfaces import interfaces
from penstock.onchain.manifest import Code, Manifest

ROOT = Path(__file__).resolve().parents[1]
DEAL = ROOT / "deals" / "pf-three-tranche.toml"
STATUS_SECONDS = 10.0
REVENUE = 1_000_000


def build(chain: RetryingRpc, folder: Path, deals: int) -> list[Path]:
    """Launches the first deal as `penstock deploy` does, and the rest by the same call with other salts."""
    first = _first(chain, folder)
    made = first.manifest
    launch = chain.ask("eth_getTransactionByHash", made.launch.hash)
    data = bytearray.fromhex(str(launch.get("input") or launch["data"])[2:])
    assert made.salt is not None
    where = bytes(data).index(bytes.fromhex(made.salt[2:]))
    mock = chain.at(made.asset, interfaces()["MockUSD"])
    opening = first.deployment.terms.opening
    mock.send("mint", made.sponsor, opening * deals, sender=made.sponsor)
    mock.send("approve", made.factory, opening * deals, sender=made.sponsor)
    gas = made.launch.gas * 5 // 4
    hashes: list[str] = []
    for salt in range(1, deals):
        data[where : where + 32] = salt.to_bytes(32, "big")
        request = {"from": made.sponsor, "to": made.factory, "data": "0x" + data.hex(), "gas": hex(gas)}
        hashes.append(str(chain.ask("eth_sendTransaction", request)))
    while hashes and chain.ask("eth_getTransactionReceipt", hashes[-1]) is None:
        time.sleep(0.1)
    receipts = chain.ask_all([("eth_getTransactionReceipt", [each]) for each in hashes])
    files = [first.file]
    for salt, receipt in enumerate(receipts, start=1):
        files.append(folder / f"deal-{salt:04}.json")
        manifests.write(_another(chain, made, salt, receipt), files[-1])
    return files


def _first(chain: RetryingRpc, folder: Path) -> Deployed:
    payees = dict(zip(load(DEAL).payees, chain.accounts[1:], strict=False))
    return deploy(chain, DEAL, payees=payees, file=folder / "deal-0000.json")


def _another(chain: RetryingRpc, first: Manifest, salt: int, receipt: dict[str, object]) -> Manifest:
    """The manifest of a launch like the first."""
    factory = interfaces()["DealFactory"]
    logs = receipt["logs"]
    assert isinstance(logs, list)
    events = [factory.event(log_of(each)) for each in logs if str(each["address"]).lower() == first.factory.lower()]
    deal = next(event["deal"] for event in events if event and event.name == "Launched")
    shares = dict(zip(first.shares, share_addresses(deal, len(first.shares)), strict=True))
    places = {"deal": deal, **{f"share:{name}": place for name, place in shares.items()}}
    answers = chain.ask_all([("eth_getCode", [place, "latest"]) for place in places.values()])
    contracts = dict(first.contracts)
    for (name, place), code in zip(places.items(), answers, strict=True):
        code_hash = "0x" + keccak(bytes.fromhex(code[2:])).hex()
        contracts[name] = Code(
            contract=contracts[name].contract,
            address=place,
            code_hash=code_hash,
            constructor=contracts[name].constructor,
        )
    launch = first.launch.model_copy(
        update={
            "hash": str(receipt["transactionHash"]),
            "block": int(str(receipt["blockNumber"]), 16),
            "block_hash": str(receipt["blockHash"]),
        }
    )
    more = {"deal": deal, "shares": shares, "contracts": contracts, "launch": launch, "transactions": [launch]}
    return first.model_copy(update={**more, "salt": "0x" + salt.to_bytes(32, "big").hex()})


def run(folder: Path, *words: str) -> tuple[float, str]:
    """A process of the command line, from its start to its end."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "penstock", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"penstock {' '.join(words)} ended with {done.returncode}: {done.stderr[:500]}")
    return seconds, done.stdout


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("--deals", type=int, default=1000)
    deals = given.parse_args().deals
    with nodes.anvil(timestamp=timestamp(load(DEAL).closing)) as node, tempfile.TemporaryDirectory() as place:
        chain = networks.connect(node.url)
        folder = Path(place)
        began = time.perf_counter()
        files = build(chain, folder / "deployments" / str(chain.chain_id), deals)
        print(f"{deals} deals launched in {time.perf_counter() - began:.1f} s")
        seconds, said = run(folder, "status", "--all")
        assert said.count("deployments/") == deals, said[:500]
        word = "met" if seconds <= STATUS_SECONDS or deals != 1000 else "MISSED"
        print(f"status --all of {deals} deals: {seconds:.1f} s (limit for 1,000: {STATUS_SECONDS:.0f} s, {word})")
        idle, said = run(folder, "settle", "--all")
        print(f"settle --all, nothing due: {idle:.1f} s")
        _pay(chain, files[::10])
        due = [str(each.relative_to(folder)) for each in files[::10]]
        busy, said = run(folder, "settle", *due)
        assert said.splitlines()[-1].startswith(f"{len(due)} settled"), said
        print(f"settle of {len(due)} deals that are due: {busy:.1f} s")
    if word == "MISSED":
        raise SystemExit(1)


def _pay(chain: RetryingRpc, files: list[Path]) -> None:
    """Revenue for some, and their first payment date."""
    found = [manifests.read(each) for each in files]
    artifacts = interfaces()
    for each in found:
        chain.at(each.asset, artifacts["MockUSD"]).send("mint", each.deal, REVENUE * 10**6)
    chain.set_time(chain.call(found[0].deal, artifacts["IDeal"], "nextPaymentAt"))


if __name__ == "__main__":
    main()
