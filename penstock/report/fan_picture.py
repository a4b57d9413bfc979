"""Pictures of many scenarios: bands between what 99 % and 1 %, 90 % and 10 % exceed, and the middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.files import writing
from penstock.report import drawing
from penstock.report.drawing import FAINT, INK
from penstock.revenue.fan import Fan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BANDS = ((99, 1, "#D5E3EF"), (90, 10, "#9DBEDA"))
MIDDLE, MEAN, LEVEL = "#16456E", "#C9701A", "#C8402F"
INCHES, PANEL, HEAD, GAP, FOOT, LEFT, EDGE, NAMES = 12.4, 2.6, 0.95, 0.62, 0.75, 0.75, 0.2, 0.95  # inches
_MOST_TICKS = 14
OUTLIER = 2.5  # times what is usual: where ratios leave the picture at its top


@dataclass(frozen=True)
class Panel:
    """
    One fan. money : whether its axis has amounts; otherwise ratios. levels : horizontal lines with their names.
    """

    title: str
    fan: Fan
    money: bool = True
    levels: tuple[tuple[str, float], ...] = ()


def draw_fans(title: str, subtitle: str, panels: Sequence[Panel], file: Path) -> Path:
    """
    Draws fans one below the other into a PNG; its folder is created.

    Raises
    ------
    FileNotWritten : when it cannot be written.
    """
    import matplotlib

    with matplotlib.rc_context(drawing.style()):
        figure = fans_figure(title, subtitle, panels)
        with writing(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(file, format="png", metadata={"Software": None})
    return file


def fans_figure(title: str, subtitle: str, panels: Sequence[Panel]) -> Figure:
    """The picture that `draw_fans` saves; to be called under `drawing.style`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = HEAD + FOOT + PANEL * len(panels) + GAP * (len(panels) - 1)
    made = Figure(figsize=(INCHES, height), dpi=drawing.DOTS_PER_INCH, facecolor="white")
    FigureCanvasAgg(made)
    width = INCHES - 0.4
    size = min(17.0, 17.0 * width / drawing.text_width(made, title, 17, "bold"))
    made.text(0.2 / INCHES, 1 - 0.36 / height, title, fontsize=size, fontweight="bold")
    small = min(10.5, 10.5 * width / max(drawing.text_width(made, subtitle, 10.5), 0.1))
    made.text(0.2 / INCHES, 1 - 0.6 / height, subtitle, fontsize=small, color=FAINT)
    labels = drawing.Labels(made)
    right = EDGE + (NAMES if any(panel.levels for panel in panels) else 0)
    for at, panel in enumerate(panels):
        bottom = height - HEAD - PANEL * (at + 1) - GAP * at
        axes = made.add_axes((LEFT / INCHES, bottom / height, (INCHES - LEFT - right) / INCHES, PANEL / height))
        _draw(axes, panel, labels)
    handles = made.axes[0].get_legend_handles_labels()[0]
    drawing.legend_below(made, handles, width)
    return made


def _draw(axes: Axes, panel: Panel, labels: drawing.Labels) -> None:
    fan, places = panel.fan, range(len(panel.fan.labels))
    drawing.clean(axes, panel.title)
    for low, high, colour in BANDS:
        name = f"P{low} to P{high}"
        axes.fill_between(places, fan.levels[low], fan.levels[high], color=colour, linewidth=0, zorder=2, label=name)
    axes.plot(places, fan.levels[50], color=MIDDLE, linewidth=1.6, zorder=4, label="P50")
    if panel.money:
        axes.plot(places, fan.mean, color=MEAN, linewidth=1.2, linestyle=(0, (4, 2)), zorder=3, label="mean")
        drawing.money_axis(axes, max(*fan.levels[1], *fan.mean), 5)
    else:
        usual = sorted(fan.levels[50])[len(fan.labels) // 2]
        highest = max([*fan.levels[1], *(level for _, level in panel.levels)])
        top = max([OUTLIER * usual, *(level * 1.2 for _, level in panel.levels)])
        axes.set_ylim(0, min(highest * 1.08, top) or 1)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}x")
    for _, level in panel.levels:
        axes.axhline(level, color=LEVEL, linewidth=0.9, linestyle=(0, (5, 3)), zorder=2)
    labels.right_of(axes, [(f"{name} {level:.2f}x", level, LEVEL) for name, level in panel.levels])
    step = -(-len(fan.labels) // _MOST_TICKS)
    axes.set_xticks(list(places)[::step], [fan.labels[each] for each in places][::step], color=INK)
    axes.set_xlim(0, max(len(fan.labels) - 1, 1))
