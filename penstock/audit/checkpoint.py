"""A file of the pages of logs already read, so that an interrupted audit can resume."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from penstock.evm.errors import ChainError
from penstock.files import parse_json, writing

FORMAT = 2
ACCEPTED = "accepted: --checkpoint FILE, one that is new, empty, or a checkpoint of this deal"


class CheckpointRefused(ChainError):
    """A file that cannot be written, or that is something else and would be overwritten."""


class Entry(NamedTuple):
    """One log, as the node gave it. place : in the block, from 0. address : in lower case."""

    block: int
    place: int
    transaction: str
    address: str
    topics: tuple[str, ...]
    data: str


class Kept(NamedTuple):
    """Pages up to block `last`, grouped by filter."""

    last: int
    logs: list[list[Entry]]


class Checkpoint:
    """
    An append-only file: a line that identifies it, then one line per page.

    Parameters
    ----------
    about : identifies the logs, chain and deal first; a file about anything else is not used.
    hash_of : the present hash of a block, to notice a reorganisation.
    say : called with one line when a file is not used.
    """

    def __init__(
        self, file: Path, about: dict[str, Any], hash_of: Callable[[int], str | None], say: Callable[[str], None]
    ) -> None:
        self.file, self.about = file, {"penstock audit": FORMAT, **about}
        self._hash_of, self._say = hash_of, say

    def require_ours(self) -> None:
        """
        Called before anything is written, so that a file named by mistake is not lost.

        Raises
        ------
        CheckpointRefused : when the file is not a checkpoint, belongs to another deal or chain, or cannot be written.
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
        if not line.endswith("\n"):  # empty, or cut off in the first line
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
        """The pages read before; None if there are none. An incomplete last line is ignored."""
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
        """Returns a function that adds a page. An incomplete last line is removed first. Raises FileNotWritten."""
        with writing(self.file):
            if afresh:
                self.file.write_text(json.dumps(self.about) + "\n")
            else:
                whole = self.file.read_bytes()
                self.file.write_bytes(whole[: whole.rfind(b"\n") + 1])
            opened = self.file.open("a")
        with opened as out:
            yield lambda *page: self._add(out, *page)

    def remove(self) -> None:
        try:
            self.file.unlink(missing_ok=True)
        except OSError as error:  # the verdict does not depend on it
            self._say(f"{self.file}: not removed: {error.strerror}")

    def _add(self, out: TextIO, first: int, last: int, logs: list[list[Entry]], seen: tuple[int, str] | None) -> None:
        with writing(self.file):
            out.write(json.dumps({"first": first, "last": last, "seen": seen, "logs": logs}) + "\n")
            out.flush()

    def _lines(self) -> Iterator[Any]:
        with self.file.open() as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield parse_json(line)

    def _discard(self, why: str) -> None:
        self._say(f"{self.file}: not used, {why}; reading the logs from the start")


def _entry(block: int, place: int, transaction: str, address: str, topics: list[str], data: str) -> Entry:
    return Entry(block, place, transaction, address, tuple(topics), data)
