"""Compares the reports a deal logged with the answers of the report source."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.audit.code import filled, immutables_of
from penstock.audit.findings import Findings
from penstock.audit.replay import Reading
from penstock.audit.subject import Subject
from penstock.evm.artifacts import without_metadata
from penstock.evm.errors import ChainRefused, ChainRevert
from penstock.model.report import Report
from penstock.onchain.reports import question_of, read_answer, report_text
from penstock.onchain.terms_layout import Header

KEEPING = ("SingleReporter", "QuorumReporter")
"""Report sources whose reports are final."""


def compare_reports(subject: Subject, findings: Findings, readings: Sequence[Reading]) -> None:
    """
    Asks the source about each settled period. Our reporters keep their reports permanently, so another answer is a
    difference; for any other contract it is a note.
    """
    if not readings:
        return None
    source = Header.read(subject.packed, 0).reports
    named = f"the report source {source}"
    try:
        (code,) = subject.chain.ask_many("eth_getCode", [[source, hex(subject.block)]])
        answers = _answers(subject, source, [(each.period, subject.block) for each in readings])
    except (ChainRefused, ChainRevert) as refused:
        text = f"{named} does not answer for its reports now; they are replayed as logged"
        return findings.note("periods", f"{text}: {refused}")
    findings.compared("periods", len(readings))
    others = [(each, now) for each, now in zip(readings, answers, strict=True) if each.report != now]
    if not any(_is(subject, bytes.fromhex(code[2:]), each) for each in KEEPING):
        if others:
            periods = ", ".join(str(each.period) for each, _ in others)
            text = f"{named} now answers otherwise than the deal logged (period {periods}), and is not a "
            text += " or ".join(KEEPING)
            findings.note("periods", f"{text}, which keep their reports: they are replayed as logged")
        return None
    for each, now in others:
        if each.report:
            text = f"period {each.period}: the deal logs {_describe(subject, each.report)}"
            text += f", {named} says {_describe(subject, now)}"
            findings.wrong("periods", text, each.entry.block, each.entry.transaction)
    return _were_later(subject, findings, source, [each for each, _ in others if each.report is None])


def _is(subject: Subject, code: bytes, name: str) -> bool:
    """Whether code is our contract's, metadata apart, whatever its immutables hold."""
    artifact = subject.artifacts[name]
    inside = immutables_of(artifact, code)
    if inside is None:
        return False
    ours = filled(artifact, inside)
    return without_metadata(code, ours) == without_metadata(ours, ours)


def _were_later(subject: Subject, findings: Findings, source: str, silent: list[Reading]) -> None:
    """Periods that were settled without a report and have one now: it must have been made later."""
    try:
        before = _answers(subject, source, [(each.period, each.entry.block - 1) for each in silent])
    except (ChainRefused, ChainRevert) as refused:
        periods = ", ".join(str(each.period) for each in silent)
        text = f"whether reports of periods settled without one ({periods}) came in time is not known"
        return findings.note("periods", f"{text}: {refused}")
    for each, earlier in zip(silent, before, strict=True):
        if earlier:
            text = f"period {each.period}: the deal logs no report, the block before"
            text += f" the report source {source} said {_describe(subject, earlier)}"
            findings.wrong("periods", text, each.entry.block, each.entry.transaction)
    return None


def _answers(subject: Subject, source: str, asked: list[tuple[int, int]]) -> list[Report | None]:
    """What a deal would read for each period at each block; None if there is no report."""
    calls = [
        [{"to": source, "data": "0x" + question_of(subject.deal, period).hex()}, hex(block)] for period, block in asked
    ]
    fields = Header.read(subject.packed, 0).report_fields
    return [read_answer(bytes.fromhex(answer[2:]), fields) for answer in subject.chain.ask_many("eth_call", calls)]


def _describe(subject: Subject, report: Report | None) -> str:
    if report is None:
        return "no report"
    return report_text(subject.terms, report)
