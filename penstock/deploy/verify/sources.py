"""What an explorer needs for each contract of a deployment: standard JSON input and constructor arguments."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_utils.crypto import keccak

from penstock.evm.abi import types
from penstock.evm.artifacts import Artifact, standard_json_of
from penstock.evm.codec import Address, decode_values
from penstock.evm.errors import BadArgument, ChainError
from penstock.evm.retry import RetryingRpc
from penstock.evm.solc import COMMIT, VERSION
from penstock.files import write_whole
from penstock.onchain.links import LinksManifest
from penstock.onchain.manifest import Manifest, ManifestRefused

COMPILER = f"{VERSION}+commit.{COMMIT}"
CLONE = "clone of Deal"


@dataclass(frozen=True)
class Contract:
    """
    A contract made from sources of ours.

    name : in the manifest. arguments : of the constructor, encoded. transaction : that created
    it, if it is ours.
    """

    name: str
    address: Address
    artifact: Artifact
    arguments: bytes = field(repr=False)
    transaction: str | None = None

    @property
    def identifier(self) -> str:
        """How a compiler's output and an explorer name it: `contracts/Deal.sol:Deal`."""
        return f"{self.artifact.source}:{self.artifact.name}"

    def request(self) -> dict[str, Any]:
        """The standard JSON input, with only the sources it needs."""
        return standard_json_of(self.artifact)


@dataclass(frozen=True)
class Clone:
    """A minimal proxy (ERC-1167) with immutable arguments; only its implementation has sources."""

    name: str
    address: Address
    implementation: Address
    arguments: bytes = field(repr=False)


def contracts(
    chain: RetryingRpc, manifest: Manifest | LinksManifest, artifacts: Mapping[str, Artifact]
) -> list[Contract | Clone]:
    """
    Our contracts in a deployment, clones last, because an explorer links them to an implementation it knows.

    Raises
    ------
    ManifestRefused : when constructor arguments do not fit our contracts, or the launch does not show the allotments.
    """
    deal = manifest if isinstance(manifest, Manifest) else None
    for name in ("factory", "implementation", "deal") if deal else ():
        if name not in manifest.contracts:
            raise ManifestRefused(f"the manifest lists no {name} among its contracts")
    made: list[Contract | Clone] = []
    given = _allotments(chain, deal, artifacts) if deal else []
    sent = {each.step: each.hash for each in manifest.transactions}
    for name, code in manifest.contracts.items():
        if code.contract is None or code.contract not in artifacts or code.constructor is None:
            continue
        artifact, arguments, transaction = (
            artifacts[code.contract],
            list[Any](code.constructor),
            sent.get(code.contract),
        )
        if deal and code.contract == "TrancheShare":
            arguments, transaction = [*arguments[:2], given], deal.launch.hash
        elif code.contract in ("Deal", "DealExtension"):  # the factory's constructor makes them
            transaction = sent.get("DealFactory")
        try:
            encoded = artifact.abi.constructor.encode(arguments)
        except BadArgument as error:
            raise ManifestRefused(f"{name}: {error}; the manifest has other constructor arguments") from None
        made.append(Contract(name, code.address, artifact, encoded, transaction))
    for name, code in manifest.contracts.items():
        if deal and code.contract == CLONE:
            made.append(Clone(name, code.address, manifest.contracts["implementation"].address, _packed(deal)))
    return made


def write(found: Sequence[Contract | Clone], folder: Path) -> list[Path]:
    """Writes each contract's standard JSON input, and contracts.json with the other fields of an explorer's form."""
    listed: list[dict[str, Any]] = []
    files: list[Path] = []
    for each in found:
        row: dict[str, Any] = {"name": each.name, "address": each.address}
        if isinstance(each, Clone):
            row |= {
                "proxy": "ERC-1167",
                "implementation": each.implementation,
                "arguments": "0x" + each.arguments.hex(),
            }
        else:
            file = folder / f"{each.name.replace(':', '-')}.json"
            write_whole(file, json.dumps(each.request(), indent=1) + "\n")
            files.append(file)
            row |= {"contract": each.identifier, "compiler": f"v{COMPILER}", "standard_json": file.name}
            row |= {"constructor_arguments": each.arguments.hex()}
        listed.append(row)
    index = folder / "contracts.json"
    write_whole(index, json.dumps(listed, indent=1) + "\n")
    return [*files, index]


def _packed(manifest: Manifest) -> bytes:
    held = (manifest.contracts["deal"].constructor or [""])[0]
    try:
        packed = bytes.fromhex(str(held).removeprefix("0x"))
    except ValueError:
        packed = b""
    if "0x" + keccak(packed).hex() != manifest.terms_hash:
        raise ManifestRefused(
            f"deal: the arguments in the manifest do not hash to its terms_hash {manifest.terms_hash}"
        )
    return packed


def _allotments(
    chain: RetryingRpc, manifest: Manifest, artifacts: Mapping[str, Artifact]
) -> list[tuple[int, Address, int]]:
    """
    What every share's constructor was given: all allotments, in the order of the launch's own calldata.

    A multisig wallet passes the same calldata on, inside its own.
    """
    sent: Any = chain.sure("eth_getTransactionByHash", manifest.launch.hash)
    if not sent:
        raise ManifestRefused(
            f"chain {manifest.chain_id} has no transaction {manifest.launch.hash}, that of the launch"
        )
    data = bytes.fromhex(str(sent.get("input") or sent.get("data"))[2:])
    factory = artifacts["DealFactory"].abi
    selector = factory.function("launch").selector
    kinds = types(next(each for each in factory.entries if each.get("name") == "launch")["inputs"])
    at = data.find(selector)
    while at >= 0:
        try:
            terms, given, salt = decode_values(kinds, data[at + 4 :])
        except (BadArgument, ChainError):
            terms, given, salt = b"", (), b""
        hashed = "0x" + keccak(terms).hex() == manifest.terms_hash
        if hashed and manifest.salt in (None, "0x" + salt.hex()) and _as_listed(manifest, given):
            return list(given)
        at = data.find(selector, at + 1)
    raise ManifestRefused(
        f"the transaction {manifest.launch.hash} does not show what the shares' constructors were given; "
        "accepted: a launch by the factory's own calldata, or by a wallet that passes it on"
    )


def _as_listed(manifest: Manifest, given: Sequence[tuple[int, Address, int]]) -> bool:
    shares = [code for name, code in manifest.contracts.items() if name.startswith("share:")]
    own = [[part for tranche, *rest in given if tranche == index for part in rest] for index in range(len(shares))]
    return all((code.constructor or [])[2:] == parts for code, parts in zip(shares, own, strict=True))
