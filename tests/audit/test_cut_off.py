"""A deal with a payment delay and grace: what was cut off is replayed, and what differs from it is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.audit.run import Audit, audit
from penstock.audit.subject import Target
from penstock.dealfile import loads
from penstock.evm.artifacts import compile_contracts
from penstock.evm.nodes import anvil
from penstock.evm.rpc import Rpc
from penstock.model.calendar import timestamp
from penstock.onchain.launch import deploy_system
from tests.audit.conftest import Lived, clean, connect_to_read
from tests.audit.liar import Liar, add_to_data, byte_changed, drop
from tests.audit.tamper import names, poke
from tests.contracts.deals import DELAYED_FILE
from tests.contracts.stage import USD, put_on
from tests.evm.proxy import proxied

TEXT = DELAYED_FILE.replace("payment_delay = 20", "payment_delay = 20\ngrace = 5")
TERMS = loads(TEXT, "delayed.toml")


@pytest.fixture(scope="module")
def _cut() -> Iterator[Lived]:
    """
    Two periods cut off and settled within their grace, and a third cut off; a claim and cash in between. The chain's
    clock is this deal's own: a period is cut off before its payment date.
    """
    with anvil(timestamp=timestamp(TERMS.closing)) as node, proxied(node.url) as proxy:
        chain = Rpc(node.url)
        stage = put_on(deploy_system(chain, artifacts=compile_contracts()), TERMS)
        for period, (before, after) in enumerate(((28_000 * USD, 27_000 * USD), (250 * USD, 5), (7, 11)), start=1):
            stage.gift(before)
            chain.set_time(max(chain.now(), timestamp(TERMS.accrual_dates[period - 1])))
            stage.deal.send("cutOff", sender=stage.cast.stranger)
            stage.gift(after)
            if period == 2:
                stage.claim(0, stage.cast.ann)
            if period < 3:
                stage.until(period)
                stage.deal.send("settle", 1)
        assert stage.state().cut == (3, 12)
        yield Lived(stage, chain, proxy, stage.asset)


@pytest.fixture
def cut(_cut: Lived) -> Iterator[Lived]:
    _cut.proxy.clear()
    with _cut.chain.undone():
        yield _cut
    _cut.proxy.clear()


def audited(cut: Lived, folder: Path) -> Audit:
    chain = connect_to_read(cut.proxy.url, 5.0, 30.0)
    return audit(chain, Target(cut.deal, TEXT, "delayed.toml"), folder / "checkpoint")


def test_cut_off_periods_are_clean(cut: Lived, tmp_path: Path) -> None:
    clean(audited(cut, tmp_path))


@pytest.mark.parametrize(("change", "bit"), [("period", 0), ("collections", 16), ("nothing", 255)])
def test_a_changed_word_is_named(cut: Lived, tmp_path: Path, change: str, bit: int) -> None:
    poke(cut, cut.stage.system.artifacts["Deal"].slots["_cutOff"], lambda word: word ^ 1 << bit)
    where = {
        "period": ("state", "period cut off: chain 2, model 3"),
        "collections": ("state", "collections cut off: chain 0.000013, model 0.000012"),
        "nothing": ("storage", "(period and collections cut off)"),
    }
    names(audited(cut, tmp_path), *where[change])


def test_another_amount_is_named(cut: Lived, tmp_path: Path) -> None:
    Liar(cut).tell(cut.deal, "cut off", 0, add_to_data(1))
    names(
        audited(cut, tmp_path), "cash", "period 1 is cut off at 28,000.000001, the asset's Transfer logs brought 28,000"
    )


def test_a_missing_cut_off_is_named(cut: Lived, tmp_path: Path) -> None:
    """Without it the settlement would have taken all that came."""
    Liar(cut).tell(cut.deal, "cut off", 0, drop)
    names(audited(cut, tmp_path), "cash", "period 1 shares out 28,000, the asset's Transfer logs brought 55,000")


def test_a_settlement_that_is_not_what_was_cut_off_is_named(cut: Lived, tmp_path: Path) -> None:
    Liar(cut).tell(cut.deal, "settled", 0, byte_changed(12))
    found = audited(cut, tmp_path)
    text = "period 1 shares out 28,000.000001, its cut-off and the asset's Transfer logs leave it 28,000"
    assert any(each.check == "cash" and text in str(each) for each in found.findings.differences)
