"""
Shares that move without their holder, as the terms allow: recoveries of accounts whose keys are lost, and forced moves.

Twin of contracts/DealMoves.sol: who announces what, from when on it may be executed, and what cancels it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.model.calendar import SECONDS_PER_DAY
from penstock.model.errors import (
    InvalidRecovery,
    MoveAnnouncedAlready,
    MoveNotAnnounced,
    MovesNotAllowed,
    MoveTooEarly,
)
from penstock.model.terms import DealTerms

Move = tuple[int, str, str, int]
"""A forced move: tranche, from, to, shares in share base units."""


@dataclass(frozen=True)
class PendingRecovery:
    """Everything at an account may go to another one, from a time on; `to` is None where no recovery is announced."""

    to: str | None = None
    executable_at: int = 0
    number: int = 0


@dataclass
class Moves:
    """
    What is announced.

    recoveries : of every account that one was ever announced for. forced : from when on a move may be executed.
    payees : of each fee that was recovered, who may claim it.
    """

    recoveries: dict[str, PendingRecovery] = field(default_factory=dict)
    forced: dict[Move, int] = field(default_factory=dict)
    payees: dict[int, str] = field(default_factory=dict)

    def copy(self) -> Moves:
        return Moves(dict(self.recoveries), dict(self.forced), dict(self.payees))

    def of(self, account: str) -> PendingRecovery:
        return self.recoveries.get(account, PendingRecovery())

    def announce_recovery(self, terms: DealTerms, account: str, to: str, now: int) -> PendingRecovery:
        """
        Announces the recovery of an account. Who announces and who signs is checked where it is asked.

        Raises
        ------
        MovesNotAllowed, InvalidRecovery, MoveAnnouncedAlready.
        """
        if terms.recovery is None:
            raise MovesNotAllowed()
        if to == account:
            raise InvalidRecovery(account, to)
        known = self.of(account)
        if known.to is not None:
            raise MoveAnnouncedAlready(account, known.to)
        executable_at = now + terms.recovery.days * SECONDS_PER_DAY
        self.recoveries[account] = PendingRecovery(to, executable_at, known.number + 1)
        return self.recoveries[account]

    def act(self, account: str) -> bool:
        """An act of an account, which cancels its recovery; whether one was pending."""
        known = self.of(account)
        if known.to is None:
            return False
        self.recoveries[account] = PendingRecovery(None, 0, known.number)
        return True

    def require_recovery(self, account: str, to: str, now: int) -> None:
        """Raises MoveNotAnnounced, MoveTooEarly."""
        pending = self.of(account)
        if pending.to is None or pending.to != to:
            raise MoveNotAnnounced(account, to)
        if now < pending.executable_at:
            raise MoveTooEarly(pending.executable_at, now)

    def announce_move(self, terms: DealTerms, move: Move, now: int) -> int:
        """Announces a forced move; from when on it may be executed. Raises MovesNotAllowed, MoveAnnouncedAlready."""
        if terms.forced is None:
            raise MovesNotAllowed()
        if move in self.forced:
            raise MoveAnnouncedAlready(move[1], move[2])
        self.forced[move] = now + terms.forced.days * SECONDS_PER_DAY
        return self.forced[move]

    def end_move(self, move: Move, now: int | None = None) -> None:
        """A forced move is executed at a time, or cancelled. Raises MoveNotAnnounced, MoveTooEarly."""
        executable_at = self.forced.get(move)
        if executable_at is None:
            raise MoveNotAnnounced(move[1], move[2])
        if now is not None and now < executable_at:
            raise MoveTooEarly(executable_at, now)
        del self.forced[move]
