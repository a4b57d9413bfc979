"""The books of a deal as its logs tell them: state, shares, fees and cash, kept by the exact model alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.audit.stale_words import Leftovers
from penstock.model.deal import Report, Settlement, settle, settle_late
from penstock.model.shares import ShareLedger
from penstock.model.state import DealState, opening_state
from penstock.model.terms import DealTerms
from penstock.onchain.events import Settled


@dataclass
class Books:
    """
    cash : of the deal, by the asset's transfers. fee_claimed : of each fee, what its payee took.
    leftovers : what stands in words that are not read now.
    """

    terms: DealTerms
    state: DealState = field(init=False)
    ledgers: list[ShareLedger] = field(init=False)
    fee_claimed: list[int] = field(init=False)
    leftovers: Leftovers = field(init=False)
    cash: int = 0

    def __post_init__(self) -> None:
        self.state = opening_state(self.terms)
        self.ledgers = [ShareLedger(tranche.supply) for tranche in self.terms.tranches]
        self.fee_claimed = [0] * len(self.terms.fees)
        self.leftovers = Leftovers(0 if self.terms.narrow else len(self.terms.tranches))
        self.leftovers.write(self.arrears, self.pots, surely=True)

    @property
    def claimed(self) -> list[int]:
        return [ledger.claimed for ledger in self.ledgers]

    def fee_claimable(self, fee: int) -> int:
        return self.state.fee_credited[fee] - self.fee_claimed[fee]

    @property
    def arrears(self) -> list[tuple[int, int]]:
        """Interest and principal owed, by tranche."""
        return list(zip(self.state.interest_arrears, self.state.principal_arrears, strict=True))

    @property
    def pots(self) -> list[int]:
        """Cash of no tranche, in the deal's order: reserves, fees to be claimed, traps."""
        fees = [self.fee_claimable(fee) for fee in range(len(self.terms.fees))]
        return [*self.state.reserves, *fees, *self.state.trapped]

    @property
    def accounted(self) -> int:
        """What the deal holds for somebody."""
        fees = sum(self.state.fee_credited) - sum(self.fee_claimed)
        return sum(self.state.credited) - sum(self.claimed) + fees + self.state.held

    @property
    def waiting(self) -> int:
        """What a settlement would share out now; less than nothing where cash is missing."""
        return self.counted - self.accounted

    @property
    def counted(self) -> int:
        """How much of the deal's cash a settlement counts: what is beyond the cap of a life's cash it leaves aside."""
        return min(self.cash, self.terms.max_amount - sum(self.claimed))

    def settle(self, log: Settled, report: Report, now: int | None, last: bool) -> Settlement:
        """
        Settles as the log says it was: a period, or late revenue. last : of its transaction. Raises as the model does.
        """
        if self.state.period == self.terms.periods:
            made = settle_late(self.terms, self.state, log.collections)
        else:
            made = settle(self.terms, self.state, log.collections, report, now)
        for ledger, credited in zip(self.ledgers, self.state.credited, strict=True):
            ledger.credit(credited - ledger.credited)
        self.leftovers.write(self.arrears, self.pots, surely=last)
        return made

    def take(self, tranche: int, holder: str, amount: int) -> None:
        """A claim of any amount, as a log tells it."""
        ledger = self.ledgers[tranche]
        ledger.allot(holder, 0)
        ledger.holdings[holder].debt += amount * ledger.supply
        ledger.claimed += amount
