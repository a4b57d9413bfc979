"""ERC-2612 signatures, made as a wallet makes them."""

from __future__ import annotations

from typing import NamedTuple

from eth_account import Account
from eth_account.messages import encode_typed_data

from penstock.evm.chain import Contract
from penstock.evm.codec import Address

FIELDS = (
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)


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
    domain = token.call("eip712Domain")
    key = token.chain.key(signer or owner)
    message = {
        "owner": owner,
        "spender": spender,
        "value": value,
        "nonce": token.call("nonces", owner) if nonce is None else nonce,
        "deadline": deadline,
    }
    signed = Account.sign_message(
        encode_typed_data(
            {
                "name": domain.name,
                "version": domain.version,
                "chainId": domain.chainId,
                "verifyingContract": domain.verifyingContract,
            },
            {"Permit": [{"name": name, "type": kind} for name, kind in FIELDS]},
            message,
        ),
        key,
    )
    return Signature(signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))
