"""One deal, two implementations behind one interface: the exact model and the contracts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Protocol

from penstock.evm.chain import Chain, Contract
from penstock.evm.errors import ChainRevert
from penstock.model.books import Books
from penstock.model.calendar import timestamp
from penstock.model.call import NOTICE, bill
from penstock.model.deal import Settlement
from penstock.model.errors import InGrace, InsufficientShares, ModelError, NothingToClaim, NothingToClaimOfFee
from penstock.model.grace import grace_ends_at
from penstock.model.report import Report
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.events import settled_in
from penstock.onchain.launch import System, launch
from penstock.onchain.reports import arguments_of, pack_reported
from penstock.onchain.state import ChainState, claimed_as_kept, read_state
from penstock.onchain.windows import listed

HOLDERS = ("ann", "bob", "cho", "dee")
SPONSOR = HOLDERS[0]
Numbers = dict[str, Any]


class Book(Protocol):
    """What a life consists of. `numbers` is everything that both sides must agree on."""

    def settle(self, collections: int, reports: list[Report], early: bool = False) -> list[list[int]]:
        """
        Settles as many overdue periods as there are reports, in one call; all collections belong to the first.

        early : on the last one's payment date; else when its grace is over. In its grace a period may have to wait.

        Returns, for each, what each rung of the ladder in force was paid.
        """

    def cut_off(self, collections: int) -> None:
        """Brings collections in and cuts the next period off."""

    def announce_call(self, pays: bool) -> str:
        """
        The payee announces the call of the next period, at the last second, and is ready to pay for it or not.

        Returns the name of the error that refuses it, "" if none does.
        """

    @property
    def matured(self) -> bool: ...

    def settle_late(self, collections: int) -> list[list[int]]: ...

    def transfer(self, tranche: int, seller: str, buyer: str, shares: int) -> bool:
        """Whether the shares moved."""

    def claim(self, tranche: int, holder: str) -> int: ...

    def claim_fee(self, fee: int) -> int: ...

    def numbers(self) -> Numbers: ...


class ModelBook:
    def __init__(self, terms: DealTerms) -> None:
        self.books, self.now, self.pays = Books(terms), 0, False
        self.books.allot(Allotment(index, SPONSOR, tranche.supply) for index, tranche in enumerate(terms.tranches))

    def settle(self, collections: int, reports: list[Report], early: bool = False) -> list[list[int]]:
        self.books.receive(collections)
        self.now = max(self.now, settled_at(self.books.terms, self.books.state.period + len(reports), early))
        paid = []
        with suppress(InGrace):
            for report in reports:
                if not self.matured:
                    paid.append(_paid(self._settle_one(report)))
        return paid

    def _settle_one(self, report: Report) -> Settlement:
        books = self.books
        if books.announced == books.state.period + 1:
            missing = bill(books.terms, books.state, books.unsettled, report).missing
            if missing <= books.room - books.unsettled and (self.pays or not missing):
                return books.settle_called(report, self.now)
        return books.settle(report, self.now)

    def announce_call(self, pays: bool) -> str:
        self.pays, self.now = pays, max(self.now, announced_at(self.books.terms, self.books.state.period))
        try:
            self.books.announce_call(self.now)
        except ModelError as refusal:
            return type(refusal).__name__
        return ""

    @property
    def matured(self) -> bool:
        return self.books.matured

    def cut_off(self, collections: int) -> None:
        self.books.receive(collections)
        self.now = max(self.now, timestamp(self.books.terms.accrual_dates[self.books.state.period]))
        self.books.cut_off(self.now)

    def settle_late(self, collections: int) -> list[list[int]]:
        self.books.receive(collections)
        return [_paid(self.books.settle())]

    def transfer(self, tranche: int, seller: str, buyer: str, shares: int) -> bool:
        try:
            self.books.transfer(tranche, seller, buyer, shares)
        except InsufficientShares:
            return False
        return True

    def claim(self, tranche: int, holder: str) -> int:
        try:
            return self.books.claim(tranche, holder)
        except NothingToClaim:
            return 0

    def claim_fee(self, fee: int) -> int:
        try:
            return self.books.claim_fee(fee)
        except NothingToClaimOfFee:
            return 0

    def numbers(self) -> Numbers:
        return numbers_of(self.books, HOLDERS)


def numbers_of(books: Books, holders: Sequence[str]) -> Numbers:
    """Everything in which the model and the contracts must agree, by the names of `ChainState`."""
    state, tranches = books.state.copy(), range(len(books.ledgers))
    return {
        **{name: getattr(state, name) for name in ChainState.__dataclass_fields__ if hasattr(state, name)},
        "accounted": books.accounted,
        "cut": books.cut,
        "announced": books.announced,
        "claimed": claimed_as_kept(books.terms, books.claimed),
        "fee_claimable": books.fee_claimable,
        "windows": listed(books.terms, state),
        "cash": books.cash,
        "claimable": [[books.claimable(tranche, holder) for holder in holders] for tranche in tranches],
        "shares": [[books.shares(tranche, holder) for holder in holders] for tranche in tranches],
    }


class ChainBook:
    """The contracts on any chain. Revenue comes by transfer and by payAndSettle in turn, claims by either caller."""

    def __init__(self, system: System, asset: Contract, reporter: Contract, terms: DealTerms) -> None:
        chain: Chain = system.chain
        self.chain, self.terms, self.asset, self.reporter = chain, terms, asset, reporter
        self.accounts = dict(zip(HOLDERS, chain.accounts, strict=False))
        self.payees = {label: chain.accounts[5 + index] for index, label in enumerate(("operator", "trustee"))}
        self.payer = chain.accounts[9]
        self.claims = 0
        self.reported: set[int] = set()
        allotments = [Allotment(i, self.accounts[SPONSOR], t.supply) for i, t in enumerate(terms.tranches)]
        asset.send("mint", self.accounts[SPONSOR], terms.opening)
        self.deployment = launch(
            system, terms, asset, self.payees, self.accounts[SPONSOR], allotments, reports=reporter.address
        )
        self.deal = self.deployment.deal
        asset.send("approve", self.deal.address, 2**256 - 1, sender=self.payer)

    def settle(self, collections: int, reports: list[Report], early: bool = False) -> list[list[int]]:
        first = self.deal.call("state").period + 1
        last = first + len(reports) - 1
        self.chain.set_time(max(self.chain.now(), settled_at(self.terms, last, early)))
        for period, report in enumerate(reports, start=first):
            if not report.is_silence and period not in self.reported:
                self.reporter.send("report", self.deal.address, period, *arguments_of(report))
                self.reported.add(period)
        return self._pay_and_settle(collections, len(reports), reports, by_transfer=early or first % 2 == 0)

    def cut_off(self, collections: int) -> None:
        end = self.terms.accrual_dates[self.deal.call("state").period]
        self.chain.set_time(max(self.chain.now(), timestamp(end)))
        self.asset.send("mint", self.deal.address, collections)
        self.deal.send("cutOff", sender=self.payer)

    def announce_call(self, pays: bool) -> str:
        assert self.terms.call
        payee = self.payees[self.terms.call.payee]
        self.asset.send("mint", payee, self.terms.max_amount)
        self.asset.send("approve", self.deal.address, self.terms.max_amount if pays else 0, sender=payee)
        self.chain.set_time(max(self.chain.now(), announced_at(self.terms, self.deal.call("state").period)))
        try:
            self.deal.send("announceCall", sender=payee)
        except ChainRevert as refusal:
            return refusal.name.removeprefix("Deal_")
        return ""

    @property
    def matured(self) -> bool:
        return bool(self.deal.call("state").period == self.terms.periods)

    def settle_late(self, collections: int) -> list[list[int]]:
        return self._pay_and_settle(collections, 1, [], by_transfer=False)

    def transfer(self, tranche: int, seller: str, buyer: str, shares: int) -> bool:
        share = self.deployment.share(tranche)
        try:
            share.send("transfer", self.accounts[buyer], shares, sender=self.accounts[seller])
        except ChainRevert as error:
            assert error.name == "ERC20InsufficientBalance", error
            return False
        return True

    def claim(self, tranche: int, holder: str) -> int:
        self.claims += 1
        account = self.accounts[holder]
        if self.claims % 2:
            return self._taken("Deal_NothingToClaim", account, "claim", tranche)
        return self._taken("Deal_NothingToClaim", account, "claimFor", tranche, account, sender=self.payer)

    def claim_fee(self, fee: int) -> int:
        payee = self.payees[self.terms.fees[fee].payee]
        return self._taken("Deal_NothingToClaimOfFee", payee, "claimFee", fee)

    def numbers(self) -> Numbers:
        state = read_state(self.deal, self.terms)
        tranches = range(len(self.terms.tranches))
        return {
            **{name: getattr(state, name) for name in state.__dataclass_fields__},
            "cash": self.asset.call("balanceOf", self.deal.address),
            "claimable": [
                [self.deal.call("claimable", tranche, self.accounts[holder]) for holder in HOLDERS]
                for tranche in tranches
            ],
            "shares": [
                [self.deployment.share(tranche).call("balanceOf", self.accounts[holder]) for holder in HOLDERS]
                for tranche in tranches
            ],
        }

    def _pay_and_settle(
        self, collections: int, periods: int, reports: list[Report], by_transfer: bool
    ) -> list[list[int]]:
        brought = collections + self._unsettled()
        self.asset.send("mint", self.payer, collections)
        if by_transfer:
            self.asset.send("transfer", self.deal.address, collections, sender=self.payer)
            try:
                receipt = self.deal.send("settle", periods, sender=self.payer)
            except ChainRevert as error:
                assert error.name == "Deal_InGrace", error
                return []
        else:
            receipt = self.deal.send("payAndSettle", collections, periods, sender=self.payer)
        logged = [each["figures"] for each in receipt.events(self.deal.abi) if each.name == "Reported"]
        settled = settled_in(receipt, self.deal.abi, self.terms)
        reports = reports[: len(settled)]
        read = [pack_reported(each, len(self.terms.fields)) for each in reports if not each.is_silence]
        assert logged == (read if self.terms.reads_reports else [])
        state = read_state(self.deal, self.terms)
        assert sum(each.collections for each in settled) == brought - self._unsettled()
        assert settled[-1].reserves == state.reserves
        assert settled[-1].passes_needed == state.passes_needed
        return [each.paid for each in settled]

    def _unsettled(self) -> int:
        return int(self.asset.call("balanceOf", self.deal.address)) - read_state(self.deal, self.terms).accounted

    def _taken(self, nothing: str, account: str, function: str, *arguments: Any, sender: str | None = None) -> int:
        """What the asset says the account received; it is the caller unless another is named."""
        before = self.asset.call("balanceOf", account)
        try:
            self.deal.send(function, *arguments, sender=sender or account)
        except ChainRevert as error:
            assert error.name == nothing, error
        return int(self.asset.call("balanceOf", account) - before)


def settled_at(terms: DealTerms, period: int, early: bool) -> int:
    """When a period is settled, in seconds: on its payment date, or when its grace is over."""
    return timestamp(terms.payment_dates[period - 1]) if early else grace_ends_at(terms, period)


def announced_at(terms: DealTerms, settled: int) -> int:
    """The last second at which the call of the next period is announced."""
    return timestamp(terms.payment_dates[settled]) - NOTICE


def _paid(settlement: Settlement) -> list[int]:
    return [rung.paid for rung in settlement.rungs]
