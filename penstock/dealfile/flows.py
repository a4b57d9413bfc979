"""Reads flows: revenue and reports by date, from a CSV file; summed up by the periods of a deal."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from penstock.dealfile.errors import FlowsError
from penstock.dealfile.numbers import amount_fault, parse_exact, why_no_decimal
from penstock.dealfile.points import Points
from penstock.dealfile.table import Layout, Row, read_table, table_text
from penstock.files import read_input
from penstock.format import format_amount, one_line
from penstock.model.deal import Report
from penstock.model.terms import DealTerms, FeeBase

AMOUNTS = ("collections", "asset_value", "loss")
HEADER = "date,collections[,asset_value][,loss]"
LAYOUT = Layout(FlowsError, HEADER, ("date", *AMOUNTS), ("date", "collections"), index="date")
_DATE = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)"
    r" ?(?P<zone>Z|UTC|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.ASCII | re.IGNORECASE,
)
_UTC = ("", "Z", "UTC", "+00:00", "+0000", "-00:00", "-0000")
_MOST_GAPS = 3


@dataclass(frozen=True, slots=True)
class PeriodFlows:
    """
    What each period of a deal receives, and what is reported for it, in base units; one entry per period.

    reports : the sum of losses, the last asset value. late : collections after the last period.
    notes : what of the file was not read, and periods that no row is in; one line each.
    """

    collections: tuple[int, ...]
    reports: tuple[Report, ...]
    late: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    day: date
    collections: int
    asset_value: int | None
    loss: int


def load_flows(path: str | Path, terms: DealTerms) -> PeriodFlows:
    """
    The flows of a file, by period of a deal; `-` is standard input.

    Raises
    ------
    FileRefused : when it cannot be read, or is not text. FlowsError : for the first mistake.

    Source: docs/SPEC.md, "The deal file".
    """
    name, raw = read_input(path)
    return loads_flows(table_text(raw, name), terms, name)


def loads_flows(text: str, terms: DealTerms, name: str = "flows.csv") -> PeriodFlows:
    """The flows of a file's text; `name` is what refusals call the file. Raises FlowsError."""
    table = read_table(text, name, LAYOUT)
    rows = _Reader(name, terms, Points(table.separator)).rows(table.rows)
    rows.sort(key=lambda row: row.day)  # rows of a day stay in the order of the file
    return _by_period(name, terms, rows, table.notes)


def _by_period(name: str, terms: DealTerms, rows: Sequence[_Row], notes: Sequence[str]) -> PeriodFlows:
    periods = terms.periods
    collections, losses = [0] * (periods + 1), [0] * periods
    values: list[int | None] = [None] * periods
    named: set[int] = set()
    unread = False
    life = terms.opening
    for row in rows:
        index = bisect_left(terms.accrual_dates, row.day)
        named.add(index)
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
            unread = unread or row.asset_value is not None
            continue
        losses[index] += row.loss
        values[index] = values[index] if row.asset_value is None else row.asset_value
    reports = tuple(Report(loss, value) for loss, value in zip(losses, values, strict=True))
    after = [f"an asset value after the last period, {terms.accrual_dates[-1]}, is not read"] if unread else []
    notes = [
        f"note: {one_line(name)}: {each}"
        for each in [*notes, *_gaps(terms, named, rows[-1].day), *_unvalued(terms, values), *after]
    ]
    return PeriodFlows(tuple(collections[:periods]), reports, collections[periods], tuple(notes))


def _gaps(terms: DealTerms, named: set[int], last: date) -> list[str]:
    """A line on the periods without a row, which collect nothing, and one on those after the last row."""
    periods = terms.periods
    end = max(named) + 1
    lines = []
    missing = [index for index in range(end) if index not in named]
    if missing:
        lines.append(f"no row belongs to {_spans(terms, missing)}; nothing is collected there")
    if end < periods:
        lines.append(f"the last row is of {last}; nothing is collected in {_span(terms, end, periods - 1)}")
    return lines


def _unvalued(terms: DealTerms, values: Sequence[int | None]) -> list[str]:
    """A line for each fee on the asset value, on the periods of its window for which none is given."""
    lines = []
    for fee in terms.fees:
        due = range(fee.first_period - 1, min(fee.last_period, terms.periods))
        missing = [index for index in due if values[index] is None]
        if fee.base is FeeBase.ASSET_VALUE and missing:
            lines.append(f"no asset_value for {_spans(terms, missing)}; the fee {fee.id} is not charged there")
    return lines


def _spans(terms: DealTerms, periods: Sequence[int]) -> str:
    """Runs of periods, the first few by name; indices count from 0."""
    runs = [[index for _, index in run] for _, run in groupby(enumerate(periods), lambda pair: pair[1] - pair[0])]
    more = f" and {len(runs) - _MOST_GAPS} more" if len(runs) > _MOST_GAPS else ""
    return ", ".join(_span(terms, run[0], run[-1]) for run in runs[:_MOST_GAPS]) + more


def _span(terms: DealTerms, first: int, last: int) -> str:
    """Periods by their numbers and the accrual dates they end on; indices count from 0."""
    dates = terms.accrual_dates
    if first == last:
        return f"period {first + 1} (to {dates[first]})"
    return f"periods {first + 1} to {last + 1} (to {dates[first]} … {dates[last]})"


class _Reader:
    def __init__(self, name: str, terms: DealTerms, points: Points) -> None:
        self.name, self.terms, self.points = name, terms, points

    def rows(self, rows: Sequence[Row]) -> list[_Row]:
        found = [self._row(row.line, row.cells) for row in rows]
        fault = self.points.fault()
        if fault:
            raise self._refuse(*fault)
        return found

    def _refuse(self, line: int, column: str, value: str, reason: str, accepted: str) -> FlowsError:
        return FlowsError(self.name, line, column, value, reason, accepted)

    def _row(self, line: int, row: Mapping[str, str]) -> _Row:
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
        return _Row(line, day, collections, asset_value, loss)

    def _date(self, line: int, text: str) -> date:
        found, day = _DATE.fullmatch(text), None
        if found:
            if (found["zone"] or "").upper() not in _UTC:
                raise self._refuse(line, "date", text, "not in UTC", f"{found['day']}, if that is the day meant")
            if (found["time"] or "").strip("0:."):
                reason = "a time of day other than midnight"
                raise self._refuse(line, "date", text, reason, f"{found['day']}, if that is the day meant")
            with suppress(ValueError):
                day = date.fromisoformat(found["day"])
        if day is None:
            raise self._refuse(line, "date", text, "not a date", "a date such as 2026-04-01")
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
        self.points.saw(line, column, text)
        return exact.scaled(self.terms.decimals)
