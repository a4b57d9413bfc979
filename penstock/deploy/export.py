"""Exports steps for others to sign: unsigned transactions as JSON, or a Safe's batch. Sends nothing, needs no key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.deploy import safe
from penstock.deploy.checks import code_at
from penstock.deploy.plan import Kind, Step
from penstock.evm import attempts
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import with_margin
from penstock.files import write_whole
from penstock.onchain.terms_encode import NO_ADDRESS

FORMAT, VERSION = "penstock unsigned transactions", 1


class ExportRefused(ChainError):
    """Steps that cannot be handed to another signer."""


@dataclass(frozen=True)
class Exported:
    """An exported file. steps : the number of transactions in it. order : what must come before it, in words."""

    file: Path
    steps: int
    order: str


def export_unsigned(chain: RetryingRpc, name: str, steps: Sequence[Step], title: str, file: Path) -> Exported:
    """
    Writes steps as unsigned transactions, each with its sender, and the nonce it has if that sender sends nothing else.

    Raises
    ------
    ExportRefused : when there is nothing to send, or the file exists.
    """
    _require_something(steps)
    nonces: dict[Address, int] = {}
    rows = []
    for place, step in enumerate(steps, 1):
        row: dict[str, Any] = {"order": place, "step": step.id, "intent": step.intent, "chainId": chain.chain_id}
        if step.kind is Kind.KEYLESS:
            assert step.raw is not None
            rows.append({**row, "from": step.sender, "signed": True, "raw": "0x" + step.raw.hex()})
            continue
        nonce = nonces.setdefault(step.sender, attempts.waiting(chain, step.sender))
        nonces[step.sender] = nonce + 1
        row |= {
            "from": step.sender,
            "to": step.to,
            "value": str(step.value),
            "data": "0x" + step.data.hex(),
            "gas": with_margin(step.gas),
            "nonce": nonce,
        }
        rows.append(row | ({"makes": step.makes} if step.makes and step.makes != NO_ADDRESS else {}))
    note = (
        "Sign and send these in order, each one after the previous one is in a block. A nonce is a hint: it holds as "
        "long as the account sends nothing else. gas is a limit, a quarter above the measured gas; fees are the "
        "signer's choice. A row with raw is signed already: anyone may broadcast it."
    )
    text = {"format": FORMAT, "version": VERSION, "title": title, "network": name, "note": note, "transactions": rows}
    write_new(file, text)
    return Exported(file, len(rows), "in the order of the file")


def export_safe(chain: RetryingRpc, owner: Address, steps: Sequence[Step], title: str, file: Path) -> list[Exported]:
    """
    Writes a Safe's steps as batches: FILE, then FILE-2 and so on if one transaction cannot hold them.

    Raises
    ------
    ExportRefused : nothing to send, no contract at the Safe's address, or the file exists.
    NotForASafe : see `safe.batches`.
    """
    _require_something(steps)
    if not code_at(chain, owner):
        raise ExportRefused(f"no contract at {owner}: it is not a Safe; accepted: a Safe's address, or --export FILE")
    made = safe.batches(chain.chain_id, owner, steps, title)
    files = [file if not place else file.with_stem(f"{file.stem}-{place + 1}") for place in range(len(made))]
    for each in files:
        _require_free(each)
    found = []
    for place, (batch, each) in enumerate(zip(made, files, strict=True)):
        write_new(each, batch)
        order = f"after {files[place - 1].name} is executed" if place else "first" if len(made) > 1 else "at once"
        found.append(Exported(each, len(batch["transactions"]), order))
    return found


def write_new(file: Path, value: object) -> None:
    """
    Writes JSON to a new file, whole or not at all.

    Raises
    ------
    ExportRefused : when the file exists.
    """
    _require_free(file)
    write_whole(file, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _require_something(steps: Sequence[Step]) -> None:
    if not steps:
        raise ExportRefused("nothing is left to do: there is nothing to export")


def _require_free(file: Path) -> None:
    if file.exists():
        raise ExportRefused(f"{file}: exists already; accepted: another name")
