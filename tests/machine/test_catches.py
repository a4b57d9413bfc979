"""The machine finds what is planted, and tells it in a few lines: in the model's rules, and in a contract."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import strategies as st

from penstock.chain.compile import Artifact, compile_contracts
from penstock.chain.quickest import HAS_REVM, quickest_chains
from penstock.dealfile import load
from penstock.fuzz.expected import Expected
from penstock.fuzz.explore import Explored, explore
from penstock.fuzz.onchain import Theatre, build_theatre
from penstock.fuzz.steps import Step
from penstock.model import deal, dues
from penstock.model.shares import Holding, ShareLedger
from tests.conftest import START

ROOT = Path(__file__).parents[2]
TERMS = load(ROOT / "deals" / "pf-three-tranche.toml")
STORIES = 100

pytestmark = pytest.mark.skipif(not HAS_REVM, reason="finding and shrinking takes thousands of steps: pyrevm only")


def hunt(theatres: Callable[[], Theatre]) -> Explored:
    return explore(theatres, st.just(TERMS), STORIES, seed=7)


def test_interest_of_one_unit_more_is_found_and_told(
    theatres: Callable[[], Theatre], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = dues.current_interest
    monkeypatch.setattr(dues, "current_interest", lambda *args: honest(*args) + 1)
    found = hunt(theatres).found
    assert found is not None
    assert len(found.story.steps) <= 3, found
    assert "settles" in str(found) and "chain" in found.reason and "model" in found.reason


def test_a_buyer_who_gets_what_was_earned_is_found(
    theatres: Callable[[], Theatre], monkeypatch: pytest.MonkeyPatch
) -> None:
    def transfer(self: ShareLedger, seller: str, buyer: str, shares: int) -> None:
        sold, bought = self.holdings.setdefault(seller, Holding()), self.holdings.setdefault(buyer, Holding())
        sold.shares -= shares
        bought.shares += shares

    monkeypatch.setattr(ShareLedger, "transfer", transfer)
    found = hunt(theatres).found
    assert found is not None and len(found.story.steps) <= 5, found
    assert "INV 05" in found.reason, "the invariant names it before the comparison does"


def test_a_lock_that_is_forgotten_is_found(theatres: Callable[[], Theatre], monkeypatch: pytest.MonkeyPatch) -> None:
    def call_back(self: Expected, step: Step, locked: int | None = None) -> None:
        honest(self, step, None)

    honest = Expected._call_back
    monkeypatch.setattr(Expected, "_call_back", call_back)
    found = hunt(theatres).found
    assert found is not None and len(found.story.steps) <= 5, found
    assert "Deal_Reentered" in found.reason and found.story.steps[-1].inside is not None


def test_a_broken_invariant_is_named(theatres: Callable[[], Theatre], monkeypatch: pytest.MonkeyPatch) -> None:
    honest = deal._credit

    def credit(terms: object, state: object, flows: object) -> None:
        honest(terms, state, flows)  # type: ignore[arg-type]
        state.credited[0] += 1  # type: ignore[attr-defined]

    monkeypatch.setattr(deal, "_credit", credit)
    found = hunt(theatres).found
    assert found is not None
    assert found.reason.startswith("INV 01 is broken")


@pytest.fixture(scope="module")
def planted() -> Iterator[Mapping[str, Artifact]]:
    """Our contracts with one line changed: a transfer leaves the debt behind, so that a buyer may claim the past."""
    folder = ROOT / "build" / "planted"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "contracts", folder)
    library = folder / "libraries" / "ShareLib.sol"
    source = library.read_text()
    assert source.count("return amount + ((amount * credited) << 64);") == 1
    library.write_text(source.replace("return amount + ((amount * credited) << 64);", "return amount;"))
    yield compile_contracts(folder)
    shutil.rmtree(folder)


def test_a_bug_in_a_contract_is_found_and_told(planted: Mapping[str, Artifact]) -> None:
    with quickest_chains(START) as chains:
        explored = hunt(lambda: build_theatre(chains(), planted))
    found = explored.found
    assert found is not None and len(found.story.steps) <= 4, found
    assert found.story.steps[-1].what in ("transfer", "transfer_from")
    assert "debt" in found.reason or "claimable" in found.reason
