"""The books of a deal from its logs, in the order of its storage."""

from __future__ import annotations

from dataclasses import dataclass, field

from penstock.audit.stale_words import Leftovers
from penstock.model.books import Books
from penstock.model.deal import Settlement
from penstock.model.report import Report
from penstock.onchain.events import Settled


@dataclass
class AuditBooks(Books):
    """
    cash : from the asset's transfers, of which the opening reserves are the first.
    switches : what accounts said of claims for them. claim_nonces : how many signed claims of each holder were paid.
    leftovers : the content of words that are not read at present.
    """

    switches: dict[str, bool] = field(init=False, default_factory=dict)
    claim_nonces: dict[str, int] = field(init=False, default_factory=dict)
    leftovers: Leftovers = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.cash = 0
        self.leftovers = Leftovers(0 if self.terms.narrow else len(self.terms.tranches))
        self.leftovers.write(self.arrears, self.pots, surely=True)

    @property
    def arrears(self) -> list[tuple[int, int]]:
        """Interest and principal owed, by tranche."""
        return list(zip(self.state.interest_arrears, self.state.principal_arrears, strict=True))

    @property
    def pots(self) -> list[int]:
        """Cash of no tranche, in the deal's order: reserves, fees to be claimed, traps."""
        return [*self.state.reserves, *self.fee_claimable, *self.state.trapped]

    def settle_as_logged(
        self, log: Settled, report: Report, now: int | None, last: bool, called: bool = False
    ) -> Settlement:
        """
        Settles the collections of a log. last : of its transaction. called : by a clean-up call. Raises as
        `Books.settle` and `Books.settle_called`.
        """
        settle = self.settle_called if called else self.settle
        settlement = settle(report, now, log.collections)
        self.leftovers.write(self.arrears, self.pots, surely=last)
        return settlement
