"""The scheduled debt service of a deal: what lenders are paid if everything is paid on time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from penstock.model.dues import current_interest, paid_in_kind, scheduled_principal
from penstock.model.terms import DealTerms
from penstock.structure.xirr import average_life


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


def scheduled_life(terms: DealTerms, rows: list[Instalment], lender: int) -> Fraction:
    """The mean time from closing to the repayment of a lender's principal, in years of 365 days."""
    found = average_life(((row.payment_date - terms.closing).days, row.principal[lender]) for row in rows)
    return found or Fraction(0)


def final_date(rows: list[Instalment], lender: int) -> date:
    """The payment date on which a lender is repaid."""
    return next(row.payment_date for row in rows if not row.balance[lender])
