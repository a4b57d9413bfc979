"""Etherscan's API v2, and Blockscout's, which is the same with other messages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penstock.deploy.verify.http import ExplorerFailed, Http, Unverified, Waits
from penstock.deploy.verify.sources import COMPILER, Clone, Contract

_ALREADY = re.compile(r"already verified", re.I)
_PENDING = re.compile(r"pending|in progress|unknown uid", re.I)
_BUSY = re.compile(r"rate limit|too many requests|try again later|server too busy", re.I)
# Not a fault of one contract, so the others need not be tried.
_REFUSED = re.compile(r"api ?key|chainid", re.I)
# Just after a deployment, an explorer may be some blocks behind.
_BEHIND = re.compile(r"unable to locate contractcode|not a smart[- ]contract|contract was not found", re.I)
_FOUND_AT = re.compile(r"found at:? (0x[0-9a-f]{40})", re.I)


@dataclass(frozen=True)
class Said:
    ok: bool
    words: str
    rows: list[Any]


class Etherscan:
    """
    Parameters
    ----------
    chain_id : sent with each request; None for an explorer of one chain, as each Blockscout is.
    """

    def __init__(self, http: Http, chain_id: int | None) -> None:
        self._http = http
        self._query = {"chainid": str(chain_id)} if chain_id is not None else {}

    def verify(self, ours: Contract | Clone) -> str:
        """
        Has one contract verified, and waits for it.

        Returns
        -------
        What was done: `verified`, `already verified`.

        Raises
        ------
        Unverified : in the explorer's own words. ExplorerFailed : when it does not answer.
        """
        known = self._known(ours)
        if known:
            return known
        if isinstance(ours, Clone):
            fields = {"address": ours.address, "expectedimplementation": ours.implementation}
            return self._run("verifyproxycontract", fields, "checkproxyverification", lambda said: _links(said, ours))
        arguments = ours.arguments.hex()
        fields = {
            "contractaddress": ours.address,
            "sourceCode": json.dumps(ours.request()),
            "codeformat": "solidity-standard-json-input",
            "contractname": ours.identifier,
            "compilerversion": f"v{COMPILER}",
            # The documented spelling; older servers only know their own misspelling. Neither rejects the other.
            "constructorArguments": arguments,
            "constructorArguements": arguments,
        }
        return self._run("verifysourcecode", fields, "checkverifystatus", lambda said: said.words.startswith("Pass"))

    def _known(self, ours: Contract | Clone) -> str | None:
        said = self._ask("getsourcecode", {"address": ours.address}, post=False)
        row = said.rows[0] if said.ok and said.rows and isinstance(said.rows[0], dict) else {}
        if isinstance(ours, Clone):
            is_proxy = str(row.get("Proxy") or row.get("IsProxy")).lower() in ("1", "true")
            implementation = str(row.get("Implementation") or row.get("ImplementationAddress"))
            return "already linked" if is_proxy and implementation.lower() == ours.implementation.lower() else None
        # A similar match is another contract's source: ours must still be submitted.
        return "already verified" if row.get("SourceCode") and not row.get("SimilarMatch") else None

    def _run(self, action: str, fields: dict[str, str], check: str, passed: Callable[[Said], bool]) -> str:
        waits = self._http.waits()
        said = self._ask(action, fields)
        while not said.ok and _BEHIND.search(said.words) and waits.pause():
            said = self._ask(action, fields)
        if _ALREADY.search(said.words):
            return "already verified"
        if not said.ok or not said.words:
            raise Unverified(said.words or "no reason given")
        pace = self._http.pace
        polls, guid = Waits(pace.result, pace.poll, pace.poll), said.words
        while polls.pause():
            said = self._ask(check, {"guid": guid}, post=False)
            if _ALREADY.search(said.words):
                return "already verified"
            if passed(said):
                return "verified" if action == "verifysourcecode" else "linked"
            if not _PENDING.search(said.words):
                raise Unverified(said.words or "no reason given")
        raise Unverified(f"still {said.words!r} after {polls.spent:.0f} s; run the same command again")

    def _ask(self, action: str, fields: dict[str, str], post: bool = True) -> Said:
        """One action, repeated while the explorer limits requests."""
        waits = self._http.waits()
        named = {"module": "contract", "action": action, **fields}
        if self._http.key:
            named["apikey"] = self._http.key
        while True:
            http = self._http
            answer = http.post(params=self._query, data=named) if post else http.get(params={**self._query, **named})
            result, message = answer.body.get("result"), answer.body.get("message")
            words = http.hidden(result if isinstance(result, str) and result else message or "")
            ok = str(answer.body.get("status")) == "1"
            if not ok and _BUSY.search(words) and waits.pause():
                continue
            if not ok and (_BUSY.search(words) or _REFUSED.search(words)):
                raise ExplorerFailed(f"{http.label} says: {words}")
            return Said(ok, words, result if isinstance(result, list) else [])


def _links(said: Said, clone: Clone) -> bool:
    found = _FOUND_AT.search(said.words) if said.ok else None
    if found and found[1].lower() != clone.implementation.lower():
        raise Unverified(f"{said.words}; expected {clone.implementation}")
    return said.ok and not _PENDING.search(said.words)
