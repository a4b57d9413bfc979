"""One deal twice: the contracts on a chain and the exact model beside them, number by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from penstock.errors import PenstockError
from penstock.evm.chain import ZERO_ADDRESS, Contract, Receipt
from penstock.evm.codec import Address
from penstock.format import exact_money
from penstock.model.calendar import timestamp
from penstock.model.deal import Settlement, settle, settle_late
from penstock.model.shares import Allotment, ShareLedger
from penstock.model.state import opening_state
from penstock.model.terms import DealTerms
from penstock.onchain.launch import Deployment
from penstock.onchain.state import differences, read_state

NO_LIMIT = 2**256 - 1


class Disagreement(PenstockError):
    """Chain and model are not equal; the text names the first number in which they differ."""

    def __init__(self, when: str, difference: str) -> None:
        super().__init__(f"{when}: {difference}")
        self.when, self.difference = when, difference


class Twins:
    """
    Every step is taken on both sides; `compare` says where they stand.

    Parameters
    ----------
    holders : names for the accounts that own shares or trade them.
    allotments : what the deal was launched with.
    payer, keeper : who brings revenue, and who settles what came by plain transfer.
    """

    def __init__(
        self,
        deployment: Deployment,
        holders: Mapping[str, Address],
        allotments: Sequence[Allotment],
        payer: Address,
        keeper: Address,
    ) -> None:
        self.deployment, self.holders, self.payer, self.keeper = deployment, dict(holders), payer, keeper
        self.terms: DealTerms = deployment.terms
        self.deal, self.asset, self.chain = deployment.deal, deployment.asset, deployment.chain
        self.state = opening_state(self.terms)
        self.ledgers = [ShareLedger(tranche.supply) for tranche in self.terms.tranches]
        self.fee_claimed = [0] * len(self.terms.fees)
        self.wallets = {name: self._balance(address) for name, address in self.holders.items()}
        self.settlements: list[Settlement] = []
        self.gas: dict[str, list[int]] = {}
        names = {address: name for name, address in self.holders.items()}
        for each in allotments:
            self.ledgers[each.tranche].allot(names[each.holder], each.shares)
        self.asset.send("approve", self.deal.address, NO_LIMIT, sender=payer)

    def settle(self, collections: int, by_transfers: int) -> Settlement:
        """
        Brings a period's collections in and settles it at its payment date.

        by_transfers : how many plain transfers bring it, settled by the keeper; 0 for one `payAndSettle` by the payer.
        """
        index = self.state.period
        if index < self.terms.periods:
            self.chain.set_time(max(self.chain.now(), timestamp(self.terms.payment_dates[index])))
            settled = settle(self.terms, self.state, collections)
        else:
            settled = settle_late(self.terms, self.state, collections)
        self.asset.send("mint", self.payer, collections, sender=self.payer)
        if by_transfers:
            for amount in _parts(collections, by_transfers):
                self.asset.send("transfer", self.deal.address, amount, sender=self.payer)
            self._note("settle", self.deal.send("settle", 1, sender=self.keeper))
        else:
            self._note("pay and settle", self.deal.send("payAndSettle", collections, 1, sender=self.payer))
        for ledger, credited in zip(self.ledgers, self.state.credited, strict=True):
            ledger.credit(credited - ledger.credited)
        self.settlements.append(settled)
        return settled

    def shares(self, tranche: int, holder: str) -> int:
        held = self.ledgers[tranche].holdings.get(holder)
        return held.shares if held else 0

    def trade(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        self.ledgers[tranche].transfer(seller, buyer, shares)
        share = self.deployment.share(tranche)
        self._note("share transfer", share.send("transfer", self.holders[buyer], shares, sender=self.holders[seller]))

    def claim(self, tranche: int, holder: str) -> int:
        """Takes what is there, if anything is."""
        if not self.ledgers[tranche].claimable(holder):
            return 0
        amount = self.ledgers[tranche].claim(holder)
        self._note("claim", self.deal.send("claim", tranche, sender=self.holders[holder]))
        self.wallets[holder] += amount
        return amount

    def claim_fee(self, fee: int) -> int:
        amount = self.state.fee_credited[fee] - self.fee_claimed[fee]
        if amount:
            payee = self.deployment.payees[self.terms.fees[fee].payee]
            self._note("claim of a fee", self.deal.send("claimFee", fee, sender=payee))
            self.fee_claimed[fee] += amount
        return amount

    def compare(self, when: str) -> None:
        """
        Raises
        ------
        Disagreement : for the first number that differs.

        Compared: the deal's whole state, its cash, each holder's shares, what it may claim, and its wallet.
        """
        claimed = [ledger.claimed for ledger in self.ledgers]
        found = differences(read_state(self.deal, self.terms), self.state, claimed, self.fee_claimed, self.terms)
        if found:
            raise Disagreement(when, found[0])
        waiting = sum(ledger.credited - ledger.claimed for ledger in self.ledgers)
        waiting += sum(self.state.fee_credited) - sum(self.fee_claimed)
        self._equal(when, "cash of the deal", self._balance(self.deal.address), self.state.held + waiting)
        for holder, address in self.holders.items():
            self._equal(when, f"wallet of {holder}", self._balance(address), self.wallets[holder])
            for index, (tranche, ledger) in enumerate(zip(self.terms.tranches, self.ledgers, strict=True)):
                name = f"{tranche.id} of {holder}"
                shares = self.deployment.share(index).call("balanceOf", address)
                self._equal(when, f"shares in {name}", shares, self.shares(index, holder))
                claimable = self.deal.call("claimable", index, address)
                self._equal(when, f"claimable of {name}", claimable, ledger.claimable(holder))

    def conserved_line(self) -> str:
        """
        What came in, what went out and what is held, by the token's own events and balances alone.

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
        """Base units the token says the deal received and sent."""
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
    """An amount in parts that are as equal as base units allow; none is zero."""
    part = amount // count
    return [each for each in [part] * (count - 1) + [amount - part * (count - 1)] if each]
