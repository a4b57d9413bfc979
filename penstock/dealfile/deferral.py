"""Rules for rungs that defer a lender's interest: `interest:mezz!lockup` pays it only while the test passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.model.rungs import Pays, RungKind
from penstock.model.terms import PrincipalKind, Rung, Tranche


def first_deferred(rungs: Sequence[Rung], lenders: int) -> int:
    """The most senior lender whose interest a rung defers, or a diversion comes before; `lenders` for none."""
    first, diverts = lenders, False
    for rung in rungs:
        diverts = diverts or rung.kind is RungKind.DIVERT
        if rung.targets and (rung.passing or (diverts and rung.kind is RungKind.INTEREST and rung.test is None)):
            first = min(first, *rung.targets)
    return first


@dataclass(frozen=True)
class DeferralRules:
    """
    Interest is deferred only for lenders that may, never in enforcement, and nobody junior gets the cash.

    Directly below comes a trap of the same test, or sweeps while it fails and then the trap or the deferred interest.
    Where it is a trap, every lender below is stopped as well, and must be one whose interest may be deferred.

    lenders : their ids, most senior first. may_defer : of each.
    """

    source: Source
    path: Path
    rungs: Sequence[Rung]
    lenders: Sequence[str]
    tranches: Sequence[Tranche]
    may_defer: Sequence[bool]

    def check(self) -> None:
        for position, rung in enumerate(self.rungs):
            if not rung.passing:
                continue
            place = (*self.path, position)
            if self.path[-1] == "enforcement":
                self.source.refuse(place, "nothing is deferred in enforcement", "the rung without !test")
            self._may(place, rung.targets, "its interest may not be deferred", "or the rung without !test")
            stop = self._stop(position)
            if stop is None:
                text = str(self.source.value(place))
                kind_and_target, _, test = text.partition("!")
                accepted = f"trap?{test} directly below, or sweeps with ?{test} and then {kind_and_target}?{test}"
                self.source.refuse(place, "cash it does not take could pay somebody junior", accepted)
            elif self.rungs[stop].rule.pays is Pays.TRAP:
                self._repaid_first(place, rung, stop)
                juniors = range(max(rung.targets) + 1, len(self.lenders))
                reason = "the trap below stops its interest too, and that may not be deferred"
                self._may(place, juniors, reason, "or a position above this rung")

    def _repaid_first(self, place: Path, rung: Rung, stop: int) -> None:
        """Only interest is deferred: principal that falls due, of the lender and of seniors, comes before the trap."""
        repaid = {
            target for each in self.rungs[:stop] if each.rule.repays and each.test is None for target in each.targets
        }
        scheduled = {at for at, each in enumerate(self.tranches) if each.principal is PrincipalKind.SCHEDULE}
        needed = set(range(min(rung.targets))) | (set(rung.targets) & scheduled)
        for lender in sorted(needed - repaid):
            name = self.lenders[lender]
            reason = f"the trap below would stop the principal of {name} too"
            self.source.refuse(place, reason, f"principal:{name} above this rung")

    def cuts_off(self, position: int) -> bool:
        """Whether a trap is the one below a rung that defers interest."""
        return any(rung.passing and self._stop(at) == position for at, rung in enumerate(self.rungs[:position]))

    def _may(self, place: Path, lenders: Sequence[int], reason: str, otherwise: str) -> None:
        for lender in lenders:
            if not self.may_defer[lender]:
                words = f"{self.lenders[lender]}: {reason}"
                self.source.refuse(place, words, f"may_defer = true in that tranche, {otherwise}")

    def _stop(self, position: int) -> int | None:
        """Where the cash that a rung defers is held, or turned to what it deferred; None where neither is so."""
        test, targets, at, swept = self.rungs[position].test, set(self.rungs[position].targets), position + 1, False
        for at, rung in enumerate(self.rungs[position + 1 :], start=position + 1):
            if rung.passing and rung.test == test and not swept:
                targets |= set(rung.targets)
            elif rung.test != test or rung.passing:
                return None
            elif rung.kind is RungKind.SWEEP:
                swept = True
            elif rung.rule.pays is Pays.TRAP:
                return at
            else:
                paid = rung.kind is RungKind.INTEREST and swept
                return at if paid and targets <= set(rung.targets) else None
        return None
