"""Every command that asks a node says in one line, without Python's words, that none is there."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from penstock.evm import networks, nodes
from penstock.evm.errors import NodeFailed
from penstock.evm.retry import RetryingRpc, RetryPolicy
from penstock.evm.transport import Transport
from tests.fixtures.actors import HOLDER
from tests.fixtures.cli import penstock
from tests.fixtures.deals import Launched

DEAD = "http://127.0.0.1:1"
WORDS = f"{DEAD} does not answer: connection refused"


PLAN = ("deploy", "small.toml", "--payee", f"operator={HOLDER}", "--network", DEAD)
MANIFEST = "deployments/31337/small.json"


@pytest.mark.parametrize(
    "words",
    [
        PLAN,
        (*PLAN, "--execute"),
        (*PLAN, "--export", "x.json"),
        ("manifest", "rebuild", HOLDER, "--network", DEAD),
        ("verify", MANIFEST, "--network", DEAD),
        ("settle", MANIFEST, "--pay", "1", "--network", DEAD),
        ("settle", "--all", "--network", DEAD),
        ("claim", MANIFEST, "--holder", HOLDER, "--network", DEAD),
        ("claim", MANIFEST, "--all-mine", "--network", DEAD),
        ("status", MANIFEST, "--network", DEAD),
        ("status", "--all", "--network", DEAD),
        ("holders", MANIFEST, "--network", DEAD),
        ("call", MANIFEST, "--network", DEAD),
        ("watch", MANIFEST, "--once", "--network", DEAD),
        ("audit", MANIFEST, "--patience", "0", "--rpc", DEAD),
        ("admin", "handover", MANIFEST, "--check", "--network", DEAD),
        ("admin", "handover", MANIFEST, "--to", HOLDER, "--network", DEAD),
        ("admin", "replace", MANIFEST, "--cancel", "policy", "--network", DEAD),
    ],
    ids=lambda words: " ".join(word for word in words if word not in (DEAD, "--network", MANIFEST)),
)
def test_a_node_that_is_not_there(launched: Launched, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    at_once = RetryPolicy(start=0.0)
    monkeypatch.setattr(networks, "RetryingRpc", lambda url, **_: RetryingRpc(url, patience=at_once))
    done = penstock(*words)
    assert (done.exit_code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(WORDS) and line.endswith("; accepted: a node that runs there, or another network")


def reason(endpoint: str) -> str:
    with pytest.raises(NodeFailed) as failed:
        Transport(endpoint, timeout=0.5).ask("eth_chainId", [])
    return str(failed.value)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "HTTP 404 Not Found"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "its answer is not JSON"),
        (b"HTTP/1.1 200 OK\r\n\r\n[1]", "no JSON-RPC answer: [1]"),
        (None, "no answer in time"),
    ],
)
def test_what_is_no_node_is_told_apart_and_its_path_is_not_shown(answer: bytes | None, words: str) -> None:
    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.rfile.readline()
            if answer is None:
                self.rfile.read()  # until the other side has had enough
            else:
                self.wfile.write(answer)

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        where = f"http://127.0.0.1:{server.server_port}"
        assert reason(f"{where}/v3/a-key") == f"{where} does not answer: {words}"
    finally:
        server.shutdown()


def test_names_sockets_and_tls_are_told_apart(tmp_path: Path) -> None:
    assert (
        reason("http://nowhere.invalid/a-key")
        == "http://nowhere.invalid does not answer: no host of that name is known"
    )
    assert reason(str(tmp_path / "a.ipc")).endswith("does not answer: no such file or directory")
    with nodes.anvil() as node:
        assert "does not answer: no TLS as https wants it: " in reason(node.url.replace("http", "https"))
