"""Tests of covenants, without branches. Mirrors `model.metrics`, `model.coverage` and `model.window`."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.model.terms import DealTerms, Metric
from penstock.model.units import MAX_AMOUNT, MAX_NARROW_AMOUNT, WAD
from penstock.model.window import MOST_NARROW_SERVICE, MOST_WIDE_SERVICE
from penstock.simulate.numbers import (
    Number,
    Truth,
    below,
    both,
    choose,
    either,
    excess,
    least,
    negate,
    number,
    positive,
)
from penstock.simulate.owed import Given, Owed
from penstock.simulate.standing import State


@dataclass(frozen=True)
class Coverage:
    """As `model.coverage.Coverage`. made, passed : whether the test was made, and whether it passed."""

    made: Truth
    passed: Truth
    missing: Truth
    numerator: Number
    denominator: Number


def total(values: list[Number]) -> Number:
    found: Number = 0
    for each in values:
        found = found + each
    return found


def cfads(terms: DealTerms, owed: Owed, collections: Number) -> Number:
    opex = total([due for due, fee in zip(owed.fees, terms.fees, strict=True) if fee.opex])
    return excess(collections, opex)


def is_repaid(state: State, tranche: int) -> Truth:
    owing: Truth = False
    for each in (*state.balance[: tranche + 1], *state.interest_arrears[: tranche + 1]):
        owing = either(owing, positive(each))
    return negate(owing)


def measure(terms: DealTerms, state: State, owed: Owed, given: Given, test: int) -> tuple[Number, Number, Truth]:
    """Numerator and denominator of a test in one period, and whether the report that it reads is there."""
    covenant = terms.tests[test]
    metric, end = covenant.metric, covenant.tranche + 1
    if covenant.reads_report:
        figure = given.asset_value if metric.reads_asset_value else given.fields[covenant.field]
        if metric is Metric.OC:
            claims = total(state.balance[:end]) + total(owed.overdue[:end])
            return figure.value + owed.principal_pot, claims, figure.there
        return figure.value, covenant.initial if metric is Metric.POOL_FACTOR else WAD, figure.there
    if metric is Metric.RESERVE_LEVEL:
        return state.reserves[covenant.reserve], owed.targets[covenant.reserve], True
    if metric is Metric.NOTE_FACTOR:
        return total(state.balance[:end]), sum(each.face for each in terms.tranches[:end]), True
    interest = total(owed.current_interest[:end])
    if metric is Metric.IC:
        return cfads(terms, owed, given.collections - owed.principal_pot), interest, True
    return cfads(terms, owed, given.collections), interest + total(owed.scheduled_principal[:end]), True


def with_period(
    terms: DealTerms, state: State, test: int, numerator: Number, denominator: Number
) -> tuple[Number, Number]:
    """The sums of a window after one more period; 0 and 0 before the first denominator."""
    numerator = least(numerator, MAX_NARROW_AMOUNT if terms.narrow else MAX_AMOUNT)
    denominator = least(denominator, MOST_NARROW_SERVICE if terms.narrow else MOST_WIDE_SERVICE)
    begun = either(positive(state.begun[test]), positive(denominator))
    numerator = choose(begun, numerator, 0)
    above = state.numerators[test] + numerator - state.dropped_numerator[test]
    under = state.denominators[test] + denominator - state.dropped_denominator[test]
    state.begun[test] = number(begun)
    state.numerators[test], state.denominators[test] = above, under
    state.dropped_numerator[test], state.dropped_denominator[test] = numerator, denominator
    return above, under


def judge(terms: DealTerms, state: State, owed: Owed, given: Given, test: int) -> Coverage:
    """The ratio of one test; its counter and its window change in the state."""
    covenant, needed = terms.tests[test], state.passes_needed[test]
    numerator, denominator, there = measure(terms, state, owed, given, test)
    if covenant.over > 1:
        numerator, denominator = with_period(terms, state, test, numerator, denominator)
    repaid: Truth = is_repaid(state, covenant.tranche) if covenant.metric.of_lenders else False
    missing = both(negate(repaid), negate(there))
    made = both(both(negate(repaid), there), positive(denominator))
    if covenant.above:
        fails = below(denominator, covenant.threshold, numerator, WAD)
    else:
        fails = below(numerator, WAD, denominator, covenant.threshold)
    after = choose(fails, covenant.cure, excess(needed, 1))
    state.passes_needed[test] = choose(repaid, 0, choose(made, after, needed))
    return Coverage(
        made,
        both(made, negate(fails)),
        missing,
        choose(made, numerator, 0),
        choose(made, denominator, 0),
    )
