"""
What others sign: unsigned transactions, and a Safe's batch.

given a batch
    its checksum should be the one the Safe app computes
    it should be split where one transaction of the chain cannot hold it, and say which comes first
    it should be refused for what a Safe cannot send
given a plan exported for a wallet that is a contract
    executed in the order of the file, it should be found again: nothing left to do, the deal the wallet's own
    executed half, the other half should be left
given a plan exported unsigned
    signed and sent in the order of the file, it should be found again
given nothing left to do, a file that is there, an address without code
    it should be refused in one line
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from penstock.deploy import safe
from penstock.deploy.checks import HasCoin
from penstock.deploy.export import ExportRefused, export_safe, export_unsigned
from penstock.deploy.plan import Kind, Order, Plan, Step
from penstock.deploy.preflight import make_plan
from penstock.deploy.rebuild import adopt
from penstock.deploy.run import make_order
from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.evm.fees import fees_now
from penstock.evm.signers import KeySigner
from penstock.onchain.deployments import open_deployment
from penstock.onchain.manifest import ManifestRefused, read
from tests.deploy.conftest import Stage
from tests.fixtures.actors import HOLDER, KEYS, OPERATOR, OTHER

# The batch and the value of the Transaction Builder's own test, src/lib/checksum.test.js.
BUILDERS: dict[str, Any] = {
    "version": "1.0",
    "chainId": "4",
    "createdAt": 1646321521061,
    "meta": {
        "name": "test batch file",
        "txBuilderVersion": "1.4.0",
        "checksum": "",
        "createdFromSafeAddress": "0xDF8a1Ce35c9a6ACE153B4e0767942f1E2291a1Aa",
        "createdFromOwnerAddress": "0x49d4450977E2c95362C13D3a31a09311E0Ea26A6",
    },
    "transactions": [
        {
            "to": "0x49d4450977E2c95362C13D3a31a09311E0Ea26A6",
            "value": "0",
            "contractMethod": {
                "inputs": [{"internalType": "address", "name": "paramAddress", "type": "address"}],
                "name": "testAddress",
                "payable": False,
            },
            "contractInputsValues": {"paramAddress": "0x49d4450977E2c95362C13D3a31a09311E0Ea26A6"},
        },
        {
            "to": "0x49d4450977E2c95362C13D3a31a09311E0Ea26A6",
            "value": "0",
            "contractMethod": {
                "inputs": [{"internalType": "bool", "name": "paramBool", "type": "bool"}],
                "name": "testBool",
                "payable": False,
            },
            "contractInputsValues": {"paramAddress": "", "paramBool": "false"},
        },
        {
            "to": "0x49d4450977E2c95362C13D3a31a09311E0Ea26A6",
            "value": "2000000000000000000",
            "data": "0x42f4579000000000000000000000000049d4450977e2c95362c13d3a31a09311e0ea26a6",
        },
    ],
}


def step(name: str, gas: int, kind: Kind = Kind.CALL) -> Step:
    return Step(name, f"do {name}", kind, OTHER, HOLDER, name.encode(), HasCoin(OTHER, 1), gas=gas)


def test_the_checksum_is_the_one_the_safe_app_computes() -> None:
    assert safe.checksum(BUILDERS) == "0x4ecbfd364aa6759983915644e73f8bd411e85a2dc306f252a387c2728c4db64c"


def test_a_batch_holds_its_own_checksum() -> None:
    (made,) = safe.batches(1, OTHER, [step("a", 5), step("ü", 6)], "Two – steps")
    said = made["meta"].pop("checksum")
    assert said == safe.checksum(made)
    assert made["chainId"] == "1" and made["meta"]["createdFromSafeAddress"] == OTHER
    assert [each["data"] for each in made["transactions"]] == ["0x61", "0xc3bc"]
    made["transactions"].reverse()
    assert said != safe.checksum(made)


def test_a_batch_too_large_for_one_transaction_is_split() -> None:
    steps = [step(name, 6_000_000) for name in "abcde"]
    made = safe.batches(1, OTHER, steps, "Five")
    assert [len(each["transactions"]) for each in made] == [2, 2, 1]
    assert [each["meta"]["name"] for each in made] == [f"Five (batch {n} of 3)" for n in (1, 2, 3)]
    assert made[1]["meta"]["description"] == "Execute batch 1 first. In this order: 1. do c; 2. do d"


def test_a_batch_holds_eighty_transactions_at_most() -> None:
    for count, sizes in ((80, [80]), (81, [80, 1]), (161, [80, 80, 1])):
        made = safe.batches(1, OTHER, [step(f"do {place}", 1_000) for place in range(count)], "Deploy")
        assert [len(each["transactions"]) for each in made] == sizes
    assert "Execute batch 2 first." in made[2]["meta"]["description"]


def test_a_safe_is_not_asked_for_what_it_cannot_send() -> None:
    with pytest.raises(safe.NotForASafe, match="a Safe cannot do proxy: its transaction is signed already"):
        safe.batches(1, OTHER, [step("fund", 1, Kind.PAY), step("proxy", 1, Kind.KEYLESS)], "Proxy")


@pytest.fixture
def wallet(stage: Stage) -> Contract:
    """A contract that holds the sponsor's part, as a Safe does."""
    return stage.chain.deploy(compile_contracts()["CallerContract"])


def order_of(stage: Stage, sponsor: str, **more: Any) -> Order:
    return make_order(stage.deal, sponsor, {"operator": OPERATOR}, **{"policy": None, "reports": None, **more})


def planned(stage: Stage, order: Order) -> Plan:
    return make_plan(stage.chain, networks.find(stage.url), order)


def test_what_a_safe_executed_is_found_again(stage: Stage, wallet: Contract, tmp_path: Path) -> None:
    order = order_of(stage, wallet.address, delay=2 * 86_400)
    plan, file = planned(stage, order), tmp_path / "batch.json"
    made = export_safe(stage.chain, wallet.address, plan.to_do, "Deploy", file)
    transactions = [each for part in made for each in json.loads(part.file.read_text())["transactions"]]
    assert sum(part.steps for part in made) == len(plan.to_do) == len(transactions) == 14
    half = len(transactions) // 2
    for place, each in enumerate(transactions):
        if place == half:
            again = planned(stage, order)
            assert [s.id for s in again.to_do] == [s.id for s in plan.to_do[half:]]
        assert each["value"] == "0"
        wallet.send("act", each["to"], bytes.fromhex(each["data"][2:]))
    again = planned(stage, order)
    assert again.to_do == ()
    with pytest.raises(ExportRefused, match="nothing is left to do"):
        export_safe(stage.chain, wallet.address, again.to_do, "Deploy", tmp_path / "more.json")
    manifest = adopt(stage.chain, networks.find(stage.url), again, stage.file)
    assert manifest.sponsor == wallet.address and manifest.roles.registrar == manifest.roles.reporter == wallet.address
    assert manifest.contracts["policy"].contract == "DelayedPolicy"
    assert manifest.contracts["policy"].constructor == [
        wallet.address,
        manifest.contracts["first policy"].address,
        2 * 86_400,
    ]
    assert manifest.salt == "0x" + "00" * 32
    open_deployment(read(stage.file), stage.chain)
    assert adopt(stage.chain, networks.find(stage.url), again, stage.file) == manifest


def test_unsigned_transactions_signed_elsewhere_are_found_again(stage: Stage, tmp_path: Path) -> None:
    order, file = order_of(stage, OTHER), tmp_path / "unsigned.json"
    plan = planned(stage, order)
    export_unsigned(stage.chain, "anvil", plan.to_do, "Deploy", file)
    written = json.loads(file.read_text())
    first = int(stage.chain.ask("eth_getTransactionCount", OTHER, "latest"), 16)
    assert [each["nonce"] for each in written["transactions"]] == list(range(first, first + len(plan.to_do)))
    signer, fees = KeySigner(KEYS[OTHER]), fees_now(stage.chain).fields()
    for row in written["transactions"]:
        assert row["from"] == OTHER
        fields = {key: row[key] for key in ("to", "gas", "nonce", "chainId")}
        fields |= {"value": int(row["value"]), "data": bytes.fromhex(row["data"][2:]), **fees}
        sent = stage.chain.ask("eth_sendRawTransaction", "0x" + signer.sign(fields).hex())
        while stage.chain.ask("eth_getTransactionReceipt", sent) is None:  # a busy Anvil mines a moment later
            time.sleep(0.02)
    again = planned(stage, order)
    assert again.to_do == ()
    assert adopt(stage.chain, networks.find(stage.url), again, stage.file).launch.sender == OTHER


def test_without_the_proxy_its_own_transaction_is_exported_signed(stage: Stage, tmp_path: Path) -> None:
    stage.chain.ask("anvil_setCode", "0x4e59b44847b379578588920cA78FbF26c0B4956C", "0x")
    plan, file = planned(stage, order_of(stage, OTHER)), tmp_path / "unsigned.json"
    export_unsigned(stage.chain, "anvil", plan.to_do, "Deploy", file)
    rows = json.loads(file.read_text())["transactions"]
    assert (rows[0]["step"], rows[0]["value"]) == ("fund-proxy", str(10**16))
    assert rows[1]["signed"] is True and rows[1]["raw"].startswith("0xf8a5") and "nonce" not in rows[1]
    assert [row["order"] for row in rows] == list(range(1, len(rows) + 1))


def test_an_export_that_cannot_stand_is_refused(stage: Stage, wallet: Contract, tmp_path: Path) -> None:
    plan, file = planned(stage, order_of(stage, OTHER)), tmp_path / "there.json"
    with pytest.raises(ExportRefused, match=f"no contract at {OTHER}: it is not a Safe"):
        export_safe(stage.chain, OTHER, plan.to_do, "Deploy", file)
    assert not file.exists()
    file.write_text("mine")
    with pytest.raises(ExportRefused, match=r"there\.json: exists already"):
        export_unsigned(stage.chain, "anvil", plan.to_do, "Deploy", file)
    with pytest.raises(ExportRefused, match=r"there\.json: exists already"):
        export_safe(stage.chain, wallet.address, plan.to_do, "Deploy", file)
    assert file.read_text() == "mine"


def test_a_manifest_of_another_deal_is_not_written_over(stage: Stage, wallet: Contract, tmp_path: Path) -> None:
    made = stage.run()
    order, file = order_of(stage, OTHER), tmp_path / "unsigned.json"
    assert made.manifest.deal != planned(stage, order).parts.deal
    text = stage.file.read_text()
    with pytest.raises(ManifestRefused, match="its deal is at"):
        adopt(stage.chain, networks.find(stage.url), planned(stage, order), stage.file)
    assert stage.file.read_text() == text and not file.exists()
