"""`penstock status`: the current state of one deal in full, or of many deals in one line each."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli import selection
from penstock.cli.options import All, Json, ManifestPaths, Network, address

if TYPE_CHECKING:
    from penstock.model.terms import DealTerms, Promote
    from penstock.onchain.deployments import DeployedDeal
    from penstock.onchain.roles import Role
    from penstock.onchain.state import ChainState
    from penstock.operate.deployments import Snapshot
    from penstock.operate.status import DealStatus

REFUSED = 1


def status(
    deployments: ManifestPaths = None,
    everything: All = False,
    holders: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="List this many holdings, those with the largest part of a tranche. Default: 10; all with --json.",
            show_default=False,
        ),
    ] = None,
    holder: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="List the holdings of this account only.", show_default=False)
    ] = None,
    as_json: Json = False,
    network: Network = None,
) -> None:
    """
    Prints the current state of one deal or many.

    Of one deal: dates, dues, coverage tests, reserves, arrears, what the largest holders can claim, and roles;
    `penstock holders` lists all. With several deployments or --all, one line per deal.
    """
    only = address("--holder", holder) if holder is not None else None
    if everything or len(deployments or ()) != 1:
        for option, given in (("--holders", holders is not None), ("--holder", only is not None)):
            if given:
                raise typer.BadParameter("is for one deployment", param_hint=option)
        _many(deployments, everything, as_json, network)
        return
    from penstock.cli.pages import deal_status
    from penstock.operate.claim import HoldsNoShares
    from penstock.operate.status import status_of
    from penstock.report import tables

    assert deployments is not None
    member = selection.opened(deployments[0], network)
    made = status_of(member)
    if only is not None:
        own = [each for each in made.positions if each.holder == only and each.is_open]
        if not own:
            raise HoldsNoShares(only)
        made = replace(made, positions=own)
    if as_json:
        print(json.dumps({**_line(member, made.snapshot), **_details(made, holders)}, indent=1))
    else:
        most = deal_status.MOST_HOLDERS if holders is None else holders
        tables.console().print(deal_status.status_page(made, len(made.positions) if only else most))


def _many(deployments: Any, everything: bool, as_json: bool, network: str | None) -> None:
    from penstock.cli.pages import deal_status
    from penstock.onchain.deployments import Fault
    from penstock.operate.deployments import snapshots
    from penstock.report import tables

    groups, faults = selection.select(deployments, everything, network)
    good = []
    for group in groups:
        for member, snapshot in zip(group.members, snapshots(group.chain, group.members), strict=True):
            if isinstance(snapshot, Fault):
                faults.append(snapshot)
            else:
                good.append((member, snapshot))
    if as_json:
        rows = [_line(*each) for each in good]
        wrong = [{"deployment": str(each.file), "reason": each.reason} for each in faults]
        print(json.dumps({"deals": rows, "refused": wrong}, indent=1))
    elif good:
        tables.console().print(deal_status.deals_page(good))
    for fault in faults:
        typer.echo(str(fault), err=True)
    if faults:
        raise typer.Exit(REFUSED)


def _line(member: DeployedDeal, snapshot: Snapshot) -> dict[str, Any]:
    from penstock.format import day, format_amount

    state, head = snapshot.state, member.head

    def amount(units: int) -> str:
        return ("-" if units < 0 else "") + format_amount(abs(units), head.decimals)

    return {
        "deployment": str(member.file),
        "name": head.name,
        "chain_id": member.manifest.chain_id,
        "deal": member.deal,
        "block": snapshot.block,
        "time": snapshot.now,
        "periods": head.periods,
        "settled": state.period,
        "next_payment_date": day(snapshot.next_payment_at) if snapshot.next_payment_at else None,
        "overdue_periods": snapshot.overdue,
        "in_grace_until": day(snapshot.grace_ends_at) if snapshot.grace_ends_at else None,
        "waiting": amount(snapshot.waiting),
        "cut_off": amount(state.cut.collections) if snapshot.is_cut_off else None,
        "ledger": amount(state.accounted),
        "arrears": amount(snapshot.arrears),
        "in_reserves": amount(sum(state.reserves)),
        "trapped": amount(sum(state.trapped)),
        "tests_failing": sum(needed > 0 for needed in state.passes_needed),
        "claimable": amount(snapshot.claimable),
    }


def _promote(terms: DealTerms, promote: Promote, state: ChainState) -> dict[str, Any]:
    from penstock.format import format_amount, fraction_text

    return {
        "hurdles": {
            fraction_text(tier.rate): format_amount(hurdle, terms.decimals)
            for tier, hurdle in zip(promote.hurdles, state.hurdles, strict=True)
        },
        "capital_received": format_amount(state.capital_received, terms.decimals),
        "promote_received": format_amount(state.promote_received, terms.decimals),
    }


def _details(made: DealStatus, most: int | None) -> dict[str, Any]:
    from penstock.cli.pages.deal_status import largest, would_be_paid
    from penstock.format import format_amount
    from penstock.report.tested import exact_figure, measured

    terms, state = made.terms, made.snapshot.state

    def amount(units: int) -> str:
        return format_amount(units, terms.decimals)

    paid = would_be_paid(made)
    positions = [each for each in made.positions if each.is_open]
    return {
        "asset": terms.asset,
        "collected": amount(made.collected),
        "ladder": "enforcement" if made.enforced else "normal",
        "call": _call(made),
        "tranches": {
            each.id: {
                "balance": amount(state.balance[index]),
                "interest_arrears": amount(state.interest_arrears[index]),
                "principal_arrears": amount(state.principal_arrears[index]),
                "credited": amount(state.credited[index]),
                "claimed": amount(made.claimed[index]),
            }
            for index, each in enumerate(terms.tranches)
        },
        "dues": [
            {
                "rung": terms.rung_name(each.rung),
                "ladder": terms.ladder_name(at, made.coming.enforced if made.coming else made.enforced),
                "due": None if each.due is None else amount(each.due),
                "would_be_paid": None if paid is None else amount(paid[at]),
            }
            for at, each in enumerate(made.dues)
        ],
        "tests": {
            test.id: {
                "last": exact_figure(terms, test, tested.last.value) if tested.last else None,
                "below": None if test.above else exact_figure(terms, test, test.threshold),
                "above": exact_figure(terms, test, test.threshold) if test.above else None,
                "metric": measured(terms, test),
                "passes_needed": needed,
                "cure": test.cure,
                "with_what_waits": exact_figure(terms, test, tested.coming.value) if tested.coming else None,
                "trapped": amount(trapped),
            }
            for test, tested, needed, trapped in zip(
                terms.tests, made.tests, state.passes_needed, state.trapped, strict=True
            )
        },
        "reserves": {
            each.id: {"holds": amount(holds), "target": amount(target)}
            for each, holds, target in zip(terms.reserves, state.reserves, made.targets, strict=True)
        },
        **({"promote": _promote(terms, terms.promote, state)} if terms.promote else {}),
        "fees": {
            fee.id: {
                "payee": fee.payee,
                "address": made.payees[fee.payee],
                "arrears": amount(arrears),
                "claimable": amount(claimable),
            }
            for fee, arrears, claimable in zip(terms.fees, state.fee_arrears, state.fee_claimable, strict=True)
        },
        "holders": [
            {
                "holder": each.holder,
                "tranche": terms.tranches[each.tranche].id,
                "shares": format_amount(each.shares, terms.share_decimals),
                "claimable": amount(each.claimable),
                "claimed": amount(each.claimed),
            }
            for each in largest(terms, positions, most)
        ],
        "holdings": len(positions),
        "claimable_by_holders": amount(sum(each.claimable for each in positions)),
        "roles": [
            {"role": "sponsor", "held_by": made.sponsor, "offered_to": None, "replacement": None},
            *map(_role, made.roles),
        ],
    }


def _call(made: DealStatus) -> dict[str, object] | None:
    """The clean-up call; None in a deal without one. `latest_announcement` : a Unix time, None at the end."""
    from penstock.format import format_amount

    call, state = made.call, made.snapshot.state
    if call is None:
        return None

    def amount(units: int | None) -> str | None:
        return None if units is None else format_amount(units, made.terms.decimals)

    return {
        "payee": call.payee,
        "address": call.address,
        "outstanding": amount(call.outstanding),
        "allowed_at": amount(call.most),
        "allowed": call.allowed,
        "announced_period": state.announced or None,
        "called_period": state.called or None,
        "latest_announcement": call.latest or None,
        "missing": amount(call.missing),
        "payee_holds": amount(call.held),
        "payee_allows": amount(call.approved),
    }


def _role(role: Role) -> dict[str, object]:
    """`delay` is in seconds; `at` is the Unix time at which a scheduled replacement takes effect, or None."""
    behind = role.replacement
    replacement = None
    if behind:
        replacement = {
            "delay": behind.delay,
            "current": behind.current,
            "next": behind.pending,
            "at": behind.at or None,
        }
    return {"role": role.name, "held_by": role.holder, "offered_to": role.pending, "replacement": replacement}
