"""
A node that answers with null, or with {} where a block should be.

given such an answer now and then
    every command should ask again, and come to the end that it has with a good node
given no other answer
    it should end in one line that says what the node does not give, or do without it
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from penstock.evm import broadcast, networks
from penstock.evm.retry import RetryingRpc, RetryPolicy
from tests.evm.proxy import Call, proxied
from tests.fixtures.actors import OPERATOR, SPONSOR
from tests.fixtures.cli import penstock
from tests.fixtures.deals import Launched
from tests.fixtures.slow import mostly_slow

COMMANDS: dict[str, tuple[str, ...]] = {
    "status": ("status", "FILE"),
    "holders": ("holders", "FILE"),
    "status of many": ("status", "FILE", "FILE"),
    "settle": ("settle", "FILE", "--pay", "300", "--advance"),
    "settle all": ("settle", "--all", "--empty"),
    "claim": ("claim", "FILE", "--holder", SPONSOR),
    "watch": ("watch", "FILE", "--once"),
    "audit": ("audit", "FILE"),
    "deploy": (
        "deploy",
        "small.toml",
        "--salt",
        "7",
        "--payee",
        f"operator={OPERATOR}",
        "--execute",
        "--out",
        "x.json",
    ),
}
ANSWERS: dict[str, tuple[str, Any]] = {
    "no block": ("eth_getBlockByNumber", None),
    "empty block": ("eth_getBlockByNumber", {}),
    "no receipt": ("eth_getTransactionReceipt", None),
    "empty receipt": ("eth_getTransactionReceipt", {}),
    "no logs": ("eth_getLogs", None),
    "no code": ("eth_getCode", None),
}


# Each command with one of them, and each of them at least once.
QUICK = [(command, list(ANSWERS)[place % len(ANSWERS)]) for place, command in enumerate(COMMANDS)]


BRIEF = RetryPolicy(request=2.0, outage=0.4, start=0.4, first_pause=0.01, longest_pause=0.05, behind=0.4)


def patient(monkeypatch: pytest.MonkeyPatch, policy: RetryPolicy) -> None:
    monkeypatch.setattr(networks, "RetryingRpc", lambda url, **more: RetryingRpc(url, **{**more, "patience": policy}))


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    patient(monkeypatch, BRIEF)
    pace = broadcast.Pace(confirmations=1, poll=0.05, replacement=0.3, step=0.5)
    monkeypatch.setattr(broadcast, "Pace", lambda **_: pace)


def run(deal: Launched, url: str, command: str) -> Any:
    words = [deal.file if word == "FILE" else word for word in COMMANDS[command]]
    return penstock(*words, "--rpc" if command == "audit" else "--network", url)


def give_something_to_claim(deal: Launched) -> None:
    assert penstock("settle", deal.file, "--pay", "300", "--advance").exit_code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_now_and_then(settled_twice: Launched, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    patient(monkeypatch, replace(BRIEF, outage=20.0))
    if command == "claim":
        give_something_to_claim(settled_twice)
    with proxied(settled_twice.url) as proxy:
        for place, (method, answer) in enumerate(ANSWERS.values()):
            proxy.rewrite(method, lambda call, result, answer=answer: answer, lambda at, place=place: at % 7 == place)
        done = run(settled_twice, proxy.url, command)
    assert done.exit_code == 0, done.stderr
    assert command == "deploy" or done.stderr == ""


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize(("command", "answer"), mostly_slow(product(COMMANDS, ANSWERS), QUICK))
def test_always(settled_twice: Launched, command: str, answer: str) -> None:
    method, given = ANSWERS[answer]
    if command == "claim":
        give_something_to_claim(settled_twice)

    def not_the_newest(call: Call, result: Any) -> Any:
        """Without any newest block there is no chain."""
        return result if call.params[0] == "latest" else given

    with proxied(settled_twice.url) as proxy:
        proxy.rewrite(method, not_the_newest)
        done = run(settled_twice, proxy.url, command)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    if done.exit_code:
        assert done.exit_code == 1
        last = done.stderr.splitlines()[-1]
        assert method in last or "does not have block" in last or "not known" in last or "no receipt" in last, last
