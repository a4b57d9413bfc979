"""`penstock report`: reports losses, asset values and other figures of a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.action import PLAN_ONLY, Action, carry_out, open_to_change, with_action
from penstock.cli.options import ManifestPath, Network

if TYPE_CHECKING:
    from penstock.model.report import Report
    from penstock.model.terms import DealTerms


@with_action
def report(
    deployment: ManifestPath,
    period: Annotated[
        int | None, typer.Option(metavar="N", help="The period to report on. Default: the next one to be settled.")
    ] = None,
    loss: Annotated[str | None, typer.Option(metavar="AMOUNT", help="What balances are written down by.")] = None,
    asset_value: Annotated[str | None, typer.Option(metavar="AMOUNT", help="What the deal's assets are worth.")] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A field that the deal declares. Repeat for each.", show_default=False),
    ] = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Reports on a period: a loss, an asset value, fields that the deal declares.

    Without --execute, only the plan is printed. A report is final: what it leaves out stays unreported. A figure of 0
    is a report too.
    """
    from penstock.deploy.report import plan_report

    chain, network_name, attached, _ = open_to_change(deployment, network)
    made = _report(attached.terms, loss, asset_value, field or [])
    plan = plan_report(chain, network_name, attached, period, made)
    carry_out(chain, plan, deployment, "report", action, plan.steps[0].sender)


def _report(terms: DealTerms, loss: str | None, asset_value: str | None, fields: list[str]) -> Report:
    """Raises BadParameter."""
    from penstock.model.report import Report

    if loss is not None and not terms.write_down:
        raise typer.BadParameter("this deal does not write down losses; accepted: no --loss", param_hint="--loss")
    given = _given(terms, fields)
    made = Report(
        None if loss is None else _figure("--loss", loss, terms.decimals),
        None if asset_value is None else _figure("--asset-value", asset_value, terms.decimals),
        tuple(_field(terms, index, given) for index in range(len(terms.fields))),
    )
    if made.is_silence:
        ways = "--loss, --asset-value, --field NAME=VALUE"
        raise typer.BadParameter(f"nothing to report; accepted: {ways}", param_hint="--field")
    return made


def _given(terms: DealTerms, texts: list[str]) -> dict[str, str]:
    """The values of fields by their names, each once."""
    names = [each.id for each in terms.fields]
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--field")
        if name not in names:
            accepted = ", ".join(names) or "none, the deal declares no fields"
            raise typer.BadParameter(f"no field is {name!r}; accepted: {accepted}", param_hint="--field")
        if name in found:
            raise typer.BadParameter(f"{name!r} is given twice; accepted: once", param_hint="--field")
        found[name] = value
    return found


def _field(terms: DealTerms, index: int, given: dict[str, str]) -> int | None:
    field = terms.fields[index]
    if field.id not in given:
        return None
    return _figure("--field", given[field.id], field.places(terms.decimals), f"{field.id}=")


def _figure(option: str, text: str, places: int, before: str = "") -> int:
    from penstock.dealfile.numbers import figure_fault, parse_exact, why_no_decimal

    exact = parse_exact(text)
    fault = why_no_decimal(text) if exact is None else figure_fault(exact, places)
    if exact is None or fault:
        accepted = f"a number of 0 or more with at most {places} decimals" if places else "a whole number of 0 or more"
        raise typer.BadParameter(f"{before + text!r}: {fault}; accepted: {accepted}", param_hint=option)
    return exact.scaled(places) or 0
