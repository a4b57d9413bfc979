"""A settlement's figures as the deal logs them: packed, see IDeal.Settled and docs/SPEC.md, "On the chain"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.chain.abi import Event
from penstock.model.terms import DealTerms, Rung

COUNTER_BITS = 5
HEAD = 8


@dataclass(frozen=True)
class Settled:
    """
    One settlement, amounts in base units.

    period : from 1; one past the last for late revenue. passes_needed : the tests' counters after it.
    ladder : the rungs in force. paid : what each received, reserve draws included. reserves : what each holds after.
    """

    period: int
    passes_needed: tuple[int, ...]
    collections: int
    ladder: Sequence[Rung]
    paid: tuple[int, ...]
    reserves: tuple[int, ...]


def settled(terms: DealTerms, event: Event) -> Settled:
    """Reads a `Settled` event of a deal with these terms."""
    packed: bytes = event["figures"]
    counters = int.from_bytes(packed[2:7], "big")
    passes = tuple(counters >> (COUNTER_BITS * test) & 31 for test in range(len(terms.tests)))
    width = packed[7]
    amounts = tuple(int.from_bytes(packed[at : at + width], "big") for at in range(HEAD, len(packed), width))
    ladder = terms.enforcement if any(passes[test] for test in terms.enforce_on) else terms.normal
    end = 1 + len(ladder)
    return Settled(int.from_bytes(packed[:2], "big"), passes, amounts[0], ladder, amounts[1:end], amounts[end:])
