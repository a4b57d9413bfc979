"""One signed transaction to the node, and what the node's refusal means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from penstock.deploy.journal import Attempt
from penstock.deploy.plan import Kind, Step
from penstock.evm.errors import ChainError, ChainRefused, ChainRevert, NodeFailed
from penstock.evm.fees import Fees
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer, hash_of
from penstock.onchain.addresses import PROXY_GAS, PROXY_GAS_PRICE
from penstock.onchain.launch import LaunchRefused
from penstock.onchain.terms_encode import NO_ADDRESS


class Answer(Enum):
    """TAKEN: or known already. NONCE_USED, CHEAP: look again, or pay more. REFUSED: for a reason of the node's own."""

    TAKEN = "taken"
    NONCE_USED = "nonce used"
    CHEAP = "cheap"
    REFUSED = "refused"


_WORDS = {
    Answer.TAKEN: ("already known", "already imported", "known transaction", "already in"),
    Answer.NONCE_USED: ("nonce too low", "nonce is too low", "correct nonce", "oldnonce"),
    Answer.CHEAP: ("underpriced", "less than block base fee", "fee cap", "basefee", "base fee", "feetoolow", "too low"),
}


@dataclass(frozen=True)
class Sent:
    """What the node said. reason : of a refusal."""

    answer: Answer
    reason: str = ""


def push(chain: RetryingRpc, attempt: Attempt) -> Sent:
    """Broadcasts an attempt; as often as one likes, the chain takes it once."""
    try:
        chain.ask("eth_sendRawTransaction", "0x" + attempt.raw.hex())
    except NodeFailed:
        raise
    except ChainRefused as refused:
        text = str(refused).lower()
        for answer, words in _WORDS.items():
            if any(each in text for each in words):
                return Sent(answer, str(refused))
        return Sent(Answer.REFUSED, str(refused))
    except ChainRevert as refused:
        return Sent(Answer.REFUSED, str(refused))
    return Sent(Answer.TAKEN)


def gas_for(chain: RetryingRpc, step: Step) -> int:
    """
    What a step needs on the chain as it is now.

    Raises
    ------
    LaunchRefused : when a contract refuses it.
    """
    request = {"from": step.sender, "to": step.to, "data": "0x" + step.data.hex(), "value": hex(step.value)}
    try:
        answers = sorted(int(chain.ask("eth_estimateGas", request), 16) for _ in range(2))
        if answers[1] * 10 > answers[0] * 11:
            # One of them is wrong: a third decides.
            answers = sorted([*answers, int(chain.ask("eth_estimateGas", request), 16)])
            return answers[1]
        return answers[1]
    except NodeFailed:
        raise
    except ChainError as refused:
        raise LaunchRefused(f"refused when asked to {step.intent}: {refused}") from None


def sign(signer: Signer, chain_id: int, step: Step, nonce: int, gas: int, fees: Fees) -> Attempt:
    """An attempt at a step."""
    if step.kind is Kind.KEYLESS:
        assert step.raw is not None
        return Attempt(
            step.id, hash_of(step.raw), step.sender, 0, step.raw, PROXY_GAS, PROXY_GAS_PRICE, PROXY_GAS_PRICE
        )
    fields: dict[str, Any] = {
        "chainId": chain_id,
        "nonce": nonce,
        "to": step.to,
        "data": step.data,
        "value": step.value,
        "gas": gas,
        **fees.fields(),
    }
    assert step.to != NO_ADDRESS
    raw = signer.sign(fields)
    return Attempt(step.id, hash_of(raw), step.sender, nonce, raw, gas, fees.most, fees.tip)
