"""Submits a deployment's sources to an explorer, contract by contract; contracts that are verified are skipped."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from penstock.deploy.verify import Verifier
from penstock.deploy.verify.etherscan import Etherscan
from penstock.deploy.verify.http import ExplorerFailed, Http, Pace, Unverified
from penstock.deploy.verify.sources import Clone, Contract
from penstock.deploy.verify.sourcify import Sourcify
from penstock.evm.codec import Address
from penstock.evm.passwords import read_secret


class Explorer(Protocol):
    def verify(self, ours: Contract | Clone) -> str: ...


@dataclass(frozen=True)
class Outcome:
    """The outcome for one contract. refusal : in the explorer's words."""

    name: str
    address: Address
    done: str = ""
    refusal: str | None = None


def explorer(kind: Verifier, url: str, chain_id: int, key: str | None = None, pace: Pace | None = None) -> Explorer:
    """
    An explorer of a chain.

    Raises
    ------
    ExplorerFailed : see `Http`.
    """
    http = Http(url, pace, key)
    if kind == "sourcify":
        return Sourcify(http, chain_id)
    return Etherscan(http, chain_id if kind == "etherscan" else None)


def submit(to: Explorer, found: Sequence[Contract | Clone], say: Callable[[Outcome], None]) -> list[Outcome]:
    """
    Has every contract verified; a refusal of one does not stop the others.

    Parameters
    ----------
    say : called for each contract as soon as it is decided.

    Raises
    ------
    ExplorerFailed : when the explorer does not answer. Calling it again later resumes.
    """
    made = []
    for each in found:
        try:
            outcome = Outcome(each.name, each.address, to.verify(each))
        except Unverified as refused:
            outcome = Outcome(each.name, each.address, refusal=str(refused))
        say(outcome)
        made.append(outcome)
    return made


def require_verified(made: Sequence[Outcome], label: str) -> None:
    """Raises Unverified, a line for each contract that was refused."""
    lines = [f"{each.name} at {each.address}: {label} says: {each.refusal}" for each in made if each.refusal]
    if lines:
        raise Unverified("\n".join(lines))


def api_key(file: Path | None, variable: str | None) -> str | None:
    """
    Reads a key from a file or variable. It is never an argument itself: other users of a machine can see those.

    Raises
    ------
    ExplorerFailed : when there is none there. PasswordRefused : a file that others may read.
    """
    if file is not None:
        where, text = str(file), read_secret(file, "the key")
    elif variable is not None:
        where, text = f"environment variable {variable}", os.environ.get(variable, "")
    else:
        return None
    key = text.strip()
    if not key or len(key.split()) != 1:
        raise ExplorerFailed(f"{where} holds no API key; accepted: the key alone, on one line")
    return key
