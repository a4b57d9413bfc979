"""
calldata of a share
├── given all of a function's arguments, it should answer, also with bytes to spare
└── given any byte fewer, down to none, it should refuse, and nothing should change
    └── where one or two whole arguments are missing, the share should say so
calldata of a deal
└── given any byte fewer than a function's arguments, it should refuse without a reason, and nothing should change
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from penstock.evm.abi import types
from penstock.evm.chain import ZERO_ADDRESS
from penstock.evm.errors import ChainRevert
from penstock.evm.permits import sign_permit
from tests.contracts.stage import EVERYTHING, Stage

FUNCTIONS = (
    "transfer(address,uint256)",
    "approve(address,uint256)",
    "transferFrom(address,address,uint256)",
    "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
    "allowance(address,address)",
    "balanceOf(address)",
    "nonces(address)",
    "canTransfer(address,address,uint256)",
    "canSend(address)",
    "canReceive(address)",
    "getFrozenTokens(address)",
    "setFrozenTokens(address,uint256)",
    "forcedTransfer(address,address,uint256)",
    "supportsInterface(bytes4)",
    "transferCum(address,uint256)",
)


# Understood, and refused by the deal
REFUSED = {
    "setFrozenTokens(address,uint256)": "Deal_NoPolicy",
    "forcedTransfer(address,address,uint256)": "Deal_NoForcedMoves",
}
ZEROS: Mapping[str, Any] = {
    "address": ZERO_ADDRESS,
    "bytes32": bytes(32),
    "uint8": 0,
    "uint256": 0,
    "bool": False,
    "bytes": b"",
}


def arguments(stage: Stage, function: str) -> tuple[Any, ...]:
    """Arguments with which the function succeeds when Bob calls it, who has an allowance of Ann's."""
    ann, bob, share = stage.cast.ann, stage.cast.bob, stage.share()
    given: Mapping[str, tuple[Any, ...]] = {
        "transfer": (ann, 2),
        "approve": (ann, 2),
        "transferFrom": (ann, bob, 2),
        "permit": (ann, bob, 2, EVERYTHING, *sign_permit(share, ann, bob, 2, EVERYTHING)),
        "allowance": (ann, bob),
        "balanceOf": (ann,),
        "nonces": (ann,),
        "canTransfer": (ann, bob, 2),
        "canSend": (ann,),
        "canReceive": (ann,),
        "getFrozenTokens": (ann,),
        "setFrozenTokens": (ann, 2),
        "forcedTransfer": (ann, bob, 2),
        "transferCum": (ann, 2),
        "supportsInterface": (b"\x3e\xdb\xb4\xc4",),
    }
    return given[function[: function.index("(")]]


@pytest.fixture
def trading(plain: Stage) -> Stage:
    ann, bob, share = plain.cast.ann, plain.cast.bob, plain.share()
    share.send("transfer", bob, 5, sender=ann)
    share.send("approve", bob, 5, sender=ann)
    return plain


def test_every_function_with_arguments_is_tried(plain: Stage) -> None:
    with_arguments = {each.signature for each in plain.share().abi.functions.values() if "()" not in each.signature}
    assert with_arguments == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_calldata_that_is_whole_is_answered(trading: Stage, function: str) -> None:
    share, bob = trading.share(), trading.cast.bob
    data = share.abi.function(function).encode(arguments(trading, function))
    for spare in (0, 1, 31, 32, 64, 1_000):
        with trading.system.chain.undone():
            try:
                trading.system.chain.transact(share.address, data + b"\xff" * spare, bob)
            except ChainRevert as refusal:
                assert refusal.name == REFUSED.get(function)
            else:
                assert function not in REFUSED


@pytest.mark.parametrize("function", FUNCTIONS)
def test_calldata_that_is_short_by_any_number_of_bytes_is_refused(trading: Stage, function: str) -> None:
    chain, share, bob = trading.system.chain, trading.share(), trading.cast.bob
    entry = share.abi.function(function)
    data = entry.encode(arguments(trading, function))
    before = trading.numbers()
    for length in range(len(data)):
        for sender, send in ((bob, chain.transact), (ZERO_ADDRESS, chain.query)):
            with pytest.raises(ChainRevert) as caught:
                send(share.address, data[:length], sender)
            # Solidity sees by itself what lacks more than a share appends, and words that are not addresses
            appended = length >= len(data) - 64 and not function.startswith("transfer(")
            # what is appended does not read as four bytes
            if caught.value.data or (appended and length % 32 == 4 and "bytes4" not in function):
                assert caught.value.name == "TrancheShare_CalldataTooShort" and appended
                assert caught.value.values == {"length": length, "needed": len(data)}
    assert trading.numbers() == before


def test_a_deal_refuses_calldata_that_is_short_by_any_number_of_bytes(plain: Stage) -> None:
    deal, chain, stranger = plain.deal, plain.system.chain, plain.cast.stranger
    before, reasons = plain.numbers(), set()
    for entry in deal.abi.entries:
        if entry["type"] != "function":
            continue
        kinds = types(entry["inputs"])
        data = deal.abi.function(entry["name"]).encode([ZEROS.get(each, ()) for each in kinds])
        with chain.undone():
            try:
                chain.transact(deal.address, data, stranger)
            except ChainRevert as whole:
                assert whole.name, "what is whole may be refused, but for a reason"
                reasons.add(whole.name)
        for length in range(len(data)):
            with pytest.raises(ChainRevert) as caught:
                chain.transact(deal.address, data[:length], stranger)
            assert caught.value.data == b"", (entry["name"], length)
    assert {"Deal_ZeroPeriods", "Deal_NotFactory", "Deal_NotShare"} <= reasons
    assert plain.numbers() == before


@pytest.mark.parametrize("length", [36, 67])
def test_an_approval_reads_no_amount_from_what_is_appended(trading: Stage, length: int) -> None:
    """Without the check these two would allow the deal's address as an amount, and 256 times what was meant."""
    share, cast = trading.share(), trading.cast
    data = share.abi.function("approve").encode((cast.stranger, 2))[:length]
    with trading.refused("TrancheShare_CalldataTooShort", {"length": length, "needed": 68}):
        trading.system.chain.transact(share.address, data, cast.ann)


def test_no_selector_is_completed_by_what_is_appended(plain: Stage) -> None:
    """Up to three bytes of a selector that ends in zeros, as that of `nonces` does, whatever its arguments."""
    share, chain = plain.share(), plain.system.chain
    assert share.abi.function("nonces").selector[3] == 0
    for entry in share.abi.functions.values():
        for length in range(4):
            with pytest.raises(ChainRevert):
                chain.query(share.address, entry.selector[:length])


def test_arguments_are_words(plain: Stage) -> None:
    """The check counts 32 bytes an argument, which holds for as long as no function takes a string or a list."""
    for entry in plain.share().abi.entries:
        for each in types(entry.get("inputs", ())) if entry["type"] == "function" else ():
            assert each in ("address", "uint256", "uint8", "bytes4", "bytes32"), entry["name"]
