"""What the Bitcoin protocol pays, exactly, and what mining costs."""

from __future__ import annotations

from fractions import Fraction

COIN = 10**8
"""Satoshi of a bitcoin."""
HALVING, RETARGET = 210_000, 2_016
"""Blocks between halvings, and between changes of the difficulty."""
BLOCK_SECONDS = 600
BLOCKS_AN_HOUR = 6
_FIRST_SUBSIDY = 50 * COIN
_HALVINGS = 33  # afterwards the subsidy is 0
_HASHES = 2**32  # of a block, a unit of difficulty
_PETA, _DAY = 10**15, 86_400
_QUICKEST, _SLOWEST = 4, Fraction(1, 4)


def subsidy(height: int) -> int:
    """Satoshi that the block at a height creates."""
    return _FIRST_SUBSIDY >> height // HALVING if height // HALVING <= _HALVINGS else 0


def created(height: int) -> int:
    """Satoshi that all blocks below a height create."""
    halvings, rest = divmod(height, HALVING)
    whole = sum(HALVING * subsidy(each * HALVING) for each in range(min(halvings, _HALVINGS)))
    return whole + (rest * subsidy(height) if halvings < _HALVINGS else 0)


def retarget(difficulty: Fraction, seconds: int) -> Fraction:
    """The difficulty after 2,016 blocks that took so long; it changes at most fourfold."""
    factor = Fraction(RETARGET * BLOCK_SECONDS, seconds) if seconds > 0 else Fraction(_QUICKEST)
    return difficulty * min(max(factor, _SLOWEST), Fraction(_QUICKEST))


def hashprice(difficulty: Fraction, reward: Fraction, price: Fraction) -> Fraction:
    """What 1 PH/s earns in a day, in coins of the price. reward : bitcoins of a block, fees included."""
    return Fraction(_DAY * _PETA) / (difficulty * _HASHES) * reward * price


def hash_cost(efficiency: Fraction, power_price: Fraction) -> Fraction:
    """What power 1 PH/s takes in a day. efficiency : J/TH. power_price : of a kWh."""
    return efficiency * 1000 * _DAY / 3_600_000 * power_price


def breakeven_power_price(hash_price: Fraction, efficiency: Fraction) -> Fraction:
    """The price of a MWh at which a machine earns its power and nothing more. efficiency : J/TH."""
    return hash_price * 1000 / hash_cost(efficiency, Fraction(1))


def miners_spend(part: Fraction, reward: Fraction, price: Fraction) -> Fraction:
    """
    What all miners spend in an hour: competition lets them spend a part of what they are paid. Efficiency is not in it:
    where machines do twice the work, there is twice the work.
    """
    return part * BLOCKS_AN_HOUR * reward * price


def hash_rate(spend: Fraction, efficiency: Fraction, power_price: Fraction) -> Fraction:
    """PH/s that so much an hour keeps running. power_price : of a kWh, with all other costs in it."""
    return spend * 24 / hash_cost(efficiency, power_price)


def difficulty_of(petahashes: Fraction) -> Fraction:
    """The difficulty at which a hash rate, in PH/s, finds a block in ten minutes."""
    return petahashes * _PETA * BLOCK_SECONDS / _HASHES


def attack_cost(spend: Fraction, share: Fraction, premium: Fraction) -> Fraction:
    """
    What an hour of an attack costs that brings its own hash rate and reaches a share of the sum of all.

    Assumed: an attacker pays for a hash what miners do, times a premium for machines nobody has to spare; it earns no
    reward, for a chain that was attacked is worth little. share : below 1.
    """
    return spend * share / (1 - share) * premium
