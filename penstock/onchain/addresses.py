"""Minimal proxies (ERC-1167) as in OpenZeppelin's Clones, and the addresses of contracts before they are created."""

from __future__ import annotations

from eth_utils.crypto import keccak

from penstock.evm.codec import Address, canonical, checksum

_BEFORE, _AFTER = bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
# Immutable arguments (for a deal, its terms) follow these bytes.
CLONE_LENGTH = len(_BEFORE) + 20 + len(_AFTER)


def clone_code(implementation: Address) -> bytes:
    """A clone's code before its arguments."""
    return _BEFORE + canonical(implementation) + _AFTER


def split_clone(code: bytes) -> tuple[Address, bytes] | None:
    """A clone's implementation and immutable arguments; None for code that is not a clone."""
    at = len(_BEFORE)
    implementation = checksum(code[at : at + 20].ljust(20, b"\0"))
    if code[:CLONE_LENGTH] != clone_code(implementation):
        return None
    return implementation, code[CLONE_LENGTH:]


def create(maker: Address, nonce: int) -> Address:
    """The address of the contract an account creates with this nonce; for nonces below 128."""
    assert 0 <= nonce < 128
    number = bytes([nonce or 0x80])
    return checksum(keccak(b"\xd6\x94" + canonical(maker) + number)[12:])


def share_addresses(deal: Address, tranches: int) -> tuple[Address, ...]:
    """A deal's shares are the first contracts it creates, in the order of its tranches."""
    return tuple(create(deal, index + 1) for index in range(tranches))


def made_by_factory(factory: Address) -> tuple[Address, Address]:
    """Where a factory's constructor puts the extension and the implementation of its deals, in this order."""
    return create(factory, 1), create(factory, 2)


def clone_with_arguments(factory: Address, implementation: Address, arguments: bytes, salt: bytes) -> Address:
    """The address of a deterministic clone with immutable arguments by OpenZeppelin's Clones."""
    creation = (
        b"\x61"
        + (len(arguments) + CLONE_LENGTH).to_bytes(2, "big")
        + bytes.fromhex("3d81600a3d39f3")
        + clone_code(implementation)
        + arguments
    )
    return checksum(keccak(b"\xff" + canonical(factory) + salt + keccak(creation))[12:])


def launch_salt(sponsor: Address, salt: int) -> bytes:
    """The factory's salt; it contains the sponsor, so that no one else can launch in its place."""
    return keccak(bytes(12) + canonical(sponsor) + salt.to_bytes(32, "big"))


# Nick Johnson's deterministic deployment proxy, as Foundry, Hardhat and Safe use it: calldata is a salt, then the
# creation code. Its only transaction has a made-up signature that is valid on any chain: anyone who pays its sender
# 0.01 native coin can send it. docs/decisions/0007 says why we use it too.
PROXY: Address = checksum("0x4e59b44847b379578588920ca78fbf26c0b4956c")
PROXY_SENDER: Address = checksum("0x3fab184622dc19b6109349b94811493bf2a45362")
PROXY_CODE = bytes.fromhex(
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd"
    "5b8082525050506014600cf3"
)
PROXY_TRANSACTION = bytes.fromhex(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe"
    "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd"
    "5b8082525050506014600cf3"
    "1ba02222222222222222222222222222222222222222222222222222222222222222"
    "a02222222222222222222222222222222222222222222222222222222222222222"
)
PROXY_GAS = 100_000
PROXY_GAS_PRICE = 100 * 10**9
PROXY_COST = PROXY_GAS * PROXY_GAS_PRICE

SHARED_SALT = bytes(32)


def create2(salt: bytes, creation: bytes) -> Address:
    """The address the proxy gives a contract with this creation code (constructor arguments included)."""
    return checksum(keccak(b"\xff" + canonical(PROXY) + salt + keccak(creation))[12:])


def own_salt(sponsor: Address, salt: int, deal_text: str) -> bytes:
    """The salt of contracts deployed for one deal only: its mock stablecoin, registry and reporter."""
    return keccak(launch_salt(sponsor, salt) + keccak(text=deal_text))
