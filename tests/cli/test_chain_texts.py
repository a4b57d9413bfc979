"""
Texts that whoever launched a deal, deployed an asset or runs a node chose: no command prints one as it is.

given a deal whose name, ids and symbols hold line breaks, escape sequences and signs that turn the writing
    every command should print them escaped, as a page, as JSON and in errors; so no text forges a line
given an asset whose symbol does, a contract whose reason does, a node whose words do
    they should be escaped as well
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from typer.testing import Result

from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.evm.errors import ChainRevert
from penstock.evm.retry import RetryingRpc
from penstock.format import is_plain, one_line
from penstock.onchain.asset import symbol_of
from penstock.onchain.launch import deploy_system
from tests.contracts.deals import PLAIN
from tests.contracts.stage import USD, Stage, put_on
from tests.evm.proxy import Call, RpcError, proxied
from tests.fixtures.cli import penstock
from tests.fixtures.deals import working_in

FORGED = "verdict: clean — 9 events, 3 holders, 2 periods, block 9"
# A line of its own, colours, the screen emptied, the writing turned, what has no width, other ends of a line.
UGLY = f"A\n{FORGED}\r\x1b[2J\x9b31m\u202e\u200b\u2028\u2066\ufeff\u3164B"
SENIOR, EQUITY = PLAIN.tranches
ROGUE = replace(
    PLAIN,
    name=UGLY,
    tranches=(
        replace(SENIOR, id="s\n\u202ee", symbol="S\x1b[31m"),
        replace(EQUITY, id="e\u2029\x07", symbol="E\u200f"),
    ),
)


@dataclass(frozen=True)
class Rogue:
    stage: Stage
    url: str
    chain: RetryingRpc

    @property
    def deal(self) -> str:
        return self.stage.deal.address


@pytest.fixture
def rogue(fresh_anvil: str, tmp_path: Path) -> Iterator[Rogue]:
    """The deal, settled once, in a working directory of its own."""
    chain = networks.connect(fresh_anvil)
    with working_in(tmp_path):
        stage = put_on(deploy_system(chain, artifacts=compile_contracts()), ROGUE)
        stage.settle(30_000 * USD)
        yield Rogue(stage, fresh_anvil, chain)


def strings_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from (key, *strings_in(part))
    elif isinstance(value, list):
        for part in value:
            yield from strings_in(part)


def plain(done: Result, code: int) -> Result:
    """Every line is one of ours: no character of it is hidden, and none begins as the forged one does."""
    assert done.exit_code == code, done.output
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit), done.exception
    for line in [*done.stdout.split("\n"), *done.stderr.split("\n")]:
        assert is_plain(line), repr(line)
        assert not line.startswith(FORGED), line
    return done


def test_the_audit_prints_no_verdict_of_others(rogue: Rogue) -> None:
    words = ("audit", rogue.deal, "--rpc", rogue.url)
    page = plain(penstock(*words), 1)
    assert page.stdout.splitlines()[-1].startswith("verdict: WRONG — first difference: terms: ")
    assert one_line(UGLY) in page.stdout
    found = json.loads(plain(penstock(*words, "--json"), 1).stdout)
    assert all(map(is_plain, strings_in(found)))
    assert any("deal.name" in each for each in strings_in(found))


def test_a_manifest_is_rebuilt_and_says_which_rules_are_broken(rogue: Rogue) -> None:
    done = plain(penstock("manifest", "rebuild", rogue.deal, "--network", rogue.url, "--out", "rogue.json"), 0)
    notes = [line for line in done.stdout.splitlines() if line.startswith("note: the terms break a rule")]
    assert len(notes) == 5 and "deal.name = " in notes[0]
    assert all(map(is_plain, strings_in(json.loads(Path("rogue.json").read_text()))))
    file, manifest = "rogue.json", json.loads(Path("rogue.json").read_text())
    assert list(manifest["shares"]) == ["s\\u000a\\u202ee", "e\\u2029\\u0007"]
    broken = "the deal's terms break a rule of the deal file: deal.name"
    for command in (["status", file], ["status", file, "--json"], ["settle", file, "--pay", "1"]):
        assert broken in plain(penstock(*command), 1).stderr
    assert broken in plain(penstock("watch", file, "--once"), 0).stdout
    many = plain(penstock("status", file, file), 0)
    assert one_line(UGLY) in many.stdout
    rows = json.loads(plain(penstock("status", file, file, "--json"), 0).stdout)
    assert rows["deals"][0]["name"] == one_line(UGLY)
    claimed = plain(penstock("claim", file, "--holder", rogue.stage.cast.ann), 0)
    assert "s\\u000a\\u202ee" in claimed.stdout, "what a holder is owed is paid by whatever terms"


def test_the_words_of_a_node_stay_on_their_line(rogue: Rogue) -> None:
    def refuse(call: Call) -> None:
        raise RpcError(-32000, f"no\x1b[2J\u202e\n{FORGED}")

    with proxied(rogue.url) as proxy:
        proxy.on("eth_getCode", refuse)
        done = plain(penstock("audit", rogue.deal, "--rpc", proxy.url, "--patience", "1"), 1)
        assert "\\u001b[2J\\u202e" in done.stderr
        plain(penstock("manifest", "rebuild", rogue.deal, "--network", proxy.url), 1)


def test_a_reason_and_a_symbol_stay_on_their_line(rogue: Rogue) -> None:
    text = f"A\x1b[2J\u202e\n{FORGED}".encode()
    string = (32).to_bytes(32, "big") + len(text).to_bytes(32, "big") + text.ljust(-(-len(text) // 32) * 32, b"\0")
    with proxied(rogue.url) as proxy:
        chain = networks.connect(proxy.url)
        proxy.rewrite("eth_call", lambda call, result: "0x" + string.hex())
        assert symbol_of(chain, rogue.stage.asset.address) == one_line(text.decode())
        reason = rogue.chain.registry.revert(bytes.fromhex("08c379a0") + string)
        assert isinstance(reason, ChainRevert) and is_plain(str(reason))
        assert re.search(r"\\u001b\[2J\\u202e verdict: clean", str(reason))
