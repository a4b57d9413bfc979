"""The page and the file of `penstock holders`."""

from __future__ import annotations

import csv
import io

from rich.console import RenderableType

from penstock.format import day, format_amount
from penstock.operate.status import DealStatus
from penstock.report.cells import Amount, Cell, Shares
from penstock.report.tables import spaced, table

COLUMNS = ("holder", "tranche", "shares", "claimed", "claimable", "block")


def holdings_page(found: DealStatus, listed: bool) -> RenderableType:
    """Sums by tranche, after all holdings if they are listed."""
    terms, snapshot = found.terms, found.snapshot
    parts: list[RenderableType] = []
    numbers = ("shares", "claimed", "claimable")
    if listed:
        rows: list[tuple[Cell, ...]] = [
            (
                each.holder,
                terms.tranches[each.tranche].id,
                Shares(each.shares, terms.share_decimals),
                Amount(each.claimed, terms.decimals),
                Amount(each.claimable, terms.decimals),
            )
            for each in found.positions
        ]
        parts.append(table("Holdings", ("holder", "tranche"), numbers, rows, unit=terms.asset))
    sums: list[tuple[Cell, ...]] = []
    for index, tranche in enumerate(terms.tranches):
        own = [each for each in found.positions if each.tranche == index]
        sums.append(
            (
                tranche.id,
                sum(each.shares > 0 for each in own),
                Shares(sum(each.shares for each in own), terms.share_decimals),
                Amount(sum(each.claimed for each in own), terms.decimals),
                Amount(sum(each.claimable for each in own), terms.decimals),
            )
        )
    title = f"Holders of {terms.name} at block {snapshot.block}, {day(snapshot.now)}"
    parts.append(table(title, ("tranche",), ("holders", *numbers), sums, unit=terms.asset))
    return spaced(parts)


def holdings_csv(found: DealStatus) -> str:
    """A row for each holder and tranche; amounts in whole coins and shares, exactly."""
    terms, out = found.terms, io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in found.positions:
        writer.writerow(
            (
                each.holder,
                terms.tranches[each.tranche].id,
                format_amount(each.shares, terms.share_decimals),
                format_amount(each.claimed, terms.decimals),
                format_amount(each.claimable, terms.decimals),
                found.snapshot.block,
            )
        )
    return out.getvalue()
