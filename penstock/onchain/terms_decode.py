"""Terms read back from the chain: the inverse of `encode_terms`, checked by packing them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from itertools import islice
from typing import Any

from penstock.dealfile.calendar import counted_as
from penstock.evm.codec import Address
from penstock.format import one_line
from penstock.model.dues import days_of
from penstock.model.terms import (
    CleanUpCall,
    DayCount,
    DealTerms,
    Document,
    Fee,
    FeeBase,
    FloatingCoupon,
    ForcedMoves,
    Metric,
    PrincipalKind,
    Promote,
    Recovery,
    ReportField,
    Reserve,
    Rung,
    RungKind,
    Test,
    Tier,
    Tranche,
)
from penstock.model.units import DayFraction
from penstock.onchain import terms_layout as layout
from penstock.onchain.terms_encode import encode_terms
from penstock.onchain.terms_header import read_all_texts, read_header, read_texts
from penstock.onchain.terms_layout import (
    BEFORE_LENDERS,
    FIXED_TARGET,
    NO_CAP,
    NO_FILL,
    NONE,
    OF_PRINCIPAL,
    PASSING,
    TRANCHE_ROOM,
    Direction,
    FeeFlag,
    Flag,
    TermsRefused,
)


@dataclass(frozen=True)
class ChainTerms:
    """
    A deal's terms as its own code holds them.

    terms : equal to the deal file's in everything that decides a number. The chain does not keep the asset's symbol
        nor the ids of fees, reserves and tests: these are named by their place, and a payee by its address. Of two day
        counts that give the same fractions in every period of the deal, either may stand. Texts are printable: see
        `one_line`.
    payees : the address of each payee.
    """

    terms: DealTerms
    asset: Address
    payees: dict[str, Address]
    policy: Address
    reports: Address


def decode_terms(packed: bytes) -> ChainTerms:
    """
    Reads the immutable arguments of a deal's clone, with texts fit to be printed. Raises as `decode_exactly`.
    """
    found = decode_exactly(packed)
    tranches = tuple(replace(each, id=one_line(each.id), symbol=one_line(each.symbol)) for each in found.terms.tranches)
    fields = tuple(replace(each, id=one_line(each.id)) for each in found.terms.fields)
    documents = tuple(Document(*map(one_line, astuple(each))) for each in found.terms.documents)
    texts: dict[str, Any] = {
        "name": one_line(found.terms.name),
        "tranches": tranches,
        "fields": fields,
        "documents": documents,
    }
    return replace(found, terms=replace(found.terms, **texts))


def decode_exactly(packed: bytes) -> ChainTerms:
    """
    The same with texts as they are packed: the deal's launcher chose every character of them.

    Raises
    ------
    TermsRefused : when they are not what `encode_terms` writes for any terms.
    """
    try:
        found = _decode(packed)
        again = encode_terms(found.terms, found.asset, found.payees, found.policy, found.reports)
    except (ValueError, IndexError, KeyError, OverflowError, AssertionError, ZeroDivisionError) as error:
        raise TermsRefused(f"not terms of a deal: {' '.join(str(error).split()) or type(error).__name__}") from None
    if again != packed:
        at = next((at for at, (a, b) in enumerate(zip(again, packed, strict=False)) if a != b), len(again))
        raise TermsRefused(f"byte {at} of the terms is none that a deal file gives")
    return found


def _decode(packed: bytes) -> ChainTerms:
    header = read_header(packed)
    rows_at = [header.rows_at + header.row_length * period for period in range(header.periods)]
    rows = [layout.Row.read(packed, at) for at in rows_at]
    tranches = layout.Tranche.read_all(packed, layout.Header.length(), header.tranches)
    fees = layout.Fee.read_all(packed, header.fees_at, header.fees)
    reserves = layout.Reserve.read_all(packed, header.reserves_at, header.reserves)
    tests = layout.Test.read_all(packed, header.tests_at, header.tests)
    fields_at = header.tests_at + header.tests * layout.Test.length()
    fields = layout.ReportField.read_all(packed, fields_at, header.report_fields)
    first_field = 1 + 2 * header.tranches
    named = first_field + len(fields)
    texts = [text.decode() for text in islice(read_texts(packed, header.texts_at), named)]
    documented = Flag.DOCUMENTED in header.flags
    documents = [text.decode() for text in read_all_texts(packed, header.texts_at)[named:]] if documented else []
    normal = _ladder(packed, header.normal_at, header.normal_rungs)
    interest_rungs = header.normal_rungs - header.principal_rungs
    ids, symbols = texts[1:first_field:2], texts[2:first_field:2]
    promote = layout.Promote.read(packed, header.promote_at) if header.promote_at else None
    equity = 1 if promote is None else 2
    terms = DealTerms(
        name=texts[0],
        asset="units",
        decimals=header.decimals,
        closing=header.closing,
        accrual_dates=tuple(row.accrual for row in rows),
        payment_dates=tuple(row.payment for row in rows),
        tranches=tuple(
            _tranche(packed, each, rows_at, name, symbol, residual=index >= header.tranches - equity)
            for index, (each, name, symbol) in enumerate(zip(tranches, ids, symbols, strict=True))
        ),
        normal=normal[:interest_rungs],
        principal=normal[interest_rungs:],
        principal_field=header.principal_field,
        enforcement=_ladder(packed, header.enforcement_at, header.enforcement_rungs),
        enforce_on=tuple(test for test in range(header.tests) if header.enforce_on >> test & 1),
        fees=tuple(_fee(packed, each, rows_at, f"fee{index + 1}") for index, each in enumerate(fees)),
        reserves=tuple(_reserve(packed, each, rows_at, f"reserve{index + 1}") for index, each in enumerate(reserves)),
        tests=tuple(_test(each, f"test{index + 1}") for index, each in enumerate(tests)),
        fields=tuple(ReportField(name, each.unit) for name, each in zip(texts[first_field:], fields, strict=True)),
        write_down=Flag.WRITES_DOWN in header.flags,
        narrow=Flag.NARROW in header.flags,
        delays=Flag.DELAYS in header.flags,
        grace=header.grace,
        call=_call(layout.Call.read(packed, header.call_at)) if header.call_at else None,
        promote=_promote(packed, header.promote_at, promote) if promote else None,
        documents=_documents(documents),
        **_moves(packed, header),
    )
    payees = {payee: payee for payee in terms.payees}
    floating = layout.FloatingCoupon.read_all(packed, header.floating_at, header.floating)
    terms = replace(terms, tranches=_with_floating(terms.tranches, floating))
    days_at = [each.days_at for each in tranches[: terms.equity]] + ([promote.days_at] if promote else [])
    terms = _with_day_counts(packed, terms, days_at, rows_at)
    return ChainTerms(terms, header.asset, payees, header.policy, header.reports)


def _numbers(packed: bytes, rows_at: Sequence[int], offset: int, width: int) -> tuple[int, ...]:
    """The number at one place of every row."""
    if rows_at and rows_at[-1] + offset + width > len(packed):
        raise TermsRefused(f"the terms end at byte {len(packed)}, a row of them at {rows_at[-1] + offset + width}")
    return tuple(int.from_bytes(packed[at + offset : at + offset + width], "big") for at in rows_at)


def _tranche(
    packed: bytes, found: layout.Tranche, rows_at: Sequence[int], name: str, symbol: str, residual: bool
) -> Tranche:
    """Its day count is found out later, see `_with_day_counts`."""
    steps = layout.CouponStep.read_all(packed, found.steps_at, found.steps)
    scheduled = found.principal is PrincipalKind.SCHEDULE
    to_target = found.principal is PrincipalKind.TARGET_OC
    target = layout.OcTarget.read(packed, found.schedule_at) if to_target else layout.OcTarget(0, 0)
    return Tranche(
        id=name,
        symbol=symbol,
        face=found.face,
        supply=found.supply,
        coupons=tuple((step.first_period, step.coupon) for step in steps),
        principal=found.principal,
        schedule=_numbers(packed, rows_at, found.schedule_at, found.schedule_width) if scheduled else (),
        arrears=found.arrears,
        spread=found.spread,
        residual=residual,
        pik=found.pik,
        pik_last=found.pik_last,
        oc_ratio=target.ratio,
        oc_amount=target.amount,
    )


def _promote(packed: bytes, at: int, found: layout.Promote) -> Promote:
    """Its day count is found out later, see `_with_day_counts`."""
    tiers = layout.Tier.read_all(packed, at + layout.Promote.length(), found.tiers)
    parts = tuple(Tier(each.kind, each.rate, each.part) for each in tiers)
    return Promote(found.capital, found.co_invest, DayCount.THIRTY_360, parts)


def _with_floating(tranches: Sequence[Tranche], floating: Sequence[layout.FloatingCoupon]) -> tuple[Tranche, ...]:
    found = list(tranches)
    for each in floating:
        coupon = FloatingCoupon(
            field=each.index,
            margin=each.margin,
            floor=each.floor,
            cap=each.cap,
            initial=each.initial,
            in_arrears=each.reset is layout.Reset.ARREARS,
            stale=each.stale,
        )
        found[each.tranche] = replace(found[each.tranche], floating=coupon)
    return tuple(found)


def _with_day_counts(packed: bytes, terms: DealTerms, days_at: Sequence[int], rows_at: Sequence[int]) -> DealTerms:
    """
    The day count of each lender and of the promote, from the fractions of every period: the first that gives them.
    Those with one place in the row have one day count, and different places different ones.

    days_at : where in a row they are, of each lender, then of the promote, if there is one.
    """
    places: dict[int, list[int]] = {}
    for index, at in enumerate(days_at):
        places.setdefault(at, []).append(index)
    if len(places) > len(DayCount):
        raise TermsRefused(f"the terms have {len(places)} day counts; there are {len(DayCount)}")
    fits: list[list[DayCount]] = []
    for place, (first, *_) in places.items():
        fractions = _fractions(packed, rows_at, place)
        fits.append([each for each in DayCount if _gives(terms, each, fractions)])
        if not fits[-1]:
            whose = terms.tranches[first].id if first < terms.equity else "the promote"
            raise TermsRefused(f"the days of {whose} follow no day count")
    chosen = _one_each(fits)
    if chosen is None:
        raise TermsRefused("two places of the terms hold the days of one day count")
    stack = list(terms.tranches)
    for (place, users), day_count in zip(places.items(), chosen, strict=True):
        for index in users:
            if index < terms.equity:
                stack[index] = replace(stack[index], day_count=day_count)
            elif terms.promote:
                terms = replace(terms, promote=replace(terms.promote, day_count=day_count))
        if day_count is DayCount.ACT_ACT_ICMA:
            terms = replace(terms, icma=_fractions(packed, rows_at, place))
    return replace(terms, tranches=tuple(stack))


def _fractions(packed: bytes, rows_at: Sequence[int], place: int) -> tuple[DayFraction, ...]:
    """The day fraction at one place of every row."""
    found = (layout.RowDays.read(packed, at + place) for at in rows_at)
    return tuple(DayFraction(each.numerator, each.denominator) for each in found)


def _gives(terms: DealTerms, day_count: DayCount, fractions: tuple[DayFraction, ...]) -> bool:
    """Whether a day count gives these parts of a year to the periods of a deal."""
    if day_count is DayCount.ACT_ACT_ICMA:
        return counted_as(terms.closing, terms.accrual_dates, fractions) is not None
    return all(days_of(terms, period, day_count) == each for period, each in enumerate(fractions, start=1))


def _one_each(fits: Sequence[Sequence[DayCount]], taken: tuple[DayCount, ...] = ()) -> tuple[DayCount, ...] | None:
    """One of each list, none twice: the first there is."""
    if len(taken) == len(fits):
        return taken
    found = (_one_each(fits, (*taken, each)) for each in fits[len(taken)] if each not in taken)
    return next((each for each in found if each is not None), None)


def _fee(packed: bytes, found: layout.Fee, rows_at: Sequence[int], name: str) -> Fee:
    fixed, of_report, listed = (found.base is each for each in (FeeBase.FIXED, FeeBase.REPORT, FeeBase.LISTED))
    return Fee(
        id=name,
        payee=found.payee,
        base=found.base,
        amount=found.amount_or_rate if fixed else 0,
        rate=0 if fixed else found.amount_or_rate,
        tranche=0 if of_report else found.tranche,
        cap=None if found.cap == NO_CAP else found.cap,
        carry=FeeFlag.CARRIES in found.flags,
        opex=FeeFlag.OPEX in found.flags,
        first_period=found.first_period,
        last_period=found.last_period,
        amounts=_numbers(packed, rows_at, found.amounts_at, found.amounts_width) if listed else (),
        field=found.tranche if of_report else 0,
    )


def _reserve(packed: bytes, found: layout.Reserve, rows_at: Sequence[int], name: str) -> Reserve:
    moves, has_parts = found.ahead_at != FIXED_TARGET, found.parts_at != FIXED_TARGET
    parts = [layout.RowPart.read(packed, at + found.parts_at) for at in rows_at] if has_parts else []
    listed = _numbers(packed, rows_at, found.targets_at, found.targets_width) if found.targets_width else ()
    return Reserve(
        id=name,
        opening=found.opening,
        ahead=_numbers(packed, rows_at, found.ahead_at, layout.RowAhead.length()) if moves else (),
        parts=tuple((each.months, each.of) for each in parts),
        target=found.target,
        targets=listed,
        fill=None if found.fill == NO_FILL else found.fill,
        supports=_supports(found),
    )


def _supports(found: layout.Reserve | layout.Test) -> tuple[tuple[RungKind, int], ...]:
    bitmaps = {
        RungKind.INTEREST: found.interest,
        RungKind.PRINCIPAL: found.principal,
        RungKind.ALL: found.all,
        RungKind.SWEEP: found.sweep,
        RungKind.FEE: found.fee,
    }
    return tuple((kind, i) for kind, bits in bitmaps.items() for i in range(TRANCHE_ROOM) if bits >> i & 1)


def _test(found: layout.Test, name: str) -> Test:
    of_reserve = found.metric is Metric.RESERVE_LEVEL
    return Test(
        id=name,
        tranche=0 if of_reserve else found.tranche,
        threshold=found.threshold,
        cure=found.cure,
        metric=found.metric,
        supports=_supports(found),
        above=found.direction is Direction.ABOVE,
        over=found.over,
        field=found.report_field,
        reserve=found.tranche if of_reserve else 0,
        initial=found.initial,
    )


def _documents(texts: Sequence[str]) -> tuple[Document, ...]:
    return tuple(Document(*each) for each in zip(texts[::3], texts[1::3], texts[2::3], strict=True))


def _moves(packed: bytes, header: layout.Header) -> dict[str, Any]:
    """The rights to move shares without their holder."""
    recovers, forces = Flag.RECOVERS in header.flags, Flag.FORCES in header.flags
    if not recovers and not forces:
        return {}
    found = layout.Moves.read(packed, header.texts_at - layout.Moves.length())
    return {
        "recovery": Recovery(found.recovery_by, found.provider, found.recovery_days) if recovers else None,
        "forced": ForcedMoves(found.forced_by, found.forced_days) if forces else None,
    }


def _call(found: layout.Call) -> CleanUpCall:
    return CleanUpCall(found.payee, found.below)


def _ladder(packed: bytes, at: int, count: int) -> tuple[Rung, ...]:
    return tuple(
        Rung(
            kind=each.kind,
            targets=_targets(each),
            fraction=each.fraction,
            test=None if each.test == NONE else each.test % PASSING,
            passing=PASSING <= each.test < NONE,
            of_principal=each.target == OF_PRINCIPAL,
        )
        for each in layout.Rung.read_all(packed, at, count)
    )


def _targets(rung: layout.Rung) -> tuple[int, ...]:
    first = () if rung.target in (NONE, BEFORE_LENDERS, OF_PRINCIPAL) else (rung.target,)
    return (*first, *(index for index in range(TRANCHE_ROOM) if rung.others >> index & 1))
