"""A deal file's terms against those a deal holds."""

from __future__ import annotations

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
    The first place in which a deal file's terms differ from a deal's, addresses apart, in words; "" where none does.

    Parameters
    ----------
    packed, found : the terms as the deal holds them.
    """
    expected = encode_terms(terms, found.asset, payees_of(terms, found), found.policy, found.reports)
    if expected == packed:
        return ""
    differ = (at for at, (a, b) in enumerate(zip(packed, expected, strict=False)) if a != b)
    at = next(differ, min(len(packed), len(expected)))
    return f"from byte {at} on: {_place(decode_terms(packed).terms, decode_terms(expected).terms, terms)}"


def _place(chain: Any, file: Any, named: DealTerms | None, path: str = "") -> str:
    """The first field in which two terms differ, in words. named : the deal file's own, which have its names."""
    if type(chain) is type(file) and hasattr(chain, "__dataclass_fields__"):
        for name in chain.__dataclass_fields__:
            left, right = getattr(chain, name), getattr(file, name)
            if left == right:
                continue
            if named and isinstance(left, tuple) and len(left) == len(right) == len(getattr(named, name)):
                place = next(at for at, (one, other) in enumerate(zip(left, right, strict=True)) if one != other)
                return _place(left[place], right[place], None, _called(named, name, place))
            return _place(left, right, None, f"{path}{', ' if ' ' in path else '.'}{name}".lstrip("."))
        return "an address"
    if isinstance(chain, tuple) and isinstance(file, tuple) and len(chain) == len(file):
        for place, (left, right) in enumerate(zip(chain, file, strict=True), start=1):
            if left != right:
                return _place(left, right, None, f"{path}[{place}]")
    return " ".join(f"{path} is {_short(chain)} on the chain and {_short(file)} in the file".split())


def _called(terms: DealTerms, name: str, place: int) -> str:
    """What a deal file calls one of several: `tranche senior`; the place, from 1, of what has no name there."""
    each = getattr(terms, name)[place]
    if isinstance(each, Rung):
        return f"{name} ladder, rung {place + 1} {terms.rung_name(each)}"
    return f"{name.removesuffix('s')} {each.id}" if hasattr(each, "id") else f"{name}[{place + 1}]"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) < 60 else f"{text[:57]}…"
