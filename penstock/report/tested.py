"""What tests measure, in words and as figures: each by its standard name, a reported figure in its unit."""

from __future__ import annotations

from collections.abc import Iterable

from penstock.format import NO_VALUE, counted, exact_money, format_amount, format_ratio, fraction_text, money
from penstock.model.coverage import Coverage
from penstock.model.terms import DealTerms, Metric, Test, Unit
from penstock.report.cells import Amount, Cell, Ratio

NAMES = {
    Metric.DSCR: "DSCR",
    Metric.IC: "IC",
    Metric.OC: "OC",
    Metric.NOTE_FACTOR: "note factor",
    Metric.LLCR: "LLCR",
    Metric.POOL_FACTOR: "pool factor",
}


def short_name(terms: DealTerms, test: Test) -> str:
    """What a test measures, without of whom: "DSCR", "pool factor", "dsra by target", "reported availability"."""
    if test.metric is Metric.REPORT:
        return f"reported {terms.fields[test.field].id}"
    if test.metric is Metric.RESERVE_LEVEL:
        return f"{terms.reserves[test.reserve].id} by target"
    name = NAMES[test.metric]
    return name if test.over == 1 else f"{name} over {counted(test.over, 'period')}"


def measured(terms: DealTerms, test: Test) -> str:
    """What a test measures: "DSCR of senior", "IC of mezz over 4 periods", "pool factor"."""
    if not test.metric.of_tranche:
        return short_name(terms, test)
    name = f"{NAMES[test.metric]} of {terms.tranches[test.tranche].id}"
    return name if test.over == 1 else f"{name} over {counted(test.over, 'period')}"


def fails_when(terms: DealTerms, test: Test) -> str:
    """When a test fails: "DSCR of senior below 1.15"."""
    side = "above" if test.above else "below"
    if test.metric is Metric.REPORT:
        return f"{measured(terms, test)} {side} {threshold(terms, test)}"
    words = f"{measured(terms, test)} {side} {fraction_text(test.threshold)}"
    if test.metric is Metric.RESERVE_LEVEL:
        return f"{terms.reserves[test.reserve].id} {side} {fraction_text(test.threshold)} of its target"
    if test.metric is Metric.POOL_FACTOR:
        return f"{words} of {exact_money(test.initial, terms.decimals)}"
    return f"{words}, as reported" if test.metric is Metric.LLCR else words


def is_ratio(terms: DealTerms, test: Test) -> bool:
    return test.metric is not Metric.REPORT or terms.fields[test.field].unit is Unit.RATIO


def places(terms: DealTerms, test: Test) -> int:
    """How many decimals the figures of a test have."""
    return terms.fields[test.field].places(terms.decimals) if test.metric is Metric.REPORT else 18


def threshold(terms: DealTerms, test: Test) -> str:
    """The threshold as a decimal, with every digit."""
    return format_amount(test.threshold, places(terms, test))


def exact_figure(terms: DealTerms, test: Test, value: int | None) -> str | None:
    """A figure for machines: a ratio to four places, a reported figure with every digit."""
    if test.metric is not Metric.REPORT:
        return format_ratio(value)
    return None if value is None else format_amount(value, places(terms, test))


def figure(terms: DealTerms, test: Test, value: int | None) -> str:
    """A figure for people: a ratio to three places, an amount to two."""
    if value is None:
        return NO_VALUE
    if is_ratio(terms, test):
        return f"{format_ratio(value, 3)}x"
    return money(value, places(terms, test))


def cell(terms: DealTerms, test: Test, value: int | None) -> Cell:
    """A figure in a table of a run."""
    if is_ratio(terms, test):
        return Ratio(value)
    return NO_VALUE if value is None else Amount(value, places(terms, test))


def headroom(terms: DealTerms, test: Test, last: Coverage | None) -> str:
    """How far the last figure is from failing; negative when the test fails."""
    if last is None or last.value is None:
        return NO_VALUE
    difference = test.threshold - last.value if test.above else last.value - test.threshold
    return ("-" if difference < 0 else "+") + figure(terms, test, abs(difference))


def alike(terms: DealTerms) -> list[list[int]]:
    """The tests by what they measure: those of a list compare the same figure."""
    found: dict[tuple[object, ...], list[int]] = {}
    for index, test in enumerate(terms.tests):
        key = (test.metric, test.tranche, test.over, test.field, test.reserve, test.initial)
        found.setdefault(key, []).append(index)
    return list(found.values())


def worst(terms: DealTerms, tests: Iterable[int], values: Iterable[int]) -> int | None:
    """The figure that is nearest to failing: the lowest, or where all these tests fail above, the highest."""
    choose = max if all(terms.tests[test].above for test in tests) else min
    return choose(values, default=None)
