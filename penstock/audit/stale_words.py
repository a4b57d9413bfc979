"""Storage words that settlements leave behind and the deal may not read again: paid arrears, formerly larger pots."""

from __future__ import annotations

from collections.abc import Iterable

from penstock.model.terms import MAX_TRANCHES

# As in SlotLib: a pot that does not fit its cash slot has a slot of its own.
ELSEWHERE = 2**63 - 1


class Leftovers:
    """
    The values that each arrears word and each pot's own slot may hold. A settlement writes arrears only if some are
    owed, and the own slots of the first pots, one per tranche, only if they do not fit a cash slot.

    There is one value, unless several periods were settled in a transaction: in one call, which writes once at its end,
    or in several, and no log shows which.
    """

    def __init__(self, tranches: int) -> None:
        self.arrears = [{0} for _ in range(MAX_TRANCHES)]
        self.pots = [{0} for _ in range(tranches)]

    def write(self, arrears: Iterable[tuple[int, int]], pots: Iterable[int], surely: bool) -> None:
        """
        Records a settlement. arrears : interest and principal, by tranche. surely : it was the last of its
        transaction, so its call wrote this.
        """
        for there, (interest, principal) in zip(self.arrears, arrears, strict=False):
            if interest or principal:
                _put(there, principal << 128 | interest, surely)
        for there, amount in zip(self.pots, pots, strict=False):
            if amount >= ELSEWHERE:
                _put(there, amount, surely)


def _put(there: set[int], value: int, surely: bool) -> None:
    if surely:
        there.clear()
    there.add(value)
