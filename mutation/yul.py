"""Mutants of inline assembly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Span = tuple[int, int]

CALLS = {"add": "sub", "sub": "add", "mul": "add", "shl": "shr", "shr": "shl", "and": "or", "or": "and"}
DELETED = frozenset(("YulExpressionStatement", "YulAssignment", "YulIf"))


def mutations(node: dict[str, Any], source: bytes) -> Iterator[tuple[Span, str, str]]:
    """Where, what instead, and the name of the operator."""
    kind = node["nodeType"]
    span = _span(node)
    if kind in DELETED:
        yield span, "", "delete statement"
    if kind == "YulLiteral" and node["kind"] == "number":
        text = source[slice(*span)].decode()
        value = int(text, 0)
        yield span, (hex if text.startswith("0x") else str)(value ^ 1), "constant ± 1"
    if kind == "YulFunctionCall":
        name = node["functionName"]
        if name["name"] in CALLS:
            other = CALLS[name["name"]]
            yield _span(name), other, f"{name['name']} → {other}"
        if name["name"] in ("iszero", "not"):
            yield span, source[slice(*_span(node["arguments"][0]))].decode(), f"drop {name['name']}"
        if name["name"] in ("sub", "shl", "shr", "mstore") and len(node["arguments"]) == 2:
            first, second = (_span(each) for each in node["arguments"])
            swapped = (source[slice(*second)] + source[first[1] : second[0]] + source[slice(*first)]).decode()
            yield (first[0], second[1]), swapped, "swap arguments"
    for value in node.values():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, dict) and "nodeType" in child:
                yield from mutations(child, source)


def _span(node: dict[str, Any]) -> Span:
    start, length, _ = (int(part) for part in node["src"].split(":"))
    return start, start + length
