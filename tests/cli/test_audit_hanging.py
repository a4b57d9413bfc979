"""
penstock audit of a node that takes connections and says nothing.

given one that hangs from the start, or from some question on
    it should tell so while it waits, and end in a line once patience is at an end
"""

from __future__ import annotations

import socket
import time

import pytest

from penstock.evm import transport
from tests.evm.proxy import after, proxied, timed_out
from tests.fixtures.actors import HOLDER
from tests.fixtures.cli import penstock
from tests.fixtures.deals import Launched

QUICK = 1.0
TELLING = f" has given no answer for {QUICK:.0f} s; waiting for it"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SILENT_SECONDS", QUICK)


HANGS = 90.0
"""Seconds that a node hangs: so much longer than a patience of 3 that a busy machine makes no difference."""


def ended(words: list[str]) -> list[str]:
    began = time.monotonic()
    done = penstock("audit", *words, "--patience", "3")
    assert time.monotonic() - began < HANGS
    assert (done.exit_code, done.stdout) == (1, "")
    return done.stderr.splitlines()


def test_a_node_that_hangs_from_the_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"http://127.0.0.1:{server.getsockname()[1]}"
        told, last = ended([HOLDER, "--rpc", there])
    assert told == there + TELLING
    assert last.startswith(f"{there} does not answer: no answer in time (for 2 s); accepted: ")


@pytest.mark.slow
@pytest.mark.parametrize("method", ["eth_getLogs", "eth_getCode", "eth_getStorageAt"])
def test_a_node_that_hangs_later(settled_twice: Launched, method: str) -> None:
    with proxied(settled_twice.url) as proxy:
        proxy.on(method, timed_out(HANGS), nth=after(1))
        told, last = ended([settled_twice.file, "--rpc", proxy.url])
    assert told == proxy.url + TELLING
    assert last.removesuffix(" (for 3 s)") == f"{proxy.url} does not answer: no answer in time"
