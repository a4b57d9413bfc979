"""How a tranche is repaid, in words."""

from __future__ import annotations

from itertools import accumulate
from operator import sub

from penstock.format import counted, fraction_text, money
from penstock.model.accrual import interest_down
from penstock.model.dues import days_of
from penstock.model.schedule import Interest, level, linear
from penstock.model.terms import DealTerms, PrincipalKind, Tranche


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
