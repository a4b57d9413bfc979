"""The terms of an offering, as data (docs/SPEC.md, "Offerings")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


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
    """

    tranche: int
    price: int
    units: int
    least: int
    most: int


@dataclass(frozen=True)
class OfferingTerms:
    """
    The terms of an offering. Who is paid or pays is a label, or any other name.

    lots : by tranche, ascending. shares_per_unit : of any tranche, in share base units.
    deadline_at, grace_ends_at : in seconds. soft_cap, opening : in base units.
    underwriter, canceller : None for nobody. fees : payees with amounts in base units.
    """

    lots: tuple[Lot, ...]
    shares_per_unit: int
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
