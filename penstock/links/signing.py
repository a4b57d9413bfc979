"""What reporters of meters sign: EIP-712 digests of batches, of one chain and one contract."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.links.keccak import keccak
from penstock.links.meters_storage import Address, Batch

DOMAIN = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
NAME = "Penstock Meters"
_BATCH = b"Batch(uint64 meter,uint40 start,bytes32 root,uint96 total)"
BATCH = keccak(_BATCH)
BATCHES = keccak(b"Batches(Batch[] batches)" + _BATCH)


def digest_of_batch(batch: Batch, chain_id: int, contract: Address) -> bytes:
    """What reporters sign for `Meters.report`."""
    return digest(NAME, _hash(batch), chain_id, contract)


def digest_of_batches(batches: Sequence[Batch], chain_id: int, contract: Address) -> bytes:
    """What reporters sign for `Meters.reportMany`."""
    return digest(NAME, keccak(BATCHES + keccak(b"".join(map(_hash, batches)))), chain_id, contract)


def digest(name: str, message: bytes, chain_id: int, contract: Address) -> bytes:
    """What is signed of a typed message in the domain (name, "1", chain, contract): SignaturesLib.digest."""
    where = _word(chain_id) + _word(int(contract, 16))
    return keccak(b"\x19\x01" + keccak(DOMAIN + keccak(name.encode()) + keccak(b"1") + where) + message)


def _hash(batch: Batch) -> bytes:
    return keccak(BATCH + _word(batch.meter) + _word(batch.start) + batch.root + _word(batch.total))


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
