"""The deal file as a JSON Schema, by which editors complete and check TOML (draft 4, which Taplo reads)."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from penstock.dealfile.schema import DealFile, key_of, kind_of
from penstock.dealfile.values import Kind

DRAFT = "http://json-schema.org/draft-04/schema#"


def json_schema() -> dict[str, Any]:
    """
    The keys of a deal file and what one value alone may be.

    Every file that `penstock check` accepts is valid. To JSON a date is text, so that quotes around one are not seen;
    what values mean together is for `penstock check`.
    """
    return {"$schema": DRAFT, "title": "Penstock deal file", **_table(DealFile)}


def _table(model: type[BaseModel]) -> dict[str, Any]:
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    required = [name for name, field in fields.items() if field.is_required()]
    return {
        "type": "object",
        "properties": {name: _key(field) for name, field in fields.items()},
        **({"required": required} if required else {}),  # draft 4 refuses an empty list
        "additionalProperties": False,
    }


def _key(field: FieldInfo) -> dict[str, Any]:
    key, kind = key_of(field), kind_of(field)
    default = key.default or "required"
    words = [
        key.meaning[0].upper() + key.meaning[1:],
        f"accepted: {kind.accepted}" if kind else "",
        default if default.startswith("required") else f"default: {default}",
        f"example: {key.example}",
    ]
    return {"description": "; ".join(filter(None, words)), **_value(field.annotation, kind)}


def _value(annotation: Any, kind: Kind | None = None) -> dict[str, Any]:
    """An annotation as JSON Schema; `kind` is what its values may be, if that is known already."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(parts[0], next((each for each in parts[1:] if isinstance(each, Kind)), kind))
    if origin in (Union, UnionType) and type(None) in parts:
        return _value(next(part for part in parts if part is not type(None)), kind)
    shape = dict(kind.schema) if kind else {}
    if origin in (Union, UnionType) and not shape:
        return {"anyOf": [_value(part) for part in parts]}
    if origin is list:
        return {"type": "array", "items": _value(parts[0]), **shape}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _table(annotation)
    return shape or {"type": "string"}
