"""`penstock settle`: settles the periods that are due, of one deal or of many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli import selection
from penstock.cli.options import Account, All, ManifestPaths, Network, PasswordFile, Yes, address, base_units
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
    without_report: Annotated[
        bool,
        typer.Option(
            "--without-report",
            help="Also settle periods whose report the deal's terms read and nobody has made yet: they go without it "
            "for good.",
        ),
    ] = False,
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
    wish = _Wish(pay, periods, empty, period, without_report, advance, who, password_file, yes, network)
    if many or not deployments:
        _settle_many(deployments, everything, wish)
    else:
        _settle_one(deployments[0], wish)


@dataclass(frozen=True)
class _Wish:
    """What was asked for, as the options of `settle`. who : the account that signs; None for the default."""

    pay: str | None
    periods: int | None
    empty: bool
    period: int | None
    without_report: bool
    advance: bool
    who: str | None
    password_file: Path | None
    yes: str | None
    network: str | None


def _settle_one(file: Path, wish: _Wish) -> None:
    from penstock.evm.errors import ChainError
    from penstock.operate.pay import AnotherPeriod, require_next
    from penstock.report import tables

    member = selection.opened(file, wish.network)
    found = member.modelled
    amount = base_units("--pay", wish.pay, found.terms.decimals) if wish.pay is not None else 0
    try:
        if wish.period is not None:  # before a password is asked for; what counts is read with the nonce
            require_next(found.deal.call("state").period, wish.period, found.terms.periods)
        _pay_or_settle(member, amount, wish)
    except AnotherPeriod as refusal:
        if not refusal.settled:
            raise ChainError(f"{file}: {refusal}") from None
        tables.console().print(f"{file}: {refusal}")


def _pay_or_settle(member: DeployedDeal, amount: int, wish: _Wish) -> None:
    from penstock.cli.pages import settlements
    from penstock.evm.errors import ChainError
    from penstock.operate import settle
    from penstock.operate.outcome import outcome
    from penstock.operate.pay import pay_and_settle
    from penstock.operate.reports import require_reported
    from penstock.report import tables

    found, manifest, chain = member.deployment, member.manifest, member.chain
    console = tables.console()
    name = selection.chain_name(chain, wish.network or manifest.network)
    if wish.yes is not None:
        selection.confirm(chain, name, "", wish.yes)
    if amount:
        periods = wish.periods or 1
        if not wish.without_report:
            require_reported(chain, member, periods)
        signer = selection.signer_of(chain, wish.who, wish.password_file)
        selection.confirm(chain, name, f"pays {wish.pay} {found.terms.asset} on", wish.yes)
        is_mock, pace = manifest.asset_is_mock, selection.pace_of(chain)
        paid = pay_and_settle(found, chain, amount, periods, signer, is_mock, pace, wish.advance, wish.period)
        console.print(settlements.settled_page(found.terms, paid))
        return
    most = wish.periods if wish.pay is None or wish.empty else wish.periods or 1
    empty = wish.empty or wish.pay is not None
    signs = cache(lambda: selection.signer_of(chain, wish.who, wish.password_file))  # a password is asked for once
    if wish.advance:
        settle.reach(chain, member, signs, empty, wish.without_report)
    idle, wanted = settle.look(chain, [member], most, empty, wish.without_report)
    for each in idle:
        _require(each)
        console.print(settlements.idle_line(each))
    if wanted:
        pace = selection.pace_of(chain)
        (done,) = settle.settle_due(chain, wanted, signs(), pace, most, empty, wish.period, wish.without_report)
        _require(done)
        if done.transactions:
            console.print(settlements.settled_page(found.terms, outcome(chain, found, done.transactions)))
        else:
            console.print(settlements.idle_line(done))
        if done.error:
            raise ChainError(done.error)
        if done.open_until_settled:
            console.print(settlements.open_line(done))
        if done.left:
            console.print(settlements.left_line(done))


def _require(done: object) -> None:
    from penstock.evm.errors import ChainError
    from penstock.operate.settle import Settled

    assert isinstance(done, Settled)
    if done.error and not done.transactions:
        raise ChainError(done.error)


def _settle_many(files: list[Path] | None, everything: bool, wish: _Wish) -> None:
    from penstock.cli.pages import settlements
    from penstock.operate import settle
    from penstock.report import tables

    console = tables.console()
    groups, faults = selection.select(files, everything, wish.network)
    wrong = len(faults)
    count = idle_count = 0
    for fault in faults:
        typer.echo(str(fault), err=True)
    for group in groups:
        chain = group.chain
        if wish.yes is not None and group.members:
            name = selection.chain_name(chain, wish.network or group.members[0].manifest.network)
            selection.confirm(chain, name, "", wish.yes)
        idle, wanted = settle.look(chain, group.members, wish.periods, wish.empty, wish.without_report)
        done = []
        if wanted:
            signer, pace = selection.signer_of(chain, wish.who, wish.password_file), selection.pace_of(chain)
            done = settle.settle_due(
                chain, wanted, signer, pace, wish.periods, wish.empty, without_report=wish.without_report
            )
        for each in [*idle, *done]:
            if each.periods:
                count += 1
                console.print(settlements.settled_line(each))
                if each.unpaid_call:
                    console.print(f"{each.member.file}: {each.unpaid_call}")
                if each.open_until_settled:
                    console.print(settlements.open_line(each))
                if each.left and not each.error:
                    console.print(settlements.left_line(each))
            if each.error:
                wrong += 1
                typer.echo(f"{each.member.file}: {each.error}", err=True)
            idle_count += not each.periods and not each.error
    console.print(f"{count} settled, {idle_count} with nothing due" + (f", {wrong} refused" if wrong else ""))
    if wrong:
        raise typer.Exit(REFUSED)
