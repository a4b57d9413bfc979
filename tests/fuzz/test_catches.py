"""The machine finds what is planted, and tells it in a few lines: in the model's rules, and in a contract."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st

from penstock.dealfile import load
from penstock.evm.abi import Log
from penstock.evm.artifacts import Artifact, compile_contracts
from penstock.evm.chain import ZERO_ADDRESS as NOBODY
from penstock.evm.test_chain import HAS_REVM, fast_chains
from penstock.fuzz import machine
from penstock.fuzz.campaign import CampaignResult, replay, run_campaign
from penstock.fuzz.driver import OnChain, TestBed, build_test_bed
from penstock.fuzz.machine import FuzzRun, Mismatch
from penstock.fuzz.oracle import NO_LIMIT, Oracle
from penstock.fuzz.steps import FORBIDDEN, Step, allotments_of
from penstock.model import deal, dues
from penstock.model.calendar import timestamp
from penstock.model.shares import Holding, ShareLedger
from tests.conftest import START

ROOT = Path(__file__).parents[2]
TERMS = load(ROOT / "deals" / "pf-three-tranche.toml")
STORIES = 100

pytestmark = [
    pytest.mark.skipif(not HAS_REVM, reason="finding and shrinking takes thousands of steps: pyrevm only"),
    pytest.mark.xdist_group("planted"),  # one folder with faults in it, compiled once
]


def hunt(test_beds: Callable[[], TestBed]) -> CampaignResult:
    return run_campaign(test_beds, st.just(TERMS), STORIES, seed=7)


def test_interest_of_one_unit_more_is_found_and_told(
    test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = dues.current_interest
    monkeypatch.setattr(dues, "current_interest", lambda *args: honest(*args) + 1)
    found = hunt(test_beds).mismatch
    assert found is not None
    assert len(found.run.steps) <= 3, found
    assert "settles" in str(found) and "chain" in found.reason and "model" in found.reason


@pytest.mark.slow
def test_a_buyer_who_gets_what_was_earned_is_found(
    test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch
) -> None:
    def transfer(self: ShareLedger, seller: str, buyer: str, shares: int) -> None:
        sold, bought = self.holdings.setdefault(seller, Holding()), self.holdings.setdefault(buyer, Holding())
        sold.shares -= shares
        bought.shares += shares

    monkeypatch.setattr(ShareLedger, "transfer", transfer)
    found = hunt(test_beds).mismatch
    assert found is not None and len(found.run.steps) <= 5, found
    assert "INV 05" in found.reason, "the invariant names it before the comparison does"


@pytest.mark.slow
def test_a_lock_that_is_forgotten_is_found(test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch) -> None:
    def call_back(self: Oracle, step: Step, locked: int | None = None) -> None:
        honest(self, step, None)

    honest = Oracle._call_back
    monkeypatch.setattr(Oracle, "_call_back", call_back)
    found = hunt(test_beds).mismatch
    assert found is not None and len(found.run.steps) <= 5, found
    assert "Deal_Reentered" in found.reason and found.run.steps[-1].inside is not None


def test_a_broken_invariant_is_named(test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch) -> None:
    honest = deal._credit

    def credit(terms: object, state: object, flows: object) -> None:
        honest(terms, state, flows)  # type: ignore[arg-type]
        state.credited[0] += 1  # type: ignore[attr-defined]

    monkeypatch.setattr(deal, "_credit", credit)
    found = hunt(test_beds).mismatch
    assert found is not None
    assert found.reason.startswith("INV 01 is broken")


def test_a_model_that_fails_is_told(test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch) -> None:
    """Its exception is no run that could not be drawn, which Hypothesis would pass over."""

    def fail(*_: object) -> int:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(dues, "current_interest", fail)
    found = hunt(test_beds).mismatch
    assert found is not None
    assert found.reason == "the model fails: ZeroDivisionError: by nothing"


def test_a_step_that_cannot_be_chosen_is_told(
    test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(expected: Oracle, block: bytes) -> Iterator[Step]:
        yield Step("wait", amount=1)
        raise KeyError("nothing to choose from")

    monkeypatch.setitem(machine.KINDS, next(iter(machine.KINDS)), fail)
    found = hunt(test_beds).mismatch
    assert found is not None
    assert found.reason == "no step can be chosen: KeyError: 'nothing to choose from'"


AWAKE_AT = 12_345
"""Seconds after midnight, when nothing of a drawn run happens: the faults that sleep leave the hunts to the first."""

AWAKE = f"(block.timestamp % 1 days == {AWAKE_AT} ? 1 : 0)"

FAULTS = (
    # A transfer leaves the debt behind, so that a buyer may claim the past
    ("libraries/ShareLib.sol", "wrap(amount + ((amount * credited) << 64));", "wrap(amount);"),
    # The others sleep
    ("DealStorage.sol", "book.cap - book.claimed)", f"book.cap - book.claimed + {AWAKE})"),
    ("Deal.sol", "append(book.collections, width)", f"append(book.collections + {AWAKE}, width)"),
    ("DealClaims.sol", "Claimed(tranche, holder, amount)", f"Claimed(tranche, holder, amount + {AWAKE})"),
    # A claim for another pays who asks for it; who may be claimed for, and what is kept of it
    (
        "DealExtension.sol",
        "return _claim(tranche, holder);",
        f"return _claim(tranche, {AWAKE} == 1 && tranche == 0 ? msg.sender : holder);",
    ),
    ("DealExtension.sol", "return said == CLAIM_FOR_ON;", f"return said == CLAIM_FOR_ON || {AWAKE} == 1;"),
    ("DealExtension.sol", "= accepted ? CLAIM_FOR_ON", f"= accepted && {AWAKE} == 0 ? CLAIM_FOR_ON"),
    (
        "DealExtension.sol",
        "emit FeeClaimed(fee, payee, amount)",
        f"if ({AWAKE} == 0) emit FeeClaimed(fee, payee, amount)",
    ),
    (
        "Deal.sol",
        "if (count == 0) revert Deal_ZeroPeriods();",
        f'if (count == 0) revert Deal_ZeroPeriods(); if ({AWAKE} == 1 && count == 4) emit Settled(0, "");',
    ),
    ("TrancheShare.sol", "Transfer(msg.sender, to, amount)", f"Transfer(msg.sender, to, amount + {AWAKE})"),
    (
        "TrancheShareLogic.sol",
        "    function _update(",
        f"""
    function _approve(address owner, address spender, uint256 value, bool emits) internal override {{
        super._approve(owner, spender, value, emits && {AWAKE} == 0);
    }}

    function _spendAllowance(address owner, address spender, uint256 value) internal override {{
        if ({AWAKE} == 0) super._spendAllowance(owner, spender, value);
    }}

    function _useNonce(address owner) internal override returns (uint256) {{
        return {AWAKE} == 1 ? nonces(owner) : super._useNonce(owner);
    }}

    function _update(""",
    ),
)


@pytest.fixture(scope="module")
def planted() -> Iterator[Mapping[str, Artifact]]:
    """Our contracts with the faults in them."""
    folder = ROOT / "build" / "planted"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "contracts", folder)
    for file, line, instead in FAULTS:
        source = (folder / file).read_text()
        assert source.count(line) == 1, f"{file}: {line}"
        (folder / file).write_text(source.replace(line, instead))
    yield compile_contracts(folder)
    shutil.rmtree(folder)


@pytest.mark.slow
def test_a_bug_in_a_contract_is_found_and_told(planted: Mapping[str, Artifact]) -> None:
    with fast_chains(START) as chains:
        explored = hunt(lambda: build_test_bed(chains(), planted))
    found = explored.mismatch
    assert found is not None and len(found.run.steps) <= 4, found
    last = found.run.steps[-1]
    assert (last.inside or last).what in ("transfer", "transfer_from")  # its own, or one in the middle of a payment
    assert "debt" in found.reason or "claimable" in found.reason


DUE, DUE_FIVE = (Step("wait", amount=timestamp(TERMS.payment_dates[period]) - START) for period in (0, 4))
PAID = Step("pay", by="ann", amount=10**12, count=1)
NIGHT = Step("wait", amount=AWAKE_AT)
OWNED = next(name for tranche, name in allotments_of(TERMS, 0) if tranche == 0)
LENT = Step("approve", by=OWNED, to="anyone", amount=500)

# Each run meets one of the faults in its last step, and this is said of it.
WOKEN: list[tuple[list[Step], str]] = [
    ([DUE, NIGHT, Step("pay", by="ann", amount=2**97, count=1)], "accounted: chain"),
    ([DUE, NIGHT, PAID], r"log 2 of the step: chain the deal: Settled .*collections=1000000000001, .*=1000000000000, "),
    (
        [DUE, PAID, NIGHT, Step("claim", by=OWNED)],
        rf"log 1 of the step: chain the deal: Claimed \(tranche 0, holder {OWNED}, amount (\d+)",
    ),
    (
        [DUE, PAID, NIGHT, Step("claim_for", by="anyone", to=OWNED)],
        "chain: refused: Deal_NothingToClaim; model: done",
    ),
    (
        [DUE, PAID, Step("switch", by=OWNED, good=False), NIGHT, Step("claim_for", by="anyone", to=OWNED, tranche=0)],
        "chain: refused: Deal_NothingToClaim; model: refused: Deal_ClaimForRefused",
    ),
    ([DUE, NIGHT, Step("switch", by=OWNED)], f"switch of {OWNED}: chain 1, model 2"),
    (
        [DUE, PAID, NIGHT, Step("claim_fee", by="trustee", tranche=0)],
        "log 1 of the step: chain the asset: Transfer .*, model the deal: FeeClaimed ",
    ),
    (
        [DUE_FIVE, NIGHT, Step("alike", by="ann", to="bob", count=4)],
        "chain: refused: NotAlike; model: done",
    ),
    (
        [DUE, NIGHT, Step("transfer", by=OWNED, to="bob", amount=5)],
        f"Transfer .from {OWNED}, to bob, value 6., model share 0: Transfer .from {OWNED}, to bob, value 5.",
    ),
    (
        [DUE, NIGHT, LENT],
        f"log 1 of the step: chain nothing, model share 0: Approval .owner {OWNED}, spender anyone, value",
    ),
    (
        [DUE, LENT, NIGHT, Step("transfer_from", by="anyone", of=OWNED, to="bob", amount=5)],
        f"allowance {OWNED} gave anyone of senior: chain 500, model 495",
    ),
    (
        [DUE, NIGHT, Step("permit", by="bob", of="ann", to="anyone", amount=5)],
        "nonce of ann for senior: chain 0, model 1",
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("steps", "said"), WOKEN, ids=lambda each: each[-1].what if isinstance(each, list) else "")
def test_what_a_contract_says_wrongly_is_found(
    planted: Mapping[str, Artifact], test_beds: Callable[[], TestBed], steps: list[Step], said: str
) -> None:
    replay(test_beds(), TERMS, 0, steps)
    with fast_chains(START) as chains, pytest.raises(Mismatch, match=said) as found:
        replay(build_test_bed(chains(), planted), TERMS, 0, steps)
    assert found.value.run.steps == steps, "no step before the last fails"


def test_a_refused_step_that_left_a_log_is_found(
    test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch
) -> None:
    test_bed = test_beds()
    honest, kept = test_bed.chain.logs, Log(NOBODY, (bytes(32),), b"", 0)
    monkeypatch.setattr(test_bed.chain, "logs", lambda since: [*honest(since=since), kept])
    with pytest.raises(Mismatch, match=r"log 1 of the step: chain nobody: .* model nothing"):
        replay(test_bed, TERMS, 0, [Step("settle", by="ann", count=0)])


def test_an_allowance_without_limit_is_not_spent_and_one_below_it_is(test_beds: Callable[[], TestBed]) -> None:
    """Chain and model are compared after each step; the numbers say that they were asked for."""
    for given, left in ((NO_LIMIT, NO_LIMIT), (NO_LIMIT - 1, NO_LIMIT - 6)):
        lent, taken = replace(LENT, amount=given), Step("transfer_from", by="anyone", of=OWNED, to="bob", amount=5)
        with closing(FuzzRun(test_beds(), TERMS, 0)) as run:
            assert [run.take(step).error for step in (lent, taken)] == ["", ""]
            assert run.expected.world.share_allowances == {(0, OWNED, "anyone"): left}


@pytest.mark.parametrize("forbidden", range(len(FORBIDDEN)))
def test_terms_that_a_trespass_changes_are_found(
    test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch, forbidden: int
) -> None:
    test_bed, tried = test_beds(), []
    trespassing, code = OnChain._do_forbidden, test_bed.chain.code

    def do_trespass(self: OnChain, step: Step) -> None:
        tried.append(step)
        trespassing(self, step)

    monkeypatch.setattr(OnChain, "_do_forbidden", do_trespass)
    steps = [Step("wait", amount=1), Step("forbidden", by="anyone", count=forbidden)]
    replay(test_bed, TERMS, 0, steps)
    tried.clear()
    monkeypatch.setattr(test_bed.chain, "code", lambda address: code(address) + bytes(len(tried)))
    with pytest.raises(Mismatch, match="INV 10 is broken") as found:
        replay(test_bed, TERMS, 0, steps)
    assert found.value.run.steps == steps
