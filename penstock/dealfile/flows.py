"""Reads flows: revenue and reports by date, from a CSV file; summed up by the periods of a deal."""

from __future__ import annotations

import csv
import io
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from penstock.dealfile.errors import FlowsError
from penstock.dealfile.numbers import amount_fault, parse_exact, why_no_decimal
from penstock.files import read_text
from penstock.format import format_amount
from penstock.model.deal import Report
from penstock.model.terms import DealTerms

AMOUNTS = ("collections", "asset_value", "loss")
KNOWN = ("date", *AMOUNTS)
HEADER = "date,collections[,asset_value][,loss][,<report fields>]"
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,30}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LONGEST_NUMBER = 60


@dataclass(frozen=True, slots=True)
class PeriodFlows:
    """
    What each period of a deal receives, and what is reported for it, in base units; one entry per period.

    reports : the sum of losses, the last asset value. late : collections after the last period.
    fields : the other columns, the last value of each; empty where nothing was reported.
    """

    collections: tuple[int, ...]
    reports: tuple[Report, ...]
    late: int
    fields: tuple[dict[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    day: date
    collections: int
    asset_value: int | None
    loss: int
    fields: dict[str, Decimal]


def load_flows(path: str | Path, terms: DealTerms) -> PeriodFlows:
    """
    The flows of a file, by period of a deal.

    Raises
    ------
    FileRefused : when it cannot be read as text. FlowsError : for the first mistake.

    Source: docs/SPEC.md, "The deal file".
    """
    return loads_flows(read_text(path), terms, str(path))


def loads_flows(text: str, terms: DealTerms, name: str = "flows.csv") -> PeriodFlows:
    """The flows of a file's text; `name` is what refusals call the file. Raises FlowsError."""
    rows = _Reader(name, terms).rows(text)
    rows.sort(key=lambda row: row.day)  # rows of a day stay in the order of the file
    return _by_period(name, terms, rows)


def _by_period(name: str, terms: DealTerms, rows: Sequence[_Row]) -> PeriodFlows:
    periods = terms.periods
    collections, losses = [0] * (periods + 1), [0] * periods
    values: list[int | None] = [None] * periods
    fields: list[dict[str, Decimal]] = [{} for _ in range(periods)]
    life = terms.opening
    for row in rows:
        index = bisect_left(terms.accrual_dates, row.day)
        collections[index] += row.collections
        life += row.collections
        if life > terms.max_amount:
            most = format_amount(terms.max_amount, terms.decimals)
            accepted = f"at most {most}, opening reserves included"
            if terms.narrow:
                accepted += "; lifetime_cash in the deal file makes room for more"
            raise FlowsError(
                name, row.line, "collections", "…", "adds up to more than the deal takes in its life", accepted
            )
        if index == periods:
            continue
        losses[index] += row.loss
        values[index] = values[index] if row.asset_value is None else row.asset_value
        fields[index].update(row.fields)
    reports = tuple(Report(loss, value) for loss, value in zip(losses, values, strict=True))
    return PeriodFlows(tuple(collections[:periods]), reports, collections[periods], tuple(fields))


class _Reader:
    def __init__(self, name: str, terms: DealTerms) -> None:
        self.name, self.terms = name, terms

    def rows(self, text: str) -> list[_Row]:
        lines = self._lines(text)
        line, header = next(lines, (1, []))
        columns = [word.strip() for word in header]
        self._check_header(line, columns)
        return [self._row(line, columns, cells) for line, cells in lines]

    def _lines(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """Every line that is not blank, with its number."""
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        line = 1
        while True:
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise FlowsError(self.name, line, "", "", f"not CSV: {error}", HEADER) from None
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1

    def _refuse(self, line: int, column: str, value: str, reason: str, accepted: str) -> FlowsError:
        return FlowsError(self.name, line, column, value, reason, accepted)

    def _check_header(self, line: int, columns: Sequence[str]) -> None:
        for needed in ("date", "collections"):
            if needed not in columns:
                raise self._refuse(line, "", ",".join(columns), f'no column "{needed}"', HEADER)
        for at, column in enumerate(columns):
            if column in columns[:at]:
                raise self._refuse(line, "", column, "the same column twice", HEADER)
            if not _FIELD.fullmatch(column):
                raise self._refuse(
                    line, "", column, "not a column's name", "a lower-case letter, then letters, digits and _"
                )
            close = get_close_matches(column, KNOWN, n=1, cutoff=0.8)
            if column not in KNOWN and close:
                raise self._refuse(
                    line, "", column, f'did you mean "{close[0]}"?', f"{close[0]}, or a name less like it"
                )

    def _row(self, line: int, columns: Sequence[str], cells: Sequence[str]) -> _Row:
        if len(cells) != len(columns):
            raise self._refuse(
                line, "", ",".join(cells), f"{len(cells)} values", f"{len(columns)} values, as in the header"
            )
        row = {column: cell.strip() for column, cell in zip(columns, cells, strict=True)}
        day = self._date(line, row["date"])
        loss = self._amount(line, "loss", row.get("loss", "")) or 0
        if loss and not self.terms.write_down:
            raise self._refuse(
                line, "loss", row["loss"], "this deal does not write down", "0, or write_down = true in [deal]"
            )
        if loss and day > self.terms.accrual_dates[-1]:
            raise self._refuse(
                line, "loss", row["loss"], "a loss after the last period", f"a date to {self.terms.accrual_dates[-1]}"
            )
        collections = self._amount(line, "collections", row["collections"])
        if collections is None:
            raise self._refuse(line, "collections", "", "empty", "an amount, 0 for nothing")
        asset_value = self._amount(line, "asset_value", row.get("asset_value", ""))
        fields = {
            column: self._number(line, column, cell) for column, cell in row.items() if cell and column not in KNOWN
        }
        return _Row(line, day, collections, asset_value, loss, fields)

    def _date(self, line: int, text: str) -> date:
        accepted = "a date such as 2026-04-01"
        try:
            day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
        except ValueError:
            day = None
        if day is None:
            raise self._refuse(line, "date", text, "not a date", accepted)
        if day <= self.terms.closing:
            raise self._refuse(line, "date", text, "not after closing", f"a date after {self.terms.closing}")
        return day

    def _amount(self, line: int, column: str, text: str) -> int | None:
        """Base units of an amount of 0 or more; None when the cell is empty."""
        if not text:
            return None
        exact = parse_exact(text)
        accepted = f"an amount of 0 or more with at most {self.terms.decimals} decimals, such as 1250.50"
        if exact is None:
            raise self._refuse(line, column, text, why_no_decimal(text), accepted)
        fault = amount_fault(exact, self.terms.decimals)
        if fault:
            raise self._refuse(line, column, text, fault, accepted)
        return exact.scaled(self.terms.decimals)

    def _number(self, line: int, column: str, text: str) -> Decimal:
        if len(text) > _LONGEST_NUMBER or parse_exact(text.removeprefix("-")) is None:
            raise self._refuse(line, column, text, "not a number", "a decimal number such as 0.985 or -3")
        return Decimal(text)
