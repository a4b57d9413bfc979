"""The first difference between a deal file and a deal's terms, in the file's own units: currency, shares, decimals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from penstock.model.terms import ArrearsRule, CleanUpCall, DealTerms, FeeBase, PrincipalKind, Tier, TierKind
from penstock.model.units import WAD
from penstock.onchain.terms_decode import decode_terms
from penstock.onchain.terms_diff import difference
from penstock.onchain.terms_encode import encode_terms
from tests.contracts.deals import PROMOTED, WHOLE

ASSET, PAYEE = "0x" + "11" * 20, "0x" + "22" * 20
SENIOR, MEZZ, EQUITY = WHOLE.tranches
OM, AGENT = WHOLE.fees
(LOCKUP,) = WHOLE.tests
(DSRA,) = WHOLE.reserves
TIERS = PROMOTED.promote.tiers if PROMOTED.promote else ()
TWO_COUPONS = ((1, 6 * WAD // 100), (3, 7 * WAD // 100))


def first(**changed: Any) -> DealTerms:
    return replace(WHOLE, tranches=(replace(SENIOR, **changed), MEZZ, EQUITY))


CASES: dict[str, tuple[DealTerms, str]] = {
    "face": (first(face=100_000_500_000), "tranche senior, face is 100,000 on the chain and 100,000.50 in the file"),
    "supply": (first(supply=200_000 * 10**6), "tranche senior, supply is 100,000 on the chain and 200,000 in the file"),
    "coupon": (first(coupons=((1, WAD // 8),)), "coupons[1][2] is 0.06 on the chain and 0.125 in the file"),
    "coupons": (
        first(coupons=TWO_COUPONS),
        "coupons is ((1, 0.06)) on the chain and ((1, 0.06), (3, 0.07)) in the file",
    ),
    "spread": (
        first(arrears=ArrearsRule.SPREAD, spread=WAD // 50),
        "tranche senior, arrears is",
    ),
    "schedule": (
        first(schedule=(24_999_999_999, *SENIOR.schedule[1:])),
        "tranche senior, schedule[1] is 25,000 on the chain and 24,999.999999 in the file",
    ),
    "no schedule": (first(principal=PrincipalKind.CASH, schedule=()), "tranche senior, principal is"),
    "cap": (
        replace(WHOLE, fees=(replace(OM, cap=400 * 10**6), AGENT)),
        "fee om, cap is None on the chain and 400 in the file",
    ),
    "rate": (
        replace(WHOLE, fees=(OM, replace(AGENT, rate=WAD // 40))),
        "fee agent, rate is 0.01 on the chain and 0.025",
    ),
    "base": (replace(WHOLE, fees=(OM, replace(AGENT, base=FeeBase.ASSET_VALUE))), "fee agent, base is"),
    "opening": (
        replace(WHOLE, reserves=(replace(DSRA, opening=1),)),
        "reserve dsra, opening is 4,000 on the chain and 0.000001 in the file",
    ),
    "threshold": (
        replace(WHOLE, tests=(replace(LOCKUP, threshold=5 * WAD // 4),)),
        "test lockup, threshold is 1.2 on the chain and 1.25 in the file",
    ),
    "cure": (replace(WHOLE, tests=(replace(LOCKUP, cure=3),)), "test lockup, cure is 1 on the chain and 3 in the file"),
    "decimals": (replace(WHOLE, decimals=5), "decimals is 6 on the chain and 5 in the file"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_difference_is_in_the_units_of_the_file(case: str) -> None:
    terms, words = CASES[case]
    packed = encode_terms(WHOLE, ASSET, {"operator": PAYEE, "agent": PAYEE}, reports=ASSET)
    assert words in difference(terms, packed, decode_terms(packed))


def promoted(**changed: Any) -> DealTerms:
    assert PROMOTED.promote
    return replace(PROMOTED, promote=replace(PROMOTED.promote, **changed))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (promoted(capital=1), "promote, capital is 100,000 on the chain and 0.000001 in the file"),
        (promoted(co_invest=WAD // 8), "promote, co_invest is 0 on the chain and 0.125 in the file"),
        (
            promoted(tiers=(Tier(TierKind.HURDLE, WAD // 10, WAD), *TIERS[1:])),
            "promote, tiers[1], rate is 0.08 on the chain and 0.1 in the file",
        ),
        (
            promoted(tiers=(*TIERS[:3], Tier(TierKind.REST, 0, WAD // 2))),
            "promote, tiers[4], part is 0.7 on the chain and 0.5 in the file",
        ),
    ],
)
def test_a_difference_of_the_promote(file: DealTerms, words: str) -> None:
    packed = encode_terms(PROMOTED, ASSET, {})
    assert words in difference(file, packed, decode_terms(packed))


CALLED = replace(WHOLE, call=CleanUpCall("sponsor", WAD // 10))
OTHER = "0x" + "33" * 20


@pytest.mark.parametrize(
    ("chain", "file", "words"),
    [
        (
            CALLED,
            replace(CALLED, call=CleanUpCall("sponsor", WAD // 5)),
            "below is 0.1 on the chain and 0.2 in the file",
        ),
        (CALLED, WHOLE, "call is"),
        (WHOLE, CALLED, "call is"),
    ],
    ids=["below", "not in the file", "not on the chain"],
)
def test_a_difference_of_the_clean_up_call(chain: DealTerms, file: DealTerms, words: str) -> None:
    packed = encode_terms(chain, ASSET, {"operator": PAYEE, "agent": PAYEE, "sponsor": OTHER}, reports=ASSET)
    assert words in difference(file, packed, decode_terms(packed))


def test_a_label_of_the_file_with_two_addresses_on_the_chain_is_a_difference() -> None:
    """The file says that the operator may call; on the chain it is another than the payee of the operator's fee."""
    packed = encode_terms(CALLED, ASSET, {"operator": PAYEE, "agent": PAYEE, "sponsor": OTHER}, reports=ASSET)
    found = decode_terms(packed)
    assert difference(CALLED, packed, found) == ""
    file = replace(WHOLE, call=CleanUpCall("operator", WAD // 10))
    assert f"call, payee is {OTHER} on the chain and {PAYEE} in the file" in difference(file, packed, found)
