"""What tests of a tampered deal share: one word changed, and what an audit must say first."""

from __future__ import annotations

from collections.abc import Callable

from eth_utils.crypto import keccak

from penstock.audit.run import Audit
from penstock.onchain.state import mapping_slot
from tests.audit.conftest import Lived


def money(units: int) -> str:
    """An amount of a deal of six decimals, as a finding has it: every digit of it."""
    whole, part = divmod(units, 10**6)
    return f"{whole:,}" + (f".{part:06d}".rstrip("0").ljust(3, "0") if part else "")


def names(found: Audit, check: str, *words: str) -> None:
    first = found.findings.first
    assert first is not None, "nothing was found"
    assert first.check == check, str(first)
    for word in words:
        assert word in str(first), f"{word!r} is not in: {first}"
    assert found.verdict == f"verdict: WRONG — first difference: {first}"


def holder_slot(lived: Lived, tranche: int, holder: str) -> int:
    base = lived.stage.system.artifacts["Deal"].slots["_holders"]
    key = tranche << 160 | int(holder, 16)
    return int.from_bytes(keccak(key.to_bytes(32, "big") + base.to_bytes(32, "big")), "big")


def switch_slot(lived: Lived, holder: str) -> int:
    return mapping_slot(int(holder, 16), lived.stage.system.artifacts["Deal"].slots["_claimFor"])


def poke(lived: Lived, slot: int, change: Callable[[int], int], address: str | None = None) -> None:
    address = address or lived.deal
    word = int.from_bytes(lived.chain.storage(address, slot), "big")
    assert change(word) != word
    lived.chain._ask("anvil_setStorageAt", address, f"0x{slot:064x}", f"0x{change(word) % 2**256:064x}")
