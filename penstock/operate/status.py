"""The whole state of one deal, for before and after a payment date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from penstock.errors import PenstockError
from penstock.evm.abi import Event, Log
from penstock.evm.chain import read_events
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.log_pages import LogFilter
from penstock.evm.retry import TAIL, RetryingRpc
from penstock.evm.rpc import log_of
from penstock.model.books import Books
from penstock.model.coverage import Coverage
from penstock.model.cut_off import CutOff
from penstock.model.deal import Settlement
from penstock.model.dues import Dues, dues, join_pik, late_dues, write_down
from penstock.model.grace import Missing, missing
from penstock.model.ladder import acts, still_due
from penstock.model.report import Report
from penstock.model.state import DealState
from penstock.model.terms import DealTerms, Rung
from penstock.onchain.deployments import DeployedDeal, Fault
from penstock.onchain.events import CLAIMS, unpack_settled
from penstock.onchain.holders import MOST_COMPARED, TRANSFER, held_by, unaccounted
from penstock.onchain.launch import Deployment
from penstock.onchain.reports import unpack_reported
from penstock.onchain.roles import Role, roles_of
from penstock.onchain.state import differences
from penstock.operate.call import CallStatus, call_status
from penstock.operate.deployments import Snapshot, answers_to, snapshots
from penstock.operate.grace import report_of


class BooksDisagree(ChainError):
    """Logs and state of a deal contradict each other: the node is wrong, or it is not one of our deals."""


@dataclass(frozen=True)
class Position:
    """A holder's shares of a tranche, what can be claimed for them, and what was claimed before."""

    holder: Address
    tranche: int
    shares: int
    claimable: int
    claimed: int

    @property
    def is_open(self) -> bool:
        """Whether it has shares, or something to claim of those it had."""
        return bool(self.shares or self.claimable)


@dataclass(frozen=True)
class TestStatus:
    """A coverage test. last : of the last settled period. coming : if the next were settled with the waiting cash."""

    last: Coverage | None
    coming: Coverage | None


@dataclass(frozen=True)
class RungDue:
    """What a rung can take in the coming period; None if it takes what is left."""

    rung: Rung
    due: int | None


@dataclass(frozen=True)
class DealStatus:
    """
    A deal at one block, in base units.

    collected : all that was ever settled. claimed : of each tranche, by the logs. last : the last settled period.
    enforced : whether the enforcement ladder is in force. dues : of the coming period, down the ladder that settling
    now would use; only fees charged on collections depend on what waits otherwise. coming : the next period, if it were
    settled with the cash that waits and what is reported of it; None without enough cash for the ledger, and after the
    last without any.
    targets : what each reserve should hold after the coming period. positions : of everyone who holds shares, or did
    and has claimed or can claim. lacking : what keeps the coming period from being settled, while it is in its grace.
    call : of a deal that can be called. life : every settlement, from the first on.
    """

    terms: DealTerms
    snapshot: Snapshot
    collected: int
    claimed: list[int]
    last: Settlement | None
    enforced: bool
    dues: list[RungDue]
    coming: Settlement | None
    tests: list[TestStatus]
    targets: list[int]
    positions: list[Position]
    payees: dict[str, Address]
    sponsor: Address
    roles: list[Role]
    lacking: Missing | None = None
    call: CallStatus | None = None
    life: tuple[Settlement, ...] = ()


def status_of(member: DeployedDeal) -> DealStatus:
    """
    Reads a deal at one block and replays its logs in the model.

    Raises
    ------
    BooksDisagree : when the model's state is not the chain's, or holders do not have all shares between them.
    """
    chain, deployment = member.chain, member.modelled
    with chain.reading_at():
        (found,) = snapshots(chain, [member])
        if isinstance(found, Fault):
            raise ChainError(found.reason)
        for compared in (TAIL, MOST_COMPARED):  # logs that do not add up may be the node's, not the deal's
            events, transfers = _logs(deployment, chain, found.block, compared)
            held = held_by(transfers)
            try:
                books, life = _replay(deployment.terms, events)
                claimed = _claimed_by(events)
                wrong = _disagreement(deployment, found, books, held)
            except PenstockError as error:
                wrong = str(error)
            if not wrong:
                return _status(member, found, books, life, held, claimed)
    raise BooksDisagree(f"the logs of the deal at {member.deal} do not give its state: {wrong}")


def _disagreement(
    deployment: Deployment, found: Snapshot, books: Books, held: Mapping[tuple[Address, Address], int]
) -> str:
    """The first thing in which logs and state contradict each other, "" where nothing is."""
    wrong = differences(found.state, books)
    return wrong[0] if wrong else unaccounted(deployment, held)


def _status(
    member: DeployedDeal,
    found: Snapshot,
    books: Books,
    life: list[Settlement],
    held: Mapping[tuple[Address, Address], int],
    claimed: Mapping[tuple[Address, int], int],
) -> DealStatus:
    chain, manifest, deployment = member.chain, member.manifest, member.deployment
    terms, state = deployment.terms, books.state
    books.cash = books.accounted + found.waiting
    report = Report()
    if state.period < terms.periods:
        report = report_of(chain, deployment.reports, deployment.deal.address, state.period + 1, len(terms.fields))
    owed, after = _owed(terms, state, max(0, books.waiting), report)
    enforced = any(state.failing(test) for test in terms.enforce_on)
    coming = _coming(books, report)
    ladder = terms.ladder(coming.enforced if coming else enforced)
    last_tests = next((each.tests for each in reversed(life) if each.tests), [])
    coming_tests = coming.tests if coming else []
    holders = dict.fromkeys([*manifest.roles.holders, *(holder for holder, _ in held)])
    return DealStatus(
        terms=terms,
        snapshot=found,
        collected=state.collected,
        claimed=books.claimed,
        last=life[-1] if life else None,
        life=tuple(life),
        enforced=enforced,
        dues=[RungDue(rung, _due(terms, rung, owed, after)) for rung in ladder],
        coming=coming,
        tests=[
            TestStatus(last_tests[index] if last_tests else None, coming_tests[index] if coming_tests else None)
            for index in range(len(terms.tests))
        ],
        targets=owed.targets,
        lacking=missing(terms, state, max(0, books.waiting), report) if found.grace_ends_at else None,
        positions=_positions(deployment, chain, list(holders), held, claimed, found.block),
        payees=dict(deployment.payees),
        sponsor=manifest.sponsor,
        roles=roles_of(deployment),
        call=call_status(chain, deployment, found, books, report),
    )


def _logs(deployment: Deployment, chain: RetryingRpc, last: int, compared: int) -> tuple[list[Event], list[Log]]:
    """The deal's own events, and its shares' transfers. compared : see `RetryingRpc.log_pages`."""
    shares = LogFilter(tuple(each.address for each in deployment.shares), ("0x" + TRANSFER.hex(),))
    own: list[Event] = []
    moves: list[Log] = []
    for page in chain.log_pages(
        [LogFilter((deployment.deal.address,)), shares], deployment.launch_block, last, compared
    ):
        own += read_events(tuple(map(log_of, page.logs[0])), deployment.deal.abi)
        moves += map(log_of, page.logs[1])
    return own, moves


def _replay(terms: DealTerms, events: list[Event]) -> tuple[Books, list[Settlement]]:
    """The books by the deal's own events, which say neither who holds shares nor what cash there is."""
    books, life, report, called = Books(terms), [], Report(), False
    for event in events:
        if event.name == "Reported":
            report = unpack_reported(event["figures"], len(terms.fields))
        elif event.name == "Settled":
            collections = unpack_settled(event["period"], event["figures"], terms).collections
            settle = books.settle_called if called else books.settle
            life.append(settle(report, collections=collections))
            report, called = Report(), False
        elif event.name == "CallAnnounced":
            books.announced = event["period"]
        elif event.name == "Called":
            called = True
        elif event.name == "CutOff":
            books.cut = CutOff(event["period"], event["collections"])
        elif event.name in CLAIMS:
            books.ledgers[event["tranche"]].take(event["holder"], event["amount"])
        elif event.name == "FeeClaimed":
            books.fee_claimed[event["fee"]] += event["amount"]
    return books, life


def _claimed_by(events: list[Event]) -> dict[tuple[Address, int], int]:
    """What each holder has claimed of each tranche, by the deal's own events."""
    claimed: dict[tuple[Address, int], int] = {}
    for event in events:
        if event.name in CLAIMS:
            key = (event["holder"], event["tranche"])
            claimed[key] = claimed.get(key, 0) + event["amount"]
    return claimed


def _owed(terms: DealTerms, state: DealState, waiting: int, report: Report) -> tuple[Dues, DealState]:
    """What falls due in the coming period, and the state it is paid in: after a write-down."""
    after = state.copy()
    if state.period == terms.periods:
        return late_dues(terms, after, waiting), after
    write_down(terms, after, report.loss or 0)
    owed = dues(terms, after, state.period + 1, waiting, report)
    join_pik(after, owed)
    after.period += 1
    return owed, after


def _due(terms: DealTerms, rung: Rung, owed: Dues, state: DealState) -> int | None:
    dues = still_due(terms, rung, owed, state)
    if dues is None:
        return None
    return sum(dues) if acts(terms, state, rung) else 0


def _coming(books: Books, report: Report) -> Settlement | None:
    if books.waiting < 0 or (books.matured and not books.waiting):
        return None
    return books.copy().settle(report)


def _positions(
    deployment: Deployment,
    chain: RetryingRpc,
    holders: list[Address],
    held: Mapping[tuple[Address, Address], int],
    claimed: Mapping[tuple[Address, int], int],
    block: int,
) -> list[Position]:
    """Of everyone who ever held shares of a tranche; the logs that say so add up to all shares."""
    share, deal = deployment.shares[0].abi.function("balanceOf"), deployment.deal.abi.function("claimable")
    asked = [
        (holder, tranche)
        for holder in holders
        for tranche, each in enumerate(deployment.shares)
        if (holder, each.address) in held
    ]
    questions = []
    for holder, tranche in asked:
        calls = (
            (deployment.shares[tranche].address, share.encode([holder])),
            (deployment.deal.address, deal.encode([tranche, holder])),
        )
        questions += [("eth_call", [{"to": to, "data": "0x" + data.hex()}, hex(block)]) for to, data in calls]
    answers = answers_to(chain, questions) if questions else []
    for answer in answers:
        if isinstance(answer, ChainError):
            raise answer
    amounts = [int(each, 16) for each in answers]
    rows = zip(asked, amounts[::2], amounts[1::2], strict=True)
    found = [
        Position(holder, tranche, has, claimable, claimed.get((holder, tranche), 0))
        for (holder, tranche), has, claimable in rows
    ]
    return [each for each in found if each.is_open or each.claimed]
