"""Where one deal stands, all of it: what a treasurer asks before and after a payment date."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from penstock.evm.abi import Event
from penstock.evm.chain import read_events
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.log_pages import LogFilter
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import log_of
from penstock.model.coverage import Coverage
from penstock.model.deal import Report, Settlement, settle, settle_late, write_down
from penstock.model.dues import Dues, dues, late_dues
from penstock.model.state import DealState, opening_state
from penstock.model.terms import DealTerms, Rung, RungKind
from penstock.onchain.events import unpack_settled
from penstock.onchain.interfaces import interfaces
from penstock.onchain.launch import Deployment
from penstock.onchain.manifest import Manifest
from penstock.onchain.roles import Role, roles_of
from penstock.onchain.state import differences
from penstock.onchain.terms_encode import NO_ADDRESS
from penstock.operate.deployments import DeployedDeal, Fault, Snapshot, answers_to, snapshots


class BooksDisagree(ChainError):
    """Logs and state of a deal that do not fit each other: a node that lies, or no deal of ours."""


@dataclass(frozen=True)
class Position:
    """A holder's shares of a tranche and what they may claim."""

    holder: Address
    tranche: int
    shares: int
    claimable: int


@dataclass(frozen=True)
class TestStatus:
    """A coverage test. last : of the last settled period. coming : if the next were settled with what waits."""

    last: Coverage | None
    coming: Coverage | None


@dataclass(frozen=True)
class RungDue:
    """What a rung may take in the coming period; None for one that takes what is left."""

    rung: Rung
    due: int | None


@dataclass(frozen=True)
class DealStatus:
    """
    A deal at one block, in base units.

    collected : all that was ever settled. claimed : of each tranche, by the logs. last : the last settled period.
    enforced : whether the enforcement ladder is in force. dues : of the coming period, down the ladder in force; only
    fees charged on collections depend on what waits. coming : the next period, if it were settled with the cash that
    waits and what is reported of it; None without enough cash for the ledger, and after the last without any.
    targets : what each reserve should hold after the coming period.
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


def status_of(deployment: Deployment, manifest: Manifest, member: DeployedDeal, chain: RetryingRpc) -> DealStatus:
    """
    Reads a deal, and plays its logs through the model once more.

    Raises
    ------
    BooksDisagree : when the model does not come to the chain's state.
    """
    (found,) = snapshots(chain, [member])
    if isinstance(found, Fault):
        raise ChainError(found.reason)
    terms = deployment.terms
    events, transfers = _events(deployment, chain, found.block)
    state, life = _replay(terms, events)
    claimed, fee_claimed = [0] * len(terms.tranches), [0] * len(terms.fees)
    for event in events:
        if event.name == "FeeClaimed":
            fee_claimed[event["fee"]] += event["amount"]
        elif event.name == "Claimed":
            claimed[event["tranche"]] += event["amount"]
    wrong = differences(found.state, state, claimed, fee_claimed, terms)
    if wrong:
        raise BooksDisagree(f"the logs of the deal at {deployment.deal.address} do not give its state: {wrong[0]}")
    report = _report(deployment, chain, state)
    owed, after = _owed(terms, state, max(0, found.waiting), report)
    enforced = any(state.failing(test) for test in terms.enforce_on)
    coming = _coming(terms, state, found.waiting, report)
    last_tests = next((each.tests for each in reversed(life) if each.tests), [])
    coming_tests = coming.tests if coming else []
    holders = dict.fromkeys([*manifest.roles.holders, *(each["to"] for each in transfers)])
    return DealStatus(
        terms=terms,
        snapshot=found,
        collected=state.collected,
        claimed=claimed,
        last=life[-1] if life else None,
        enforced=enforced,
        dues=[RungDue(rung, _due(rung, owed, after)) for rung in (terms.enforcement if enforced else terms.normal)],
        coming=coming,
        tests=[
            TestStatus(last_tests[index] if last_tests else None, coming_tests[index] if coming_tests else None)
            for index in range(len(terms.tests))
        ],
        targets=owed.targets,
        positions=_positions(deployment, chain, [each for each in holders if each != NO_ADDRESS], found.block),
        payees=dict(deployment.payees),
        sponsor=manifest.sponsor,
        roles=roles_of(deployment),
    )


def _events(deployment: Deployment, chain: RetryingRpc, last: int) -> tuple[list[Event], list[Event]]:
    """The deal's own events, and its shares' transfers."""
    wanted = [LogFilter((deployment.deal.address,)), LogFilter(tuple(each.address for each in deployment.shares))]
    own: list[Event] = []
    moves: list[Event] = []
    for page in chain.log_pages(wanted, deployment.launch_block, last):
        own += read_events(tuple(map(log_of, page.logs[0])), deployment.deal.abi)
        shares = read_events(tuple(map(log_of, page.logs[1])), deployment.shares[0].abi)
        moves += [each for each in shares if each.name == "Transfer"]
    return own, moves


def _replay(terms: DealTerms, events: list[Event]) -> tuple[DealState, list[Settlement]]:
    state, life, report = opening_state(terms), [], Report()
    for event in events:
        if event.name == "Reported":
            report = Report(event["loss"], event["assetValue"] or None)
        elif event.name == "Settled":
            collections = unpack_settled(event["period"], event["figures"], terms).collections
            late = state.period == terms.periods
            life.append(settle_late(terms, state, collections) if late else settle(terms, state, collections, report))
            report = Report()
    return state, life


def _report(deployment: Deployment, chain: RetryingRpc, state: DealState) -> Report:
    """What is reported of the coming period by now."""
    if deployment.reports == NO_ADDRESS or state.period == deployment.terms.periods:
        return Report()
    abi = interfaces()["SingleReporter"]
    try:
        said = chain.call(deployment.reports, abi, "reportOf", deployment.deal.address, state.period + 1)
        reported, loss, value = said
    except ChainError:  # a source that fails is silent, as the deal takes it
        return Report()
    return Report(loss, value or None) if reported else Report()


def _owed(terms: DealTerms, state: DealState, waiting: int, report: Report) -> tuple[Dues, DealState]:
    """What falls due in the coming period, and the state it falls due in: after a write-down."""
    after = deepcopy(state)
    if state.period == terms.periods:
        return late_dues(terms, after), after
    write_down(terms, after, report.loss)
    return dues(terms, after, state.period + 1, waiting, report.asset_value), after


def _due(rung: Rung, owed: Dues, state: DealState) -> int | None:
    if rung.kind in (RungKind.TRAP, RungKind.RESIDUAL):
        return None
    if rung.test is not None and not state.failing(rung.test):
        return 0
    if rung.kind is RungKind.RESERVE:
        return sum(max(0, owed.targets[each] - state.reserves[each]) for each in rung.targets)
    owed_to = {
        RungKind.FEE: owed.fees,
        RungKind.INTEREST: owed.interest,
        RungKind.PRINCIPAL: owed.principal,
    }.get(rung.kind, state.balance)
    return sum(owed_to[each] for each in rung.targets)


def _coming(terms: DealTerms, state: DealState, waiting: int, report: Report) -> Settlement | None:
    play = deepcopy(state)
    if waiting < 0:
        return None
    if state.period == terms.periods:
        return settle_late(terms, play, waiting) if waiting else None
    return settle(terms, play, waiting, report)


def _positions(deployment: Deployment, chain: RetryingRpc, holders: list[Address], block: int) -> list[Position]:
    share, deal = deployment.shares[0].abi.function("balanceOf"), deployment.deal.abi.function("claimable")
    asked = [(holder, tranche) for holder in holders for tranche in range(len(deployment.shares))]
    questions = []
    for holder, tranche in asked:
        calls = (
            (deployment.shares[tranche].address, share.encode([holder])),
            (deployment.deal.address, deal.encode([tranche, holder])),
        )
        questions += [("eth_call", [{"to": to, "data": "0x" + data.hex()}, hex(block)]) for to, data in calls]
    answers = answers_to(chain, questions)
    for answer in answers:
        if isinstance(answer, ChainError):
            raise answer
    amounts = [int(each, 16) for each in answers]
    rows = zip(asked, amounts[::2], amounts[1::2], strict=True)
    return [Position(holder, tranche, has, claimable) for (holder, tranche), has, claimable in rows if has or claimable]
