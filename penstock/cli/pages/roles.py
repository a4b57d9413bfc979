"""Pages of `penstock admin`: the steps of a plan, who holds each role, and what an account still holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.deploy.admin import AdminPlan
from penstock.deploy.checks import code_at
from penstock.deploy.export import Exported
from penstock.deploy.plan import Step
from penstock.deploy.replace import moment
from penstock.evm.codec import Address
from penstock.evm.retry import RetryingRpc
from penstock.format import counted
from penstock.onchain.launch import Deployment
from penstock.onchain.roles import Role, days_of, roles_of
from penstock.report.cells import Cell
from penstock.report.tables import table

Write = Callable[[RetryingRpc, Address, Sequence[Step], str, Path], list[Exported]]


def plan_page(chain: RetryingRpc, plan: AdminPlan, nothing_sent: bool) -> RenderableType:
    """Every step, its sender, and whether it is done."""
    rows: list[tuple[Cell, ...]] = [
        (str(place), step.intent, step.sender, step.to, "done" if step.done else step.gas)
        for place, step in enumerate(plan.steps, 1)
    ]
    where = f"{plan.name} (chain {chain.chain_id})" if plan.name != str(chain.chain_id) else f"chain {chain.chain_id}"
    notes = list(plan.notes)
    if not plan.to_do:
        notes.append("nothing is left to do")
    elif nothing_sent:
        notes.append("nothing was sent; --execute sends the steps of --account")
    heading = f"On {where}, to {plan.title}: {counted(len(plan.to_do), 'transaction')} to send"
    return Group(table(heading, ("", "step", "sent by", "to"), ("gas",), rows), Text(""), Text("\n".join(notes)))


def left_page(plan: AdminPlan, sender: Address) -> RenderableType | None:
    """What other accounts still have to send when one has sent its own steps; None if that was all."""
    lines = []
    for other in plan.senders:
        if other != sender:
            steps = [step.intent for step in plan.of(other).to_do]
            lines.append(f"not finished: {counted(len(steps), 'step')} left for {other}:")
            lines += [f"  {each}" for each in steps]
            lines.append(f"next: the same command with --account {other}, or with --export-safe FILE")
    return Text("\n".join([*lines, ""])) if lines else None


def exported_line(made: Exported) -> RenderableType:
    return Text(f"exported {counted(made.steps, 'transaction')}, {made.order}: {made.file}")


def exported_lines(chain: RetryingRpc, plan: AdminPlan, file: Path, write: Write) -> RenderableType:
    """Writes a batch for each sender that is a contract, and lists the order in which to execute them."""
    safes = [each for each in plan.senders if code_at(chain, each)] or plan.senders[-1:]
    others = [each for each in plan.senders if each not in safes]
    lines = []
    for place, safe in enumerate(safes or [""], 1):
        name = file if len(safes) < 2 else file.with_stem(f"{file.stem}-{place}")
        for made in write(chain, safe, plan.of(safe).to_do, plan.title, name):
            order = f"after the steps of {', '.join(others)}" if others else made.order
            lines.append(f"exported {counted(made.steps, 'transaction')} of the Safe {safe}, {order}: {made.file}")
    if others:
        lines.append("a role can be accepted only after it is offered")
    elif len(safes) > 1:
        lines.append("execute the files in the order of their numbers")
    return Text("\n".join(lines))


def roles_table(deployment: Deployment) -> RenderableType:
    """The holder of each role, whom it is offered to, and any scheduled replacement."""
    rows = [_role_row(role) for role in roles_of(deployment)]
    if not rows:
        return Text(f"{deployment.terms.name} has no roles")
    return table(
        f"Roles of {deployment.terms.name}", ("role", "contract", "holder", "offered to", "replacement"), rows=rows
    )


def holders_page(deployment: Deployment, account: Address, left: Sequence[str]) -> RenderableType:
    """The roles, and what one account, usually the sponsor, still holds."""
    if left:
        lines = [f"{account} still holds:", *(f"  {each}" for each in left)]
    else:
        lines = [f"{account} holds nothing of this deal: no role, no allowance, no cash, no share"]
    return Group(roles_table(deployment), Text(""), Text("\n".join(lines)))


def _role_row(role: Role) -> tuple[str, ...]:
    return role.name, role.contract, role.holder or "nobody", role.pending or "", replacement_words(role)


def replacement_words(role: Role) -> str:
    """The scheduled replacement and its date, or the notice a replacement takes; empty for other roles."""
    behind = role.replacement
    if behind is None:
        return ""
    if behind.pending:
        return f"{behind.pending} on {moment(behind.at)}"
    return f"after {days_of(behind.delay)}; none pending"
