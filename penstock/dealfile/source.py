"""A deal file as read: its values and the place of each, so that a refusal can point at it."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from penstock.dealfile.errors import DealFileError, Literally, shown
from penstock.dealfile.positions import Path, line_of, locate
from penstock.dealfile.schema import FIXED, FLOATING, DealFile, kind_of
from penstock.dealfile.values import listed

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Found = TypeVar("Found", bound=BaseModel)
MISSING = object()
DEEPEST = 32
_PLACE = re.compile(r"(.*?) \(at line (\d+), column \d+\)$", re.DOTALL)


@dataclass(frozen=True)
class Source:
    """The values of a deal file and the line of each."""

    file: str
    data: dict[str, Any]
    lines: dict[Path, int]

    def value(self, path: Path) -> Any:
        """The value at a path, or MISSING."""
        found: Any = self.data
        for part in path:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return MISSING
        return found

    def key(self, path: Path) -> str:
        """A path as people write it: tranche.senior.face, ladder.normal[3] (counted from 1)."""
        words = ""
        place: Path = ()
        for part in path:
            place = (*place, part)
            if isinstance(part, str):
                words += f".{part}" if words else part
                continue
            item = self.value(place)
            name = item.get("id") if isinstance(item, dict) else None
            words += f".{name}" if isinstance(name, str) and name.isidentifier() else f"[{part + 1}]"
        return words

    def line(self, path: Path) -> int:
        return line_of(self.lines, path)

    def place(self, path: Path) -> str:
        """Where another value is, for a refusal."""
        return f"on line {self.line(path)}"

    def refuse(self, path: Path, reason: str, accepted: str) -> None:
        """
        Refuses a value that breaks a rule and can be read all the same.

        Raises
        ------
        DealFileError : here; a `Collecting` source keeps it and lets the checks continue.
        """
        raise self.error(path, reason, accepted)

    def error(self, path: Path, reason: str, accepted: str) -> DealFileError:
        value = self.value(path)
        text = "(missing)" if value is MISSING else shown(value)
        return DealFileError(self.file, self.line(path), self.key(path), text, reason, accepted)


@dataclass(frozen=True)
class Collecting(Source):
    """Values that are in no file, whose refusals are kept."""

    refused: list[DealFileError] = field(default_factory=list)

    def place(self, path: Path) -> str:
        return f"by {self.key(path)}"

    def refuse(self, path: Path, reason: str, accepted: str) -> None:
        self.refused.append(self.error(path, reason, accepted))


def parse(text: str, file: str) -> Source:
    """TOML text to values and lines. Raises DealFileError at the line that is not TOML."""
    text = text.replace("\r\n", "\n")
    try:
        data = tomllib.loads(text, parse_float=Literally)
        if _is_deeper(data, DEEPEST):
            raise RecursionError
        return Source(file, data, locate(text))
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(file, text, str(error)) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; lists a thousand deep
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DealFileError(file, 1, "(the file)", "", f"not readable: {reason}", "TOML 1.0") from None


def _is_deeper(data: Any, most: int) -> bool:
    """Whether tables and lists lie deeper in each other than `most`: keys with dots nest without any recursion."""
    level = [data]
    for _ in range(most):
        tables = [list(each.values()) if isinstance(each, dict) else each for each in level]
        level = [part for table in tables for part in table if isinstance(part, dict | list)]
    return bool(level)


# What people write where TOML wants something else, and how to write it.
_MEANT = (
    (r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", "a date with the year first, 2026-01-31"),
    (r"\d{4}[./]\d{1,2}[./]\d{1,2}|\d{4}-\d{1,2}-\d{1,2}", "a date of the calendar such as 2026-01-31"),
    (r"[\d.,_]+ *%", 'a fraction in quotes, "0.05" for 5 %'),
    (r"\$? *\d{1,3}([,.]\d{3})+(\.\d+)?", "a number without separators of thousands, or with 1_000_000"),
    (r"(?i:true|false|yes|no|on|off)", "true or false, in small letters"),
    (r"[\u201c\u201d\u2018\u2019].*", 'text in straight double quotes, "name"'),
    (r"""[A-Za-z][^"']*""", 'text in double quotes, "name"; a number or a date in figures'),
    (r"""(["'])(?:(?!\1).)*""", "text that ends with the quote it begins with"),
    (r"\d+ *-?(?i:bd)", 'business days in quotes, "5bd"'),
    (r"[\d._]+ *[A-Za-z$€][^\"']*|\$.*", "a number alone, without a unit"),
)
_VALUE = re.compile(r"^[^=]*=\s*(.*?)\s*(?:#.*)?$")


def _not_toml(file: str, text: str, message: str) -> DealFileError:
    found = _PLACE.match(message)
    lines = text.split("\n")
    if found:
        reason, line = found.group(1), int(found.group(2))
    else:
        reason = message
        line = next((number for number in range(len(lines), 0, -1) if lines[number - 1].strip()), 1)
    here = lines[line - 1].strip() if line <= len(lines) else ""
    here = here if len(here) <= 60 else here[:59] + "…"
    return DealFileError(file, line, here or "(nothing)", "", f"not TOML: {reason}", _meant(here, reason))


def _meant(line: str, reason: str) -> str:
    if "overwrite" in reason:
        return "each key once"
    value = _VALUE.match(line)
    return next((text for pattern, text in _MEANT if value and re.fullmatch(pattern, value[1])), "TOML 1.0")


def validate(source: Source) -> DealFile:
    """Checks keys and single values. Raises DealFileError for the first fault, an unknown key before all else."""
    return check(source, DealFile)


def check(source: Source, root: type[Found]) -> Found:
    """The same for a file of any tables. root : the table of the whole file."""
    try:
        return root.model_validate(source.data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    for fault in faults:
        fault["loc"] = tuple(part for part in fault["loc"] if part not in (FIXED, FLOATING))
    faults.sort(key=lambda fault: (fault["type"] != "extra_forbidden", line_of(source.lines, tuple(fault["loc"]))))
    refusals = [_refusal(root, tuple(fault["loc"]), fault) for fault in faults]
    for each in refusals:
        source.refuse(*each)
    raise source.error(*refusals[0])


def _refusal(root: type[BaseModel], path: Path, fault: Any) -> tuple[Path, str, str]:
    """Where a fault is, what it is and what is accepted."""
    if fault["type"] == "refused":
        return path, fault["ctx"]["reason"], fault["ctx"]["accepted"]
    if fault["type"] == "extra_forbidden":
        return path, _unknown(root, path), listed(_keys(root, path[:-1]))
    reason = "required" if fault["type"] == "missing" else _wrong_type(path, fault["type"])
    return path, reason, _description(root, path)


def _wrong_type(path: Path, kind: str) -> str:
    if path and path[0] in ("tranche", "fee", "reserve", "test", "document") and len(path) == 1:
        return "not a list of tables: write [[double brackets]]"
    names = {"model_type": "a table", "list_type": "a list", "string_type": "text", "bool_type": "true or false"}
    return f"not {names.get(kind, 'of the right type')}"


def _unknown(root: type[BaseModel], path: Path) -> str:
    close = get_close_matches(str(path[-1]), _keys(root, path[:-1]), n=1, cutoff=0.5)
    return f'unknown key, did you mean "{close[0]}"?' if close else "unknown key"


def _model(model: type[BaseModel], path: Path) -> type[BaseModel]:
    """The model of the table at a path below another; list indices do not matter."""
    for part in path:
        if isinstance(part, str):
            model = _inner(_field(model, part).annotation) or model
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model inside list[…], … | None and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _inner(part))), None)


def _field(model: type[BaseModel], key: str) -> Any:
    return next(field for name, field in model.model_fields.items() if (field.alias or name) == key)


def _keys(root: type[BaseModel], path: Path) -> list[str]:
    return [field.alias or name for name, field in _model(root, path).model_fields.items()]


def _description(root: type[BaseModel], path: Path) -> str:
    """What the field at a path accepts; of an item of a list, what the list accepts."""
    while not isinstance(path[-1], str):
        path = path[:-1]
    kind = kind_of(_field(_model(root, path[:-1]), path[-1]))
    return kind.accepted if kind else "see docs/DEALFILE.md"
