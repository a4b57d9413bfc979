"""Figures of deals in Prometheus' text format, for the node exporter's textfile collector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from penstock.evm.codec import Address
from penstock.format import one_line
from penstock.onchain.deployments import DeployedDeal
from penstock.onchain.manifest import Manifest
from penstock.operate.deployments import Snapshot

Labels = Mapping[str, str]
Row = tuple[Labels, float | int]


@dataclass
class Watch:
    """
    The state of a watch.

    up : whether the node answers. refused : deals that were asked for and cannot be watched.
    events : how often each deal, by its address, logged each event.
    """

    up: bool = True
    block: int = 0
    time: int = 0
    node_failures: int = 0
    reorganisations: int = 0
    refused: Sequence[Labels] = ()
    events: Mapping[tuple[Address, str], int] = field(default_factory=dict)


def labels_of(file: Path, manifest: Manifest | None) -> Labels:
    """
    What tells a deal's samples from all others, of other watches and chains too; a collector takes every file of a
    folder as one. manifest : None of a file that is none.
    """
    if manifest is None:
        return {"deal": one_line(str(file)), "chain": "", "address": ""}
    return {"deal": one_line(file.stem), "chain": str(manifest.chain_id), "address": manifest.deal}


def text(watch: Watch, members: Sequence[DeployedDeal], deals: Sequence[tuple[DeployedDeal, Snapshot]]) -> str:
    """
    Every figure. Amounts are in whole units of the asset.

    Parameters
    ----------
    members : every deal that is watched. deals : those whose state was read.
    """
    known = {member.deal: labels_of(member.file, member.manifest) for member in members}
    labels = [known[member.deal] for member, _ in deals]

    def money(amount: int, member: DeployedDeal) -> float:
        return float(amount / 10**member.head.decimals)

    def each(values: Iterable[float | int]) -> list[Row]:
        return list(zip(labels, values, strict=True))

    def all_of(value: int) -> list[Row]:
        return [(names, value) for names in known.values()]

    states = [(member, found, found.state) for member, found in deals]
    up = [(names, int(watch.up and names in labels)) for names in known.values()]
    parts = [
        _family(
            "penstock_up",
            "gauge",
            "Whether the deal can be read; 0 where watching it failed.",
            [*up, *((names, 0) for names in watch.refused)],
        ),
        _family("penstock_block", "gauge", "The last block that was read.", all_of(watch.block)),
        _family("penstock_block_timestamp_seconds", "gauge", "Its time.", all_of(watch.time)),
        _family("penstock_node_failures_total", "counter", "Times the node went away.", all_of(watch.node_failures)),
        _family(
            "penstock_reorganisations_total", "counter", "Times blocks were taken back.", all_of(watch.reorganisations)
        ),
        _family("penstock_periods", "gauge", "Periods of the deal.", each(m.head.periods for m, _ in deals)),
        _family("penstock_periods_settled", "gauge", "Periods settled.", each(s.period for _, _, s in states)),
        _family("penstock_periods_overdue", "gauge", "Periods past their date.", each(f.overdue for _, f in deals)),
        _family(
            "penstock_next_payment_timestamp_seconds",
            "gauge",
            "The next payment date; 0 after the last.",
            each(f.next_payment_at for _, f in deals),
        ),
        _family(
            "penstock_grace_end_timestamp_seconds",
            "gauge",
            "The end of the grace that the next period is in; 0 outside it.",
            each(f.grace_ends_at for _, f in deals),
        ),
        _family("penstock_waiting", "gauge", "Collections not settled.", each(money(f.waiting, m) for m, f in deals)),
        _family("penstock_arrears", "gauge", "Interest, principal, fees.", each(money(f.arrears, m) for m, f in deals)),
        _family("penstock_claimable", "gauge", "Not claimed yet.", each(money(f.claimable, m) for m, f in deals)),
        _family(
            "penstock_reserves", "gauge", "Held in reserves.", each(money(sum(s.reserves), m) for m, _, s in states)
        ),
        _family(
            "penstock_tests_failing",
            "gauge",
            "Coverage tests that fail or are not cured.",
            each(sum(needed > 0 for needed in s.passes_needed) for _, _, s in states),
        ),
        _family(
            "penstock_events",
            "gauge",
            "Logs printed since the watch began, less those undone by a reorganisation.",
            [({**known[deal], "event": event}, count) for (deal, event), count in sorted(watch.events.items())],
        ),
    ]
    return "".join(parts)


def _family(name: str, kind: str, words: str, rows: Iterable[Row]) -> str:
    lines = [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
    for labels, value in rows:
        inner = ",".join(f'{key}="{_escaped(word)}"' for key, word in labels.items())
        lines.append(f"{name}{{{inner}}} {value!r}" if inner else f"{name} {value!r}")
    return "\n".join(lines) + "\n"


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
