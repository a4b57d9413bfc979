"""
Three block explorers on one local port, for one chain: Etherscan's API v2, Blockscout's and Sourcify's.

What they are given they compile and compare with the chain (tests/deploy/judge.py).

    with exploring(chain) as explorer:
        explorer.url("etherscan")
        explorer.faults += [503, "cut off", "html"]      # what the next requests meet instead

Each kind limits the first request it gets, and each verification is pending when first asked after.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from penstock.evm.codec import checksum
from penstock.evm.rpc import Rpc
from tests.deploy.judge import Judge, No

KEY = "SECRET-KEY-0123456789"


@dataclass
class Job:
    address: str
    words: str | None  # why it failed
    asked: int = 0


@dataclass
class Book:
    """What one kind of explorer knows. verified : what each address runs, without immutables. linked : proxies."""

    verified: dict[str, str] = field(default_factory=dict)
    linked: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    submitted: list[str] = field(default_factory=list)
    limited: bool = False


class Explorer:
    def __init__(self, chain: Rpc) -> None:
        self.chain, self.port = chain, 0
        self.books = {kind: Book() for kind in ("etherscan", "blockscout", "sourcify")}
        self.faults: list[int | str] = []
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self._lock = threading.Lock()
        self._judge = Judge(chain)

    def url(self, kind: str) -> str:
        path = {"etherscan": "/v2/api", "blockscout": "/api", "sourcify": "/server"}[kind]
        return f"http://127.0.0.1:{self.port}{path}"

    def open(self, book: Book, address: str, *given: Any) -> str:
        guid = f"job{len(book.jobs)}"
        book.submitted.append(address)
        try:
            code, words = self._judge.check(address, *given), None
        except No as no:
            code, words = "", str(no)
        book.jobs[guid] = Job(address, words)
        if words is None:
            book.verified[address] = code
        return guid

    # Etherscan and Blockscout

    def scan(self, kind: str, said: dict[str, str]) -> dict[str, Any]:
        book = self.books[kind]
        if kind == "etherscan":
            if said.get("chainid") != str(self.chain.chain_id):
                return _bad("Missing or unsupported chainid parameter (required for v2 api)")
            if said.get("apikey") != KEY:
                return _bad(f"Invalid API Key ({said.get('apikey')})")
        if not book.limited:
            book.limited = True
            return _bad("Max calls per sec rate limit reached (3/sec)")
        return getattr(self, f"_{said['action']}")(kind, book, said)

    def _getsourcecode(self, kind: str, book: Book, said: dict[str, str]) -> dict[str, Any]:
        address = checksum(said["address"])
        held, linked = book.verified.get(address), book.linked.get(address)
        if kind == "blockscout":
            row: dict[str, str] = {"Address": address}
            row |= {"SourceCode": "contract …"} if held else {}
            row |= {"IsProxy": "true", "ImplementationAddress": linked} if linked else {}
            return _good([row])
        alike = [
            other
            for other in book.verified
            if not held and self._judge.code(other)[:90] == self._judge.code(address)[:90]
        ]
        row = {"SourceCode": "{{…}}" if held or alike else "", "SimilarMatch": alike[0] if alike else ""}
        row |= {"Proxy": "1" if linked else "0", "Implementation": linked or ""}
        return _good([row])

    def _verifysourcecode(self, kind: str, book: Book, said: dict[str, str]) -> dict[str, Any]:
        address = checksum(said["contractaddress"])
        if address in book.verified:
            if kind == "etherscan":
                return _bad("Contract source code already verified")
            return {"status": "0", "message": "Smart-contract already verified.", "result": None}
        if said["codeformat"] != "solidity-standard-json-input" or not said["compilerversion"].startswith("v"):
            return _bad("Invalid codeformat or compilerversion")
        given = said.get("constructorArguments" if kind == "etherscan" else "constructorArguements", "")
        parts = (said["compilerversion"][1:], said["contractname"], json.loads(said["sourceCode"]), given)
        return _good(self.open(book, address, *parts))

    def _checkverifystatus(self, kind: str, book: Book, said: dict[str, str]) -> dict[str, Any]:
        job = book.jobs[said["guid"]]
        job.asked += 1
        if job.asked == 1:
            return _bad("Pending in queue") if kind == "etherscan" else _good("Pending in queue")
        if job.words:
            return _bad(f"Fail - Unable to verify. {job.words}")
        return _good("Pass - Verified")

    def _verifyproxycontract(self, kind: str, book: Book, said: dict[str, str]) -> dict[str, Any]:
        address = checksum(said["address"])
        found = self._judge.implementation(address)
        words = None
        if found is None or found != checksum(said["expectedimplementation"]):
            words = "A corresponding implementation contract was unfortunately not detected for the proxy address."
        elif found not in book.verified:
            words = f"The implementation contract at {found} does not seem to be verified."
        else:
            book.linked[address] = found
        book.jobs[guid := f"job{len(book.jobs)}"] = Job(address, words)
        return _good(guid)

    def _checkproxyverification(self, kind: str, book: Book, said: dict[str, str]) -> dict[str, Any]:
        job = book.jobs[said["guid"]]
        job.asked += 1
        if job.asked == 1:
            return _bad("Pending in queue")
        if job.words:
            return _bad(job.words)
        at = book.linked[job.address]
        return _good(
            f"The proxy's ({job.address}) implementation contract is found at {at} and is successfully updated."
        )

    # Sourcify

    def sourcify(self, path: list[str], body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        book = self.books["sourcify"]
        if not book.limited:
            book.limited = True
            return 429, {"customCode": "too_many_requests", "message": "slow down", "errorId": "1"}
        if body is None and path[1] == "contract":
            match = "exact_match" if checksum(path[3]) in book.verified else None
            return (200 if match else 404), {"match": match, "chainId": path[2], "address": path[3]}
        if body is None:
            job = book.jobs[path[2]]
            job.asked += 1
            told: dict[str, Any] = {
                "isJobCompleted": job.asked > 1,
                "verificationId": path[2],
                "contract": {"match": None},
            }
            if job.asked > 1:
                told["contract"]["match"] = None if job.words else "exact_match"
                told |= {"error": {"customCode": "no_match", "message": job.words, "errorId": "1"}} if job.words else {}
            return 200, told
        if path[2] != str(self.chain.chain_id):
            return 404, {"customCode": "unsupported_chain", "message": f"The chain {path[2]} is not supported"}
        address = checksum(path[3])
        if address in book.verified:
            return 409, {"customCode": "already_verified", "message": "The contract is already verified"}
        parts = (body["compilerVersion"], body["contractIdentifier"], body["stdJsonInput"], None)
        return 202, {"verificationId": self.open(book, address, *parts)}


def _good(result: Any) -> dict[str, Any]:
    return {"status": "1", "message": "OK", "result": result}


def _bad(words: str) -> dict[str, Any]:
    return {"status": "0", "message": "NOTOK", "result": words}


@contextmanager
def exploring(chain: Rpc) -> Iterator[Explorer]:
    explorer = Explorer(chain)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, text: str | None) -> None:
            with explorer._lock:
                if explorer.faults:
                    return self._fault(explorer.faults.pop(0))
                parts = urlsplit(self.path)
                if parts.path.startswith("/server/"):
                    body = json.loads(text) if text is not None else None
                    status, told = explorer.sourcify(parts.path.removeprefix("/server/").split("/"), body)
                    explorer.seen.append((parts.path, body or {}))
                    return self._send(status, told)
                asked = parse_qs(parts.query) | parse_qs(text or "")
                said = {key: values[0] for key, values in asked.items()}
                explorer.seen.append((said["action"], said))
                kind = "etherscan" if parts.path == "/v2/api" else "blockscout"
                return self._send(200, explorer.scan(kind, said))

        def _fault(self, fault: int | str) -> None:
            if fault == "cut off":
                self.close_connection = True
            elif fault == "html":
                self._send(200, None)
            else:
                self._send_bare(int(fault))

        def _send_bare(self, fault: int) -> None:
            self.send_response(fault)
            if fault == 429:
                self.send_header("Retry-After", "0")
            if fault == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _send(self, status: int, told: dict[str, Any] | None) -> None:
            body = b"<html>Just a moment</html>" if told is None else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    explorer.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield explorer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
