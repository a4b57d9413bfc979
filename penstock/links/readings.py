"""
Readings of devices, from a CSV file to the leaves of each interval. docs/METERS.md has the rules.

A file may have gaps, negative values, lines twice, other time zones, daylight saving and a finer step than the meter's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from penstock.errors import PenstockError
from penstock.links.fleet import FileFault, Fleet, rows
from penstock.links.meters_storage import HOUR, Unit
from penstock.links.sumtree import Leaf, Tree, build

QUANTITIES = {"W": "power", "Wh": "energy", "kW": "power", "kWh": "energy", "units": "count"}
THOUSANDS = {"kW", "kWh"}
MOST_SHOWN = 3


class UnknownZone(PenstockError):
    """A time zone that is not in the tz database."""

    def __init__(self, zone: str) -> None:
        super().__init__(
            f"no time zone is called {zone!r}; accepted: a name of the tz database, such as America/New_York"
        )


@dataclass(frozen=True)
class Reading:
    """What a file is read by: the meter's interval and unit, the step and quantity of its values, its time zone."""

    interval: int = HOUR
    unit: int = Unit.PRODUCED
    step: int | None = None
    quantity: str = "Wh"
    zone: str | None = None

    @property
    def seconds(self) -> int:
        """From one value to the next."""
        return self.step or self.interval


@dataclass
class Notes:
    """What was done to values, and where it happened first."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    first: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, line: int) -> None:
        self.counts[what] += 1
        self.first.setdefault(what, line)

    def lines(self, file: str) -> list[str]:
        return [f"{file}:{self.first[what]}: {what}, {count:,} times" for what, count in self.counts.items()]


@dataclass(frozen=True)
class Interval:
    """An interval's readings. start : seconds since 1970. tree : a leaf a device, in the order of the fleet."""

    start: int
    tree: Tree


def parse_readings(text: str, file: str, fleet: Fleet, how: Reading) -> tuple[list[Interval], list[str]]:
    """
    The intervals of a CSV file with the columns time, device and value.

    Returns
    -------
    Every interval for which a device has all its values, and notes on what was done to values.

    Raises
    ------
    FileFault : a line that cannot be used. UnknownZone : a time zone that does not exist.
    """
    zone = _zone(how.zone)
    places = {name: index for index, name in enumerate(fleet.names)}
    found: dict[tuple[int, int], tuple[Decimal, int]] = {}
    notes = Notes()
    for line, (time, device, value) in rows(text, file, ("time", "device", "value")):
        if device not in places:
            raise FileFault(file, line, f"device {device!r} is not in the fleet; accepted: one of its {len(places):,}")
        at = _time(time, zone, file, line)
        if at % how.seconds:
            raise FileFault(
                file, line, f"{time} is not a multiple of {how.seconds} s; accepted: the start of an interval"
            )
        if value == "":
            notes.add("no value", line)
            continue
        amount = _value(value, file, line)
        if amount < 0:
            notes.add("a negative value counts 0", line)
            amount = Decimal(0)
        place = (at, places[device])
        if place in found:
            before, other = found[place]
            if before != amount:
                raise FileFault(
                    file,
                    line,
                    f"{device} at {time} is {value} here and {before} in line {other}; accepted: one of them",
                )
            notes.add("the same line twice counts once", line)
            continue
        found[place] = (amount, line)
    return _intervals(found, file, fleet, how, notes), notes.lines(file)


def _intervals(
    found: dict[tuple[int, int], tuple[Decimal, int]], file: str, fleet: Fleet, how: Reading, notes: Notes
) -> list[Interval]:
    parts = how.interval // how.seconds
    sums: dict[int, dict[int, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    lines: dict[int, int] = {}
    for (at, device), (amount, line) in found.items():
        start = at - at % how.interval
        sums[start][device].append(amount)
        lines.setdefault(start, line)
    made = []
    for start in sorted(sums):
        whole = {device: values for device, values in sums[start].items() if len(values) == parts}
        if not whole:
            notes.add("no device has all values of an interval: it is left out, a gap", lines[start])
            continue
        for _ in range(len(fleet.names) - len(whole)):
            notes.add("a device without all values of an interval counts 0 in it", lines[start])
        amounts = [_units(whole.get(index, []), how) for index in range(len(fleet.names))]
        _require_possible(amounts, start, file, lines[start], fleet, how)
        leaves = [Leaf(each.key, amount) for each, amount in zip(fleet.tree.leaves, amounts, strict=True)]
        made.append(Interval(start, build(leaves)))
    if made:
        missing = (made[-1].start - made[0].start) // how.interval + 1 - len(made)
        for _ in range(missing):
            notes.add("no reading at all: a gap", 1)
    return made


def _units(values: Sequence[Decimal], how: Reading) -> int:
    """What an interval's values are in the meter's unit, rounded down once."""
    total = sum(values, Decimal(0))
    if how.quantity in THOUSANDS:
        total *= 1000
    if QUANTITIES[how.quantity] == "power":
        total = total * how.seconds / HOUR
    return int(total)


def _require_possible(amounts: list[int], start: int, file: str, line: int, fleet: Fleet, how: Reading) -> None:
    for index, amount in enumerate(amounts):
        most = fleet.tree.leaves[index].amount * how.interval
        most = most // HOUR if how.unit <= Unit.REDUCED else most
        if amount > most:
            raise FileFault(
                file,
                line,
                f"{fleet.names[index]} has {amount:,} in the interval at {utc(start)}, and its capacity allows "
                f"{most:,}; accepted: at most that, or a fleet file with the right capacity",
            )


def utc(time: int) -> str:
    return datetime.fromtimestamp(time, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownZone(name) from None


def _time(text: str, zone: ZoneInfo | None, file: str, line: int) -> int:
    """Seconds since 1970 of a time with its offset, or of a local time in the zone."""
    try:
        time = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    except ValueError:
        raise FileFault(file, line, f"time {text!r}; accepted: 2027-07-12T13:00-04:00, or Z for UTC") from None
    if time.tzinfo is None:
        if zone is None:
            raise FileFault(
                file,
                line,
                f"time {text!r} has no offset; accepted: 2027-07-12T13:00-04:00, or --zone of the local times",
            )
        time = _local(time, zone, text, file, line)
    if time.microsecond:
        raise FileFault(file, line, f"time {text!r}; accepted: whole seconds")
    return int((time - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(seconds=1))


def _local(time: datetime, zone: ZoneInfo, text: str, file: str, line: int) -> datetime:
    """A local time that exists once: where clocks are put back, an hour comes twice, and one is left out in spring."""
    first, second = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.astimezone(timezone.utc).astimezone(zone).replace(tzinfo=None) != time:
        raise FileFault(
            file, line, f"{text} does not exist in {zone.key}: clocks were put forward; accepted: an offset"
        )
    if first.utcoffset() != second.utcoffset():
        raise FileFault(file, line, f"{text} comes twice in {zone.key}: clocks were put back; accepted: an offset")
    return first


def _value(text: str, file: str, line: int) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= 10**20 or value.as_tuple().exponent < -12:  # type: ignore[operator]
        raise FileFault(
            file, line, f"value {text!r}; accepted: a number with at most 12 decimals, or nothing for a gap"
        )
    return value
