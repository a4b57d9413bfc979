"""Mutants of Solidity, located on the compiler's own syntax tree: no fault in a comment, a type or an import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mutation import yul
from mutation.mutants import Mutant, Unit, distinct, make

Node = dict[str, Any]
Change = tuple[int, int, str, str]

BINARY = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "+": ("-",),
    "-": ("+",),
    "*": ("/",),
    "/": ("*",),
    "**": ("*",),
    "%": ("*",),
    "<<": (">>",),
    ">>": ("<<",),
    "&": ("|",),
    "|": ("&",),
    "&&": ("||",),
    "||": ("&&",),
}
ASSIGNMENT = {"+=": ("-=", "="), "-=": ("+=", "="), "|=": ("&=", "="), ">>=": ("<<=",), "<<=": (">>=",)}
DECIDED_BY_OPERATOR = frozenset(("<", "<=", ">", ">=", "==", "!=", "&&", "||"))
DELETED = frozenset(
    (
        "ExpressionStatement",
        "EmitStatement",
        "RevertStatement",
        "Return",
        "Continue",
        "Break",
        "TryStatement",
    )
)
# Nothing to mutate inside: types, names, and calls whose order of arguments means nothing.
SKIPPED = frozenset(
    (
        "ImportDirective",
        "PragmaDirective",
        "UsingForDirective",
        "ElementaryTypeName",
        "ArrayTypeName",
        "UserDefinedTypeName",
        "Mapping",
        "StructDefinition",
        "StructuredDocumentation",
    )
)
NAMED = frozenset(("FunctionDefinition", "ModifierDefinition"))
_TEXT = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
_COMMENT = re.compile(rf"({_TEXT})|//[^\n]*|/\*.*?\*/|\s+", re.DOTALL)
_BLANK = re.compile(rf"({_TEXT})|(?<=\w)( ) *(?=\w)| +")
_NUMBER = re.compile(rb"(0x[0-9a-fA-F]+|[0-9][0-9_]*(?:e[0-9]+)?)(.*)", re.DOTALL)


def mutants(file: str, source: bytes, tree: Node) -> list[Mutant]:
    """Every mutant of a file, in its order."""
    found: list[Mutant | None] = []
    for unit, node in _units(file, source, tree):
        changes = _Changes(source).of(node)
        found += [make(unit, (start, end), text, operator) for start, end, text, operator in changes]
    return list(distinct(found))


def normal(text: bytes) -> str:
    """Without comments, and with blanks only where they part two words."""
    plain = _COMMENT.sub(lambda found: found[1] or " ", text.decode())
    return _BLANK.sub(lambda found: found[1] or found[2] or "", plain).strip()


def number_changed(literal: bytes) -> list[str]:
    """A number literal with its last bit flipped, and its unit: an even one becomes one more, an odd one one less."""
    found = _NUMBER.fullmatch(literal)
    if not found:
        return []
    digits = found[1].replace(b"_", b"")
    value = int(digits, 16) if digits.startswith(b"0x") else _decimal(digits)
    form = hex if digits.startswith(b"0x") else str
    return [form(value ^ 1) + found[2].decode()]


def _decimal(digits: bytes) -> int:
    mantissa, _, exponent = digits.partition(b"e")
    return int(mantissa) * int(10 ** int(exponent or 0))


def _units(file: str, source: bytes, tree: Node, name: str = "") -> Iterator[tuple[Unit, Node]]:
    """Functions whole, and what else stands in a contract or beside it."""
    for node in tree["nodes"]:
        if node["nodeType"] in SKIPPED:
            continue
        own = f"{name}.{node.get('name') or node.get('kind', '')}".lstrip(".")
        if node["nodeType"] == "ContractDefinition":
            yield from _units(file, source, node, own)
            continue
        start, end = span_of(node)
        yield Unit(file, own if node["nodeType"] in NAMED else name, source, start, end, normal), node


class _Changes:
    def __init__(self, source: bytes) -> None:
        self.source = source

    def of(self, node: Node) -> Iterator[Change]:
        """The changes inside a statement: from where, to where, what instead, and the operator's name."""
        kind = node["nodeType"]
        if kind in SKIPPED:
            return
        if kind == "InlineAssembly":
            for span, text, operator in yul.mutations(node["AST"], self.source):
                yield (*span, text, operator)
            return
        if kind in DELETED:
            yield (*self._whole(node), "{}", "delete statement")
        yield from getattr(self, f"_{kind}", _nothing)(node)
        for child in _children(node):
            # Without its step a loop never ends: a fault that no test needs to find.
            if kind == "ForStatement" and child is node.get("loopExpression"):
                continue
            yield from self.of(child)

    def _whole(self, statement: Node) -> tuple[int, int]:
        """With the semicolon, before which most spans end: `{};` is not Solidity."""
        start, end = span_of(statement)
        return start, end + (self.source[end : end + 1] == b";")

    def _text(self, node: Node) -> str:
        start, end = span_of(node)
        return self.source[start:end].decode()

    def _operator(self, node: Node, left: Node, right: Node) -> tuple[int, int]:
        """Where the operator stands: between its operands."""
        begin, end = span_of(left)[1], span_of(right)[0]
        at = self.source.index(node["operator"].encode(), begin, end)
        return at, at + len(node["operator"])

    def _BinaryOperation(self, node: Node) -> Iterator[Change]:  # noqa: N802
        left, right, operator = node["leftExpression"], node["rightExpression"], node["operator"]
        for other in BINARY.get(operator, ()):
            yield (*self._operator(node, left, right), other, f"{operator} → {other}")
        if operator == "/":
            above, below = self._text(left), self._text(right)
            yield (*span_of(node), f"(({above}) + ({below}) - 1) / ({below})", "round up")

    def _Assignment(self, node: Node) -> Iterator[Change]:  # noqa: N802
        operator = node["operator"]
        place = self._operator(node, node["leftHandSide"], node["rightHandSide"])
        for other in ASSIGNMENT.get(operator, ()):
            yield (*place, other, f"{operator} → {other}")

    def _UnaryOperation(self, node: Node) -> Iterator[Change]:  # noqa: N802
        operator, inner = node["operator"], self._text(node["subExpression"])
        if operator in ("!", "~", "-"):
            yield (*span_of(node), f"({inner})", f"drop {operator}")
        if operator in ("++", "--"):
            other = "--" if operator == "++" else "++"
            yield (*span_of(node), other + inner if node["prefix"] else inner + other, f"{operator} → {other}")

    def _Literal(self, node: Node) -> Iterator[Change]:  # noqa: N802
        start, end = span_of(node)
        if node["kind"] == "number":
            for text in number_changed(self.source[start:end]):
                yield start, end, text, "constant ± 1"
        elif node["kind"] == "bool":
            yield start, end, "false" if node["value"] == "true" else "true", "constant"

    def _IfStatement(self, node: Node) -> Iterator[Change]:  # noqa: N802
        yield from self._negated(node["condition"])
        if not node.get("falseBody"):
            yield (*self._whole(node), "{}", "delete statement")

    def _Conditional(self, node: Node) -> Iterator[Change]:  # noqa: N802
        yield from self._negated(node["condition"])

    def _negated(self, condition: Node) -> Iterator[Change]:
        """Unless a change of its operator does as much."""
        if condition.get("operator") not in (*DECIDED_BY_OPERATOR, "!"):
            yield (*span_of(condition), f"!({self._text(condition)})", "negate condition")

    def _ModifierInvocation(self, node: Node) -> Iterator[Change]:  # noqa: N802
        if node.get("kind") == "modifierInvocation":
            yield (*span_of(node), "", "delete modifier")

    def _MemberAccess(self, node: Node) -> Iterator[Change]:  # noqa: N802
        text = self._text(node)
        if text.startswith("type(") and node["memberName"] == "max":
            yield (*span_of(node), f"({text} >> 1)", "half the mask")

    def _FunctionCall(self, node: Node) -> Iterator[Change]:  # noqa: N802
        called, arguments = node["expression"], node["arguments"]
        if called.get("memberName") == "min" and len(arguments) == 2:
            for argument in arguments:
                yield (*span_of(node), f"({self._text(argument)})", "min of one")
        elif not node.get("names"):
            yield from self._swapped(arguments)
        if called["nodeType"] == "MemberAccess" and not arguments and node["kind"] == "functionCall":
            receiver = called["expression"]
            if _type(receiver) == _type(node):
                yield (*span_of(node), self._text(receiver), "drop call")

    def _swapped(self, arguments: list[Node]) -> Iterator[Change]:
        for first, second in zip(arguments, arguments[1:]):  # noqa: B905, RUF007 (pairwise of 3.10 reads no better)
            one, other = self._text(first), self._text(second)
            if _kind(first) == _kind(second) and one != other:
                between = self.source[span_of(first)[1] : span_of(second)[0]].decode()
                yield span_of(first)[0], span_of(second)[1], other + between + one, "swap arguments"


def span_of(node: Node) -> tuple[int, int]:
    start, length, _ = (int(part) for part in node["src"].split(":"))
    return start, start + length


def _type(node: Node) -> str:
    return str(node.get("typeDescriptions", {}).get("typeIdentifier"))


def _kind(node: Node) -> str:
    """Numbers of any width and literals may stand in for each other."""
    return re.sub(r"t_(uint\d+|rational.*)", "t_number", _type(node))


def _children(node: Node) -> Iterator[Node]:
    for value in node.values():
        if isinstance(value, dict) and "nodeType" in value:
            yield value
        elif isinstance(value, list):
            yield from (each for each in value if isinstance(each, dict) and "nodeType" in each)


def _nothing(_: Node) -> tuple[()]:
    return ()
