"""docs/DEALFILE.md lists every key as the parser knows it: its meaning, what it takes, its default and an example."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from pydantic import create_model
from pydantic.fields import FieldInfo

from penstock.dealfile import schema
from penstock.dealfile.errors import Literally
from penstock.model.rungs import RungKind
from tools import dealfile_page as tool

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT = tool.PAGE.read_text(encoding="utf-8")
TABLES = {model.__name__: model for model in tool.TABLES.values()}
FIELDS = [(table, name) for table, model in TABLES.items() for name in model.model_fields]


def value(text: str) -> Any:
    return tomllib.loads(f"value = {text}", parse_float=Literally)["value"]


def read(model: type[schema.Table], name: str, text: str) -> Any:
    """What the parser makes of a key's value. Raises ValidationError."""
    field: FieldInfo = model.model_fields[name]
    alone = create_model("Alone", __base__=schema.Table, **{name: (field.annotation, field)})
    return getattr(alone.model_validate({field.alias or name: value(text)}), name)


def test_the_page_is_written_from_the_parsers_tables() -> None:
    assert tool.written() == TEXT, "run python -m tools.dealfile_page"


def test_every_table_of_the_file_is_on_the_page() -> None:
    assert set(re.findall(r"python -m tools\.dealfile_page: (.*?) -->", TEXT)) == {*tool.TABLES, "day counts"}
    models = {each for each in schema.Table.__subclasses__() if each.__module__ == schema.__name__}
    assert models == {*TABLES.values(), schema.DealFile}
    for word in (kind.word for kind in RungKind):
        assert re.search(rf"^\| `{word}[:?]", TEXT, re.MULTILINE), word


@pytest.mark.parametrize(("table", "name"), FIELDS)
def test_every_key_has_its_meaning_default_and_example(table: str, name: str) -> None:
    field: FieldInfo = TABLES[table].model_fields[name]
    key, kind = schema.key_of(field), schema.kind_of(field)
    assert kind is not None and key.meaning
    assert bool(key.default) != field.is_required()
    assert read(TABLES[table], name, key.example) is not None


@pytest.mark.parametrize(("table", "name"), FIELDS)
def test_a_default_is_what_the_parser_takes(table: str, name: str) -> None:
    model = TABLES[table]
    field: FieldInfo = model.model_fields[name]
    default = schema.key_of(field).default
    if field.is_required() or field.default is None:
        assert not tool.is_toml(default), "in words, for the parser has none of its own"
        return
    assert tool.is_toml(default)
    assert read(model, name, default) == field.default
