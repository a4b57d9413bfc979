"""Makes a manifest from what is on the chain, after a run or for a rebuild."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from eth_utils.crypto import keccak

from penstock import paths
from penstock.deploy.checks import code_at, same_code, view
from penstock.deploy.plan import Parts
from penstock.evm import artifacts as compiling
from penstock.evm import solc
from penstock.evm.abi import Abi
from penstock.evm.artifacts import Artifact
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.networks import Network
from penstock.evm.retry import RetryingRpc
from penstock.evm.transport import label_of
from penstock.format import counted
from penstock.model.terms import DealTerms
from penstock.onchain.addresses import PROXY_CODE, clone_code
from penstock.onchain.manifest import Code, Compiler, Manifest, ManifestRefused, Roles, Transaction
from penstock.onchain.terms_encode import NO_ADDRESS

REPLACEABLE = ("DelayedPolicy", "DelayedReports")


def codes(
    chain: RetryingRpc,
    artifacts: Mapping[str, Artifact],
    parts: Parts,
    tranches: Sequence[str],
    allotments: Sequence[tuple[int, Address, int]],
    packed: bytes,
) -> dict[str, Code]:
    """
    Every contract of a deployment, its code read from the chain and compared with what our sources give.

    Raises
    ------
    ManifestRefused : when a contract of ours has other code.
    """
    named: dict[str, tuple[str | None, Address, Sequence[object] | None]] = {
        "proxy": ("CREATE2 proxy", parts.proxy, []),
        "logic": ("TrancheShareLogic", parts.logic, []),
        "trial": ("DealTrial", parts.trial, []),
        "factory": ("DealFactory", parts.factory, [parts.logic, parts.trial]),
        **({"lens": ("DealLens", parts.lens, [])} if parts.lens != NO_ADDRESS else {}),
        **({"batch": ("HolderBatch", parts.batch, [])} if parts.batch != NO_ADDRESS else {}),
        "extension": ("DealExtension", parts.extension, [parts.factory, parts.logic, parts.trial]),
        "implementation": ("Deal", parts.implementation, [parts.extension]),
        "deal": ("clone of Deal", parts.deal, ["0x" + packed.hex()]),
    }
    for index, (name, share) in enumerate(zip(tranches, parts.shares, strict=True)):
        own = [text for tranche, holder, shares in allotments if tranche == index for text in (holder, shares)]
        named[f"share:{name}"] = ("TrancheShare", share, [index, parts.logic, *own])
    for name, address in (("asset", parts.asset), ("policy", parts.policy), ("reports", parts.reports)):
        if address != NO_ADDRESS:
            named[name] = (None, address, None)
            if first := _first_behind(chain, artifacts, address):
                named[f"first {name}"] = (None, first, None)
    return {name: _code(chain, artifacts, name, *each, parts, packed) for name, each in named.items()}


def _code(
    chain: RetryingRpc,
    artifacts: Mapping[str, Artifact],
    name: str,
    contract: str | None,
    address: Address,
    constructor: Sequence[object] | None,
    parts: Parts,
    packed: bytes,
) -> Code:
    code = code_at(chain, address)
    ours = name != "proxy" or code in (PROXY_CODE, b"")
    if name == "deal":
        ours = code == clone_code(parts.implementation) + packed
    elif contract and contract in artifacts:
        ours = same_code(artifacts[contract], code)
    if not ours or (not code and name != "proxy"):
        length = counted(len(code), "byte")
        raise ManifestRefused(f"the {name} at {address} is not our {contract or 'contract'}: {length} of code")
    if contract is None:
        ours_too = ("MockUSD", "HolderRegistry", "CompliancePolicy", "SingleReporter", "QuorumReporter", *REPLACEABLE)
        contract = next((each for each in ours_too if same_code(artifacts[each], code)), None)
        constructor = _constructed(chain, artifacts, contract, address) if contract else None
    made = [_plain(each) for each in constructor] if constructor is not None else None
    return Code(contract=contract, address=address, code_hash="0x" + keccak(code).hex(), constructor=made)


def _plain(argument: object) -> int | str | list[Any]:
    if isinstance(argument, list | tuple):
        return [_plain(each) for each in argument]
    return argument if isinstance(argument, int) else str(argument)


def _constructed(
    chain: RetryingRpc, artifacts: Mapping[str, Artifact], contract: str, address: Address
) -> list[object]:
    """The constructor's arguments as far as the contract shows them: a mock's decimals, a role's first owner."""
    abi = artifacts[contract].abi
    if contract == "MockUSD":
        return [view(abi, chain, address, "decimals")]
    if contract == "QuorumReporter":
        return [view(abi, chain, address, each) for each in ("reporters", "quorum", "tolerance")]
    logs = [abi.event(log) for log in chain.existing_logs(address)]
    owners = [event["newOwner"] for event in logs if event and event.name == "OwnershipTransferred"]
    if contract in REPLACEABLE:
        return [*owners[:1], _first_behind(chain, artifacts, address), view(abi, chain, address, "delay")]
    if contract == "CompliancePolicy":
        return [*owners[:1], view(abi, chain, address, "rules")]
    return owners[:1]


def _first_behind(chain: RetryingRpc, artifacts: Mapping[str, Artifact], address: Address) -> Address | None:
    """The first part behind a replaceable one; None if the contract is not our replaceable part."""
    code = code_at(chain, address)
    if not any(same_code(artifacts[each], code) for each in REPLACEABLE):
        return None
    abi = artifacts[REPLACEABLE[0]].abi
    events = [event for log in chain.existing_logs(address) if (event := abi.event(log))]
    return next(str(event["successor"]) for event in events if event.name == "ReplacementScheduled")


def settings() -> Compiler:
    """The compiler settings used here; equal code on a chain was compiled with the same."""
    return Compiler(
        solc=f"{solc.VERSION}+commit.{solc.COMMIT}",
        evm_version=compiling.EVM_VERSION,
        via_ir=compiling.VIA_IR,
        optimizer_runs=compiling.OPTIMIZER_RUNS,
        sources=compiling.fingerprint(compiling.product_request()),
    )


def git_commit() -> str | None:
    """The commit of this checkout, with `+` if files differ; None outside a checkout."""
    if not paths.is_checkout():
        return None
    try:
        root = str(paths.root())
        commit = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10)
        if commit.returncode:
            return None
        command = ["git", "-C", root, "status", "--porcelain", "--untracked-files=no"]
        changed = subprocess.run(command, capture_output=True, text=True, timeout=10)
        return commit.stdout.strip() + ("+" if changed.stdout.strip() else "")
    except (OSError, subprocess.TimeoutExpired):
        return None


def owner_of(chain: RetryingRpc, abi: Abi, address: Address) -> Address | None:
    """The owner of a contract; None if it has no owner()."""
    if address == NO_ADDRESS:
        return None
    try:
        return str(view(abi, chain, address, "owner"))
    except ChainError:
        return None


def roles(
    chain: RetryingRpc,
    artifacts: Mapping[str, Artifact],
    parts: Parts,
    sponsor: Address,
    payees: Mapping[str, Address],
    holders: Sequence[Address],
) -> Roles:
    """The holders of each role, read from the chain."""
    abi = artifacts["HolderRegistry"].abi
    return Roles(
        sponsor=sponsor,
        registrar=owner_of(chain, abi, _first_behind(chain, artifacts, parts.policy) or parts.policy),
        reporter=owner_of(chain, abi, _first_behind(chain, artifacts, parts.reports) or parts.reports),
        payees=dict(payees),
        holders=list(dict.fromkeys(holders)),
    )


def shown_network(network: Network) -> str:
    """The network in the manifest: a name, or a URL without anything that may be a provider's key."""
    return label_of(network.name) if network.name.startswith("http") else network.name


def manifest_of(
    chain: RetryingRpc,
    network: Network,
    artifacts: Mapping[str, Artifact],
    parts: Parts,
    terms: DealTerms,
    packed: bytes,
    deal: tuple[str, str, str] | None,
    salt: int | None,
    allotments: Sequence[tuple[int, Address, int]],
    sponsor: Address,
    payees: Mapping[str, Address],
    launch: Transaction,
    transactions: Sequence[Transaction],
    commit: str | None,
    holders: Sequence[Address] | None = None,
) -> Manifest:
    """
    The manifest of what is on the chain.

    Parameters
    ----------
    deal : the deal file's name, hash and text. allotments : at closing. holders : default those of the allotments.
    """
    ids = [tranche.id for tranche in terms.tranches]
    file, sha256, text = deal or (None, None, None)
    contracts = codes(chain, artifacts, parts, ids, allotments, packed)
    return Manifest(
        network=shown_network(network),
        chain_id=chain.chain_id,
        genesis=str(chain.existing("eth_getBlockByNumber", "0x0", False)["hash"]),
        deal_file=file,
        deal_sha256=sha256,
        deal_text=text,
        terms_hash="0x" + keccak(packed).hex(),
        salt=None if salt is None else "0x" + salt.to_bytes(32, "big").hex(),
        deal=parts.deal,
        factory=parts.factory,
        asset=parts.asset,
        asset_is_mock=contracts["asset"].contract == "MockUSD",
        policy=None if parts.policy == NO_ADDRESS else parts.policy,
        reports=None if parts.reports == NO_ADDRESS else parts.reports,
        shares=dict(zip(ids, parts.shares, strict=True)),
        contracts=contracts,
        launch=launch,
        transactions=list(transactions),
        compiler=settings(),
        git_commit=commit,
        roles=roles(chain, artifacts, parts, sponsor, payees, holders or [holder for _, holder, _ in allotments]),
    )
