"""What each kind of rung takes, and how a deal file may write it: one row per kind, read by every module."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class RungKind(IntEnum):
    """The numbers are those on the chain. INTEREST_RESIDUAL : the residual of the interest pot, last in its ladder."""

    FEE = 0
    INTEREST = 1
    PRINCIPAL = 2
    ALL = 3
    SWEEP = 4
    RESERVE = 5
    TRAP = 6
    RESIDUAL = 7
    DIVERT = 8
    INTEREST_RESIDUAL = 9

    @property
    def word(self) -> str:
        """The kind, as written in a deal file."""
        return self.name.lower().removeprefix("interest_")


class Target(Enum):
    """What the indices of a rung refer to."""

    NONE = "none"
    FEE = "fee"
    LENDER = "lender"
    RESERVE = "reserve"
    EQUITY = "equity"


class Due(Enum):
    """
    What a rung can take for each of its targets.

    FEE, INTEREST, PRINCIPAL : what is due and not paid yet. BALANCE : everything outstanding.
    SHORTFALL : what a reserve is short of its target. REST : all remaining cash.
    COVERAGE : what brings a test of over-collateralisation back to its threshold.
    """

    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"
    BALANCE = "balance"
    SHORTFALL = "shortfall"
    REST = "rest"
    COVERAGE = "coverage"


class Pays(Enum):
    """Where the money goes."""

    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"
    RESERVE = "reserve"
    TRAP = "trap"
    EQUITY = "equity"


class TestUse(Enum):
    """Whether a rung may act only while a test fails."""

    __test__ = False  # pytest must not collect it

    NEVER = "never"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True)
class RungRule:
    """
    Parameters
    ----------
    shared : whether several tranches can share a rung pari passu.
    fraction : whether the rung can be limited to a fraction of what is left.
    supported : whether a reserve can pay what the rung is short of.
    repays : whether a rung of this kind repays a lender, for the rules of order.
    early : takes what is not due yet, so it comes after everything that is due to the same lender.
    """

    target: Target
    due: Due
    pays: Pays
    shared: bool = False
    fraction: bool = False
    test: TestUse = TestUse.MAY
    supported: bool = False
    repays: bool = False
    early: bool = False


RULES: dict[RungKind, RungRule] = {
    RungKind.FEE: RungRule(Target.FEE, Due.FEE, Pays.FEE, fraction=True, supported=True),
    RungKind.INTEREST: RungRule(Target.LENDER, Due.INTEREST, Pays.INTEREST, shared=True, supported=True),
    RungKind.PRINCIPAL: RungRule(
        Target.LENDER, Due.PRINCIPAL, Pays.PRINCIPAL, shared=True, supported=True, repays=True
    ),
    RungKind.ALL: RungRule(Target.LENDER, Due.BALANCE, Pays.PRINCIPAL, shared=True, supported=True, repays=True),
    RungKind.SWEEP: RungRule(Target.LENDER, Due.BALANCE, Pays.PRINCIPAL, shared=True, fraction=True, early=True),
    RungKind.RESERVE: RungRule(Target.RESERVE, Due.SHORTFALL, Pays.RESERVE, fraction=True),
    RungKind.TRAP: RungRule(Target.NONE, Due.REST, Pays.TRAP, test=TestUse.MUST),
    RungKind.RESIDUAL: RungRule(Target.EQUITY, Due.REST, Pays.EQUITY, test=TestUse.NEVER),
    RungKind.DIVERT: RungRule(Target.NONE, Due.COVERAGE, Pays.PRINCIPAL, test=TestUse.MUST),
    RungKind.INTEREST_RESIDUAL: RungRule(Target.EQUITY, Due.REST, Pays.EQUITY, test=TestUse.NEVER),
}


def kinds_where(**wanted: object) -> tuple[RungKind, ...]:
    """The kinds whose rules have these values, in the order of the table: `kinds_where(target=Target.LENDER)`."""
    return tuple(
        kind for kind, rule in RULES.items() if all(getattr(rule, name) == value for name, value in wanted.items())
    )
