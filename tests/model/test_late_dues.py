"""After the last period nothing accrues and nothing is scheduled, whatever is still owed."""

from __future__ import annotations

from penstock.model import deal
from penstock.model.coverage import debt_service
from penstock.model.dues import late_dues
from tests.model.examples import one_lender


def test_late_dues_have_no_debt_service() -> None:
    terms = one_lender()
    owed = late_dues(terms, deal.run(terms, [0, 0, 0, 0]).state)
    assert (owed.current_interest, owed.scheduled_principal) == ([0, 0], [0, 0])
    assert owed.interest[0] > 0
    assert debt_service(owed, 0) == 0
