"""
A deal's rules as straight-line code: the settlement traced over symbols for the usual periods, the last one and late
revenue. The code depends on the deal's structure alone; amounts and rates are arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from penstock.model.terms import DealTerms
from penstock.simulate.columns import Columns, Stage
from penstock.simulate.numbers import Number, choose, positive, reported
from penstock.simulate.owed import Figure, Given
from penstock.simulate.scenarios import report_figures
from penstock.simulate.series import SERIES
from penstock.simulate.settled import Figures, settle
from penstock.simulate.standing import depth, opening, state_of
from penstock.simulate.trace import Line, Symbol, Trace


@dataclass
class Section:
    """
    The code of one stage. lines : what to compute. writes : what each variable of the state is afterwards.
    figures : of each series, its parts. columns : values of the period, by name, one for each period before the last.
    """

    lines: list[Line]
    writes: dict[str, Number]
    figures: Figures
    columns: dict[str, tuple[int, ...]]

    def used(self, wanted: Iterable[Number]) -> set[str]:
        """The names that these numbers are computed from, their own included."""
        found = {each.name for each in wanted if isinstance(each, Symbol)}
        for result, _, given in reversed(self.lines):
            if result.name in found:
                found.update(each.name for each in given if isinstance(each, Symbol))
        return found


@dataclass
class Program:
    """
    All of a deal that its kernels need.

    variables : the state, with what each variable is at closing, those alone that are read. depths : in how many places
    each is kept. sections : by stage; a deal of one period has no usual one. inputs : what is read from outside.
    record, totals : the series that are kept of every period, and of the whole life.
    """

    terms: DealTerms
    record: tuple[str, ...]
    totals: tuple[str, ...]
    variables: dict[str, int]
    depths: dict[str, int]
    sections: dict[Stage, Section]
    inputs: tuple[str, ...] = field(default=())

    def rows(self, names: Sequence[str]) -> list[tuple[str, int]]:
        """Each part of some series, in the order in which a kernel writes them."""
        return [(name, part) for name in names for part in range(SERIES[name].count(self.terms))]


COLLECTIONS, PERIOD = "collections", "period"


def report_input(terms: DealTerms, name: str) -> str:
    """The name that code has for a figure of reports: by its place, so that what it is called changes no code."""
    return f"report_{report_figures(terms).index(name)}"


def program(terms: DealTerms, given: Sequence[str], record: Sequence[str], totals: Sequence[str]) -> Program:
    """
    Traces a deal's settlement.

    given : the figures of reports that scenarios have; what depends on others is folded away.
    """
    columns = Columns(terms)
    start = {f"{name}_{index}": value for name, values in opening(terms).items() for index, value in enumerate(values)}
    fixed = dict(start)
    while True:  # what no period changes is a constant; what changes anything else may change it after all
        sections = {stage: _trace(terms, columns, given, stage, fixed) for stage in _stages(terms)}
        changed = {
            name
            for section in sections.values()
            for name, value in section.writes.items()
            if name in fixed and value != fixed[name]
        }
        if not changed:
            break
        fixed = {name: value for name, value in fixed.items() if name not in changed}
    kept = _read(sections, (*record, *totals))
    variables = {name: start[name] for name in start if name in kept}
    for section in sections.values():
        section.writes = {name: section.writes[name] for name in variables if name in section.writes}
        used = section.used([*section.writes.values(), *_parts(section, (*record, *totals))])
        section.lines = [line for line in section.lines if line.result.name in used]
        section.columns = {name: values for name, values in section.columns.items() if name in used}
    named = {each.name for section in sections.values() for each in _symbols(section, (*record, *totals))}
    inputs = tuple(name for name in (COLLECTIONS, *(report_input(terms, each) for each in given)) if name in named)
    return Program(
        terms,
        tuple(record),
        tuple(totals),
        variables,
        {name: depth(terms, name) for name in variables},
        sections,
        inputs,
    )


def _stages(terms: DealTerms) -> list[Stage]:
    return [*([Stage.USUAL] if terms.periods > 1 else []), Stage.LAST, Stage.LATE]


def _trace(terms: DealTerms, columns: Columns, given: Sequence[str], stage: Stage, fixed: Mapping[str, int]) -> Section:
    """One stage, with some variables of the state known to stay what they were at closing."""
    trace, usual = Trace(), dict[str, tuple[int, ...]]()

    def column(name: str, values: Sequence[int]) -> Number:
        if stage is not Stage.USUAL:
            return values[-1]
        before_last = tuple(values[:-1])
        if len(set(before_last)) == 1:
            return before_last[0]
        usual[f"c_{name}"] = before_last
        return trace.given(f"c_{name}")

    def variable(name: str, start: int) -> Number:
        return fixed[name] if name in fixed else trace.given(f"s_{name}")

    def figure(name: str) -> Figure:
        if name not in given or stage is Stage.LATE:
            return Figure(0, False)
        raw = trace.given(report_input(terms, name))
        there = reported(raw)
        return Figure(choose(there, raw, 0), there)

    state = state_of(terms, variable)
    before = state.items()
    collections = trace.given(COLLECTIONS)
    period = trace.given(PERIOD) if stage is Stage.USUAL else terms.periods
    fields = [figure(each.id) for each in terms.fields]
    outside = Given(collections, figure("loss"), figure("asset_value"), fields, period)
    figures = settle(terms, columns, column, state, outside, stage)
    after = state.items()
    if stage is Stage.LATE:
        happens = positive(collections)
        after = {name: choose(happens, value, before[name]) for name, value in after.items()}
        figures = {
            name: [
                choose(happens, part, after_idle)
                for part, after_idle in zip(parts, _idle(name, parts, before), strict=True)
            ]
            for name, parts in figures.items()
        }
    return Section(trace.lines, after, figures, usual)


KEPT_AS = {"capital_received": "received_0", "promote_received": "received_1"}
"""Series that the state has under another name."""


def _idle(name: str, parts: Sequence[Number], before: Mapping[str, Number]) -> list[Number]:
    """What a series is where there is no late revenue."""
    if not SERIES[name].kept:
        return [0] * len(parts)
    return [before.get(KEPT_AS.get(name, f"{name}_{index}"), 0) for index in range(len(parts))]


def _parts(section: Section, names: Iterable[str]) -> list[Number]:
    return [part for name in names for part in section.figures[name]]


def _symbols(section: Section, names: Iterable[str]) -> Iterable[Symbol]:
    numbers = [*(each for line in section.lines for each in line.given), *section.writes.values()]
    return (each for each in [*numbers, *_parts(section, names)] if isinstance(each, Symbol))


def _read(sections: Mapping[Stage, Section], names: Sequence[str]) -> set[str]:
    """The variables of the state that the figures depend on, through any number of periods."""
    found: set[str] = set()
    while True:
        used: set[str] = set()
        for section in sections.values():
            used |= section.used([*(section.writes[name] for name in found), *_parts(section, names)])
        more = {name.removeprefix("s_") for name in used if name.startswith("s_")}
        if more <= found:
            return found
        found |= more
