"""An offtake as the chain has it: packed terms, its address, its state; and the file that finds it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eth_utils.crypto import keccak
from pydantic import ConfigDict, Field, ValidationError

from penstock.dealfile.offtake import OfftakePlan, loads
from penstock.evm.artifacts import load_artifacts
from penstock.evm.chain import Chain, Contract
from penstock.evm.codec import Address, canonical
from penstock.evm.retry import RetryingRpc
from penstock.files import parse_json, read_text, write_whole
from penstock.links.offtake import OfftakeState, OfftakeTerms, Row
from penstock.onchain.addresses import SHARED_SALT, clone_code, clone_with_arguments, create, create2
from penstock.onchain.manifest import (
    AnotherChain,
    Code,
    Compiler,
    Count,
    ManifestRefused,
    OtherCode,
    Part,
    Place,
    Transaction,
    Word,
)

ROW_WIDTHS = (5, 12, 8, 8, 8, 12)
NO_SALT = bytes(32)


class OfftakeManifest(Part):
    """What `penstock offtake deploy` wrote; docs/OFFTAKE.md says what each key means."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)

    version: Literal[1] = Field(default=1, alias="schema")
    kind: Literal["offtake"] = "offtake"
    network: str
    chain_id: Count
    genesis: Word
    block: Count
    offtake_file: str
    offtake_text: str
    terms_hash: Word
    offtake: Place
    meters: Place
    meter: Count
    buyer: Place
    asset: Place
    contracts: dict[str, Code]
    transactions: list[Transaction]
    compiler: Compiler
    git_commit: str | None


@dataclass(frozen=True)
class DeployedOfftake:
    """An offtake of a manifest, compared with its chain."""

    file: Path
    manifest: OfftakeManifest
    chain: RetryingRpc
    contract: Contract
    plan: OfftakePlan
    terms: OfftakeTerms

    @property
    def state(self) -> OfftakeState:
        return read_state(self.contract, self.manifest.asset, self.terms.buyer)


def packed_rows(rows: tuple[Row, ...]) -> bytes:
    """53 bytes a row, as OfftakeLib reads them."""
    numbers = [(row.end, row.price, row.floor, row.cap, row.guarantee, row.damages) for row in rows]
    return b"".join(
        number.to_bytes(width, "big") for row in numbers for number, width in zip(row, ROW_WIDTHS, strict=True)
    )


def packed(terms: OfftakeTerms, asset: Address) -> bytes:
    """What is behind the code of an offtake's clone: OfftakeLib.pack."""
    head = canonical(asset) + canonical(terms.meters) + terms.meter.to_bytes(8, "big") + canonical(terms.buyer)
    numbers = ((terms.deposit, 12), (terms.start, 5), (terms.grace, 4), (terms.late_rate, 8))
    return head + b"".join(number.to_bytes(width, "big") for number, width in numbers) + packed_rows(terms.rows)


def as_struct(terms: OfftakeTerms) -> tuple[Any, ...]:
    """The argument of {IOfftakeFactory-create}."""
    head = (terms.meters, terms.meter, terms.buyer, terms.deposit, terms.start, terms.grace, terms.late_rate)
    return (*head, packed_rows(terms.rows))


def factory_address() -> Address:
    """Where the factory of offtakes is on every chain."""
    return create2(SHARED_SALT, load_artifacts()["OfftakeFactory"].bytecode)


def offtake_address(terms: OfftakeTerms, asset: Address) -> Address:
    """Where an offtake of these terms is or will be."""
    factory = factory_address()
    return clone_with_arguments(factory, create(factory, 1), packed(terms, asset), NO_SALT)


def expected_code(terms: OfftakeTerms, asset: Address) -> bytes:
    return clone_code(create(factory_address(), 1)) + packed(terms, asset)


def read_state(contract: Contract, asset: Address, buyer: Address) -> OfftakeState:
    """An offtake's state, with what is credited to its buyer."""
    accepted, finished, deposit, following, drawn, interest, days = contract.call("state")
    credit = contract.call("credit", asset, buyer)
    return OfftakeState(accepted, deposit, following, drawn, interest, days, credit, finished)


def default_file(chain_id: int, offtake_file: Path) -> Path:
    """deployments/<chain id>/links/<name>.json."""
    name = offtake_file.name.removesuffix(".toml").removesuffix(".offtake")
    return Path("deployments") / str(chain_id) / "links" / f"{name}.json"


def write(manifest: OfftakeManifest, file: Path) -> None:
    """Writes the file whole or not at all."""
    write_whole(file, json.dumps(manifest.model_dump(by_alias=True), indent=2, ensure_ascii=False) + "\n")


def read(file: Path) -> OfftakeManifest:
    """
    Raises
    ------
    FileRefused : when it cannot be read as text. ManifestRefused : when `penstock offtake deploy` did not write it.
    """
    accepted = "accepted: the JSON file that penstock offtake deploy wrote"
    try:
        return OfftakeManifest.model_validate(parse_json(read_text(file)))
    except ValidationError as error:
        fault: Any = error.errors(include_url=False)[0]
        place = ".".join(str(each) for each in fault["loc"])
        raise ManifestRefused(f"{file}: {place}: {fault['msg']}; {accepted}") from None
    except ValueError as error:
        raise ManifestRefused(f"{file}: not JSON ({error}); {accepted}") from None


def open_offtake(file: Path, chain: RetryingRpc) -> DeployedOfftake:
    """
    The offtake of a manifest, compared with the chain: its code is that of its file's terms.

    Raises
    ------
    AnotherChain, OtherCode, ManifestRefused : when the chain is not that of the file, or its code not.
    """
    manifest = read(file)
    genesis = str(chain.existing("eth_getBlockByNumber", "0x0", False)["hash"])
    if (chain.chain_id, genesis) != (manifest.chain_id, manifest.genesis):
        raise AnotherChain(
            f"{file}: the offtake is on chain {manifest.chain_id}, first block {manifest.genesis}, and this is chain "
            f"{chain.chain_id} with {genesis}; accepted: --network of that chain"
        )
    plan = loads(manifest.offtake_text, manifest.offtake_file)
    terms = plan.placed(manifest.meters, manifest.meter, manifest.buyer)
    wanted, there = expected_code(terms, manifest.asset), chain.code(manifest.offtake)
    if there != wanted:
        found, hashed = ("0x" + keccak(each).hex() for each in (there, wanted))
        raise OtherCode(f"{file}: the code at {manifest.offtake} hashes to {found}; of the file's terms it is {hashed}")
    abi = load_artifacts()["Offtake"].abi
    return DeployedOfftake(file, manifest, chain, chain.at(manifest.offtake, abi), plan, terms)


def meter_of(chain: Chain, meters: Address, meter: int) -> Any:
    """The meter as its contract answers; None where it answers nothing."""
    abi = load_artifacts()["IMetersCore"].abi
    found = chain.call(meters, abi, "meterOf", meter)
    return found if int(found.asset, 16) else None


def terms_hash(terms: OfftakeTerms, asset: Address) -> str:
    return "0x" + keccak(packed(terms, asset)).hex()
