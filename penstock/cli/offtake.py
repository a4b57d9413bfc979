"""`penstock offtake`: a metered bill every period, from its file to its last payment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.action import PLAN_ONLY, Action, carry_out, with_action
from penstock.cli.options import CsvFile, Json, Network, NetworkName, address
from penstock.cli.selection import account_of, chain_name

if TYPE_CHECKING:
    from penstock.onchain.offtake import DeployedOfftake

app = typer.Typer(help="A metered bill every period: power purchase agreements, leases, hosting contracts.")

OfftakePath = Annotated[Path, typer.Argument(metavar="FILE", help="Offtake file (TOML).", show_default=False)]
Deployed = Annotated[
    Path,
    typer.Argument(metavar="OFFTAKE", help="The file (JSON) that `penstock offtake deploy` wrote.", show_default=False),
]
Bill = Annotated[int, typer.Argument(metavar="N", min=1, help="Number of the bill, from 1.", show_default=False)]
Readings = Annotated[
    Path | None,
    typer.Option(metavar="CSV", help="What the meter counted (CSV: date,units); days are added up by bill."),
]


@app.callback()
def _group() -> None:
    """A metered bill every period: power purchase agreements, leases, hosting contracts."""


@app.command()
def check(file: OfftakePath) -> None:
    """Validates an offtake file and prints its terms."""
    from penstock.cli.pages.offtake import terms_page
    from penstock.dealfile.offtake import load
    from penstock.report import tables

    tables.console().print(terms_page(load(file)))


@app.command()
def schedule(
    file: OfftakePath,
    readings: Readings = None,
    rate: Annotated[
        str | None,
        typer.Option(metavar="RATE", help="Also print the value today of the bills, discounted at year ends: 0.08."),
    ] = None,
    csv: CsvFile = None,
    as_json: Json = False,
) -> None:
    """
    Prints every bill: its days, price, and what it comes to where it is known what the meter counted.

    With --csv, the file has the columns date and collections: a deal reads it as its flows.
    """
    from penstock.cli.pages import offtake as pages
    from penstock.dealfile import offtake as files
    from penstock.files import write_whole
    from penstock.report import tables

    plan = files.load(file)
    bills = files.schedule(plan, files.load_readings(readings, plan) if readings else None)
    discount = None if rate is None else _rate(rate)
    if csv is not None:
        write_whole(csv, pages.flows_csv(plan, bills))
    if as_json:
        print(json.dumps(pages.schedule_json(plan, bills, discount), indent=1))
    else:
        tables.console().print(pages.schedule_page(plan, bills, discount))


@app.command()
@with_action
def deploy(
    file: OfftakePath,
    network: NetworkName,
    meters: Annotated[str, typer.Option(metavar="ADDRESS", help="The meters' contract.", show_default=False)],
    meter: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of the meter. Default: the offtake file's.")
    ] = None,
    buyer: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Who accepts and pays. Default: the offtake file's.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the file. Default: deployments/CHAIN/links/NAME.json."),
    ] = None,
    action: Action = PLAN_ONLY,
) -> None:
    """
    Makes an offtake for a meter, and records where it is.

    Anyone may make it; it is in force once its buyer accepts. The terms decide the address, so that the same ones are
    made once: safe to repeat.
    """
    from penstock.dealfile.offtake import load
    from penstock.deploy.offtake import plan_offtake, record
    from penstock.deploy.write_manifest import shown_network
    from penstock.evm import networks
    from penstock.links.offtake import NO_ONE
    from penstock.onchain import offtake as manifests

    if out is not None and not out.name:
        raise typer.BadParameter(f"{str(out)!r} is not a file", param_hint="--out")
    plan = load(file)
    number = meter or plan.terms.meter
    if not number:
        raise typer.BadParameter("the offtake file names no meter; accepted: --meter N", param_hint="--meter")
    if buyer is None and plan.terms.buyer == NO_ONE:
        raise typer.BadParameter("the offtake file names no buyer; accepted: --buyer ADDRESS", param_hint="--buyer")
    terms = plan.placed(address("--meters", meters), number, address("--buyer", buyer or plan.terms.buyer))
    target = networks.find(network)
    chain = networks.connect(target)
    place = out or manifests.default_file(chain.chain_id, file)
    sender = account_of(chain, action.account)
    steps, _, asset = plan_offtake(chain, chain_name(chain, network), plan, terms, sender)
    sent = carry_out(chain, steps, place, "deploy", action, sender) if steps.to_do or not action.execute else True
    if sent:
        journal = place.with_suffix(".deploy.journal.jsonl")
        made = record(chain, shown_network(target), file.name, plan, terms, asset, journal)
        manifests.write(made, place)
        typer.echo(f"wrote {place}")


@app.command()
@with_action
def accept(offtake: Deployed, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """Accepts an offtake as its buyer, and deposits what its terms ask for."""
    from penstock.deploy.offtake import plan_accept

    at, name = _open(offtake, network)
    carry_out(at.chain, plan_accept(at, name), offtake, "accept", action, at.terms.buyer)


@app.command()
def invoice(offtake: Deployed, bill: Bill, as_json: Json = False, network: Network = None) -> None:
    """Prints a bill: what was counted and priced, what is unpaid, interest, who is paid, and until when."""
    from penstock.cli.pages import offtake as pages
    from penstock.report import tables

    at, _ = _open(offtake, network)
    made = pages.invoice(at, bill)
    if as_json:
        print(json.dumps(made.as_json, indent=1))
    else:
        tables.console().print(made.page)


@app.command()
@with_action
def pay(offtake: Deployed, bill: Bill, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """
    Pays everything due for a bill, straight to the meter's payee. Anyone may pay, for the buyer.

    Bills are paid in order. Safe to repeat: a bill that is paid is not paid again.
    """
    from penstock.deploy.offtake import plan_pay

    at, name = _open(offtake, network)
    sender = account_of(at.chain, action.account)
    carry_out(at.chain, plan_pay(at, name, bill, sender), offtake, "pay", action, sender)


@app.command()
@with_action
def draw(offtake: Deployed, bill: Bill, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """
    Pays a bill that is late from the deposit: the bill first, then interest. Anyone may.

    What the deposit does not cover stays due, and costs interest further.
    """
    from penstock.deploy.offtake import plan_draw

    at, name = _open(offtake, network)
    sender = account_of(at.chain, action.account)
    carry_out(at.chain, plan_draw(at, name, bill, sender), offtake, "draw", action, sender)


@app.command()
@with_action
def finish(offtake: Deployed, action: Action = PLAN_ONLY, network: Network = None) -> None:
    """Gives what is left of the deposit back to the buyer, once every bill is paid. Anyone may."""
    from penstock.deploy.offtake import plan_finish

    at, name = _open(offtake, network)
    sender = account_of(at.chain, action.account)
    carry_out(at.chain, plan_finish(at, name, sender), offtake, "finish", action, sender)


@app.command()
def status(offtake: Deployed, as_json: Json = False, network: Network = None) -> None:
    """Prints the state of an offtake: deposit, what was paid, and every bill that is final and not paid."""
    from penstock.cli.pages import offtake as pages
    from penstock.report import tables

    at, _ = _open(offtake, network)
    if as_json:
        print(json.dumps(pages.status_json(at), indent=1))
    else:
        tables.console().print(pages.status_page(at))


def _open(file: Path, network: str | None) -> tuple[DeployedOfftake, str]:
    from penstock.evm import networks
    from penstock.onchain import offtake as manifests

    name = network or manifests.read(file).network
    chain = networks.connect(name)
    return manifests.open_offtake(file, chain), chain_name(chain, name)


def _rate(text: str) -> int:
    from penstock.dealfile.numbers import parse_exact

    exact = parse_exact(text)
    wad = exact.scaled(18) if exact else None
    if wad is None:
        raise typer.BadParameter(f"{text!r}; accepted: a yearly rate such as 0.08", param_hint="--rate")
    return wad
