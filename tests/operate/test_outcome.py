"""
What a settlement of ours is told to have done.

given another account's payment, or a claim of shares or of a fee, in the same block
    each should be told by its own transaction alone
given cash that others sent to the deal
    what this run paid should be told apart from the period's collections
given a log that does not go together with the state before its block
    the transaction should be named, and nothing told of what it gave to whom
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from penstock.evm.broadcast import Call
from penstock.evm.chain import Contract
from penstock.evm.rpc import log_of
from penstock.evm.tx_queue import Made
from penstock.operate.outcome import Outcome, ResultUnread, outcome
from tests.evm.proxy import proxied
from tests.fixtures.actors import OPERATOR, OTHER, SPONSOR
from tests.fixtures.cli import penstock
from tests.operate.conftest import USD, Stage

PAY = Call("pay in and settle", None, b"")


def in_one_block(stage: Stage, *calls: tuple[str, Contract, str, list[Any]]) -> list[Made]:
    """Transactions of (sender, contract, function, arguments) in one block, in this order."""
    chain = stage.chain
    chain.ask("evm_setAutomine", False)
    hashes = []
    for place, (sender, contract, function, arguments) in enumerate(calls):
        data = "0x" + contract.abi.function(function).encode(arguments).hex()
        request = {"from": sender, "to": contract.address, "data": data, "gas": hex(1_000_000)}
        hashes.append(chain.ask("eth_sendTransaction", request | {"gasPrice": hex(10**12 - place)}))
    chain.ask("evm_mine")
    chain.ask("evm_setAutomine", True)
    receipts = [chain.ask("eth_getTransactionReceipt", each) for each in hashes]
    assert {each["status"] for each in receipts} == {"0x1"} and len({each["blockNumber"] for each in receipts}) == 1
    assert [int(each["transactionIndex"], 16) for each in receipts] == list(range(len(calls)))
    return [
        Made(PAY, each["transactionHash"], int(each["blockNumber"], 16), 1, True, tuple(map(log_of, each["logs"])))
        for each in receipts
    ]


@pytest.fixture
def overdue(stage: Stage) -> Path:
    """A deal with two periods overdue and no cash; two accounts that may pay."""
    file = stage.launch()
    stage.day(200)
    deployment = stage.deal(file)
    for account in (SPONSOR, OTHER):
        deployment.asset.send("mint", account, 900 * USD)
        deployment.asset.send("approve", deployment.deal.address, 900 * USD, sender=account)
    return file


def told(found: Outcome) -> tuple[list[int], int, list[int], list[int], list[int]]:
    """The periods, their collections in whole coins, and what fees, tranches and reserves got."""
    changes = ([each // USD for each in found.change(name)] for name in ("fee_credited", "credited", "reserves"))
    fees, tranches, reserves = changes
    return [each.number for each in found.steps], found.collections // USD, fees, tranches, reserves


def test_two_payments_in_one_block_are_told_apart(stage: Stage, overdue: Path):
    deployment = stage.deal(overdue)
    deal = deployment.deal
    one, other = in_one_block(
        stage, (OTHER, deal, "payAndSettle", [500 * USD, 1]), (SPONSOR, deal, "payAndSettle", [300 * USD, 1])
    )
    first, second = (outcome(stage.chain, deployment, [each], paid=1) for each in (one, other))
    # 1,000 at 8 % for a quarter: interest 20, then 15 on 750; principal 250 each.
    assert told(first) == ([1], 500, [10], [270, 220], [0])
    assert told(second) == ([2], 300, [10], [265, 25], [0])
    both = outcome(stage.chain, deployment, [one, other])
    assert told(both) == ([1, 2], 800, [20], [535, 245], [0])
    assert (both.after.period, both.after, both.gas) == (2, second.after, 2), "each took 1"


def test_claims_in_the_block_of_a_payment_change_nothing_of_it(stage: Stage, overdue: Path):
    deployment = stage.deal(overdue)
    deal = deployment.deal
    deal.send("payAndSettle", 300 * USD, 1)
    *_, made, _ = in_one_block(
        stage,
        (SPONSOR, deal, "claim", [0]),
        (OPERATOR, deal, "claimFee", [0]),
        (OTHER, deal, "payAndSettle", [300 * USD, 1]),
        (SPONSOR, deal, "claim", [1]),
    )
    assert told(outcome(stage.chain, deployment, [made])) == ([2], 300, [10], [265, 25], [0])


def test_what_a_run_paid_is_told_apart_from_what_others_sent(stage: Stage, overdue: Path):
    stage.pay(overdue, 50 * USD)
    done = penstock("settle", str(overdue), "--pay", "300")
    assert (done.exit_code, done.stderr) == (0, "")
    heading = done.stdout.splitlines()[0]
    assert heading.startswith("Settled period 1: collections 350.00 USDC, 300.00 of it paid by this run, ")
    heading = penstock("settle", str(overdue), "--pay", "7").stdout.splitlines()[0]
    assert heading.startswith("Settled period 2: collections 7.00 USDC, all paid by this run, ")
    stage.pay(overdue, 60 * USD)
    stage.day(300)
    heading = penstock("settle", str(overdue)).stdout.splitlines()[0]
    assert heading.startswith("Settled period 3: collections 60.00 USDC, ") and "paid" not in heading


def test_a_node_of_two_minds_is_not_believed(stage: Stage, overdue: Path):
    with proxied(stage.url) as proxy:
        state = deal_state(stage, overdue)
        calls = []

        def younger(call: Any, result: Any) -> Any:
            """The state of now for the state before the payment."""
            asked = call.params[0].get("data") == state and stage.period(overdue) == 1
            calls.append(asked)
            return stage.chain.ask("eth_call", call.params[0], "latest") if asked else result

        proxy.rewrite("eth_call", younger)
        done = penstock("settle", str(overdue), "--pay", "300", "--network", proxy.url)
    assert any(calls)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("done: transaction 0x") and line.endswith(
        "what it gave to whom could not be read: the log of period 1 and the state before it do not go together; "
        "penstock status shows it"
    )


def deal_state(stage: Stage, file: Path) -> str:
    """The calldata of the deal's view `state`."""
    return "0x" + stage.deal(file).deal.abi.function("state").encode([]).hex()


def test_what_is_no_settlement_is_not_told_as_one(stage: Stage, overdue: Path):
    deployment = stage.deal(overdue)
    deployment.deal.send("payAndSettle", 300 * USD, 1)
    (made,) = in_one_block(stage, (SPONSOR, deployment.deal, "claim", [0]))
    with pytest.raises(ResultUnread, match="shows no settlement in them"):
        outcome(stage.chain, deployment, [made])
