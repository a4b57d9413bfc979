"""Reads holdings: which shares of which deals somebody holds, from a CSV file; each deal is run on its flows once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from penstock.dealfile import load
from penstock.dealfile.errors import TableError
from penstock.dealfile.flows import PeriodFlows, load_flows, run_flows
from penstock.dealfile.numbers import Exact, amount_fault, parse_exact, why_no_decimal
from penstock.dealfile.table import Layout, read_table, table_text
from penstock.files import read_bytes
from penstock.format import format_amount, one_line
from penstock.model.deal import Run
from penstock.model.terms import Tranche


class HoldingsError(TableError):
    """A mistake in a file of holdings."""


COLUMNS = ("deal", "flows", "tranche", "shares", "price", "bought", "revenue")
REQUIRED = ("deal", "flows", "tranche", "shares")
ACCEPTED = {"deal": "a deal file", "flows": "a flows file", "tranche": "a tranche's id", "shares": "a number of shares"}
LAYOUT = Layout(HoldingsError, "deal,flows,tranche,shares[,price][,bought][,revenue]", COLUMNS, REQUIRED)


@dataclass(frozen=True, slots=True)
class Played:
    """
    A deal and what it does with its flows. name : of its file, for people; late_on as of PeriodFlows. revenue : the
    name of a revenue model of its futures, or a file of one; "" for none.
    """

    name: str
    run: Run
    late_on: date | None
    revenue: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """
    Shares of one tranche, in their base units. paid : for all of them, in base units of the asset. bought : on the day;
    what is paid on it belongs to the seller.
    """

    played: Played
    tranche: int
    shares: int
    paid: int
    bought: date

    @property
    def of(self) -> Tranche:
        return self.played.run.terms.tranches[self.tranche]


@dataclass(frozen=True, slots=True)
class Holdings:
    """holdings : at least one, all in one asset. notes : what of the files was not read; one line each."""

    holdings: tuple[Holding, ...]
    notes: tuple[str, ...]

    @property
    def asset(self) -> str:
        return self.holdings[0].played.run.terms.asset

    @property
    def decimals(self) -> int:
        return self.holdings[0].played.run.terms.decimals


def load_holdings(path: str | Path) -> Holdings:
    """
    The holdings of a file; names of deals and flows are relative to its folder.

    Raises
    ------
    FileRefused, DealFileError, FlowsError : for a file that it names. HoldingsError : for the first mistake of its own.

    Source: docs/FIGURES.md, "Portfolios".
    """
    return _Reader(Path(path)).read(table_text(read_bytes(path), str(path)))


class _Reader:
    def __init__(self, path: Path) -> None:
        self.name, self.folder, self.line = str(path), path.parent, 0
        self.played: dict[Path, tuple[Path, str, Played]] = {}
        self.notes: list[str] = []

    def read(self, text: str) -> Holdings:
        table = read_table(text, self.name, LAYOUT)
        self.notes += [f"note: {one_line(self.name)}: {each}" for each in table.notes]
        found: list[Holding] = []
        for row in table.rows:
            self.line = row.line
            holding = self._holding(row.cells)
            self._require_one_asset(found, holding, row.cells["deal"])
            self._require_enough(found, holding, row.cells["shares"])
            found.append(holding)
        return Holdings(tuple(found), tuple(dict.fromkeys(self.notes)))

    def _holding(self, cells: Mapping[str, str]) -> Holding:
        for column in REQUIRED:
            if not cells[column]:
                raise self._error(column, "", "empty", ACCEPTED[column])
        played = self._play(cells["deal"], cells["flows"], cells.get("revenue", ""))
        terms = played.run.terms
        ids = [each.id for each in terms.tranches]
        if cells["tranche"] not in ids:
            raise self._error("tranche", cells["tranche"], "no such tranche", ", ".join(ids))
        index = ids.index(cells["tranche"])
        shares = self._shares(cells["shares"], terms.share_decimals)
        price = self._price(played, index, cells.get("price", ""))
        # a holder pays for a part of a base unit too
        paid = -(-shares * price.digits * 10**terms.decimals // 10 ** (terms.share_decimals + price.places))
        return Holding(played, index, shares, paid, self._bought(played, cells.get("bought", "")))

    def _play(self, deal: str, flows: str, revenue: str) -> Played:
        files = (self.folder / deal).resolve(), (self.folder / flows).resolve()
        if files[0] in self.played:
            used, model, played = self.played[files[0]]
            if used != files[1]:
                raise self._error("flows", flows, "other flows of this deal are used above", used.name)
            if model != revenue:
                raise self._error("revenue", revenue, "another one of this deal is used above", model or "none")
            return played
        terms = load(self.folder / deal)
        received: PeriodFlows = load_flows(self.folder / flows, terms)
        self.notes += received.notes
        taken = {each.name for *_, each in self.played.values()}
        name = Path(deal).stem if Path(deal).stem not in taken else deal
        beside = self.folder / revenue
        model = str(beside) if revenue and beside.is_file() else revenue
        played = Played(name, run_flows(terms, received), received.late_on, model)
        self.played[files[0]] = files[1], revenue, played
        return played

    def _shares(self, text: str, decimals: int) -> int:
        accepted = f"shares above 0 with at most {decimals} decimals, such as 1000"
        exact = parse_exact(text)
        if exact is None:
            raise self._error("shares", text, why_no_decimal(text), accepted)
        units = exact.scaled(decimals)
        fault = amount_fault(exact, decimals)
        if fault or not units:
            raise self._error("shares", text, fault or "no shares", accepted)
        return units

    def _price(self, played: Played, index: int, text: str) -> Exact:
        """What one whole share cost: by default its face."""
        terms = played.run.terms
        tranche, accepted = terms.tranches[index], "what one share cost, such as 985.50"
        if text:
            exact = parse_exact(text)
            if exact is None:
                raise self._error("price", text, why_no_decimal(text), accepted)
            return exact
        if not tranche.face:
            raise self._error("price", "", f"{tranche.id} has no face to be the price", accepted)
        face = tranche.face * 10**terms.share_decimals // tranche.supply
        return Exact(face, terms.decimals)

    def _bought(self, played: Played, text: str) -> date:
        closing = played.run.terms.closing
        if not text:
            return closing
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise self._error("bought", text, "not a date", "a date such as 2026-04-01") from None
        if day < closing:
            raise self._error("bought", text, "before closing", f"a date from {closing} on")
        return day

    def _require_one_asset(self, found: list[Holding], holding: Holding, deal: str) -> None:
        terms = holding.played.run.terms
        first = found[0].played.run.terms if found else terms
        if (terms.asset, terms.decimals) != (first.asset, first.decimals):
            units = [f"{each.asset} with {each.decimals} decimals" for each in (terms, first)]
            raise self._error("deal", deal, f"pays {units[0]}", f"deals in {units[1]}, as those above")

    def _require_enough(self, found: list[Holding], holding: Holding, text: str) -> None:
        same = [each.shares for each in found if each.played is holding.played and each.tranche == holding.tranche]
        left = holding.of.supply - sum(same)
        if holding.shares > left:
            decimals = holding.played.run.terms.share_decimals
            more = f"at most {format_amount(left, decimals)}, which are left of {holding.of.id}"
            raise self._error("shares", text, "more than there are", more)

    def _error(self, column: str, value: str, reason: str, accepted: str) -> HoldingsError:
        return HoldingsError(self.name, self.line, column, value, reason, accepted)
