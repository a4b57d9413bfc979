"""Terms read back from the chain: the inverse of `layout.encode_terms`, checked by packing them again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise, permutations

from penstock.evm.codec import Address, checksum
from penstock.evm.errors import ChainError
from penstock.model.accrual import day_fraction, year_denominator
from penstock.model.terms import (
    ArrearsRule,
    DayCount,
    DealTerms,
    Fee,
    FeeBase,
    PrincipalKind,
    Reserve,
    Rung,
    RungKind,
    Test,
    Tranche,
)
from penstock.onchain.terms_encode import HEADER_LENGTH, NO_CAP, NO_OFFSET, NONE, TRANCHE_LENGTH, encode_terms

EPOCH = date(1970, 1, 1)
FEE_LENGTH, RESERVE_LENGTH, TEST_LENGTH, RUNG_LENGTH, STEP_LENGTH = 53, 34, 18, 12, 10


class TermsRefused(ChainError):
    """Bytes that no deal file gives."""


@dataclass(frozen=True)
class ChainTerms:
    """
    A deal's terms as its own code holds them.

    terms : equal to the deal file's in everything that decides a number. The chain does not keep the asset's symbol
        nor the ids of fees, reserves and tests: these are named by their place, and a payee by its address. Of two day
        counts that give the same days in every period of the deal, either may stand.
    payees : the address of each payee.
    """

    terms: DealTerms
    asset: Address
    payees: dict[str, Address]
    policy: Address
    reports: Address


class _Reader:
    def __init__(self, packed: bytes) -> None:
        self.packed = packed

    def uint(self, at: int, width: int) -> int:
        if at + width > len(self.packed):
            raise TermsRefused(f"the terms end at byte {len(self.packed)}, a field of them at {at + width}")
        return int.from_bytes(self.packed[at : at + width], "big")

    def day(self, at: int) -> date:
        return EPOCH + timedelta(days=self.uint(at, 2))

    def address(self, at: int) -> Address:
        return checksum(self.uint(at, 20).to_bytes(20, "big"))


def decode_terms(packed: bytes) -> ChainTerms:
    """
    Reads the immutable arguments of a deal's clone.

    Raises
    ------
    TermsRefused : when they are not what `encode_terms` writes for any terms.
    """
    try:
        found = _decode(_Reader(packed))
        again = encode_terms(found.terms, found.asset, found.payees, found.policy, found.reports)
    except (ValueError, IndexError, KeyError, OverflowError, AssertionError, ZeroDivisionError) as error:
        raise TermsRefused(f"not terms of a deal: {' '.join(str(error).split()) or type(error).__name__}") from None
    if again != packed:
        at = next((at for at, (a, b) in enumerate(zip(again, packed, strict=False)) if a != b), len(again))
        raise TermsRefused(f"byte {at} of the terms is none that a deal file gives")
    return found


def _decode(read: _Reader) -> ChainTerms:
    counts = [read.uint(64 + place, 1) for place in range(6)]
    tranches, fees, reserves, tests, normal, enforcement = counts
    periods, row_length = read.uint(62, 2), read.uint(73, 2)
    fees_at, reserves_at, tests_at, normal_at, enforcement_at, rows_at, texts_at = (
        read.uint(at, 2) for at in range(75, HEADER_LENGTH, 2)
    )
    rows = [rows_at + row_length * period for period in range(periods)]
    closing, accrual = read.day(60), tuple(read.day(row) for row in rows)
    texts = list(_texts(read, texts_at, 1 + 2 * tranches))
    stack = [_tranche(read, index, rows, texts, index == tranches - 1) for index in range(tranches)]
    terms = DealTerms(
        name=texts[0],
        asset="units",
        decimals=read.uint(72, 1),
        closing=closing,
        accrual_dates=accrual,
        payment_dates=tuple(read.day(row + 2) for row in rows),
        tranches=tuple(stack),
        normal=tuple(_rung(read, normal_at + RUNG_LENGTH * place) for place in range(normal)),
        enforcement=tuple(_rung(read, enforcement_at + RUNG_LENGTH * place) for place in range(enforcement)),
        enforce_on=tuple(test for test in range(tests) if read.uint(70, 1) >> test & 1),
        fees=tuple(_fee(read, index, fees_at + FEE_LENGTH * index) for index in range(fees)),
        reserves=tuple(_reserve(read, index, reserves_at + RESERVE_LENGTH * index, rows) for index in range(reserves)),
        tests=tuple(_test(read, index, tests_at + TEST_LENGTH * index) for index in range(tests)),
        write_down=bool(read.uint(71, 1) & 1),
        narrow=bool(read.uint(71, 1) & 8),
    )
    payees = {fee.payee: fee.payee for fee in terms.fees}
    return ChainTerms(_with_day_counts(read, terms, rows), read.address(0), payees, read.address(40), read.address(20))


def _texts(read: _Reader, at: int, count: int) -> Iterator[str]:
    at += 1
    for _ in range(count):
        length = read.uint(at, 1)
        read.uint(at, 1 + length)
        yield read.packed[at + 1 : at + 1 + length].decode()
        at += 1 + length


def _tranche(read: _Reader, index: int, rows: list[int], texts: list[str], residual: bool) -> Tranche:
    at = HEADER_LENGTH + TRANCHE_LENGTH * index
    kind = PrincipalKind(read.uint(at + 24, 1))
    schedule_at, width, steps_at = read.uint(at + 34, 2), read.uint(at + 36, 1), read.uint(at + 37, 2)
    steps = [steps_at + STEP_LENGTH * step for step in range(read.uint(at + 39, 1))]
    return Tranche(
        id=texts[1 + 2 * index],
        symbol=texts[2 + 2 * index],
        face=read.uint(at + 8, 13),
        supply=read.uint(at, 8),
        coupons=tuple((read.uint(step, 2), read.uint(step + 2, 8)) for step in steps),
        day_count=DayCount.ACT_365F if read.uint(at + 22, 2) == 365 else DayCount.THIRTY_360,
        principal=kind,
        schedule=tuple(read.uint(r + schedule_at, width) for r in rows) if kind is PrincipalKind.SCHEDULE else (),
        arrears=ArrearsRule(read.uint(at + 25, 1)),
        spread=read.uint(at + 26, 8),
        residual=residual,
    )


def _with_day_counts(read: _Reader, terms: DealTerms, rows: list[int]) -> DealTerms:
    """
    Each lender's day count, from the days of every period: the first that gives them. Lenders with one place in the
    row have one day count, and different places different ones.
    """
    starts = (terms.closing, *terms.accrual_dates)
    places: dict[int, list[int]] = {}
    for index in range(terms.equity):
        places.setdefault(read.uint(HEADER_LENGTH + TRANCHE_LENGTH * index + 21, 1), []).append(index)
    if len(places) > len(DayCount):
        raise TermsRefused(f"the terms have {len(places)} day counts; there are {len(DayCount)}")
    fits: dict[int, set[DayCount]] = {}
    for place, lenders in places.items():
        days = [read.uint(row + place, 2) for row in rows]
        denominators = {read.uint(HEADER_LENGTH + TRANCHE_LENGTH * index + 22, 2) for index in lenders}
        fits[place] = {
            each
            for each in DayCount
            if denominators == {year_denominator(each)}
            and days == [day_fraction(each, *span).numerator for span in pairwise(starts)]
        }
        if not fits[place]:
            raise TermsRefused(f"the days of {terms.tranches[lenders[0]].id} follow no day count")
    for chosen in permutations(DayCount, len(places)):
        if all(each in fits[place] for place, each in zip(places, chosen, strict=True)):
            stack = list(terms.tranches)
            for lenders, day_count in zip(places.values(), chosen, strict=True):
                for index in lenders:
                    stack[index] = replace(stack[index], day_count=day_count)
            return replace(terms, tranches=tuple(stack))
    raise TermsRefused("two places of the terms hold the days of one day count")


def _fee(read: _Reader, index: int, at: int) -> Fee:
    base, size, cap, flags = (
        FeeBase(read.uint(at, 1)),
        read.uint(at + 1, 13),
        read.uint(at + 15, 13),
        read.uint(at + 28, 1),
    )
    return Fee(
        id=f"fee{index + 1}",
        payee=read.address(at + 33),
        base=base,
        amount=size if base is FeeBase.FIXED else 0,
        rate=0 if base is FeeBase.FIXED else size,
        tranche=read.uint(at + 14, 1),
        cap=None if cap == NO_CAP else cap,
        carry=bool(flags & 1),
        opex=bool(flags & 2),
        first_period=read.uint(at + 29, 2),
        last_period=read.uint(at + 31, 2),
    )


def _reserve(read: _Reader, index: int, at: int, rows: list[int]) -> Reserve:
    ahead_at = read.uint(at + 26, 2)
    kinds = (RungKind.INTEREST, RungKind.PRINCIPAL, RungKind.ALL, RungKind.SWEEP, RungKind.FEE)
    bitmaps = [*(read.uint(at + 28 + place, 1) for place in range(4)), read.uint(at + 32, 2)]
    return Reserve(
        id=f"reserve{index + 1}",
        opening=read.uint(at, 13),
        ahead=() if ahead_at == NO_OFFSET else tuple(read.uint(row + ahead_at, 1) for row in rows),
        target=read.uint(at + 13, 13),
        supports=tuple((k, t) for k, bits in zip(kinds, bitmaps, strict=True) for t in range(16) if bits >> t & 1),
    )


def _test(read: _Reader, index: int, at: int) -> Test:
    return Test(f"test{index + 1}", read.uint(at, 1), read.uint(at + 1, 16), read.uint(at + 17, 1))


def _rung(read: _Reader, at: int) -> Rung:
    targets = tuple(target for target in (read.uint(at + 1, 1), read.uint(at + 2, 1)) if target != NONE)
    test = read.uint(at + 11, 1)
    return Rung(RungKind(read.uint(at, 1)), targets, read.uint(at + 3, 8), None if test == NONE else test)
