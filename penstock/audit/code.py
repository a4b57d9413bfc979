"""Compares code on the chain with what our sources compile to, immutables filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from penstock.audit.findings import Findings
from penstock.evm.artifacts import Artifact, without_metadata
from penstock.evm.codec import Address, checksum
from penstock.onchain.addresses import share_addresses

_OURS = {
    "TrancheShare": "a share of the deal {deal}",
    "TrancheShareLogic": "the logic that shares of deals run",
    "DealFactory": "a factory of deals",
    "Deal": "the implementation that deals run",
    "DealExtension": "the extension that deals run",
    "DealTrial": "the trial that deals run",
    "DealLens": "the lens that reads deals",
    "HolderBatch": "the batch that pays many holders",
}


def filled(artifact: Artifact, values: Sequence[int]) -> bytes:
    """Deployed code with its immutables, which are given in the order of declaration, as are their ids."""
    code = bytearray(artifact.deployed_bytecode)
    for key, value in zip(sorted(artifact.immutables, key=int), values, strict=True):
        for at, length in artifact.immutables[key]:
            code[at : at + length] = value.to_bytes(length, "big")
    return bytes(code)


def immutables_of(artifact: Artifact, code: bytes) -> list[int] | None:
    """The immutables in deployed code; None if its length differs."""
    if len(code) != len(artifact.deployed_bytecode):
        return None
    places = (artifact.immutables[key][0] for key in sorted(artifact.immutables, key=int))
    return [int.from_bytes(code[at : at + length], "big") for at, length in places]


def known_as(artifacts: Mapping[str, Artifact], code: bytes) -> str | None:
    """Which of the contracts behind a deal this code is, metadata apart; a deal itself is a clone."""
    for name, text in _OURS.items():
        inside = immutables_of(artifacts[name], code)
        if inside is None:
            continue
        ours = filled(artifacts[name], inside)
        if without_metadata(code, ours) == without_metadata(ours, ours):
            first = next(iter(inside), 0)  # of a share, its deal
            return text.format(deal=checksum(first.to_bytes(32, "big")[12:]))
    return None


def expected_codes(
    artifacts: Mapping[str, Artifact],
    deal: Address,
    implementation: Address,
    extension: Address,
    trial: Address,
    factory: Address,
    logic: Address,
    tranches: Sequence[str],
) -> dict[str, tuple[Address, bytes]]:
    """Address and code of every contract behind a deal except its own clone, by the name an auditor uses."""
    ours, maker, shared, rare, tried = (int(each, 16) for each in (deal, factory, logic, extension, trial))
    found = {
        "the implementation": (implementation, filled(artifacts["Deal"], [rare])),
        "the extension": (extension, filled(artifacts["DealExtension"], [rare, maker, shared, tried])),
        "the trial": (trial, filled(artifacts["DealTrial"], [tried])),
        "the factory": (factory, filled(artifacts["DealFactory"], [int(implementation, 16), rare])),
        "the share logic": (logic, artifacts["TrancheShareLogic"].deployed_bytecode),
    }
    shares = share_addresses(deal, len(tranches))
    for index, name in enumerate(tranches):
        code = filled(artifacts["TrancheShare"], [ours, index, shared])
        found[f"share {name}"] = (shares[index], code)
    return found


def compare_code(findings: Findings, name: str, address: Address, code: bytes, expected: bytes) -> None:
    """Records the first byte that differs; a difference in metadata only is a note."""
    findings.compared("code")
    if code == expected:
        return
    subject = f"{name} at {address}"
    if not code:
        findings.wrong("code", f"{subject}: no code there")
    elif len(code) != len(expected):
        findings.wrong("code", f"{subject}: {len(code)} bytes, our sources compile to {len(expected)}")
    else:
        pairs = zip(without_metadata(code, expected), without_metadata(expected, expected), strict=True)
        at = next((at for at, (there, ours) in enumerate(pairs) if there != ours), None)
        if at is None:
            findings.note("code", f"{subject}: the same code from sources with other comments or file names")
        else:
            text = f"byte {at} is 0x{code[at]:02x}, our sources compile to 0x{expected[at]:02x}"
            findings.wrong("code", f"{subject}: {text}")
