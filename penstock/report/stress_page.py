"""A stress as a page: risk and return by tranche, years, breakevens, cases and a tornado; and the same as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.format import NO_VALUE, counted, format_amount
from penstock.model.terms import DealTerms
from penstock.model.units import WAD
from penstock.report import tables
from penstock.report.cells import Amount, Cell
from penstock.report.fan_picture import Panel
from penstock.report.sparkline import sparkline
from penstock.report.tested import alike, is_ratio, measured
from penstock.revenue.fan import Fan
from penstock.stress.block import lock_ups
from penstock.stress.cases import CaseResult, Swing
from penstock.stress.study import Study
from penstock.stress.summary import LEVELS, Amounts, Summary, TrancheRisk

BAR = 18  # characters of the longest bar of a tornado


@dataclass(frozen=True)
class Beside:
    """What is shown beside the scenarios. breakevens : by input, then by lender."""

    cases: Sequence[CaseResult] = ()
    swings: Sequence[Swing] = ()
    by: float = 0.0
    breakevens: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)


def stress_page(study: Study, made: Summary, beside: Beside) -> RenderableType:
    terms = study.terms
    scaled = "" if study.scale == 1 else f", collections × {_decimal(study.scale)}"
    head = [
        f"{terms.name}: {counted(made.scenarios, 'scenario')} of {study.model.title}, seed {study.seed}{scaled}",
        f"settled by {made.path}",
        *notes(study),
        "",
    ]
    parts: list[RenderableType] = [Text(line) for line in head]
    if terms.lenders:
        parts += [_risk(terms, made), Text("")]
    parts += [_return(terms, made), Text(""), _years(terms, made), Text("")]
    parts += [Text(line) for line in _lines(terms, made)]
    if beside.breakevens:
        parts += [Text(""), _breakevens(terms, beside.breakevens)]
    if beside.cases:
        parts += [Text(""), _cases(terms, beside.cases)]
    if beside.swings:
        parts += [Text(""), _tornado(terms, beside)]
    return Group(*parts)


def notes(study: Study) -> list[str]:
    """What of the deal the model does not know."""
    found, made = [], study.fit
    if made.missing:
        found.append(f"note: the model gives no {', '.join(made.missing)}: never reported")
    if made.empty:
        which = f"period {made.empty[0]}" if len(made.empty) == 1 else f"{len(made.empty)} periods"
        found.append(f"note: the model has no month in {which}: nothing is collected there")
    return found


def _risk(terms: DealTerms, made: Summary) -> RenderableType:
    rows: list[list[Cell]] = []
    for each in made.tranches:
        if each.loss and each.shortfall:
            rows.append(
                [
                    each.id,
                    chance(each.loss.count, made.scenarios),
                    Amount(each.loss.mean, terms.decimals),
                    Amount(each.loss.tail, terms.decimals),
                    chance(each.shortfall.count, made.scenarios),
                    Amount(each.shortfall.mean, terms.decimals),
                    Amount(each.shortfall.tail, terms.decimals),
                ]
            )
    names = ["loses", "mean loss", "worst 1 %", "is late", "mean shortfall", "worst 1 %"]
    return tables.table("Loss and shortfall by lender", ["tranche"], names, rows, unit=terms.asset)


def _return(terms: DealTerms, made: Summary) -> RenderableType:
    rows: list[list[Cell]] = []
    for each in made.tranches:
        levels = [rate(each.xirr[percent]) if each.xirr else NO_VALUE for percent in (99, 90, 50, 10)]
        life = f"{each.wal_mean:.2f}" if each.wal_mean is not None and not math.isnan(each.wal_mean) else NO_VALUE
        rows.append([each.id, *levels, life, Amount(each.paid_mean, terms.decimals)])
    title = "Annual return at par (P90: what 90 % of the scenarios reach), average life in years"
    names = ["P99", "P90", "P50", "P10", "life", "mean paid"]
    return tables.table(title, ["tranche"], names, rows, unit=terms.asset)


def _years(terms: DealTerms, made: Summary) -> RenderableType:
    tests = lock_ups(terms)
    rows: list[list[Cell]] = []
    for at, year in enumerate(made.years):
        collected = [Amount(made.by_year[year][percent], terms.decimals) for percent in (90, 50)]
        cells: list[Cell] = [str(year), *collected]
        cells += [chance(made.locked[terms.tests[test].id][at], made.scenarios) for test in tests]
        if terms.enforce_on:
            cells.append(chance(made.enforced[at], made.scenarios))
        rows.append(cells)
    names = ["collected P90", "P50", *(f"locked by {terms.tests[test].id}" for test in tests)]
    names += ["enforced"] * bool(terms.enforce_on)
    title = "By year: collections, and the probability that cash is trapped or the deal enforced"
    return tables.table(title, ["year"], names, rows, unit=terms.asset)


def _lines(terms: DealTerms, made: Summary) -> list[str]:
    found = []
    for tests in alike(terms):
        covenant = terms.tests[tests[0]]
        if not is_ratio(terms, covenant):
            continue
        fan = made.ratios[covenant.id]
        for percent in (50, 10, 1) if covenant.above else (50, 90, 99):
            if shown := [each for each in fan[percent] if each is not None]:
                worst = f"most {max(shown):.2f}" if covenant.above else f"least {min(shown):.2f}"
                found.append(f"{measured(terms, covenant)} P{percent} {sparkline(shown)} {worst}")
    if terms.enforce_on:
        found.append(
            f"enforced in {chance(made.ever_enforced, made.scenarios)} of the scenarios, "
            f"{made.enforced_years:.3f} years on average of all"
        )
    return found


def _breakevens(terms: DealTerms, found: Mapping[str, Mapping[str, float | None]]) -> RenderableType:
    rows = [
        [each.id, *(f"{value:.3f}" if (value := found[name][each.id]) is not None else "never" for name in found)]
        for each in terms.lenders
    ]
    title = "Breakeven: the multiple at which each first loses a unit, central scenario"
    return tables.table(title, ["tranche"], list(found), rows)


def _cases(terms: DealTerms, cases: Sequence[CaseResult]) -> RenderableType:
    rows: list[list[Cell]] = []
    for each in cases:
        losses: list[Cell] = [Amount(int(each.rows[f"{lender.id}_loss"]), terms.decimals) for lender in terms.lenders]
        least = [_ratio(each.rows[f"{test.id}_least"]) for test in terms.tests]
        rows.append([each.text, *losses, Amount(_equity(terms, each), terms.decimals), *least])
    names = [f"loss of {each.id}" for each in terms.lenders] + ["paid to equity"]
    names += [f"{'most' if test.above else 'least'} {test.id}" for test in terms.tests]
    return tables.table("Cases, central scenario", ["case"], names, rows, unit=terms.asset)


def _tornado(terms: DealTerms, beside: Beside) -> RenderableType:
    base = _equity(terms, beside.cases[0])
    changes = []
    for each in beside.swings:
        less, more = (_equity(terms, side) - base for side in (each.less, each.more))
        changes.append((max(abs(less), abs(more)), each.input, less, more))
    changes.sort(key=lambda each: (-each[0], each[1]))
    longest = changes[0][0] or 1
    rows: list[list[Cell]] = [
        [name, Amount(less, terms.decimals), Amount(more, terms.decimals), "█" * round(BAR * size / longest)]
        for size, name, less, more in changes
    ]
    title = f"Tornado: what equity is paid, central scenario, inputs less and more by {beside.by:.0%}"
    return tables.table(title, ["input"], ["less", "more"], rows, ["swing"], unit=terms.asset)


def _equity(terms: DealTerms, case: CaseResult) -> int:
    """What all classes of equity are paid."""
    return sum(int(case.rows[f"{each.id}_paid"]) for each in terms.tranches[terms.equity :])


def chance(count: int, of: int) -> str:
    """A probability in percent; what is not zero is never written as zero."""
    share = count / of
    if count and share < 0.0001:
        return "< 0.01 %"
    if count < of and share > 0.9999:
        return "> 99.99 %"
    return f"{share * 100:.2f} %"


def rate(value: float) -> str:
    return f"{value * 100:.2f} %"


def _ratio(value: float) -> str:
    return NO_VALUE if math.isnan(value) else f"{math.floor(value * 100) / 100:.2f}" if math.isfinite(value) else "∞"


def _decimal(value: Fraction) -> str:
    return f"{float(value):g}"


def collections_panel(terms: DealTerms, made: Summary) -> Panel:
    """What calendar years collect, in coins."""
    unit = 10**terms.decimals

    def line(percent: int) -> tuple[float, ...]:
        return tuple(each[percent] / unit for each in made.by_year.values())

    fan = Fan(tuple(map(str, made.by_year)), {percent: line(percent) for percent in LEVELS}, line(0))
    return Panel(f"Collections by year, in {terms.asset}", fan)


def ratio_panels(terms: DealTerms, made: Summary) -> list[Panel]:
    """A fan of each ratio that is tested, over the periods in which it was; tests of the same ratio share one."""
    found = []
    for tests in alike(terms):
        covenant = terms.tests[tests[0]]
        if not is_ratio(terms, covenant):
            continue
        fan = made.ratios[covenant.id]
        places = [at for at, each in enumerate(fan[50]) if each is not None]
        if not places:
            continue
        levels = {percent: tuple(float(line[at] or 0) for at in places) for percent, line in fan.items()}
        labels = tuple(f"{terms.accrual_dates[at]:%Y-%m}" for at in places)
        thresholds = tuple((terms.tests[at].id, terms.tests[at].threshold / WAD) for at in tests)
        title = f"{measured(terms, covenant)}, each period in which it is tested"
        found.append(Panel(title, Fan(labels, levels, levels[50]), False, thresholds))
    return found


def stress_json(study: Study, made: Summary, beside: Beside) -> dict[str, Any]:
    """The same for programs; amounts are decimal strings, probabilities and rates numbers."""
    terms = study.terms

    def amount(units: int) -> str:
        return format_amount(units, terms.decimals)

    def amounts(each: Amounts | None) -> dict[str, Any] | None:
        if each is None:
            return None
        return {
            "probability": each.count / made.scenarios,
            "scenarios": each.count,
            "mean": amount(each.mean),
            "worst_1_percent": amount(each.tail),
            "p99": amount(each.p99),
            "most": amount(each.most),
        }

    def levels(values: Mapping[int, float] | None) -> dict[str, float] | None:
        return None if values is None else {f"p{percent}": value for percent, value in values.items()}

    def tranche(each: TrancheRisk) -> dict[str, Any]:
        return {
            "id": each.id,
            "loss": amounts(each.loss),
            "shortfall": amounts(each.shortfall),
            "xirr": levels(each.xirr),
            "average_life": levels(each.wal),
            "average_life_mean": _number(each.wal_mean),
            "paid": {f"p{percent}": amount(value) for percent, value in each.paid.items()},
            "paid_mean": amount(each.paid_mean),
        }

    def case(each: CaseResult) -> dict[str, Any]:
        rows = each.rows
        return {
            "case": each.text,
            "collected": amount(int(rows["collected"])),
            "loss": {lender.id: amount(int(rows[f"{lender.id}_loss"])) for lender in terms.lenders},
            "paid": {one.id: amount(int(rows[f"{one.id}_paid"])) for one in terms.tranches},
            "xirr": {one.id: _number(rows[f"{one.id}_xirr"]) for one in terms.tranches},
            "least": {test.id: _number(rows[f"{test.id}_least"]) for test in terms.tests},
        }

    return {
        "deal": terms.name,
        "asset": terms.asset,
        "model": study.model.title,
        "seed": study.seed,
        "scenarios": made.scenarios,
        "scale": _decimal(study.scale),
        "settled_by": made.path,
        "notes": notes(study),
        "tranches": [tranche(each) for each in made.tranches],
        "collected": {f"p{percent}": amount(value) for percent, value in made.collected.items()},
        "collected_mean": amount(made.collected_mean),
        "tests": {
            name: {f"p{percent}": list(line) for percent, line in fan.items()} for name, fan in made.ratios.items()
        },
        "years": list(made.years),
        "locked": {name: [count / made.scenarios for count in line] for name, line in made.locked.items()},
        "enforced": [count / made.scenarios for count in made.enforced],
        "ever_enforced": made.ever_enforced / made.scenarios,
        "enforced_years_mean": made.enforced_years,
        "breakevens": {name: dict(each) for name, each in beside.breakevens.items()},
        "cases": [case(each) for each in beside.cases],
        "tornado": [
            {"input": each.input, "by": beside.by, "less": case(each.less), "more": case(each.more)}
            for each in beside.swings
        ],
    }


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
