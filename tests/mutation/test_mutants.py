"""Which mutants are made, and where none is."""

from __future__ import annotations

from mutation import python, solidity
from mutation.compiler import Contracts, Solc
from mutation.mutants import Mutant, make


def reads(source: str, file: str = "any.py") -> set[str]:
    return {each.after for each in python.mutants(file, source.encode())}


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
    assert reads(source) == {"pass"}


def test_the_code_that_the_generator_writes_is_mutated_outside_its_braces() -> None:
    source = 'write(f"{a + b} -= {c}")'
    assert 'write(f"{a + b} += {c}")' in reads(source, "generator.py")
    assert 'write(f"{a + b} += {c}")' not in reads(source)
    assert 'write(f"{a - b} -= {c}")' in reads(source)


def test_mutants_that_read_the_same_have_different_keys() -> None:
    mutants = python.mutants("any.py", b"a += 1\na += 1\n")
    assert len({each.key for each in mutants}) == len(mutants)


def test_a_mutants_key_does_not_depend_on_its_line() -> None:
    one, other = (python.mutants("any.py", source) for source in (b"x = a < b", b"\n\n# more\nx = a < b"))
    assert [each.key for each in one] == [each.key for each in other]
    assert [each.line for each in other] == [4, 4]


def test_places_are_counted_in_bytes() -> None:
    source = "x = '×'; y = a < b".encode()
    assert {each.apply(source).decode() for each in python.mutants("any.py", source)} == {
        "x = '×'; y = a <= b",
        "x = '×'; y = a >= b",
    }


def test_solidity_divisions_round_up_and_constants_move_by_one(contracts: Contracts) -> None:
    afters = {each.after for each in of_file(contracts, "contracts/libraries/AccrualLib.sol")}
    assert "return (((balance * coupon * numerator)) + ((denominator * WAD)) - 1) / ((denominator * WAD));" in afters
    wad = {each.after for each in of_file(contracts, "contracts/types/Types.sol")}
    assert f"uint256 constant WAD = {10**18 + 1};" in wad


def test_solidity_requirements_modifiers_and_events_go_missing(contracts: Contracts) -> None:
    mutants = of_file(contracts, "contracts/policies/HolderRegistry.sol")
    deleted = {(each.operator, each.before) for each in mutants if each.operator.startswith("delete")}
    assert ("delete modifier", "function disallow(address[] calldata holders) external onlyOwner {") in deleted
    assert ("delete statement", "emit HolderSet(holders[i], endsAt);") in deleted
    assert any(before.startswith("if (endsAt <= block.timestamp) revert") for _, before in deleted)


def test_assembly_is_mutated(contracts: Contracts) -> None:
    afters = {each.after for each in of_file(contracts, "contracts/libraries/RecordLib.sol")}
    assert "value := mload(sub(record, field))" in afters


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
                assert not each.before.startswith(("//", "*", "import", "pragma")), each


def test_a_file_that_deals_use_reaches_the_factory_that_brings_them(contracts: Contracts) -> None:
    assert contracts.reached_by("contracts/libraries/AccrualLib.sol") == [
        "contracts/Deal.sol",
        "contracts/DealFactory.sol",
    ]
    assert contracts.reached_by("contracts/policies/HolderRegistry.sol") == ["contracts/policies/HolderRegistry.sol"]


def test_a_replacement_keeps_everything_around_it() -> None:
    mutant = make("any.py", b"one\ntwo three\n", (4, 7), "2", "constant", "")
    assert (mutant.apply(b"one\ntwo three\n"), mutant.line) == (b"one\n2 three\n", 2)
    assert (mutant.before, mutant.after) == ("two three", "2 three")
