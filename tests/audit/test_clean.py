"""
Audits that find nothing, of deals on Anvil.

given a deal that lived by the rules
    it should be clean, and have compared something in every check
given any deal of a deal file and any flows
    it should be clean by the address alone
given more holders than a launch takes, cash from before the launch, a policy, no life at all
    it should be clean
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from penstock.audit.run import audit
from penstock.audit.subject import Target
from penstock.dealfile.from_terms import refusals
from penstock.evm.networks import connect_to_read
from penstock.evm.rpc import Rpc
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.launch import MOST_ALLOTMENTS, System
from tests.audit.conftest import Audited, Lived, clean
from tests.contracts.deals import PLAIN, TRAPPING, WHOLE, WHOLE_FILE
from tests.contracts.stage import USD, put_on
from tests.parity.books import ChainBook
from tests.parity.both import Trade, batches, live, trades
from tests.strategies import Life, lives

EXAMPLES = 10


def test_a_life_by_the_rules(lived: Lived, audited: Audited) -> None:
    found = audited()
    clean(found)
    assert (found.periods, found.late, found.holders, found.name) == (4, 2, 3, "Small")
    assert found.block == lived.chain.block()
    counts = f"{found.events} events, 3 holders, 4 periods, 2 settlements of late revenue, block {found.block}"
    assert found.verdict == f"verdict: clean — {counts}"


def test_by_the_address_alone(lived: Lived, audited: Audited) -> None:
    found = audited(text=None)
    clean(found)
    said = "no manifest given, so the expected code of these is unknown: "
    theirs = f"asset {lived.stage.asset.address}, report source {lived.reporter.address}"
    assert found.findings.checks["code"].notes == [said + theirs]
    assert "no deal file given" in found.findings.checks["terms"].notes[0]


def test_any_deal_with_any_flows(anvil_system: System, tmp_path: Path) -> None:
    chain, artifacts = anvil_system.chain, anvil_system.artifacts
    assert isinstance(chain, Rpc)
    reporter = chain.deploy(artifacts["SingleReporter"], chain.accounts[0])
    assets = {decimals: chain.deploy(artifacts["MockUSD"], decimals) for decimals in (0, 2, 6, 18)}
    seen = []

    @settings(max_examples=EXAMPLES)
    @given(life=lives().filter(lambda life: refusals(life.terms) == ([], life.terms)), trading=trades, sizes=batches)
    def body(life: Life, trading: list[Trade], sizes: list[int]) -> None:
        with chain.undone():
            book = ChainBook(anvil_system, assets[life.terms.decimals], reporter, life.terms)
            live(book, life, trading, sizes)
            found = audit(connect_to_read(chain.endpoint), Target(book.deal.address), tmp_path / "checkpoint")
            clean(found)
            assert (found.periods, found.late) == (life.terms.periods, bool(life.flows.late))
            seen.append(found)

    body()
    assert len(seen) >= EXAMPLES


@pytest.mark.parametrize("terms", [PLAIN, TRAPPING, WHOLE], ids=["plain", "trapping", "whole"])
def test_a_deal_that_was_just_launched(anvil_system: System, terms: DealTerms, tmp_path: Path) -> None:
    chain = anvil_system.chain
    with chain.undone():
        stage = put_on(anvil_system, terms)
        found = audit(connect_to_read(chain.endpoint), Target(stage.deal.address), tmp_path / "checkpoint")
    assert found.findings.first is None
    assert (found.periods, found.late, found.holders) == (0, 0, 1)


def test_more_holders_than_a_launch_takes(anvil_system: System, tmp_path: Path) -> None:
    chain, count = anvil_system.chain, MOST_ALLOTMENTS + 30
    with chain.undone():
        given = [Allotment(0, f"0x{0xABC000 + number:040x}", 10 * USD) for number in range(count)]
        given += [Allotment(0, chain.accounts[1], PLAIN.tranches[0].supply - count * 10 * USD)]
        given += [Allotment(1, chain.accounts[1], PLAIN.tranches[1].supply)]
        stage = put_on(anvil_system, PLAIN, allotments=given)
        stage.settle(30_000 * USD)
        found = audit(connect_to_read(chain.endpoint), Target(stage.deal.address), tmp_path / "checkpoint")
    clean(found)
    assert found.holders == count + 2


def test_cash_from_before_the_launch(anvil_system: System, tmp_path: Path) -> None:
    """A deal's address can be foretold: whoever pays there early pays for the first period."""
    chain = anvil_system.chain
    with chain.undone():
        asset = chain.deploy(anvil_system.artifacts["RebaseDownUSD"], 6)
        with chain.undone():
            foretold = put_on(anvil_system, PLAIN, asset).deal.address
        asset = chain.at(asset.address, asset.abi)
        asset.send("mint", foretold, 77 * USD)
        for _ in range(5):
            chain.transact(chain.accounts[1], b"", chain.accounts[0])
        stage = put_on(anvil_system, PLAIN, asset)
        assert stage.deal.address == foretold
        stage.settle(30_000 * USD)
        found = audit(connect_to_read(chain.endpoint), Target(foretold, None), tmp_path / "checkpoint")
    clean(found)
    assert found.since == 0


def test_a_deal_with_a_policy(anvil_system: System, tmp_path: Path) -> None:
    chain = anvil_system.chain
    with chain.undone():
        registry = chain.deploy(anvil_system.artifacts["HolderRegistry"], chain.accounts[0])
        registry.send("allow", list(chain.accounts[:5]))
        stage = put_on(anvil_system, WHOLE, policy=registry)
        stage.settle(30_000 * USD)
        stage.share().send("transfer", stage.cast.bob, 5, sender=stage.cast.ann)
        found = audit(connect_to_read(chain.endpoint), Target(stage.deal.address, WHOLE_FILE), tmp_path / "checkpoint")
    clean(found)
    assert found.findings.checks["code"].notes[0].endswith(f", policy {registry.address}")
