"""What a real estate investment trust must show of a year: taxable income, what it paid of it, and who holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from penstock.errors import PenstockError
from penstock.evm.codec import Address
from penstock.model.deal import Settlement
from penstock.model.terms import DealTerms, Unit
from penstock.operate.status import DealStatus

PAID_OUT = (9, 10)
"""Of its taxable income a trust pays out at least nine tenths (26 U.S.C. § 857(a)(1))."""
LARGEST = 5
LEAST_HOLDERS = 100
"""Fewer cannot hold a trust (26 U.S.C. § 856(a)(5))."""


class ReitRefused(PenstockError):
    """A year, or a deal, that says nothing about a trust."""


@dataclass(frozen=True)
class Holding:
    """An account with its shares of equity."""

    holder: Address
    shares: int


@dataclass(frozen=True)
class ReitYear:
    """
    A year of a deal, in base units.

    periods : settled, of those that begin in the year. of : how many begin in it. income : what was reported of them.
    unreported : periods without a report of it. paid : to equity. required : nine tenths of the income, rounded up.
    holders : of equity, by shares. supply : all shares of equity.
    """

    year: int
    periods: tuple[int, ...]
    of: int
    income: int
    unreported: tuple[int, ...]
    paid: int
    required: int
    holders: tuple[Holding, ...]
    supply: int

    @property
    def short(self) -> int:
        """How much less than required was paid."""
        return max(0, self.required - self.paid)


def required_payout(income: int) -> int:
    """Nine tenths of a taxable income, rounded up."""
    part, whole = PAID_OUT
    return -(-income * part // whole)


def reit_year(status: DealStatus, year: int, field: str) -> ReitYear:
    """
    The year of a deal whose reports attest a taxable income.

    Parameters
    ----------
    year : a period counts towards the year of its first day. field : the declared field with the income, an amount.

    Raises
    ------
    ReitRefused : when the deal declares no such field, or no period of it begins in that year.
    """
    terms = status.terms
    index = _field(terms, field)
    starts = _starts(terms)
    numbers = [number for number, start in enumerate(starts, 1) if start.year == year]
    if not numbers:
        raise ReitRefused(
            f"no period of {terms.name} begins in {year}; accepted: {starts[0].year} to {starts[-1].year}"
        )
    settled = [each for each in status.life if each.period in numbers]
    incomes = {each.period: each.report.field(index) for each in settled}
    income = sum(each or 0 for each in incomes.values())
    return ReitYear(
        year,
        tuple(incomes),
        len(numbers),
        income,
        tuple(period for period, each in incomes.items() if each is None),
        sum(_to_equity(each) for each in settled),
        required_payout(income),
        _holders(status),
        sum(each.supply for each in terms.tranches if each.residual),
    )


def _to_equity(settlement: Settlement) -> int:
    return settlement.flows.residual


def _field(terms: DealTerms, name: str) -> int:
    amounts = [each.id for each in terms.fields if each.unit is Unit.AMOUNT]
    if name not in amounts:
        accepted = ", ".join(amounts) or "none: the deal declares no field that is an amount"
        raise ReitRefused(f"{terms.name} has no field {name!r} that is an amount; accepted: {accepted}")
    return [each.id for each in terms.fields].index(name)


def _starts(terms: DealTerms) -> list[date]:
    """The first day of each period."""
    return [terms.closing, *terms.accrual_dates[:-1]]


def _holders(status: DealStatus) -> tuple[Holding, ...]:
    """Everyone with shares of equity, the largest first; an account counts once for all its classes."""
    held: dict[Address, int] = {}
    for each in status.positions:
        if status.terms.tranches[each.tranche].residual and each.shares:
            held[each.holder] = held.get(each.holder, 0) + each.shares
    return tuple(Holding(*each) for each in sorted(held.items(), key=lambda each: (-each[1], each[0])))
