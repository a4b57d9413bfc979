"""Holds a chain's terms against every rule of the deal file: nothing on the chain refuses terms that break one."""

from __future__ import annotations

from penstock.dealfile.from_terms import refusals
from penstock.onchain.terms_decode import decode_exactly
from penstock.onchain.terms_diff import difference
from penstock.onchain.terms_layout import TermsRefused


def broken_rules(packed: bytes) -> list[str]:
    """
    Every rule of the deal file that a deal's terms break, a line each; empty for terms that a deal file gives.

    Raises
    ------
    TermsRefused : when they are not terms.
    """
    found = decode_exactly(packed)
    words, again = refusals(found.terms)
    if words or again is None or again == found.terms:
        return words
    return [f"no deal file gives these terms: they differ {difference(again, packed, found)}"]


def require_rules(packed: bytes) -> None:
    """
    Raises
    ------
    TermsRefused : when a deal's terms are not those of any deal file, so that the model is not defined for them.
    """
    for words in broken_rules(packed):
        raise TermsRefused(f"the deal's terms break a rule of the deal file: {words}")
