"""
A node that gives no answer for a while, through tests/evm/proxy.py.

given a node that hangs, drops or asks to wait for longer than a while
    it should tell whoever waits, once, while it waits
given a node that answers, or whose silences are short, or that answers in the moment in which it would be told of
    it should tell nothing
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import pytest

from penstock.evm import nodes, transport
from penstock.evm import transport as silence
from penstock.evm.errors import NodeFailed
from penstock.evm.rpc import Rpc
from tests.evm.proxy import Act, Proxy, dropped, every, first, late, proxied, status, timed_out

SILENT = 0.3


@pytest.fixture(scope="module")
def _proxy() -> Iterator[Proxy]:
    with nodes.anvil() as node, proxied(node.url) as proxy:
        yield proxy


@pytest.fixture
def proxy(_proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    monkeypatch.setattr(silence, "SILENT_SECONDS", SILENT)
    monkeypatch.setattr(transport, "FIRST_PAUSE", 0.01)
    _proxy.clear()
    yield _proxy
    _proxy.clear()


@pytest.mark.parametrize(
    "act", [timed_out(3.0), dropped, status(429), late(0.6)], ids=["hangs", "drops", "429", "late"]
)
def test_somebody_who_waits_is_told_once(proxy: Proxy, act: Act) -> None:
    waits, said = False, list[tuple[bool, str]]()

    def tell(line: str) -> None:
        said.append((waits, line))

    chain = Rpc(proxy.url, patience=1.2, timeout=0.7, said=tell)
    proxy.on("eth_blockNumber", act)
    waits = True
    with suppress(NodeFailed):
        chain.block()
    waits = False
    ((meanwhile, line),) = said
    assert meanwhile, "while it waits"
    assert line == f"{proxy.url} has given no answer for {SILENT:.0f} s; waiting for it"


def test_a_second_silence_is_told_again(proxy: Proxy) -> None:
    said: list[str] = []
    chain = Rpc(proxy.url, patience=5.0, timeout=5.0, said=said.append)
    proxy.on("eth_blockNumber", late(2 * SILENT), nth=every(2))
    for _ in range(4):
        chain.block()
    assert len(said) == 2


def test_a_node_that_answers_is_not_talked_of(proxy: Proxy) -> None:
    said: list[str] = []
    chain = Rpc(proxy.url, patience=5.0, timeout=5.0, said=said.append)
    proxy.on("eth_blockNumber", dropped, nth=first(3))
    for _ in range(5):
        chain.block()
        time.sleep(SILENT / 2)
    assert said == []


def test_a_timer_that_runs_out_as_the_answer_comes_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    late_timers: list[Callable[[], None]] = []

    class Late:
        def __init__(self, seconds: float, act: Callable[..., None], arguments: Sequence[float] = ()) -> None:
            late_timers.append(lambda: act(*arguments))

        def start(self) -> None: ...

        cancel = start

    monkeypatch.setattr(transport, "Timer", Late)
    said: list[str] = []
    notice = transport.StallNotice(said.append, "waiting")
    with notice.asking():
        pass
    with notice.asking():
        late_timers[0]()
    late_timers[1]()
    assert said == []
    with suppress(NodeFailed), notice.asking():
        late_timers[2]()
        late_timers[2]()
        raise NodeFailed("dropped")
    assert said == ["waiting"], "once"
