"""Per-share cash accounting of one tranche, exact: no credit is ever rounded before it is paid.

A holder of `shares` out of `supply` is entitled to shares × credited / supply. The ledger keeps the numerator only:
entitlement = shares × credited − debt, in base units × supply. A transfer moves debt with the shares, so that what was
credited stays with the seller; a claim adds what it pays. Every step is linear in integers: splitting or reordering
transfers and claims changes nothing, and what supply does not divide waits in each holder's own numerator.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.model.errors import InsufficientShares, NothingToClaim


@dataclass(frozen=True)
class Allotment:
    """Shares of one tranche (by index) given to a holder (an address) at closing, in share base units."""

    tranche: int
    holder: str
    shares: int


@dataclass(slots=True)
class Holding:
    shares: int = 0
    debt: int = 0


@dataclass(slots=True)
class ShareLedger:
    """
    Holdings of one tranche.

    supply : fixed, in share base units. credited : cumulative, in base units of the asset. claimed : likewise.
    """

    supply: int
    credited: int = 0
    claimed: int = 0
    holdings: dict[str, Holding] = field(default_factory=dict)

    def allot(self, holder: str, shares: int) -> None:
        """Allots shares at closing, before the first credit."""
        self.holdings.setdefault(holder, Holding()).shares += shares

    def credit(self, amount: int) -> None:
        self.credited += amount

    def transfer(self, seller: str, buyer: str, shares: int) -> None:
        """Moves shares; what they have earned stays with the seller. Raises InsufficientShares."""
        sold = self.holdings.setdefault(seller, Holding())
        if sold.shares < shares:
            raise InsufficientShares(seller, sold.shares, shares)
        bought = self.holdings.setdefault(buyer, Holding())
        sold.shares -= shares
        sold.debt -= shares * self.credited
        bought.shares += shares
        bought.debt += shares * self.credited

    def transfer_cum(self, seller: str, buyer: str, shares: int) -> int:
        """
        Moves shares together with their part of what the seller has not claimed: floor(debt × amount / shares) of its
        debt, below zero too; the rest stays. Returns the numerator that moved, in base units × supply. Raises
        InsufficientShares.
        """
        sold = self.holdings.setdefault(seller, Holding())
        if sold.shares < shares:
            raise InsufficientShares(seller, sold.shares, shares)
        debt = sold.debt * shares // sold.shares if shares else 0
        bought = self.holdings.setdefault(buyer, Holding())
        sold.shares -= shares
        sold.debt -= debt
        bought.shares += shares
        bought.debt += debt
        return shares * self.credited - debt

    def claimable_down(self, holder: str) -> int:
        """What a holder can claim now, rounded down; less than one base unit is left over."""
        held = self.holdings.get(holder)
        return (held.shares * self.credited - held.debt) // self.supply if held else 0

    def claim(self, holder: str) -> int:
        """Pays all that is claimable. Raises NothingToClaim."""
        amount = self.claimable_down(holder)
        if amount == 0:
            raise NothingToClaim(holder)
        self.take(holder, amount)
        return amount

    def take(self, holder: str, amount: int) -> None:
        """Records a claim of any amount, as decided elsewhere."""
        self.holdings.setdefault(holder, Holding()).debt += amount * self.supply
        self.claimed += amount

    def shares(self, holder: str) -> int:
        held = self.holdings.get(holder)
        return held.shares if held else 0

    def copy(self) -> ShareLedger:
        holdings = {holder: Holding(held.shares, held.debt) for holder, held in self.holdings.items()}
        return ShareLedger(self.supply, self.credited, self.claimed, holdings)

    @property
    def carry(self) -> int:
        """Credited cash that no holder can claim yet: fewer base units than there are holders."""
        return self.credited - self.claimed - sum(self.claimable_down(holder) for holder in self.holdings)
