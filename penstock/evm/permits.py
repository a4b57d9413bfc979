"""ERC-2612 and ERC-3009 signatures, made as a wallet makes them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from penstock.evm.chain import Contract
from penstock.evm.codec import Address, codec

FIELDS = (
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)
_PERMIT_TYPE = bytes(keccak(text=f"Permit({','.join(f'{kind} {name}' for name, kind in FIELDS)})"))
_AUTHORIZATION = (
    ("from", "address"),
    ("to", "address"),
    ("value", "uint256"),
    ("validAfter", "uint256"),
    ("validBefore", "uint256"),
    ("nonce", "bytes32"),
)
_AUTHORIZATION_TYPE = bytes(
    keccak(text=f"ReceiveWithAuthorization({','.join(f'{kind} {name}' for name, kind in _AUTHORIZATION)})")
)


CLAIM_FIELDS = (
    ("tranche", "uint256"),
    ("holder", "address"),
    ("recipient", "address"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)
_CLAIM_TYPE = bytes(keccak(text=f"Claim({','.join(f'{kind} {name}' for name, kind in CLAIM_FIELDS)})"))


class Signature(NamedTuple):
    v: int
    r: bytes
    s: bytes


def sign_permit(
    token: Contract,
    owner: Address,
    spender: Address,
    value: int,
    deadline: int,
    nonce: int | None = None,
    signer: Address | None = None,
) -> Signature:
    """Signs for the domain the token reports; by the owner and with its next nonce unless given."""
    if nonce is None:
        nonce = token.call("nonces", owner)
    values = codec(tuple(kind for _, kind in FIELDS)).encode((owner, spender, value, nonce, deadline))
    return _sign(token, keccak(_PERMIT_TYPE + values), token.chain.key(signer or owner))


def sign_authorization(
    token: Contract,
    sender: Address,
    receiver: Address,
    value: int,
    valid_after: int,
    valid_before: int,
    nonce: bytes,
    key: bytes | None = None,
) -> Signature:
    """Signs an ERC-3009 receiveWithAuthorization; with the key that the chain holds unless given."""
    given = (sender, receiver, value, valid_after, valid_before, nonce)
    values = codec(tuple(kind for _, kind in _AUTHORIZATION)).encode(given)
    return _sign(token, keccak(_AUTHORIZATION_TYPE + values), key or token.chain.key(sender))


def _sign(token: Contract, struct: bytes, key: bytes | None) -> Signature:
    domain = token.call("eip712Domain")
    separator = _separator(domain.name, domain.version, domain.chainId, domain.verifyingContract)
    signed = Account.unsafe_sign_hash(keccak(b"\x19\x01" + separator + struct), key)
    return Signature(signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))


def sign_claim(
    deal: Contract,
    tranche: int,
    holder: Address,
    recipient: Address,
    deadline: int,
    nonce: int | None = None,
    signer: Address | None = None,
) -> bytes:
    """Signs a claim of a holder that is paid to a recipient; by the holder and with its next nonce unless given."""
    if nonce is None:
        nonce = deal.call("claimNonce", holder)
    separator = _separator("Penstock Deal", "1", deal.chain.chain_id, deal.address)
    values = codec(tuple(kind for _, kind in CLAIM_FIELDS)).encode((tranche, holder, recipient, nonce, deadline))
    hashed = keccak(b"\x19\x01" + separator + keccak(_CLAIM_TYPE + values))
    return bytes(Account.unsafe_sign_hash(hashed, deal.chain.key(signer or holder)).signature)


@lru_cache(maxsize=1024)
def _separator(name: str, version: str, chain_id: int, contract: Address) -> bytes:
    """The hash of a domain; cached, because eth_account takes longer to compute it than to sign."""
    domain = {"name": name, "version": version, "chainId": chain_id, "verifyingContract": contract}
    permit = {"Permit": [{"name": "owner", "type": "address"}]}  # any message: only the domain's hash is used
    return bytes(encode_typed_data(domain, permit, {"owner": contract}).header)
