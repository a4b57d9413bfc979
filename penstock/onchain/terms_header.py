"""The header of a deal's terms and the few things that follow from it: enough to follow many deals at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from penstock.evm.codec import Address
from penstock.format import one_line
from penstock.model.calendar import SECONDS_PER_DAY, timestamp
from penstock.onchain.terms_layout import FORMAT, Flag, Header, Row, TermsRefused, Text, Texts


def read_header(packed: bytes) -> Header:
    """
    The header of packed terms.

    Raises
    ------
    TermsRefused : when the bytes are too short, or begin with a format that is not known here.
    """
    if packed and packed[0] != FORMAT:
        raise TermsRefused(f"the terms have format {packed[0]}; only format {FORMAT} can be read")
    return Header.read(packed, 0)


def read_texts(packed: bytes, at: int) -> Iterator[bytes]:
    """
    The deal's name, each tranche's id and symbol, each declared field's id, and so on while there are bytes.

    at : Header.texts_at.
    """
    at += Texts.length()
    while True:
        begins = at + Text.length()
        ends = begins + Text.read(packed, at).size
        if ends > len(packed):
            raise TermsRefused(f"the terms end at byte {len(packed)}, a text of them at {ends}")
        yield packed[begins:ends]
        at = ends


def read_all_texts(packed: bytes, at: int) -> list[bytes]:
    """Every text up to the end of the terms. at : Header.texts_at."""
    found, left = [], len(packed) - at - Texts.length()
    for text in read_texts(packed, at):
        found.append(text)
        left -= Text.length() + len(text)
        if left <= 0:
            break
    return found


@dataclass(frozen=True)
class TermsHeader:
    """A deal's terms, of which only what is asked for is read; texts as `one_line` shows them. packed : all of them."""

    packed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        header = self._header
        ends = header.rows_at + header.row_length * header.periods
        if not header.periods or not 0 < ends <= header.texts_at < len(self.packed):
            raise TermsRefused(f"{len(self.packed)} bytes are not the terms of a deal")

    @cached_property
    def _header(self) -> Header:
        return read_header(self.packed)

    @property
    def asset(self) -> Address:
        return self._header.asset

    @property
    def periods(self) -> int:
        return self._header.periods

    @property
    def tranches(self) -> int:
        return self._header.tranches

    @property
    def tests(self) -> int:
        return self._header.tests

    @property
    def reports(self) -> Address:
        """The report source."""
        return self._header.reports

    @property
    def reads_reports(self) -> bool:
        return Flag.READS_REPORTS in self._header.flags

    @property
    def report_fields(self) -> int:
        """How many fields of reports the deal declares."""
        return self._header.report_fields

    @property
    def narrow(self) -> bool:
        return Flag.NARROW in self._header.flags

    @property
    def delays(self) -> bool:
        """Whether payment dates follow accrual dates by a delay, so that collections may be cut off in between."""
        return Flag.DELAYS in self._header.flags

    @property
    def has_grace(self) -> bool:
        return Flag.GRACE in self._header.flags

    @property
    def is_callable(self) -> bool:
        """Whether the deal has a clean-up call."""
        return Flag.CALLABLE in self._header.flags

    @property
    def decimals(self) -> int:
        return self._header.decimals

    @property
    def name(self) -> str:
        return self._texts(1)[0]

    @property
    def ids(self) -> list[str]:
        """Of the tranches, in order."""
        return self._texts(1 + 2 * self.tranches)[1::2]

    def _texts(self, count: int) -> list[str]:
        texts = islice(read_texts(self.packed, self._header.texts_at), count)
        return [one_line(text.decode("utf-8", "replace")) for text in texts]

    def payment_at(self, period: int) -> int:
        """The payment date of a period, from 1, in seconds."""
        return timestamp(Row.read(self.packed, self._header.rows_at + self._header.row_length * (period - 1)).payment)

    def accrual_at(self, period: int) -> int:
        """The accrual date of a period, from 1, in seconds."""
        return timestamp(Row.read(self.packed, self._header.rows_at + self._header.row_length * (period - 1)).accrual)

    def grace_ends_at(self, period: int) -> int:
        """The end of a period's grace, from 1, in seconds; its payment date in a deal without grace."""
        return self.payment_at(period) + self._header.grace * SECONDS_PER_DAY

    def overdue(self, settled: int, now: int) -> int:
        """How many periods after the settled ones have come to their payment date."""
        period = settled
        while period < self.periods and self.payment_at(period + 1) <= now:
            period += 1
        return period - settled
