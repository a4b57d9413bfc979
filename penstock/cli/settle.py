"""`penstock settle`: settles the periods that are due, of one deal or of many."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli import selection
from penstock.cli.options import Account, All, ManifestPaths, Network, PasswordFile, Yes, address
from penstock.model.terms import MAX_PERIODS

if TYPE_CHECKING:
    from penstock.onchain.deployments import DeployedDeal

REFUSED = 1


def settle(
    deployments: ManifestPaths = None,
    everything: All = False,
    pay: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT",
            help="Pay this much revenue into the deal first, in whole coins; 0 settles a period without revenue.",
        ),
    ] = None,
    periods: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_PERIODS,
            metavar="N",
            help="Settle at most this many periods. Default: 1; with --empty, all overdue ones.",
        ),
    ] = None,
    empty: Annotated[
        bool, typer.Option("--empty", help="Also settle overdue periods that have received no revenue.")
    ] = False,
    period: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="With --pay: pay only if this period is the next to settle, so that a repeat pays nothing.",
        ),
    ] = None,
    advance: Annotated[
        bool, typer.Option("--advance", help="Development chains only: move the clock to the payment date.")
    ] = False,
    sender: Annotated[
        str | None, typer.Option("--from", metavar="ADDRESS", help="The same as --account ADDRESS.")
    ] = None,
    account: Account = None,
    password_file: PasswordFile = None,
    yes: Yes = None,
    network: Network = None,
) -> None:
    """
    Settles the periods that are due.

    Pays the revenue a deal has received down its ladder. Safe to repeat without --pay: when nothing is due, nothing
    is sent.
    """
    who = address("--from", sender) if sender else account
    many = everything or len(deployments or ()) > 1
    single = {"--pay": pay is not None, "--advance": advance, "--period": period is not None}
    for option, given in single.items():
        if many and given:
            raise typer.BadParameter("is for one deployment", param_hint=option)
    if period is not None and pay is None:
        raise typer.BadParameter("goes with --pay", param_hint="--period")
    if many or not deployments:
        _settle_many(deployments, everything, periods, empty, who, password_file, yes, network)
    else:
        _settle_one(deployments[0], pay, periods, empty, period, advance, who, password_file, yes, network)


def _settle_one(
    file: Path,
    pay: str | None,
    periods: int | None,
    empty: bool,
    period: int | None,
    advance: bool,
    who: str | None,
    password_file: Path | None,
    yes: str | None,
    network: str | None,
) -> None:
    from penstock.evm.errors import ChainError
    from penstock.operate.pay import AnotherPeriod, require_next
    from penstock.report import tables

    member = selection.opened(file, network)
    found = member.modelled
    amount = _amount(pay, found.terms.decimals) if pay is not None else 0
    try:
        if period is not None:  # before a password is asked for; what counts is read with the nonce
            require_next(found.deal.call("state").period, period)
        _pay_or_settle(member, pay, amount, periods, empty, period, advance, who, password_file, yes, network)
    except AnotherPeriod as refusal:
        if not refusal.settled:
            raise ChainError(f"{file}: {refusal}") from None
        tables.console().print(f"{file}: {refusal}")


def _pay_or_settle(
    member: DeployedDeal,
    pay: str | None,
    amount: int,
    periods: int | None,
    empty: bool,
    period: int | None,
    advance: bool,
    who: str | None,
    password_file: Path | None,
    yes: str | None,
    network: str | None,
) -> None:
    from penstock.cli.pages import settlements
    from penstock.evm.errors import ChainError
    from penstock.operate import settle
    from penstock.operate.outcome import outcome
    from penstock.operate.pay import pay_and_settle
    from penstock.report import tables

    found, manifest, chain = member.deployment, member.manifest, member.chain
    console = tables.console()
    name = selection.chain_name(chain, network or manifest.network)
    if yes is not None:
        selection.confirm(chain, name, "", yes)
    if amount:
        signer = selection.signer_of(chain, who, password_file)
        selection.confirm(chain, name, f"pays {pay} {found.terms.asset} on", yes)
        is_mock, pace = manifest.asset_is_mock, selection.pace_of(chain)
        paid = pay_and_settle(found, chain, amount, periods or 1, signer, is_mock, pace, advance, period)
        console.print(settlements.settled_page(found.terms, paid))
        return
    most = periods if pay is None or empty else periods or 1
    empty = empty or pay is not None
    signs = cache(lambda: selection.signer_of(chain, who, password_file))  # a password is asked for once
    if advance:
        settle.reach(chain, member, signs, empty)
    idle, wanted = settle.look(chain, [member], most, empty)
    for each in idle:
        _require(each)
        console.print(settlements.idle_line(each))
    if wanted:
        (done,) = settle.settle_due(chain, wanted, signs(), selection.pace_of(chain), most, empty, period)
        _require(done)
        if done.transactions:
            console.print(settlements.settled_page(found.terms, outcome(chain, found, done.transactions)))
        else:
            console.print(settlements.idle_line(done))
        if done.error:
            raise ChainError(done.error)
        if done.left:
            console.print(settlements.left_line(done))


def _require(done: object) -> None:
    from penstock.evm.errors import ChainError
    from penstock.operate.settle import Settled

    assert isinstance(done, Settled)
    if done.error and not done.transactions:
        raise ChainError(done.error)


def _settle_many(
    files: list[Path] | None,
    everything: bool,
    periods: int | None,
    empty: bool,
    who: str | None,
    password_file: Path | None,
    yes: str | None,
    network: str | None,
) -> None:
    from penstock.cli.pages import settlements
    from penstock.operate import settle
    from penstock.report import tables

    console = tables.console()
    groups, faults = selection.select(files, everything, network)
    wrong = len(faults)
    count = idle_count = 0
    for fault in faults:
        typer.echo(str(fault), err=True)
    for group in groups:
        if yes is not None and group.members:
            name = selection.chain_name(group.chain, network or group.members[0].manifest.network)
            selection.confirm(group.chain, name, "", yes)
        idle, wanted = settle.look(group.chain, group.members, periods, empty)
        done = []
        if wanted:
            signer = selection.signer_of(group.chain, who, password_file)
            done = settle.settle_due(group.chain, wanted, signer, selection.pace_of(group.chain), periods, empty)
        for each in [*idle, *done]:
            if each.periods:
                count += 1
                console.print(settlements.settled_line(each))
                if each.left and not each.error:
                    console.print(settlements.left_line(each))
            if each.error:
                wrong += 1
                typer.echo(f"{each.member.file}: {each.error}", err=True)
            idle_count += not each.periods and not each.error
    console.print(f"{count} settled, {idle_count} with nothing due" + (f", {wrong} refused" if wrong else ""))
    if wrong:
        raise typer.Exit(REFUSED)


def _amount(text: str, decimals: int) -> int:
    from penstock.dealfile.numbers import amount_fault, parse_exact, why_no_decimal

    exact = parse_exact(text)
    fault = why_no_decimal(text) if exact is None else amount_fault(exact, decimals)
    units = exact.scaled(decimals) if exact else None
    if fault or units is None:
        raise typer.BadParameter(f"{text!r}: {fault}; accepted: an amount such as 125000.50", param_hint="--pay")
    return units
