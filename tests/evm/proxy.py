"""
A JSON-RPC proxy that makes a good node misbehave, by rules.

    with proxied(node.url) as proxy:
        proxy.on("eth_getLogs", dropped, nth=every(3))       # each third request is cut off
        proxy.on("eth_getLogs", range_limited(100))
        proxy.on("*", status(429), nth=first(2))
        proxy.rewrite("eth_getStorageAt", lambda call, result: "0x" + "00" * 32, nth=only(5))
        proxy.most_in_a_batch = 10
        chain = Rpc(proxy.url)

Rules are tried in the order they were made; a batch meets each of its calls' rules. `proxy.calls` has every call that
came, in order, answered or not.
"""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar


@dataclass(frozen=True)
class Call:
    method: str
    params: list[Any]


class Dropped(Exception):
    """The connection ends without an answer."""


class Status(Exception):
    """The whole request is answered by an HTTP status."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class RpcError(Exception):
    """The call is answered by an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


Act = Callable[[Call], None]
Rewrite = Callable[[Call, Any], Any]
Nth = Callable[[int], bool]


def always(_: int) -> bool:
    return True


def only(number: int) -> Nth:
    """The call of this number among those that match, from 1."""
    return lambda at: at == number


def first(count: int) -> Nth:
    return lambda at: at <= count


def after(count: int) -> Nth:
    return lambda at: at > count


def every(step: int) -> Nth:
    return lambda at: at % step == 0


def dropped(_: Call) -> None:
    raise Dropped


def late(seconds: float) -> Act:
    """Answers, but not at once."""
    return lambda call: time.sleep(seconds)


def timed_out(seconds: float) -> Act:
    """Never answers; the connection stays open so long."""

    def act(call: Call) -> None:
        time.sleep(seconds)
        raise Dropped

    return act


def status(code: int) -> Act:
    """429 to be asked again later, 413 for too much, 503 for a bad day."""

    def act(call: Call) -> None:
        raise Status(code)

    return act


def refused(code: int, message: str) -> Act:
    def act(call: Call) -> None:
        raise RpcError(code, message)

    return act


def range_limited(blocks: int) -> Act:
    """Refuses the logs of more blocks than so many, as public nodes do."""

    def act(call: Call) -> None:
        wanted = call.params[0]
        if int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) + 1 > blocks:
            raise RpcError(-32602, f"query exceeds max block range {blocks}")

    return act


@dataclass
class Rule:
    method: str
    nth: Nth
    act: Act | None = None
    rewrite: Rewrite | None = None
    matched: int = 0

    def meets(self, call: Call) -> bool:
        if self.method not in ("*", call.method):
            return False
        self.matched += 1
        return self.nth(self.matched)


@dataclass
class Proxy:
    """url : where it answers. most_in_a_batch : a longer one is refused whole; 0 refuses all."""

    url: str
    upstream: str
    most_in_a_batch: int = 10**9
    rules: list[Rule] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def on(self, method: str, act: Act, nth: Nth = always) -> None:
        """Does something before a call is passed on, or instead."""
        self.rules.append(Rule(method, nth, act=act))

    def rewrite(self, method: str, change: Rewrite, nth: Nth = always) -> None:
        """Changes a call's result on its way back."""
        self.rules.append(Rule(method, nth, rewrite=change))

    def clear(self) -> None:
        """The node is good again; the calls seen are forgotten."""
        self.rules.clear()
        self.calls.clear()
        self.most_in_a_batch = 10**9

    def count(self, method: str) -> int:
        return sum(call.method == method for call in self.calls)

    def handle(self, body: bytes) -> bytes:
        asked = json.loads(body)
        if isinstance(asked, dict):
            return json.dumps(self.answer(asked)).encode()
        if len(asked) > self.most_in_a_batch:
            return json.dumps(error_of(None, -32600, "batch requests are not supported")).encode()
        return json.dumps([self.answer(each) for each in asked]).encode()

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        call = Call(asked["method"], asked.get("params", []))
        with self._lock:
            self.calls.append(call)
            meant = [rule for rule in self.rules if rule.meets(call)]
        try:
            for rule in meant:
                if rule.act:
                    rule.act(call)
        except RpcError as error:
            return error_of(asked["id"], error.code, error.message)
        answer = self.upstreams(asked)
        for rule in meant:
            if rule.rewrite and "result" in answer:
                answer["result"] = rule.rewrite(call, answer["result"])
        return answer

    def upstreams(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What the node itself answers."""
        found: dict[str, Any] = json.loads(_post(self.upstream, json.dumps(asked).encode()))
        return found


P = TypeVar("P", bound=Proxy)


@contextmanager
def proxied(upstream: str) -> Iterator[Proxy]:
    """A proxy in front of a node, until the end of the block."""
    with served(Proxy("", upstream)) as proxy:
        yield proxy


@contextmanager
def served(proxy: P) -> Iterator[P]:
    """A proxy at an address of its own, until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer: the other end would wait 40 ms for the second

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                code, said = 200, proxy.handle(body)
            except Dropped:
                self.close_connection = True
                return
            except Status as wanted:
                code, said = wanted.code, b"{}"
            with suppress(OSError):  # whoever asked may have given up
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _post(url: str, body: bytes) -> bytes:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with _opener.open(request, timeout=120) as answer:
        return bytes(answer.read())


def error_of(number: Any, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": message}}
