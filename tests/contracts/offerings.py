"""An offering on a chain and its twin in the model, step by step: every outcome, refusal and number is the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock.dealfile import loads
from penstock.evm.chain import Contract, Receipt
from penstock.evm.codec import Address
from penstock.evm.errors import ChainRevert
from penstock.model.books import Books
from penstock.model.calendar import timestamp
from penstock.model.offering import Closing, Offering
from penstock.model.offering_errors import OfferingError
from penstock.model.offering_terms import Lot, OfferingState, OfferingTerms
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.launch import System, pack_terms
from penstock.onchain.offering import given, lot_of, offering_arguments
from penstock.onchain.terms_encode import NO_ADDRESS
from tests.contracts import deals
from tests.contracts.stage import USD

# 100 units of 1,000 shares at par, all of the senior tranche; equity goes to the sponsor.
SOLD_FILE = deals.PLAIN_FILE.replace("closing = 2026-01-01", "closing = 2026-04-01")
SOLD = loads(SOLD_FILE, "sold.toml")
DEADLINE = timestamp(SOLD.closing) - 86_400
GRACE = DEADLINE + 10 * 86_400
LOT = Lot(0, 1_000 * USD, 100, 5, 60)
FEE = 2_000 * USD


def terms_of(**changed: Any) -> OfferingTerms:
    usual: dict[str, Any] = {
        "lots": (LOT,),
        "shares_per_unit": 1_000 * USD,
        "deadline_at": DEADLINE,
        "grace_ends_at": GRACE,
        "soft_cap": 40_000 * USD,
        "project": "project",
        "underwriter": "underwriter",
        "canceller": "sponsor",
        "fees": (("arranger", FEE),),
    }
    return OfferingTerms(**(usual | changed))


@dataclass
class OfferingPair:
    """
    people : addresses by name; the model uses the names.
    """

    system: System
    deal_terms: DealTerms
    terms: OfferingTerms
    asset: Contract
    contract: Contract
    model: Offering
    people: Mapping[str, Address]
    packed: bytes
    others: Sequence[Allotment]
    books: Books = field(init=False)
    refused_payees: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.books = Books(self.deal_terms)

    @property
    def now(self) -> int:
        return self.system.chain.now()

    @property
    def deal(self) -> Contract:
        return self.system.chain.at(self.contract.call("deal"), self.system.artifacts["IDeal"].abi)

    def share(self, tranche: int = 0) -> Contract:
        abi = self.system.artifacts["TrancheShareLogic"].abi
        return self.system.chain.at(self.deal.call("shareOf", tranche), abi)

    def wait(self, time: int) -> None:
        self.system.chain.set_time(time)

    def cash(self, name: str) -> int:
        return int(self.asset.call("balanceOf", self.people.get(name, name)))

    def fund(self, name: str, amount: int) -> None:
        """Gives somebody cash, and the offering leave to take it."""
        self.asset.send("mint", self.people[name], amount)
        self.asset.send("approve", self.contract.address, 2**256 - 1, sender=self.people[name])

    # Steps: on the chain, then in the model, with the same outcome

    def subscribe(self, name: str, units: int, tranche: int = 0, allowed: bool = True) -> Any:
        return self._both(
            lambda: self._send("subscribe", tranche, units, sender=name),
            lambda: self.model.subscribe(tranche, name, units, self.now, allowed),
        )

    def close(self) -> Any:
        outcome = self._both(
            lambda: self._send("close", self.packed, given(self.others), sender="stranger"),
            lambda: self.model.close(self.now, self.refused_payees),
        )
        if isinstance(outcome, Closing):
            self.books.allot(Allotment(each.tranche, "sponsor", each.shares) for each in self.others)
            sold = ((lot.tranche, lot.units * self.terms.shares_per_unit) for lot in self.terms.lots)
            self.books.allot(Allotment(tranche, "offering", shares) for tranche, shares in sold)
            self.assert_shares()
        return outcome

    def cancel(self, name: str) -> Any:
        return self._both(lambda: self._send("cancel", sender=name), lambda: self.model.cancel(name, self.now))

    def collect(self, name: str, tranche: int = 0) -> Any:
        def in_model() -> int:
            shares = self.model.collect(tranche, name)
            self.books.transfer_cum(tranche, "offering", name, shares)
            return shares

        return self._both(lambda: self._send("collect", tranche, self.people[name], sender="stranger"), in_model)

    def refund(self, name: str, tranche: int = 0) -> Any:
        return self._both(
            lambda: self._send("refund", tranche, sender=name), lambda: self.model.refund(tranche, name, self.now)
        )

    def pay(self, name: str) -> Any:
        return self._both(lambda: self._send("pay", self.people[name], sender="stranger"), lambda: self.model.pay(name))

    def _send(self, function: str, *arguments: Any, sender: str) -> Receipt:
        return self.contract.send(function, *arguments, sender=self.people[sender])

    def _both(self, on_chain: Callable[[], Any], in_model: Callable[[], Any]) -> Any:
        """What the model returned, or the name of the refusal."""
        try:
            wanted: Any = in_model()
        except OfferingError as error:
            wanted = error
        try:
            on_chain()
            outcome = wanted
        except ChainRevert as refusal:
            assert isinstance(wanted, OfferingError), f"the chain refuses by {refusal}, the model does not"
            assert (refusal.name, list(refusal.values.values())) == self._in_words(wanted)
            outcome = str(refusal.name)
        else:
            assert not isinstance(wanted, OfferingError), f"the model refuses by {wanted!r}, the chain does not"
        self.assert_equal()
        return outcome

    def _in_words(self, error: OfferingError) -> tuple[str, list[Any]]:
        name = NAMES.get(type(error).__name__, type(error).__name__)
        values = [self.people.get(value, value) if isinstance(value, str) else value for value in vars(error).values()]
        if name == "NotClosed":
            values = [self.model.state(self.now)]
        return f"Offering_{name}", values

    def assert_equal(self) -> None:
        """Every number of both, and what always holds (docs/INVARIANTS.md, 49 to 51)."""
        model, contract = self.model, self.contract
        assert OfferingState(contract.call("state")) == model.state(self.now)
        assert contract.call("subscribed") == model.subscribed
        assert self.cash(contract.address) == model.cash
        for lot in self.terms.lots:
            found = lot_of(contract.call("lotOf", lot.tranche), lot.tranche)
            assert found == (lot, model.sold.get(lot.tranche, 0))
            for name, place in self.people.items():
                units = model.units.get((lot.tranche, name), 0)
                assert contract.call("unitsOf", lot.tranche, place) == units, (name, lot.tranche)
        for name, place in self.people.items():
            assert contract.call("owedTo", place) == model.owed.get(name, 0), name
        if not model.closed:
            assert not self.system.chain.code(contract.call("deal")), "there is a deal before the closing"
        elif any(ledger.holdings for ledger in self.books.ledgers):
            self.assert_shares()

    def assert_shares(self) -> None:
        deal = self.deal
        for tranche, ledger in enumerate(self.books.ledgers):
            for name in [*self.people, "offering"]:
                place = self.contract.address if name == "offering" else self.people[name]
                assert deal.call("holderOf", tranche, place).shares == ledger.shares(name), (name, tranche)
                assert deal.call("claimable", tranche, place) == ledger.claimable_down(name), (name, tranche)


NAMES = {
    "OfferingNotOpen": "NotOpen",
    "SubscriberNotAllowed": "NotAllowed",
    "OfferingNotClosable": "NotClosable",
    "OfferingNotClosed": "NotClosed",
    "OfferingNotFailed": "NotFailed",
}
PEOPLE = ("sponsor", "ann", "bob", "cho", "project", "arranger", "underwriter", "stranger")


def offer(
    system: System,
    terms: OfferingTerms | None = None,
    asset: Contract | None = None,
    policy: Contract | None = None,
    deal_terms: DealTerms = SOLD,
    salt: int = 0,
    people: Mapping[str, Address] | None = None,
) -> OfferingPair:
    """Deploys an offering. What it does not sell goes to the sponsor."""
    terms = terms or terms_of()
    places = dict(zip(PEOPLE, system.chain.accounts, strict=False)) | dict(people or {})
    asset = asset or system.chain.deploy(system.artifacts["MockUSD"], deal_terms.decimals)
    payees = dict.fromkeys(deal_terms.payees, places["arranger"])
    packed = pack_terms(deal_terms, asset.address, payees, policy.address if policy else NO_ADDRESS)
    sold = {lot.tranche for lot in terms.lots}
    others = [
        Allotment(index, places["sponsor"], each.supply)
        for index, each in enumerate(deal_terms.tranches)
        if index not in sold
    ]
    arguments = offering_arguments(terms, places, system.factory.address, salt, packed, others)
    contract = system.chain.deploy(system.artifacts["Offering"], *arguments)
    return OfferingPair(system, deal_terms, terms, asset, contract, Offering(terms), places, packed, others)
