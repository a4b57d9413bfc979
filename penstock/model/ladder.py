"""Who is paid. Cash goes down the ladder once; each rung takes its due, at most its fraction of what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import add

from penstock.model.diversion import diversion_up, most_senior_first
from penstock.model.dues import Dues
from penstock.model.promote import distribute
from penstock.model.rungs import Due, Pays, RungKind
from penstock.model.state import DealState
from penstock.model.terms import DealTerms, Reserve, Rung, Test, pays_a_lender
from penstock.model.units import WAD, mul_div_down


@dataclass(slots=True)
class RungPayment:
    """
    One row of a settled ladder, in base units.

    due : what the rung could have taken. paid : what it got, draws included. from_trap, from_reserve : of which drawn.
    A reserve's row shows its top-up, a trap's what it holds back; so does the residual's where a trap gets it for want
    of a report.
    """

    rung: Rung
    due: int = 0
    paid: int = 0
    from_reserve: int = 0
    from_trap: int = 0

    @property
    def from_cash(self) -> int:
        return self.paid - self.from_reserve - self.from_trap


@dataclass(slots=True)
class Flows:
    """
    What each claim received in one period; lists run parallel to the terms.

    equity : of the residual, one amount for each class of equity. promote : how much of it is the promote. tiers : what
    each tier took of it.
    drawn, topped_up : of reserves. trap_drawn : of the trap of each test.
    """

    interest: list[int]
    principal: list[int]
    equity: list[int]
    fees: list[int]
    drawn: list[int]
    topped_up: list[int]
    trap_drawn: list[int]
    promote: int = 0
    tiers: list[int] = field(default_factory=list)

    @property
    def residual(self) -> int:
        return sum(self.equity)


PAID_IN_FULL = (
    RungKind.FEE,
    RungKind.INTEREST,
    RungKind.PRINCIPAL,
    RungKind.ALL,
    RungKind.SWEEP,
    RungKind.RESIDUAL,
)
"""The rungs that take all they are due, or all that is left, when a clean-up call pays everything."""


def split(amount: int, dues: tuple[int, ...]) -> tuple[int, ...]:
    """`amount` ≤ sum(dues) shared by what each is due: floor each, the remainder in order, none above its due."""
    if len(dues) == 1:
        return (amount,)
    total = sum(dues)
    parts = [mul_div_down(amount, due, total) if total else 0 for due in dues]
    left = amount - sum(parts)
    for place, due in enumerate(dues):
        more = min(left, due - parts[place])
        parts[place] += more
        left -= more
    return tuple(parts)


def _less(dues: Sequence[int], paid: Sequence[int]) -> list[int]:
    return [due - part for due, part in zip(dues, paid, strict=True)]


def _room(reserve: Reserve, target: int, held: int) -> int:
    """What a reserve takes of a rung: what it is short of, within its limit."""
    short = max(0, target - held)
    return short if reserve.fill is None else min(short, reserve.fill)


def acts(terms: DealTerms, state: DealState, rung: Rung) -> bool:
    """
    Whether a rung takes anything now. From the last period on a trap does not, since no later period could release it,
    nor a diversion, since everything is due, and nothing is deferred.
    """
    if rung.test is None:
        return True
    matured, failing = state.period == terms.periods, state.failing(rung.test)
    if rung.passing:
        return matured or not failing
    return failing and not (matured and rung.kind in (RungKind.TRAP, RungKind.DIVERT))


def still_due(
    terms: DealTerms, rung: Rung, owed: Dues, state: DealState, unpaid_principal: int | None = None
) -> tuple[int, ...] | None:
    """
    What each target of a rung may take now, in base units; None for a rung that takes all that is left.

    unpaid_principal : what is left of the principal pot, which a diversion looks at; by default all of it.
    """
    due = rung.rule.due
    if due is Due.REST:
        return None
    if due is Due.COVERAGE:
        unpaid = owed.principal_pot if unpaid_principal is None else unpaid_principal
        return (diversion_up(terms, state, owed, rung, unpaid),)
    if due is Due.SHORTFALL:
        return tuple(
            [_room(terms.reserves[target], owed.targets[target], state.reserves[target]) for target in rung.targets]
        )
    if due is Due.FEE:
        amounts = owed.fees
    elif due is Due.INTEREST:
        amounts = owed.interest
    else:
        amounts = owed.principal if due is Due.PRINCIPAL else state.balance
    return tuple([amounts[target] for target in rung.targets])


class Ladder:
    """
    One period's walk down the rungs. Pays from `cash`, draws on reserves, and keeps `owed` as what is still due.

    principal_pot : of the cash, what goes down the principal ladder, behind that of interest.
    trapping : the tests whose traps hold cash back. draws : False where a ladder is only tried, so that reserves and
    traps pay nothing.
    """

    def __init__(
        self,
        terms: DealTerms,
        state: DealState,
        owed: Dues,
        cash: int,
        trapping: Sequence[int],
        draws: bool = True,
        principal_pot: int = 0,
    ) -> None:
        self.terms, self.state, self.owed, self.remaining = terms, state, owed, cash - principal_pot
        self.trapping, self.draws = trapping, draws
        self.unopened = principal_pot
        self.held_for: int | None = None
        tranches, fees, reserves, tests = map(len, (terms.tranches, terms.fees, terms.reserves, terms.tests))
        nothing = ([0] * count for count in (tranches, tranches, fees, reserves, reserves, tests))
        interest, principal, paid_fees, drawn, topped_up, trap_drawn = nothing
        equity = [0] * (tranches - terms.equity)
        self.flows = Flows(interest, principal, equity, paid_fees, drawn, topped_up, trap_drawn)
        self.flows.tiers = [0] * len(terms.promote.tiers) if terms.promote else []

    def pay(self, rungs: Sequence[Rung]) -> list[RungPayment]:
        """Walks a whole ladder. sum(paid) − draws + remaining is the cash it began with, whatever the dues."""
        return [self._pay_rung(rung, rungs[place:]) for place, rung in enumerate(rungs, start=1)]

    def pay_all(self, rungs: Sequence[Rung]) -> list[RungPayment]:
        """
        Walks the whole ladder where cash is there for everything owed: each fee, interest, principal and balance is
        paid whatever fraction or test its rung has, then the residual. Any other rung gets nothing.
        """
        return [self._pay_whole(rung) for rung in rungs]

    def _pay_whole(self, rung: Rung) -> RungPayment:
        if rung.kind not in PAID_IN_FULL:
            return RungPayment(rung)
        return replace(self._pay_rung(Rung(rung.kind, rung.targets), ()), rung=rung)

    def _pay_rung(self, rung: Rung, below: Sequence[Rung]) -> RungPayment:
        if rung.kind is RungKind.INTEREST_RESIDUAL:
            return self._end_interest(rung)
        payment = RungPayment(rung)
        if not acts(self.terms, self.state, rung) and not self._holds_back(rung, below):
            return payment
        unpaid = self.remaining if rung.of_principal else self.unopened
        dues = still_due(self.terms, rung, self.owed, self.state, unpaid)
        if dues is None:
            dues = (self.remaining,)
        payment.due = sum(dues)
        from_cash = min(payment.due, mul_div_down(self.remaining, rung.fraction, WAD))
        self.remaining -= from_cash
        payment.paid = from_cash
        held_for = {Pays.TRAP: rung.test, Pays.EQUITY: self.held_for}.get(rung.rule.pays)
        if held_for is not None:
            self.state.trapped[held_for] += from_cash
            return payment
        if rung.rule.pays is Pays.EQUITY:
            self._pay_equity(from_cash)
            return payment
        if rung.rule.due is Due.COVERAGE:
            self._divert(rung, from_cash)
            return payment
        paid = split(from_cash, dues)
        state, flows, terms = self.state, self.flows, self.terms
        trapped = self._draw(rung, _less(dues, paid), terms.tests, state.trapped, flows.trap_drawn)
        paid = tuple(map(add, paid, trapped))
        drawn = self._draw(rung, _less(dues, paid), terms.reserves, state.reserves, flows.drawn)
        payment.from_trap, payment.from_reserve = sum(trapped), sum(drawn)
        payment.paid += payment.from_trap + payment.from_reserve
        for target, part, reserve in zip(rung.targets, paid, drawn, strict=True):
            self._record(rung.rule.pays, target, part + reserve)
        return payment

    def _pay_equity(self, amount: int) -> None:
        flows = self.flows
        if self.terms.promote is None:
            flows.equity[0] += amount
            return
        given = distribute(self.terms.promote, self.state, amount)
        flows.equity[0] += given.investor
        flows.equity[1] += given.sponsor
        flows.promote += given.promote
        flows.tiers = list(map(add, flows.tiers, given.tiers))

    def _end_interest(self, rung: Rung) -> RungPayment:
        """
        The residual of the interest pot, behind which the principal pot opens. From the last period on what interest
        leaves joins the principal instead: everything is due by then.
        """
        matured = self.state.period == self.terms.periods
        payment = RungPayment(rung) if matured else self._pay_rung(replace(rung, kind=RungKind.RESIDUAL), ())
        payment.rung = rung
        self.remaining += self.unopened
        self.unopened = 0
        return payment

    def _divert(self, rung: Rung, amount: int) -> None:
        tranche = self.terms.tests[rung.test or 0].tranche
        for target, part in enumerate(most_senior_first(self.state, tranche, amount)):
            self._record(Pays.PRINCIPAL, target, part)

    def _holds_back(self, rung: Rung, below: Sequence[Rung]) -> bool:
        """
        Whether a trap or a diversion acts because its test lacks a report. Where a lender that may be paid comes below,
        a trap holds what is left for equity instead, in the place of the residual.
        """
        matured = self.state.period == self.terms.periods
        if rung.kind not in (RungKind.TRAP, RungKind.DIVERT) or rung.test not in self.trapping or matured:
            return False
        if rung.kind is RungKind.DIVERT:
            return True
        if not pays_a_lender(below, rung.test):
            return True
        self.held_for = rung.test if self.held_for is None else self.held_for
        return False

    def _draw(
        self,
        rung: Rung,
        lacking: list[int],
        supporting: Sequence[Reserve | Test],
        held: list[int],
        drawn_of: list[int],
    ) -> list[int]:
        """
        What pots give each target of what it lacks: first pot first, pari passu within it.

        supporting : what each pot belongs to. held, drawn_of : of each, what is in it and what was taken; both change.
        """
        drawn = [0] * len(lacking)
        if not any(lacking) or not self.draws:
            return drawn
        for index, each in enumerate(supporting):
            wanted = tuple(
                lack - got if (rung.kind, target) in each.supports else 0
                for target, lack, got in zip(rung.targets, lacking, drawn, strict=True)
            )
            given = min(sum(wanted), held[index])
            if given:
                held[index] -= given
                drawn_of[index] += given
                drawn = [got + part for got, part in zip(drawn, split(given, wanted), strict=True)]
        return drawn

    def _record(self, pays: Pays, target: int, paid: int) -> None:
        if pays is Pays.FEE:
            self.owed.fees[target] -= paid
            self.flows.fees[target] += paid
        elif pays is Pays.INTEREST:
            self.owed.interest[target] -= paid
            self.flows.interest[target] += paid
        elif pays is Pays.RESERVE:
            self.state.reserves[target] += paid
            self.flows.topped_up[target] += paid
        else:  # whichever rung pays it, principal meets what fell due first
            self.state.balance[target] -= paid
            self.owed.principal[target] -= min(paid, self.owed.principal[target])
            self.flows.principal[target] += paid
