"""
What status says of a deal, by figures that are told apart.

given a next payment date
    it should be said how far away it is, or for how long and how many periods it is overdue
given less cash than the ledger
    it should be said how much is missing
given a ratio and its threshold
    the headroom should be their difference, with its sign, and missing where nothing was tested
given more holdings than are listed
    the largest parts of their tranches should be listed, and the sum be that of all
given many deals
    each should have its line, with its own decimals
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.cli.pages.deal_status import deals_page, largest, status_page, when
from penstock.model.coverage import Coverage
from penstock.model.terms import Metric, ReportField, Test, Unit
from penstock.onchain.roles import Role
from penstock.onchain.state import ChainState
from penstock.operate import status
from penstock.operate.deployments import Snapshot
from penstock.operate.status import DealStatus, Position, RungDue
from penstock.report.tables import console
from penstock.report.tested import figure, headroom
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR
from tests.fixtures.every_figure import TERMS
from tests.fixtures.tables import Printed, tables

DAY, AT = 86_400, 1_775_001_600  # 2026-04-01
WAD = 10**18
UNIT = 10**6
STATE = ChainState(
    period=3,
    accounted=901_230_000,
    balance=[1_010_000, 2_020_000, 3_030_000, 0],
    credited=[41_000_000, 42_000_000, 43_000_000, 44_000_000],
    claimed=[0, 0, 0, 0],
    interest_arrears=[5_050_000, 6_060_000, 0, 0],
    principal_arrears=[0, 7_070_000, 8_080_000, 0],
    reserves=[90_000_000, 10_000_000],
    trapped=[11_110_000, 0],
    passes_needed=[3, 0],
    fee_arrears=[12_120_000, 0, 13_130_000],
    fee_claimable=[0, 14_140_000, 15_150_000],
    windows=[],
)
SNAPSHOT = Snapshot(block=9, now=AT - 2 * DAY, state=STATE, waiting=16_160_000, overdue=0, next_payment_at=AT)
POSITIONS = [
    Position(HOLDER, 0, 100 * UNIT, 1_000_000, 0),
    Position(SPONSOR, 0, 9_900 * UNIT, 2_000_000, 0),
    Position(SPONSOR, 3, 1_700 * UNIT, 4_000_000, 0),
    Position(OTHER, 1, 0, 8_000_000, 0),
    Position(OPERATOR, 1, 0, 0, 5),
]
FOUND = DealStatus(
    terms=TERMS,
    snapshot=SNAPSHOT,
    collected=1_234_567_890,
    claimed=[1_000_000, 2_000_000, 3_000_000, 4_000_000],
    last=None,
    enforced=False,
    dues=[RungDue(TERMS.normal[0], 17_170_000), RungDue(TERMS.normal[-1], None)],
    coming=None,
    tests=[
        status.TestStatus(Coverage(119 * WAD // 100, False, 3), Coverage(2 * WAD, True, 2)),
        status.TestStatus(Coverage(None, None, 0), None),
    ],
    targets=[95_000_000, 9_000_000],
    positions=POSITIONS,
    payees={"operator": OPERATOR, "agent": OTHER, "manager": HOLDER},
    sponsor=SPONSOR,
    roles=[Role("reporter", HOLDER, None, OTHER), Role("registrar", HOLDER, OPERATOR, None)],
)


def printed(page: object) -> str:
    shown = console()
    with shown.capture() as taken:
        shown.print(page)
    return taken.get()


def page(found: DealStatus = FOUND, **more: Any) -> tuple[str, dict[str, Printed]]:
    text = printed(status_page(found, **more))
    return text, {each.title[0].partition(":")[0]: each for each in tables(text)}


@pytest.mark.parametrize(
    ("now", "overdue", "words"),
    [
        (AT - 2 * DAY, 0, "2026-04-01 (in 2 days)"),
        (AT - 2 * DAY + 1, 0, "2026-04-01 (in 1 day)"),
        (AT - 1, 0, "2026-04-01 (in 0 days)"),
        (AT, 1, "2026-04-01 (OVERDUE for 0 days)"),
        (AT + DAY, 1, "2026-04-01 (OVERDUE for 1 day)"),
        (AT + 95 * DAY, 2, "2026-04-01 (OVERDUE for 95 days, 2 periods)"),
    ],
)
def test_how_far_away_the_next_payment_date_is(now: int, overdue: int, words: str) -> None:
    assert when(replace(SNAPSHOT, now=now, overdue=overdue)) == words


def test_after_the_last_period_there_is_none() -> None:
    assert when(replace(SNAPSHOT, next_payment_at=0)) == "none: all periods settled"


def test_the_heading() -> None:
    lines = page()[0].splitlines()
    assert lines[:4] == [
        "Every Figure, in USDC",
        "3 of 8 periods settled; next payment date 2026-04-01 (in 2 days); chain time 2026-03-30; ladder normal",
        "collected so far 1,234.56, collections waiting 16.16, ledger 901.23",
        "",
    ]
    enforcing = replace(FOUND, terms=replace(TERMS, enforce_on=(1, 0)))
    assert page(enforcing)[0].splitlines()[1].endswith("; ladder enforcement")
    assert page(replace(FOUND, terms=replace(TERMS, enforce_on=(1,))))[0].splitlines()[1].endswith("; ladder normal")


def test_cash_that_is_missing_from_the_ledger_is_said() -> None:
    lines = page(replace(FOUND, snapshot=replace(SNAPSHOT, waiting=-1_500_000)))[0].splitlines()
    assert "collections waiting -1.50, ledger 901.23" in lines[2]
    assert lines[3] == "the deal holds 1.50 less than its ledger: nothing can be settled"


def test_the_tables() -> None:
    _, found = page()
    assert list(found["Tranches"].columns) == [
        "tranche", "balance", "interest arrears", "principal arrears", "credited", "claimed", "to claim",
    ]  # fmt: skip
    assert found["Tranches"].rows == [
        ["senior", "1.01", "5.05", "0.00", "41.00", "1.00", "40.00"],
        ["mezz", "2.02", "6.06", "7.07", "42.00", "2.00", "40.00"],
        ["junior", "3.03", "0.00", "8.08", "43.00", "3.00", "40.00"],
        ["equity", "–", "–", "–", "44.00", "4.00", "40.00"],
    ]
    dues = found["Dues of period 4, 2027-01-04, and what the waiting cash and the reserves would pay"]
    assert list(dues.columns) == ["rung", "due", "would be paid"]
    assert dues.rows == [["fee:om", "17.17", "–"], ["residual:equity", "–", "–"]]
    assert list(found["Coverage tests"].columns) == [
        "test", "state", "last DSCR", "threshold", "headroom", "cure after", "with waiting cash", "trapped",
    ]  # fmt: skip
    assert found["Coverage tests"].rows == [
        ["lockup", "fails, 3 passes to cure", "1.190x", "1.200x", "-0.010x", "3", "2.000x", "11.11"],
        ["thin", "passes", "–", "1.150x", "–", "5", "–", "0.00"],
    ]
    assert list(found["Reserves"].columns) == ["reserve", "holds", "target", "missing"]
    assert found["Reserves"].rows == [["costs", "90.00", "95.00", "5.00"], ["agency", "10.00", "9.00", "0.00"]]
    assert list(found["Fees"].columns) == ["fee", "payee", "address", "arrears", "claimable"]
    assert found["Fees"].rows == [
        ["om", "operator", OPERATOR, "12.12", "0.00"],
        ["agent", "agent", OTHER, "0.00", "14.14"],
        ["manager", "manager", HOLDER, "13.13", "15.15"],
    ]
    assert list(found["Holders"].columns) == ["holder", "tranche", "shares", "claimable"]
    assert found["Holders"].rows == [
        [HOLDER, "senior", "100.00", "1.00"],
        [SPONSOR, "senior", "9,900.00", "2.00"],
        [SPONSOR, "equity", "1,700.00", "4.00"],
        [OTHER, "mezz", "0.00", "8.00"],
    ]
    assert list(found["Roles"].columns) == ["role", "held by", "offered to", "replacement"]
    assert found["Roles"].rows == [
        ["sponsor", SPONSOR, "–", ""],
        ["reporter", "nobody", OTHER, ""],
        ["registrar", OPERATOR, "–", ""],
    ]


def test_after_the_last_period_nothing_is_cured_and_nothing_is_due() -> None:
    _, found = page(replace(FOUND, snapshot=replace(SNAPSHOT, state=replace(STATE, period=8))))
    assert found["Coverage tests"].rows[0][:2] == ["lockup", "fails"]
    assert not any(title.startswith("Dues") for title in found)


def test_of_many_holdings_the_largest_parts_are_listed_with_the_sum_of_all() -> None:
    _, found = page(most=2)
    (title,) = (title for title in found if title.startswith("Holders"))
    assert found[title].title == ["Holders: the 2 largest of 4 holdings; --holders N lists more"]
    assert found[title].rows == [
        [SPONSOR, "equity", "1,700.00", "4.00"],
        [SPONSOR, "senior", "9,900.00", "2.00"],
        ["all 4", "", "", "15.00"],
    ]
    assert page(most=4)[1]["Holders"].rows[-1][0] == OTHER


def test_the_largest_holdings() -> None:
    assert largest(TERMS, POSITIONS, None) == POSITIONS == largest(TERMS, POSITIONS, 5)
    assert largest(TERMS, POSITIONS, 4) == [POSITIONS[at] for at in (2, 1, 0, 3)]


@pytest.mark.parametrize(
    ("value", "threshold", "above", "words"),
    [
        (12 * WAD // 10, 11 * WAD // 10, False, "+0.100x"),
        (11 * WAD // 10, 11 * WAD // 10, False, "+0.000x"),
        (WAD, 11 * WAD // 10, False, "-0.100x"),
        (12 * WAD // 10, 11 * WAD // 10, True, "-0.100x"),
        (WAD, 11 * WAD // 10, True, "+0.100x"),
        (None, WAD, False, "–"),
    ],
)
def test_the_headroom(value: int | None, threshold: int, above: bool, words: str) -> None:
    test = replace(TERMS.tests[0], threshold=threshold, above=above)
    assert headroom(TERMS, test, Coverage(value, None, 0)) == words
    assert headroom(TERMS, test, None) == "–"


def test_a_ratio_is_rounded_down() -> None:
    assert figure(TERMS, TERMS.tests[0], 1_199_999_999_999_999_999) == "1.199x"
    assert figure(TERMS, TERMS.tests[0], None) == "–"


def test_a_reported_figure_is_in_its_unit() -> None:
    fields = (ReportField("sold", Unit.COUNT), ReportField("capex", Unit.AMOUNT), ReportField("yield", Unit.RATIO))
    terms = replace(TERMS, fields=fields)
    tests = [Test("t", 0, 1, metric=Metric.REPORT, field=field) for field in range(3)]
    assert [figure(terms, test, 1_234_567_890) for test in tests] == ["1,234,567,890", "1,234.56", "0.000x"]


def test_a_line_for_each_of_many_deals() -> None:
    def member(decimals: int, tests: int) -> Any:
        head = SimpleNamespace(name="Deal", periods=8, tests=tests, decimals=decimals)
        return SimpleNamespace(file=Path(f"{decimals}.json"), head=head)

    healed = replace(SNAPSHOT, state=replace(STATE, passes_needed=[0, 0]))
    text = printed(deals_page([(member(6, 2), SNAPSHOT), (member(2, 2), healed), (member(6, 0), SNAPSHOT)]))
    (found,) = tables(text)
    assert found.title == ["3 deals"]
    assert list(found.columns) == [
        "deployment", "deal", "settled", "next payment date", "tests",
        "waiting", "arrears", "reserves", "trapped", "claimable",
    ]  # fmt: skip
    date = "2026-04-01 (in 2 days)"
    amounts = ["16.16", "51.51", "100.00", "11.11", "199.29"]
    assert found.rows == [
        ["6.json", "Deal", "3/8", date, "1 of 2 failing", *amounts],
        [
            "2.json", "Deal", "3/8", date, "pass",
            "161,600.00", "515,100.00", "1,000,000.00", "111,100.00", "1,992,900.00",
        ],
        ["6.json", "Deal", "3/8", date, "–", *amounts],
    ]  # fmt: skip
