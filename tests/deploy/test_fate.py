"""
What became of attempts, decided without a chain.

given an attempt that reverted and another of a later nonce
    the later one should count
given a keyless step whose sender spent its nonce
    it should fail, for it can never be sent again
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penstock.deploy import attempts
from penstock.deploy.attempts import AttemptStatus, Found
from penstock.deploy.execute import Executor, StepFailed
from penstock.deploy.journal import Attempt, Journal
from penstock.deploy.plan import Kind, Step
from penstock.evm.signers import KeySigner
from tests.deploy.conftest import KEYS, OTHER, SPONSOR


def attempt(nonce: int) -> Attempt:
    return Attempt("launch", f"0x{nonce:064x}", SPONSOR, nonce, b"", 21_000, 1, 1)


class Node:
    """Nonce 5 is mined and reverted; nonce 6 waits."""

    def sure(self, method: str, *params: Any) -> Any:
        if method == "eth_getTransactionCount":
            return "0x6"
        if params[0] != attempt(5).hash:
            return None
        where = {"blockNumber": "0x1", "blockHash": "0x" + "22" * 32}
        return {"transactionHash": params[0], **where, "gasUsed": "0x1", "status": "0x0"}

    def ask(self, method: str, *params: Any) -> Any:
        assert method == "eth_getTransactionByHash"
        return {}


def test_an_attempt_that_reverted_says_nothing_of_a_later_one() -> None:
    chain: Any = Node()
    found = attempts.find(chain, [attempt(5), attempt(6)])
    assert (found.fate, found.attempt.nonce) == (AttemptStatus.PENDING, 6)
    found = attempts.find(chain, [attempt(5)])
    assert (found.fate, found.mined and found.mined.good) == (AttemptStatus.MINED, False)


def test_a_keyless_step_whose_nonce_is_spent_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain: Any = Node()
    check: Any = None
    step = Step("proxy", "make the proxy", Kind.KEYLESS, OTHER, "", b"", check, raw=b"signed once")

    class Plan:
        chain_id, sender, steps = 31337, SPONSOR, (step,)

    journal = Journal(tmp_path / "journal.jsonl")
    executor = Executor(chain, KeySigner(KEYS[SPONSOR]), journal)
    plan: Any = Plan()
    with pytest.raises(StepFailed, match=f"make the proxy: its sender {OTHER} spent its nonce on something else"):
        executor._attempt(plan, step, 0, Found(AttemptStatus.REPLACED, attempt(0)))
    assert not journal.attempts
