"""Requests to an explorer: timed out, repeated while it is busy, and never printed with a key."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from penstock.evm.errors import ChainError
from penstock.evm.transport import label_of, url_parts
from penstock.format import one_line


class ExplorerFailed(ChainError):
    """An explorer that does not answer, or answers unlike its kind; no other contract need be tried."""


class Unverified(ChainError):
    """An explorer that refuses contracts, in its own words, a line for each."""

    is_list = True


@dataclass(frozen=True)
class Pace:
    """
    How to wait for an explorer, in seconds.

    request : for one answer. outage : of silence or refused requests, before giving up. poll : between two questions
    after a verification. result : until a verification must have ended.
    """

    request: float = 30.0
    outage: float = 90.0
    first_pause: float = 0.5
    longest_pause: float = 15.0
    poll: float = 4.0
    result: float = 300.0


class Busy(Exception):
    """An answer that asks to try again later, after a number of seconds if it gives one."""

    def __init__(self, words: str, seconds: float = 0.0) -> None:
        super().__init__(words)
        self.words, self.seconds = words, seconds


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


class Http:
    """
    An explorer's API.

    Parameters
    ----------
    key : of its API; sent with each request and hidden in every message.

    Raises
    ------
    ExplorerFailed : for an invalid URL, or a key that would be sent unencrypted.
    """

    def __init__(self, url: str, pace: Pace | None = None, key: str | None = None) -> None:
        parts = url_parts(url)
        if parts is None or parts.query or parts.fragment:
            raise ExplorerFailed(f"{_shown(url)} is not an explorer's API; accepted: https://HOST/PATH without a query")
        if key and parts.scheme == "http" and not _is_here(str(parts.hostname)):
            raise ExplorerFailed(f"{_shown(url)} would be sent the API key unencrypted; accepted: https://…")
        self.url, self.key, self.pace = url.rstrip("/"), key, pace or Pace()
        self.label = _shown(self.url)
        self._session = requests.Session()

    def get(self, path: str = "", params: Mapping[str, str] | None = None) -> Answer:
        return self._patiently("GET", path, params=params)

    def post(self, path: str = "", params: Mapping[str, str] | None = None, **body: Any) -> Answer:
        """body : data, a form; or json."""
        return self._patiently("POST", path, params=params, **body)

    def hidden(self, text: object) -> str:
        """A text as one line, without the key."""
        line = one_line(" ".join(str(text).split()))
        return line.replace(self.key, "…") if self.key else line

    def waits(self) -> Waits:
        return Waits(self.pace.outage, self.pace.first_pause, self.pace.longest_pause)

    def _patiently(self, method: str, path: str, **parts: Any) -> Answer:
        waits = self.waits()
        while True:
            try:
                return self._once(method, path, **parts)
            except Busy as busy:
                if not waits.pause(busy.seconds):
                    raise ExplorerFailed(
                        f"{self.label} does not answer: {self.hidden(busy.words)} (for {waits.spent:.0f} s); "
                        "what is verified stays so, run the same command again"
                    ) from None

    def _once(self, method: str, path: str, **parts: Any) -> Answer:
        try:
            # A redirection would carry the key to another host, or turn a POST into a GET.
            answer = self._session.request(
                method, self.url + path, timeout=self.pace.request, allow_redirects=False, **parts
            )
        except requests.RequestException as error:
            raise Busy(_failed(error)) from None
        body = _body(answer)
        failed = answer.status_code >= 500 and "customCode" not in (body or {})  # Sourcify uses this code for an answer
        if failed or answer.status_code in (408, 429):
            after = answer.headers.get("Retry-After", "")
            raise Busy(_words(body) or f"HTTP {answer.status_code}", float(after) if after.isdecimal() else 0.0)
        if body is None:
            raise ExplorerFailed(
                f"{self.label} answers HTTP {answer.status_code} and no JSON; accepted: the URL of an explorer's API"
            )
        return Answer(answer.status_code, body)


class Waits:
    """Growing pauses, up to a total."""

    def __init__(self, seconds: float, first: float, longest: float) -> None:
        self._began, self._seconds, self._pause, self._longest = time.monotonic(), seconds, first, longest

    @property
    def spent(self) -> float:
        return time.monotonic() - self._began

    def pause(self, wanted: float = 0.0) -> bool:
        """Waits; returns False at once when the total is used up."""
        pause = max(self._pause, wanted)
        if self.spent + pause > self._seconds:
            return False
        time.sleep(pause)
        self._pause = min(2 * self._pause, self._longest)
        return True


def _body(answer: requests.Response) -> dict[str, Any] | None:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _failed(error: requests.RequestException) -> str:
    """What failed, without the error's own text, which contains the URL and the key."""
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "no trustworthy certificate"
    return "the connection failed" if isinstance(error, requests.ConnectionError) else type(error).__name__


def _words(body: Mapping[str, Any] | None) -> str:
    return str((body or {}).get("message") or "")


def _shown(url: str) -> str:
    """A URL without possible secrets: user, query."""
    parts = url_parts(url)
    return "the URL given by --verifier-url" if parts is None else label_of(url) + parts.path


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
