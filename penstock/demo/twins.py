"""One deal twice: on a chain and in the exact model, compared number by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from penstock.errors import PenstockError
from penstock.evm.chain import ZERO_ADDRESS, Contract, Receipt
from penstock.evm.codec import Address
from penstock.format import exact_money
from penstock.model.books import Books
from penstock.model.calendar import timestamp
from penstock.model.call import NOTICE
from penstock.model.deal import Settlement
from penstock.model.grace import grace_ends_at
from penstock.model.report import NOTHING_REPORTED, Report
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.launch import Deployment
from penstock.onchain.reports import arguments_of
from penstock.onchain.state import differences, read_state

NO_LIMIT = 2**256 - 1


class Disagreement(PenstockError):
    """Chain and model differ; the text names the first number that does."""

    def __init__(self, when: str, difference: str) -> None:
        super().__init__(f"{when}: {difference}")
        self.when, self.difference = when, difference


class Twins:
    """
    Executes every step on both sides; `compare` raises if they differ.

    Parameters
    ----------
    holders : names of the accounts that own or trade shares.
    allotments : what the deal was launched with.
    payer, keeper : who pays revenue, and who settles revenue that came by plain transfer, and reports.
    reports : the source of reports, if the deal reads any.
    """

    def __init__(
        self,
        deployment: Deployment,
        holders: Mapping[str, Address],
        allotments: Sequence[Allotment],
        payer: Address,
        keeper: Address,
        reports: Contract | None = None,
    ) -> None:
        self.deployment, self.holders, self.payer, self.keeper = deployment, dict(holders), payer, keeper
        self.reports = reports
        self.terms: DealTerms = deployment.terms
        self.deal, self.asset, self.chain = deployment.deal, deployment.asset, deployment.chain
        names = {address: name for name, address in self.holders.items()}
        self.books = Books(self.terms)
        self.books.allot(replace(each, holder=names[each.holder]) for each in allotments)
        self.wallets = {name: self._balance(address) for name, address in self.holders.items()}
        self.settlements: list[Settlement] = []
        self.gas: dict[str, list[int]] = {}
        self.asset.send("approve", self.deal.address, NO_LIMIT, sender=payer)

    def settle(
        self, collections: int, by_transfers: int, report: Report = NOTHING_REPORTED, called: bool = False
    ) -> Settlement:
        """
        Reports a period if there is something to report, pays its collections in, and settles it on its payment date,
        or when its grace is over.

        by_transfers : the number of plain transfers, settled by the keeper; 0 for one `payAndSettle` by the payer.
        called : whether the payee of the clean-up call announces the period and pays what is missing.

        Raises
        ------
        CallNotAllowed, CallTooLate : of a call.
        """
        period = self.books.state.period + 1
        if called:
            self._announce(period)
            self._wait(timestamp(self.terms.payment_dates[period - 1]))
        elif not self.books.matured:
            self._wait(grace_ends_at(self.terms, period))
        if self.reports and not report.is_silence:
            said = (self.deal.address, period, *arguments_of(report))
            self._note("report", self.reports.send("report", *said, sender=self.keeper))
        self.books.receive(collections)
        settled = self.books.settle_called(report) if called else self.books.settle(report)
        if called:
            self._let_take(settled.call_paid)
        self.asset.send("mint", self.payer, collections, sender=self.payer)
        if by_transfers:
            for amount in _parts(collections, by_transfers):
                self.asset.send("transfer", self.deal.address, amount, sender=self.payer)
            self._note("settle", self.deal.send("settle", 1, sender=self.keeper))
        else:
            self._note("pay and settle", self.deal.send("payAndSettle", collections, 1, sender=self.payer))
        self.settlements.append(settled)
        return settled

    def _announce(self, period: int) -> None:
        """In the last second there is for it, or now."""
        self._wait(timestamp(self.terms.payment_dates[period - 1]) - NOTICE)
        self.books.announce_call(self.chain.now())
        self._note("call announcement", self.deal.send("announceCall", sender=self._caller))

    def _let_take(self, amount: int) -> None:
        self.asset.send("mint", self._caller, amount, sender=self._caller)
        self.asset.send("approve", self.deal.address, amount, sender=self._caller)

    @property
    def _caller(self) -> Address:
        """The payee of the clean-up call."""
        assert self.terms.call
        return self.deployment.payees[self.terms.call.payee]

    def _wait(self, time: int) -> None:
        self.chain.set_time(max(self.chain.now(), time))

    def trade(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        self.books.transfer(tranche, seller, buyer, shares)
        share = self.deployment.share(tranche)
        self._note("share transfer", share.send("transfer", self.holders[buyer], shares, sender=self.holders[seller]))

    def claim(self, tranche: int, holder: str) -> int:
        """Claims what is claimable, if anything is."""
        if not self.books.claimable(tranche, holder):
            return 0
        amount = self.books.claim(tranche, holder)
        self._note("claim", self.deal.send("claim", tranche, sender=self.holders[holder]))
        self.wallets[holder] += amount
        return amount

    def claim_fee(self, fee: int) -> int:
        if not self.books.fee_claimable[fee]:
            return 0
        payee = self.deployment.payees[self.terms.fees[fee].payee]
        self._note("claim of a fee", self.deal.send("claimFee", fee, sender=payee))
        return self.books.claim_fee(fee)

    def compare(self, when: str) -> None:
        """
        Raises
        ------
        Disagreement : for the first number that differs.

        Compared: the deal's whole state, its cash, each holder's shares, what it can claim, and its wallet.
        """
        books = self.books
        found = differences(read_state(self.deal, self.terms), books)
        if found:
            raise Disagreement(when, found[0])
        self._equal(when, "cash of the deal", self._balance(self.deal.address), books.cash)
        for holder, address in self.holders.items():
            self._equal(when, f"wallet of {holder}", self._balance(address), self.wallets[holder])
            for index, tranche in enumerate(self.terms.tranches):
                name = f"{tranche.id} of {holder}"
                shares = self.deployment.share(index).call("balanceOf", address)
                self._equal(when, f"shares in {name}", shares, books.shares(index, holder))
                claimable = self.deal.call("claimable", index, address)
                self._equal(when, f"claimable of {name}", claimable, books.claimable(index, holder))

    def conserved_line(self) -> str:
        """
        Cash in, cash out and cash held, from the token's own events and balances only.

        Raises
        ------
        Disagreement : when they do not add up.
        """
        brought, paid = self._moved()
        held = self._balance(self.deal.address)
        difference = brought - paid - held
        into, out, rest = (exact_money(each, self.terms.decimals) for each in (brought, paid, held))
        line = f"in {into} = out {out} + held {rest}, difference {difference}"
        if difference:
            raise Disagreement("not conserved", line)
        return f"conserved: {line}"

    def _moved(self) -> tuple[int, int]:
        """Base units the deal received and sent, by the token's events."""
        brought = paid = 0
        for event in self.asset.events(self.deployment.launch_block):
            if event.name == "Transfer" and event["from"] != ZERO_ADDRESS:
                brought += event["value"] if event["to"] == self.deal.address else 0
                paid += event["value"] if event["from"] == self.deal.address else 0
        return brought, paid

    def _balance(self, address: Address) -> int:
        asset: Contract = self.asset
        return int(asset.call("balanceOf", address))

    def _equal(self, when: str, name: str, chain: int, model: int) -> None:
        if chain != model:
            raise Disagreement(when, f"{name}: chain {chain}, model {model}")

    def _note(self, what: str, receipt: Receipt) -> None:
        self.gas.setdefault(what, []).append(receipt.gas_used)


def _parts(amount: int, count: int) -> list[int]:
    """An amount split into parts as equal as base units allow; none is zero."""
    part = amount // count
    return [each for each in [part] * (count - 1) + [amount - part * (count - 1)] if each]
