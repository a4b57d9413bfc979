"""
An account whose key the node holds, and nobody here.

given an account that a node has unlocked
    it should sign what it is asked to, no other sender's, and the hash should be the one the node knows
    signer_for should take it where no key is known here, and a deal be deployed, settled and claimed by it
given an account that no node holds
    it should be refused in one line
given a node that does not sign
    its own reason should be told
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from penstock.evm import networks, nodes
from penstock.evm.codec import checksum
from penstock.evm.errors import ChainRefused, UnknownAccount
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import KeySigner, NodeSigner, hash_of, signer_for
from tests.fixtures.chains import START
from tests.fixtures.cli import penstock
from tests.fixtures.deals import SMALL

# Another than the development chains': its keys are known to the node alone.
MNEMONIC = "legal winner thank year wave sausage worth useful legal winner thank yellow"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = nodes.free_port()
    command = [str(nodes.anvil_binary()), "--quiet", "--port", str(port), "--mnemonic", MNEMONIC]
    with nodes.running("Anvil", [*command, "--timestamp", str(START)], port):
        yield f"http://{nodes.HOST}:{port}"


@pytest.fixture
def chain(url: str) -> Iterator[RetryingRpc]:
    chain = networks.connect(url)
    with chain.undone():
        yield chain


def asked(chain: RetryingRpc, **more: Any) -> dict[str, Any]:
    return {
        "chainId": chain.chain_id,
        "nonce": 0,
        "to": "0x" + "11" * 20,
        "data": b"\x01\x02",
        "value": 7,
        "gas": 50_000,
        "maxFeePerGas": 3 * 10**9,
        "maxPriorityFeePerGas": 10**9,
        **more,
    }


def receipt(chain: RetryingRpc, sent: str) -> dict[str, Any]:
    """Of a transaction that the node took a moment ago: it answers before it has made the block."""
    until = time.monotonic() + 10
    while (found := chain.ask("eth_getTransactionReceipt", sent)) is None and time.monotonic() < until:
        time.sleep(0.02)
    assert found is not None
    return dict(found)


def test_the_node_signs_what_it_is_asked_to(chain: RetryingRpc) -> None:
    who = chain.accounts[1]
    assert chain.key(who) is None
    signer = signer_for(chain, who, lambda _: pytest.fail("no password is needed"))
    assert isinstance(signer, NodeSigner) and signer.address == who
    raw = signer.sign(asked(chain))
    assert checksum(Account.recover_transaction(raw)) == who
    told = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
    wanted = asked(chain)
    assert {name: told[name] for name in wanted if name not in ("to", "data")} == {
        name: value for name, value in wanted.items() if name not in ("to", "data")
    }
    assert (told["to"].hex(), told["data"]) == ("11" * 20, b"\x01\x02")
    assert chain.ask("eth_sendRawTransaction", "0x" + raw.hex()) == hash_of(raw)
    sent = chain.ask("eth_getTransactionByHash", hash_of(raw))
    assert (checksum(sent["from"]), int(sent["value"], 16), sent["input"]) == (who, 7, "0x0102")
    assert int(receipt(chain, hash_of(raw))["status"], 16) == 1


def test_a_transaction_that_makes_a_contract_is_signed_too(chain: RetryingRpc) -> None:
    wanted = {name: value for name, value in asked(chain, value=0, gas=100_000).items() if name != "to"}
    raw = NodeSigner(chain, chain.accounts[2]).sign(wanted | {"data": bytes.fromhex("600160005260206000f3")})
    chain.ask("eth_sendRawTransaction", "0x" + raw.hex())
    made = receipt(chain, hash_of(raw))["contractAddress"]
    assert chain.ask("eth_getCode", made, "latest") == "0x" + "00" * 31 + "01"


def test_an_account_nobody_holds_is_refused(chain: RetryingRpc) -> None:
    with pytest.raises(UnknownAccount, match=r"no key for 0x2222.*; accepted: --account KEYSTORE, or an account"):
        signer_for(chain, "0x" + "22" * 20, lambda _: "")
    with pytest.raises(ChainRefused, match="eth_signTransaction: "):
        NodeSigner(chain, "0x" + "22" * 20).sign(asked(chain))


def test_an_answer_with_the_fields_beside_it_is_read(chain: RetryingRpc, monkeypatch: pytest.MonkeyPatch) -> None:
    """geth gives an object; Anvil and Ganache give the bytes alone."""
    ask = chain.ask
    monkeypatch.setattr(chain, "ask", lambda method, *params: {"raw": ask(method, *params), "tx": {}})
    raw = NodeSigner(chain, chain.accounts[0]).sign(asked(chain))
    assert checksum(Account.recover_transaction(raw)) == chain.accounts[0]


def test_a_deal_lives_by_the_nodes_accounts(
    chain: RetryingRpc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(SMALL)
    sponsor, operator = chain.accounts[:2]
    file = "deployments/31337/small.json"
    for words in (
        ("deploy", "small.toml", "--network", chain.endpoint, "--payee", f"operator={operator}", "--execute"),
        ("settle", file, "--pay", "320", "--advance"),
        ("claim", file, "--holder", sponsor),
        ("claim", file, "--holder", operator, "--account", operator),
        ("admin", "handover", file, "--to", operator, "--sweep", "--execute"),
    ):
        done = penstock(*words)
        assert done.exit_code == 0, done.output
    assert json.loads(Path(file).read_text())["roles"]["sponsor"] == sponsor
    assert not list(Path().rglob("*.lock"))


def test_ganache_signs_as_well() -> None:
    with nodes.ganache() as node:
        chain = networks.connect(node.url)
        who = chain.accounts[3]
        wanted = asked(chain, nonce=0)
        raw = NodeSigner(chain, who).sign(wanted)
        known = chain.key(who)
        assert known and raw == KeySigner(known).sign(wanted)
