"""The forge campaign runs on the terms that its deal file says."""

from __future__ import annotations

from tests.formal.forge.write_terms import HERE, source


def test_the_campaigns_terms_are_up_to_date() -> None:
    assert (HERE / "Terms.sol").read_text() == source(), "run python -m tests.formal.forge.write_terms"
