"""
`penstock size`.

given the 50 million plant at a DSCR of 1.30
    the page and the JSON should say the most, the face in whole shares, each period of the schedule, and what follows
    the file of -o should be the deal file with these values, and its run should have no DSCR below 1.30
    the printed keys should be those of the file
given bad words or files
    they should be refused in one line, and nothing be written
"""

from __future__ import annotations

import json
import sys
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import tomllib

from penstock.dealfile import load
from penstock.dealfile.flows import load_flows, run_flows
from penstock.structure.figures import figures
from penstock.structure.instalments import instalments
from tests.fixtures.cli import ROOT, penstock, refused
from tests.fixtures.tables import tables

PLANT, REVENUE = "deals/ppa-50m.toml", "deals/ppa-50m.csv"
SIZE = ("size", PLANT, "--flows", REVENUE, "--dscr", "1.30")
MINIMAL = ("size", "deals/minimal.toml", "--flows", "deals/minimal.csv")
FACES = {"senior": 38_684_000, "mezz": 6_000_000, "investor": 4_785_000, "sponsor": 531_000}
USD = 10**6


@pytest.fixture(scope="module")
def sized(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What is printed, and the file."""
    file = tmp_path_factory.mktemp("sized") / "sized.toml"
    done = penstock(*SIZE, "-o", str(file))
    assert done.exit_code == 0, done.stderr
    return done.stdout, file


def test_the_sized_file_is_a_deal_whose_every_period_is_covered(sized: tuple[str, Path]) -> None:
    _, file = sized
    terms, was = load(file), load(ROOT / PLANT)
    assert {each.id: each.face for each in terms.tranches} == {name: face * USD for name, face in FACES.items()}
    assert sum(FACES.values()) == 50_000_000
    assert [each.supply for each in terms.tranches] == [face // 1000 * USD for face in FACES.values()]
    assert terms.promote and terms.promote.capital == 5_316_000 * USD
    first = instalments(terms)[0]
    # the file's opening was rounded to the cent
    assert abs(terms.reserves[0].opening - first.interest[0] - first.principal[0]) < USD // 100
    assert (terms.ladder(False), terms.tests, terms.fees) == (was.ladder(False), was.tests, was.fees)
    found = figures(run_flows(terms, load_flows(ROOT / REVENUE, terms))).tranches[0]
    assert found.cover and found.cover.dscr and found.unpaid == 0
    assert Fraction(13, 10) <= found.cover.dscr.least < Fraction(13_000_001, 10_000_000)


def test_comments_and_everything_else_of_the_file_are_kept(sized: tuple[str, Path]) -> None:
    _, file = sized
    before, after = (path.read_text().splitlines() for path in (ROOT / PLANT, file))
    gone = [line for line in before if line not in after]
    assert len(gone) == 9 and all(
        line.split(" = ")[0] in ("face", "shares", "principal", "capital", "opening") for line in gone
    )
    assert "] }  # sculpted to a DSCR of 1.30 in the base case" in after


def test_the_page(sized: tuple[str, Path]) -> None:
    page, file = sized
    sources, schedule = tables(page)
    assert [row[0] for row in sources.rows] == [
        *("face of senior", "face of mezz", "face of investor", "face of sponsor"),
        *("capital of the promote", "opening of dsra"),
    ]
    assert sources.row("face of senior") == ["34,000,000.00", "38,684,000.00"]
    assert sources.row("face of investor") == ["9,000,000.00", "4,785,000.00"]
    assert sources.row("capital of the promote") == ["10,000,000.00", "5,316,000.00"]
    assert sources.row("opening of dsra") == ["1,453,140.77", "1,640,043.88"]
    terms = load(file)
    life = run_flows(terms, load_flows(ROOT / REVENUE, terms))
    rows = zip(schedule.rows, instalments(terms), life.settlements, strict=True)
    for row, due, settled in rows:
        amounts = (settled.cfads, due.interest[0], due.principal[0], due.balance[0])
        assert row == [str(due.accrual_date), *map(coins, amounts), "1.30"]
    assert "senior bears at most 38,684,386.167089, repaid by 2046-06-30 at a DSCR of 1.30\n" in page
    assert "one base unit more, and 0.000001 is left after the last instalment\n" in page
    assert "face in whole shares of 1,000: 38,684,000\n" in page
    assert page.endswith(f"deal file: {file}\n")


def coins(units: int) -> str:
    return f"{Decimal(units).scaleb(-6).quantize(Decimal('0.01'), ROUND_DOWN):,}"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib")
def test_the_printed_keys_are_those_of_the_file(sized: tuple[str, Path]) -> None:
    page = penstock(*SIZE).stdout
    printed = tomllib.loads(page[page.index("[[tranche]]") :])
    whole = tomllib.loads(sized[1].read_text())
    assert [each["id"] for each in printed["tranche"]] == ["senior", "investor", "sponsor"]
    for kind in ("tranche", "reserve"):
        for each in printed[kind]:
            full = next(other for other in whole[kind] if other["id"] == each["id"])
            assert each == {key: full[key] for key in each}
    assert printed["promote"] == {"capital": whole["promote"]["capital"]}


def test_the_json(sized: tuple[str, Path]) -> None:
    told = json.loads(penstock(*SIZE, "--p90", "0.85", "--p90-dscr", "1.1", "--json").stdout)
    assert (told["deal"], told["asset"], told["tranche"]) == ("Meseta Solar 50", "USDC", "senior")
    assert told["cases"] == {"base case": {"dscr": "1.3"}, "P90 case": {"dscr": "1.1"}}
    most, face = Decimal(told["most"]), Decimal(told["faces"]["senior"])
    assert face == most // 1000 * 1000 and face < 38_684_000
    assert sum(map(Decimal, told["faces"].values())) == 50_000_000
    assert Decimal(told["capital"]) == 44_000_000 - face
    assert list(told["openings"]) == ["dsra"]
    balance = face
    for at, each in enumerate(told["periods"], start=1):
        assert each["period"] == at and each["senior_debt_service"] == "0"
        balance -= Decimal(each["principal"])
        assert Decimal(each["balance"]) == balance
        due = Decimal(each["interest"]) + Decimal(each["principal"])
        for case, least in (("base case", "1.3"), ("P90 case", "1.1")):
            ratio = Decimal(each["cfads"][case]) / due
            assert ratio >= Decimal(least) and Decimal(each["dscr"][case]) == ratio.quantize(
                Decimal("1e-8"), ROUND_DOWN
            )
    assert balance == 0 and len(told["periods"]) == 40
    assert told["periods"][0]["accrual_date"] == "2026-12-31"


def test_a_second_case_from_a_file(tmp_path: Path) -> None:
    rows = (ROOT / "deals/minimal.csv").read_text().replace("30_000.00", "15_000.00")
    (tmp_path / "p90.csv").write_text(rows)
    plain = json.loads(penstock(*MINIMAL, "--dscr", "1.20", "--json").stdout)
    both = json.loads(penstock(*MINIMAL, "--dscr", "1.20", "--p90", str(tmp_path / "p90.csv"), "--json").stdout)
    assert both["periods"][0]["cfads"] == {"base case": "30000", "P90 case": "15000"}
    assert Decimal(both["most"]) < Decimal(plain["most"])
    assert both["periods"][0]["dscr"]["P90 case"] == "1.20000000"


def test_a_tenor_leaves_a_tail(tmp_path: Path) -> None:
    done = penstock(*MINIMAL, "--dscr", "1.2", "--tenor", "3")
    (_, schedule) = tables(done.stdout)
    assert [row[0] for row in schedule.rows] == ["2026-07-01", "2027-01-01", "2027-07-01"]
    assert "repaid by 2027-07-01 at a DSCR of 1.20" in done.stdout
    assert '"0",' in done.stdout.replace(" ", "")


def test_a_junior_lender(tmp_path: Path) -> None:
    done = penstock(
        "size", PLANT, "--flows", REVENUE, "--dscr", "1.15", "--tranche", "mezz", "-o", str(tmp_path / "m.toml")
    )
    assert done.exit_code == 0, done.stderr
    assert "senior" in tables(done.stdout)[1].columns
    terms = load(tmp_path / "m.toml")
    found = figures(run_flows(terms, load_flows(ROOT / REVENUE, terms))).tranches[1]
    assert found.cover and found.cover.dscr and found.cover.dscr.least >= Fraction(115, 100)


def test_schedules_under_a_header_of_their_own_are_replaced_there(tmp_path: Path) -> None:
    file = tmp_path / "g.toml"
    words = ("size", "deals/greensboro-solar.toml", "--flows", "deals/greensboro-solar.csv", "--dscr", "1.3")
    assert penstock(*words, "-o", str(file)).exit_code == 0
    text = file.read_text()
    assert '[tranche.principal]\nkind = "custom"\namounts = [' in text and "sculpted" not in text
    assert load(file).tranches[0].face == 7_167_003 * USD


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ((*SIZE[:4], "--dscr", "0.9"), 2, "--dscr: '0.9': out of range; accepted: a ratio from 1 to 1000"),
        ((*SIZE[:4], "--dscr", "x"), 2, "--dscr: 'x': not a decimal number; accepted: a ratio"),
        ((*SIZE, "--tranche", "equity"), 2, "--tranche: 'equity'; accepted: senior, mezz"),
        ((*SIZE, "--tenor", "41"), 2, "--tenor: 41; accepted: 1 to 40"),
        ((*SIZE, "--tenor", "0"), 2, "--tenor"),
        ((*SIZE, "--p90", "1.2"), 2, "--p90: '1.2': out of range; accepted: a part of the revenue"),
        ((*SIZE, "--p90", "0"), 2, "--p90: '0': out of range"),
        ((*SIZE, "--p90", "nowhere.csv"), 1, "nowhere.csv: No such file"),
        ((*SIZE, "--p90-dscr", "1.1"), 2, "--p90-dscr: only with --p90"),
        (("size", "nowhere.toml", *SIZE[2:]), 1, "nowhere.toml: No such file"),
        (("size", "deals/clo.toml", "--flows", "deals/clo.csv", "--dscr", "2"), 1, "deals/clo.csv:20: calls the deal"),
    ],
)
def test_what_is_refused(words: tuple[str, ...], code: int, expected: str) -> None:
    done = penstock(*words)
    if "clo.csv" in words[3]:
        assert done.exit_code == code and expected in done.stderr
    else:
        refused(done, expected, code=code)


def test_what_bears_no_share_is_refused(tmp_path: Path) -> None:
    (tmp_path / "flows.csv").write_text("date,collections\n2026-07-01,0\n2027-01-01,900\n2027-07-01,1\n2028-01-01,1\n")
    done = penstock("size", "deals/minimal.toml", "--flows", str(tmp_path / "flows.csv"), "--dscr", "2", "--tenor", "1")
    refused(done, "not even a share of senior, 1, is borne: period 1 (to 2026-07-01) has room for debt service of 0,")


def test_a_lender_paid_in_kind_is_refused(tmp_path: Path) -> None:
    text = (ROOT / "deals/minimal.toml").read_text().replace('coupon = "0.06"', 'coupon = "0.06"\npik = "0.01"')
    (tmp_path / "deal.toml").write_text(text)
    words = ("size", str(tmp_path / "deal.toml"), *MINIMAL[2:], "--dscr", "1.2", "-o", str(tmp_path / "out.toml"))
    refused(penstock(*words), "senior is paid in kind; accepted: a lender without pik")
    assert not (tmp_path / "out.toml").exists()
