"""Administrative transactions on a deployed deal: planned, sent with a journal of their own, or exported."""

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
from penstock.evm.fees import TooLittle, coin, coin_of, fees_now
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import with_margin
from penstock.evm.signers import Signer

# More than any owner's call uses; for a step that cannot be measured before an earlier one is done.
CALL_GAS = 100_000


class AdminRefused(ChainError):
    """An administrative action that is not possible; nothing was sent."""


@dataclass(frozen=True)
class AdminPlan:
    """
    Steps in the order they are sent. `of` picks one sender's.

    title : in words; identifies the plan in the journal. name : of the network.
    sender : the account that sends the steps; "" while there are several.
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
        return list(dict.fromkeys(step.sender for step in self.to_do if step.kind is not Kind.KEYLESS))

    def of(self, sender: Address) -> AdminPlan:
        """What one account sends, and what nobody's key signs."""
        own = tuple(step for step in self.steps if step.sender == sender or step.kind is Kind.KEYLESS)
        return replace(self, sender=sender, steps=own)

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
    """Finds out which steps are done, and measures the gas of the others."""
    if not networks.is_development(chain):
        require_clock(chain)
    genesis = str(chain.existing("eth_getBlockByNumber", "0x0", False)["hash"])
    looked = tuple(_measured(chain, replace(step, done=is_done(chain, step))) for step in steps)
    return AdminPlan(title, chain.chain_id, genesis, network, looked, notes)


def carry_out(
    chain: RetryingRpc,
    plan: AdminPlan,
    signer: Callable[[], Signer],
    journal: Path,
    pace: Pace | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """
    Sends the remaining steps of one sender. If it is interrupted, calling it again resumes.

    Raises
    ------
    TooLittle : the sender cannot pay the gas. JournalRefused : another plan was interrupted. Busy, and what
    `Executor.run` raises.
    """
    if not plan.to_do:
        return
    gas = sum(step.gas for step in plan.to_do if step.kind is not Kind.KEYLESS)
    needed = with_margin(gas) * fees_now(chain).most + sum(step.value for step in plan.to_do)
    held = coin_of(chain, plan.sender)
    if held < needed:
        raise TooLittle(f"{plan.sender} holds {coin(held)} of the native coin; this may cost {coin(needed)}")
    signs = signer()  # a wrong password must not begin a journal
    with locked(journal):
        known = Journal(journal)
        if known.begin and (known.complete or _is_over(chain, known, plan.genesis)):
            os.replace(journal, _free(journal))
            known = Journal(journal)
        if not known.begin:
            known.append("begin", **_identity(plan), steps=[step.id for step in plan.to_do])
        elif known.begin | _identity(plan) != known.begin:
            raise JournalRefused(
                f"{journal}: another plan was interrupted: {known.begin.get('title')}; accepted: the same command "
                "again, or the file moved away"
            )
        Executor(chain, signs, known, pace or Pace(confirmations=networks.confirmations(chain)), say).run(plan)


def _identity(plan: AdminPlan) -> dict[str, Any]:
    """What identifies a plan across runs. Not its steps: steps that are done are not planned again."""
    return {
        "journal": FORMAT,
        "chain_id": plan.chain_id,
        "genesis": plan.genesis,
        "title": plan.title,
        "sender": plan.sender,
    }


def _is_over(chain: RetryingRpc, known: Journal, genesis: str) -> bool:
    """Whether every step of a plan is done, although its run was interrupted before it recorded that."""
    if known.begin.get("genesis") != genesis:
        return True
    names = known.begin.get("steps") or ()
    sent = [known.attempts.get(name) for name in names]
    return bool(names) and all(each and (made := attempts.find(chain, each).mined) and made.good for each in sent)


def _measured(chain: RetryingRpc, step: Step) -> Step:
    if step.done or step.kind is Kind.KEYLESS:
        return step
    request = {"from": step.sender, "to": step.to, "data": "0x" + step.data.hex()}
    if step.kind is Kind.CREATE2:  # without the proxy, which may not be there yet
        del request["to"]
        request["data"] = "0x" + step.data[32:].hex()
    try:
        return replace(step, gas=int(chain.ask("eth_estimateGas", request), 16))
    except ChainError:  # before an earlier step is done
        return replace(step, gas=CALL_GAS)


def _free(file: Path) -> Path:
    return next(each for n in range(1, 10_000) if not (each := file.with_name(f"{file.name}.done-{n}")).exists())
