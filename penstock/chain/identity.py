"""Whether many manifests are true, in few requests: codes, launches and terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_utils.crypto import keccak

from penstock.chain.codec import Address, canonical, checksum
from penstock.chain.head import CLONE_LENGTH, Head
from penstock.chain.layout import NO_ADDRESS
from penstock.chain.manifest import Manifest, ManifestRefused
from penstock.chain.patient import Patient
from penstock.chain.truth import require_parts, require_text
from penstock.chain.unpack import TermsRefused
from penstock.dealfile import DealFileError


def heads(manifests: Sequence[Manifest], chain: Patient) -> list[Head | ManifestRefused]:
    """
    What each deal's own code says, or why its manifest is not believed.

    Everything `truth.require_true` compares is compared. The code of a deal holds its terms, so no contract is called.
    """
    blocks = list(dict.fromkeys(hex(each.launch.block) for each in manifests))
    places = list(dict.fromkeys(code.address for each in manifests for code in each.contracts.values()))
    questions: list[tuple[str, list[Any]]] = [("eth_getBlockByNumber", ["0x0", False])]
    questions += [("eth_getBlockByNumber", [number, False]) for number in blocks]
    questions += [("eth_getCode", [place, "latest"]) for place in places]
    genesis, *answers = chain.ask_all(questions)
    launched = dict(zip(blocks, answers, strict=False))
    codes = {place: bytes.fromhex(str(code)[2:]) for place, code in zip(places, answers[len(blocks) :], strict=True)}
    hashes = {place: "0x" + keccak(code).hex() for place, code in codes.items()}
    found: list[Head | ManifestRefused] = []
    for manifest in manifests:
        try:
            block = launched[hex(manifest.launch.block)]
            parts = {name: (codes[each.address], hashes[each.address]) for name, each in manifest.contracts.items()}
            require_parts(manifest, chain.chain_id, str(genesis["hash"]), block, parts)
            found.append(_head(manifest, codes[manifest.deal]))
        except ManifestRefused as refused:
            found.append(refused)
    return found


def share_address(deal: Address, tranche: int) -> Address:
    """Shares are the deal's first creations, by the rule for CREATE."""
    return checksum(keccak(b"\xd6\x94" + canonical(deal) + bytes([tranche + 1]))[12:])


def _head(manifest: Manifest, code: bytes) -> Head:
    packed = code[CLONE_LENGTH:]
    said = "0x" + keccak(packed).hex()
    if said != manifest.terms_hash:
        raise ManifestRefused(
            f"the deal at {manifest.deal} has terms of hash {said}; the manifest says {manifest.terms_hash}"
        )
    try:
        head = Head(packed)
    except TermsRefused as refused:
        raise ManifestRefused(f"the contract at {manifest.deal} is no deal: {refused}") from None
    shares = {name: share_address(manifest.deal, tranche) for tranche, name in enumerate(head.ids)}
    pairs: dict[str, tuple[object, object]] = {
        "asset": (manifest.asset, head.asset),
        "policy": (manifest.policy or NO_ADDRESS, head.policy),
        "reports": (manifest.reports or NO_ADDRESS, head.reports),
        **{f"share {name}": (manifest.shares.get(name), place) for name, place in shares.items()},
    }
    for name, (mine, theirs) in pairs.items():
        if mine != theirs:
            raise ManifestRefused(f"the deal at {manifest.deal} has the {name} {theirs}; the manifest says {mine}")
    if len(manifest.shares) > len(shares):
        raise ManifestRefused(
            f"the deal at {manifest.deal} has the shares {', '.join(shares)}; the manifest names more"
        )
    try:
        require_text(manifest, packed)
    except (TermsRefused, DealFileError) as refused:
        raise ManifestRefused(str(refused)) from None
    return head
