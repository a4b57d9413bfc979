"""
Settling one deal or many, as cron does it.

given nothing due
    it should say so, send nothing and exit 0, once and again
given cash for an overdue period
    it should settle that period alone; later ones only when asked for
given a number of periods
    it should never settle more
given several overdue periods and little gas in a block
    it should settle them in several transactions
given many deals, one of them false and one without cash
    it should settle the others, and name the two on a line each, exit 1
"""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path

import pytest

from penstock.evm import networks
from tests.evm.proxy import dropped, every, first, proxied, status
from tests.fixtures.actors import OPERATOR, SPONSOR
from tests.fixtures.chains import QUICK
from tests.fixtures.cli import penstock, refused
from tests.operate.conftest import USD, Stage, settle_due


def test_nothing_due_is_said_and_nothing_sent(stage: Stage):
    file = stage.launch()
    before = stage.sent()
    for words in (("settle", str(file)), ("settle", "--all")):
        for _ in range(2):
            done = penstock(*words)
            assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "0 settled, 1 with nothing due\n"
    assert "nothing is due; next payment date 2026-04-01" in penstock("settle", str(file)).stdout
    assert stage.sent() == before


def test_cash_goes_to_the_first_overdue_period_alone(stage: Stage):
    file = stage.launch()
    stage.pay(file, 320 * USD)
    stage.day(200)
    done = penstock("settle", "--all")
    assert done.exit_code == 0, done.stderr
    assert f"{Path('deployments/31337/small.json')}: settled period 1: collections 320" in done.stdout
    assert "1 period is overdue, and no revenue has been received; --empty settles without revenue" in done.stdout
    assert stage.period(file) == 1
    before = stage.sent()
    again = penstock("settle", "--all")
    assert again.exit_code == 1
    assert "small.json: no revenue has been received for period 2; accepted: --pay AMOUNT, or --pay 0" in again.stderr
    assert stage.sent() == before
    assert penstock("settle", "--all", "--empty").exit_code == 0
    assert stage.period(file) == 2


def test_all_overdue_periods_settle_when_asked_for(stage: Stage):
    file = stage.launch()
    stage.pay(file, 320 * USD)
    stage.day(400)
    (done,) = settle_due(stage, file, empty=True)
    assert [(each.number, each.collections) for each in done.periods] == [(1, 320 * USD), (2, 0), (3, 0), (4, 0)]
    assert len(done.transactions) == 1
    stage.pay(file, 5 * USD)
    (late,) = settle_due(stage, file)
    assert [(each.number, each.collections) for each in late.periods] == [(5, 5 * USD)]


@pytest.mark.parametrize("many", [1, 2, 3])
def test_no_more_periods_settle_than_were_asked_for(stage: Stage, many: int):
    file = stage.launch()
    stage.pay(file, 320 * USD)
    stage.day(400)  # all four are overdue
    done = penstock("settle", str(file), "--periods", str(many))
    assert done.exit_code == 0, done.stderr
    assert stage.period(file) == many
    assert f"Settled period{f's 1 to {many}' if many > 1 else ' 1'}: collections 320.00 USDC" in done.stdout


@pytest.mark.parametrize(("most", "settled"), [(None, [1, 2, 3, 4]), (3, [1, 2, 3])])
def test_periods_that_do_not_fit_a_block_settle_in_several_transactions(
    stage: Stage, most: int | None, settled: list[int]
):
    file = stage.launch()
    stage.day(400)
    deal = stage.deal(file).deal
    data = "0x" + deal.abi.function("settle").encode([len(settled)]).hex()
    whole = int(stage.chain.ask("eth_estimateGas", {"from": SPONSOR, "to": deal.address, "data": data}), 16)
    limit = int(stage.chain.ask("eth_getBlockByNumber", "latest", False)["gasLimit"], 16)
    stage.chain.ask("evm_setBlockGasLimit", hex(2 * whole * 5 // 4 - 2))
    try:
        stage.chain.ask("anvil_mine", "0x1", "0x0")
        (done,) = settle_due(stage, file, empty=True, most=most)
    finally:
        stage.chain.ask("evm_setBlockGasLimit", hex(limit))
    assert done.error is None
    assert [each.number for each in done.periods] == settled
    assert len(done.transactions) > 1
    assert stage.period(file) == len(settled)


def test_a_period_that_does_not_fit_a_block_is_not_sent(stage: Stage):
    file = stage.launch()
    stage.day(100)
    deal, before = stage.deal(file).deal, stage.sent()
    data = "0x" + deal.abi.function("settle").encode([1]).hex()
    whole = int(stage.chain.ask("eth_estimateGas", {"from": SPONSOR, "to": deal.address, "data": data}), 16)
    limit = int(stage.chain.ask("eth_getBlockByNumber", "latest", False)["gasLimit"], 16)
    stage.chain.ask("evm_setBlockGasLimit", hex(2 * whole))  # with its margin it takes more than half
    try:
        stage.chain.ask("anvil_mine", "0x1", "0x0")
        (done,) = settle_due(stage, file, empty=True)
    finally:
        stage.chain.ask("evm_setBlockGasLimit", hex(limit))
    assert re.fullmatch(r"settle period 1 of small: \d\d\d,\d\d\d gas do not fit into a block", done.error or "")
    assert (done.periods, stage.sent()) == ([], before)


def test_one_failing_deal_does_not_stop_the_others(stage: Stage):
    files = [stage.launch(f"deal{salt}", salt) for salt in range(4)]
    stage.day(100)
    for file in (files[0], files[3]):
        stage.pay(file, 300 * USD)
    data = json.loads(files[1].read_text())
    files[1].write_text(json.dumps({**data, "terms_hash": "0x" + "11" * 32}))
    done = penstock("settle", "--all")
    assert done.exit_code == 1
    assert [stage.period(file) for file in (files[0], files[2], files[3])] == [1, 0, 1]
    assert "2 settled, 0 with nothing due, 2 refused" in done.stdout
    wrong = sorted(done.stderr.splitlines())
    assert len(wrong) == 2
    assert "deal1.json: the deal at" in wrong[0]
    assert "deal2.json: no revenue has been received for period 1" in wrong[1]


def test_no_more_is_paid_than_the_deal_takes_in_its_life(stage: Stage):
    file = stage.launch()
    before = stage.chain.now()
    beyond = penstock("settle", str(file), "--pay", "72057593987.927936", "--advance")
    # Its reserve was opened with 50
    said = "takes in at most 72,057,594,037.927935 USDC in its life and has room for 72,057,593,987.927935 more: "
    refused(beyond, said, "accepted: --pay up to 72057593987.927935")
    assert (stage.chain.now(), stage.period(file)) == (before, 0)
    assert penstock("settle", str(file), "--pay", "72057593987", "--advance").exit_code == 0
    assert penstock("claim", str(file), "--holder", SPONSOR).exit_code == 0, "what holders claim makes no room"
    refused(penstock("settle", str(file), "--pay", "1", "--advance"), "has room for 0.927935 more: of 1 the rest")
    assert penstock("claim", str(file), "--holder", OPERATOR).exit_code == 0, "what a payee claims does"
    refused(penstock("settle", str(file), "--pay", "11", "--advance"), "has room for 10.927935 more: of 11 the rest")
    assert penstock("settle", str(file), "--pay", "10", "--advance").exit_code == 0


def test_late_revenue_has_no_number(stage: Stage):
    file = stage.launch()
    stage.day(400)
    assert penstock("settle", str(file), "--empty", "--periods", "3").exit_code == 0
    assert penstock("settle", str(file), "--pay", "5", "--period", "4").exit_code == 0
    for period in (5, 6):
        done = penstock("settle", str(file), "--pay", "5", "--period", str(period))
        refused(done, f"--period {period}: the deal has 4 periods; nothing was paid; accepted: 1 to 4, or late")
    assert penstock("settle", str(file), "--pay", "5").exit_code == 0


def test_a_payment_for_a_named_period_is_made_once(stage: Stage):
    file = str(stage.launch())
    stage.day(200)
    words = ("settle", file, "--pay", "300", "--period", "1")
    assert "Settled period 1: collections 300.00" in penstock(*words).stdout
    again = penstock(*words)
    assert (again.exit_code, again.stdout) == (0, f"{file}: period 1 is settled already; this run paid nothing\n")
    ahead = penstock("settle", file, "--pay", "300", "--period", "3")
    assert ahead.exit_code == 1
    assert "the next period is 2, not 3; nothing was paid" in ahead.stderr


def test_a_bad_node_delays_and_doubles_nothing(stage: Stage):
    files = [stage.launch(f"deal{salt}", salt) for salt in range(2)]
    stage.day(100)
    for file in files:
        stage.pay(file, 300 * USD)
    with proxied(stage.url) as proxy:
        chain = networks.connect(proxy.url, QUICK)
        proxy.on("eth_getTransactionReceipt", dropped, every(2))
        proxy.on("eth_sendRawTransaction", dropped, first(1))
        proxy.on("eth_call", status(429), first(2))
        done = settle_due(stage, *files, chain=chain)
    assert [[period.number for period in each.periods] for each in done] == [[1], [1]]


def test_a_raised_base_fee_is_met(stage: Stage):
    file = stage.launch()
    stage.day(100)
    stage.pay(file, 300 * USD)
    stage.chain.ask("evm_setAutomine", False)
    results = []
    run = threading.Thread(target=lambda: results.extend(settle_due(stage, file)))
    run.start()
    waiter = networks.connect(stage.url, QUICK)
    while not int(waiter.ask("eth_getBlockTransactionCountByNumber", "pending"), 16):
        pass
    for _ in range(100):
        waiter.ask("anvil_setNextBlockBaseFeePerGas", hex(500 * 10**9))
        waiter.ask("evm_mine")
        run.join(0.2)
        if not run.is_alive():
            break
    assert [each.number for each in results[0].periods] == [1]


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["settle"], "name manifests, or give --all", 2),
        (["settle", "--all", "FILE"], "name manifests, or give --all", 2),
        (["settle", "--all", "--pay", "5"], "is for one deployment", 2),
        (["settle", "--all", "--network", "http://127.0.0.1:1"], "does not answer: connection refused", 1),
        (["settle", "FILE", "--period", "2"], "goes with --pay", 2),
        (["settle", "FILE", "--account", "nobody"], "no keystore is at nobody", 1),
        (["settle", "FILE", "--account", "0x" + "11" * 20], "no key for 0x1111", 1),
        (["settle", "FILE", "FILE", "--advance"], "is for one deployment", 2),
    ],
)
def test_bad_input_is_one_line_and_sends_nothing(stage: Stage, words: list[str], said: str, code: int):
    file = stage.launch()
    stage.pay(file, USD)
    stage.day(100)
    before = stage.sent()
    done = penstock(*[str(file) if word == "FILE" else word for word in words])
    assert (done.exit_code, stage.sent()) == (code, before)
    (line,) = done.stderr.splitlines()
    assert said in line
