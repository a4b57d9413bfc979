"""`penstock claim`: pays a holder what its shares have earned, or a payee its fees."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli import selection
from penstock.cli.options import ManifestPath, Network, PasswordFile, address


def claim(
    deployment: ManifestPath,
    holder: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="The holder or payee that claims and signs the transaction.", show_default=False
        ),
    ],
    tranche: Annotated[
        str | None, typer.Option(metavar="ID", help="Claim from this tranche only. Default: all tranches and fees.")
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            "--account", metavar="KEYSTORE", help="The holder's keystore. Default: the node signs for the holder."
        ),
    ] = None,
    password_file: PasswordFile = None,
    network: Network = None,
) -> None:
    """Claims what a holder's shares have earned, or a payee's fees."""
    claimant = address("--holder", holder)
    from penstock.cli.pages import settlements
    from penstock.operate.claim import claim_all
    from penstock.report import tables

    member = selection.opened(deployment, network)
    attached, chain = member.deployment, member.chain
    ids = [each.id for each in attached.terms.tranches]
    if tranche is not None and tranche not in ids:
        raise typer.BadParameter(f"no tranche is {tranche!r}; accepted: {', '.join(ids)}", param_hint="--tranche")
    claims = claim_all(
        attached,
        chain,
        claimant,
        lambda: selection.signer_of(chain, account or claimant, password_file),
        selection.pace_of(chain),
        None if tranche is None else [ids.index(tranche)],
    )
    tables.console().print(settlements.claims_page(attached.terms, claimant, claims))
