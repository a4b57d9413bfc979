"""`penstock manifest rebuild`: a lost deployment manifest, restored from the chain."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.options import NetworkName, address

app = typer.Typer(help="Rebuilds deployment manifests.")


@app.callback()
def _group() -> None:
    """Rebuilds deployment manifests."""


@app.command()
def rebuild(
    deal: Annotated[str, typer.Argument(metavar="ADDRESS", help="Address of the deal.", show_default=False)],
    network: NetworkName,
    deal_file: Annotated[
        Path | None,
        typer.Option(
            "--deal-file",
            metavar="FILE",
            help="Deal file the deal was launched from. Without it, fees, reserves and tests are numbered.",
        ),
    ] = None,
    since: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="BLOCK",
            help="Search for the launch from this block on; saves time on a node that keeps no old state.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the manifest. Default: deployments/CHAIN/DEAL.json."),
    ] = None,
) -> None:
    """Rebuilds a lost manifest from the chain, checks it and writes it."""
    from penstock.cli.pages import deployment as pages
    from penstock.deploy.rebuild import rebuild as rebuild_manifest
    from penstock.deploy.rebuild import require_place
    from penstock.evm import networks
    from penstock.files import read_text
    from penstock.onchain import manifest
    from penstock.onchain.manifest_check import verify_manifest
    from penstock.onchain.terms_rules import broken_rules
    from penstock.report import tables

    if out is not None and not out.name:
        raise typer.BadParameter(f"{str(out)!r} is not a file", param_hint="--out")
    place = address("ADDRESS", deal)
    text = (deal_file.name, read_text(deal_file)) if deal_file else None
    target = networks.find(network)
    chain = networks.connect(target)
    file = out or manifest.default_file(chain.chain_id, deal_file or Path(place))
    made = rebuild_manifest(chain, target, place, text, since)
    packed = verify_manifest(made, chain).packed
    require_place(made, file)
    manifest.write(made, file)
    tables.console().print(pages.rebuilt_page(made, str(file), [] if text else broken_rules(packed)))
