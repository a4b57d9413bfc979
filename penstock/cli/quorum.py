"""The options that name several reporters and how many of them make a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from penstock.cli.options import address

if TYPE_CHECKING:
    from penstock.links.quorum import Quorum


def quorum_from(reporters: list[str], size: int | None, tolerance: str | None) -> Quorum | None:
    """The quorum of --reporter, --quorum and --tolerance; None where none of them is given. Raises BadParameter."""
    from penstock.links.quorum import MOST_REPORTERS, Quorum

    if not reporters:
        for option, value in (("--quorum", size), ("--tolerance", tolerance)):
            if value is not None:
                raise typer.BadParameter("it goes with --reporter ADDRESS, once for each reporter", param_hint=option)
        return None
    named = sorted({address("--reporter", each) for each in reporters}, key=lambda each: int(each, 16))
    if len(named) != len(reporters):
        raise typer.BadParameter("an account is named twice; accepted: each once", param_hint="--reporter")
    if int(named[0], 16) == 0:
        raise typer.BadParameter("the zero address signs nothing; accepted: another", param_hint="--reporter")
    if not 2 <= len(named) <= MOST_REPORTERS:
        raise typer.BadParameter(f"{len(named)}; accepted: 2 to {MOST_REPORTERS} reporters", param_hint="--reporter")
    made = size or _more_than_half(len(named))
    if made > len(named) or not (made == 2 or made % 2):
        accepted = f"2, or an odd number up to {len(named)}"
        raise typer.BadParameter(f"{made} of {len(named)} reporters; accepted: {accepted}", param_hint="--quorum")
    return Quorum(tuple(named), made, _tolerance(made, tolerance))


def _more_than_half(count: int) -> int:
    """The least quorum, odd or 2, that no two disjoint groups can both be."""
    least = count // 2 + 1
    return least if least == 2 or least % 2 else least + 1


def _tolerance(size: int, text: str | None) -> int:
    from penstock.dealfile.numbers import parse_exact

    if text is None:
        return 0
    if size != 2:
        said = f"a quorum of {size} takes the median"
        raise typer.BadParameter(f"{said}; accepted: with --quorum 2 alone", param_hint="--tolerance")
    exact = parse_exact(text)
    wad = exact.scaled(18) if exact else None
    if wad is None or not 0 <= wad < 10**18:
        accepted = "a fraction from 0 to below 1, such as 0.01 for 1 %"
        raise typer.BadParameter(f"{text!r}; accepted: {accepted}", param_hint="--tolerance")
    return wad
