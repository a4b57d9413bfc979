"""Opens the deals a command names, finds their chains, and chooses who signs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from penstock.cli.passwords import password_from

if TYPE_CHECKING:
    from penstock.evm.broadcast import Pace
    from penstock.evm.codec import Address
    from penstock.evm.retry import RetryingRpc, RetryPolicy
    from penstock.evm.signers import KeySigner, Signer
    from penstock.onchain.deployments import DeployedDeal, Fault
    from penstock.onchain.manifest import Manifest


@dataclass(frozen=True)
class Group:
    """Deals of one chain."""

    chain: RetryingRpc
    members: list[DeployedDeal]


def select(
    files: Sequence[Path] | None, everything: bool, network: str | None, patience: RetryPolicy | None = None
) -> tuple[list[Group], list[Fault]]:
    """
    The deals asked for, grouped by chain, and why others are left out.

    Raises
    ------
    BadParameter : neither names nor --all, or both.
    """
    from penstock.evm.errors import ChainError
    from penstock.evm.networks import connect
    from penstock.onchain import deployments

    if bool(files) == everything:
        raise typer.BadParameter("name manifests, or give --all", param_hint="DEPLOYMENT")
    known = connect(network, patience) if network else None
    wanted = list(files or deployments.files_of(known.chain_id if known else None))
    found, faults = deployments.read_files(wanted)
    ways: dict[str, list[tuple[Path, Manifest]]] = {}
    for file, manifest in found:
        ways.setdefault(network or manifest.network, []).append((file, manifest))
    groups = []
    for way, some in ways.items():
        try:
            chain = known or connect(way, patience)
        except ChainError as error:
            faults += [deployments.Fault(file, str(error)) for file, _ in some]
            continue
        members, refused = deployments.open_deployments(some, chain)
        groups.append(Group(chain, members))
        faults += refused
    return groups, faults


def opened(file: Path, network: str | None) -> DeployedDeal:
    """One deployment, checked against the chain. Raises ManifestRefused."""
    from penstock.evm.networks import connect
    from penstock.onchain import manifest as manifests
    from penstock.onchain.deployments import open_deployments
    from penstock.onchain.manifest import ManifestRefused

    with named(file):
        manifest = manifests.read(file)
    members, faults = open_deployments([(file, manifest)], connect(network or manifest.network))
    for fault in faults:
        raise ManifestRefused(str(fault))
    return members[0]


def chain_name(chain: RetryingRpc, network: str) -> str:
    """The name to be typed on a public chain."""
    from penstock.evm import networks

    return networks.name_of(networks.find(network), chain.chain_id)


@contextmanager
def named(file: Path) -> Iterator[None]:
    """Adds the file's name, and what is accepted, to a manifest's refusal."""
    from penstock.onchain.deployments import refused
    from penstock.onchain.manifest import ManifestRefused

    try:
        yield
    except ManifestRefused as refusal:
        raise ManifestRefused(str(refused(file, refusal))) from None


def signer_of(chain: RetryingRpc, account: str | None, password_file: Path | None) -> Signer:
    """The signer; asks for a keystore's password unless a file holds it."""
    from penstock.evm.signers import signer_for

    if account is None:
        account = first_account(chain, "a keystore or an address")
    return signer_for(chain, account, password_from(password_file))


def account_of(chain: RetryingRpc, account: str | None) -> Address:
    """The address that --account names, without its password; on a development chain by default the node's first."""
    from penstock.cli.options import address
    from penstock.evm.signers import address_of, keystore_file

    if account is None:
        return first_account(chain, "a keystore or an address")
    keystore = keystore_file(account)
    return address_of(keystore) if keystore else address("--account", account)


def key_of(chain: RetryingRpc, account: str | None, password_file: Path | None) -> KeySigner:
    """
    The key that signs a message; asks for a keystore's password unless a file holds it.

    Raises
    ------
    UnknownAccount : for an account whose key only the node has.
    """
    from penstock.evm.errors import UnknownAccount
    from penstock.evm.signers import KeySigner

    signer = signer_of(chain, account, password_file)
    if not isinstance(signer, KeySigner):
        raise UnknownAccount(f"no key for {signer.address} to sign a message with; accepted: --account KEYSTORE")
    return signer


def first_account(chain: RetryingRpc, needed: str) -> Address:
    """
    The account that a development chain's node offers when none is named.

    Parameters
    ----------
    needed : what must be named elsewhere: "a keystore or an address".

    Raises
    ------
    BadParameter : on a public chain, and of a node without accounts.
    """
    from penstock.evm import networks

    if not networks.is_development(chain):
        raise typer.BadParameter(f"a public chain needs {needed}", param_hint="--account")
    if not chain.accounts:
        raise typer.BadParameter(f"the node offers no account to sign with; accepted: {needed}", param_hint="--account")
    return chain.accounts[0]


def pace_of(chain: RetryingRpc) -> Pace:
    from penstock.evm import networks
    from penstock.evm.broadcast import Pace

    return Pace(confirmations=networks.confirmations(chain))


def confirm(chain: RetryingRpc, name: str, what: str, yes: str | None) -> None:
    """
    Asks the user to type a public chain's name before anything is sent; a name given by --yes is checked on any chain.

    Parameters
    ----------
    what : completes "This … a public chain": "pays 1 USDC on", "sends to".

    Raises
    ------
    NetworkRefused : for another name, or none.
    """
    from penstock.evm import networks

    if yes is None and networks.is_development(chain):
        return
    try:
        typed = (
            yes if yes is not None else typer.prompt(f"This {what} a public chain. Type its name, {name}, to continue")
        )
    except typer.Abort:
        typer.echo()  # ends the prompt's line
        raise networks.NetworkRefused(
            f"the chain's name was not typed; accepted: a terminal, or --yes {name}; nothing was sent"
        ) from None
    if typed != name:
        raise networks.NetworkRefused(f"{typed!r} is not the chain's name; accepted: {name}; nothing was sent")
