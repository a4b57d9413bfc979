"""
The storage root, on a node that keeps a true one.

given a deal on Ganache
    its root should be that of the words the logs explain · a word that no log explains should be found by it
given a node without proofs, and Anvil
    what is not known should be said, and not be wrong
"""

from __future__ import annotations

from pathlib import Path

from eth_utils.crypto import keccak

from penstock.audit.root import EMPTY_ROOT, storage_root
from penstock.audit.run import audit
from penstock.audit.subject import Target
from penstock.chain import nodes
from penstock.chain.launch import deploy_system
from penstock.chain.rpc import Rpc
from tests.audit.conftest import Audited, Lived, clean
from tests.chain.proxy import refused
from tests.conftest import START
from tests.contracts.deals import WHOLE, WHOLE_FILE
from tests.contracts.stage import USD, put_on


def test_the_root_finds_what_no_log_explains(tmp_path: Path) -> None:
    with nodes.ganache(timestamp=START) as node:
        chain = Rpc(node.url)
        system = deploy_system(chain)
        stage = put_on(system, WHOLE)
        for collections in (40_000, 11_000):
            stage.settle(collections * USD)
            stage.share(0).send("transfer", stage.cast.bob, 7 * USD + 1, sender=stage.cast.ann)
            stage.claim(0, stage.cast.ann)
        target = Target(stage.deal.address, WHOLE_FILE)
        found = audit(chain, target, tmp_path / "checkpoint")
        clean(found)
        assert "the storage root proves that no other word is set" in found.findings.checks["storage"].notes

        # Shares for somebody who appears in no log: no reading of known slots can see them
        key = 0 << 160 | int(stage.cast.stranger, 16)
        slot = keccak(key.to_bytes(32, "big") + system.artifacts["Deal"].slots["_holders"].to_bytes(32, "big"))
        chain._ask("evm_setAccountStorageAt", stage.deal.address, "0x" + slot.hex(), "0x" + "00" * 31 + "09")
        assert stage.share(0).call("balanceOf", stage.cast.stranger) == 9
        chain._ask("evm_mine")
        found = audit(chain, target, tmp_path / "checkpoint")
        (difference,) = found.findings.differences
        assert str(difference) == "storage: the storage root is another: words are set that no log explains"


def test_a_node_without_proofs_is_told(lived: Lived, audited: Audited) -> None:
    lived.proxy.on("eth_getProof", refused(-32601, "the method eth_getProof does not exist"))
    found = audited()
    clean(found)
    assert "the RPC gives no proof" in found.findings.checks["storage"].notes[0]


def test_a_root_depends_on_every_word() -> None:
    """The empty trie's root is known; a root depends on every word and on no order."""
    assert EMPTY_ROOT.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
    assert storage_root({}) == storage_root({5: 0}) == EMPTY_ROOT
    words = {slot: slot * 7 + 1 for slot in range(300)}
    assert storage_root(words) == storage_root(dict(reversed(words.items())))
    assert storage_root(words) != storage_root({**words, 299: 1})
