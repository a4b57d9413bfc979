"""A ladder that leaves cash over stops the model: nobody would be credited with it."""

from __future__ import annotations

import pytest

from penstock.model.deal import opening_state, settle
from penstock.model.errors import NotConserved
from penstock.model.terms import Rung
from tests.model.examples import INTEREST, deal_of, lender


def test_cash_that_no_rung_takes_is_refused() -> None:
    terms = deal_of(lender(), normal=(Rung(INTEREST, (0,)),))
    settle(terms, opening_state(terms), 100)
    with pytest.raises(NotConserved, match="1"):
        settle(terms, opening_state(terms), 101)
