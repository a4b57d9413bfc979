"""
A policy's successor and those who hold shares today.

given a successor that lists nobody
    the errand should note how many of the present holders it leaves out: all of them
given one that lists some
    it should count the others; who sold everything is not a holder any more
given one that lists all, or the successor of a report source
    it should note nothing of holders
given one whose answer is no answer for a holder
    it should say so
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from penstock.deploy import replace
from penstock.deploy.replace import plan_replacement
from penstock.evm.artifacts import compile_contracts
from penstock.onchain.deployments import open_deployment
from penstock.onchain.holders import holders
from penstock.onchain.roles import roles_of
from tests.deploy.conftest import Stage
from tests.deploy.roles import DELAY, Deal, made
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR


@pytest.fixture
def deal(launched_stage: Callable[..., Stage]) -> Deal:
    """Held by three: the sponsor, who keeps equity alone, and two who bought all of senior; one sold all again."""
    deal = Deal(launched_stage(reports=None, delay=DELAY))
    registry = next(role.contract for role in roles_of(deal.deployment) if role.name == "registrar")
    abi = compile_contracts()["HolderRegistry"].abi
    deal.chain.send(registry, abi, "allow", [HOLDER, OTHER, OPERATOR], sender=SPONSOR)
    senior = deal.deployment.shares[0]
    senior.send("transfer", HOLDER, 400 * 10**6, sender=SPONSOR)
    senior.send("transfer", OPERATOR, 600 * 10**6, sender=SPONSOR)
    senior.send("transfer", OTHER, 600 * 10**6, sender=OPERATOR)
    return deal


def notes(deal: Deal, part: str, successor: str) -> tuple[str, ...]:
    return plan_replacement(deal.chain, "anvil", deal.deployment, part, successor).notes[1:]


def test_holders_are_those_who_have_a_share_now(deal: Deal) -> None:
    assert set(holders(deal.chain, open_deployment(deal.manifest, deal.chain))) == {SPONSOR, HOLDER, OTHER}


def test_a_successor_is_said_to_leave_holders_out(deal: Deal) -> None:
    registry = made(deal, "HolderRegistry", SPONSOR)
    end = "present holders hold shares: until it does, nobody can transfer shares to them"
    assert notes(deal, "policy", registry.address) == (f"note: it does not let 3 of 3 {end}",)
    registry.send("allow", [HOLDER, OPERATOR], sender=SPONSOR)
    assert notes(deal, "policy", registry.address) == (f"note: it does not let 2 of 3 {end}",)
    registry.send("allow", [SPONSOR, OTHER], sender=SPONSOR)
    assert notes(deal, "policy", registry.address) == ()


def test_a_report_source_leaves_nobody_out(deal: Deal) -> None:
    assert notes(deal, "reports", made(deal, "SingleReporter", OTHER).address) == ()


def test_an_answer_that_is_none_is_said(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replace, "_require_successor", lambda *_: None)
    token = deal.manifest.asset
    (note,) = notes(deal, "policy", token)
    assert note.startswith("note: it does not say of every present holder whether they may hold shares: ")
    assert "\n" not in note
