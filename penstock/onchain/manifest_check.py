"""Whether a manifest says what the chain says. Every command asks here before it believes a manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from eth_utils.crypto import keccak

from penstock.dealfile import loads
from penstock.evm.abi import Abi
from penstock.evm.artifacts import load_artifacts
from penstock.evm.codec import checksum
from penstock.evm.errors import ChainError, ChainRevert
from penstock.evm.log_pages import LogFilter
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import Rpc, log_of
from penstock.model.terms import DealTerms
from penstock.onchain.addresses import clone_with_arguments, launch_salt, made_by_factory
from penstock.onchain.launch import Deployment
from penstock.onchain.manifest import AnotherChain, Manifest, ManifestRefused
from penstock.onchain.terms_decode import ChainTerms, TermsRefused, decode_terms
from penstock.onchain.terms_diff import difference
from penstock.onchain.terms_encode import NO_ADDRESS, encode_terms


def require_true(manifest: Manifest, chain: RetryingRpc) -> bytes:
    """
    Compares a manifest with the chain, in one request: the chain itself, the launch's block, every contract's code,
    the terms in the deal's code.

    Returns
    -------
    The terms as the deal holds them.

    Raises
    ------
    ManifestRefused : for the first thing that differs, with both values.
    """
    return require_all_true([manifest], chain)[0]


def require_all_true(manifests: Sequence[Manifest], chain: RetryingRpc) -> list[bytes]:
    """The same of many manifests of one chain, in one request. Returns each deal's terms."""
    for manifest in manifests:
        if chain.chain_id != manifest.chain_id:
            raise AnotherChain(f"the deal is on chain {manifest.chain_id}, and this is chain {chain.chain_id}")
    chain.expect(max(each.launch.block for each in manifests))  # of a pool of nodes, one that has the launches
    deal = load_artifacts()["IDeal"].abi
    questions: list[tuple[str, list[Any]]] = [("eth_getBlockByNumber", ["0x0", False])]
    for manifest in manifests:
        questions.append(("eth_getBlockByNumber", [hex(manifest.launch.block), False]))
        questions += [("eth_getCode", [each.address, "latest"]) for each in manifest.contracts.values()]
    answers = iter(chain.ask_all(questions))
    genesis = str(next(answers)["hash"])
    blocks = []
    for manifest in manifests:
        block = next(answers)
        blocks.append(block)
        codes = {name: bytes.fromhex(str(next(answers))[2:]) for name in manifest.contracts}
        parts = {name: (code, "0x" + keccak(code).hex()) for name, code in codes.items()}
        require_parts(manifest, chain.chain_id, genesis, block, parts)
    return [_require_terms(manifest, chain, deal, block) for manifest, block in zip(manifests, blocks, strict=True)]


def attach(chain: RetryingRpc, manifest: Manifest) -> Deployment:
    """
    A deployment found again, verified by `require_true`.

    Without the deal file's text the terms are the chain's: fees, reserves and tests are numbered, payees go by address.

    Raises
    ------
    ManifestRefused : see `require_true`.
    """
    packed = require_true(manifest, chain)
    artifacts = load_artifacts()
    for artifact in artifacts.values():
        chain.registry.add(artifact.abi)
    terms = _terms_of(manifest, chain, packed)
    share_abi = artifacts["TrancheShareLogic"].abi
    return Deployment(
        chain=chain,
        terms=terms,
        deal=chain.at(manifest.deal, artifacts["IDeal"].abi),
        shares=tuple(chain.at(manifest.shares[tranche.id], share_abi) for tranche in terms.tranches),
        asset=chain.at(manifest.asset, artifacts["MockUSD"].abi),
        payees=dict(manifest.payees),
        policy=manifest.policy or NO_ADDRESS,
        reports=manifest.reports or NO_ADDRESS,
        launch_gas=manifest.launch.gas,
        launch_block=manifest.launch.block,
        launch_transaction=manifest.launch.hash,
    )


def require_parts(
    manifest: Manifest, chain_id: int, genesis: str, block: Any, codes: Mapping[str, tuple[bytes, str]]
) -> None:
    """
    Compares what needs no call of a contract.

    Parameters
    ----------
    genesis : the first block's hash. block : that of the launch. codes : of each contract, with its hash.

    Raises
    ------
    ManifestRefused : for the first thing that differs.
    """
    require_chain(manifest, chain_id, genesis, block, bool(codes["deal"][0]) if "deal" in codes else False)
    for said in code_differences(manifest, codes):
        raise ManifestRefused(said)


def require_chain(manifest: Manifest, chain_id: int, genesis: str, block: Any, lives: bool = True) -> None:
    """
    Whether this is the chain of the manifest at all. lives : whether the deal has code.

    Raises
    ------
    ManifestRefused : see `require_parts`.
    """
    if chain_id != manifest.chain_id:
        raise AnotherChain(f"the deal is on chain {manifest.chain_id}, and this is chain {chain_id}")
    if genesis != manifest.genesis:
        raise AnotherChain(
            f"another chain of the number {chain_id}: its first block is {genesis}, the manifest's {manifest.genesis}; "
            "was the node started anew?"
        )
    if not lives:
        raise AnotherChain(f"chain {chain_id} has no contract at {manifest.deal}: was the node started anew?")
    found = block["hash"] if block else "none"
    if found != manifest.launch.block_hash:
        raise ManifestRefused(
            f"block {manifest.launch.block}, that of the launch, is {found}, and {manifest.launch.block_hash} in the "
            "manifest: another chain, or it was reorganised; penstock manifest rebuild restores the manifest"
        )


def code_differences(manifest: Manifest, codes: Mapping[str, tuple[bytes, str]]) -> Iterator[str]:
    """Every contract that is another than the manifest says. codes : of each contract it lists, with its hash."""
    named = {"deal": manifest.deal, "factory": manifest.factory, "asset": manifest.asset}
    named["extension"], named["implementation"] = made_by_factory(manifest.factory)
    named |= {f"share:{name}": address for name, address in manifest.shares.items()}
    named |= {key: each for key, each in (("policy", manifest.policy), ("reports", manifest.reports)) if each}
    for name, address in named.items():
        known = manifest.contracts.get(name)
        if known is None or known.address != address:
            listed = known.address if known else "not listed"
            yield f"{name} is {address} in the manifest, and {listed} among its contracts"
    if "logic" not in manifest.contracts:
        yield "the manifest lists no logic among its contracts"
    for name, (code, found) in codes.items():
        known = manifest.contracts[name]
        if found != known.code_hash:
            there = f"code of hash {found}" if code else "no code"
            yield f"{name} at {known.address} has {there}; the manifest says {known.code_hash}"


def origin_differences(manifest: Manifest, packed: bytes, block: Any, chain: Rpc) -> Iterator[str]:
    """
    What the manifest says otherwise of the launch: its transaction, its sponsor and its salt.

    The deal's address is made of sponsor, salt and terms; where a wallet hid the salt, a log has the sponsor.

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
    abi, block = load_artifacts()["DealFactory"].abi, manifest.launch.block
    for page in chain.log_pages([LogFilter((manifest.factory,))], block, block):
        for event in map(abi.event, map(log_of, page.logs[0])):
            if event and event.name == "Launched" and event["deal"] == manifest.deal:
                return str(event["sponsor"])
    return None


def terms_differences(manifest: Manifest, packed: bytes, found: ChainTerms, held: Sequence[str]) -> Iterator[str]:
    """
    Every difference between the deal's terms and what the manifest says of them, but for the deal file's text.

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
    """What the manifest's deal file, if it has one, says otherwise than the deal, addresses apart."""
    terms = _read(manifest)
    if terms is None:
        return
    said = difference(terms, packed, found)
    if said:
        yield f"the deal at {manifest.deal} has other terms than {manifest.deal_file} in the manifest {said}"


def require_terms(manifest: Manifest, packed: bytes, shares: Mapping[str, str], block: Any, chain: Rpc) -> None:
    """
    Compares all a manifest says of a deal's terms and launch; quick where nothing differs and there is a deal file.

    Parameters
    ----------
    packed : the terms as the deal holds them. shares : where its shares are, by the ids in the terms.
    block : that of the launch.

    Raises
    ------
    ManifestRefused : for the first thing that differs. TermsRefused : when the terms are none.
    """
    for said in origin_differences(manifest, packed, block, chain):
        raise ManifestRefused(said)
    terms = _read(manifest)
    if terms is not None and manifest.shares == shares and all(fee.payee in manifest.payees for fee in terms.fees):
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
    terms = _read(manifest) or found.terms
    for fee, its in zip(terms.fees, found.terms.fees, strict=False):
        theirs = found.payees[its.payee]
        if fee.payee not in manifest.payees:
            yield f"the manifest has no address for the payee {fee.payee!r}"
        elif checksum(manifest.payees[fee.payee]) != theirs:
            mine = checksum(manifest.payees[fee.payee])
            yield f"the deal at {manifest.deal} pays {fee.payee} at {theirs}; the manifest says {mine}"


def _read(manifest: Manifest) -> DealTerms | None:
    """The terms of the manifest's deal file; None where it has none."""
    if manifest.deal_text is None:
        return None
    return _loaded(manifest.deal_text, manifest.deal_file or "deal.toml")


@lru_cache(maxsize=64)
def _loaded(text: str, name: str) -> DealTerms:
    return loads(text, name)


def _require_terms(manifest: Manifest, chain: RetryingRpc, deal: Abi, block: Any) -> bytes:
    try:
        packed = bytes(chain.call(manifest.deal, deal, "terms"))
        ids = [tranche.id for tranche in decode_terms(packed).terms.tranches]
        shares = {name: chain.call(manifest.deal, deal, "shareOf", index) for index, name in enumerate(ids)}
        require_terms(manifest, packed, shares, block, chain)
    except (ChainRevert, TermsRefused) as error:
        raise ManifestRefused(f"the contract at {manifest.deal} is no deal: {error}") from None
    return packed


def _terms_of(manifest: Manifest, chain: RetryingRpc, packed: bytes) -> DealTerms:
    return _read(manifest) or replace(decode_terms(packed).terms, asset=asset_symbol(chain, manifest.asset))


def asset_symbol(chain: RetryingRpc, asset: str) -> str:
    """What a stablecoin calls itself, or just that."""
    return symbol_of(chain, asset) or "asset"


def symbol_of(chain: RetryingRpc, token: str) -> str | None:
    """What a token calls itself; None where it does not say, or not in text."""
    try:
        return str(chain.call(token, load_artifacts()["MockUSD"].abi, "symbol")) or None
    except ChainError:
        return None
