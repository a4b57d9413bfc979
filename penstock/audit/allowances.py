"""What a share's own storage may hold: approved allowances, and nonces of permits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from eth_utils.crypto import keccak

from penstock.audit.findings import Findings
from penstock.audit.subject import Subject
from penstock.evm.codec import checksum
from penstock.format import exact_money


@dataclass(frozen=True)
class Limit:
    """A storage word that may hold at most `most`. counts : whether it holds a number of permits, not shares."""

    tranche: int
    slot: int
    most: int
    name: str
    counts: bool = False


@dataclass
class Approvals:
    """
    The approvals in the shares' logs.

    given : the last amount, by tranche, owner and spender. Spending leaves no log. times : by tranche and owner;
    permits are approvals too.
    """

    given: dict[tuple[int, str, str], int] = field(default_factory=dict)
    times: Counter[tuple[int, str]] = field(default_factory=Counter)

    def approve(self, tranche: int, owner: str, spender: str, amount: int) -> None:
        self.given[tranche, owner, spender] = amount
        self.times[tranche, owner] += 1

    def limits(self, slots: Mapping[str, int]) -> Iterator[Limit]:
        """Every storage word that an approval may have set, by solc's layout of the share logic."""
        for (tranche, owner, spender), amount in self.given.items():
            slot = _entry(spender, _entry(owner, slots["_allowances"]))
            yield Limit(tranche, slot, amount, f"allowance of {checksum(spender)} from {checksum(owner)}")
        for (tranche, owner), times in self.times.items():
            yield Limit(tranche, _entry(owner, slots["_nonces"]), times, f"permits of {checksum(owner)}", counts=True)


def compare_allowances(
    subject: Subject, findings: Findings, approvals: Approvals, progress: Callable[[int, int], None]
) -> list[dict[int, int]]:
    """Reads these words at the audited block. Returns the content of each slot, by tranche."""
    limits = list(approvals.limits(subject.artifacts["TrancheShareLogic"].slots))
    block = hex(subject.block)
    asked = [[subject.shares[limit.tranche], hex(limit.slot), block] for limit in limits]
    there: list[dict[int, int]] = [{} for _ in subject.shares]
    for limit, answer in zip(limits, subject.chain.ask_many("eth_getStorageAt", asked), strict=True):
        there[limit.tranche][limit.slot] = found = int(answer[2:] or "0", 16)
        if found > limit.most:
            decimals = 0 if limit.counts else subject.terms.share_decimals
            kept, logged = (exact_money(each, decimals) for each in (found, limit.most))
            text = f"{limit.name} on {subject.terms.tranches[limit.tranche].id}: {kept} in storage"
            findings.wrong("holders", f"{text}, {logged} by the logs at most")
    findings.compared("holders", len(limits))
    progress(len(limits), len(limits))
    return there


def _entry(key: str, slot: int) -> int:
    """The slot of a mapping's value."""
    return int.from_bytes(keccak(bytes.fromhex(key[2:]).rjust(32, b"\0") + slot.to_bytes(32, "big")), "big")
