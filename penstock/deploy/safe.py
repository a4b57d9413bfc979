"""Batches for the Safe's Transaction Builder: JSON, with the checksum the Safe app verifies."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from eth_utils.crypto import keccak

from penstock.deploy.plan import Kind, Step
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError

BUILDER = "1.17.1"
# A batch is one transaction; EIP-7825 caps it at 16,777,216 gas, and the Safe's own work comes on top.
MOST_GAS = 14_000_000
# More than these are slow to check for the signers, and to simulate for the Safe app.
MOST_TRANSACTIONS = 80


class NotForASafe(ChainError):
    """Steps no Safe can execute."""


def batches(chain_id: int, safe: Address, steps: Sequence[Step], title: str) -> list[dict[str, Any]]:
    """
    The batches of a Safe, to be executed in their order; one, unless gas or steps are too many for one transaction.

    Raises
    ------
    NotForASafe : when one of the steps is not the Safe's to send.
    """
    for step in steps:
        if step.kind is Kind.KEYLESS:
            raise NotForASafe(
                f"a Safe cannot {step.intent}: its transaction is signed already; "
                "accepted: broadcast it first, from any account, as --export FILE has it"
            )
    groups: list[list[Step]] = []
    for step in steps:
        full = not groups or len(groups[-1]) == MOST_TRANSACTIONS
        if full or sum(each.gas for each in groups[-1]) + step.gas > MOST_GAS:
            groups.append([])
        groups[-1].append(step)
    return [_batch(chain_id, safe, group, title, (place, len(groups))) for place, group in enumerate(groups, 1)]


def checksum(batch: Mapping[str, Any]) -> str:
    """
    What the Safe app recomputes when it imports a batch. Of a batch without its checksum; the name does not count.

    Source: the Transaction Builder's own src/lib/checksum.ts; its test's value is in tests/deploy/test_exports.py.
    """
    named = {**batch, "meta": {**batch["meta"], "name": None}}
    return "0x" + keccak(text=_serialized(named)).hex()


def _batch(chain_id: int, safe: Address, steps: Sequence[Step], title: str, place: tuple[int, int]) -> dict[str, Any]:
    number, count = place
    part = f" (batch {number} of {count})" if count > 1 else ""
    words = "; ".join(f"{at}. {step.intent}" for at, step in enumerate(steps, 1))
    first = f"Execute batch {number - 1} first. " if number > 1 else ""
    meta = {
        "name": title + part,
        "description": f"{first}In this order: {words}",
        "txBuilderVersion": BUILDER,
        "createdFromSafeAddress": safe,
        "createdFromOwnerAddress": "",
    }
    transactions = [
        {
            "to": step.to,
            "value": str(step.value),
            "data": "0x" + step.data.hex(),
            "contractMethod": None,
            "contractInputsValues": None,
        }
        for step in steps
    ]
    made: dict[str, Any] = {
        "version": "1.0",
        "chainId": str(chain_id),
        "createdAt": int(time.time() * 1000),
        "meta": meta,
        "transactions": transactions,
    }
    meta["checksum"] = checksum(made)
    return made


def _serialized(value: object) -> str:
    """Sorted keys, then the values in that order; not JSON, and never parsed."""
    if isinstance(value, list):
        return "[" + ",".join(map(_serialized, value)) + "]"
    if isinstance(value, dict):
        keys = sorted(value)
        return "{" + _json(keys) + "".join(_serialized(value[key]) + "," for key in keys) + "}"
    return _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
