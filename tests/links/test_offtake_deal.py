"""
An offtake that pays into a deal
├── given bills that are paid, the deal should collect them to the base unit: a year of Greensboro's power contract
└── given a bill that nobody pays, the deposit should reach the deal, the rest stay due, and a report lock equity up
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from penstock.dealfile import load as load_deal
from penstock.dealfile import loads
from penstock.dealfile.offtake import load, load_readings, schedule
from penstock.evm.chain import Contract
from penstock.links import offtake as twin
from penstock.links.offtake import OfftakeTerms, Row
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.stage import USD, Stage, put_on
from tests.fixtures.reports import tell
from tests.links.offtakes import DAY, HOUR, Bench, Played

ROOT = Path(__file__).parents[2]
Mock = Callable[..., Contract]
COVENANT = """[[field]]
id = "unpaid_bills"
unit = "amount"

[[test]]
id = "offtaker"
metric = "report:unpaid_bills"
above = "100.00"
cure = 1

[ladder]
normal = ["interest:senior", "principal:senior", "trap?offtaker", "residual:equity"]"""
LADDER = """[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]"""


def pledged(system: System, stage: Stage, terms: OfftakeTerms) -> Played:
    """An offtake of the terms whose meter is pledged to the deal, accepted."""
    bench = Bench(system, stage.asset, pledged_to=stage.deal.address)
    bench.measured = twin.Measured(HOUR, terms.start, 3 * DAY)
    bench.set_meter()
    made = bench.put(replace(terms, meters=bench.meters.address, buyer=bench.buyer))
    made.accept()
    return made


def test_a_year_of_greensboros_bills_is_what_the_deal_collects(system: System) -> None:
    deal = load_deal(ROOT / "deals" / "greensboro-solar.toml")
    plan = load(ROOT / "offtakes" / "greensboro.offtake.toml")
    counted = load_readings(ROOT / "offtakes" / "greensboro-meter.csv", plan)
    stage = put_on(system, deal)
    made = pledged(system, stage, replace(plan.terms, meter=7))
    bills = [each.amount or 0 for each in schedule(plan, counted)]
    for row in range(12):
        made.count(row, counted[row] or 0)
        made.wait_until(made.terms.rows[row].end)
        assert made.pay(row) == (bills[row], 0)
        if row % 3 == 2:
            assert stage.settle().events(stage.deal.abi)
            assert stage.state().period == row // 3 + 1
    state = stage.state()
    paid = sum(state.credited) + sum(state.reserves) + sum(state.fee_claimable) + sum(state.trapped)
    assert paid == sum(bills[:12]) + deal.opening == 773_057_600_000 + deal.opening


def test_a_bill_that_is_not_paid_locks_equity_up(system: System, mock: Mock) -> None:
    terms = loads(deals.PLAIN_FILE.replace(LADDER, COVENANT), "covenant.toml")
    reporter = mock("SingleReporter", system.chain.accounts[0])
    stage = put_on(system, terms, reports=reporter)
    first = stage.payment_at(1) - stage.payment_at(1) % HOUR - 60 * DAY
    rows = (Row(first + 10 * DAY, 62 * USD),)
    made = pledged(system, stage, OfftakeTerms("", 7, "", 30_000 * USD, first, 10 * DAY, 8 * 10**16, rows))
    made.count(0, 600_000_000)
    bill = 37_200 * USD
    made.wait_until(made.terms.late_from(0))
    assert made.draw(0) == (30_000 * USD, 0)
    assert stage.cash() == 30_000 * USD
    assert made.due(0) == (bill, bill - 30_000 * USD, 0)
    tell(reporter, stage.deal.address, 1, None, None, bill - 30_000 * USD)
    stage.settle()
    state = stage.state()
    assert (state.credited[0], state.credited[-1]) == (28_000 * USD, 0)
    assert state.trapped == [2_000 * USD]
    # Paid in the end, with interest; equity is free again, and gets what was trapped
    interest = made.due(0)[2]
    made.pay(0)
    tell(reporter, stage.deal.address, 2, None, None, 0)
    stage.settle(30_000 * USD)
    state = stage.state()
    assert state.trapped == [0]
    assert sum(state.credited) == 30_000 * USD + 7_200 * USD + interest + 30_000 * USD
