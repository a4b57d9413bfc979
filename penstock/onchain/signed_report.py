"""What one of several reporters signed, as a file that it sends to the one who brings the reports together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.dealfile.numbers import figure_fault, parse_exact, why_no_decimal
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import ChainError
from penstock.files import parse_json, read_text, write_whole
from penstock.format import format_amount, fraction_text
from penstock.links.quorum import Figures, digest, subject_of
from penstock.model.report import Report
from penstock.model.terms import DealTerms, Unit
from penstock.onchain.reports import STANDARD_FIELDS, arguments_of

KEYS = ("chain_id", "source", "deal", "period", "figures", "from", "until", "reporter", "signature")


class SignedReportRefused(ChainError):
    """A file that is no signed report, or not one of this deal's."""


@dataclass(frozen=True)
class Place:
    """Where a report counts: chain, report source and deal."""

    chain_id: int
    source: Address
    deal: Address


@dataclass(frozen=True)
class SignedReport:
    """A report of a period with its reporter's signature. after, until : when it may be made, in seconds."""

    place: Place
    period: int
    report: Report
    after: int
    until: int
    reporter: Address
    signature: bytes

    @property
    def figures(self) -> Figures:
        reported, values = arguments_of(self.report)
        return Figures(self.after, self.until, reported, tuple(values))

    @property
    def digest(self) -> bytes:
        place = self.place
        return digest(subject_of(place.deal), self.period, self.figures, place.chain_id, place.source)

    @property
    def as_sent(self) -> tuple[object, ...]:
        """A struct of {IQuorumReporter-report}."""
        made = self.figures
        return (self.reporter, made.after, made.until, made.reported, list(made.values), self.signature)


def typed_data(signed: SignedReport) -> dict[str, Any]:
    """What a wallet shows and signs (eth_signTypedData_v4)."""
    made, place = signed.figures, signed.place
    domain = [("name", "string"), ("version", "string"), ("chainId", "uint256"), ("verifyingContract", "address")]
    fields = [("subject", "bytes32"), ("start", "uint40"), ("from", "uint40"), ("until", "uint40")]
    fields += [("reported", "uint256"), ("values", "uint96[]")]
    return {
        "domain": {
            "name": "Penstock Reports",
            "version": "1",
            "chainId": place.chain_id,
            "verifyingContract": place.source,
        },
        "primaryType": "Report",
        "types": {
            "EIP712Domain": [{"name": name, "type": kind} for name, kind in domain],
            "Report": [{"name": name, "type": kind} for name, kind in fields],
        },
        "message": {
            "subject": "0x" + subject_of(place.deal).hex(),
            "start": signed.period,
            "from": made.after,
            "until": made.until,
            "reported": str(made.reported),
            "values": [str(each) for each in made.values],
        },
    }


def write(signed: SignedReport, terms: DealTerms, file: Path) -> None:
    """Writes the file whole or not at all."""
    content = {
        "chain_id": signed.place.chain_id,
        "source": signed.place.source,
        "deal": signed.place.deal,
        "period": signed.period,
        "figures": named(terms, signed.report),
        "from": signed.after,
        "until": signed.until,
        "reporter": signed.reporter,
        "signature": "0x" + signed.signature.hex(),
    }
    write_whole(file, json.dumps(content, indent=1) + "\n")


def read(file: Path, terms: DealTerms) -> SignedReport:
    """
    Reads a file, whatever deal it is of.

    Raises
    ------
    FileRefused : when it cannot be read as text. SignedReportRefused : when it is not a signed report, or of fields
    that the terms do not declare.
    """
    try:
        data = parse_json(read_text(file))
    except ValueError as error:
        raise SignedReportRefused(f"{file}: not a signed report ({error}); accepted: {_ACCEPTED}") from None
    if not isinstance(data, dict) or sorted(data) != sorted(KEYS):
        raise SignedReportRefused(f"{file}: not a signed report; accepted: {_ACCEPTED}")
    try:
        place = Place(_number(data, "chain_id"), checksum(str(data["source"])), checksum(str(data["deal"])))
        return SignedReport(
            place,
            _number(data, "period"),
            _report(terms, data["figures"]),
            _number(data, "from"),
            _number(data, "until"),
            checksum(str(data["reporter"])),
            bytes.fromhex(str(data["signature"]).removeprefix("0x")),
        )
    except ValueError as error:
        raise SignedReportRefused(f"{file}: {error}; accepted: {_ACCEPTED}") from None


_ACCEPTED = "a file that penstock report sign wrote"


def named(terms: DealTerms, report: Report) -> dict[str, str]:
    """What is reported, each figure by its name, exactly."""
    return {
        name: _text(value, unit, terms.decimals)
        for (name, unit), value in zip(_fields(terms), report.figures, strict=False)
        if value is not None
    }


def _text(value: int, unit: Unit, decimals: int) -> str:
    if unit is Unit.AMOUNT:
        return format_amount(value, decimals)
    return fraction_text(value) if unit is Unit.RATIO else str(value)


def _fields(terms: DealTerms) -> list[tuple[str, Unit]]:
    standard = [(name, Unit.AMOUNT) for name in STANDARD_FIELDS]
    return standard + [(each.id, each.unit) for each in terms.fields]


def _report(terms: DealTerms, texts: object) -> Report:
    """Raises ValueError."""
    if not isinstance(texts, Mapping):
        raise ValueError("figures are no table")
    fields = _fields(terms)
    if unknown := next((name for name in texts if name not in [each for each, _ in fields]), None):
        raise ValueError(f"no field is {unknown!r}")
    loss, asset_value, *others = [
        None if name not in texts else _figure(name, str(texts[name]), unit, terms.decimals) for name, unit in fields
    ]
    return Report(loss, asset_value, tuple(others))


def _figure(name: str, text: str, unit: Unit, decimals: int) -> int:
    places = {Unit.AMOUNT: decimals, Unit.RATIO: 18}.get(unit, 0)
    exact = parse_exact(text)
    fault = why_no_decimal(text) if exact is None else figure_fault(exact, places)
    if exact is None or fault:
        raise ValueError(f"{name} is {text!r}: {fault}")
    return exact.scaled(places) or 0


def _number(data: Mapping[str, Any], key: str) -> int:
    """Raises ValueError."""
    value = data[key]
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**64:
        raise ValueError(f"{key} is {value!r}")
    return value
