"""The command line: parse, call, print. Exit 0 done, 1 refused or found wrong, 2 bad usage, 130 interrupted."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from penstock.cli import admin, deploy, settle
from penstock.cli.audit import audit
from penstock.cli.compile import compile_
from penstock.cli.demo import demo
from penstock.cli.fuzz import fuzz
from penstock.cli.options import DEAL
from penstock.cli.status import status
from penstock.cli.watch import watch
from penstock.errors import PenstockError

REFUSED, BAD_USAGE, INTERRUPTED = 1, 2, 130  # the last is what shells say of SIGINT: 128 + 2
GO_ON = ("audit", "claim", "deploy", "handover", "replace", "settle")
"""Commands that find what they have done already, in a checkpoint, in a journal or on the chain."""
LONGEST = 60
ACCEPTED = {
    "greater_than_equal": "{ge:g} or more",
    "less_than_equal": "{le:g} or less",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "float_parsing": "a number",
}


class Interrupted(Exception):
    """Ctrl-C; the text is the line that says so."""


class OneLineErrors(TyperGroup):
    """Every error is one line on stderr: a refusal exits 1, bad usage 2, Ctrl-C 130, and none shows a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # typer makes of it an exit without a word
            more = "; run it again, it goes on where it stopped" if ctx.invoked_subcommand in GO_ON else ""
            raise Interrupted(f"penstock: interrupted{more}") from None

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *more: Any, **extra: Any) -> Any:
        standalone = extra.pop("standalone_mode", True)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="replace")  # a terminal without dashes still gets its numbers
        try:
            result = super().main(args, prog_name, *more, **{**extra, "standalone_mode": False})
        except PenstockError as error:
            _leave(str(error), REFUSED)  # begins with FILE:LINE, which editors follow
        except OSError as error:
            _leave(f"penstock: {error}", REFUSED)
        except Interrupted as interrupted:
            _leave(str(interrupted), INTERRUPTED)
        except Exception as error:
            message = getattr(error, "format_message", None)
            if message is None:
                raise
            _in_our_words(error)
            words = " ".join(str(message()).split())
            used = getattr(getattr(error, "ctx", None), "command_path", "penstock")
            _leave(f"penstock: {words} (see {used} --help)", getattr(error, "exit_code", BAD_USAGE))
        if standalone:
            raise SystemExit(result if isinstance(result, int) else 0)
        return result


def _in_our_words(error: Any) -> None:
    """typer hands on what pydantic says of a value that does not fit, which leaves the value itself out."""
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return
    fault = error.__cause__.errors(include_url=False)[0]
    accepted = ACCEPTED.get(fault["type"])
    if accepted:
        error.message = f"{str(fault['input'])[:LONGEST]!r}; accepted: {accepted.format(**fault.get('ctx', {}))}"


def _leave(message: str, code: int) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(code)


class _OnStderr(logging.Handler):
    """What takes long says so, beside the output and never in it."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(record.getMessage(), err=True)


logging.getLogger("penstock").addHandler(_OnStderr())
logging.getLogger("penstock").setLevel(logging.INFO)

app = typer.Typer(
    name="penstock",
    cls=OneLineErrors,
    help="Turns a project's revenue into ranked, tokenised claims.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

DealPath = Annotated[Path, DEAL]


def _version(wanted: bool) -> None:
    if wanted:
        try:
            print(f"penstock {version('penstock')}")
        except PackageNotFoundError:  # run from a checkout that is not installed
            print("penstock (not installed)")
        raise typer.Exit()


@app.callback()
def _options(
    show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turns a project's revenue into ranked, tokenised claims."""


@app.command()
def check(
    deal: DealPath,
    schedule: Annotated[bool, typer.Option("--schedule", help="Print the payment calendar too.")] = False,
) -> None:
    """Reads a deal file, refuses what cannot stand, and prints the terms."""
    from penstock.dealfile import load
    from penstock.dealfile.warnings import notes
    from penstock.report import tables

    terms = load(deal)
    console = tables.console()
    console.print(tables.terms_page(terms))
    if schedule:
        console.print()
        console.print(tables.schedule_page(terms))
    if doubts := notes(terms):
        console.print()
        console.print("\n".join(doubts))


@app.command()
def simulate(
    deal: DealPath,
    flows: Annotated[Path, typer.Option("--flows", metavar="CSV", help="What came in, by date.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print every number as JSON.")] = False,
) -> None:
    """Runs a deal's flows through the exact model."""
    from penstock.dealfile import load
    from penstock.dealfile.flows import load_flows
    from penstock.dealfile.warnings import notes
    from penstock.model.deal import run
    from penstock.report import tables
    from penstock.report.statement import statement

    terms = load(deal)
    received = load_flows(flows, terms)
    life = run(terms, received.collections, received.reports, received.late)
    if as_json:
        print(json.dumps(statement(terms, life), indent=1))
    else:
        console = tables.console()
        if doubts := notes(terms):
            console.print("\n".join(doubts), end="\n\n")
        console.print(tables.run_page(terms, life))
    if not life.conserved:
        raise typer.Exit(REFUSED)


app.command("compile")(compile_)
for command in (
    *(demo, fuzz, deploy.deploy, settle.settle, settle.claim, status, watch, audit),
    *(admin.handover, admin.replace),
):
    app.command()(command)
