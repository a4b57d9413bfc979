"""
How often a command compares a manifest with its chain.

given a command about one deal, or about several
    it should ask for the chain's first block and for each contract's code once
"""

from __future__ import annotations

from collections import Counter

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.evm.artifacts import compile_contracts
from tests.evm.proxy import proxied
from tests.fixtures.actors import HOLDER, SPONSOR
from tests.operate.conftest import USD, Stage

pytestmark = pytest.mark.sampled

COMMANDS = {
    "settle": ("settle", "FILE"),
    "settle, revenue paid in": ("settle", "FILE", "--pay", "1"),
    "settle two": ("settle", "FILE", "OTHER"),
    "status": ("status", "FILE"),
    "status of two": ("status", "FILE", "OTHER"),
    "claim": ("claim", "FILE", "--holder", SPONSOR),
    "watch": ("watch", "FILE", "--once"),
    "handover": ("admin", "handover", "FILE", "--to", HOLDER),
    "replace": ("admin", "replace", "FILE", "--policy", "REGISTRY"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_checks_each_manifest_once(stage: Stage, command: tuple[str, ...]):
    file, other = stage.launch(policy=None, delay=86_400), stage.launch("other", salt=1)
    made, more = stage.manifest(file), stage.manifest(other)
    for days in (90, 181):
        stage.day(days)
        for each in (file, other):
            stage.pay(each, 300 * USD)
        if days == 90:
            assert CliRunner().invoke(app, ["settle", str(file)]).exit_code == 0
    registry = stage.chain.deploy(compile_contracts()["HolderRegistry"], SPONSOR)
    named = {"FILE": str(file), "OTHER": str(other), "REGISTRY": registry.address}
    words = [named.get(each, each) for each in command]
    with proxied(stage.url) as proxy:
        done = CliRunner().invoke(app, [*words, "--network", proxy.url])
        calls = Counter((call.method, call.params[0]) for call in proxy.calls if isinstance((*call.params, 0)[0], str))
    assert done.exit_code == 0, done.output
    opened = [made, more] if "OTHER" in command else [made]
    places = {code.address for each in opened for code in each.contracts.values()}
    if command[0] == "admin":  # its plan, too, asks for the first block and for the code of what it replaces
        places = {made.deal, made.factory, *made.shares.values()}
    else:
        assert calls["eth_getBlockByNumber", "0x0"] == 1
    assert {place: calls["eth_getCode", place] for place in places} == dict.fromkeys(places, 1)
