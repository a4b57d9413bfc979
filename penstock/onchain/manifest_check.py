"""Compares manifests with the chain. Every command does this before it uses a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from eth_utils.crypto import keccak

from penstock.dealfile import DealFileError, loads
from penstock.evm.codec import checksum
from penstock.evm.log_pages import LogFilter
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import Rpc, log_of
from penstock.model.terms import DealTerms
from penstock.onchain.addresses import clone_with_arguments, launch_salt, made_by_factory, share_addresses, split_clone
from penstock.onchain.interfaces import interfaces
from penstock.onchain.manifest import AnotherChain, Manifest, ManifestRefused, OtherCode
from penstock.onchain.terms_decode import ChainTerms, decode_terms
from penstock.onchain.terms_diff import difference
from penstock.onchain.terms_encode import NO_ADDRESS, encode_terms
from penstock.onchain.terms_header import TermsHeader
from penstock.onchain.terms_layout import TermsRefused


def verify_manifests(manifests: Sequence[Manifest], chain: RetryingRpc) -> list[TermsHeader | ManifestRefused]:
    """
    Compares manifests with their chain: the chain itself, each launch, every contract's code, and the terms, which
    are in the deal's own code. All codes and blocks are requested in one batch, each once.

    Returns
    -------
    For each manifest the header of the deal's terms, or the first thing that differs, with both values.
    """
    launches = [each.launch.block for each in manifests if each.chain_id == chain.chain_id]
    chain.expect(max(launches, default=0))  # from a pool of nodes, one that has the launches
    blocks = list(dict.fromkeys(hex(each.launch.block) for each in manifests))
    places = list(dict.fromkeys(code.address for each in manifests for code in each.contracts.values()))
    questions: list[tuple[str, list[Any]]] = [("eth_getBlockByNumber", ["0x0", False])]
    questions += [("eth_getBlockByNumber", [number, False]) for number in blocks]
    questions += [("eth_getCode", [place, "latest"]) for place in places]
    genesis, *answers = chain.ask_all(questions)
    launched = dict(zip(blocks, answers, strict=False))
    raw = (bytes.fromhex(str(code)[2:]) for code in answers[len(blocks) :])
    codes = {place: (code, "0x" + keccak(code).hex()) for place, code in zip(places, raw, strict=True)}
    found: list[TermsHeader | ManifestRefused] = []
    for manifest in manifests:
        try:
            block = launched[hex(manifest.launch.block)]
            found.append(_verified(manifest, chain, str(genesis["hash"]), block, codes))
        except ManifestRefused as refused:
            found.append(refused)
    return found


def verify_manifest(manifest: Manifest, chain: RetryingRpc) -> TermsHeader:
    """The same of one. Raises ManifestRefused for the first thing that differs."""
    (found,) = verify_manifests([manifest], chain)
    if isinstance(found, ManifestRefused):
        raise found
    return found


def _verified(
    manifest: Manifest, chain: RetryingRpc, genesis: str, block: Any, codes: Mapping[str, tuple[bytes, str]]
) -> TermsHeader:
    own = {name: codes[each.address] for name, each in manifest.contracts.items()}
    require_chain(manifest, chain.chain_id, genesis, block, bool(own["deal"][0]) if "deal" in own else False)
    for found in _address_differences(manifest):
        raise ManifestRefused(found)
    for found in _hash_differences(manifest, own):
        raise OtherCode(found)
    _, packed = split_clone(codes[manifest.deal][0]) or ("", b"")
    try:
        header = TermsHeader(packed)
        shares = dict(zip(header.ids, share_addresses(manifest.deal, header.tranches), strict=True))
        _require_terms(manifest, packed, shares, block, chain)
    except TermsRefused as refused:
        raise ManifestRefused(f"the contract at {manifest.deal} is not a deal: {refused}") from None
    except DealFileError as refused:
        raise ManifestRefused(str(refused)) from None
    return header


def require_chain(manifest: Manifest, chain_id: int, genesis: str, block: Any, exists: bool = True) -> None:
    """
    Checks that this is the chain of the manifest. exists : whether the deal has code.

    Raises
    ------
    ManifestRefused : for the first thing that differs.
    """
    if chain_id != manifest.chain_id:
        raise AnotherChain(f"the deal is on chain {manifest.chain_id}, and this is chain {chain_id}")
    if genesis != manifest.genesis:
        raise AnotherChain(
            f"another chain of the number {chain_id}: its first block is {genesis}, the manifest's {manifest.genesis}; "
            "was the node restarted?"
        )
    if not exists:
        raise AnotherChain(f"chain {chain_id} has no contract at {manifest.deal}: was the node restarted?")
    found = block["hash"] if block else "none"
    if found != manifest.launch.block_hash:
        raise ManifestRefused(
            f"block {manifest.launch.block}, that of the launch, is {found}, and {manifest.launch.block_hash} in the "
            "manifest: another chain, or it was reorganised; penstock manifest rebuild restores the manifest"
        )


def code_differences(manifest: Manifest, codes: Mapping[str, tuple[bytes, str]]) -> Iterator[str]:
    """Every contract that differs from the manifest. codes : of each contract it lists, with its hash."""
    yield from _address_differences(manifest)
    yield from _hash_differences(manifest, codes)


def _address_differences(manifest: Manifest) -> Iterator[str]:
    named = {"deal": manifest.deal, "factory": manifest.factory, "asset": manifest.asset}
    named["extension"], named["implementation"] = made_by_factory(manifest.factory)
    named |= {f"share:{name}": address for name, address in manifest.shares.items()}
    named |= {key: each for key, each in (("policy", manifest.policy), ("reports", manifest.reports)) if each}
    for name, address in named.items():
        known = manifest.contracts.get(name)
        if known is None or known.address != address:
            listed = known.address if known else "not listed"
            yield f"{name} is {address} in the manifest, and {listed} among its contracts"
    for name in ("logic", "trial"):
        if name not in manifest.contracts:
            yield f"the manifest lists no {name} among its contracts"


def _hash_differences(manifest: Manifest, codes: Mapping[str, tuple[bytes, str]]) -> Iterator[str]:
    for name, (code, found) in codes.items():
        known = manifest.contracts[name]
        if found != known.code_hash:
            there = f"code of hash {found}" if code else "no code"
            yield f"{name} at {known.address} has {there}; the manifest says {known.code_hash}"


def origin_differences(manifest: Manifest, packed: bytes, block: Any, chain: Rpc) -> Iterator[str]:
    """
    Differences in the launch: its transaction, its sponsor and its salt.

    The deal's address is derived from sponsor, salt and terms; if a wallet hid the salt, a log has the sponsor.

    Parameters
    ----------
    packed : the terms as the deal holds them. block : that of the launch.
    """
    launch, sponsor = manifest.launch, checksum(manifest.sponsor)
    if launch.hash not in block["transactions"]:
        yield f"block {launch.block} has no transaction {launch.hash}, the launch's in the manifest"
    if manifest.salt is None:
        launcher = _launcher(manifest, chain)
        if launcher != sponsor:
            yield f"the deal at {manifest.deal} was launched by {launcher or 'nobody'}; the manifest says {sponsor}"
        return
    salt = int(manifest.salt, 16)
    _, implementation = made_by_factory(manifest.factory)
    place = clone_with_arguments(manifest.factory, implementation, packed, launch_salt(manifest.sponsor, salt))
    if place != manifest.deal:
        yield f"the deal at {manifest.deal} was not launched by {sponsor} with salt {salt}, as the manifest says"


def _launcher(manifest: Manifest, chain: Rpc) -> str | None:
    abi, block = interfaces()["DealFactory"], manifest.launch.block
    for page in chain.log_pages([LogFilter((manifest.factory,))], block, block):
        for event in map(abi.event, map(log_of, page.logs[0])):
            if event and event.name == "Launched" and event["deal"] == manifest.deal:
                return str(event["sponsor"])
    return None


def terms_differences(manifest: Manifest, packed: bytes, found: ChainTerms, held: Sequence[str]) -> Iterator[str]:
    """
    Every difference between the deal's terms and the manifest, except for the deal file's text.

    Parameters
    ----------
    packed, found : the terms as the deal holds them. held : the addresses of its shares, in order.
    """
    said = "0x" + keccak(packed).hex()
    if said != manifest.terms_hash:
        yield f"the deal at {manifest.deal} has terms of hash {said}; the manifest says {manifest.terms_hash}"
    pairs = {
        "asset": (manifest.asset, found.asset),
        "policy": (manifest.policy or NO_ADDRESS, found.policy),
        "reports": (manifest.reports or NO_ADDRESS, found.reports),
        **{f"share {t.id}": (manifest.shares.get(t.id), at) for t, at in zip(found.terms.tranches, held, strict=True)},
    }
    for name, (mine, theirs) in pairs.items():
        if mine is None or checksum(mine) != theirs:
            yield f"the deal at {manifest.deal} has the {name} {theirs}; the manifest says {mine}"
    if len(manifest.shares) > len(held):
        ids = ", ".join(tranche.id for tranche in found.terms.tranches)
        yield f"the deal at {manifest.deal} has the shares {ids}; the manifest names more"
    yield from _payee_differences(manifest, found)


def text_differences(manifest: Manifest, packed: bytes, found: ChainTerms) -> Iterator[str]:
    """Differences between the deal and the manifest's deal file, if it has one, addresses apart."""
    terms = terms_in(manifest)
    if terms is None:
        return
    said = difference(terms, packed, found)
    if said:
        yield f"the deal at {manifest.deal} has other terms than {manifest.deal_file} in the manifest {said}"


def _require_terms(manifest: Manifest, packed: bytes, shares: Mapping[str, str], block: Any, chain: Rpc) -> None:
    """
    Compares everything a manifest says about a deal's terms and launch; fast if nothing differs and it has a deal file.

    Parameters
    ----------
    packed : the terms as the deal holds them. shares : where its shares are, by the ids in the terms.
    block : that of the launch.

    Raises
    ------
    ManifestRefused : for the first thing that differs. TermsRefused : when they are not terms.
    """
    for said in origin_differences(manifest, packed, block, chain):
        raise ManifestRefused(said)
    terms = terms_in(manifest)
    if terms is not None and manifest.shares == shares and set(terms.payees) <= set(manifest.payees):
        policy, reports = manifest.policy or NO_ADDRESS, manifest.reports or NO_ADDRESS
        expected = encode_terms(terms, manifest.asset, manifest.payees, policy, reports)
        if expected == packed and "0x" + keccak(packed).hex() == manifest.terms_hash:
            return
    found = decode_terms(packed)
    for said in terms_differences(manifest, packed, found, list(shares.values())):
        raise ManifestRefused(said)
    for said in text_differences(manifest, packed, found):
        raise ManifestRefused(said)


def _payee_differences(manifest: Manifest, found: ChainTerms) -> Iterator[str]:
    terms = terms_in(manifest) or found.terms
    pairs = [(ours.payee, its.payee, "pays") for ours, its in zip(terms.fees, found.terms.fees, strict=False)]
    rights = found.terms.rights
    pairs += [(label, rights[right], right) for right, label in terms.rights.items() if right in rights]
    for label, its, does in pairs:
        if label not in manifest.payees:
            yield f"the manifest has no address for the payee {label!r}"
        elif checksum(manifest.payees[label]) != found.payees[its]:
            mine, theirs = checksum(manifest.payees[label]), found.payees[its]
            at = f"{label} at {theirs}"
            yield f"the deal at {manifest.deal} {does} {at}; the manifest says {mine}"


def terms_in(manifest: Manifest) -> DealTerms | None:
    """The terms of the manifest's deal file; None if it has none."""
    if manifest.deal_text is None:
        return None
    return _loaded(manifest.deal_text, manifest.deal_file or "deal.toml")


@lru_cache(maxsize=64)
def _loaded(text: str, name: str) -> DealTerms:
    return loads(text, name)
