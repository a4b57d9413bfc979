"""Reports as the chain has them: what a source answers, what a deal logs, and what a reporter sends."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.evm.codec import Address
from penstock.evm.errors import BadArgument
from penstock.format import exact_money, fraction_text
from penstock.model.report import Report
from penstock.model.terms import MAX_FIELDS, DealTerms, Unit
from penstock.model.units import MAX_AMOUNT
from penstock.onchain.interfaces import interfaces

STANDARD_FIELDS = ("loss", "asset_value")
"""What any report may give, before the fields that the deal's terms declare."""

WORD = 32
ANSWER_LENGTH = WORD * (1 + len(STANDARD_FIELDS) + MAX_FIELDS)
"""Of {IReports-reportOf}, in bytes: which fields are reported, then all of them."""

REPORTED_WIDTH, FIGURE_WIDTH = 2, 12


def question_of(deal: Address, period: int) -> bytes:
    """What a deal asks its source."""
    return interfaces()["SingleReporter"].function("reportOf").encode([deal, period])


def read_answer(answer: bytes, fields: int) -> Report | None:
    """
    What a deal that declares so many fields takes from a source's answer: None for silence, which is also an answer of
    another length. A figure is cut at the most that a deal can hold.
    """
    if len(answer) != ANSWER_LENGTH:
        return None
    words = [int.from_bytes(answer[at : at + WORD], "big") for at in range(0, len(answer), WORD)]
    return _report(words[0], [min(each, MAX_AMOUNT) for each in words[1 : 1 + _count(fields)]])


def answer_of(report: Report) -> bytes:
    """What a source answers that has this report."""
    reported, values = arguments_of(report)
    words = [reported, *values]
    return b"".join(each.to_bytes(WORD, "big") for each in words).ljust(ANSWER_LENGTH, b"\0")


def unpack_reported(figures: bytes, fields: int) -> Report:
    """
    The report in the figures of a Reported log.

    Raises
    ------
    BadArgument : when no deal that declares so many fields logs these.
    """
    expected = REPORTED_WIDTH + FIGURE_WIDTH * _count(fields)
    if len(figures) != expected:
        raise BadArgument(f"{len(figures)} bytes of a report, where {expected} are logged")
    reported = int.from_bytes(figures[:REPORTED_WIDTH], "big")
    places = range(REPORTED_WIDTH, expected, FIGURE_WIDTH)
    values = [int.from_bytes(figures[at : at + FIGURE_WIDTH], "big") for at in places]
    found = _report(reported, values)
    if found is None or pack_reported(found, fields) != figures:
        raise BadArgument("a report whose fields are not those that it says are there")
    return found


def pack_reported(report: Report, fields: int) -> bytes:
    """The figures that a deal which declares so many fields logs of a report."""
    reported, values = arguments_of(report)
    values += [0] * (_count(fields) - len(values))
    return reported.to_bytes(REPORTED_WIDTH, "big") + b"".join(each.to_bytes(FIGURE_WIDTH, "big") for each in values)


def arguments_of(report: Report) -> tuple[int, list[int]]:
    """What {ISingleReporter-report} takes: a bit for each field that is reported, and the fields."""
    figures = report.figures
    reported = sum(1 << place for place, each in enumerate(figures) if each is not None)
    return reported, [each or 0 for each in figures]


def report_text(terms: DealTerms, report: Report) -> str:
    """What is reported, each figure by its name: `loss 0.00, availability 0.985`."""
    names = [*STANDARD_FIELDS, *(each.id for each in terms.fields)]
    units = [Unit.AMOUNT] * len(STANDARD_FIELDS) + [each.unit for each in terms.fields]
    named = [
        f"{name.replace('_', ' ')} {figure_text(figure, unit, terms.decimals)}"
        for name, unit, figure in zip(names, units, report.figures, strict=False)
        if figure is not None
    ]
    return ", ".join(named) or "nothing"


def figure_text(figure: int, unit: Unit, decimals: int) -> str:
    """A figure in its unit, exactly. decimals : of the asset."""
    if unit is Unit.AMOUNT:
        return exact_money(figure, decimals)
    return fraction_text(figure) if unit is Unit.RATIO else f"{figure:,}"


def _count(fields: int) -> int:
    return len(STANDARD_FIELDS) + fields


def _report(reported: int, values: Sequence[int]) -> Report | None:
    """None when no bit of these values is set; bits behind them say nothing."""
    loss, asset_value, *fields = [value if reported >> place & 1 else None for place, value in enumerate(values)]
    found = Report(loss, asset_value, tuple(fields))
    return None if found.is_silence else found
