"""The clean-up call: who may make it and when, and what it costs. Mirrors CallLib.sol."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add

from penstock.model.calendar import SECONDS_PER_DAY, timestamp
from penstock.model.dues import Dues, dues
from penstock.model.errors import AllPeriodsSettled, CalledAlready, CallNotAllowed, CallTooLate, NotCallable
from penstock.model.report import Report
from penstock.model.state import DealState
from penstock.model.terms import DealTerms
from penstock.model.units import WAD, mul_div_down

NOTICE = SECONDS_PER_DAY
"""How long before its payment date the call of a period must be announced, in seconds."""


@dataclass(frozen=True, slots=True)
class Bill:
    """
    What a call of the next period pays, in base units.

    owed : every due in full; principal is the balances with all that was written down. owed_in_all : their sum.
    restored : of each tranche, what was written down. cash : unsettled collections, reserves and traps.
    """

    owed: Dues
    restored: list[int]
    cash: int

    @property
    def owed_in_all(self) -> int:
        return sum(self.owed.principal) + sum(self.owed.interest) + sum(self.owed.fees)

    @property
    def missing(self) -> int:
        """What the payee has to pay; more is never taken."""
        return max(0, self.owed_in_all - self.cash)


def outstanding(terms: DealTerms, state: DealState) -> int:
    """Lenders' faces less principal ever paid, not below zero: write-downs do not lower it, nor does PIK raise it."""
    return max(0, terms.lent - state.repaid)


def most_outstanding(terms: DealTerms) -> int:
    """The most that may be outstanding for a call, in base units; below 0 in a deal without one."""
    # Of whole numbers one is at most a fraction where it is at most the fraction rounded down
    return -1 if terms.call is None else mul_div_down(terms.lent, terms.call.below, WAD)


def is_allowed(terms: DealTerms, state: DealState) -> bool:
    """Whether the deal may be called."""
    return outstanding(terms, state) <= most_outstanding(terms)


def require_announcement(terms: DealTerms, state: DealState, announced: int, now: int) -> int:
    """
    The period whose call can be announced now: the next to be settled.

    Parameters
    ----------
    announced : the last period whose call was announced; 0 for none. now : in seconds since 1970.

    Raises
    ------
    NotCallable : in a deal without a call. AllPeriodsSettled : after the last period. CalledAlready : a second time.
    CallNotAllowed : while too much is outstanding. CallTooLate : less than a day before the payment date.

    Source: docs/SPEC.md, "Clean-up call".
    """
    if terms.call is None:
        raise NotCallable
    if state.period == terms.periods:
        raise AllPeriodsSettled(terms.periods)
    period = state.period + 1
    if announced == period:
        raise CalledAlready(period)
    require_allowed(terms, state)
    latest = timestamp(terms.payment_dates[state.period]) - NOTICE
    if now > latest:
        raise CallTooLate(period, latest, now)
    return period


def require_allowed(terms: DealTerms, state: DealState) -> None:
    """Raises CallNotAllowed while too much is outstanding, NotCallable in a deal without a call."""
    if terms.call is None:
        raise NotCallable
    if not is_allowed(terms, state):
        raise CallNotAllowed(outstanding(terms, state), most_outstanding(terms))


def bill(terms: DealTerms, state: DealState, collections: int, report: Report) -> Bill:
    """
    What a call of the next period pays, and what there is for it.

    Parameters
    ----------
    state : before the period; it stays as it is. collections : all that is not settled, whatever was cut off.
    report : of the period. Its loss changes nothing: a called period writes nothing down.
    """
    owed = dues(terms, state, state.period + 1, collections, report, called=True)
    restored = [*state.written_down, *[0] * (len(terms.tranches) - len(state.written_down))]
    owed.principal = list(map(add, owed.principal, restored))
    return Bill(owed, restored, collections + state.held)
