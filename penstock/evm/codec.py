"""Packs and unpacks values with eth_abi's coders, each built once; converts each address once."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache, lru_cache, partial
from typing import Any

from eth_abi.decoding import AddressDecoder, ContextFramesBytesIO, TupleDecoder
from eth_abi.encoding import AddressEncoder, TupleEncoder
from eth_abi.exceptions import DecodingError
from eth_abi.registry import BaseEquals, registry
from eth_utils.address import is_address, to_canonical_address, to_checksum_address

from penstock.evm.errors import BadArgument

Address = str

WORD = 32
_NO_PREFIX = bytes(12)


@lru_cache(maxsize=65_536)
def checksum(address: str | bytes) -> Address:
    """An address with its checksum, the only spelling we use. Cached, because the checksum costs a hash."""
    return str(to_checksum_address(address))


@lru_cache(maxsize=65_536)
def canonical(address: str | bytes) -> bytes:
    """The 20 bytes of an address."""
    return bytes(to_canonical_address(address))


def number_of(address: str | bytes) -> int:
    """An address as the number that a word holds."""
    return int.from_bytes(canonical(address), "big")


@lru_cache(maxsize=65_536)
def _is_address(value: str | bytes) -> bool:
    if not is_address(value):
        return False
    # Mixed case is a checksum, and eth_utils lets a wrong one pass.
    return isinstance(value, bytes) or value in (value.lower(), value.upper(), checksum(value))


class _CachedAddressEncoder(AddressEncoder):
    encode_fn = staticmethod(canonical)  # type: ignore[assignment]

    @classmethod
    def validate_value(cls, value: Any) -> None:
        if not isinstance(value, str | bytes) or not _is_address(value):
            cls.invalidate_value(value)


class _CachedAddressDecoder(AddressDecoder):
    decoder_fn = staticmethod(checksum)  # type: ignore[assignment]


_registry = registry.copy()  # type: ignore[no-untyped-call]
_registry.unregister("address")
_registry.register(
    BaseEquals("address"),  # type: ignore[no-untyped-call]
    _CachedAddressEncoder,
    _CachedAddressDecoder,
    label="address",
)


class _Unusual(Exception):
    """A value that eth_abi must judge."""


def _pack_address(value: Any) -> bytes:
    if not isinstance(value, str | bytes) or not _is_address(value):
        raise _Unusual
    return canonical(value).rjust(WORD, b"\0")


def _pack_uint(value: Any, bits: int) -> bytes:
    if type(value) is not int or value >> bits:
        raise _Unusual
    return value.to_bytes(WORD, "big")


def _unpack_address(word: bytes) -> Address:
    if word[:12] != _NO_PREFIX:
        raise _Unusual
    return checksum(word[12:])


def _unpack_uint(word: bytes, bits: int) -> int:
    number = int.from_bytes(word, "big")
    if number >> bits:
        raise _Unusual
    return number


def _packers(types: Sequence[str]) -> list[tuple[Callable[[Any], bytes], Callable[[bytes], Any]]] | None:
    """What packs and unpacks each of these types in one word; None if one of them is of another kind."""
    found: list[tuple[Callable[[Any], bytes], Callable[[bytes], Any]]] = []
    for each in types:
        if each == "address":
            found.append((_pack_address, _unpack_address))
        elif each.startswith("uint") and each[4:].isdigit():
            bits = int(each[4:])
            found.append((partial(_pack_uint, bits=bits), partial(_unpack_uint, bits=bits)))
        else:
            return None
    return found


class Codec:
    """
    Packs and unpacks one fixed list of types; eth_abi would build it again for each call.

    Addresses and unsigned integers alone, which most calls and errors have, are packed here, several times as fast;
    whatever is unusual about them is left to eth_abi, with its message.
    """

    def __init__(self, types: Iterable[str]) -> None:
        self.types = tuple(types)
        self._words = _packers(self.types)
        encoders = [_registry.get_encoder(each) for each in self.types]
        decoders = [_registry.get_decoder(each) for each in self.types]
        self._encoder = TupleEncoder(encoders=encoders)  # type: ignore[no-untyped-call]
        self._decoder = TupleDecoder(decoders=decoders)  # type: ignore[no-untyped-call]

    def encode(self, values: Sequence[Any]) -> bytes:
        if self._words is not None and len(values) == len(self._words):
            with suppress(_Unusual):
                return b"".join([pack(value) for (pack, _), value in zip(self._words, values, strict=True)])
        return bytes(self._encoder(values))

    def decode(self, data: bytes) -> tuple[Any, ...]:
        if not self.types:
            return ()
        if self._words is not None and len(data) == WORD * len(self._words):
            with suppress(_Unusual):
                words = [data[at : at + WORD] for at in range(0, len(data), WORD)]
                return tuple([unpack(word) for (_, unpack), word in zip(self._words, words, strict=True)])
        return tuple(self._decoder(ContextFramesBytesIO(data)))  # type: ignore[no-untyped-call]


@cache
def codec(types: tuple[str, ...]) -> Codec:
    """The codec for these types."""
    return Codec(types)


def decode_values(types: tuple[str, ...], data: bytes) -> tuple[Any, ...]:
    """
    Decodes bytes that came from a chain.

    Raises
    ------
    BadArgument : when they are not an encoding of these types.
    """
    try:
        return codec(types).decode(data)
    except (DecodingError, UnicodeDecodeError, OverflowError, ValueError) as error:
        raise BadArgument(f"{len(data)} bytes are not ({','.join(types)}): {error}") from None
