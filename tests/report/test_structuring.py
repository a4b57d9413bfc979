"""
What simulate and check print of figures.

given a deal in which all figures differ
    each cell of each table should be a figure of the run, and so should each value of the JSON
given prices on the command line, as an amount or a part of the face
    figures should be at them; a price of another tranche, or none at all, should be refused
given flows, check should print the same tables
"""

from __future__ import annotations

import json
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from penstock.report.structuring import percent_text, rate_text, xirr_text
from penstock.structure.figures import Returns, figures
from penstock.structure.xirr import Xirr, xirr
from tests.fixtures.cli import MINIMAL, penstock, refused
from tests.fixtures.every_figure import DEAL, FLOWS
from tests.fixtures.tables import tables
from tests.structure.runs import EVERY, played

RUN, RECEIVED = played(EVERY)
PRICES = {"senior": 9_900_000_000, "equity": 1_234_500_000}
GIVEN = ("--price", "senior=99%", "--price", "equity=1234.50")
FOUND = figures(RUN, PRICES, RECEIVED.late_on)
NAMES = [each.id for each in RUN.terms.tranches]
SIMULATE = ("simulate", MINIMAL, "--flows", "deals/minimal.csv")


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    (tmp_path / "deal.toml").write_text(DEAL)
    (tmp_path / "flows.csv").write_text(FLOWS)
    return str(tmp_path / "deal.toml"), "--flows", str(tmp_path / "flows.csv")


def coins(units: int) -> str:
    return f"{Decimal(units).scaleb(-6).quantize(Decimal('0.01'), ROUND_DOWN):,}"


def exact(units: int) -> str:
    return f"{Decimal(units).scaleb(-6).normalize():f}"


def two(value: Fraction | Decimal | None, places: int = 2) -> str | None:
    if value is None:
        return "–" if places == 2 else None
    whole = Fraction(value)
    return str((Decimal(whole.numerator) / whole.denominator).quantize(Decimal(1).scaleb(-places), ROUND_DOWN))


def percent(returns: Returns) -> str:
    assert returns.xirr.rate is not None
    return f"{(returns.xirr.rate * 100).quantize(Decimal('0.01'), ROUND_HALF_EVEN)} %"


@pytest.mark.parametrize("command", ["simulate", "check"])
def test_every_cell(command: str, files: tuple[str, ...]) -> None:
    asked = ("--figures",) if command == "simulate" else ()
    done = penstock(command, *files, *asked, *GIVEN)
    assert done.exit_code == 0, done.stderr
    returns, payments, cover = tables(done.stdout)[-3:]
    rows = [*((name, each.returns) for name, each in zip(NAMES, FOUND.tranches, strict=True)), ("total", FOUND.total)]
    assert returns.title == ["Returns"] and list(returns.columns) == [
        *("tranche", "price", "received", "multiple", "XIRR", "avg. life", "duration")
    ]
    assert returns.rows == [
        [
            *(name, coins(each.price), coins(each.received), two(each.multiple), percent(each)),
            *(two(each.average_life), two(each.duration)),
        ]
        for name, each in rows
    ]
    owed = [(each.unpaid, each.written_down) for each in FOUND.tranches]
    owed.append((sum(each[0] for each in owed), sum(each[1] for each in owed)))
    assert payments.rows == [
        [name, *map(coins, (each.interest, each.principal, each.residual, *more)), str(each.first), str(each.last)]
        for (name, each), more in zip(rows, owed, strict=True)
    ]
    names = list(cover.columns)
    assert names == [
        *("up to", "DSCR least", "DSCR average", "DSCR P10"),
        *("12-month least", "12-month average", "12-month P10", "LLCR", "PLCR"),
    ]
    for row, each in zip(cover.rows, FOUND.tranches[:3], strict=True):
        assert each.cover and each.cover.dscr and each.cover.twelve_month
        spreads = (each.cover.dscr, each.cover.twelve_month)
        ratios = [ratio for found in spreads for ratio in (found.least, found.average, found.p10)]
        assert row[1:] == [two(ratio) for ratio in (*ratios, each.cover.llcr, each.cover.plcr)]
    assert "no price has the 114 that the sponsor put into reserves; with it: --price equity=1348.5" in done.stdout


def test_the_json(files: tuple[str, ...]) -> None:
    plain = json.loads(penstock("simulate", *files, "--json").stdout)
    found = json.loads(penstock("simulate", *files, "--json", "--figures", *GIVEN).stdout)
    assert {name: value for name, value in found.items() if name != "figures"} == plain
    data = found["figures"]
    assert list(data["tranches"]) == NAMES
    for name, each in zip(NAMES, FOUND.tranches, strict=True):
        told = data["tranches"][name]
        require_returns(told, each.returns)
        assert (told["unpaid"], told["written_down"]) == (exact(each.unpaid), exact(each.written_down))
        assert ("llcr" in told) == (each.cover is not None)
        if each.cover:
            assert (told["llcr"], told["plcr"]) == (two(each.cover.llcr, 8), two(each.cover.plcr, 8))
            for key, of in (("dscr", each.cover.dscr), ("dscr_twelve_month", each.cover.twelve_month)):
                assert of and told[key] == {part: two(getattr(of, part), 8) for part in ("least", "average", "p10")}
    require_returns(data["total"], FOUND.total)
    assert data["total"]["unpaid"] == exact(sum(each.unpaid for each in FOUND.tranches))


def require_returns(told: dict[str, object], each: Returns) -> None:
    amounts = ("price", "interest", "principal", "residual", "received")
    assert [told[name] for name in amounts] == [exact(getattr(each, name)) for name in amounts]
    assert told["multiple"] == two(each.multiple, 8)
    assert (told["average_life"], told["duration"]) == (two(each.average_life, 8), two(each.duration, 8))
    assert (told["first_payment"], told["last_payment"]) == (str(each.first), str(each.last))
    assert each.xirr.rate is not None
    assert told["xirr"] == str(each.xirr.rate.quantize(Decimal("1e-10"), ROUND_HALF_EVEN))
    assert told["xirr_roots"] == [told["xirr"]]


def test_llcr_and_plcr_of_a_loan_with_a_tail() -> None:
    words = ("simulate", "deals/greensboro-solar.toml", "--flows", "deals/greensboro-drought.csv", "--figures")
    told = json.loads(penstock(*words, "--json").stdout)["figures"]["tranches"]["senior"]
    run, received = played("greensboro-drought")
    cover = figures(run, late_on=received.late_on).tranches[0].cover
    assert cover and cover.llcr < cover.plcr
    assert (told["llcr"], told["plcr"]) == (two(cover.llcr, 8), two(cover.plcr, 8))
    page = tables(penstock(*words).stdout)[-1]
    assert page.row("senior")[-2:] == [two(cover.llcr), two(cover.plcr)]


def test_all_figures_of_this_deal_differ() -> None:
    found = [each.returns for each in FOUND.tranches]
    for name in ("price", "received", "multiple", "duration", "xirr"):
        assert len({getattr(each, name) for each in (*found, FOUND.total)}) == len(found) + 1, name
    covers = [each.cover for each in FOUND.tranches if each.cover]
    assert len({each.llcr for each in covers}) == 3


def test_a_tranche_without_a_price_has_no_return() -> None:
    done = penstock(*SIMULATE, "--figures")
    assert tables(done.stdout)[1].row("equity") == ["0.00", "7,962.50", "–", "none", "–", "–"]
    assert "equity has no face and no price; --price equity=AMOUNT gives it one" in done.stdout
    told = json.loads(penstock(*SIMULATE, "--figures", "--json").stdout)["figures"]["tranches"]["equity"]
    assert (told["xirr"], told["xirr_roots"], told["multiple"], told["duration"]) == (None, [], None, None)


def test_without_figures_nothing_is_added() -> None:
    assert "XIRR" not in penstock(*SIMULATE).stdout
    assert "Returns" not in penstock("check", MINIMAL).stdout


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ((*SIMULATE, "--price", "senior=1"), 2, "--price: only --figures asks for prices"),
        (("check", MINIMAL, "--price", "senior=1"), 2, "--price: only with --flows are there figures that ask for"),
        ((*SIMULATE, "--figures", "--price", "snr=1"), 2, "'snr' is none of the tranches: senior, equity"),
        ((*SIMULATE, "--figures", "--price", "senior"), 2, "'': not a decimal number; accepted: an amount such as"),
        ((*SIMULATE, "--figures", "--price", "senior=-1"), 2, "'-1': negative"),
        ((*SIMULATE, "--figures", "--price", "senior=x%"), 2, "'x%': "),
        ((*SIMULATE, "--figures", "--price", "senior=1", "--price", "senior=2"), 2, "'senior' is named twice"),
        (("check", MINIMAL, "--flows", "nowhere.csv"), 1, "nowhere.csv: No such file"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], code: int, expected: str) -> None:
    refused(penstock(*words), expected, code=code)


def test_rates_as_text() -> None:
    assert percent_text(Decimal("0.064999")) == "6.50 %" and percent_text(Decimal("-0.00001")) == "0.00 %"
    assert percent_text(Decimal("12.3456")) == "1,234.56 %" and percent_text(Decimal(10_001)) == ">1,000,000 %"
    assert rate_text(None) is None and rate_text(Decimal("-1e-12")) == "0.0000000000"
    assert rate_text(Decimal("1e40")) == "1.000000000e+40"
    assert xirr_text(xirr([(0, -100)])) == "-100.00 %" and xirr_text(Xirr(())) == "none"
    assert xirr_text(xirr([(0, -100), (365, 230), (730, -132)])) == "several"
