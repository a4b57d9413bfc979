"""`penstock size`: how much debt cash flows bear."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import DealPath, Json, ScenarioCount, Seed, print_notes
from penstock.extras import require
from penstock.format import ratio_text

if TYPE_CHECKING:
    from penstock.model.terms import DealTerms
    from penstock.simulate import Scenarios
    from penstock.structure.sizing import Case
    from penstock.structure.survival import Survival


def size(
    deal: DealPath,
    flows: Annotated[
        Path,
        typer.Option(
            "--flows",
            metavar="CSV",
            help="Revenue that lenders count on, by date (CSV, as of `penstock simulate`).",
            show_default=False,
        ),
    ],
    dscr: Annotated[
        str,
        typer.Option("--dscr", metavar="RATIO", help="The least DSCR of any period, such as 1.30.", show_default=False),
    ],
    tranche: Annotated[
        str | None, typer.Option("--tranche", metavar="ID", help="The lender to size. Default: the most senior one.")
    ] = None,
    tenor: Annotated[
        int | None,
        typer.Option("--tenor", metavar="N", help="The period of the last instalment. Default: the last.", min=1),
    ] = None,
    p90: Annotated[
        str | None,
        typer.Option(
            "--p90",
            metavar="FACTOR|CSV",
            help="A second case that the debt must bear: so much of the revenue, such as 0.92, or a flows file.",
            show_default=False,
        ),
    ] = None,
    p90_dscr: Annotated[
        str | None,
        typer.Option("--p90-dscr", metavar="RATIO", help="The least DSCR of that case. Default: that of --dscr."),
    ] = None,
    survive: Annotated[
        str | None,
        typer.Option(
            "--survive",
            metavar="PART",
            help="Lower the debt until this part of the futures pays it in time, such as 99%.",
            show_default=False,
        ),
    ] = None,
    futures: Annotated[
        Path | None,
        typer.Option(
            "--futures",
            metavar="CSV",
            help="Futures of revenue (CSV: scenario,date,collections and optional columns), for --survive.",
            show_default=False,
        ),
    ] = None,
    revenue: Annotated[
        str | None,
        typer.Option(
            "--revenue",
            metavar="MODEL",
            help="Draw the futures of --survive from this revenue model instead, as `penstock stress` does.",
            show_default=False,
        ),
    ] = None,
    scenarios: ScenarioCount = 1_000,
    seed: Seed = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write the sized deal file here.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """
    Finds the most debt that revenue bears at a least DSCR, and the schedule that repays it.

    Principal is sculpted: each period repays what the DSCR leaves room for. Prints the schedule and the changed keys of
    the deal file, or writes the file with -o: equity puts in what debt no longer lends, reserves follow debt service.
    """
    if p90_dscr and not p90:
        raise typer.BadParameter("only with --p90 is there such a case", param_hint="--p90-dscr")
    if (futures is not None) + (revenue is not None) != (survive is not None):
        raise typer.BadParameter("needs one of --futures and --revenue, which are for it", param_hint="--survive")
    from penstock.dealfile import loads
    from penstock.files import read_text, write_whole
    from penstock.report import tables
    from penstock.report.sizing_page import sizing_data, sizing_page
    from penstock.structure.sized import fragment, sized_deal

    text, name = read_text(deal), str(deal)
    terms = loads(text, name)
    lender = _lender(terms, tranche)
    last = _tenor(terms, tenor)
    cases = [_case(terms, flows, "base case", _ratio("--dscr", dscr))]
    if p90:
        cases.append(_p90(terms, cases[0], p90, _ratio("--p90-dscr", p90_dscr or dscr)))
    lasting = None
    if survive is None:
        found = sized_deal(text, name, lender, cases, last)
    else:
        part = _part(survive)
        given = _futures(terms, futures) if futures else _drawn(terms, revenue or "", scenarios, seed)
        lasting = _survival(text, name, lender, cases, last, part, given)
        found, cases = lasting.sized, list(lasting.cases)
    if out:
        write_whole(out, found.text)
    if as_json:
        print(json.dumps(sizing_data(terms, found, lender, cases, lasting), indent=1))
        return
    console = tables.console()
    console.print(sizing_page(terms, found, lender, cases, last, lasting))
    print(f"\ndeal file: {out}" if out else "\n" + fragment(text, name, found.changes))


def _lender(terms: DealTerms, name: str | None) -> int:
    ids = [each.id for each in terms.lenders]
    if not ids:
        raise typer.BadParameter("this deal has no lender", param_hint="DEAL")
    if name is not None and name not in ids:
        raise typer.BadParameter(f"{name!r}; accepted: {', '.join(ids)}", param_hint="--tranche")
    return ids.index(name) if name else 0


def _tenor(terms: DealTerms, tenor: int | None) -> int:
    if tenor is not None and tenor > terms.periods:
        raise typer.BadParameter(f"{tenor}; accepted: 1 to {terms.periods}", param_hint="--tenor")
    return tenor or terms.periods


def _ratio(option: str, text: str) -> int:
    """A least DSCR in wad."""
    from penstock.dealfile.numbers import parse_exact, why_no_decimal
    from penstock.model.units import WAD

    exact = parse_exact(text)
    wad = exact.scaled(18) if exact else None
    if wad is None or not WAD <= wad <= 1000 * WAD:
        reason = why_no_decimal(text) if exact is None else "out of range"
        raise typer.BadParameter(
            f"{text!r}: {reason}; accepted: a ratio from 1 to 1000, such as 1.30", param_hint=option
        )
    return wad


def _part(text: str) -> Fraction:
    """A part of the futures: "99%", "0.99"."""
    from penstock.dealfile.numbers import parse_exact

    exact = parse_exact(text[:-1].strip() if text.endswith("%") else text)
    part = Fraction(exact.digits, 10 ** (exact.places + 2 * text.endswith("%"))) if exact else Fraction(0)
    if not 0 < part <= 1:
        raise typer.BadParameter(
            f"{text!r}; accepted: a part above 0, at most 100%, such as 99%", param_hint="--survive"
        )
    return part


def _futures(terms: DealTerms, file: Path) -> Scenarios:
    require("numpy", "simulate", "futures")
    from penstock.structure.futures import load_futures

    return load_futures(file, terms)


def _drawn(terms: DealTerms, model: str, scenarios: int, seed: int) -> Scenarios:
    """The futures that a stress of the deal draws."""
    require("numpy", "stress", "futures of revenue")
    from penstock.revenue.draws import Seeded
    from penstock.revenue.file import load_model
    from penstock.stress.study import Study

    return Study(terms, load_model(model), seed, scenarios).drawn(Seeded(seed, 0, scenarios))


def _survival(
    text: str, name: str, lender: int, cases: list[Case], tenor: int, part: Fraction, given: Scenarios
) -> Survival:
    from penstock.structure.survival import survive

    def progress(dscr: int, survived: int) -> None:
        typer.echo(f"a DSCR of {ratio_text(dscr)}: {survived:,} of {given.count:,} futures pay in time", err=True)

    return survive(text, name, lender, cases, tenor, given, part, progress)


def _case(terms: DealTerms, flows: Path, name: str, dscr: int) -> Case:
    from penstock.dealfile.flows import load_flows
    from penstock.structure.sizing import Case, SizingRefused

    received = load_flows(flows, terms)
    print_notes(received.notes)
    if received.call:
        raise SizingRefused(f"{flows}:{received.call.line}: calls the deal; accepted: flows without a call")
    return Case(name, received.collections, received.reports, dscr)


def _p90(terms: DealTerms, base: Case, text: str, dscr: int) -> Case:
    """A part of the base case's collections, or another flows file."""
    from dataclasses import replace

    from penstock.dealfile.numbers import parse_exact

    exact = parse_exact(text)
    if exact is None:
        return _case(terms, Path(text), "P90 case", dscr)
    one = 10**exact.places
    if not 0 < exact.digits <= one:
        raise typer.BadParameter(
            f"{text!r}: out of range; accepted: a part of the revenue, such as 0.92", param_hint="--p90"
        )
    scaled = tuple(each * exact.digits // one for each in base.collections)
    return replace(base, name="P90 case", collections=scaled, dscr=dscr)
