"""What pictures share: style, amounts on an axis, and labels that never lie on each other or leave the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

INK, FAINT, GRID = "#1B2733", "#6B7785", "#E3E7EB"
DOTS_PER_INCH = 130
SMALL = 8.5
SEPARATOR = "  ·  "
MARGIN = 2.0  # pixels between two labels, at least
SIDES = sorted(
    ((x * way, y) for y in (4, -11, 12, -19, 20, -27) for x in (7, 0, 16, 28) for way in (1, -1)),
    key=lambda place: place[0] ** 2 + (place[1] + SMALL / 2) ** 2,
)
"""Where a label may be beside its point, in points; the first free place is taken."""


def style() -> dict[Any, Any]:
    """Settings under which a picture has the same bytes on every machine."""
    import matplotlib

    return {
        **matplotlib.rcParamsDefault,
        "backend": "agg",
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": GRID,
        "xtick.color": FAINT,
        "ytick.color": FAINT,
        "hatch.linewidth": 0.7,
    }


def compact(amount: float) -> str:
    """An amount of coins to three digits: 5850000 → "5.85m", 100000 → "100k", 45.5 → "45.5"."""
    if abs(amount) >= 1e15:
        return f"{amount:.3g}"
    for size, unit in ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if abs(amount) >= size * 0.9995:
            return f"{_three(amount / size)}{unit}"
    return _three(amount)


def _three(number: float) -> str:
    """Of a number below 1000."""
    places = 3 - len(str(int(abs(number))))
    text = f"{number:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money_axis(axes: Axes, highest: float, ticks: int) -> None:
    """An axis of amounts from zero to a little above the highest, with a few ticks, none named like another."""
    from matplotlib.ticker import MaxNLocator

    axes.set_ylim(0, (highest or 1) * 1.06)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=ticks, steps=[1, 2, 2.5, 5, 10], min_n_ticks=2))
    axes.yaxis.set_major_formatter(lambda value, _: compact(value))
    if not highest:
        axes.set_yticks([0], ["0"])


def clean(axes: Axes, title: str) -> None:
    """A panel with its title, horizontal lines and nothing else."""
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=GRID, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=9)
    axes.tick_params(axis="x", pad=6)
    axes.set_title(title, loc="left", fontsize=10, fontweight="bold", color=INK, pad=5)


def bars(
    axes: Axes,
    middles: Sequence[float],
    heights: Sequence[float],
    widths: Sequence[float],
    bottoms: Sequence[float],
    colour: str,
) -> PolyCollection:
    """Bars of one colour, as one object: much faster than one for each."""
    from matplotlib.collections import PolyCollection

    corners = []
    for middle, height, width, bottom in zip(middles, heights, widths, bottoms, strict=True):
        left, right, top = middle - width / 2, middle + width / 2, bottom + height
        corners.append([(left, bottom), (left, top), (right, top), (right, bottom)])
    made = PolyCollection(corners, facecolor=colour, linewidth=0, zorder=3)
    axes.add_collection(made, autolim=False)
    return made


class Labels:
    """Places texts into a finished picture; one for which there is no room is left out."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.renderer: Any = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        self.taken: list[Bbox] = []

    def beside(self, axes: Axes, words: str, at: tuple[float, float], colour: str) -> Text | None:
        """A label beside a point of a panel and inside the panel, away from its lines if there is room."""
        frame = axes.get_window_extent(self.renderer)
        lines = [line.get_transform().transform_path(line.get_path()) for line in axes.lines]
        for crossing in (False, True):
            for offset in SIDES:
                align = "left" if offset[0] > 0 else "right" if offset[0] < 0 else "center"
                label = axes.annotate(
                    words, at, offset, textcoords="offset points", fontsize=SMALL, color=colour, ha=align, zorder=9
                )
                box = label.get_window_extent(self.renderer)
                inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
                clear = crossing or not any(line.intersects_bbox(box.padded(MARGIN), filled=False) for line in lines)
                if inside and clear and self._free(box):
                    self.taken.append(box)
                    return label
                label.remove()
        return None

    def right_of(self, axes: Axes, labels: Sequence[tuple[str, float, str]]) -> None:
        """Names of horizontal lines at the right of a panel: (words, height, colour); apart even if the lines meet."""
        place = axes.get_yaxis_transform()
        made = [
            axes.text(1.004, height, words, transform=place, fontsize=SMALL, color=colour, va="center")
            for words, height, colour in sorted(labels, key=lambda each: each[1])
        ]
        floor = float("-inf")
        for label in made:
            box = label.get_window_extent(self.renderer)
            lift = max(0.0, floor + MARGIN - box.y0)
            if lift:
                up = axes.transData.inverted().transform((0, box.y0 + box.height / 2 + lift))[1]
                label.set_y(float(up))
                box = label.get_window_extent(self.renderer)
            floor = box.y1
            self.taken.append(box)

    def _free(self, box: Bbox) -> bool:
        wide = box.padded(MARGIN)
        return not any(wide.overlaps(each) for each in self.taken)


def in_lines(figure: Figure, parts: Sequence[str], size: float, width: float) -> list[str]:
    """Parts joined into lines no wider than `width` inches; a part ends with what separates it from the next."""
    lines = [""]
    for part in parts:
        if lines[-1] and text_width(figure, (lines[-1] + part).rstrip(SEPARATOR), size) > width:
            lines.append("")
        lines[-1] += part
    return [line.rstrip(SEPARATOR) for line in lines if line]


def text_width(figure: Figure, words: str, size: float, weight: str = "normal") -> float:
    """How wide a text is, in inches."""
    label = figure.text(0, 0, words, fontsize=size, fontweight=weight)
    box = label.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
    label.remove()
    return float(box.width / figure.dpi)


def legend_below(figure: Figure, handles: Sequence[Any], width: float) -> float:
    """Draws a legend at the bottom with as many columns as fit; how high it is, in inches."""
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(
            handles=list(handles),
            loc="lower left",
            bbox_to_anchor=(0.008, 0.004),
            ncols=columns,
            frameon=False,
            fontsize=9,
            handlelength=1.1,
            handleheight=0.9,
            columnspacing=1.25,
            handletextpad=0.5,
        )
        box = legend.get_window_extent(figure.canvas.get_renderer())  # type: ignore[attr-defined]
        if box.width / figure.dpi <= width or columns == 1:
            return float(box.height / figure.dpi)
        legend.remove()
    return 0.0
