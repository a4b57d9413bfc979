"""
What each panel of a picture draws, against the model.

given any life
    the ratios that fail should be marked, and no other; one that is just as high as the threshold does not fail
    the lowest ratio should be told
    each panel should be shaded in the periods in which a test fails, darker where the enforcement ladder is in force
    bars and steps should be as high as what was paid, is owed and is held, each over its own period
    the largest draw from a reserve should be told
    the legend should name each colour that is there once, in the order of the ladder
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle, StepPatch

from penstock.format import money
from penstock.model.deal import Settlement
from penstock.model.terms import DealTerms
from penstock.report import figures
from penstock.report.drawing import INK
from penstock.report.figures import ENFORCED, FAILING, HELD
from tests.report.pictures import LIVES, picture

WAD = 10**18
NAMES = ("every figure", "failing", "drought", "at the threshold", "late revenue only")
Points = list[tuple[float, float]]


def year(day: date) -> float:
    return day.year + (day.timetuple().tm_yday - 1) / 365.25


def spans(terms: DealTerms) -> list[tuple[float, float]]:
    days = [year(day) for day in (terms.closing, *terms.accrual_dates)]
    return list(pairwise(days))


def in_periods(settlements: Sequence[Settlement]) -> list[Settlement]:
    return [each for each in settlements if each.accrual_date]


def marked(axes: Axes, marker: str, colour: str) -> Points:
    lines = [line for line in axes.lines if line.get_marker() == marker and to_hex(line.get_color()) == colour.lower()]
    return sorted((x, y) for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True))


def near(points: Any) -> Any:
    return pytest.approx(points, rel=1e-9)


def steps(axes: Axes) -> list[tuple[str, str, list[tuple[float, float, float, float]]]]:
    """Of each area: its colour, its hatch, and from where to where, from how low to how high."""
    found = []
    for each in axes.patches:
        if isinstance(each, StepPatch):
            assert each.get_fill()
            values, edges, baseline = each.get_data()
            parts = [(*ends, *levels) for ends, *levels in zip(pairwise(edges), baseline, values, strict=True)]
            found.append((to_hex(each.get_facecolor()).upper(), each.get_hatch() or "", parts))
    return found


@pytest.mark.parametrize("case", ["every figure", "failing", "drought", "at the threshold"])
def test_what_fails_is_marked(case: str) -> None:
    terms, settlements = LIVES[case]()
    axes = picture(terms, settlements).axes[0]
    middles = [(start + end) / 2 for start, end in spans(terms)]
    weak = []
    for tranche in {test.tranche for test in terms.tests}:
        tests = [at for at, test in enumerate(terms.tests) if test.tranche == tranche]
        most = max(terms.tests[at].threshold for at in tests)
        for each in in_periods(settlements):
            value = each.tests[tests[0]].value
            if value is not None and value < most:
                weak.append((middles[each.period - 1], value / WAD))
    assert weak
    assert [x for x, _ in marked(axes, "o", FAILING)] == near([x for x, _ in sorted(weak)])
    assert [y for _, y in marked(axes, "o", FAILING)] == near([y for _, y in sorted(weak)])


@pytest.mark.parametrize("case", ["every figure", "failing", "drought", "at the threshold", "a DSCR of 6x"])
def test_the_lowest_ratio_is_told_in_red_where_it_fails(case: str) -> None:
    terms, settlements = LIVES[case]()
    told = {(each.get_text(), each.get_color()) for each in picture(terms, settlements).axes[0].texts}
    for tranche in {test.tranche for test in terms.tests}:
        tests = [at for at, test in enumerate(terms.tests) if test.tranche == tranche]
        values = [each.tests[tests[0]].value for each in in_periods(settlements)]
        lowest = min(value for value in values if value is not None)
        fails = any(lowest < terms.tests[at].threshold for at in tests)
        assert (f"{lowest / WAD:.2f}x", FAILING if fails else INK) in told


@pytest.mark.parametrize("case", NAMES)
def test_each_panel_is_shaded_where_a_test_fails(case: str) -> None:
    terms, settlements = LIVES[case]()
    wanted = []
    for each in settlements:
        if any(not made.cured for made in each.tests):
            start, end = spans(terms)[each.period - 1]
            wanted.append((start, end - start, ENFORCED if each.enforced else FAILING))
    for axes in picture(terms, settlements).axes:
        found = [
            (patch.get_x(), patch.get_width(), to_hex(patch.get_facecolor()).upper())
            for patch in axes.patches
            if isinstance(patch, Rectangle)
        ]
        assert [colour for *_, colour in found] == [colour for *_, colour in wanted]
        assert [x for x, *_ in found] == near([x for x, *_ in wanted])
        assert [width for _, width, _ in found] == pytest.approx([width for _, width, _ in wanted])


@pytest.mark.parametrize("case", NAMES)
def test_bars_are_as_high_as_what_was_paid(case: str) -> None:
    """One upon the other, from the top of the ladder, each in the middle of its period; with a mark at collections."""
    terms, settlements = LIVES[case]()
    axes = picture(terms, settlements).axes[1 if terms.tests else 0]
    life = figures._life(terms, settlements)
    below = [0.0] * len(settlements)
    layers = figures._paid_layers(life)
    for bars, layer in zip(axes.collections, layers, strict=True):
        assert to_hex(bars.get_facecolor()[0]).upper() == layer.colour
        for at, (path, amount) in enumerate(zip(bars.get_paths(), layer.amounts, strict=True)):
            (left, bottom), _, (right, top), *_ = path.vertices
            start, end = life.spans[at]
            assert start < left < right < end
            assert (left - start, top - bottom) == pytest.approx((end - right, amount / 10**terms.decimals))
            assert bottom == pytest.approx(below[at])
            below[at] = top
    collections = [each.collections / 10**terms.decimals for each in settlements]
    (_, marks) = [line for line in axes.lines if line.get_marker() == "_"]
    assert list(marks.get_ydata()) == near(collections)
    assert axes.get_ylim() == near((0, max([*below, *collections]) * 1.06))


@pytest.mark.parametrize("case", NAMES)
def test_periods_are_drawn_by_their_dates_and_late_revenue_beyond(case: str) -> None:
    terms, settlements = LIVES[case]()
    life = figures._life(terms, settlements)
    periods = in_periods(settlements)
    for (start, end), (first, last) in zip(life.spans, spans(terms)[: len(periods)], strict=False):
        assert (start, end) == near((first, last))
    late = life.spans[len(periods) :]
    assert len(late) == len(settlements) - len(periods)
    assert all(start > life.spans[len(periods) - 1][1] + 0.01 for start, _ in late)
    for axes in picture(terms, settlements).axes:
        left, right = axes.get_xlim()
        room = 0.02 * (right - left)
        assert 0 < life.spans[0][0] - left < room and 0 < right - life.spans[-1][1] < room


@pytest.mark.parametrize("case", NAMES)
def test_steps_are_as_high_as_what_is_owed(case: str) -> None:
    terms, settlements = LIVES[case]()
    axes = picture(terms, settlements).axes[2 if terms.tests else 1]
    life = figures._life(terms, settlements)
    wanted, below = [], [0.0] * len(settlements)
    for layer in figures._owed_layers(life):
        parts = []
        for at, amount in enumerate(layer.amounts):
            top = below[at] + amount / 10**terms.decimals
            parts.append((*life.spans[at], below[at], top))
            below[at] = top
        wanted += [(layer.colour, layer.hatch, each) for each in parts]
    found = [(colour, hatch, part) for colour, hatch, parts in steps(axes) for part in parts]
    assert [each[:2] for each in found] == [each[:2] for each in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert one[2] == pytest.approx(other[2])


@pytest.mark.parametrize("case", ["every figure", "failing", "drought"])
def test_what_is_held_is_drawn_and_the_largest_draw_told(case: str) -> None:
    terms, settlements = LIVES[case]()
    axes = picture(terms, settlements).axes[-1]
    life, unit = figures._life(terms, settlements), 10**terms.decimals
    reserves, trapped = [sum(each.reserves) for each in settlements], [each.trapped for each in settlements]
    found = [(colour, part) for colour, _, parts in steps(axes) for part in parts]
    assert [colour for colour, _ in found] == [HELD] * len(settlements) + [FAILING] * len(settlements)
    for (_, part), amount, span in zip(found, [*reserves, *trapped], [*life.spans, *life.spans], strict=True):
        assert part == pytest.approx((*span, 0, amount / unit))
    drawn = [sum(each.flows.drawn) for each in settlements]
    assert any(drawn)
    wanted = [(sum(life.spans[at]) / 2, reserves[at] / unit) for at, amount in enumerate(drawn) if amount]
    assert [y for _, y in marked(axes, "v", FAILING)] == near([y for _, y in wanted])
    assert [x for x, _ in marked(axes, "v", FAILING)] == near([x for x, _ in wanted])
    assert f"draw {money(max(drawn), terms.decimals)}" in {each.get_text() for each in axes.texts}


@pytest.mark.parametrize(
    ("case", "names"),
    [
        (
            "every figure",
            "DSCR of senior, DSCR of mezz, collections, fees, senior interest, senior principal, mezz interest, "
            "mezz principal, junior interest, junior principal, equity, kept in reserve or trap, "
            "capitalised interest, overdue, lockup and thin fail",
        ),
        (
            "failing",
            "collections, fees, senior interest, senior principal, mezz principal, capitalised interest, overdue, "
            "enforcement",
        ),
        ("a DSCR of 6x", "collections, senior interest, senior principal, equity"),
    ],
)
def test_the_legend_names_what_is_there_from_the_top_of_the_ladder(case: str, names: str) -> None:
    (legend,) = picture(*LIVES[case]()).legends
    assert ", ".join(each.get_text() for each in legend.get_texts()) == names


@pytest.mark.parametrize("case", ["every figure", "drought", "a DSCR of 6x", "a flood", "one base unit", "nothing"])
def test_an_axis_has_a_few_ticks_and_none_is_named_like_another(case: str) -> None:
    terms, settlements = LIVES[case]()
    figure = picture(terms, settlements)
    most = [*([5] if terms.tests else []), 8, 4, 4]
    for axes, number in zip(figure.axes, most, strict=False):
        low, high = axes.get_ylim()
        names = [
            label.get_text()
            for at, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
            if low <= at <= high
        ]
        assert 1 <= len(names) <= number + 1
        assert len(set(names)) == len(names) and names[0].rstrip("x") == "0"
