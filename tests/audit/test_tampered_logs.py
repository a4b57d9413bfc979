"""Logs altered, dropped, told twice, told in another order, foreign: the node lies, and the audit names it first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from penstock.audit.subject import AuditRefused
from tests.audit.conftest import Audited, Lived, clean
from tests.audit.liar import KINDS, STRANGER, Liar, Logs, add_to_data, byte_changed, drop, elsewhere, lie, to_stranger
from tests.audit.tamper import names
from tests.fixtures.slow import mostly_slow


def twice(log: dict[str, Any]) -> Logs:
    return [log, log]


def again(log: dict[str, Any]) -> Logs:
    """A second time, as if it were another log of the same transaction."""
    return [log, log | {"logIndex": hex(int(log["logIndex"], 16) + 50)}]


def to_nobody(log: dict[str, Any]) -> Logs:
    return [log | {"topics": [*log["topics"][:2], "0x" + "00" * 32]}]


def later(log: dict[str, Any]) -> Logs:
    """As if it had come at the end of the next block."""
    return [log | {"blockNumber": hex(int(log["blockNumber"], 16) + 1), "logIndex": "0xff"}]


def before_too(log: dict[str, Any]) -> Logs:
    """Another of its kind at the end of the block before."""
    place = {"blockNumber": hex(int(log["blockNumber"], 16) - 1), "logIndex": "0xff"}
    return [log | place | {"transactionHash": "0x" + "99" * 32}, log]


def of_period(period: int) -> Callable[[dict[str, Any]], Logs]:
    return lambda log: [log | {"topics": [log["topics"][0], f"0x{period:064x}"]}]


FIGURES = 6 + 7  # the head, then collections of seven bytes

CASES = {
    # of the deal: Settled
    "period dropped": ("deal", "settled", 1, drop, "periods", ["a report of period 2 is not followed by its"]),
    "first period dropped": ("deal", "settled", 0, drop, "periods", ["and no log of period 1"]),
    "late revenue dropped": ("deal", "settled", -1, drop, "holders", ["of equity", "in storage"]),
    "period twice": ("deal", "settled", 1, twice, "logs", ["the same log came twice"]),
    "period again": ("deal", "settled", 1, again, "periods", ["period 2 comes after 2 periods, again"]),
    "number": ("deal", "settled", 0, of_period(0), "periods", ["a Settled log of period 0"]),
    "counter": ("deal", "settled", 0, byte_changed(4), "periods", ["period 1, counter of test lockup: log 1, model 0"]),
    "width": ("deal", "settled", 0, byte_changed(5), "logs", ["bytes of figures do not fit"]),
    "first rung": ("deal", "settled", 1, byte_changed(FIGURES + 6), "periods", ["period 2, rung fee:om: log"]),
    "less than was paid": (
        "deal",
        "settled",
        0,
        byte_changed(FIGURES + 19, 2),
        "periods",
        ["log 2,999.999488, model 3,000 "],
    ),
    "third rung": (
        "deal",
        "settled",
        2,
        byte_changed(FIGURES + 20),
        "periods",
        ["period 3, rung interest:senior: log"],
    ),
    "reserve": ("deal", "settled", 0, byte_changed(FIGURES + 9 * 7 + 6), "periods", ["period 1, reserve dsra: log"]),
    # of the deal: the others
    "report altered": (
        "deal",
        "reported",
        0,
        byte_changed(13),
        "periods",
        ["period 2: the deal logs loss 12.345679, asset", "says loss 12.345678, asset"],
    ),
    "report later": ("deal", "reported", 0, later, "logs", ["the same transaction is in block"]),
    "report twice": (
        "deal",
        "reported",
        0,
        before_too,
        "periods",
        ["a report of period 2 is not followed by its settlement"],
    ),
    "report elsewhere": (
        "deal",
        "reported",
        0,
        elsewhere,
        "periods",
        ["a report of period 2 comes before the settlement of 2"],
    ),
    "report of the next period": (
        "deal",
        "reported",
        0,
        of_period(3),
        "periods",
        ["a report of period 3 comes before the settlement of 2"],
    ),
    "report of the period before": (
        "deal",
        "reported",
        0,
        of_period(1),
        "periods",
        ["a report of period 1 comes before the settlement of 2"],
    ),
    "claim dropped": ("deal", "claimed", 0, drop, "cash", ["left the deal", "nothing was claimed"]),
    "claim altered": ("deal", "claimed", 1, add_to_data(1), "cash", ["left the deal", "was claimed"]),
    "claim by another": ("deal", "claimed", 1, to_stranger(2), "cash", [f"by {STRANGER} was claimed"]),
    "claim again": ("deal", "claimed", 0, again, "cash", ["nothing left the deal"]),
    "fee dropped": ("deal", "fee claimed", 0, drop, "cash", ["nothing was claimed"]),
    "fee altered": ("deal", "fee claimed", 0, add_to_data(-1), "cash", ["was claimed"]),
    "unknown": ("deal", "claimed", 0, lambda log: [log | {"topics": ["0x" + "12" * 32]}], "logs", ["its code cannot"]),
    "no topic": ("deal", "claimed", 0, lambda log: [log | {"topics": []}], "logs", ["its code cannot"]),
    # of a share
    "mint dropped": ("share", "transfer", 0, drop, "holders", ["passes on", "by the logs before"]),
    "mint altered": (
        "share",
        "transfer",
        1,
        add_to_data(1),
        "holders",
        ["senior: holders have", "shares by the logs, not"],
    ),
    "mint smaller": ("share", "transfer", 1, add_to_data(-1), "holders", ["by the logs"]),
    "mint later": ("share", "transfer", 1, later, "logs", ["the same transaction is in block"]),
    "mint by another": ("share", "transfer", 1, elsewhere, "holders", ["senior are created after the launch"]),
    "sale dropped": ("share", "transfer", -1, drop, "holders", ["of senior", "shares", "in storage"]),
    "sale altered": ("share", "transfer", -1, add_to_data(1), "holders", ["of senior", "in storage"]),
    "sale to another": ("share", "transfer", -1, to_stranger(2), "holders", ["of senior", "in storage"]),
    "sale to nobody": ("share", "transfer", -1, to_nobody, "holders", ["shares of senior of 0x", "vanish"]),
    "sale again": ("share", "transfer", -1, again, "holders", ["of senior", "in storage"]),
    "sale after the credit": ("share", "transfer", -2, later, "holders", ["of senior, its shares had earned"]),
    # of the asset, in (0 is the opening) and out
    "revenue dropped": ("asset in", "transfer", 1, drop, "cash", ["period 1 shares out 40,000,", "brought 0 "]),
    "revenue altered": (
        "asset in",
        "transfer",
        2,
        add_to_data(5),
        "cash",
        ["period 2 shares out 11,111.111111, ", "11,111.111116 "],
    ),
    "gift dropped": ("asset in", "transfer", -1, drop, "cash", ["the asset holds", "add up to"]),
    "payment dropped": ("asset out", "transfer", 0, drop, "cash", []),
    "payment altered": ("asset out", "transfer", 0, add_to_data(1), "cash", []),
    "payment elsewhere": ("asset out", "transfer", 0, to_stranger(2), "cash", [f"to {STRANGER} left the deal"]),
    "payment twice": ("asset out", "transfer", 0, twice, "logs", ["the same log came twice"]),
    # of the factory
    "launch altered": ("factory", "launched", 0, add_to_data(1), "terms", ["terms of another hash"]),
    "launch again": ("factory", "launched", 0, again, "logs", ["launched twice"]),
}


@pytest.mark.parametrize("case", mostly_slow(CASES, [*CASES][::2]))
def test_a_log_that_is_not_true_is_named(lived: Lived, audited: Audited, case: str) -> None:
    who, kind, nth, change, check, words = CASES[case]
    stage = lived.stage
    address = {
        "deal": lived.deal,
        "share": stage.share(0).address,
        "factory": stage.system.factory.address,
    }.get(who, stage.asset.address)
    meant = Liar(lived).tell(address, kind, nth, change, to_deal=who == "asset in")
    found = audited()
    names(found, check, *words)
    if case in ("mint dropped", "mint altered", "mint smaller"):
        assert any("senior: holders have" in str(each) for each in found.findings.differences)
    if kind == "settled" and change is not drop:
        assert meant["transactionHash"] in str(found.findings.first)


def test_a_report_that_is_left_out_is_named(lived: Lived, audited: Audited) -> None:
    """By what it did; by its source too, where the node still keeps the state before."""
    Liar(lived).tell(lived.deal, "reported", 0, drop)
    found = audited()
    assert found.findings.first is not None and found.findings.first.check in ("periods", "state")
    assert any("balance of tranche equity: chain 29,98" in str(each) for each in found.findings.differences)


def test_a_fee_that_another_takes_is_named(lived: Lived, audited: Audited) -> None:
    """Claim and payment agree, and the payee is not the terms'."""
    for contract, kind in ((lived.deal, "fee claimed"), (lived.stage.asset.address, "transfer")):
        Liar(lived).tell(contract, kind, 0 if kind == "fee claimed" else 1, to_stranger(2))
    names(audited(), "holders", f"fee om goes to {STRANGER}, its payee is {lived.stage.cast.operator}")


def test_a_settlement_before_its_date_is_named(lived: Lived, audited: Audited) -> None:
    settled = [log for log in lived.chain.logs(lived.deal) if "0x" + log.topics[0].hex() == KINDS["settled"]]
    early = hex(lived.stage.payment_at(2) - 1)

    def rewrite(call: Any, header: dict[str, Any]) -> dict[str, Any]:
        return header | {"timestamp": early} if call.params[0] == hex(settled[1].block) else header

    lived.proxy.rewrite("eth_getBlockByNumber", rewrite)
    found = audited()
    names(found, "periods", f"period 2 can be settled from {lived.stage.payment_at(2)} on", f"block {settled[1].block}")
    assert len(found.findings.differences) == 1


@pytest.mark.parametrize("method", ["eth_getLogs", "eth_getStorageAt"])
def test_a_block_that_is_replaced_meanwhile_is_told(lived: Lived, audited: Audited, method: str) -> None:
    last, other = lived.chain.ask("eth_getBlockByNumber", "latest", False), "0x" + "77" * 32

    def rewrite(call: Any, header: dict[str, Any]) -> dict[str, Any]:
        return header | {"hash": other} if lived.proxy.count(method) and call.params[0] == last["number"] else header

    def by_its_true_name(call: Any) -> None:
        if call.params[0].get("blockHash") == other:
            call.params[0]["blockHash"] = last["hash"]

    lived.proxy.rewrite("eth_getBlockByNumber", rewrite)
    lived.proxy.on("eth_getLogs", by_its_true_name)
    with pytest.raises(AuditRefused, match="was replaced while it was audited; run it again"):
        audited()


def leave_out(lived: Lived, first: int, told: str) -> None:
    """No logs from a block on, by ranges of blocks; by a block's hash and its receipts only where `told` says so."""

    def of_logs(call: Any, logs: Logs) -> Logs:
        if "blockHash" in call.params[0] and told == "by hash":
            return logs
        return [each for each in logs if int(each["blockNumber"], 16) < first]

    lived.proxy.rewrite("eth_getLogs", of_logs)
    if told != "receipts":
        lived.proxy.rewrite(
            "eth_getBlockReceipts", lambda call, receipts: [each | {"logs": []} for each in receipts or []]
        )


def third_settlement(lived: Lived) -> int:
    logs = lived.chain.logs(lived.deal)
    return [log.block for log in logs if "0x" + log.topics[0].hex() == KINDS["settled"]][2]


@pytest.mark.parametrize("told", ["by hash", "receipts"])
@pytest.mark.parametrize("all_of_them", [False, True])
def test_logs_that_a_node_leaves_out_are_read_from_their_blocks(
    lived: Lived, audited: Audited, told: str, all_of_them: bool
) -> None:
    """It is behind, or its index is: the headers of the blocks promise the logs, and the deal is not blamed."""
    sound = audited()
    leave_out(lived, 0 if all_of_them else third_settlement(lived), told)
    found = audited()
    clean(found)
    assert (found.events, found.holders) == (sound.events, sound.holders)
    notes = found.findings.checks["logs"].notes
    assert bool(notes) == all_of_them, "the last blocks are always compared"
    if all_of_them:
        assert re.fullmatch(
            r"the node left out \d+ logs that the headers of their blocks promise: read from the blocks themselves",
            notes[0],
        )


def test_logs_that_nobody_shows_are_missing(lived: Lived, audited: Audited) -> None:
    leave_out(lived, third_settlement(lived), "nothing")
    names(audited(), "periods", "the chain has settled 4 periods, its logs have 2: a Settled log is missing")


def test_two_settlements_in_the_wrong_order_are_named(lived: Lived, audited: Audited) -> None:
    """The two periods of one transaction change places."""
    settled = [
        each
        for each in lived.chain._ask("eth_getLogs", {"fromBlock": "0x0", "address": lived.deal})
        if each["topics"][0] == KINDS["settled"]
    ]
    third, fourth = settled[2], settled[3]
    assert third["transactionHash"] == fourth["transactionHash"]
    swap = {third["logIndex"]: fourth["logIndex"], fourth["logIndex"]: third["logIndex"]}

    def rewrite(_: Any, logs: Logs) -> Logs:
        return [
            each | {"logIndex": swap.get(each["logIndex"], each["logIndex"])}
            if each["blockNumber"] == third["blockNumber"] and each["topics"][0] == KINDS["settled"]
            else each
            for each in logs
        ]

    lie(lived.proxy, rewrite)
    names(audited(), "periods", "a Settled log of period 4 comes after 2 periods", third["transactionHash"])


def test_logs_in_any_order_are_put_in_theirs(lived: Lived, audited: Audited) -> None:
    lived.proxy.rewrite("eth_getLogs", lambda call, logs: logs[::-1])
    clean(audited())


def test_a_block_whose_transactions_interleave(lived: Lived) -> None:
    """What the clean audit of this life rests on: shares moved before and after a credit of the same block."""
    logs = lived.chain.logs(lived.deal) + lived.chain.logs(lived.stage.share(0).address)
    launched = lived.stage.deployment.launch_block
    ((block, count),) = Counter(log.block for log in logs if log.block > launched).most_common(1)
    mixed = sorted((log for log in logs if log.block == block), key=lambda log: log.index)
    assert count > 4
    kinds = ["0x" + each.topics[0].hex() for each in mixed]
    settled = KINDS["settled"]
    assert kinds[0] == KINDS["transfer"] and kinds.count(settled) == 2
    assert kinds.index(KINDS["claimed"]) > kinds.index(settled)
    assert KINDS["transfer"] in kinds[kinds.index(settled) :]


@pytest.mark.parametrize("method", ["eth_getStorageAt", "eth_call"])
def test_a_wrong_answer_is_found(lived: Lived, audited: Audited, method: str) -> None:
    def wrong(_: Any, result: str) -> str:
        return result[:-1] + ("0" if result[-1] != "0" else "1")

    for number in (1, 3) if method == "eth_getStorageAt" else (1, 2):
        lived.proxy.clear()
        lived.proxy.rewrite(method, wrong, nth=lambda at, first=number: at >= first)
        assert audited().findings.first is not None
