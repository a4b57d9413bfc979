"""Reads a deal's logs: unpacks the figures of {IDeal-Settled}."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.evm.abi import Abi
from penstock.evm.chain import Receipt
from penstock.evm.errors import BadArgument
from penstock.model.terms import DealTerms, Rung

COUNTER_BITS = 5
"""What a test's counter takes, in a log and in storage."""

CLAIMS = ("Claimed", "ClaimedTo")
"""Events of what a holder's shares earned and it was paid, or somebody it named."""

HEAD = 6  # the counters 5, the width of an amount 1
WIDTH_AT = HEAD - 1
NARROW, WIDE = 7, 12


@dataclass(frozen=True)
class Settled:
    """
    One settled period, in base units.

    period : periods + 1 for late revenue. passes_needed : each test's counter after it.
    rungs : the ladder that was in force. paid : what each received, reserve draws included.
    reserves : what each reserve holds after the period.
    """

    period: int
    passes_needed: list[int]
    rungs: tuple[Rung, ...]
    collections: int
    paid: list[int]
    reserves: list[int]


def unpack_settled(period: int, figures: bytes, terms: DealTerms) -> Settled:
    """
    Unpacks the figures of a Settled log; which ladder was in force follows from the counters in it.

    Raises
    ------
    BadArgument : when they do not fit the terms.
    """
    if len(figures) <= HEAD or not figures[WIDTH_AT]:
        raise BadArgument(f"{len(figures)} bytes of figures hold no amounts")
    counters, width = _uint(figures[:WIDTH_AT]), figures[WIDTH_AT]
    amounts = [_uint(figures[at : at + width]) for at in range(HEAD, len(figures), width)]
    needed = unpack_counters(counters, len(terms.tests))
    if counters >> COUNTER_BITS * len(terms.tests):
        raise BadArgument(f"counters of more tests than the terms' {len(terms.tests)}")
    rungs = terms.ladder(any(needed[test] for test in terms.enforce_on))
    if len(figures) != HEAD + width * (1 + len(rungs) + len(terms.reserves)):
        raise BadArgument(f"{len(figures)} bytes of figures do not fit the terms")
    collections, paid, reserves = amounts[0], amounts[1 : 1 + len(rungs)], amounts[1 + len(rungs) :]
    return Settled(period, needed, rungs, collections, paid, reserves)


def collections_of(figures: bytes) -> int:
    """The revenue of the period, the first of a Settled log's amounts; needs no terms."""
    return _uint(figures[HEAD : HEAD + figures[WIDTH_AT]])


def width_of(most: int) -> int:
    """How many bytes each amount takes in the figures of a deal that holds this much, in base units."""
    return NARROW if most < 1 << 8 * NARROW else WIDE


def settled_in(receipt: Receipt, abi: Abi, terms: DealTerms) -> list[Settled]:
    """Every period a transaction settled."""
    logs = [event for event in receipt.events(abi) if event.name == "Settled"]
    return [unpack_settled(log["period"], log["figures"], terms) for log in logs]


def pack_counters(passes_needed: list[int]) -> int:
    """The tests' counters in one number, first test lowest."""
    return sum([needed << COUNTER_BITS * test for test, needed in enumerate(passes_needed)])


def unpack_counters(counters: int, tests: int) -> list[int]:
    """What `pack_counters` packs. tests : how many there are."""
    return [counters >> (COUNTER_BITS * test) & (1 << COUNTER_BITS) - 1 for test in range(tests)]


def _uint(packed: bytes) -> int:
    return int.from_bytes(packed, "big")
