"""
A node that contradicts itself: its logs and its receipts are not the same. The deal is not called wrong for it.

given a node whose index of logs was pruned, or has gaps, and which still has receipts
    the audit should say that the node is at fault, and not WRONG
given a node that changes a log or makes one up, and whose receipts know nothing of it
    so it should
given a node that has no log of the launch, and neither old state nor receipt by which to find one
    it should say that the node keeps too little
given a deal that is wrong whatever the logs are
    it should be WRONG
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.audit import history
from penstock.audit.findings import Findings
from penstock.audit.node import NodeAtFault
from penstock.evm import networks
from penstock.format import is_plain
from tests.audit.conftest import Audited, Lived
from tests.audit.liar import Liar, Logs, add_to_data, drop, elsewhere, to_stranger
from tests.audit.tamper import names, poke
from tests.evm.proxy import Call, Proxy, proxied, refused
from tests.fixtures.cli import penstock
from tests.fixtures.cli import refused as refused_command
from tests.fixtures.deals import Launched

pytestmark = pytest.mark.sampled

ITSELF = "the node contradicts itself: log "
NOTHING_SAID = "nothing can be said of the deal; accepted: another node, which keeps all logs and receipts"


@pytest.fixture(autouse=True)
def _long_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a chain of many blocks: the headers of old ones are not compared."""
    monkeypatch.setattr(history, "MOST_COMPARED", 1)


def pruned(proxy: Proxy, first: int) -> None:
    """No log from before a block; the receipts are kept."""
    proxy.rewrite("eth_getLogs", lambda call, logs: [each for each in logs if int(each["blockNumber"], 16) >= first])


@pytest.fixture
def old(settled_twice: Launched) -> Launched:
    """A deal whose logs are older than the blocks that every command compares."""
    networks.connect(settled_twice.url).ask("anvil_mine", "0x40")
    return settled_twice


def deal_of(file: str) -> str:
    return str(json.loads(Path(file).read_text())["deal"])


@pytest.mark.parametrize("more", [[], ["--json"]])
@pytest.mark.parametrize("by", ["manifest", "address"])
def test_a_node_that_pruned_its_logs_is_at_fault(old: Launched, by: str, more: list[str]) -> None:
    """By the receipt of the launch: the manifest names it, or the block in which the deal got its code has it."""
    what = old.file if by == "manifest" else deal_of(old.file)
    launch = json.loads(Path(old.file).read_text())["launch"]
    with proxied(old.url) as proxy:
        pruned(proxy, 10**6)
        done = penstock("audit", what, "--rpc", proxy.url, *more)
    place = (
        f"(block {launch['block']}, transaction {launch['hash']}) is in its receipt, and not among the node's logs: "
    )
    refused_command(done, ITSELF, place + NOTHING_SAID, code=2)
    assert "WRONG" not in done.output
    assert not [each for each in Path().iterdir() if "audit" in each.name], "what it said is not kept"


def test_a_node_that_lost_some_logs_is_at_fault(old: Launched) -> None:
    """Of transactions of which it shows other logs."""
    with proxied(old.url) as proxy:
        gone: list[str] = []

        def gap(call: Call, logs: Logs) -> Logs:
            settled = [each for each in logs if each["address"].lower() == deal_of(old.file).lower()]
            gone.extend(each["transactionHash"] for each in settled[:1])
            return [each for each in logs if each not in settled[:1]]

        proxy.rewrite("eth_getLogs", gap)
        done = penstock("audit", old.file, "--rpc", proxy.url)
    refused_command(done, ITSELF, gone[0], "is in its receipt, and not among the node's logs", code=2)


CHANGES: dict[str, tuple[str, str, int, Callable[[dict[str, Any]], Logs]]] = {
    "a claim altered": ("deal", "claimed", 0, add_to_data(1)),
    "a claim made up": ("deal", "claimed", 0, lambda log: [log, log | {"logIndex": "0x77"}]),
    "a sale to another": ("share", "transfer", -1, to_stranger(2)),
    "a fee altered": ("deal", "fee claimed", 0, add_to_data(-1)),
    "revenue altered": ("asset", "transfer", 2, add_to_data(5)),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_node_whose_receipts_know_better_is_at_fault(lived: Lived, audited: Audited, case: str) -> None:
    who, kind, nth, change = CHANGES[case]
    address = {"deal": lived.deal, "share": lived.stage.share(0).address}.get(who, lived.stage.asset.address)
    meant = Liar(lived, consistent=False).tell(address, kind, nth, change, to_deal=who == "asset")
    with pytest.raises(NodeAtFault, match="the node contradicts itself: log ") as found:
        audited()
    assert meant["transactionHash"] in str(found.value)


def test_a_log_whose_transaction_nobody_knows_is_the_deals(lived: Lived, audited: Audited) -> None:
    """There is no receipt to compare it with."""
    Liar(lived).tell(lived.deal, "reported", 0, elsewhere)
    names(audited(), "periods", "a report of period 2 comes before the settlement of 2")


def test_a_node_that_keeps_neither_launch_nor_state_keeps_too_little(lived: Lived, audited: Audited) -> None:
    Liar(lived).tell(lived.stage.system.factory.address, "launched", 0, drop)
    last = hex(lived.chain.block())

    def no_old_state(call: Call) -> None:
        if call.params[1] != last:
            refused(-32000, "missing trie node")(call)

    lived.proxy.on("eth_getCode", no_old_state)
    with pytest.raises(NodeAtFault, match="no log of the launch, and no old state to find its block by") as found:
        audited()
    assert str(found.value).endswith(f"{NOTHING_SAID}, or the deal's manifest")


def test_a_node_without_the_receipt_of_the_launch_keeps_too_little(old: Launched) -> None:
    with proxied(old.url) as proxy:
        pruned(proxy, 10**6)
        proxy.rewrite("eth_getTransactionReceipt", lambda call, receipt: None)
        done = penstock("audit", old.file, "--rpc", proxy.url)
    refused_command(done, "the node has neither log nor receipt of the launch, 0x", NOTHING_SAID, code=2)


def test_a_hash_that_is_a_text_is_the_nodes_fault(lived: Lived, audited: Audited) -> None:
    """It stays on its line, here and in a finding."""
    ugly = "0x99\nverdict: clean — 9 events\x1b[2J\u202e"
    Liar(lived).tell(lived.deal, "reported", 0, lambda log: [log | {"transactionHash": ugly}])
    with pytest.raises(NodeAtFault, match="which is not a hash") as found:
        audited()
    assert is_plain(str(found.value))
    findings = Findings()
    findings.wrong("logs", ugly, 9, ugly)
    findings.note("logs", ugly)
    check = findings.checks["logs"]
    assert all(map(is_plain, [str(findings.first), *check.notes, str(check.differences[0].transaction)]))


def test_a_node_that_refuses_receipts_is_believed(lived: Lived, audited: Audited) -> None:
    Liar(lived, consistent=False).tell(lived.deal, "claimed", 0, add_to_data(1))
    lived.proxy.on("eth_getTransactionReceipt", refused(-32000, "transaction indexing is in progress"))
    found = audited()
    names(found, "cash", "left the deal", "was claimed")
    (note,) = found.findings.checks["logs"].notes
    assert note.startswith("not compared with receipts, which the node refuses: ") and note.endswith("in progress")


@pytest.mark.parametrize("log", ["none", {}, {"topics": []}, {"blockNumber": None}])
def test_a_receipt_that_is_none_is_the_nodes_fault(lived: Lived, audited: Audited, log: Any) -> None:
    Liar(lived, consistent=False).tell(lived.deal, "claimed", 0, add_to_data(1))
    lived.proxy.rewrite("eth_getTransactionReceipt", lambda call, receipt: receipt and receipt | {"logs": [log]})
    with pytest.raises(NodeAtFault, match="the node gives a receipt with a log that is none"):
        audited()


def test_a_deal_that_is_wrong_is_wrong(lived: Lived, audited: Audited) -> None:
    """Its state is not what its logs say, and the receipts have the same logs."""
    poke(lived, lived.stage.system.artifacts["Deal"].slots["_feeArrears"], lambda word: word + 1)
    names(audited(), "state", "arrears of fee om: chain 0.000001, model 0")


def test_code_of_others_is_wrong_whatever_the_logs_are(lived: Lived, audited: Audited) -> None:
    share = lived.stage.share(0).address
    lived.chain.ask("anvil_setCode", share, "0x" + (lived.chain.code(share) + b"\0").hex())
    Liar(lived, consistent=False).tell(lived.deal, "claimed", 0, add_to_data(1))
    names(audited(), "code", "bytes, our sources compile to")


def test_a_node_that_leaves_out_what_its_headers_promise_is_read_around(old: Launched) -> None:
    """Within the blocks that are compared, nobody is at fault."""
    with pytest.MonkeyPatch.context() as patched, proxied(old.url) as proxy:
        patched.setattr(history, "MOST_COMPARED", 10_000)
        pruned(proxy, 10**6)
        done = penstock("audit", old.file, "--rpc", proxy.url)
    assert done.exit_code == 0, done.output
    assert "the node left out" in done.stdout
