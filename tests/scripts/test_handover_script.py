"""
What scripts/handover.py does on the chain it is given, without Brownie.

given accounts the node holds
    it should offer and accept, and the sponsor keep no role
given a keystore
    it should sign with that, as on a chain whose node holds no keys
given what is not an address
    it should say so in one line
given another who is elsewhere
    it should offer, and say what the other has to do
"""

from __future__ import annotations

import importlib.util
import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from eth_account import Account

from penstock.evm.artifacts import compile_contracts
from penstock.onchain.deployments import open_deployment
from penstock.onchain.roles import roles_of
from tests.deploy.conftest import Stage, stage, url
from tests.fixtures.actors import KEYS, OTHER, SPONSOR

__all__ = ["stage", "url"]  # fixtures
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "handover.py"


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("handover_script", SCRIPT)
    assert spec and spec.loader
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_roles_go_to_an_account_of_the_node(stage: Stage, script: ModuleType) -> None:
    deployment = open_deployment(stage.run(order=stage.order(reports=None)).manifest, stage.chain)
    said: list[str] = []
    assert script.look(stage.chain, stage.file, said.append)[0].startswith("registrar: owner of 0x")
    said.clear()
    script.offer_and_accept(stage.chain, stage.file, OTHER, said.append)
    assert {role.holder for role in roles_of(deployment)} == {OTHER}
    assert [line.partition(": block")[0] for line in said] == [
        *("offer the role: registrar", "offer the role: reporter"),
        *("accept the role: registrar", "accept the role: reporter"),
    ]
    assert not any("owner of" in each for each in script.look(stage.chain, stage.file, said.append))
    assert said[-1].startswith(f"{SPONSOR} still holds: 1,000 shares of senior")


def test_what_another_has_to_do_is_said(stage: Stage, script: ModuleType) -> None:
    deployment = open_deployment(stage.run().manifest, stage.chain)
    wallet = stage.chain.deploy(compile_contracts()["CallerContract"]).address
    said: list[str] = []
    script.offer_and_accept(stage.chain, stage.file, wallet, said.append)
    assert [role.pending for role in roles_of(deployment)] == [wallet]
    assert said[-1] == f"to be executed by {wallet}: accept the role: registrar"


def connect_brownie(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = SimpleNamespace(endpoint_uri=stage.url)
    brownie = SimpleNamespace(web3=SimpleNamespace(provider=provider), __spec__=ModuleSpec("brownie", None))
    monkeypatch.setitem(sys.modules, "brownie", brownie)


def test_another_that_is_no_address_is_refused_in_one_line(
    stage: Stage, script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.run()
    connect_brownie(stage, monkeypatch)
    before = stage.chain.block()
    with pytest.raises(SystemExit, match=r"^the address: '0x00' is not an address: 0x and 40 hexadecimal digits$"):
        script.main(str(stage.file), "0x00")
    assert stage.chain.block() == before


def test_a_keystore_signs_where_the_node_holds_no_key(
    stage: Stage, script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = open_deployment(stage.run(order=stage.order(reports=None)).manifest, stage.chain)
    store, password = tmp_path / "sponsor.json", tmp_path / "password"
    store.write_text(json.dumps(Account.encrypt(KEYS[SPONSOR], "secret", iterations=2)))
    password.write_text("secret")
    password.chmod(0o600)
    connect_brownie(stage, monkeypatch)
    script.main(str(stage.file), OTHER, f"account={store}", f"password-file={password}")
    offered = [(role.holder, role.pending) for role in roles_of(deployment)]
    assert offered == [(SPONSOR, OTHER)] * 2, "and accepted by nobody: the other's key is not the keystore's"
