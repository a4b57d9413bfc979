"""A ledger nobody has credited."""

from __future__ import annotations

import pytest

from penstock.model.errors import NothingToClaim
from penstock.model.shares import ShareLedger


def test_shares_are_worth_nothing_before_the_first_credit() -> None:
    ledger = ShareLedger(100)
    ledger.allot("ann", 100)
    assert (ledger.credited, ledger.claimed, ledger.claimable_down("ann")) == (0, 0, 0)
    with pytest.raises(NothingToClaim):
        ledger.claim("ann")
