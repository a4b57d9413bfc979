"""The books of a deal from closing to the end: its state, the holders of its shares, claims paid, and its cash."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field

from penstock.model.call import bill, require_announcement
from penstock.model.cut_off import NEVER_CUT_OFF, CutOff, require_cut_off, take_cut
from penstock.model.deal import Settlement, settle, settle_called, settle_late
from penstock.model.errors import BalanceBelowLedger, BeyondCap, NotAnnounced, NothingToClaimOfFee
from penstock.model.grace import may_settle
from penstock.model.report import NOTHING_REPORTED, Report
from penstock.model.shares import Allotment, ShareLedger
from penstock.model.state import DealState, opening_state
from penstock.model.terms import DealTerms


@dataclass(slots=True)
class Books:
    """
    Everything a deal's contracts store, without a chain: amounts in base units, holders by any name.

    ledgers : of each tranche. fee_claimed : what the payee of each fee has claimed. cash : the deal's balance
    of the asset; at first the opening reserves. cut : the last period that was cut off.
    announced : the last period whose call was announced; 0 for none.
    """

    terms: DealTerms
    state: DealState = field(init=False)
    ledgers: list[ShareLedger] = field(init=False)
    fee_claimed: list[int] = field(init=False)
    cash: int = field(init=False)
    cut: CutOff = field(init=False)
    announced: int = field(init=False)

    def __post_init__(self) -> None:
        self.state = opening_state(self.terms)
        self.ledgers = [ShareLedger(tranche.supply) for tranche in self.terms.tranches]
        self.fee_claimed = [0] * len(self.terms.fees)
        self.cash = self.terms.opening
        self.cut = NEVER_CUT_OFF
        self.announced = 0

    def copy(self) -> Books:
        """An independent copy; several times faster than deepcopy."""
        copied = copy(self)
        copied.state = self.state.copy()
        copied.ledgers = [ledger.copy() for ledger in self.ledgers]
        copied.fee_claimed = list(self.fee_claimed)
        return copied

    # Changes

    def allot(self, allotments: Iterable[Allotment]) -> None:
        """Allots shares at closing."""
        for each in allotments:
            self.ledgers[each.tranche].allot(each.holder, each.shares)

    def receive(self, amount: int) -> None:
        """Receives cash from anyone; the next settlement distributes it, unless its period is cut off."""
        self.cash += amount

    def cut_off(self, now: int) -> CutOff:
        """
        Fixes the collections of the next period at what has come in. now : in seconds since 1970.

        Raises
        ------
        As `cut_off.require_cut_off`. BalanceBelowLedger : when the deal holds less than its ledger.
        """
        period = require_cut_off(self.terms, self.state.period, self.cut, now)
        self._require_ledger()
        self.cut = CutOff(period, self.unsettled)
        return self.cut

    def announce_call(self, now: int) -> int:
        """Announces the call of the next period, and returns the period. Raises as `call.require_announcement`."""
        self.announced = require_announcement(self.terms, self.state, self.announced, now)
        return self.announced

    def _require_ledger(self) -> None:
        if self.cash < self.accounted:
            raise BalanceBelowLedger(self.cash, self.accounted)

    def settle(
        self, report: Report = NOTHING_REPORTED, now: int | None = None, collections: int | None = None
    ) -> Settlement:
        """
        Settles the next period or, after the last one, late revenue.

        Parameters
        ----------
        report, now : see `deal.settle`; late revenue needs neither.
        collections : what is distributed, if something other than the cash decides it; default `waiting`.

        Raises
        ------
        BalanceBelowLedger : when the deal holds less than its ledger. Otherwise as `deal.settle` and
        `deal.settle_late`.
        """
        if collections is None:
            self._require_ledger()
            collections = self.waiting
        if self.matured:
            settlement = settle_late(self.terms, self.state, collections)
        else:
            settlement = settle(self.terms, self.state, collections, report, now)
        self._credit()
        return settlement

    def settle_called(
        self, report: Report = NOTHING_REPORTED, now: int | None = None, collections: int | None = None
    ) -> Settlement:
        """
        Settles the next period by the call that is announced for it, and receives what its payee pays.

        Parameters
        ----------
        As of `settle`; collections : default all that is unsettled, whatever was cut off.

        Raises
        ------
        NotAnnounced : when the call of the next period is not announced. BeyondCap : when what it takes is more than
        the deal may take in. BalanceBelowLedger : as of `settle`. Otherwise as `deal.settle_called`.
        """
        period = self.state.period + 1
        if self.announced != period:
            raise NotAnnounced(period)
        if collections is None:
            self._require_ledger()
            collections = self.unsettled
            missing = bill(self.terms, self.state, collections, report).missing
            if missing > max(0, self.room - self.unsettled):
                raise BeyondCap(missing, self.room - self.unsettled)
            self.receive(missing)
        settlement = settle_called(self.terms, self.state, collections, report, now)
        self._credit()
        return settlement

    def _credit(self) -> None:
        for ledger, credited in zip(self.ledgers, self.state.credited, strict=True):
            ledger.credit(credited - ledger.credited)

    def may_settle(self, report: Report = NOTHING_REPORTED) -> bool:
        """Whether the next period may be settled within its grace; see `grace.may_settle`."""
        return may_settle(self.terms, self.state, self.waiting, report)

    def transfer(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        """Moves shares; what they have earned stays with the seller. Raises InsufficientShares."""
        self.ledgers[tranche].transfer(seller, buyer, shares)

    def transfer_cum(self, tranche: int, seller: str, buyer: str, shares: int) -> int:
        """Moves shares with their part of the cash not claimed; see `ShareLedger.transfer_cum`."""
        return self.ledgers[tranche].transfer_cum(seller, buyer, shares)

    def claim(self, tranche: int, holder: str) -> int:
        """Pays all that a holder can claim, to it or to whom it names, and returns it. Raises NothingToClaim."""
        amount = self.ledgers[tranche].claim(holder)
        self.cash -= amount
        return amount

    def claim_fee(self, fee: int) -> int:
        """Pays a payee all that is claimable, and returns it. Raises NothingToClaimOfFee."""
        amount = self.fee_claimable[fee]
        if amount == 0:
            raise NothingToClaimOfFee(self.terms.fees[fee].id)
        self.fee_claimed[fee] += amount
        self.cash -= amount
        return amount

    # Figures

    @property
    def matured(self) -> bool:
        return self.state.period == self.terms.periods

    @property
    def claimed(self) -> list[int]:
        """What the holders of each tranche have claimed."""
        return [ledger.claimed for ledger in self.ledgers]

    @property
    def fee_claimable(self) -> list[int]:
        """What is credited to the payee of each fee and not claimed yet."""
        return [credited - taken for credited, taken in zip(self.state.fee_credited, self.fee_claimed, strict=True)]

    def shares(self, tranche: int, holder: str) -> int:
        return self.ledgers[tranche].shares(holder)

    def claimable(self, tranche: int, holder: str) -> int:
        """What a holder can claim now, rounded down."""
        return self.ledgers[tranche].claimable_down(holder)

    @property
    def accounted(self) -> int:
        """What the deal owes or holds: credited and not claimed, in reserve, or trapped."""
        state = self.state
        fees = sum(state.fee_credited) - sum(self.fee_claimed)
        return sum(state.credited) - sum(self.claimed) + fees + state.held

    @property
    def room(self) -> int:
        """What the cap on lifetime cash leaves. A payee's claim makes room, a holder's does not."""
        return self.terms.max_amount - sum(self.claimed) - self.accounted

    @property
    def counted(self) -> int:
        """How much of the cash a settlement counts: cash beyond the cap on lifetime cash is left out."""
        return min(self.cash, self.terms.max_amount - sum(self.claimed))

    @property
    def unsettled(self) -> int:
        """Collections that are not settled yet; negative if cash is missing."""
        return self.counted - self.accounted

    @property
    def waiting(self) -> int:
        """What a settlement would distribute now: without what came after a cut-off. Negative if cash is missing."""
        return take_cut(self.state.period, self.cut, self.unsettled)
