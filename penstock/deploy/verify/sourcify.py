"""Sourcify's API v2: a verification is a job; it finds constructor arguments and proxies itself."""

from __future__ import annotations

from typing import Any

from penstock.deploy.verify.http import Answer, ExplorerFailed, Http, Unverified, Waits
from penstock.deploy.verify.sources import COMPILER, Clone, Contract


class Sourcify:
    def __init__(self, http: Http, chain_id: int) -> None:
        self._http, self._chain_id = http, chain_id

    def verify(self, ours: Contract | Clone) -> str:
        """As `Etherscan.verify`; a clone is `left out`, because there is nothing to submit."""
        if isinstance(ours, Clone):
            return "left out: a proxy has no sources; Sourcify finds its implementation"
        held = self._http.get(f"/v2/contract/{self._chain_id}/{ours.address}")
        if held.status == 200 and held.body.get("match") == "exact_match":
            return "already verified"
        request: dict[str, Any] = {
            "stdJsonInput": ours.request(),
            "compilerVersion": COMPILER,
            "contractIdentifier": ours.identifier,
        }
        if ours.transaction:
            request["creationTransactionHash"] = ours.transaction
        made = self._http.post(f"/v2/verify/{self._chain_id}/{ours.address}", json=request)
        if made.status == 409 and made.body.get("customCode") == "already_verified":
            return "already verified"
        if made.status not in (200, 202) or not made.body.get("verificationId"):
            raise Unverified(self._words(made.body, made))
        return self._await(str(made.body["verificationId"]))

    def _await(self, job: str) -> str:
        pace = self._http.pace
        polls = Waits(pace.result, pace.poll, pace.poll)
        while polls.pause():
            said = self._http.get(f"/v2/verify/{job}")
            if said.status != 200:
                raise Unverified(self._words(said.body, said))
            if not said.body.get("isJobCompleted"):
                continue
            error = said.body.get("error")
            if error and error.get("customCode") == "already_verified":
                return "already verified"
            if error:
                raise Unverified(self._words(error, said))
            match = (said.body.get("contract") or {}).get("match")
            if not match:
                raise Unverified("no match, and no reason given")
            return "verified" if match == "exact_match" else f"verified, {self._http.hidden(match)}"
        raise Unverified(f"job {job} is not complete after {polls.spent:.0f} s; run the same command again")

    def _words(self, said: dict[str, Any], answer: Answer) -> str:
        words, code = said.get("message"), said.get("customCode")
        if not words and not code:
            raise ExplorerFailed(f"{self._http.label} answers HTTP {answer.status} as no Sourcify does")
        return self._http.hidden(f"{words} ({code})" if code else words)
