"""Principal schedules, computed once when a deal file is read, then fixed in the terms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from penstock.model.units import WAD, mul_div_down

Interest = Callable[[int, int], int]
"""Interest of (balance, period), in base units."""


def linear(face: int, periods: int) -> tuple[int, ...]:
    """Equal instalments, rounded down; the last takes the remainder."""
    instalment = face // periods
    return (instalment,) * (periods - 1) + (face - instalment * (periods - 1),)


def level(
    face: int,
    periods: int,
    interest: Interest,
    interest_only: int = 0,
    instalments: int | None = None,
    balloon: int = 0,
) -> tuple[int, ...]:
    """
    Principal that makes interest + principal the same in every period but the last, which takes the balance.

    The payment is the smallest whole number of base units that leaves no more than `balloon` after all instalments,
    given the real day counts and coupon steps. Interest that exceeds it leaves that period without principal.

    Parameters
    ----------
    interest_only : periods without principal, before the first instalment.
    instalments : how many the payment is reckoned for; by default, one in every period left. With more, what they
        would repay after the last period is due in it; `interest` is then asked of periods after it too.
    """
    ends = periods if instalments is None else interest_only + instalments

    def left_over(payment: int) -> tuple[list[int], int]:
        balance, amounts = face, [0] * interest_only
        for period in range(interest_only + 1, ends + 1):
            principal = min(balance, max(0, payment - interest(balance, period)))
            amounts.append(principal)
            balance -= principal
        return amounts, balance

    low, high = 0, face + max(interest(face, period) for period in range(interest_only + 1, ends + 1))
    while low < high:
        middle = (low + high) // 2
        if left_over(middle)[1] <= balloon:
            high = middle
        else:
            low = middle + 1
    before = [*left_over(low)[0], *[0] * periods][: periods - 1]
    return (*before, face - sum(before))


def sculpted(face: int, cfads: Sequence[int], dscr: int, interest: Interest) -> tuple[int, ...]:
    """Principal so that cfads / (interest + principal) = dscr (wad) until the face is repaid; the rest is due last."""
    balance, amounts = face, []
    for period, cash in enumerate(cfads, start=1):
        debt_service = mul_div_down(cash, WAD, dscr)
        principal = min(balance, max(0, debt_service - interest(balance, period)))
        if period == len(cfads):
            principal = balance
        amounts.append(principal)
        balance -= principal
    return tuple(amounts)
