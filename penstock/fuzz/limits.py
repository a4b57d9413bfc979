"""Limits of a saved step, so that contracts and model can execute it; a file that exceeds them is refused."""

from __future__ import annotations

from penstock.fuzz.steps import ACTORS, DEAL, FORBIDDEN, HOLDERS, PEOPLE, Step
from penstock.model.terms import DealTerms

ALLOTMENTS = 2**24
"""Seeds of allotments: three bits for each of eight tranches."""

LONGEST = 2**39
"""The longest run, in seconds; it must end before its permits expire, in thousands of years."""

MOST_CASH = 2**200
"""Any number of such payments fits the 256 bits of the asset's supply."""

MOST_ALIKE = 480
CASH = ("gift", "pay", "pay_by_permit")
OF_SHARES = ("transfer", "transfer_cum", "approve", "permit", "transfer_from")
CALLED_BACK = ("pay", "settle", "claim", "claim_for", "claim_fee")
CALLS = ("claim", "settle", "cut_off", "transfer", "claim_fee", "claim_for", "switch")


def fits(terms: DealTerms, step: Step) -> bool:
    """Whether the named account can do it, the numbers fit the chain, and an inner call is one the looper makes."""
    who = PEOPLE if step.what in ("pay_by_permit", "forbidden", "let_take") else ACTORS  # contracts sign nothing
    whose = [name for name in HOLDERS if name in PEOPLE] if step.what in ("permit", "claim_signed") else HOLDERS
    to = (*ACTORS, DEAL) if step.what in ("block", "unblock") else ACTORS
    named = ((step.by, who), (step.to, to), (step.of, whose))
    if any(name and name not in known for name, known in named):
        return False
    cash = MOST_CASH if step.what in CASH else 2**256 - 1
    most = {"forbidden": len(FORBIDDEN) - 1, "alike": MOST_ALIKE}.get(step.what, 2**256 - 1)
    tranche = len(terms.tranches) - 1 if step.what in OF_SHARES else 2**256 - 1
    if step.what == "alike" and not step.count:  # nobody does what is done in no part
        return False
    if step.amount > cash or step.count > most or step.tranche > tranche:
        return False
    inside = step.inside
    if inside is None:
        return True
    called = step.what in CALLED_BACK and inside.what in CALLS and inside.by == "looper" and inside.inside is None
    return called and fits(terms, inside)
