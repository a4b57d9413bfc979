"""
The JSON Schema for editors, held against the parser.

a file that the parser accepts
    it should be valid: every deal of the repository, and drawn changes of a sound one
a file that the parser refuses for a key or for one value
    it should be invalid, but for what JSON cannot say
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.dealfile import DealFileError
from penstock.dealfile.errors import Literally
from penstock.dealfile.json_schema import json_schema
from penstock.dealfile.resolve import resolve
from penstock.dealfile.source import Source, parse, validate
from tests.dealfile.broken import BROKEN, Broken
from tests.fixtures.cli import penstock

ROOT = Path(__file__).parents[2]
SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
DEALS = sorted((ROOT / "deals").rglob("*.toml"))
NOT_SAID = ("text, not a date", "19 decimals")
"""To JSON a date is text; and trailing zeros do not count as decimals."""


def as_json(value: Any) -> Any:
    """A value of TOML as an editor hands it to a validator: dates are text, floats are numbers."""
    if isinstance(value, dict):
        return {key: as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    if isinstance(value, Literally):
        return float(value.text)
    return value.isoformat() if isinstance(value, date) else value


def is_valid(data: dict[str, Any]) -> bool:
    return VALIDATOR.is_valid(as_json(data))


def is_accepted(data: dict[str, Any], whole: bool) -> bool:
    """Whether the parser finds no fault in a key or in one value alone; `whole`: nor in what values mean together."""
    source = Source("deal.toml", data, {})
    try:
        file = validate(source)
        if whole:
            resolve(source, file)
    except DealFileError:
        return False
    return True


def test_it_is_a_schema_of_the_draft_that_editors_read() -> None:
    jsonschema.Draft4Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-04/schema#"


def test_the_command_prints_it() -> None:
    done = penstock("schema")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout) == SCHEMA


def test_a_key_is_explained() -> None:
    deal = SCHEMA["properties"]["deal"]["properties"]
    assert {name: deal[name]["description"] for name in ("decimals", "months", "accrue")} == {
        "decimals": "The stablecoin's decimals; accepted: a whole number from 0 to 18, the asset's own; required; "
        "example: 6",
        "months": "Months from one accrual date to the next; accepted: a whole number of months from 1 to 120; "
        "required unless `dates` is there; example: 3",
        "accrue": "Whether interest runs to the date as listed or as rolled; accepted: unadjusted, adjusted; "
        'default: "unadjusted"; example: "adjusted"',
    }


@pytest.mark.parametrize("path", DEALS, ids=lambda path: path.name)
def test_every_deal_of_the_repository_is_valid(path: Path) -> None:
    data = parse(path.read_text(encoding="utf-8"), path.name).data
    assert [error.message for error in VALIDATOR.iter_errors(as_json(data))] == []


def refused_alone() -> Iterator[Broken]:
    """The refusals of `broken.py` that are of a key, or of one value alone."""
    for broken in BROKEN:
        if ": not TOML: " not in broken.refusal and not is_accepted(parse(broken.text, "deal.toml").data, whole=False):
            yield broken


REFUSED = list(refused_alone())


def test_many_refusals_are_of_a_key_or_one_value() -> None:
    assert 40 < len(REFUSED) < len(BROKEN)


@pytest.mark.parametrize("broken", REFUSED, ids=lambda broken: broken.refusal.split(";")[0][:70])
def test_what_the_parser_refuses_is_invalid(broken: Broken) -> None:
    valid = is_valid(parse(broken.text, "deal.toml").data)
    assert valid == any(reason in broken.refusal for reason in NOT_SAID), broken.refusal


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value, and of every table and list."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from leaves(part, (*path, key))


WHOLE = parse((ROOT / "deals" / "pf-three-tranche.toml").read_text(encoding="utf-8"), "whole.toml").data
PATHS = [path for path in leaves(WHOLE) if path]
KEYS = [key for table in SCHEMA["properties"].values() for key in table.get("items", table)["properties"]]
ODD = st.one_of(
    st.sampled_from(
        ["0.05", "1_000", "1,5", "", " x", "x y", "Senior", "senior", "ACT/365F", "actual/360", "level", "Capitalise",
         "fee:om", "trap?lockup", "sweep:mezz:0.5?lockup", "principal:senior+mezz", "cure:x", "2026-01-01", "x" * 32,
         "ä" * 32, "Modified Following", "adjusted", "dscr", "collections", "none"]
    ),
    st.integers(-1, 500),
    st.sampled_from([Literally("0.06"), Literally("1.0"), True, False, [], {}, date(2030, 1, 1), date(1969, 1, 1)]),
    st.sampled_from([["1", "2"], [1, 2], ["interest:senior"], [date(2030, 1, 1)], {"spread": "0.02"}, {"spread": 0},
                     {"kind": "linear"}, [{"from": date(2030, 1, 1), "coupon": 0}], {"x": 1}]),
    st.text(max_size=70),
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(path=st.sampled_from(PATHS), value=ODD, key=st.none() | st.sampled_from(sorted(set(KEYS))))
def test_what_the_parser_accepts_is_valid(path: tuple[str | int, ...], value: Any, key: str | None) -> None:
    """One value is replaced; or, in a table, a key is set or taken away."""
    data = copy.deepcopy(WHOLE)
    found: Any = data
    for part in path[:-1]:
        found = found[part]
    if key is not None and isinstance(found[path[-1]], dict):
        found[path[-1]][key] = value
    elif value == {}:
        del found[path[-1]]
    else:
        found[path[-1]] = value
    if is_accepted(data, whole=True):
        assert is_valid(data), (path, key, value)


@pytest.mark.parametrize(
    ("word", "valid"), [("Capitalise", True), ("capitalize", True), ({"spread": 0}, True), ("0.05", False), (0, False)]
)
def test_a_rule_for_arrears_is_valid_where_the_parser_accepts_it(word: object, valid: bool) -> None:
    data = copy.deepcopy(WHOLE)
    data["tranche"][0]["arrears"] = word
    assert is_accepted(data, whole=True) == is_valid(data) == valid


@pytest.mark.parametrize("rate", [0, 1, "0", "0.5", "1_0"])
def test_a_rate_is_valid_where_the_parser_accepts_it(rate: object) -> None:
    data = copy.deepcopy(WHOLE)
    data["tranche"][0]["coupon"] = rate
    assert is_accepted(data, whole=True) and is_valid(data)


@pytest.mark.parametrize("kind", ["interest", "principal", "all", "fee"])
def test_what_a_reserve_supports_is_valid_by_its_kind(kind: str) -> None:
    data = copy.deepcopy(WHOLE)
    for word, valid in ((kind, True), ("sweep", False), ("trap", False), ("reserve", False)):
        data["reserve"][0]["supports"] = [f"{word}:senior"]
        assert is_valid(data) == valid, word
