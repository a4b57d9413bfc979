"""Every log of a deal, in the order of the chain: its own, its shares', its launch, and the asset's transfers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import merge
from pathlib import Path
from typing import Any

from penstock.audit.checkpoint import Checkpoint, Entry
from penstock.audit.findings import Findings
from penstock.audit.logs import APPROVAL, LAUNCHED, TRANSFER
from penstock.audit.subject import AuditRefused, Subject
from penstock.evm.errors import BadArgument, ChainRefused, ChainRevert
from penstock.evm.log_pages import LogFilter, Page, RawLog
from penstock.evm.rpc import first_block_with_code
from penstock.evm.whole_logs import completed
from penstock.format import counted

Progress = Callable[[str, int, int], None]
Say = Callable[[str], None]
# A header each: some minutes of requests to a public node, where an audit is about to find a difference.
MOST_COMPARED = 10_000


@dataclass(frozen=True)
class History:
    """
    logs : of each of `filters_of`, as the node gave them.
    since : the first block. resumed : the first block read in this run, not before an interruption.
    checkpoint : to be removed once there is a verdict.
    """

    logs: list[list[Entry]]
    since: int
    resumed: int
    checkpoint: Checkpoint


LAUNCHES = 1
"""Which of the filters is for the launch."""


def filters_of(subject: Subject) -> list[LogFilter]:
    deal = topic_of(subject.deal)
    return [
        LogFilter((subject.deal, *subject.shares)),
        LogFilter((subject.factory,), (LAUNCHED.topic, deal)),
        LogFilter((subject.asset,), (TRANSFER.topic, deal)),
        LogFilter((subject.asset,), (TRANSFER.topic, None, deal)),
        LogFilter((subject.asset,), (APPROVAL.topic, deal)),
    ]


def rebuild(subject: Subject, since: int, checkpoint: Path, progress: Progress, say: Say) -> History:
    """Reads all logs from block `since` on, resuming from a checkpoint if there is one."""
    chain, last = subject.chain, subject.block

    filters = filters_of(subject)
    about = {"chain": chain.chain_id, "deal": subject.deal, "since": since, "at": _hash_of(subject, since)}
    kept_file = Checkpoint(checkpoint, about, partial(_hash_of, subject), say)
    kept_file.require_ours()
    kept = kept_file.read(len(filters))
    logs = kept.logs if kept else [list[Entry]() for _ in filters]
    first = kept.last + 1 if kept else since
    if kept:
        say(f"{checkpoint}: {counted(sum(map(len, logs)), 'log')} up to block {kept.last} read before")
    with kept_file.append(afresh=kept is None) as add:
        for page in chain.log_pages(filters, first, last):
            found = [[entry_of(raw) for raw in each] for each in page.logs]
            ends = [(int(raw["blockNumber"], 16), raw["blockHash"]) for each in page.logs for raw in each[-1:]]
            add(page.first, page.last, found, max(ends, default=None))
            for place, each in enumerate(found):
                logs[place] += each
            progress("logs", page.last - since + 1, last - since + 1)
    require_same_block(subject)
    return History(logs, since, first, kept_file)


def require_same_block(subject: Subject) -> None:
    """Raises AuditRefused where the audited block is no longer part of the chain: what was read is of two states."""
    if _hash_of(subject, subject.block) != subject.block_hash:
        raise AuditRefused(f"block {subject.block} was replaced while it was audited; run it again")


def _hash_of(subject: Subject, block: int) -> str | None:
    (header,) = subject.chain.ask_many("eth_getBlockByNumber", [[hex(block), False]])
    return header["hash"] if header else None


def left_out(subject: Subject, history: History) -> list[list[Entry]]:
    """
    The logs that the node left out of its answers, of each filter: the last MOST_COMPARED blocks are asked again, each
    by its hash, where its header promises a log.
    """
    filters, last = filters_of(subject), subject.block
    first = max(history.since, last - MOST_COMPARED + 1)
    page = completed(subject.chain, filters, Page(first, last, [[] for _ in filters]), first)
    found = ([entry_of(raw) for raw in each] for each in page.logs)
    return [[each for each in new if each not in old] for new, old in zip(found, map(set, history.logs), strict=True)]


def launch_block(subject: Subject) -> int | None:
    """
    The block to read logs from: the one in which the deal got its code, or the chain's first where the deal's address
    held cash before that. None of a node that keeps no old states.
    """
    try:
        first = first_block_with_code(subject.chain, subject.deal, subject.block)
        before = subject.call(subject.asset, "MockUSD", "balanceOf", subject.deal, block=first - 1) if first else 0
    except (BadArgument, ChainRevert):
        return first  # the asset was created in the same block, or could not be asked before
    except ChainRefused:
        return None
    return 0 if before else first


def topic_of(address: str) -> str:
    return "0x" + address[2:].lower().rjust(64, "0")


def entry_of(raw: RawLog) -> Entry:
    """A log as the node gave it."""
    return Entry(
        int(raw["blockNumber"], 16),
        int(raw["logIndex"], 16),
        raw["transactionHash"],
        raw["address"].lower(),
        tuple(raw["topics"]),
        raw["data"],
    )


def in_order(logs: Sequence[list[Entry]], findings: Findings) -> list[Entry]:
    """By block and place. A transfer of the deal to itself matches two filters; any other log must occur once."""
    own, launched, outgoing, incoming, approvals = (sorted(each) for each in logs)
    to_itself = {each for each in outgoing if each.topics[1:2] == each.topics[2:3]}
    everything: list[Entry] = []
    blocks: dict[str, int] = {}
    for entry in merge(own, launched, outgoing, (each for each in incoming if each not in to_itself), approvals):
        if everything and everything[-1][:2] == entry[:2]:
            same = "the same log came twice" if everything[-1] == entry else "two logs came"
            findings.wrong("logs", f"{same} for place {entry.place} of the block", entry.block, entry.transaction)
            if everything[-1] == entry:
                continue
        if blocks.setdefault(entry.transaction, entry.block) != entry.block:
            text = f"a log of the same transaction is in block {blocks[entry.transaction]}"
            findings.wrong("logs", text, entry.block, entry.transaction)
        everything.append(entry)
    findings.compared("logs", len(everything))
    return everything


def times_of(subject: Subject, blocks: Sequence[int]) -> dict[int, int]:
    """The timestamp of each block."""
    found: Any = subject.chain.ask_many("eth_getBlockByNumber", [[hex(each), False] for each in blocks])
    return {block: int(header["timestamp"], 16) for block, header in zip(blocks, found, strict=True)}
