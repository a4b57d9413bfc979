"""What may be in a share's own storage: allowances that were approved, and the nonces of permits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from eth_utils.crypto import keccak

from penstock.audit.findings import Findings
from penstock.audit.subject import Subject
from penstock.evm.codec import checksum


@dataclass(frozen=True)
class Limit:
    """A word that may hold no more than `most`."""

    tranche: int
    slot: int
    most: int
    name: str


@dataclass
class Approvals:
    """
    What the shares' Approval logs say.

    given : the last amount, by tranche, owner and spender. It is spent without a log. times : by tranche and owner; a
    permit is an approval too.
    """

    given: dict[tuple[int, str, str], int] = field(default_factory=dict)
    times: Counter[tuple[int, str]] = field(default_factory=Counter)

    def approve(self, tranche: int, owner: str, spender: str, amount: int) -> None:
        self.given[tranche, owner, spender] = amount
        self.times[tranche, owner] += 1

    def limits(self, slots: Mapping[str, int]) -> Iterator[Limit]:
        """Every word that an approval may have set, where solc's layout of the share logic puts it."""
        for (tranche, owner, spender), amount in self.given.items():
            slot = _entry(spender, _entry(owner, slots["_allowances"]))
            yield Limit(tranche, slot, amount, f"allowance of {checksum(spender)} from {checksum(owner)}")
        for (tranche, owner), times in self.times.items():
            yield Limit(tranche, _entry(owner, slots["_nonces"]), times, f"permits of {checksum(owner)}")


def compare_allowances(
    subject: Subject, findings: Findings, approvals: Approvals, told: Callable[[int, int], None]
) -> list[dict[int, int]]:
    """Reads these words at the audited block. Returns, by tranche, what stands in each slot."""
    limits = list(approvals.limits(subject.artifacts["TrancheShareLogic"].slots))
    block = hex(subject.block)
    asked = [[subject.shares[limit.tranche], hex(limit.slot), block] for limit in limits]
    there: list[dict[int, int]] = [{} for _ in subject.shares]
    for limit, answer in zip(limits, subject.chain.ask_many("eth_getStorageAt", asked), strict=True):
        there[limit.tranche][limit.slot] = found = int(answer[2:] or "0", 16)
        if found > limit.most:
            said = f"{limit.name} on {subject.terms.tranches[limit.tranche].id}: {found} in storage"
            findings.wrong("holders", f"{said}, {limit.most} by the logs at most")
    findings.compared("holders", len(limits))
    told(len(limits), len(limits))
    return there


def _entry(key: str, slot: int) -> int:
    """The slot of a mapping's value."""
    return int.from_bytes(keccak(bytes.fromhex(key[2:]).rjust(32, b"\0") + slot.to_bytes(32, "big")), "big")
