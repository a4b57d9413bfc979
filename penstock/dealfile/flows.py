"""Reads flows: revenue and reports by date, from a CSV file; summed up by the periods of a deal."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from penstock.dealfile.errors import FlowsError
from penstock.dealfile.numbers import Exact, amount_fault, figure_fault, parse_exact, why_no_decimal
from penstock.dealfile.points import Points
from penstock.dealfile.table import Layout, Row, read_table, table_text
from penstock.files import read_input
from penstock.format import exact_money, format_amount, one_line
from penstock.model.deal import Run, run
from penstock.model.errors import CallNotAllowed
from penstock.model.metrics import reported
from penstock.model.report import Report
from penstock.model.terms import DealTerms, FeeBase, PrincipalKind, ReportField, RungKind, Unit

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

    reports : the sum of losses, the last asset value, and the last of each declared field; of two pots the sum of
    what is principal.
    late : collections after the last period. call : the clean-up call, if there is one.
    late_on : the day of the last row that collects something after the last period, or after a called one.
    notes : what of the file was not read, and periods that no row is in; one line each.
    """

    collections: tuple[int, ...]
    reports: tuple[Report, ...]
    late: int
    notes: tuple[str, ...] = ()
    call: CalledFlows | None = None
    late_on: date | None = None

    @property
    def called(self) -> int:
        """The period that is called; 0 for none."""
        return 0 if self.call is None else self.call.period


@dataclass(frozen=True, slots=True)
class CalledFlows:
    """The period of a flows file that is called: its payee announces the call and pays what is missing."""

    file: str
    line: int
    period: int

    def refused(self, refusal: CallNotAllowed, terms: DealTerms) -> FlowsError:
        """Why the call is not allowed, at its line."""
        owed, most = (exact_money(each, terms.decimals) for each in (refusal.outstanding, refusal.most))
        reason = f"before period {self.period} lenders' faces less principal paid are {owed}"
        accepted = f"a later period, once they are {most} or less"
        return FlowsError(self.file, self.line, "call", "1", reason, accepted)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    day: date
    collections: int
    called: bool
    loss: int | None
    figures: tuple[int | None, ...]
    """The asset value, then each declared field."""


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


def run_flows(terms: DealTerms, received: PeriodFlows) -> Run:
    """The whole run of a deal on flows. Raises FlowsError for a call that is not allowed, else as `model.deal.run`."""
    try:
        return run(terms, received.collections, received.reports, received.late, received.called)
    except CallNotAllowed as refusal:
        if received.call is None:
            raise
        raise received.call.refused(refusal, terms) from None


def loads_flows(text: str, terms: DealTerms, name: str = "flows.csv") -> PeriodFlows:
    """The flows of a file's text; `name` is what refusals call the file. Raises FlowsError."""
    own = [each.id for each in terms.fields]
    if terms.call:
        own = ["call", *own]
    header = "date,collections[,asset_value][,loss]" + "".join(f"[,{each}]" for each in own)
    columns = ("date", "collections", "asset_value", "loss", *own)
    layout = Layout(FlowsError, header, columns, ("date", "collections"), index="date", unlisted=("call",))
    table = read_table(text, name, layout)
    rows = _Reader(name, terms, Points(table.separator)).rows(table.rows)
    rows.sort(key=lambda row: row.day)  # rows of a day stay in the order of the file
    return _by_period(name, terms, rows, table.notes)


def _by_period(name: str, terms: DealTerms, rows: Sequence[_Row], notes: Sequence[str]) -> PeriodFlows:
    periods = terms.periods
    collections = [0] * (periods + 1)
    by_period: list[list[_Row]] = [[] for _ in collections]
    life = terms.opening
    for row in rows:
        index = bisect_left(terms.accrual_dates, row.day)
        by_period[index].append(row)
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
    reports = tuple(_report(terms, each) for each in by_period[:periods])
    call = _call(name, terms, by_period)
    read = by_period[: call.period] if call else by_period
    named = {index for index, each in enumerate(read) if each}
    found = [
        *_gaps(terms, named, rows[-1].day, min(len(read), periods)),
        *_unvalued(terms, reports[: len(read)], called=call is not None),
        *_uncounted(terms, read),
        *_cut(terms, reports, collections[: len(read) - 1]),
    ]
    if call and any(by_period[call.period :]):
        found.append(f"what comes after {_span(terms, call.period - 1, call.period - 1)}, which is called, is equity's")
    notes = [f"note: {one_line(name)}: {each}" for each in [*notes, *found]]
    after = [row.day for each in by_period[call.period if call else periods :] for row in each if row.collections]
    late_on = max(after, default=None)
    return PeriodFlows(tuple(collections[:periods]), reports, collections[periods], tuple(notes), call, late_on)


def _call(name: str, terms: DealTerms, by_period: Sequence[Sequence[_Row]]) -> CalledFlows | None:
    """Raises FlowsError for a call of two periods, or of none."""
    calls = [(index, row.line) for index, rows in enumerate(by_period) for row in rows if row.called]
    for index, line in calls:
        first, _ = calls[0]
        if index == terms.periods:
            reason, accepted = "a call after the last period", f"a date to {terms.accrual_dates[-1]}"
            raise FlowsError(name, line, "call", "1", reason, accepted)
        if index != first:
            reason = f"{_span(terms, first, first)} is called already, which ends the deal"
            raise FlowsError(name, line, "call", "1", reason, "one period")
    return CalledFlows(name, calls[0][1], calls[0][0] + 1) if calls else None


def _report(terms: DealTerms, rows: Sequence[_Row]) -> Report:
    """What the rows of a period report: the sum of their losses and of their principal, of other figures the last."""
    losses = [row.loss for row in rows if row.loss is not None]
    given = [_given(rows, place) for place in range(1 + len(terms.fields))]
    if terms.two_pots:
        parts = given[1 + terms.principal_field]
        given[1 + terms.principal_field] = [sum(parts)] if parts else []
    asset_value, *fields = (each[-1] if each else None for each in given)
    return Report(sum(losses) if losses else None, asset_value, tuple(fields))


def _given(rows: Sequence[_Row], place: int) -> list[int]:
    return [figure for row in rows if (figure := row.figures[place]) is not None]


def _uncounted(terms: DealTerms, by_period: Sequence[Sequence[_Row]]) -> list[str]:
    """A line for each figure given after the last period, and for each declared field given twice in one."""
    names = ["asset_value", *(each.id for each in terms.fields)]
    words = {name: f"a value of {name}" for name in names} | {"asset_value": "an asset value"}
    after = by_period[terms.periods :]  # none, where a period is called
    late = sorted(name for place, name in enumerate(names) if any(_given(rows, place) for rows in after))
    lines = [f"{words[name]} after the last period, {terms.accrual_dates[-1]}, is not read" for name in late]
    for place, name in list(enumerate(names))[1:]:
        if terms.two_pots and place == 1 + terms.principal_field:
            continue
        twice = [index for index, rows in enumerate(by_period[: terms.periods]) if len(_given(rows, place)) > 1]
        if twice:
            lines.append(f"several values of {name} in {_spans(terms, twice)}: the last counts")
    return lines


def _gaps(terms: DealTerms, named: set[int], last: date, periods: int) -> list[str]:
    """A line on the periods without a row, which collect nothing, and one on those after the last row."""
    end = max(named) + 1
    lines = []
    missing = [index for index in range(end) if index not in named]
    if missing:
        lines.append(f"no row belongs to {_spans(terms, missing)}; nothing is collected there")
    if end < periods:
        lines.append(f"the last row is of {last}; nothing is collected in {_span(terms, end, periods - 1)}")
    return lines


def _cut(terms: DealTerms, reports: Sequence[Report], collections: Sequence[int]) -> list[str]:
    """A line on the periods whose reported principal is more than they collect. Without what is paid by a call."""
    if not terms.two_pots:
        return []
    pairs = enumerate(zip(reports, collections, strict=False))
    found = [at for at, (report, most) in pairs if (report.field(terms.principal_field) or 0) > most]
    name = terms.fields[terms.principal_field].id
    return [f"{name} is more than the collections of {_spans(terms, found)}; it is cut to them"] if found else []


def _unvalued(terms: DealTerms, reports: Sequence[Report], called: bool) -> list[str]:
    """
    A line for each rule that reads a report, on the periods for which there is none.

    Parameters
    ----------
    reports : to the called period, if there is one. called : whether the last is; a call tests and splits nothing.
    """
    lines = []
    ordinary = reports[:-1] if called else reports
    if terms.two_pots:
        missing = [at for at, each in enumerate(ordinary) if each.field(terms.principal_field) is None]
        if missing:
            name, spans = terms.fields[terms.principal_field].id, _spans(terms, missing)
            lines.append(f"no {name} for {spans}; all collections are principal there")
    for tranche in terms.lenders:
        if tranche.floating is not None:
            field = tranche.floating.field
            missing = [at for at, each in enumerate(reports) if each.field(field) is None]
            if missing:
                name, spans = terms.fields[field].id, _spans(terms, missing)
                lines.append(f"no {name} for {spans}; the coupon of {tranche.id} follows the last known, then its cap")
        if tranche.principal is PrincipalKind.TARGET_OC:
            missing = [at for at, each in enumerate(ordinary[: terms.periods - 1]) if each.asset_value is None]
            if missing:
                spans = _spans(terms, missing)
                lines.append(
                    f"no asset_value for {spans}; {tranche.id} takes all cash that reaches its principal there"
                )
    for fee in terms.fees:
        due = range(fee.first_period - 1, min(fee.last_period, len(reports)))
        if fee.base is FeeBase.ASSET_VALUE:
            name, missing = "asset_value", [index for index in due if reports[index].asset_value is None]
        elif fee.base is FeeBase.REPORT:
            name, missing = terms.fields[fee.field].id, [at for at in due if reports[at].field(fee.field) is None]
        else:
            continue
        if missing:
            lines.append(f"no {name} for {_spans(terms, missing)}; the fee {fee.id} is not charged there")
    for test in terms.tests:
        if not test.reads_report:
            continue
        name = "asset_value" if test.metric.reads_asset_value else terms.fields[test.field].id
        missing = [at for at, each in enumerate(ordinary) if reported(test, each) is None]
        if missing:
            diverts = any(rung.kind is RungKind.DIVERT and terms.tests[rung.test or 0] is test for rung in terms.rungs)
            more = ", and its diversion repays lenders with all it gets" if diverts else ""
            lines.append(f"no {name} for {_spans(terms, missing)}; the test {test.id} is not made there{more}")
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
        loss = self._amount(line, "loss", row.get("loss", ""))
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
        fields = (self._figure(line, each, row.get(each.id, "")) for each in self.terms.fields)
        return _Row(line, day, collections, self._called(line, row.get("call", "")), loss, (asset_value, *fields))

    def _called(self, line: int, text: str) -> bool:
        if text not in ("", "0", "1"):
            raise self._refuse(line, "call", text, "neither yes nor no", "1 for a call, 0 or nothing for none")
        if text == "1" and self.terms.call is None:
            raise self._refuse(line, "call", text, "this deal cannot be called", "0, or [call] in the deal file")
        return text == "1"

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

    def _figure(self, line: int, field: ReportField, text: str) -> int | None:
        """A declared field in its unit; None when the cell is empty."""
        if field.unit is Unit.AMOUNT:
            return self._amount(line, field.id, text)
        places, accepted = field.places(self.terms.decimals), "a whole number of 0 or more, such as 1250"
        if field.unit is Unit.RATIO:
            accepted = f"a ratio of 0 or more with at most {places} decimals, such as 0.985"
        return self._number(line, field.id, text, places, accepted)

    def _amount(self, line: int, column: str, text: str) -> int | None:
        """Base units of an amount of 0 or more; None when the cell is empty."""
        accepted = f"an amount of 0 or more with at most {self.terms.decimals} decimals, such as 1250.50"
        return self._number(line, column, text, self.terms.decimals, accepted, amount_fault)

    def _number(
        self,
        line: int,
        column: str,
        text: str,
        places: int,
        accepted: str,
        fault_of: Callable[[Exact, int], str | None] = figure_fault,
    ) -> int | None:
        """A figure times 10 ** places; None when the cell is empty."""
        if not text:
            return None
        exact = parse_exact(text)
        if exact is None:
            raise self._refuse(line, column, text, why_no_decimal(text), accepted)
        fault = fault_of(exact, places)
        if fault:
            raise self._refuse(line, column, text, fault, accepted)
        self.points.saw(line, column, text)
        return exact.scaled(places)
