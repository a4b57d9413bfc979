"""`penstock`, and `python -m penstock`. Ctrl-C is answered in one line before anything else is imported."""

from __future__ import annotations

import os
import signal
from types import FrameType

INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def main() -> None:
    """Runs the command line."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not where the shell had it ignored
    if ours:
        signal.signal(signal.SIGINT, _leave)
    import typer.main

    from penstock.cli.app import app

    command = typer.main.get_command(app)
    if ours:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command(prog_name="penstock")


def _leave(number: int, frame: FrameType | None) -> None:
    """An import that is cut off may catch an exception, or print it: nothing is done yet that needs an orderly end."""
    os.write(2, b"penstock: interrupted\n")
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
