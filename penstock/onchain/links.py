"""Where meters and certificates are: the same addresses on every chain, and the file that says they are on one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eth_utils.crypto import keccak
from pydantic import ConfigDict, Field, ValidationError

from penstock.evm.abi import Abi
from penstock.evm.artifacts import Artifact, load_artifacts
from penstock.evm.chain import Contract
from penstock.evm.codec import Address
from penstock.evm.retry import RetryingRpc
from penstock.files import parse_json, read_text, write_whole
from penstock.onchain.addresses import SHARED_SALT, create2
from penstock.onchain.manifest import (
    AnotherChain,
    Code,
    Compiler,
    Count,
    ManifestRefused,
    OtherCode,
    Part,
    Transaction,
    Word,
)

NAMES = {"extension": "MetersExtension", "meters": "Meters", "certificates": "Certificates"}


class LinksManifest(Part):
    """What `penstock meters deploy` wrote; docs/METERS.md says what each key means. block : nothing is older."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)

    version: Literal[1] = Field(default=1, alias="schema")
    kind: Literal["meters"] = "meters"
    network: str
    chain_id: Count
    genesis: Word
    block: Count
    contracts: dict[str, Code]
    transactions: list[Transaction]
    compiler: Compiler
    git_commit: str | None


@dataclass(frozen=True)
class Links:
    """
    Meters and certificates on a chain.

    Attributes
    ----------
    block : no log of theirs is older.
    """

    chain: RetryingRpc
    network: str
    file: Path
    meters: Contract
    certificates: Contract
    block: int


def constructors(artifacts: Mapping[str, Artifact]) -> dict[str, tuple[Address, tuple[Address, ...]]]:
    """Address and constructor arguments of each contract, by its key in `NAMES`, in the order of deployment."""
    made: dict[str, tuple[Address, tuple[Address, ...]]] = {}
    arguments: tuple[Address, ...] = ()
    for key, name in NAMES.items():
        artifact = artifacts[name]
        address = create2(SHARED_SALT, artifact.bytecode + artifact.abi.constructor.encode(arguments))
        made[key] = (address, arguments)
        arguments = (address,)
    return made


def interface() -> Abi:
    """What meters answer, wherever its code is, and all that they refuse."""
    artifacts = load_artifacts()
    own, more = (
        artifacts["IMeters"].abi.entries,
        [artifacts[each].abi.entries for each in ("Meters", "MetersExtension")],
    )
    errors = [each for entries in more for each in entries if each["type"] == "error" and each not in own]
    return Abi("Meters", [*own, *errors])


def default_file(chain_id: int) -> Path:
    return Path("deployments") / str(chain_id) / "links" / "meters.json"


def write(manifest: LinksManifest, file: Path) -> None:
    """Writes the file whole or not at all."""
    write_whole(file, json.dumps(manifest.model_dump(by_alias=True), indent=2) + "\n")


def read(file: Path) -> LinksManifest:
    """
    Raises
    ------
    FileRefused : when it cannot be read as text. ManifestRefused : when `penstock meters deploy` did not write it.
    """
    accepted = "accepted: the JSON file that penstock meters deploy wrote"
    try:
        return LinksManifest.model_validate(parse_json(read_text(file)))
    except ValidationError as error:
        fault: Any = error.errors(include_url=False)[0]
        place = ".".join(str(each) for each in fault["loc"])
        raise ManifestRefused(f"{file}: {place}: {fault['msg']}; {accepted}") from None
    except ValueError as error:
        raise ManifestRefused(f"{file}: not JSON ({error}); {accepted}") from None


def is_links(file: Path) -> bool:
    """Whether a file says that it is of meters."""
    try:
        data = parse_json(read_text(file))
    except ValueError:
        return False
    return isinstance(data, dict) and data.get("kind") == "meters"


def fault_of(manifest: LinksManifest, chain: RetryingRpc) -> ManifestRefused | None:
    """The first thing in which a chain differs from a manifest."""
    genesis = str(chain.existing("eth_getBlockByNumber", "0x0", False)["hash"])
    if (chain.chain_id, genesis) != (manifest.chain_id, manifest.genesis):
        return AnotherChain(
            f"the meters are on chain {manifest.chain_id}, first block {manifest.genesis}, and this is chain "
            f"{chain.chain_id} with {genesis}; accepted: --network of that chain"
        )
    for name in NAMES:
        if name not in manifest.contracts:
            return ManifestRefused(f"contracts has no {name!r}; accepted: the file that penstock meters deploy wrote")
        code = manifest.contracts[name]
        found = "0x" + keccak(chain.code(code.address)).hex()
        if found != code.code_hash:
            return OtherCode(f"the code of {name} at {code.address} hashes to {found}, not {code.code_hash}")
    return None


def open_links(file: Path, chain: RetryingRpc, network: str) -> Links:
    """
    The contracts of a file, compared with the chain.

    Raises
    ------
    AnotherChain, OtherCode, ManifestRefused : when the chain is not that of the file, or its code not.
    """
    manifest = read(file)
    if fault := fault_of(manifest, chain):
        raise type(fault)(f"{file}: {fault}")
    return Links(
        chain,
        network,
        file,
        chain.at(manifest.contracts["meters"].address, interface()),
        chain.at(manifest.contracts["certificates"].address, load_artifacts()["Certificates"].abi),
        manifest.block,
    )
