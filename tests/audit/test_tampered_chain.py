"""A word of the deal, a holder, a share, the asset; a byte of any code: changed, and the audit names it first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from eth_utils.crypto import keccak

from penstock.audit.run import audit
from penstock.audit.subject import Target
from penstock.evm.codec import checksum
from penstock.evm.networks import connect_to_read
from penstock.evm.rpc import Rpc
from penstock.onchain.addresses import CLONE_LENGTH
from penstock.onchain.launch import System
from penstock.onchain.terms_layout import CouponStep, Header, Tranche
from tests.audit.conftest import Audited, Lived, clean
from tests.audit.tamper import holder_slot, names, poke, switch_slot
from tests.contracts.deals import PLAIN, WHOLE
from tests.contracts.deals import WIDE_FILE as WHOLE_FILE
from tests.contracts.stage import USD, put_on, trial_of
from tests.fixtures.slow import mostly_slow


@pytest.mark.parametrize(
    ("variable", "offset", "change", "check", "words"),
    [
        ("_ledger", 0, lambda word: word ^ 1 << 160, "state", ["balance of tranche senior: chain 0.000001, model 0"]),
        ("_ledger", 0, lambda word: word ^ 1 << 9, "state", ["passes needed of test lockup: chain"]),
        ("_ledger", 0, lambda word: word - 1, "periods", ["settled 3 periods, its logs have 4"]),
        ("_cash", 0, lambda word: word + (1 << 160), "state", ["accounted: chain"]),
        ("_cash", 0, lambda word: word + (1 << 64), "state", ["accounted: chain"]),
        ("_cash", 1, lambda word: word ^ 1, "storage", ["(cash of mezz)"]),
        ("_cash", 2, lambda word: word + 2, "state", ["accounted: chain"]),
        ("_cash", 5, lambda word: 1, "storage", ["(cash of tranche 6)"]),
        ("_pots", 2, lambda word: 1, "storage", ["reserves, fees and traps 5 and 6"]),
        ("_juniorBalances", 0, lambda word: word + 1, "state", ["balance of tranche equity: chain"]),
        ("_juniorBalances", 2, lambda word: 1 << 200, "storage", ["balances of tranches 5 and 6"]),
        ("_feeArrears", 0, lambda word: word + 1, "state", ["arrears of fee om: chain 0.000001, model 0"]),
        ("_feeArrears", 3, lambda word: 1, "storage", ["arrears of fees 7 and 8"]),
    ],
)
def test_a_changed_word_is_named(
    lived: Lived, audited: Audited, variable: str, offset: int, change: Any, check: str, words: list[str]
) -> None:
    poke(lived, lived.stage.system.artifacts["Deal"].slots[variable] + offset, change)
    names(audited(), check, *words)


@pytest.mark.parametrize("change", [1, 2, 1 << 255])
def test_a_changed_switch_is_named(lived: Lived, audited: Audited, change: int) -> None:
    """Bob said yes and then no, which is kept as 1."""
    bob = lived.stage.cast.bob
    poke(lived, switch_slot(lived, bob), lambda word: word ^ change)
    found = audited()
    names(found, "storage", f"(claims for {bob}): chain 0x{1 ^ change:064x}, logs 0x{1:064x}")
    assert len(found.findings.differences) == 1


def test_a_switch_that_nobody_logged_is_found(lived: Lived, audited: Audited) -> None:
    slot = switch_slot(lived, lived.stage.cast.cho)
    poke(lived, slot, lambda word: 1)
    names(audited(), "storage", f"slot 0x{slot:064x} is 0x{1:064x}, which no log explains")


@pytest.mark.parametrize(("change", "word"), [(1, "shares"), (1 << 64, "debt"), (-(1 << 64), "debt")])
def test_a_holders_changed_word_is_named(lived: Lived, audited: Audited, change: int, word: str) -> None:
    cho = lived.stage.cast.cho
    poke(lived, holder_slot(lived, 0, cho), lambda word: word + change)
    found = audited()
    names(found, "holders", f"{cho} of senior", "in storage", "by the logs", word)
    assert len(found.findings.differences) == 1


@pytest.mark.parametrize(
    ("variable", "spender", "said"),
    [
        (
            "_allowances",
            True,
            "allowance of {stranger} from {bob} on senior: 1,000,000.000001 in storage, 1,000,000 by",
        ),
        ("_nonces", False, "permits of {bob} on senior: 2 in storage, 1 by the logs at most"),
    ],
    ids=["allowance", "permits"],
)
def test_an_allowance_nobody_gave_is_named(
    lived: Lived, audited: Audited, variable: str, spender: bool, said: str
) -> None:
    cast, share = lived.stage.cast, lived.stage.share(0)
    slot = lived.stage.system.artifacts["TrancheShareLogic"].slots[variable]
    for key in (cast.bob, cast.stranger) if spender else (cast.bob,):
        slot = int.from_bytes(keccak(int(key, 16).to_bytes(32, "big") + slot.to_bytes(32, "big")), "big")
    if spender:
        assert share.call("allowance", cast.bob, cast.stranger) == 10**12 - 3 * USD
    poke(lived, slot, lambda _: 10**12 + 1 if spender else 2, share.address)
    names(audited(), "holders", said.format(bob=cast.bob, stranger=cast.stranger))


@pytest.mark.parametrize("bit", mostly_slow([0, 2, 62, 64, 120, 127, 128, 255], [0, 127, 128, 255]))
def test_every_bit_of_a_word_that_is_not_read_is_compared(lived: Lived, audited: Audited, bit: int) -> None:
    """The first pots fit their cash slots: their own were never written. The difference has both words whole."""
    slot = lived.stage.system.artifacts["Deal"].slots["_pots"]
    poke(lived, slot, lambda word: word ^ 1 << bit)
    there = lived.chain.storage(lived.deal, slot).hex()
    said = f"slot {slot} (reserves, fees and traps 1 and 2): chain 0x{there}, logs 0x{0:064x}"
    names(audited(), "storage", said)


@pytest.mark.parametrize("change", [1, -1])
def test_cash_without_a_transfer_is_named(lived: Lived, audited: Audited, change: int) -> None:
    slot = int.from_bytes(keccak(int(lived.deal, 16).to_bytes(32, "big") + bytes(32)), "big")
    poke(lived, slot, lambda word: word + change, lived.stage.asset.address)
    names(audited(), "cash", "the asset holds", "its Transfer logs add up to", "rebases")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0xfe", "Opcode"),
        ("0x60006000fd", "reverted"),
        ("0x", "returned nothing"),
        ("0x0c", "eth_call"),
    ],
    ids=["invalid", "reverts", "none", "no opcode"],
)
def test_an_asset_that_fails_is_named(lived: Lived, audited: Audited, code: str, words: str) -> None:
    asset = lived.stage.asset.address
    lived.chain._ask("anvil_setCode", asset, code)
    found = audited(text=None)
    names(found, "cash", f"the asset {asset} fails when it is asked for balanceOf({lived.deal})", words)
    assert len(found.findings.differences) == 1


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
        "extension": stage.system.factory.call("extension"),
        "trial": trial_of(stage.system),
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
        ("trial", 5_000, ["the trial at", "byte 5000 is"]),
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


@pytest.mark.parametrize(
    "name", ["Deal", "DealExtension", "DealTrial", "TrancheShare", "TrancheShareLogic", "DealFactory"]
)
def test_a_changed_immutable_is_named(lived: Lived, audited: Audited, name: str) -> None:
    artifact = lived.stage.system.artifacts[name]
    contract = {
        "Deal": "implementation",
        "DealExtension": "extension",
        "DealTrial": "trial",
        "TrancheShare": "share",
        "TrancheShareLogic": "logic",
    }.get(name, "factory")
    for places in artifact.immutables.values():
        at, length = places[-1]
        with lived.chain.undone():
            change_byte(lived, contract, at + length - 1)
            found = audited()
            assert found.findings.first is not None and found.findings.first.check == "code", str(found.findings.first)


def test_code_that_is_gone_or_longer_is_named(lived: Lived, audited: Audited) -> None:
    share = lived.stage.share(0).address
    code = lived.chain.code(share)
    for given, words in (
        (b"", "no code there"),
        (code + b"\0", f"{len(code) + 1} bytes, our sources compile to {len(code)}"),
    ):
        lived.chain._ask("anvil_setCode", share, "0x" + given.hex())
        names(audited(), "code", f"share senior at {share}", words)


def test_other_metadata_are_told_and_not_wrong(lived: Lived, audited: Audited) -> None:
    code = lived.chain.code(contract_named(lived, "extension"))
    for at in (len(code) - 20, code.find(b"\x64ipfs") + 10):  # its own, and that of the share's code inside it
        with lived.chain.undone():
            change_byte(lived, "extension", at)
            found = audited()
            clean(found)
            assert "other comments or file names" in found.findings.checks["code"].notes[0]


def test_changed_terms_are_named_with_the_file_and_without(lived: Lived, audited: Audited) -> None:
    steps_at = Header.length() + Tranche.length() * len(lived.stage.terms.tranches)
    at = steps_at + CouponStep.field("coupon").end - 1
    change_byte(lived, "deal", CLONE_LENGTH + at)
    names(audited(), "terms", f"other terms than whole.toml from byte {at} on: tranche senior, coupons[1][2] is 0.06")
    names(audited(text=None), "terms", "launched with terms of another hash")


@pytest.mark.parametrize(
    "at",
    [Header.field(name).end - 1 for name in ("format", "tranches", "flags", "tests_at")]
    + [Header.length() + Tranche.field(name).offset for name in ("principal", "days_at")],
)
def test_terms_that_nobody_can_read_are_named(lived: Lived, audited: Audited, at: int) -> None:
    change_byte(lived, "deal", CLONE_LENGTH + at)
    for text in (WHOLE_FILE, None):
        names(audited(text=text), "terms")


@pytest.mark.parametrize(("shift", "kind"), [(0, "interest"), (128, "principal")])
def test_arrears_that_are_owed_are_compared_word_by_word(
    anvil_system: System, tmp_path: Path, shift: int, kind: str
) -> None:
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    with chain.undone():
        stage = put_on(anvil_system, PLAIN)
        stage.settle(1)
        (owed,) = {stage.state().interest_arrears[0]}
        assert owed
        slot = anvil_system.artifacts["Deal"].slots["_arrears"]
        word = int.from_bytes(chain.storage(stage.deal.address, slot), "big") + (1 << shift)
        chain._ask("anvil_setStorageAt", stage.deal.address, f"0x{slot:064x}", f"0x{word:064x}")
        found = audit(connect_to_read(chain.endpoint), Target(stage.deal.address), tmp_path / "checkpoint")
    told = [str(each) for each in found.findings.differences]
    assert any(each.startswith(f"state: {kind} arrears of tranche") for each in told)
    assert any(each.startswith(f"storage: slot {slot} (arrears of tranche 1)") for each in told), told


@pytest.mark.parametrize(
    ("variable", "offset", "bit", "check", "said"),
    [
        ("_ledger", 0, 200, "state", "balance of tranche senior: chain"),
        ("_ledger", 0, 9, "state", "passes needed of test test1: chain"),
        ("_ledger", 1, 200, "state", "accounted: chain"),  # the fifth amount
        ("_ledger", 2, 0, "storage", "(amounts 3)"),
        ("_cash", 0, 200, "state", "claimed of all tranches: chain"),
        ("_cash", 0, 144, "state", "credited to tranche senior: chain"),
        ("_cash", 0, 1, "storage", "(cash of claims and first tranches)"),
        ("_cash", 1, 255, "storage", "(cash of tranche 2)"),
        ("_pots", 0, 0, "storage", "(reserves, fees and traps 1 and 2)"),
        ("_juniorBalances", 0, 0, "storage", "(balances of tranches 1 and 2)"),
    ],
)
def test_a_changed_word_of_a_narrow_deal_is_named(
    anvil_system: System, tmp_path: Path, variable: str, offset: int, bit: int, check: str, said: str
) -> None:
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    with chain.undone():
        stage = put_on(anvil_system, WHOLE)
        stage.settle(60_000 * USD)
        stage.claim(0, stage.cast.ann)
        slot = anvil_system.artifacts["Deal"].slots[variable] + offset
        word = int.from_bytes(chain.storage(stage.deal.address, slot), "big") ^ 1 << bit
        chain._ask("anvil_setStorageAt", stage.deal.address, f"0x{slot:064x}", f"0x{word:064x}")
        found = audit(connect_to_read(chain.endpoint), Target(stage.deal.address), tmp_path / "checkpoint")
    told = [str(each) for each in found.findings.differences]
    assert any(each.startswith(f"{check}:") and said in each for each in told), told
