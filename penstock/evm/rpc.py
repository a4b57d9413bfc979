"""A chain behind JSON-RPC: Anvil, Ganache, or a public network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from eth_account import Account

from penstock.evm.abi import Log
from penstock.evm.answers import is_shaped
from penstock.evm.chain import ZERO_ADDRESS, Chain, Receipt
from penstock.evm.codec import Address, checksum
from penstock.evm.dev_accounts import development_keys
from penstock.evm.errors import (
    ChainError,
    ChainRefused,
    NodeFailed,
    NotADevChain,
    RateLimited,
    Registry,
    TimeRunsForward,
    UnknownAccount,
)
from penstock.evm.log_pages import LogFilter, Page, pages
from penstock.evm.transport import REQUEST_SECONDS, Answer, Transport
from penstock.format import one_line

DEVELOPMENT_CLIENTS = ("anvil", "ganache", "hardhat")
RECEIPT_SECONDS = 600.0

# A gas limit above the estimate: transactions of others that come first may increase the gas.
GAS_MARGIN = (5, 4)

# What nodes say in JSON where others answer HTTP 429.
RATE_LIMIT_CODES = {429, -32005, -32029}
RATE_LIMIT_WORDS = ("rate limit", "too many requests", "request limit", "over capacity")


class Rpc(Chain):
    """
    A node.

    Parameters
    ----------
    endpoint : a URL, or the path of the node's socket.
    keys : private keys to sign with here. Accounts the node itself holds need none.
    registry : see `Chain`.
    patience, timeout, said : see `Transport`.
    """

    def __init__(
        self,
        endpoint: str | Path,
        keys: Sequence[bytes] = (),
        registry: Registry | None = None,
        patience: float = 0.0,
        timeout: float = REQUEST_SECONDS,
        said: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(registry)
        self.endpoint = str(endpoint)
        self._transport = Transport(self.endpoint, patience, timeout, said)
        self._chain_id = int(self._ask("eth_chainId"), 16)
        self.client = one_line(str(self._ask("web3_clientVersion")))
        self.is_development = self.client.lower().startswith(DEVELOPMENT_CLIENTS)
        self._signers = {str(each.address): each for each in map(Account.from_key, keys)}
        self._unlocked = [checksum(each) for each in self._try("eth_accounts") or ()]
        self._times: dict[str, int] = {}
        self._snapshots: dict[int, str] = {}
        if self.client.lower().startswith("anvil"):
            self._ask("anvil_setBlockTimestampInterval", 0)

    @property
    def accounts(self) -> list[Address]:
        return [*self._signers, *(each for each in self._unlocked if each not in self._signers)]

    @property
    def chain_id(self) -> int:
        return self._chain_id

    def key(self, address: Address) -> bytes | None:
        address = checksum(address)
        if address in self._signers:
            return bytes(self._signers[address].key)
        return development_keys().get(address) if self.is_development and address in self._unlocked else None

    def transact(self, to: Address | None, data: bytes, sender: Address, value: int = 0) -> Receipt:
        sender = checksum(sender)
        request = {"from": sender, "data": "0x" + data.hex(), "value": hex(value)} | ({"to": to} if to else {})
        gas = int(self._ask("eth_estimateGas", request), 16)
        request["gas"] = hex(with_margin(gas))
        sent = self._submit(sender, request)
        raw = self._await_receipt(sent)
        if int(raw["status"], 16) == 0:
            # It passed when it was estimated; ask again on the block it failed in, for the reason.
            self._ask("eth_call", request, raw["blockNumber"])
            raise ChainRefused(f"transaction {sent} failed; asked again, it would pass")
        return self._receipt(raw)

    def query(self, to: Address, data: bytes, sender: Address = ZERO_ADDRESS, *, reads_only: bool = True) -> bytes:
        request = {"from": sender, "to": to, "data": "0x" + data.hex()}
        return bytes.fromhex(self._ask("eth_call", request, "latest")[2:])

    def now(self) -> int:
        return int(self._ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def block(self) -> int:
        return int(self._ask("eth_blockNumber"), 16)

    def set_time(self, timestamp: int) -> None:
        self._development_only("set the clock of")
        present = self.now()
        if timestamp < present:
            raise TimeRunsForward(f"time {timestamp} is before the last block's, {present}")
        if timestamp > present:
            self._mine(timestamp)

    def logs(self, address: Address | None = None, since: int = 0) -> list[Log]:
        wanted = LogFilter((address,) if address else ())
        return [log_of(each) for page in self.log_pages([wanted], since, self.block()) for each in page.logs[0]]

    def log_pages(self, filters: Sequence[LogFilter], first: int, last: int) -> Iterator[Page]:
        """The logs of some blocks, page by page, as the node allows; see `pages`."""
        return pages(self._transport, filters, first, last)

    def ask_many(self, method: str, params: Sequence[Sequence[Any]]) -> Iterator[Any]:
        """
        The results of one reading method for each list of parameters, in order; in batches where the node takes them.

        Raises
        ------
        ChainRefused : for the first that the node refuses. NodeFailed : when no answer comes.
        """
        answers = self._transport.ask_many([(method, list(each)) for each in params])
        for given, answer in zip(params, answers, strict=True):
            if "error" in answer:
                raise self._refusal(method, answer["error"])
            self._require_shape(method, given, answer["result"])
            yield answer["result"]

    def code(self, address: Address) -> bytes:
        return bytes.fromhex(self._ask("eth_getCode", address, "latest")[2:])

    def balance(self, address: Address) -> int:
        return int(self._ask("eth_getBalance", address, "latest"), 16)

    def storage(self, address: Address, slot: int) -> bytes:
        return _number(self._ask("eth_getStorageAt", address, hex(slot), "latest")).to_bytes(32, "big")

    def storage_words(self, places: Sequence[tuple[Address, int]]) -> list[int]:
        asked = [(address, hex(slot), "latest") for address, slot in places]
        return [_number(word) for word in self.ask_many("eth_getStorageAt", asked)]

    def snapshot(self) -> int:
        self._development_only("snapshot")
        name = self._ask("evm_snapshot")
        number = int(name, 16)
        self._snapshots[number] = name
        return number

    def revert(self, snapshot: int) -> None:
        self._development_only("revert")
        if snapshot not in self._snapshots:
            raise ChainRefused(f"snapshot {snapshot} is spent or was never made")
        name = self._snapshots[snapshot]
        self._snapshots = {number: kept for number, kept in self._snapshots.items() if number < snapshot}
        self._times.clear()
        if not self._ask("evm_revert", name):
            raise ChainRefused(f"the node does not know snapshot {snapshot}")

    def _mine(self, timestamp: int) -> None:
        if self.client.lower().startswith("ganache"):
            self._ask("evm_mine", {"timestamp": timestamp})
        else:
            self._ask("evm_setNextBlockTimestamp", timestamp)
            self._ask("evm_mine")

    def _submit(self, sender: Address, request: dict[str, Any]) -> str:
        if sender in self._signers:
            filled = request | self._fees() | {"nonce": self._ask("eth_getTransactionCount", sender, "pending")}
            filled = {name: value for name, value in filled.items() if name != "from"} | {"chainId": self._chain_id}
            signed = self._signers[sender].sign_transaction(filled)
            return str(self._ask("eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex()))
        if sender in self._unlocked:
            return str(self._ask("eth_sendTransaction", request))
        raise UnknownAccount(f"no key for {sender}: give one, or unlock it in the node")

    def _fees(self) -> dict[str, str]:
        base = self._ask("eth_getBlockByNumber", "latest", False).get("baseFeePerGas")
        if base is None:
            return {"gasPrice": self._ask("eth_gasPrice")}
        tip = int(self._try("eth_maxPriorityFeePerGas") or hex(10**9), 16)
        # Twice the base fee lasts six full blocks of rises.
        return {"maxPriorityFeePerGas": hex(tip), "maxFeePerGas": hex(2 * int(base, 16) + tip), "type": "0x2"}

    def _await_receipt(self, sent: str) -> dict[str, Any]:
        pause, deadline = 0.002, time.monotonic() + RECEIPT_SECONDS
        while time.monotonic() < deadline:
            raw: dict[str, Any] | None = self._ask("eth_getTransactionReceipt", sent)
            if raw and raw.get("blockNumber"):
                return raw
            time.sleep(pause)
            pause = min(2 * pause, 2.0)
        raise NodeFailed(f"transaction {sent} is in no block after {RECEIPT_SECONDS:.0f} s")

    def _receipt(self, raw: dict[str, Any]) -> Receipt:
        block = raw["blockHash"]
        if block not in self._times:
            header = self._ask("eth_getBlockByHash", block, False)
            if header is None:
                raise NodeFailed(f"{self._transport.label} has a receipt of block {block}, and not the block")
            self._times[block] = int(header["timestamp"], 16)
        made = raw.get("contractAddress")
        return Receipt(
            gas_used=int(raw["gasUsed"], 16),
            logs=tuple(map(log_of, raw["logs"])),
            block=int(raw["blockNumber"], 16),
            timestamp=self._times[block],
            hash=raw["transactionHash"],
            contract=checksum(made) if made else None,
        )

    def _development_only(self, what: str) -> None:
        if not self.is_development:
            raise NotADevChain(f"cannot {what} a public chain ({self.client})")

    def _try(self, method: str, *params: Any) -> Any:
        try:
            return self._ask(method, *params)
        except ChainError:
            return None

    def ask(self, method: str, *params: Any) -> Any:
        """
        A JSON-RPC question, and the node's answer as it is.

        Raises
        ------
        NodeFailed : no answer, or none that is JSON-RPC. ChainRevert, ChainRefused : what the node says against it.
        """
        return self._ask(method, *params)

    def _ask(self, method: str, *params: Any) -> Any:
        return self._result(method, params, self._transport.ask(method, params))

    def _result(self, method: str, params: Sequence[Any], answer: Answer) -> Any:
        if "error" in answer:
            raise self._refusal(method, answer["error"])
        self._require_shape(method, params, answer["result"])
        return answer["result"]

    def _require_shape(self, method: str, params: Sequence[Any], answer: Any) -> None:
        if not is_shaped(method, params, answer):
            said = self._transport.hidden(answer)[:40]
            raise NodeFailed(f"{self._transport.label} answers {method} with {said!r}")

    def _refusal(self, method: str, error: Any) -> ChainError:
        if not isinstance(error, dict):
            return ChainRefused(f"{method}: {self._transport.hidden(error)}")
        data = _revert_data(error.get("data"))
        message = self._transport.hidden(" ".join(str(error.get("message", error)).split()))
        if error.get("code") in RATE_LIMIT_CODES or any(words in message.lower() for words in RATE_LIMIT_WORDS):
            return RateLimited(f"the node limits requests: {message}")
        if data is None and "revert" not in message:
            return ChainRefused(f"{method}: {message}")
        return self.registry.revert(data or b"")


def with_margin(gas: int) -> int:
    """The gas limit for an estimate."""
    top, bottom = GAS_MARGIN
    return gas * top // bottom


def _revert_data(data: Any) -> bytes | None:
    """Nodes put it in `data`: as text (Anvil, geth), or inside an object (Ganache, Hardhat)."""
    if isinstance(data, dict):
        inner = data.get("result", data.get("data"))
        return _revert_data(inner)
    if isinstance(data, str) and data.startswith("0x"):
        return bytes.fromhex(data[2:])
    return None


def _number(word: str) -> int:
    """A word of storage. Ganache leaves leading zeros out, down to "0x"."""
    return int(word[2:] or "0", 16)


def log_of(raw: dict[str, Any]) -> Log:
    """A log as a node gives it."""
    topics = tuple(bytes.fromhex(each[2:]) for each in raw["topics"])
    data = bytes.fromhex(raw["data"][2:])
    block, index = int(raw["blockNumber"], 16), int(raw["logIndex"], 16)
    return Log(checksum(raw["address"]), topics, data, block, raw["transactionHash"], index)


def first_block_with_code(chain: Rpc, address: Address, last: int) -> int:
    """
    The block in which an address got its code, of one that has some in block `last`.

    Raises
    ------
    ChainRefused : of a node that keeps no old states.
    """
    low, high = 0, last
    while low < high:
        middle = (low + high) // 2
        (code,) = chain.ask_many("eth_getCode", [[address, hex(middle)]])
        low, high = (low, middle) if code != "0x" else (middle + 1, high)
    return low
