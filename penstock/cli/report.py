"""`penstock report`: losses, asset values and other figures of a period, by one reporter or by several who sign."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from penstock.cli.action import PLAN_ONLY, Action, carry_out, open_to_change, with_action
from penstock.cli.options import Account, Json, ManifestPath, Network, PasswordFile, address
from penstock.cli.selection import account_of, key_of
from penstock.files import write_whole

if TYPE_CHECKING:
    from penstock.model.report import Report
    from penstock.model.terms import DealTerms


class ReportGroup(TyperGroup):
    """A group whose first word may be a deployment: one reporter needs no subcommand."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args and args[0] in self.commands else [ALONE, *args])


ALONE = "alone"
app = typer.Typer(cls=ReportGroup, help="Reports on a period: `penstock report DEPLOYMENT`, or what several sign.")

Period = Annotated[
    int | None, typer.Option(metavar="N", help="The period to report on. Default: the next one to be settled.")
]
Loss = Annotated[str | None, typer.Option(metavar="AMOUNT", help="What balances are written down by.")]
AssetValue = Annotated[str | None, typer.Option(metavar="AMOUNT", help="What the deal's assets are worth.")]
Fields = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="A field that the deal declares. Repeat for each.", show_default=False),
]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Signed reports, or folders that hold them.", show_default=False),
]


@app.callback()
def _group() -> None:
    """
    Reports on a period.

    With one reporter: penstock report DEPLOYMENT --loss 1000 --execute. Where several report, each signs, and anyone
    submits what a quorum signed.
    """


@app.command(ALONE)
@with_action
def report(
    deployment: ManifestPath,
    period: Period = None,
    loss: Loss = None,
    asset_value: AssetValue = None,
    field: Fields = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Reports on a period: a loss, an asset value, fields that the deal declares.

    Without --execute, only the plan is printed. A report is final: what it leaves out stays unreported. A figure of 0
    is a report too. The word `alone` may be left out.
    """
    from penstock.deploy.report import plan_report

    chain, network_name, attached, _ = open_to_change(deployment, network)
    made = _report(attached.terms, loss, asset_value, field or [])
    plan = plan_report(chain, network_name, attached, period, made)
    carry_out(chain, plan, deployment, "report", action, plan.steps[0].sender)


@app.command()
def sign(
    deployment: ManifestPath,
    period: Period = None,
    loss: Loss = None,
    asset_value: AssetValue = None,
    field: Fields = None,
    account: Account = None,
    password_file: PasswordFile = None,
    signature: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="A signature made elsewhere, for the reporter at --account ADDRESS."),
    ] = None,
    typed_data: Annotated[
        Path | None,
        typer.Option(
            "--typed-data",
            metavar="FILE",
            help="Write what --account ADDRESS is to sign elsewhere (EIP-712); sign nothing.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where to write the signed report. Default: DEAL.report-PERIOD-REPORTER.json, beside it.",
        ),
    ] = None,
    network: Network = None,
) -> None:
    """
    Signs a report as one of several reporters, and writes it to a file. Sends nothing.

    A quorum of such files makes a report: penstock report submit. Fields and figures are those of `penstock report`.
    """
    from dataclasses import replace

    from penstock.deploy.quorum_report import to_sign
    from penstock.onchain import signed_report
    from penstock.onchain.reports import report_text

    if out is not None and not out.name:
        raise typer.BadParameter(f"{str(out)!r} is not a file", param_hint="--out")
    chain, _, attached, _ = open_to_change(deployment, network)
    made = _report(attached.terms, loss, asset_value, field or [])
    if signature is not None or typed_data is not None:
        if account is None:
            raise typer.BadParameter("the reporter's address", param_hint="--account")
        unsigned = to_sign(chain, attached, period, made, address("--account", account))
        if typed_data is not None:
            write_whole(typed_data, json.dumps(signed_report.typed_data(unsigned), indent=1) + "\n")
            print(f"to be signed by {unsigned.reporter}: {typed_data}")
            return
        signed = replace(unsigned, signature=_bytes("--signature", str(signature)))
    else:
        signer = key_of(chain, account, password_file)
        unsigned = to_sign(chain, attached, period, made, signer.address)
        signed = replace(unsigned, signature=signer.sign_digest(unsigned.digest))
    name = f"{deployment.stem}.report-{signed.period}-{signed.reporter}.json"
    file = out or deployment.with_name(name)
    signed_report.write(signed, attached.terms, file)
    print(f"period {signed.period}, {report_text(attached.terms, made)}; signed by {signed.reporter}: {file}")


@app.command()
@with_action
def submit(
    deployment: ManifestPath,
    files: Files,
    period: Period = None,
    action: Action = PLAN_ONLY,
    network: Network = None,
) -> None:
    """
    Brings the reports of a quorum together, and makes the report. Anyone may.

    Without --execute, only the plan is printed. Reports of other deals and periods in the same folder are passed over.
    """
    from penstock.deploy.quorum_report import collect, plan_submission

    chain, network_name, attached, _ = open_to_change(deployment, network)
    got = collect(chain, attached, period, files)
    sender = account_of(chain, action.account)
    plan = plan_submission(chain, network_name, attached, got, sender)
    carry_out(chain, plan, deployment, "report", action, sender)


@app.command()
def status(
    deployment: ManifestPath,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="Signed reports, or folders that hold them.", show_default=False),
    ] = None,
    period: Period = None,
    as_json: Json = False,
    network: Network = None,
) -> None:
    """Prints who signed a report of a period so far, and what a quorum would report."""
    from penstock.cli.pages.quorum import status_json, status_page
    from penstock.deploy.quorum_report import collect
    from penstock.report import tables

    chain, _, attached, _ = open_to_change(deployment, network)
    got = collect(chain, attached, period, files or [])
    if as_json:
        print(json.dumps(status_json(chain, attached, got), indent=1))
    else:
        tables.console().print(status_page(chain, attached, got))


def _bytes(option: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a signature in hexadecimal digits", param_hint=option) from None


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
