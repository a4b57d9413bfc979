"""The expected outcome of every step: the exact model, with every account and contract that may refuse."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import cast

from penstock.fuzz import expected_logs
from penstock.fuzz.expected_logs import ASSET, NOBODY, REGISTRY, REPORTER, ExpectedLog, Kind, Value
from penstock.fuzz.invariants import EVERY, Broken, Settled
from penstock.fuzz.steps import (
    ACTORS,
    CONTRACTS,
    DEAL,
    DONE,
    FORBIDDEN,
    HOLDERS,
    WITHOUT_REASON,
    Outcome,
    Step,
    payees_of,
)
from penstock.model.books import Books
from penstock.model.calendar import timestamp
from penstock.model.call import bill
from penstock.model.cut_off import require_cut_off
from penstock.model.errors import ModelError
from penstock.model.grace import grace_ends_at
from penstock.model.report import NOTHING_REPORTED, Report
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.reports import arguments_of, pack_reported

NO_LIMIT = 2**256 - 1
NO_END = 2**64 - 1
"""How long the registrar lets an account hold shares."""

APPROVED = ("ann", "bob", "barred", "sponsor", "operator")
"""Who has given the deal an allowance without limit; the others pay by permit."""

PLENTY = 2**240
"""What every account has of the asset at first, in base units: more than all payments of a run."""


Holdings = dict[str, tuple[int, int]]
"""Of a tranche, by holder: shares, and what is earned and not taken, in base units × supply, exactly."""


class Refused(Exception):
    """A contract refuses: `error` is the name of its custom error."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass
class World:
    """
    Everything a step can change, besides the deal's own books.

    switches : what accounts said of claims for them. share_allowances : by tranche, owner and spender. share_nonces :
    by tranche and owner. Of all a step ever named. cut : what had come in when a period was cut off.
    allowances : what each account lets the deal take of the asset.
    """

    now: int
    wallets: dict[str, int]
    allowed: set[str]
    blocked: set[str] = field(default_factory=set)
    paused: bool = False
    switches: dict[str, bool] = field(default_factory=dict)
    share_allowances: dict[tuple[int, str, str], int] = field(default_factory=dict)
    share_nonces: dict[tuple[int, str], int] = field(default_factory=dict)
    claim_nonces: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ACTORS, 0))
    reports: dict[int, Report] = field(default_factory=dict)
    cut: dict[int, int] = field(default_factory=dict)
    allowances: dict[str, int] = field(default_factory=lambda: {name: NO_LIMIT * (name in APPROVED) for name in ACTORS})
    destroyed: bool = False

    def copy(self) -> World:
        """A copy in new containers; several times faster than deepcopy."""
        copied = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, list | dict | set):
                setattr(copied, name, copy(value))
        return copied


class Oracle:
    """
    The deal as it should be.

    Parameters
    ----------
    allotments : shares at closing, by tranche and holder. now : of the chain, in seconds.

    Attributes
    ----------
    settled : what the last step settled. emitted : every log of it, in order.
    beyond : what the cap on lifetime cash kept out of a settlement, made or refused. alike : periods settled two ways.
    payment_times : of each period, in seconds. accrual_times : the same, of a deal with a payment delay, else empty.
    around : an even share of what was lent, the scale of revenue.
    reads_reports : whether a settlement asks for a report.
    """

    def __init__(self, terms: DealTerms, allotments: dict[tuple[int, str], int], now: int) -> None:
        self.terms = terms
        self.books = Books(terms)
        self.books.allot(Allotment(tranche, holder, shares) for (tranche, holder), shares in allotments.items())
        self.world = World(now, dict.fromkeys(ACTORS, PLENTY), set(HOLDERS))
        self.world.wallets["sponsor"] -= terms.opening
        self.payees = payees_of(terms)
        self.payment_times = [timestamp(date) for date in terms.payment_dates]
        self.accrual_times = [timestamp(date) for date in terms.accrual_dates] if terms.delays else []
        self.around = max(1, sum(tranche.face for tranche in terms.tranches) // terms.periods)
        self.settled: list[Settled] = []
        self.emitted: list[ExpectedLog] = []
        self.beyond = self.alike = 0
        self.reads_reports = terms.reads_reports
        self._locked: set[int] = set()
        self._inside = ""
        self._before = self._holdings()
        self._shares = {expected_logs.share(index): index for index in range(len(terms.tranches))}
        self._acts: dict[str, Callable[[Step], None]] = {
            name.removeprefix("_do_"): getattr(self, name) for name in dir(self) if name.startswith("_do_")
        }

    def act(self, step: Step) -> Outcome:
        """Takes the step, or leaves everything as it was. Raises Broken when an invariant does not survive it."""
        self.settled, self.emitted, self._inside = [], [], ""
        self.beyond = self.alike = 0
        undo = self._saved() if step.inside else None
        try:
            self._acts[step.what](step)
        except Refused as refused:
            if undo:
                self.books, self.world = undo
            self.settled, self.emitted = [], []
            return Outcome(refused.error)
        self._hold()
        return Outcome("", self._inside)

    def payment_at(self) -> int:
        """The time from which the next period can be settled; 0 after the last."""
        return 0 if self.books.matured else self.payment_times[self.books.state.period]

    # The clock and the asset's issuer

    def _do_wait(self, step: Step) -> None:
        self.world.now += step.amount

    def _do_block(self, step: Step) -> None:
        self.world.blocked.add(step.to)

    def _do_unblock(self, step: Step) -> None:
        self.world.blocked.discard(step.to)

    def _do_pause(self, step: Step) -> None:
        self.world.paused = True

    def _do_unpause(self, step: Step) -> None:
        self.world.paused = False

    def _do_cut(self, step: Step) -> None:
        if step.amount > self.books.cash:
            raise Refused("ERC20InsufficientBalance")
        self.books.cash -= step.amount
        self._emit(ASSET, expected_logs.TRANSFER, DEAL, NOBODY, step.amount)
        self.world.destroyed = self.world.destroyed or step.amount > 0

    # Cash in

    def _do_gift(self, step: Step) -> None:
        self._pay_in(step)

    def _do_cut_off(self, step: Step) -> None:
        """INV 18: what has come in by then, and nothing that comes later, is the period's."""
        books = self.books
        try:
            period = require_cut_off(self.terms, books.state.period, books.cut, self.world.now)
        except ModelError as refusal:
            raise Refused(f"Deal_{type(refusal).__name__}") from None
        self._require_ledger()
        books.cut_off(self.world.now)
        self.world.cut[period] = books.unsettled
        self._emit(DEAL, expected_logs.CUT_OFF, period, books.unsettled)

    def _do_announce_call(self, step: Step) -> None:
        call = self.terms.call
        if call is None:
            raise Refused("Deal_NotCallable")
        if self.payees[call.payee] != step.by:
            raise Refused("Deal_NotPayee")
        try:
            period = self.books.announce_call(self.world.now)
        except ModelError as refusal:
            raise Refused(f"Deal_{type(refusal).__name__}") from None
        self._emit(DEAL, expected_logs.CALL_ANNOUNCED, period)

    def _do_let_take(self, step: Step) -> None:
        self.world.allowances[step.by] = step.amount
        self._emit(ASSET, expected_logs.APPROVAL, step.by, DEAL, step.amount)

    def _require_ledger(self) -> None:
        if self._locked:
            raise Refused("Deal_Reentered")
        if self.books.cash < self.books.accounted:
            raise Refused("Deal_BalanceBelowLedger")

    def _do_settle(self, step: Step) -> None:
        if step.inside:
            self._inside = WITHOUT_REASON  # the asset is transferred, and calls back, for a call alone
        self._settle(step.count, step)

    def _do_pay(self, step: Step) -> None:
        self._pay_and_settle(step)

    def _do_pay_by_permit(self, step: Step) -> None:
        allowed = self.world.allowances[step.by]
        if step.good:
            self.world.allowances[step.by] = step.amount
            self._emit(ASSET, expected_logs.APPROVAL, step.by, DEAL, step.amount)
        try:
            self._pay_and_settle(step)
        except Refused:
            self.world.allowances[step.by] = allowed
            raise

    def _pay_and_settle(self, step: Step) -> None:
        """Both or neither."""
        allowed = self.world.allowances[step.by]
        self._spend(step.by, step.amount)
        try:
            self._pay_in(step)
        except Refused:
            self.world.allowances[step.by] = allowed
            raise
        try:
            self._settle(step.count)
        except Refused:
            self.world.allowances[step.by] = allowed
            self.world.wallets[step.by] += step.amount
            self.books.cash -= step.amount
            raise

    def _spend(self, owner: str, amount: int) -> None:
        """Of the deal's allowance."""
        allowed = self.world.allowances[owner]
        if allowed < amount:
            raise Refused("ERC20InsufficientAllowance")
        if allowed != NO_LIMIT:
            self.world.allowances[owner] = allowed - amount

    def _pay_in(self, step: Step) -> None:
        self._require_transferable(step.by, DEAL)
        self.world.wallets[step.by] -= step.amount
        self.books.receive(step.amount)
        self._emit(ASSET, expected_logs.TRANSFER, step.by, DEAL, step.amount)
        self._call_back(step)

    def _settle(self, count: int, step: Step | None = None) -> None:
        """step : in whose call the asset may call back."""
        if count == 0:
            raise Refused("Deal_ZeroPeriods")
        self._require_ledger()
        books = self.books
        self.beyond = books.cash - books.counted
        if books.matured:
            if books.waiting == 0:
                raise Refused("Deal_NothingToSettle")
            self._settle_one()
            return
        if self.world.now < self.payment_at():
            raise Refused("Deal_PeriodNotOver")
        if self._take_from_payee(step):
            self._settle_one(called=True)
            return
        if not self._is_settleable():
            raise Refused("Deal_InGrace")
        while count and not books.matured and self._is_settleable():
            self._settle_one()
            count -= 1

    def _take_from_payee(self, step: Step | None) -> bool:
        """INV 22: takes what is missing for the call of the period, if it is announced and all of it is there."""
        books, call, world = self.books, self.terms.call, self.world
        period = books.state.period + 1
        if call is None or books.announced != period:
            return False
        payee = self.payees[call.payee]
        missing = bill(self.terms, books.state, books.unsettled, self._report_of(period)).missing
        if missing > books.room - books.unsettled:
            return False
        if not missing:
            self._emit(DEAL, expected_logs.CALLED, period, missing)
            return True
        try:
            self._require_transferable(payee, DEAL)
            self._spend(payee, missing)
        except Refused:
            return False
        world.wallets[payee] -= missing
        self._emit(ASSET, expected_logs.TRANSFER, payee, DEAL, missing)
        if step is not None:
            self._call_back(step, *range(len(self.terms.tranches)))
        self._emit(DEAL, expected_logs.CALLED, period, missing)
        return True

    def _is_settleable(self) -> bool:
        """INV 19: the payment date has come, and grace is over or the period pays what falls due."""
        period, now = self.books.state.period + 1, self.world.now
        if now >= grace_ends_at(self.terms, period):
            return True
        return now >= self.payment_at() and self.books.may_settle(self._report_of(period))

    def _report_of(self, period: int) -> Report:
        return self.world.reports.get(period, NOTHING_REPORTED).as_read(len(self.terms.fields))

    def _settle_one(self, called: bool = False) -> None:
        books, period = self.books, self.books.state.period + 1
        before, counted, late = books.state.copy(), books.counted, books.matured
        report = self._report_of(period)
        if self.reads_reports and not report.is_silence and not books.matured:
            self._emit(DEAL, expected_logs.REPORT_READ, period, pack_reported(report, len(self.terms.fields)))
        settlement = books.settle_called(report) if called else books.settle(report)
        counted += settlement.call_paid
        cut = self.world.cut.get(settlement.period, settlement.collections)
        if settlement.collections != cut and not self.world.destroyed and not called:
            raise Broken(18, f"period {settlement.period} takes {settlement.collections}, {cut} were cut off")
        in_grace = not late and self.world.now < grace_ends_at(self.terms, period)
        self.settled.append(Settled(self.terms, before, settlement, books.state.copy(), in_grace))
        figures = expected_logs.figures_of(self.settled[-1], counted)
        self._emit(DEAL, expected_logs.SETTLED, settlement.period, figures)

    # Cash out

    def _do_claim(self, step: Step) -> None:
        self._claim(step, step.by, step.by)

    def _do_claim_to(self, step: Step) -> None:
        self._claim_to(step, step.by)

    def _do_claim_signed(self, step: Step) -> None:
        """INV 43: only what the holder signed, once; the caller pays the gas."""
        used = self.world.claim_nonces[step.of]
        if not step.good:
            raise Refused("Deal_WrongSignature")
        self._emit(DEAL, expected_logs.CLAIM_SIGNED, step.of, used)
        self._claim_to(step, step.of)
        self.world.claim_nonces[step.of] = used + 1

    def _claim_to(self, step: Step, holder: str) -> None:
        if step.to == DEAL:
            raise Refused("Deal_WrongRecipient")
        self._claim(step, holder, step.to)

    def _do_claim_for(self, step: Step) -> None:
        if not self.world.switches.get(step.to, step.to not in (*CONTRACTS, DEAL)):
            raise Refused("Deal_ClaimForRefused")
        self._claim(step, step.to, step.to)

    def _do_switch(self, step: Step) -> None:
        self.world.switches[step.by] = step.good
        self._emit(DEAL, expected_logs.CLAIM_FOR_SET, step.by, int(step.good))

    def _claim(self, step: Step, holder: str, recipient: str) -> None:
        if step.tranche >= len(self.books.ledgers):
            raise Refused("Deal_NoTranche")
        if self._is_locked(step.tranche):
            raise Refused("Deal_Reentered")
        amount = self.books.claimable(step.tranche, holder)
        if amount == 0:
            raise Refused("Deal_NothingToClaim")
        self._require_payable(recipient, amount)
        self.books.claim(step.tranche, holder)
        if recipient == holder:
            self._emit(DEAL, expected_logs.CLAIMED, step.tranche, holder, amount)
        else:
            self._emit(DEAL, expected_logs.CLAIMED_TO, step.tranche, holder, recipient, amount)
        self._pay_out(recipient, amount)
        self._call_back(step, step.tranche)

    def _do_claim_fee(self, step: Step) -> None:
        if step.tranche >= len(self.terms.fees) or self.payees[self.terms.fees[step.tranche].payee] != step.by:
            raise Refused("Deal_NotPayee")
        amount = self.books.fee_claimable[step.tranche]
        if amount == 0:
            raise Refused("Deal_NothingToClaimOfFee")
        if self._locked:
            raise Refused("Deal_Reentered")
        self._require_payable(step.by, amount)
        self.books.claim_fee(step.tranche)
        self._emit(DEAL, expected_logs.FEE_CLAIMED, step.tranche, step.by, amount)
        self._pay_out(step.by, amount)
        self._call_back(step, 0)

    def _is_locked(self, tranche: int) -> bool:
        """A narrow deal has one lock, a wide one a lock a tranche."""
        return bool(self._locked) if self.terms.narrow else tranche in self._locked

    def _pay_out(self, recipient: str, amount: int) -> None:
        self.world.wallets[recipient] += amount
        self._emit(ASSET, expected_logs.TRANSFER, DEAL, recipient, amount)

    def _require_payable(self, recipient: str, amount: int) -> None:
        self._require_transferable(DEAL, recipient)
        if amount > self.books.cash:
            raise Refused("ERC20InsufficientBalance")

    def _require_transferable(self, sender: str, recipient: str) -> None:
        if self.world.paused:
            raise Refused("ControlledUSD_Paused")
        if {sender, recipient} & self.world.blocked:
            raise Refused("ControlledUSD_Blocked")

    def _call_back(self, step: Step, *locked: int) -> None:
        """The looper acts in the middle of a transfer; a refusal of its call does not stop the transfer."""
        if step.inside is None:
            return
        outer = set(self._locked)
        self._locked.update(locked)
        try:
            self._acts[step.inside.what](step.inside)
            self._inside = DONE
        except Refused as refused:
            self._inside = refused.error
        finally:
            self._locked = outer

    # Shares

    def _do_transfer(self, step: Step) -> None:
        self._move(step.tranche, step.by, step.to, step.amount)

    def _do_transfer_cum(self, step: Step) -> None:
        self._require_movable(step.tranche, step.by, step.to, step.amount)
        earned = self.books.transfer_cum(step.tranche, step.by, step.to, step.amount)
        self._emit(DEAL, expected_logs.MOVED_CUM, step.tranche, step.by, step.to, step.amount, earned)
        self._emit(expected_logs.share(step.tranche), expected_logs.TRANSFER, step.by, step.to, step.amount)

    def _do_approve(self, step: Step) -> None:
        self._approve(step.tranche, step.by, step.to, step.amount)

    def _do_permit(self, step: Step) -> None:
        self.world.share_allowances.setdefault((step.tranche, step.of, step.to), 0)
        used = self.world.share_nonces.setdefault((step.tranche, step.of), 0)
        if not step.good:
            raise Refused("ERC2612InvalidSigner")
        self.world.share_nonces[step.tranche, step.of] = used + 1
        self._approve(step.tranche, step.of, step.to, step.amount)

    def _approve(self, tranche: int, owner: str, spender: str, amount: int) -> None:
        self.world.share_allowances[tranche, owner, spender] = amount
        self._emit(expected_logs.share(tranche), expected_logs.APPROVAL, owner, spender, amount)

    def _do_transfer_from(self, step: Step) -> None:
        key = (step.tranche, step.of, step.by)
        allowance = self.world.share_allowances.setdefault(key, 0)
        if allowance < step.amount:
            raise Refused("ERC20InsufficientAllowance")
        self._move(step.tranche, step.of, step.to, step.amount)
        if allowance != NO_LIMIT:
            self.world.share_allowances[key] = allowance - step.amount

    def _require_movable(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        if buyer not in self.world.allowed:
            raise Refused("ERC7943CannotReceive")
        if self.books.shares(tranche, seller) < shares:
            raise Refused("ERC20InsufficientBalance")

    def _move(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        self._require_movable(tranche, seller, buyer, shares)
        self.books.transfer(tranche, seller, buyer, shares)
        self._emit(expected_logs.share(tranche), expected_logs.TRANSFER, seller, buyer, shares)

    # Roles, and accounts without one

    def _do_allow(self, step: Step) -> None:
        self._require(step.by, "registrar")
        self.world.allowed.add(step.to)
        self._emit(REGISTRY, expected_logs.HOLDER_SET, step.to, NO_END)

    def _do_disallow(self, step: Step) -> None:
        self._require(step.by, "registrar")
        self.world.allowed.discard(step.to)
        self._emit(REGISTRY, expected_logs.HOLDER_SET, step.to, 0)

    def _do_report(self, step: Step) -> None:
        self._require(step.by, "reporter")
        if step.count in self.world.reports:
            raise Refused("SingleReporter_ReportedAlready")
        report = step.report
        self.world.reports[step.count] = report
        reported, values = arguments_of(report)
        self._emit(REPORTER, expected_logs.REPORT_MADE, DEAL, step.count, reported, tuple(values))

    def _require(self, caller: str, role: str) -> None:
        if caller != role:
            raise Refused("OwnableUnauthorizedAccount")

    def _do_forbidden(self, step: Step) -> None:
        raise Refused(FORBIDDEN[step.count][1])

    def _do_alike(self, step: Step) -> None:
        """Leaves no trace: the chain compares two ways to settle and reverts both. Both write the same logs."""
        undo = self._saved()
        try:
            self._settle(step.count)
            self.alike = len(self.settled)
        finally:
            self.books, self.world = undo
            self.settled = []

    def _emit(self, by: str, kind: Kind, *values: Value) -> None:
        self.emitted.append(ExpectedLog(by, kind, values))

    # Checks after every step

    def _holdings(self) -> list[Holdings]:
        return [
            {name: (held.shares, held.shares * ledger.credited - held.debt) for name, held in ledger.holdings.items()}
            for ledger in self.books.ledgers
        ]

    def _hold(self) -> None:
        for settled in self.settled:
            for invariant in EVERY:
                invariant(settled)
        for check in AFTER_A_STEP:
            check(self)

    def _carries_less_than_a_unit_each(self) -> None:
        for index, ledger in enumerate(self.books.ledgers):
            if not 0 <= ledger.carry < max(1, len(ledger.holdings)):
                raise Broken(4, f"tranche {index} carries {ledger.carry} for {len(ledger.holdings)} holders")

    def _shares_are_the_supply(self) -> None:
        for index, ledger in enumerate(self.books.ledgers):
            if sum(held.shares for held in ledger.holdings.values()) != ledger.supply:
                raise Broken(14, f"shares of tranche {index} are not its supply")

    def _holds_what_it_owes(self) -> None:
        if not self.world.destroyed and self.books.cash < self.books.accounted:
            raise Broken(1, f"the deal holds {self.books.cash}, its ledger {self.books.accounted}")

    def _has_what_the_logs_say(self) -> None:
        """From the logs of the step, which are compared with the chain's, independently of the share ledgers."""
        holdings = self._holdings()
        for index, (should, does) in enumerate(zip(self._as_logged(), holdings, strict=True)):
            if should != does:
                holder = next(name for name in {**should, **does} if should.get(name) != does.get(name))
                (shares, numerator), (held, earned) = does.get(holder, (0, 0)), should.get(holder, (0, 0))
                by = f"{numerator - earned} off what was credited and claimed, {shares - held} shares off what moved"
                raise Broken(5, f"{holder}'s claim on tranche {index} is {by}")
        self._before = holdings

    def _as_logged(self) -> list[Holdings]:
        """The holdings after the last step, changed by the transfers, claims and settlements of this one."""
        holdings, settled = self._before, iter(self.settled)
        for by, kind, values in self.emitted:
            if kind is expected_logs.SETTLED:
                # Settling two ways is reverted and leaves only its logs
                if each := next(settled, None):
                    for index, credited in enumerate(each.after.credited):
                        credit = credited - each.before.credited[index]
                        for name, (held, _) in holdings[index].items():
                            _move(holdings[index], name, 0, held * credit)
            elif kind in (expected_logs.CLAIMED, expected_logs.CLAIMED_TO):
                tranche, holder, amount = cast(tuple[int, str, int], (*values[:2], values[-1]))
                _move(holdings[tranche], holder, 0, -amount * self.terms.tranches[tranche].supply)
            elif kind is expected_logs.MOVED_CUM:
                tranche, seller, buyer, amount, earned = cast(tuple[int, str, str, int, int], values)
                held, had = holdings[tranche].get(seller, (0, 0))
                if earned != -(-had * amount // held if amount else 0):
                    raise Broken(42, f"with {amount} of {held} shares move {earned}, of {had} that was not claimed")
                _move(holdings[tranche], seller, 0, -earned)
                _move(holdings[tranche], buyer, 0, earned)
            elif kind is expected_logs.TRANSFER and by in self._shares:
                seller, buyer, amount = cast(tuple[str, str, int], values)
                _move(holdings[self._shares[by]], seller, -amount, 0)
                _move(holdings[self._shares[by]], buyer, amount, 0)
        return holdings

    def _saved(self) -> tuple[Books, World]:
        return self.books.copy(), self.world.copy()


AFTER_A_STEP: tuple[Callable[[Oracle], None], ...] = (
    Oracle._carries_less_than_a_unit_each,
    Oracle._shares_are_the_supply,
    Oracle._holds_what_it_owes,
    Oracle._has_what_the_logs_say,
)
"""INV 04, 14, 01 and 05, of all holdings, whatever the step was."""


def _move(holdings: Holdings, holder: str, shares: int, numerator: int) -> None:
    held, earned = holdings.get(holder, (0, 0))
    holdings[holder] = (held + shares, earned + numerator)
