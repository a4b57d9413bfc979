"""Rebuilds a manifest from the chain: the deal names its implementation, that its factory, whose log has the launch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from penstock.dealfile import loads
from penstock.deploy.checks import code_at, same_code, view
from penstock.deploy.plan import Parts, Plan
from penstock.deploy.resume import require_same_place
from penstock.deploy.write_manifest import git_commit, manifest_of
from penstock.evm.abi import Log
from penstock.evm.artifacts import Artifact, load_artifacts
from penstock.evm.codec import Address, checksum
from penstock.evm.errors import BadArgument, ChainRefused, ChainRevert
from penstock.evm.log_pages import LogFilter
from penstock.evm.networks import Network
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import first_block_with_code, log_of
from penstock.model.terms import DealTerms
from penstock.onchain import manifest as manifests
from penstock.onchain.addresses import PROXY, SHARED_SALT, create2, made_by_factory, share_addresses, split_clone
from penstock.onchain.asset import asset_symbol
from penstock.onchain.holders import TRANSFER
from penstock.onchain.manifest import Manifest, ManifestRefused, Transaction, text_hash
from penstock.onchain.manifest_check import verify_manifest
from penstock.onchain.terms_decode import ChainTerms, decode_terms
from penstock.onchain.terms_diff import difference, payees_of
from penstock.onchain.terms_encode import NO_ADDRESS
from penstock.onchain.terms_layout import TermsRefused


@dataclass(frozen=True)
class Launched:
    """What the launch's transaction shows. allotments : (tranche, holder, shares) at closing."""

    sponsor: Address
    salt: int | None
    allotments: tuple[tuple[int, Address, int], ...]
    transaction: Transaction


def rebuild(
    chain: RetryingRpc,
    network: Network,
    deal: Address,
    deal_file: tuple[str, str] | None = None,
    since: int | None = None,
) -> Manifest:
    """
    The manifest of a deal that is on the chain.

    Parameters
    ----------
    deal_file : its name and text, which are not on the chain; without it the manifest has the terms' hash alone.
    since : the first block to search for the launch; default the block in which the deal got its code, or the first
        block if the node keeps no old state.

    Raises
    ------
    ManifestRefused : no deal of ours there, or other terms than the deal file's.
    """
    artifacts = load_artifacts()
    for artifact in artifacts.values():
        chain.registry.add(artifact.abi)
    parts, packed, found = read_parts(chain, artifacts, deal)
    terms, payees = found.terms, found.payees
    named = None
    if deal_file:
        name, text = deal_file
        terms, payees = _by_file(loads(text, name), found, packed, name)
        named = (name, text_hash(text), text)
    launched = read_launch(chain, artifacts, parts, _launch_transaction(chain, artifacts, parts, since))
    return manifest_of(
        chain,
        network,
        artifacts,
        parts,
        terms,
        packed,
        named,
        launched.salt,
        launched.allotments,
        launched.sponsor,
        payees,
        launched.transaction,
        [launched.transaction],
        None,
    )


def require_place(made: Manifest, file: Path) -> None:
    """
    Raises
    ------
    ManifestRefused : when the file is another deal's manifest, or contains more than this one would.
    """
    if not file.exists():
        return
    try:
        known = manifests.read(file)
    except ManifestRefused:
        return  # an unreadable file may be overwritten
    if (known.chain_id, known.deal) != (made.chain_id, made.deal):
        raise ManifestRefused(f"{file} is the manifest of the deal {known.deal}; accepted: --out FILE")
    if known.deal_text is not None and made.deal_text is None:
        raise ManifestRefused(
            f"{file} contains the deal file {known.deal_file}, and the rebuilt manifest would not; "
            "accepted: --deal-file FILE, or --out FILE"
        )


def read_parts(chain: RetryingRpc, artifacts: Mapping[str, Artifact], deal: Address) -> tuple[Parts, bytes, ChainTerms]:
    """
    Everything a deal's address leads to, each contract's code compared with ours.

    Raises
    ------
    ManifestRefused : when there is no deal with our code.
    """
    code = code_at(chain, deal)
    clone = split_clone(code)
    if clone is None:
        what = "no contract" if not code else "a contract that is not a deal"
        raise ManifestRefused(f"{what} at {deal} on chain {chain.chain_id}; accepted: a deal's address")
    implementation, _ = clone
    logic_code = code_at(chain, implementation)
    if not same_code(artifacts["Deal"], logic_code):
        raise ManifestRefused(f"the deal at {deal} runs other code than our contracts: {implementation}")
    extension, factory, logic, trial = _fixed_in(chain, artifacts, implementation, logic_code)
    try:
        packed = bytes(chain.call(deal, artifacts["IDeal"].abi, "terms"))
        found = decode_terms(packed)
        found = replace(found, terms=replace(found.terms, asset=asset_symbol(chain, found.asset)))
    except (TermsRefused, BadArgument, ChainRevert) as error:
        raise ManifestRefused(f"the contract at {deal} is not a deal: {error}") from None
    shares = share_addresses(deal, len(found.terms.tranches))
    # A deal does not need them, and nothing on the chain leads from one to the other
    places = [create2(SHARED_SALT, artifacts[each].bytecode) for each in ("DealLens", "HolderBatch")]
    lens, batch = (each if code_at(chain, each) else NO_ADDRESS for each in places)
    shared = (PROXY, logic, trial, factory, lens, batch, extension, implementation)
    parts = Parts(*shared, found.asset, deal, shares, found.policy, found.reports)
    return parts, packed, found


def read_launch(chain: RetryingRpc, artifacts: Mapping[str, Artifact], parts: Parts, transaction: str) -> Launched:
    """A launch from its receipt; the salt from its calldata, if it called the factory directly."""
    receipt: dict[str, Any] = chain.existing("eth_getTransactionReceipt", transaction)
    sent: dict[str, Any] = chain.existing("eth_getTransactionByHash", transaction)
    logs = [_log(each) for each in receipt["logs"]]
    abi = artifacts["DealFactory"].abi
    events = [event for log in logs if log.address == parts.factory and (event := abi.event(log))]
    sponsor = next(event["sponsor"] for event in events if event.name == "Launched" and event["deal"] == parts.deal)
    given = []
    for log in logs:
        if log.address in parts.shares and log.topics[:2] == (TRANSFER, bytes(32)):
            tranche = parts.shares.index(log.address)
            given.append((tranche, checksum(log.topics[2][12:]), int.from_bytes(log.data, "big")))
    made = Transaction(
        step="launch",
        intent="launch the deal",
        hash=transaction,
        sender=checksum(sent["from"]),
        nonce=int(sent["nonce"], 16),
        block=int(receipt["blockNumber"], 16),
        block_hash=receipt["blockHash"],
        gas=int(receipt["gasUsed"], 16),
    )
    return Launched(sponsor, _salt(chain, artifacts, parts, sponsor, sent), tuple(given), made)


def _launch_transaction(chain: RetryingRpc, artifacts: Mapping[str, Artifact], parts: Parts, since: int | None) -> str:
    abi, wanted = artifacts["DealFactory"].abi, LogFilter((parts.factory,))
    for first, last in _places(chain, parts.deal, since):
        for page in chain.log_pages([wanted], first, last):
            for log in map(log_of, page.logs[0]):
                event = abi.event(log)
                if event and event.name == "Launched" and event["deal"] == parts.deal and log.transaction:
                    return log.transaction
    raise ManifestRefused(
        f"the factory {parts.factory} has no log of the launch of {parts.deal} from block {since or 0} on; accepted: "
        "--since with its block, or a block before, or none"
    )


def _places(chain: RetryingRpc, deal: Address, since: int | None) -> Iterator[tuple[int, int]]:
    """The blocks to search for a launch, the likeliest first."""
    head = chain.block()
    if since is None:
        try:
            born = first_block_with_code(chain, deal, head)
            yield born, born
        except ChainRefused:  # the node keeps no old state
            pass
    yield since or 0, head


def _salt(
    chain: RetryingRpc, artifacts: Mapping[str, Artifact], parts: Parts, sponsor: Address, sent: Mapping[str, Any]
) -> int | None:
    """The salt is the last of launch's three fixed words; None if a wallet made the call, or if it does not fit."""
    data = bytes.fromhex(str(sent.get("input", sent.get("data", "0x")))[2:])
    launch = artifacts["DealFactory"].abi.function("launch")
    if checksum(sent["to"]) != parts.factory or data[:4] != launch.selector:
        return None
    salt = data[4 + 64 : 4 + 96]
    packed = bytes(chain.call(parts.deal, artifacts["IDeal"].abi, "terms"))
    said = view(artifacts["DealFactory"].abi, chain, parts.factory, "dealAddress", sponsor, packed, salt)
    return int.from_bytes(salt, "big") if said == parts.deal else None


def _by_file(terms: DealTerms, found: ChainTerms, packed: bytes, name: str) -> tuple[DealTerms, dict[str, Address]]:
    """The terms with the names of the file, and each label's address from the chain."""
    said = difference(terms, packed, found)
    if said:
        raise ManifestRefused(f"the deal has other terms than {name} {said}")
    return terms, payees_of(terms, found)


def _fixed_in(
    chain: RetryingRpc, artifacts: Mapping[str, Artifact], implementation: Address, code: bytes
) -> tuple[Address, Address, Address, Address]:
    """The extension, which is in the implementation's code; factory, share logic and trial, which are in its own."""
    (extension,) = _addresses_in(artifacts["Deal"], code)
    code = code_at(chain, extension)
    if same_code(artifacts["DealExtension"], code):
        _, factory, logic, trial = _addresses_in(artifacts["DealExtension"], code)
        if made_by_factory(factory) == (extension, implementation):
            return extension, factory, logic, trial
    raise ManifestRefused(f"the code at {implementation} was not made by a factory of ours")


def _addresses_in(artifact: Artifact, code: bytes) -> list[Address]:
    """The immutables of a contract whose code is known to be ours; all of them are addresses."""
    held = (artifact.immutables[key][0] for key in sorted(artifact.immutables, key=int))
    return [checksum(code[start + 12 : start + length]) for start, length in held]


def _log(raw: Mapping[str, Any]) -> Log:
    topics = tuple(bytes.fromhex(each[2:]) for each in raw["topics"])
    return Log(checksum(raw["address"]), topics, bytes.fromhex(raw["data"][2:]), int(raw["blockNumber"], 16))


def adopt(chain: RetryingRpc, network: Network, plan: Plan, file: Path) -> Manifest:
    """
    Writes the manifest of a plan that was executed by any account; an existing one is verified and kept.

    Raises
    ------
    ManifestRefused : when the chain has something other than what was planned.
    """
    order = plan.order
    known = require_same_place(plan, file)
    if known is not None:
        verify_manifest(known, chain)
        return known
    made = rebuild(chain, network, plan.parts.deal, (order.deal_file, order.deal_text))
    # A wallet's call hides the salt, but the plan knows it: the deal's address follows from it.
    word = "0x" + order.salt.to_bytes(32, "big").hex()
    known_salt = {} if order.offering is not None else {"salt": word}
    made = made.model_copy(update={**known_salt, "git_commit": git_commit()})
    verify_manifest(made, chain)
    manifests.write(made, file)
    return made
