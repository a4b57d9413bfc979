"""The manifest of a deployment: everything needed to find a deal again, in one JSON file (docs/MANIFEST.md)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.files import parse_json, read_text, write_whole

SCHEMA = 2

Place = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$")]
Word = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{64}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class ManifestRefused(ChainError):
    """A manifest that cannot be read, or that does not fit the chain it is used on."""


class OtherCode(ManifestRefused):
    """A contract whose code is not that of the manifest."""


class AnotherChain(ManifestRefused):
    """Another chain than the manifest's; the file itself may be right."""


class Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Code(Part):
    """A contract: its name in contracts/ or null, where it is, what its code hashes to, how it was constructed."""

    contract: str | None
    address: Place
    code_hash: Word
    constructor: list[str | int | list[Any]] | None


class Transaction(Part):
    """One of ours, in the chain. step, intent : as the plan had them."""

    step: str
    intent: str
    hash: Word
    sender: Place
    nonce: Count
    block: Count
    block_hash: Word
    gas: Count


class Compiler(Part):
    """What the contracts were compiled with. sources : names compiler, settings and every source."""

    solc: str
    evm_version: str
    via_ir: bool
    optimizer_runs: Count
    sources: str


class Roles(Part):
    """Who may do what, at launch. registrar, reporter : null where there is no policy, no report source."""

    sponsor: Place
    registrar: Place | None
    reporter: Place | None
    payees: dict[str, Place]
    holders: list[Place]


class Manifest(Part):
    """One deployment as its file holds it; docs/MANIFEST.md says what each key means."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)

    version: Literal[2] = Field(default=2, alias="schema")
    network: str
    chain_id: Count
    genesis: Word
    deal_file: str | None
    deal_sha256: Sha256 | None
    deal_text: str | None
    terms_hash: Word
    salt: Word | None
    deal: Place
    factory: Place
    asset: Place
    asset_is_mock: bool
    policy: Place | None
    reports: Place | None
    shares: dict[str, Place]
    contracts: dict[str, Code]
    launch: Transaction
    transactions: list[Transaction]
    compiler: Compiler
    git_commit: str | None
    roles: Roles

    @property
    def payees(self) -> dict[str, Address]:
        return self.roles.payees

    @property
    def block(self) -> int:
        """Of the launch."""
        return self.launch.block

    @property
    def sponsor(self) -> Address:
        return self.roles.sponsor


def default_file(chain_id: int, deal_file: Path) -> Path:
    """Where the manifest of a deal file goes: deployments/<chain id>/<stem>.json, from the working directory."""
    return Path("deployments") / str(chain_id) / f"{deal_file.stem}.json"


def journal_of(file: Path) -> Path:
    """The journal beside a manifest."""
    return file.with_suffix(".journal.jsonl")


def write(manifest: Manifest, file: Path) -> None:
    """Writes the file whole or not at all."""
    text = json.dumps(manifest.model_dump(by_alias=True), indent=2, ensure_ascii=False) + "\n"
    write_whole(file, text)


def read(file: Path) -> Manifest:
    """
    Reads a manifest.

    Raises
    ------
    FileRefused : when it cannot be read as text. ManifestRefused : when it is not a manifest of this schema, or the
        deal file inside is not the one it names.
    """
    try:
        data = parse_json(read_text(file))
    except ValueError as error:
        raise ManifestRefused(
            f"{file}: not a manifest ({error}); accepted: the JSON file that penstock deploy wrote"
        ) from None
    found = data.get("schema", data.get("format")) if isinstance(data, dict) else None
    if found != SCHEMA:
        raise ManifestRefused(
            f"{file}: schema {found!r}; accepted: {SCHEMA}, as penstock deploy writes it; "
            "penstock manifest rebuild ADDRESS restores it from the chain"
        )
    try:
        manifest = Manifest.model_validate(data)
    except ValidationError as error:
        raise ManifestRefused(f"{file}: {_first(error)}") from None
    texts = (manifest.deal_file, manifest.deal_sha256, manifest.deal_text)
    if any(each is None for each in texts) and any(each is not None for each in texts):
        raise ManifestRefused(f"{file}: deal_file, deal_sha256 and deal_text are all there or all null")
    if manifest.deal_text is not None and text_hash(manifest.deal_text) != manifest.deal_sha256:
        raise ManifestRefused(f"{file}: deal_text is not the deal file of hash {manifest.deal_sha256}")
    return manifest


def text_hash(text: str) -> str:
    """A deal file's hash, as the manifest has it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()  # JSON can hold half of a surrogate pair


def _first(error: ValidationError) -> str:
    fault: Any = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    reason = str(fault["msg"])
    if fault["type"] == "missing":
        return f"no {place!r}; a manifest has {', '.join(_keys())}"
    if fault["type"] == "extra_forbidden":
        return f"{place} is not a key of a manifest; it has {', '.join(_keys())}"
    shown = repr(fault["input"])
    return f"{place} is {shown if len(shown) < 60 else shown[:57] + '…'}: {reason[:1].lower()}{reason[1:]}"


def _keys() -> list[str]:
    return [field.alias or name for name, field in Manifest.model_fields.items()]
