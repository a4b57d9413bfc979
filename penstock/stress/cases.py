"""Deterministic cases: inputs of the central scenario multiplied in some months; breakevens; a tornado."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from penstock.errors import PenstockError
from penstock.model.terms import DealTerms
from penstock.revenue.file import Model
from penstock.simulate import Scenarios, scenarios, simulate
from penstock.stress.block import Outcome, outcome
from penstock.stress.study import COLLECTIONS, RECORDED, Study

FORM = '"INPUT +10%|-30%|x0.7 [2028-01[..2029-06]]", several joined by commas'
_CASE = re.compile(
    r"(?P<input>[a-z_]+) +(?:(?P<sign>[+\-−])(?P<percent>[0-9]+(?:\.[0-9]+)?) ?%|[x×](?P<factor>[0-9]+(?:\.[0-9]+)?))"
    r"(?: +(?P<first>[0-9]{4}-[0-9]{2})(?:\.\.(?P<last>[0-9]{4}-[0-9]{2}))?)?",
    re.ASCII | re.IGNORECASE,
)
_MOST_FACTOR = 100.0
STEP = 1_000
"""Breakeven multiples are found to a thousandth."""
_COARSE = 20  # steps in which a multiple is looked for first
_MOST_MULTIPLE = 20
RISES = ("default", "power", "difficulty")
"""Inputs that hurt when they rise."""

Factors = Mapping[str, tuple[float, ...]]


class CaseRefused(PenstockError):
    """A case that cannot be read, or is none of the model."""

    def __init__(self, text: str, reason: str, accepted: str) -> None:
        super().__init__(f"case {text!r}: {reason}; accepted: {accepted}")


@dataclass(frozen=True)
class Case:
    """A case as it was asked for, and its factors by input and month."""

    text: str
    factors: Factors


@dataclass(frozen=True)
class CaseResult:
    """rows : of the one scenario, by column as of `block.columns`."""

    text: str
    rows: Mapping[str, float]


@dataclass(frozen=True)
class Swing:
    """What an input multiplied by less and by more than 1 does to the base case."""

    input: str
    less: CaseResult
    more: CaseResult


def read_case(text: str, model: Model) -> Case:
    """
    A case such as "price -30% 2028-01..2029-06"; one month, or none for all months.

    Raises
    ------
    CaseRefused.
    """
    months = model.months
    factors: dict[str, list[float]] = {}
    for part in text.split(","):
        found = _CASE.fullmatch(part.strip())
        if not found:
            raise CaseRefused(text, "not a case", FORM)
        name = found["input"].lower()
        if name not in inputs(model):
            raise CaseRefused(text, f"{name!r} is no input of {model.name}", ", ".join(inputs(model)))
        if found["factor"]:
            factor = float(found["factor"])
        else:
            factor = 1 + float(found["percent"]) / 100 * (1 if found["sign"] == "+" else -1)
        if not 0 <= factor <= _MOST_FACTOR:
            raise CaseRefused(text, f"multiplies by {factor:g}", "from -100 % to a hundredfold")
        first, last = _span(text, found["first"], found["last"], model)
        line = factors.setdefault(name, [1.0] * months.count)
        for at in range(first, last + 1):
            line[at] *= factor
    return Case(text, {name: tuple(line) for name, line in factors.items()})


def inputs(model: Model) -> tuple[str, ...]:
    return (*model.process.inputs, COLLECTIONS)


def run_cases(study: Study, cases: Iterable[Case]) -> list[CaseResult]:
    """The base case, in which nothing is multiplied, and then each of some, all settled at once."""
    asked = [Case("base", {}), *cases]
    made = _outcomes(study, [each.factors for each in asked])
    return [CaseResult(each.text, _row(made, at)) for at, each in enumerate(asked)]


def tornado_of(study: Study, by: float) -> list[Swing]:
    """The main inputs of the model, each multiplied by 1 − by and 1 + by in all months, and the collections."""
    names = inputs(study.model)
    factors = [_level(study, name, factor) for name in names for factor in (1 - by, 1 + by)]
    made = _outcomes(study, factors)
    return [
        Swing(name, CaseResult(f"{name} less", _row(made, 2 * at)), CaseResult(f"{name} more", _row(made, 2 * at + 1)))
        for at, name in enumerate(names)
    ]


def breakevens(study: Study, name: str) -> dict[str, float | None]:
    """
    For each lender the multiple of an input, nearest to 1 and found to a thousandth, at which it loses a unit: below
    1 of an input that hurts when it falls, else above. None if it loses nothing down to 0, or up to twentyfold; 1 if
    it loses in the base case.
    """
    rises = name in RISES
    ends = STEP * (_MOST_MULTIPLE - 1) if rises else STEP
    places = sorted({end * at // _COARSE for end in (ends,) for at in range(_COARSE + 1)})
    lenders = [each.id for each in study.terms.lenders]

    def losing(steps: Sequence[int]) -> dict[str, list[bool]]:
        made = _outcomes(study, [_level(study, name, (STEP + each if rises else STEP - each) / STEP) for each in steps])
        return {lender: [int(each) > 0 for each in made.rows[f"{lender}_loss"]] for lender in lenders}

    first = losing(places)
    found: dict[str, float | None] = {}
    spans: dict[str, tuple[int, int]] = {}
    for lender in lenders:
        at = next((at for at, loses in enumerate(first[lender]) if loses), None)
        if at is None:
            found[lender] = None
        elif at == 0:
            found[lender] = 1.0
        else:
            spans[lender] = places[at - 1], places[at]
    while any(high - low > 1 for low, high in spans.values()):
        middles = {lender: (low + high) // 2 for lender, (low, high) in spans.items()}
        steps = sorted(set(middles.values()))
        lost = losing(steps)
        for lender, middle in middles.items():
            low, high = spans[lender]
            spans[lender] = (low, middle) if lost[lender][steps.index(middle)] else (middle, high)
    for lender, (_, high) in spans.items():
        found[lender] = (STEP + high if rises else STEP - high) / STEP
    return found


def _level(study: Study, name: str, factor: float) -> Factors:
    return {name: (factor,) * study.model.months.count}


def _outcomes(study: Study, factors: Sequence[Factors]) -> Outcome:
    """The central scenario with each of some factors, as scenarios of one run."""
    given = [_central(study, each) for each in factors]
    joined = scenarios(
        study.terms,
        np.concatenate([each.collections for each in given]),
        {name: np.concatenate([each.reports[name] for each in given]) for name in given[0].reports},
    )
    runs = simulate(study.terms, joined.collections, joined.reports, record=RECORDED)
    return outcome(study.terms, joined, runs)


def _central(study: Study, factors: Factors) -> Scenarios:
    """The study's own factors hold too."""
    both = dict(study.factors)
    for name, line in factors.items():
        own = both.get(name, (1.0,) * len(line))
        both[name] = tuple(one * other for one, other in zip(own, line, strict=True))
    return study.central(both)


def _row(made: Outcome, at: int) -> dict[str, float]:
    return {name: values[at] for name, values in made.rows.items()}


def _span(text: str, first: str | None, last: str | None, model: Model) -> tuple[int, int]:
    months = model.months
    if first is None:
        return 0, months.count - 1
    places = []
    for each in (first, last or first):
        year, month = map(int, each.split("-"))
        if not 1 <= month <= 12:
            raise CaseRefused(text, f"{each} is no month", "a month such as 2028-01")
        places.append(months.index_of(year, month))
    if places[1] < places[0]:
        raise CaseRefused(text, "its last month is before its first", "months in their order")
    if places[0] < 0 or places[1] >= months.count:
        span = f"{months.ends(0):%Y-%m} to {months.ends(months.count - 1):%Y-%m}"
        raise CaseRefused(text, f"{model.name} has no such month", f"months from {span}")
    return places[0], places[1]


def losing_tranches(terms: DealTerms, rows: Mapping[str, float]) -> list[str]:
    """The lenders that lose in a case."""
    return [each.id for each in terms.lenders if int(rows[f"{each.id}_loss"]) > 0]
