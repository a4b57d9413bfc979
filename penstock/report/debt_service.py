"""The scheduled debt service of a deal: what lenders are paid if everything is paid on time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from operator import sub

from penstock.format import counted, fraction_text, money
from penstock.model.accrual import interest_down
from penstock.model.dues import current_interest, days_of, paid_in_kind, scheduled_principal
from penstock.model.schedule import Interest, level, linear
from penstock.model.terms import DealTerms, PrincipalKind, Tranche

DAYS_OF_YEAR = 36525  # hundredths of a day


@dataclass(frozen=True, slots=True)
class Instalment:
    """One period of the schedule, in base units; lists have one entry per lender. balance : after the payment."""

    period: int
    accrual_date: date
    payment_date: date
    days: int
    interest: tuple[int, ...]
    principal: tuple[int, ...]
    balance: tuple[int, ...]

    @property
    def debt_service(self) -> int:
        return sum(self.interest) + sum(self.principal)


def instalments(terms: DealTerms) -> list[Instalment]:
    """
    Every period without arrears or prepayments, floating coupons at their first. A tranche repaid as cash comes, or to
    a target, is repaid in full in the last period.
    """
    balances = [lender.face for lender in terms.lenders]
    rows, start = [], terms.closing
    for period in range(1, terms.periods + 1):
        end = terms.accrual_dates[period - 1]
        due = [current_interest(terms, index, balance, period) for index, balance in enumerate(balances)]
        balances = [balance + paid_in_kind(terms, index, balance, period) for index, balance in enumerate(balances)]
        repaid = [scheduled_principal(terms, index, balance, period) for index, balance in enumerate(balances)]
        balances = [balance - part for balance, part in zip(balances, repaid, strict=True)]
        paid_on = terms.payment_dates[period - 1]
        rows.append(Instalment(period, end, paid_on, (end - start).days, tuple(due), tuple(repaid), tuple(balances)))
        start = end
    return rows


def average_life(terms: DealTerms, rows: list[Instalment], lender: int) -> int:
    """Average time from closing to the repayment of principal, in hundredths of a year, rounded down."""
    weighted = sum(row.principal[lender] * (row.accrual_date - terms.closing).days for row in rows)
    return weighted * 10_000 // (sum(row.principal[lender] for row in rows) * DAYS_OF_YEAR)


def final_date(rows: list[Instalment], lender: int) -> date:
    """The payment date on which a lender is repaid."""
    return next(row.payment_date for row in rows if not row.balance[lender])


def principal_words(terms: DealTerms, tranche: Tranche) -> str:
    """How a tranche is repaid, in the words of the deal file; custom and sculpted amounts are called a schedule."""
    if tranche.residual:
        return "residual"
    if tranche.principal is PrincipalKind.TARGET_OC:
        if tranche.oc_ratio:
            return f"OC of {fraction_text(tranche.oc_ratio)}"
        return f"OC of {money(tranche.oc_amount, terms.decimals)}"
    if tranche.principal is not PrincipalKind.SCHEDULE:
        return tranche.principal.name.lower()
    if tranche.schedule == linear(tranche.face, terms.periods):
        return "linear"
    days = [days_of(terms, period, tranche.day_count) for period in range(1, terms.periods + 1)]

    def interest(balance: int, period: int) -> int:
        return interest_down(balance, tranche.coupon(period), days[period - 1])

    if tranche.schedule == level(tranche.face, terms.periods, interest):
        return "level"
    return _level_words(terms, tranche, interest) or "schedule"


def _level_words(terms: DealTerms, tranche: Tranche, interest: Interest) -> str:
    """Of level payments that begin later, end earlier or leave a balloon; "" for anything else."""
    first = next((index for index, part in enumerate(tranche.schedule) if part), 0)
    balances = [*accumulate(tranche.schedule[:-1], sub, initial=tranche.face)]
    paid = [
        part + interest(balance, period)
        for period, (part, balance) in enumerate(zip(tranche.schedule, balances, strict=True), start=1)
    ]
    instalments = [each for each, balance in zip(paid[first:], balances[first:], strict=True) if balance]
    *equal, last = instalments
    if len(equal) < 2 or len(set(equal)) > 1:
        return ""
    words = f"level, {counted(first, 'period')} interest only" if first else "level"
    if first + len(instalments) < terms.periods:
        words += f", in {len(instalments)} instalments"
    if last > equal[0]:
        words += f", last payment {money(last, terms.decimals)}"
    return words
