"""The page of `penstock offer`, and the same as JSON."""

from __future__ import annotations

import json

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.deploy.offering import LiveOffering, state_text
from penstock.format import format_amount, moment
from penstock.onchain.terms_encode import NO_ADDRESS
from penstock.report.tables import table

PARTIES = ("project", "underwriter", "canceller")


def offering_page(offering: LiveOffering) -> RenderableType:
    """State, tranches, dates and parties; what to do next is in the state."""
    rows = []
    for lot, sold in offering.lots:
        price = format_amount(lot.price, offering.terms.decimals)
        rows.append((offering.id_of(lot.tranche), price, f"{lot.units:,}", f"{sold:,}", f"{lot.units - sold:,}"))
    heading = f"Offering of {offering.terms.name}: {state_text(offering)}"
    facts = [
        ("subscribed", offering.money(offering.subscribed)),
        ("soft cap", offering.money(offering.soft_cap)),
        ("left", offering.money(offering.left)),
        ("deadline", moment(offering.deadline_at)),
        ("end of grace", moment(offering.grace_ends_at)),
        ("offering", offering.contract.address),
        ("deal", offering.deal),
        *((name, _party(offering, name)) for name in PARTIES),
    ]
    return Group(
        table(heading, ("tranche",), ("price of a unit", "units", "subscribed", "left"), rows),
        Text(""),
        table("", ("what", ""), rows=facts),
    )


def offering_json(offering: LiveOffering) -> str:
    """Amounts as decimal strings."""

    def money(amount: int) -> str:
        return format_amount(amount, offering.terms.decimals)

    lots = [
        {
            "tranche": offering.id_of(lot.tranche),
            "price": money(lot.price),
            "units": lot.units,
            "subscribed": sold,
            "least": lot.least,
            "most": lot.most,
        }
        for lot, sold in offering.lots
    ]
    found = {
        "name": offering.terms.name,
        "state": offering.state.name.lower(),
        "subscribed": money(offering.subscribed),
        "soft_cap": money(offering.soft_cap),
        "left": money(offering.left),
        "deadline_at": offering.deadline_at,
        "grace_ends_at": offering.grace_ends_at,
        "offering": offering.contract.address,
        "deal": offering.deal,
        **{name: _party(offering, name) for name in PARTIES},
        "tranches": lots,
    }
    return json.dumps(found, indent=1)


def _party(offering: LiveOffering, name: str) -> str:
    found = str(offering.contract.call(name))
    return "nobody" if found == NO_ADDRESS else found
