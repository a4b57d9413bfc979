"""Asks of a `Desk` as a wallet signs them (EIP-712)."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_utils.crypto import keccak

from penstock.evm.chain import Contract
from penstock.evm.codec import Address, codec
from penstock.evm.permits import domain_separator

FIELDS = (
    ("seller", "address"),
    ("token", "address"),
    ("id", "uint256"),
    ("amount", "uint256"),
    ("price", "uint256"),
    ("payee", "address"),
    ("credited", "uint256"),
    ("expiry", "uint64"),
    ("nonce", "uint256"),
)
ASK_TYPE = bytes(keccak(text=f"Ask({','.join(f'{kind} {name}' for name, kind in FIELDS)})"))


def digest(chain_id: int, desk: Address, ask: tuple[Any, ...]) -> bytes:
    """What the seller of an ask signs. ask : the values of `FIELDS`, in order."""
    values = codec(tuple(kind for _, kind in FIELDS)).encode(ask)
    domain = domain_separator("Penstock Desk", "1", chain_id, desk)
    return bytes(keccak(b"\x19\x01" + domain + keccak(ASK_TYPE + values)))


def sign_ask(desk: Contract, ask: tuple[Any, ...], signer: Address | None = None) -> bytes:
    """Signs an ask for a desk, by its seller unless given."""
    hashed = digest(desk.chain.chain_id, desk.address, ask)
    return bytes(Account.unsafe_sign_hash(hashed, desk.chain.key(signer or ask[0])).signature)
