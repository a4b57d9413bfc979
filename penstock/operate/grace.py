"""What keeps a period from being settled within its grace, for operators."""

from __future__ import annotations

from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.retry import RetryingRpc
from penstock.format import day, exact_money
from penstock.model.grace import Missing, missing
from penstock.model.report import Report
from penstock.model.terms import DealTerms
from penstock.onchain.deployments import DeployedDeal
from penstock.onchain.interfaces import interfaces
from penstock.onchain.launch import Deployment
from penstock.onchain.reports import STANDARD_FIELDS, question_of, read_answer
from penstock.onchain.state import ChainState, as_model
from penstock.onchain.terms_encode import NO_ADDRESS
from penstock.operate.deployments import Snapshot


class WaitsInGrace(ChainError):
    """A period that does not pay what falls due, and whose grace is not over; nothing was settled, and nothing paid."""

    def __init__(self, period: int, ends_at: int, lacking: str, cut_off: bool = False) -> None:
        until = day(ends_at)
        more = "" if cut_off else f"what is missing before {until}, or "
        why = "; it is cut off, and what comes now is the next one's" if cut_off else ""
        super().__init__(
            f"period {period} is in grace until {until} and misses {lacking}{why}; nothing was settled, nothing is "
            f"lost; accepted: {more}settle again from {'that day' if cut_off else 'then'} on"
        )
        self.period, self.ends_at = period, ends_at


def words_of(terms: DealTerms, lacking: Missing) -> str:
    """What a period lacks: amounts by rung, figures of its report, tests."""
    parts = [f"{exact_money(left, terms.decimals)} for {terms.rung_name(rung)}" for rung, left in lacking.short]
    names = (*STANDARD_FIELDS, *(each.id for each in terms.fields))
    parts += [f"a report of {names[place]}" for place in lacking.figures]
    parts += [f"a pass of {terms.tests[test].id}" for test in lacking.tests]
    return ", ".join(parts)


def report_of(chain: RetryingRpc, source: Address, deal: Address, period: int, fields: int) -> Report:
    """What the source says of a period at present; nothing where it fails, as for the deal."""
    if source == NO_ADDRESS:
        return Report()
    try:
        answer = chain.query(source, question_of(deal, period))
    except NodeFailed:
        raise
    except ChainError:
        return Report()
    return read_answer(answer, fields) or Report()


def lacking(chain: RetryingRpc, deployment: Deployment, state: ChainState, collections: int) -> Missing:
    """What the next period lacks with these collections, by the report there is at present."""
    terms, period = deployment.terms, state.period + 1
    report = report_of(chain, deployment.reports, deployment.deal.address, period, len(terms.fields))
    return missing(terms, as_model(terms, state), max(0, collections), report)


def _is_called(chain: RetryingRpc, member: DeployedDeal, found: Snapshot) -> bool:
    """Whether the period's call is announced and its payee can pay, so that grace does not hold it up."""
    if not found.is_announced:
        return False
    with chain.reading_at(found.block):
        return bool(chain.call(member.deal, interfaces()["IDeal"], "maySettle"))


def waits(chain: RetryingRpc, member: DeployedDeal, found: Snapshot) -> WaitsInGrace | None:
    """Why the next period of a deal cannot be settled yet; None where it can, or is not in its grace."""
    if not found.grace_ends_at or _is_called(chain, member, found):
        return None
    with chain.reading_at(found.block):
        less = lacking(chain, member.modelled, found.state, found.coming)
    words = words_of(member.modelled.terms, less)
    period = found.state.period + 1
    return WaitsInGrace(period, found.grace_ends_at, words, found.state.cut.period == period) if less else None
