"""Mutants of Python, located on the syntax tree; and of the code that the generator writes, inside its strings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from types import CodeType

from mutation.mutants import Mutant, distinct, make

Change = tuple[int, int, str, str]

COMPARE = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
    "is not": ("is",),
    "is": ("is not",),
    "not in": ("in",),
    "in": ("not in",),
}
BINARY: dict[type[ast.operator], tuple[str, tuple[str, ...]]] = {
    ast.Add: ("+", ("-",)),
    ast.Sub: ("-", ("+",)),
    ast.Mult: ("*", ("//",)),
    ast.FloorDiv: ("//", ("*",)),
    ast.Mod: ("%", ("*",)),
    ast.Pow: ("**", ("*",)),
    ast.LShift: ("<<", (">>",)),
    ast.RShift: (">>", ("<<",)),
    ast.BitAnd: ("&", ("|",)),
    ast.BitOr: ("|", ("&",)),
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}

# In the code the generator writes. Longer tokens first.
_WRITTEN = {
    " += ": " -= ",
    " -= ": " += ",
    " <= ": " < ",
    " >= ": " > ",
    " == ": " != ",
    " // ": " * ",
    " + ": " - ",
    " - ": " + ",
    " * ": " // ",
    " < ": " <= ",
    " > ": " >= ",
    " or ": " and ",
    " and ": " or ",
    "min(": "max(",
    "max(": "min(",
    " = 0": " = 1",
    "if not ": "if ",
    "if ": "if not ",
}
_TOKEN = re.compile("|".join(re.escape(token) for token in _WRITTEN))
GENERATOR = "generator.py"


def mutants(file: str, source: bytes) -> list[Mutant]:
    """Every mutant of a file, in its order."""
    return list(distinct(_Walk(file, source).visit(ast.parse(source), "")))


def same_code(one: bytes, other: bytes) -> bool:
    """Whether both compile to the same bytecode, places in the source apart."""
    return _shape(compile(one, "", "exec")) == _shape(compile(other, "", "exec"))


def _shape(code: CodeType) -> tuple[object, ...]:
    constants = tuple(_shape(each) if isinstance(each, CodeType) else (type(each), each) for each in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, code.co_argcount, constants


class _Walk:
    def __init__(self, file: str, source: bytes) -> None:
        self.file, self.source = file, source
        self.line_starts = [0, *(found.end() for found in re.finditer(b"\n", source))]

    def visit(self, node: ast.AST, function: str) -> Iterator[Mutant]:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            function = f"{function}.{node.name}".lstrip(".")
        for start, end, text, operator in getattr(self, f"_{type(node).__name__}", _nothing)(node):
            yield make(self.file, self.source, (start, end), text, operator, function)
        for child in _children(node):
            yield from self.visit(child, function)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        begin = self.line_starts[node.lineno - 1] + node.col_offset
        return begin, self.line_starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self.span(node)
        return self.source[start:end].decode()

    def _between(self, left: ast.expr, right: ast.expr, operator: str, others: tuple[str, ...]) -> Iterator[Change]:
        """The operator between two operands, replaced."""
        at = self.source.index(operator.encode(), self.span(left)[1], self.span(right)[0])
        for other in others:
            yield at, at + len(operator), other, f"{operator} → {other}"

    def _Compare(self, node: ast.Compare) -> Iterator[Change]:  # noqa: N802
        operands = [node.left, *node.comparators]
        for left, operator, right in zip(operands, node.ops, node.comparators, strict=False):
            name = COMPARISONS[type(operator)]
            yield from self._between(left, right, name, COMPARE[name])

    def _BinOp(self, node: ast.BinOp) -> Iterator[Change]:  # noqa: N802
        if type(node.op) not in BINARY:
            return
        yield from self._between(node.left, node.right, *BINARY[type(node.op)])
        if isinstance(node.op, ast.FloorDiv):
            yield (*self.span(node), f"-(-({self.text(node.left)}) // ({self.text(node.right)}))", "round up")

    def _BoolOp(self, node: ast.BoolOp) -> Iterator[Change]:  # noqa: N802
        name, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from self._between(left, right, name, (other,))

    def _UnaryOp(self, node: ast.UnaryOp) -> Iterator[Change]:  # noqa: N802
        yield (*self.span(node), f"({self.text(node.operand)})", "drop operator")

    def _Constant(self, node: ast.Constant) -> Iterator[Change]:  # noqa: N802
        value = node.value
        if isinstance(value, bool):
            yield (*self.span(node), str(not value), "constant")
        elif isinstance(value, int):
            yield (*self.span(node), str(value ^ 1), "constant ± 1")
        elif isinstance(value, str):
            yield from self._written(node)

    def _JoinedStr(self, node: ast.JoinedStr) -> Iterator[Change]:  # noqa: N802
        yield from self._written(node)

    def _written(self, node: ast.Constant | ast.JoinedStr) -> Iterator[Change]:
        """Operators of the code inside a string, outside its braces."""
        if not self.file.endswith(GENERATOR):
            return
        start, end = self.span(node)
        # As many bytes as before, so that places stay
        plain = re.sub(rb"\{[^{}]*\}", lambda found: b"\0" * len(found[0]), self.source[start:end])
        for found in _TOKEN.finditer(plain.decode("latin-1")):
            other = _WRITTEN[found[0]]
            yield start + found.start(), start + found.end(), other, f"written {found[0].strip()} → {other.strip()}"

    def _Call(self, node: ast.Call) -> Iterator[Change]:  # noqa: N802
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in CALLS:
            yield (*self.span(node.func), CALLS[name], f"{name} → {CALLS[name]}")
        if name in ("min", "max") and len(node.args) == 2:
            for argument in node.args:
                yield (*self.span(node), f"({self.text(argument)})", f"{name} of one")
        elif name not in ("isinstance", "range"):
            yield from self._swapped(node)

    def _swapped(self, node: ast.Call) -> Iterator[Change]:
        """Neighbours that are both plain names or attributes; what else they are is not known here."""
        for first, second in zip(node.args, node.args[1:], strict=False):
            if isinstance(first, (ast.Name, ast.Attribute)) and type(first) is type(second):
                between = self.source[self.span(first)[1] : self.span(second)[0]].decode()
                text = self.text(second) + between + self.text(first)
                yield self.span(first)[0], self.span(second)[1], text, "swap arguments"

    def _If(self, node: ast.If) -> Iterator[Change]:  # noqa: N802
        yield from self._negated(node.test)
        if not node.orelse:
            yield (*self.span(node.test), "False", "delete statement")

    def _IfExp(self, node: ast.IfExp) -> Iterator[Change]:  # noqa: N802
        yield from self._negated(node.test)

    def _comprehension(self, node: ast.comprehension) -> Iterator[Change]:
        for condition in node.ifs:
            yield (*self.span(condition), "True", "drop condition")

    def _negated(self, test: ast.expr) -> Iterator[Change]:
        if not isinstance(test, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
            yield (*self.span(test), f"not ({self.text(test)})", "negate condition")

    def _deleted(self, node: ast.stmt) -> Iterator[Change]:
        yield (*self.span(node), "pass", "delete statement")

    _Raise = _Continue = _Break = _deleted

    def _Expr(self, node: ast.Expr) -> Iterator[Change]:  # noqa: N802
        if not isinstance(node.value, ast.Constant):
            yield from self._deleted(node)

    def _Assign(self, node: ast.Assign) -> Iterator[Change]:  # noqa: N802
        """Not of names: without them nothing runs."""
        if isinstance(node.targets[0], (ast.Attribute, ast.Subscript)):
            yield from self._deleted(node)

    def _AugAssign(self, node: ast.AugAssign) -> Iterator[Change]:  # noqa: N802
        yield from self._deleted(node)
        operator, others = BINARY[type(node.op)]
        yield from self._between(node.target, node.value, operator, others)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """What is run: no annotation, decorator or docstring, no `strict`, no error's text."""
    if isinstance(node, ast.AnnAssign):
        yield from filter(None, [node.value])
    elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield from node.body
        if isinstance(node, ast.FunctionDef):
            yield from (each for each in (*node.args.defaults, *node.args.kw_defaults) if each)
    elif isinstance(node, ast.JoinedStr):
        yield from (each.value for each in node.values if isinstance(each, ast.FormattedValue))
    elif not _says_nothing(node):
        yield from ast.iter_child_nodes(node)


def _says_nothing(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    return isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _nothing(_: ast.AST) -> tuple[()]:
    return ()
