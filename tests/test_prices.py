"""What a transaction costs in money, by the formulas of the rollups (benchmarks/prices.py)."""

from __future__ import annotations

import random

import pytest

from benchmarks.prices import Prices, cents, fastlz_length


def test_fastlz_leaves_what_does_not_repeat_with_a_byte_for_each_thirty_two() -> None:
    noise = random.Random(1).randbytes(320)
    assert fastlz_length(noise) == 330
    assert fastlz_length(noise[:5]) == 6
    assert fastlz_length(b"") == 0


def test_fastlz_shortens_what_repeats() -> None:
    assert fastlz_length(bytes(1000)) < 30
    noise = random.Random(2).randbytes(200)
    assert 206 < fastlz_length(noise + noise) < 225, "the second copy is a few references to the first"


def test_each_chain_has_its_own_sum() -> None:
    """100,000 gas and 320 bytes that do not compress, worked out by hand."""
    sent = random.Random(1).randbytes(320)
    prices = Prices(2_000.0, 3.0, 0.002, 0.01, 1.0, 1.0, 5_000, 1_000_000, 0.5)
    mainnet, op, arbitrum = cents(prices, 100_000, sent)
    assert mainnet == pytest.approx(100_000 * 3e-9 * 2_000 * 100)
    size = (836_500 * 330 - 42_585_600) / 1e6  # 233.46 bytes
    l1 = size * (16 * 5_000 * 1.0 + 1_000_000 * 1.0) / 1e6
    assert op == pytest.approx((100_000 * 0.002 + l1) * 1e-9 * 2_000 * 100)
    assert arbitrum == pytest.approx((100_000 * 0.01 + 330 * 16 * 0.5) * 1e-9 * 2_000 * 100)


def test_a_short_transaction_counts_as_a_hundred_bytes_on_an_op_stack_rollup() -> None:
    free = Prices(mainnet=0, op=0, arbitrum=0, arbitrum_l1=0)
    assert cents(free, 0, b"\1")[1] == cents(free, 0, bytes(range(60)))[1] > 0
