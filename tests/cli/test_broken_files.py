"""
Files that are not what they should be.

given a deal file, a manifest, a journal, a keystore, a story or a list of networks nested too deeply for Python
    each command that reads it should refuse it in one line, exit 1
given a journal in which a value is of another kind than was written
    the line should be refused by its number, before anything is asked of a node
given a keystore that is locked in a way nobody knows, or a story whose steps nobody can take
    it should be refused in one line
given a node or an explorer whose answer is nested too deeply
    it should count as no answer
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from eth_account import Account

from penstock.audit.checkpoint import Checkpoint
from penstock.dealfile import DealFileError, loads
from penstock.deploy.journal import Journal, JournalRefused
from penstock.deploy.verify.http import ExplorerFailed, Http
from penstock.evm import networks
from penstock.evm.signers import KeystoreRefused, unlock
from penstock.evm.transport import NodeFailed, Transport
from penstock.fuzz.campaign import ExampleRefused, read_example
from tests.fixtures.actors import HOLDER
from tests.fixtures.cli import MINIMAL, ROOT, penstock, refused

DEEP = "[" * 100_000
DOTS = ".".join(["a"] * 3000)
STORY = ROOT / "tests" / "fuzz" / "examples" / "pari-passu-draws.json"
HASH = "0x" + "12" * 32
SENDING: dict[str, Any] = {
    "event": "sending",
    "step": "launch",
    "intent": "launch the deal",
    "sender": HOLDER,
    "nonce": 0,
    "hash": HASH,
    "gas": 21_000,
    "most": 2,
    "tip": 1,
    "raw": "0x00",
}
MINED: dict[str, Any] = {"event": "mined", "step": "launch", "hash": HASH, "block": 1, "block_hash": HASH, "gas": 1}


@pytest.mark.parametrize("text", [f"{DOTS} = 1", f"[{DOTS}]", f"[[{DOTS}]]", "a = " + "{a = " * 40 + "1" + "}" * 40])
def test_tables_in_tables_without_end_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "deep.toml"
    file.write_text(text)
    refused(
        penstock("check", str(file)), "deep.toml:1: (the file): not readable: nested too deeply; accepted: TOML 1.0"
    )


def test_tables_in_a_few_tables_are_told_by_their_key() -> None:
    with pytest.raises(DealFileError, match="unknown key"):
        loads(".".join(["a"] * 30) + " = 1")


def test_json_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("deep.json").write_text(DEEP)
    deal = str(ROOT / MINIMAL)
    for words, said in (
        (("status", "deep.json"), "deep.json: not a manifest (nested too deeply); accepted: the JSON file"),
        (("audit", "deep.json"), "deep.json: not a manifest (nested too deeply); accepted: the JSON file"),
        (("fuzz", deal, "--replay", "deep.json"), "deep.json: not a run saved by penstock fuzz: nested too deeply"),
    ):
        refused(penstock(*words), said)
    with pytest.raises(KeystoreRefused, match=r"deep.json: not a keystore; accepted: the JSON file of"):
        unlock(Path("deep.json"), "")


def test_a_list_of_networks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "networks.yaml"
    file.write_text("live: " + "[" * 5000)
    monkeypatch.setattr(networks, "lists", lambda: [file])
    refused(penstock("deploy", str(ROOT / MINIMAL), "--network", "anvil"), "networks.yaml: not a list of networks")


def test_a_checkpoint_without_end_is_not_used(tmp_path: Path) -> None:
    file, said = tmp_path / "checkpoint", list[str]()
    file.write_text(DEEP + "\n")
    assert Checkpoint(file, {}, lambda block: None, said.append).read(1) is None
    assert said == [f"{file}: not used, it cannot be read (ValueError); reading the logs from the start"]


@pytest.mark.parametrize(
    "line",
    [
        *({**SENDING, name: value} for name in ("nonce", "gas", "most", "tip") for value in ("0", -1, 1.5, None, True)),
        *({**SENDING, name: value} for name in ("hash", "sender") for value in ("0x12", 7)),
        *({**SENDING, name: 7} for name in ("step", "intent", "raw")),
        {name: value for name, value in SENDING.items() if name != "nonce"},
        *({**MINED, name: value} for name in ("block", "gas") for value in ("1", -1)),
        *({**MINED, "event": "failed", name: "0x12"} for name in ("hash", "block_hash")),
        [],
        {"event": ["sending"]},
    ],
    ids=json.dumps,
)
def test_a_journal_with_a_value_of_another_kind_is_refused_by_its_line(tmp_path: Path, line: object) -> None:
    file = tmp_path / "small.journal.jsonl"
    lines = [{"event": "begin", "journal": 1}, SENDING, MINED]
    file.write_text("".join(json.dumps(each) + "\n" for each in lines))
    assert [each.nonce for each in Journal(file).attempts["launch"]] == [0]
    with file.open("a") as out:
        out.write(json.dumps(line) + "\n")
    with pytest.raises(
        JournalRefused, match=r"jsonl:4: not a line of a deployment's journal; accepted: the file as it"
    ):
        Journal(file)


def test_a_journal_without_end_is_refused_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "small.journal.jsonl"
    file.write_text(DEEP + "\n")
    with pytest.raises(JournalRefused, match=r"jsonl:1: not a line of a deployment's journal"):
        Journal(file)


def lock(**parameters: object) -> Callable[[dict[str, Any]], object]:
    return lambda keystore: keystore["crypto"]["kdfparams"].update(parameters)


@pytest.mark.parametrize("change", [lock(c=2**70), lock(prf="x"), lambda keystore: keystore.update(version=9)])
def test_a_keystore_locked_in_an_unknown_way_is_refused(tmp_path: Path, change: Callable[[Any], object]) -> None:
    keystore = Account.encrypt(b"\x22" * 32, "long", kdf="pbkdf2", iterations=2)
    change(keystore)
    file = tmp_path / "key.json"
    file.write_text(json.dumps(keystore))
    with pytest.raises(KeystoreRefused, match=r"key.json: locked in a way that is not known; accepted: a keystore of"):
        unlock(file, "long")


@pytest.mark.parametrize(
    "step",
    [
        {"what": "nonsense"},
        {"what": 5},
        {"by": "ann"},
        {"what": "pay", "by": "nobody", "amount": 1},
        {"what": "pay", "amount": 1},
        {"what": "transfer", "by": "ann", "to": "nobody", "amount": 1},
        {"what": "transfer_from", "by": "ann", "to": "bob", "of": "nobody", "amount": 1},
        {"what": "pay", "by": "ann", "amount": "1"},
        {"what": "pay", "by": "ann", "amount": -1},
        {"what": "settle", "by": "ann", "count": 2**256},
        {"what": "wait", "amount": 1.5},
        {"what": "claim", "by": "ann", "tranche": -1},
        {"what": "claim", "by": "ann", "inside": {"what": "nonsense"}},
    ],
    ids=json.dumps,
)
def test_a_step_nobody_can_take_is_refused(tmp_path: Path, step: dict[str, Any]) -> None:
    file = tmp_path / "story.json"
    file.write_text(json.dumps({**json.loads(STORY.read_text()), "steps": [step]}))
    with pytest.raises(ExampleRefused, match="not a run saved by penstock fuzz: not a step: "):
        read_example(file)


@pytest.fixture
def deep_url() -> Iterator[str]:
    """Where every question is answered by brackets."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(DEEP.encode())

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def test_an_answer_without_end_is_none(deep_url: str) -> None:
    with pytest.raises(NodeFailed, match=f"^{deep_url} does not answer: "):
        Transport(deep_url).ask("eth_chainId", [])
    with pytest.raises(ExplorerFailed, match=f"^{deep_url} answers HTTP 200 and no JSON; accepted: the URL of an"):
        Http(deep_url).get()
