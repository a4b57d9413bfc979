"""
The most debt that survives its futures.

given futures
    those counted as survived should be the ones in which the model leaves nothing of the lender unpaid in any period
    the debt should survive in enough of them, and in too few a thousandth of DSCR below
given a file of futures
    each scenario should be what a flows file of its own would be; a mistake should be refused at its line
"""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path

import pytest

from penstock.dealfile import load, loads
from penstock.dealfile.errors import FlowsError
from penstock.dealfile.flows import load_flows, loads_flows, run_flows
from penstock.model.deal import run
from penstock.model.units import WAD
from penstock.revenue.draws import Seeded
from penstock.revenue.file import load_model
from penstock.stress.study import Study
from penstock.structure.futures import load_futures
from penstock.structure.sized import sized_deal
from penstock.structure.sizing import Case, SizingRefused
from penstock.structure.survival import STEP, survive, survivors
from tests.fixtures.cli import penstock, refused
from tests.fixtures.slow import mostly_slow
from tests.structure.runs import DEALS

MINIMAL = (DEALS / "minimal.toml").read_text()
TERMS = loads(MINIMAL)
RATIO = 12 * WAD // 10
DRAW = random.Random(17)
CASH = [[DRAW.randrange(15_000, 42_000) for _ in range(4)] for _ in range(40)]


def text_of(cash: list[list[int]]) -> str:
    rows = [
        f"{at},{day},{amount}"
        for at, amounts in enumerate(cash)
        for day, amount in zip(TERMS.accrual_dates, amounts, strict=True)
    ]
    return "scenario,date,collections\n" + "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("futures") / "futures.csv"
    found.write_text(text_of(CASH))
    return found


def case(dscr: int = RATIO) -> Case:
    base = loads_flows(
        "date,collections\n2026-06-30,30000\n2027-01-01,29000\n2027-07-01,31000\n2028-01-01,28000\n", TERMS
    )
    return Case("base case", base.collections, base.reports, dscr)


def by_model(dscr: int) -> int:
    """How many futures pay the senior in time, settlement by settlement."""
    terms = sized_deal(MINIMAL, "deal.toml", 0, [case(dscr)], 4).terms
    count = 0
    for amounts in CASH:
        settlements = run(terms, [each * 10**6 for each in amounts]).settlements
        count += all(
            each.flows.interest[0] == each.interest_due[0] and each.flows.principal[0] == each.principal_due[0]
            for each in settlements
        )
    return count


def test_what_survives_is_what_the_model_pays_in_time(file: Path) -> None:
    given = load_futures(file, TERMS)
    for dscr in (RATIO, RATIO * 5 // 4, RATIO * 3 // 2):
        terms = sized_deal(MINIMAL, "deal.toml", 0, [case(dscr)], 4).terms
        assert survivors(terms, 0, given) == by_model(dscr)
    assert 0 < by_model(RATIO) < by_model(RATIO * 3 // 2) < 40


@pytest.mark.parametrize("part", mostly_slow([Fraction(1, 2), Fraction(9, 10), Fraction(1)], quick=(Fraction(9, 10),)))
def test_the_least_ratio_that_survives(part: Fraction, file: Path) -> None:
    asked = []
    found = survive(
        MINIMAL, "deal.toml", 0, [case()], 4, load_futures(file, TERMS), part, lambda *each: asked.append(each)
    )
    assert found.survived == by_model(found.dscr) >= 40 * part and found.scenarios == 40
    assert found.below == by_model(found.dscr - STEP) < 40 * part
    assert found.dscr > RATIO and found.cases[0].dscr == found.dscr
    assert found.sized.text == sized_deal(MINIMAL, "deal.toml", 0, [case(found.dscr)], 4).text
    assert (found.dscr, found.survived) in asked


def test_a_ratio_that_survives_already_is_kept(file: Path) -> None:
    found = survive(MINIMAL, "deal.toml", 0, [case(3 * WAD)], 4, load_futures(file, TERMS), Fraction(1, 2))
    assert (found.dscr, found.below) == (3 * WAD, None)


def test_what_nothing_survives_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(text_of([[0, 0, 0, 0]] * 3))
    with pytest.raises(SizingRefused, match="less than 99 % of the scenarios pay in time: 0 of 3"):
        survive(MINIMAL, "deal.toml", 0, [case()], 4, load_futures(tmp_path / "f.csv", TERMS), Fraction(99, 100))


def test_a_file_of_futures_is_many_files_of_flows(tmp_path: Path) -> None:
    terms = load(DEALS / "gpu-notes.toml")
    lines = (DEALS / "gpu-notes.csv").read_text().splitlines()
    rows = [f"{name},{line}" for line in lines[1:] for name in ("low", "high")]
    rows = [each.replace("1409822.72", "1300000") if each.startswith("low") else each for each in rows]
    (tmp_path / "f.csv").write_text("\n".join([f"scenario,{lines[0]}", *rows]) + "\n")
    given = load_futures(tmp_path / "f.csv", terms)
    one = [given.report(terms, 1, period) for period in range(terms.periods)]
    received = loads_flows("\n".join(lines), terms)
    assert [int(each) for each in given.collections[1]] == list(received.collections)
    assert [each.figures for each in one] == [each.figures for each in received.reports]
    assert int(given.collections[0].sum()) < int(given.collections[1].sum())
    assert run_flows(terms, received).conserved


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2,2026-13-01,5", 'f.csv:7: date = "2026-13-01": not a date (scenario 2)'),
        ("2,2027-01-01,-5", 'f.csv:7: collections = "-5": negative (scenario 2)'),
        (",2027-01-01,5", 'f.csv:7: scenario = "": empty'),
    ],
)
def test_a_mistake_is_at_its_line(line: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_text(text_of([[1, 2, 3, 4]]) + "2,2026-03-01,1\n" + line + "\n")
    with pytest.raises(FlowsError) as refusal:
        load_futures(tmp_path / "f.csv", TERMS)
    assert expected in str(refusal.value)


SIZE = ("size", "deals/minimal.toml", "--flows", "deals/minimal.csv", "--dscr", "1.10")


def test_the_command_says_what_survives(file: Path, tmp_path: Path) -> None:
    words = (*SIZE, "--survive", "90%", "--futures", str(file))
    done = penstock(*words, "-o", str(tmp_path / "out.toml"))
    told = json.loads(penstock(*words, "--json").stdout)
    found = told["survival"]
    assert found["scenarios"] == 40 and found["survived"] >= 36 > found["survived_a_thousandth_below"]
    ratio = Fraction(found["dscr"])
    line = f"{found['survived']} of 40 futures pay it in time at a DSCR of {float(ratio)}"
    assert (
        line in done.stdout
        and f"at {float(ratio) - 0.001:.3f}, {found['survived_a_thousandth_below']} would" in done.stdout
    )
    assert f"a DSCR of 1.10: {told_at(done.stderr, '1.10')} of 40 futures pay in time" in done.stderr
    terms = load(tmp_path / "out.toml")
    assert survivors(terms, 0, load_futures(file, terms)) == found["survived"]
    assert told["cases"]["base case"]["dscr"] == found["dscr"]


@pytest.mark.slow
def test_futures_of_a_revenue_model_are_those_of_a_stress() -> None:
    deal, flows = str(DEALS / "ppa-50m.toml"), str(DEALS / "ppa-50m.csv")
    words = ("size", deal, "--flows", flows, "--dscr", "1.30", "--survive", "90%", "--revenue", "ppa-50m")
    told = json.loads(penstock(*words, "--scenarios", "30", "--seed", "7", "--json").stdout)
    given = Study(load(deal), load_model("ppa-50m"), 7, 30).drawn(Seeded(7, 0, 30))
    terms = load(deal)
    case = Case("base case", load_flows(flows, terms).collections, load_flows(flows, terms).reports, 13 * WAD // 10)
    found = survive(Path(deal).read_text(), deal, 0, [case], 40, given, Fraction(9, 10))
    assert told["survival"]["survived"] == found.survived >= 27
    assert Fraction(told["survival"]["dscr"]) == Fraction(found.dscr, WAD)


def told_at(text: str, ratio: str) -> str:
    return next(line.split(": ")[1].split()[0] for line in text.splitlines() if f"DSCR of {ratio}:" in line)


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (("--survive", "99%"), 2, "--survive: needs one of --futures and --revenue"),
        (("--futures", "x.csv"), 2, "--survive: needs one of --futures and --revenue"),
        (("--survive", "99%", "--futures", "x.csv", "--revenue", "mining"), 2, "--survive: needs one of"),
        (("--survive", "99%", "--revenue", "nowhere"), 1, "nowhere"),
        (("--survive", "101%", "--futures", "x.csv"), 2, "'101%'; accepted: a part above 0, at most 100%"),
        (("--survive", "0", "--futures", "x.csv"), 2, "'0'; accepted: a part above 0"),
        (("--survive", "most", "--futures", "x.csv"), 2, "'most'; accepted"),
        (("--survive", "99%", "--futures", "nowhere.csv"), 1, "nowhere.csv: No such file"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], code: int, expected: str) -> None:
    refused(penstock(*SIZE, *words), expected, code=code)
