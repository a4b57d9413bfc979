"""The whole audit, in order: identify, rebuild, replay, compare."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from penstock.audit.allowances import Approvals, compare_allowances
from penstock.audit.books import AuditBooks
from penstock.audit.findings import Findings
from penstock.audit.history import (
    History,
    Progress,
    Say,
    in_order,
    launch_block,
    left_out,
    rebuild,
    require_same_block,
    times_of,
)
from penstock.audit.node import require_sound_node
from penstock.audit.replay import Replay, timed
from penstock.audit.reports import compare_reports
from penstock.audit.sponsor import compare_sponsor
from penstock.audit.storage import compare_words, expected_words, holder_words
from penstock.audit.subject import AuditRefused, NothingToReplay, Subject, Target, identify
from penstock.audit.unexplained_storage import UNKNOWN, Account, compare_others
from penstock.evm.artifacts import Artifact, load_artifacts
from penstock.evm.codec import Address
from penstock.evm.errors import BadArgument, ChainRefused, ChainRevert
from penstock.evm.retry import RetryingRpc
from penstock.format import counted
from penstock.onchain.manifest import Manifest
from penstock.onchain.state import differences, state_of


@dataclass(frozen=True)
class Audit:
    """
    The result of an audit.

    events : logs replayed. holders : addresses that ever held a share. periods : settled periods. late : settlements of
    late revenue.
    """

    findings: Findings
    deal: Address
    chain_id: int
    name: str
    events: int
    holders: int
    periods: int
    late: int
    block: int
    since: int
    resumed: int
    seconds: float

    @property
    def verdict(self) -> str:
        """The last line."""
        first = self.findings.first
        if first:
            return f"verdict: WRONG — first difference: {first}"
        done = [counted(self.events, "event"), counted(self.holders, "holder"), counted(self.periods, "period")]
        if self.late:
            done.append(f"{counted(self.late, 'settlement')} of late revenue")
        done.append(f"block {self.block}")
        unknown = any(UNKNOWN in note for check in self.findings.checks.values() for note in check.notes)
        return f"verdict: clean — {', '.join(done)}" + (f"; {UNKNOWN}" if unknown else "")


def audit(
    chain: RetryingRpc,
    target: Target,
    checkpoint: Path | None = None,
    since: int | None = None,
    progress: Progress = lambda stage, done, total: None,
    say: Say = lambda line: None,
    artifacts: Mapping[str, Artifact] | None = None,
) -> Audit:
    """
    Audits a deal at the chain's present block.

    Parameters
    ----------
    checkpoint : where to keep the logs read so far; default a file in the working directory. It is removed at the end.
    since : the first block to read logs from; default that of the launch.
    progress : called with the progress of each stage. say : called with a line for the auditor.
    artifacts : the code to compare with, by contract; default that which the package carries.

    Raises
    ------
    AuditRefused : where there is nothing to audit. CheckpointRefused : of a file that is something else.
    NodeAtFault : when logs and receipts of the node contradict each other where the deal would be called wrong.
    NodeFailed, ChainRefused : when the node gives no answer.
    """
    began = time.monotonic()
    findings = Findings()
    artifacts = artifacts or load_artifacts()
    progress("code", 0, 1)
    try:
        subject = identify(chain, artifacts, target, findings)
    except NothingToReplay as nothing:
        return Audit(
            findings, target.deal, chain.chain_id, nothing.name, 0, 0, 0, 0, chain.block(), 0, 0, _since(began)
        )
    progress("code", 1, 1)
    begins = launch_block(subject)
    if since is not None and begins is not None and since > begins:
        raise AuditRefused(
            f"block {since} is too late: the deal's logs begin in block {begins}; "
            f"accepted: --since {begins} or a block before, or none"
        )
    expected = target.manifest.launch.block if target.manifest else 0
    first = since if since is not None else expected if begins is None else begins
    file = checkpoint or Path(f"penstock-audit-{chain.chain_id}-{subject.deal}.jsonl")
    history = rebuild(subject, first, file, progress, say)
    found = _examined(subject, history, findings.copy(), target.manifest, progress)
    whole = history
    if any(each.check != "code" for each in found.findings.differences):
        # Before the deal is said to be wrong: it may be the node, which shows in the headers of the blocks.
        missing = left_out(subject, history)
        if count := sum(map(len, missing)):
            whole = replace(history, logs=[[*old, *new] for old, new in zip(history.logs, missing, strict=True)])
            found = _examined(subject, whole, findings.copy(), target.manifest, progress)
            text = f"the node left out {counted(count, 'log')} that the headers of their blocks promise: read from the"
            found.findings.note("logs", f"{text} blocks themselves")
    require_same_block(subject)
    history.checkpoint.remove()
    # A node that keeps no old state could not say where the logs begin.
    if found.replay.launch is None and since is not None:
        raise AuditRefused(
            f"no log of the launch from block {since} on; accepted: --since with its block, or one before"
        )
    # What is wrong by the code of a contract is wrong whatever the node's logs are.
    if found.findings.first and not any(each.by_code for each in found.findings.differences):
        require_sound_node(subject, found.findings, whole, target.manifest)
    books = found.replay.books
    return Audit(
        found.findings,
        subject.deal,
        chain.chain_id,
        subject.terms.name,
        found.events,
        len({each for ledger in books.ledgers for each in ledger.holdings}),
        books.state.settled,
        found.replay.settled - books.state.settled,
        subject.block,
        history.since,
        history.resumed,
        _since(began),
    )


@dataclass(frozen=True)
class _Examined:
    """events : how many logs were replayed."""

    findings: Findings
    replay: Replay
    events: int


def _examined(
    subject: Subject, history: History, findings: Findings, manifest: Manifest | None, progress: Progress
) -> _Examined:
    """Replays logs and compares the result with the chain. findings : of what was compared before; others follow."""
    entries = in_order(history.logs, findings)
    blocks = sorted({each.block for each in timed(subject, entries)})
    replay = Replay(subject, findings, times_of(subject, blocks))
    books = replay.run(entries, lambda done: progress("replay", done, len(entries)))
    if replay.launch:
        compare_sponsor(subject, findings, replay.launch, manifest)
    compare_reports(subject, findings, replay.readings)
    _compare_cash(subject, findings, books)
    if replay.stopped:
        for check in ("holders", "state", "storage"):
            findings.note(check, f"not compared with the chain: {replay.stopped}")
    else:
        _compare_chain(subject, findings, books, replay.approvals, progress)
    return _Examined(findings, replay, len(entries))


def _since(began: float) -> float:
    return time.monotonic() - began


def _compare_cash(subject: Subject, findings: Findings, books: AuditBooks) -> None:
    findings.compared("cash")
    try:
        balance = subject.call(subject.asset, "MockUSD", "balanceOf", subject.deal)
    except (BadArgument, ChainRefused, ChainRevert) as error:
        asked = f"the asset {subject.asset} fails when it is asked for balanceOf({subject.deal})"
        return findings.wrong("cash", f"{asked}: {error}")
    if balance != books.cash:
        logged = subject.money(books.cash)
        text = f"the asset holds {subject.money(balance)} for the deal, its Transfer logs add up to {logged}"
        findings.wrong("cash", f"{text}: it rebases, takes a fee, or moves without a log")
    if balance < books.accounted:
        findings.wrong("cash", f"the deal holds {subject.money(balance)} and owes {subject.money(books.accounted)}")
    return None


def _compare_chain(
    subject: Subject, findings: Findings, books: AuditBooks, approvals: Approvals, progress: Progress
) -> None:
    def say(stage: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(stage, done, total)

    slots = subject.artifacts["Deal"].slots
    holders = list(holder_words(books, slots))
    there = compare_words(subject, findings, "holders", holders, say("holders"))
    _compare_state(subject, findings, books)
    words = expected_words(subject.terms, books, slots)
    there |= compare_words(subject, findings, "storage", words, say("storage"))
    accounts = [Account("the deal", subject.deal, there)]
    allowed = compare_allowances(subject, findings, approvals, say("allowances"))
    for tranche, share, inside in zip(subject.terms.tranches, subject.shares, allowed, strict=True):
        accounts.append(Account(f"share of {tranche.id}", share, inside))
    compare_others(subject, findings, accounts)


def _compare_state(subject: Subject, findings: Findings, books: AuditBooks) -> None:
    findings.compared("state", 14)
    try:
        state = state_of(subject.call(subject.deal, "IDeal", "state"), len(subject.terms.tests))
    except (BadArgument, ChainRefused, ChainRevert) as error:
        return findings.wrong("state", f"the deal does not tell its state: {error}")
    settled = books.state.period
    if state.period != settled:
        text = f"the chain has settled {counted(state.period, 'period')}, its logs have {settled}"
        findings.wrong("periods", text + (": a Settled log is missing" if state.period > settled else ""))
    for line in differences(state, books):
        if not line.startswith("period:"):
            findings.wrong("state", line)
    return None
