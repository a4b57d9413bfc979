"""Packs and unpacks values with eth_abi's coders, each built once; converts each address once."""

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from eth_abi.decoding import AddressDecoder, ContextFramesBytesIO, TupleDecoder
from eth_abi.encoding import AddressEncoder, TupleEncoder
from eth_abi.exceptions import DecodingError
from eth_abi.registry import BaseEquals, registry
from eth_utils.address import is_address, to_canonical_address, to_checksum_address

from penstock.evm.errors import BadArgument

Address = str


@lru_cache(maxsize=65_536)
def checksum(address: str | bytes) -> Address:
    """An address with its checksum, the only spelling we use. Cached, because the checksum costs a hash."""
    return str(to_checksum_address(address))


@lru_cache(maxsize=65_536)
def canonical(address: str | bytes) -> bytes:
    """The 20 bytes of an address."""
    return bytes(to_canonical_address(address))


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


class Codec:
    """Packs and unpacks one fixed list of types; eth_abi would build it again for each call."""

    def __init__(self, types: Iterable[str]) -> None:
        self.types = tuple(types)
        encoders = [_registry.get_encoder(each) for each in self.types]
        decoders = [_registry.get_decoder(each) for each in self.types]
        self._encoder = TupleEncoder(encoders=encoders)  # type: ignore[no-untyped-call]
        self._decoder = TupleDecoder(decoders=decoders)  # type: ignore[no-untyped-call]

    def encode(self, values: Sequence[Any]) -> bytes:
        return bytes(self._encoder(values)) if self.types else b""

    def decode(self, data: bytes) -> tuple[Any, ...]:
        if not self.types:
            return ()
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
