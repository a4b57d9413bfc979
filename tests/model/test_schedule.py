"""Principal schedules, by hand."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from penstock.model.schedule import level, linear, sculpted
from penstock.model.units import WAD


def at_per_cent(rate: int) -> Callable[[int, int], int]:
    """Interest of `rate` per cent a period, rounded down."""
    return lambda balance, period: balance * rate // 100


def test_linear_gives_the_remainder_to_the_last_period() -> None:
    assert linear(1000, 4) == (250, 250, 250, 250)
    assert linear(1003, 4) == (250, 250, 250, 253)
    assert linear(3, 4) == (0, 0, 0, 3)
    assert linear(7, 1) == (7,)


def test_level_pays_the_same_every_period() -> None:
    """1000 at 10 % over three periods: 402.1…, and 402 will do, since interest is rounded down."""
    amounts = level(1000, 3, at_per_cent(10))
    assert amounts == (302, 333, 365)
    # interest 100, 69 (of 698), 36 (of 365)
    assert [amounts[0] + 100, amounts[1] + 69, amounts[2] + 36] == [402, 402, 401]


def test_level_without_interest_is_linear_rounded_up() -> None:
    assert level(1000, 3, at_per_cent(0)) == (334, 334, 332)


def test_level_takes_interest_above_the_payment_as_no_principal() -> None:
    """A coupon that steps down: the first period's interest alone exceeds the payment."""
    steep = lambda balance, period: balance if period == 1 else 0  # noqa: E731
    assert level(100, 3, steep) == (0, 50, 50)


@given(face=st.integers(1, 10**12), periods=st.integers(1, 40), rate=st.integers(0, 30))
def test_level_repays_the_face_with_the_smallest_payment(face: int, periods: int, rate: int) -> None:
    interest = at_per_cent(rate)
    amounts = level(face, periods, interest)
    assert sum(amounts) == face
    balance, payments = face, []
    for period, amount in enumerate(amounts, start=1):
        payments.append(amount + interest(balance, period))
        balance -= amount
    assert all(payment <= payments[0] for payment in payments)
    # one unit less would leave the last period more than a payment
    smaller, balance = payments[0] - 1, face
    for period in range(1, periods + 1):
        balance -= min(balance, max(0, smaller - interest(balance, period)))
    assert balance > 0


def test_level_with_a_balloon_leaves_it_to_the_last_period() -> None:
    """1000 at 10 % to 400 in three periods: 302.1 less 40 of what stays out, 281.3; the balloon comes on top."""
    amounts = level(1000, 3, at_per_cent(10), balloon=400)
    assert amounts == (181, 200, 619)
    # interest 100, 81 (of 819), 61 (of 619)
    assert [amounts[0] + 100, amounts[1] + 81, amounts[2] + 61 - 400] == [281, 281, 280]


def test_level_begins_after_the_periods_of_interest_alone() -> None:
    assert level(1000, 5, at_per_cent(10), interest_only=2) == (0, 0, *level(1000, 3, at_per_cent(10)))


def test_level_over_fewer_instalments_is_repaid_before_the_end() -> None:
    assert level(1000, 5, at_per_cent(10), instalments=3) == (*level(1000, 3, at_per_cent(10)), 0, 0)


def test_level_over_more_instalments_leaves_the_rest_to_the_last_period() -> None:
    longer = level(1000, 8, at_per_cent(10), interest_only=1)
    amounts = level(1000, 4, at_per_cent(10), interest_only=1, instalments=7)
    assert amounts[:3] == longer[:3]
    assert sum(amounts) == 1000


@given(
    face=st.integers(2, 10**12),
    periods=st.integers(1, 40),
    rate=st.integers(0, 30),
    interest_only=st.integers(0, 39),
    part=st.integers(0, 99),
)
def test_level_pays_the_least_that_leaves_no_more_than_the_balloon(
    face: int, periods: int, rate: int, interest_only: int, part: int
) -> None:
    interest, interest_only, balloon = at_per_cent(rate), interest_only % periods, face * part // 100
    amounts = level(face, periods, interest, interest_only, balloon=balloon)
    assert sum(amounts) == face and not any(amounts[:interest_only])
    payment = amounts[interest_only] + interest(face, interest_only + 1)
    balances = [face]
    for smaller in (0, 1):
        balance = face
        for period in range(interest_only + 1, periods + 1):
            balance -= min(balance, max(0, payment - smaller - interest(balance, period)))
        balances.append(balance)
    if periods > interest_only + 1 and amounts[interest_only]:
        assert balances[1] <= balloon < balances[2]


def test_sculpted_keeps_the_coverage_while_the_face_lasts() -> None:
    """CFADS / 1.25 less interest of 10 % on what is left: 80 - 20, 100 - 14, and the rest at the end."""
    assert sculpted(200, [100, 125, 50], 125 * WAD // 100, at_per_cent(10)) == (60, 86, 54)


def test_sculpted_pays_nothing_when_interest_takes_all_and_no_more_than_the_face() -> None:
    assert sculpted(200, [10, 400, 0], WAD, at_per_cent(10)) == (0, 200, 0)


# Debt service that a cash flow covers so many times, where it does not divide evenly.


def test_debt_service_is_rounded_down() -> None:
    """100 at 0.7 times is 142.86: 142, of which 20 are interest."""
    assert sculpted(200, [100, 0], 7 * WAD // 10, lambda balance, period: balance // 10) == (122, 78)
