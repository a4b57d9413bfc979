"""The page of `penstock demo-energy`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.demo.energy.play import BOND, STAKE, Outcome
from penstock.format import exact_money, share_of
from penstock.report.tables import table


def week_page(outcome: Outcome, seconds: float, picture: Path | None) -> RenderableType:
    """What was measured, certified, billed, paid and lost."""
    week = outcome.week
    matched, made, used = sum(week.matched), outcome.register, outcome.load
    energy = table(
        "One week, Wh",
        ("",),
        ("Wh",),
        [
            ("made by 1,000 rooftops", made),
            ("used by the hall", used),
            ("certificates retired, each in the hour it was made and used", outcome.retired),
            ("certificates not sold", made - outcome.retired),
        ],
    )
    rows = [("certificates at 3.50 a MWh", outcome.certificates), ("power at 62.00 a MWh", outcome.bill)]
    rows.append(("the rooftop deal collects", outcome.collections))
    rows += [(f"  to {name}", paid) for name, paid in outcome.rungs.items()]
    rows += [
        ("the cheat's stake, burnt", outcome.burnt),
        ("the rest of it, to who asked", outcome.asker - BOND),
    ]
    cash = table("Cash", ("",), ("USDC",), [(words, exact_money(amount, 6)) for words, amount in rows])
    paid = exact_money(sum(outcome.rungs.values()), 6)
    lines = [
        f"matched hour by hour {share_of(matched, used)}, over the whole {share_of(min(made, used), used)}",
        f"the cheat: one question, with a bond of {exact_money(BOND, 6)}, about a Wh that no device made cost it its",
        f"stake of {exact_money(STAKE, 6)}",
        f"conserved: collections {exact_money(outcome.collections, 6)} = paid {paid}",
        f"{outcome.transactions:,} transactions, {outcome.compared:,} numbers equal on both sides, {seconds:.0f} s",
    ]
    if picture:
        lines.append(f"picture: {picture}")
    return Group(energy, Text(""), cash, Text(""), Text("\n".join(lines)))
