"""Refusals of a chain, a node or the compiler, each as one readable line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from penstock.errors import PenstockError
from penstock.format import one_line

if TYPE_CHECKING:
    from penstock.evm.abi import Abi, ErrorEntry

WAD = Decimal(10**18)

# docs.soliditylang.org, "Panic via assert and Error via require"
PANICS = {
    0x00: "generic panic",
    0x01: "assertion failed",
    0x11: "arithmetic overflow or underflow",
    0x12: "division or modulo by zero",
    0x21: "value outside its enum",
    0x22: "badly encoded storage bytes",
    0x31: "pop from an empty array",
    0x32: "array index out of bounds",
    0x41: "too much memory",
    0x51: "call of an unset internal function",
}
ERROR_SELECTOR = bytes.fromhex("08c379a0")
PANIC_SELECTOR = bytes.fromhex("4e487b71")


class ChainError(PenstockError):
    """Anything this package refuses; its text is one line fit for a terminal."""


class ChainRefused(ChainError):
    """A transaction the chain did not complete: no gas, no funds, a view that writes, or a node's own reason."""


class ChainRevert(ChainError):
    """
    A contract reverted, with its reason.

    Attributes
    ----------
    name : the custom error; "Error" for a text, "Panic" for a compiler check, "" where the contract gave no reason.
    values : the error's values by name ("message" of Error, "code" of Panic); positional names are "0", "1", …
    contract : the contract whose ABI declares the error, "" if none does.
    data : the revert data as they came.
    """

    def __init__(self, name: str, values: Mapping[str, Any], contract: str = "", data: bytes = b"") -> None:
        self.name = name
        self.values = dict(values)
        self.contract = contract
        self.data = data
        super().__init__(name)

    def __str__(self) -> str:
        """Put together when somebody reads it: most reverts in a fuzz run are expected, and nobody does."""
        return one_line(describe(self.name, self.values, self.contract))


class BadArgument(ChainError):
    """A call that does not fit the contract's ABI; raised before anything is sent."""


class UnknownAccount(ChainError):
    """Neither the node nor we hold a key for the sender."""


class NotADevChain(ChainError):
    """A chain that cannot set its clock or take snapshots."""


class TimeRunsForward(ChainError):
    """A chain's clock set to a time before its last block."""


class NodeNotInstalled(ChainError):
    """Anvil, Ganache or Node.js is missing."""


class NodeFailed(ChainError):
    """A node ended, or never answered."""


class NoAnswer(NodeFailed):
    """No answer came, or none that is JSON-RPC."""


class NotThereYet(NodeFailed):
    """A node does not have a block, or its content, that another node has already shown."""


class RateLimited(NodeFailed):
    """A node that asks to be called later."""


class CompilerNotFound(ChainError):
    """No solc of the pinned version, native or npm."""


class StaleArtifacts(ChainError):
    """The compiled contracts that the package carries are missing, or another version of Penstock wrote them."""


class CompileFailed(ChainError):
    """solc refused the sources; the text is solc's own message, which has several lines."""

    is_list = True


@dataclass(frozen=True)
class Refusal:
    """Revert data, decoded."""

    name: str
    values: Mapping[str, Any]
    contract: str


class Registry:
    """
    Every custom error we know, by selector.

    A revert can come from any contract a call reaches, so one table serves them all.
    Where two contracts declare the same error, the one added first names it.
    """

    def __init__(self, abis: "Iterable[Abi]" = ()) -> None:
        self._errors: dict[bytes, tuple[str, ErrorEntry]] = {}
        self._seen: set[int] = set()
        for abi in abis:
            self.add(abi)

    def add(self, abi: "Abi") -> None:
        if id(abi) in self._seen:
            return
        self._seen.add(id(abi))
        for selector, entry in abi.errors.items():
            self._errors.setdefault(selector, (abi.name, entry))

    def decode(self, data: bytes) -> Refusal:
        """Names the reason in revert data; never raises, whatever the bytes are."""
        from penstock.evm.codec import decode_values

        selector, body = data[:4], data[4:]
        try:
            if selector == ERROR_SELECTOR:
                return Refusal("Error", {"message": decode_values(("string",), body)[0]}, "")
            if selector == PANIC_SELECTOR:
                return Refusal("Panic", {"code": decode_values(("uint256",), body)[0]}, "")
            if selector in self._errors:
                contract, entry = self._errors[selector]
                return Refusal(entry.name, entry.decode(body), contract)
        except BadArgument:
            pass
        return Refusal("", {"data": "0x" + data.hex()} if data else {}, "")

    def revert(self, data: bytes) -> ChainRevert:
        """The exception for revert data."""
        refusal = self.decode(data)
        return ChainRevert(refusal.name, refusal.values, refusal.contract, data)


def describe(name: str, values: Mapping[str, Any], contract: str) -> str:
    """One line for a revert: `Deal_PeriodNotOver: period=3, endsAt=1775001600 (2026-04-01 00:00 UTC)`."""
    if name == "Error":
        return " ".join(str(values["message"]).split()) or "reverted with an empty text"
    if name == "Panic":
        code = values["code"]
        return f"panic 0x{code:02x}: {PANICS.get(code, 'unknown')}"
    if not name:
        data = values.get("data")
        return f"reverted with unknown data {data}" if data else "reverted without a reason"
    where = f"{contract}: " if contract and not name.startswith(f"{contract}_") else ""
    shown = ", ".join(f"{key}={show(key, value)}" for key, value in values.items())
    return f"{where}{name}: {shown}" if shown else f"{where}{name}"


def show(name: str, value: Any) -> str:
    """A value with its unit, read from the name's suffix (docs: `…At` timestamps, `…Wad` fractions of 1e18)."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool):
        if name.endswith("At") and 0 < value < 2**34:
            return f"{value} ({datetime.fromtimestamp(value, timezone.utc):%Y-%m-%d %H:%M} UTC)"
        if name.endswith("Wad"):
            return f"{value} ({(Decimal(value) / WAD).normalize():f})"
    return " ".join(str(value).split())
