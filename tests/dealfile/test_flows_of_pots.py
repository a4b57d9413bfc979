"""
Notes on the flows of a deal of two pots that may be called.

given flows with a call
    no note should be of a report that a later period lacks, nor of a test or a split that the call does not make
given flows without one
    every period without a report should be noted
given more principal than collections in a period
    it should be noted that it is cut to them
"""

from __future__ import annotations

from penstock.dealfile import loads
from penstock.dealfile.flows import loads_flows
from penstock.paths import deals

CLO = (deals() / "clo.toml").read_text()
TERMS = loads(CLO)
HEADER = "date,collections,principal,asset_value,call\n"
FIRST = "2026-04-15,100,40,900,\n"


def notes(rows: str) -> list[str]:
    return [each.removeprefix("note: flows.csv: ") for each in loads_flows(HEADER + rows, TERMS).notes]


def test_notes_stop_at_the_called_period() -> None:
    found = notes(f"{FIRST}2026-07-15,50,70,800,1\n2026-10-15,50,,,\n2027-01-15,50,70,,\n")
    assert found == ["what comes after period 2 (to 2026-07-15), which is called, is equity's"]


def test_of_the_called_period_only_what_its_call_reads_is_noted() -> None:
    assert notes(f"{FIRST}2026-07-15,50,,,1\n") == [
        "no asset_value for period 2 (to 2026-07-15); the fee manager is not charged there"
    ]
    gap = notes(f"{FIRST}2026-10-15,50,,800,1\n")
    assert gap[0] == "no row belongs to period 2 (to 2026-07-15); nothing is collected there"
    assert "no principal for period 2 (to 2026-07-15); all collections are principal there" in gap
    assert "no asset_value for period 2 (to 2026-07-15); the test a_oc is not made there" in "\n".join(gap)
    assert not any("period 3" in each or "periods" in each for each in gap)


def test_without_a_call_every_period_is_noted() -> None:
    found = notes(f"{FIRST}2026-07-15,50,,,\n")
    spans = "periods 2 to 20 (to 2026-07-15 … 2031-01-15)"
    assert f"no principal for {spans}; all collections are principal there" in found
    assert f"no asset_value for {spans}; the fee manager is not charged there" in found


def test_principal_beyond_collections_is_noted() -> None:
    rows = "2026-07-15,50,50.000001,800,\n2026-10-15,50,50,800,\n2026-10-15,0,1,800,\n2027-01-15,50,50,800,\n"
    said = "principal is more than the collections of periods 2 to 3 (to 2026-07-15 … 2026-10-15); it is cut to them"
    assert said in notes(FIRST + rows)
    assert not any("more than the collections" in each for each in notes(FIRST))
