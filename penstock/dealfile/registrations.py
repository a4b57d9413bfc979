"""Reads who holders are: a CSV file of accounts, the investors behind them, their countries, classes and expiries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from eth_utils.address import to_checksum_address as checksum

from penstock.addresses import is_address, is_spelled_right
from penstock.dealfile.errors import RegistrationError
from penstock.dealfile.table import Layout, read_table, table_text
from penstock.dealfile.values import CLASSES, COUNTRY, FIRST_DAY, INVESTOR_CLASSES, LAST_DAY
from penstock.files import read_bytes
from penstock.format import one_line
from penstock.model.calendar import timestamp
from penstock.model.compliance import MAX_COUNTRY, InvestorClass, Registration

COLUMNS = ("holder", "investor", "country", "class", "expires")
LAYOUT = Layout(RegistrationError, ",".join(COLUMNS), COLUMNS, COLUMNS)
MAX_INVESTOR = 2**128 - 1


@dataclass(frozen=True)
class Registrations:
    """Who holders are. notes : what of the file was not read; one line each."""

    holders: tuple[Registration, ...]
    notes: tuple[str, ...] = ()


def load_registrations(path: str | Path) -> Registrations:
    """
    The holders of a file with the columns holder, investor, country, class and expires.

    Raises
    ------
    FileRefused : when it cannot be read, or is not text. RegistrationError : for the first mistake.
    """
    return loads_registrations(table_text(read_bytes(path), str(path)), str(path))


def loads_registrations(text: str, name: str = "holders.csv") -> Registrations:
    """The holders of a file's text; `name` is what refusals call the file. Raises RegistrationError."""
    table = read_table(text, name, LAYOUT)
    found: dict[str, Registration] = {}
    for row in table.rows:
        reader = _Row(name, row.line, row.cells)
        said = reader.read()
        if said.holder in found:
            raise reader.error("holder", said.holder, "is there already", "each account once")
        found[said.holder] = said
    return Registrations(tuple(found.values()), tuple(f"note: {one_line(name)}: {each}" for each in table.notes))


@dataclass(frozen=True)
class _Row:
    name: str
    line: int
    cells: Mapping[str, str]

    def read(self) -> Registration:
        return Registration(self._holder(), self._investor(), self._country(), self._class(), self._expires())

    def error(self, column: str, value: str, reason: str, accepted: str) -> RegistrationError:
        return RegistrationError(self.name, self.line, column, value, reason, accepted)

    def _holder(self) -> str:
        holder = self.cells["holder"]
        if not is_address(holder) or int(holder, 16) == 0:
            raise self.error("holder", holder, "not an address", "0x and 40 hexadecimal digits, not all zero")
        if not is_spelled_right(holder):
            raise self.error("holder", holder, "its checksum is wrong", f"{checksum(holder)}, if that is meant")
        return checksum(holder)

    def _investor(self) -> int:
        text = self.cells["investor"]
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 40 else 0
        if not 0 < number <= MAX_INVESTOR:
            accepted = "a whole number from 1 to 2^128-1, the same for all accounts of an investor"
            raise self.error("investor", text, "not an investor's number", accepted)
        return number

    def _country(self) -> int:
        text = self.cells["country"]
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        if text and not 0 < number <= MAX_COUNTRY:
            raise self.error("country", text, "not a country's code", f"{COUNTRY}; or nothing")
        return number

    def _class(self) -> InvestorClass:
        text = self.cells["class"].lower()
        if text and text not in INVESTOR_CLASSES:
            raise self.error("class", self.cells["class"], "no class of investors", f"{CLASSES}; or nothing")
        return INVESTOR_CLASSES.get(text, InvestorClass.NONE)

    def _expires(self) -> int:
        text = self.cells["expires"]
        try:
            day = date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            day = None
        if day is None or not FIRST_DAY < day <= LAST_DAY:
            raise self.error("expires", text, "not a date", f"a date such as 2027-06-30, at most {LAST_DAY}")
        return timestamp(day)
