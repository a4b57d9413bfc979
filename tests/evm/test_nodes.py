"""
A node as our child.

running    it should answer, with our accounts and the clock it was given
ending     it should be gone and its port free · also when its parent is killed
failing    it should say in one line that it is not installed, that the port is taken, or that it ended
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from penstock import paths
from penstock.evm import nodes
from penstock.evm.errors import ChainError, NodeFailed, NodeNotInstalled
from penstock.evm.nodes import Node
from penstock.evm.rpc import Rpc

pytestmark = pytest.mark.sampled

Start = Callable[..., AbstractContextManager[Node]]
both = pytest.mark.parametrize("start", [nodes.anvil, nodes.ganache], ids=["anvil", "ganache"])


@both
@pytest.mark.parametrize("timestamp", [1_104_537_600, 2_524_608_000], ids=["2005", "2050"])
def test_a_node_starts_on_the_date_it_is_given(start: Start, timestamp: int) -> None:
    with start(timestamp=timestamp) as node:
        assert Rpc(node.url).now() == timestamp


@both
def test_a_node_ends_with_its_block_and_frees_its_port(start: Start) -> None:
    port = nodes.free_port()
    with start(port) as node:
        assert node.url.endswith(f":{port}")
        assert not is_free(port)
        assert node.process.poll() is None

    assert node.process.poll() is not None
    assert is_free(port)


@both
def test_a_free_port_that_another_takes_first_is_left_to_it(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as another:
        another.bind((nodes.HOST, 0))  # taken, and nobody answers there yet
        taken, free = another.getsockname()[1], nodes.free_port()
        monkeypatch.setattr(nodes, "free_port", iter([taken, free]).__next__)
        with start() as node:
            assert node.url.endswith(f":{free}") and Rpc(node.url).block() == 0


@both
def test_a_node_ends_when_its_block_raises(start: Start) -> None:
    port = nodes.free_port()
    with pytest.raises(KeyError), start(port):
        raise KeyError

    assert is_free(port)


def test_a_node_ends_when_its_parent_is_killed() -> None:
    port = nodes.free_port()
    program = f"from penstock.evm import nodes\nwith nodes.anvil({port}):\n  print('up', flush=True)\n  input()"
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=paths.root(),
        env={**os.environ, "PYTHONPATH": str(paths.root())},
    )
    assert parent.stdout is not None and parent.stdout.readline() == b"up\n"
    parent.send_signal(signal.SIGKILL)
    parent.communicate()

    deadline = time.monotonic() + 10
    while not is_free(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_free(port)


@both
def test_a_missing_program_is_named_in_one_line(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "node_modules", lambda: tmp_path)
    with pytest.raises(NodeNotInstalled, match="not installed: run `make setup`") as refused, start():
        pass

    assert one_line(refused.value)


def test_missing_node_js_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NodeNotInstalled, match=r"Ganache needs Node\.js"), nodes.ganache():
        pass


@both
def test_a_taken_port_is_named(start: Start) -> None:
    with socket.socket() as other:
        other.bind((nodes.HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(NodeFailed, match=f"port {port} is taken"), start(port):
            pass


def test_a_node_that_ends_at_once_leaves_its_last_words() -> None:
    with pytest.raises(NodeFailed, match="Anvil ended with code 1 on port") as refused, nodes.anvil(hardfork="no-such"):
        pass

    assert one_line(refused.value)


def test_a_node_that_stays_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "START_SECONDS", 0.3)
    silent = nodes.running("Sleeper", ["sleep", "60"], nodes.free_port())
    with pytest.raises(NodeFailed, match="did not answer"), silent:
        pass


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((nodes.HOST, port)) != 0


def one_line(error: ChainError) -> bool:
    return "\n" not in str(error) and len(str(error)) < 200


def test_a_socket_nobody_listens_on_yet_is_not_used(tmp_path: Path):
    file = tmp_path / "anvil.ipc"
    assert not nodes._takes_calls(file)
    with socket.socket(socket.AF_UNIX) as early:
        early.bind(str(file))
        assert not nodes._takes_calls(file)
        early.listen()
        assert nodes._takes_calls(file)
