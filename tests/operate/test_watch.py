"""
Following deals.

given settlements, claims, reports and transfers
    watch should tell of each once, in words, with who got what
given a node that goes away for a while
    it should say so once, and tell of everything afterwards, once
given a reorganisation of one to three blocks
    it should say what was taken back, and tell of what came instead
given --metrics
    the file should be whole and hold the deal's figures
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from penstock.evm import networks
from penstock.evm.retry import RetryPolicy
from penstock.operate.watch import watch
from tests.evm.proxy import dropped, proxied, range_limited
from tests.fixtures.actors import HOLDER, OPERATOR, SPONSOR
from tests.fixtures.cli import penstock
from tests.operate.conftest import USD, Stage

SHORT = RetryPolicy(request=1.0, outage=0.3, start=2.0, first_pause=0.02, longest_pause=0.1)


def settle_first(stage: Stage, file: Path) -> None:
    stage.pay(file, 320 * USD)
    stage.day(100)
    stage.deal(file).deal.send("settle", 1)


@pytest.fixture
def until(stage: Stage):
    """Starts a watch in the background; gives its lines, and a way to wait for words."""
    lines: list[str] = []
    threads: list[threading.Thread] = []
    stop_at = 10**6

    def start(chain, members, **more) -> None:
        def run() -> None:
            try:
                watch(chain, members, lines.append, poll=0.02, **more)
            except Exception as error:
                lines.append(f"ended: {error!r}")

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()

    def seen(words: str, times: int = 1) -> None:
        for _ in range(400):
            if sum(words in line for line in lines) >= times:
                return
            time.sleep(0.05)
        raise AssertionError(f"{words!r} not {times} times in {lines}")

    yield start, seen, lines
    del stop_at


def test_events_are_told_once_in_words(stage: Stage):
    file = stage.launch()
    settle_first(stage, file)
    deal = stage.deal(file)
    deal.share(0).send("transfer", HOLDER, 250 * 10**6)
    assert penstock("claim", str(file), "--holder", OPERATOR).exit_code == 0
    assert penstock("claim", str(file), "--holder", SPONSOR, "--tranche", "equity").exit_code == 0
    for accepted in (False, True):
        deal.deal.send("setClaimFor", accepted, sender=HOLDER)
    done = penstock("watch", "--all", "--once", "--metrics", "m.prom")
    assert done.exit_code == 0, done.stderr
    told = [line.split(": ", 1)[1] for line in done.stdout.splitlines()]
    assert told == [
        f"1,000.00 shares of senior issued to {SPONSOR}",
        f"500.00 shares of equity issued to {SPONSOR}",
        "settled period 1: collections 320; fee:om 10, interest:senior 20, principal:senior 250, residual:equity 40",
        f"{SPONSOR} sent 250.00 shares of senior to {HOLDER}",
        f"{OPERATOR} claimed 10 of fee om",
        f"{SPONSOR} claimed 40 of equity",
        f"{HOLDER} does not let others claim for it",
        f"{HOLDER} lets others claim for it",
    ]
    figures = Path("m.prom").read_text()
    labels = f'deal="small",chain="31337",address="{deal.deal.address}"'
    for line in (
        f"penstock_up{{{labels}}} 1",
        f"penstock_periods_settled{{{labels}}} 1",
        f"penstock_claimable{{{labels}}} 270.0",
        f'penstock_events{{{labels},event="Transfer"}} 3',
    ):
        assert line in figures.splitlines()
    assert [each.name for each in Path(".").iterdir() if each.name.startswith(".")] == []


def test_a_settlement_that_pays_nobody_is_told(stage: Stage):
    file = stage.launch()
    stage.day(200)
    assert penstock("settle", str(file), "--empty").exit_code == 0
    told = [line.split(": ", 1)[1] for line in penstock("watch", str(file), "--once").stdout.splitlines()]
    assert told[2:] == [
        "settled period 1: collections 0; interest:senior 20, principal:senior 30; lockup fails",
        "settled period 2: collections 0; nobody got any; lockup fails",
    ]


def test_until_block_ends_there(stage: Stage):
    file = stage.launch()
    block = stage.chain.block()
    settle_first(stage, file)
    done = penstock("watch", str(file), "--until-block", str(block))
    assert done.exit_code == 0
    assert "settled" not in done.stdout
    assert penstock("watch", str(file), "--until-block", "0").stdout == ""


@pytest.mark.parametrize("option", ["--until-block", "--from-block"])
def test_once_does_not_wait_for_a_block_that_is_not_there(stage: Stage, option: str):
    file = stage.launch()
    block = stage.chain.block()
    done = penstock("watch", str(file), "--once", option, str(block + 5))
    first, *rest = done.stdout.splitlines()
    assert done.exit_code == 0
    assert first == f"block {block + 5} does not exist yet: printed up to block {block}, the chain's last"
    assert len(rest) == (2 if option == "--until-block" else 0), "what there is, and no more"


@pytest.mark.parametrize("method", ["*", "eth_getLogs"])
def test_a_node_that_is_away_is_outlasted(stage: Stage, until, method: str):
    start, seen, lines = until
    file = stage.launch()
    with proxied(stage.url) as proxy:
        proxy.on("eth_getLogs", range_limited(2))
        chain = networks.connect(proxy.url, SHORT)
        start(chain, stage.members(file, chain=chain), first=0, until=stage.chain.block() + 4)
        seen("shares of equity issued")
        proxy.on(method, dropped)
        settle_first(stage, file)
        seen("the node does not respond")
        time.sleep(1.0)  # each look gives up after 0.3 s: the settlement was asked for in vain
        proxy.clear()
        seen("the node answers again")
        seen("settled period 1: collections 320")
        stage.chain.ask("anvil_mine", "0x8")
        time.sleep(0.3)
    assert sum("settled period 1" in line for line in lines) == 1
    assert sum("issued to" in line for line in lines) == 2
    assert sum("the node does not respond" in line for line in lines) == 1


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_reorganisation_is_taken_back_and_told_anew(stage: Stage, until, depth: int):
    start, seen, lines = until
    file = stage.launch()
    stage.chain.ask("anvil_mine", "0x3")
    chain = networks.connect(stage.url, SHORT)
    stop = stage.chain.block() + 20
    start(chain, stage.members(file), first=stage.chain.block() + 1, until=stop)
    settle_first(stage, file)  # a payment, a block for the time, the settlement
    seen("settled period 1: collections 320")
    stage.chain.ask("anvil_reorg", depth, [])
    seen("reorganised from block")
    seen("taken back: settled period 1")
    stage.day(101)
    if not stage.deal(file).asset.call("balanceOf", stage.deal(file).deal.address) > 50 * USD:
        stage.pay(file, 320 * USD)
    stage.deal(file).deal.send("settle", 1)
    seen("settled period 1: collections 320", times=3)
    stage.chain.ask("anvil_mine", "0x20")
    time.sleep(0.2)
    plain = [line for line in lines if "settled period 1" in line and "taken back" not in line]
    assert len(plain) == 2
    assert not [line for line in lines if line.startswith("ended")]


def test_bad_input_is_one_line(stage: Stage):
    file = str(stage.launch())
    for words, said, code in (
        (["watch"], "name manifests, or give --all", 2),
        (["watch", file, "--metrics", "none/m.prom"], "no folder none", 2),
        (["watch", file, "--from-block", "9", "--until-block", "3"], "9 is after --until-block 3", 2),
        (["watch", file, "--network", "http://127.0.0.1:1", "--once"], "does not answer: connection refused", 1),
    ):
        done = penstock(*words)
        assert done.exit_code == code
        (line,) = done.stderr.splitlines()
        assert said in line
