"""`penstock certificates`: issues, sells and retires what meters measured."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from penstock.cli.action import PLAN_ONLY, Action, with_action
from penstock.cli.links import MeterNumber, MetersPath, Start, do, open_links, seconds, sender_of, word32
from penstock.cli.options import Json, Network, address, base_units

app = typer.Typer(help="Certificates of what meters measured.")

Amount = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="WH",
        help="How much in all: what this account did before with the lot counts, so that a repeat does nothing twice.",
        show_default=False,
    ),
]


@app.callback()
def _group() -> None:
    """Certificates of what meters measured."""


@app.command()
@with_action
def issue(meters: MetersPath, meter: MeterNumber, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """Issues the certificates of every final interval of a meter; anyone may."""
    from penstock.deploy.certificates import plan_issue

    links = open_links(meters, network)
    do(links, plan_issue(links, meter, sender_of(links.chain, action)), "issue", action)


@app.command()
@with_action
def price(
    meters: MetersPath,
    meter: MeterNumber,
    per_million: Annotated[
        str, typer.Option("--price", metavar="PRICE", help="Of a MWh; 0: not for sale.", show_default=False)
    ],
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Sets what a meter's certificates cost."""
    from penstock.deploy.certificates import plan_price
    from penstock.deploy.meters import decimals_of, require_meter

    links = open_links(meters, network)
    decimals = decimals_of(links, require_meter(links, meter).asset)
    do(links, plan_price(links, meter, base_units("--price", per_million, decimals)), "price", action)


@app.command()
@with_action
def buy(
    meters: MetersPath,
    meter: MeterNumber,
    start: Start,
    amount: Amount,
    most: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="The most to pay now. Default: what it costs now.")
    ] = None,
    to: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Who gets them. Default: --account.")] = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Buys certificates of an interval; the cash goes to the meter's payee."""
    from penstock.deploy.certificates import plan_buy
    from penstock.deploy.meters import decimals_of, require_meter
    from penstock.links.meters_storage import interval_id

    links = open_links(meters, network)
    buyer = sender_of(links.chain, action)
    decimals = decimals_of(links, require_meter(links, meter).asset)
    limit = None if most is None else base_units("--most", most, decimals)
    lot, receiver = interval_id(meter, seconds(start)), address("--to", to) if to else buyer
    do(links, plan_buy(links, lot, amount, limit, receiver, buyer), "buy", action)


@app.command()
@with_action
def retire(
    meters: MetersPath,
    meter: MeterNumber,
    start: Start,
    amount: Amount,
    beneficiary: Annotated[str, typer.Option(metavar="TEXT", help="For whom, at most 32 bytes.")] = "",
    load: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Meter of the consumption it is claimed for, same hour.")
    ] = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """Retires certificates for good, against the load of the same hour if one is named."""
    from penstock.deploy.certificates import plan_retire
    from penstock.links.meters_storage import interval_id

    links = open_links(meters, network)
    lot, holder = interval_id(meter, seconds(start)), sender_of(links.chain, action)
    plan = plan_retire(links, lot, amount, word32("--beneficiary", beneficiary), load, holder)
    do(links, plan, "retire", action)


@app.command()
def status(
    meters: MetersPath,
    meter: Annotated[int | None, typer.Option(min=1, metavar="N", help="One meter. Default: all.")] = None,
    as_json: Json = False,
    network: Network = None,
) -> None:
    """Prints the lots: issued, for sale, held and retired."""
    import json

    from penstock.cli.pages.meters import certificates_page
    from penstock.links.meters_storage import meter_of
    from penstock.onchain.meters_replay import replay
    from penstock.report.tables import console

    made = replay(open_links(meters, network))
    if as_json:
        twin = made.certificates
        lots = [
            {
                "lot": str(lot),
                "issued": str(kept.issued),
                "for_sale": str(twin.balances[twin.address, lot]),
                "retired": str(kept.retired),
            }
            for lot, kept in sorted(twin.lots.items())
            if not meter or meter_of(lot) == meter
        ]
        typer.echo(json.dumps(lots, indent=2))
    else:
        console().print(certificates_page(made, meter))


@app.command()
def export(
    meters: MetersPath,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where to write the CSV file.", show_default=False)],
    technology: Annotated[str, typer.Option(metavar="TEXT", help="How it is produced.")] = "solar photovoltaic",
    source: Annotated[str, typer.Option(metavar="TEXT", help="From what energy.")] = "solar",
    network: Network = None,
) -> None:
    """Writes a row for each range of certificates with the attributes of EnergyTag's scheme standard (CSV)."""
    from penstock.files import write_whole
    from penstock.onchain.energytag import attributes_text
    from penstock.onchain.meters_replay import replay

    links = open_links(meters, network)
    text = attributes_text(replay(links), links.chain.chain_id, technology, source)
    write_whole(out, text)
    typer.echo(f"wrote {out}")
