"""Reads logs strictly: each kind has one encoding, and a log that differs in any bit is refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from eth_utils.crypto import keccak

from penstock.audit.checkpoint import Entry
from penstock.evm.errors import BadArgument

WORD = 32
_ADDRESS = "0x" + "00" * 12


def _word(text: str) -> int:
    """The number, if the text is its only encoding."""
    number = int(text, 16)
    if f"0x{number:064x}" != text:
        raise ValueError(f"{text} is not a word")
    return number


@lru_cache(maxsize=1 << 16)  # the same holders occur again and again
def _address(text: str) -> str:
    _word(text)
    if not text.startswith(_ADDRESS):
        raise ValueError(f"{text} is not an address")
    return "0x" + text[26:]


class Kind:
    """
    An event: its first topic, and of which types its values are.

    Parameters
    ----------
    signature : of addresses and words; the first `indexed` of them are topics, the others the data.
    """

    def __init__(self, signature: str, indexed: int) -> None:
        self.name, types = signature[:-1].split("(")
        self.topic = "0x" + keccak(text=signature).hex()
        kinds = types.split(",")
        assert "address" not in kinds[indexed:]
        self._topics: list[Callable[[str], Any]] = [_address if each == "address" else _word for each in kinds]
        del self._topics[indexed:]
        self._count, self._words = 1 + indexed, len(kinds) - indexed
        self._length = 2 + 2 * WORD * self._words

    def values(self, entry: Entry) -> list[Any]:
        """
        Addresses in lower case, numbers, bytes, in the order of the signature.

        Raises
        ------
        BadArgument : when the log is not encoded as the event is.
        """
        topics = entry.topics
        if len(topics) != self._count:
            raise BadArgument(f"{self.name} of {len(topics)} topics, where {self._count} are logged")
        found, place = [], 1
        try:
            for read in self._topics:
                found.append(read(topics[place]))
                place += 1
        except ValueError as error:
            raise BadArgument(f"{self.name}, topic {place}: {error}") from None
        found += self._plain(entry.data)
        return found

    def _plain(self, data: str) -> list[Any]:
        if len(data) != self._length:
            raise BadArgument(f"{self.name} of {len(data) // 2 - 1} bytes, where {WORD * self._words} are logged")
        try:
            if self._words == 1:
                return [_word(data)]
            return [_word(data[:2] + data[at : at + 2 * WORD]) for at in range(2, len(data), 2 * WORD)]
        except ValueError as error:
            raise BadArgument(f"{self.name}, data: {error}") from None


class BytesKind(Kind):
    """An event whose last value is bytes; those before it are topics."""

    def __init__(self, signature: str) -> None:
        super().__init__(signature, signature.count(","))

    def _plain(self, data: str) -> list[Any]:
        try:
            there = bytes.fromhex(data[2:])
        except ValueError as error:
            raise BadArgument(f"{self.name}, data: {error}") from None
        value = there[2 * WORD :][: int.from_bytes(there[WORD : 2 * WORD], "big")]
        again = WORD.to_bytes(WORD, "big") + len(value).to_bytes(WORD, "big") + value + bytes(-len(value) % WORD)
        if data != "0x" + again.hex():
            raise BadArgument(f"{self.name}: offset, length or padding of its bytes are not the ABI's")
        return [value]


TRANSFER = Kind("Transfer(address,address,uint256)", 2)
APPROVAL = Kind("Approval(address,address,uint256)", 2)
LAUNCHED = Kind("Launched(address,address,bytes32)", 2)
SETTLED = BytesKind("Settled(uint256,bytes)")
REPORTED = BytesKind("Reported(uint256,bytes)")
CLAIMED = Kind("Claimed(uint256,address,uint256)", 2)
CLAIMED_TO = Kind("ClaimedTo(uint256,address,address,uint256)", 3)
CLAIM_SIGNED = Kind("ClaimSigned(address,uint256)", 1)
MOVED_CUM = Kind("MovedCum(uint256,address,address,uint256,uint256)", 3)
CLAIM_FOR_SET = Kind("ClaimForSet(address,bool)", 1)
CALL_ANNOUNCED = Kind("CallAnnounced(uint256)", 1)
CALLED = Kind("Called(uint256,uint256)", 1)
CUT_OFF = Kind("CutOff(uint256,uint256)", 1)
FEE_CLAIMED = Kind("FeeClaimed(uint256,address,uint256)", 2)
