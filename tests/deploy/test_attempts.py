"""
Attempts at steps.

given a keyless step whose sender spent its nonce
    it should fail, for it can never be sent again
given a step whose nonce is used, and no node that shows by which transaction
    the run should look again, and end in a line that names its own transaction
    at once where the node says that it does not keep what would show it
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penstock.deploy import execute
from penstock.deploy.execute import Executor, StepFailed
from penstock.deploy.journal import Journal
from penstock.deploy.plan import Kind, Step
from penstock.evm import attempts
from penstock.evm.attempts import Attempt, AttemptStatus, Found
from penstock.evm.broadcast import push
from penstock.evm.errors import NodeFailed
from penstock.evm.signers import KeySigner
from penstock.onchain import manifest as manifests
from tests.deploy.conftest import Stage
from tests.evm.proxy import Call, RpcError, proxied
from tests.fixtures.actors import HOLDER, KEYS, OTHER, SPONSOR
from tests.fixtures.chains import PACE

pytestmark = pytest.mark.sampled


def attempt(nonce: int) -> Attempt:
    return Attempt("launch", f"0x{nonce:064x}", SPONSOR, nonce, b"", 21_000, 1, 1)


def test_a_keyless_step_whose_nonce_is_spent_fails(tmp_path: Path) -> None:
    chain: Any = None
    check: Any = None
    step = Step("proxy", "make the proxy", Kind.KEYLESS, OTHER, "", b"", check, raw=b"signed once")

    class Plan:
        chain_id, sender, steps = 31337, SPONSOR, (step,)

    journal = Journal(tmp_path / "journal.jsonl")
    executor = Executor(chain, KeySigner(KEYS[SPONSOR]), journal)
    plan: Any = Plan()
    with pytest.raises(StepFailed, match=f"make the proxy: its sender {OTHER} used its nonce for another transaction"):
        executor._attempt(plan, step, 0, Found(AttemptStatus.REPLACED, attempt(0)))
    assert not journal.attempts


def test_a_nonce_used_by_nobody_knows_whom_is_looked_for(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    met: list[Attempt] = []

    def overtaken(chain: Any, made: Attempt) -> Any:
        if made.step == "approve" and not met:
            met.append(made)
            stage.chain.transact(HOLDER, b"", SPONSOR, value=1)
        return push(chain, made)

    with monkeypatch.context() as patched:
        patched.setattr(execute, "push", overtaken)
        patched.setattr(attempts, "transaction_at", lambda *_: None)
        with pytest.raises(NodeFailed) as said:
            stage.run(pace=replace(PACE, step=0.5))
    assert f"not known after 0 s whether transaction {met[0].hash} is mined" in str(said.value)
    monkeypatch.setattr(execute, "UNSEEN_SECONDS", 0.3)
    with monkeypatch.context() as patched:
        patched.setattr(attempts, "transaction_at", lambda *_: None)
        with pytest.raises(NodeFailed, match=f"nonce {met[0].nonce} is used, and .* does not show"):
            stage.run()
    stage.run()
    stage.require_once(undisturbed)


def test_a_node_that_keeps_no_old_states_is_told_at_once(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run ended right after its launch was sent, and is resumed where receipt and states are gone."""
    stage.run()
    stage.file.unlink()
    journal = manifests.journal_of(stage.file)
    lines = journal.read_text().splitlines(keepends=True)
    *_, launch = (json.loads(each) for each in lines if '"sending"' in each)
    at = next(place for place, each in enumerate(lines) if json.loads(each).get("step") == "launch")
    journal.write_text("".join(lines[: at + 1]))
    monkeypatch.setattr(execute, "PRUNED_SECONDS", 0.2)
    with proxied(stage.url) as proxy:
        proxy.rewrite(
            "eth_getTransactionReceipt", lambda call, found: None if call.params[0] == launch["hash"] else found
        )
        proxy.rewrite("eth_getTransactionByHash", lambda call, found: None)
        head = stage.chain.block()

        def pruned(call: Call) -> None:
            if call.params[1] not in ("pending", hex(head)):
                raise RpcError(-32000, "missing trie node")

        proxy.on("eth_getTransactionCount", pruned)
        with pytest.raises(NodeFailed) as said:
            stage.run(proxy.url)
    assert str(said.value) == (
        f"launch Small: the deal, 2 shares and 2 allotments: nonce {launch['nonce']} is used, and {proxy.url} does not "
        f"show whether by transaction {launch['hash']}: it has no receipt of it, and keeps no states so old "
        "(eth_getTransactionCount: missing trie node); accepted: an archive node, by --network; run the same command "
        "again to resume"
    )
    stage.run()
    stage.require_once(undisturbed)


def test_a_step_that_shows_before_its_receipt_is_ours(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node has the effect of a step before it has the receipt, and before it knew of the transaction."""
    find, late = attempts.find, set[str]()

    def behind(chain: Any, sent: list[Attempt]) -> Found:
        found = find(chain, sent)
        if found.attempt.step not in late:
            late.add(found.attempt.step)
            return Found(AttemptStatus.DROPPED, sent[-1])
        return found

    monkeypatch.setattr(attempts, "find", behind)
    stage.run()
    assert {"TrancheShareLogic", "mint", "launch"} <= late
    stage.require_once(undisturbed)
