"""Requests to a node, one by one or in batches, repeated while the connection fails. Uses web3.py."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from json import JSONDecodeError
from pathlib import Path
from socket import gaierror
from ssl import SSLError
from threading import Lock, Timer
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from requests import Session, Timeout
from web3 import HTTPProvider, IPCProvider
from web3.types import RPCEndpoint

from penstock.evm.errors import NoAnswer, NodeFailed

SILENT_SECONDS = 5.0


class StallNotice:
    """Prints a line after SILENT_SECONDS without an answer. said : called with it."""

    def __init__(self, said: Callable[[str], None], line: str) -> None:
        self._said, self._line = said, line
        self._since: float | None = None
        self._told = False
        self._lock = Lock()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """One request: an answer ends the silence, an exception prolongs it."""
        began = time.monotonic()
        self._since = began if self._since is None else self._since
        left = self._since + SILENT_SECONDS - began
        if left <= 0:
            self._tell(self._since)
        timer = Timer(max(left, 0.0), self._tell, (self._since,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
        with self._lock:
            self._since, self._told = None, False

    def _tell(self, since: float) -> None:
        """Once for a silence; a timer that runs out as the answer comes, or in the next request, tells nothing."""
        with self._lock:
            if self._told or self._since != since:
                return
            self._told = True
        self._said(self._line)


Request = tuple[str, list[Any]]
Answer = dict[str, Any]

HTTP = ("http://", "https://")
REQUEST_SECONDS = 120.0
MOST_IN_A_BATCH = 500
SHORTEST_SECRET = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 8.0

# Requests that change nothing may be repeated; a transaction may not.
_READS = re.compile(r"eth_(get|call|chainId|blockNumber|estimateGas|gasPrice|maxPriority|accounts)|web3_clientVersion")
_THROTTLED = re.compile(r"rate.?limit|too many requests|\b429\b|throughput|capacity|try again|temporarily", re.I)

# How nodes say that they do not have a block (yet): geth, Nethermind, Erigon, Besu, Anvil, Ganache.
_NO_BLOCK = re.compile(
    r"header not found|block (\S+ )?not found|unknown block|out ?of ?range|beyond (the )?(current )?head|no such block"
    r"|after last|in the future|block height is|missing header|could not find block|cannot query unfinalized",
    re.I,
)
# Anvil says the same of a block that it has, and whose state it has dropped; or not written yet, of one of the last.
_DROPPED = re.compile(r"block height is (\d+) but requested was (\d+)")
_LAST = 16


def lacks_block(said: object) -> bool:
    """Whether a node's refusal says that it does not have the block, or not yet."""
    text = str(said)
    dropped = _DROPPED.search(text)
    return bool(_NO_BLOCK.search(text)) and not (dropped and int(dropped[2]) <= int(dropped[1]) - _LAST)


class Transport:
    """
    A node's endpoint.

    Parameters
    ----------
    endpoint : a URL, or the path of the node's socket.
    patience : for how many seconds a reading request is repeated when the node drops it, is late or asks to wait.
    timeout : of one request, in seconds.
    said : called with a line when the node has not answered for a while.
    """

    def __init__(
        self,
        endpoint: str,
        patience: float = 0.0,
        timeout: float = REQUEST_SECONDS,
        said: Callable[[str], None] | None = None,
    ) -> None:
        self.endpoint, self.patience = endpoint, patience
        self.label = label_of(endpoint)
        self._secrets = secrets_of(endpoint)
        self.batch = self._most = MOST_IN_A_BATCH
        self._answered = False
        line = f"{self.label} has given no answer for {SILENT_SECONDS:.0f} s; waiting for it"
        self._silence = StallNotice(said, line) if said else None
        self._provider: HTTPProvider | IPCProvider
        if endpoint.startswith(HTTP):
            self._provider = HTTPProvider(
                endpoint,
                request_kwargs={"timeout": timeout},
                exception_retry_configuration=None,
                session=_OneEndpointSession(),
            )
        else:
            self._provider = IPCProvider(Path(endpoint), timeout=max(1, int(timeout)))

    def ask(self, method: str, params: Sequence[Any]) -> Answer:
        """
        The node's answer, a result or an error.

        Raises
        ------
        NodeFailed : when none comes.
        """
        request = (method, list(params))
        if not _READS.match(method):
            return self.attempt([request])[0]
        waiting = Backoff(self.patience if self._answered else min(self.patience, 2.0))
        while True:
            try:
                return self.attempt([request])[0]
            except NodeFailed as failure:
                waiting.after(failure)

    def ask_many(self, requests: Sequence[Request], patience: float | None = None) -> Iterator[Answer]:
        """
        The answers to requests that only read, in order, in as large batches as the node takes. Raises as `ask`.

        Parameters
        ----------
        patience : another than the transport's, in seconds.
        """
        patience = self.patience if patience is None else patience
        at, waiting = 0, Backoff(patience)
        while at < len(requests):
            part = list(requests[at : at + self.batch])
            try:
                answers = self.attempt(part)
            except BatchRefused:
                self.batch = self._most = max(1, len(part) // 4)
                continue
            except NodeFailed as failure:
                waiting.after(failure)
                self.batch = max(1, len(part) // 2)
                continue
            yield from answers
            at, waiting = at + len(part), Backoff(patience)
            self.batch = min(2 * self.batch, self._most)

    def attempt(self, requests: Sequence[Request]) -> list[Answer]:
        """
        Asks once.

        Raises
        ------
        BatchRefused : when the node does not take so many at a time. NodeFailed : when no answer comes, or only a wish
            to be asked later.
        """
        with self._silence.asking() if self._silence else nullcontext():
            answers = self._answers(requests)
        self._answered = True
        return answers

    def _answers(self, requests: Sequence[Request]) -> list[Answer]:
        try:
            answers = self._send(requests)
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            status = getattr(getattr(error, "response", None), "status_code", 0)
            if len(requests) > 1 and 400 <= status < 500 and status not in (408, 429):
                raise BatchRefused(f"{self.label} does not take {len(requests)} requests at a time") from None
            raise NoAnswer(f"{self.label} does not answer: {self.hidden(_one_line(error))}") from None
        for answer in answers:
            if "error" in answer and is_throttled(answer["error"]):
                raise NodeFailed(self.hidden(f"{self.label} asks to wait: {answer['error']}"))
        return answers

    def hidden(self, said: object) -> str:
        """A node's message without the secrets of its endpoint; some nodes quote the key."""
        text = str(said)
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text

    def _send(self, requests: Sequence[Request]) -> list[Answer]:
        if len(requests) == 1:
            # web3's own formatters would cost twice the time and turn each node's errors into a family of exceptions.
            method, params = requests[0]
            answer: Any = self._provider.make_request(RPCEndpoint(method), params)
            if not isinstance(answer, dict) or not ("result" in answer or "error" in answer):
                raise ValueError(f"no JSON-RPC answer: {str(answer)[:80]}")
            return [answer]
        answers: Any = self._provider.make_batch_request([(RPCEndpoint(name), given) for name, given in requests])
        if isinstance(answers, dict):
            if is_throttled(answers.get("error")):
                raise OSError(str(answers["error"]))
            raise BatchRefused(f"{self.label} takes no batch: {self.hidden(answers.get('error'))}")
        if len(answers) != len(requests):
            raise ValueError(f"{len(answers)} answers to {len(requests)} requests")
        return list(answers)


class _OneEndpointSession(Session):
    """A session for one endpoint: the environment's proxies and certificates are looked up once, not each time."""

    _settings: Any = None

    # Typed as `Session` has it: with arguments that are all passed to it.
    def merge_environment_settings(self, *arguments: Any) -> Any:
        if self._settings is None:
            self._settings = super().merge_environment_settings(*arguments)
        return dict(self._settings)


class BatchRefused(NodeFailed):
    """A node that accepts fewer requests at a time, or only one."""


class Backoff:
    """Growing pauses, up to a total."""

    def __init__(self, seconds: float) -> None:
        self._until, self._pause = time.monotonic() + seconds, FIRST_PAUSE

    def after(self, failure: NodeFailed) -> None:
        """Waits. Raises the failure when the total is used up."""
        if time.monotonic() + self._pause > self._until:
            raise failure
        time.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


def is_throttled(error: Any) -> bool:
    """Whether a node's error asks to try again later."""
    if isinstance(error, dict):
        return error.get("code") == 429 or bool(_THROTTLED.search(str(error.get("message", ""))))
    return False


def url_parts(text: str) -> SplitResult | None:
    """The parts of an http or https URL; None where no host, or a port that cannot be, is read from it."""
    try:
        parts = urlsplit(text)
        return parts if text.startswith(HTTP) and parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def label_of(endpoint: str) -> str:
    """The printable part of an endpoint: no path, query or user, where providers put their keys; a socket's path."""
    parts = url_parts(endpoint)
    if parts is None:
        return "…" if "://" in endpoint else endpoint
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def secrets_of(endpoint: str) -> list[str]:
    """The secret parts of a URL, the longest first; none so short that ordinary words contain it."""
    parts = url_parts(endpoint)
    if parts is None:
        return []
    found = {endpoint, parts.path, parts.query, parts.netloc.rpartition("@")[0], parts.password or ""}
    found |= {*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))}
    return sorted((each for each in found if len(each) >= SHORTEST_SECRET), key=len, reverse=True)


def _one_line(error: BaseException) -> str:
    """The root cause in plain words: libraries wrap it in errors of their own, addresses included."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP {response.status_code} {response.reason}".strip()
    if isinstance(error, TimeoutError | Timeout):
        return "no answer in time"
    if isinstance(error, JSONDecodeError):
        return "its answer is not JSON"
    if isinstance(error, gaierror):
        return "no host of that name is known"
    if isinstance(error, SSLError):
        return f"no TLS as https wants it: {str(error.reason).lower().replace('_', ' ')}"
    inner = (getattr(error, "reason", None), *error.args, error.__cause__)
    for each in inner:
        if isinstance(each, BaseException):
            return _one_line(each)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return re.sub(r"^\w+\([^()]*\): ", "", " ".join(str(error).split())) or type(error).__name__
