"""Replays shares that move without their holder: each must be what was announced, and its delay over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from penstock.audit.books import AuditBooks
from penstock.audit.checkpoint import Entry
from penstock.evm.codec import checksum
from penstock.evm.errors import BadArgument
from penstock.format import moment
from penstock.model.errors import ModelError


class _Moved(NamedTuple):
    """A share's transfer that a log of a forced transfer may follow. recovered : the deal's log came before it."""

    tranche: int
    source: str
    target: str
    amount: int
    transaction: str
    recovered: bool


class MovesAudit:
    """
    The logs of announcements, recoveries and forced transfers, against the books.

    Parameters
    ----------
    times : the timestamp of each block with one of these logs.
    wrong : records a difference.
    """

    def __init__(self, books: AuditBooks, times: Mapping[int, int], wrong: Callable[[str, str, Entry], None]) -> None:
        self.books, self.times, self.wrong = books, times, wrong
        self._recovered: _Moved | None = None
        self._moved: tuple[_Moved, Entry] | None = None

    # What the deal logs

    def announced(
        self, entry: Entry, source: str, target: str, _document: int, number: int, executable_at: int
    ) -> None:
        try:
            made = self.books.moves.announce_recovery(self.books.terms, source, target, self.times[entry.block])
        except ModelError as error:
            raise BadArgument(f"a recovery is announced: {error}") from None
        if (made.number, made.executable_at) != (number, executable_at):
            text = (
                f"recovery {number} of {checksum(source)} may be executed from {moment(executable_at)} on, by the terms"
            )
            self.wrong("holders", f"{text} it is recovery {made.number}, from {moment(made.executable_at)} on", entry)

    def cancelled(self, entry: Entry, source: str, number: int) -> None:
        known = self.books.moves.of(source)
        if not self.books.moves.act(source) or known.number != number:
            raise BadArgument(f"recovery {number} of {checksum(source)} is cancelled, and none is announced")

    def recovered(self, entry: Entry, tranche: int, source: str, target: str, shares: int) -> None:
        try:
            self.books.moves.require_recovery(source, target, self.times[entry.block])
        except ModelError as error:
            self.wrong("holders", f"shares are recovered: {error}", entry)
        if tranche >= len(self.books.ledgers):
            raise BadArgument(f"a recovery of tranche {tranche + 1}: the deal has {len(self.books.ledgers)}")
        if self.books.recover(tranche, source, target) != shares:
            self.wrong("holders", f"{checksum(source)} is recovered with other shares than it has", entry)
        self._recovered = _Moved(tranche, source, target, shares, entry.transaction, recovered=True)

    def payee_recovered(self, entry: Entry, fee: int, source: str, target: str) -> None:
        try:
            self.books.moves.require_recovery(source, target, self.times[entry.block])
        except ModelError as error:
            self.wrong("holders", f"a fee is recovered: {error}", entry)
        if fee >= len(self.books.terms.fees):
            raise BadArgument(f"fee {fee + 1} is recovered: the deal has {len(self.books.terms.fees)}")
        self.books.moves.payees[fee] = target

    def move_announced(
        self, entry: Entry, tranche: int, source: str, target: str, shares: int, _document: int, executable_at: int
    ) -> None:
        move = (tranche, source, target, shares)
        try:
            expected = self.books.moves.announce_move(self.books.terms, move, self.times[entry.block])
        except ModelError as error:
            raise BadArgument(f"a forced move is announced: {error}") from None
        self.books.ever_forced.add(move)
        if expected != executable_at:
            text = f"a forced move may be executed from {moment(executable_at)} on, by the terms"
            self.wrong("holders", f"{text} from {moment(expected)} on", entry)

    def move_cancelled(self, entry: Entry, tranche: int, source: str, target: str, shares: int) -> None:
        try:
            self.books.moves.end_move((tranche, source, target, shares))
        except ModelError as error:
            raise BadArgument(f"a forced move is cancelled: {error}") from None

    # What shares log

    def is_recovery(self, entry: Entry, tranche: int, source: str, target: str, amount: int) -> bool:
        """Whether a transfer of shares is the one that a recovery, already in the books, announced just before."""
        self.no_move_waits()
        recovered, self._recovered = self._recovered, None
        moved = _Moved(tranche, source, target, amount, entry.transaction, recovered is not None)
        self._moved = moved, entry
        if recovered is not None and recovered != moved:
            raise BadArgument("a transfer that is not the recovery logged before it")
        return recovered is not None

    def forced(self, entry: Entry, tranche: int, source: str, target: str, amount: int) -> None:
        waiting, self._moved = self._moved, None
        if waiting is None or waiting[0]._replace(recovered=False) != _Moved(
            tranche, source, target, amount, entry.transaction, recovered=False
        ):
            raise BadArgument("a forced transfer that no transfer comes before")
        if waiting[0].recovered:
            return
        try:
            self.books.moves.end_move((tranche, source, target, amount), self.times[entry.block])
        except ModelError as error:
            self.wrong("holders", f"shares are moved without their holder: {error}", entry)

    def acted(self, entry: Entry, account: str) -> None:
        """An act of an account, before which the deal cancels its recovery."""
        if self.books.moves.of(account).to is not None:
            self.wrong("holders", f"{checksum(account)} acts, and the recovery of it is not cancelled", entry)

    def no_move_waits(self) -> None:
        """A transfer that was no forced one is an act of its sender; anybody may transfer nothing."""
        waiting, self._moved = self._moved, None
        if waiting is not None and waiting[0].amount and not waiting[0].recovered:
            self.acted(waiting[1], waiting[0].source)
