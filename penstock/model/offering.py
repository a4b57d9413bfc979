"""An offering: everything is sold before the deal exists, or everybody is paid back (docs/SPEC.md, "Offerings")."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from penstock.model.offering_errors import (
    NotCancellable,
    NotCanceller,
    NothingSubscribed,
    NothingToPay,
    NotLeft,
    NotOffered,
    OfferingNotClosable,
    OfferingNotClosed,
    OfferingNotFailed,
    OfferingNotOpen,
    OutsideLimits,
    SubscriberNotAllowed,
)
from penstock.model.offering_terms import Lot, OfferingState, OfferingTerms


@dataclass(frozen=True)
class Closing:
    """What closing an offering did. paid, deferred : payees with amounts in base units."""

    proceeds: int
    underwritten: int
    paid: tuple[tuple[str, int], ...]
    deferred: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Offering:
    """
    An offering from its opening to the end, without a chain.

    sold : units by tranche. units : not collected and not paid back, by tranche and holder. owed : to payees.
    cash : held, in base units.
    """

    terms: OfferingTerms
    sold: dict[int, int] = field(default_factory=dict)
    units: dict[tuple[int, str], int] = field(default_factory=dict)
    owed: dict[str, int] = field(default_factory=dict)
    closed: bool = False
    cancelled: bool = False
    cash: int = 0

    # Changes

    def subscribe(self, tranche: int, holder: str, units: int, now: int, allowed: bool = True) -> int:
        """
        Subscribes a holder to units and returns what it pays. allowed : whether the policy lets it receive shares.

        Raises
        ------
        OfferingNotOpen, NotOffered, NotLeft, OutsideLimits, SubscriberNotAllowed.
        """
        lot = self.terms.lot(tranche)
        if now >= self.terms.deadline_at or (lot and self.cancelled):
            raise OfferingNotOpen(self.state(now), self.terms.deadline_at, now)
        if lot is None:
            raise NotOffered(tranche)
        left = lot.units - self.sold.get(tranche, 0)
        if units == 0 or units > left:
            raise NotLeft(tranche, units, left)
        held = self.units.get((tranche, holder), 0)
        if held == 0 and not allowed:
            raise SubscriberNotAllowed(holder)
        if not lot.least <= held + units <= lot.most:
            raise OutsideLimits(holder, held + units, lot.least, lot.most)
        return self._record(lot, holder, units)

    def _record(self, lot: Lot, holder: str, units: int) -> int:
        self.sold[lot.tranche] = self.sold.get(lot.tranche, 0) + units
        self.units[lot.tranche, holder] = self.units.get((lot.tranche, holder), 0) + units
        self.cash += units * lot.price
        return units * lot.price

    def close(self, now: int, refused: Collection[str] = ()) -> Closing:
        """
        Closes the offering. refused : payees that the asset does not pay, whose parts wait for `pay`.

        Raises
        ------
        OfferingNotClosable.
        """
        state = self.state(now)
        if not (state == OfferingState.CLOSING or (state == OfferingState.OPEN and self.left == 0)):
            raise OfferingNotClosable(state, self.terms.deadline_at, now)
        self.closed = True
        underwritten = self._underwrite()
        self.cash -= self.terms.opening
        for payee, amount in (*self.terms.fees, (self.terms.project, self.terms.to_project)):
            self.owed[payee] = self.owed.get(payee, 0) + amount
        due = [(payee, amount) for payee, amount in self.owed.items() if amount]
        paid = tuple((payee, self.pay(payee)) for payee, _ in due if payee not in refused)
        deferred = tuple((payee, amount) for payee, amount in due if payee in refused)
        return Closing(self.terms.proceeds, underwritten, paid, deferred)

    def _underwrite(self) -> int:
        paid = 0
        for lot in self.terms.lots:
            rest = lot.units - self.sold.get(lot.tranche, 0)
            if rest and self.terms.underwriter is not None:
                paid += self._record(lot, self.terms.underwriter, rest)
        return paid

    def pay(self, payee: str) -> int:
        """Pays a payee what it is owed of the proceeds. Raises NothingToPay."""
        amount = self.owed.get(payee, 0)
        if amount == 0:
            raise NothingToPay(payee)
        self.owed[payee] = 0
        self.cash -= amount
        return amount

    def cancel(self, caller: str, now: int) -> None:
        """Raises NotCanceller, NotCancellable."""
        if caller != self.terms.canceller:
            raise NotCanceller(caller)
        state = self.state(now)
        if state != OfferingState.OPEN or self.subscribed >= self.terms.soft_cap:
            raise NotCancellable(state, self.subscribed, self.terms.soft_cap)
        self.cancelled = True

    def collect(self, tranche: int, holder: str) -> int:
        """Hands out a holder's shares, in share base units. Raises OfferingNotClosed, NothingSubscribed."""
        if not self.closed:
            raise OfferingNotClosed()
        return self._take_units(tranche, holder) * self.terms.shares_per_unit

    def refund(self, tranche: int, holder: str, now: int) -> int:
        """Pays a holder back what it paid for a tranche. Raises OfferingNotFailed, NothingSubscribed."""
        state = self.state(now)
        if state != OfferingState.FAILED:
            raise OfferingNotFailed(state)
        units = self._take_units(tranche, holder)
        lot = self.terms.lot(tranche)
        amount = units * lot.price if lot else 0
        self.cash -= amount
        return amount

    def _take_units(self, tranche: int, holder: str) -> int:
        units = self.units.get((tranche, holder), 0)
        if units == 0:
            raise NothingSubscribed(tranche, holder)
        self.units[tranche, holder] = 0
        return units

    # Figures

    def state(self, now: int) -> OfferingState:
        terms = self.terms
        if self.closed:
            return OfferingState.CLOSED
        if self.cancelled or now >= terms.grace_ends_at:
            return OfferingState.FAILED
        if now < terms.deadline_at:
            return OfferingState.OPEN
        sold = self.subscribed >= terms.soft_cap and (terms.underwriter is not None or self.left == 0)
        return OfferingState.CLOSING if sold else OfferingState.FAILED

    @property
    def subscribed(self) -> int:
        """What all subscribed units cost, in base units."""
        return sum(self.sold.get(lot.tranche, 0) * lot.price for lot in self.terms.lots)

    @property
    def left(self) -> int:
        """What the units cost that nobody has subscribed to."""
        return self.terms.proceeds - self.subscribed
