"""Launches that the factory is asked for directly, and how it refuses them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from penstock.evm.errors import ChainRevert
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.launch import System
from penstock.onchain.terms_encode import NO_ADDRESS, encode_terms

SALT = (7).to_bytes(32, "big")


def triples(allotments: list[Allotment]) -> list[tuple[int, str, int]]:
    return [(each.tranche, each.holder, each.shares) for each in allotments]


@contextmanager
def refused(system: System, packed: bytes, name: str, values: dict[str, Any] | None = None) -> Iterator[None]:
    """Inside, a launch by the first account with SALT must be refused and leave nothing behind."""
    sponsor = system.chain.accounts[0]
    place = system.factory.call("dealAddress", sponsor, packed, SALT)
    logs = len(system.chain.logs())
    with pytest.raises(ChainRevert) as caught:
        yield
    assert (caught.value.name, caught.value.values) == (name, values or {})
    assert system.chain.code(place) == b""
    assert len(system.chain.logs()) == logs


def send(system: System, packed: bytes, allotments: list[Allotment], sender: str | None = None) -> Any:
    return system.factory.send("launch", packed, triples(allotments), SALT, sender=sender)


def packed_terms(terms: DealTerms, asset: str, policy: str = NO_ADDRESS) -> bytes:
    return encode_terms(terms, asset, {"operator": asset, "agent": asset}, policy)
