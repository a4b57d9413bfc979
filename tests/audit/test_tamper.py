"""
One thing changed, and the audit names it first.

storage     a word of the deal, of a holder, of the asset
code        a byte of the deal, its terms, its implementation, a share, the share logic, the factory
logs        altered, dropped, told twice, told in another order, foreign: the node lies
deal file   edited
asset       it takes a fee, it rebases
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from penstock.audit.run import Audit, audit
from penstock.audit.subject import Target
from penstock.chain.codec import checksum
from penstock.chain.launch import System
from penstock.chain.rpc import Rpc
from tests.audit.conftest import Audited, Lived, clean
from tests.contracts.deals import PLAIN, WHOLE_FILE
from tests.contracts.stage import USD, put_on


def names(found: Audit, check: str, *words: str) -> None:
    first = found.findings.first
    assert first is not None, "nothing was found"
    assert first.check == check, str(first)
    for word in words:
        assert word in str(first), f"{word!r} is not in: {first}"
    assert found.verdict == f"verdict: WRONG — first difference: {first}"


# Storage


def holder_slot(lived: Lived, tranche: int, holder: str) -> int:
    base = lived.stage.system.artifacts["Deal"].slots["_holders"]
    key = tranche << 160 | int(holder, 16)
    return int.from_bytes(keccak(key.to_bytes(32, "big") + base.to_bytes(32, "big")), "big")


def poke(lived: Lived, slot: int, change: Callable[[int], int], address: str | None = None) -> None:
    address = address or lived.deal
    word = int.from_bytes(lived.chain.storage(address, slot), "big")
    assert change(word) != word
    lived.chain._ask("anvil_setStorageAt", address, f"0x{slot:064x}", f"0x{change(word) % 2**256:064x}")


@pytest.mark.parametrize(
    ("variable", "offset", "change", "check", "words"),
    [
        ("_ledger", 0, lambda word: word ^ 1 << 160, "state", ["balance of tranche senior: chain 1, model 0"]),
        ("_ledger", 0, lambda word: word ^ 1 << 16, "state", ["passes needed of test lockup: chain"]),
        ("_ledger", 0, lambda word: word - 1, "periods", ["settled 3 periods, its logs tell of 4"]),
        ("_cash", 0, lambda word: word + (1 << 160), "state", ["accounted: chain"]),
        ("_cash", 0, lambda word: word + (1 << 64), "state", ["accounted: chain"]),
        ("_cash", 1, lambda word: word ^ 1 << 63, "storage", ["(cash of mezz)"]),
        ("_cash", 2, lambda word: word + 1, "state", ["accounted: chain"]),
        ("_cash", 5, lambda word: 1, "storage", ["(cash of tranche 6)"]),
        ("_pots", 2, lambda word: 1, "storage", ["reserves, fees and traps 5 and 6"]),
        ("_juniorBalances", 0, lambda word: word + 1, "state", ["balance of tranche equity: chain"]),
        ("_juniorBalances", 2, lambda word: 1 << 200, "storage", ["balances of tranches 5 and 6"]),
        ("_feeArrears", 0, lambda word: word + 1, "state", ["arrears of fee om: chain 1, model 0"]),
        ("_feeArrears", 3, lambda word: 1, "storage", ["arrears of fees 7 and 8"]),
    ],
)
def test_a_changed_word_is_named(
    lived: Lived, audited: Audited, variable: str, offset: int, change: Any, check: str, words: list[str]
) -> None:
    poke(lived, lived.stage.system.artifacts["Deal"].slots[variable] + offset, change)
    names(audited(), check, *words)


@pytest.mark.parametrize(("change", "word"), [(1, "shares"), (1 << 64, "debt"), (-(1 << 64), "debt")])
def test_a_holders_changed_word_is_named(lived: Lived, audited: Audited, change: int, word: str) -> None:
    cho = lived.stage.cast.cho
    poke(lived, holder_slot(lived, 0, cho), lambda word: word + change)
    found = audited()
    names(found, "holders", f"{cho} of senior", "in storage", "by the logs", word)
    assert len(found.findings.differences) == 1


def test_a_word_nothing_reads_changes_nothing(lived: Lived, audited: Audited) -> None:
    """The first pot fits its cash slot: what its own slot holds is never read."""
    poke(lived, lived.stage.system.artifacts["Deal"].slots["_pots"], lambda word: word ^ 5)
    clean(audited())


@pytest.mark.parametrize("change", [1, -1])
def test_cash_without_a_transfer_is_named(lived: Lived, audited: Audited, change: int) -> None:
    slot = int.from_bytes(keccak(int(lived.deal, 16).to_bytes(32, "big") + bytes(32)), "big")
    poke(lived, slot, lambda word: word + change, lived.stage.asset.address)
    names(audited(), "cash", "the asset holds", "its Transfer logs add up to", "rebases")


# Code


def contract_named(lived: Lived, name: str) -> str:
    stage = lived.stage
    implementation = stage.system.factory.call("implementation")
    inside = lived.chain.code(stage.share().address)
    (at, length), *_ = stage.system.artifacts["TrancheShare"].immutables[
        max(stage.system.artifacts["TrancheShare"].immutables, key=int)
    ]
    known = {
        "deal": lived.deal,
        "implementation": implementation,
        "share": stage.share(1).address,
        "logic": checksum(inside[at : at + length][-20:]),
        "factory": stage.system.factory.address,
    }
    return str(known[name])


@pytest.mark.parametrize(
    ("contract", "at", "words"),
    [
        ("deal", 0, ["the deal at", "does not begin as a clone's"]),
        ("deal", 44, ["the deal at", "does not begin as a clone's"]),
        ("deal", 12, ["the deal runs 0x", "0 bytes of code"]),
        ("implementation", 0, ["the implementation at", "byte 0 is"]),
        ("implementation", 9_000, ["the implementation at", "byte 9000 is", "compile to"]),
        ("share", 300, ["share mezz at", "byte 300 is"]),
        ("logic", 2_000, ["the share logic at", "byte 2000 is"]),
        ("factory", 1_000, ["the factory at", "byte 1000 is"]),
    ],
)
def test_a_changed_byte_of_code_is_named(
    lived: Lived, audited: Audited, contract: str, at: int, words: list[str]
) -> None:
    change_byte(lived, contract, at)
    found = audited()
    names(found, "code", *words)
    if contract not in ("deal",):
        assert contract_named(lived, contract) in str(found.findings.first)


def change_byte(lived: Lived, contract: str, at: int) -> None:
    address = contract_named(lived, contract)
    code = bytearray(lived.chain.code(address))
    code[at] ^= 0x01
    lived.chain._ask("anvil_setCode", address, "0x" + code.hex())


@pytest.mark.parametrize("name", ["Deal", "TrancheShare", "TrancheShareLogic", "DealFactory"])
def test_a_changed_immutable_is_named(lived: Lived, audited: Audited, name: str) -> None:
    artifact = lived.stage.system.artifacts[name]
    contract = {"Deal": "implementation", "TrancheShare": "share", "TrancheShareLogic": "logic"}.get(name, "factory")
    for places in artifact.immutables.values():
        at, length = places[-1]
        with lived.chain.undone():
            change_byte(lived, contract, at + length - 1)
            found = audited()
            assert found.findings.first is not None and found.findings.first.check == "code", str(found.findings.first)


def test_code_that_is_gone_or_longer_is_named(lived: Lived, audited: Audited) -> None:
    share = lived.stage.share(0).address
    for code, words in (
        (b"", "no code there"),
        (lived.chain.code(share) + b"\0", "627 bytes, our sources compile to 626"),
    ):
        lived.chain._ask("anvil_setCode", share, "0x" + code.hex())
        names(audited(), "code", f"share senior at {share}", words)


def test_other_metadata_are_told_and_not_wrong(lived: Lived, audited: Audited) -> None:
    code = lived.chain.code(contract_named(lived, "implementation"))
    for at in (len(code) - 20, code.find(b"\x64ipfs") + 10):  # its own, and that of the share's code inside it
        with lived.chain.undone():
            change_byte(lived, "implementation", at)
            found = audited()
            clean(found)
            assert "other comments or file names" in found.findings.checks["code"].notes[0]


def test_changed_terms_are_named_with_the_file_and_without(lived: Lived, audited: Audited) -> None:
    at = 45 + 89 + 40 * 3 + 2 + 7  # the last byte of the senior coupon
    change_byte(lived, "deal", at)
    names(audited(), "terms", "other terms than whole.toml from byte 218 on: tranche senior, coupons[1][2] is 6")
    names(audited(text=None), "terms", "launched with terms of another hash")


@pytest.mark.parametrize("at", [45 + 64, 45 + 71, 45 + 80, 45 + 89 + 24, 45 + 89 + 21])
def test_terms_that_nobody_can_read_are_named(lived: Lived, audited: Audited, at: int) -> None:
    change_byte(lived, "deal", at)
    for text in (WHOLE_FILE, None):
        names(audited(text=text), "terms")


# Logs

Logs = list[dict[str, Any]]


def topic(signature: str) -> str:
    return "0x" + keccak(text=signature).hex()


KINDS = {
    "settled": topic("Settled(bytes)"),
    "reported": topic("Reported(uint256,uint256,uint256)"),
    "claimed": topic("Claimed(uint256,address,uint256)"),
    "fee claimed": topic("FeeClaimed(uint256,address,uint256)"),
    "transfer": topic("Transfer(address,address,uint256)"),
    "launched": topic("Launched(address,address,bytes32)"),
}


class Liar:
    """Changes the node's logs: the `nth` of a kind that some contract emitted, wherever it is told."""

    def __init__(self, lived: Lived) -> None:
        self.lived = lived

    def tell(self, address: str, kind: str, nth: int, change: Callable[[dict[str, Any]], Logs], to_deal: bool = False):
        wanted = {"address": address.lower(), "topics": [KINDS[kind]]}
        told = self.lived.chain._ask("eth_getLogs", {"fromBlock": "0x0", **wanted})
        everything = sorted(told, key=lambda log: (int(log["blockNumber"], 16), int(log["logIndex"], 16)))
        deal = self.lived.deal[2:].lower()
        if address == self.lived.stage.asset.address:
            everything = [
                each for each in everything if each["topics"][1 + to_deal].endswith(deal) and int(each["data"], 16)
            ]
        meant = everything[nth]
        place = (meant["blockNumber"], meant["logIndex"])

        def rewrite(_: Any, logs: Logs) -> Logs:
            return [
                made
                for each in logs
                for made in (change(deepcopy(each)) if (each["blockNumber"], each["logIndex"]) == place else [each])
            ]

        self.lived.proxy.rewrite("eth_getLogs", rewrite)
        return meant


def drop(_: dict[str, Any]) -> Logs:
    return []


def twice(log: dict[str, Any]) -> Logs:
    return [log, log]


def again(log: dict[str, Any]) -> Logs:
    """A second time, as if it were another log of the same transaction."""
    return [log, log | {"logIndex": hex(int(log["logIndex"], 16) + 50)}]


def add_to_data(amount: int) -> Callable[[dict[str, Any]], Logs]:
    return lambda log: [log | {"data": f"0x{int(log['data'], 16) + amount:0{len(log['data']) - 2}x}"}]


def byte_changed(at: int, bits: int = 1) -> Callable[[dict[str, Any]], Logs]:
    """In the figures of a Settled log: byte `at` behind offset and length."""

    def change(log: dict[str, Any]) -> Logs:
        data = bytearray(bytes.fromhex(log["data"][2:]))
        data[64 + at] ^= bits
        return [log | {"data": "0x" + data.hex()}]

    return change


def to_stranger(place: int) -> Callable[[dict[str, Any]], Logs]:
    def change(log: dict[str, Any]) -> Logs:
        topics = [*log["topics"]]
        topics[place] = "0x" + "00" * 12 + "5a" * 20
        return [log | {"topics": topics}]

    return change


def later(log: dict[str, Any]) -> Logs:
    """As if it had come at the end of the next block."""
    return [log | {"blockNumber": hex(int(log["blockNumber"], 16) + 1), "logIndex": "0xff"}]


def elsewhere(log: dict[str, Any]) -> Logs:
    """In another transaction of the block."""
    return [log | {"transactionHash": "0x" + "99" * 32}]


STRANGER = checksum("0x" + "5a" * 20)
FIGURES = 8 + 7  # the head, then collections of seven bytes

CASES = {
    # of the deal: Settled
    "period dropped": ("deal", "settled", 1, drop, "periods", ["a Settled log of period 3 comes after 1 period,"]),
    "late revenue dropped": ("deal", "settled", -1, drop, "holders", ["of equity", "in storage"]),
    "period twice": ("deal", "settled", 1, twice, "logs", ["the same log came twice"]),
    "period again": ("deal", "settled", 1, again, "periods", ["period 2 comes after 2 periods, again"]),
    "number": ("deal", "settled", 0, byte_changed(1), "periods", ["a Settled log of period 0"]),
    "counter": ("deal", "settled", 0, byte_changed(6), "periods", ["period 1, counter of test lockup: log 1, model 0"]),
    "width": ("deal", "settled", 0, byte_changed(7), "logs", ["bytes of figures do not fit"]),
    "first rung": ("deal", "settled", 1, byte_changed(FIGURES + 6), "periods", ["period 2, rung fee:om: log"]),
    "less than was paid": (
        "deal",
        "settled",
        0,
        byte_changed(FIGURES + 19, 2),
        "periods",
        ["log 2999999488, model 3000000000"],
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
    "report dropped": ("deal", "reported", 0, drop, "state", ["balance of tranche equity: chain 2998"]),
    "report altered": (
        "deal",
        "reported",
        0,
        add_to_data(2**256),
        "state",
        ["balance of tranche equity: chain 2998"],
    ),
    "report later": ("deal", "reported", 0, later, "logs", ["the same transaction is told of block"]),
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
    "mint later": ("share", "transfer", 1, later, "logs", ["the same transaction is told of block"]),
    "mint by another": ("share", "transfer", 1, elsewhere, "holders", ["shares of senior are made after the launch"]),
    "sale dropped": ("share", "transfer", -1, drop, "holders", ["of senior", "shares", "in storage"]),
    "sale altered": ("share", "transfer", -1, add_to_data(1), "holders", ["of senior", "in storage"]),
    "sale to another": ("share", "transfer", -1, to_stranger(2), "holders", ["of senior", "in storage"]),
    "sale again": ("share", "transfer", -1, again, "holders", ["of senior", "in storage"]),
    "sale after the credit": ("share", "transfer", -2, later, "holders", ["of senior, its shares had earned"]),
    # of the asset, in (0 is the opening) and out
    "revenue dropped": ("asset in", "transfer", 1, drop, "cash", ["period 1 shares out 40000000000", "brought 0"]),
    "revenue altered": (
        "asset in",
        "transfer",
        2,
        add_to_data(5),
        "cash",
        ["period 2 shares out 11111111111", "11111111116"],
    ),
    "gift dropped": ("asset in", "transfer", -1, drop, "cash", ["the asset holds", "add up to"]),
    "payment dropped": ("asset out", "transfer", 0, drop, "cash", []),
    "payment altered": ("asset out", "transfer", 0, add_to_data(1), "cash", []),
    "payment elsewhere": ("asset out", "transfer", 0, to_stranger(2), "cash", [f"to {STRANGER} left the deal"]),
    "payment twice": ("asset out", "transfer", 0, twice, "logs", ["the same log came twice"]),
    # of the factory
    "launch dropped": ("factory", "launched", 0, drop, "logs", ["logged no launch"]),
    "launch altered": ("factory", "launched", 0, add_to_data(1), "terms", ["terms of another hash"]),
    "launch again": ("factory", "launched", 0, again, "logs", ["launched twice"]),
}


@pytest.mark.parametrize("case", CASES)
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


def test_a_node_that_lags_is_named(lived: Lived, audited: Audited) -> None:
    """It gives no logs of the last blocks, and says so to nobody."""
    logs = lived.chain.logs(lived.deal)
    third = [log.block for log in logs if "0x" + log.topics[0].hex() == KINDS["settled"]][2]
    lived.proxy.rewrite(
        "eth_getLogs", lambda call, logs: [each for each in logs if int(each["blockNumber"], 16) < third]
    )
    names(audited(), "periods", "the chain has settled 4 periods, its logs tell of 2: a Settled log is missing")


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

    lived.proxy.rewrite("eth_getLogs", rewrite)
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


# The deal file


@pytest.mark.parametrize(
    ("written", "instead", "words"),
    [
        (
            'coupon = "0.06"',
            'coupon = "0.061"',
            "tranche senior, coupons[1][2] is 6",
        ),
        ('face = "20_000.00"', 'face = "21_000.00"', "tranche mezz, face is 20000000000 on the chain and 21"),
        ('fixed = "500.00"', 'fixed = "500.01"', "fee om, amount is 500000000 on the chain and 500010000"),
        ('payee = "agent"', 'payee = "operator"', "fee agent, payee is 0x"),
        ('target = "10_000.00"', 'target = "1.00"', "reserve dsra, target is"),
        ('below = "1.20"', 'below = "1.21"', "test lockup, below is"),
        ('"trap?lockup", ', "", "from byte 68 on: normal is"),
        ('"fee:om", "fee:agent"', '"fee:agent", "fee:om"', "normal ladder, rung 1 fee:agent"),
        ("write_down = true", "write_down = false", "write_down is True on the chain and False in the file"),
        ('symbol = "SML-B"', 'symbol = "SML-C"', "tranche mezz, symbol is SML-B"),
        ("periods = 4", "periods = 5", "accrual_dates is"),
    ],
)
def test_an_edited_deal_file_is_named(audited: Audited, written: str, instead: str, words: str) -> None:
    assert written in WHOLE_FILE
    found = audited(text=WHOLE_FILE.replace(written, instead, 1))
    names(found, "terms", "other terms than whole.toml from byte", words)
    assert len(found.findings.differences) == 1, "the rest is held against the chain's own terms"


# The asset


def test_an_asset_that_takes_a_fee_is_explained(anvil_system: System, tmp_path: Path) -> None:
    chain = anvil_system.chain
    with chain.undone():
        asset = chain.deploy(anvil_system.artifacts["FeeUSD"], 6, 100)
        stage = put_on(anvil_system, PLAIN, asset)
        stage.settle(30_000 * USD)
        stage.claim(0, stage.cast.ann)
        found = audit(Rpc(chain.endpoint), Target(stage.deal.address), tmp_path / "checkpoint")
    names(found, "cash", "left the deal", "takes a fee")


def test_an_asset_that_rebases_is_explained(anvil_system: System, tmp_path: Path) -> None:
    chain = anvil_system.chain
    with chain.undone():
        stage = put_on(anvil_system, PLAIN)
        stage.settle(30_000 * USD)
        slot = int.from_bytes(keccak(int(stage.deal.address, 16).to_bytes(32, "big") + bytes(32)), "big")
        chain._ask("anvil_setStorageAt", stage.asset.address, f"0x{slot:064x}", f"0x{32_000 * USD:064x}")
        stage.settle(1_000 * USD)
        found = audit(Rpc(chain.endpoint), Target(stage.deal.address), tmp_path / "checkpoint")
    names(found, "cash", "period 2 shares out 3000000000, the asset's Transfer logs brought 1000000000")


def test_cash_that_burns_is_named(anvil_system: System, tmp_path: Path) -> None:
    chain = anvil_system.chain
    with chain.undone():
        stage = put_on(anvil_system, PLAIN)
        stage.settle(30_000 * USD)
        stage.lose(5)
        found = audit(Rpc(chain.endpoint), Target(stage.deal.address), tmp_path / "checkpoint")
    names(found, "cash", "5 to 0x0000000000000000000000000000000000000000 left the deal", "nothing was claimed")
    assert any("holds" in str(each) and "owes" in str(each) for each in found.findings.differences)
