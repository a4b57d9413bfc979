"""One pass over all logs in order: each is held against the books as they stood at that moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from eth_utils.crypto import keccak

from penstock.audit.allowances import Approvals
from penstock.audit.books import Books
from penstock.audit.checkpoint import Entry
from penstock.audit.findings import Findings
from penstock.audit.history import APPROVAL, LAUNCHED, TRANSFER
from penstock.audit.outflows import Outflows
from penstock.audit.subject import Subject
from penstock.chain.codec import checksum
from penstock.chain.errors import BadArgument
from penstock.chain.events import unpack_settled
from penstock.model.deal import Report
from penstock.model.errors import InsufficientShares, ModelError, PeriodNotOver
from penstock.report.words import counted

NOBODY = "0x" + "00" * 20


def _topic(signature: str) -> str:
    return "0x" + keccak(text=signature).hex()


SETTLED = _topic("Settled(bytes)")


class Replay:
    """
    Feeds logs to the books.

    Parameters
    ----------
    times : when each block with a settlement was made.

    Attributes
    ----------
    stopped : why the books cannot be kept any further, "" while they can.
    launch : the launch's log, if it came. settled : how many settlements were replayed.
    """

    def __init__(self, subject: Subject, findings: Findings, times: Mapping[int, int]) -> None:
        self.subject, self.findings, self.times = subject, findings, times
        self.terms, self.books, self.approvals = subject.terms, Books(subject.terms), Approvals()
        self.stopped = ""
        self.launch: Entry | None = None
        self.settled = 0
        self._mints: list[Entry] = []
        self._report: tuple[int, Report, str] | None = None
        self._outflows = Outflows()
        self._last_of: dict[str, Entry] = {}
        deal, asset = subject.deal.lower(), subject.asset.lower()
        self._deal = deal
        self._handlers: dict[tuple[str, str], Callable[[Entry], None]] = {
            (deal, SETTLED): self._settled,
            (deal, _topic("Reported(uint256,uint256,uint256)")): self._reported,
            (deal, _topic("Claimed(uint256,address,uint256)")): self._claimed,
            (deal, _topic("FeeClaimed(uint256,address,uint256)")): self._fee_claimed,
            (subject.factory.lower(), LAUNCHED): self._launched,
            (asset, TRANSFER): self._cash_moved,
            (asset, APPROVAL): self._cash_approved,
        }
        self._share: dict[str, int] = {}
        for index, share in enumerate(subject.shares):
            self._share[share.lower()] = index
            self._handlers[share.lower(), TRANSFER] = self._shares_moved
            self._handlers[share.lower(), APPROVAL] = self._approved

    def run(self, entries: list[Entry], told: Callable[[int], None]) -> Books:
        """Goes through all logs; what is wrong is in the findings."""
        self._last_of = {each.transaction: each for each in settlements(self.subject, entries)}
        for number, entry in enumerate(entries):
            handler = self._handlers.get((entry.address, entry.topics[0] if entry.topics else ""))
            try:
                if handler is None:
                    raise BadArgument(f"{checksum(entry.address)} logged something that its code cannot")
                handler(entry)
            except (BadArgument, ValueError, IndexError) as error:
                self._wrong("logs", " ".join(str(error).split()), entry)
            if number % 4096 == 0:
                told(number)
        told(len(entries))
        self._close()
        return self.books

    # The launch and the shares

    def _launched(self, entry: Entry) -> None:
        if self.launch:
            self._wrong("logs", "the deal is launched twice", entry)
        self.launch = entry

    def _shares_moved(self, entry: Entry) -> None:
        index = self._share[entry.address]
        seller, buyer, amount = _address(entry.topics[1]), _address(entry.topics[2]), int(entry.data, 16)
        ledger, name = self.books.ledgers[index], self.terms.tranches[index].id
        self.findings.compared("holders")
        if seller == NOBODY:
            self._mints.append(entry)
            return ledger.allot(buyer, amount)
        if buyer == NOBODY:
            self._wrong("holders", f"{amount} shares of {name} of {checksum(seller)} vanish", entry)
        try:
            ledger.transfer(seller, buyer, amount)
        except InsufficientShares as error:
            said = f"{checksum(seller)} passes on {amount} shares of {name} and has {error.shares} by the logs before"
            self._wrong("holders", said, entry)
        return None

    def _approved(self, entry: Entry) -> None:
        owner, spender = _address(entry.topics[1]), _address(entry.topics[2])
        self.approvals.approve(self._share[entry.address], owner, spender, int(entry.data, 16))

    # Periods

    def _reported(self, entry: Entry) -> None:
        loss, value = _words(entry.data, 2)
        self._no_report_waits(entry)
        self._report = (int(entry.topics[1], 16), Report(loss, value), entry.transaction)

    def _settled(self, entry: Entry) -> None:
        log = unpack_settled(_bytes(entry.data), self.terms)
        if self.stopped:
            return None
        expected = self.books.state.period + 1
        if log.period != expected:
            seen = "again" if log.period < expected else f"and no log of period {expected}"
            self.stopped = f"a Settled log of period {log.period} comes after {counted(expected - 1, 'period')}, {seen}"
            return self._wrong("periods", self.stopped, entry)
        report, self._report = self._report, None
        if report and (report[0], report[2]) != (log.period, entry.transaction):
            self._wrong(
                "periods", f"a report of period {report[0]} stands before the settlement of {log.period}", entry
            )
        waiting, books = self.books.waiting, self.books
        self.findings.compared("cash")
        if log.collections != waiting:
            said = f"period {log.period} shares out {log.collections}, the asset's Transfer logs brought {waiting}"
            self._wrong("cash", said, entry)
            books.cash += log.collections - waiting  # so that each difference is told once
        given, last = report[1] if report else Report(), self._last_of[entry.transaction] is entry
        try:
            try:
                made = books.settle(log, given, self.times[entry.block], last)
            except PeriodNotOver as error:
                self._wrong("periods", str(error), entry)
                made = books.settle(log, given, None, last)
        except ModelError as error:
            self.stopped = f"period {log.period}: {error}"
            return self._wrong("periods", self.stopped, entry)
        self.settled += 1
        names = [f"rung {self.terms.rung_name(rung)}" for rung in log.rungs]
        self._figures(entry, log.period, names, log.paid, [rung.paid for rung in made.rungs])
        names = [f"counter of test {test.id}" for test in self.terms.tests]
        self._figures(entry, log.period, names, log.passes_needed, books.state.passes_needed)
        names = [f"reserve {reserve.id}" for reserve in self.terms.reserves]
        return self._figures(entry, log.period, names, log.reserves, made.reserves)

    def _figures(self, entry: Entry, period: int, names: list[str], log: list[int], model: list[int]) -> None:
        self.findings.compared("periods", len(log))
        if len(log) != len(model):
            return self._wrong(
                "periods", f"period {period}: the log has {counted(len(log), 'rung')}, the model {len(model)}", entry
            )
        for name, logged, computed in zip(names, log, model, strict=True):
            if logged != computed:
                self._wrong("periods", f"period {period}, {name}: log {logged}, model {computed}", entry)
        return None

    def _no_report_waits(self, entry: Entry) -> None:
        if self._report:
            self._wrong("periods", f"a report of period {self._report[0]} is not followed by its settlement", entry)

    # Cash

    def _claimed(self, entry: Entry) -> None:
        tranche, holder, amount = int(entry.topics[1], 16), _address(entry.topics[2]), int(entry.data, 16)
        ledger, name = self.books.ledgers[tranche], self.terms.tranches[tranche].id
        self.findings.compared("holders")
        earned = ledger.claimable(holder)
        if amount != earned and not self.stopped:
            said = f"{checksum(holder)} claims {amount} of {name}, its shares had earned {earned}"
            self._wrong("holders", said, entry)
        self.books.take(tranche, holder, amount)
        self._outflows.claimed(entry, holder, amount)

    def _fee_claimed(self, entry: Entry) -> None:
        fee, payee, amount = int(entry.topics[1], 16), _address(entry.topics[2]), int(entry.data, 16)
        name, earned, owed_to = self.terms.fees[fee].id, self.books.fee_claimable(fee), self.subject.payees[fee]
        self.findings.compared("holders")
        if amount != earned and not self.stopped:
            self._wrong("holders", f"{amount} of fee {name} are claimed, {earned} were credited", entry)
        if payee != owed_to.lower():
            self._wrong("holders", f"fee {name} goes to {checksum(payee)}, its payee is {owed_to}", entry)
        self.books.fee_claimed[fee] += amount
        self._outflows.claimed(entry, payee, amount)

    def _cash_moved(self, entry: Entry) -> None:
        source, target, amount = _address(entry.topics[1]), _address(entry.topics[2]), int(entry.data, 16)
        self.findings.compared("cash")
        if target == self._deal:
            self.books.cash += amount
        if source == self._deal:
            self.books.cash -= amount
            if target != self._deal and amount:  # anybody may move nothing out of any account
                self._outflows.left(entry, target, amount)

    def _cash_approved(self, entry: Entry) -> None:
        spender, amount = checksum(_address(entry.topics[2])), int(entry.data, 16)
        self.findings.compared("cash")
        if amount:  # some assets log what is left of an allowance, and anybody may move nothing out of any account
            self._wrong("cash", f"the deal lets {spender} take {amount} of the asset: its code approves nobody", entry)

    def _close(self) -> None:
        """What must balance over whole transactions and over all logs."""
        for block, transaction, said in self._outflows.unmatched():
            self.findings.wrong("cash", said, block, transaction)
        launch = self.launch
        if launch is None:
            self.findings.wrong("logs", f"the factory {self.subject.factory} logged no launch of the deal")
        elif launch.data == "0x" + keccak(self.subject.packed).hex():
            self.findings.compared("terms")
        else:
            self._wrong("terms", "the deal was launched with terms of another hash than the chain holds now", launch)
        for mint in self._mints:
            if launch is None or mint.transaction != launch.transaction:
                name = self.terms.tranches[self._share[mint.address]].id
                self._wrong("holders", f"shares of {name} are made after the launch", mint)
        for ledger, tranche in zip(self.books.ledgers, self.terms.tranches, strict=True):
            self.findings.compared("holders")
            given = sum(held.shares for held in ledger.holdings.values())
            if given != ledger.supply:
                self.findings.wrong(
                    "holders", f"{tranche.id}: holders have {given} shares by the logs, not {ledger.supply}"
                )

    def _wrong(self, check: str, text: str, entry: Entry) -> None:
        self.findings.wrong(check, text, entry.block, entry.transaction)


def settlements(subject: Subject, entries: list[Entry]) -> list[Entry]:
    """The logs in which the deal tells of a settlement."""
    deal = subject.deal.lower()
    return [each for each in entries if each.address == deal and each.topics[:1] == (SETTLED,)]


def _address(topic: str) -> str:
    return "0x" + topic[26:]


def _words(data: str, count: int) -> list[int]:
    if len(data) != 2 + 64 * count:
        raise BadArgument(f"a log of {len(data) // 2 - 1} bytes where {32 * count} are logged")
    return [int(data[2 + 64 * place : 66 + 64 * place], 16) for place in range(count)]


def _bytes(data: str) -> bytes:
    """The one `bytes` value of a log."""
    raw = bytes.fromhex(data[2:])
    return raw[64 : 64 + int.from_bytes(raw[32:64], "big")]
