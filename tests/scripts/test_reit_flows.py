"""deals/reit.csv is what its twelve leases come to."""

from __future__ import annotations

from pathlib import Path

from penstock.dealfile import load
from penstock.dealfile.flows import load_flows
from penstock.model.deal import run
from scripts import make_reit_flows

ROOT = Path(__file__).parents[2]


def test_the_flows_are_the_rents_of_the_leases() -> None:
    assert (ROOT / "deals" / "reit.csv").read_text() == make_reit_flows.flows()
    assert len(list((ROOT / "offtakes" / "reit").glob("lease-*.offtake.toml"))) == 12


def test_tax_insurance_and_repairs_come_before_anyone_who_earns() -> None:
    terms = load(ROOT / "deals" / "reit.toml")
    flows = load_flows(ROOT / "deals" / "reit.csv", terms)
    made = run(terms, flows.collections, flows.reports, flows.late)
    assert made.conserved
    first = made.settlements[0]
    assert first.collections == 3 * 30_805 * 10**6
    assert first.flows.fees == [8_250_000_000, 3_600_000_000, first.collections * 8 // 100]
    kinds = [rung.kind.word for rung in terms.normal]
    assert kinds[:3] == ["fee", "fee", "fee"] and kinds[-1] == "residual"
