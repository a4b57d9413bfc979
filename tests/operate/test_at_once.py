"""
Two runs at the same time, by one account or by two.

given another run that settles, at any moment
    no period should be settled that nobody asked for, and each deal once
given a period that is named, and that another run has settled
    nothing should be paid, and no other period settled
given several runs at once, on a chain that mines at once or block by block
    each deal should be settled once, everything be claimed once, and no run fail
given another run that pays, at any moment
    nothing should be paid twice
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import pytest

from penstock.evm import networks
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import KeySigner
from penstock.evm.tx_queue import Sender
from penstock.model.errors import NothingToClaim
from penstock.operate import pay, settle
from penstock.operate.claim import Claim, claim_all
from penstock.operate.pay import AnotherPeriod, PaidMeanwhile, pay_and_settle
from penstock.operate.settle import NoRevenue
from tests.fixtures.actors import KEYS, OTHER, SPONSOR
from tests.fixtures.blocks import mining
from tests.fixtures.chains import PACE, QUICK
from tests.operate.conftest import USD, Stage, settle_due

pytestmark = pytest.mark.sampled


def at_the_moment(monkeypatch: pytest.MonkeyPatch, act) -> None:
    """Something happens between a run's last reading and its first sending."""
    send, done = Sender._send, []

    def interrupted(self, *words):
        if not done:
            done.append(True)
            act()
        return send(self, *words)

    monkeypatch.setattr(Sender, "_send", interrupted)


@pytest.mark.parametrize("account", [SPONSOR, OTHER])
def test_two_runs_at_once_settle_no_period_that_has_no_cash(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, account: str
):
    file = stage.launch()
    stage.pay(file, 320 * USD)
    stage.day(200)
    at_the_moment(monkeypatch, lambda: settle_due(stage, file, account=account))
    (done,) = settle_due(stage, file)
    assert (done.error, done.periods) == (None, [])
    assert stage.period(file) == 1


def before_the_estimate(monkeypatch: pytest.MonkeyPatch, module, name: str, act) -> None:
    """Something happens after a run has read the deal, and before it asks what its next transaction costs."""
    ask, done = getattr(module, name), []

    def interrupted(*words):
        if not done and (module is settle or "pay in" in words[1].intent):
            done.append(True)
            act()
        return ask(*words)

    monkeypatch.setattr(module, name, interrupted)


def after_the_estimate(monkeypatch: pytest.MonkeyPatch, act) -> None:
    """Something happens when a payment is ready to be signed."""
    ask, done = pay.estimated, []

    def interrupted(*words):
        found = ask(*words)
        if not done and "pay in" in words[1].intent:
            done.append(True)
            act()
        return found

    monkeypatch.setattr(pay, "estimated", interrupted)


@pytest.mark.parametrize("days", [100, 200])
def test_a_deal_settled_after_it_was_read_is_read_again(stage: Stage, monkeypatch: pytest.MonkeyPatch, days: int):
    file = stage.launch()
    stage.pay(file, 320 * USD)
    stage.day(days)
    before_the_estimate(monkeypatch, settle, "_with_gas", lambda: settle_due(stage, file, account=OTHER))
    (done,) = settle_due(stage, file)
    assert (done.error, done.periods, stage.period(file)) == (None, [], 1)


# Seconds from block to block; None where each transaction gets a block of its own.
BLOCKS = [None, 0.2, pytest.param(2.0, marks=pytest.mark.slow)]


def at_once(stage: Stage, seconds: float | None, runs: Sequence[Callable[[RetryingRpc], Any]]) -> list[Any]:
    """What runs at the same time give, each with a connection of its own; an error where it raises one."""
    results: dict[int, Any] = {}

    def one(place: int) -> None:
        try:
            results[place] = runs[place](networks.connect(stage.url, QUICK))
        except Exception as error:
            results[place] = error

    with mining(stage.url, seconds) if seconds else nullcontext():
        threads = [threading.Thread(target=one, args=(place,)) for place in range(len(runs))]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
    return [results[place] for place in range(len(runs))]


@pytest.mark.parametrize("seconds", BLOCKS)
def test_many_runs_at_once_settle_each_deal_once(stage: Stage, seconds: float | None):
    files = [stage.launch(f"deal{salt}", salt) for salt in range(2)]
    stage.day(200)
    for file in files:
        stage.pay(file, 300 * USD)
    runs = [
        lambda chain, who=account: settle_due(stage, *files, account=who, chain=chain)
        for account in (SPONSOR, SPONSOR, OTHER)
    ]
    results = at_once(stage, seconds, runs)

    # A run that first reads a deal after another has settled period 1 finds period 2 overdue, without revenue.
    assert {each.error for result in results for each in result} <= {None, str(NoRevenue(2))}
    assert all(each.error is None for result in results for each in result if each.periods)
    assert [stage.period(file) for file in files] == [1, 1]
    assert sum(len(done.periods) for result in results for done in result) == 2


@pytest.mark.parametrize("seconds", BLOCKS)
def test_two_claims_at_once_take_everything_once(stage: Stage, seconds: float | None):
    file = stage.launch()
    stage.pay(file, 320 * USD)
    stage.day(100)
    settle_due(stage, file)

    def claim(chain: RetryingRpc) -> list[Claim]:
        return claim_all(stage.deal(file, chain), chain, SPONSOR, lambda: KeySigner(KEYS[SPONSOR]), PACE)

    results = at_once(stage, seconds, [claim, claim])
    claims = [each for result in results if isinstance(result, list) for each in result]
    assert sorted(each.name for each in claims) == ["equity", "senior"]
    assert sum(each.amount for each in claims) == 310 * USD == stage.deal(file).asset.call("balanceOf", SPONSOR)
    assert {type(each) for each in results if not isinstance(each, list)} <= {NothingToClaim}


@pytest.mark.parametrize("when", ["sending", "before the estimate", "after the estimate"])
def test_two_payments_at_once_pay_once(stage: Stage, monkeypatch: pytest.MonkeyPatch, when: str):
    file = stage.launch()
    stage.day(200)
    deployment, signer = stage.deal(file), KeySigner(KEYS[SPONSOR])

    # Cash and allowance for more than one payment: neither may be what saves us.
    deployment.asset.send("mint", SPONSOR, 900 * USD)
    deployment.asset.send("approve", deployment.deal.address, 900 * USD)

    def payment():
        return pay_and_settle(deployment, stage.chain, 300 * USD, 1, signer, True, PACE)

    if when == "sending":
        at_the_moment(monkeypatch, payment)
    elif when == "after the estimate":
        after_the_estimate(monkeypatch, payment)
    else:
        before_the_estimate(monkeypatch, pay, "estimated", payment)
    with pytest.raises(PaidMeanwhile, match="nothing was paid"):
        payment()
    assert stage.period(file) == 1
    assert deployment.asset.call("balanceOf", SPONSOR) == 600 * USD
    assert deployment.asset.call("totalSupply") == 950 * USD


def test_a_payment_for_a_period_that_is_settled_pays_nothing(stage: Stage):
    """Whatever the command read before: what counts is read at the block of the nonce."""
    file = stage.launch()
    stage.day(200)
    deployment, signer = stage.deal(file), KeySigner(KEYS[SPONSOR])

    def payment():
        return pay_and_settle(deployment, stage.chain, 300 * USD, 1, signer, True, PACE, period=1)

    assert payment().paid == 300 * USD
    with pytest.raises(AnotherPeriod, match="period 1 is settled already; this run paid nothing"):
        payment()
    assert (stage.period(file), deployment.asset.call("totalSupply")) == (1, 350 * USD)


@pytest.mark.parametrize("account", [SPONSOR, OTHER])
@pytest.mark.parametrize("before", [True, False])
def test_no_period_but_the_one_asked_for_is_settled_empty(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, account: str, before: bool
):
    """`--pay 0 --period 1`, and another run that settles it first: the next would lose its revenue for good."""
    file = stage.launch()
    stage.day(200)

    def settled(who: str):
        return settle_due(stage, file, account=who, most=1, empty=True, period=1)

    if before:
        settled(account)
    else:
        at_the_moment(monkeypatch, lambda: settled(account))
    (done,) = settled(SPONSOR)
    assert (done.error, done.periods, stage.period(file)) == (None, [], 1)
