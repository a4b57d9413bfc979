"""Reads allocations: how many shares each holder gets at closing, from a CSV file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eth_utils.address import to_checksum_address as checksum

from penstock.addresses import is_address, is_spelled_right
from penstock.dealfile.errors import AllocationError
from penstock.dealfile.numbers import amount_fault, parse_exact, why_no_decimal
from penstock.dealfile.table import Layout, read_table, table_text
from penstock.files import read_bytes
from penstock.format import format_amount, one_line
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms

COLUMNS = ("holder", "tranche", "shares")
LAYOUT = Layout(AllocationError, ",".join(COLUMNS), COLUMNS, COLUMNS)


@dataclass(frozen=True)
class Allocation:
    """Who gets which shares at closing. notes : what of the file was not read; one line each."""

    allotments: tuple[Allotment, ...]
    notes: tuple[str, ...] = ()


def load_allocation(path: str | Path, terms: DealTerms) -> Allocation:
    """
    The allocations of a file with the columns holder, tranche and shares; shares as whole shares with decimals.

    Raises
    ------
    FileRefused : when it cannot be read, or is not text. AllocationError : for the first mistake, and for a tranche
        whose shares are not all allotted.
    """
    return loads_allocation(table_text(read_bytes(path), str(path)), terms, str(path))


def loads_allocation(text: str, terms: DealTerms, name: str = "allocation.csv") -> Allocation:
    """The allocations of a file's text; `name` is what refusals call the file. Raises AllocationError."""
    return _Reader(name, terms).read(text)


class _Reader:
    def __init__(self, name: str, terms: DealTerms) -> None:
        self.name, self.terms = name, terms
        self.ids = [tranche.id for tranche in terms.tranches]
        self.left = [tranche.supply for tranche in terms.tranches]

    def read(self, text: str) -> Allocation:
        table = read_table(text, self.name, LAYOUT)
        found = []
        for row in table.rows:
            self.line = row.line
            found.append(self._row(row.cells))
        for tranche, left in zip(self.terms.tranches, self.left, strict=True):
            if left:
                all_of_it = self._shares(tranche.supply)
                reason = f"shares not allotted: {self._shares(left)}"
                raise self._error("tranche", tranche.id, reason, f"lines that add up to {all_of_it}")
        return Allocation(tuple(found), tuple(f"note: {one_line(self.name)}: {each}" for each in table.notes))

    def _row(self, cells: Mapping[str, str]) -> Allotment:
        holder, tranche, shares = (cells[column] for column in COLUMNS)
        if not is_address(holder) or int(holder, 16) == 0:
            raise self._error("holder", holder, "not an address", "0x and 40 hexadecimal digits, not all zero")
        if not is_spelled_right(holder):
            raise self._error("holder", holder, "its checksum is wrong", f"{checksum(holder)}, if that is meant")
        if tranche not in self.ids:
            raise self._error("tranche", tranche, "no such tranche", ", ".join(self.ids))
        index = self.ids.index(tranche)
        return Allotment(index, checksum(holder), self._taken(index, shares))

    def _taken(self, index: int, text: str) -> int:
        decimals = self.terms.share_decimals
        accepted = f"shares above 0 with at most {decimals} decimals, such as 1000"
        exact = parse_exact(text)
        if exact is None:
            raise self._error("shares", text, why_no_decimal(text), accepted)
        fault = amount_fault(exact, decimals)
        shares = exact.scaled(decimals)
        if fault or not shares:
            raise self._error("shares", text, fault or "no shares", accepted)
        if shares > self.left[index]:
            left = f"at most {self._shares(self.left[index])}, which are left of {self.ids[index]}"
            raise self._error("shares", text, "more than are left", left)
        self.left[index] -= shares
        return shares

    def _shares(self, units: int) -> str:
        return format_amount(units, self.terms.share_decimals)

    def _error(self, column: str, value: str, reason: str, accepted: str) -> AllocationError:
        return AllocationError(self.name, self.line, column, value, reason, accepted)
