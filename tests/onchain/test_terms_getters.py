"""
TermsLib beside the table of the layout: on drawn terms, every getter returns what is read by the table.

A harness contract holds the terms as a deal does. Its structs have a field for each getter, by the getter's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.evm.artifacts import Artifact, compile_contracts
from penstock.evm.chain import Chain, Contract
from penstock.model.calendar import timestamp
from penstock.model.dues import days_of
from penstock.model.grace import grace_ends_at
from penstock.model.terms import DealTerms, RungKind
from penstock.model.units import WAD
from penstock.onchain import terms_layout as layout
from penstock.onchain.addresses import clone_code
from penstock.onchain.terms_decode import decode_terms
from penstock.onchain.terms_encode import encode_terms
from penstock.onchain.terms_layout import FIXED_TARGET, NONE, FeeFlag, Flag
from tests.conftest import START, fast_chain
from tests.contracts.deals import WHOLE
from tests.onchain.deals import SIXTEEN_TRANCHES
from tests.strategies import deals

HERE = Path(__file__).parent
TERMS_LIB = HERE.parents[1] / "contracts" / "libraries" / "TermsLib.sol"
ASSET, REPORTS, POLICY = ("0x" + digit * 40 for digit in "123")
PAYEES = {"operator": "0x" + "4" * 40, "trustee": "0x" + "5" * 40, "agent": "0x" + "6" * 40}


@pytest.fixture(scope="module")
def harness_with() -> Iterator[Callable[[bytes], Contract]]:
    """Launches the harness with terms: a clone, as a deal is."""
    with fast_chain(START) as chain:
        artifact = compile_contracts(HERE)["TermsHarness"]
        yield partial(_clone, chain, artifact, clone_code(chain.deploy(artifact).address))


def _clone(chain: Chain, artifact: Artifact, code: bytes, packed: bytes) -> Contract:
    creation = b"\x61" + (len(code) + len(packed)).to_bytes(2, "big") + bytes.fromhex("3d81600a3d39f3") + code + packed
    return chain.deploy(replace(artifact, bytecode=creation))


def assert_same(found: Any, **expected: Any) -> None:
    """Every getter of a struct, by name."""
    for name, value in found._asdict().items():
        assert value == expected[name], name
    assert set(found._fields) == set(expected)


def assert_read_alike(harness: Contract, packed: bytes, period: int) -> None:
    header = layout.Header.read(packed, 0)
    terms = decode_terms(packed).terms
    assert_header(harness, header, terms)
    assert harness.call("name") == terms.name
    if header.call_at:
        call = layout.Call.read(packed, header.call_at)
        assert tuple(harness.call("call_")) == (call.payee, call.below)
    assert harness.call("graceEndsAt", period) == grace_ends_at(terms, period)
    assert harness.call("paymentAt", period) == timestamp(terms.payment_dates[period - 1])
    assert harness.call("accrualAt", period) == timestamp(terms.accrual_dates[period - 1])
    row_at = header.rows_at + header.row_length * (period - 1)
    for index, tranche in enumerate(layout.Tranche.read_all(packed, layout.Header.length(), header.tranches)):
        assert_tranche(harness, tranche, terms, index, period)
    rate = 7 * WAD + period
    read = harness.call("floating", rate)
    assert len(read) == header.floating
    for found, coupon in zip(read, layout.FloatingCoupon.read_all(packed, header.floating_at, len(read)), strict=True):
        assert_same(
            found,
            floatingTranche=coupon.tranche,
            floatingIndex=coupon.index,
            floatingRates=(coupon.margin, coupon.floor, coupon.cap, coupon.initial),
            inArrears=coupon.reset is layout.Reset.ARREARS,
            stale=coupon.stale,
            couponSet=rate,
            stepStays=1,
        )
    if header.promote_at:
        promote = layout.Promote.read(packed, header.promote_at)
        tiers = layout.Tier.read_all(packed, header.promote_at + layout.Promote.length(), promote.tiers)
        days = layout.RowDays.read(packed, row_at + promote.days_at)
        assert_same(
            harness.call("promote", period),
            promote=(promote.capital, promote.co_invest, promote.tiers),
            promoteHurdles=promote.hurdles,
            promoteDays=(days.numerator, days.denominator),
            tier=tuple((each.kind, each.rate, each.part) for each in tiers),
        )
    for index, fee in enumerate(layout.Fee.read_all(packed, header.fees_at, header.fees)):
        assert_same(
            harness.call("fee", index, period),
            feeBase=fee.base,
            feeAmountOrRate=fee.amount_or_rate,
            feeTranche=fee.tranche,
            feeListed=_listed(packed, row_at, fee),
            feeCap=fee.cap,
            feeIsCapped=terms.fees[index].cap is not None,
            feePeriods=(fee.first_period, fee.last_period),
            feeCarries=FeeFlag.CARRIES in fee.flags,
            feeIsOpex=FeeFlag.OPEX in fee.flags,
            feeFallsDue=fee.first_period <= period <= fee.last_period,
            feePayee=fee.payee,
        )
    for index, reserve in enumerate(layout.Reserve.read_all(packed, header.reserves_at, header.reserves)):
        moves = reserve.ahead_at != FIXED_TARGET
        ahead = layout.RowAhead.read(packed, row_at + reserve.ahead_at) if moves else layout.RowAhead(0)
        has_parts = reserve.parts_at != FIXED_TARGET
        part = layout.RowPart.read(packed, row_at + reserve.parts_at) if has_parts else layout.RowPart(0, 0)
        listed_at = row_at + reserve.targets_at
        assert_same(
            harness.call("reserve", index, period),
            reserveOpening=reserve.opening,
            reserveTarget=reserve.target,
            moves=moves,
            ahead=ahead.periods,
            months=part.months,
            ofMonths=part.of,
            isListed=reserve.targets_width > 0,
            listed=int.from_bytes(packed[listed_at : listed_at + reserve.targets_width], "big"),
            reserveFill=reserve.fill,
            reserveSupports=tuple(getattr(reserve, kind.name.lower(), 0) for kind in RungKind),
            reserveSupported=tuple(getattr(reserve, kind.name.lower()) for kind in list(RungKind)[:5]),
        )
    for index, test in enumerate(layout.Test.read_all(packed, header.tests_at, header.tests)):
        assert_same(
            harness.call("test", index),
            tranche=test.tranche,
            threshold=test.threshold,
            cure=test.cure,
            reportField=test.report_field,
            over=test.over,
            failsAbove=test.direction is layout.Direction.ABOVE,
            metric=test.metric,
            measured=test.tranche,
            packedThreshold=test.threshold,
            packedCure=test.cure,
            testInitial=test.initial,
            testSupported=tuple(getattr(test, kind.name.lower()) for kind in list(RungKind)[:5]),
        )
    for index, each in enumerate(terms.fields):
        assert_same(harness.call("field", index), fieldUnit=each.unit, id=each.id)
    ladders = [(header.normal_at, header.normal_rungs), (header.enforcement_at, header.enforcement_rungs)]
    for enforced, (at, count) in enumerate(ladders):
        found = harness.call("ladder", bool(enforced))
        assert len(found) == count
        for rung, expected in zip(found, layout.Rung.read_all(packed, at, count), strict=True):
            assert_same(
                rung,
                kind=expected.kind,
                target=expected.target,
                others=expected.others,
                isPlain=not expected.others and expected.test == NONE,
                fraction=expected.fraction,
                testOf=expected.test,
            )


def assert_header(harness: Contract, header: layout.Header, terms: DealTerms) -> None:
    assert_same(
        harness.call("header"),
        format=header.format,
        asset=header.asset,
        reports=header.reports,
        policy=header.policy,
        closingAt=timestamp(terms.closing),
        periods=header.periods,
        trancheCount=header.tranches,
        feeCount=header.fees,
        reserveCount=header.reserves,
        testCount=header.tests,
        fieldCount=header.report_fields,
        counts=(header.tranches, header.fees, header.reserves, header.tests),
        enforceOn=header.enforce_on,
        flags=header.flags,
        isNarrow=Flag.NARROW in header.flags,
        decimals=header.decimals,
        graceDays=header.grace,
        principalRungs=header.principal_rungs,
        principalField=header.principal_field,
        rowLength=header.row_length,
        shareDecimals=terms.share_decimals,
        transferPolicy=header.policy,
        transferNarrow=Flag.NARROW in header.flags,
    )


def assert_tranche(harness: Contract, found: layout.Tranche, terms: DealTerms, index: int, period: int) -> None:
    tranche = terms.tranches[index]
    assert_same(
        harness.call("tranche", index, period),
        supply=found.supply,
        headSupply=found.supply,
        face=found.face,
        dayFraction=(0, 0) if tranche.residual else days_of(terms, period, tranche.day_count),
        principalKind=found.principal,
        principalKindOfAccrual=found.principal,
        arrearsRule=found.arrears,
        spread=found.spread,
        coupon=tranche.coupon(period),
        hasOneCoupon=found.steps == 1,
        pik=(found.pik, found.pik_last),
        onlyCoupon=tranche.coupons[0][1] if tranche.coupons else 0,
        couponStep=tranche.coupons,
        scheduled=tranche.schedule[period - 1] if tranche.schedule else 0,
        ocTarget=(tranche.oc_ratio, tranche.oc_amount),
        id=tranche.id,
        symbol=tranche.symbol,
    )


def _listed(packed: bytes, row_at: int, fee: layout.Fee) -> int:
    at = row_at + fee.amounts_at
    return int.from_bytes(packed[at : at + fee.amounts_width], "big")


@settings(max_examples=100)
@given(terms=deals(), data=st.data())
def test_every_getter_returns_what_the_table_says(
    harness_with: Callable[[bytes], Contract], terms: DealTerms, data: st.DataObject
) -> None:
    terms = replace(terms, narrow=data.draw(st.booleans()))
    packed = encode_terms(terms, ASSET, PAYEES, POLICY, REPORTS)
    assert_read_alike(harness_with(packed), packed, data.draw(st.integers(1, terms.periods)))


@pytest.mark.parametrize("terms", [WHOLE, SIXTEEN_TRANCHES], ids=["whole", "sixteen tranches"])
def test_every_getter_on_known_deals(harness_with: Callable[[bytes], Contract], terms: DealTerms) -> None:
    packed = encode_terms(terms, ASSET, PAYEES, POLICY, REPORTS)
    harness = harness_with(packed)
    for period in range(1, terms.periods + 1):
        assert_read_alike(harness, packed, period)


def test_the_harness_asks_every_getter() -> None:
    getters = set(re.findall(r"function (\w+)\([^)]*\)\s+internal", TERMS_LIB.read_text())) - {"wrap", "read"}
    asked = (HERE / "TermsHarness.sol").read_text()
    assert len(getters) > 40
    assert not [name for name in sorted(getters) if f".{name}(" not in asked]
