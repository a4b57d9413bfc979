"""
SignaturesLib
├── given signatures in rising order, it should return their signers
├── given the published domain and message, the digest should be the design's
└── given a wrong length, a high s, another v, a signer twice, or unsorted signers, it should be refused by name
"""

from __future__ import annotations

import pytest
from eth_account import Account

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.links.keccak import keccak

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
DIGEST = keccak(b"signed")


def keys(count: int) -> list[bytes]:
    return sorted(
        (keccak(bytes([each])) for each in range(count)), key=lambda key: int(Account.from_key(key).address, 16)
    )


def sign(key: bytes, digest: bytes = DIGEST) -> bytes:
    return bytes(Account.unsafe_sign_hash(digest, key).signature)


def refused(libraries: Contract, signatures: bytes) -> tuple[str, list[object]]:
    with pytest.raises(ChainRevert) as caught:
        libraries.call("signers", DIGEST, signatures)
    return caught.value.name, list(caught.value.values.values())


def test_signers_come_back_in_order(libraries: Contract) -> None:
    three = keys(3)
    found = libraries.call("signers", DIGEST, b"".join(map(sign, three)))
    assert list(found) == [Account.from_key(each).address for each in three]
    assert list(libraries.call("signers", DIGEST, b"")) == []


def test_bad_signatures_are_refused_by_name(libraries: Contract) -> None:
    low, high = keys(2)
    first, second = sign(low), sign(high)
    other = Account.from_key(low).address
    assert refused(libraries, first + second[:-1]) == ("Signatures_WrongLength", [129])
    assert refused(libraries, second + first) == ("Signatures_NotRising", [1, other])
    assert refused(libraries, first + first) == ("Signatures_NotRising", [1, other])
    s = int.from_bytes(second[32:64], "big")
    mirrored = second[:32] + (ORDER - s).to_bytes(32, "big") + bytes([55 - second[64]])
    assert refused(libraries, first + mirrored) == ("Signatures_Malformed", [1])
    for v in (0, 1, 26, 29, 255):
        assert refused(libraries, first[:64] + bytes([v])) == ("Signatures_Malformed", [0])
    assert refused(libraries, bytes(65)) == ("Signatures_Malformed", [0])


def test_a_domain_is_of_one_chain_and_contract(libraries: Contract) -> None:
    name, message = keccak(b"Penstock Meters"), keccak(b"message")
    kind = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    chain = libraries.chain.chain_id.to_bytes(32, "big")
    where = bytes(12) + bytes.fromhex(libraries.address[2:])
    domain = keccak(kind + name + keccak(b"1") + chain + where)
    assert libraries.call("digest", name, message) == keccak(b"\x19\x01" + domain + message)


def test_an_account_or_a_contract_signs(libraries: Contract) -> None:
    key, other = keys(2)
    account = Account.from_key(key).address
    assert libraries.call("isSignedBy", account, DIGEST, sign(key))
    assert not libraries.call("isSignedBy", account, DIGEST, sign(other))
    assert not libraries.call("isSignedBy", libraries.address, DIGEST, sign(key))
