"""
Every figure that a watch writes for Prometheus, by values that are told apart.

given deals with different assets, one that was not read and one that is none
    each figure should be its own, in whole coins, with the labels of its deal
given a node that is away
    no deal should be up
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from penstock.onchain.state import ChainState
from penstock.operate import metrics
from penstock.operate.deployments import Snapshot
from penstock.operate.metrics import Watch, labels_of
from tests.fixtures.actors import HOLDER, OTHER, SPONSOR

STATE = ChainState(
    period=3,
    accounted=0,
    balance=[1, 1],
    credited=[41_000_000, 42_000_000],
    claimed=[1_000_000, 500_000],
    interest_arrears=[5_000_000, 0],
    principal_arrears=[0, 700_000],
    reserves=[90_000_000, 10_000_000],
    trapped=[11],
    passes_needed=[3, 0, 1],
    fee_arrears=[12_000_000],
    fee_claimable=[140_000],
    windows=[],
)


def member(name: str, deal: str, decimals: int, chain: int = 5) -> Any:
    file = Path(f"deployments/{chain}/{name}.json")
    head = SimpleNamespace(periods=8, decimals=decimals)
    return SimpleNamespace(file=file, deal=deal, head=head, manifest=SimpleNamespace(chain_id=chain, deal=deal))


ONE, TWO, UNREAD = member('a "b"', HOLDER, 6), member("two", OTHER, 2), member("unread", SPONSOR, 6)
FOUND = Snapshot(
    block=9,
    now=1,
    state=STATE,
    waiting=16_160_000,
    overdue=2,
    next_payment_at=1_775_001_600,
    grace_ends_at=1_775_433_600,
)
LABELS = {
    "one": f'deal="a \\"b\\"",chain="5",address="{HOLDER}"',
    "two": f'deal="two",chain="5",address="{OTHER}"',
    "unread": f'deal="unread",chain="5",address="{SPONSOR}"',
    "none": 'deal="x.json",chain="",address=""',
}


def figures(watch: Watch) -> dict[str, dict[str, str]]:
    """Of each figure, by the labels of its deal."""
    found: dict[str, dict[str, str]] = {}
    for line in metrics.text(watch, [ONE, TWO, UNREAD], [(ONE, FOUND), (TWO, FOUND)]).splitlines():
        if line.startswith("# TYPE"):
            found[line.split()[2]] = {"kind": line.split()[3]}
        elif not line.startswith("#"):
            name, _, rest = line.partition("{")
            labels, _, value = rest.rpartition("} ")
            deal = next((key for key, words in LABELS.items() if labels.startswith(words)), labels)
            found[name][deal + labels.removeprefix(LABELS.get(deal, labels))] = value
    return found


def test_every_figure_is_its_own() -> None:
    watch = Watch(
        block=900,
        time=1_700_000_000,
        node_failures=4,
        reorganisations=3,
        refused=[labels_of(Path("x.json"), None)],
        events={(OTHER, "Settled"): 7, (HOLDER, "Transfer"): 2, (HOLDER, "Claimed"): 1},
    )
    everyone = ("one", "two", "unread")

    def all_of(value: str) -> dict[str, str]:
        return dict.fromkeys(everyone, value)

    def read(one: str, two: str | None = None) -> dict[str, str]:
        return {"kind": "gauge", "one": one, "two": two or one}

    assert figures(watch) == {
        "penstock_up": {"kind": "gauge", "one": "1", "two": "1", "unread": "0", "none": "0"},
        "penstock_block": {"kind": "gauge", **all_of("900")},
        "penstock_block_timestamp_seconds": {"kind": "gauge", **all_of("1700000000")},
        "penstock_node_failures_total": {"kind": "counter", **all_of("4")},
        "penstock_reorganisations_total": {"kind": "counter", **all_of("3")},
        "penstock_periods": read("8"),
        "penstock_periods_settled": read("3"),
        "penstock_periods_overdue": read("2"),
        "penstock_next_payment_timestamp_seconds": read("1775001600"),
        "penstock_grace_end_timestamp_seconds": read("1775433600"),
        "penstock_waiting": read("16.16", "161600.0"),
        "penstock_arrears": read("17.7", "177000.0"),
        "penstock_claimable": read("81.64", "816400.0"),
        "penstock_reserves": read("100.0", "1000000.0"),
        "penstock_tests_failing": read("2"),
        "penstock_events": {
            "kind": "gauge",
            'one,event="Claimed"': "1",
            'one,event="Transfer"': "2",
            'two,event="Settled"': "7",
        },
    }


def test_no_deal_is_up_while_the_node_is_away() -> None:
    up = figures(Watch(up=False))["penstock_up"]
    assert up == {"kind": "gauge", "one": "0", "two": "0", "unread": "0"}


def test_figures_have_their_words_first() -> None:
    lines = metrics.text(Watch(), [], []).splitlines()
    assert lines[:2] == [
        "# HELP penstock_up Whether the deal can be read; 0 where watching it failed.",
        "# TYPE penstock_up gauge",
    ]
    assert all(line.startswith(("# HELP penstock_", "# TYPE penstock_")) for line in lines)
