"""Pages of `penstock deploy` and `manifest rebuild`: the plan, and the addresses that result from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.deploy.export import Exported
from penstock.deploy.plan import Kind, Plan, Step
from penstock.deploy.preflight import shortages
from penstock.deploy.run import Deployed, Opened
from penstock.deploy.write_manifest import owner_of
from penstock.evm.codec import Address
from penstock.evm.fees import Fees, coin, fees_now
from penstock.evm.retry import RetryingRpc
from penstock.format import NO_VALUE, counted
from penstock.model.calendar import timestamp
from penstock.model.terms import DealTerms
from penstock.onchain.manifest import Manifest
from penstock.onchain.roles import days_of
from penstock.onchain.terms_encode import NO_ADDRESS
from penstock.report.cells import Cell
from penstock.report.tables import table

GWEI = 10**9
PERIPHERY = ("lens", "batch")


@dataclass(frozen=True)
class Shown:
    """
    How to show a plan.

    gas_price : in gwei, beside the present one. coin_price : of one native coin, in money. every : a row for each
    transaction; without it, one for those side by side that do the same for others.
    """

    gas_price: Decimal | None = None
    coin_price: Decimal | None = None
    every: bool = False


def plan_page(chain: RetryingRpc, plan: Plan, shown: Shown, sending: bool = False) -> RenderableType:
    """The transactions in order, with addresses, cost and roles, and what is still missing."""
    fees = fees_now(chain)
    rows = [_steps_row(place, some, fees) for place, some in _folded(plan.steps, shown.every)]
    where = f"{plan.name} (chain {plan.chain_id})" if plan.name != str(plan.chain_id) else f"chain {plan.chain_id}"
    heading = f"{plan.order.terms.name} on {where}: {counted(len(plan.to_do), 'transaction')} to send"
    money = ["money"] if shown.coin_price else []
    parts: list[RenderableType] = [
        table(heading, ("", "step", "to", "makes"), ("gas", "native coin"), rows),
        Text(""),
        table("Cost", ("gas price",), ("gas", "native coin", *money), _costs(plan, fees, shown)),
        Text(""),
        table("Roles", ("role", "address"), rows=_roles(chain, plan)),
        Text(""),
        table("Contracts", ("contract", "address"), rows=_contracts(plan)),
    ]  # fmt: skip
    folded = len(rows) < len(plan.steps)
    notes = [*plan.notes, *(f"short: {line}" for line in shortages(chain, plan, fees))] if plan.to_do else []
    if folded:
        notes.append(f"--verbose lists the {counted(len(plan.steps), 'transaction')} one by one")
    if not sending:
        notes.append("nothing is left to do" if not plan.to_do else "nothing was sent; --execute sends it")
    return Group(*parts, Text(""), Text("\n".join(notes)))


def launched_page(done: Deployed, now: int) -> RenderableType:
    """The deployed addresses, the manifest's file, and which periods are already overdue."""
    manifest, terms = done.manifest, done.deployment.terms
    rows = [("deal", manifest.deal), ("asset", manifest.asset + (" (MockUSD)" if manifest.asset_is_mock else ""))]
    rows += _periphery(manifest)
    rows += [(f"share {name}", address) for name, address in manifest.shares.items()]
    rows += [(f"payee {label}", address) for label, address in manifest.payees.items()]
    where, cost = f"{terms.name} on chain {manifest.chain_id}", f"{manifest.launch.gas:,} gas"
    heading = f"{where}, launched for {cost}"
    if done.already:
        heading = f"{where} already exists since block {manifest.launch.block}, for {cost}; nothing was sent"
    notes = [f"manifest: {done.file}"]
    overdue = sum(timestamp(day) <= now for day in terms.payment_dates)
    if overdue:
        notes.append(
            f"note: the chain's clock is past {overdue} of {terms.periods} payment dates; "
            "the first revenue is assigned to the first of these periods"
        )
    return Group(table(heading, ("what", "address"), rows=rows), Text(""), Text("\n".join(notes)))


def opened_page(done: Opened) -> RenderableType:
    """Where an offering is, and what to do with it."""
    parts, order = done.plan.parts, done.plan.order
    said = "was open already; nothing was sent" if done.already else "is open"
    rows = [("offering", parts.offering), ("deal", parts.deal), ("asset", parts.asset)]
    notes = [
        "the deal is launched when the offering is closed; the same command then writes its manifest",
        f"penstock offer {parts.offering} --network {done.plan.name} shows it",
    ]
    heading = f"The offering of {order.terms.name} on chain {done.plan.chain_id} {said}"
    return Group(table(heading, ("what", "address"), rows=rows), Text(""), Text("\n".join(notes)))


def rebuilt_page(manifest: Manifest, file: str, broken: Sequence[str] = ()) -> RenderableType:
    """What the chain says of the deal. broken : the rules of a deal file that its terms break."""
    rows = [("deal", manifest.deal), ("factory", manifest.factory), ("asset", manifest.asset)]
    rows += [(f"share {name}", address) for name, address in manifest.shares.items()]
    there = dict(_periphery(manifest))
    rows += [(name, there.get(name, "none on this chain")) for name in PERIPHERY]
    rows += [("sponsor", manifest.sponsor), ("launch", manifest.launch.hash)]
    notes = [f"manifest: {file}"]
    if manifest.deal_text is None:
        notes.append(
            "note: the deal file's text is not on the chain, so fees, reserves and tests are numbered and payees go by "
            "address; --deal-file FILE names them"
        )
    notes += [f"note: the terms break a rule of the deal file: {each}" for each in broken]
    heading = f"Rebuilt from block {manifest.launch.block} of chain {manifest.chain_id}"
    return Group(table(heading, ("what", "address"), rows=rows), Text(""), Text("\n".join(notes)))


def exported_page(safe: Address, unsigned: Exported | None, batches: Sequence[Exported]) -> RenderableType:
    """Which files were written, and in which order they are executed."""
    lines = ["the gas of a Safe's batch is paid by the account that executes it"] if batches else []
    if unsigned:
        steps = counted(unsigned.steps, "transaction")
        lines.append(f"exported {steps}, to be sent {unsigned.order}: {unsigned.file}")
    for each in batches:
        steps = counted(each.steps, "transaction")
        lines.append(f"exported {steps} of the Safe {safe}, {each.order}: {each.file}")
    lines.append("nothing was sent; run the same command again after they are executed to write the manifest")
    return Text("\n".join(lines))


def _folded(steps: Sequence[Step], every: bool) -> Iterator[tuple[str, list[Step]]]:
    """Steps side by side of one group together, with their places in the plan: "9" or "9–14"."""
    place = 0
    for group, some in groupby(steps, key=lambda step: step.group):
        alike = list(some)
        for part in [alike] if group and not every else [[each] for each in alike]:
            place += len(part)
            first = place - len(part) + 1
            yield str(place) if first == place else f"{first}–{place}", part


def _steps_row(place: str, steps: Sequence[Step], fees: Fees) -> tuple[Cell, ...]:
    """A row for one step, or for several that do one thing together."""
    one, left = steps[0], [step for step in steps if not step.done]
    words, to = one.intent, "" if one.to == NO_ADDRESS else one.to
    if len(steps) > 1:
        count = counted(len(steps), "transaction")
        done = len(steps) - len(left)
        words = f"{one.group}, in {count}" + (f", of which {done} done" if done and left else "")
        to = to if all(step.to == one.to for step in steps) else ""
    if not left:
        return (place, words, to, one.makes or "", "exists" if one.makes else "done", NO_VALUE)
    cost = sum(step.value if step.kind is Kind.KEYLESS else step.gas * fees.now + step.value for step in left)
    return (place, words, to, one.makes or "", sum(step.gas for step in left), coin(cost))


def _costs(plan: Plan, fees: Fees, shown: Shown) -> list[tuple[Cell, ...]]:
    own = sum(step.gas for step in plan.to_do if step.kind is not Kind.KEYLESS)
    prices = [(f"now: base fee {fees.base / GWEI:,.3f} + tip {fees.tip / GWEI:,.3f} gwei", fees.now)]
    prices.append((f"at most: {fees.most / GWEI:,.3f} gwei", fees.most))
    if shown.gas_price is not None:
        prices.append((f"at {shown.gas_price} gwei", int(shown.gas_price * GWEI)))
    rows = []
    for label, price in prices:
        wei = own * price + plan.value
        row: list[Cell] = [label, own, coin(wei)]
        if shown.coin_price is not None:
            row.append(f"{Decimal(wei) / 10**18 * shown.coin_price:,.2f}")
        rows.append(tuple(row))
    return rows


def _roles(chain: RetryingRpc, plan: Plan) -> list[tuple[str, str]]:
    order, parts = plan.order, plan.parts
    rows = [("sponsor: pays for and signs the launch", order.sponsor)]
    if order.delay:
        rows.append(
            (f"administrator: can replace policy and reports with {days_of(order.delay)} of notice", order.sponsor)
        )
    for what, place, own in (
        ("registrar: decides who may hold shares", order.policy or parts.policy, order.policy is None),
        ("reporter: attests losses and asset values", order.reports or parts.reports, order.reports is None),
    ):
        if place == NO_ADDRESS:
            rows.append((what, "nobody"))
        else:
            abi = plan.artifacts["HolderRegistry"].abi
            if own and order.quorum and what.startswith("reporter"):
                who = f"{what}, {order.quorum.size} of {len(order.quorum.reporters)} sign"
                rows += [(who, each) for each in order.quorum.reporters]
                continue
            rows.append((what, order.sponsor if own else owner_of(chain, abi, place) or f"decided by {place}"))
    rows += [(f"payee {label}: {_payee_role(order.terms, label)}", address) for label, address in order.payees.items()]
    holders = list(dict.fromkeys(each.holder for each in order.allotments))
    rows.append(("holders at closing", f"{len(holders)}" if len(holders) > 1 else holders[0]))
    return rows


def _payee_role(terms: DealTerms, payee: str) -> str:
    parts = ["receives its fees"] if any(fee.payee == payee for fee in terms.fees) else []
    parts += ["may call the deal and pays what is missing"] if terms.call and terms.call.payee == payee else []
    return "; ".join(parts)


def _periphery(manifest: Manifest) -> list[tuple[str, str]]:
    """The rows of what a chain has once for all deals; none of what it has not."""
    return [(name, manifest.contracts[name].address) for name in PERIPHERY if name in manifest.contracts]


def _contracts(plan: Plan) -> list[tuple[str, str]]:
    parts, terms = plan.parts, plan.order.terms
    rows = [("factory", parts.factory), ("implementation of deals", parts.implementation)]
    rows += [("extension of deals", parts.extension), ("trial of deals", parts.trial), ("share logic", parts.logic)]
    rows += [("lens", parts.lens), ("batch", parts.batch)]
    rows += [("asset", parts.asset), ("deal", parts.deal)]
    rows += [(f"share {each.id}", share) for each, share in zip(terms.tranches, parts.shares, strict=True)]
    rows += [(name, at) for name, at in (("policy", parts.policy), ("reports", parts.reports)) if at != NO_ADDRESS]
    return rows
