"""
What simulate prints of a run.

given a deal in which all figures differ
    each cell of the table should be the model's, by period and by year; the total row should count late revenue
    --csv should hold the same rows, exactly, without the total
given --by year
    a period should count towards the year of its first day, which is the one after the accrual date before it
given more than 40 periods
    a row should be a year, else a period
given a lender or a payee that is owed something at the end, or a lender that late revenue repaid
    it should be said, with both amounts
given a period in which tests fail, a reserve is drawn or enforcement is in force
    the state should name it, and count the periods where a row has several
"""

from __future__ import annotations

import csv
from decimal import ROUND_DOWN, Decimal
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from penstock.dealfile import load, loads
from penstock.format import exact_money
from penstock.model.deal import Run, Settlement, run
from penstock.model.terms import DealTerms
from penstock.report.grouping import By, first_day, grouped, usual
from penstock.report.run_page import conserved_line, run_csv, run_page, unpaid_lines
from penstock.report.tables import console
from tests.fixtures.cli import penstock
from tests.fixtures.every_figure import DEAL, FLOWS, RECEIVED, TERMS
from tests.fixtures.tables import Printed, tables

DEALS = Path(__file__).parents[2] / "deals"
MINIMAL = load(DEALS / "minimal.toml")
USD = 10**6
LIFE = run(TERMS, RECEIVED.collections, RECEIVED.reports, RECEIVED.late)
COLUMNS = ["collections", "fees", "senior", "mezz", "junior", "reserve costs", "reserve agency", "trapped", "equity"]
YEARS = {"2026": LIFE.settlements[:4], "2027": LIFE.settlements[4:8], "late": LIFE.settlements[8:]}
PERIODS = {str(each.accrual_date): [each] for each in LIFE.settlements[:8]} | {"late": LIFE.settlements[8:]}
GROUPS = {"year": YEARS, "period": PERIODS}


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "deal.toml").write_text(DEAL)
    (tmp_path / "flows.csv").write_text(FLOWS)
    return str(tmp_path / "deal.toml"), "--flows", str(tmp_path / "flows.csv")


def units(group: list[Settlement]) -> list[int]:
    """What a row should say, in base units: sums, but of what is held the last."""
    paid = [sum(each.flows.interest[at] + each.flows.principal[at] for each in group) for at in range(3)]
    fees, residual = sum(sum(each.flows.fees) for each in group), sum(each.flows.residual for each in group)
    collections, last = sum(each.collections for each in group), group[-1]
    return [collections, fees, *paid, *last.reserves, last.trapped, residual]


def lowest(group: list[Settlement], test: int) -> Decimal | None:
    values = [each.tests[test].value for each in group if each.tests]
    return Decimal(min(values)).scaleb(-18) if values else None


def short(amount: int) -> str:
    return f"{Decimal(amount).scaleb(-6).quantize(Decimal('0.01'), ROUND_DOWN):,}"


def exact(amount: int) -> str:
    return f"{Decimal(amount).scaleb(-6).normalize():f}"


def cut(value: Decimal | None, places: str, none: str) -> str:
    return none if value is None else str(value.quantize(Decimal(places), ROUND_DOWN))


def test_all_columns_of_the_run_differ() -> None:
    """What the other tests compare could not be mistaken for something else."""
    by_column = list(zip(*(units(group) for group in PERIODS.values()), strict=True))
    assert all(any(column) for column in by_column)
    assert len({*by_column}) == len(COLUMNS)
    assert LIFE.settlements[-1].accrual_date is None and LIFE.settlements[-1].collections


@pytest.mark.parametrize("by", ["period", "year"])
def test_every_cell_is_the_models(files: tuple[str, ...], by: str) -> None:
    done = penstock("simulate", *files, "--by", by)
    assert done.exit_code == 0, done.stderr
    (page,) = tables(done.stdout)
    ratios = [f"{'lowest ' if by == 'year' else ''}DSCR {name}" for name in ("senior", "mezz")]
    label = "accrual date" if by == "period" else "year"
    assert list(page.columns) == [label, *COLUMNS, *ratios, "state"]
    for name, group in GROUPS[by].items():
        dscrs = [cut(lowest(group, test), "0.01", "–") for test in range(2)]
        assert page.row(name)[:-1] == [*map(short, units(group)), *dscrs]
    assert page.row("total") == [*map(short, units(LIFE.settlements)), "", "", ""]
    assert len(page.rows) == len(GROUPS[by]) + 1


def test_the_total_row_adds_up() -> None:
    """With the opening reserves, the total is the conservation of cash; late revenue is a part of it."""
    collections, *paid = units(LIFE.settlements)
    assert TERMS.opening + collections == sum(paid)
    assert collections == LIFE.state.collected


@pytest.mark.parametrize("by", ["period", "year"])
def test_the_csv_holds_the_same_rows_exactly(files: tuple[str, ...], tmp_path: Path, by: str) -> None:
    out = tmp_path / "new" / "out.csv"
    done = penstock("simulate", *files, "--by", by, "--csv", str(out), "--json")
    assert done.exit_code == 0, done.stderr
    with out.open(newline="") as file:
        heading, *rows = csv.reader(file)
    ratios = [f"{'lowest ' if by == 'year' else ''}DSCR {name}" for name in ("senior", "mezz")]
    assert heading == ["accrual date" if by == "period" else "year", *COLUMNS, *ratios, "state"]
    assert [row[:-1] for row in rows] == [
        [name, *map(exact, units(group)), *(cut(lowest(group, test), "0.0001", "") for test in range(2))]
        for name, group in GROUPS[by].items()
    ]


@pytest.mark.parametrize(
    ("dates", "closing", "years"),
    [
        ("months = 3\nperiods = 5", "2026-01-01", [2026, 2026, 2026, 2026, 2027]),
        # Quarter ends: the period from 31 December to 31 March is one of the new year.
        ("months = 3\nfirst = 2026-03-31\nperiods = 5", "2025-12-31", [2026, 2026, 2026, 2026, 2027]),
        # Half of it in either year: the first day decides.
        ("months = 6\nperiods = 3", "2026-10-01", [2026, 2027, 2027]),
        ("dates = [2027-12-30, 2027-12-31, 2028-01-01]", "2026-12-31", [2027, 2027, 2028]),
    ],
)
def test_a_period_counts_towards_the_year_of_its_first_day(dates: str, closing: str, years: list[int]) -> None:
    text = (DEALS / "minimal.toml").read_text()
    head = f'[deal]\nname = "M"\nasset = "USDC"\ndecimals = 6\nclosing = {closing}\n{dates}\n'
    terms = loads(head + "[[tranche]]" + text.partition("[[tranche]]")[2])
    assert [first_day(terms, period).year for period in range(1, terms.periods + 1)] == years
    life = run(terms, [USD * each for each in range(1, terms.periods + 1)])
    lines = grouped(terms, life, By.YEAR)
    assert [line.label for line in lines] == sorted({str(year) for year in years})
    for line in lines:
        assert [years[each.period - 1] for each in line.group] == [int(line.label)] * len(line.group)


@pytest.mark.parametrize(("periods", "by"), [(40, By.PERIOD), (41, By.YEAR)])
def test_a_row_is_a_period_up_to_forty(periods: int, by: By) -> None:
    text = (DEALS / "minimal.toml").read_text().replace("periods = 4", f"periods = {periods}")
    terms = loads(text)
    life = run(terms, [0] * periods, late=USD)
    assert usual(life) is by
    assert len(printed(terms, life).rows) == len(grouped(terms, life, by)) + 1


def printed(terms: DealTerms, life: Run, by: By | None = None) -> Printed:
    page = console()
    with page.capture() as taken:
        page.print(run_page(terms, life, by))
    (found,) = tables(taken.get())
    return found


@pytest.mark.parametrize(
    ("late", "lines"),
    [
        (10_000, ["unpaid at the last period: senior 5,750 principal and 0 interest; late revenue paid 5,750"]),
        (
            5_000,
            [
                "unpaid at the last period: senior 5,750 principal and 0 interest; late revenue paid 5,000",
                "unpaid at the end: senior 750 principal and 0 interest",
            ],
        ),
        (0, ["unpaid at the end: senior 5,750 principal and 0 interest"]),
    ],
)
def test_what_the_last_period_left_unpaid_is_said(late: int, lines: list[str]) -> None:
    # 25,750 are due at the end.
    collections = [each * USD for each in (28_000, 27_250, 26_500, 20_000)]
    assert unpaid_lines(MINIMAL, run(MINIMAL, collections, late=late * USD)) == lines


def test_cash_that_is_held_counts_as_neither_lost_nor_made() -> None:
    life = run(TERMS, RECEIVED.collections[:3], RECEIVED.reports[:3])
    brought, paid = TERMS.opening + life.state.collected, sum(life.state.credited) + sum(life.state.fee_credited)
    held = brought - paid
    assert held and conserved_line(TERMS, life) == (
        f"conserved: in {exact_money(brought, 6)} = out {exact_money(paid, 6)} + held {exact_money(held, 6)}, "
        "difference 0"
    )


def test_cash_that_is_lost_is_said_to_the_base_unit() -> None:
    life = run(MINIMAL, [28_000 * USD] * 4)
    life.state.credited[0] -= 3
    assert conserved_line(MINIMAL, life) == ("NOT conserved: in 112,000 = out 111,999.999997 + held 0, difference 3")


def test_a_narrow_table_says_what_its_whole_numbers_are_of() -> None:
    page = Console(width=58, file=StringIO())
    page.print(run_page(MINIMAL, run(MINIMAL, [10**12] * 4), By.PERIOD))
    assert "in whole USDC, rounded down" in page.file.getvalue()


def test_of_several_lenders_each_is_said_with_its_own_amounts() -> None:
    late = LIFE.settlements[8]
    last, names = LIFE.settlements[7], ("senior", "mezz", "junior")
    paid = [late.flows.interest[at] + late.flows.principal[at] for at in range(3)]
    assert unpaid_lines(TERMS, LIFE)[:3] == [
        f"unpaid at the last period: {name} {exact_money(last.balance[at], 6)} principal and "
        f"{exact_money(last.interest_arrears[at], 6)} interest; late revenue paid {exact_money(paid[at], 6)}"
        for at, name in enumerate(names)
    ]
    assert all(last.balance[:3]) and len({*last.balance[:3], *paid}) == 5, "senior was repaid"


def test_a_lender_repaid_in_time_is_not_mentioned() -> None:
    collections = [each * USD for each in (28_000, 27_250, 26_500, 25_750)]
    assert unpaid_lines(MINIMAL, run(MINIMAL, collections, late=500 * USD)) == []


def test_interest_and_fees_that_are_unpaid_are_said_too() -> None:
    life = run(TERMS, [0] * 8, RECEIVED.reports)
    state = life.state
    lines = unpaid_lines(TERMS, life)
    assert state.interest_arrears[0] and sum(map(bool, state.fee_arrears)) == 2
    assert f"and {exact_words(state.interest_arrears[0])} interest" in lines[0]
    assert lines[3:] == [
        f"unpaid at the end: fee {fee.id} {exact_words(arrears)}"
        for fee, arrears in zip(TERMS.fees, state.fee_arrears, strict=True)
        if arrears
    ]


def exact_words(amount: int) -> str:
    whole, _, part = exact(amount).partition(".")
    return f"{int(whole):,}" + (f".{part:0<2}" if part else "")


def test_the_state_names_what_was_not_normal(files: tuple[str, ...]) -> None:
    by_period, by_year = (tables(penstock("simulate", *files, "--by", by).stdout)[0] for by in ("period", "year"))
    assert [row[-1] for row in by_period.rows] == [
        "normal",
        "thin fails",
        "thin fails",
        "lockup and thin fail",
        "lockup and thin fail",
        "lockup and thin fail, reserve drawn",
        "lockup and thin fail",
        "lockup and thin fail",
        "normal",
        "",
    ]
    years = [row[-1] for row in by_year.rows]
    assert years == ["lockup fails 1×, thin fails 3×", "lockup fails 4×, thin fails 4×, reserve drawn", "normal", ""]


def test_enforcement_is_named() -> None:
    terms = load(DEALS / "pf-three-tranche.toml")
    life = run(terms, [0] * terms.periods)
    assert printed(terms, life).rows[0][-1] == "enforcement, lockup and default fail, reserve drawn"
    assert (
        printed(terms, life, By.YEAR).rows[0][-1] == "enforcement 4×, lockup fails 4×, default fails 4×, reserve drawn"
    )


def test_a_deal_without_fees_traps_or_tests_has_no_such_columns() -> None:
    life = run(MINIMAL, [28_000 * USD] * 4)
    assert list(printed(MINIMAL, life).columns) == ["accrual date", "collections", "senior", "equity", "state"]
    assert run_csv(MINIMAL, life).splitlines()[0] == "accrual date,collections,senior,equity,state"


def test_simulate_refuses_another_grouping(files: tuple[str, ...]) -> None:
    done = penstock("simulate", *files, "--by", "month")
    assert done.exit_code == 2
    assert "'month'; accepted: period, year (see" in done.stderr
