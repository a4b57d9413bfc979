"""Whether many manifests are true, in few requests: codes, launches and terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_utils.crypto import keccak

from penstock.dealfile import DealFileError
from penstock.evm.retry import RetryingRpc
from penstock.onchain.addresses import CLONE_LENGTH, share_addresses
from penstock.onchain.manifest import Manifest, ManifestRefused
from penstock.onchain.manifest_check import require_parts, require_terms
from penstock.onchain.terms_decode import TermsRefused
from penstock.onchain.terms_header import TermsHeader


def heads(manifests: Sequence[Manifest], chain: RetryingRpc) -> list[TermsHeader | ManifestRefused]:
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
    found: list[TermsHeader | ManifestRefused] = []
    for manifest in manifests:
        try:
            block = launched[hex(manifest.launch.block)]
            parts = {name: (codes[each.address], hashes[each.address]) for name, each in manifest.contracts.items()}
            require_parts(manifest, chain.chain_id, str(genesis["hash"]), block, parts)
            found.append(_head(manifest, codes[manifest.deal], block, chain))
        except ManifestRefused as refused:
            found.append(refused)
    return found


def _head(manifest: Manifest, code: bytes, block: Any, chain: RetryingRpc) -> TermsHeader:
    packed = code[CLONE_LENGTH:]
    try:
        head = TermsHeader(packed)
        shares = dict(zip(head.ids, share_addresses(manifest.deal, head.tranches), strict=True))
        require_terms(manifest, packed, shares, block, chain)
    except TermsRefused as refused:
        raise ManifestRefused(f"the contract at {manifest.deal} is no deal: {refused}") from None
    except DealFileError as refused:
        raise ManifestRefused(str(refused)) from None
    return head
