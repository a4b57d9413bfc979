"""`penstock meters`: registers meters, pledges them, and reports, questions and counts what they measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli import meters_readings, meters_reports
from penstock.cli.action import PLAN_ONLY, Action, carry_out, with_action
from penstock.cli.links import MeterNumber, MetersPath, do, open_links, sender_of, word32
from penstock.cli.options import Network, NetworkName, address, base_units

app = typer.Typer(help="What was measured, and for whom.")
meters_readings.add_to(app)
meters_reports.add_to(app)

HOUR = 3600


@app.callback()
def _group() -> None:
    """What was measured, and for whom."""


@app.command()
@with_action
def deploy(
    network: NetworkName,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the file. Default: deployments/CHAIN/links/meters.json."),
    ] = None,
    action: Action = PLAN_ONLY,
) -> None:
    """
    Deploys meters and certificates, once for each chain.

    They have the same addresses on every chain, nobody owns them, and what others deployed before is used.
    """
    from penstock.cli.selection import chain_name
    from penstock.deploy.links import plan_links, record
    from penstock.deploy.write_manifest import shown_network
    from penstock.evm import networks
    from penstock.onchain import links

    chain = networks.connect(network)
    name = chain_name(chain, network)
    file = out or links.default_file(chain.chain_id)
    sender = sender_of(chain, action)
    plan = plan_links(chain, name, sender)
    sent = carry_out(chain, plan, file, "deploy", action, sender)
    if sent or (action.execute and not plan.to_do):
        made = record(chain, shown_network(networks.find(network)), file.with_suffix(".deploy.journal.jsonl"))
        links.write(made, file)
        typer.echo(f"wrote {file}")


@app.command()
@with_action
def reporters(
    meters: MetersPath,
    member: Annotated[
        list[str], typer.Option(metavar="ADDRESS", help="A reporter. Repeat for each.", show_default=False)
    ],
    threshold: Annotated[int, typer.Option(metavar="M", help="How many must sign.", show_default=False)],
    change: Annotated[
        int | None, typer.Option("--set", metavar="N", help="Change this set, 65 days ahead. Default: create one.")
    ] = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Creates a set of reporters, owned by --account, or schedules other members for one."""
    from penstock.deploy.meters import plan_reporters
    from penstock.onchain.meters_replay import replay

    links = open_links(meters, network)
    named = [address("--member", each) for each in member]
    plan = plan_reporters(links, named, threshold, sender_of(links.chain, action), change)
    if do(links, plan, "reporters", action):
        typer.echo(f"set {change or len(replay(links).meters.sets)}")


@app.command()
@with_action
def register(
    meters: MetersPath,
    fleet: Annotated[
        Path, typer.Option(metavar="FILE", help="Devices and capacities (CSV device,capacity).", show_default=False)
    ],
    asset: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The stablecoin of stake, bills and prices.", show_default=False)
    ],
    reporters: Annotated[int, typer.Option(metavar="N", help="Number of the set of reporters.", show_default=False)],
    documents: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="The meter's papers: where readings are published, deeds.", show_default=False
        ),
    ],
    zone: Annotated[str, typer.Option(metavar="TEXT", help="The zone of the grid, at most 32 bytes.")],
    coin_price: Annotated[
        str,
        typer.Option(
            metavar="PRICE", help="What the chain's coin costs in the asset; a bond is twice an answer's gas or more."
        ),
    ],
    unit: Annotated[
        int,
        typer.Option(
            min=0, max=4, help="What it counts: 0 Wh produced, 1 consumed, 2 reduced, 3 GPU-seconds, 4 tokens."
        ),
    ] = 0,
    interval: Annotated[int, typer.Option(metavar="SECONDS", help="Length of an interval: 900, 1800 or 3600.")] = HOUR,
    gap_after: Annotated[int, typer.Option(metavar="HOURS", help="After it, a report is late.")] = 24,
    dispute_window: Annotated[int, typer.Option(metavar="HOURS", help="How long one may ask about a report.")] = 24,
    answer_window: Annotated[int, typer.Option(metavar="HOURS", help="How long an answer may take.")] = 48,
    bond: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="What a question costs. Default: the least, in whole units.")
    ] = None,
    stake: Annotated[str | None, typer.Option(metavar="AMOUNT", help="At least ten bonds. Default: ten.")] = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Registers a meter, owned by --account, which pays its stake."""
    from penstock.deploy.meters import decimals_of, least_bond, plan_register
    from penstock.files import read_bytes, read_text
    from penstock.links.fleet import parse_fleet
    from penstock.links.keccak import keccak
    from penstock.links.meters_storage import NewMeter
    from penstock.onchain.meters_replay import replay

    links = open_links(meters, network)
    token = address("--asset", asset)
    decimals = decimals_of(links, token)
    price = base_units("--coin-price", coin_price, decimals)
    whole = 10**decimals
    least = -(-least_bond(links, price) // whole) * whole
    bonded = max(least, 1) if bond is None else base_units("--bond", bond, decimals)
    tree = parse_fleet(read_text(fleet), str(fleet)).tree
    terms = NewMeter(
        token,
        unit,
        interval,
        tree.total,
        reporters,
        gap_after * HOUR,
        dispute_window * HOUR,
        answer_window * HOUR,
        word32("--zone", zone),
        tree.root,
        keccak(read_bytes(documents)),
        10 * bonded if stake is None else base_units("--stake", stake, decimals),
        bonded,
    )
    plan = plan_register(links, terms, sender_of(links.chain, action), price)
    if do(links, plan, "register", action):
        owner = sender_of(links.chain, action)
        found = [n for n, each in replay(links).meters.meters.items() if (each.terms, each.owner) == (terms, owner)]
        typer.echo(f"meter {found[-1]}")


@app.command()
@with_action
def pledge(
    meters: MetersPath,
    meter: MeterNumber,
    payee: Annotated[str, typer.Option(metavar="ADDRESS", help="Who is paid, usually a deal.", show_default=False)],
    least_certificate: Annotated[
        str, typer.Option(metavar="PRICE", help="The least price of certificates, a million units.")
    ] = "0",
    least_offer: Annotated[
        str, typer.Option(metavar="PRICE", help="The least price of offers, a million units.")
    ] = "0",
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Pledges a meter to one payee, from the next interval on."""
    from penstock.deploy.meters import decimals_of, plan_pledge, require_meter

    links = open_links(meters, network)
    decimals = decimals_of(links, require_meter(links, meter).asset)
    prices = [base_units("--least-certificate", least_certificate, decimals)]
    prices.append(base_units("--least-offer", least_offer, decimals))
    do(links, plan_pledge(links, meter, address("--payee", payee), *prices), "pledge", action)


@app.command()
@with_action
def release(meters: MetersPath, meter: MeterNumber, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """Ends a pledge: by the payee, or by anyone once the payee is a deal that is repaid."""
    from penstock.deploy.meters import plan_release

    links = open_links(meters, network)
    do(links, plan_release(links, meter, sender_of(links.chain, action)), "release", action)


@app.command()
@with_action
def restore(meters: MetersPath, meter: MeterNumber, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """Pays a meter's stake again, after a batch of it became void; anyone may."""
    from penstock.deploy.meters import plan_restore

    links = open_links(meters, network)
    do(links, plan_restore(links, meter, sender_of(links.chain, action)), "restore", action)


@app.command()
@with_action
def close(meters: MetersPath, meter: MeterNumber, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """Ends a meter that is not pledged: no report any more; its stake is credited with its last batch."""
    from penstock.deploy.meters import plan_close

    links = open_links(meters, network)
    do(links, plan_close(links, meter), "close", action)


@app.command()
@with_action
def withdraw(
    meters: MetersPath,
    holder: Annotated[str, typer.Option("--for", metavar="ADDRESS", help="Whom to pay.", show_default=False)],
    asset: Annotated[str, typer.Option(metavar="ADDRESS", help="The stablecoin.", show_default=False)],
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Pays an account what is credited to it: bonds, shares of stakes, a stake; anyone may."""
    from penstock.deploy.meters import plan_withdraw

    links = open_links(meters, network)
    places = address("--asset", asset), address("--for", holder)
    do(links, plan_withdraw(links, *places, sender_of(links.chain, action)), "withdraw", action)
