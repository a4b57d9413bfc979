"""`penstock call`: announces a deal's clean-up call."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.action import PLAN_ONLY, Action, carry_out, open_to_change, with_action
from penstock.cli.options import ManifestPath, Network, base_units


@with_action
def call(
    deployment: ManifestPath,
    allow: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT",
            help="Also let the deal take up to this much of the payee's stablecoin. It takes what is missing, no more.",
            show_default=False,
        ),
    ] = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Announces the clean-up call of the next period, at least a day before its payment date.

    Without --execute, only the plan is printed. The period's settlement is then the last: it pays every lender and fee
    in full, and takes what is missing from the payee. If the payee does not pay, it is a settlement like any other.
    """
    from penstock.deploy.call import plan_call

    chain, network_name, attached, _ = open_to_change(deployment, network)
    most = None if allow is None else base_units("--allow", allow, attached.terms.decimals)
    plan = plan_call(chain, network_name, attached, most)
    carry_out(chain, plan, deployment, "call", action, plan.steps[0].sender)
