"""The findings of an audit: checks in a fixed order, and every difference with its place."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

from penstock.format import one_line

CHECKS = {
    "code": "code of the deal, its shares, implementation, extension and trial, the share logic and the factory",
    "terms": "terms in the deal's code, its launch by the factory",
    "logs": "logs, each once and of a known kind",
    "periods": "settled periods replayed in the exact model, figure by figure",
    "cash": "the asset's transfers to and from the deal",
    "holders": "shares, claims and claimable cash of holders, against their storage",
    "state": "the deal's state, number by number",
    "storage": "the deal's storage, word by word",
}


@dataclass(frozen=True)
class Difference:
    """One difference. block, transaction : where it occurred, if it has a place."""

    check: str
    text: str
    block: int | None = None
    transaction: str | None = None

    @property
    def by_code(self) -> bool:
        """Whether it shows in the code of a contract alone, terms included, without any log."""
        return self.check in ("code", "terms") and self.block is None

    def __str__(self) -> str:
        places = [] if self.block is None else [f"block {self.block}"]
        places += [f"transaction {self.transaction}"] if self.transaction else []
        return f"{self.check}: {self.text}" + (f" ({', '.join(places)})" if places else "")


@dataclass
class Check:
    """count : how many things were compared. notes : what else an auditor should know."""

    name: str
    count: int = 0
    differences: list[Difference] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _when(difference: Difference) -> float:
    if difference.check in ("code", "terms"):
        return 0
    return float("inf") if difference.block is None else difference.block


class Findings:
    """
    All checks. `first` is the first difference of the first check that has any.

    A node may send anything where a hash should be: texts are kept as `one_line` shows them.
    """

    def __init__(self) -> None:
        self.checks = {name: Check(name) for name in CHECKS}

    def wrong(self, check: str, text: str, block: int | None = None, transaction: str | None = None) -> None:
        shown = None if transaction is None else one_line(transaction)
        self.checks[check].differences.append(Difference(check, one_line(text), block, shown))

    def compared(self, check: str, count: int = 1) -> None:
        self.checks[check].count += count

    def note(self, check: str, text: str) -> None:
        self.checks[check].notes.append(one_line(text))

    def copy(self) -> Findings:
        """An independent copy, to begin again from."""
        return deepcopy(self)

    @property
    def differences(self) -> list[Difference]:
        """By check; within the checks of logs by block, those without a block last."""
        return [each for check in self.checks.values() for each in sorted(check.differences, key=_when)]

    @property
    def first(self) -> Difference | None:
        return next(iter(self.differences), None)
