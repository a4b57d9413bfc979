"""A deal with a clean-up call: what was announced, taken and restored is replayed, and what differs is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from penstock.audit.run import Audit, audit
from penstock.audit.subject import Target
from penstock.dealfile import loads
from penstock.evm.artifacts import compile_contracts
from penstock.evm.nodes import anvil
from penstock.evm.rpc import Rpc
from penstock.model.calendar import timestamp
from penstock.model.report import Report
from penstock.onchain.launch import deploy_system
from tests.audit.conftest import Lived, clean, connect_to_read
from tests.audit.liar import Liar, add_to_data, byte_changed, drop, to_stranger
from tests.audit.tamper import money, names, poke
from tests.contracts.called import CALLED_FILE, Called, launch_called
from tests.contracts.stage import USD
from tests.evm.proxy import proxied
from tests.fixtures.slow import mostly_slow

TERMS = loads(CALLED_FILE, "called.toml")
WORDS = [
    ("_call", 0, "state", "period whose call was announced: chain 2, model 3"),
    ("_call", 16, "state", "period called: chain "),
    ("_call", 24, "state", "principal repaid: chain 50,000.000001, model 50,000"),
    ("_call", 200, "storage", "(period of the call, and principal repaid)"),
    ("_writtenDown", 0, "state", "written down of tranche senior: chain "),
    ("_writtenDown", 250, "storage", "(written down of tranches 1 and 2)"),
]


@pytest.fixture(scope="module")
def _announced() -> Iterator[tuple[Lived, Called]]:
    """Two periods settled, with a loss in the second; the call of the third is announced, and cash has come for it."""
    with anvil(timestamp=timestamp(TERMS.closing)) as node, proxied(node.url) as proxy:
        chain = Rpc(node.url)
        found = launch_called(deploy_system(chain, artifacts=compile_contracts()), TERMS)
        for loss in (None, 40_000 * USD):
            found.receive(60_000 * USD)
            if loss:
                found.report(Report(loss=loss))
            found.settle()
        found.announce()
        found.receive(1_000 * USD)
        found.ready(found.missing)
        assert any(found.books.state.written_down)
        assert found.reporter
        yield Lived(found.stage, chain, proxy, found.reporter), found


@pytest.fixture(scope="module")
def missing(_announced: tuple[Lived, Called]) -> int:
    return _announced[1].missing


@pytest.fixture
def announced(_announced: tuple[Lived, Called]) -> Iterator[Lived]:
    lived, _ = _announced
    lived.proxy.clear()
    with lived.chain.undone():
        yield lived
    lived.proxy.clear()


@pytest.fixture
def called(announced: Lived) -> Lived:
    """Settled by its call, then late revenue, and a claim."""
    stage = announced.stage
    stage.until(3)
    stage.deal.send("settle", 1, sender=stage.cast.stranger)
    assert stage.state().called == 3
    stage.claim(0, stage.cast.ann)
    stage.gift(77)
    stage.deal.send("settle", 1)
    stage.gift(5)
    return announced


def audited(lived: Lived, folder: Path) -> Audit:
    chain = connect_to_read(lived.proxy.url, 5.0, 30.0)
    return audit(chain, Target(lived.deal, CALLED_FILE, "called.toml"), folder / "checkpoint")


def finds(found: Audit, check: str, *words: str) -> None:
    """Among all differences."""
    assert any(
        each.check == check and all(word in str(each) for word in words) for each in found.findings.differences
    ), [str(each) for each in found.findings.differences]


def test_a_call_that_is_announced_is_clean(announced: Lived, tmp_path: Path) -> None:
    clean(audited(announced, tmp_path))


def test_a_called_deal_is_clean(called: Lived, tmp_path: Path) -> None:
    clean(audited(called, tmp_path))


@pytest.mark.slow
def test_a_call_that_was_not_paid_is_clean(announced: Lived, tmp_path: Path) -> None:
    stage = announced.stage
    stage.asset.send("approve", stage.deal.address, 0, sender=stage.cast.cho)
    stage.until(3)
    stage.deal.send("settle", 1)
    assert (stage.state().called, stage.state().period) == (0, 3)
    clean(audited(announced, tmp_path))


@pytest.mark.parametrize(
    ("variable", "bit", "check", "words"),
    mostly_slow(WORDS, WORDS[::3]),
)
def test_a_changed_word_is_named(
    announced: Lived, tmp_path: Path, variable: str, bit: int, check: str, words: str
) -> None:
    poke(announced, announced.stage.system.artifacts["Deal"].slots[variable], lambda word: word ^ 1 << bit)
    names(audited(announced, tmp_path), check, words)


@pytest.mark.slow
def test_a_write_down_that_is_kept_after_the_call_is_named(called: Lived, tmp_path: Path) -> None:
    poke(called, called.stage.system.artifacts["Deal"].slots["_writtenDown"], lambda word: 1)
    names(audited(called, tmp_path), "state", "written down of tranche senior: chain 0.000001, model 0")


@pytest.mark.parametrize("more", mostly_slow([1, -1], [1]))
def test_a_call_that_took_another_amount_is_named(called: Lived, tmp_path: Path, missing: int, more: int) -> None:
    Liar(called).tell(called.deal, "called", 0, add_to_data(more))
    text = f"the call of period 3 took {money(missing + more)}, missing were {money(missing)}"
    finds(audited(called, tmp_path), "cash", text)


def test_a_call_paid_by_another_account_is_named(called: Lived, tmp_path: Path, missing: int) -> None:
    """The asset's log says that a stranger paid what the payee of the call owes."""
    asset = called.stage.asset
    payers = [each["from"] for each in asset.events(0) if each.name == "Transfer" and each["to"] == called.deal]
    Liar(called).tell(asset.address, "transfer", payers.index(called.stage.cast.cho), to_stranger(1), to_deal=True)
    text = f"the call of period 3 took {money(missing)}, of which its payee brought 0"
    finds(audited(called, tmp_path), "cash", text)


def test_a_missing_call_is_named(called: Lived, tmp_path: Path, missing: int) -> None:
    """Without it the settlement would have shared out what the payee paid as well."""
    Liar(called).tell(called.deal, "called", 0, drop)
    brought = money(1_000 * USD + missing)
    text = f"period 3 shares out 1,000, the asset's Transfer logs brought {brought}"
    finds(audited(called, tmp_path), "cash", text)


@pytest.mark.slow
def test_a_missing_announcement_is_named(called: Lived, tmp_path: Path) -> None:
    Liar(called).tell(called.deal, "call announced", 0, drop)
    names(audited(called, tmp_path), "periods", "period 3: no call of period 3 is announced")


@pytest.mark.slow
def test_an_announcement_that_comes_twice_is_named(announced: Lived, tmp_path: Path) -> None:
    Liar(announced).tell(announced.deal, "call announced", 0, lambda log: [log, log | {"logIndex": "0x7"}])
    names(audited(announced, tmp_path), "logs", "a call of period 3 is announced already")


def test_a_call_whose_settlement_is_missing_is_named(announced: Lived, tmp_path: Path) -> None:
    announced.stage.until(3)
    announced.stage.deal.send("settle", 1)
    Liar(announced).tell(announced.deal, "settled", 2, drop)
    finds(audited(announced, tmp_path), "periods", "a call of period 3 is not followed by its settlement")


@pytest.mark.slow
def test_a_call_of_another_period_is_named(called: Lived, tmp_path: Path) -> None:
    def of_period_2(log: dict[str, Any]) -> list[dict[str, Any]]:
        return [log | {"topics": [log["topics"][0], f"0x{2:064x}"]}]

    Liar(called).tell(called.deal, "called", 0, of_period_2)
    finds(audited(called, tmp_path), "periods", "a call of period 2 comes before the settlement of 3")


@pytest.mark.slow
def test_a_settlement_that_a_call_does_not_make_is_named(called: Lived, tmp_path: Path, missing: int) -> None:
    Liar(called).tell(called.deal, "settled", 2, byte_changed(12))
    finds(audited(called, tmp_path), "cash", "period 3 shares out ", "the asset's Transfer logs brought 1,000")
