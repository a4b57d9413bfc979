"""How long `penstock audit` takes for 100,000 events and 10,000 holders on a local Anvil. Run by `make bench-audit`."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.gas_deal import USD, terms_of
from penstock.audit.run import Audit, audit
from penstock.audit.subject import Target
from penstock.evm.abi import Abi
from penstock.evm.networks import connect_to_read
from penstock.evm.nodes import anvil
from penstock.evm.rpc import Rpc
from penstock.evm.transport import Request, Transport
from penstock.model.calendar import timestamp
from penstock.onchain.launch import Deployment, deploy_system, launch

EVENTS, HOLDERS, LIMIT_SECONDS = 100_000, 10_000, 60.0
IN_A_BLOCK = 500
REVENUE = 400_000 * USD
ETHER = hex(10**18)


class Crowd:
    """Many holders of one deal. Every trade and claim is a transaction of its own, sent in batches, mined in blocks."""

    def __init__(self, chain: Rpc, deployment: Deployment, holders: int) -> None:
        self.chain, self.deployment = chain, deployment
        self.transport = Transport(chain.endpoint)
        self.holders = [f"0x{0xAAAA0000 + number:040x}" for number in range(holders)]
        self.chance = random.Random(20261121)
        self.expected = 0
        self._ask([("anvil_autoImpersonateAccount", [True])])
        for part in _parts(self.holders):
            self._ask([("anvil_setBalance", [holder, ETHER]) for holder in part])

    def give_out(self) -> None:
        """The sponsor sells every holder the same part of the senior tranche."""
        share, sponsor = self.deployment.share(0), self.chain.accounts[0]
        part = self.deployment.terms.tranches[0].supply // len(self.holders)
        with self._blocks():
            for some in _parts(self.holders):
                (count,) = self.chain.ask_many("eth_getTransactionCount", [[sponsor, "latest"]])
                nonce = int(count, 16)
                calls = [self._sent(sponsor, share.address, share.abi, "transfer", holder, part) for holder in some]
                for place, (_, (request,)) in enumerate(calls):
                    request["nonce"] = hex(nonce + place)
                self._mine(calls, events=1)

    def trade(self, count: int) -> None:
        share = self.deployment.share(0)
        with self._blocks():
            for some in _parts(range(count)):
                sellers = self.chance.sample(self.holders, len(some))  # each once in a block: a node numbers one a time
                calls = [
                    self._sent(
                        seller, share.address, share.abi, "transfer", self.chance.choice(self.holders), number + 1
                    )
                    for number, seller in enumerate(sellers)
                ]
                self._mine(calls, events=1)

    def claim(self, holders: Sequence[str]) -> None:
        deal = self.deployment.deal
        with self._blocks():
            for some in _parts(holders):
                self._mine([self._sent(holder, deal.address, deal.abi, "claim", 0) for holder in some], events=2)

    def settle(self, period: int) -> None:
        self.chain.set_time(timestamp(self.deployment.terms.payment_dates[period - 1]))
        self.deployment.deal.send("payAndSettle", REVENUE, 1)
        self.expected += 2

    def _sent(self, sender: str, to: str, abi: Abi, function: str, *args: object) -> Request:
        data = "0x" + abi.function(function).encode(args).hex()
        request = {"from": sender, "to": to, "data": data, "gas": hex(150_000), "gasPrice": hex(2 * 10**9)}
        return "eth_sendTransaction", [request]

    def _mine(self, calls: list[Request], events: int) -> None:
        self._ask(calls)
        self._ask([("evm_mine", [])])
        self.expected += events * len(calls)

    @contextmanager
    def _blocks(self) -> Iterator[None]:
        self._ask([("evm_setAutomine", [False])])
        yield
        self._ask([("evm_setAutomine", [True])])

    def _ask(self, requests: list[Request]) -> None:
        for answer in self.transport.attempt(requests):
            if "error" in answer:
                raise RuntimeError(str(answer["error"]))


def _parts(whole: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(whole), IN_A_BLOCK):
        yield whole[at : at + IN_A_BLOCK]


def build(chain: Rpc, events: int, holders: int) -> Crowd:
    """One deal of 80 quarters with so many holders, trades and claims in between until there are enough events."""
    system, terms, sponsor = deploy_system(chain), terms_of(), chain.accounts[0]
    asset = chain.deploy(system.artifacts["MockUSD"], 6)
    asset.send("mint", sponsor, terms.opening + terms.periods * REVENUE)
    deployment = launch(system, terms, asset, {"operator": chain.accounts[5]})
    asset.send("approve", deployment.deal.address, 2**256 - 1)
    crowd = Crowd(chain, deployment, holders)
    crowd.give_out()
    claims = max(1, 2 * holders // terms.periods)
    trades = max(1, (events - crowd.expected - terms.periods * (2 + 2 * claims)) // terms.periods + 1)
    for period in range(1, terms.periods + 1):
        crowd.settle(period)
        crowd.trade(trades)
        first = (period - 1) * claims % holders
        crowd.claim(crowd.holders[first : first + claims])
        _say(f"\r  period {period} of {terms.periods}, {crowd.expected:,} events")
    _say("\n")
    return crowd


def measure(crowd: Crowd, url: str) -> tuple[Audit, float]:
    """The audit of the deal's address, with its seconds, from connecting to the verdict."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        target = Target(crowd.deployment.deal.address)
        found = audit(connect_to_read(url), target, Path(folder) / "checkpoint")
    return found, time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--holders", type=int, default=HOLDERS)
    parser.add_argument("--profile", action="store_true", help="print where the time goes")
    wanted = parser.parse_args()
    with anvil(timestamp=timestamp(terms_of().closing)) as node:
        began = time.perf_counter()
        crowd = build(Rpc(node.url), wanted.events, wanted.holders)
        print(f"built {crowd.expected:,} events of {wanted.holders:,} holders in {time.perf_counter() - began:.0f} s")
        if wanted.profile:
            import cProfile
            import pstats

            with cProfile.Profile() as profile:
                found, seconds = measure(crowd, node.url)
            pstats.Stats(profile).sort_stats("cumulative").print_stats(40)
        else:
            found, seconds = measure(crowd, node.url)
    print(found.verdict)
    complete = found.events >= wanted.events and found.holders >= wanted.holders
    print(
        f"audit: {seconds:.1f} s for {found.events:,} events and {found.holders:,} holders; limit {LIMIT_SECONDS:.0f} s"
    )
    return 0 if found.findings.first is None and complete and seconds <= LIMIT_SECONDS else 1


def _say(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(text)
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
