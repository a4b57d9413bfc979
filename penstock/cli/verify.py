"""`penstock verify`: compares a deployment's code with our sources, and gives the sources to a block explorer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.options import ManifestPath, Network
from penstock.cli.selection import named
from penstock.deploy.verify import Verifier

if TYPE_CHECKING:
    from penstock.deploy.verify.bytecode import Compared


def verify(
    deployment: ManifestPath,
    sources: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write each contract's standard JSON input to this folder."),
    ] = None,
    verifier: Annotated[
        Verifier | None, typer.Option(help="API of the explorer to submit the sources to; needs --verifier-url.")
    ] = None,
    verifier_url: Annotated[
        str | None, typer.Option(metavar="URL", help="URL of that explorer's API; needs --verifier.")
    ] = None,
    api_key_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File that holds the explorer's API key, mode 600.")
    ] = None,
    api_key_env: Annotated[
        str | None, typer.Option(metavar="VARIABLE", help="Environment variable that holds the explorer's API key.")
    ] = None,
    network: Network = None,
) -> None:
    """
    Compares the code on the chain with the sources, byte by byte.

    The contracts are recompiled first. With --sources the standard JSON inputs are written to a folder; with --verifier
    and --verifier-url they are submitted to a block explorer.
    """
    if (verifier_url is None) != (verifier is None):
        raise typer.BadParameter("both or neither", param_hint="--verifier KIND --verifier-url URL")
    if api_key_file and api_key_env:
        raise typer.BadParameter("one of them", param_hint="--api-key-file, --api-key-env")
    if verifier is None and (api_key_file or api_key_env):
        raise typer.BadParameter("only with --verifier", param_hint="--api-key-file, --api-key-env")
    from penstock.deploy.verify import bytecode, submit
    from penstock.deploy.verify import sources as standard_json
    from penstock.evm import networks
    from penstock.evm.artifacts import recompile
    from penstock.format import counted
    from penstock.onchain import links
    from penstock.onchain import manifest as manifests
    from penstock.onchain.manifest import ManifestRefused, OtherCode
    from penstock.onchain.manifest_check import verify_manifests

    key = submit.api_key(api_key_file, api_key_env)  # a missing key is reported before the network is asked
    with named(deployment):
        manifest = links.read(deployment) if links.is_links(deployment) else manifests.read(deployment)
        chain = networks.connect(networks.find(network or manifest.network))
        checked: object
        if isinstance(manifest, manifests.Manifest):
            (checked,) = verify_manifests([manifest], chain)
        else:
            checked = links.fault_of(manifest, chain)
        if isinstance(checked, ManifestRefused) and not isinstance(checked, OtherCode):
            raise checked
        # A manifest refused for its code hashes is compared all the same: the table says which byte differs.
        artifacts = recompile()
        try:
            rows = bytecode.compare(chain, manifest, artifacts)
        except ManifestRefused as refused:
            raise checked if isinstance(checked, OtherCode) else refused from None
        _print_rows(rows)
        bytecode.require_same(rows)
        if isinstance(checked, OtherCode):
            raise checked
    contracts = standard_json.contracts(chain, manifest, artifacts)
    if sources is not None:
        files = standard_json.write(contracts, sources)
        typer.echo(f"{counted(len(files) - 1, 'standard JSON input')} and {files[-1]}")
    if verifier is not None and verifier_url is not None:
        made = submit.submit(
            submit.explorer(verifier, verifier_url, manifest.chain_id, key),
            contracts,
            lambda each: typer.echo(f"{each.name:<16} {each.address}  {each.done or 'REFUSED'}"),
        )
        submit.require_verified(made, verifier)


def _print_rows(rows: list[Compared]) -> None:
    from penstock.report.tables import console, table

    cells = [(each.name, each.contract or "", each.address, each.verdict) for each in rows]
    console().print(table("Code on the chain and our sources", ("", "contract", "address", "code"), rows=cells))
