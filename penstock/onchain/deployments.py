"""Opens deployed deals by their manifests: each is read and compared with the chain once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from penstock.errors import PenstockError
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.retry import RetryingRpc
from penstock.onchain import manifest as manifests
from penstock.onchain.asset import asset_symbol
from penstock.onchain.interfaces import interfaces
from penstock.onchain.launch import Deployment
from penstock.onchain.manifest import AnotherChain, Manifest, ManifestRefused
from penstock.onchain.manifest_check import terms_in, verify_manifest, verify_manifests
from penstock.onchain.terms_decode import decode_terms
from penstock.onchain.terms_encode import NO_ADDRESS
from penstock.onchain.terms_header import TermsHeader
from penstock.onchain.terms_rules import require_rules

_CHAIN = "a node of the deal's chain, by --network NAME|URL"
_MANIFEST = "the file as deploy wrote it, or penstock manifest rebuild ADDRESS"


class NoDeals(ChainError):
    """No manifest in the given place."""


@dataclass(frozen=True)
class Fault:
    """A deal that could not be read or served. file : of its manifest."""

    file: Path
    reason: str

    def __str__(self) -> str:
        return self.reason if self.reason.startswith(f"{self.file}:") else f"{self.file}: {self.reason}"


def refused(file: Path, refusal: ManifestRefused) -> Fault:
    """Adds the file and what is accepted to the refusal of a manifest."""
    reason = str(refusal)
    if "accepted: " in reason or "manifest rebuild" in reason:
        return Fault(file, reason)
    return Fault(file, f"{reason}; accepted: {_CHAIN if isinstance(refusal, AnotherChain) else _MANIFEST}")


@dataclass(frozen=True)
class DeployedDeal:
    """A deal whose manifest the chain confirms. head : the header of its terms."""

    file: Path
    manifest: Manifest
    head: TermsHeader
    chain: RetryingRpc = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return self.file.stem

    @property
    def deal(self) -> Address:
        return self.manifest.deal

    @cached_property
    def deployment(self) -> Deployment:
        """The whole deployment. Only a manifest without a deal file costs a request, for the asset's symbol."""
        return _deployment(self.manifest, self.head, self.chain)

    @cached_property
    def modelled(self) -> Deployment:
        """
        The same, for running its terms in the model.

        Raises
        ------
        TermsRefused : when the manifest has no deal file and the chain's terms break a rule of one.
        """
        if self.manifest.deal_text is None:
            require_rules(self.head.packed)
        return self.deployment


def files_of(chain_id: int | None = None, root: Path = Path("deployments")) -> list[Path]:
    """
    Every manifest under deployments/<chain id>/, of one chain or of all.

    Raises
    ------
    NoDeals : when there is none.
    """
    found = sorted(root.glob(f"{'*' if chain_id is None else chain_id}/*.json"))
    if not found:
        where = root if chain_id is None else root / str(chain_id)
        raise NoDeals(
            f"{where}: no manifest; accepted: manifests that penstock deploy wrote, by name or in that folder"
        )
    return found


def read_files(files: Iterable[Path]) -> tuple[list[tuple[Path, Manifest]], list[Fault]]:
    """The manifests that can be read, and why others cannot. Of two for one deal, the one with a deal file is used."""
    good: dict[tuple[int, Address], tuple[Path, Manifest]] = {}
    faults = []
    for file in files:
        try:
            found = manifests.read(file)
        except ManifestRefused as refusal:
            faults.append(refused(file, refusal))
            continue
        except (PenstockError, OSError) as error:
            faults.append(Fault(file, str(error)))
            continue
        key = (found.chain_id, found.deal)
        if key not in good or (found.deal_text and not good[key][1].deal_text):
            good[key] = (file, found)
    return list(good.values()), faults


def open_deployments(
    found: Sequence[tuple[Path, Manifest]], chain: RetryingRpc
) -> tuple[list[DeployedDeal], list[Fault]]:
    """The deals of one chain whose manifests it confirms, and why not the others. Called once per command."""
    _know_errors(chain)
    deals, faults = [], []
    checked = verify_manifests([manifest for _, manifest in found], chain)
    for (file, manifest), header in zip(found, checked, strict=True):
        if isinstance(header, TermsHeader):
            deals.append(DeployedDeal(file, manifest, header, chain))
        else:
            faults.append(refused(file, header))
    return deals, faults


def open_deployment(manifest: Manifest, chain: RetryingRpc) -> Deployment:
    """One deployment, from a manifest that need not be in a file. Raises ManifestRefused."""
    _know_errors(chain)
    return _deployment(manifest, verify_manifest(manifest, chain), chain)


def _know_errors(chain: RetryingRpc) -> None:
    for interface in interfaces().values():
        chain.registry.add(interface)


def _deployment(manifest: Manifest, header: TermsHeader, chain: RetryingRpc) -> Deployment:
    """Without a deal file the terms are read from the chain: fees, reserves and tests are numbered."""
    terms = terms_in(manifest)
    if terms is None:
        terms = replace(decode_terms(header.packed).terms, asset=asset_symbol(chain, manifest.asset))
    abis = interfaces()
    return Deployment(
        chain=chain,
        terms=terms,
        deal=chain.at(manifest.deal, abis["IDeal"]),
        shares=tuple(chain.at(manifest.shares[each.id], abis["TrancheShareLogic"]) for each in terms.tranches),
        asset=chain.at(manifest.asset, abis["MockUSD"]),
        payees=dict(manifest.payees),
        policy=manifest.policy or NO_ADDRESS,
        reports=manifest.reports or NO_ADDRESS,
        launch_gas=manifest.launch.gas,
        launch_block=manifest.launch.block,
        launch_transaction=manifest.launch.hash,
    )
