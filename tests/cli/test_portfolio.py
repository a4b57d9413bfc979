"""
`penstock portfolio`.

given holdings of several deals
    each cell of the page, each value of the JSON and each row of the CSV should be the portfolio's
given a mistake
    it should be refused in one line, with the line of the file
"""

from __future__ import annotations

import csv
import json
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from penstock.report.structuring import xirr_text
from penstock.structure.figures import Returns
from penstock.structure.holdings import load_holdings
from penstock.structure.portfolio import portfolio
from tests.fixtures.cli import ROOT, penstock, refused
from tests.fixtures.tables import tables

HOLDINGS = "deals/holdings.csv"
HELD = load_holdings(ROOT / HOLDINGS)
FOUND = portfolio(HELD.holdings)
NAMES = [f"{each.played.name} {each.of.id}" for each in HELD.holdings]


def coins(units: int) -> str:
    return f"{Decimal(units).scaleb(-6).quantize(Decimal('0.01'), ROUND_DOWN):,}"


def exact(units: int) -> str:
    return f"{Decimal(units).scaleb(-6).normalize():f}"


def cut(value: Fraction | Decimal | None, places: int) -> str | None:
    if value is None:
        return None
    whole = Fraction(value)
    return str((Decimal(whole.numerator) / whole.denominator).quantize(Decimal(1).scaleb(-places), ROUND_DOWN))


def returns_row(each: Returns) -> list[str]:
    figures = (cut(each.multiple, 2), xirr_text(each.xirr), cut(each.average_life, 2), cut(each.duration, 2))
    return [coins(each.price), coins(each.received), *(figure or "–" for figure in figures)]


def test_every_cell_of_the_page() -> None:
    done = penstock("portfolio", HOLDINGS)
    assert done.exit_code == 0, done.stderr
    returns, shares, years, by_deal, by_tranche = tables(done.stdout)
    rows = zip([*NAMES, "total"], [*FOUND.returns, FOUND.total], strict=True)
    assert returns.rows == [[name, *returns_row(each)] for name, each in rows]
    assert shares.rows == [
        [
            *(name, coins(each.shares)),
            *(f"{cut(Fraction(each.shares * 100, each.of.supply), 2)} %", str(each.bought)),
        ]
        for name, each in zip(NAMES, HELD.holdings, strict=True)
    ]
    assert [row[0] for row in years.rows] == [*map(str, range(2026, 2047)), "total"]
    for label, *cells in years.rows:
        group = [each for each in FOUND.receipts if label in (str(each.day.year), "total")]
        kinds = ("interest", "principal", "residual", "total")
        assert cells == [coins(sum(getattr(each, kind) for each in group)) for kind in kinds]
    whole = FOUND.total.price
    for page, parts in ((by_deal, FOUND.by_deal), (by_tranche, FOUND.by_tranche)):
        assert page.rows == [
            [name, coins(paid), f"{cut(Fraction(paid * 100, whole), 2)} %"] for name, paid in parts.parts
        ]
    hhi = (cut(FOUND.by_deal.hhi, 4), cut(FOUND.by_tranche.hhi, 4))
    assert f"HHI {hhi[0]} by deal, {hhi[1]} by tranche: " in done.stdout
    assert done.stdout.startswith("5 holdings, in USDC\n")


def test_the_json() -> None:
    told = json.loads(penstock("portfolio", HOLDINGS, "--json").stdout)
    assert (told["asset"], told["decimals"]) == ("USDC", 6)
    for each, holding, returns in zip(told["holdings"], HELD.holdings, FOUND.returns, strict=True):
        assert (each["deal"], each["tranche"]) == (holding.played.name, holding.of.id)
        assert (each["shares"], each["bought"]) == (exact(holding.shares), str(holding.bought))
        assert each["of_tranche"] == cut(Fraction(holding.shares, holding.of.supply), 8)
        require_returns(each, returns)
    require_returns(told["total"], FOUND.total)
    assert told["receipts"] == [
        {"date": str(each.day), **{kind: exact(getattr(each, kind)) for kind in ("interest", "principal", "residual")}}
        for each in FOUND.receipts
    ]
    for name, of in (("deal", FOUND.by_deal), ("tranche", FOUND.by_tranche)):
        assert told["concentration"][name] == {
            "hhi": cut(of.hhi, 8),
            "price": {group: exact(paid) for group, paid in of.parts},
        }


def require_returns(told: dict[str, object], each: Returns) -> None:
    names = ("price", "interest", "principal", "residual", "received")
    assert [told[name] for name in names] == [exact(getattr(each, name)) for name in names]
    assert told["multiple"] == cut(each.multiple, 8)
    assert (told["average_life"], told["duration"]) == (cut(each.average_life, 8), cut(each.duration, 8))
    assert each.xirr.rate is not None and abs(Decimal(str(told["xirr"])) - each.xirr.rate) <= Decimal("5e-11")


def test_the_csv(tmp_path: Path) -> None:
    file = tmp_path / "received.csv"
    assert penstock("portfolio", HOLDINGS, "--csv", str(file)).exit_code == 0
    rows = list(csv.reader(file.read_text().splitlines()))
    assert rows[0] == ["date", "interest", "principal", "residual", "total"]
    assert rows[1:] == [
        [str(each.day), *map(exact, (each.interest, each.principal, each.residual, each.total))]
        for each in FOUND.receipts
    ]


PPA, CLO = "DEALS/ppa-50m.toml,DEALS/ppa-50m.csv", "DEALS/clo.toml,DEALS/clo.csv"
MINIMAL = "DEALS/minimal.toml,DEALS/minimal.csv"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (f"{PPA},snr,1,,", 'held.csv:2: tranche = "snr": no such tranche; accepted: senior, mezz, investor, sponsor'),
        (f"{PPA},senior,0,,", 'held.csv:2: shares = "0": no shares; accepted: shares above 0'),
        (f"{PPA},senior,1e3,,", 'held.csv:2: shares = "1e3": written with an exponent'),
        (f"{PPA},senior,0.0000001,,", "7 decimals"),
        (f"{PPA},senior,34001,,", "more than there are; accepted: at most 34000, which are left of senior"),
        (
            f"{PPA},mezz,4000,,\n{PPA},mezz,2001,,",
            'held.csv:3: shares = "2001": more than there are; accepted: at most 2000',
        ),
        (f"{PPA},senior,1,-3,", 'price = "-3": negative; accepted: what one share cost'),
        (f"{PPA},senior,1,,2026-06-29", 'bought = "2026-06-29": before closing; accepted: a date from 2026-06-30 on'),
        (f"{PPA},senior,1,,tomorrow", 'bought = "tomorrow": not a date'),
        (f"{MINIMAL},equity,1,,", "equity has no face to be the price"),
        (f"{PPA},,1,,", "empty; accepted: a tranche's id"),
        (
            f"{PPA},senior,1,,\nDEALS/ppa-50m.toml,DEALS/minimal.csv,mezz,1,,",
            "other flows of this deal are used above; accepted: ppa-50m.csv",
        ),
        ("nowhere.toml,DEALS/clo.csv,a,1,,", "nowhere.toml: No such file"),
        (
            f"{PPA},senior,1,,\nother.toml,DEALS/minimal.csv,senior,1,,",
            "pays EURC with 6 decimals; accepted: deals in USDC with 6 decimals",
        ),
    ],
)
def test_what_is_refused(rows: str, expected: str, tmp_path: Path) -> None:
    other = (ROOT / "deals/minimal.toml").read_text().replace('"USDC"', '"EURC"')
    (tmp_path / "other.toml").write_text(other)
    text = "deal,flows,tranche,shares,price,bought\n" + rows.replace("DEALS", str(ROOT / "deals")) + "\n"
    (tmp_path / "held.csv").write_text(text)
    refused(penstock("portfolio", str(tmp_path / "held.csv")), expected)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    refused(penstock("portfolio", "nowhere.csv"), "nowhere.csv: No such file")
    (tmp_path / "held.csv").write_text("deal,shares\n")
    refused(penstock("portfolio", str(tmp_path / "held.csv")), 'no column "flows"')
