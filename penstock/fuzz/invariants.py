"""The invariants of docs/INVARIANTS.md that concern one settlement, by number. Each raises `Broken` or returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from penstock.errors import PenstockError
from penstock.model.deal import Settlement
from penstock.model.dues import days_of
from penstock.model.ladder import RungPayment
from penstock.model.state import DealState
from penstock.model.terms import ArrearsRule, DealTerms, Reserve, Rung, RungKind, Test, TierKind
from penstock.model.units import WAD

HELD = (1, 2, 3, 4, 5, 8, 9, 10, 11, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 42, 43)
"""What the machine itself checks: here, of each step (`Oracle`), or by comparing chain and model (`FuzzRun`)."""


class Broken(PenstockError):
    """An invariant does not hold."""

    def __init__(self, number: int, sentence: str) -> None:
        super().__init__(f"INV {number:02d} is broken: {sentence}")
        self.number = number


@dataclass(frozen=True, slots=True)
class Settled:
    """One settlement with the state before and after it. in_grace : whether it came before its grace was over."""

    terms: DealTerms
    before: DealState
    settlement: Settlement
    after: DealState
    in_grace: bool = False

    @property
    def matured(self) -> bool:
        return self.settlement.called or self.settlement.period >= self.terms.periods


def conserved(settled: Settled) -> None:
    """
    INV 01: credited + change of reserves + change of traps = collections, with what a call's payee paid, and the ladder
    leaves nothing over.
    """
    before, settlement, after = settled.before, settled.settlement, settled.after
    flows = settlement.flows
    paid = sum(flows.interest) + sum(flows.principal) + sum(flows.fees) + flows.residual
    brought = settlement.collections + settlement.call_paid
    _hold(1, paid + after.held - before.held == brought, "a period creates or loses cash")
    credited = sum(after.credited) - sum(before.credited) + sum(after.fee_credited) - sum(before.fee_credited)
    _hold(1, credited == paid, "what was credited is not what was paid")
    cash = sum(rung.from_cash for rung in settlement.rungs)
    _hold(1, cash == settlement.available, "the ladder gave out something else than was available")
    drawn = sum(rung.from_reserve for rung in settlement.rungs)
    _hold(1, drawn == sum(flows.drawn), "rungs and reserves disagree on what was drawn")
    trapped = sum(rung.from_trap for rung in settlement.rungs)
    _hold(1, trapped == sum(flows.trap_drawn), "rungs and traps disagree on what was drawn")
    _hold(1, not (settled.matured and after.held), "cash stays behind after the last period")


def nothing_below_a_short_rung(settled: Settled) -> None:
    """INV 02: below a short rung that may take all that is left, only draws on reserves and traps are paid; of two
    pots, in its pot."""
    for rungs in _pots(settled.settlement):
        for place, short in enumerate(rungs):
            if short.rung.fraction == WAD and short.paid < short.due:
                below = rungs[place + 1 :]
                only_draws = not any(rung.from_cash for rung in below)
                _hold(2, only_draws, f"rung {place + 1} is short, one below got cash")


def reserves_empty_first(settled: Settled) -> None:
    """INV 02: a short claim has emptied every reserve and trap that supports it."""
    for short in settled.settlement.rungs:
        rung = short.rung
        if len(rung.targets) == 1 and rung.fraction == WAD and short.paid < short.due:
            terms = settled.terms
            pots: list[Reserve | Test] = [*terms.reserves, *terms.tests]
            for pot, held in zip(pots, [*settled.settlement.reserves, *settled.after.trapped], strict=True):
                supports = (rung.kind, rung.targets[0]) in pot.supports
                _hold(2, not held or not supports, f"a short rung left {pot.id} full")


def no_junior_before_a_senior(settled: Settled) -> None:
    """INV 02: while a lender's interest is short, no rung of lenders junior to it gets cash."""
    settlement = settled.settlement
    for senior in range(settled.terms.equity):
        if settlement.flows.interest[senior] < settlement.interest_due[senior]:
            for payment in settlement.rungs:
                from_cash = payment.from_cash > 0
                junior = _is_for_juniors(settled.terms, payment.rung, senior)
                _hold(2, not (from_cash and junior), f"tranche {senior} is short of interest, a junior rung got cash")


def a_trap_skips_no_lender(settled: Settled) -> None:
    """
    INV 02: a trap gets cash only when every lender got what fell due, below a deferral every senior one; of two pots, a
    lender's principal counts where its ladder pays it.
    """
    settlement, flows = settled.settlement, settled.settlement.flows
    rungs = settled.terms.enforcement if settlement.enforced else settled.terms.normal
    repaid = {target for rung in rungs if rung.rule.repays for target in rung.targets}
    short = [
        flows.interest[index] < settlement.interest_due[index]
        or (index in repaid and flows.principal[index] < settlement.principal_due[index] and not each.principal.is_open)
        for index, each in enumerate(settled.terms.tranches)
    ]
    stopped: dict[int | None, int] = {}
    for place, payment in enumerate(settlement.rungs, start=1):
        if payment.rung.passing:
            stopped[payment.rung.test] = min(*payment.rung.targets, stopped.get(payment.rung.test, len(flows.interest)))
        if payment.rung.kind is RungKind.TRAP and payment.from_cash:
            lenders = short[: stopped.get(payment.rung.test, len(short))]
            _hold(2, not any(lenders), f"rung {place} traps cash while a lender is short")


def a_deferral_pays_nobody_below(settled: Settled) -> None:
    """INV 02: while a rung defers interest, no rung below it gets cash but those that keep it from juniors."""
    settlement = settled.settlement
    of_pot = _pots(settlement)[0]
    for place, deferring in enumerate(of_pot):
        rung = deferring.rung
        if rung.passing and any(settlement.deferred[target] for target in rung.targets):
            for payment in of_pot[place + 1 :]:
                keeps = payment.rung.test == rung.test and not payment.rung.passing
                _hold(2, keeps or not payment.from_cash, f"rung {place + 1} defers interest, one below got cash")


def nobody_overpaid(settled: Settled) -> None:
    """INV 03: no rung gets more than its due, no lender more than it is owed, nothing is negative."""
    before, settlement, after = settled.before, settled.settlement, settled.after
    flows = settlement.flows
    for rung in settlement.rungs:
        draws = (rung.from_reserve, rung.from_trap, rung.from_cash)
        _hold(3, min(draws) >= 0 and rung.paid <= rung.due, "a rung got more than its due")
    for index in range(len(settled.terms.tranches)):
        outstanding = before.balance[index] - settlement.written_down[index] + settlement.pik[index]
        outstanding += settlement.restored[index]
        _hold(3, 0 <= flows.interest[index] <= settlement.interest_due[index], f"too much interest to tranche {index}")
        _hold(3, 0 <= flows.principal[index] <= outstanding, f"too much principal to tranche {index}")
        _hold(3, 0 <= after.principal_arrears[index] <= after.balance[index], f"arrears of tranche {index} above it")
        _hold(3, after.interest_arrears[index] >= 0, f"negative arrears of tranche {index}")
    numbers = (
        after.fee_arrears,
        after.reserves,
        after.trapped,
        flows.drawn,
        flows.trap_drawn,
        flows.topped_up,
        flows.fees,
        flows.equity,
        after.hurdles,
    )
    _hold(3, all(each >= 0 for group in numbers for each in group), "a number is negative")


def unpaid_stays_owed(settled: Settled) -> None:
    """INV 03: interest that was not paid is arrears, or has joined the balance."""
    before, settlement, after = settled.before, settled.settlement, settled.after
    for index, tranche in enumerate(settled.terms.tranches):
        unpaid = settlement.interest_due[index] - settlement.flows.interest[index]
        rest = before.balance[index] - settlement.flows.principal[index] - settlement.written_down[index]
        rest += settlement.pik[index] + settlement.restored[index]
        if tranche.arrears is ArrearsRule.CAPITALISE:
            balance, arrears = min(rest + unpaid, settled.terms.max_amount), 0
        else:
            balance, arrears = rest, min(unpaid, settled.terms.max_amount)
        owed = (after.balance[index], after.interest_arrears[index])
        _hold(3, owed == (balance, arrears), f"what tranche {index} is owed is not its due less what it got")


def principal_rises_by_pik_alone(settled: Settled) -> None:
    """INV 09: a balance rises only by the tranche's own interest: unpaid under capitalise, or paid in kind."""
    for index, tranche in enumerate(settled.terms.tranches):
        rise = settled.after.balance[index] - settled.before.balance[index]
        unpaid = settled.settlement.interest_due[index] - settled.settlement.flows.interest[index]
        most = unpaid if tranche.arrears is ArrearsRule.CAPITALISE else 0
        most += settled.settlement.pik[index]
        _hold(9, rise <= most, f"the balance of tranche {index} rose by {rise}, {most} of it by PIK")


def locked_up_equity_gets_nothing(settled: Settled) -> None:
    """
    INV 11: before the last period, while a trap in the ladder in force acts, the residual is zero, but for that of a
    principal pot, see INV 20.
    """
    if settled.matured:
        return
    settlement = settled.settlement
    traps = [payment.rung.test for payment in settlement.rungs if payment.rung.kind is RungKind.TRAP]
    if any(settlement.tests[test].traps for test in traps if test is not None):
        apart = sum(rungs[-1].paid for rungs in _pots(settlement)[1:])
        _hold(11, settlement.flows.residual <= apart, "equity got a residual in a lock-up")


def principal_is_lenders_first(settled: Settled) -> None:
    """INV 20: of two pots, equity gets nothing from principal while a lender has a balance or unpaid interest."""
    _, *others = _pots(settled.settlement)
    lenders = settled.terms.equity
    for rungs in others:
        if any(settled.after.balance[:lenders]):
            _hold(20, rungs[-1].paid == 0, "equity got principal while a lender has a balance")
        if settled.matured:
            _hold(
                20, settled.settlement.rungs[len(settled.terms.normal) - 1].paid == 0, "equity got interest at the end"
            )


def a_diversion_cures(settled: Settled) -> None:
    """INV 21: a diversion from interest that got what it wanted leaves its test met."""
    settlement, terms = settled.settlement, settled.terms
    assets = (settlement.report.asset_value or 0) + settlement.principal_pot
    for payment in settlement.rungs:
        rung = payment.rung
        if rung.kind is not RungKind.DIVERT or rung.test is None or rung.of_principal or payment.paid < payment.due:
            continue
        test = terms.tests[rung.test]
        if not settlement.tests or not settlement.tests[rung.test].traps or settled.matured:
            continue
        tested = range(test.tranche + 1)
        if any(terms.tranches[index].arrears is ArrearsRule.CAPITALISE for index in tested):
            continue  # interest that it left unpaid has joined the balances since
        balances = sum(settled.after.balance[index] for index in tested)
        _hold(21, balances * test.threshold <= assets * WAD, "a diversion was paid in full, its test is not met")


def nothing_is_missed_in_grace(settled: Settled) -> None:
    """
    INV 19: a period settled within its grace pays what falls due without a draw, and makes no test fail. Interest that
    may be deferred does not count.
    """
    if not settled.in_grace:
        return
    before, settlement, after = settled.before, settled.settlement, settled.after
    waits = {target for rung in settled.terms.normal if rung.passing for target in rung.targets}
    interest = [each for lender, each in enumerate(after.interest_arrears) if lender not in waits]
    _hold(19, not any(interest) and not any(after.principal_arrears), "a lender is in arrears in grace")
    for payment in settlement.rungs:
        # A rung for balances draws beyond what falls due
        kind, rung = payment.rung.kind, payment.rung
        drawn = kind in (RungKind.FEE, RungKind.INTEREST) and not rung.passing and payment.from_cash < payment.paid
        _hold(19, not drawn, "a pot was drawn on in grace")
    failed = [test for test in range(len(settled.terms.tests)) if after.failing(test) and not before.failing(test)]
    _hold(19, not failed, "a test began to fail in grace")


def a_call_pays_everything_and_takes_what_is_missing(settled: Settled) -> None:
    """INV 22: a call pays all balances as they were before write-downs, all interest and fees; its payee what lacks."""
    before, settlement, after = settled.before, settled.settlement, settled.after
    if not settlement.called:
        _hold(22, settlement.call_paid == 0, "a period that was not called took cash from the payee")
        return
    owed = (after.balance[:-1], after.interest_arrears, after.principal_arrears, after.fee_arrears)
    _hold(22, not any(each for group in owed for each in group), "something is owed after a call")
    lost = [*before.written_down, 0]
    for index in range(settled.terms.equity):
        whole = before.balance[index] + settlement.pik[index] + lost[index]
        _hold(22, settlement.flows.principal[index] == whole, f"tranche {index} is not repaid as before write-downs")
        whole = settlement.interest_due[index]
        _hold(22, settlement.flows.interest[index] == whole, f"tranche {index} did not get its interest")
    residual = settlement.flows.residual
    _hold(22, not (settlement.call_paid and residual), "a payee paid more than was missing")


def classes_share_the_residual(settled: Settled) -> None:
    """INV 23: the classes of equity get all of the residual, the sponsor no more than promote and its own capital."""
    terms, flows = settled.terms, settled.settlement.flows
    credited = [after - before for before, after in zip(settled.before.credited, settled.after.credited, strict=True)][
        terms.equity :
    ]
    _hold(
        23, credited == flows.equity and sum(credited) == flows.residual, "a class of equity was credited another part"
    )
    if terms.promote is None:
        return
    own = flows.equity[1] - flows.promote
    to_capital = flows.residual - flows.promote
    _hold(23, own >= 0 and own * WAD <= to_capital * terms.promote.co_invest, "the sponsor's capital got too much")
    most = sum(taken * (WAD - tier.part) for taken, tier in zip(flows.tiers, terms.promote.tiers, strict=True))
    _hold(23, flows.promote * WAD <= most and sum(flows.tiers) == flows.residual, "the promote is more than its part")
    after = settled.after
    profit = after.capital_received + after.promote_received - terms.promote.capital
    for place, tier in enumerate(terms.promote.tiers):
        if tier.kind is TierKind.CATCH_UP and flows.tiers[place] and not any(flows.tiers[place + 1 :]):
            _hold(23, after.promote_received * WAD <= tier.rate * profit, "a catch-up passed its target")


def hurdles_come_first(settled: Settled) -> None:
    """INV 23: a hurdle grows by its rate alone, falls by what the capital got, and is zero before tiers below take."""
    terms, before, after, flows = settled.terms, settled.before, settled.after, settled.settlement.flows
    if terms.promote is None:
        return
    late = settled.settlement.period > terms.periods
    days = Fraction(0) if late else Fraction(*days_of(terms, after.period, terms.promote.day_count))
    to_capital, index = flows.residual - flows.promote, 0
    for place, tier in enumerate(terms.promote.tiers):
        if tier.kind is TierKind.HURDLE:
            exact = before.hurdles[index] * (1 + days * Fraction(tier.rate, WAD))
            grown = min(exact.numerator // exact.denominator, terms.max_amount)
            hurdle = after.hurdles[index]
            _hold(23, hurdle == max(0, grown - to_capital), f"the hurdle of tier {place + 1} is another")
            _hold(23, not hurdle or not any(flows.tiers[place + 1 :]), f"a tier below tier {place + 1} took too early")
            index += 1


def one_period_on(settled: Settled) -> None:
    """INV 13: periods settle in order, each once; a call makes one the last."""
    expected = min(settled.before.period + 1, settled.terms.periods)
    if settled.settlement.called:
        expected = settled.terms.periods
    _hold(13, settled.after.period == expected, f"period {settled.before.period} went to {settled.after.period}")


EVERY: tuple[Callable[[Settled], None], ...] = (
    conserved,
    nothing_below_a_short_rung,
    reserves_empty_first,
    no_junior_before_a_senior,
    a_trap_skips_no_lender,
    a_deferral_pays_nobody_below,
    nobody_overpaid,
    unpaid_stays_owed,
    principal_rises_by_pik_alone,
    locked_up_equity_gets_nothing,
    nothing_is_missed_in_grace,
    principal_is_lenders_first,
    a_diversion_cures,
    a_call_pays_everything_and_takes_what_is_missing,
    classes_share_the_residual,
    hurdles_come_first,
    one_period_on,
)


def _pots(settlement: Settlement) -> list[list[RungPayment]]:
    """The rungs of the ladder in force; of two pots, those of interest and those of principal."""
    rungs = settlement.rungs
    ends = next((at for at, each in enumerate(rungs, 1) if each.rung.kind is RungKind.INTEREST_RESIDUAL), len(rungs))
    return [part for part in (rungs[:ends], rungs[ends:]) if part]


def _hold(number: int, true: bool, otherwise: str) -> None:
    if not true:
        raise Broken(number, otherwise)


def _is_for_juniors(terms: DealTerms, rung: Rung, senior: int) -> bool:
    """Pays, or sets aside for, lenders below `senior` alone."""
    lenders = list(rung.targets)
    if rung.kind is RungKind.RESERVE:
        lenders = [target for kind, target in terms.reserves[rung.targets[0]].supports if kind is not RungKind.FEE]
    return rung.kind is not RungKind.FEE and bool(lenders) and min(lenders) > senior
