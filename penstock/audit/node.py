"""
Whether the node contradicts itself, before a deal is called wrong.

A transaction's receipt has its logs. A node whose index of logs was pruned, or has gaps, still has receipts: what they
have and its lists of logs have not, it left out; what the lists have and the receipts have not, it made up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from penstock.audit.checkpoint import Entry
from penstock.audit.findings import Findings
from penstock.audit.history import LAUNCHES, History, entry_of, filters_of
from penstock.audit.subject import Subject
from penstock.evm.errors import ChainError, ChainRefused
from penstock.evm.rpc import first_block_with_code
from penstock.onchain.manifest import Manifest

ANOTHER = "nothing can be said of the deal; accepted: another node, which keeps all logs and receipts"


_HASH = re.compile(r"0x[0-9a-fA-F]{64}", re.ASCII)


class NodeAtFault(ChainError):
    """A node that contradicts itself, or keeps too little of the chain to tell a wrong deal from a sound one."""


def require_sound_node(subject: Subject, findings: Findings, history: History, manifest: Manifest | None) -> None:
    """
    Compares the logs with every receipt at hand: of their transactions, and of the launch. A note says so if the node
    refuses them.

    Raises
    ------
    NodeAtFault : for the first log in which they differ, and where nothing shows whether the deal was launched.
    """
    given = {each for logs in history.logs for each in logs}
    launched = bool(history.logs[LAUNCHES])
    hashes = {each.transaction for each in given}
    for each in sorted(hashes):
        if not _HASH.fullmatch(each):
            raise NodeAtFault(f"the node gives a log of the transaction {each!r}, which is not a hash: {ANOTHER}")
    if manifest:
        hashes.add(manifest.launch.hash)
    elif not launched:
        hashes |= set(_launch_block(subject))
    try:
        receipts = _receipts(subject, sorted(hashes))
    except ChainRefused as refused:
        findings.note("logs", f"not compared with receipts, which the node refuses: {refused}")
        receipts = {}
    if not launched and manifest and manifest.launch.hash not in receipts:
        raise NodeAtFault(f"the node has neither log nor receipt of the launch, {manifest.launch.hash}: {ANOTHER}")
    there = {each for logs in receipts.values() for each in logs}
    for entry, is_asked_for in sorted(there):
        if is_asked_for and entry.block >= history.since and entry not in given:
            raise NodeAtFault(f"{_contradiction(entry)} is in its receipt, and not among the node's logs: {ANOTHER}")
    shown = {entry for entry, _ in there}
    for entry in sorted(given - shown):
        if entry.transaction in receipts:
            raise NodeAtFault(f"{_contradiction(entry)} is among the node's logs, and not in its receipt: {ANOTHER}")


def _contradiction(entry: Entry) -> str:
    place = f"block {entry.block}, transaction {entry.transaction}"
    return f"the node contradicts itself: log {entry.place} of the block ({place})"


def _launch_block(subject: Subject) -> list[str]:
    """The transactions of the block in which the deal got its code."""
    try:
        born = first_block_with_code(subject.chain, subject.deal, subject.block)
    except ChainRefused as refused:
        kept = f"has no log of the launch, and no old state to find its block by ({refused})"
        raise NodeAtFault(f"the node {kept}: {ANOTHER}, or the deal's manifest") from None
    (header,) = subject.chain.ask_many("eth_getBlockByNumber", [[hex(born), False]])
    return list(header["transactions"]) if header else []


def _receipts(subject: Subject, hashes: Sequence[str]) -> dict[str, list[tuple[Entry, bool]]]:
    """Of each of these transactions that has a receipt the logs, and whether an audit asks for them."""
    filters = filters_of(subject)
    found: Any = subject.chain.ask_many("eth_getTransactionReceipt", [[each] for each in hashes])
    try:
        return {
            name: [(entry_of(log), any(each.takes(log) for each in filters)) for log in receipt["logs"]]
            for name, receipt in zip(hashes, found, strict=True)
            if receipt
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NodeAtFault(f"the node gives a receipt with a log that is none ({error}): {ANOTHER}") from None
