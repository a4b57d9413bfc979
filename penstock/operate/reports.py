"""Reports that a settlement reads: a period that is settled before its report goes without it for good."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.retry import RetryingRpc
from penstock.onchain.deployments import DeployedDeal, Fault
from penstock.onchain.reports import question_of, read_answer
from penstock.operate.deployments import answers_to, snapshots


class NotReported(ChainError):
    """A period whose report the terms read and nobody has made."""

    def __init__(self, period: int, source: Address) -> None:
        super().__init__(
            f"period {period} has no report yet, and the deal reads one from {source}: if it is settled now, what the "
            "report would say of the period is left out for good; accepted: the report first, or --without-report"
        )


def not_reported(
    chain: RetryingRpc, asked: Sequence[tuple[DeployedDeal, int, int]], block: int
) -> list[NotReported | None]:
    """
    For each deal, the first period that would be settled without its report; None if there is none.

    Parameters
    ----------
    asked : each deal, the first period to settle, and how many. block : where the sources are asked.
    """
    places, questions = [], []
    for index, (member, first, count) in enumerate(asked):
        if not member.head.reads_reports:
            continue
        for period in range(first, min(first + count, member.head.periods + 1)):
            places.append((index, period))
            data = "0x" + question_of(member.deal, period).hex()
            questions.append(("eth_call", [{"to": member.head.reports, "data": data}, hex(block)]))
    found: list[NotReported | None] = [None] * len(asked)
    for (index, period), answer in zip(places, answers_to(chain, questions) if questions else [], strict=True):
        head = asked[index][0].head
        if found[index] is None and not _is_report(answer, head.report_fields):
            found[index] = NotReported(period, head.reports)
    return found


def require_reported(chain: RetryingRpc, member: DeployedDeal, count: int) -> None:
    """Raises NotReported when one of the next `count` periods of a deal lacks a report that its terms read."""
    (found,) = snapshots(chain, [member])
    if not isinstance(found, Fault):
        (missing,) = not_reported(chain, [(member, found.state.period + 1, count)], found.block)
        if missing:
            raise missing


def _is_report(answer: object, fields: int) -> bool:
    """Whether the deal would take an answer for a report. A source that fails has none."""
    return not isinstance(answer, ChainError) and read_answer(bytes.fromhex(str(answer)[2:]), fields) is not None
