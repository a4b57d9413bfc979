"""
Labels in a picture.

given many labels of one point
    each should be where there is room, beside the point on the side it is meant for, none on another
given a line nearby
    a label should keep away from it, unless there is room nowhere else
given names of lines at the right
    they should be apart and in the order of their lines, each at the height of its line where there is room
given parts of a text
    as many as fit should be on a line
"""

from __future__ import annotations

from itertools import combinations

import matplotlib
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from penstock.report import drawing
from penstock.report.drawing import MARGIN, SEPARATOR, SIDES, Labels, in_lines, text_width

POINT = (5.0, 5.0)
PIXELS_A_POINT = drawing.DOTS_PER_INCH / 72


def panel() -> tuple[Axes, Labels]:
    with matplotlib.rc_context(drawing.style()):
        figure = Figure(dpi=drawing.DOTS_PER_INCH, figsize=(6, 4))
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
        axes.set_xlim(0, 10)
        axes.set_ylim(0, 10)
    return axes, Labels(figure)


def test_each_label_is_beside_its_point_and_on_no_other() -> None:
    axes, labels = panel()
    made = [labels.beside(axes, "1.05x", POINT, "#000000") for _ in range(60)]
    placed = [each for each in made if each]
    assert len(placed) > 6 and made[-1] is None, "there is room for some, but not for all"
    x, y = axes.transData.transform(POINT)
    for label in placed:
        right, up = label.xyann
        assert (right, up) in SIDES
        box = label.get_window_extent()
        edge = box.x0 if right > 0 else box.x1 if right < 0 else (box.x0 + box.x1) / 2
        assert edge - x == pytest.approx(right * PIXELS_A_POINT, abs=3)
        assert box.y0 - y == pytest.approx(up * PIXELS_A_POINT, abs=4)
    boxes = [each.get_window_extent() for each in placed]
    assert not any(one.padded(MARGIN).overlaps(other) for one, other in combinations(boxes, 2))
    assert len(axes.texts) == len(placed), "what was tried elsewhere is gone"


def test_the_nearest_free_place_is_taken() -> None:
    axes, labels = panel()
    first = labels.beside(axes, "1.05x", POINT, "#000000")
    assert first and first.xyann == min(SIDES, key=lambda side: side[0] ** 2 + (side[1] + drawing.SMALL / 2) ** 2)


@pytest.mark.parametrize("corner", [(0.0, 0.0), (0.0, 10.0), (10.0, 0.0), (10.0, 10.0)])
def test_a_label_stays_in_its_panel(corner: tuple[float, float]) -> None:
    axes, labels = panel()
    label, frame = labels.beside(axes, "1.05x", corner, "#000000"), axes.get_window_extent()
    assert label
    box = label.get_window_extent()
    assert frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1


def test_a_label_keeps_away_from_a_line() -> None:
    axes, labels = panel()
    alone = labels.beside(axes, "1.05x", POINT, "#000000")
    assert alone
    top = alone.get_window_extent().y1
    axes, labels = panel()
    near = axes.transData.inverted().transform((0, top + MARGIN / 2))[1]
    axes.axhline(near)
    label = labels.beside(axes, "1.05x", POINT, "#000000")
    assert label
    box = label.get_window_extent()
    assert box.y1 + MARGIN <= top + MARGIN / 2 or box.y0 - MARGIN >= top + MARGIN / 2


def test_a_label_crosses_a_line_where_there_is_room_nowhere_else() -> None:
    axes, labels = panel()
    for height in range(1, 200):
        axes.axhline(height / 20)
    assert labels.beside(axes, "1.05x", POINT, "#000000")


def test_names_at_the_right_are_apart_and_in_order() -> None:
    axes, labels = panel()
    labels.right_of(axes, [("high", 8.0, "#0000ff"), ("low", 2.0, "#ff0000"), ("lower", 2.0, "#00ff00")])
    found = {each.get_text(): each for each in axes.texts}
    heights = {name: label.get_window_extent() for name, label in found.items()}
    assert heights["lower"].y0 >= heights["low"].y1 + MARGIN - 0.5
    for name, level in (("high", 8.0), ("low", 2.0)):
        line = axes.transData.transform((0, level))[1]
        assert (heights[name].y0 + heights[name].y1) / 2 == pytest.approx(line, abs=2)
    assert all(box.x0 > axes.get_window_extent().x1 for box in heights.values())
    assert (found["low"].get_color(), found["lower"].get_color()) == ("#ff0000", "#00ff00")
    assert len(labels.taken) == 3


def test_as_many_parts_as_fit_are_on_a_line() -> None:
    figure = panel()[0].figure
    parts = [f"part {number}{SEPARATOR}" for number in range(9)] + ["the end"]
    wide = text_width(figure, "".join(parts[:3]).rstrip(SEPARATOR), 10)
    lines = in_lines(figure, parts, 10, wide)
    assert SEPARATOR.join(lines) == "".join(parts)
    assert len(lines) == 4
    assert all(text_width(figure, line, 10) <= wide + 1e-9 for line in lines)
    assert in_lines(figure, parts, 10, 100.0) == ["".join(parts)]
    assert in_lines(figure, ["much too long"], 10, 0.1) == ["much too long"]
    assert in_lines(figure, [], 10, 1.0) == []
