"""The first words of a deal's terms, read without the rest: enough to follow many deals at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from penstock.evm.codec import Address, checksum
from penstock.onchain.terms_decode import TermsRefused
from penstock.onchain.terms_encode import HEADER_LENGTH

DAY = 86_400
_ROWS, _ROW_LENGTH, _TEXTS = (85, 2), (73, 2), (87, 2)


@dataclass(frozen=True)
class TermsHeader:
    """Of the terms in a deal's own code. enforce_on : a bit each test. packed : all of them."""

    packed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        rows, length, texts = (self._uint(*place) for place in (_ROWS, _ROW_LENGTH, _TEXTS))
        ends = rows + length * self.periods
        if len(self.packed) < HEADER_LENGTH or not self.periods or not 0 < ends <= texts < len(self.packed):
            raise TermsRefused(f"{len(self.packed)} bytes are no terms of a deal")

    def _uint(self, at: int, width: int) -> int:
        return int.from_bytes(self.packed[at : at + width], "big")

    def _place(self, at: int) -> Address:
        return checksum(self.packed[at : at + 20])

    @property
    def asset(self) -> Address:
        return self._place(0)

    @property
    def reports(self) -> Address:
        return self._place(20)

    @property
    def policy(self) -> Address:
        return self._place(40)

    @cached_property
    def periods(self) -> int:
        return self._uint(62, 2)

    @property
    def tranches(self) -> int:
        return self._uint(64, 1)

    @property
    def tests(self) -> int:
        return self._uint(67, 1)

    @property
    def enforce_on(self) -> int:
        return self._uint(70, 1)

    @property
    def narrow(self) -> bool:
        return bool(self._uint(71, 1) & 8)

    @property
    def decimals(self) -> int:
        return self._uint(72, 1)

    @property
    def name(self) -> str:
        return self._texts(1)[0]

    @property
    def ids(self) -> list[str]:
        """Of the tranches, in order; a symbol stands behind each."""
        return self._texts(1 + 2 * self.tranches)[1::2]

    def _texts(self, count: int) -> list[str]:
        at, found = self._uint(*_TEXTS) + 1, []
        for _ in range(count):
            length = self._uint(at, 1)
            found.append(self.packed[at + 1 : at + 1 + length].decode("utf-8", "replace"))
            at += 1 + length
        return found

    def payment_at(self, period: int) -> int:
        """The payment date of a period, from 1, in seconds."""
        return self._uint(self._uint(*_ROWS) + self._uint(*_ROW_LENGTH) * (period - 1) + 2, 2) * DAY

    def overdue(self, settled: int, now: int) -> int:
        """How many periods after the settled ones have come to their payment date."""
        period = settled
        while period < self.periods and self.payment_at(period + 1) <= now:
            period += 1
        return period - settled
