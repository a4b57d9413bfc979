"""Who is paid: the walk down a ladder, without branches. Mirrors `model.ladder` and `model.diversion`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import gcd

from penstock.model.rungs import Due, Pays
from penstock.model.terms import DealTerms, Reserve, Rung, RungKind, Test, pays_a_lender
from penstock.model.units import WAD
from penstock.simulate.judged import total
from penstock.simulate.numbers import (
    Number,
    Truth,
    both,
    cash,
    choose,
    either,
    excess,
    least,
    mul_div_down,
    mul_div_up,
    negate,
    positive,
    share,
)
from penstock.simulate.owed import Given, Owed
from penstock.simulate.promoted import distribute
from penstock.simulate.standing import State


@dataclass
class Flows:
    """As `model.ladder.Flows`, and of each rung what its row shows; of both ladders, one of which has nothing."""

    interest: list[Number]
    principal: list[Number]
    equity: list[Number]
    fees: list[Number]
    drawn: list[Number]
    topped_up: list[Number]
    trap_drawn: list[Number]
    tiers: list[Number]
    promote: Number = 0
    due: list[Number] = field(default_factory=list)
    paid: list[Number] = field(default_factory=list)
    from_trap: list[Number] = field(default_factory=list)
    from_reserve: list[Number] = field(default_factory=list)
    deferring: list[Truth] = field(default_factory=list)


def no_flows(terms: DealTerms) -> Flows:
    def nothing(count: int) -> list[Number]:
        return [0] * count

    tranches, fees, reserves, tests = map(len, (terms.tranches, terms.fees, terms.reserves, terms.tests))
    return Flows(
        interest=nothing(tranches),
        principal=nothing(tranches),
        equity=nothing(tranches - terms.equity),
        fees=nothing(fees),
        drawn=nothing(reserves),
        topped_up=nothing(reserves),
        trap_drawn=nothing(tests),
        tiers=nothing(len(terms.promote.tiers) if terms.promote else 0),
        deferring=[False] * tranches,
    )


def split(amount: Number, dues: Sequence[Number]) -> list[Number]:
    """`amount` ≤ sum(dues) shared by what each is due: floor each, the remainder in order, none above its due."""
    shown = [place for place, due in enumerate(dues) if not (isinstance(due, int) and due == 0)]
    parts: list[Number] = [0] * len(dues)
    if len(shown) == 1:
        parts[shown[0]] = amount
    elif len(shown) == 2:  # the remainder is 0 or 1, and where it is 1 the first has room for it
        first, second = shown
        parts[second] = share(amount, dues[second], dues[first] + dues[second])
        parts[first] = amount - parts[second]
    elif shown:
        of = total([dues[place] for place in shown])
        for place in shown:
            parts[place] = share(amount, dues[place], of)
        left = amount - total(parts)
        for place in shown:
            more = least(left, dues[place] - parts[place])
            parts[place], left = parts[place] + more, left - more
    return parts


class Ladder:
    """One period's walk down a ladder, in the scenarios in which it is in force; `remaining` is what is left."""

    def __init__(
        self,
        terms: DealTerms,
        state: State,
        owed: Owed,
        given: Given,
        flows: Flows,
        missing: Sequence[Truth],
        matured: bool,
        in_force: Truth,
        available: Number,
        principal_pot: Number,
    ) -> None:
        self.terms, self.state, self.owed, self.given, self.flows = terms, state, owed, given, flows
        self.missing, self.matured, self.in_force = missing, matured, in_force
        self.remaining, self.unopened = available - principal_pot, principal_pot
        self.held_for: list[tuple[int, Truth]] = []

    def pay(self, rungs: Sequence[Rung]) -> None:
        for place, rung in enumerate(rungs, start=1):
            if rung.kind is not RungKind.INTEREST_RESIDUAL:
                self._pay_rung(rung, rungs[place:])
                continue
            if self.matured:  # everything is due by then: what interest leaves joins the principal
                self._note(0, 0)
            else:
                self._pay_rung(rung, ())
            self.remaining, self.unopened = self.remaining + self.unopened, 0

    def _note(self, due: Number, paid: Number, from_trap: Number = 0, from_reserve: Number = 0) -> None:
        flows = self.flows
        flows.due.append(due)
        flows.paid.append(paid)
        flows.from_trap.append(from_trap)
        flows.from_reserve.append(from_reserve)

    def _failing(self, test: int | None) -> Truth:
        return positive(self.state.passes_needed[test or 0])

    def _acts(self, rung: Rung) -> Truth:
        if rung.test is None:
            return self.in_force
        failing = self._failing(rung.test)
        if rung.passing:
            passes: Truth = True if self.matured else negate(failing)
            for target in rung.targets:
                defers = both(self.in_force, negate(passes))
                self.flows.deferring[target] = either(self.flows.deferring[target], defers)
            return both(self.in_force, passes)
        if self.matured and rung.kind in (RungKind.TRAP, RungKind.DIVERT):
            return False
        return both(self.in_force, failing)

    def _holds_back(self, rung: Rung, below: Sequence[Rung]) -> Truth:
        """Whether a trap or a diversion acts because its test lacks a report, or holds the residual instead."""
        if rung.kind not in (RungKind.TRAP, RungKind.DIVERT) or self.matured:
            return False
        lacking = both(self.in_force, self.missing[rung.test or 0])
        if rung.kind is RungKind.DIVERT or not pays_a_lender(below, rung.test):
            return lacking
        self.held_for.append((rung.test or 0, both(lacking, negate(self._failing(rung.test)))))
        return False

    def _pay_rung(self, rung: Rung, below: Sequence[Rung]) -> None:
        acts = either(self._acts(rung), self._holds_back(rung, below))
        rule, state = rung.rule, self.state
        dues = [choose(acts, due, 0) for due in self._still_due(rung)]
        due = total(dues)
        common = gcd(rung.fraction, WAD)
        paid = least(due, mul_div_down(self.remaining, rung.fraction // common, WAD // common))
        self.remaining = self.remaining - paid
        if rule.pays is Pays.TRAP:
            state.trapped[rung.test or 0] = cash(state.trapped[rung.test or 0] + paid)
        elif rule.pays is Pays.EQUITY:
            self._pay_equity(paid)
        elif rule.due is Due.COVERAGE:
            self._divert(rung, paid)
        else:
            self._pay_targets(rung, due, dues, paid)
            return
        self._note(due, paid)

    def _pay_targets(self, rung: Rung, due: Number, dues: list[Number], paid: Number) -> None:
        parts = split(paid, dues)
        terms, state, flows = self.terms, self.state, self.flows
        trapped = self._draw(rung, _less(dues, parts), terms.tests, state.trapped, flows.trap_drawn)
        parts = _add(parts, trapped)
        drawn = self._draw(rung, _less(dues, parts), terms.reserves, state.reserves, flows.drawn)
        for target, part in zip(rung.targets, _add(parts, drawn), strict=True):
            self._record(rung.rule.pays, target, part)
        from_trap, from_reserve = total(trapped), total(drawn)
        self._note(due, paid + from_trap + from_reserve, from_trap, from_reserve)

    def _still_due(self, rung: Rung) -> list[Number]:
        """What each target of a rung may take now; of a rung that takes all that is left, that."""
        due, owed, state = rung.rule.due, self.owed, self.state
        if due is Due.REST:
            return [self.remaining]
        if due is Due.COVERAGE:
            return [self._diversion_up(rung)]
        if due is Due.SHORTFALL:
            return [self._room(target) for target in rung.targets]
        amounts = {
            Due.FEE: owed.fees,
            Due.INTEREST: owed.interest,
            Due.PRINCIPAL: owed.principal,
            Due.BALANCE: state.balance,
        }[due]
        return [amounts[target] for target in rung.targets]

    def _room(self, reserve: int) -> Number:
        fill = self.terms.reserves[reserve].fill
        short = excess(self.owed.targets[reserve], self.state.reserves[reserve])
        return short if fill is None else least(short, fill)

    def _diversion_up(self, rung: Rung) -> Number:
        test = self.terms.tests[rung.test or 0]
        balances = total(self.state.balance[: test.tranche + 1])
        value: Number = 0 if self.matured else self.given.asset_value.value
        assets = value + (self.remaining if rung.of_principal else self.unopened)
        common = gcd(test.threshold, WAD)
        threshold, wad = test.threshold // common, WAD // common
        if rung.of_principal:
            needed = mul_div_up(excess(balances * threshold, assets * wad), 1, threshold - wad)
        else:
            needed = excess(balances, mul_div_down(assets, wad, threshold))
        return least(balances, needed)

    def _divert(self, rung: Rung, amount: Number) -> None:
        for target in range(self.terms.tests[rung.test or 0].tranche + 1):
            part = least(self.state.balance[target], amount)
            amount = amount - part
            self._record(Pays.PRINCIPAL, target, part)

    def _pay_equity(self, amount: Number) -> None:
        taken: Truth = False
        for test, holds in self.held_for:
            first = both(holds, negate(taken))
            self.state.trapped[test] = cash(self.state.trapped[test] + choose(first, amount, 0))
            taken = either(taken, holds)
        amount = choose(taken, 0, amount)
        flows, promote = self.flows, self.terms.promote
        if promote is None:
            flows.equity[0] = flows.equity[0] + amount
            return
        investor, sponsor, promoted, tiers = distribute(promote, self.state, amount)
        flows.equity = _add(flows.equity, [investor, sponsor])
        flows.promote = flows.promote + promoted
        flows.tiers = _add(flows.tiers, tiers)

    def _draw(
        self,
        rung: Rung,
        lacking: list[Number],
        supporting: Sequence[Reserve | Test],
        held: list[Number],
        drawn_of: list[Number],
    ) -> list[Number]:
        """What pots give each target of what it lacks: first pot first, pari passu within it."""
        drawn: list[Number] = [0] * len(lacking)
        for index, each in enumerate(supporting):
            supported = [(rung.kind, target) in each.supports for target in rung.targets]
            if not any(supported):
                continue
            wanted: list[Number] = [
                lack - got if helped else 0 for lack, got, helped in zip(lacking, drawn, supported, strict=True)
            ]
            given = least(total(wanted), held[index])
            held[index] = held[index] - given
            drawn_of[index] = drawn_of[index] + given
            drawn = _add(drawn, split(given, wanted))
        return drawn

    def _record(self, pays: Pays, target: int, paid: Number) -> None:
        owed, flows, state = self.owed, self.flows, self.state
        if pays is Pays.FEE:
            owed.fees[target] = owed.fees[target] - paid
            flows.fees[target] = flows.fees[target] + paid
        elif pays is Pays.INTEREST:
            owed.interest[target] = owed.interest[target] - paid
            flows.interest[target] = flows.interest[target] + paid
        elif pays is Pays.RESERVE:
            state.reserves[target] = cash(state.reserves[target] + paid)
            flows.topped_up[target] = flows.topped_up[target] + paid
        else:  # whichever rung pays it, principal meets what fell due first
            state.balance[target] = state.balance[target] - paid
            owed.principal[target] = excess(owed.principal[target], paid)
            flows.principal[target] = flows.principal[target] + paid


def _less(dues: Sequence[Number], paid: Sequence[Number]) -> list[Number]:
    return [due - part for due, part in zip(dues, paid, strict=True)]


def _add(parts: Sequence[Number], more: Sequence[Number]) -> list[Number]:
    return [part + extra for part, extra in zip(parts, more, strict=True)]
