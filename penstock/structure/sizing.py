"""
How much debt cash flows bear: the most whose principal, sculpted to a least DSCR, is repaid in time. To the base unit.

A loan is walked through period by period as if everything were paid on time. Each period has room for the debt service
that leaves the DSCR; what interest leaves of it repays principal, so that no balance could be lower and no schedule
bears more. Interest and fees on a balance only rise with it, so that what a face cannot bear no larger one can: the
most is found by halving. Fees that depend on the debt need no second round: each period's are known on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from penstock.errors import PenstockError
from penstock.model.dues import Dues, dues, join_pik
from penstock.model.floating import learn_indices
from penstock.model.metrics import cfads
from penstock.model.report import Report
from penstock.model.state import DealState, opening_state
from penstock.model.terms import DealTerms
from penstock.model.units import WAD, mul_div_down


class SizingRefused(PenstockError):
    """A debt that cannot be sized."""


@dataclass(frozen=True, slots=True)
class Case:
    """Cash flows that lenders count on, by period in base units, and the least DSCR they want of them, in wad."""

    name: str
    collections: tuple[int, ...]
    reports: tuple[Report, ...]
    dscr: int


@dataclass(frozen=True, slots=True)
class SizedPeriod:
    """
    One period of a sculpted loan, in base units; cfads has an amount for each case. senior : the debt service before
    it. balance : after the payment.
    """

    period: int
    cfads: tuple[int, ...]
    senior: int
    interest: int
    principal: int
    balance: int

    @property
    def debt_service(self) -> int:
        """Of the loan and all senior to it."""
        return self.senior + self.interest + self.principal


@dataclass(frozen=True, slots=True)
class Shortfall:
    """
    Why a face is too much: the first period whose room for debt service, in a case, is less than what is due anyway;
    or, with period 0, that so much is left after the last instalment.
    """

    period: int
    case: int
    room: int
    due: int
    left: int = 0


@dataclass(frozen=True, slots=True)
class Sizing:
    """most : the largest face that every case bears, in base units. beyond : why one unit more is too much."""

    most: int
    beyond: Shortfall | None


def size(terms: DealTerms, tranche: int, cases: Sequence[Case], tenor: int) -> Sizing:
    """
    The most that a lender can lend, with all terms but its face and principal as they are.

    Parameters
    ----------
    tenor : the period of the last instalment.

    Source: docs/FIGURES.md, "Sizing".
    """

    def refused(face: int) -> Shortfall | None:
        found = sculpt(terms, tranche, cases, tenor, face)
        return found if isinstance(found, Shortfall) else None

    low, step = _guess(terms, tranche, cases, tenor), 1
    while low and refused(low):
        low, step = max(0, low - step), step * 2
    high, step = low + 1, 1
    while (beyond := refused(high)) is None:
        if high > terms.max_amount:
            return Sizing(terms.max_amount, None)
        low, high, step = high, high + step, step * 2
    while high - low > 1:
        middle = (low + high) // 2
        found = refused(middle)
        if found:
            high, beyond = middle, found
        else:
            low = middle
    return Sizing(low, beyond)


def _guess(terms: DealTerms, tranche: int, cases: Sequence[Case], tenor: int) -> int:
    """
    About the most, to begin the search near it: backwards from nothing after the last instalment, as if the room for
    principal fell in a line with the balance. It does but for rounding, caps and steps of the terms.
    """
    scale = terms.tranches[tranche].face
    empty, full = ([_rooms(terms, tranche, case, face) for case in cases] for face in (0, scale))
    balance = 0
    for at in reversed(range(tenor)):
        bounds = []
        for without, with_debt in zip(empty, full, strict=True):
            slope = without[at] - with_debt[at]
            bounds.append((balance + without[at]) * scale // (scale + slope))
            if slope:
                bounds.append(without[at] * scale // slope)
        balance = max(0, min(bounds))
    return min(balance, terms.max_amount)


def _rooms(terms: DealTerms, tranche: int, case: Case, balance: int) -> list[int]:
    """The room for principal in each period while a balance stays."""
    walk = _Walk(terms, tranche, case, balance)
    found = []
    for period in range(1, terms.periods + 1):
        found.append(walk.enter(period))
        walk.leave(0)
    return found


def sculpt(
    terms: DealTerms, tranche: int, cases: Sequence[Case], tenor: int, face: int
) -> tuple[SizedPeriod, ...] | Shortfall:
    """A face repaid as fast as the least DSCR of every case allows; or why it is not."""
    walks = [_Walk(terms, tranche, case, face) for case in cases]
    rows, balance = [], face
    for period in range(1, terms.periods + 1):
        rooms = [walk.enter(period) for walk in walks]
        for at, (walk, room) in enumerate(zip(walks, rooms, strict=True)):
            if room < 0 and balance:
                due = walk.senior + walk.interest
                return Shortfall(period, at, room + due, due)
        principal = max(0, min(balance, *rooms))
        balance -= principal
        for walk in walks:
            walk.leave(principal)
        covering = tuple(walk.cfads for walk in walks)
        rows.append(SizedPeriod(period, covering, walks[0].senior, walks[0].interest, principal, balance))
        if period == tenor and balance:
            return Shortfall(0, 0, 0, 0, balance)
    return tuple(rows)


class _Walk:
    """A deal on its way through the periods of one case, everything paid on time and nothing early."""

    def __init__(self, terms: DealTerms, tranche: int, case: Case, face: int) -> None:
        faces = (replace(each, face=face) if at == tranche else each for at, each in enumerate(terms.tranches))
        # what reserves should hold is nothing that this asks for
        self.terms = replace(terms, tranches=tuple(faces), reserves=())
        self.tranche, self.case = tranche, case
        self.state: DealState = opening_state(self.terms)
        self.owed: Dues | None = None
        self.cfads = self.senior = self.interest = 0

    def enter(self, period: int) -> int:
        """The principal that there is room for; below 0 where there is none for what is due anyway."""
        collections, report = self.case.collections[period - 1], self.case.reports[period - 1]
        owed = dues(self.terms, self.state, period, collections, report)
        learn_indices(self.terms, self.state, report)
        self.owed, self.state.period = owed, period
        self.cfads = cfads(self.terms, owed, collections)
        above = slice(0, self.tranche)
        self.senior = sum(owed.current_interest[above]) + sum(owed.scheduled_principal[above])
        self.interest = owed.current_interest[self.tranche]
        return mul_div_down(self.cfads, WAD, self.case.dscr) - self.senior - self.interest

    def leave(self, principal: int) -> None:
        """Pays the period."""
        owed, state = self.owed, self.state
        assert owed is not None
        join_pik(state, owed)
        paid = list(owed.scheduled_principal)
        paid[self.tranche] = principal
        state.balance = [balance - part for balance, part in zip(state.balance, paid, strict=True)]
        kept = zip(self.terms.fees, owed.fees_accrued, owed.fees, strict=True)
        state.fee_arrears = [accrued - due if fee.carry else 0 for fee, accrued, due in kept]
