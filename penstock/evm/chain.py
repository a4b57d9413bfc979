"""The interface of a chain, independent of what runs behind it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from penstock.evm.abi import Abi, Event, Log
from penstock.evm.artifacts import Artifact
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import BadArgument, Registry

ZERO_ADDRESS: Address = "0x" + "00" * 20

# Far above a real block: a deal of the largest size must be testable in one call. Gas is judged by the receipt.
BLOCK_GAS_LIMIT = 1_000_000_000


@dataclass(frozen=True)
class Receipt:
    """
    The result of a transaction. A reverted transaction raises instead.

    Attributes
    ----------
    gas_used : gas of the whole transaction, with 21,000 and calldata. `Revm` says how far its figure can be trusted.
    logs : in the order they were emitted.
    block, timestamp : where and when it ran, in seconds.
    status : 1.
    hash : transaction hash; None in the process.
    contract : address of the contract it made, if it made one.
    """

    gas_used: int
    logs: tuple[Log, ...]
    block: int
    timestamp: int
    status: int = 1
    hash: str | None = None
    contract: Address | None = None

    def events(self, *abis: Abi) -> list[Event]:
        """The logs these contracts declare, decoded, in order."""
        return read_events(self.logs, *abis)


class Chain(ABC):
    """
    Accounts, transactions, views and a clock.

    Attributes
    ----------
    registry : the errors reverts are decoded by. Every ABI used on the chain adds itself; add those of contracts
        that are only reached through others.
    """

    def __init__(self, registry: Registry | None = None) -> None:
        self.registry = registry or Registry()

    # What an implementation provides

    @property
    @abstractmethod
    def accounts(self) -> list[Address]:
        """Accounts that can send."""

    @property
    @abstractmethod
    def chain_id(self) -> int: ...

    @abstractmethod
    def key(self, address: Address) -> bytes | None:
        """The private key of an account, to sign a permit with; None if we do not hold it."""

    @abstractmethod
    def transact(self, to: Address | None, data: bytes, sender: Address, value: int = 0) -> Receipt:
        """Sends raw calldata (to None makes a contract) and waits until it is in a block."""

    @abstractmethod
    def query(self, to: Address, data: bytes, sender: Address = ZERO_ADDRESS, *, reads_only: bool = True) -> bytes:
        """Runs raw calldata against the present state and leaves no trace."""

    @abstractmethod
    def now(self) -> int:
        """Timestamp of the last block, in seconds."""

    @abstractmethod
    def block(self) -> int:
        """Number of the last block."""

    @abstractmethod
    def set_time(self, timestamp: int) -> None:
        """
        Development chains: the last block's timestamp becomes exactly this, and stays until it is set again.

        A node that we did not start, or one without a frozen clock, may add the seconds that really pass.

        Raises
        ------
        TimeRunsForward : when it is before now.
        NotADevChain : on a public chain.
        """

    @abstractmethod
    def logs(self, address: Address | None = None, since: int = 0) -> list[Log]:
        """Every log from block `since` on, of one contract or of all."""

    @abstractmethod
    def code(self, address: Address) -> bytes: ...

    @abstractmethod
    def balance(self, address: Address) -> int:
        """In wei."""

    @abstractmethod
    def storage(self, address: Address, slot: int) -> bytes:
        """The 32 bytes of a storage slot."""

    @abstractmethod
    def storage_words(self, places: Sequence[tuple[Address, int]]) -> list[int]:
        """The numbers in many storage slots, each an account's address and the slot, in order."""

    @abstractmethod
    def snapshot(self) -> int:
        """Development chains: remembers state, logs and clock."""

    @abstractmethod
    def revert(self, snapshot: int) -> None:
        """Reverts to a snapshot, which uses it up, as well as every later one."""

    # What all implementations share

    def deploy(self, artifact: Artifact, *args: Any, sender: Address | None = None, value: int = 0) -> "Contract":
        """Deploys a contract and waits for it. Raises as `send` does."""
        if not artifact.bytecode:
            raise BadArgument(f"{artifact.name} is an interface or abstract: there is no code to deploy")
        self.registry.add(artifact.abi)
        data = artifact.bytecode + artifact.abi.constructor.encode(args)
        receipt = self.transact(None, data, sender or self.accounts[0], value)
        assert receipt.contract is not None
        return Contract(self, receipt.contract, artifact.abi, receipt)

    def send(
        self, address: Address, abi: Abi, function: str, *args: Any, sender: Address | None = None, value: int = 0
    ) -> Receipt:
        """
        Sends a transaction.

        Raises
        ------
        ChainRevert : when the contract refuses.
        ChainRefused : when the chain does.
        BadArgument : when the arguments do not fit the ABI; nothing was sent.
        """
        self.registry.add(abi)
        return self.transact(address, abi.function(function).encode(args), sender or self.accounts[0], value)

    def call(self, address: Address, abi: Abi, function: str, *args: Any, sender: Address = ZERO_ADDRESS) -> Any:
        """What a function returns; of one that writes, what it would return."""
        self.registry.add(abi)
        entry = abi.function(function)
        return entry.decode(self.query(address, entry.encode(args), sender, reads_only=entry.reads_only))

    def at(self, address: Address, abi: Abi) -> "Contract":
        """An existing contract."""
        return Contract(self, checksum(address), abi)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """A context whose effects on the chain are reverted at the end."""
        snapshot = self.snapshot()
        try:
            yield
        finally:
            self.revert(snapshot)


@dataclass(frozen=True)
class Contract:
    """A contract's address with its ABI, on one chain."""

    chain: Chain = field(repr=False)
    address: Address
    abi: Abi = field(repr=False)
    receipt: Receipt | None = field(default=None, repr=False)

    def send(self, function: str, *args: Any, sender: Address | None = None, value: int = 0) -> Receipt:
        return self.chain.send(self.address, self.abi, function, *args, sender=sender, value=value)

    def call(self, function: str, *args: Any, sender: Address = ZERO_ADDRESS) -> Any:
        return self.chain.call(self.address, self.abi, function, *args, sender=sender)

    def events(self, since: int = 0) -> list[Event]:
        """All events this contract has emitted."""
        return read_events(tuple(self.chain.logs(self.address, since)), self.abi)

    def as_(self, abi: Abi) -> "Contract":
        """The same address through another interface."""
        return replace(self, abi=abi)


def read_events(logs: tuple[Log, ...], *abis: Abi) -> list[Event]:
    """Decodes logs by the first of the ABIs that declares each; the others are left out."""
    found = (next((event for abi in abis if (event := abi.event(log))), None) for log in logs)
    return [event for event in found if event is not None]
