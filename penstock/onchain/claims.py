"""Claims: what a provider signs of a holder, so that it registers itself with a CompliancePolicy."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.addresses import is_address
from penstock.errors import FileRefused
from penstock.evm.artifacts import load_artifacts
from penstock.evm.codec import Address, checksum
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import KeySigner
from penstock.files import parse_json, read_text
from penstock.model.compliance import Registration
from penstock.onchain.compliance import claim_hash


@dataclass(frozen=True)
class Claim:
    """Who a holder is, for one policy on one chain. nonce : how often the holder was registered when it was signed."""

    chain_id: int
    policy: Address
    said: Registration
    nonce: int
    provider: Address
    signature: bytes


def sign_claims(chain: RetryingRpc, policy: Address, holders: Sequence[Registration], signer: KeySigner) -> list[Claim]:
    """Signs for each holder, with its next nonce."""
    abi, found = load_artifacts()["CompliancePolicy"].abi, []
    for each in holders:
        nonce = int(chain.call(policy, abi, "nonces", each.holder))
        signature = signer.sign_digest(claim_hash(chain.chain_id, policy, each, nonce))
        found.append(Claim(chain.chain_id, policy, each, nonce, signer.address, signature))
    return found


def write_claims(claims: Sequence[Claim]) -> str:
    """The file of claims, as JSON; numbers that JSON may lose are text."""
    rows = [
        {
            "chain_id": each.chain_id,
            "policy": each.policy,
            "holder": each.said.holder,
            "investor": str(each.said.investor),
            "country": each.said.country,
            "class": int(each.said.investor_class),
            "expires_at": each.said.expires_at,
            "nonce": each.nonce,
            "provider": each.provider,
            "signature": "0x" + each.signature.hex(),
        }
        for each in claims
    ]
    return json.dumps({"claims": rows}, indent=2) + "\n"


def read_claims(file: Path) -> list[Claim]:
    """Raises FileRefused for a file that is none of `write_claims`."""
    try:
        rows = parse_json(read_text(file))["claims"]
        return [_claim(row) for row in rows]
    except (ValueError, KeyError, TypeError):
        raise FileRefused(str(file), "not a file of claims; accepted: what `penstock holders certify` wrote") from None


def _claim(row: dict[str, Any]) -> Claim:
    places = (row["policy"], row["holder"], row["provider"])
    if not all(isinstance(each, str) and is_address(each) for each in places):
        raise ValueError("no address")
    policy, holder, provider = map(checksum, places)
    numbers = (int(row["investor"]), int(row["country"]), int(row["class"]), int(row["expires_at"]))
    signature = bytes.fromhex(str(row["signature"]).removeprefix("0x"))
    return Claim(int(row["chain_id"]), policy, Registration(holder, *numbers), int(row["nonce"]), provider, signature)
