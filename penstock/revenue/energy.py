"""A plant's energy by month from a file: of a usual year, or as measured for years."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np

from penstock.dealfile.errors import TableError
from penstock.dealfile.table import Layout, Row, read_table, table_text
from penstock.files import read_bytes
from penstock.revenue.elementary import log
from penstock.revenue.months import MONTHS_A_YEAR, Months

LEAST_YEARS = 5
"""Fewer years say too little about how years differ."""
_NUMBER = re.compile(r"-?[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?", re.ASCII)
_KWH_A_MWH = 1000


class EnergyError(TableError):
    """A mistake in a file of energy."""


@dataclass(frozen=True)
class Measured:
    """
    typical : mean kWh of each calendar month. annual : deviation of years' logarithms, from five whole years on.
    """

    typical: tuple[int, ...]
    months: int
    annual: float | None


def read_typical(file: Path) -> tuple[int, ...]:
    """kWh of January to December. Raises FileRefused, EnergyError."""
    layout = Layout(EnergyError, "month,energy_kwh", ("month", "energy_kwh"), ("month", "energy_kwh"))
    rows = read_table(table_text(read_bytes(file), str(file)), str(file), layout).rows
    found = []
    for at, row in enumerate(rows):
        expected = str(at + 1)
        if row.cells["month"] != expected or at >= MONTHS_A_YEAR:
            raise _refuse(file, row, "month", "not the next month", "1 to 12, a row each")
        found.append(int(_quantity(file, row, "energy_kwh")))
    if len(found) != MONTHS_A_YEAR:
        raise _refuse(file, rows[-1], "month", f"{len(found)} months", "1 to 12, a row each")
    return tuple(found)


def read_measured(file: Path) -> Measured:
    """
    Energy as metered, a row a month.

    Raises
    ------
    FileRefused, EnergyError : for dates that repeat, go back or leave a month out, and for what is no energy.
    """
    layout = Layout(EnergyError, "date,energy_mwh", ("date", "energy_mwh"), ("date", "energy_mwh"), index="date")
    rows = read_table(table_text(read_bytes(file), str(file)), str(file), layout).rows
    days = [_day(file, row) for row in rows]
    for (before, after), row in zip(pairwise(days), rows[1:], strict=True):
        ahead = Months(before, 1).index_of(after.year, after.month)
        if ahead == 0:
            raise _refuse(file, row, "date", "the same month twice", "one row a month")
        if ahead < 0:
            raise _refuse(file, row, "date", f"before {before}, the row above", "months in their order")
        if ahead > 1:
            missing = Months(before, 2).ends(1)
            raise _refuse(file, row, "date", f"a gap: {missing:%Y-%m} is missing", "every month from first to last")
    energy = [_quantity(file, row, "energy_mwh") for row in rows]
    if len(energy) < MONTHS_A_YEAR:
        raise _refuse(file, rows[-1], "date", f"{len(energy)} months in all", "twelve months or more")
    grid = Months(days[0], len(days))
    by_month = {month: [each for at, each in enumerate(energy) if grid.month_of(at) == month] for month in range(1, 13)}
    typical = tuple(int(sum(by_month[month]) / len(by_month[month]) * _KWH_A_MWH) for month in range(1, 13))
    return Measured(typical, len(energy), _annual([sum(energy[at : at + 12]) for at in range(0, len(energy) - 11, 12)]))


def _annual(years: list[float]) -> float | None:
    if len(years) < LEAST_YEARS or min(years) <= 0:
        return None
    logs = log(np.array(years))
    spread = logs - sum(logs) / len(years)
    return float((sum(spread * spread) / (len(years) - 1)) ** 0.5)


def _day(file: Path, row: Row) -> date:
    try:
        return date.fromisoformat(row.cells["date"])
    except ValueError:
        raise _refuse(file, row, "date", "not a date", "2026-01-31") from None


def _quantity(file: Path, row: Row, column: str) -> float:
    text = row.cells[column]
    if not _NUMBER.fullmatch(text):
        reason = "missing" if not text else "not a number"
        raise _refuse(file, row, column, reason, "a decimal number such as 563.105")
    if text.startswith("-"):
        raise _refuse(file, row, column, "negative", "0 or more; a night's own use is no energy delivered")
    return float(text.replace("_", ""))


def _refuse(file: Path, row: Row, column: str, reason: str, accepted: str) -> EnergyError:
    return EnergyError(str(file), row.line, column, row.cells[column], reason, accepted)
