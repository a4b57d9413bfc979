"""What the Bitcoin protocol pays and what mining costs: the published figures, exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest

from penstock.revenue import bitcoin


@pytest.mark.parametrize(
    ("height", "satoshi"),
    [
        (0, 5_000_000_000),
        (209_999, 5_000_000_000),
        (210_000, 2_500_000_000),
        (840_000, 312_500_000),
        (1_050_000, 156_250_000),
        (6_929_999, 1),
        (6_930_000, 0),
        (13_439_999, 0),
        (13_440_000, 0),
    ],
)
def test_the_subsidy_of_a_height(height: int, satoshi: int) -> None:
    assert bitcoin.subsidy(height) == satoshi


def test_all_coins_there_will_ever_be() -> None:
    assert bitcoin.created(6_930_000) == bitcoin.created(13_440_000) == 2_099_999_997_690_000
    assert sum(bitcoin.HALVING * (50 * 10**8 >> halving) for halving in range(64)) == 2_099_999_997_690_000


def test_coins_created_are_the_sum_of_subsidies() -> None:
    for height in (0, 1, 209_999, 210_001, 419_998, 6_929_999, 6_930_005):
        assert bitcoin.created(height + 3) - bitcoin.created(height) == sum(
            map(bitcoin.subsidy, range(height, height + 3))
        )


@pytest.mark.parametrize(
    ("seconds", "factor"),
    [
        (1_209_600, Fraction(1)),
        (604_800, Fraction(2)),
        (302_400, Fraction(4)),
        (302_399, Fraction(4)),
        (1, Fraction(4)),
        (0, Fraction(4)),
        (-5, Fraction(4)),
        (4_838_400, Fraction(1, 4)),
        (4_838_401, Fraction(1, 4)),
        (10**9, Fraction(1, 4)),
    ],
)
def test_a_retarget_changes_the_difficulty_at_most_fourfold(seconds: int, factor: Fraction) -> None:
    assert bitcoin.retarget(Fraction(10**14), seconds) == 10**14 * factor


def test_the_hashprice_of_the_reference() -> None:
    found = bitcoin.hashprice(Fraction(10**14), Fraction("3.125"), Fraction(100_000))
    assert f"{float(found):.10f}" == "62.8642737865"
    assert found == Fraction(864 * 10**17, 10**14 * 2**32) * Fraction("3.125") * 100_000
    assert bitcoin.hashprice(Fraction(10**14), Fraction("3.175"), Fraction(100_000)) > found


def test_the_cost_of_hashes_and_the_power_price_that_eats_it_up() -> None:
    assert bitcoin.hash_cost(Fraction("17.5"), Fraction("0.06")) == Fraction("25.20")
    price = bitcoin.breakeven_power_price(Fraction(50), Fraction("17.5"))
    assert f"{float(price):.4f}" == "119.0476"
    assert bitcoin.hash_cost(Fraction("17.5"), price / 1000) == 50, "at that price power takes all"


def test_what_miners_spend_does_not_depend_on_their_machines() -> None:
    spend = bitcoin.miners_spend(Fraction("0.8"), Fraction("3.175"), Fraction(100_000))
    assert spend == 1_524_000
    before = bitcoin.hash_rate(spend, Fraction("17.5"), Fraction("0.06"))
    after = bitcoin.hash_rate(spend, Fraction("8.75"), Fraction("0.06"))
    assert after == 2 * before, "efficiency doubles: twice the hash rate for the same money"
    cost = bitcoin.hash_cost(Fraction("8.75"), Fraction("0.06")) / 24
    assert after * cost == before * bitcoin.hash_cost(Fraction("17.5"), Fraction("0.06")) / 24 == spend


def test_a_hash_rate_and_its_difficulty_find_a_block_in_ten_minutes() -> None:
    difficulty = bitcoin.difficulty_of(Fraction(1_000_000))
    earned = bitcoin.hashprice(difficulty, Fraction(1), Fraction(1)) * 1_000_000
    assert earned == 144, "all hash rate earns all blocks of a day"


def test_an_attack_costs_what_its_share_of_all_hash_rate_costs() -> None:
    assert bitcoin.attack_cost(Fraction(1_524_000), Fraction(1, 2), Fraction(1)) == 1_524_000
    assert bitcoin.attack_cost(Fraction(1_524_000), Fraction(2, 3), Fraction(3)) == 1_524_000 * 2 * 3
