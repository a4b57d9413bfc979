"""Pictures of a deal from its settlements; the same input gives the same bytes. Floats place pixels, never money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.files import writing
from penstock.format import counted, failing, money
from penstock.model.deal import Settlement
from penstock.model.rungs import Pays
from penstock.model.terms import DealTerms
from penstock.model.units import WAD
from penstock.report.tables import failing_tests

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, FAINT, GRID = "#1B2733", "#6B7785", "#E3E7EB"
FEES, KEPT, EQUITY = "#A9B1BA", "#DDE2E7", "#4E9A78"
# Principal is the strong colour, interest the pale one; further tranches start again with the first.
LENDERS = (("#16456E", "#6C9BC7"), ("#C9701A", "#EDB458"), ("#7A3E65", "#BF8FB0"), ("#5D6B2F", "#A9B665"))
LOCKED, ENFORCED, RATIO, HELD = "#C8402F", "#7A1E14", "#1B2733", "#16456E"
HIGHEST_RATIO = 2.5  # the DSCR of a nearly repaid loan would leave the frame
DAYS_OF_YEAR = 365.25
DOTS_PER_INCH = 130
INCHES = (12.4, 8.2)


@dataclass(frozen=True)
class _Layer:
    """One colour of the stack: what it is, and how much in each period, in base units."""

    label: str
    colour: str
    amounts: tuple[int, ...]


def draw_life(terms: DealTerms, settlements: Sequence[Settlement], file: Path, subtitle: str = "") -> Path:
    """
    Draws one deal: the DSCR, who was paid in each period, and the cash held back.

    Parameters
    ----------
    settlements : from the first period; late revenue is left out.
    file : PNG; its folder is created.
    subtitle : for example, the name of the case.

    Returns
    -------
    The file.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.gridspec import GridSpec

    settled = [each for each in settlements if each.accrual_date is not None]
    middles, widths = _spans(terms, len(settled))
    style: dict[Any, Any] = {
        **matplotlib.rcParamsDefault,
        "backend": "agg",
        "font.family": "DejaVu Sans",
        "font.size": 10,
        "text.color": INK,
        "axes.labelcolor": INK,
        "axes.edgecolor": GRID,
        "xtick.color": FAINT,
        "ytick.color": FAINT,
    }
    with matplotlib.rc_context(style):
        figure = pyplot.figure(figsize=INCHES, dpi=DOTS_PER_INCH, facecolor="white")
        edges = {"left": 0.055, "right": 0.985, "bottom": 0.095, "top": 0.875}
        grid = GridSpec(3, 1, figure, hspace=0.16, height_ratios=(1.15, 2.75, 0.95), **edges)
        top = figure.add_subplot(grid[0])
        middle, bottom = (figure.add_subplot(grid[row], sharex=top) for row in (1, 2))
        for axes in (top, middle, bottom):
            _clean(axes)
            _shade(axes, settled, middles, widths)
        _draw_ratio(top, terms, settled, middles)
        _draw_payments(middle, terms, settled, middles, widths)
        _draw_held(bottom, terms, settled, middles)
        _set_years(top, middle, bottom, middles, widths)
        figure.text(0.016, 0.953, terms.name, fontsize=17, fontweight="bold")
        figure.text(0.016, 0.921, _capital(terms, subtitle), fontsize=10.5, color=FAINT)
        failed = failing_tests(terms, [each for each in settled if not each.enforced])
        _legend(figure, middle, failed, any(each.enforced for each in settled))
        with writing(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(file, metadata={"Software": None})
        pyplot.close(figure)
    return file


def _spans(terms: DealTerms, count: int) -> tuple[list[float], list[float]]:
    """Middle and width of each period, in years."""
    bounds = [_year(day) for day in (terms.closing, *terms.accrual_dates)]
    pairs = list(pairwise(bounds))[:count]
    return [(start + end) / 2 for start, end in pairs], [end - start for start, end in pairs]


def _year(day: date) -> float:
    return day.year + (day - date(day.year, 1, 1)).days / DAYS_OF_YEAR


def _fails(settled: Settlement) -> bool:
    """Whether any test does."""
    return any(not made.cured for made in settled.tests)


def _layers(terms: DealTerms, settled: Sequence[Settlement]) -> list[_Layer]:
    """From the top of the ladder, which is the bottom of the stack."""
    layers = [_Layer("fees", FEES, tuple(sum(each.flows.fees) for each in settled))]
    for rank, lender in enumerate(terms.tranches[:-1]):
        strong, pale = LENDERS[rank % len(LENDERS)]
        layers.append(_Layer(f"{lender.id} interest", pale, tuple(each.flows.interest[rank] for each in settled)))
        layers.append(_Layer(f"{lender.id} principal", strong, tuple(each.flows.principal[rank] for each in settled)))
    layers.append(_Layer(terms.tranches[-1].id, EQUITY, tuple(each.flows.residual for each in settled)))
    trapped = [0, *(each.trapped for each in settled)]
    grown = [max(0, after - before) for before, after in pairwise(trapped)]
    kept = tuple(sum(each.flows.topped_up) + more for each, more in zip(settled, grown, strict=True))
    layers.append(_Layer("kept in reserve or trap", KEPT, kept))
    return [layer for layer in layers if any(layer.amounts)]


def _draw_payments(
    axes: Axes, terms: DealTerms, settled: Sequence[Settlement], middles: list[float], widths: list[float]
) -> None:
    thousand = 1000 * 10**terms.decimals
    bottoms = [0.0] * len(settled)
    narrow = [width * 0.86 for width in widths]
    for layer in _layers(terms, settled):
        heights = [amount / thousand for amount in layer.amounts]
        axes.bar(middles, heights, narrow, bottoms, color=layer.colour, label=layer.label, linewidth=0, zorder=3)
        bottoms = [below + height for below, height in zip(bottoms, heights, strict=True)]
    collections = [each.collections / thousand for each in settled]
    axes.plot(middles, collections, "_", color="white", markersize=8, markeredgewidth=3.4, zorder=5)
    axes.plot(middles, collections, "_", color=INK, markersize=7, markeredgewidth=1.5, label="collections", zorder=6)
    axes.set_ylim(0, max([*bottoms, *collections, 1e-9]) * 1.04)
    axes.yaxis.set_major_formatter(_thousands)
    _name(axes, f"Payments by rung, {terms.asset} per period")


def _draw_ratio(axes: Axes, terms: DealTerms, settled: Sequence[Settlement], middles: list[float]) -> None:
    name = f"DSCR of {terms.tranches[terms.tests[0].tranche].id}" if terms.tests else "DSCR (no test)"
    _name(axes, f"{name}, each period")
    found = [
        (at, each.tests[0].value / WAD)
        for at, each in zip(middles, settled, strict=True)
        if each.tests and each.tests[0].value is not None and each.tests[0].value <= HIGHEST_RATIO * WAD
    ]
    axes.set_ylim(0.4, HIGHEST_RATIO)
    axes.set_yticks([0.5, 1.0, 1.5, 2.0], ["0.5x", "1.0x", "1.5x", "2.0x"])
    if not found:
        return
    axes.plot(*zip(*found, strict=True), color=RATIO, linewidth=1.5, zorder=4, clip_on=True)
    weak = [(at, value) for at, value in found if value * WAD < terms.tests[0].below]
    if weak:
        axes.plot(*zip(*weak, strict=True), "o", color=LOCKED, markersize=4.5, zorder=5)
    for test in terms.tests:
        level, colour = test.below / WAD, ENFORCED if terms.tests.index(test) in terms.enforce_on else LOCKED
        axes.axhline(level, color=colour, linewidth=0.9, linestyle=(0, (5, 3)), zorder=2)
        words = f"{test.id} {level:.2f}x"
        axes.annotate(
            words,
            (1, level),
            (-4, 3),
            axes.get_yaxis_transform(),
            "offset points",
            fontsize=8.5,
            color=colour,
            ha="right",
        )
    worst_at, worst = min(found, key=lambda pair: pair[1])
    axes.annotate(f"{worst:.2f}x", (worst_at, worst), (6, -3), textcoords="offset points", fontsize=8.5, color=LOCKED)


def _draw_held(axes: Axes, terms: DealTerms, settled: Sequence[Settlement], middles: list[float]) -> None:
    thousand = 1000 * 10**terms.decimals
    names = "+".join(reserve.id.upper() for reserve in terms.reserves) or "no reserve"
    reserves = [sum(each.reserves) / thousand for each in settled]
    trapped = [each.trapped / thousand for each in settled]
    axes.fill_between(middles, reserves, color=HELD, alpha=0.18, linewidth=0, zorder=2, step="mid")
    axes.step(middles, reserves, color=HELD, linewidth=1.4, where="mid", zorder=4)
    if any(trapped):
        axes.step(middles, trapped, color=LOCKED, linewidth=1.4, where="mid", zorder=4)
        axes.fill_between(middles, trapped, color=LOCKED, alpha=0.25, linewidth=0, zorder=3, step="mid")
    axes.set_ylim(0, max([*reserves, *trapped, 1e-9]) * 1.18)
    axes.yaxis.set_major_formatter(_thousands)
    axes.locator_params(axis="y", nbins=4)
    _name(axes, f"Held: {names}" + (f" and, in red, the trap of {_traps(terms)}" if any(trapped) else ""))
    drawn = [sum(each.flows.drawn) for each in settled]
    for at, amount, level in zip(middles, drawn, reserves, strict=True):
        if amount:
            axes.plot([at], [level], "v", color=LOCKED, markersize=5, zorder=6)
    if any(drawn):
        largest = max(range(len(drawn)), key=drawn.__getitem__)
        words = f"draw {money(drawn[largest], terms.decimals).partition('.')[0]}"
        spot = (middles[largest], reserves[largest])
        axes.annotate(words, spot, (7, -11), textcoords="offset points", fontsize=8.5, color=LOCKED, zorder=7)


def _traps(terms: DealTerms) -> str:
    """The tests that hold cash back."""
    rungs = (*terms.normal, *terms.enforcement)
    found = {rung.test for rung in rungs if rung.rule.pays is Pays.TRAP}
    return " and ".join(test.id for index, test in enumerate(terms.tests) if index in found)


def _thousands(value: float, _: float) -> str:
    return f"{value:,.0f}k" if value else "0"


def _clean(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=GRID, linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=9)


def _name(axes: Axes, words: str) -> None:
    axes.set_title(words, loc="left", fontsize=10, fontweight="bold", color=INK, pad=5)


def _shade(axes: Axes, settled: Sequence[Settlement], middles: list[float], widths: list[float]) -> None:
    for each, at, width in zip(settled, middles, widths, strict=True):
        if _fails(each):
            colour = ENFORCED if each.enforced else LOCKED
            axes.axvspan(at - width / 2, at + width / 2, color=colour, alpha=0.13, linewidth=0, zorder=1)


def _set_years(top: Axes, middle: Axes, bottom: Axes, middles: list[float], widths: list[float]) -> None:
    first, last = middles[0] - widths[0] / 2, middles[-1] + widths[-1] / 2
    edge = (last - first) * 0.006
    bottom.set_xlim(first - edge, last + edge)
    step = max(1, round((last - first) / 20))
    bottom.set_xticks(range(int(first + 0.999), int(last + 0.001) + 1, step))
    bottom.xaxis.set_major_formatter(lambda value, _: f"{value:.0f}")
    for axes in (top, middle):
        axes.tick_params(labelbottom=False)


def _capital(terms: DealTerms, subtitle: str) -> str:
    def each(index: int) -> str:
        tranche = terms.tranches[index]
        rate = "" if tranche.residual else f" at {tranche.coupon(1) * 10_000 // WAD / 100:.2f} %"
        return f"{tranche.id} {tranche.face / 10 ** (terms.decimals + 6):.2f}m{rate}"

    parts = [each(index) for index in range(len(terms.tranches))]
    last = terms.accrual_dates[-1] - timedelta(days=1)
    words = f"{', '.join(parts)}  ·  {counted(terms.periods, 'period')}, {terms.closing.year} to {last.year}"
    return f"{subtitle}  ·  {words}" if subtitle else words


def _legend(figure: Figure, axes: Axes, failed: Sequence[str], enforced: bool) -> None:
    from matplotlib.patches import Patch

    handles, labels = axes.get_legend_handles_labels()
    if failed:
        handles.append(Patch(color=LOCKED, alpha=0.2, linewidth=0))
        labels.append(failing(failed))
    if enforced:
        handles.append(Patch(color=ENFORCED, alpha=0.3, linewidth=0))
        labels.append("enforcement")
    figure.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0.008, 0.008),
        ncols=len(labels) if len(labels) <= 10 else (len(labels) + 1) // 2,
        frameon=False,
        fontsize=9,
        handlelength=1.1,
        handleheight=0.9,
        columnspacing=1.25,
        handletextpad=0.5,
    )
