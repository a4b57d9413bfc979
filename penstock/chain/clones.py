"""Minimal proxies (ERC-1167) as OpenZeppelin's Clones writes them, and where what a contract creates will stand."""

from __future__ import annotations

from eth_utils.crypto import keccak

from penstock.chain.codec import Address, canonical, checksum

_BEFORE, _AFTER = bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
# Immutable arguments, of a deal its terms, follow these bytes.
CLONE_LENGTH = len(_BEFORE) + 20 + len(_AFTER)


def clone_code(implementation: Address) -> bytes:
    """A clone's code before its arguments."""
    return _BEFORE + canonical(implementation) + _AFTER


def split_clone(code: bytes) -> tuple[Address, bytes] | None:
    """A clone's implementation and its immutable arguments; None for code that is no clone."""
    at = len(_BEFORE)
    implementation = checksum(code[at : at + 20].ljust(20, b"\0"))
    if code[:CLONE_LENGTH] != clone_code(implementation):
        return None
    return implementation, code[CLONE_LENGTH:]


def create(maker: Address, nonce: int) -> Address:
    """Where an account or contract of this nonce puts its next contract; for nonces below 128."""
    assert 0 <= nonce < 128
    number = bytes([nonce or 0x80])
    return checksum(keccak(b"\xd6\x94" + canonical(maker) + number)[12:])


def share_addresses(deal: Address, tranches: int) -> tuple[Address, ...]:
    """A deal's shares are the first contracts it makes, in the order of its tranches."""
    return tuple(create(deal, index + 1) for index in range(tranches))


def clone_with_arguments(factory: Address, implementation: Address, arguments: bytes, salt: bytes) -> Address:
    """Where OpenZeppelin's Clones put a deterministic clone with immutable arguments."""
    creation = (
        b"\x61"
        + (len(arguments) + CLONE_LENGTH).to_bytes(2, "big")
        + bytes.fromhex("3d81600a3d39f3")
        + clone_code(implementation)
        + arguments
    )
    return checksum(keccak(b"\xff" + canonical(factory) + salt + keccak(creation))[12:])


def launch_salt(sponsor: Address, salt: int) -> bytes:
    """The factory's salt: the sponsor is part of it, so that nobody launches in its stead."""
    return keccak(bytes(12) + canonical(sponsor) + salt.to_bytes(32, "big"))
