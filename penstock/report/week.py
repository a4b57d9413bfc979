"""The picture of the week: what was made and used, hour by hour, and how much of it was at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def draw_week(made: Sequence[int], used: Sequence[int], matched: Sequence[int], file: Path) -> Path:
    """
    Draws a week of hours.

    Parameters
    ----------
    made, used, matched : Wh of each hour, from Monday 00:00.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    hours = range(len(made))
    figure, axes = pyplot.subplots(figsize=(10, 4.2), layout="constrained")
    mwh = [[each / 10**6 for each in some] for some in (made, used, matched)]
    axes.fill_between(hours, mwh[0], step="post", color="#f6c85f", alpha=0.55, label="made by 1,000 rooftops")
    axes.fill_between(hours, mwh[2], step="post", color="#4c9f70", label="certificates retired, same hour")
    axes.step(hours, mwh[1], where="post", color="#30475e", linewidth=1.4, label="used by the hall")
    axes.set_xticks(range(0, len(made), 24), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][: len(made) // 24])
    axes.set_xlim(0, len(made))
    axes.set_ylim(0)
    axes.set_ylabel("MWh an hour")
    axes.grid(axis="y", alpha=0.25)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
    pyplot.close(figure)
    return file
