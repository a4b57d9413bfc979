"""What a transaction costs in money: on mainnet, on an OP-stack rollup with its L1 data fee, and on Arbitrum."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, fields

# Of the Fjord upgrade (OP Stack specification, "L1-Cost fees"): a line through what batchers compress transactions to.
FJORD_INTERCEPT, FJORD_COEFFICIENT, FJORD_SMALLEST = -42_585_600, 836_500, 100 * 10**6
CALLDATA_GAS = 16


@dataclass(frozen=True)
class Prices:
    """
    Inputs, in gwei but for `coin`.

    coin : US dollars of one coin of the chains, ether. mainnet, op, arbitrum : what a unit of gas costs there.
    l1_base, blob : base fee and blob base fee of mainnet while a rollup posts.
    op_base_scalar, op_blob_scalar : of the rollup's SystemConfig, without unit; OP Mainnet's.
    arbitrum_l1 : what Arbitrum asks for a unit of mainnet gas it posts (ArbGasInfo.getL1BaseFeeEstimate).
    """

    coin: float = 3_000.0
    mainnet: float = 2.0
    op: float = 0.001
    arbitrum: float = 0.01
    l1_base: float = 2.0
    blob: float = 0.01
    op_base_scalar: int = 5_227
    op_blob_scalar: int = 1_014_213
    arbitrum_l1: float = 0.05


def cents(prices: Prices, gas: int, transaction: bytes) -> tuple[float, float, float]:
    """What one transaction costs on mainnet, the OP-stack rollup and Arbitrum. transaction : signed, as it is sent."""
    length = fastlz_length(transaction)
    size = max(FJORD_SMALLEST, FJORD_INTERCEPT + FJORD_COEFFICIENT * length) / 10**6
    l1_price = CALLDATA_GAS * prices.op_base_scalar * prices.l1_base + prices.op_blob_scalar * prices.blob
    spent = (
        gas * prices.mainnet,
        gas * prices.op + size * l1_price / 10**6,
        gas * prices.arbitrum + length * CALLDATA_GAS * prices.arbitrum_l1,
    )
    mainnet, op, arbitrum = (gwei * 10**-9 * prices.coin * 100 for gwei in spent)
    return mainnet, op, arbitrum


def fastlz_length(data: bytes) -> int:
    """Bytes that FastLZ level 1 makes of data, as op-geth counts them (core/types/rollup_cost.go, FlzCompressLen)."""
    length, at, limit = 0, 0, len(data) - 13
    table = [0] * 8192

    def word(place: int) -> int:
        return int.from_bytes(data[place : place + 3], "little")

    def literals(count: int) -> int:
        return 33 * (count // 32) + (count % 32 + 1 if count % 32 else 0)

    def remember(place: int) -> None:
        table[_hash(word(place))] = place

    place = 2
    while place < limit:
        while place < limit:
            now = word(place)
            before, table[_hash(now)] = table[_hash(now)], place
            if place - before <= 8191 and now == word(before):
                break
            place += 1
        if place >= limit:
            break
        length += literals(place - at) if place > at else 0
        same = _same(data, before + 3, place + 3, limit + 9)
        length += 3 * ((same - 1) // 262) + (3 if (same - 1) % 262 >= 6 else 2) if same else 0
        place += same
        remember(place)
        remember(place + 1)
        place += 2
        at = place
    return length + literals(len(data) - at)


def _hash(word: int) -> int:
    return (2_654_435_769 * word >> 19) & 8191


def _same(data: bytes, earlier: int, later: int, end: int) -> int:
    count = 0
    while later + count < end:
        count += 1
        if data[earlier + count - 1] != data[later + count - 1]:
            break
    return count


def add_flags(parser: ArgumentParser) -> None:
    """A flag for each price."""
    for each in fields(Prices):
        flag = "--" + each.name.replace("_", "-")
        parser.add_argument(flag, type=type(each.default), default=each.default, help=f"default {each.default}")


def read_flags(arguments: Namespace) -> Prices:
    return Prices(**{each.name: getattr(arguments, each.name) for each in fields(Prices)})
