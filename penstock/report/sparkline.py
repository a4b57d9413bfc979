"""A row of numbers as a row of small bars, for a table."""

from __future__ import annotations

from collections.abc import Sequence

BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], width: int = 24) -> str:
    """
    One bar a value, from zero up to the highest; of more values than `width`, the mean of neighbours. Zero is the
    lowest bar.
    """
    if not values:
        return ""
    count = min(len(values), width)
    parts = [values[at * len(values) // count : (at + 1) * len(values) // count] for at in range(count)]
    means = [sum(part) / len(part) for part in parts]
    top = max(means)
    return "".join(BARS[int(each / top * (len(BARS) - 1) + 0.5) if top > 0 and each > 0 else 0] for each in means)
