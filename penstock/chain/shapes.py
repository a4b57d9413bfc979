"""The values of an ABI entry by type and by name: structs in, named tuples out."""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

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
