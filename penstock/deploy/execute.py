"""Executes a plan. Restarted at any point, it finds out what happened, resumes, and does nothing twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from penstock.deploy.journal import Journal
from penstock.deploy.plan import Kind, Step, Steps
from penstock.deploy.preflight import is_done
from penstock.evm import attempts, broadcast
from penstock.evm.attempts import Attempt, AttemptStatus, Found, Mined
from penstock.evm.broadcast import Answer, Broadcaster, Call, Pace, estimated, push
from penstock.evm.codec import checksum
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.fees import fees_now
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer, hash_of
from penstock.onchain.addresses import PROXY_GAS, PROXY_GAS_PRICE
from penstock.onchain.launch import LaunchRefused

MOST_FAILURES = 3
AGAIN = "; run the same command again to resume"
# How long to wait for the transaction of a used nonce that no node shows: it may be late.
UNSEEN_SECONDS = 120.0
# The same where the node says that it does not keep the state: of a pool, another node may.
PRUNED_SECONDS = 3.0


class _Reorganised(Exception):
    """An earlier step is no longer in a block."""


class StepFailed(ChainError):
    """A step that cannot be completed; earlier steps remain done, and another run resumes from there."""


@dataclass
class _Trial:
    """
    A run's work on one step.

    began, sent_at : seconds of the clock. nonce : the next. waits : for another's. reported : that its own takes long.
    """

    began: float
    sent_at: float = 0.0
    nonce: int = 0
    failures: int = 0
    refusals: int = 0
    waits: bool = False
    reported: bool = False

    def __post_init__(self) -> None:
        self.sent_at = self.began


class Executor:
    """
    Parameters
    ----------
    say : called with one line for each step that is done.
    overtaken : called for a step that another run did during this one; raises to stop.
    """

    def __init__(
        self,
        chain: RetryingRpc,
        signer: Signer,
        journal: Journal,
        pace: Pace | None = None,
        say: Callable[[str], None] = lambda _: None,
        overtaken: Callable[[Step], None] = lambda _: None,
    ) -> None:
        self.chain, self.signer, self.journal, self.say, self.overtaken = chain, signer, journal, say, overtaken
        self.pace = pace or Pace()
        self.broadcaster = Broadcaster(chain, signer, self.pace, journal.sending, say)

    def run(self, plan: Steps) -> None:
        """
        Does every step that is not done, and returns when all are deep enough in the chain.

        Raises
        ------
        StepFailed : a step that reverts, or that no block takes. LaunchRefused : a contract refuses one before it is
            sent. NodeFailed : the node is gone for too long. After each, another run resumes.
        """
        if checksum(self.signer.address) != plan.sender:
            raise StepFailed(f"the plan is {plan.sender}'s, and {self.signer.address} signs")
        try:
            while not (self._pass(plan) and self._is_final(plan)):
                pass
        except NodeFailed as failed:
            raise NodeFailed(str(failed).removesuffix(AGAIN) + AGAIN) from None
        if not self.journal.complete:
            self.journal.append("complete")

    def _pass(self, plan: Steps) -> bool:
        """Every step once, in order; False as soon as an earlier one is no longer in the chain."""
        try:
            for step in plan:
                self._bring_about(plan, step)
        except _Reorganised:
            return False
        return True

    def _bring_about(self, plan: Steps, step: Step) -> None:
        """Returns when a step is done: in a block, or no longer needed."""
        trial = _Trial(time.monotonic())
        while True:
            found = self._found(step)
            if self._is_over(step, found, trial):
                return
            attempt = self._next(plan, step, found, trial)
            if found and not trial.reported and time.monotonic() - trial.began > broadcast.LONG_SECONDS:
                trial.reported = True
                self.say(f"sent, and waiting until mined: {found.attempt.hash} ({step.intent})")
            if attempt is None:
                time.sleep(self.pace.poll)
            else:
                self._send(plan, step, attempt, trial)

    def _found(self, step: Step) -> Found | None:
        """The outcome of a step's attempts. A successful one no longer counts when its effect has been used up."""
        sent = self.journal.attempts.get(step.id)
        if not sent:
            return None
        found = attempts.find(self.chain, sent)
        # What a later step builds on must hold; what comes after the launch is the holders' to undo. A receipt that is
        # new to us is believed: a node behind it may not have the state yet.
        must_hold = step.moot is not None or step.makes is not None
        noted = found.mined is not None and found.mined.good and self.journal.mined.get(step.id) == found.mined
        if not (must_hold and noted) or is_done(self.chain, step):
            return found
        self.journal.append("undone", step=step.id, hash=found.attempt.hash)
        self.say(f"its effect was used up: {step.intent} again")
        return self._found(step)

    def _is_over(self, step: Step, found: Found | None, trial: _Trial) -> bool:
        """Whether a step is done, by us or by another run."""
        if found and found.status is AttemptStatus.MINED:
            assert found.mined is not None
            self._note(step, found.mined)
            if found.mined.good:
                return True
        elif step.id in self.journal.mined:
            if attempts.is_in_chain(self.chain, self.journal.mined[step.id]):
                return self.journal.mined[step.id].good  # a node that does not have the receipt
            self._lost(step)
        if found and found.status in (AttemptStatus.PENDING, AttemptStatus.UNSEEN):
            return False
        # Both at one block: a run that does this step after it uses the nonce, and our transaction is never mined.
        with self.chain.reading_at():
            trial.nonce = attempts.used(self.chain, step.sender)
            if not is_done(self.chain, step):
                return False
        if found and found.status is AttemptStatus.DROPPED and trial.nonce > found.attempt.nonce:
            return False  # our own transaction may have done it, with its receipt still to come
        if not step.done and (found.status is AttemptStatus.MINED if found else step.id not in self.journal.attempts):
            self.overtaken(step)
        return True

    def _next(self, plan: Steps, step: Step, found: Found | None, trial: _Trial) -> Attempt | None:
        """What to send now; None to check again a little later."""
        if found and found.status is AttemptStatus.DROPPED:
            return found.attempt
        waits = found and found.status is AttemptStatus.PENDING
        if found and waits and self.broadcaster.is_too_cheap(found.attempt, trial.sent_at):
            return self._replacement(step, found.attempt)
        if found and found.status in (AttemptStatus.PENDING, AttemptStatus.UNSEEN):
            most = PRUNED_SECONDS if found.pruned else UNSEEN_SECONDS
            if found.status is AttemptStatus.UNSEEN and time.monotonic() - trial.began > most:
                raise self._unseen(step, found)
            self._give_up_after(step, found.attempt, trial.began)
            return None
        if found and found.mined:
            trial.failures += 1
            if trial.failures >= MOST_FAILURES:
                raise StepFailed(f"{step.intent}: transaction {found.mined.hash} reverted")
        if attempts.waiting(self.chain, step.sender) > trial.nonce:
            self._wait_for_another(step, trial)
            return None
        try:
            return self._attempt(plan, step, trial.nonce, found)
        except LaunchRefused:
            # Another run has done it since, or is about to.
            if is_done(self.chain, step) or attempts.waiting(self.chain, step.sender) > trial.nonce:
                return None
            raise

    def _unseen(self, step: Step, found: Found) -> NodeFailed:
        """The refusal of a node that shows neither the transaction of a used nonce nor the state to find it in."""
        attempt, label = found.attempt, self.chain.label
        what = f"nonce {attempt.nonce} is used, and {label} does not show whether by transaction {attempt.hash}"
        if found.pruned:
            what += f": it has no receipt of it, and keeps no states so old ({found.pruned})"
        return NodeFailed(f"{step.intent}: {what}; accepted: an archive node, by --network{AGAIN}")

    def _send(self, plan: Steps, step: Step, attempt: Attempt, trial: _Trial) -> None:
        sent = push(self.chain, attempt)
        trial.sent_at = time.monotonic()
        if sent.answer is Answer.CHEAP and step.kind is not Kind.KEYLESS and self.broadcaster.base_is_above(attempt):
            sent = push(self.chain, self._replacement(step, attempt))
        if sent.answer is Answer.REFUSED:
            trial.refusals += 1
            if trial.refusals >= MOST_FAILURES:
                raise StepFailed(f"{step.intent}: {sent.reason}")
        self._give_up_after(step, attempt, trial.began)
        self._await(attempt)

    def _wait_for_another(self, step: Step, trial: _Trial) -> None:
        """Waits for a transaction of the account that is not ours: it may do this very step."""
        if not trial.waits:
            trial.waits = True
            self.say(f"waits for another transaction of {step.sender}, nonce {trial.nonce}")
        if time.monotonic() - trial.began > self.pace.step:
            raise NodeFailed(
                f"{step.intent}: another transaction of {step.sender}, nonce {trial.nonce}, is in no block after "
                f"{self.pace.step:.0f} s{AGAIN}"
            )

    def _attempt(self, plan: Steps, step: Step, nonce: int, found: Found | None) -> Attempt:
        """A new attempt; it is in the journal when this returns."""
        self._require_earlier(plan, step)
        if found and found.status is AttemptStatus.REPLACED:
            if step.kind is Kind.KEYLESS:
                raise StepFailed(f"{step.intent}: its sender {step.sender} used its nonce for another transaction")
            self.say(f"nonce {found.attempt.nonce} was used by another transaction of {step.sender}: planned again")
        if step.kind is Kind.KEYLESS:
            return self._keyless(step)
        return self.broadcaster.sign(gas_for(self.chain, step), nonce, fees_now(self.chain), step.id)

    def _keyless(self, step: Step) -> Attempt:
        """The only transaction of a sender without a key."""
        assert step.raw is not None
        made = Attempt(
            step.id, hash_of(step.raw), step.sender, 0, step.raw, PROXY_GAS, PROXY_GAS_PRICE, PROXY_GAS_PRICE
        )
        if made.hash not in {each.hash for each in self.journal.attempts.get(step.id, [])}:
            self.journal.sending(made, step.intent)
        return made

    def _require_earlier(self, plan: Steps, step: Step) -> None:
        """
        What this step builds on must still exist, or it would be refused for a reason that is not its own. A chain that
        has our last transaction has those before it.
        """
        names = [each.id for each in plan.steps[: plan.steps.index(step)] if each.id in self.journal.mined]
        if names and not attempts.is_in_chain(self.chain, self.journal.mined[names[-1]]):
            raise _Reorganised(names[-1])

    def _replacement(self, step: Step, attempt: Attempt) -> Attempt:
        """The same nonce at higher fees; in the journal when this returns."""
        return self.broadcaster.replacement(_call(step), attempt)

    def _await(self, attempt: Attempt) -> None:
        """Checks often at first: a development chain mines at once."""
        pause, until = 0.005, time.monotonic() + self.pace.poll
        while time.monotonic() < until:
            if attempts.in_a_block(self.chain, attempt):
                return
            time.sleep(pause)
            pause = min(2 * pause, self.pace.poll)

    def _note(self, step: Step, mined: Mined) -> None:
        if self.journal.mined.get(step.id) != mined:
            self.journal.was_mined(mined)
            if mined.good:
                self.say(f"{step.intent}: block {mined.block}, {mined.gas:,} gas")

    def _lost(self, step: Step) -> None:
        known = self.journal.mined[step.id]
        self.journal.append("reorganised", step=step.id, hash=known.hash, block=known.block)
        self.say(f"block {known.block} is no longer part of the chain: {step.intent} again")

    def _is_final(self, plan: Steps) -> bool:
        """Waits until every step has its confirmations; False as soon as one is in no block, or in another."""
        ours = [step.id for step in plan if step.id in self.journal.mined]
        until = time.monotonic() + self.pace.step
        while True:
            head = self.chain.block()
            for name in ours:
                if not attempts.is_in_chain(self.chain, self.journal.mined[name]):
                    return False
            if all(head - self.journal.mined[name].block + 1 >= self.pace.confirmations for name in ours):
                return True
            if time.monotonic() > until:
                raise NodeFailed(f"the chain has not advanced beyond block {head} for {self.pace.step:.0f} s{AGAIN}")
            time.sleep(self.pace.poll)

    def _give_up_after(self, step: Step, attempt: Attempt, began: float) -> None:
        if time.monotonic() - began < self.pace.step:
            return
        nonce = attempts.used(self.chain, attempt.sender)
        gap = f"; its nonce is {attempt.nonce} and the account's next is {nonce}" if nonce < attempt.nonce else ""
        raise NodeFailed(
            f"{step.intent}: not known after {self.pace.step:.0f} s whether transaction {attempt.hash} is mined"
            f"{gap}{AGAIN}"
        )


def gas_for(chain: RetryingRpc, step: Step) -> Call:
    """
    A step's call with its gas limit, on the chain as it is now.

    Raises
    ------
    LaunchRefused : when a contract refuses it.
    """
    try:
        return estimated(chain, _call(step), step.sender)
    except NodeFailed:
        raise
    except ChainError as refused:
        raise LaunchRefused(f"refused when asked to {step.intent}: {refused}") from None


def _call(step: Step) -> Call:
    return Call(step.intent, step.to, step.data, value=step.value)
