"""Reads deal files: TOML to terms; a refusal names file, line, key, value and what is accepted."""

from __future__ import annotations

from pathlib import Path

from penstock.dealfile.errors import DealFileError, FlowsError
from penstock.dealfile.offering import read_offering
from penstock.dealfile.resolve import resolve
from penstock.dealfile.source import parse, validate
from penstock.errors import FileRefused
from penstock.files import read_text
from penstock.model.offering_terms import OfferingTerms
from penstock.model.terms import DealTerms

__all__ = ["DealFileError", "FileRefused", "FlowsError", "load", "loads", "loads_offering"]


def load(path: str | Path) -> DealTerms:
    """
    The terms of a deal file.

    Raises
    ------
    FileRefused : when it cannot be read as text. DealFileError : for the first mistake in it.

    Source: docs/SPEC.md, "The deal file" to "Fees".
    """
    return loads(read_text(path), str(path))


def loads(text: str, name: str = "deal.toml") -> DealTerms:
    """The terms of a deal file's text; `name` is what refusals call the file. Raises DealFileError."""
    return _read(text, name)[0]


def loads_offering(text: str, name: str = "deal.toml") -> OfferingTerms | None:
    """The terms of the offering in a deal file's text; None if there is none. Raises DealFileError."""
    return _read(text, name)[1]


def _read(text: str, name: str) -> tuple[DealTerms, OfferingTerms | None]:
    source = parse(text, name)
    file = validate(source)
    terms = resolve(source, file)
    return terms, read_offering(source, file, terms)
