"""
That nothing else is set: by the storage root on a node that keeps a true one, by the list of all words on Anvil.

given a deal on Ganache
    its root should be that of the words the logs explain · a word that no log explains should be found by it
given a deal on Anvil
    each word that no log explains should be named
given a node without proofs, or an Anvil that does not list all
    what is not known should be said, and not be wrong
"""

from __future__ import annotations

from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from penstock.audit.run import audit
from penstock.audit.subject import Target
from penstock.audit.unexplained_storage import EMPTY_ROOT, UNKNOWN, storage_root
from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.networks import connect_to_read
from penstock.evm.rpc import Rpc
from penstock.onchain.launch import deploy_system
from tests.audit.conftest import Audited, Lived, clean
from tests.audit.tamper import holder_slot, poke
from tests.conftest import START
from tests.contracts.deals import WHOLE, WHOLE_FILE
from tests.contracts.stage import USD, put_on
from tests.evm.proxy import Act, refused


def test_the_root_finds_what_no_log_explains(tmp_path: Path) -> None:
    with nodes.ganache(timestamp=START) as node:
        chain = Rpc(node.url)
        system = deploy_system(chain, artifacts=compile_contracts())
        stage = put_on(system, WHOLE)
        for collections in (40_000, 11_000):
            stage.settle(collections * USD)
            stage.share(0).send("transfer", stage.cast.bob, 7 * USD + 1, sender=stage.cast.ann)
            stage.claim(0, stage.cast.ann)
        stage.share(0).send("approve", stage.cast.cho, 5, sender=stage.cast.ann)
        stage.share(0).send("transferFrom", stage.cast.ann, stage.cast.bob, 2, sender=stage.cast.cho)
        target = Target(stage.deal.address, WHOLE_FILE)
        found = audit(connect_to_read(chain.endpoint), target, tmp_path / "checkpoint")
        clean(found)
        assert "storage roots were compared" in found.findings.checks["storage"].notes[0]

        # Shares for somebody who appears in no log: no reading of known slots can see them
        key = 0 << 160 | int(stage.cast.stranger, 16)
        slot = keccak(key.to_bytes(32, "big") + system.artifacts["Deal"].slots["_holders"].to_bytes(32, "big"))
        chain._ask("evm_setAccountStorageAt", stage.deal.address, "0x" + slot.hex(), "0x" + "00" * 31 + "09")
        assert stage.share(0).call("balanceOf", stage.cast.stranger) == 9
        chain._ask("evm_mine")
        found = audit(connect_to_read(chain.endpoint), target, tmp_path / "checkpoint")
        (difference,) = found.findings.differences
        said = "storage: the deal: the storage root is another: words are set that no log explains"
        assert str(difference) == said


def test_on_anvil_every_word_that_no_log_explains_is_named(lived: Lived, audited: Audited) -> None:
    """Its roots count emptied words: its list of all words takes their place."""
    found = audited()
    clean(found)
    assert "Anvil's list of all words was compared" in found.findings.checks["storage"].notes[0]
    assert UNKNOWN not in found.verdict

    invented = holder_slot(lived, 0, lived.stage.cast.payer)
    poke(lived, invented, lambda word: 9)
    assert lived.stage.share(0).call("balanceOf", lived.stage.cast.payer) == 9
    poke(lived, 12_345, lambda word: 1, lived.stage.share(1).address)
    assert [str(each) for each in audited().findings.differences] == [
        f"storage: the deal: slot 0x{invented:064x} is 0x{9:064x}, which no log explains",
        f"storage: share of mezz: slot 0x{12_345:064x} is 0x{1:064x}, which no log explains",
    ]


@pytest.mark.parametrize(
    ("method", "answer", "said"),
    [
        ("anvil_dumpState", refused(-32601, "no such method"), "and it lists none"),
        ("anvil_nodeInfo", None, "a fork lists only the words"),
    ],
)
def test_an_anvil_that_lists_not_all_is_told(
    lived: Lived, audited: Audited, method: str, answer: Act | None, said: str
) -> None:
    if answer:
        lived.proxy.on(method, answer)
    else:
        lived.proxy.rewrite(method, lambda _, result: result | {"forkConfig": {"forkUrl": "http://127.0.0.1:1"}})
    found = audited()
    clean(found)
    assert said in found.findings.checks["storage"].notes[0]
    assert found.verdict.endswith(f"; {UNKNOWN}")


def test_an_anvil_that_goes_on_is_told(lived: Lived, audited: Audited) -> None:
    lived.proxy.on("anvil_dumpState", lambda _: lived.chain._ask("evm_mine"))
    found = audited()
    clean(found)
    assert "the chain moved on" in found.findings.checks["storage"].notes[0]


def test_a_node_without_proofs_is_told(lived: Lived, audited: Audited) -> None:
    lived.proxy.rewrite("web3_clientVersion", lambda *_: "Geth/v1.16.0")
    lived.proxy.on("eth_getProof", refused(-32601, "the method eth_getProof does not exist"))
    found = audited()
    clean(found)
    assert "the RPC gives no proof" in found.findings.checks["storage"].notes[0]
    assert found.verdict.endswith(f"; {UNKNOWN}")


def test_a_root_depends_on_every_word() -> None:
    """The empty trie's root is known; a root depends on every word and on no order."""
    assert EMPTY_ROOT.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    assert storage_root({}) == storage_root({5: 0}) == EMPTY_ROOT
    words = {slot: slot * 7 + 1 for slot in range(300)}
    assert storage_root(words) == storage_root(dict(reversed(words.items())))
    assert storage_root(words) != storage_root({**words, 299: 1})
