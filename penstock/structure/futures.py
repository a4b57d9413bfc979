"""Reads many futures of a deal's revenue from one CSV file: flows with a column that says of which scenario."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from penstock.dealfile.errors import FlowsError
from penstock.dealfile.flows import PeriodFlows, loads_flows
from penstock.dealfile.table import Layout, Row, read_table, table_text
from penstock.files import read_bytes
from penstock.model.report import Report
from penstock.model.terms import DealTerms
from penstock.simulate import UNREPORTED, Scenarios, scenarios

COLUMN = "scenario"


def load_futures(path: str | Path, terms: DealTerms) -> Scenarios:
    """
    The scenarios of a file, in the order in which they come up. Rows are as in a flows file; late revenue is left out.

    Raises
    ------
    FileRefused : when it cannot be read, or is not text. FlowsError : for the first mistake.

    Source: docs/FIGURES.md, "Surviving".
    """
    name = str(path)
    own = ["asset_value", "loss", *(each.id for each in terms.fields)]
    columns = (COLUMN, "date", "collections", *own)
    header = ",".join(columns[:3]) + "".join(f"[,{each}]" for each in own)
    table = read_table(table_text(read_bytes(path), name), name, Layout(FlowsError, header, columns, columns[:3]))
    rows: dict[str, list[Row]] = {}
    for row in table.rows:
        if not row.cells[COLUMN]:
            raise FlowsError(name, row.line, COLUMN, "", "empty", "a number or a name")
        rows.setdefault(row.cells[COLUMN], []).append(row)
    received = [_flows(name, terms, columns, each, of) for of, each in rows.items()]
    return scenarios(terms, _array([each.collections for each in received]), _reports(terms, received))


def _flows(name: str, terms: DealTerms, columns: tuple[str, ...], rows: list[Row], scenario: str) -> PeriodFlows:
    given = [each for each in columns[1:] if each in rows[0].cells]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(given)
    writer.writerows([row.cells[each] for each in given] for row in rows)
    try:
        return loads_flows(out.getvalue(), terms, name)
    except FlowsError as error:
        # rows of one scenario are counted by themselves; the line of the file is what helps
        line = rows[error.line - 2].line if error.line > 1 else 1
        reason = f"{error.reason} (scenario {scenario})"
        raise FlowsError(name, line, error.column, error.value, reason, error.accepted) from None


def _array(values: list[tuple[int, ...]]) -> object:
    return np.array(values, dtype=object)


def _reports(terms: DealTerms, received: list[PeriodFlows]) -> dict[str, object]:
    """By figure, scenarios × periods."""

    def figure(report: Report, at: int) -> int:
        values = (report.loss, report.asset_value, *report.fields)
        value = values[at] if at < len(values) else None
        return UNREPORTED if value is None else value

    names = ("loss", "asset_value", *(each.id for each in terms.fields))
    return {
        name: _array([tuple(figure(each, at) for each in flows.reports) for flows in received])
        for at, name in enumerate(names)
    }
