"""Settles what is due, of one deal or of thousands; safe to repeat, to interrupt and to run twice at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from penstock.evm.broadcast import Call, Pace
from penstock.evm.errors import ChainError, ChainRevert
from penstock.evm.fees import require_coin
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import with_margin
from penstock.evm.signers import Signer
from penstock.evm.tx_queue import Made, Sender, Task
from penstock.onchain.deployments import DeployedDeal, Fault
from penstock.onchain.events import collections_of
from penstock.onchain.interfaces import interfaces
from penstock.operate.call import unpaid_line, would_be_paid
from penstock.operate.deployments import Snapshot, answers_to, require_ledger, snapshots
from penstock.operate.grace import waits
from penstock.operate.guard import guarded_settle
from penstock.operate.reports import NotReported, not_reported

# The share of a block's gas one transaction may use: a transaction that fills a block is never included.
BLOCK_SHARE = (1, 2)


class NoRevenue(ChainError):
    """A settlement without revenue that was not asked for explicitly."""

    def __init__(self, period: int, cut_off: bool = False) -> None:
        ways = "--pay 0 (for many deals, --empty) to settle without"
        super().__init__(
            f"period {period} was cut off before any revenue came; accepted: {ways}"
            if cut_off
            else f"no revenue has been received for period {period}; accepted: --pay AMOUNT, or {ways}"
        )
        self.period = period


@dataclass(frozen=True)
class Period:
    """One settled period. number : one past the last for late revenue."""

    number: int
    collections: int


@dataclass(frozen=True)
class Settled:
    """
    The outcome for one deal.

    left : periods that are still overdue. waiting : their revenue. arrears : of interest, principal and fees.
    error : why it stopped. open_until_settled : the first period it settled, if it could have been cut off
    and was not; else 0. unpaid_call : a line on a call that was announced and was not paid; else None.
    """

    member: DeployedDeal
    periods: list[Period] = field(default_factory=list)
    transactions: list[Made] = field(default_factory=list)
    left: int = 0
    next_payment_at: int = 0
    arrears: int = 0
    error: str | None = None
    open_until_settled: int = 0
    waiting: int = 0
    unpaid_call: str | None = None

    @property
    def gas(self) -> int:
        return sum(each.gas for each in self.transactions)


@dataclass
class _Task(Task):
    member: DeployedDeal = field(kw_only=True)
    most: int | None = None
    empty: bool = False
    period: int | None = None
    without_report: bool = False
    fits: int = 10**9
    snapshot: Snapshot | None = None
    settled: int = 0
    was_open: bool = False


def due(
    head_periods: int,
    snapshot: Snapshot,
    decimals: int,
    most: int | None = None,
    empty: bool = False,
    called: bool = False,
) -> int:
    """
    How many periods to settle now.

    Waiting cash belongs to the first overdue period, what came after its cut-off to the second. Later ones get nothing,
    which permanently counts as missed payments, so they are settled only if `most` gives a number or `empty` asks so.
    A call that would be paid needs no cash.

    Parameters
    ----------
    called : whether the first overdue period would be settled by its call.

    Raises
    ------
    NoRevenue : a period is overdue, no cash is waiting, no call would be paid, and no empty settlement was asked for.
    ShortOfLedger : the deal holds less than its ledger.
    """
    require_ledger(snapshot.waiting, decimals)
    if snapshot.state.period == head_periods:
        return 1 if snapshot.waiting else 0
    if not snapshot.overdue:
        return 0
    if not (snapshot.coming or empty or called):
        raise NoRevenue(snapshot.state.period + 1, snapshot.is_cut_off)
    wanted = most if most is not None else snapshot.overdue if empty else 1
    return min(wanted, snapshot.overdue)


def settle_due(
    chain: RetryingRpc,
    members: Sequence[DeployedDeal],
    signer: Signer,
    pace: Pace,
    most: int | None = None,
    empty: bool = False,
    period: int | None = None,
    without_report: bool = False,
) -> list[Settled]:
    """
    Settles every deal that has something due; the others cost one read. A failing deal does not stop the others.

    Parameters
    ----------
    most, empty : see `due`. period : the one to begin with; if another run has settled it, nothing is sent.
    without_report : whether to settle periods whose report the terms read and nobody has made.
    """
    tasks = [
        _Task(member=each, most=most, empty=empty, period=period, without_report=without_report) for each in members
    ]
    Sender[_Task](chain, signer, pace).run(tasks, lambda some: _prepare(chain, some, signer.address))
    return [_settled(chain, task) for task in tasks]


def look(
    chain: RetryingRpc,
    members: Sequence[DeployedDeal],
    most: int | None = None,
    empty: bool = False,
    without_report: bool = False,
) -> tuple[list[Settled], list[DeployedDeal]]:
    """Deals that need no transaction, each with the reason, and those that do. Sends and signs nothing."""
    idle, wanted, asked, block = [], [], [], 0
    for member, found in zip(members, snapshots(chain, members), strict=True):
        if isinstance(found, Fault):
            idle.append(Settled(member, error=found.reason))
            continue
        try:
            called = would_be_paid(chain, member, found)
            count = due(member.head.periods, found, member.head.decimals, most, empty, called)
        except ChainError as error:
            idle.append(Settled(member, error=str(error), left=found.overdue))
            continue
        if count and (refusal := waits(chain, member, found)):
            idle.append(Settled(member, error=str(refusal), left=found.overdue))
        elif count:
            block = found.block
            asked.append((member, found.state.period + 1, count))
        else:
            idle.append(Settled(member, next_payment_at=found.next_payment_at))
    for (member, _, _), missing in zip(asked, _missing(chain, asked, block, without_report), strict=True):
        if missing:
            idle.append(Settled(member, error=str(missing)))
        else:
            wanted.append(member)
    return idle, wanted


def _missing(
    chain: RetryingRpc, asked: Sequence[tuple[DeployedDeal, int, int]], block: int, without_report: bool
) -> Sequence[NotReported | None]:
    return [None] * len(asked) if without_report else not_reported(chain, asked, block)


def reach(
    chain: RetryingRpc,
    member: DeployedDeal,
    signs: Callable[[], Signer],
    empty: bool = False,
    without_report: bool = False,
) -> None:
    """
    Moves a development chain's clock to a deal's next payment date, if its period can be settled then.

    Parameters
    ----------
    signs : the signer; called before the clock moves.

    Raises
    ------
    As `due` would on that date, NotReported, as `signs`, TooLittle and NotADevChain: the clock stays.
    """
    (found,) = snapshots(chain, [member])
    if isinstance(found, Fault):
        raise ChainError(found.reason)
    if found.next_payment_at > found.now:
        called = would_be_paid(chain, member, found)
        due(member.head.periods, replace(found, overdue=1), member.head.decimals, empty=empty, called=called)
        (missing,) = _missing(chain, [(member, found.state.period + 1, 1)], found.block, without_report)
        if missing:
            raise missing
        require_coin(chain, signs().address, f"settle period {found.state.period + 1} of {member.name}")
        chain.set_time(found.next_payment_at)


def _prepare(chain: RetryingRpc, tasks: Sequence[_Task], sender: str) -> list[Call | ChainError | None]:
    """The next transaction of each deal, read and estimated at the same block so that the two agree."""
    found = snapshots(chain, [task.member for task in tasks])
    calls: list[Call | ChainError | None] = []
    asked: dict[int, tuple[DeployedDeal, int, int]] = {}
    block = 0
    for place, (task, snapshot) in enumerate(zip(tasks, found, strict=True)):
        if isinstance(snapshot, Fault):
            calls.append(ChainError(snapshot.reason))
            continue
        count = _count(chain, task, snapshot)
        if isinstance(count, int) and count and (refusal := waits(chain, task.member, snapshot)):
            calls.append(None if task.settled else refusal)
            continue
        calls.append(_call(task, snapshot, count) if isinstance(count, int) and count else count or None)
        if isinstance(count, int) and count and not task.without_report:
            block, asked[place] = snapshot.block, (task.member, snapshot.state.period + 1, count)
    for place, missing in zip(asked, not_reported(chain, list(asked.values()), block), strict=True):
        calls[place] = missing or calls[place]
    return _with_gas(chain, tasks, calls, sender)


def _count(chain: RetryingRpc, task: _Task, snapshot: Snapshot) -> int | ChainError:
    """How many periods the task's next transaction settles; 0 if there is none."""
    first = task.snapshot is None
    if task.snapshot is not None:
        task.settled += snapshot.state.period - task.snapshot.state.period
    task.snapshot = snapshot
    if first:
        task.was_open = task.member.head.delays and not snapshot.is_cut_off
    if first and task.period is not None and snapshot.state.period + 1 != task.period:
        return 0
    most = None if task.most is None else task.most - task.settled
    stops = task.settled and task.most is None and not task.empty
    if stops or (most is not None and most <= 0):
        return 0
    try:
        # If the user gave a number of periods, the rest is settled although the first took the cash.
        asked = task.empty or (task.most is not None and task.settled > 0)
        called = would_be_paid(chain, task.member, snapshot)
        count = due(task.member.head.periods, snapshot, task.member.head.decimals, most, asked, called)
    except NoRevenue as nothing:
        return nothing if first else 0
    except ChainError as error:
        return error
    return min(count, task.fits)


def _call(task: _Task, snapshot: Snapshot, count: int) -> Call:
    deal, abi = task.member.deal, interfaces()["IDeal"]
    period = snapshot.state.period + 1
    intent = f"settle period {period}" + (f" to {period + count - 1}" if count > 1 else "") + f" of {task.member.name}"
    if task.period is not None or (count < snapshot.overdue and not task.empty):
        return Call(intent, None, guarded_settle(abi, deal, snapshot.next_payment_at, count))
    return Call(intent, deal, abi.function("settle").encode([count]))


def _with_gas(
    chain: RetryingRpc, tasks: Sequence[_Task], calls: list[Call | ChainError | None], sender: str
) -> list[Call | ChainError | None]:
    """Each call with its gas limit; with fewer periods at a time if they would not fit into a block."""
    limit = int(chain.head()["gasLimit"], 16) * BLOCK_SHARE[0] // BLOCK_SHARE[1]
    while True:
        open_ = [place for place, call in enumerate(calls) if isinstance(call, Call) and not call.gas]
        if not open_:
            return calls
        questions = [
            ("eth_estimateGas", [call.request(sender)]) for call in calls if isinstance(call, Call) and not call.gas
        ]
        for place, answer in zip(open_, answers_to(chain, questions), strict=True):
            task, call = tasks[place], calls[place]
            assert isinstance(call, Call) and task.snapshot is not None
            count = min(task.fits, task.snapshot.overdue)
            gas = limit + 1 if isinstance(answer, ChainError) else with_margin(int(answer, 16))
            named = isinstance(answer, ChainRevert) and bool(answer.name)
            if gas <= limit:
                calls[place] = Call(call.intent, call.to, call.data, gas)
            elif count > 1 and not named:
                task.fits = count // 2
                calls[place] = _call(task, task.snapshot, task.fits)
            else:
                reason = answer if isinstance(answer, ChainError) else f"{gas:,} gas do not fit into a block"
                calls[place] = ChainError(f"{call.intent}: {reason}")


def _settled(chain: RetryingRpc, task: _Task) -> Settled:
    last, error = task.snapshot, str(task.error) if task.error else None
    periods = [each for one in task.made for each in periods_in(one, task.member)]
    left, next_payment_at, arrears = (last.overdue, last.next_payment_at, last.arrears) if last else (0, 0, 0)
    first = periods[0].number if periods and task.was_open else 0
    still_open = first if first <= task.member.head.periods else 0
    waiting = max(0, last.coming) if last else 0
    unpaid = _unpaid_call(chain, task)
    return Settled(task.member, periods, task.made, left, next_payment_at, arrears, error, still_open, waiting, unpaid)


def _unpaid_call(chain: RetryingRpc, task: _Task) -> str | None:
    """A line on a call that was announced and was not paid, among the periods that a task settled."""
    member = task.member
    if not member.head.is_callable:
        return None
    abi = interfaces()["IDeal"]
    for one in task.made:
        events = [abi.event(log) for log in one.logs if log.address == member.deal]
        if any(event and event.name == "Called" for event in events):
            continue
        for each in periods_in(one, member):
            with suppress(ChainError):  # what was settled is said all the same
                if line := unpaid_line(chain, member.modelled, each.number, one.block):
                    return line
    return None


def periods_in(made: Made, member: DeployedDeal) -> list[Period]:
    """Every period of a deal that a transaction settled: the head of each Settled log."""
    abi, found = interfaces()["IDeal"], []
    for log in made.logs:
        event = abi.event(log) if log.address == member.deal else None
        if event and event.name == "Settled":
            figures: bytes = event["figures"]
            found.append(Period(event["period"], collections_of(figures)))
    return found
