"""Where the terms of a deal file differ from those that a deal holds, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from penstock.evm.codec import Address
from penstock.format import exact_money, format_amount, fraction_text
from penstock.model.terms import DealTerms, Metric, Rung, Test
from penstock.onchain.terms_decode import ChainTerms, decode_terms
from penstock.onchain.terms_encode import NO_ADDRESS, encode_terms

_AMOUNTS = {"face", "schedule", "amount", "cap", "opening", "target", "initial", "capital"}
_RATES = {"rate", "spread", "threshold", "fraction", "below", "co_invest", "part"}
_COUPON = ("first period", "rate")


def payees_of(terms: DealTerms, found: ChainTerms) -> dict[str, Address]:
    """The address of each label of a deal file: that of its first fee, so that a label with two packs otherwise."""
    payees = dict.fromkeys(terms.payees, NO_ADDRESS)
    pairs = list(zip(terms.fees, found.terms.fees, strict=False))
    for right, label in terms.rights.items():
        if right in found.terms.rights:
            payees[label] = found.payees[found.terms.rights[right]]
    for ours, theirs in reversed(pairs):
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
        place, path = None, each.name
        if isinstance(left, tuple) and len(left) == len(right):
            place = _first(left, right)
            path = _name_of(names, each.name, place)
            left, right = left[place], right[place]
        return _Pair(chain, file).in_words(left, right, path, each.name)
    return "an address"


def _name_of(terms: DealTerms, field: str, place: int) -> str:
    """What a deal file calls one of several: `tranche senior`; the place, from 1, of what has no name there."""
    each = getattr(terms, field)[place]
    if isinstance(each, Rung):
        return f"{field} ladder, rung {place + 1} {terms.rung_name(each)}"
    return f"{field.removesuffix('s')} {each.id}" if hasattr(each, "id") else f"{field}[{place + 1}]"


@dataclass(frozen=True)
class _Pair:
    """Values of two terms that differ, in words: amounts in currency units, rates as decimals."""

    chain: DealTerms
    file: DealTerms

    def in_words(self, left: Any, right: Any, path: str, field: str) -> str:
        """field : the name of the field that the values are from, or lie in."""
        if is_dataclass(left) is not is_dataclass(right):
            there, ours = ("there" if is_dataclass(each) else "not there" for each in (left, right))
            return f"{path} is {there} on the chain and {ours} in the file"
        if is_dataclass(left):
            field = next(each.name for each in fields(left) if getattr(left, each.name) != getattr(right, each.name))
            if isinstance(left, Test) and field == "threshold" and left.metric is right.metric is Metric.REPORT:
                places = self.chain.fields[left.field].places(self.chain.decimals)
                there, ours = (format_amount(each.threshold, places) for each in (left, right))
                return f"{path}, threshold is {there} on the chain and {ours} in the file"
            return self.in_words(getattr(left, field), getattr(right, field), f"{path}, {field}", field)
        if isinstance(left, tuple) and len(left) == len(right):
            place = _first(left, right)
            inside = _COUPON[place] if path.endswith("]") and field == "coupons" else field
            return self.in_words(left[place], right[place], f"{path}[{place + 1}]", inside)
        there, ours = _shown(left, field, self.chain), _shown(right, field, self.file)
        return f"{path} is {_short(there)} on the chain and {_short(ours)} in the file"


def _shown(value: Any, field: str, terms: DealTerms) -> str:
    if field == "coupons" and value and isinstance(value[0], int):
        first, rate = value
        return f"({first}, {fraction_text(rate)})"
    if isinstance(value, tuple):
        return f"({', '.join(_shown(each, field, terms) for each in value)})"
    if value is None or field not in _AMOUNTS | _RATES | {"supply"}:
        return str(value)
    if field in _RATES:
        return fraction_text(value)
    return exact_money(value, terms.share_decimals if field == "supply" else terms.decimals)


def _first(left: Sequence[Any], right: Sequence[Any]) -> int:
    """The first place in which two sequences differ."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(left), len(right)))


def _short(text: str) -> str:
    return text if len(text) < 60 else f"{text[:57]}…"
