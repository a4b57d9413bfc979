"""A few transactions on a deal that lives: planned, carried out with a journal of their own, or handed to others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from penstock.deploy.checks import Check
from penstock.deploy.execute import Executor
from penstock.deploy.journal import FORMAT, Journal, JournalRefused, locked
from penstock.deploy.plan import Kind, Step
from penstock.deploy.preflight import is_done, require_clock
from penstock.evm import attempts, networks
from penstock.evm.abi import Abi
from penstock.evm.broadcast import Pace
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.fees import TooLittle, coin, coin_of, fees_now, with_margin
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer

# More than any call of an owner's takes; for a step that cannot be measured before an earlier one is done.
CALL_GAS = 100_000


class AdminRefused(ChainError):
    """Something on a living deal that cannot be done; nothing was sent."""


@dataclass(frozen=True)
class AdminPlan:
    """
    Steps in the order they are sent. `of` picks one sender's.

    title : in words; what is done under one title is one errand. name : of the network.
    sender : who sends the steps; "" while they are of several.
    """

    title: str
    chain_id: int
    genesis: str
    name: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    sender: Address = ""

    @property
    def to_do(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if not step.done)

    @property
    def senders(self) -> list[Address]:
        return list(dict.fromkeys(step.sender for step in self.to_do))

    def of(self, sender: Address) -> AdminPlan:
        return replace(self, sender=sender, steps=tuple(step for step in self.steps if step.sender == sender))

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)


def call(
    name: str,
    intent: str,
    sender: Address,
    to: Address,
    abi: Abi,
    function: str,
    arguments: tuple[Any, ...],
    check: Check,
) -> Step:
    """A step that calls a contract."""
    return Step(name, intent, Kind.CALL, sender, to, abi.function(function).encode(arguments), check)


def plan_admin(
    chain: RetryingRpc, network: str, title: str, steps: list[Step], notes: tuple[str, ...] = ()
) -> AdminPlan:
    """Looks what is done already, and what each step that is not takes."""
    if not networks.is_development(chain):
        require_clock(chain)
    genesis = str(chain.sure("eth_getBlockByNumber", "0x0", False)["hash"])
    looked = tuple(_measured(chain, replace(step, done=is_done(chain, step))) for step in steps)
    return AdminPlan(title, chain.chain_id, genesis, network, looked, notes)


def carry_out(
    chain: RetryingRpc,
    errand: AdminPlan,
    signer: Callable[[], Signer],
    journal: Path,
    pace: Pace | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """
    Sends what is left of one sender's steps. Stopped anywhere and called again, it goes on from there.

    Raises
    ------
    TooLittle : the sender cannot pay the gas. JournalRefused : another errand was stopped half-way. Busy, and what
    `Executor.run` raises.
    """
    if not errand.to_do:
        return
    needed = with_margin(sum(step.gas for step in errand.to_do)) * fees_now(chain).most
    held = coin_of(chain, errand.sender)
    if held < needed:
        raise TooLittle(f"{errand.sender} holds {coin(held)} of the native coin; this may cost {coin(needed)}")
    signs = signer()  # a wrong password begins nothing
    with locked(journal):
        known = Journal(journal)
        if known.begin and (known.complete or _is_over(chain, known, errand.genesis)):
            os.replace(journal, _free(journal))
            known = Journal(journal)
        if not known.begin:
            known.append("begin", **_identity(errand), steps=[step.id for step in errand.to_do])
        elif known.begin | _identity(errand) != known.begin:
            raise JournalRefused(
                f"{journal}: an errand was stopped half-way: {known.begin.get('title')}; accepted: the same command "
                "once more, or the file moved away"
            )
        Executor(chain, signs, known, pace or Pace(confirmations=networks.confirmations(chain)), say).run(errand)


def _identity(errand: AdminPlan) -> dict[str, Any]:
    """What makes two runs one errand. Not its steps: what is done already may not be planned again."""
    return {
        "journal": FORMAT,
        "chain_id": errand.chain_id,
        "genesis": errand.genesis,
        "title": errand.title,
        "sender": errand.sender,
    }


def _is_over(chain: RetryingRpc, known: Journal, genesis: str) -> bool:
    """Whether nothing of an errand is left to do or on its way, though its run was stopped before it said so."""
    if known.begin.get("genesis") != genesis:
        return True
    names = known.begin.get("steps") or ()
    sent = [known.attempts.get(name) for name in names]
    return bool(names) and all(each and (made := attempts.find(chain, each).mined) and made.good for each in sent)


def _measured(chain: RetryingRpc, step: Step) -> Step:
    if step.done:
        return step
    request = {"from": step.sender, "to": step.to, "data": "0x" + step.data.hex()}
    try:
        return replace(step, gas=int(chain.ask("eth_estimateGas", request), 16))
    except ChainError:  # before an earlier step is done
        return replace(step, gas=CALL_GAS)


def _free(file: Path) -> Path:
    return next(each for n in range(1, 10_000) if not (each := file.with_name(f"{file.name}.done-{n}")).exists())
