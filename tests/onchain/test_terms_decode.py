"""
Terms read back from the chain.

given what encode_terms packed
    it should give terms that pack to the same bytes and settle to the same numbers
given other bytes
    it should refuse them in one line
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.model.deal import run
from penstock.onchain.terms_decode import TermsRefused, decode_terms
from penstock.onchain.terms_encode import NO_ADDRESS, encode_terms
from tests.contracts.deals import WHOLE
from tests.strategies import Life, lives

ASSET, REPORTS, POLICY = ("0x" + digit * 40 for digit in "123")
PAYEES = {"operator": "0x" + "4" * 40, "trustee": "0x" + "5" * 40, "agent": "0x" + "6" * 40}
PACKED = encode_terms(WHOLE, ASSET, PAYEES, POLICY, REPORTS)


@given(life=lives())
def test_what_is_read_back_packs_and_settles_to_the_same(life: Life) -> None:
    terms, flows = life
    packed = encode_terms(terms, ASSET, PAYEES, POLICY, REPORTS)
    found = decode_terms(packed)
    assert (found.asset, found.policy, found.reports) == (ASSET, POLICY, REPORTS)
    assert [found.payees[fee.payee] for fee in found.terms.fees] == [PAYEES[fee.payee] for fee in terms.fees]
    assert encode_terms(found.terms, found.asset, found.payees, found.policy, found.reports) == packed
    reports = flows.reports
    lived = [run(each, flows.collections, reports, flows.late) for each in (terms, found.terms)]
    assert lived[0].state == lived[1].state
    assert [each.flows for each in lived[0].settlements] == [each.flows for each in lived[1].settlements]


def test_every_name_the_chain_keeps_is_read_back() -> None:
    found = decode_terms(PACKED).terms
    assert found.name == WHOLE.name
    assert [(t.id, t.symbol) for t in found.tranches] == [(t.id, t.symbol) for t in WHOLE.tranches]
    assert found.closing == WHOLE.closing and found.payment_dates == WHOLE.payment_dates


@given(cut=st.integers(0, len(PACKED) - 1))
def test_terms_cut_short_are_refused(cut: int) -> None:
    with pytest.raises(TermsRefused) as refused:
        decode_terms(PACKED[:cut])
    assert "\n" not in str(refused.value)


@given(at=st.integers(0, len(PACKED) - 1), bit=st.integers(0, 7))
def test_a_changed_bit_is_refused_or_read_as_it_stands(at: int, bit: int) -> None:
    changed = bytearray(PACKED)
    changed[at] ^= 1 << bit
    try:
        found = decode_terms(bytes(changed))
    except TermsRefused as refused:
        assert "\n" not in str(refused)
    else:
        assert encode_terms(found.terms, found.asset, found.payees, found.policy, found.reports) == bytes(changed)


def test_no_terms_at_all() -> None:
    for packed in (b"", bytes(89), bytes(2000), NO_ADDRESS.encode()):
        with pytest.raises(TermsRefused):
            decode_terms(packed)
