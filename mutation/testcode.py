"""
What a test says and what it can reach, read from its source: its own text and every helper, fixture, constant and data
file of tests/ that it names, at any distance, and the modules of Penstock that all these name.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mutation.mutants import digest
from mutation.python import without_docstrings

PRODUCT = "penstock"
# pytest reads these of a module, whether or not a test names them.
ALWAYS = ("pytestmark", "pytest_generate_tests")

_DATA = re.compile(r"[\w*/-]*\.\w+")

Place = tuple[str, str]


@dataclass(frozen=True)
class Test:
    """
    A test function or class.

    name : as pytest knows it, without parameters: `tests/model/test_dues.py::test_carry`.
    digest : of all that it says; neither of its file nor of its place in it.
    reach : the modules of Penstock it may run, dotted.
    """

    __test__ = False

    name: str
    digest: str
    reach: frozenset[str]


@dataclass
class _Module:
    """
    A module of the tests.

    units : its top-level statements, by each name they define. imports : what a name stands for, dotted.
    always : names that pytest reads or calls without being asked.
    """

    path: Path
    units: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, str] = field(default_factory=dict)
    always: list[str] = field(default_factory=list)


class TestCode:
    """Every test of a tree."""

    __test__ = False

    def __init__(self, root: Path) -> None:
        self.root = root
        self._modules = {_dotted(root, path): _read(path) for path in sorted((root / "tests").rglob("*.py"))}
        self._product = {_dotted(root, path): path for path in (root / PRODUCT).rglob("*.py")}
        self._used: dict[Place, tuple[str, frozenset[Place], frozenset[str]]] = {}
        self._imported_by: dict[str, frozenset[str]] = {}
        self._reached: dict[frozenset[str], frozenset[str]] = {}

    def tests(self, paths: Iterable[Path]) -> list[Test]:
        """The tests of some modules, in their order, without those that are marked as slow."""
        found = []
        for path in paths:
            module = _dotted(self.root, path)
            units = self._modules[module].units
            if not any(_is_slow(each) for each in units.get("pytestmark", ())):
                found += [self.test(module, name) for name, nodes in units.items() if _is_test(name, nodes[-1])]
        return found

    def digests(self, paths: Iterable[Path]) -> frozenset[str]:
        """Of every test of some modules, and of each module as a whole."""
        paths = list(paths)
        whole = [self.test(_dotted(self.root, path), "") for path in paths]
        return frozenset(each.digest for each in [*self.tests(paths), *whole])

    def find(self, node: str) -> Test:
        """The test of one of pytest's names; of a name of a module, the module as a whole."""
        path, _, rest = node.partition("::")
        return self.test(_dotted(self.root, self.root / path), rest.partition("::")[0].partition("[")[0])

    def test(self, module: str, name: str) -> Test:
        own = self._modules[module]
        waiting = [(module, each) for each in ([name] if name else own.units)]
        waiting += [(each, always) for each in self._around(module) for always in self._modules[each].always]
        seen: set[Place] = set()
        texts: set[str] = set()
        modules: set[str] = set()
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            text, places, reached = self._uses(place)
            texts.add(text)
            modules.update(reached)
            waiting += places
        file = own.path.relative_to(self.root).as_posix()
        said = digest(*([] if name else ["module"]), *sorted(texts))
        return Test(f"{file}::{name}" if name else file, said, self._all_imported(frozenset(modules)))

    def _uses(self, place: Place) -> tuple[str, frozenset[Place], frozenset[str]]:
        """The text of one unit, with its data files, the units it names, and the modules of Penstock it names."""
        if place not in self._used:
            module, name = place
            own = self._modules[module]
            nodes = own.units[name]
            places: set[Place] = set()
            reached: set[str] = set()
            data: list[str] = []
            for used, attribute in (each for node in nodes for each in _names(node)):
                places.update(self._in_tests(module, used, attribute))
                reached.update(_in_product(own.imports.get(used, ""), attribute))
            for text in (each for node in nodes for each in _strings(node)):
                data += _data(own.path.parent, text)
                reached.update(_in_product(f"{PRODUCT}.__main__" if text == PRODUCT else text, ""))
                places.update((each, text) for each in self._around(module) if text in self._modules[each].units)
            texts = [ast.unparse(without_docstrings(node)) for node in nodes]
            self._used[place] = "\n".join([*texts, *sorted(data)]), frozenset(places), frozenset(reached)
        return self._used[place]

    def _in_tests(self, module: str, name: str, attribute: str) -> Iterator[Place]:
        """What a name in a module of the tests means: something of it, something it imports, or a fixture."""
        own = self._modules[module]
        if name in own.units:
            yield module, name
            return
        target = own.imports.get(name)
        if target is None:
            yield from ((each, name) for each in self._around(module) if name in self._modules[each].units)
            return
        if target in self._modules:
            units = self._modules[target].units
            yield from ((target, each) for each in ([attribute] if attribute in units else units))
            return
        outer, _, inner = target.rpartition(".")
        if outer in self._modules and inner in self._modules[outer].units:
            yield outer, inner
        elif outer in self._modules:
            yield from self._in_tests(outer, inner, attribute)

    def _around(self, module: str) -> list[str]:
        """A module, and the conftest modules whose fixtures it sees."""
        folders = module.split(".")[:-1]
        found = [".".join([*folders[: depth + 1], "conftest"]) for depth in range(len(folders))]
        return [module, *(each for each in found if each in self._modules and each != module)]

    def _all_imported(self, modules: frozenset[str]) -> frozenset[str]:
        """Modules of Penstock and all of Penstock that they import, at any distance."""
        if modules not in self._reached:
            found: set[str] = set()
            waiting = [name for each in modules for name in self._existing(each)]
            while waiting:
                module = waiting.pop()
                if module not in found:
                    found.add(module)
                    waiting += self._imported(module)
            self._reached[modules] = frozenset(found)
        return self._reached[modules]

    def _imported(self, module: str) -> frozenset[str]:
        if module not in self._imported_by:
            names = _imports(ast.parse(self._product[module].read_bytes())).values()
            self._imported_by[module] = frozenset(found for each in names for found in self._existing(each))
        return self._imported_by[module]

    def _existing(self, name: str) -> Iterator[str]:
        """The modules of Penstock that a dotted name stands for: itself or what it is in, and their packages."""
        parts = name.split(".")
        dotted = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
        yield from (each for each in dotted if each in self._product)


def module_name(file: str) -> str:
    """penstock/model/dues.py → penstock.model.dues"""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _dotted(root: Path, path: Path) -> str:
    return module_name(path.relative_to(root).as_posix())


def _read(path: Path) -> _Module:
    tree = ast.parse(path.read_bytes())
    module = _Module(path, imports=_imports(tree))
    for node in tree.body:
        for name in _defined(node):
            module.units.setdefault(name, []).append(node)
            if name in ALWAYS or _is_automatic(node):
                module.always.append(name)
    return module


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif not isinstance(node, (ast.Import, ast.ImportFrom)):
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                yield each.id


def _is_automatic(node: ast.stmt) -> bool:
    return any("autouse=True" in ast.unparse(each) for each in _decorators(node))


def _is_test(name: str, node: ast.stmt) -> bool:
    if any(_is_slow(each) for each in _decorators(node)):
        return False
    if isinstance(node, ast.FunctionDef):
        return name.startswith("test")
    return name.startswith("Test") and isinstance(node, (ast.ClassDef, ast.Assign))


def _is_slow(node: ast.AST) -> bool:
    return "mark.slow" in ast.unparse(node)


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return node.decorator_list if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []


def _imports(tree: ast.AST) -> dict[str, str]:
    """Names that the imports of a module bind, wherever they are, and what for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found.update({each.asname or each.name: f"{node.module}.{each.name}" for each in node.names})
        elif isinstance(node, ast.Import):
            found.update({each.asname or each.name.partition(".")[0]: each.name for each in node.names})
    return found


def _names(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Names that are read, and arguments, which may be fixtures; each with the attribute asked of it, or ""."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        yield node.value.id, node.attr
        return
    if isinstance(node, ast.Name):
        yield node.id, ""
    elif isinstance(node, ast.arg):
        yield node.arg, ""
    for child in ast.iter_child_nodes(node):
        yield from _names(child)


def _strings(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _in_product(target: str, attribute: str) -> Iterator[str]:
    if target.partition(".")[0] == PRODUCT:
        yield f"{target}.{attribute}" if attribute else target


def _data(folder: Path, text: str) -> Iterator[str]:
    """Digests of the data files beside a module that a text names, be it by a pattern or the end of a name."""
    if not _DATA.fullmatch(text) or text.endswith(".py") or text.startswith("/"):
        return
    files = folder.glob(f"*{text}" if text.startswith(".") else text)
    yield from (hashlib.sha256(each.read_bytes()).hexdigest() for each in files if each.is_file())
