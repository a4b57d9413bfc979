"""Code on the chain against what our sources compile to, immutables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from eth_utils.crypto import keccak

from penstock.audit.findings import Findings
from penstock.chain.codec import Address, canonical, checksum
from penstock.chain.compile import Artifact

# EIP-1167, as OpenZeppelin's Clones writes it; immutable arguments follow.
CLONE_HEAD, CLONE_TAIL = bytes.fromhex("363d3d373d3d3d363d73"), bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
CLONE_LENGTH = len(CLONE_HEAD) + 20 + len(CLONE_TAIL)

# solc's trailer, CBOR of {ipfs: hash, solc: version}: the hash covers comments and file names, not what the code does.
_METADATA = re.compile(rb"(?<=\xa2\x64ipfs\x58\x22).{34}(?=\x64solc\x43.{3}\x00\x33)", re.DOTALL)
_DOMAIN = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")


def split_clone(code: bytes) -> tuple[Address, bytes] | None:
    """A clone's implementation and its immutable arguments; None for code that is no clone."""
    at = len(CLONE_HEAD)
    if not code.startswith(CLONE_HEAD) or code[at + 20 : CLONE_LENGTH] != CLONE_TAIL:
        return None
    return checksum(code[at : at + 20]), code[CLONE_LENGTH:]


def share_address(deal: Address, tranche: int) -> Address:
    """A deal's shares are its first creations, by the rule for CREATE."""
    return checksum(keccak(b"\xd6\x94" + canonical(deal) + bytes([tranche + 1]))[12:])


def filled(artifact: Artifact, values: Sequence[int]) -> bytes:
    """Deployed code with its immutables, given in the order of their declaration, which is that of their ids."""
    code = bytearray(artifact.deployed_bytecode)
    for key, value in zip(sorted(artifact.immutables, key=int), values, strict=True):
        for at, length in artifact.immutables[key]:
            code[at : at + length] = value.to_bytes(length, "big")
    return bytes(code)


def immutables_of(artifact: Artifact, code: bytes) -> list[int] | None:
    """The immutables in deployed code; None where its length is another."""
    if len(code) != len(artifact.deployed_bytecode):
        return None
    places = (artifact.immutables[key][0] for key in sorted(artifact.immutables, key=int))
    return [int.from_bytes(code[at : at + length], "big") for at, length in places]


def expected_codes(
    artifacts: Mapping[str, Artifact],
    chain_id: int,
    deal: Address,
    implementation: Address,
    factory: Address,
    logic: Address,
    tranches: Sequence[str],
) -> dict[str, tuple[Address, bytes]]:
    """By what an auditor calls it: address and code of every contract a deal runs on, but the deal's own clone."""
    ours, maker, shared = (int(each, 16) for each in (deal, factory, logic))
    found = {
        "the implementation": (implementation, filled(artifacts["Deal"], [maker, shared])),
        "the factory": (factory, filled(artifacts["DealFactory"], [int(implementation, 16)])),
        "the share logic": (logic, filled(artifacts["TrancheShareLogic"], _permit_domain(chain_id, logic))),
    }
    for index, name in enumerate(tranches):
        code = filled(artifacts["TrancheShare"], [ours, index, shared])
        found[f"share {name}"] = (share_address(deal, index), code)
    return found


def compare_code(findings: Findings, name: str, address: Address, code: bytes, expected: bytes) -> None:
    """Notes the first byte that differs; where only the metadata do, says so."""
    findings.compared("code")
    if code == expected:
        return
    subject = f"{name} at {address}"
    if not code:
        findings.wrong("code", f"{subject}: no code there")
    elif len(code) != len(expected):
        findings.wrong("code", f"{subject}: {len(code)} bytes, our sources compile to {len(expected)}")
    else:
        at = next((at for at in _meaningful(expected) if code[at] != expected[at]), None)
        if at is None:
            findings.note("code", f"{subject}: the same code from sources with other comments or file names")
        else:
            said = f"byte {at} is 0x{code[at]:02x}, our sources compile to 0x{expected[at]:02x}"
            findings.wrong("code", f"{subject}: {said}")


def _meaningful(code: bytes) -> list[int]:
    """The places of a code that are not metadata, its own or of code inside it."""
    spans = [found.span() for found in _METADATA.finditer(code)]
    return [at for at in range(len(code)) if not any(start <= at < end for start, end in spans)]


def _permit_domain(chain_id: int, logic: Address) -> list[int]:
    """What OpenZeppelin's EIP712 keeps: separator, chain, contract, hashes and short strings of name and version."""
    name, version = "Penstock Share", "1"
    hashes = [keccak(text=name), keccak(text=version)]
    words = [_DOMAIN, *hashes, chain_id.to_bytes(32, "big"), canonical(logic).rjust(32, b"\0")]
    separator = int.from_bytes(keccak(b"".join(words)), "big")
    short = [int.from_bytes(t.encode().ljust(31, b"\0") + bytes([len(t)]), "big") for t in (name, version)]
    return [separator, chain_id, int(logic, 16), *(int.from_bytes(each, "big") for each in hashes), *short]
