"""What was sent and its outcome: one line before each send, one after, each on disk before the next action."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.deploy.plan import Order, Plan
from penstock.evm.attempts import Attempt, Mined
from penstock.evm.errors import ChainError
from penstock.files import parse_json, writing
from penstock.onchain.manifest import Count, Place, Word
from penstock.onchain.terms_encode import NO_ADDRESS

FORMAT = 1
ACCEPTED = "; accepted: the same as then, or --out FILE for another deployment"


class JournalRefused(ChainError):
    """A journal that cannot be read, or of another deployment."""


class Busy(ChainError):
    """Another run holds the deployment."""


class _Sending(BaseModel):
    """A line before a send, as far as it is read; a manifest is made of it."""

    model_config = ConfigDict(strict=True)

    step: str
    intent: str
    sender: Place
    nonce: Count
    hash: Word
    gas: Count
    most: Count
    tip: Count
    raw: str


class _Placed(BaseModel):
    """A line after it, of one that came into a block."""

    model_config = ConfigDict(strict=True)

    step: str
    hash: Word
    block: Count
    block_hash: Word
    gas: Count


_LINES: dict[str, type[BaseModel]] = {"sending": _Sending, "mined": _Placed, "failed": _Placed}


class Journal:
    """
    The file, read whole and appended to.

    A line that was not written to its end (a crash of the machine) was written before anything was sent: it is dropped.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.begin: dict[str, Any] = {}
        self.attempts: dict[str, list[Attempt]] = {}
        self.mined: dict[str, Mined] = {}
        self.intents: dict[str, str] = {}
        self.complete = False
        if file.exists():
            self._read()

    def open(self, plan: Plan) -> None:
        """Begins the journal of a plan, or continues it. Raises as `require`."""
        if self.begin:
            self.require(plan)
        else:
            self.append("begin", **self._of(plan))

    def require(self, plan: Plan) -> None:
        """
        Raises
        ------
        JournalRefused : when it is the journal of another plan, with what differs.
        """
        for key, value in self._of(plan).items():
            # What an older journal does not hold shows in the addresses and the digest, which come last.
            if key in self.begin and self.begin[key] != value:
                raise JournalRefused(_other(self.file, key, self.begin.get(key), value))

    @staticmethod
    def _of(plan: Plan) -> dict[str, Any]:
        order = plan.order
        return {
            "journal": FORMAT,
            "chain_id": plan.chain_id,
            "genesis": plan.genesis,
            "deal_file": order.deal_file,
            "deal_sha256": order.deal_sha256,
            "sponsor": order.sponsor,
            "salt": order.salt,
            "payees": dict(order.payees),
            "policy": order.policy,
            "reports": order.reports,
            "delay": order.delay,
            "allocation": _digest_of(order),
            "asset": plan.parts.asset,
            "deal": plan.parts.deal,
            "plan": plan.digest,
        }

    def sending(self, attempt: Attempt, intent: str) -> None:
        self.append(
            "sending",
            step=attempt.step,
            intent=intent,
            sender=attempt.sender,
            nonce=attempt.nonce,
            hash=attempt.hash,
            gas=attempt.gas,
            most=attempt.most,
            tip=attempt.tip,
            raw="0x" + attempt.raw.hex(),
        )

    def was_mined(self, mined: Mined) -> None:
        self.append(
            "mined" if mined.good else "failed",
            step=mined.step,
            hash=mined.hash,
            block=mined.block,
            block_hash=mined.block_hash,
            gas=mined.gas,
        )

    def append(self, event: str, **values: Any) -> None:
        """One more line, on the disk when this returns. Raises FileNotWritten."""
        line = {"event": event, "at": f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ}", **values}
        with writing(self.file):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            new = not self.file.exists()
            with self.file.open("a+b") as held:
                held.seek(0)
                held.truncate(held.read().rfind(b"\n") + 1)
                held.write((json.dumps(line) + "\n").encode())
                held.flush()
                os.fsync(held.fileno())
            if new:
                _sync_folder(self.file.parent)
        self._take(line)

    def _read(self) -> None:
        # An incomplete line was interrupted, or is being written: a reader ignores it, `append` removes it.
        text = self.file.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        for number, line in enumerate(whole.decode("utf-8", "replace").splitlines(), 1):
            try:
                self._take(_sound(parse_json(line)))
            except (ValueError, KeyError, TypeError):
                raise JournalRefused(
                    f"{self.file}:{number}: not a line of a deployment's journal; accepted: the file as it was written"
                ) from None
        if whole and self.begin.get("journal") != FORMAT:
            raise JournalRefused(f"{self.file}: format {self.begin.get('journal')!r}; accepted: {FORMAT}")

    def _take(self, line: dict[str, Any]) -> None:
        event, step = line["event"], str(line.get("step", ""))
        if event == "begin":
            self.begin = {key: value for key, value in line.items() if key not in ("event", "at")}
        elif event == "sending":
            made = Attempt(
                step, line["hash"], line["sender"], line["nonce"], bytes.fromhex(line["raw"][2:]),
                line["gas"], line["most"], line["tip"],
            )  # fmt: skip
            self.attempts.setdefault(step, []).append(made)
            self.intents[step] = line["intent"]
        elif event in ("mined", "failed"):
            self.mined[step] = Mined(
                step, line["hash"], line["block"], line["block_hash"], line["gas"], event == "mined"
            )
        elif event in ("reorganised", "undone"):
            self.mined.pop(step, None)
            if event == "undone":  # a new attempt has a later nonce
                spent = max((each.nonce for each in self.attempts[step] if each.hash == line["hash"]), default=-1)
                self.attempts[step] = [each for each in self.attempts[step] if each.nonce > spent]
        self.complete = event == "complete"


@contextmanager
def locked(journal: Path) -> Iterator[None]:
    """
    Holds a deployment for this process. The kernel releases the lock when a process ends, in any way; the file of a
    killed one stays until the next run, which takes it over and removes it.

    Raises
    ------
    Busy : when another process holds it. FileNotWritten : when the file cannot be written.
    """
    file = journal.with_suffix(".lock")
    while True:
        with writing(file):
            file.parent.mkdir(parents=True, exist_ok=True)
            opened = file.open("a+")
        with opened as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.seek(0)
                who = held.read().strip() or "another process"
                raise Busy(f"{file}: {who} is deploying this deal now; nothing was sent") from None
            if not _is_at(held.fileno(), file):
                continue  # its holder removed it after we opened it: the lock of a removed file excludes no one
            with writing(file):
                held.truncate(0)
                held.write(f"process {os.getpid()}")
                held.flush()
            try:
                yield
            finally:
                if _is_at(held.fileno(), file):  # still locked, so no one else removes it
                    file.unlink()
            return


def _sound(line: Any) -> dict[str, Any]:
    """The line, if its values are of the kinds that are written. Raises ValueError, KeyError, TypeError."""
    if line["event"] in _LINES:
        _LINES[line["event"]].model_validate(line)
    return dict(line)


def _is_at(descriptor: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        return False


def _other(file: Path, key: str, known: object, asked: object) -> str:
    if key == "deal_sha256":
        return (
            f"{file}: the deal file was edited since this deployment began (SHA-256 {str(known)[:12]}…, now "
            f"{str(asked)[:12]}…); accepted: the file as it was, or --out FILE for another deployment"
        )
    if key == "plan":
        return f"{file}: contracts or allocation differ from those this deployment began with{ACCEPTED}"
    if key == "allocation":
        return f"{file}: this deployment began with another allocation of shares{ACCEPTED}"
    if isinstance(known, dict) and isinstance(asked, dict):
        label = next(each for each in {**known, **asked} if known.get(each) != asked.get(each))
        return f"{file}: this deployment began with payee {label}={known.get(label)}, not {asked.get(label)}{ACCEPTED}"
    if key in ("policy", "reports"):
        known, asked = (_part(each) for each in (known, asked))
    return f"{file}: this deployment began with {key.replace('_', ' ')} {known}, not {asked}{ACCEPTED}"


def _part(place: object) -> str:
    return "new" if place is None else "none" if place == NO_ADDRESS else str(place)


def _digest_of(order: Order) -> str:
    rows = [[each.tranche, each.holder, each.shares] for each in order.allotments]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _sync_folder(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
