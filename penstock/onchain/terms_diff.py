"""Where the terms of a deal file differ from those that a deal holds, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from penstock.evm.codec import Address
from penstock.model.terms import DealTerms, Rung
from penstock.onchain.terms_decode import ChainTerms, decode_terms
from penstock.onchain.terms_encode import NO_ADDRESS, encode_terms


def payees_of(terms: DealTerms, found: ChainTerms) -> dict[str, Address]:
    """The address of each label of a deal file: that of its first fee, so that a label with two packs otherwise."""
    payees = dict.fromkeys((fee.payee for fee in terms.fees), NO_ADDRESS)
    for ours, theirs in reversed(list(zip(terms.fees, found.terms.fees, strict=False))):
        payees[ours.payee] = found.payees[theirs.payee]
    return payees


def difference(terms: DealTerms, packed: bytes, found: ChainTerms) -> str:
    """
    The first place in which a deal file's terms differ from a deal's, addresses apart; "" where none does.

    Parameters
    ----------
    packed, found : the terms as the deal holds them.
    """
    expected = encode_terms(terms, found.asset, payees_of(terms, found), found.policy, found.reports)
    if expected == packed:
        return ""
    at = _first(packed, expected)
    # The asset's symbol is not in the packed terms.
    file = replace(decode_terms(expected).terms, asset=found.terms.asset)
    return f"from byte {at} on: {_first_field(found.terms, file, terms)}"


def _first_field(chain: DealTerms, file: DealTerms, names: DealTerms) -> str:
    """names : the deal file's own terms, in which fees, reserves and tests have their ids."""
    for each in fields(DealTerms):
        left, right = getattr(chain, each.name), getattr(file, each.name)
        if left == right:
            continue
        if isinstance(left, tuple) and len(left) == len(right):
            place = _first(left, right)
            return _in_words(left[place], right[place], _name_of(names, each.name, place))
        return _in_words(left, right, each.name)
    return "an address"


def _name_of(terms: DealTerms, field: str, place: int) -> str:
    """What a deal file calls one of several: `tranche senior`; the place, from 1, of what has no name there."""
    each = getattr(terms, field)[place]
    if isinstance(each, Rung):
        return f"{field} ladder, rung {place + 1} {terms.rung_name(each)}"
    return f"{field.removesuffix('s')} {each.id}" if hasattr(each, "id") else f"{field}[{place + 1}]"


def _in_words(chain: Any, file: Any, path: str) -> str:
    if is_dataclass(chain):
        name = next(each.name for each in fields(chain) if getattr(chain, each.name) != getattr(file, each.name))
        return _in_words(getattr(chain, name), getattr(file, name), f"{path}, {name}")
    if isinstance(chain, tuple) and len(chain) == len(file):
        place = _first(chain, file)
        return _in_words(chain[place], file[place], f"{path}[{place + 1}]")
    return f"{path} is {_short(chain)} on the chain and {_short(file)} in the file"


def _first(left: Sequence[Any], right: Sequence[Any]) -> int:
    """The first place in which two sequences differ."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(left), len(right)))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) < 60 else f"{text[:57]}…"
