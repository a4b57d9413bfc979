"""
Terms on a chain, held against the rules of the deal file.

given the packed terms of a deal file
    it should find nothing
given any bytes that decode as terms
    it should say what they break, or nothing where the model can run them to the end
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.format import is_plain
from penstock.model.deal import run
from penstock.model.terms import DealTerms
from penstock.onchain.terms_decode import decode_terms
from penstock.onchain.terms_encode import encode_terms
from penstock.onchain.terms_layout import TermsRefused
from penstock.onchain.terms_rules import broken_rules, require_rules
from tests.contracts.deals import PLAIN, TRAPPING, WHOLE, WIDE
from tests.strategies import deals

ASSET, PAYEE = "0x" + "11" * 20, "0x" + "22" * 20


def packed(terms: DealTerms) -> bytes:
    return encode_terms(terms, ASSET, dict.fromkeys(terms.payees, PAYEE))


@pytest.mark.parametrize("terms", [PLAIN, TRAPPING, WHOLE, WIDE], ids=["plain", "trapping", "whole", "wide"])
def test_terms_of_a_deal_file_break_nothing(terms: DealTerms) -> None:
    assert broken_rules(packed(terms)) == []
    require_rules(packed(terms))


@given(data=st.data())
def test_bytes_that_no_deal_file_gave_never_surprise(data: st.DataObject) -> None:
    sound = packed(data.draw(st.one_of(st.sampled_from([PLAIN, TRAPPING, WHOLE, WIDE]), deals())))
    found = bytearray(sound)
    for _ in range(data.draw(st.integers(1, 3))):
        found[data.draw(st.integers(0, len(found) - 1))] = data.draw(st.integers(0, 255))
    try:
        terms = decode_terms(bytes(found)).terms
    except TermsRefused:
        return
    broken = broken_rules(bytes(found))
    assert all(is_plain(each) for each in broken)
    if not broken:
        assert run(terms, [10**9] * terms.periods).conserved


def test_what_is_not_a_rule_and_yet_in_no_deal_file_is_named() -> None:
    terms = replace(WHOLE, fees=(WHOLE.fees[0], replace(WHOLE.fees[1], last_period=9)))
    (words,) = broken_rules(packed(terms))
    assert words.startswith("no deal file gives these terms: they differ from byte")
    assert words.endswith("fee fee2, last_period is 9 on the chain and 4 in the file")
    with pytest.raises(TermsRefused, match="the deal's terms break a rule of the deal file: no deal file gives"):
        require_rules(packed(terms))


def test_texts_are_shown_escaped_and_compared_as_they_are() -> None:
    terms = replace(
        PLAIN, name="A\n\u202eB", tranches=(replace(PLAIN.tranches[0], symbol="\x1b[2J"), PLAIN.tranches[1])
    )
    shown = decode_terms(packed(terms)).terms
    assert (shown.name, shown.tranches[0].symbol) == ("A\\u000a\\u202eB", "\\u001b[2J")
    broken = broken_rules(packed(terms))
    assert [each.partition(" = ")[0] for each in broken] == ["deal.name", "tranche.senior.symbol"]
