"""A reporter contract with a quorum of the chain's accounts, who sign with their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_account import Account

from penstock.evm.chain import Contract, Receipt
from penstock.links import quorum as twin
from penstock.links.quorum import Figures, Quorum
from penstock.onchain.launch import System

SUBJECT = bytes(12) + bytes.fromhex("ab" * 20)
ALWAYS = (0, 2**40 - 1)

Sent = tuple[Any, ...]


def figures(*values: int, reported: int | None = None, window: tuple[int, int] = ALWAYS) -> Figures:
    """All of these fields unless `reported` says which."""
    return Figures(window[0], window[1], (1 << len(values)) - 1 if reported is None else reported, values)


class Reporters:
    """Of the first `count` accounts, in rising order, `size` make a quorum."""

    def __init__(self, system: System, count: int, size: int, tolerance: int = 0) -> None:
        self.chain = system.chain
        accounts = sorted(system.chain.accounts[:count], key=lambda each: int(each, 16))
        self.quorum = Quorum(tuple(accounts), size, tolerance)
        self.contract: Contract = system.chain.deploy(system.artifacts["QuorumReporter"], accounts, size, tolerance)

    def signature(self, reporter: str, said: Figures, subject: bytes = SUBJECT, start: int = 1, **other: Any) -> bytes:
        where = {"chain_id": self.chain.chain_id, "contract": self.contract.address, **other}
        digest = twin.digest(subject, start, said, **where)
        return bytes(Account.unsafe_sign_hash(digest, self.chain.key(reporter)).signature)

    def signed(self, reporter: str, said: Figures, signature: bytes | None = None, **where: Any) -> Sent:
        made = self.signature(reporter, said, **where) if signature is None else signature
        return (reporter, said.after, said.until, said.reported, list(said.values), made)

    def by(self, *said: Figures, **where: Any) -> list[Sent]:
        """Signed by the first reporters, in order."""
        return [self.signed(who, each, **where) for who, each in zip(self.quorum.reporters, said, strict=False)]

    def report(self, reports: Sequence[Sent], subject: bytes = SUBJECT, start: int = 1) -> Receipt:
        return self.contract.send("report", subject, start, list(reports), sender=self.chain.accounts[9])

    def median(self, subject: bytes = SUBJECT, start: int = 1) -> tuple[int, list[int]]:
        reported, values = self.contract.call("medianOf", subject, start)
        return reported, list(values)

    def agree(self, deal: str, period: int, *values: int | None) -> None:
        """A whole quorum reports the same of a deal's period; None for what it leaves out."""
        reported = sum(1 << place for place, each in enumerate(values) if each is not None)
        said = figures(*(each or 0 for each in values), reported=reported)
        subject = twin.subject_of(deal)
        reports = self.by(*[said] * self.quorum.size, subject=subject, start=period)
        self.report(reports, subject, period)
