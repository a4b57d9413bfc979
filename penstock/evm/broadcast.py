"""Signs, sends, sends again and replaces our transactions."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from penstock.evm import attempts
from penstock.evm.attempts import Attempt
from penstock.evm.codec import Address
from penstock.evm.errors import ChainRefused, ChainRevert, NodeFailed, RateLimited
from penstock.evm.fees import Fees, base_fee, fees_now
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import with_margin
from penstock.evm.signers import Signer, hash_of

# How nodes say that an account cannot pay the gas.
NO_COIN = ("insufficient funds", "enough funds")
# Two runs of one account that do the same at the same nonce must not sign the same bytes, or neither could tell whose
# transaction is in the block. Gas that is not used costs nothing, and so little tip next to nothing.
GAS_SPREAD, TIP_SPREAD = 4096, 4096
# A transaction that is not mined although its fees suffice has too low a tip: after so many times `replacement`.
TIMES_FOR_THE_TIP = 4
# A transaction that is not mined after so many seconds is reported.
LONG_SECONDS = 10.0


@dataclass(frozen=True)
class Pace:
    """
    How long to wait, in seconds.

    confirmations : blocks, its own included, until a transaction counts. poll : between requests. replacement : until
    a transaction that waits is sent again, or replaced at higher fees. step : until the run gives up on one.
    """

    confirmations: int = 1
    poll: float = 2.0
    replacement: float = 45.0
    step: float = 1800.0


@dataclass(frozen=True)
class Call:
    """
    What one transaction does.

    to : None for creation code. gas : its limit, with the margin; 0 while it is not estimated. value : in wei.
    """

    intent: str
    to: Address | None
    data: bytes = field(repr=False)
    gas: int = 0
    value: int = 0

    def request(self, sender: Address) -> dict[str, str]:
        """As a node estimates or simulates it."""
        to = {"to": self.to} if self.to else {}
        return {"from": sender, "data": "0x" + self.data.hex(), "value": hex(self.value), **to}


class Answer(Enum):
    """
    TAKEN: or known already. NONCE_USED, CHEAP: look again, or pay more. REFUSED: for a reason of the node's own.

    LOST: refused now, after an answer was lost: the transaction may be in a pool all the same.
    """

    TAKEN = "taken"
    NONCE_USED = "nonce used"
    CHEAP = "cheap"
    REFUSED = "refused"
    LOST = "lost"


_WORDS = {
    Answer.TAKEN: ("already known", "already imported", "known transaction", "already in"),
    Answer.NONCE_USED: ("nonce too low", "nonce is too low", "correct nonce", "oldnonce"),
    Answer.CHEAP: ("underpriced", "less than block base fee", "fee cap", "basefee", "base fee", "feetoolow", "too low"),
}


@dataclass(frozen=True)
class Sent:
    """The node's answer. reason : of a refusal."""

    answer: Answer
    reason: str = ""


def push(chain: RetryingRpc, attempt: Attempt) -> Sent:
    """
    Broadcasts an attempt; it can be repeated, because the chain takes it once.

    Raises
    ------
    NodeFailed : when no answer comes; the node may have it all the same.
    """
    lost, began, pause = False, time.monotonic(), chain.patience.first_pause
    while True:
        try:
            chain.ask_once("eth_sendRawTransaction", "0x" + attempt.raw.hex())
            return Sent(Answer.TAKEN)
        except NodeFailed as failed:
            lost = lost or not isinstance(failed, RateLimited)
            waited = time.monotonic() - began
            if waited >= chain.patience.outage:
                raise NodeFailed(f"{failed} (for {chain.patience.outage:.0f} s)") from None
        except (ChainRefused, ChainRevert) as refused:
            return _meaning(refused, lost)
        time.sleep(pause)
        pause = min(2 * pause, chain.patience.longest_pause)


def _meaning(refused: ChainRefused | ChainRevert, lost: bool) -> Sent:
    text = str(refused).lower()
    if isinstance(refused, ChainRefused):
        for answer, words in _WORDS.items():
            if any(each in text for each in words):
                return Sent(answer, str(refused))
    return Sent(Answer.LOST if lost else Answer.REFUSED, str(refused))


class Broadcaster:
    """
    One account's transactions.

    Parameters
    ----------
    record : called with every new attempt before it is sent. say : called when a transaction is replaced.
    """

    def __init__(
        self,
        chain: RetryingRpc,
        signer: Signer,
        pace: Pace,
        record: Callable[[Attempt, str], None] = lambda *_: None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.chain, self.signer, self.pace, self.record, self.say = chain, signer, pace, record, say

    def sign(self, call: Call, nonce: int, fees: Fees, step: str = "") -> Attempt:
        """A new attempt at a call, recorded under `step`; nothing is sent."""
        spread = secrets.randbelow(TIP_SPREAD)
        fees = replace(fees, tip=fees.tip + spread, most=fees.most + spread)
        gas = call.gas + secrets.randbelow(GAS_SPREAD)
        transaction: dict[str, Any] = {
            "chainId": self.chain.chain_id,
            "nonce": nonce,
            "value": call.value,
            "data": call.data,
            "gas": gas,
            **({"to": call.to} if call.to else {}),
            **fees.fields(),
        }
        raw = self.signer.sign(transaction)
        made = Attempt(step or call.intent, hash_of(raw), self.signer.address, nonce, raw, gas, fees.most, fees.tip)
        self.record(made, call.intent)
        return made

    def replacement(self, call: Call, attempt: Attempt) -> Attempt:
        """A new attempt with the same nonce at higher fees."""
        fees = fees_now(self.chain)
        fees = fees.above(Fees(fees.base, attempt.tip, attempt.most, fees.legacy))
        self.say(f"the base fee rose: {call.intent} again, at {fees.most / 10**9:,.3f} gwei")
        return self.sign(replace(call, gas=attempt.gas), attempt.nonce, fees, attempt.step)

    def is_too_cheap(self, attempt: Attempt, sent_at: float) -> bool:
        """Whether an attempt pending since `sent_at` (of the monotonic clock) needs a replacement."""
        waited = time.monotonic() - sent_at
        if attempt.sender != self.signer.address or waited < self.pace.replacement:
            return False
        if self.base_is_above(attempt):
            return True
        if waited <= TIMES_FOR_THE_TIP * self.pace.replacement:
            return False
        return attempts.used(self.chain, attempt.sender) == attempt.nonce

    def base_is_above(self, attempt: Attempt) -> bool:
        """Whether no block takes an attempt: with the base fee at its limit nothing is left for the tip."""
        return (base_fee(self.chain) or 0) + attempt.tip > attempt.most


def estimated(chain: RetryingRpc, call: Call, sender: Address) -> Call:
    """
    A call with its gas limit, estimated twice; where the two differ widely, a third decides.

    Raises
    ------
    ChainRevert : when a contract refuses it. ChainRefused : when the node does. NodeFailed : when there is none.
    """
    request = call.request(sender)
    with chain.reading_at():
        gas = sorted(int(chain.ask("eth_estimateGas", request), 16) for _ in range(2))
        if gas[1] * 10 > gas[0] * 11:
            gas = sorted([*gas, int(chain.ask("eth_estimateGas", request), 16)])
    return replace(call, gas=with_margin(gas[1]))
