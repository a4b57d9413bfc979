"""Mutants of Python, located on its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from types import CodeType

from mutation.mutants import Mutant, Unit, distinct, make

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
PASSED = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
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

# The order of their arguments means nothing, or is decided by another mutant.
UNSWAPPED = frozenset(("isinstance", "issubclass", "range", "zip", "getattr", "hasattr"))


def mutants(file: str, source: bytes) -> list[Mutant]:
    """Every mutant of a file, in its order."""
    found: list[Mutant | None] = []
    for unit, node in _units(file, source, ast.parse(source)):
        changes = _Changes(source).of(node)
        found += [make(unit, (start, end), text, operator) for start, end, text, operator in changes]
    return list(distinct(found))


def normal(text: bytes) -> str:
    """A function or statement as Python writes it: no comments, no docstrings, no layout."""
    inside = text.lstrip(b" ") != text
    tree = ast.parse(b"if 1:\n" + text if inside else text)
    body = tree.body[0].body if inside and isinstance(tree.body[0], ast.If) else tree.body
    return "\n".join(ast.unparse(without_docstrings(each)) for each in body)


def without_docstrings(tree: ast.stmt) -> ast.stmt:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and _is_text(node.body[0]):
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def same_code(one: bytes, other: bytes) -> bool:
    """Whether both compile to the same bytecode, places in the source apart."""
    return _shape(compile(one, "", "exec")) == _shape(compile(other, "", "exec"))


def _shape(code: CodeType) -> tuple[object, ...]:
    constants = tuple(_shape(each) if isinstance(each, CodeType) else (type(each), each) for each in code.co_consts)
    return code.co_code, code.co_names, code.co_varnames, code.co_argcount, constants


def _units(
    file: str, source: bytes, tree: ast.Module | ast.ClassDef, name: str = ""
) -> Iterator[tuple[Unit, ast.stmt]]:
    """Functions and methods whole, and of modules and classes the statements."""
    starts = _line_starts(source)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from _units(file, source, node, f"{name}.{node.name}".lstrip("."))
            continue
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
        first = min([node.lineno, *(each.lineno for each in decorators)])
        assert node.end_lineno is not None and node.end_col_offset is not None
        own = f"{name}.{node.name}".lstrip(".") if isinstance(node, ast.FunctionDef) else name
        # From the beginning of the line, for the lines of a method are all indented.
        yield (
            Unit(file, own, source, starts[first - 1], starts[node.end_lineno - 1] + node.end_col_offset, normal),
            node,
        )


def _line_starts(source: bytes) -> list[int]:
    return [0, *(found.end() for found in re.finditer(b"\n", source))]


class _Changes:
    def __init__(self, source: bytes) -> None:
        self.source = source
        self.line_starts = _line_starts(source)

    def of(self, node: ast.AST) -> Iterator[Change]:
        """The changes inside a statement: from where, to where, what instead, and the operator's name."""
        yield from getattr(self, f"_{type(node).__name__}", _nothing)(node)
        for child in _children(node):
            yield from self.of(child)

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

    def _Call(self, node: ast.Call) -> Iterator[Change]:  # noqa: N802
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in CALLS:
            yield (*self.span(node.func), CALLS[name], f"{name} → {CALLS[name]}")
        if name in ("min", "max") and len(node.args) == 2:
            for argument in node.args:
                yield (*self.span(node), f"({self.text(argument)})", f"{name} of one")
        elif name not in UNSWAPPED:
            yield from self._swapped(node)
            yield from self._emptied(node)

    def _swapped(self, node: ast.Call) -> Iterator[Change]:
        """Neighbours, unless both are constants."""
        for first, second in zip(node.args, node.args[1:], strict=False):
            if isinstance(first, PASSED) and isinstance(second, PASSED):
                between = self.source[self.span(first)[1] : self.span(second)[0]].decode()
                text = self.text(second) + between + self.text(first)
                yield self.span(first)[0], self.span(second)[1], text, "swap arguments"

    def _emptied(self, node: ast.Call) -> Iterator[Change]:
        """An argument becomes the empty value of its own type, and one that is named goes missing."""
        for argument in node.args:
            made = isinstance(argument, ast.Call) and not argument.args  # as empty as it gets
            if isinstance(argument, PASSED) and not made:
                yield (*self.span(argument), f"type({self.text(argument)})()", "empty argument")
        for keyword in node.keywords:
            if keyword.arg not in (None, "strict"):
                yield (*self._with_comma(node, keyword), "", "drop argument")

    def _with_comma(self, call: ast.Call, keyword: ast.keyword) -> tuple[int, int]:
        """A named argument and the comma before or behind it."""
        start = self.line_starts[keyword.lineno - 1] + keyword.col_offset
        end = self.span(keyword.value)[1]
        before = re.search(rb",\s*$", self.source[self.span(call.func)[1] : start])
        if before:
            return start - len(before[0]), end
        behind = re.match(rb"\s*,\s*", self.source[end:])
        return start, end + (len(behind[0]) if behind else 0)

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
    return isinstance(node, ast.Raise) or _is_text(node)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _nothing(_: ast.AST) -> tuple[()]:
    return ()
