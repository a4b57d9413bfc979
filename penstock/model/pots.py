"""Two pots: what interest and principal collections are."""

from __future__ import annotations

from penstock.model.report import Report
from penstock.model.terms import DealTerms


def principal_pot(terms: DealTerms, collections: int, report: Report) -> int:
    """
    How much of a period's collections goes down the principal ladder, in base units: what is reported as principal, at
    most the collections; all of them without a report. Nothing in a deal of one pot.

    Source: docs/SPEC.md, "Two pots".
    """
    if not terms.two_pots:
        return 0
    reported = report.field(terms.principal_field)
    return collections if reported is None else min(reported, collections)
