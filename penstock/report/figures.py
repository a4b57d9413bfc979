"""Pictures of a deal from its settlements; the same input gives the same bytes. Floats place pixels, never money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from penstock.files import writing
from penstock.format import counted, exact_money, failing, format_ratio, money
from penstock.model.deal import Settlement
from penstock.model.rungs import Pays
from penstock.model.terms import DealTerms
from penstock.model.units import WAD
from penstock.report import drawing
from penstock.report.drawing import FAINT, GRID, INK, SEPARATOR, Labels, compact
from penstock.report.tested import alike, is_ratio, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

KEPT_LABEL = "kept in reserve or trap"
FEES, KEPT = "#A9B1BA", "#DDE2E7"
EQUITY = ("#4E9A78", "#A5CDB9")
# Principal is the strong colour, interest the pale one; further tranches start again with the first.
LENDERS = (("#16456E", "#6C9BC7"), ("#C9701A", "#EDB458"), ("#7A3E65", "#BF8FB0"), ("#5D6B2F", "#A9B665"))
OVERDUE, CAPITALISED = "/////", "...."  # hatches
FAILING, ENFORCED, HELD = "#C8402F", "#7A1E14", "#16456E"
DAYS_OF_YEAR = 365.25
OUTLIER = 2.5  # times what is usual: such a ratio would flatten the rest, so it is drawn at the edge with its value
LATE = (0.02, 0.08, 0.035)  # of the deal's life: how wide late revenue is at least and at most, and how far off it is
INCHES = 12.4
LEFT, RIGHT, EDGE = 0.7, 1.15, 0.2  # inches beside the panels: the ticks, and the names of thresholds if there are any
TITLE, LINE, GAP, YEARS = 0.52, 0.24, 0.36, 0.4  # inches: the name, a line under it, between panels, below the last
RATIO, PAID, OWED, KEPT_BACK = 1.35, 3.1, 1.55, 1.05  # inches: the height of each panel


@dataclass(frozen=True)
class _Life:
    """
    The settlements of a deal, and where each is drawn.

    spans : start and end of each, in years; late revenue comes last, apart from the periods. periods : without it.
    """

    terms: DealTerms
    settled: Sequence[Settlement]
    spans: list[tuple[float, float]]
    periods: int

    @property
    def middles(self) -> list[float]:
        return [(start + end) / 2 for start, end in self.spans]

    def coins(self, units: int) -> float:
        return float(units / 10**self.terms.decimals)

    @property
    def late(self) -> bool:
        return len(self.settled) > self.periods


@dataclass(frozen=True)
class _Layer:
    """One colour of a stack: what it is, and how much of it in each settlement, in base units."""

    label: str
    colour: str
    amounts: tuple[int, ...]
    hatch: str = ""


def draw_life(terms: DealTerms, settlements: Sequence[Settlement], file: Path, flows: str = "") -> Path:
    """
    Draws one deal: coverage, who was paid in each period, what lenders are owed, and the cash held back.

    Parameters
    ----------
    settlements : from the first period, at least one; late revenue is drawn after the periods.
    file : PNG; its folder is created.
    flows : the name of the flows file, for the line under the title.

    Returns
    -------
    The file.

    Raises
    ------
    FileNotWritten : when it cannot be written.
    """
    import matplotlib

    with matplotlib.rc_context(drawing.style()):
        figure = life_figure(terms, settlements, flows)
        with writing(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            figure.savefig(file, format="png", metadata={"Software": None})
    return file


def life_figure(terms: DealTerms, settlements: Sequence[Settlement], flows: str = "") -> Figure:
    """The picture that `draw_life` saves; to be called under `drawing.style`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    life = _life(terms, settlements)
    figure = Figure(dpi=drawing.DOTS_PER_INCH, facecolor="white")
    FigureCanvasAgg(figure)
    width = INCHES - 2 * EDGE
    under = [
        *((line, FAINT) for line in drawing.in_lines(figure, _parts(terms, flows), 10.5, width)),
        *((line, FAILING) for line in _unpaid(figure, life, width)),
    ]
    heights, draws = zip(*_panels(life), strict=True)
    axes_of = [figure.add_axes((0, 0, 1, 1)) for _ in heights]
    for axes in axes_of[1:]:
        axes.sharex(axes_of[0])
    size = min(17.0, 17.0 * width / drawing.text_width(figure, terms.name, 17, "bold"))
    texts = [figure.text(0, 0, terms.name, fontsize=size, fontweight="bold")]
    texts += [figure.text(0, 0, line, fontsize=10.5, color=colour) for line, colour in under]
    right = RIGHT if _tested(terms) else EDGE
    _arrange(figure, axes_of, heights, texts, right, foot=1.0)
    _set_years(axes_of, life)
    labels, handles = Labels(figure), []
    for axes, draw in zip(axes_of, draws, strict=True):
        _shade(axes, life)
        handles += draw(axes, life, labels)
    legend = drawing.legend_below(figure, _in_order(life, [*handles, *_shades(life)]), width)
    _arrange(figure, axes_of, heights, texts, right, foot=legend + YEARS)
    return figure


def _panels(life: _Life) -> list[tuple[float, Callable[[Axes, _Life, Labels], list[Any]]]]:
    """The height of each panel, in inches, and what draws it; what draws returns what belongs in the legend."""
    panels: list[tuple[float, Callable[[Axes, _Life, Labels], list[Any]]]] = [(PAID, _draw_paid), (OWED, _draw_owed)]
    if _tested(life.terms):
        panels.insert(0, (RATIO, _draw_ratios))
    if life.terms.reserves or any(each.trapped for each in life.settled):
        panels.append((KEPT_BACK, _draw_held))
    return panels


def _arrange(
    figure: Figure, axes_of: Sequence[Axes], heights: Sequence[float], texts: Sequence[Text], right: float, foot: float
) -> None:
    """Puts the texts and the panels one below the other, with so many inches at the right and below them."""
    head = TITLE + LINE * (len(texts) - 1) + GAP
    height = head + sum(heights) + GAP * (len(heights) - 1) + foot
    figure.set_size_inches(INCHES, height)
    for at, text in enumerate(texts):
        text.set_position((EDGE / INCHES, 1 - (TITLE + LINE * (at - 0.45) if at else 0.4) / height))
    top = height - head
    for axes, inches in zip(axes_of, heights, strict=True):
        axes.set_position((LEFT / INCHES, (top - inches) / height, (INCHES - LEFT - right) / INCHES, inches / height))
        top -= inches + GAP


def _life(terms: DealTerms, settlements: Sequence[Settlement]) -> _Life:
    periods = [each for each in settlements if each.accrual_date is not None]
    late = [each for each in settlements if each.accrual_date is None]
    spans = list(pairwise(_year(day) for day in (terms.closing, *terms.accrual_dates)))[: len(periods)]
    if late:
        end = spans[-1][1]
        whole = end - spans[0][0]
        width = min(max(spans[-1][1] - spans[-1][0], LATE[0] * whole), LATE[1] * whole)
        start = end + LATE[2] * whole
        spans += [(start + width * at, start + width * (at + 1)) for at in range(len(late))]
    return _Life(terms, [*periods, *late], spans, len(periods))


def _year(day: date) -> float:
    return day.year + (day - date(day.year, 1, 1)).days / DAYS_OF_YEAR


def _parts(terms: DealTerms, flows: str) -> list[str]:
    """What is said under the title: the flows file, the capital, the dates."""

    def capital(index: int) -> str:
        tranche = terms.tranches[index]
        face = f" {compact(tranche.face / 10**terms.decimals)}" if tranche.face else ""
        if tranche.residual:
            return tranche.id + face
        in_kind = f" and {format_ratio(tranche.pik * 100, 2)} % in kind" if tranche.pik else ""
        if tranche.floating is None:
            rate = f"{format_ratio(tranche.coupon(1) * 100, 2)} %"
        else:
            rate = f"{terms.fields[tranche.floating.field].id} + {format_ratio(tranche.floating.margin * 100, 2)} %"
        return f"{tranche.id}{face} at {rate}{in_kind}"

    end = terms.accrual_dates[-1] - timedelta(days=1)
    last = len(terms.tranches) - 1
    tranches = [f"{capital(index)}, " for index in range(last)] + [capital(last) + SEPARATOR]
    years = f"{counted(terms.periods, 'period')}, {terms.closing.year} to {end.year}"
    return [*([f"revenue: {flows}{SEPARATOR}"] if flows else []), *tranches, years]


def _unpaid(figure: Figure, life: _Life, width: float) -> list[str]:
    """Lines that say what lenders and payees are owed after the last settlement, of a deal that has ended."""
    terms = life.terms
    if life.periods < terms.periods:
        return []
    last, parts = life.settled[-1], []
    for index, lender in enumerate(terms.lenders):
        owed = last.balance[index] + last.interest_arrears[index]
        if owed:
            parts.append(f"{lender.id} {exact_money(owed, terms.decimals)}")
    for fee, arrears in zip(terms.fees, last.fee_arrears, strict=True):
        if arrears:
            parts.append(f"fee {fee.id} {exact_money(arrears, terms.decimals)}")
    if not parts:
        return []
    parts[0] = f"unpaid at the end: {parts[0]}"
    return drawing.in_lines(figure, [*(f"{each}, " for each in parts[:-1]), parts[-1]], 10.5, width)


MOST_NAMED = 2
"""Of ratios in the title of their panel; the legend names all."""


def _tested(terms: DealTerms) -> list[list[int]]:
    """The tests of ratios, those that measure the same in one list; other reported figures are not drawn."""
    found = [tests for tests in alike(terms) if is_ratio(terms, terms.tests[tests[0]])]
    return sorted(found, key=lambda tests: terms.tests[tests[0]].tranche)


def _draw_ratios(axes: Axes, life: _Life, labels: Labels) -> list[Any]:
    terms, tested = life.terms, _tested(life.terms)
    plain = all(terms.tests[at].is_plain for tests in tested for at in tests)
    names = [measured(terms, terms.tests[tests[0]]) for tests in tested]
    title = " and ".join(terms.tranches[terms.tests[tests[0]].tranche].id for tests in tested)
    several = "What tests measure" if len(names) > MOST_NAMED else " and ".join(names)
    drawing.clean(axes, f"{f'DSCR of {title}' if plain else several}, each period")
    lines = [_ratios(life, tests) for tests in tested]
    found = [value for line in lines for value in line if value is not None]
    drawn = [(index, terms.tests[index]) for tests in tested for index in tests]
    top = _highest_shown([test.threshold / WAD for _, test in drawn], found)
    axes.set_ylim(0, top * 1.12)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}x")
    thresholds = []
    for index, test in sorted(drawn, key=lambda each: each[0]):
        level, colour = test.threshold / WAD, ENFORCED if index in terms.enforce_on else FAILING
        axes.axhline(level, color=colour, linewidth=0.9, linestyle=(0, (5, 3)), zorder=2)
        thresholds.append((f"{test.id} {level:.2f}x", level, colour))
    labels.right_of(axes, thresholds)
    handles = []
    for place, (tests, name, values) in enumerate(zip(tested, names, lines, strict=True)):
        shade = terms.tests[tests[0]].tranche if plain else place
        colour = INK if len(tested) == 1 else LENDERS[shade % len(LENDERS)][0]
        shown = [float("nan") if value is None else min(value, top) for value in values]
        (line,) = axes.plot(life.middles[: life.periods], shown, color=colour, linewidth=1.5, zorder=4)
        if len(tested) > 1:
            line.set_label(name)
            handles.append(line)
        _mark_ratios(axes, life, labels, tests, values, top)
    return handles


def _ratios(life: _Life, tests: Sequence[int]) -> list[float | None]:
    """The ratio of each period; None where it was not tested."""
    values = [each.tests[tests[0]].value for each in life.settled[: life.periods]]
    return [None if value is None else value / WAD for value in values]


def _highest_shown(thresholds: Sequence[float], values: Sequence[float]) -> float:
    """The highest ratio that is not far above what is usual."""
    usual = max(thresholds)
    if len(values) > 1:
        usual = max(usual, quantiles(values, n=10, method="inclusive")[8])
    return max(each for each in [*values, *thresholds] if each <= OUTLIER * usual)


def _mark_ratios(
    axes: Axes, life: _Life, labels: Labels, tests: Sequence[int], values: Sequence[float | None], top: float
) -> None:
    """A dot where a test fails, the value of the ratio nearest to failing, and of those above the frame."""
    made = [life.terms.tests[at] for at in tests]
    least = max((test.threshold / WAD for test in made if not test.above), default=0.0)
    most = min((test.threshold / WAD for test in made if test.above), default=float("inf"))
    points = [(at, value) for at, value in zip(life.middles, values, strict=False) if value is not None]
    weak, above = [each for each in points if not least <= each[1] <= most], [each for each in points if each[1] > top]
    if weak:
        axes.plot(*zip(*weak, strict=True), "o", color=FAILING, markersize=4.5, zorder=5)
    if above:
        axes.plot([at for at, _ in above], [top] * len(above), "^", color=INK, markersize=6, zorder=6)
    for at, value in above:
        labels.beside(axes, f"{value:.2f}x", (at, top), INK)
    if points:
        choose = max if all(test.above for test in made) else min
        at, worst = choose(points, key=lambda point: point[1])
        labels.beside(axes, f"{worst:.2f}x", (at, min(worst, top)), INK if least <= worst <= most else FAILING)


def _draw_paid(axes: Axes, life: _Life, labels: Labels) -> list[Any]:
    drawing.clean(axes, f"Paid by rung, {life.terms.asset} per period")
    bottoms = [0.0] * len(life.settled)
    narrow = [(end - start) * 0.86 for start, end in life.spans]
    handles = []
    for layer in _paid_layers(life):
        heights = [life.coins(amount) for amount in layer.amounts]
        bars = drawing.bars(axes, life.middles, heights, narrow, bottoms, layer.colour)
        bars.set_label(layer.label)
        handles.append(bars)
        bottoms = [below + height for below, height in zip(bottoms, heights, strict=True)]
    collections = [life.coins(each.collections) for each in life.settled]
    axes.plot(life.middles, collections, "_", color="white", markersize=8, markeredgewidth=3.4, zorder=5)
    (marks,) = axes.plot(
        life.middles, collections, "_", color=INK, markersize=7, markeredgewidth=1.5, label="collections", zorder=6
    )
    drawing.money_axis(axes, max([*bottoms, *collections, 0]), ticks=8)
    return [marks, *handles]


def _paid_layers(life: _Life) -> list[_Layer]:
    """From the top of the ladder, which is the bottom of the stack."""
    terms, settled = life.terms, life.settled
    layers = [_Layer("fees", FEES, tuple(sum(each.flows.fees) for each in settled))]
    for rank, lender in enumerate(terms.lenders):
        strong, pale = LENDERS[rank % len(LENDERS)]
        layers.append(_Layer(f"{lender.id} interest", pale, tuple(each.flows.interest[rank] for each in settled)))
        layers.append(_Layer(f"{lender.id} principal", strong, tuple(each.flows.principal[rank] for each in settled)))
    for rank, (tranche, colour) in enumerate(zip(terms.tranches[terms.equity :], EQUITY, strict=False)):
        layers.append(_Layer(tranche.id, colour, tuple(each.flows.equity[rank] for each in settled)))
    trapped = [0, *(each.trapped for each in settled)]
    grown = [max(0, after - before) for before, after in pairwise(trapped)]
    kept = tuple(sum(each.flows.topped_up) + more for each, more in zip(settled, grown, strict=True))
    layers.append(_Layer(KEPT_LABEL, KEPT, kept))
    return [layer for layer in layers if any(layer.amounts)]


def _draw_owed(axes: Axes, life: _Life, labels: Labels) -> list[Any]:
    """Balances in the colours of principal; what is overdue and what is capitalised interest is hatched."""
    from matplotlib.patches import Patch

    drawing.clean(axes, f"Owed to lenders, {life.terms.asset} after each period")
    bottoms, handles = [0.0] * len(life.settled), []
    for layer in _owed_layers(life):
        tops = [below + life.coins(amount) for below, amount in zip(bottoms, layer.amounts, strict=True)]
        edge = FAILING if layer.hatch == OVERDUE else "white"
        _steps(axes, life, tops, bottoms, facecolor=layer.colour, hatch=layer.hatch, edgecolor=edge, linewidth=0)
        paint = FAINT if layer.hatch == CAPITALISED else "white" if layer.hatch else layer.colour
        handles.append(Patch(facecolor=paint, edgecolor=edge, hatch=layer.hatch, linewidth=0, label=layer.label))
        bottoms = tops
    drawing.money_axis(axes, max([*bottoms, 0]), ticks=4)
    return handles


def _owed_layers(life: _Life) -> list[_Layer]:
    """Of each lender: its balance, the capitalised interest in it, and on top what is overdue."""
    layers = []
    for rank, lender in enumerate(life.terms.lenders):
        strong, pale = LENDERS[rank % len(LENDERS)]
        balance = [each.balance[rank] for each in life.settled]
        late = [min(each.principal_arrears[rank], each.balance[rank]) for each in life.settled]
        joined = [
            min(sum_, owed - overdue)
            for sum_, owed, overdue in zip(_capitalised(life, rank), balance, late, strict=True)
        ]
        sound = [owed - overdue - more for owed, overdue, more in zip(balance, late, joined, strict=True)]
        layers += [
            _Layer(f"{lender.id} principal", strong, tuple(sound)),
            _Layer("capitalised interest", strong, tuple(joined), CAPITALISED),
            _Layer("overdue", strong, tuple(late), OVERDUE),
            _Layer("overdue", pale, tuple(each.interest_arrears[rank] for each in life.settled), OVERDUE),
        ]
    return [layer for layer in layers if any(layer.amounts)]


def _capitalised(life: _Life, rank: int) -> list[int]:
    """The interest that has ever joined a balance, after each settlement: what the balance cannot be explained by."""
    found, repaid, before = [], 0, life.terms.tranches[rank].face
    for each in life.settled:
        repaid += each.flows.principal[rank] + each.written_down[rank]
        found.append(max(0, each.balance[rank] + repaid - before))
    return found


def _draw_held(axes: Axes, life: _Life, labels: Labels) -> list[Any]:
    terms = life.terms
    names = ", ".join(reserve.id for reserve in terms.reserves)
    reserves = [life.coins(sum(each.reserves)) for each in life.settled]
    trapped = [life.coins(each.trapped) for each in life.settled]
    parts = [f"reserve {names}"] if names else []
    if any(trapped):
        parts.append(f"in red, the trap of {_traps(terms)}")
    drawing.clean(axes, f"Held: {' and, '.join(parts)}")
    nothing = [0.0] * len(life.settled)
    _steps(axes, life, reserves, nothing, facecolor=HELD, alpha=0.25, linewidth=0)
    _steps(axes, life, trapped, nothing, facecolor=FAILING, alpha=0.35, linewidth=0)
    drawing.money_axis(axes, max([*reserves, *trapped, 0]) * 1.08, ticks=4)
    drawn = [sum(each.flows.drawn) for each in life.settled]
    for at, amount, level in zip(life.middles, drawn, reserves, strict=True):
        if amount:
            axes.plot([at], [level], "v", color=FAILING, zorder=6)
    if any(drawn):
        largest = max(range(len(drawn)), key=drawn.__getitem__)
        words = f"draw {money(drawn[largest], terms.decimals)}"
        labels.beside(axes, words, (life.middles[largest], reserves[largest]), FAILING)
    return []


def _traps(terms: DealTerms) -> str:
    """The tests that hold cash back."""
    found = {rung.test for rung in terms.rungs if rung.rule.pays is Pays.TRAP}
    return " and ".join(test.id for index, test in enumerate(terms.tests) if index in found)


def _steps(axes: Axes, life: _Life, tops: Sequence[float], bottoms: Sequence[float], **look: Any) -> None:
    """An area between two levels, each constant over a period; late revenue is set apart."""
    count = life.periods
    if count:
        edges = [life.spans[0][0], *(end for _, end in life.spans[:count])]
        axes.stairs(tops[:count], edges, baseline=bottoms[:count], fill=True, zorder=3, **look)
    for at in range(count, len(tops)):
        axes.stairs(tops[at : at + 1], life.spans[at], baseline=bottoms[at : at + 1], fill=True, zorder=3, **look)


def _failing(life: _Life, settled: Settlement) -> list[str]:
    return [test.id for test, made in zip(life.terms.tests, settled.tests, strict=False) if not made.cured]


def _shade(axes: Axes, life: _Life) -> None:
    for each, (start, end) in zip(life.settled, life.spans, strict=True):
        if _failing(life, each):
            axes.axvspan(start, end, color=ENFORCED if each.enforced else FAILING, alpha=0.13, linewidth=0, zorder=1)


def _shades(life: _Life) -> list[Any]:
    """The legend of what the shades mean: the tests that fail, and enforcement."""
    from matplotlib.patches import Patch

    found = []
    failed = {name for each in life.settled if not each.enforced for name in _failing(life, each)}
    names = [test.id for test in life.terms.tests if test.id in failed]
    if names:
        found.append(Patch(color=FAILING, alpha=0.2, linewidth=0, label=failing(names)))
    if any(each.enforced for each in life.settled):
        found.append(Patch(color=ENFORCED, alpha=0.3, linewidth=0, label="enforcement"))
    return found


def _in_order(life: _Life, handles: Sequence[Any]) -> list[Any]:
    """The entries of the legend, each once: ratios, who is paid from the top of the ladder, then what is hatched."""
    by_name = {each.get_label(): each for each in reversed(handles)}
    lenders = life.terms.lenders
    terms = life.terms
    first = [measured(terms, terms.tests[tests[0]]) for tests in _tested(terms)] + ["collections", "fees"]
    first += [f"{each.id} {what}" for each in lenders for what in ("interest", "principal")]
    return [by_name.pop(name) for name in first if name in by_name] + list(reversed(by_name.values()))


def _set_years(axes_of: Sequence[Axes], life: _Life) -> None:
    first, last = life.spans[0][0], life.spans[-1][1]
    edge = (last - first) * 0.006
    bottom = axes_of[-1]
    bottom.set_xlim(first - edge, last + edge)
    end = life.spans[life.periods - 1][1] if life.periods else first
    step = max(1, round((end - first) / 20))
    ticks = [float(year) for year in range(int(first + 0.999), int(end + 0.02) + 1, step)]
    names = [f"{year:.0f}" for year in ticks]
    if life.late:
        ticks, names = [*ticks, life.middles[-1]], [*names, "late"]
    bottom.set_xticks(ticks, names)
    for axes in axes_of[:-1]:
        axes.tick_params(labelbottom=False)
    for axes in axes_of if life.late else ():
        axes.axvline((end + life.spans[life.periods][0]) / 2, color=GRID, linewidth=1.2, zorder=2)
