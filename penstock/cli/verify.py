"""What `penstock deploy` does with a manifest: compare the chain's code, write or submit the sources."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from penstock.cli.selection import named

if TYPE_CHECKING:
    from penstock.deploy.verify import Verifier
    from penstock.deploy.verify.bytecode import Compared
    from penstock.deploy.verify.sources import Clone, Contract
    from penstock.evm.retry import RetryingRpc
    from penstock.onchain.manifest import Manifest


@dataclass(frozen=True)
class Wanted:
    """What was asked for. key_file, key_variable : where the explorer's API key is, if it wants one."""

    bytecode: bool = False
    sources: Path | None = None
    url: str | None = None
    kind: Verifier | None = None
    key_file: Path | None = None
    key_variable: str | None = None

    def __bool__(self) -> bool:
        return self.bytecode or self.sources is not None or self.url is not None

    def check(self) -> None:
        """Raises BadParameter where options do not fit each other."""
        if (self.url is None) != (self.kind is None):
            raise typer.BadParameter("both or neither", param_hint="--verify URL --verifier KIND")
        if self.key_file and self.key_variable:
            raise typer.BadParameter("one of them", param_hint="--api-key-file, --api-key-env")
        if self.url is None and (self.key_file or self.key_variable):
            raise typer.BadParameter("a key is for --verify", param_hint="--api-key-file, --api-key-env")


def verify(network: str, deal: Path, out: Path | None, wanted: Wanted) -> None:
    """Finds the manifest and does what was asked: compare, then write, then submit."""
    from penstock.deploy.resume import require_unedited
    from penstock.deploy.verify import bytecode, sources, submit
    from penstock.evm import networks
    from penstock.evm.artifacts import compile_contracts
    from penstock.files import read_text
    from penstock.onchain import manifest as manifests
    from penstock.onchain import manifest_check

    # A key that is not there comes before the network's mistakes.
    key = submit.api_key(wanted.key_file, wanted.key_variable)
    chain = networks.connect(networks.find(network))
    file = deal if deal.suffix == ".json" else out or manifests.default_file(chain.chain_id, deal)
    with named(file):
        manifest = manifests.read(file)
        _require_chain(manifest, chain)
    if deal != file:
        text = read_text(deal)
        require_unedited(manifest, file, deal.name, hashlib.sha256(text.encode()).hexdigest())
    if not wanted.bytecode:  # which says of changed code at which byte
        with named(file):
            manifest_check.require_true(manifest, chain)
    artifacts = compile_contracts(cache=not wanted.bytecode)
    rows = bytecode.compare(chain, manifest, artifacts)
    if wanted.bytecode:
        _print_rows(rows)
    bytecode.require_same(rows)
    if wanted.bytecode:
        with named(file):
            manifest_check.require_true(manifest, chain)
    found = sources.contracts(chain, manifest, artifacts)
    if wanted.sources is not None:
        from penstock.format import counted

        files = sources.write(found, wanted.sources)
        typer.echo(f"{counted(len(files) - 1, 'standard JSON input')} and {files[-1]}")
    if wanted.url is not None and wanted.kind is not None:
        _submit(wanted.kind, wanted.url, key, manifest.chain_id, found)


def _submit(kind: Verifier, url: str, key: str | None, chain_id: int, found: list[Contract | Clone]) -> None:
    from penstock.deploy.verify import submit

    to = submit.explorer(kind, url, chain_id, key)
    made = submit.submit(
        to, found, lambda each: typer.echo(f"{each.name:<16} {each.address}  {each.done or 'REFUSED'}")
    )
    submit.require_verified(made, kind)


def _print_rows(rows: list[Compared]) -> None:
    from penstock.report.tables import console, table

    told = [(each.name, each.contract or "", each.address, each.verdict) for each in rows]
    console().print(table("Code on the chain and our sources", ("", "contract", "address", "code"), rows=told))


def _require_chain(manifest: Manifest, chain: RetryingRpc) -> None:
    from penstock.onchain.manifest import ManifestRefused

    if chain.chain_id != manifest.chain_id:
        raise ManifestRefused(f"the deal is on chain {manifest.chain_id}, and this is chain {chain.chain_id}")
