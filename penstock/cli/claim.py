"""`penstock claim`: pays holders what their shares have earned, or a payee its fees."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli import selection
from penstock.cli.options import ManifestPath, Network, PasswordFile, address

if TYPE_CHECKING:
    from penstock.evm.codec import Address
    from penstock.evm.retry import RetryingRpc
    from penstock.onchain.deployments import DeployedDeal

REFUSED = 1


def claim(
    deployment: ManifestPath,
    holder: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="The holder or payee that claims and signs the transaction.", show_default=False
        ),
    ] = None,
    holders: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Have every holder in this file paid, by one account: one address a line, or a table with a column "
            "named holder. Contracts that have not switched it on, and holders that switched it off, are named and "
            "not paid.",
            show_default=False,
        ),
    ] = None,
    all_mine: Annotated[
        bool,
        typer.Option(
            "--all-mine",
            help="The same for every account of yours that holds shares: those of the node, of Brownie, and of the "
            "keystores beside --account.",
        ),
    ] = False,
    tranche: Annotated[
        str | None, typer.Option(metavar="ID", help="Claim from this tranche only. Default: all tranches and fees.")
    ] = None,
    account: Annotated[
        str | None,
        typer.Option(
            "--account",
            metavar="KEYSTORE|ADDRESS",
            help="Account that signs and pays the gas. Default: the holder, whose key the node has; with --holders or "
            "--all-mine on a development chain, the node's first account.",
        ),
    ] = None,
    password_file: PasswordFile = None,
    network: Network = None,
) -> None:
    """
    Claims what shares have earned, or a payee's fees.

    With --holder, the holder claims itself, fees included. With --holders or --all-mine, one account has many holders
    paid in a few transactions. A claim pays its holder and nobody else.
    """
    ways = {"--holder": holder is not None, "--holders": holders is not None, "--all-mine": all_mine}
    given = [option for option, is_given in ways.items() if is_given]
    if len(given) != 1:
        reason = f"{' and '.join(given)} exclude each other" if given else "name who is to be paid"
        raise typer.BadParameter(f"{reason}; accepted: one of {', '.join(ways)}", param_hint="--holder")
    claimant = address("--holder", holder) if holder is not None else None
    named = None
    if holders is not None:
        from penstock.operate.holder_list import read_holders

        named = read_holders(holders)
    member = selection.opened(deployment, network)
    ids = [each.id for each in member.deployment.terms.tranches]
    if tranche is not None and tranche not in ids:
        raise typer.BadParameter(f"no tranche is {tranche!r}; accepted: {', '.join(ids)}", param_hint="--tranche")
    tranches = None if tranche is None else [ids.index(tranche)]
    if claimant is not None:
        _claim_own(member, claimant, account, password_file, tranches)
    else:
        _claim_for(member, named, account, password_file, tranches)


def _claim_own(
    member: DeployedDeal, claimant: Address, account: str | None, password_file: Path | None, tranches: list[int] | None
) -> None:
    from penstock.cli.pages import settlements
    from penstock.operate.claim import claim_all
    from penstock.report import tables

    attached, chain = member.deployment, member.chain
    claims = claim_all(
        attached,
        chain,
        claimant,
        lambda: selection.signer_of(chain, account or claimant, password_file),
        selection.pace_of(chain),
        tranches,
    )
    tables.console().print(settlements.claims_page(attached.terms, claimant, claims))


def _claim_for(
    member: DeployedDeal,
    named: list[Address] | None,
    account: str | None,
    password_file: Path | None,
    tranches: list[int] | None,
) -> None:
    from penstock.cli.pages import settlements
    from penstock.evm.errors import ChainError
    from penstock.operate.claim_for import batch_of, claim_for_all
    from penstock.report import tables

    attached, chain = member.deployment, member.chain
    holders = _mine(chain, account) if named is None else named
    made = claim_for_all(
        attached,
        chain,
        batch_of(chain, member.manifest),
        holders,
        lambda: selection.signer_of(chain, account, password_file),
        selection.pace_of(chain),
        tranches,
    )
    if named is None and len(made.strangers) < len(holders):
        made = replace(made, strangers=[])  # nobody said that all accounts of one's own hold shares
    tables.console().print(settlements.claimed_for_page(attached.terms, made))
    if made.errors:
        raise ChainError("; ".join(dict.fromkeys(map(str, made.errors))))
    if not made.paid:
        raise typer.Exit(REFUSED)


def _mine(chain: RetryingRpc, account: str | None) -> list[Address]:
    """The accounts the user can sign for: the node's, and those of the keystores where such are kept."""
    from penstock.evm.signers import keystores_beside

    return list(dict.fromkeys([*chain.accounts, *keystores_beside(account)]))
