"""The page and the file of `penstock holders registered`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from rich.console import RenderableType

from penstock.dealfile.registrations import COLUMNS
from penstock.dealfile.values import INVESTOR_CLASSES
from penstock.format import NO_VALUE, day, exact_money
from penstock.model.terms import DealTerms
from penstock.onchain.registered import KnownHolder
from penstock.report.cells import Cell
from penstock.report.tables import table

_WORDS = {int(number): word for word, number in INVESTOR_CLASSES.items()}


def registrations_page(terms: DealTerms, found: Sequence[KnownHolder], now: int) -> RenderableType:
    """A row for each account; now : in seconds, on the chain."""
    rows: list[tuple[Cell, ...]] = [
        (
            each.said.holder,
            str(each.said.investor) if each.said.investor else NO_VALUE,
            f"{each.said.country:03}" if each.said.country else NO_VALUE,
            _class(each) or NO_VALUE,
            _until(each, now),
            _frozen(terms, each),
        )
        for each in found
    ]
    columns = ("holder", "investor", "country", "class", "receives until", "frozen")
    return table(f"Registered holders of {terms.name}", columns, rows=rows)


def registrations_csv(found: Sequence[KnownHolder]) -> str:
    """The holders that are registered, as `penstock holders import` reads them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for each in found:
        if each.said.investor:
            country = each.said.country or ""
            writer.writerow((each.said.holder, each.said.investor, country, _class(each), day(each.said.expires_at)))
    return out.getvalue()


def _class(holder: KnownHolder) -> str:
    return _WORDS.get(holder.said.investor_class, "")


def _until(holder: KnownHolder, now: int) -> str:
    if not holder.said.investor:
        return "not registered"
    date = day(holder.said.expires_at)
    return f"{date}, expired" if holder.said.expires_at <= now else date


def _frozen(terms: DealTerms, holder: KnownHolder) -> str:
    if holder.frozen:
        return "all"
    parts = zip(terms.tranches, holder.frozen_shares, strict=False)
    words = [f"{exact_money(each, terms.share_decimals)} {tranche.id}" for tranche, each in parts if each]
    return ", ".join(words) or NO_VALUE
