"""A file of the pages of logs already read, so that an interrupted audit goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from penstock.evm.errors import ChainError
from penstock.files import parse_json

FORMAT = 2
ACCEPTED = "accepted: --checkpoint FILE, one that is new, empty, or a checkpoint of this deal"


class CheckpointRefused(ChainError):
    """A file that cannot be written, or that is something else and would be lost."""


class Entry(NamedTuple):
    """One log, as the node gave it. place : in the block, from 0. address : in lower case."""

    block: int
    place: int
    transaction: str
    address: str
    topics: tuple[str, ...]
    data: str


class Kept(NamedTuple):
    """Pages up to block `last`, those of each filter together."""

    last: int
    logs: list[list[Entry]]


class Checkpoint:
    """
    An append-only file: a line that says what it is of, then a line a page.

    Parameters
    ----------
    about : what the logs are of, chain and deal first; a file about anything else is not used.
    hash_of : the hash of a block now, to notice a chain that took another course since.
    said : is told, in a line, why a file was not used.
    """

    def __init__(
        self, file: Path, about: dict[str, Any], hash_of: Callable[[int], str | None], said: Callable[[str], None]
    ) -> None:
        self.file, self.about = file, {"penstock audit": FORMAT, **about}
        self._hash_of, self._said = hash_of, said

    def require_ours(self) -> None:
        """
        Before anything is written: what somebody names by mistake must not be lost.

        Raises
        ------
        CheckpointRefused : where the file is no checkpoint, or one of another deal or chain, or cannot be written.
        """
        mine = {name: self.about[name] for name in ("chain", "deal")}
        try:
            if self.file.exists() and not self.file.is_file():
                raise CheckpointRefused(f"{self.file}: not a file; {ACCEPTED}")
            with self.file.open("a+b") as file:
                file.seek(0)
                line = file.readline().decode(errors="replace")
        except OSError as error:
            raise CheckpointRefused(f"{self.file}: {error.strerror}; {ACCEPTED}") from None
        if not line.endswith("\n"):  # empty, or cut off where it begins
            begins = json.dumps({"penstock audit": FORMAT, **mine})[:-1]
            if begins.startswith(line) or line.startswith(begins):
                return
        try:
            found = parse_json(line)
        except ValueError:
            found = None
        if not isinstance(found, dict) or "penstock audit" not in found:
            raise CheckpointRefused(f"{self.file}: no checkpoint of penstock audit, left as it is; {ACCEPTED}")
        if {name: found.get(name) for name in mine} != mine:
            whose = f"the deal {found.get('deal')} on chain {found.get('chain')}"
            raise CheckpointRefused(f"{self.file}: the checkpoint of {whose}, left as it is; {ACCEPTED}")

    def read(self, filters: int) -> Kept | None:
        """What was read before; None where there is nothing to go on from. A torn last line is left out."""
        if not self.file.exists():
            return None
        last, logs, seen = None, [list[Entry]() for _ in range(filters)], None
        try:
            for number, line in enumerate(self._lines()):
                if number == 0:
                    if line != self.about:
                        self._discard("it is of other blocks")
                        return None
                    continue
                if last is not None and line["first"] != last + 1:
                    self._discard(f"line {number + 1} does not follow the one before")
                    return None
                last, seen = line["last"], line["seen"] or seen
                for place, found in enumerate(line["logs"]):
                    logs[place] += [_entry(*each) for each in found]
        except (ValueError, KeyError, TypeError, IndexError) as error:
            self._discard(f"it cannot be read ({type(error).__name__})")
            return None
        if seen and self._hash_of(seen[0]) != seen[1]:
            self._discard(f"block {seen[0]} is another now")
            return None
        return None if last is None else Kept(last, logs)

    @contextmanager
    def append(self, afresh: bool) -> Iterator[Callable[..., None]]:
        """Gives what adds a page. A torn line left behind is cut off first."""
        if afresh:
            self.file.write_text(json.dumps(self.about) + "\n")
        else:
            whole = self.file.read_bytes()
            self.file.write_bytes(whole[: whole.rfind(b"\n") + 1])
        with self.file.open("a") as out:
            yield lambda *page: self._add(out, *page)

    def remove(self) -> None:
        try:
            self.file.unlink(missing_ok=True)
        except OSError as error:  # no reason to lose a verdict
            self._said(f"{self.file}: not removed: {error.strerror}")

    def _add(self, out: TextIO, first: int, last: int, logs: list[list[Entry]], seen: tuple[int, str] | None) -> None:
        out.write(json.dumps({"first": first, "last": last, "seen": seen, "logs": logs}) + "\n")
        out.flush()

    def _lines(self) -> Iterator[Any]:
        with self.file.open() as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield parse_json(line)

    def _discard(self, why: str) -> None:
        self._said(f"{self.file}: not used, {why}; reading the logs from the start")


def _entry(block: int, place: int, transaction: str, address: str, topics: list[str], data: str) -> Entry:
    return Entry(block, place, transaction, address, tuple(topics), data)
