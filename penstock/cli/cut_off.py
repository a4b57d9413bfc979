"""`penstock cut-off`: fixes the collections of periods that have ended and are paid later, of one deal or of many."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli import selection
from penstock.cli.options import Account, All, ManifestPaths, Network, PasswordFile, Yes

REFUSED = 1


def cut_off(
    deployments: ManifestPaths = None,
    everything: All = False,
    account: Account = None,
    password_file: PasswordFile = None,
    yes: Yes = None,
    network: Network = None,
    empty: Annotated[bool, typer.Option("--empty", help="Cut a period off for which no revenue has come in.")] = False,
) -> None:
    """
    Fixes the collections of the next period, where its accrual date has come and it is paid later.

    For deals with a payment delay. What comes in afterwards belongs to the period after it. Without this, everything
    that has come in when a period is settled is its collections. Safe to repeat; anyone may call it.
    """
    from penstock.cli.pages import settlements
    from penstock.operate import cut_off
    from penstock.report import tables

    console = tables.console()
    many = everything or len(deployments or ()) != 1
    groups, faults = selection.select(deployments, everything, network)
    wrong = len(faults)
    for fault in faults:
        typer.echo(str(fault), err=True)
    for group in groups:
        chain = group.chain
        members = [each for each in group.members if each.head.delays] if many else list(group.members)
        if yes is not None and members:
            selection.confirm(chain, selection.chain_name(chain, network or members[0].manifest.network), "", yes)
        done, wanted = cut_off.look(chain, members, empty)
        if wanted:
            signer, pace = selection.signer_of(chain, account, password_file), selection.pace_of(chain)
            done += cut_off.cut_off(chain, wanted, signer, pace, empty)
        for each in done:
            if each.error:
                wrong += 1
                typer.echo(f"{each.member.file}: {each.error}", err=True)
            else:
                console.print(settlements.cut_line(each))
    if wrong:
        raise typer.Exit(REFUSED)
