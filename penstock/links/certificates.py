"""What happened, as units that are sold and retired once: the twin of contracts/links/Certificates.sol."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from penstock.links.errors import LinkRefused
from penstock.links.meters import Meters
from penstock.links.meters_storage import NOBODY, Address, Log, Unit, meter_of, start_of
from penstock.model.units import mul_div_up

MILLION = 10**6
"""Prices are of a million units."""


@dataclass
class Lot:
    """A lot: what was issued, and the units [0, retired) of it that nobody holds any more."""

    issued: int = 0
    retired: int = 0


@dataclass
class Certificates:
    """
    Certificates of one Meters.

    Attributes
    ----------
    meters, address : the meters; the contract's own address, which holds what is for sale.
    balances : units by (holder, lot).
    prices : base units a million units, by meter; 0 is not for sale.
    matched : units retired against a load, by its id.
    logs : what was logged, in order.
    """

    meters: Meters
    address: Address = NOBODY
    lots: dict[int, Lot] = field(default_factory=dict)
    balances: defaultdict[tuple[Address, int], int] = field(default_factory=lambda: defaultdict(int))
    operators: set[tuple[Address, Address]] = field(default_factory=set)
    allowances: defaultdict[tuple[Address, Address, int], int] = field(default_factory=lambda: defaultdict(int))
    prices: dict[int, int] = field(default_factory=dict)
    matched: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    logs: list[Log] = field(default_factory=list)

    def issue(self, lot: int, caller: Address) -> None:
        """
        Issues the certificates of a final batch, all of them to this contract.

        Raises
        ------
        LinkRefused : Meters_NotFinal, Certificates_WrongUnit, Certificates_Nothing, Certificates_IssuedAlready.
        """
        total, unit = self.meters.total_of(lot)
        if unit not in (Unit.PRODUCED, Unit.REDUCED):
            raise LinkRefused("Certificates_WrongUnit", unit)
        if not total:
            raise LinkRefused("Certificates_Nothing", lot)
        if lot in self.lots:
            raise LinkRefused("Certificates_IssuedAlready", lot)
        self.lots[lot] = Lot(total)
        self._emit("Issued", lot, total)
        self._move(caller, NOBODY, self.address, lot, total)

    def set_price(self, meter: int, per_million: int, caller: Address) -> None:
        """Sets what the certificates of a meter cost. Raises LinkRefused: Certificates_NotOwner."""
        known = self.meters.meters.get(meter)
        if known is None or caller != known.owner:
            raise LinkRefused("Certificates_NotOwner", caller, known.owner if known else NOBODY)
        self.prices[meter] = per_million
        self._emit("PriceSet", meter, known.terms.asset, per_million)

    def cost(self, lot: int, amount: int) -> int:
        """What units of a lot cost, rounded up, base units."""
        return mul_div_up(self.prices.get(meter_of(lot), 0), amount, MILLION)

    def buy(self, lot: int, amount: int, most: int, to: Address, caller: Address) -> tuple[Address, int]:
        """
        Buys units of a lot.

        Returns
        -------
        Who is paid, and how much: base units.

        Raises
        ------
        LinkRefused : Certificates_Nothing, Certificates_NotForSale, Certificates_TooExpensive, and those of a transfer.
        """
        if not amount:
            raise LinkRefused("Certificates_Nothing", lot)
        meter = meter_of(lot)
        price, pledge = self.prices.get(meter, 0), self.meters.payee_at(meter, start_of(lot))
        if price == 0 or price < pledge.least_certificate:
            raise LinkRefused("Certificates_NotForSale", meter, price, pledge.least_certificate)
        if (cash := self.cost(lot, amount)) > most:
            raise LinkRefused("Certificates_TooExpensive", cash, most)
        self._transfer(caller, self.address, to, lot, amount)
        self._emit("Bought", lot, caller, to, amount, pledge.payee, cash)
        return pledge.payee, cash

    def retire(self, lot: int, amount: int, beneficiary: bytes, load: int, caller: Address) -> int:
        """
        Retires units of the caller for good.

        Returns
        -------
        Where their range begins, in the lot.

        Raises
        ------
        LinkRefused : Certificates_Nothing, ERC6909InsufficientBalance, Meters_OtherLoad, Meters_NotFinal,
            Certificates_NotLoadOwner, Certificates_OverClaimed.
        """
        if not amount:
            raise LinkRefused("Certificates_Nothing", lot)
        self._require_balance(caller, lot, amount)
        if load:
            total, owner = self.meters.load_of(lot, load)
            if caller != owner and (owner, caller) not in self.operators:
                raise LinkRefused("Certificates_NotLoadOwner", caller, owner)
            if (claimed := self.matched[load] + amount) > total:
                raise LinkRefused("Certificates_OverClaimed", load, claimed, total)
            self.matched[load] = claimed
        self._move(caller, caller, NOBODY, lot, amount)
        first = self.lots[lot].retired
        self.lots[lot].retired += amount
        self._emit("Retired", lot, caller, load, first, amount, beneficiary)
        return first

    # ERC-6909

    def transfer(self, receiver: Address, lot: int, amount: int, caller: Address) -> None:
        self._transfer(caller, caller, receiver, lot, amount)

    def transfer_from(self, sender: Address, receiver: Address, lot: int, amount: int, caller: Address) -> None:
        place = (sender, caller, lot)
        spends = caller != sender and (sender, caller) not in self.operators
        if spends and self.allowances[place] < amount:
            raise LinkRefused("ERC6909InsufficientAllowance", caller, self.allowances[place], amount, lot)
        self._transfer(caller, sender, receiver, lot, amount)
        if spends and self.allowances[place] != 2**256 - 1:
            self.allowances[place] -= amount

    def approve(self, spender: Address, lot: int, amount: int, caller: Address) -> None:
        if spender == NOBODY:
            raise LinkRefused("ERC6909InvalidSpender", spender)
        self.allowances[caller, spender, lot] = amount
        self._emit("Approval", caller, spender, lot, amount)

    def set_operator(self, spender: Address, approved: bool, caller: Address) -> None:
        if spender == NOBODY:
            raise LinkRefused("ERC6909InvalidSpender", spender)
        (self.operators.add if approved else self.operators.discard)((caller, spender))
        self._emit("OperatorSet", caller, spender, approved)

    def _transfer(self, caller: Address, sender: Address, receiver: Address, lot: int, amount: int) -> None:
        if receiver == NOBODY:
            raise LinkRefused("ERC6909InvalidReceiver", receiver)
        self._require_balance(sender, lot, amount)
        self._move(caller, sender, receiver, lot, amount)

    def _require_balance(self, holder: Address, lot: int, amount: int) -> None:
        if self.balances[holder, lot] < amount:
            raise LinkRefused("ERC6909InsufficientBalance", holder, self.balances[holder, lot], amount, lot)

    def _move(self, caller: Address, sender: Address, receiver: Address, lot: int, amount: int) -> None:
        if sender != NOBODY:
            self.balances[sender, lot] -= amount
        if receiver != NOBODY:
            self.balances[receiver, lot] += amount
        self._emit("Transfer", caller, sender, receiver, lot, amount)

    def _emit(self, name: str, *values: Any) -> None:
        self.logs.append(Log(name, values))
