"""
What simulate prints of a deal of two pots, and of one that diverts.

given a run with a diversion, a call and late revenue, or with enforcement
    a table should hold how collections split, the interest and principal of each lender, and what was diverted
    --csv should have them behind each row, exactly
given a deal of one pot that diverts nothing
    there should be no such table
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from penstock.model.deal import Settlement
from penstock.report.grouping import By, grouped
from tests.fixtures.cli import MINIMAL, penstock
from tests.fixtures.tables import Printed, tables
from tests.structure.runs import DEALS, played

RUN, _ = played("clo")
CLO = (str(DEALS / "clo.toml"), "--flows", str(DEALS / "clo.csv"))
NAMES = ["interest pot", "principal pot", "one ladder", "a interest", "a principal", "b interest", "b principal"]


def amounts(group: Sequence[Settlement]) -> list[int]:
    """By the settlements' rungs: what each of the ladders paid, and to whom."""
    called = [each for each in group if each.called]
    principal = sum(each.principal_pot for each in group)
    one_ladder = sum(each.collections for each in called)
    interest = sum(each.collections for each in group if not each.called) - principal
    lenders = [
        sum(part[index] for part in parts)
        for index in range(2)
        for parts in ([each.flows.interest for each in group], [each.flows.principal for each in group])
    ]
    diverted = 0
    for each in group:
        for payment in each.rungs:
            if RUN.terms.rung_name(payment.rung).startswith("divert"):
                diverted += payment.paid
    return [interest, principal, one_ladder, *lenders, diverted]


def pots(*more: str) -> Printed:
    done = penstock("simulate", *CLO, *more)
    assert done.exit_code == 0, done.stderr
    return next(each for each in tables(done.stdout) if each.title[0] == "Interest and principal")


def short(units: int) -> str:
    return f"{Decimal(units).scaleb(-6).quantize(Decimal('0.01'), ROUND_DOWN):,}"


def test_each_row_by_period_and_by_year() -> None:
    for by, first in ((By.PERIOD, "accrual date"), (By.YEAR, "year")):
        page = pots("--by", by.value)
        lines = grouped(RUN.terms, RUN, by)
        assert list(page.columns) == [first, *NAMES, "diverted"]
        assert page.rows == [
            *([line.label, *map(short, amounts(line.group))] for line in lines),
            ["total", *map(short, amounts(RUN.settlements))],
        ]
    total = amounts(RUN.settlements)
    assert all(total) and len(set(total)) == len(total)
    assert sum(total[:3]) == RUN.state.collected


def test_the_one_diversion_is_what_the_readme_says() -> None:
    page = pots()
    assert page.row("2028-01-15")[-1] == "480,625.52"
    assert [cell for cell in page.columns["diverted"] if cell != "0.00"] == ["480,625.52", "480,625.52"]


def test_the_csv(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    assert penstock("simulate", *CLO, "--csv", str(file)).exit_code == 0
    rows = list(csv.reader(file.read_text().splitlines()))
    assert rows[0][-8:] == [*NAMES, "diverted"] and rows[0][-9] == "state"
    for row, line in zip(rows[1:], grouped(RUN.terms, RUN, By.PERIOD), strict=True):
        assert [Decimal(cell) for cell in row[-8:]] == [Decimal(each).scaleb(-6) for each in amounts(line.group)]


def test_what_enforcement_collects_is_in_no_pot(tmp_path: Path) -> None:
    rungs = '["fee:trustee", "interest:a", "all:a", "interest:b", "all:b", "residual:equity"]'
    text = (DEALS / "clo.toml").read_text().replace('below = "1.30"', 'below = "1.41"')
    file = tmp_path / "deal.toml"
    file.write_text(f'{text}enforcement = {rungs}\nenforce_on = ["a_oc"]\n')
    page = tables(penstock("simulate", str(file), *CLO[1:]).stdout)
    split = next(each for each in page if each.title[0] == "Interest and principal")
    enforced = next(row for row in split.rows if row[3] != "0.00")
    assert enforced[1:3] == ["0.00", "0.00"]
    assert enforced[3] == page[0].row(enforced[0])[0]


def test_a_deal_of_one_pot_has_no_such_table() -> None:
    assert "Interest and principal" not in penstock("simulate", MINIMAL, "--flows", "deals/minimal.csv").stdout
