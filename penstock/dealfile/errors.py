"""Refusals of user input: one line each, with the place, the value and what is accepted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from penstock.errors import PenstockError
from penstock.format import one_line

LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Literally:
    """A number kept as it was written in the file, so that no float is ever made of it."""

    text: str


class DealFileError(PenstockError):
    """
    `FILE:LINE: KEY = VALUE: what is wrong; accepted: …`. Raised for the first thing wrong. words : all but the place.
    """

    def __init__(self, file: str, line: int, key: str, value: str, reason: str, accepted: str) -> None:
        self.words = one_line(f"{key} = {value}" if value else key) + f": {one_line(f'{reason}; accepted: {accepted}')}"
        super().__init__(f"{file}:{line}: {self.words}")
        self.file, self.line, self.key, self.value = file, line, key, value
        self.reason, self.accepted = reason, accepted


class TableError(PenstockError):
    """`FILE:LINE: COLUMN = VALUE: what is wrong; accepted: …`, of a table with a header."""

    def __init__(self, file: str, line: int, column: str, value: str, reason: str, accepted: str) -> None:
        subject = one_line(f"{column} = {shown(value)}" if column else shown(value) if value else "(the row)")
        super().__init__(f"{one_line(file)}:{line}: {subject}: {one_line(reason)}; accepted: {one_line(accepted)}")
        self.file, self.line, self.column, self.value = file, line, column, value
        self.reason, self.accepted = reason, accepted


class FlowsError(TableError):
    """A mistake in a flows file."""


class AllocationError(TableError):
    """A mistake in an allocation file."""


class RegistrationError(TableError):
    """A mistake in a file of holders."""


def shown(value: object) -> str:
    """A value as it is written in a deal file, shortened if it is long."""
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    elif isinstance(value, date):
        text = value.isoformat()
    elif isinstance(value, Literally):
        text = value.text
    elif isinstance(value, dict):
        text = "{" + ", ".join(f"{key} = {shown(part)}" for key, part in list(value.items())[:8]) + "}"
    elif isinstance(value, list):
        text = "[" + ", ".join(shown(part) for part in value[:8]) + (", …]" if len(value) > 8 else "]")
    elif isinstance(value, int) and value.bit_length() > 4 * LONGEST_VALUE:
        text = f"an integer of {value.bit_length()} bits"
    else:
        text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
