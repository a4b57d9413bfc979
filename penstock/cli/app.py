"""The `penstock` command: its subcommands, and errors as one line. Exit codes: docs/OPERATIONS.md."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from penstock.cli import admin, certificates, holders, manifest, meters, offtake, output, report
from penstock.cli.allot import allot
from penstock.cli.audit import audit
from penstock.cli.call import call
from penstock.cli.check import check
from penstock.cli.claim import claim
from penstock.cli.compile import compile_
from penstock.cli.cut_off import cut_off
from penstock.cli.demo import demo
from penstock.cli.demo_energy import demo_energy
from penstock.cli.deploy import deploy
from penstock.cli.fuzz import fuzz
from penstock.cli.new import new
from penstock.cli.offering import collect, offer, refund, subscribe
from penstock.cli.portfolio import portfolio
from penstock.cli.reit import reit
from penstock.cli.revenue import revenue
from penstock.cli.schema import schema
from penstock.cli.settle import settle
from penstock.cli.simulate import simulate
from penstock.cli.size import size
from penstock.cli.status import status
from penstock.cli.stress import stress
from penstock.cli.verify import verify
from penstock.cli.watch import watch
from penstock.errors import PenstockError
from penstock.format import one_line

REFUSED, BAD_USAGE, INTERRUPTED = 1, 2, 130  # 128 + SIGINT, as shells report it
RESUMABLE = (
    "admin",
    "audit",
    "call",
    "certificates",
    "claim",
    "collect",
    "cut-off",
    "deploy",
    "holders",
    "meters",
    "offer",
    "offtake",
    "refund",
    "report",
    "settle",
    "stress",
    "subscribe",
    "verify",
)
"""Commands that find what is already done: in a checkpoint, in a journal or on the chain."""
MAX_SHOWN = 60
ACCEPTED = {
    "greater_than_equal": "{ge:g} or more",
    "less_than_equal": "{le:g} or less",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "float_parsing": "a number",
}


class Interrupted(Exception):
    """Ctrl-C; the text is the line to print."""


class OneLineErrors(TyperGroup):
    """Prints every error as one line on stderr, without a traceback: refusals exit 1, bad usage 2, Ctrl-C 130."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:  # typer would exit without a message
            more = "; run the same command again to resume" if ctx.invoked_subcommand in RESUMABLE else ""
            raise Interrupted(f"penstock: interrupted{more}") from None

    def make_context(self, *words: Any, **more: Any) -> Any:
        try:
            return super().make_context(*words, **more)
        except KeyboardInterrupt:  # the command has not begun
            raise Interrupted("penstock: interrupted") from None

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, *more: Any, **extra: Any) -> Any:
        standalone = extra.pop("standalone_mode", True)
        output.guard()
        try:
            result = super().main(args, prog_name, *more, **{**extra, "standalone_mode": False})
            output.flush()
        except PenstockError as error:
            _leave(str(error), REFUSED)  # begins with FILE:LINE, which editors can open
        except OSError as error:
            _leave(f"{error.filename}: {error.strerror}" if error.filename else f"penstock: {error}", REFUSED)
        except Interrupted as interrupted:
            _leave(str(interrupted), INTERRUPTED)
        except (KeyboardInterrupt, typer.Abort):  # before the command began
            _leave("penstock: interrupted", INTERRUPTED)
        except Exception as error:
            message = getattr(error, "format_message", None)
            if message is None:
                raise
            _name_the_value(error)
            text = one_line(" ".join(str(message()).split()))
            used = getattr(getattr(error, "ctx", None), "command_path", "penstock")
            _leave(f"penstock: {text} (see {used} --help)", getattr(error, "exit_code", BAD_USAGE))
        if standalone:
            raise SystemExit(result if isinstance(result, int) else 0)
        return result


_ONE_OF = re.compile(r"is not one of (.*?)\.?$")


def _name_the_value(error: Any) -> None:
    """Replaces pydantic's message about an option, which leaves out the value, by the value and what is accepted."""
    from pydantic import ValidationError

    if not isinstance(error.__cause__, ValidationError):
        return
    fault = error.__cause__.errors(include_url=False)[0]
    shown = repr(str(fault["input"])[:MAX_SHOWN])
    accepted = ACCEPTED.get(fault["type"])
    if accepted:
        error.message = f"{shown}; accepted: {accepted.format(**fault.get('ctx', {}))}"
    elif words := _ONE_OF.search(fault["msg"]):
        error.message = f"{shown}; accepted: {words[1].replace(chr(39), '')}"


def _leave(message: str, code: int) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(code)


class _OnStderr(logging.Handler):
    """Log lines go to stderr, so that stdout holds the result only."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(record.getMessage(), err=True)


logging.getLogger("penstock").addHandler(_OnStderr())
logging.getLogger("penstock").setLevel(logging.INFO)

app = typer.Typer(
    name="penstock",
    cls=OneLineErrors,
    help="Turns a project's revenue into tokenised, ranked claims.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        try:
            print(f"penstock {version('penstock')}")
        except PackageNotFoundError:  # run from a checkout that is not installed
            print("penstock (not installed)")
        raise typer.Exit()


@app.callback()
def _options(
    show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Turns a project's revenue into tokenised, ranked claims."""


for command in (
    new,
    check,
    simulate,
    size,
    portfolio,
    revenue,
    stress,
    demo,
    fuzz,
    deploy,
    allot,
    offer,
    subscribe,
    collect,
    refund,
    verify,
    call,
    cut_off,
    settle,
    claim,
    status,
    reit,
    watch,
    audit,
    schema,
):
    app.command()(command)
app.command("compile")(compile_)
app.add_typer(holders.app, name="holders")
app.command("demo-energy")(demo_energy)
app.add_typer(admin.app, name="admin")
app.add_typer(manifest.app, name="manifest")
app.add_typer(meters.app, name="meters")
app.add_typer(certificates.app, name="certificates")
app.add_typer(report.app, name="report")
app.add_typer(offtake.app, name="offtake")
