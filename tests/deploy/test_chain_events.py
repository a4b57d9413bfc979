"""
What a chain does to a transaction between its send and its end.

given a transaction the node dropped       it should be sent again, the same one
given a base fee that rose                 it should be replaced at higher fees, with the same nonce
given a foreign transaction of the account it should be planned again, with the next nonce
given a nonce a foreign one waits for      it should be sent after it
given a reorganisation of one block, or of three, while it runs or before it is run again
                                           what was lost should be sent again, and nothing else
given a step whose effect is used up before the launch
                                           it should be done again
given a node whose state is behind its receipts
                                           the receipt should be believed, and nothing be sent again
given a transaction that reverts           it should be tried three times and told
given a tip no block takes                 it should be replaced at higher fees, with the same nonce
given a step that is mined anew in another block
                                           the manifest should name that block
"""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from penstock.deploy import execute, steps
from penstock.deploy.execute import StepFailed
from penstock.deploy.plan import Step
from penstock.deploy.run import Deployed, plan_deployment
from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.evm.attempts import Attempt
from penstock.evm.broadcast import Pace, push
from penstock.evm.errors import NodeFailed
from penstock.onchain import manifest as manifests
from tests.deploy.conftest import Stage
from tests.deploy.stopping import Stopped, at_send, once_mined, run_until
from tests.fixtures.actors import HOLDER, SPONSOR
from tests.fixtures.blocks import mining
from tests.fixtures.chains import PACE
from tests.fixtures.slow import mostly_slow

pytestmark = pytest.mark.sampled

STEPS = ["TrancheShareLogic", "DealTrial", "DealFactory", "approve", "launch"]
DEEP = Pace(confirmations=4, poll=0.05, replacement=0.3, step=20.0)


def lines(stage: Stage, step: str) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in manifests.journal_of(stage.file).read_text().splitlines()]
    return [line for line in told if line.get("step") == step]


@pytest.mark.parametrize("step", mostly_slow(STEPS, ["launch"]))
def test_a_dropped_transaction_is_sent_again(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, step: str
):
    def drop(chain: Any, attempt: Attempt) -> Any:
        stage.chain.ask("evm_setAutomine", False)
        answer = push(chain, attempt)
        assert stage.chain.ask("anvil_dropTransaction", attempt.hash) == attempt.hash
        stage.chain.ask("evm_setAutomine", True)
        return answer

    at_send(monkeypatch, step, drop)
    stage.run()
    stage.require_once(undisturbed)
    assert [line["event"] for line in lines(stage, step)] == ["sending", "mined"]


@pytest.mark.parametrize("step", mostly_slow(STEPS, ["launch"]))
def test_a_raised_base_fee_is_met_by_a_replacement(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, step: str
):
    def raised(chain: Any, attempt: Attempt) -> Any:
        stage.chain.ask("evm_setAutomine", False)
        answer = push(chain, attempt)
        stage.chain.ask("anvil_setNextBlockBaseFeePerGas", hex(10 * attempt.most))
        stage.chain.ask("evm_mine")
        stage.chain.ask("evm_setAutomine", True)
        return answer

    at_send(monkeypatch, step, raised)
    stage.run()
    stage.require_once(undisturbed)
    told = lines(stage, step)
    assert [line["event"] for line in told] == ["sending", "sending", "mined"]
    assert told[0]["nonce"] == told[1]["nonce"]
    assert told[1]["most"] > 10 * told[0]["most"] and told[2]["hash"] == told[1]["hash"]


def test_a_base_fee_that_rose_before_the_send_is_met_at_once(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    def raised(chain: Any, attempt: Attempt) -> Any:
        stage.chain.ask("anvil_setNextBlockBaseFeePerGas", hex(10 * attempt.most))
        return push(chain, attempt)

    at_send(monkeypatch, "launch", raised)
    stage.run()
    stage.require_once(undisturbed)
    assert len({line["nonce"] for line in lines(stage, "launch") if line["event"] == "sending"}) == 1


@pytest.mark.parametrize("step", mostly_slow(STEPS, ["launch"]))
def test_a_foreign_transaction_takes_the_nonce(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, step: str
):
    def overtaken(chain: Any, attempt: Attempt) -> Any:
        stage.chain.transact(HOLDER, b"", SPONSOR, value=1)
        return push(chain, attempt)

    at_send(monkeypatch, step, overtaken)
    stage.run()
    stage.require_once(undisturbed)
    told = lines(stage, step)
    assert [line["event"] for line in told] == ["sending", "sending", "mined"]
    assert told[1]["nonce"] == told[0]["nonce"] + 1


def test_a_foreign_transaction_that_waits_comes_first(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    stage.chain.ask("evm_setAutomine", False)
    foreign = stage.chain.ask("eth_sendTransaction", {"from": SPONSOR, "to": HOLDER, "value": "0x1"})
    with mining(stage.url):
        stage.run()
    stage.require_once(undisturbed)
    assert stage.chain.ask("eth_getTransactionReceipt", foreign)["status"] == "0x1"


@pytest.mark.parametrize(
    ("step", "depth"),
    mostly_slow(product(["DealFactory", "MockUSD", "approve", "launch"], [1, 3]), [("approve", 3)]),
)
def test_what_a_reorganisation_took_is_sent_again(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, step: str, depth: int
):
    stage.chain.ask("evm_mine")
    stage.chain.ask("evm_mine")
    once_mined(monkeypatch, step, lambda: stage.chain.ask("anvil_reorg", depth, []))
    stage.run()
    stage.require_once(undisturbed)
    assert [line["event"] for line in lines(stage, step)] == ["sending", "mined", "reorganised", "mined"]


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 3])
def test_a_reorganisation_while_waiting_for_confirmations(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, depth: int
):
    looks, reorganised = [], []
    final = execute.Executor._is_final

    def wait(run: execute.Executor, plan: Any) -> bool:
        if not reorganised:
            with between_blocks:
                reorganised.append(stage.chain.ask("anvil_reorg", depth, []))
        looks.append(1)
        return final(run, plan)

    monkeypatch.setattr(execute.Executor, "_is_final", wait)
    with mining(stage.url) as between_blocks:
        done = stage.run(pace=DEEP)
    stage.require_once(undisturbed)
    assert stage.chain.block() - done.manifest.launch.block + 1 >= DEEP.confirmations


@pytest.mark.slow
@pytest.mark.parametrize("depth", [1, 3])
def test_a_reorganisation_between_two_runs(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch, depth: int
):
    run_until(stage, "mint", monkeypatch)
    stage.chain.ask("anvil_reorg", depth, [])
    stage.run()
    stage.require_once(undisturbed)
    assert lines(stage, "mint")[2]["event"] == "reorganised"


def test_what_is_used_up_is_done_again(stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    run_until(stage, "approve", monkeypatch)
    plan = plan_deployment(stage.chain, networks.find(stage.url), stage.order(), stage.file)
    token = stage.chain.at(plan.parts.asset, compile_contracts()["MockUSD"].abi)
    token.send("approve", plan.parts.factory, 20 * 10**6)
    stage.run()
    stage.require_once(undisturbed)
    assert [line["event"] for line in lines(stage, "approve")] == ["sending", "mined", "undone", "sending", "mined"]


def test_a_node_that_has_the_receipt_before_the_state_is_believed(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    look, behind = execute.is_done, list[str]()

    def late(chain: Any, step: Step) -> bool:
        done = look(chain, step)
        if done and step.moot and not step.done and step.id not in behind:
            behind.append(step.id)
            return False
        return done

    monkeypatch.setattr(execute, "is_done", late)
    stage.run()
    stage.require_once(undisturbed)
    assert [line["event"] for line in lines(stage, "MockUSD")] == ["sending", "mined"]


def test_a_transaction_that_reverts_is_tried_three_times(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    estimate = execute.gas_for

    def too_little(chain: Any, step: Step) -> Any:
        found = estimate(chain, step)
        return replace(found, gas=30_000) if step.id == "mint" else found

    monkeypatch.setattr(execute, "gas_for", too_little)
    with pytest.raises(StepFailed, match=r"^mint .*: transaction 0x[0-9a-f]{64} reverted$"):
        stage.run()
    assert [line["event"] for line in lines(stage, "mint")] == ["sending", "failed"] * 3


def test_a_tip_no_block_takes_is_raised(stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    def unwanted(chain: Any, attempt: Attempt) -> Any:
        stage.chain.ask("evm_setAutomine", False)
        return push(chain, attempt)

    def mine_the_second(chain: Any, attempt: Attempt) -> Any:
        answer = unwanted(chain, attempt) if attempt.step == "launch" else push(chain, attempt)
        if len(lines(stage, "launch")) == 2:
            stage.chain.ask("evm_mine")
        return answer

    monkeypatch.setattr(execute, "push", mine_the_second)
    stage.run()
    stage.require_once(undisturbed)
    first, second, mined = lines(stage, "launch")
    assert (first["nonce"], mined["hash"]) == (second["nonce"], second["hash"])
    assert second["most"] * 10 >= first["most"] * 11 and second["tip"] > first["tip"]


def test_a_step_that_moved_to_another_block_is_not_final(
    stage: Stage, undisturbed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    final, moved = execute.Executor._is_final, []

    def wait(run: execute.Executor, plan: Any) -> bool:
        if not moved:
            moved.append(run.journal.attempts["launch"][-1])
            with between_blocks:
                stage.chain.ask("anvil_reorg", 1, [["0x" + moved[0].raw.hex(), 0]])
        return final(run, plan)

    monkeypatch.setattr(execute.Executor, "_is_final", wait)
    with mining(stage.url) as between_blocks:
        stage.run(pace=DEEP)
    stage.require_once(undisturbed)


def test_a_transaction_that_waits_for_ever_is_named(stage: Stage):
    stage.chain.ask("evm_setAutomine", False)
    stage.chain.ask("eth_sendTransaction", {"from": SPONSOR, "to": HOLDER, "value": "0x1"})
    with pytest.raises(
        NodeFailed, match=f"another transaction of {SPONSOR}, nonce .* is in no block after 1 s; run the same"
    ):
        stage.run(pace=replace(PACE, step=1.0))
    stage.chain.ask("evm_mine")


def crowd(stage: Stage, *more: str) -> tuple[list[str], Any]:
    """154 holders of one share each, of which a launch takes 150; the last has three."""
    holders = [f"0x{number:040x}" for number in range(1, 155)]
    rows = ["holder,tranche,shares", *(f"{holder},senior,1" for holder in holders), f"{holders[153]},senior,2"]
    allocation = stage.deal.with_name("who.csv")
    allocation.write_text("\n".join([*rows, *more, f"{HOLDER},equity,500"]))
    return holders, stage.order(allocation=allocation, reports=None)


def distributed(done: Deployed) -> list[str]:
    sent = [each.step for each in done.manifest.transactions]
    return [each for each in sent if each.startswith(("approve:", "distribute:"))]


@pytest.mark.parametrize("at", ["approve:senior", "distribute:senior:2", "distribute:equity:1"])
def test_many_holders_get_their_shares_part_by_part(stage: Stage, monkeypatch: pytest.MonkeyPatch, at: str):
    monkeypatch.setattr(steps, "SHARES_AT_ONCE", 2)
    holders, order = crowd(stage, f"{HOLDER},senior,844")

    def stop(chain: Any, attempt: Attempt) -> Any:
        push(chain, attempt)
        raise Stopped

    with monkeypatch.context() as patched:
        at_send(patched, at, stop)
        with pytest.raises(Stopped):
            stage.run(order=order)
    done = stage.run(order=order)
    senior, equity = (share.call for share in done.deployment.shares)
    assert [senior("balanceOf", each) for each in (*holders, HOLDER)] == [10**6] * 153 + [3 * 10**6, 844 * 10**6]
    assert (senior("balanceOf", SPONSOR), equity("balanceOf", HOLDER)) == (0, 500 * 10**6)
    # Five of senior by two, one of equity
    parts = [f"distribute:senior:{place}" for place in (1, 2, 3)]
    assert distributed(done) == ["approve:senior", "approve:equity", *parts, "distribute:equity:1"]
    batch = done.manifest.contracts["batch"].address
    assert [each("allowance", SPONSOR, batch) for each in (senior, equity)] == [0, 0]
    assert done.manifest.roles.reporter == SPONSOR
    # On the chain alone everything is seen to be done, also the allowance that is used up
    plan = plan_deployment(stage.chain, networks.find(stage.url), order, stage.file)
    assert plan.to_do == ()


def test_an_allowance_that_was_taken_back_is_given_again(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(steps, "SHARES_AT_ONCE", 2)
    _, order = crowd(stage, f"{HOLDER},senior,844")

    def stop(chain: Any, attempt: Attempt) -> Any:
        raise Stopped

    with monkeypatch.context() as patched:
        at_send(patched, "distribute:senior:2", stop)
        with pytest.raises(Stopped):
            stage.run(order=order)
    plan = plan_deployment(stage.chain, networks.find(stage.url), order, stage.file)
    left = ["distribute:senior:2", "distribute:senior:3", "distribute:equity:1"]
    assert [each.id for each in plan.to_do] == left
    share = stage.chain.at(plan.parts.shares[0], compile_contracts()["TrancheShareLogic"].abi)
    assert share.call("allowance", SPONSOR, plan.parts.batch) == (1 + 3 + 844) * 10**6
    # To what is left exactly, or more, it is enough; a base unit less is not
    for amount, wanted in ((848 * 10**6, left), (848 * 10**6 - 1, ["approve:senior", *left])):
        share.send("approve", plan.parts.batch, amount, sender=SPONSOR)
        plan = plan_deployment(stage.chain, networks.find(stage.url), order, stage.file)
        assert [each.id for each in plan.to_do] == wanted


def test_the_sponsors_own_shares_are_not_passed_on(stage: Stage):
    """What a launch cannot allot goes to the sponsor, where its own stays."""
    holders, order = crowd(stage, f"{SPONSOR},senior,844")
    done = stage.run(order=order)
    senior = done.deployment.shares[0]
    assert [senior.call("balanceOf", each) for each in (*holders, SPONSOR)] == [10**6] * 153 + [3 * 10**6, 844 * 10**6]
    assert distributed(done) == ["approve:senior", "approve:equity", "distribute:senior:1", "distribute:equity:1"]
    assert SPONSOR in done.manifest.roles.holders
