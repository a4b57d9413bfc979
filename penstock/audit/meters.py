"""Audits meters and certificates: their logs through the twins, then every number against the chain."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from penstock.evm.abi import Event, Log
from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.files import read_text
from penstock.format import counted
from penstock.links.batches import parse_leaves
from penstock.links.meters_storage import meter_of, start_of
from penstock.links.readings import utc
from penstock.links.sumtree import Tree
from penstock.onchain.holders import TRANSFER
from penstock.onchain.links import Links
from penstock.onchain.meters_replay import Replay, read_logs, replay_logs, times_of

SAID = {"Answered": "key", "ReportersCreated": "owner", "ReportersSet": "members", "Retired": "beneficiary"}
"""What a log says that no state keeps: it is looked for in the call that wrote it."""


@dataclass
class MetersAudit:
    """
    findings : everything that differs, a line each. checked : how much was compared, by what it is.
    """

    findings: list[str] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        counts = ", ".join(counted(number, what) for what, number in self.checked.items())
        return f"{'differences' if self.findings else 'no difference'}: {counts}"

    def same(self, what: str, where: str, found: Any, expected: Any) -> None:
        self.checked[what] = self.checked.get(what, 0) + 1
        if found != expected:
            self.findings.append(f"{where}: the chain has {found}, its logs make {expected}")


def audit_meters(links: Links, readings: Mapping[int, Path]) -> MetersAudit:
    """
    Compares meters and certificates with their logs.

    Parameters
    ----------
    readings : folders with the published readings of meters, by their number.
    """
    logs = read_logs(links)
    return audit_logs(links, logs, times_of(links, logs), readings)


def audit_logs(
    links: Links, logs: list[Log], times: Mapping[int, int], readings: Mapping[int, Path] | None = None
) -> MetersAudit:
    """The same of logs that are given."""
    made = replay_logs(links, logs, times)
    result = MetersAudit(list(made.findings), {"log": len(logs)})
    _meters(links, made, result)
    _certificates(links, made, result)
    _calls(links, made, result)
    for number, folder in (readings or {}).items():
        _readings(made, number, folder, result)
    return result


def _meters(links: Links, made: Replay, result: MetersAudit) -> None:
    twin, call = made.meters, partial(_asked, links.meters)
    for number, meter in twin.meters.items():
        terms = meter.terms
        state: tuple[Any, ...] = (
            meter.owner,
            terms.asset,
            terms.unit,
            terms.interval,
            terms.capacity,
            terms.reporters,
            terms.gap_after,
        )
        state += (terms.dispute_window, terms.answer_window, terms.zone, terms.fleet_root, terms.documents, terms.stake)
        state += (terms.bond, meter.first, meter.next, meter.open, meter.register, meter.closed, meter.stake_missing)
        result.same("meter", f"meter {number}", call("meterOf", number), state)
        for view, at in (("registerAt", twin.register_at), ("lateAt", twin.late_at)):
            result.same("register", f"meter {number}", call(view, number, meter.next), at(number, meter.next))
        for start in [*meter.payees.keys, meter.first]:
            pledge = astuple(twin.payee_at(number, start))
            result.same("payee", f"meter {number}", call("payeeAt", number, start), pledge)
    for place, record in twin.records.items():
        result.same("record", _where(place), call("recordOf", place), astuple(record))
    for (place, unit), question in twin.questions.items():
        found = call("questionOf", place, unit)
        result.same("question", f"{_where(place)}, unit {unit}", found, astuple(question))
    for number, reporters in twin.sets.items():
        for time, (version, members, threshold) in zip(reporters.versions.keys, reporters.versions.values, strict=True):
            result.same("set", f"set {number}", call("reportersAt", number, time), (version, threshold))
            for each in members:
                result.same("reporter", f"set {number}", call("isReporter", version, each), True)
    for (asset, account), amount in twin.credit.items():
        result.same("credit", f"credit of {account}", call("credit", asset, account), amount)


def _certificates(links: Links, made: Replay, result: MetersAudit) -> None:
    twin, call = made.certificates, partial(_asked, links.certificates)
    for lot, kept in twin.lots.items():
        result.same("lot", f"lot of {_where(lot)}", call("lotOf", lot), (kept.issued, kept.retired))
    for (holder, lot), amount in twin.balances.items():
        result.same("holding", f"{holder}, {_where(lot)}", call("balanceOf", holder, lot), amount)
    for load, amount in twin.matched.items():
        result.same("load", f"load {_where(load)}", call("matched", load), amount)
    for meter, price in twin.prices.items():
        result.same("price", f"meter {meter}", _price(call("priceOf", meter)), price)
    for owner, spender in twin.operators:
        result.same("operator", f"operator of {owner}", call("isOperator", owner, spender), True)
    for (owner, spender, lot), amount in twin.allowances.items():
        found = call("allowance", owner, spender, lot)
        result.same("allowance", f"allowance of {owner}, {_where(lot)}", found, amount)


def _asked(contract: Contract, function: str, *arguments: Any) -> Any:
    """What a view answers, a struct as a tuple; what it refuses with, where it refuses."""
    try:
        found = contract.call(function, *arguments)
    except ChainRevert as refused:
        return str(refused)
    return tuple(found) if isinstance(found, tuple) else found


def _price(answer: Any) -> Any:
    """Of an asset and a price, the price."""
    return answer[1] if isinstance(answer, tuple) else answer


def _calls(links: Links, made: Replay, result: MetersAudit) -> None:
    """What only a call says, and that what was bought was paid."""
    chain = links.chain
    for log, event in made.entries:
        if event.name in SAID or event.name == "Transfer":
            sent = chain.ask("eth_getTransactionByHash", log.transaction)
            if str(sent["to"]).lower() != log.address.lower():
                continue  # by way of another contract
            if event.name == "Transfer":
                caller = str(event["caller"]).lower()
                result.same("call", f"block {log.block}, caller of a transfer", caller, str(sent["from"]).lower())
                continue
            said = _encoded(event[SAID[event.name]])
            result.same("call", f"block {log.block}, {event.name}", said in str(sent["input"]), True)
        if event.name == "Bought":
            result.same("payment", f"block {log.block}, payment", _paid(links, log, event, made), True)


def _encoded(value: Any) -> str:
    """A value as it is in the data of a call, in hexadecimal digits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple | list):
        return f"{len(value):064x}" + "".join(_encoded(each) for each in value)
    return "0" * 24 + str(value)[2:].lower()


def _paid(links: Links, log: Log, event: Event, made: Replay) -> bool:
    """Whether the transaction moved the cash of a purchase from the buyer to the payee."""
    known = made.meters.meters.get(meter_of(event["id"]))
    if known is None:  # which is a finding of its own
        return False
    asset = known.terms.asset
    receipt = links.chain.ask("eth_getTransactionReceipt", log.transaction)
    wanted = ["0x" + TRANSFER.hex(), *("0x" + "0" * 24 + event[who][2:].lower() for who in ("buyer", "payee"))]
    return event["cash"] == 0 or any(
        str(each["address"]).lower() == asset.lower()
        and [str(topic).lower() for topic in each["topics"]] == wanted
        and int(each["data"], 16) == event["cash"]
        for each in receipt["logs"]
    )


def _readings(made: Replay, number: int, folder: Path, result: MetersAudit) -> None:
    """Roots, totals and answers of a meter against its published readings."""
    trees: dict[int, Tree] = {}
    for place, record in made.meters.records.items():
        file = folder / f"{start_of(place)}.csv"
        if meter_of(place) != number or not file.exists():
            continue
        tree = trees[place] = parse_leaves(read_text(file), str(file))
        result.same("readings", f"{file}", (record.root, record.total), (tree.root, tree.total))
    for _, event in made.entries:
        if event.name == "Answered" and event["id"] in trees:
            known = trees[event["id"]]
            expected = None
            with suppress(IndexError):
                leaf = known.leaves[known.owner_of(event["unit"])]
                expected = (leaf.key, leaf.amount)
            result.same(
                "answer", f"{_where(event['id'])}, unit {event['unit']}", (event["key"], event["amount"]), expected
            )


def _where(place: int) -> str:
    return f"meter {meter_of(place)} at {utc(start_of(place))}"
