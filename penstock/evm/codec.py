"""Packs and unpacks values with eth_abi's coders, each built once; converts each address once."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache, lru_cache, partial
from typing import Any, TypeVar

from eth_abi.decoding import AddressDecoder, ContextFramesBytesIO, TupleDecoder
from eth_abi.encoding import AddressEncoder, TupleEncoder
from eth_abi.exceptions import DecodingError
from eth_abi.registry import BaseEquals, registry
from eth_utils.address import is_address, to_canonical_address, to_checksum_address

from penstock.evm.errors import BadArgument

Address = str

Pack = Callable[[Any], bytes]
Unpack = Callable[[bytes], Any]
Kind = TypeVar("Kind")

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
    if not isinstance(value, str | bytes):
        raise _Unusual
    return _address_word(value)


@lru_cache(maxsize=65_536)
def _address_word(value: str | bytes) -> bytes:
    if not _is_address(value):
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


def _pack_bool(value: Any) -> bytes:
    if type(value) is not bool:
        raise _Unusual
    return value.to_bytes(WORD, "big")


def _pack_bytes(value: Any) -> bytes:
    """How many there are, then they, filled up to whole words."""
    if type(value) is not bytes:
        raise _Unusual
    return len(value).to_bytes(WORD, "big") + value + bytes(-len(value) % WORD)


def _pack_list(values: Any, pack: Pack) -> bytes:
    if type(values) not in (list, tuple):
        raise _Unusual
    return len(values).to_bytes(WORD, "big") + b"".join([pack(value) for value in values])


def _word_packer(kind: str) -> Pack | None:
    if kind == "address":
        return _pack_address
    if kind == "bool":
        return _pack_bool
    return partial(_pack_uint, bits=int(kind[4:])) if _is_uint(kind) else None


def _packer(kind: str) -> tuple[Pack, bool] | None:
    """What packs a type, and whether it goes behind the heads; None for a type that is left to eth_abi."""
    if kind == "bytes":
        return _pack_bytes, True
    if kind.endswith("[]"):
        each = _word_packer(kind[:-2])
        return (partial(_pack_list, pack=each), True) if each else None
    word = _word_packer(kind)
    return (word, False) if word else None


def _unpacker(kind: str) -> Unpack | None:
    if kind == "address":
        return _unpack_address
    return partial(_unpack_uint, bits=int(kind[4:])) if _is_uint(kind) else None


def _is_uint(kind: str) -> bool:
    return kind.startswith("uint") and kind[4:].isdigit()


def _whole(found: list[Kind | None]) -> list[Kind] | None:
    """The list, if nothing is missing in it."""
    there = [each for each in found if each is not None]
    return there if len(there) == len(found) else None


class Codec:
    """
    Packs and unpacks one fixed list of types; eth_abi would build it again for each call.

    The types that most calls and errors have are packed and unpacked here, several times as fast; other types, and
    whatever is unusual about a value, are left to eth_abi, with its message.
    """

    def __init__(self, types: Iterable[str]) -> None:
        self.types = tuple(types)
        self._packers = _whole([_packer(each) for each in self.types])
        self._fits_heads = not any(behind for _, behind in self._packers or ())
        self._unpackers = _whole([_unpacker(each) for each in self.types])
        encoders = [_registry.get_encoder(each) for each in self.types]
        decoders = [_registry.get_decoder(each) for each in self.types]
        self._encoder = TupleEncoder(encoders=encoders)  # type: ignore[no-untyped-call]
        self._decoder = TupleDecoder(decoders=decoders)  # type: ignore[no-untyped-call]

    def encode(self, values: Sequence[Any]) -> bytes:
        if self._packers is not None and len(values) == len(self._packers):
            with suppress(_Unusual):
                if self._fits_heads:
                    return b"".join([pack(value) for (pack, _), value in zip(self._packers, values, strict=True)])
                return _packed(self._packers, values)
        return bytes(self._encoder(values))

    def decode(self, data: bytes) -> tuple[Any, ...]:
        if not self.types:
            return ()
        if self._unpackers is not None and len(data) == WORD * len(self._unpackers):
            with suppress(_Unusual):
                words = [data[at : at + WORD] for at in range(0, len(data), WORD)]
                return tuple([unpack(word) for unpack, word in zip(self._unpackers, words, strict=True)])
        return tuple(self._decoder(ContextFramesBytesIO(data)))  # type: ignore[no-untyped-call]


def _packed(packers: Sequence[tuple[Pack, bool]], values: Sequence[Any]) -> bytes:
    """The heads, then what does not fit a head, to which its head points."""
    heads, tails, at = [], [], WORD * len(packers)
    for (pack, behind), value in zip(packers, values, strict=True):
        content = pack(value)
        if behind:
            heads.append(at.to_bytes(WORD, "big"))
            tails.append(content)
            at += len(content)
        else:
            heads.append(content)
    return b"".join(heads + tails)


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
