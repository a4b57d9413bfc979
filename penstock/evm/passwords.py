"""Reads a keystore's password or an API key: from a prompt that does not echo, or a file that others cannot read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from penstock.evm.errors import ChainError

MOST_BYTES = 4096
OTHERS = stat.S_IRWXG | stat.S_IRWXO


class PasswordRefused(ChainError):
    """A password file that is missing, open to others, or has no password. The text never contains it."""


class Password(str):
    """A password that never appears in a text; only `encode` returns it."""

    def __repr__(self) -> str:
        return "Password(…)"

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)


def read_password(file: Path) -> Password:
    """The one line of a password file; a pipe will do. Raises as `read_secret`."""
    return Password(read_secret(file, "the password"))


def read_secret(file: Path, what: str) -> str:
    """
    The one line of a file of one's own. what : that line, in words.

    Raises
    ------
    PasswordRefused : no file, another user's, one that group or others may touch, or not exactly one line.
    """
    try:
        with file.open("rb") as held:
            about = os.fstat(held.fileno())
            _require_own(file, about, what)
            found = held.read(MOST_BYTES + 1)
    except OSError as error:
        raise PasswordRefused(f"{file}: {error.strerror or 'cannot be read'}") from None
    try:
        text = found.decode("utf-8")
    except UnicodeDecodeError:
        raise PasswordRefused(f"{file}: not UTF-8 text; accepted: one line, {what}") from None
    line = text.removesuffix("\n").removesuffix("\r")
    if not line or "\n" in line or len(found) > MOST_BYTES:
        reason = "empty" if not line else "more than one line" if "\n" in line else f"longer than {MOST_BYTES} bytes"
        raise PasswordRefused(f"{file}: {reason}; accepted: one line, {what}")
    return line


def _require_own(file: Path, about: os.stat_result, what: str) -> None:
    if not (stat.S_ISREG(about.st_mode) or stat.S_ISFIFO(about.st_mode)):
        raise PasswordRefused(f"{file}: neither a file nor a pipe; accepted: one line, {what}")
    if about.st_uid != os.getuid():
        raise PasswordRefused(f"{file}: another user's; accepted: a file of your own, chmod 600")
    if about.st_mode & OTHERS:
        mode = stat.S_IMODE(about.st_mode)
        raise PasswordRefused(f"{file}: others may read or change it (mode {mode:03o}); accepted: chmod 600 {file}")
