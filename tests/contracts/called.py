"""A deal with a clean-up call on the chain and in the exact model: each step on both, every number the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from penstock.dealfile import loads
from penstock.evm.chain import Contract, Receipt
from penstock.model.books import Books
from penstock.model.calendar import SECONDS_PER_DAY, timestamp
from penstock.model.call import bill
from penstock.model.deal import Settlement
from penstock.model.report import NOTHING_REPORTED, Report
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.launch import System
from penstock.onchain.reports import arguments_of
from penstock.onchain.state import differences
from tests.contracts import deals
from tests.contracts.stage import EVERYTHING, USD, Stage, put_on

CALL = '\n[call]\nby = "sponsor"\nbelow = "0.60"\n'
CALLED_FILE = deals.WHOLE_FILE.replace("[ladder]", CALL + "\n[ladder]")
CALLED = loads(CALLED_FILE, "called.toml")
"""
A senior of 100,000 repaid by 25,000 a period, a mezzanine of 20,000 at the end, fees, a reserve, a lock-up; losses are
written down. From two periods on, 70,000 of 120,000 are outstanding or less, which is below 60 %.
"""
FULL = 60_000 * USD
"""More than any period of the deal is due."""


@dataclass
class Called:
    """One deal on both sides. payee : who may call it. price : what it was ready to pay at its last announcement."""

    stage: Stage
    books: Books
    reporter: Contract | None
    reports: dict[int, Report] = field(default_factory=dict)

    @property
    def payee(self) -> str:
        return self.stage.cast.cho

    @property
    def next(self) -> int:
        return self.books.state.period + 1

    def report(self, report: Report, period: int | None = None) -> None:
        assert self.reporter
        period = period or self.next
        self.reports[period] = report
        self.reporter.send("report", self.stage.deal.address, period, *arguments_of(report))

    def receive(self, amount: int) -> None:
        self.stage.gift(amount)
        self.books.receive(amount)

    def at(self, time: int) -> None:
        chain = self.stage.system.chain
        chain.set_time(max(chain.now(), time))

    def day_before(self, aside: int = 0) -> int:
        """The last second for an announcement, or some seconds to a side of it."""
        time = timestamp(self.stage.terms.payment_dates[self.next - 1]) - SECONDS_PER_DAY + aside
        self.at(time)
        return time

    def announce(self) -> None:
        self.day_before()
        self.stage.deal.send("announceCall", sender=self.payee)
        self.books.announce_call(self.stage.system.chain.now())
        self.agree()

    def ready(self, amount: int, approved: int | None = None) -> None:
        """The payee has this much, and lets the deal take it, or another amount."""
        asset = self.stage.asset
        if held := asset.call("balanceOf", self.payee):
            asset.send("transfer", self.stage.cast.bob, held, sender=self.payee)
        asset.send("mint", self.payee, amount)
        asset.send("approve", self.stage.deal.address, amount if approved is None else approved, sender=self.payee)

    @property
    def missing(self) -> int:
        """What the model says a call of the next period takes, with what is there."""
        books = self.books
        return bill(self.stage.terms, books.state, books.unsettled, self._report()).missing

    def settle(self, called: bool = False) -> tuple[Settlement, Receipt]:
        """On the payment date, by a stranger. called : whether the period must be settled by its call."""
        if self.next <= self.stage.terms.periods:
            self.at(timestamp(self.stage.terms.payment_dates[self.next - 1]))
        receipt = self.stage.deal.send("settle", 1, sender=self.stage.cast.stranger)
        made = self.books.settle_called(self._report()) if called else self.books.settle(self._report())
        (paid,) = self.stage.paid(receipt)
        assert paid == [rung.paid for rung in made.rungs]
        events = [each for each in receipt.events(self.stage.deal.abi) if each.name == "Called"]
        assert [dict(each.values) for each in events] == (
            [{"period": made.period, "paid": made.call_paid}] if called else []
        )
        self.agree()
        return made, receipt

    def agree(self) -> None:
        assert differences(self.stage.state(), self.books) == []
        assert self.stage.cash() == self.books.cash
        self.stage.assert_sound()

    def _report(self) -> Report:
        if not self.stage.terms.reads_reports:
            return NOTHING_REPORTED
        return self.reports.get(self.next, NOTHING_REPORTED).as_read(len(self.stage.terms.fields))


Launch = Callable[..., Called]


def launch_called(system: System, terms: DealTerms = CALLED, asset: Contract | None = None) -> Called:
    """The third account of the cast is the payee; the sponsor reports."""
    reporter = None
    if terms.reads_reports:
        reporter = system.chain.deploy(system.artifacts["SingleReporter"], system.chain.accounts[0])
    accounts = system.chain.accounts
    payees = {"operator": accounts[4], "agent": accounts[5], "sponsor": accounts[3]}
    stage = put_on(system, terms, asset, reports=reporter, payees={label: payees[label] for label in terms.payees})
    books = Books(terms)
    books.allot(Allotment(index, stage.cast.ann, each.supply) for index, each in enumerate(terms.tranches))
    stage.asset.send("approve", stage.deal.address, EVERYTHING, sender=stage.cast.payer)
    found = Called(stage, books, reporter)
    found.agree()
    return found


def two_settled(found: Called, collections: int = FULL) -> Called:
    for _ in range(2):
        found.receive(collections)
        found.settle()
    found.receive(1_000 * USD)
    return found
