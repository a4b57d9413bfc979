"""An offering: everything is sold before the deal exists, or everybody is paid back (docs/SPEC.md, "Offerings")."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import IntEnum

from penstock.model.errors import ModelError


class OfferingState(IntEnum):
    """Numbered as in contracts/types/OfferingTypes.sol."""

    OPEN = 0
    CLOSING = 1
    CLOSED = 2
    FAILED = 3


@dataclass(frozen=True)
class Lot:
    """
    What is sold of one tranche, all of its supply.

    price : of a unit, in base units. units : how many there are. least, most : that a holder may have in all.
    shares_per_unit : in share base units.
    """

    tranche: int
    price: int
    units: int
    least: int
    most: int
    shares_per_unit: int


@dataclass(frozen=True)
class OfferingTerms:
    """
    The terms of an offering. Who is paid or pays is a label, or any other name.

    lots : by tranche, ascending. deadline_at, grace_ends_at : in seconds. soft_cap, opening : in base units.
    underwriter, canceller : None for nobody. fees : payees with amounts in base units.
    """

    lots: tuple[Lot, ...]
    deadline_at: int
    grace_ends_at: int
    soft_cap: int
    project: str
    underwriter: str | None = None
    canceller: str | None = None
    fees: tuple[tuple[str, int], ...] = ()
    opening: int = 0

    @property
    def proceeds(self) -> int:
        """What all units cost, in base units."""
        return sum(lot.units * lot.price for lot in self.lots)

    @property
    def to_project(self) -> int:
        return self.proceeds - self.opening - sum(amount for _, amount in self.fees)

    @property
    def labels(self) -> tuple[str, ...]:
        """Everybody the terms name, each once."""
        named = [self.project, self.underwriter, self.canceller, *(payee for payee, _ in self.fees)]
        return tuple(dict.fromkeys(each for each in named if each is not None))

    def lot(self, tranche: int) -> Lot | None:
        return next((lot for lot in self.lots if lot.tranche == tranche), None)


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
        Subscribes a holder to units and returns what it pays. allowed : whether the policy lets it have them.

        Raises
        ------
        OfferingNotOpen, NotOffered, NotLeft, OutsideLimits, SubscriberNotAllowed.
        """
        if now >= self.terms.deadline_at or self.cancelled:
            raise OfferingNotOpen(self.state(now), self.terms.deadline_at, now)
        lot = self.terms.lot(tranche)
        if lot is None:
            raise NotOffered(tranche)
        left = lot.units - self.sold.get(tranche, 0)
        if units == 0 or units > left:
            raise NotLeft(tranche, units, left)
        held = self.units.get((tranche, holder), 0) + units
        if not lot.least <= held <= lot.most:
            raise OutsideLimits(holder, held, lot.least, lot.most)
        if not allowed:
            raise SubscriberNotAllowed(holder)
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
        units = self._take_units(tranche, holder)
        lot = self.terms.lot(tranche)
        return units * lot.shares_per_unit if lot else 0

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


class OfferingError(ModelError):
    """A refusal of an offering; the contract reverts with the error of the same name after `Offering_`."""


class OfferingNotOpen(OfferingError):
    """Contract name: Offering_NotOpen."""

    def __init__(self, state: OfferingState, deadline_at: int, now: int) -> None:
        super().__init__(f"the offering is {state.name.lower()}: subscriptions were taken until {deadline_at}, it is {now}")
        self.state, self.deadline_at, self.now = state, deadline_at, now


class NotOffered(OfferingError):
    def __init__(self, tranche: int) -> None:
        super().__init__(f"nothing of tranche {tranche} is sold")
        self.tranche = tranche


class NotLeft(OfferingError):
    def __init__(self, tranche: int, units: int, left: int) -> None:
        super().__init__(f"{units} units of tranche {tranche}; accepted: 1 to {left}, what is left")
        self.tranche, self.units, self.left = tranche, units, left


class OutsideLimits(OfferingError):
    def __init__(self, holder: str, units: int, least: int, most: int) -> None:
        super().__init__(f"{holder} would have {units} units; accepted: {least} to {most}")
        self.holder, self.units, self.least, self.most = holder, units, least, most


class SubscriberNotAllowed(OfferingError):
    """Contract name: Offering_NotAllowed."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"the deal's policy does not let {holder} have the shares")
        self.holder = holder


class OfferingNotClosable(OfferingError):
    """Contract name: Offering_NotClosable."""

    def __init__(self, state: OfferingState, deadline_at: int, now: int) -> None:
        super().__init__(f"the offering is {state.name.lower()} and cannot be closed; its deadline is {deadline_at}, it is {now}")
        self.state, self.deadline_at, self.now = state, deadline_at, now


class NotCanceller(OfferingError):
    def __init__(self, caller: str) -> None:
        super().__init__(f"{caller} may not cancel the offering")
        self.caller = caller


class NotCancellable(OfferingError):
    def __init__(self, state: OfferingState, subscribed: int, soft_cap: int) -> None:
        super().__init__(
            f"the offering is {state.name.lower()}, with {subscribed} base units subscribed; accepted: an open one with "
            f"less than the soft cap, {soft_cap}"
        )
        self.state, self.subscribed, self.soft_cap = state, subscribed, soft_cap


class OfferingNotClosed(OfferingError):
    """Contract name: Offering_NotClosed."""

    def __init__(self) -> None:
        super().__init__("the offering is not closed: there are no shares to collect")


class OfferingNotFailed(OfferingError):
    """Contract name: Offering_NotFailed."""

    def __init__(self, state: OfferingState) -> None:
        super().__init__(f"the offering is {state.name.lower()}, and has not failed")
        self.state = state


class NothingSubscribed(OfferingError):
    def __init__(self, tranche: int, holder: str) -> None:
        super().__init__(f"{holder} has no units of tranche {tranche}, or has had its shares or its cash")
        self.tranche, self.holder = tranche, holder


class NothingToPay(OfferingError):
    def __init__(self, payee: str) -> None:
        super().__init__(f"{payee} is owed nothing of the proceeds")
        self.payee = payee
