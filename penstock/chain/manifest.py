"""The manifest of a deployment: everything needed to find a deal again, in one JSON file (docs/MANIFEST.md)."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from penstock.chain.backend import Chain
from penstock.chain.codec import Address
from penstock.chain.compile import compile_contracts
from penstock.chain.errors import ChainError
from penstock.chain.launch import Allotment, Deployment, System
from penstock.chain.layout import NO_ADDRESS, encode_terms
from penstock.dealfile import loads
from penstock.dealfile.source import read_text

FORMAT = 1


class ManifestRefused(ChainError):
    """A manifest that cannot be read, or that does not fit the chain it is used on."""


@dataclass(frozen=True)
class Manifest:
    """
    One deployment as its file holds it.

    format : raised when the file changes shape. network : where it was launched, a URL.
    deal_file, deal_sha256, deal_text : the deal file's name, the hash of its text, and the text.
    asset_is_mock : a MockUSD made for this deployment. policy, reports : null for none.
    shares : of each tranche. payees : of each label. holders : those of the launch.
    transaction, gas, block : of the launch.
    """

    format: int
    network: str
    chain_id: int
    deal_file: str
    deal_sha256: str
    deal_text: str
    deal: Address
    factory: Address
    asset: Address
    asset_is_mock: bool
    shares: dict[str, Address]
    payees: dict[str, Address]
    policy: Address | None
    reports: Address | None
    sponsor: Address
    holders: list[Address]
    transaction: str | None
    gas: int
    block: int


def default_file(chain_id: int, deal_file: Path) -> Path:
    """Where the manifest of a deal file goes: deployments/<chain id>/<stem>.json, from the working directory."""
    return Path("deployments") / str(chain_id) / f"{deal_file.stem}.json"


def describe(
    deployment: Deployment,
    system: System,
    network: str,
    deal_file: Path,
    deal_text: str,
    asset_is_mock: bool,
    sponsor: Address,
    given: tuple[Allotment, ...],
) -> Manifest:
    """The manifest of what was just launched."""
    terms = deployment.terms
    return Manifest(
        format=FORMAT,
        network=network,
        chain_id=deployment.chain.chain_id,
        deal_file=deal_file.name,
        deal_sha256=_hash(deal_text),
        deal_text=deal_text,
        deal=deployment.deal.address,
        factory=system.factory.address,
        asset=deployment.asset.address,
        asset_is_mock=asset_is_mock,
        shares={tranche.id: share.address for tranche, share in zip(terms.tranches, deployment.shares, strict=True)},
        payees=dict(deployment.payees),
        policy=None if deployment.policy == NO_ADDRESS else deployment.policy,
        reports=None if deployment.reports == NO_ADDRESS else deployment.reports,
        sponsor=sponsor,
        holders=list(dict.fromkeys(each.holder for each in given)),
        transaction=deployment.launch_transaction,
        gas=deployment.launch_gas,
        block=deployment.launch_block,
    )


def require_free(chain: Chain, file: Path) -> None:
    """
    Raises
    ------
    ManifestRefused : when the file is the manifest of a deal that lives on this chain. One of a node that was started
        anew, or of nothing at all, may be written over.
    """
    if file.exists():
        known = read(file)
        if known.chain_id == chain.chain_id and chain.code(known.deal):
            raise ManifestRefused(f"{file}: its deal lives at {known.deal}; move it away, or give --out FILE")


def write(manifest: Manifest, file: Path) -> None:
    """Writes the file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(manifest), indent=2, ensure_ascii=False) + "\n"
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".", delete=False, encoding="utf-8") as part:
        try:
            part.write(text)
            part.flush()
            os.fsync(part.fileno())
            os.chmod(part.name, 0o644)
            os.replace(part.name, file)
        except BaseException:
            os.unlink(part.name)
            raise


def read(file: Path) -> Manifest:
    """
    Reads a manifest.

    Raises
    ------
    FileRefused : when it cannot be read as text. ManifestRefused : when it is no manifest of this format, or the deal
        file inside is not the one it names.
    """
    try:
        data = json.loads(read_text(file))
    except ValueError as error:
        raise ManifestRefused(
            f"{file}: not a manifest ({error}); accepted: the JSON file that penstock deploy wrote"
        ) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        found = data.get("format") if isinstance(data, dict) else None
        raise ManifestRefused(f"{file}: format {found!r}; accepted: {FORMAT}")
    wanted = Manifest.__dataclass_fields__
    for key in wanted:
        if key not in data:
            raise ManifestRefused(f"{file}: no {key!r}; a manifest has {', '.join(wanted)}")
    manifest = Manifest(**{key: data[key] for key in wanted})
    _check_types(file, manifest)
    if _hash(manifest.deal_text) != manifest.deal_sha256:
        raise ManifestRefused(f"{file}: deal_text is not the deal file of hash {manifest.deal_sha256}")
    return manifest


def attach(chain: Chain, manifest: Manifest) -> Deployment:
    """
    A deployment found again, verified: the chain holds exactly the terms of the deal file in the manifest.

    Raises
    ------
    ManifestRefused : another chain, no deal at the address, or other terms.
    """
    if chain.chain_id != manifest.chain_id:
        raise ManifestRefused(f"the deal is on chain {manifest.chain_id}, and this is chain {chain.chain_id}")
    if not chain.code(manifest.deal):
        raise ManifestRefused(f"chain {chain.chain_id} has no contract at {manifest.deal}: was the node started anew?")
    artifacts = compile_contracts()
    for artifact in artifacts.values():
        chain.registry.add(artifact.abi)
    terms = loads(manifest.deal_text, manifest.deal_file)
    deal = chain.at(manifest.deal, artifacts["Deal"].abi)
    policy, reports = manifest.policy or NO_ADDRESS, manifest.reports or NO_ADDRESS
    if deal.call("terms") != encode_terms(terms, manifest.asset, manifest.payees, policy, reports):
        raise ManifestRefused(f"the deal at {manifest.deal} has other terms than {manifest.deal_file} in the manifest")
    share_abi = artifacts["TrancheShareLogic"].abi
    return Deployment(
        chain=chain,
        terms=terms,
        deal=deal,
        shares=tuple(chain.at(manifest.shares[tranche.id], share_abi) for tranche in terms.tranches),
        asset=chain.at(manifest.asset, artifacts["MockUSD"].abi),
        payees=dict(manifest.payees),
        policy=policy,
        reports=reports,
        launch_gas=manifest.gas,
        launch_block=manifest.block,
        launch_transaction=manifest.transaction,
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _check_types(file: Path, manifest: Manifest) -> None:
    texts = ("network", "deal_file", "deal_sha256", "deal_text", "deal", "factory", "asset", "sponsor")
    kinds: Mapping[str, Any] = {
        **dict.fromkeys(texts, str),
        **dict.fromkeys(("chain_id", "gas", "block"), int),
        **dict.fromkeys(("shares", "payees"), dict),
        "holders": list,
    }
    for key, kind in kinds.items():
        if not isinstance(getattr(manifest, key), kind):
            raise ManifestRefused(f"{file}: {key} is {getattr(manifest, key)!r}; accepted: a JSON {kind.__name__}")
