"""Asking for a keystore's password at the terminal, or reading it from a file."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from getpass import GetPassWarning
from pathlib import Path
from typing import Annotated

import typer

PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file", metavar="FILE", help="One line, the keystore's password; mode 600. Default a prompt."
    ),
]


def password_from(file: Path | None) -> Callable[[Path], str]:
    """How to get a keystore's password: from a file where one is given, else by a prompt that does not echo."""

    def ask(keystore: Path) -> str:
        from penstock.evm.passwords import Password, PasswordRefused, read_password

        if file is not None:
            return read_password(file)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", GetPassWarning)  # it would echo
                return Password(typer.prompt(f"Password of {keystore.name}", hide_input=True, err=True))
        except (GetPassWarning, typer.Abort) as error:
            if isinstance(error, GetPassWarning):
                typer.echo(err=True)  # ends the prompt's line
            raise PasswordRefused(
                f"no password was typed for {keystore.name}; accepted: a terminal, or --password-file FILE"
            ) from None

    return ask
