"""An offering on a chain: what its constructor takes, and what its contract says, read as the model has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eth_utils.crypto import keccak

from penstock.evm.abi import Abi, Log
from penstock.evm.codec import Address, codec
from penstock.model.offering_terms import Lot, OfferingTerms
from penstock.model.shares import Allotment
from penstock.onchain.terms_encode import NO_ADDRESS

Given = tuple[int, Address, int]
"""One allotment as a contract takes it: tranche, holder, shares."""


def offering_arguments(
    terms: OfferingTerms,
    places: Mapping[str, Address],
    factory: Address,
    salt: int,
    packed: bytes,
    others: Sequence[Allotment],
) -> tuple[tuple[Any, ...], bytes, list[Given]]:
    """
    The arguments of an Offering's constructor.

    Parameters
    ----------
    places : the address of everybody the terms name. packed : the deal's terms. others : who gets what is not sold.
    """

    def place(label: str | None) -> Address:
        return NO_ADDRESS if label is None else places[label]

    lots = [(lot.price, lot.units, lot.least, lot.most, lot.tranche) for lot in terms.lots]
    offer = (
        factory,
        salt.to_bytes(32, "big"),
        place(terms.project),
        place(terms.underwriter),
        place(terms.canceller),
        terms.deadline_at,
        terms.grace_ends_at,
        terms.soft_cap,
        terms.shares_per_unit,
        lots,
        [(place(payee), amount) for payee, amount in terms.fees],
    )
    return offer, packed, given(others)


def given(allotments: Sequence[Allotment]) -> list[Given]:
    return [(each.tranche, each.holder, each.shares) for each in allotments]


def terms_hash(packed: bytes, others: Sequence[Given]) -> bytes:
    """What the offering keeps of the deal's terms and the other allotments."""
    return bytes(keccak(codec(("bytes", "(uint8,address,uint64)[]")).encode((packed, list(others)))))


def lot_of(answer: Any, tranche: int) -> tuple[Lot, int] | None:
    """A tranche's lot and its subscribed units, as `lotOf` answers; None if it is not sold."""
    (price, units, least, most, _), sold = answer
    return (Lot(tranche, price, units, least, most), sold) if units else None


def opened_in(logs: Sequence[Log], abi: Abi) -> tuple[bytes, tuple[Given, ...]]:
    """The deal's terms, packed, and who gets what is not sold, as an offering logged them when it was deployed."""
    event = next(event for log in logs if (event := abi.event(log)) and event.name == "Opened")
    return bytes(event["terms"]), tuple((each[0], each[1], each[2]) for each in event["others"])
