"""A deal with a promote: what it keeps is replayed from the logs, and a changed word of it is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.audit.run import Audit, audit
from penstock.audit.subject import Target
from penstock.evm.artifacts import compile_contracts
from penstock.evm.nodes import anvil
from penstock.evm.rpc import Rpc
from penstock.model.calendar import timestamp
from penstock.onchain.launch import deploy_system
from tests.audit.conftest import Lived, clean, connect_to_read
from tests.audit.tamper import names, poke
from tests.contracts.deals import PROMOTED, PROMOTED_FILE
from tests.contracts.stage import USD, put_on
from tests.evm.proxy import proxied


@pytest.fixture(scope="module")
def _promoted() -> Iterator[Lived]:
    """Four of the published periods, two of them settled together, and claims of both classes."""
    with anvil(timestamp=timestamp(PROMOTED.closing)) as node, proxied(node.url) as proxy:
        chain = Rpc(node.url)
        stage = put_on(deploy_system(chain, artifacts=compile_contracts()), PROMOTED)
        stage.until(2)
        stage.settle(30_000 * USD, count=2)
        stage.settle(60_000 * USD)
        stage.settle(60_000 * USD)
        for tranche in (0, 1):
            stage.claim(tranche, stage.cast.ann)
        assert stage.state().promote_received > 0
        yield Lived(stage, chain, proxy, stage.asset)


@pytest.fixture
def promoted(_promoted: Lived) -> Iterator[Lived]:
    _promoted.proxy.clear()
    with _promoted.chain.undone():
        yield _promoted
    _promoted.proxy.clear()


def audited(lived: Lived, folder: Path) -> Audit:
    chain = connect_to_read(lived.proxy.url, 5.0, 30.0)
    return audit(chain, Target(lived.deal, PROMOTED_FILE, "promoted.toml"), folder / "checkpoint")


def test_a_promote_is_clean(promoted: Lived, tmp_path: Path) -> None:
    clean(audited(promoted, tmp_path))


@pytest.mark.parametrize(
    ("bit", "what"),
    [
        (0, "received by the capital side"),
        (64, "received by the promote"),
        (128, "hurdle of 8.00 %"),
        (192, "hurdle of 15.00 %"),
    ],
)
def test_a_changed_amount_is_named(promoted: Lived, tmp_path: Path, bit: int, what: str) -> None:
    poke(promoted, promoted.stage.system.artifacts["Deal"].slots["_promote"], lambda word: word ^ 1 << bit)
    names(audited(promoted, tmp_path), "state", f"{what}: chain ")


def test_a_word_behind_its_amounts_is_named(promoted: Lived, tmp_path: Path) -> None:
    poke(promoted, promoted.stage.system.artifacts["Deal"].slots["_promote"] + 1, lambda word: word ^ 1)
    names(audited(promoted, tmp_path), "storage", "(amounts 5 and on of the promote)")
