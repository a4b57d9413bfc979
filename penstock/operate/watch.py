"""Follows deals and prints their events until it is stopped; waits for a node that stops answering."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, ChainRefused, NodeFailed
from penstock.evm.log_follower import Follower, Step
from penstock.evm.retry import RetryingRpc
from penstock.files import write_whole
from penstock.format import counted
from penstock.onchain.deployments import DeployedDeal, Fault
from penstock.onchain.terms_layout import TermsRefused
from penstock.operate import metrics
from penstock.operate.deployments import Snapshot, snapshots
from penstock.operate.event_text import EventText
from penstock.operate.grace import waits


def watch(
    chain: RetryingRpc,
    members: Sequence[DeployedDeal],
    say: Callable[[str], None],
    first: int | None = None,
    until: int | None = None,
    once: bool = False,
    poll: float = 2.0,
    metrics_file: Path | None = None,
    refused: Sequence[metrics.Labels] = (),
) -> metrics.Watch:
    """
    Prints every log of the deals from block `first` on, default the next block.

    Parameters
    ----------
    until : the last block to print. once : whether to end at the present block, even before `until`, instead of
    waiting for more.
    poll : seconds between requests. metrics_file : written after each request. refused : see `metrics.Watch`.

    Raises
    ------
    TooDeep : a reorganisation deeper than is remembered. NodeFailed : with `once`, when the node stays away.
    """
    texts = EventText(members)
    head, now = chain.block(), chain.now()
    follower = Follower(chain, texts.addresses, texts.topics, head + 1 if first is None else first)
    known = metrics.Watch(block=head, time=now, refused=refused, events=texts.counts)
    latest: list[tuple[DeployedDeal, Snapshot]] = []
    in_grace: set[tuple[Address, int]] = set()
    stop_at = until
    if once:
        stop_at = head if until is None else min(until, head)
        ahead = max(first or 0, until or 0)
        if ahead > head:
            say(f"block {ahead} does not exist yet: printed up to block {head}, the chain's last")
    while True:
        try:
            step = follower.step(stop_at)
            if not known.up:
                say("the node answers again")
            known.up = True
            if step is not None:
                _announce(step, say, known)
                lines = [texts.line(log, taken_back=True) for log in step.taken_back]
                lines += [texts.line(log) for log in step.logs]
                for line in filter(None, lines):
                    say(line)
                _say_in_grace(chain, members, say, in_grace)
            if metrics_file is not None and (step is not None or not latest):
                latest = _latest(chain, members, say)
        except (NodeFailed, ChainRefused) as failure:
            if once:
                raise
            known.node_failures += known.up
            if known.up:
                say(f"the node does not respond: {failure}")
            known.up = False
        if metrics_file is not None:
            write_whole(metrics_file, metrics.text(known, members, latest))
        if stop_at is not None and known.up and follower.reported >= stop_at:
            return known
        time.sleep(poll)


def _say_in_grace(
    chain: RetryingRpc, members: Sequence[DeployedDeal], say: Callable[[str], None], printed: set[tuple[Address, int]]
) -> None:
    """A line for each period that is in its grace and cannot be settled yet, once. printed : those of before."""
    some = [each for each in members if each.head.has_grace]
    for member, found in zip(some, snapshots(chain, some) if some else [], strict=True):
        if isinstance(found, Fault) or (member.deal, found.state.period) in printed:
            continue
        try:
            refusal: ChainError | None = waits(chain, member, found)
        except TermsRefused as error:  # said of its logs too
            refusal = error
        if refusal:
            printed.add((member.deal, found.state.period))
            say(f"block {found.block} {member.name}: {refusal}")


def _announce(step: Step, say: Callable[[str], None], known: metrics.Watch) -> None:
    known.block, known.time = step.last, step.time
    if step.from_block is None:
        return
    known.reorganisations += 1
    count = len(step.taken_back)
    what = f"{counted(count, 'event')} taken back" if count else "nothing of ours was in them"
    say(f"reorganised from block {step.from_block} on: {what}")


def _latest(
    chain: RetryingRpc, members: Sequence[DeployedDeal], say: Callable[[str], None]
) -> list[tuple[DeployedDeal, Snapshot]]:
    good = []
    for member, found in zip(members, snapshots(chain, members), strict=True):
        if isinstance(found, Fault):
            say(str(found))
        else:
            good.append((member, found))
    return good
