"""The state of a deal over numbers that may not be known yet: variables by name, each with what it is at closing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields

from penstock.model.terms import DealTerms
from penstock.simulate.numbers import Number

Variable = Callable[[str, int], Number]
"""From a variable's name and its value at closing, what it is when the period begins."""


@dataclass
class State:
    """
    The variables of the model's `DealState`, under its names; lists run parallel to the terms.

    numerators, denominators, begun : of each test over several periods, the sums of its window, and whether a period
    has had a denominator. dropped_numerator, dropped_denominator : what its window held in the place of this period.
    known, known_period : of each declared field that a coupon follows, the last value reported, and for which period.
    """

    balance: list[Number] = field(default_factory=list)
    interest_arrears: list[Number] = field(default_factory=list)
    principal_arrears: list[Number] = field(default_factory=list)
    credited: list[Number] = field(default_factory=list)
    fee_arrears: list[Number] = field(default_factory=list)
    fee_credited: list[Number] = field(default_factory=list)
    reserves: list[Number] = field(default_factory=list)
    trapped: list[Number] = field(default_factory=list)
    passes_needed: list[Number] = field(default_factory=list)
    hurdles: list[Number] = field(default_factory=list)
    received: list[Number] = field(default_factory=list)
    numerators: list[Number] = field(default_factory=list)
    denominators: list[Number] = field(default_factory=list)
    begun: list[Number] = field(default_factory=list)
    dropped_numerator: list[Number] = field(default_factory=list)
    dropped_denominator: list[Number] = field(default_factory=list)
    known: list[Number] = field(default_factory=list)
    known_period: list[Number] = field(default_factory=list)

    def items(self) -> dict[str, Number]:
        return {
            f"{each.name}_{index}": value
            for each in fields(self)
            for index, value in enumerate(getattr(self, each.name))
        }


def opening(terms: DealTerms) -> dict[str, list[int]]:
    """Every variable of the state at closing."""
    tranches, fees, tests = [0] * len(terms.tranches), [0] * len(terms.fees), [0] * len(terms.tests)
    promote = terms.promote
    return {
        "balance": [each.face for each in terms.tranches],
        "interest_arrears": tranches,
        "principal_arrears": tranches,
        "credited": tranches,
        "fee_arrears": fees,
        "fee_credited": fees,
        "reserves": [each.opening for each in terms.reserves],
        "trapped": tests,
        "passes_needed": tests,
        "hurdles": [promote.capital for _ in promote.hurdles] if promote else [],
        "received": [0, 0] if promote else [],
        **dict.fromkeys(("numerators", "denominators", "begun", "dropped_numerator", "dropped_denominator"), tests),
        **{name: [0] * len(terms.fields) for name in ("known", "known_period")},
    }


def state_of(terms: DealTerms, variable: Variable) -> State:
    """The state when a period begins. variable : gives each variable its number."""
    return State(
        **{
            name: [variable(f"{name}_{index}", start) for index, start in enumerate(starts)]
            for name, starts in opening(terms).items()
        }
    )


def depth(terms: DealTerms, variable: str) -> int:
    """In how many places a variable is kept, one a period in turn: of windows one for each of their periods."""
    name, _, index = variable.rpartition("_")
    return terms.tests[int(index)].over if name.startswith("dropped") else 1
