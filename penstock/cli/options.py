"""Arguments and options that several commands share, and how their values are checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.files import STANDARD_INPUT
from penstock.report.grouping import By

if TYPE_CHECKING:
    from penstock.model.terms import DealTerms

_FLAG = re.compile(r"[a-z][a-z-]*")


def _not_a_folder(deal: Path) -> Path:
    """A typer callback; it also refuses an empty name, which Path reads as the folder "."."""
    from penstock.errors import FileRefused

    if deal.is_dir():
        raise FileRefused(str(deal), "Is a directory; accepted: a deal file (TOML), such as deals/minimal.toml")
    return deal


DealPath = Annotated[
    Path, typer.Argument(metavar="DEAL", help="Deal file (TOML).", show_default=False, callback=_not_a_folder)
]
ManifestPath = Annotated[
    Path,
    typer.Argument(
        metavar="DEPLOYMENT", help="Deployment manifest (JSON) written by `penstock deploy`.", show_default=False
    ),
]
ManifestPaths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="DEPLOYMENT...", help="Deployment manifests (JSON) written by `penstock deploy`.", show_default=False
    ),
]
All = Annotated[
    bool, typer.Option("--all", help="Every manifest under deployments/; with --network, only those of that chain.")
]
Network = Annotated[
    str | None,
    typer.Option(
        "--network", metavar="NAME|URL", help="Connect through this network instead of the one in the manifest."
    ),
]
NetworkName = Annotated[
    str,
    typer.Option(
        "--network", metavar="NAME|URL", help="A name from Brownie's network list, or an RPC URL.", show_default=False
    ),
]
Account = Annotated[
    str | None,
    typer.Option(
        "--account",
        metavar="KEYSTORE|ADDRESS",
        help="Account that signs: a keystore, or an address whose key the node holds. "
        "Default on a development chain: the node's first account.",
    ),
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="File that holds the keystore's password on one line, mode 600. Default: ask at the terminal.",
    ),
]
Yes = Annotated[
    str | None,
    typer.Option(
        "--yes", metavar="NAME", help="Confirm the public chain by its name, instead of typing the name when asked."
    ),
]
Export = Annotated[
    Path | None,
    typer.Option(
        "--export",
        metavar="FILE",
        help="Write the remaining transactions, unsigned, to this file (JSON); send nothing.",
    ),
]
Grouping = Annotated[
    By | None,
    typer.Option(
        "--by",
        help="What a row of the table is; a period counts towards the year of its first day. Default: year, if there "
        "are more than 40 periods.",
        show_default=False,
    ),
]
CsvFile = Annotated[
    Path | None,
    typer.Option(
        "--csv",
        metavar="FILE",
        help="Also write the table's rows to this file, with exact amounts and without the total.",
    ),
]
Prices = Annotated[
    list[str] | None,
    typer.Option(
        "--price",
        metavar="TRANCHE=PRICE",
        help="What was paid at closing for a whole tranche: an amount, or a part of its face such as 98.5%. Default: "
        "its face. May be repeated.",
        show_default=False,
    ),
]
MOST_SCENARIOS, MOST_SEED = 100_000_000, 2**64 - 1


def _up_to(most: int, least: int) -> Callable[[int], int]:
    """A typer callback for whole numbers between two others."""

    def check(value: int) -> int:
        if not least <= value <= most:
            raise typer.BadParameter(f"{value:,}; accepted: a whole number from {least:,} to {most:,}")
        return value

    return check


ScenarioCount = Annotated[
    int, typer.Option("--scenarios", metavar="N", help="How many futures to draw.", callback=_up_to(MOST_SCENARIOS, 1))
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="S",
        help="What the futures are drawn from: the same seed gives the same ones.",
        callback=_up_to(MOST_SEED, 0),
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON; amounts are decimal strings.")]


def print_notes(notes: Sequence[str]) -> None:
    """Prints what the user should know about a file, a line each, on standard error: stdout holds the result only."""
    for note in notes:
        typer.echo(note, err=True)


def flows_name(flows: Path) -> str:
    """What a picture calls the flows file."""
    return "standard input" if str(flows) == STANDARD_INPUT else flows.name


def address(option: str, text: str) -> str:
    """The address in its checksummed form. Raises BadParameter."""
    from penstock.addresses import is_address, is_spelled_right
    from penstock.evm.codec import checksum

    if not is_address(text):
        raise typer.BadParameter(f"{text!r} is not an address: 0x and 40 hexadecimal digits", param_hint=option)
    right = checksum(text)
    if not is_spelled_right(text):
        raise typer.BadParameter(f"{text!r} has a wrong checksum; {right}, if that is meant", param_hint=option)
    return right


def base_units(option: str, text: str, decimals: int) -> int:
    """An amount of the asset in base units. Raises BadParameter."""
    from penstock.dealfile.numbers import amount_fault, parse_exact, why_no_decimal

    exact = parse_exact(text)
    fault = why_no_decimal(text) if exact is None else amount_fault(exact, decimals)
    units = exact.scaled(decimals) if exact else None
    if fault or units is None:
        raise typer.BadParameter(f"{text!r}: {fault}; accepted: an amount such as 125000.50", param_hint=option)
    return units


def prices(texts: Sequence[str], terms: DealTerms) -> dict[str, int]:
    """`TRANCHE=PRICE` words in base units, each tranche once; of a part of a face rounded down. Raises BadParameter."""
    from penstock.dealfile.numbers import parse_exact

    found: dict[str, int] = {}
    faces = {each.id: each.face for each in terms.tranches}
    for text in texts:
        name, _, price = text.partition("=")
        if name not in faces or name in found:
            reason = "is named twice" if name in found else f"is none of the tranches: {', '.join(faces)}"
            raise typer.BadParameter(f"{text!r}: {name!r} {reason}", param_hint="--price")
        part = parse_exact(price[:-1].strip()) if price.endswith("%") else None
        if part:
            found[name] = faces[name] * part.digits // 10 ** (part.places + 2)
        else:
            found[name] = base_units("--price", price, terms.decimals)
    return found


def finite(seconds: float) -> float:
    """A typer callback. Raises BadParameter for infinity and NaN."""
    if not isfinite(seconds):
        raise typer.BadParameter(f"{seconds} is not finite; accepted: a finite number of seconds or minutes")
    return seconds


def labelled(option: str, texts: Sequence[str]) -> dict[str, str]:
    """`LABEL=ADDRESS` words, each label once. Raises BadParameter."""
    found: dict[str, str] = {}
    for text in texts:
        label, equals, place = text.partition("=")
        if not equals or not label or label in found:
            reason = "named twice" if label in found and equals else "not LABEL=ADDRESS"
            raise typer.BadParameter(f"{text!r} is {reason}", param_hint=option)
        found[label] = address(option, place)
    return found


def options(words: Sequence[str]) -> list[str]:
    """What follows a Brownie script: `pay=300` for --pay 300, `all` for --all, anything else unchanged."""
    found: list[str] = []
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            found += [f"--{name}", value]
        else:
            found.append(f"--{word}" if _FLAG.fullmatch(word) else word)
    return found
