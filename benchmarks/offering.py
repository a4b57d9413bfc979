"""
USD 50,000,000 sold in 50,000 shares of 1,000.000000 on one Anvil: by default to 10,000 subscribers.

    python -m benchmarks.offering [--subscribers 10000] [--write]

Every subscriber signs an ERC-3009 authorization, which one account brings; the offering is closed; the same account
collects for everybody. Of each: seconds and gas, the first, the median and the last. Besides, what a subscription and a
collection of one's own cost, first and again. --write keeps the figures in benchmarks/results/offering.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_utils.crypto import keccak

from penstock.dealfile import loads
from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract, Receipt
from penstock.evm.errors import ChainRevert
from penstock.evm.permits import sign_authorization
from penstock.evm.rpc import Rpc
from penstock.model.calendar import timestamp
from penstock.model.offering_terms import Lot, OfferingTerms
from penstock.model.shares import Allotment
from penstock.onchain.launch import deploy_system, pack_terms
from penstock.onchain.offering import given, offering_arguments

RESULTS = Path(__file__).parent / "results" / "offering.json"
USD = 10**6
UNIT = 1_000 * USD
UNITS = 50_000
START = 1_767_225_600
DEAL = """
deal = { name = "Fifty", asset = "USDC", decimals = 6, closing = 2026-04-01, months = 6, periods = 4 }
[[tranche]]
id = "senior"
symbol = "FIF-A"
face = "50_000_000.00"
shares = 50_000
coupon = "0.06"
principal = { kind = "linear" }
[[tranche]]
id = "equity"
symbol = "FIF-E"
residual = true
[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]
"""
Measured = dict[str, Any]


class Sale:
    def __init__(self, chain: Rpc) -> None:
        self.chain, self.system = chain, deploy_system(chain, artifacts=compile_contracts())
        self.sponsor, self.project, self.alice, self.bob, self.registrar = chain.accounts[:5]
        self.terms = loads(DEAL, "fifty.toml")
        self.asset = self._deploy("AuthorizationUSD", 6)
        self.registry = self._deploy("HolderRegistry", self.registrar)
        self.packed = pack_terms(self.terms, self.asset.address, {}, self.registry.address)
        self.others = [Allotment(1, self.sponsor, self.terms.tranches[1].supply)]
        deadline = timestamp(self.terms.closing)
        lot = Lot(0, UNIT, UNITS, 1, UNITS)
        offer = OfferingTerms((lot,), USD, deadline, deadline + 864_000, 0, "project")
        places = {"project": self.project}
        self.offering = self._deploy(
            "Offering", *offering_arguments(offer, places, self.system.factory.address, 0, self.packed, self.others)
        )
        self.allow([self.offering.address, self.sponsor, self.alice, self.bob])

    def _deploy(self, name: str, *arguments: Any) -> Contract:
        return self.chain.deploy(self.system.artifacts[name], *arguments, sender=self.sponsor)

    def allow(self, holders: list[str]) -> None:
        for at in range(0, len(holders), 200):
            self.registry.send("allow", holders[at : at + 200], sender=self.registrar)

    def own(self) -> Measured:
        """What subscribing costs who sends it herself: Alice first and again, then Bob."""
        found = {}
        for who in (self.alice, self.bob):
            self.asset.send("mint", who, 10 * UNIT)
            self.asset.send("approve", self.offering.address, 2**256 - 1, sender=who)
        for what, who in (("first of all", self.alice), ("first", self.bob), ("again", self.bob)):
            found[f"subscribe, {what}"] = self.offering.send("subscribe", 0, 1, sender=who).gas_used
        return found

    def authorize(self, keys: list[bytes], units: int) -> list[tuple[Any, ...]]:
        """Each key's account pays for its units, once the asset has given it the cash."""
        calls = []
        for key in keys:
            holder = Account.from_key(key).address
            nonce = bytes(keccak((0).to_bytes(32, "big") + units.to_bytes(32, "big") + bytes(32)))
            signed = sign_authorization(self.asset, holder, self.offering.address, units * UNIT, 0, 2**40, nonce, key)
            calls.append((holder, 0, units, 0, 2**40, bytes(32), *signed))
        return calls


def measured(name: str, sends: Iterable[Callable[[], Receipt]]) -> Measured:
    began, gas = time.perf_counter(), []
    for send in sends:
        gas.append(send().gas_used)
    seconds = time.perf_counter() - began
    row = {"count": len(gas), "seconds": round(seconds, 1), "first": gas[0], "last": gas[-1]}
    row |= {"median": round(statistics.median(gas)), "most": max(gas)}
    print(f"{name}: {row}", flush=True)
    return row


def run(subscribers: int) -> Measured:
    with nodes.anvil(timestamp=START) as node:
        sale = Sale(Rpc(node.ipc or node.url))
        found: Measured = {"gas": sale.own()}
        units = (UNITS - 3) // subscribers
        keys = [keccak(b"subscriber" + index.to_bytes(4, "big")) for index in range(subscribers)]
        calls = sale.authorize(keys, units)
        sale.allow([each[0] for each in calls])
        for holder, *_ in calls:
            sale.asset.send("mint", holder, units * UNIT)
        send = sale.offering.send
        found["subscribe"] = measured(
            "subscribe", (partial(send, "subscribeWithAuthorization", *each) for each in calls)
        )
        rest = UNITS - 3 - units * subscribers
        sale.asset.send("mint", sale.alice, (rest + 1) * UNIT)
        if rest:
            send("subscribe", 0, rest, sender=sale.alice)
        _require_refused(sale)
        closed = send("close", sale.packed, given(sale.others))
        found["gas"]["close"] = closed.gas_used
        found["gas"]["collect, one's own"] = send("collect", 0, sale.bob, sender=sale.bob).gas_used
        found["collect"] = measured("collect", (partial(send, "collect", 0, each[0]) for each in calls))
        send("collect", 0, sale.alice)
        _require_sold(sale, [each[0] for each in calls], units)
    print(json.dumps(found["gas"]))
    return found


def _require_refused(sale: Sale) -> None:
    """Everything is sold: not one unit more."""
    try:
        sale.offering.send("subscribe", 0, 1, sender=sale.alice)
    except ChainRevert as refused:
        if refused.name == "Offering_NotLeft":
            return
    raise SystemExit("one unit too many was sold")


def _require_sold(sale: Sale, holders: list[str], units: int) -> None:
    deal = sale.chain.at(sale.offering.call("deal"), sale.system.artifacts["IDeal"].abi)
    share = sale.chain.at(deal.call("shareOf", 0), sale.system.artifacts["TrancheShareLogic"].abi)
    if any(share.call("balanceOf", each) != units * USD for each in holders):
        raise SystemExit("somebody has not what it paid for")
    if share.call("balanceOf", sale.offering.address) or sale.asset.call("balanceOf", sale.offering.address):
        raise SystemExit("something is left in the offering")
    if sale.asset.call("balanceOf", sale.project) != UNITS * UNIT:
        raise SystemExit("the project has not what was paid")


def main() -> None:
    given_ = argparse.ArgumentParser()
    given_.add_argument("--subscribers", type=int, default=10_000)
    given_.add_argument("--write", action="store_true")
    options = given_.parse_args()
    found = run(options.subscribers)
    if options.write:
        RESULTS.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
