"""A deal file with another amount of debt: what changes with it, and the file that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from penstock.dealfile import loads
from penstock.dealfile.calendar import ahead, parts
from penstock.dealfile.edit import edited
from penstock.dealfile.positions import Path
from penstock.dealfile.source import parse
from penstock.format import exact_money, ratio_text
from penstock.model.terms import DealTerms, Reserve, RungKind
from penstock.model.units import mul_div_down, mul_div_up
from penstock.structure.instalments import instalments
from penstock.structure.sizing import Case, Shortfall, SizedPeriod, Sizing, SizingRefused, sculpt, size

AMOUNTS_A_LINE = 3


@dataclass(frozen=True, slots=True)
class SizedDeal:
    """
    A deal whose lender lends what its cases bear.

    sizing : to the base unit. rows : of the face in the file, which is so much in whole shares. changes : of the file's
    values, as TOML by path. text : the whole file with them. terms : what it says.
    """

    sizing: Sizing
    rows: tuple[SizedPeriod, ...]
    changes: Mapping[Path, str]
    text: str
    terms: DealTerms


def sized_deal(
    text: str, name: str, tranche: int, cases: Sequence[Case], tenor: int, sizing: Sizing | None = None
) -> SizedDeal:
    """
    Sizes a lender of a deal file and puts its face and principal into it. What it lends more or less, equity puts in
    less or more, and a reserve that looks ahead at its debt service is opened with the same part of it as before.

    Parameters
    ----------
    sizing : how much the cases bear, where that is known.

    Raises
    ------
    SizingRefused : for a lender that is paid in kind, and where the cases bear less than one share.

    Source: docs/FIGURES.md, "Sizing".
    """
    terms = loads(text, name)
    lender = terms.tranches[tranche]
    if lender.pik:
        raise SizingRefused(f"{name}: {lender.id} is paid in kind; accepted: a lender without pik")
    found = size(terms, tranche, cases, tenor) if sizing is None else sizing
    share = share_of(terms, tranche)
    face = found.most - found.most % share
    rows = sculpt(terms, tranche, cases, tenor, max(face, share))
    if isinstance(rows, Shortfall):
        why = shortfall_words(terms, cases, rows)
        one = exact_money(share, terms.decimals)
        raise SizingRefused(f"{name}: not even a share of {lender.id}, {one}, is borne: {why}")
    data = parse(text, name).data
    principal = [each.principal for each in rows]
    amounts = _amounts([_amount(terms, each) for each in principal])
    changes = _face(terms, data, tranche, face) | {
        (
            "tranche",
            tranche,
            "principal",
        ): f'{{ kind = "custom", amounts = {amounts} }}  # sculpted to a DSCR of {cases_words(cases)}'
    }
    changes |= _equity(terms, data, lender.face - face)
    first = loads(edited(text, name, changes), name)
    changes |= _openings(terms, first, data)
    whole = edited(text, name, changes)
    return SizedDeal(found, rows, changes, whole, loads(whole, name))


def share_of(terms: DealTerms, tranche: int) -> int:
    """The face of one whole share, in base units."""
    each = terms.tranches[tranche]
    return int(each.face * 10**terms.share_decimals // each.supply)


def shortfall_words(terms: DealTerms, cases: Sequence[Case], short: Shortfall) -> str:
    """Why a face is too much, as the end of a sentence."""
    if not short.period:
        return f"{exact_money(short.left, terms.decimals)} is left after the last instalment"
    room, due = (exact_money(each, terms.decimals) for each in (short.room, short.due))
    day = terms.accrual_dates[short.period - 1]
    of = f" in the {cases[short.case].name}" if len(cases) > 1 else ""
    return (
        f"period {short.period} (to {day}){of} has room for debt service of {room}, and {due} is due before principal"
    )


def fragment(text: str, name: str, changes: Mapping[Path, str]) -> str:
    """The changed keys of a deal file, table by table, as TOML to be read and copied."""
    data = parse(text, name).data
    lines: list[str] = []
    tables: dict[Path, list[str]] = {}
    for path, value in changes.items():
        tables.setdefault(path[:-1], []).append(f"{path[-1]} = {value}")
    for table, keys in tables.items():
        if len(table) == 1:
            lines += [f"[{table[0]}]", *keys, ""]
        else:
            kind, at = str(table[0]), table[1]
            lines += [f"[[{kind}]]", f'id = "{data[kind][at]["id"]}"', *keys, ""]
    return "\n".join(lines[:-1])


def cases_words(cases: Sequence[Case]) -> str:
    """What each case wants: "1.30 in the base case and 1.15 in the P90 case"."""
    return " and ".join(f"{ratio_text(each.dscr)} in the {each.name}" for each in cases)


def _face(terms: DealTerms, data: Mapping[str, Any], tranche: int, face: int) -> dict[Path, str]:
    """A face, and as many shares as there were by amount, where the file says how many."""
    path: Path = ("tranche", tranche)
    changes: dict[Path, str] = {(*path, "face"): f'"{_amount(terms, face)}"'}
    if "shares" in data["tranche"][tranche]:
        shares: Path = (*path, "shares")
        changes[shares] = f"{face // share_of(terms, tranche):_}"
    return changes


def _equity(terms: DealTerms, data: Mapping[str, Any], more: int) -> dict[Path, str]:
    """
    What equity puts in, in whole shares; the investor of a promote the most of it, the sponsor its part of the capital.
    Nothing, where equity has no face, or where none would be left.
    """
    classes = list(range(terms.equity, len(terms.tranches)))
    faces = [terms.tranches[at].face for at in classes]
    if not more or not all(faces) or sum(faces) + more <= 0:
        return {}
    total = sum(faces) + more
    *_, last = classes
    of_last = mul_div_down(total, faces[-1], sum(faces)) if len(classes) > 1 else total
    changes: dict[Path, str] = {}
    left = total
    if len(classes) > 1:
        of_last -= of_last % share_of(terms, last)
        left -= of_last
        changes |= _face(terms, data, classes[0], _up(left, share_of(terms, classes[0])))
        changes |= _face(terms, data, last, max(of_last, share_of(terms, last)))
    else:
        changes |= _face(terms, data, last, _up(total, share_of(terms, last)))
    if terms.promote:
        capital = terms.promote.capital + more
        if capital <= 0:
            return {}
        changes[("promote", "capital")] = f'"{_amount(terms, capital)}"'
    return changes


def _openings(before: DealTerms, after: DealTerms, data: Mapping[str, Any]) -> dict[Path, str]:
    changes: dict[Path, str] = {}
    for at, reserve in enumerate(before.reserves):
        if not reserve.opening or not reserve.ahead:
            continue
        months = int(data["reserve"][at]["months"])
        was, becomes = (ahead_of_closing(terms, reserve, months) for terms in (before, after))
        if was and was != becomes:
            opening = mul_div_up(reserve.opening, becomes, was)
            changes[("reserve", at, "opening")] = f'"{_amount(after, opening)}"'
    return changes


def ahead_of_closing(terms: DealTerms, reserve: Reserve, months: int) -> int:
    """What a reserve of so many months would hold at closing: the scheduled debt service that it supports."""
    days = (terms.closing, *_nominal(terms))
    counts = ahead(days, months)
    rest = parts(days, months, counts)
    rows = instalments(terms)
    service = [
        sum(row.interest[target] for kind, target in reserve.supports if kind is RungKind.INTEREST)
        + sum(row.principal[target] for kind, target in reserve.supports if kind is RungKind.PRINCIPAL)
        for row in rows
    ]
    whole = sum(service[: counts[0]])
    if rest and rest[0][0]:
        return whole + mul_div_up(service[counts[0]], *rest[0])
    return whole


def _nominal(terms: DealTerms) -> list[Any]:
    """The accrual dates before any was moved."""
    regular = terms.regular
    if regular is None:
        return list(terms.accrual_dates)
    first = 1 if regular.start == terms.closing else 0
    return [regular.at(first + at) for at in range(terms.periods)]


def _up(amount: int, share: int) -> int:
    return -(-amount // share) * share


def _amount(terms: DealTerms, units: int) -> str:
    return exact_money(units, terms.decimals).replace(",", "_")


def _amounts(texts: Sequence[str]) -> str:
    """A list of amounts as TOML, a few on a line."""
    rows = [texts[at : at + AMOUNTS_A_LINE] for at in range(0, len(texts), AMOUNTS_A_LINE)]
    lines = ["  " + ", ".join(f'"{each}"' for each in row) + "," for row in rows]
    return "[\n" + "\n".join(lines) + "\n]"
