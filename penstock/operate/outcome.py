"""What our own transactions did to a deal, apart from whatever else is in their blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from penstock.evm.abi import Event
from penstock.evm.chain import read_events
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.log_pages import LogFilter
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import log_of
from penstock.evm.tx_queue import Made
from penstock.model.deal import Settlement, settle, settle_called, settle_late
from penstock.model.report import NOTHING_REPORTED, Report
from penstock.model.state import DealState
from penstock.model.terms import DealTerms
from penstock.onchain.events import unpack_settled
from penstock.onchain.launch import Deployment
from penstock.onchain.reports import unpack_reported
from penstock.onchain.state import ChainState, as_model, state_of
from penstock.operate.call import unpaid_line


class ResultUnread(ChainError):
    """Transactions that are mined but whose effect the node does not show."""


@dataclass(frozen=True)
class Step:
    """One period that a transaction of ours settled. number : one past the last for late revenue."""

    number: int
    before: DealState
    after: DealState
    made: Settlement


@dataclass(frozen=True)
class Outcome:
    """
    The effect of our settlements, in base units; lists run parallel to the terms.

    steps : every period they settled, in order; at least one. paid : what they paid in themselves; the collections may
    be more, with what others sent. gas : of all our transactions.
    unpaid_call : a line on a call that was announced and was not paid; None without one.
    """

    steps: list[Step]
    paid: int
    gas: int
    unpaid_call: str | None = None

    @property
    def after(self) -> DealState:
        """The deal right after our last settlement."""
        return self.steps[-1].after

    @property
    def collections(self) -> int:
        """What was distributed or retained."""
        return sum(each.after.collected - each.before.collected for each in self.steps)

    def change(self, figure: str) -> list[int]:
        """By how much our settlements changed a list of the state: `credited`, `fee_credited`, `reserves`, …"""
        pairs = ((getattr(each.before, figure), getattr(each.after, figure)) for each in self.steps)
        return _added([after - before for before, after in zip(*pair, strict=True)] for pair in pairs)

    @property
    def call_paid(self) -> int | None:
        """What was paid for the clean-up call that one of our settlements made; None where none did."""
        return next((each.made.call_paid for each in self.steps if each.made.called), None)

    def pik(self) -> list[int]:
        """What joined each tranche's balance by the terms, paid in kind."""
        return _added(each.made.pik for each in self.steps)

    def deferred(self) -> list[int]:
        """What each tranche was owed in interest when the last of our periods deferred it; 0 where none did."""
        return self.steps[-1].made.deferred

    def capitalised(self) -> list[int]:
        """What joined each tranche's balance because it was short of interest."""
        return _added(map(_capitalised, self.steps))


def _added(rows: Iterable[Sequence[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)]


def _capitalised(step: Step) -> list[int]:
    before, after, made = step.before.balance, step.after.balance, step.made
    taken = [paid + lost for paid, lost in zip(made.flows.principal, made.written_down, strict=True)]
    joined = [in_kind + restored for in_kind, restored in zip(made.pik, made.restored, strict=True)]
    rest = [old + more - less for old, more, less in zip(before, joined, taken, strict=True)]
    return [new - old for new, old in zip(after, rest, strict=True)]


def outcome(chain: RetryingRpc, deployment: Deployment, made: Sequence[Made], paid: int = 0) -> Outcome:
    """
    The effect of settlements on a deal: the state before their block, and the logs of the deal in that block, settled
    once more by the exact model. Payments and claims of others in the same block are left out, by their transactions.

    Parameters
    ----------
    made : our transactions, all successful. paid : what they paid in, in base units.

    Raises
    ------
    ResultUnread : when the node does not show it.
    """
    ours = {each.hash.lower() for each in made}
    steps: list[Step] = []
    unpaid: list[str | None] = []
    try:
        for block in sorted({each.block for each in made}):
            ours_here = [step for each, step in _settled_in(chain, deployment, block) if each in ours]
            usual = [step.number for step in ours_here if not step.made.called]
            unpaid += [unpaid_line(chain, deployment, number, block) for number in usual]
            steps += ours_here
        if not steps:
            raise NodeFailed(f"{chain.label} shows no settlement in them")
    except ChainError as error:
        done = ", ".join(f"transaction {each.hash} ({each.call.intent}) in block {each.block}" for each in made)
        raise ResultUnread(
            f"done: {done}; what it gave to whom could not be read: {error}; penstock status shows it"
        ) from None
    return Outcome(steps, paid, sum(each.gas for each in made), next(filter(None, unpaid), None))


def at_block(chain: RetryingRpc, deployment: Deployment, block: int) -> ChainState:
    """A deal's state after a block."""
    with chain.reading_at(block):
        state = chain.call(deployment.deal.address, deployment.deal.abi, "state")
    return state_of(state, len(deployment.terms.tests))


def _settled_in(chain: RetryingRpc, deployment: Deployment, block: int) -> Iterator[tuple[str, Step]]:
    """Every period settled in a block, with the transaction that did it, in lower case."""
    terms, report = deployment.terms, NOTHING_REPORTED
    state, called = as_model(terms, at_block(chain, deployment, block - 1)), False
    for page in chain.log_pages([LogFilter((deployment.deal.address,))], block, block):
        for raw in page.logs[0]:
            for event in read_events((log_of(raw),), deployment.deal.abi):
                if event.name == "Reported":
                    report = unpack_reported(event["figures"], len(terms.fields))
                elif event.name == "Called":
                    called = True
                elif event.name == "Settled":
                    before = state.copy()
                    made = _settle(terms, state, report, event, called)
                    report, called = NOTHING_REPORTED, False
                    yield str(raw["transactionHash"]).lower(), Step(event["period"], before, state.copy(), made)


def _settle(terms: DealTerms, state: DealState, report: Report, event: Event, called: bool) -> Settlement:
    """
    Settles once more, in place. called : whether by a clean-up call.

    Raises
    ------
    NodeFailed : when the figures are not those of the log.
    """
    logged = unpack_settled(event["period"], event["figures"], terms)
    made: Settlement
    if state.period == terms.periods:
        made = settle_late(terms, state, logged.collections)
    elif called:
        made = settle_called(terms, state, logged.collections, report)
    else:
        made = settle(terms, state, logged.collections, report)
    found = (made.period, [each.paid for each in made.rungs], made.reserves, state.passes_needed)
    if found != (logged.period, logged.paid, logged.reserves, logged.passes_needed):
        raise NodeFailed(f"the log of period {logged.period} and the state before it do not go together")
    return made
