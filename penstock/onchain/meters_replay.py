"""Replays the logs of meters and certificates through their twins: what differs is a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from penstock.evm.abi import Event, Log
from penstock.evm.errors import BadArgument
from penstock.links.certificates import Certificates
from penstock.links.errors import LinkRefused
from penstock.links.meters import Meters
from penstock.links.meters_storage import NOBODY, Batch, NewMeter, interval_id, meter_of
from penstock.links.meters_storage import Log as TwinLog
from penstock.onchain.links import Links

UNLOGGED = "StakeReturned"
"""Follows from other logs: nothing is done for it, and it must be there."""


@dataclass
class Replay:
    """
    The twins after every log, and what did not fit.

    Attributes
    ----------
    entries : every log with its event, in the chain's order.
    """

    meters: Meters
    certificates: Certificates
    findings: list[str] = field(default_factory=list)
    entries: list[tuple[Log, Event]] = field(default_factory=list)


def read_logs(links: Links) -> list[Log]:
    """Every log of both contracts from the deployment's block on, in order."""
    found = [*links.chain.logs(links.meters.address, links.block)]
    found += links.chain.logs(links.certificates.address, links.block)
    return sorted(found, key=lambda each: (each.block, each.index))


def times_of(links: Links, logs: Sequence[Log]) -> dict[int, int]:
    """The timestamp of each block that has one of the logs."""
    blocks = sorted({each.block for each in logs})
    answers = links.chain.ask_many("eth_getBlockByNumber", [[hex(each), False] for each in blocks])
    return {block: int(answer["timestamp"], 16) for block, answer in zip(blocks, answers, strict=True)}


def replay(links: Links) -> Replay:
    """All that happened, through the twins."""
    logs = read_logs(links)
    return replay_logs(links, logs, times_of(links, logs))


def replay_logs(links: Links, logs: Sequence[Log], times: Mapping[int, int]) -> Replay:
    """Logs in the chain's order through new twins. times : of their blocks."""
    meters = Meters(links.meters.address)
    made = Replay(meters, Certificates(meters, links.certificates.address))
    for log, after in pairwise(logs):
        if (after.block, after.index) <= (log.block, log.index):
            made.findings.append(f"block {log.block}: log {log.index} is there twice, or out of order")
    for _, some in groupby(logs, key=lambda each: (each.block, each.transaction)):
        _transaction(links, made, list(some), times)
    return made


def _transaction(links: Links, made: Replay, logs: Sequence[Log], times: Mapping[int, int]) -> None:
    """One transaction's logs: the twins, given what was done, must write the same ones."""
    kept = len(made.meters.logs), len(made.certificates.logs)
    events: list[tuple[Log, Event]] = []
    where = f"block {logs[0].block}, transaction {logs[0].transaction}"
    for log in logs:
        contract = links.meters if log.address == links.meters.address else links.certificates
        try:
            event = contract.abi.event(log)
        except BadArgument:
            event = None
        if event is None:
            made.findings.append(f"{where}: a log of {log.address} that is none of its events")
            continue
        events.append((log, event))
    made.entries += events
    now = times[logs[0].block]
    for place, (_, event) in enumerate(events):
        try:
            _apply(made, event, [each for _, each in events[place + 1 :]], now)
        except LinkRefused as refused:
            made.findings.append(f"{where}: {event.name} is not possible: {refused}")
        except (KeyError, IndexError, StopIteration) as error:
            made.findings.append(f"{where}: {event.name} names what is not there: {error!r}")
    expected = Counter(map(_text, made.meters.logs[kept[0] :])) + Counter(map(_text, made.certificates.logs[kept[1] :]))
    found = Counter(_text(TwinLog(each.name, tuple(each.values.values()))) for _, each in events)
    for text in expected - found:
        made.findings.append(f"{where}: {text} is missing")
    for text in found - expected:
        made.findings.append(f"{where}: {text} does not follow from what came before")


def _apply(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    act = _ACTS.get(event.name)
    if act is not None:
        act(made, event, later, now)


def _reporters(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    first = next(each for each in later if each.name == "ReportersSet" and each["set"] == event["set"])
    made.meters.create_reporters(first["members"], first["threshold"], event["owner"])


def _scheduled(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    if event["from"]:
        owner = made.meters.sets[event["set"]].owner
        made.meters.schedule_reporters(event["set"], event["members"], event["threshold"], owner, now)


def _reported(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    made.meters.take_report(Batch(event["meter"], event["start"], event["root"], event["total"]), now)


def _answered(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    made.meters.take_answer(event["id"], event["unit"], event["key"], event["amount"], event["by"], now)


def _voided(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    if event["refuter"] == NOBODY:
        unit = next(each["unit"] for each in later if each.name == "Collected" and each["id"] == event["id"])
        made.meters.expire(event["id"], unit, now)
    else:
        made.meters.take_refutation(event["id"], event["refuter"], now)


def _collected(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    question = made.meters.questions.get((event["id"], event["unit"]))
    if question is None or question.state != 3 or not _just_expired(made, event):
        made.meters.collect(event["id"], event["unit"])


def _just_expired(made: Replay, event: Event) -> bool:
    """Whether the twin credited this question with the expiry that came before it."""
    wanted = TwinLog("Collected", tuple(event.values.values()))
    return any(_text(each) == _text(wanted) for each in made.meters.logs[-3:])


def _gap(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    interval = made.meters.meters[event["meter"]].terms.interval
    made.meters.finalise(event["meter"], (event["to"] - event["from"]) // interval, now)


def _late(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    made.meters.finalise_late(interval_id(event["meter"], event["start"]), now)


def _issued(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    caller = next(each["caller"] for each in later if each.name == "Transfer" and each["id"] == event["id"])
    made.certificates.issue(event["id"], caller)


def _price(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    made.certificates.set_price(event["meter"], event["perMillion"], made.meters.meters[event["meter"]].owner)


def _bought(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    made.certificates.buy(event["id"], event["amount"], event["cash"], event["to"], event["buyer"])


def _retired(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    given = (event["id"], event["amount"], event["beneficiary"], event["load"])
    made.certificates.retire(*given, event["holder"])


def _moved(made: Replay, event: Event, later: Sequence[Event], now: int) -> None:
    """A transfer between holders; those of an issue, a purchase and a retirement follow from their own logs."""
    if event["sender"] in (NOBODY, made.certificates.address) or event["receiver"] == NOBODY:
        return
    given = (event["sender"], event["receiver"], event["id"], event["amount"], event["caller"])
    made.certificates.transfer_from(*given)


Act = Callable[[Replay, Event, Sequence[Event], int], None]

_ACTS: Mapping[str, Act] = {
    "ReportersCreated": _reporters,
    "ReportersSet": _scheduled,
    "Registered": lambda made, e, _, now: _ignore(made.meters.register(NewMeter(*e["terms"]), e["owner"], now)),
    "Restored": lambda made, e, _, now: made.meters.restore(e["meter"]),
    "Closed": lambda made, e, _, now: made.meters.close(e["meter"], made.meters.meters[e["meter"]].owner),
    "Pledged": lambda made, e, _, now: made.meters.pledge(
        e["meter"], e["payee"], e["leastCertificate"], e["leastOffer"], made.meters.meters[e["meter"]].owner, now
    ),
    "Released": lambda made, e, _, now: made.meters.release(e["meter"], e["payee"], now),
    "Reported": _reported,
    "Asked": lambda made, e, _, now: made.meters.ask(e["id"], e["unit"], e["asker"], now),
    "Answered": _answered,
    "Voided": _voided,
    "Collected": _collected,
    "Finalised": lambda made, e, _, now: made.meters.finalise(e["meter"], 1, now),
    "GapFinalised": _gap,
    "LateFinalised": _late,
    "Withdrawn": lambda made, e, _, now: _ignore(made.meters.withdraw(e["asset"], e["account"])),
    "Issued": _issued,
    "PriceSet": _price,
    "Bought": _bought,
    "Retired": _retired,
    "Transfer": _moved,
    "Approval": lambda made, e, _, now: made.certificates.approve(e["spender"], e["id"], e["amount"], e["owner"]),
    "OperatorSet": lambda made, e, _, now: made.certificates.set_operator(e["spender"], e["approved"], e["owner"]),
}


def _ignore(_: Any) -> None:
    """What an act returns is in its log."""


def _text(log: TwinLog) -> str:
    return f"{log.name}({', '.join(_value(each) for each in log.values)})"


def _value(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple | list):
        return f"[{', '.join(_value(each) for each in value)}]"
    return str(int(value)) if isinstance(value, int) else str(value)


def meters_named(replayed: Replay, meter: int | None) -> list[int]:
    """One meter, or all."""
    return [meter] if meter else sorted(replayed.meters.meters)


def batches_of(replayed: Replay, meter: int) -> list[int]:
    """The reported intervals of a meter, by id."""
    return sorted(each for each in replayed.meters.records if meter_of(each) == meter)
