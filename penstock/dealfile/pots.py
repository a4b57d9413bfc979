"""Rules for two pots: an interest ladder and a principal ladder, and what keeps lenders' principal from equity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.dealfile.positions import Path
from penstock.dealfile.source import Source
from penstock.model.rungs import RungKind
from penstock.model.terms import Fee, PrincipalKind, ReportField, Rung, Test, Tranche, Unit
from penstock.model.units import WAD

PRINCIPAL_FIELD = "principal"
"""The declared field that says how much of the collections is principal."""

OF_PRINCIPAL = (RungKind.FEE, RungKind.PRINCIPAL, RungKind.ALL, RungKind.SWEEP, RungKind.DIVERT, RungKind.RESIDUAL)
"""What a principal ladder may pay. What it set aside would come back as interest, and could reach equity."""


def missing_interest(interest: Sequence[Rung]) -> tuple[Rung, ...]:
    """The rungs that a principal ladder begins with: lenders' interest that the interest ladder could not pay."""
    return tuple(rung for rung in interest if rung.kind is RungKind.INTEREST and (rung.test is None or rung.passing))


@dataclass(frozen=True)
class PotRules:
    """
    The rules of all ladders together. ids : of the lenders, the most senior first.

    The reporter of the principal could call it interest. So equity gets interest only behind a rung that repays each
    lender from it: what falls due, or what an over-collateralisation test lacks.
    """

    source: Source
    interest: Sequence[Rung]
    principal: Sequence[Rung]
    tranches: Sequence[Tranche]
    tests: Sequence[Test]
    ids: Sequence[str]
    fees: Sequence[Fee] = ()

    def check(self) -> None:
        for index, fee in enumerate(self.fees):
            if fee.carry and not any(rung.kind is RungKind.FEE and index in rung.targets for rung in self.principal):
                reason = "late revenue is principal, and the principal ladder does not pay what is carried of it"
                self.source.refuse(("fee", index, "carry"), reason, f"a rung fee:{fee.id} in ladder.principal")
        for position, rung in enumerate(self.interest):
            if rung.passing:
                reason = "principal would repay lenders below while its interest is deferred"
                self.source.refuse(("ladder", "interest", position), reason, "the rung without !test, or a diversion")
        for position, rung in enumerate(self.principal):
            self._kind(position, rung)
        for lender, name in enumerate(self.ids):
            if not any(self._protects(rung, lender) for rung in self.interest):
                self.source.refuse(
                    ("ladder", "interest"),
                    f"equity could be paid with principal of {name} that is reported as interest",
                    f"a rung divert:test of an oc test of {name} or a junior one, all:{name}, sweep:{name}, or "
                    f"principal:{name} if it is cash or target_oc",
                )
            if not any(self._repays(rung, lender) for rung in self.principal):
                self.source.refuse(
                    ("ladder", "principal"),
                    f"equity could be paid while {name} has a balance",
                    f"a rung all:{name} or sweep:{name}, without a fraction and ?test",
                )

    def check_enforcement(self, enforcement: Sequence[Rung]) -> None:
        """Enforcement is one ladder for all cash, principal too: it repays every lender before equity gets anything."""
        for lender, name in enumerate(self.ids):
            if not any(self._repays(rung, lender) for rung in enforcement):
                self.source.refuse(
                    ("ladder", "enforcement"),
                    f"equity could be paid with principal while {name} has a balance",
                    f"a rung all:{name} or sweep:{name}, without a fraction and ?test",
                )

    def _kind(self, position: int, rung: Rung) -> None:
        place: Path = ("ladder", "principal", position)
        accepted = ", ".join(dict.fromkeys(kind.word for kind in OF_PRINCIPAL))
        if rung.kind is RungKind.INTEREST:
            self.source.refuse(place, "lenders' missing interest is paid first, without a rung", accepted)
        elif rung.kind not in OF_PRINCIPAL:
            reason = f"what a {rung.kind.word} sets aside would come back as interest, and could reach equity"
            self.source.refuse(place, reason, accepted)

    def _protects(self, rung: Rung, lender: int) -> bool:
        if rung.kind is RungKind.DIVERT and rung.test is not None:
            return self.tests[rung.test].tranche >= lender
        to_target = rung.kind is RungKind.PRINCIPAL and self.tranches[lender].principal is PrincipalKind.TARGET_OC
        return self._repays(rung, lender) or (to_target and self._is_whole(rung, lender))

    def _repays(self, rung: Rung, lender: int) -> bool:
        """Whether a rung takes a lender's whole balance before anything below it is paid."""
        cash = rung.kind is RungKind.PRINCIPAL and self.tranches[lender].principal is PrincipalKind.CASH
        return (cash or rung.kind in (RungKind.ALL, RungKind.SWEEP)) and self._is_whole(rung, lender)

    def _is_whole(self, rung: Rung, lender: int) -> bool:
        return lender in rung.targets and rung.test is None and rung.fraction == WAD


def principal_field(source: Source, fields: Sequence[ReportField]) -> int:
    """Which declared field says how much is principal. Raises DealFileError where there is none."""
    found = next((index for index, each in enumerate(fields) if each.id == PRINCIPAL_FIELD), None)
    accepted = f'a table [[field]] with id = "{PRINCIPAL_FIELD}" and unit = "amount"'
    if found is None:
        raise source.error(("ladder", "principal"), "no field of reports says how much is principal", accepted)
    if fields[found].unit is not Unit.AMOUNT:
        raise source.error(("field", found, "unit"), "principal is an amount", 'unit = "amount"')
    return found
