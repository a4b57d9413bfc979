"""One pass over all logs in order; each is compared with the books at that moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from eth_utils.crypto import keccak

from penstock.audit.allowances import Approvals
from penstock.audit.books import AuditBooks
from penstock.audit.checkpoint import Entry
from penstock.audit.findings import Findings
from penstock.audit.logs import (
    APPROVAL,
    CALL_ANNOUNCED,
    CALLED,
    CLAIM_FOR_SET,
    CLAIM_SIGNED,
    CLAIMED,
    CLAIMED_TO,
    CUT_OFF,
    FEE_CLAIMED,
    LAUNCHED,
    MOVED_CUM,
    REPORTED,
    SETTLED,
    TRANSFER,
    Kind,
)
from penstock.audit.outflows import Outflows
from penstock.audit.subject import Subject
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import BadArgument
from penstock.format import counted, exact_money
from penstock.model.call import require_announcement
from penstock.model.cut_off import CutOff, require_cut_off
from penstock.model.errors import InGrace, InsufficientShares, ModelError, PeriodNotOver
from penstock.model.report import Report
from penstock.onchain.events import WIDTH_AT, unpack_settled, width_of
from penstock.onchain.reports import unpack_reported

NOBODY = "0x" + "00" * 20


class Reading(NamedTuple):
    """The report a settled period used, None if the deal logged none. entry : its log."""

    period: int
    report: Report | None
    entry: Entry


class Call(NamedTuple):
    """What the deal logged of a call that is about to be settled. paid : by its payee, in base units."""

    period: int
    paid: int
    entry: Entry


class Cum(NamedTuple):
    """Shares that the deal says moved with their cash; their share's own log comes next."""

    tranche: int
    seller: str
    buyer: str
    amount: int
    entry: Entry


class Launch(NamedTuple):
    """The launch as the factory logged it. payers : the accounts that paid the deal earlier in the transaction."""

    entry: Entry
    sponsor: Address
    payers: set[Address]


class Replay:
    """
    Applies logs to the books.

    Parameters
    ----------
    times : the timestamp of each block with a settlement, a cut-off or an announced call.

    Attributes
    ----------
    stopped : why the replay cannot continue, "" while it can.
    launch : None until its log is seen. settled : how many settlements were replayed.
    readings : of each settled period, where the deal reads reports.
    """

    def __init__(self, subject: Subject, findings: Findings, times: Mapping[int, int]) -> None:
        self.subject, self.findings, self.times = subject, findings, times
        self.terms, self.books, self.approvals = subject.terms, AuditBooks(subject.terms), Approvals()
        self.stopped = ""
        self.launch: Launch | None = None
        self.settled = 0
        self.readings: list[Reading] = []
        self._mints: list[Entry] = []
        self._report: Reading | None = None
        self._call: Call | None = None
        self._cum: Cum | None = None
        self._brought: dict[tuple[str, str], int] = {}
        self._outflows = Outflows(subject.money)
        self._last_of: dict[str, Entry] = {}
        self._payers: dict[str, set[Address]] = {}
        deal, asset = subject.deal.lower(), subject.asset.lower()
        self._deal = deal
        self._handlers: dict[tuple[str, str], tuple[Kind, Callable[..., None]]] = {}
        known: list[tuple[str, Kind, Callable[..., None]]] = [
            (deal, SETTLED, self._settled),
            (deal, REPORTED, self._reported),
            (deal, CUT_OFF, self._cut_off),
            (deal, CALL_ANNOUNCED, self._call_announced),
            (deal, CALLED, self._called),
            (deal, CLAIMED, self._claimed),
            (deal, CLAIMED_TO, self._claimed_to),
            (deal, CLAIM_SIGNED, self._claim_signed),
            (deal, MOVED_CUM, self._moved_cum),
            (deal, FEE_CLAIMED, self._fee_claimed),
            (deal, CLAIM_FOR_SET, self._switched),
            (subject.factory.lower(), LAUNCHED, self._launched),
            (asset, TRANSFER, self._cash_moved),
            (asset, APPROVAL, self._cash_approved),
            *((share.lower(), TRANSFER, self._shares_moved) for share in subject.shares),
            *((share.lower(), APPROVAL, self._approved) for share in subject.shares),
        ]
        for address, kind, handler in known:
            self._handlers[address, kind.topic] = kind, handler
        self._share = {share.lower(): index for index, share in enumerate(subject.shares)}

    def run(self, entries: list[Entry], progress: Callable[[int], None]) -> AuditBooks:
        """Replays all logs; differences are in the findings."""
        self._last_of = {each.transaction: each for each in settlements(self.subject, entries)}
        for number, entry in enumerate(entries):
            known = self._handlers.get((entry.address, entry.topics[0] if entry.topics else ""))
            try:
                if known is None:
                    raise BadArgument("its code cannot log this")
                kind, handler = known
                handler(entry, *kind.values(entry))
            except BadArgument as error:
                text = f"log {entry.place} of the block, of {checksum(entry.address)}: {error}"
                self._wrong("logs", text, entry)
            if number % 4096 == 0:
                progress(number)
        progress(len(entries))
        self._close()
        return self.books

    # The launch and the shares

    def _launched(self, entry: Entry, deal: str, sponsor: str, terms_hash: int) -> None:
        if deal != self._deal:
            raise BadArgument(f"the launch of {checksum(deal)}, another deal")
        if self.launch:
            self._wrong("logs", "the deal is launched twice", entry)
        self.launch = Launch(entry, checksum(sponsor), self._payers.get(entry.transaction, set()))
        self.findings.compared("terms")
        if terms_hash != int.from_bytes(keccak(self.subject.packed), "big"):
            self._wrong("terms", "the deal was launched with terms of another hash than the chain holds now", entry)

    def _shares_moved(self, entry: Entry, seller: str, buyer: str, amount: int) -> None:
        index = self._share[entry.address]
        ledger, shares = self.books.ledgers[index], self.subject.shares_in(index, amount)
        self.findings.compared("holders")
        if seller == NOBODY:
            self._mints.append(entry)
            return ledger.allot(buyer, amount)
        if buyer == NOBODY:
            self._wrong("holders", f"{shares} of {checksum(seller)} vanish", entry)
        cum, self._cum = self._cum, None
        if cum:
            if (cum.tranche, cum.seller, cum.buyer, cum.amount) == (index, seller, buyer, amount):
                return None
            self._cum_alone(cum)
        try:
            ledger.transfer(seller, buyer, amount)
        except InsufficientShares as error:
            held = exact_money(error.shares, self.terms.share_decimals)
            text = f"{checksum(seller)} passes on {shares} and has {held} by the logs before"
            self._wrong("holders", text, entry)
        return None

    def _moved_cum(self, entry: Entry, tranche: int, seller: str, buyer: str, amount: int, earned: int) -> None:
        self._no_report_waits()
        if tranche >= len(self.books.ledgers):
            raise BadArgument(f"shares of tranche {tranche + 1} move: the deal has {len(self.books.ledgers)}")
        self.findings.compared("holders", 2)
        shares = self.subject.shares_in(tranche, amount)
        try:
            moved = self.books.transfer_cum(tranche, seller, buyer, amount)
        except InsufficientShares as error:
            held = exact_money(error.shares, self.terms.share_decimals)
            text = f"{checksum(seller)} passes on {shares} and has {held} by the logs before"
            return self._wrong("holders", text, entry)
        if earned != moved and not self.stopped:
            supply = self.books.ledgers[tranche].supply
            text = f"with {shares} of {checksum(seller)} move {earned}/{supply} base units, they had earned"
            self._wrong("holders", f"{text} {moved}/{supply}", entry)
        self._cum = Cum(tranche, seller, buyer, amount, entry)
        return None

    def _cum_alone(self, cum: Cum) -> None:
        text = f"{self.subject.shares_in(cum.tranche, cum.amount)} of {checksum(cum.seller)} move by the deal's log"
        self._wrong("holders", f"{text}, and not by their share's", cum.entry)

    def _approved(self, entry: Entry, owner: str, spender: str, amount: int) -> None:
        self.approvals.approve(self._share[entry.address], owner, spender, amount)

    # Periods

    def _reported(self, entry: Entry, period: int, figures: bytes) -> None:
        self._no_report_waits()
        if not self.terms.reads_reports:
            raise BadArgument("a report, and the terms read none")
        self._report = Reading(period, unpack_reported(figures, len(self.terms.fields)), entry)

    def _cut_off(self, entry: Entry, period: int, collections: int) -> None:
        self._no_report_waits()
        books, money = self.books, self.subject.money
        if self.stopped:
            return
        try:
            expected = require_cut_off(self.terms, books.state.period, books.cut, self.times[entry.block])
        except ModelError as error:
            raise BadArgument(f"a cut-off of period {period}: {error}") from None
        if period != expected:
            raise BadArgument(f"a cut-off of period {period}, the next to be settled is {expected}")
        self.findings.compared("cash")
        if collections != books.unsettled:
            text = f"period {period} is cut off at {money(collections)}, the asset's Transfer logs brought"
            self._wrong("cash", f"{text} {money(books.unsettled)}", entry)
        books.cut = CutOff(period, collections)
        return

    def _call_announced(self, entry: Entry, period: int) -> None:
        self._no_report_waits()
        books = self.books
        if self.stopped:
            return
        try:
            expected = require_announcement(self.terms, books.state, books.announced, self.times[entry.block])
        except ModelError as error:
            raise BadArgument(f"a call of period {period} is announced: {error}") from None
        if period != expected:
            raise BadArgument(f"a call of period {period} is announced, the next to be settled is {expected}")
        books.announced = period

    def _called(self, entry: Entry, period: int, paid: int) -> None:
        self._no_report_waits()
        self._no_call_waits()
        if self.terms.call is None:
            raise BadArgument("a call, and the terms have none")
        self._call = Call(period, paid, entry)

    def _settled(self, entry: Entry, period: int, figures: bytes) -> None:
        reported, self._report = self._report, None
        call, self._call = self._call, None
        log = unpack_settled(period, figures, self.terms)
        if self.stopped:
            return None
        expected = self.books.state.period + 1
        if log.period != expected:
            seen = "again" if log.period < expected else f"and no log of period {expected}"
            self.stopped = f"a Settled log of period {log.period} comes after {counted(expected - 1, 'period')}, {seen}"
            return self._wrong("periods", self.stopped, entry)
        late = log.period > self.terms.periods
        if reported and (late or (reported.period, reported.entry.transaction) != (log.period, entry.transaction)):
            settled = "late revenue, which reads none" if late else f"the settlement of {log.period}"
            self._wrong("periods", f"a report of period {reported.period} comes before {settled}", entry)
        report = reported.report if reported else None
        if self.terms.reads_reports and not late:
            self.readings.append(Reading(log.period, report, entry))
        books = self.books
        if call and (call.period, call.entry.transaction) != (log.period, entry.transaction):
            self._wrong("periods", f"a call of period {call.period} comes before the settlement of {log.period}", entry)
            call = None
        waiting = books.unsettled - call.paid if call else books.waiting
        self.findings.compared("cash")
        if log.collections != waiting:
            paid, brought = self.subject.money(log.collections), self.subject.money(waiting)
            cut = "its cut-off and the asset's Transfer logs leave it"
            source = cut if books.cut.period == log.period and not call else "the asset's Transfer logs brought"
            text = f"period {log.period} shares out {paid}, {source} {brought}"
            self._wrong("cash", text, entry)
            books.cash += log.collections - waiting  # so that each difference is reported once
        if figures[WIDTH_AT] != width_of(books.counted):
            text = f"period {log.period}: amounts of {figures[WIDTH_AT]} bytes, the deal's cash takes"
            self._wrong("periods", f"{text} {width_of(books.counted)}", entry)
        given = report or Report()
        last = self._last_of[entry.transaction] is entry
        try:
            try:
                made = books.settle_as_logged(log, given, self.times[entry.block], last, call is not None)
            except (PeriodNotOver, InGrace) as error:
                self._wrong("periods", str(error), entry)
                made = books.settle_as_logged(log, given, None, last, call is not None)
        except ModelError as error:
            self.stopped = f"period {log.period}: {error}"
            return self._wrong("periods", self.stopped, entry)
        self.settled += 1
        if call:
            self._compare_call(call, made.call_paid)
        names = [f"rung {self.terms.rung_name(rung)}" for rung in log.rungs]
        money = self.subject.money
        self._figures(entry, log.period, names, log.paid, [rung.paid for rung in made.rungs], money)
        names = [f"counter of test {test.id}" for test in self.terms.tests]
        self._figures(entry, log.period, names, log.passes_needed, books.state.passes_needed, str)
        names = [f"reserve {reserve.id}" for reserve in self.terms.reserves]
        return self._figures(entry, log.period, names, log.reserves, made.reserves, money)

    def _compare_call(self, call: Call, missing: int) -> None:
        """The payee pays what is missing, no more and no less, and nobody else does for it."""
        money, transaction = self.subject.money, call.entry.transaction
        self.findings.compared("cash", 2)
        if call.paid != missing:
            text = f"the call of period {call.period} took {money(call.paid)}, missing were {money(missing)}"
            self._wrong("cash", text, call.entry)
        brought = self._brought.get((transaction, self.subject.call_payee.lower()), 0)
        if brought < call.paid:
            text = f"the call of period {call.period} took {money(call.paid)}, of which its payee brought"
            self._wrong("cash", f"{text} {money(brought)}", call.entry)

    def _figures(
        self,
        entry: Entry,
        period: int,
        names: list[str],
        log: list[int],
        model: list[int],
        shown: Callable[[int], str],
    ) -> None:
        self.findings.compared("periods", len(log))
        if len(log) != len(model):
            return self._wrong(
                "periods", f"period {period}: the log has {counted(len(log), 'rung')}, the model {len(model)}", entry
            )
        for name, logged, computed in zip(names, log, model, strict=True):
            if logged != computed:
                self._wrong("periods", f"period {period}, {name}: log {shown(logged)}, model {shown(computed)}", entry)
        return None

    def _no_report_waits(self) -> None:
        """Between its report and its figures a settlement logs nothing, and calls no one who could."""
        report, self._report = self._report, None
        if report:
            text = f"a report of period {report.period} is not followed by its settlement"
            self._wrong("periods", text, report.entry)

    def _no_call_waits(self) -> None:
        """Behind a call there are a report and figures, nothing else."""
        call, self._call = self._call, None
        if call:
            self._wrong("periods", f"a call of period {call.period} is not followed by its settlement", call.entry)

    # Cash

    def _claimed(self, entry: Entry, tranche: int, holder: str, amount: int) -> None:
        self._claimed_to(entry, tranche, holder, holder, amount)

    def _claimed_to(self, entry: Entry, tranche: int, holder: str, recipient: str, amount: int) -> None:
        self._no_report_waits()
        if tranche >= len(self.books.ledgers):
            raise BadArgument(f"a claim of tranche {tranche + 1}: the deal has {len(self.books.ledgers)}")
        ledger, name = self.books.ledgers[tranche], self.terms.tranches[tranche].id
        self.findings.compared("holders")
        earned = ledger.claimable_down(holder)
        if amount != earned and not self.stopped:
            claimed, due = self.subject.money(amount), self.subject.money(earned)
            text = f"{checksum(holder)} claims {claimed} of {name}, its shares had earned {due}"
            self._wrong("holders", text, entry)
        ledger.take(holder, amount)
        self._outflows.claimed(entry, recipient, amount)

    def _claim_signed(self, entry: Entry, holder: str, nonce: int) -> None:
        self._no_report_waits()
        self.findings.compared("holders")
        expected = self.books.claim_nonces.get(holder, 0)
        if nonce != expected:
            text = f"a claim signed by {checksum(holder)} has nonce {nonce}, the next is {expected}"
            self._wrong("holders", text, entry)
        self.books.claim_nonces[holder] = nonce + 1

    def _fee_claimed(self, entry: Entry, fee: int, payee: str, amount: int) -> None:
        self._no_report_waits()
        if fee >= len(self.terms.fees):
            raise BadArgument(f"a claim of fee {fee + 1}: the deal has {len(self.terms.fees)}")
        name, earned, owed_to = self.terms.fees[fee].id, self.books.fee_claimable[fee], self.subject.payees[fee]
        self.findings.compared("holders")
        if amount != earned and not self.stopped:
            claimed, credited = self.subject.money(amount), self.subject.money(earned)
            self._wrong("holders", f"{claimed} of fee {name} are claimed, {credited} were credited", entry)
        if payee != owed_to.lower():
            self._wrong("holders", f"fee {name} goes to {checksum(payee)}, its payee is {owed_to}", entry)
        self.books.fee_claimed[fee] += amount
        self._outflows.claimed(entry, payee, amount)

    def _switched(self, entry: Entry, holder: str, accepted: int) -> None:
        self._no_report_waits()
        if accepted > 1:
            raise BadArgument(f"ClaimForSet says {accepted}, which is neither yes nor no")
        self.books.switches[holder] = bool(accepted)

    def _cash_moved(self, entry: Entry, source: str, target: str, amount: int) -> None:
        if self._deal not in (source, target):
            raise BadArgument("a transfer neither to the deal nor from it")
        self.findings.compared("cash")
        if target == self._deal:
            self.books.cash += amount
            if self.terms.call:
                key = (entry.transaction, source)
                self._brought[key] = self._brought.get(key, 0) + amount
            if self.launch is None:
                self._payers.setdefault(entry.transaction, set()).add(checksum(source))
        if source == self._deal:
            self.books.cash -= amount
            if target != self._deal and amount:  # anyone may transfer zero out of any account
                self._outflows.left(entry, target, amount)

    def _cash_approved(self, entry: Entry, owner: str, spender: str, amount: int) -> None:
        if owner != self._deal:
            raise BadArgument("an approval of another than the deal")
        self.findings.compared("cash")
        if amount:  # some assets log what is left of an allowance, and anyone may transfer zero out of any account
            text = f"the deal lets {checksum(spender)} take {self.subject.money(amount)} of the asset"
            self._wrong("cash", f"{text}: its code approves nobody", entry)

    def _close(self) -> None:
        """Checks what must balance over whole transactions and over all logs."""
        self._no_report_waits()
        self._no_call_waits()
        if self._cum:
            self._cum_alone(self._cum)
        for block, transaction, text in self._outflows.unmatched():
            self.findings.wrong("cash", text, block, transaction)
        launch = self.launch
        if launch is None:
            self.findings.wrong("logs", f"the factory {self.subject.factory} logged no launch of the deal")
        for mint in self._mints:
            if launch is None or mint.transaction != launch.entry.transaction:
                name = self.terms.tranches[self._share[mint.address]].id
                self._wrong("holders", f"shares of {name} are created after the launch", mint)
        for ledger, tranche in zip(self.books.ledgers, self.terms.tranches, strict=True):
            self.findings.compared("holders")
            given = sum(held.shares for held in ledger.holdings.values())
            if given != ledger.supply:
                held, issued = (exact_money(each, self.terms.share_decimals) for each in (given, ledger.supply))
                self.findings.wrong("holders", f"{tranche.id}: holders have {held} shares by the logs, not {issued}")

    def _wrong(self, check: str, text: str, entry: Entry) -> None:
        self.findings.wrong(check, text, entry.block, entry.transaction)


def settlements(subject: Subject, entries: list[Entry]) -> list[Entry]:
    """The logs of settlements."""
    return _of_the_deal(subject, entries, SETTLED)


def timed(subject: Subject, entries: list[Entry]) -> list[Entry]:
    """The logs of what depends on the time of its block."""
    timed_kinds = (CUT_OFF, CALL_ANNOUNCED)
    others = (each for kind in timed_kinds for each in _of_the_deal(subject, entries, kind))
    return [*settlements(subject, entries), *others]


def _of_the_deal(subject: Subject, entries: list[Entry], kind: Kind) -> list[Entry]:
    deal = subject.deal.lower()
    return [each for each in entries if each.address == deal and each.topics[:1] == (kind.topic,)]
