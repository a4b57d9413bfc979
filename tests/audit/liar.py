"""A node that lies about logs: which to change, and how."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from eth_utils.crypto import keccak

from penstock.evm.codec import checksum
from tests.audit.conftest import Lived
from tests.evm.proxy import Proxy

STRANGER = checksum("0x" + "5a" * 20)
Logs = list[dict[str, Any]]


def topic(signature: str) -> str:
    return "0x" + keccak(text=signature).hex()


KINDS = {
    "settled": topic("Settled(uint256,bytes)"),
    "reported": topic("Reported(uint256,bytes)"),
    "cut off": topic("CutOff(uint256,uint256)"),
    "call announced": topic("CallAnnounced(uint256)"),
    "called": topic("Called(uint256,uint256)"),
    "claimed": topic("Claimed(uint256,address,uint256)"),
    "claim for set": topic("ClaimForSet(address,bool)"),
    "fee claimed": topic("FeeClaimed(uint256,address,uint256)"),
    "transfer": topic("Transfer(address,address,uint256)"),
    "launched": topic("Launched(address,address,bytes32)"),
}


class Liar:
    """
    Changes the node's logs: the `nth` of a kind that some contract emitted, wherever it is told.

    Parameters
    ----------
    consistent : whether it tells the same lie in receipts, so that only the deal's own state contradicts it.
    """

    def __init__(self, lived: Lived, consistent: bool = True) -> None:
        self.lived, self.consistent = lived, consistent

    def tell(self, address: str, kind: str, nth: int, change: Callable[[dict[str, Any]], Logs], to_deal: bool = False):
        wanted = {"address": address.lower(), "topics": [KINDS[kind]]}
        told = self.lived.chain._ask("eth_getLogs", {"fromBlock": "0x0", **wanted})
        everything = sorted(told, key=lambda log: (int(log["blockNumber"], 16), int(log["logIndex"], 16)))
        deal = self.lived.deal[2:].lower()
        if address == self.lived.stage.asset.address:
            everything = [
                each for each in everything if each["topics"][1 + to_deal].endswith(deal) and int(each["data"], 16)
            ]
        meant = everything[nth]
        place = (meant["blockNumber"], meant["logIndex"])

        def rewrite(_: Any, logs: Logs) -> Logs:
            return [
                made
                for each in logs
                for made in (change(deepcopy(each)) if (each["blockNumber"], each["logIndex"]) == place else [each])
            ]

        if self.consistent:
            lie(self.lived.proxy, rewrite)
        else:
            self.lived.proxy.rewrite("eth_getLogs", rewrite)
        return meant


def lie(proxy: Proxy, rewrite: Callable[[Any, Logs], Logs]) -> None:
    """Lets a node change its logs, and in the same way those in receipts."""
    proxy.rewrite("eth_getLogs", rewrite)
    proxy.rewrite("eth_getBlockReceipts", lambda call, receipts: [_with_logs(each, rewrite) for each in receipts])
    proxy.rewrite("eth_getTransactionReceipt", lambda call, receipt: receipt and _with_logs(receipt, rewrite))


def _with_logs(receipt: dict[str, Any], rewrite: Callable[[Any, Logs], Logs]) -> dict[str, Any]:
    return receipt | {"logs": rewrite(None, receipt["logs"])}


def drop(_: dict[str, Any]) -> Logs:
    return []


def add_to_data(amount: int) -> Callable[[dict[str, Any]], Logs]:
    return lambda log: [log | {"data": f"0x{int(log['data'], 16) + amount:0{len(log['data']) - 2}x}"}]


def byte_changed(at: int, bits: int = 1) -> Callable[[dict[str, Any]], Logs]:
    """In the figures of a Settled log: byte `at` behind offset and length."""

    def change(log: dict[str, Any]) -> Logs:
        data = bytearray(bytes.fromhex(log["data"][2:]))
        data[64 + at] ^= bits
        return [log | {"data": "0x" + data.hex()}]

    return change


def to_stranger(place: int) -> Callable[[dict[str, Any]], Logs]:
    def change(log: dict[str, Any]) -> Logs:
        topics = [*log["topics"]]
        topics[place] = "0x" + "00" * 12 + "5a" * 20
        return [log | {"topics": topics}]

    return change


def elsewhere(log: dict[str, Any]) -> Logs:
    """In another transaction of the block."""
    return [log | {"transactionHash": "0x" + "99" * 32}]
