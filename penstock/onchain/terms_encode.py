"""Terms as the chain holds them: packed big-endian behind the deal's own code (docs/SPEC.md, "On the chain")."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.model.accrual import year_denominator
from penstock.model.calendar import day_number
from penstock.model.dues import days_of
from penstock.model.terms import DayCount, DealTerms, Fee, FeeBase, Reserve, Rung, RungKind, Tranche

HEADER_LENGTH = 89
TRANCHE_LENGTH = 40
NO_OFFSET = 2**16 - 1
NO_CAP = 2**104 - 1
NO_ADDRESS = "0x" + "00" * 20
NONE = 255


class Row:
    """Where each number of a period's row stands."""

    def __init__(self, terms: DealTerms) -> None:
        self.terms = terms
        at = 4
        self.numerator_at: dict[DayCount, int] = {}
        for tranche in terms.tranches:
            if not tranche.residual and tranche.day_count not in self.numerator_at:
                self.numerator_at[tranche.day_count] = at
                at += 2
        self.ahead_at: list[int] = []
        for reserve in terms.reserves:
            self.ahead_at.append(at if reserve.ahead else NO_OFFSET)
            at += 1 if reserve.ahead else 0
        self.schedule_at: list[int] = []
        self.schedule_width: list[int] = []
        for tranche in terms.tranches:
            width = _width(max(tranche.schedule)) if tranche.schedule else 0
            self.schedule_at.append(at)
            self.schedule_width.append(width)
            at += width
        self.length = at

    def encode(self, period: int) -> bytes:
        terms = self.terms
        packed = _uint(day_number(terms.accrual_dates[period - 1]), 2)
        packed += _uint(day_number(terms.payment_dates[period - 1]), 2)
        for day_count in self.numerator_at:
            packed += _uint(days_of(terms, period, day_count).numerator, 2)
        for reserve in terms.reserves:
            if reserve.ahead:
                packed += _uint(reserve.ahead[period - 1], 1)
        for tranche, width in zip(terms.tranches, self.schedule_width, strict=True):
            if width:
                packed += _uint(tranche.schedule[period - 1], width)
        return packed


def reads_reports(terms: DealTerms) -> bool:
    """Whether a settlement needs figures from outside: losses, or an asset value that a fee is charged on."""
    return terms.write_down or any(fee.base is FeeBase.ASSET_VALUE for fee in terms.fees)


def encode_terms(
    terms: DealTerms,
    asset: str,
    payees: Mapping[str, str],
    policy: str = NO_ADDRESS,
    reports: str = NO_ADDRESS,
) -> bytes:
    """
    Packs the terms of one launch.

    Parameters
    ----------
    asset, policy, reports : addresses; the zero address for no policy and no report source.
    payees : the address behind each payee label.

    Returns
    -------
    The immutable arguments of the deal's clone.
    """
    row = Row(terms)
    steps_at = HEADER_LENGTH + TRANCHE_LENGTH * len(terms.tranches)
    steps = b""
    tranches = []
    for index, tranche in enumerate(terms.tranches):
        tranches.append(_tranche(tranche, row, index, steps_at + len(steps)))
        for first, coupon in tranche.coupons:
            steps += _uint(first, 2) + _uint(coupon, 8)
    sections = [
        b"".join(_fee(fee, payees[fee.payee]) for fee in terms.fees),
        b"".join(_reserve(reserve, at) for reserve, at in zip(terms.reserves, row.ahead_at, strict=True)),
        b"".join(_uint(t.tranche, 1) + _uint(t.below, 16) + _uint(t.cure, 1) for t in terms.tests),
        b"".join(map(_rung, terms.normal)),
        b"".join(map(_rung, terms.enforcement)),
        b"".join(row.encode(period) for period in range(1, terms.periods + 1)),
        _texts(terms),
    ]
    offsets, at = b"", steps_at + len(steps)
    for section in sections:
        offsets += _uint(at, 2)
        at += len(section)
    header = (
        _address(asset)
        + _address(reports)
        + _address(policy)
        + _uint(day_number(terms.closing), 2)
        + _uint(terms.periods, 2)
        + bytes(
            [
                len(terms.tranches),
                len(terms.fees),
                len(terms.reserves),
                len(terms.tests),
                len(terms.normal),
                len(terms.enforcement),
                sum(1 << test for test in terms.enforce_on),
                terms.write_down
                | reads_reports(terms) << 1
                | any(fee.carry for fee in terms.fees) << 2
                | terms.narrow << 3,
                terms.decimals,
            ]
        )
        + _uint(row.length, 2)
        + offsets
    )
    assert len(header) == HEADER_LENGTH
    return header + b"".join(tranches) + steps + b"".join(sections)


def _flags(terms: DealTerms) -> int:
    """In the order of Types.sol."""
    carries = any(fee.carry for fee in terms.fees)
    return terms.write_down | reads_reports(terms) << 1 | carries << 2 | terms.narrow << 3


def _tranche(tranche: Tranche, row: Row, index: int, steps_at: int) -> bytes:
    numerator_at = 0 if tranche.residual else row.numerator_at[tranche.day_count]
    return (
        _uint(tranche.supply, 8)
        + _uint(tranche.face, 13)
        + _uint(numerator_at, 1)
        + _uint(year_denominator(tranche.day_count), 2)
        + _uint(tranche.principal, 1)
        + _uint(tranche.arrears, 1)
        + _uint(tranche.spread, 8)
        + _uint(row.schedule_at[index], 2)
        + _uint(row.schedule_width[index] or 1, 1)
        + _uint(steps_at, 2)
        + _uint(len(tranche.coupons), 1)
    )


def _fee(fee: Fee, payee: str) -> bytes:
    return (
        _uint(fee.base, 1)
        + _uint(fee.amount if fee.base is FeeBase.FIXED else fee.rate, 13)
        + _uint(fee.tranche, 1)
        + _uint(NO_CAP if fee.cap is None else fee.cap, 13)
        + _uint(fee.carry | fee.opex << 1, 1)
        + _uint(fee.first_period, 2)
        + _uint(fee.last_period, 2)
        + _address(payee)
    )


def _reserve(reserve: Reserve, ahead_at: int) -> bytes:
    bitmaps = dict.fromkeys(RungKind, 0)
    for kind, target in reserve.supports:
        bitmaps[kind] |= 1 << target
    return (
        _uint(reserve.opening, 13)
        + _uint(reserve.target, 13)
        + _uint(ahead_at, 2)
        + bytes(bitmaps[k] for k in (RungKind.INTEREST, RungKind.PRINCIPAL, RungKind.ALL, RungKind.SWEEP))
        + _uint(bitmaps[RungKind.FEE], 2)
    )


def _rung(rung: Rung) -> bytes:
    first, second = (*rung.targets, NONE, NONE)[:2]
    test = NONE if rung.test is None else rung.test
    return bytes([rung.kind, first, second]) + _uint(rung.fraction, 8) + bytes([test])


def _texts(terms: DealTerms) -> bytes:
    texts = [terms.name]
    for tranche in terms.tranches:
        texts += [tranche.id, tranche.symbol]
    packed = _uint(terms.share_decimals, 1)
    for text in texts:
        encoded = text.encode()
        packed += _uint(len(encoded), 1) + encoded
    return packed


def _width(amount: int) -> int:
    return max(1, (amount.bit_length() + 7) // 8)


def _uint(value: int, width: int) -> bytes:
    return value.to_bytes(width, "big")


def _address(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))
