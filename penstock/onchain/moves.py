"""Shares that move without their holder, on a chain: what is signed for it, and how it is stored."""

from __future__ import annotations

from eth_utils.crypto import keccak

from penstock.evm.codec import Address
from penstock.onchain.compliance import words_of

_DOMAIN = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_NAME, _VERSION = keccak(text="Penstock Deal"), keccak(text="1")
_RECOVERY = keccak(text="Recovery(address from,address to,bytes32 document,uint256 number)")
_OBJECTION = keccak(text="Objection(address from,uint256 number)")


def recovery_hash(chain_id: int, deal: Address, account: Address, to: Address, document: bytes, number: int) -> bytes:
    """What a provider signs (EIP-712), so that an account is recovered to another one of its investor."""
    return _digest(chain_id, deal, keccak(_RECOVERY + words_of([account, to]) + document + words_of([number])))


def objection_hash(chain_id: int, deal: Address, account: Address, number: int) -> bytes:
    """What an account signs (EIP-712) to cancel the recovery of it."""
    return _digest(chain_id, deal, keccak(_OBJECTION + words_of([account, number])))


def move_key(tranche: int, account: Address, to: Address, amount: int) -> bytes:
    """By which a deal stores a forced move."""
    return bytes(keccak(words_of([tranche, account, to, amount])))


def _digest(chain_id: int, deal: Address, struct: bytes) -> bytes:
    domain = keccak(_DOMAIN + _NAME + _VERSION + words_of([chain_id]) + words_of([deal]))
    return bytes(keccak(b"\x19\x01" + domain + struct))
