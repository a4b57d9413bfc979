"""
Two runs of one plan from one account, each with a journal of its own, as on two machines.

given another run's launch
    it should be refused, and nothing be launched twice
given another run that is quicker at a step
    it should go on where the contract is everybody's, else stop in one line
given another run beside it from beginning to end
    one should deploy, the other stop in one line, and no transaction fail
given a step another run did between two looks
    it should not be done twice
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from penstock.deploy import execute
from penstock.deploy.execute import StepFailed
from penstock.deploy.plan import Step
from penstock.deploy.run import plan_deployment
from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.evm.attempts import Attempt
from penstock.evm.broadcast import push
from penstock.onchain import manifest as manifests
from penstock.onchain.launch import LaunchRefused
from tests.deploy.conftest import Stage
from tests.deploy.stopping import at_send, run_until
from tests.fixtures.actors import HOLDER, SPONSOR
from tests.fixtures.blocks import mining
from tests.fixtures.chains import PACE

pytestmark = pytest.mark.sampled


def failed(stage: Stage, begins: int) -> list[str]:
    """Transactions in blocks from a number on that reverted."""
    blocks = [stage.chain.ask("eth_getBlockByNumber", hex(at), False) for at in range(begins, stage.chain.block() + 1)]
    sent = [each for block in blocks for each in block["transactions"]]
    assert sent
    return [each for each in sent if stage.chain.ask("eth_getTransactionReceipt", each)["status"] != "0x1"]


def test_another_runs_launch_is_not_ours(stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Any):
    def first(chain: Any, attempt: Attempt) -> Any:
        monkeypatch.setattr(execute, "push", push)
        stage.chain.transact(HOLDER, b"", SPONSOR, value=1)  # or both would sign the same transaction
        Stage(stage.url, stage.chain, stage.deal, tmp_path / "theirs.json").run()
        return push(chain, attempt)

    at_send(monkeypatch, "launch", first)
    with pytest.raises((LaunchRefused, StepFailed), match="another run has already launched this deal") as refused:
        stage.run()
    assert "\n" not in str(refused.value) and not stage.file.exists()
    theirs = manifests.read(tmp_path / "theirs.json")
    assert stage.chain.code(theirs.deal)
    block = stage.chain.block()
    with pytest.raises(LaunchRefused, match="another run has already launched this deal"):
        Stage(stage.url, stage.chain, stage.deal, tmp_path / "third.json").run(pace=PACE)
    assert stage.chain.block() == block


def test_a_step_done_between_two_looks_is_not_done_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A mint is refused by no estimate: only the nonce, taken before the look, keeps it from being made twice."""
    theirs, look, met = Stage(stage.url, stage.chain, stage.deal, tmp_path / "theirs.json"), execute.is_done, []

    def looked(chain: Any, step: Step) -> bool:
        done = look(chain, step)
        if step.id == "mint" and not done and not met:
            met.append(step)
            run_until(theirs, "mint", monkeypatch)
        return done

    monkeypatch.setattr(execute, "is_done", looked)
    with suppress(LaunchRefused):
        stage.run()
    plan = plan_deployment(stage.chain, networks.find(stage.url), stage.order(), tmp_path / "third.json")
    token = stage.chain.at(plan.parts.asset, compile_contracts()["MockUSD"].abi)
    assert token.call("totalSupply") == 50 * 10**6


@pytest.mark.parametrize("step", ["DealTrial", "DealFactory", "DealLens", "HolderBatch", "MockUSD", "launch"])
def test_another_run_is_quicker_at_a_step(stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str):
    theirs = Stage(stage.url, stage.chain, stage.deal, tmp_path / "theirs.json")
    gas, met = execute.gas_for, []

    def asked(chain: Any, wanted: Step) -> int:
        if wanted.id == step and not met:
            met.append(step)
            run_until(theirs, step, monkeypatch)
        return gas(chain, wanted)

    monkeypatch.setattr(execute, "gas_for", asked)
    before = stage.chain.block()
    if step in ("DealTrial", "DealFactory", "DealLens", "HolderBatch"):  # everybody's
        stage.run()
    else:
        with pytest.raises(
            LaunchRefused, match=f"another run is deploying this deal from {SPONSOR}: it did .* meanwhile; no"
        ):
            stage.run()
        theirs.run()
    assert failed(stage, before + 1) == []


def test_two_machines_at_once(stage: Stage, tmp_path: Path):
    begins = stage.chain.block() + 1
    runs = [Stage(stage.url, stage.chain, stage.deal, tmp_path / f"{name}.json") for name in ("one", "other")]
    with mining(stage.url), ThreadPoolExecutor(2) as pool:
        ended = [pool.submit(each.run) for each in runs]
        refusals = [each.exception() for each in ended]
    refused = [each for each in refusals if each]
    # In step to the end, both sign the same transactions to the last byte: then both are right, and nobody stops.
    assert len(refused) < 2
    assert all(isinstance(each, LaunchRefused) and "another run" in str(each) for each in refused)
    made = [manifests.read(run.file) for run, error in zip(runs, refusals, strict=True) if error is None]
    factory = stage.chain.at(made[0].factory, compile_contracts()["DealFactory"].abi)
    assert [event["deal"] for event in factory.events() if event.name == "Launched"] == [made[0].deal]
    assert len({each.deal for each in made}) == 1
    assert failed(stage, begins) == []
