"""A chain in the process: the same bytecode on revm, without a node. For tests and fuzzing."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak
from pyrevm import EVM, BlockEnv, CfgEnv, Env, JournalCheckpoint

from penstock.evm.abi import Log
from penstock.evm.chain import BLOCK_GAS_LIMIT, ZERO_ADDRESS, Chain, Receipt
from penstock.evm.codec import Address, checksum
from penstock.evm.dev_accounts import BALANCE_ETHER, development_keys
from penstock.evm.errors import ChainRefused, NotADevChain, Registry, TimeRunsForward

# pyrevm hands the name to revm, which compares it letter by letter and takes *any other text* ("SHANGHAI" too) for
# the newest rules it knows. So we accept these and nothing else. revm 8 (2024) knows no later fork than Prague.
SPECS = {"LONDON": "London", "PARIS": "Merge", "SHANGHAI": "Shanghai", "CANCUN": "Cancun", "PRAGUE": "Prague"}

CHAIN_ID = 31_337

# pyrevm counts an open snapshot as a level of the call stack, of which the EVM allows 1,024.
MOST_SNAPSHOTS = 900

# revm appends this many zero bytes to code it has analysed; pyrevm gives them out with it.
PADDING = 33

_RANDAO = bytes(keccak(b""))

_REVERT = re.compile(r"Revert \{ gas_used: \d+, output: 0x([0-9a-f]*) \}")


@dataclass(frozen=True)
class _Snapshot:
    checkpoint: JournalCheckpoint
    timestamp: int
    block: int
    logs: int


class Revm(Chain):
    """
    pyrevm behind the interface of a chain.

    A block holds one transaction; the clock does not move until it is set.

    `Receipt.gas_used` is the gas of the whole transaction (21,000, calldata, refunds up to a fifth), but pyrevm never
    closes its journal: an address or slot that an earlier transaction touched stays warm, and a slot written before
    keeps the value it had then as its "original". The first transaction to touch something reports exactly what
    a node does; later ones less. Measure gas on Anvil.

    The open journal also costs memory, about 2 kB a transaction: in long runs go back with `undone` or start afresh.
    Calls do not raise a sender's nonce (deployments do), so addresses of contracts may differ from a node's.

    Parameters
    ----------
    timestamp : the clock at the start, in seconds.
    spec : which hard fork's rules, one of SPECS.
    """

    def __init__(
        self, timestamp: int = 1_767_225_600, spec: str = "SHANGHAI", registry: Registry | None = None
    ) -> None:
        super().__init__(registry)
        if spec not in SPECS:
            raise NotADevChain(f"no rules called {spec!r}; there are {', '.join(SPECS)}")
        self._evm = EVM(env=Env(cfg=CfgEnv(chain_id=CHAIN_ID)), gas_limit=BLOCK_GAS_LIMIT, spec_id=SPECS[spec])
        self._keys = dict(development_keys())
        self._accounts = list(self._keys)
        self._timestamp = timestamp
        self._block = 0
        self._logs: list[Log] = []
        self._snapshots: list[_Snapshot] = []
        self._set_block()
        for address in self._accounts:
            self._evm.set_balance(address, BALANCE_ETHER * 10**18)

    @property
    def accounts(self) -> list[Address]:
        return self._accounts

    @property
    def chain_id(self) -> int:
        return CHAIN_ID

    def key(self, address: Address) -> bytes | None:
        return self._keys.get(checksum(address))

    def transact(self, to: Address | None, data: bytes, sender: Address, value: int = 0) -> Receipt:
        self._block += 1
        self._set_block()
        try:
            made = self._run(to, data, sender, value)
        except Exception:
            self._block -= 1
            raise
        result: Any = self._evm.result
        logs = tuple(
            Log(each.address, tuple(each.data[0]), each.data[1], self._block, index=index)
            for index, each in enumerate(result.logs)
        )
        self._logs.extend(logs)
        return Receipt(result.gas_used, logs, self._block, self._timestamp, contract=made)

    def query(self, to: Address, data: bytes, sender: Address = ZERO_ADDRESS, *, reads_only: bool = True) -> bytes:
        # A view too: what it loads would stay in the journal, up to 100 kB for a call that asks many contracts
        checkpoint = self._evm.snapshot()
        self._evm.reset_transient_storage()
        try:
            return self._evm.message_call(sender, to, calldata=data, is_static=reads_only)
        except RuntimeError as error:
            raise self._refusal(error) from None
        finally:
            self._evm.revert(checkpoint)

    def now(self) -> int:
        return self._timestamp

    def block(self) -> int:
        return self._block

    def set_time(self, timestamp: int) -> None:
        if timestamp < self._timestamp:
            raise TimeRunsForward(f"time {timestamp} is before the last block's, {self._timestamp}")
        self._timestamp = timestamp
        self._set_block()

    def logs(self, address: Address | None = None, since: int = 0) -> list[Log]:
        wanted = checksum(address) if address else None
        recent = self._logs[bisect_left(self._logs, since, key=lambda each: each.block) :]
        return [each for each in recent if wanted in (None, each.address)]

    def code(self, address: Address) -> bytes:
        padded = self._evm.get_code(address) or b""
        code = padded[:-PADDING]
        return code if keccak(code) == self._evm.basic(address).code_hash else padded

    def balance(self, address: Address) -> int:
        return self._evm.get_balance(address)

    def storage(self, address: Address, slot: int) -> bytes:
        return self._evm.storage(address, slot).to_bytes(32, "big")

    def storage_words(self, places: Sequence[tuple[Address, int]]) -> list[int]:
        read = self._evm.storage
        return [read(address, slot) for address, slot in places]

    def snapshot(self) -> int:
        if len(self._snapshots) >= MOST_SNAPSHOTS:
            raise ChainRefused(f"{MOST_SNAPSHOTS} snapshots are open: revert to each, or use chain.undone()")
        self._snapshots.append(_Snapshot(self._evm.snapshot(), self._timestamp, self._block, len(self._logs)))
        return len(self._snapshots) - 1

    def revert(self, snapshot: int) -> None:
        if not 0 <= snapshot < len(self._snapshots):
            raise ChainRefused(f"snapshot {snapshot} is spent or was never made")
        # Innermost first: pyrevm undoes one level of its stack a call, whichever checkpoint it is given.
        while len(self._snapshots) > snapshot:
            last = self._snapshots.pop()
            self._evm.revert(last.checkpoint)
        self._timestamp, self._block = last.timestamp, last.block
        del self._logs[last.logs :]
        self._set_block()

    def _run(self, to: Address | None, data: bytes, sender: Address, value: int) -> Address | None:
        self._evm.reset_transient_storage()
        try:
            if to is None:
                return checksum(self._evm.deploy(sender, data, value=value))
            self._evm.message_call(sender, to, calldata=data, value=value)
        except RuntimeError as error:
            raise self._refusal(error) from None
        return None

    def _refusal(self, error: RuntimeError) -> Exception:
        text = str(error)
        found = _REVERT.fullmatch(text)
        return self.registry.revert(bytes.fromhex(found[1])) if found else ChainRefused(f"the EVM refused: {text}")

    def _set_block(self) -> None:
        # Blob gas and the beacon's randomness are asked for from Cancun and the Merge on.
        self._evm.set_block_env(
            BlockEnv(
                number=self._block,
                timestamp=self._timestamp,
                prevrandao=_RANDAO,
                excess_blob_gas=0,
                gas_limit=BLOCK_GAS_LIMIT,
            )
        )
