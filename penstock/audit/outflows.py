"""Cash that leaves the deal: every transfer is matched with a claim in the same transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from penstock.audit.checkpoint import Entry
from penstock.evm.codec import checksum

Moves = list[tuple[str, int]]


class Outflows:
    """
    Claims and transfers by transaction. Within a transaction their order is free: an asset that calls back allows
    claims of other tranches in between.

    Parameters
    ----------
    shown : an amount in words.
    """

    def __init__(self, shown: Callable[[int], str]) -> None:
        self._shown = shown
        self._open: dict[str, tuple[int, Counter[tuple[str, int]]]] = {}

    def claimed(self, entry: Entry, to: str, amount: int) -> None:
        self._of(entry)[to, amount] += 1

    def left(self, entry: Entry, to: str, amount: int) -> None:
        self._of(entry)[to, amount] -= 1

    def unmatched(self) -> Iterator[tuple[int, str, str]]:
        """Block, transaction and what is wrong, in the order of the chain."""
        for transaction, (block, moves) in self._open.items():
            claims: Moves = [move for move, count in moves.items() for _ in range(count)]
            left: Moves = [move for move, count in moves.items() for _ in range(-count)]
            if claims or left:
                yield block, transaction, self._describe(claims, left)

    def _of(self, entry: Entry) -> Counter[tuple[str, int]]:
        return self._open.setdefault(entry.transaction, (entry.block, Counter()))[1]

    def _describe(self, claims: Moves, left: Moves) -> str:
        gone = " and ".join(f"{self._shown(amount)} to {checksum(to)}" for to, amount in left) or "nothing"
        wanted = " and ".join(f"{self._shown(amount)} by {checksum(to)}" for to, amount in claims) or "nothing"
        text = f"{gone} left the deal by the asset's Transfer logs, {wanted} was claimed"
        if 0 < len(claims) < len(left) and sum(amount for _, amount in claims) == sum(amount for _, amount in left):
            text += ": the asset takes a fee on transfers"
        return text
