"""Development nodes as children of this process: Anvil and Ganache, from what npm installed."""

import atexit
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from penstock import paths
from penstock.evm.chain import BLOCK_GAS_LIMIT
from penstock.evm.dev_accounts import BALANCE_ETHER, COUNT, MNEMONIC
from penstock.evm.errors import NodeFailed, NodeNotInstalled

HOST = "127.0.0.1"
START_SECONDS = 60.0

# A shell between us and the node: when our end of its pipe closes, however we ended, it kills the node, and it ends
# only after the node.
GUARD = """
exec 3<&0
"$@" </dev/null 3<&- &
node=$!
(read -r _ <&3; kill -9 $node) 2>/dev/null &
watch=$!
wait $node
code=$?
kill $watch 2>/dev/null
exit $code
"""
STOP_SECONDS = 5.0
MOST_PORTS = 5
_TAKEN = re.compile(r"port \d+ is taken|address already in use|EADDRINUSE", re.I)


@dataclass(frozen=True)
class Node:
    """
    A running node.

    Attributes
    ----------
    url : where it answers.
    ipc : its socket file, about twice as fast; None where it has none.
    process : its guard; `process.poll()` is None while the node runs.
    """

    url: str
    process: "subprocess.Popen[bytes]"
    ipc: Path | None = None


@contextmanager
def anvil(
    port: int | None = None,
    *,
    timestamp: int | None = None,
    hardfork: str | None = None,
    tracing: bool = False,
    chain_id: int | None = None,
) -> Iterator[Node]:
    """
    Runs Anvil.

    Parameters
    ----------
    port : default a free one.
    timestamp : of the first block, in seconds, past or future; default now.
    hardfork : default Anvil's newest.
    tracing : keeps what debug_traceTransaction gives, every step of every transaction.
    chain_id : default 31337; that of a public chain, to rehearse what is done there.

    Raises
    ------
    NodeNotInstalled, NodeFailed : see there.
    """
    with tempfile.TemporaryDirectory(prefix="penstock-") as folder:
        ipc = Path(folder) / "anvil.ipc"
        command = [str(anvil_binary()), "--quiet", "--host", HOST, "--ipc", str(ipc)]
        command += ["--mnemonic", MNEMONIC, "--accounts", str(COUNT), "--balance", str(BALANCE_ETHER)]
        command += ["--gas-limit", str(BLOCK_GAS_LIMIT), "--no-request-size-limit"]
        command += ["--timestamp", str(timestamp)] if timestamp is not None else []
        command += ["--hardfork", hardfork] if hardfork else []
        command += ["--steps-tracing"] if tracing else []
        command += ["--chain-id", str(chain_id)] if chain_id is not None else []
        with _running_on("Anvil", [*command, "--port"], port) as (process, url):
            yield Node(url, process, ipc if _takes_calls(ipc) else None)


@contextmanager
def ganache(port: int | None = None, *, timestamp: int | None = None) -> Iterator[Node]:
    """
    Runs Ganache with the rules of Shanghai, its last hard fork. Parameters and errors as for `anvil`.
    """
    program = paths.node_modules() / "ganache" / "dist" / "node" / "cli.js"
    node = shutil.which("node")
    if node is None or not program.is_file():
        missing = "Node.js" if node is None else "the npm package ganache"
        raise NodeNotInstalled(f"Ganache needs {missing}, which is not installed: run `make setup`")
    command = [node, str(program), "--logging.quiet", "--server.host", HOST]
    command += ["--chain.hardfork", "shanghai", "--wallet.mnemonic", MNEMONIC]
    command += ["--wallet.totalAccounts", str(COUNT), "--wallet.defaultBalance", str(BALANCE_ETHER)]
    command += ["--miner.blockGasLimit", str(BLOCK_GAS_LIMIT), "--miner.callGasLimit", str(BLOCK_GAS_LIMIT)]
    # A clock that does not move between blocks, as on the other development chains.
    command += ["--miner.timestampIncrement", "0"]
    if timestamp is not None:
        command += ["--chain.time", datetime.fromtimestamp(timestamp, timezone.utc).isoformat()]
    with _running_on("Ganache", [*command, "--server.port"], port) as (process, url):
        yield Node(url, process)


def anvil_binary() -> Path:
    """
    The native program inside its npm package, since npm's own wrapper hides exit codes; else the one on the PATH.

    Raises
    ------
    NodeNotInstalled : when both are missing.
    """
    machine = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = f"anvil-{platform.system().lower()}-{machine}"
    binary = paths.node_modules() / "@foundry-rs" / package / "bin" / "anvil"
    if binary.is_file():
        return binary
    if on_path := shutil.which("anvil"):
        return Path(on_path)
    if paths.is_checkout():
        missing = f"the npm package @foundry-rs/{package}"
        raise NodeNotInstalled(f"Anvil needs {missing}, which is not installed: run `make setup`")
    raise NodeNotInstalled("no `anvil` on the PATH: install Foundry, or the npm package @foundry-rs/anvil")


@contextmanager
def _running_on(name: str, command: Sequence[str], port: int | None) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A node on the given port, or on a free one: another, when somebody else takes that before the node does."""
    with ExitStack() as stack:
        for left in reversed(range(MOST_PORTS)):
            chosen = port or free_port()
            try:
                process = stack.enter_context(running(name, [*command, str(chosen)], chosen))
                break
            except NodeFailed as failed:
                if port or not left or not _TAKEN.search(str(failed)):
                    raise
        yield process, f"http://{HOST}:{chosen}"


@contextmanager
def running(name: str, command: Sequence[str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """
    Starts a node, waits until it answers on its port, and ends it on the way out.

    Raises
    ------
    NodeFailed : when it ends or stays silent; the message has its error, or its last line of output.
    """
    if _is_taken(port):
        # Asked now: later, an answer on this port could be another node's.
        raise NodeFailed(f"{name} cannot start: port {port} is taken")
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        end = partial(stop, process)
        atexit.register(end)
        try:
            _await(name, process, port, time.monotonic() + START_SECONDS)
            yield process
        except _Silent:
            output.seek(0)
            said = output.read().decode(errors="replace").strip().splitlines()
            ended = process.poll()
            how = f"ended with code {ended}" if ended is not None else f"did not answer within {START_SECONDS:.0f} s"
            last = next((line for line in reversed(said) if "Error" in line), said[-1] if said else "it said nothing")
            raise NodeFailed(f"{name} {how} on port {port}: {last}") from None
        finally:
            end()
            atexit.unregister(end)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Ends a node and its guard, and returns when both are gone; nothing happens if they ended already."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # Someone else holds our end of the pipe, as a process forked from ours does.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _takes_calls(file: Path) -> bool:
    """The file of a socket is there a moment before anybody listens."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(file)) == 0


class _Silent(Exception):
    pass


def _await(name: str, process: "subprocess.Popen[bytes]", port: int, deadline: float) -> None:
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
    request = urllib.request.Request(f"http://{HOST}:{port}", question, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with opener.open(request, timeout=5) as answer:
                if b"result" in answer.read() and process.poll() is None:
                    return
        except OSError:
            time.sleep(0.05)
    raise _Silent(name)
