"""
Settling and claiming through public endpoints: pools of nodes that lag, lose answers and disagree.

given a receipt that comes late, an answer to a send that is lost, or a node without the payment's block
    a payment should be made once, and shown
given a node that goes away after a send
    the run should name the transaction, exit 1, and claim nothing of what became of it
given an asset that changes no allowance but by way of zero, and some allowance left over
    a payment should go through
given any mix of faults
    a payment with other periods overdue should be made once, a claim take everything once, and both be told as they are
given two runs at once over such a pool
    each should tell of its own transactions, and of no other
"""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.evm.attempts import OutcomeUnknown
from penstock.evm.broadcast import Pace
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.retry import RetryingRpc, RetryPolicy
from penstock.evm.signers import KeySigner
from penstock.model.errors import NothingToClaim
from penstock.operate.claim import claim_all
from penstock.operate.outcome import Outcome
from penstock.operate.pay import AnotherPeriod, PaidMeanwhile, pay_and_settle
from tests.contracts.hostile import Quirk
from tests.evm.proxy import Call, Dropped, Proxy, RpcError, dropped, only, proxied
from tests.fixtures.actors import KEYS, OTHER, SPONSOR
from tests.fixtures.blocks import mining
from tests.fixtures.chains import PACE
from tests.fixtures.cli import penstock
from tests.fixtures.pool import POOL_POLICY, Faults, pool, seeds
from tests.operate.conftest import USD, Stage, settle_due

pytestmark = pytest.mark.sampled

SLOWLY = Pace(confirmations=2, poll=0.05, replacement=1.0, step=60.0)
# Receipts of most runs may come after 20 s, those of the quick ones after 2 s.
QUICK_RUNS, LATE, NOT_SO_LATE = [1], 20.0, 2.0
BRIEF = RetryPolicy(request=5.0, outage=0.6, start=5.0, first_pause=0.02, longest_pause=0.1)


@pytest.fixture
def overdue(stage: Stage) -> Path:
    """A deal with two periods overdue and no cash: a payment made twice would settle both."""
    file = stage.launch()
    stage.day(200)
    return file


def supply(stage: Stage, file: Path) -> int:
    """Everything that was ever minted: the opening reserve's 50, and what payments made."""
    return int(stage.deal(file).asset.call("totalSupply")) - 50 * USD


def test_a_late_receipt_is_waited_for(stage: Stage, overdue: Path):
    with pool(stage.url, Faults(late=0.6), 1) as endpoint:
        done = penstock("settle", str(overdue), "--pay", "300", "--network", endpoint.url)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Settled period 1: collections 300.00" in done.stdout
    assert (stage.period(overdue), supply(stage, overdue)) == (1, 300 * USD)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_lost_answer_to_a_send_is_no_other_run(stage: Stage, overdue: Path, number: int):
    def lost(call: Call, result: Any) -> Any:
        raise Dropped

    with proxied(stage.url) as proxy:
        proxy.rewrite("eth_sendRawTransaction", lost, lambda at: at == number)
        done = penstock("settle", str(overdue), "--pay", "300", "--network", proxy.url)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "Settled period 1: collections 300.00" in done.stdout
    assert (stage.period(overdue), supply(stage, overdue)) == (1, 300 * USD)


def test_a_node_without_the_payments_block_is_waited_for(stage: Stage, overdue: Path):
    with proxied(stage.url) as proxy:
        refusals = []

        def behind(call: Call) -> None:
            paid = stage.period(overdue) == 1
            if paid and len(refusals) < 3:
                refusals.append(call)
                raise RpcError(-32000, "header not found")

        proxy.on("eth_call", behind)
        done = penstock("settle", str(overdue), "--pay", "300", "--network", proxy.url)
    assert (done.exit_code, done.stderr, len(refusals)) == (0, "", 3)
    assert "Settled period 1: collections 300.00" in done.stdout


def goes_away_after(proxy: Proxy, sends: int) -> None:
    """The node takes so many transactions, and is not heard of from its answer to the last on."""
    gone: list[Call] = []

    def last(call: Call, result: Any) -> Any:
        gone.append(call)
        raise Dropped

    proxy.rewrite("eth_sendRawTransaction", last, only(sends))
    proxy.on("*", dropped, lambda _: bool(gone))


def test_what_cannot_be_known_is_not_claimed(stage: Stage, overdue: Path):
    """The node takes the payment and is never heard of again."""
    with proxied(stage.url) as proxy:
        chain = networks.connect(proxy.url, BRIEF)
        deployment = stage.deal(overdue, chain)
        goes_away_after(proxy, sends=3)
        with pytest.raises(OutcomeUnknown) as said:
            pay_and_settle(deployment, chain, 300 * USD, 1, KeySigner(KEYS[SPONSOR]), True, PACE)
    assert str(said.value).startswith(
        f"pay in and settle: not known yet whether transaction {said.value.hash} is mined: {proxy.url} does not answer"
    )
    assert "nothing" not in str(said.value)
    assert stage.chain.ask("eth_getTransactionReceipt", said.value.hash)["status"] == "0x1"


def test_of_many_deals_each_has_its_own_end(stage: Stage):
    files = [stage.launch(f"deal{salt}", salt) for salt in range(2)]
    stage.day(100)
    stage.pay(files[0], 300 * USD)
    stage.pay(files[1], 300 * USD)
    with proxied(stage.url) as proxy:
        chain = networks.connect(proxy.url, BRIEF)
        goes_away_after(proxy, sends=1)
        one, other = settle_due(stage, *files, chain=chain)
    assert one.error is not None and "not known yet whether transaction 0x" in one.error
    assert other.error is not None and other.periods == []


def test_an_allowance_left_over_is_cleared_first(stage: Stage):
    artifacts = compile_contracts()
    asset = stage.chain.deploy(artifacts["QuirkyUSD"], 6, int(Quirk.NO_RE_APPROVAL)).as_(artifacts["MockUSD"].abi)
    asset.send("mint", SPONSOR, 1_000 * USD)
    file = stage.launch(asset=asset.address)
    stage.day(100)
    asset.send("approve", stage.manifest(file).deal, 7 * USD)
    done = penstock("settle", str(file), "--pay", "300")
    assert (done.exit_code, done.stderr) == (0, "")
    assert asset.call("balanceOf", SPONSOR) == 650 * USD
    assert asset.call("allowance", SPONSOR, stage.manifest(file).deal) == 0


def pays(stage: Stage, file: Path, chain: RetryingRpc, account: str = SPONSOR) -> Outcome | ChainError:
    try:
        deployment = stage.deal(file, chain)
        return pay_and_settle(deployment, chain, 300 * USD, 1, KeySigner(KEYS[account]), True, SLOWLY, period=1)
    except ChainError as error:
        assert "\n" not in str(error)
        return error


def require_truth(said: Outcome | ChainError, paid: bool) -> None:
    """What a payment said is what happened, or that it does not know."""
    if isinstance(said, Outcome):
        assert paid and (said.paid, said.collections, len(said.steps)) == (300 * USD, 300 * USD, 1)
    elif isinstance(said, PaidMeanwhile | AnotherPeriod):
        assert not paid
    else:
        assert isinstance(said, OutcomeUnknown | NodeFailed), said
        assert "nothing was" not in str(said)


@pytest.mark.parametrize("seed", seeds(QUICK_RUNS, 15))
def test_any_mix_of_faults(stage: Stage, overdue: Path, seed: int):
    faults = Faults.drawn(random.Random(seed), NOT_SO_LATE if seed in QUICK_RUNS else LATE)
    holder = SPONSOR
    with mining(stage.url, 0.1), pool(stage.url, faults, seed) as endpoint:
        chain = networks.connect(endpoint.url, POOL_POLICY)
        said = pays(stage, overdue, chain)
        assert isinstance(said, Outcome), said
        assert (stage.period(overdue), supply(stage, overdue)) == (1, 300 * USD)
        require_truth(said, True)
        asset = stage.deal(overdue).asset
        before = asset.call("balanceOf", holder)
        deployment = stage.deal(overdue, chain)
        claims = claim_all(deployment, chain, holder, lambda: KeySigner(KEYS[holder]), SLOWLY)
        assert [each.name for each in claims] == ["senior", "equity"]
        assert sum(each.amount for each in claims) == asset.call("balanceOf", holder) - before == 290 * USD
        with pytest.raises(NothingToClaim):
            claim_all(deployment, chain, holder, lambda: KeySigner(KEYS[holder]), SLOWLY)


@pytest.mark.parametrize("account", [SPONSOR, pytest.param(OTHER, marks=pytest.mark.slow)])
@pytest.mark.parametrize("seed", seeds(QUICK_RUNS, 5))
def test_two_payments_at_once_over_a_pool(stage: Stage, overdue: Path, seed: int, account: str):
    faults = replace(Faults.drawn(random.Random(1000 + seed), NOT_SO_LATE if seed in QUICK_RUNS else LATE), stale=0.3)
    ended: dict[str, Outcome | ChainError] = {}
    with mining(stage.url, 0.1), pool(stage.url, faults, seed) as endpoint:

        def run(name: str, who: str) -> None:
            ended[name] = pays(stage, overdue, networks.connect(endpoint.url, POOL_POLICY), who)

        threads = [threading.Thread(target=run, args=each) for each in (("one", SPONSOR), ("other", account))]
        for each in threads:
            each.start()
        for each in threads:
            each.join(120)
    assert len(ended) == 2
    paid = [name for name, said in ended.items() if isinstance(said, Outcome)]
    # Two accounts may both pay, if neither sees the other's payment before its own: that is two payments by two people,
    # and each says what it paid itself.
    assert 1 <= len(paid) <= (1 if account == SPONSOR else 2)
    deal = stage.deal(overdue).deal
    assert len([each for each in deal.events() if each.name == "Settled"]) == len(paid)
    for name, said in ended.items():
        require_truth(said, name in paid)
