"""Addresses before there is anything at them: CREATE2 through the proxy that has one address on every chain."""

from __future__ import annotations

from eth_utils.crypto import keccak

from penstock.chain.clones import launch_salt
from penstock.chain.codec import Address, canonical, checksum

# Nick Johnson's deterministic deployment proxy, as Foundry, Hardhat and Safe use it: calldata is a salt, then the
# creation code. Its one transaction was signed by nobody (a made-up signature), for any chain: whoever pays its
# sender 0.01 of the native coin may send it. docs/decisions/0007 says why it is ours too.
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
    """Where the proxy puts a contract of this creation code (constructor arguments included)."""
    return checksum(keccak(b"\xff" + canonical(PROXY) + salt + keccak(creation))[12:])


def own_salt(sponsor: Address, salt: int, deal_text: str) -> bytes:
    """The salt of what is made for one deal alone: its mock stablecoin, its registry, its reporter."""
    return keccak(launch_salt(sponsor, salt) + keccak(text=deal_text))
