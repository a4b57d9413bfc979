"""Holdings of several deals together: what they receive, what that returns, and how much hangs on one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from penstock.structure.figures import Receipt, Returns, payment_days, receipts, returns_of
from penstock.structure.holdings import Holding
from penstock.structure.xirr import average_life, macaulay, xirr


@dataclass(frozen=True, slots=True)
class Concentration:
    """
    How much of what was paid hangs on each of some groups, the largest first.

    hhi : the sum of the squares of the parts: 1 for a single group, 1 / n for n equal ones.
    """

    parts: tuple[tuple[str, int], ...]
    hhi: Fraction | None


@dataclass(frozen=True, slots=True)
class Portfolio:
    """
    returns : of each holding, from the day it was bought. total : of all of them, from the first such day; its average
    life and duration are from that day too. receipts : of all holdings, by date.
    """

    holdings: tuple[Holding, ...]
    returns: tuple[Returns, ...]
    total: Returns
    receipts: tuple[Receipt, ...]
    by_deal: Concentration
    by_tranche: Concentration


def portfolio(holdings: tuple[Holding, ...]) -> Portfolio:
    """The figures of holdings. Source: docs/FIGURES.md, "Portfolios"."""
    received = [received_by(each) for each in holdings]
    everything = _by_day(receipt for each in received for receipt in each)
    return Portfolio(
        holdings,
        tuple(returns_of(each.bought, each.paid, own) for each, own in zip(holdings, received, strict=True)),
        _total(holdings, everything),
        everything,
        concentration((each.played.name, each.paid) for each in holdings),
        concentration((f"{each.played.name} {each.of.id}", each.paid) for each in holdings),
    )


def received_by(holding: Holding) -> list[Receipt]:
    """
    What the shares of a holding received after the day they were bought: of all that was credited since, their part
    rounded down, as a holder's claim is; of principal the same, and the rest of a lender's payment is interest.
    """
    run, supply = holding.played.run, holding.of.supply
    days = payment_days(run, holding.played.late_on)
    credited = principal = had = had_principal = 0
    found = []
    for each in receipts(run, days, holding.tranche):
        if each.day <= holding.bought:
            continue
        credited, principal = credited + each.total, principal + each.principal
        more = holding.shares * credited // supply - had
        had += more
        if holding.of.residual:
            found.append(Receipt(each.day, 0, 0, more))
            continue
        of_principal = min(more, holding.shares * principal // supply - had_principal)
        had_principal += of_principal
        found.append(Receipt(each.day, more - of_principal, of_principal, 0))
    return found


def concentration(paid: Iterable[tuple[str, int]]) -> Concentration:
    """How amounts are spread over groups; those of one name are added up."""
    sums: dict[str, int] = {}
    for name, amount in paid:
        sums[name] = sums.get(name, 0) + amount
    whole = sum(sums.values())
    hhi = sum((Fraction(each, whole) ** 2 for each in sums.values()), Fraction(0)) if whole else None
    return Concentration(tuple(sorted(sums.items(), key=lambda each: -each[1])), hhi)


def _by_day(received: Iterable[Receipt]) -> tuple[Receipt, ...]:
    sums: dict[date, Receipt] = {}
    for each in received:
        had = sums.get(each.day, Receipt(each.day, 0, 0, 0))
        sums[each.day] = Receipt(
            each.day, had.interest + each.interest, had.principal + each.principal, had.residual + each.residual
        )
    return tuple(sums[day] for day in sorted(sums) if sums[day].total)


def _total(holdings: tuple[Holding, ...], received: tuple[Receipt, ...]) -> Returns:
    """Of everything from the first purchase on; later purchases are flows of their own."""
    first = min(each.bought for each in holdings)
    bought = [((each.bought - first).days, -each.paid) for each in holdings]
    flows = [*bought, *(((each.day - first).days, each.total) for each in received)]
    found = xirr(flows)
    paid = sum(each.paid for each in holdings)
    duration: Decimal | None = None
    if found.rate is not None:
        duration = macaulay((((each.day - first).days, each.total) for each in received), found.rate)
    total = sum(each.total for each in received)
    return Returns(
        price=paid,
        interest=sum(each.interest for each in received),
        principal=sum(each.principal for each in received),
        residual=sum(each.residual for each in received),
        first=received[0].day if received else None,
        last=received[-1].day if received else None,
        multiple=Fraction(total, paid) if paid else None,
        xirr=found,
        average_life=average_life(((each.day - first).days, each.principal) for each in received),
        duration=duration,
    )
