"""Reads a keystore's password from a file, or asks for it at the terminal."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from getpass import GetPassWarning
from pathlib import Path

import typer


def password_from(file: Path | None) -> Callable[[Path], str]:
    """A function that reads a keystore's password from the file, or without one from a prompt that does not echo."""

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
