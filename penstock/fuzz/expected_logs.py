"""The logs a step should write: by name, as the chain encodes them, and the first difference in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from eth_utils.crypto import keccak

from penstock.evm.abi import Abi, Log
from penstock.evm.codec import Address, canonical
from penstock.evm.errors import BadArgument
from penstock.fuzz.invariants import Settled
from penstock.model.terms import DealTerms
from penstock.onchain.events import WIDTH_AT, pack_counters, unpack_settled, width_of

WORD = 32

ASSET, REGISTRY, REPORTER = "the asset", "the registry", "the reporter's contract"
NOBODY = "nobody"

Written = tuple[Address, tuple[bytes, ...], bytes]
"""A log as a chain keeps it: whose, topics, data."""


Value = int | str | bytes | tuple[int, ...]


class Kind(NamedTuple):
    """An event: its first topic, and how many of its values, the first ones, are topics too."""

    topic: bytes
    indexed: int


class ExpectedLog(NamedTuple):
    """One log. by : the contract's name. values : actors by name, numbers, packed figures, fields of a report."""

    by: str
    kind: Kind
    values: tuple[Value, ...]


def _kind(signature: str, indexed: int) -> Kind:
    return Kind(bytes(keccak(text=signature)), indexed)


TRANSFER = _kind("Transfer(address,address,uint256)", 2)
APPROVAL = _kind("Approval(address,address,uint256)", 2)
SETTLED = _kind("Settled(uint256,bytes)", 1)
REPORT_READ = _kind("Reported(uint256,bytes)", 1)
REPORT_MADE = _kind("Reported(address,uint256,uint256,uint96[])", 2)
CUT_OFF = _kind("CutOff(uint256,uint256)", 1)
CALL_ANNOUNCED = _kind("CallAnnounced(uint256)", 1)
CALLED = _kind("Called(uint256,uint256)", 1)
CLAIMED = _kind("Claimed(uint256,address,uint256)", 2)
CLAIMED_TO = _kind("ClaimedTo(uint256,address,address,uint256)", 3)
CLAIM_SIGNED = _kind("ClaimSigned(address,uint256)", 1)
MOVED_CUM = _kind("MovedCum(uint256,address,address,uint256,uint256)", 3)
CLAIM_FOR_SET = _kind("ClaimForSet(address,bool)", 1)
FEE_CLAIMED = _kind("FeeClaimed(uint256,address,uint256)", 2)
HOLDER_SET = _kind("HolderSet(address,uint64)", 1)


def share(tranche: int) -> str:
    """The name of a tranche's share."""
    return f"share {tranche}"


def figures_of(settled: Settled, most: int) -> bytes:
    """What `Settled` packs (docs/SPEC.md, "Log"). most : how much cash the settlement counts, in base units."""
    settlement, after = settled.settlement, settled.after
    width = width_of(most)
    head = pack_counters(after.passes_needed).to_bytes(WIDTH_AT, "big") + bytes([width])
    amounts = (settlement.collections, *(rung.paid for rung in settlement.rungs), *after.reserves)
    return head + b"".join([amount.to_bytes(width, "big") for amount in amounts])


def written(expected: Sequence[ExpectedLog], addresses: Mapping[str, Address]) -> list[Written]:
    """The logs as the chain should encode them."""
    logs = []
    for each in expected:
        words = [_word(value, addresses) for value in each.values]
        topics = (each.kind.topic, *words[: each.kind.indexed])
        logs.append((addresses[each.by], topics, b"".join(words[each.kind.indexed :])))
    return logs


def _word(value: Value, addresses: Mapping[str, Address]) -> bytes:
    if isinstance(value, int):
        return value.to_bytes(WORD, "big")
    if isinstance(value, str):
        return canonical(addresses[value]).rjust(WORD, b"\0")
    if isinstance(value, tuple):  # the last of two data of their event
        return b"".join(each.to_bytes(WORD, "big") for each in (2 * WORD, len(value), *value))
    # Bytes are the only data of their event: where they begin, how many, then they, filled up to whole words
    return WORD.to_bytes(WORD, "big") + len(value).to_bytes(WORD, "big") + value + bytes(-len(value) % WORD)


def difference(
    terms: DealTerms, chain: Sequence[Written], model: Sequence[Written], names: Mapping[Address, str], abis: list[Abi]
) -> str:
    """The first log that differs, in words."""
    place = next((at for at, pair in enumerate(zip(chain, model, strict=False)) if pair[0] != pair[1]), None)
    if place is None:
        place = min(len(chain), len(model))
    did, should = (
        _described(terms, logs[place], names, abis) if place < len(logs) else "nothing" for logs in (chain, model)
    )
    return f"log {place + 1} of the step: chain {did}, model {should}"


def _described(terms: DealTerms, log: Written, names: Mapping[Address, str], abis: list[Abi]) -> str:
    address, topics, data = log
    by = names.get(address, address)
    try:
        event = next((event for abi in abis if (event := abi.event(Log(address, topics, data, 0)))), None)
        if event is None:
            raise BadArgument("no event of ours")
        values = ", ".join(f"{key} {names.get(str(value), value)}" for key, value in event.values.items())
        if event.name == "Settled":
            values = (
                f"{unpack_settled(event['period'], event['figures'], terms)} in {event['figures'][WIDTH_AT]} bytes each"
            )
    except BadArgument as unreadable:
        return f"{by}: {[topic.hex() for topic in topics]} {data.hex()} ({unreadable})"
    return f"{by}: {event.name} ({values})"
