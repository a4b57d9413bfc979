"""What is owed in a period, without branches. Mirrors `model.dues`, name for name."""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.model.terms import ArrearsRule, DealTerms, FeeBase, PrincipalKind, RungKind
from penstock.model.units import WAD
from penstock.simulate.columns import Column, Columns, Stage
from penstock.simulate.numbers import (
    Fraction,
    Number,
    Truth,
    below,
    both,
    capped,
    choose,
    excess,
    least,
    mul_div_down,
    mul_div_up,
    positive,
)
from penstock.simulate.standing import State


@dataclass(frozen=True)
class Figure:
    """A figure of a report. value : 0 where it is not reported. there : whether it is."""

    value: Number
    there: Truth


@dataclass(frozen=True)
class Given:
    """What comes from outside in a period. period : its number, from 1."""

    collections: Number
    loss: Figure
    asset_value: Figure
    fields: list[Figure]
    period: Number


@dataclass
class Owed:
    """As `model.dues.Dues`. overdue : of each tranche, interest arrears and the interest on them."""

    interest: list[Number] = field(default_factory=list)
    principal: list[Number] = field(default_factory=list)
    current_interest: list[Number] = field(default_factory=list)
    scheduled_principal: list[Number] = field(default_factory=list)
    overdue: list[Number] = field(default_factory=list)
    pik: list[Number] = field(default_factory=list)
    fees: list[Number] = field(default_factory=list)
    fees_accrued: list[Number] = field(default_factory=list)
    targets: list[Number] = field(default_factory=list)
    coupons: list[Number] = field(default_factory=list)
    principal_pot: Number = 0


class Dues:
    """The dues of one period; `owed` has them when it is made."""

    def __init__(
        self, terms: DealTerms, columns: Columns, column: Column, state: State, given: Given, stage: Stage
    ) -> None:
        self.terms, self.columns, self.column, self.state = terms, columns, column, state
        self.given, self.stage, self.owed = given, stage, Owed()
        for index in range(len(terms.tranches)):
            self._tranche(index)
        if terms.repays_to_target and stage is Stage.USUAL:
            self._limit_to_target()
        for index in range(len(terms.fees)):
            self._fee(index)
        self.owed.targets = [self._reserve_target(index) for index in range(len(terms.reserves))]
        self.owed.principal_pot = principal_pot(terms, given)

    def _tranche(self, index: int) -> None:
        tranche, state, owed = self.terms.tranches[index], self.state, self.owed
        balance, arrears = state.balance[index], state.interest_arrears[index]
        coupon, on_arrears, annual = self._coupon(index)
        current = 0 if tranche.residual else mul_div_down(balance, *coupon)
        in_kind = self._paid_in_kind(index, balance, 0)
        balance = balance + in_kind
        scheduled = self._scheduled_principal(index, balance)
        if tranche.residual:
            principal: Number = 0
        elif self.stage.matured or tranche.principal.is_open:
            principal = balance
        else:
            principal = least(balance, scheduled + state.principal_arrears[index])
        overdue = arrears + mul_div_down(arrears, *on_arrears)
        owed.current_interest.append(current)
        owed.scheduled_principal.append(scheduled)
        owed.overdue.append(overdue)
        owed.pik.append(in_kind)
        owed.coupons.append(annual)
        owed.interest.append(current + overdue)
        owed.principal.append(principal)

    def _coupon(self, index: int) -> tuple[Fraction, Fraction, Number]:
        """What the balance bears this period, what arrears bear, and the annual coupon in wad."""
        tranche = self.terms.tranches[index]
        if tranche.floating is None:
            annual = [tranche.coupon(period) for period in self.columns.numbers]
            coupon, arrears = self.columns.coupon[index], self.columns.on_arrears[index]
            return coupon.of(self.column), arrears.of(self.column), self.column(f"annual_{index}", annual)
        numerators, denominator = self.columns.days(tranche.day_count)
        days = self.column(f"days_{index}", numerators)
        floating = floating_coupon(self.terms, self.state, self.given, index)
        late: Number = 0
        if tranche.arrears in (ArrearsRule.COUPON, ArrearsRule.SPREAD):
            late = (floating + tranche.spread) * days
        return Fraction(floating * days, WAD * denominator), Fraction(late, WAD * denominator), floating

    def _paid_in_kind(self, index: int, balance: Number, steps: int) -> Number:
        """As far as the balance may grow. steps : so many periods later."""
        if not self.terms.tranches[index].pik:
            return 0
        rate = self.columns.pik[index]
        numerators = self.columns.ahead(rate.numerators, steps)
        interest = mul_div_down(balance, self.column(f"{rate.name}_{steps}", numerators), rate.denominator)
        return capped(balance + interest, self.terms.max_amount) - balance

    def _scheduled_principal(self, index: int, balance: Number) -> Number:
        if self.terms.tranches[index].residual:
            return 0
        if self.stage is Stage.LAST:
            return balance
        return least(balance, self.column(f"schedule_{index}", self.columns.schedule[index]))

    def _limit_to_target(self) -> None:
        """Without an asset value, what is due stays what cash may repay: the balance."""
        owed, value = self.owed, self.given.asset_value
        balances: Number = 0
        senior_dues: Number = 0
        for index, tranche in enumerate(self.terms.lenders):
            balance = self.state.balance[index] + owed.pik[index]
            balances = balances + balance
            due = owed.principal[index]
            if tranche.principal is PrincipalKind.TARGET_OC:
                if tranche.oc_ratio:
                    covered = mul_div_down(value.value, WAD, tranche.oc_ratio)
                else:
                    covered = excess(value.value, tranche.oc_amount)
                due = least(balance, excess(balances, covered + senior_dues))
                owed.principal[index] = choose(value.there, due, owed.principal[index])
            senior_dues = senior_dues + due

    def _fee(self, index: int) -> None:
        fee = self.terms.fees[index]
        accrued = self._fee_accrual_down(index) + self.state.fee_arrears[index]
        self.owed.fees_accrued.append(accrued)
        self.owed.fees.append(accrued if fee.cap is None else least(accrued, fee.cap))

    def _fee_accrual_down(self, index: int) -> Number:
        fee = self.terms.fees[index]
        rate = self.columns.fee(index, fee).of(self.column)
        if fee.base in (FeeBase.FIXED, FeeBase.LISTED):
            return rate.numerator
        if fee.base is FeeBase.REPORT:
            return self.given.fields[fee.field].value * rate.numerator
        base = {
            FeeBase.COLLECTIONS: self.given.collections,
            FeeBase.BALANCE: self.state.balance[fee.tranche],
            FeeBase.ASSET_VALUE: self.given.asset_value.value,
        }[fee.base]
        return mul_div_down(base, *rate)

    def _reserve_target(self, index: int) -> Number:
        held = self.terms.reserves[index]
        if self.stage.matured:
            return 0
        if not held.ahead:
            return self.column(f"target_{index}", self.columns.reserve_targets(index))
        whole, part = self._service_ahead(index)
        months, of = self.columns.parts(index)
        total = whole
        for each in sorted(set(of)):  # a division by what differs between periods, as one by each
            rows = tuple(count if each == divisor else 0 for count, divisor in zip(months, of, strict=True))
            total = total + mul_div_up(part, self.column(f"months_{index}_{each}", rows), each)
        return total

    def _service_ahead(self, index: int) -> tuple[Number, Number]:
        """The supported debt service of the periods ahead that count whole, and of the one of which a part counts."""
        supports, columns, column = self.terms.reserves[index].supports, self.columns, self.column
        whole: Number = 0
        part: Number = 0
        for at, tranche in enumerate(self.terms.tranches):
            counts_interest, counts_principal = (
                (kind, at) in supports for kind in (RungKind.INTEREST, RungKind.PRINCIPAL)
            )
            if not (counts_interest or counts_principal):
                continue
            payable = 0 if tranche.principal.is_open else self.owed.principal[at]
            balance = self.state.balance[at] + self.owed.pik[at] - payable
            for step in range(1, columns.most_ahead(index) + 1):
                service: Number = 0
                if counts_interest:
                    service = self._interest_ahead(at, balance, step)
                balance = balance + self._paid_in_kind(at, balance, step)
                amounts = columns.ahead(columns.schedule[at], step)
                principal = least(balance, column(f"schedule_{at}_{step}", amounts))
                if counts_principal:
                    service = service + principal
                balance = balance - principal
                in_whole, in_part = columns.counted(index, step)
                whole = whole + service * column(f"whole_{index}_{step}", in_whole)
                part = part + service * column(f"part_{index}_{step}", in_part)
        return whole, part

    def _interest_ahead(self, at: int, balance: Number, step: int) -> Number:
        tranche = self.terms.tranches[at]
        if tranche.floating is None:
            rate = self.columns.coupon[at]
            numerators = self.columns.ahead(rate.numerators, step)
            return mul_div_down(balance, self.column(f"{rate.name}_{step}", numerators), rate.denominator)
        parts, denominator = self.columns.days(tranche.day_count)
        days = self.column(f"days_{at}_{step}", self.columns.ahead(parts, step))
        return mul_div_down(balance, self.owed.coupons[at] * days, WAD * denominator)


def principal_pot(terms: DealTerms, given: Given) -> Number:
    """All of the collections where what is principal is not reported."""
    if not terms.two_pots:
        return 0
    reported = given.fields[terms.principal_field]
    return choose(reported.there, least(reported.value, given.collections), given.collections)


def floating_coupon(terms: DealTerms, state: State, given: Given, index: int) -> Number:
    """The coupon of a period, in wad: by the last known index, or the cap where that is too old."""
    floating = terms.tranches[index].floating
    assert floating is not None
    now = given.fields[floating.field]
    value, period = state.known[floating.field], state.known_period[floating.field]
    if floating.in_arrears:
        value, period = choose(now.there, now.value, value), choose(now.there, given.period, period)
    since = 0 if floating.in_arrears else 1
    known = positive(period)
    # more than `stale` periods were missed: given.period - period - since > stale
    stale = below(period + since + floating.stale, 1, given.period, 1)
    if floating.in_arrears:  # the index at closing serves until one is reported
        stale = both(stale, known)
    index_value = choose(known, value, floating.initial)
    coupon = least(floating.floor + excess(index_value, floating.floor) + floating.margin, floating.cap)
    return choose(stale, floating.cap, coupon)


def learn_indices(terms: DealTerms, state: State, given: Given) -> None:
    """Notes what the report says of the fields that coupons follow, for those of later periods."""
    for place in {each.floating.field for each in terms.tranches if each.floating is not None}:
        now = given.fields[place]
        state.known[place] = choose(now.there, now.value, state.known[place])
        state.known_period[place] = choose(now.there, given.period, state.known_period[place])


def write_down(terms: DealTerms, state: State, loss: Number) -> list[Number]:
    """Reduces balances by a reported loss, most junior first, not below zero; returns the loss of each tranche."""
    borne: list[Number] = [0] * len(terms.tranches)
    if not terms.write_down:
        return borne
    for index in reversed(range(len(terms.tranches))):
        part = least(loss, state.balance[index])
        state.balance[index] = state.balance[index] - part
        state.principal_arrears[index] = least(state.principal_arrears[index], state.balance[index])
        borne[index] = part
        loss = loss - part
    return borne


def late_dues(terms: DealTerms, state: State, collections: Number) -> Owed:
    """What is owed after the last period: arrears and balances; nothing accrues."""
    nothing: list[Number] = [0] * len(terms.tranches)
    return Owed(
        interest=list(state.interest_arrears),
        principal=[0 if each.residual else state.balance[index] for index, each in enumerate(terms.tranches)],
        current_interest=list(nothing),
        scheduled_principal=list(nothing),
        overdue=list(nothing),
        pik=list(nothing),
        coupons=list(nothing),
        fees=list(state.fee_arrears),
        fees_accrued=list(state.fee_arrears),
        targets=[0] * len(terms.reserves),
        principal_pot=collections if terms.two_pots else 0,
    )
