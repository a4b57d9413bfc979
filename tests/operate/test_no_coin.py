"""
An account that cannot pay the gas.

given no native coin and --pay with --advance
    it should be refused before the clock moves, in one line with what is accepted
given too little for what is sent, to settle, to pay or to claim
    the same line should stand in the place of the node's words
"""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from tests.fixtures.actors import HOLDER, OTHER
from tests.operate.conftest import USD, Stage


def refused(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert (done.exit_code, done.stdout) == (1, ""), done.output
    (line,) = done.stderr.splitlines()
    return line


def words(account: str, intent: str, held: str = "0.000000") -> str:
    return f"{account} holds {held} of the native coin, too little for gas: {intent}; accepted: send it some"


@pytest.mark.parametrize("amount", ["300", "0"])
def test_the_clock_stays_where_nothing_could_be_sent(stage: Stage, amount: str):
    file = str(stage.launch())
    stage.chain.ask("anvil_setBalance", OTHER, "0x0")
    before = stage.chain.block(), stage.chain.now()
    line = refused("settle", file, "--pay", amount, "--advance", "--account", OTHER)
    assert line == words(OTHER, "pay in and settle" if amount != "0" else "settle period 1 of small")
    assert "no keystore is at nobody" in refused("settle", file, "--pay", amount, "--advance", "--account", "nobody")
    assert (stage.chain.block(), stage.chain.now()) == before


@pytest.mark.parametrize("pay", [True, False])
def test_too_little_for_the_gas_is_said_in_our_words(stage: Stage, pay: bool):
    file = stage.launch()
    stage.pay(file, 300 * USD)
    stage.day(100)
    stage.chain.ask("anvil_setBalance", OTHER, hex(10**13))
    line = refused("settle", str(file), *(["--pay", "300"] if pay else []), "--account", OTHER)
    assert line == words(OTHER, "mint the mock stablecoin" if pay else "settle period 1 of small", "0.000010")


def test_a_holder_without_coin_is_told_so(stage: Stage):
    file = stage.launch()
    stage.deal(file).share(0).send("transfer", HOLDER, 500 * USD)
    stage.pay(file, 300 * USD)
    stage.day(100)
    stage.deal(file).deal.send("settle", 1)
    stage.chain.ask("anvil_setBalance", HOLDER, "0x0")
    assert refused("claim", str(file), "--holder", HOLDER) == words(HOLDER, "claim senior")
