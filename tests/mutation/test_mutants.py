"""Which mutants are made, and where none is."""

from __future__ import annotations

import pytest

from mutation import python, solidity
from mutation.compiler import Contracts, Solc
from mutation.mutants import Mutant, numbered

pytestmark = pytest.mark.xdist_group("mutants")  # the compiler is started once


def reads(source: str) -> set[str]:
    """The source with each fault in it."""
    text = source.encode()
    return {each.apply(text).decode() for each in python.mutants("any.py", text)}


def line_of(mutant: Mutant, source: bytes) -> str:
    """The lines that a mutant touches, with its fault in them."""
    changed = mutant.apply(source)
    begin = source.rfind(b"\n", 0, mutant.start) + 1
    end = changed.find(b"\n", mutant.start + len(mutant.replacement.encode()))
    return " ".join(changed[begin:end].decode().split())


def lines(contracts: Contracts, name: str) -> set[str]:
    source = contracts.sources[name]["content"].encode()
    return {line_of(each, source) for each in of_file(contracts, name)}


def keys(source: str, file: str = "any.py") -> list[str]:
    return [each.key for each in numbered(python.mutants(file, source.encode()))]


def of_file(contracts: Contracts, name: str) -> list[Mutant]:
    return solidity.mutants(name, contracts.sources[name]["content"].encode(), contracts.trees[name])


def test_python_comparisons_change_at_the_boundary_and_turn_round() -> None:
    assert reads("x = a < b") == {"x = a <= b", "x = a >= b"}


def test_python_divisions_round_up() -> None:
    assert reads("x = a // b") == {"x = a * b", "x = -(-(a) // (b))"}


def test_python_minima_become_maxima_and_either_side() -> None:
    assert reads("x = min(a, b)") == {"x = max(a, b)", "x = (a)", "x = (b)"}


def test_python_docstrings_annotations_and_errors_texts_are_left_alone() -> None:
    source = 'def f(a: "int | 3") -> int:\n    """1 + 1"""\n    raise Wrong(a + 1)\n'
    assert reads(source) == {source.replace("raise Wrong(a + 1)", "pass")}


def test_python_arguments_are_swapped_emptied_and_dropped() -> None:
    assert reads("f(a, b.c, 'x')") == {
        "pass",
        "f(b.c, a, 'x')",
        "f(type(a)(), b.c, 'x')",
        "f(a, type(b.c)(), 'x')",
    }
    assert reads("x = f(a, b=c, d=e)") == {"x = f(type(a)(), b=c, d=e)", "x = f(a, d=e)", "x = f(a, b=c)"}
    assert reads("x = f(b=c, strict=True)") == {"x = f(strict=True)"}
    assert reads("x = f(\n    b=c,\n)") == {"x = f(\n    )"}
    assert reads("x = f(g())") == set(), "no arguments make it as empty as it gets"


def test_what_cannot_be_parsed_or_reads_the_same_is_no_mutant() -> None:
    assert keys("def f():\n    return -(1)\n") == keys("def f():\n    return -1\n")
    assert "pass" not in reads("pass")


ONE = "def f(a, b):\n    return a < b\n"


def test_a_key_depends_neither_on_place_nor_comments_nor_layout_nor_file() -> None:
    moved = '# more\n\n\ndef f(a,\n      b):\n    """Says it."""\n    return (a  # why\n            < b)\n'
    assert keys(ONE) == keys(moved) == keys(ONE, "other/place.py")
    assert [each.at for each in python.mutants("any.py", moved.encode())] == [8, 8]


@pytest.mark.parametrize("other", [ONE.replace("def f", "def g"), ONE.replace("return", "a += 0\n    return")])
def test_a_key_depends_on_the_whole_function(other: str) -> None:
    assert not set(keys(ONE)) & set(keys(other))


def test_a_key_does_not_depend_on_other_functions() -> None:
    assert set(keys(ONE)) < set(keys(f"{ONE}\n\ndef g():\n    return 3\n"))


def test_methods_and_decorated_functions_are_units_of_their_own() -> None:
    source = (
        "class A:\n    x = 3\n\n    @cache\n    def f(self):\n        text = '''\nat the margin'''\n        return 5\n"
    )
    found = python.mutants("any.py", source.encode())
    assert [(each.function, each.line, each.last_line, each.shown) for each in found] == [
        ("A", 2, 2, "x = «3 → 2»"),
        ("A.f", 4, 8, "return «5 → 4»"),
    ]


def test_the_same_function_in_two_places_has_keys_of_its_own() -> None:
    twice = [*python.mutants("a.py", ONE.encode()), *python.mutants("b.py", ONE.encode())]
    found = [each.key for each in numbered(twice)]
    assert len(set(found)) == 4
    assert found[:2] == keys(ONE)


def test_solidity_is_compared_without_comments_and_layout() -> None:
    one = b'function f(uint256 a) { // why\n  /* a */ g(a,   "//  b"); return a; }'
    assert solidity.normal(one) == 'function f(uint256 a){g(a,"//  b");return a;}'


def test_a_long_change_is_shown_short() -> None:
    source = f"x = {'a' * 50} + {'b' * 50} < {'c' * 90}"
    shown = [each.shown for each in python.mutants("any.py", source.encode())]
    assert all(len(each) < 150 for each in shown)
    assert f"…{'b' * 35} «< → <=» {'c' * 35}…" in shown


def test_places_are_counted_in_bytes() -> None:
    assert reads("x = '×'; y = a < b") == {"x = '×'; y = a <= b", "x = '×'; y = a >= b"}


def test_solidity_divisions_round_up_and_constants_move_by_one(contracts: Contracts) -> None:
    afters = lines(contracts, "contracts/libraries/AccrualLib.sol")
    assert "return (((balance * coupon * numerator)) + ((denominator * WAD)) - 1) / ((denominator * WAD));" in afters
    assert f"uint256 constant WAD = {10**18 + 1};" in lines(contracts, "contracts/types/Types.sol")


def test_solidity_requirements_modifiers_and_events_go_missing(contracts: Contracts) -> None:
    mutants = of_file(contracts, "contracts/policies/HolderRegistry.sol")
    deleted = {(each.operator, each.shown) for each in mutants if each.operator.startswith("delete")}
    assert [shown for _, shown in deleted if shown.endswith("external «onlyOwner → » {")], deleted
    assert ("delete statement", "«emit HolderSet(holders[i], endsAt); → {}»") in deleted
    assert any(shown.startswith("«if (endsAt <= block.timestamp)") for _, shown in deleted)


def test_assembly_is_mutated(contracts: Contracts) -> None:
    assert "value := mload(sub(record, field))" in lines(contracts, "contracts/libraries/RecordLib.sol")


def test_deleted_statements_leave_what_compiles(contracts: Contracts, solc: Solc) -> None:
    """Requirements above all: a mutant that does not compile asks no question."""
    deleted = [
        each
        for each in of_file(contracts, "contracts/policies/HolderRegistry.sol")
        if each.operator.startswith("delete")
    ]
    assert len(deleted) > 5
    for each in deleted:
        changed = each.apply(contracts.sources[each.file]["content"].encode())
        made = solc.compile(contracts.with_file(each.file, changed), {each.file: {"": ["ast"]}})
        assert each.file in made["sources"], each


def test_no_mutant_stands_in_a_comment_or_an_import(contracts: Contracts) -> None:
    for name in contracts.sources:
        if name.startswith("contracts/") and "/mocks/" not in name:
            for each in of_file(contracts, name):
                assert not each.shown.startswith(("//", "*", "import", "pragma")), each


def test_a_file_that_deals_use_reaches_the_factory_that_brings_them(contracts: Contracts) -> None:
    assert contracts.reached_by("contracts/libraries/AccrualLib.sol") == [
        "contracts/Deal.sol",
        "contracts/DealExtension.sol",
        "contracts/DealFactory.sol",
        "contracts/DealTrial.sol",
        "contracts/periphery/DealLens.sol",
    ]
    assert contracts.reached_by("contracts/policies/HolderRegistry.sol") == ["contracts/policies/HolderRegistry.sol"]
