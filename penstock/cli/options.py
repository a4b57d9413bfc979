"""What a user types at the command line, read or refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite
from pathlib import Path

import typer

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_FLAG = re.compile(r"[a-z][a-z-]*")


def _no_folder(deal: Path | None) -> Path | None:
    """As a typer callback, which also refuses an empty name: it is the folder "."."""
    from penstock.errors import FileRefused

    if deal is not None and deal.is_dir():
        raise FileRefused(str(deal), "Is a directory; accepted: a deal file (TOML), such as deals/minimal.toml")
    return deal


DEAL = typer.Argument(metavar="DEAL", help="Deal file (TOML).", show_default=False, callback=_no_folder)


def address(option: str, text: str) -> str:
    """An address, by the one spelling we use. Raises BadParameter."""
    from penstock.evm.codec import checksum

    if not _ADDRESS.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is no address: 0x and 40 hexadecimal digits", param_hint=option)
    right = checksum(text)
    if text[2:] not in (right[2:], right[2:].lower(), right[2:].upper()):
        raise typer.BadParameter(f"{text!r} has a wrong checksum; {right}, if that is meant", param_hint=option)
    return right


def finite(seconds: float) -> float:
    """A time that ends, as a typer callback. Raises BadParameter."""
    if not isfinite(seconds):
        raise typer.BadParameter(f"{seconds} is no time that ends; accepted: a finite number")
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
    """What follows a Brownie script: `pay=300` for --pay 300, `all` for --all, anything else as it is."""
    found: list[str] = []
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            found += [f"--{name}", value]
        else:
            found.append(f"--{word}" if _FLAG.fullmatch(word) else word)
    return found
