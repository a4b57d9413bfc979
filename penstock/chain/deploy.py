"""From a deal file to a deal on a chain and its manifest: what `penstock deploy` and the Brownie script share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from penstock.chain.allocation import load_allocation
from penstock.chain.backend import Contract
from penstock.chain.codec import Address, checksum
from penstock.chain.launch import Deployment, LaunchRefused, System, default_allotments, deploy_system, launch
from penstock.chain.manifest import Manifest, describe
from penstock.chain.rpc import Rpc
from penstock.dealfile import loads
from penstock.dealfile.source import read_text
from penstock.model.terms import DealTerms


@dataclass(frozen=True)
class Deployed:
    """A deal that was just launched, with its manifest."""

    deployment: Deployment
    manifest: Manifest


def deploy(
    chain: Rpc,
    deal_file: Path,
    asset: Address | None = None,
    payees: Mapping[str, Address] | None = None,
    allocation: Path | None = None,
) -> Deployed:
    """
    Launches the deal of a file: the shared contracts, an asset if none is given, the deal.

    Parameters
    ----------
    chain : the sponsor is its first account; a development chain, unless an asset is given.
    asset : default a MockUSD of the deal's decimals, of which the sponsor gets the opening reserves.
    payees : an address for each payee label of the deal.
    allocation : CSV `holder,tranche,shares`; default all to the sponsor.

    Raises
    ------
    PenstockError : the deal file, the allocation, or the launch refused. ChainError : as `launch`.
    """
    text = read_text(deal_file)
    terms = loads(text, str(deal_file))
    payees = {label: checksum(address) for label, address in (payees or {}).items()}
    _check_payees(terms, payees)
    sponsor = chain.accounts[0]
    given = load_allocation(allocation, terms) if allocation else default_allotments(terms, sponsor)
    if asset and not chain.code(asset):
        raise LaunchRefused(f"no contract at the asset's address {asset}")
    system = deploy_system(chain, sponsor)
    token = _asset(system, terms, asset, sponsor)
    deployment = launch(system, terms, token, payees, sponsor, given)
    manifest = describe(deployment, system, chain.endpoint, deal_file, text, asset is None, sponsor, given)
    return Deployed(deployment, manifest)


def _asset(system: System, terms: DealTerms, asset: Address | None, sponsor: Address) -> Contract:
    mock = system.artifacts["MockUSD"]
    if asset:
        return system.chain.at(asset, mock.abi)
    made = system.chain.deploy(mock, terms.decimals, sender=sponsor)
    if terms.opening:
        made.send("mint", sponsor, terms.opening, sender=sponsor)
    return made


def _check_payees(terms: DealTerms, payees: Mapping[str, Address]) -> None:
    labels = list(dict.fromkeys(fee.payee for fee in terms.fees))
    unknown = [label for label in payees if label not in labels]
    missing = [label for label in labels if label not in payees]
    if missing:
        wanted = " ".join(f"--payee {label}=0x…" for label in missing)
        surplus = f" (no fee is for {unknown[0]!r})" if unknown else ""
        raise LaunchRefused(f"no address for the payee {missing[0]!r}{surplus}; accepted: {wanted}")
    if unknown:
        accepted = ", ".join(labels) or "none"
        raise LaunchRefused(f"no fee of the deal is for a payee {unknown[0]!r}; accepted: {accepted}")
