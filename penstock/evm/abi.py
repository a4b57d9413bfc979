"""A contract's interface: calldata in, values, events and errors out."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eth_abi.exceptions import EncodingError
from eth_utils.crypto import keccak

from penstock.evm.codec import Address, codec, decode_values
from penstock.evm.errors import BadArgument

Entry = Mapping[str, Any]
Shape = Callable[[Any], Any]


def types(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The canonical types, as selectors are hashed from."""
    return tuple(_type(each) for each in entries)


def _type(entry: Entry) -> str:
    kind: str = entry["type"]
    if kind.startswith("tuple"):
        return f"({','.join(types(entry['components']))}){kind[len('tuple') :]}"
    return kind


def by_name(entries: Sequence[Entry], values: Sequence[Any]) -> dict[str, Any]:
    """Values by name, those without one by their place: "0", "1", …"""
    return {
        entry["name"] or str(place): value for place, (entry, value) in enumerate(zip(entries, values, strict=True))
    }


def ordered(entry: Entry, value: Any) -> Any:
    """A value with its structs as tuples: a mapping is put in the order of the fields."""
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return value
    if kind.endswith("]"):
        inner = {**entry, "type": kind[: kind.rindex("[")]}
        return [ordered(inner, each) for each in value]
    parts = entry["components"]
    if isinstance(value, Mapping):
        if set(value) != {each["name"] for each in parts}:
            raise ValueError(f"a struct with {', '.join(each['name'] for each in parts)}, got {', '.join(value)}")
        value = [value[each["name"]] for each in parts]
    return tuple(ordered(part, each) for part, each in zip(parts, value, strict=True))


def shaped(entries: Sequence[Entry], values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Decoded values with names on their structs."""
    return tuple(
        shape(value) if (shape := _shape(entry)) else value for entry, value in zip(entries, values, strict=True)
    )


def _shape(entry: Entry) -> Shape | None:
    """What gives a decoded struct its field names; None for a value that has no fields."""
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return None
    if kind.endswith("]"):
        inner = _shape({**entry, "type": kind[: kind.rindex("[")]})
        return (lambda values: tuple(inner(each) for each in values)) if inner else None
    title = str(entry.get("internalType", "struct")).split("[")[0].split(".")[-1].split(" ")[-1]
    return tuple_shape(title, entry["components"])


def tuple_shape(title: str, entries: Sequence[Entry]) -> Shape | None:
    """What makes a named tuple of a list of values; None where names are missing and nothing inside has any."""
    shapes = [_shape(each) for each in entries]
    names = [each["name"] for each in entries]
    named = len(names) > 1 or title[:1].isupper()
    if named and all(names) and len(set(names)) == len(names):
        made: Any = namedtuple(title if title.isidentifier() else "Values", names, rename=True)  # type: ignore[misc]
        make: Shape = made._make
    elif any(shapes):
        make = tuple
    else:
        return None
    if not any(shapes):
        return make
    return lambda values: make(shape(each) if shape else each for shape, each in zip(shapes, values, strict=True))


@dataclass(frozen=True)
class Log:
    """One log as the chain keeps it. index : its place in the block."""

    address: Address
    topics: tuple[bytes, ...]
    data: bytes
    block: int
    transaction: str | None = None
    index: int = 0


@dataclass(frozen=True)
class Event:
    """A log read by an ABI."""

    name: str
    values: Mapping[str, Any]
    address: Address
    block: int

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True)
class ErrorEntry:
    """A custom error."""

    name: str
    inputs: tuple[Entry, ...]

    @cached_property
    def _types(self) -> tuple[str, ...]:
        return types(self.inputs)

    def decode(self, body: bytes) -> dict[str, Any]:
        return by_name(self.inputs, decode_values(self._types, body))


class EventEntry:
    """An event: which values are in topics and which in the data."""

    def __init__(self, entry: Entry) -> None:
        self.name: str = entry["name"]
        self._inputs: tuple[Entry, ...] = tuple(entry["inputs"])
        self._indexed = tuple(each for each in self._inputs if each["indexed"])
        self._plain = tuple(each for each in self._inputs if not each["indexed"])

    def decode(self, log: Log) -> Event:
        plain = iter(shaped(self._plain, decode_values(types(self._plain), log.data)))
        topics = iter(log.topics[1:])
        values = [self._topic(each, next(topics)) if each["indexed"] else next(plain) for each in self._inputs]
        return Event(self.name, by_name(self._inputs, values), log.address, log.block)

    @staticmethod
    def _topic(entry: Entry, topic: bytes) -> Any:
        # What does not fit a word is indexed by its hash; only the hash can be given back.
        kind = entry["type"]
        if kind in ("string", "bytes") or kind.endswith("]") or kind.startswith("tuple"):
            return topic
        return decode_values((kind,), topic)[0]


class Function:
    """A contract's function, or its constructor."""

    def __init__(self, contract: str, entry: Entry) -> None:
        self.name: str = entry.get("name", "constructor")
        self._inputs: tuple[Entry, ...] = tuple(entry.get("inputs", ()))
        self._outputs: tuple[Entry, ...] = tuple(entry.get("outputs", ()))
        self.signature = f"{self.name}({','.join(types(self._inputs))})"
        self.selector = b"" if self.name == "constructor" else bytes(keccak(text=self.signature)[:4])
        self.reads_only = entry.get("stateMutability") in ("view", "pure")
        self._label = f"{contract}.{self.signature}"
        self._codec = codec(types(self._inputs))
        self._has_structs = any(each["type"].startswith("tuple") for each in self._inputs)
        self._output_types = types(self._outputs)
        self._output_shape = tuple_shape(self.name, self._outputs)

    def encode(self, arguments: Sequence[Any]) -> bytes:
        """
        Calldata for these arguments. A struct may be given as a sequence or as a mapping of its fields.

        Raises
        ------
        BadArgument : when count, type or range is wrong.
        """
        if len(arguments) != len(self._inputs):
            raise BadArgument(f"{self._label} takes {len(self._inputs)} values, got {len(arguments)}")
        try:
            if self._has_structs:
                arguments = [ordered(entry, value) for entry, value in zip(self._inputs, arguments, strict=True)]
            return self.selector + self._codec.encode(arguments)
        except (EncodingError, KeyError, ValueError, TypeError) as error:
            raise BadArgument(f"{self._label}: {error}") from None

    def decode(self, data: bytes) -> Any:
        """The returned value; several as a tuple, with names where the ABI has them. Nothing returned is None."""
        if not self._outputs:
            return None
        if not data:
            raise BadArgument(f"{self._label} returned nothing: no contract there, or another one")
        values = decode_values(self._output_types, data)
        if self._output_shape is not None:
            values = self._output_shape(values)
        return values[0] if len(self._outputs) == 1 else values


class Abi:
    """
    A contract's interface with its codecs.

    Attributes
    ----------
    name : the contract's name.
    entries : the ABI as solc wrote it.
    """

    def __init__(self, name: str, entries: Sequence[Entry]) -> None:
        self.name = name
        self.entries = entries

    @cached_property
    def functions(self) -> dict[str, Function]:
        """By name and by signature; the name of an overloaded function is left out."""
        found = [Function(self.name, each) for each in self.entries if each["type"] == "function"]
        names = [each.name for each in found]
        table = {each.name: each for each in found if names.count(each.name) == 1}
        return table | {each.signature: each for each in found}

    @cached_property
    def constructor(self) -> Function:
        entries = [each for each in self.entries if each["type"] == "constructor"]
        return Function(self.name, entries[0] if entries else {"inputs": ()})

    @cached_property
    def errors(self) -> dict[bytes, ErrorEntry]:
        """By selector."""
        found = (each for each in self.entries if each["type"] == "error")
        return {_hash(each)[:4]: ErrorEntry(each["name"], tuple(each["inputs"])) for each in found}

    @cached_property
    def events(self) -> dict[bytes, EventEntry]:
        """By first topic."""
        found = (each for each in self.entries if each["type"] == "event" and not each["anonymous"])
        return {_hash(each): EventEntry(each) for each in found}

    def function(self, name: str) -> Function:
        try:
            return self.functions[name]
        except KeyError:
            overloads = sorted(key for key in self.functions if key.startswith(f"{name}("))
            known = overloads or sorted(key for key in self.functions if "(" in key)
            raise BadArgument(f"{self.name} has no function {name!r}; it has {', '.join(known)}") from None

    def event(self, log: Log) -> Event | None:
        """Reads a log; None where it is not an event of this contract."""
        entry = self.events.get(log.topics[0]) if log.topics else None
        return entry.decode(log) if entry else None


def _hash(entry: Entry) -> bytes:
    return bytes(keccak(text=f"{entry['name']}({','.join(types(entry['inputs']))})"))
