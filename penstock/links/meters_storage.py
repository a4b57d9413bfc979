"""What meters keep, and the rules that both parts share: the twin of contracts/links/MetersStorage.sol."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import astuple, dataclass, field
from enum import IntEnum
from typing import Any

from penstock.links.errors import LinkRefused

Address = str
"""With its checksum, as everywhere."""

NOBODY: Address = "0x" + "00" * 20
BURNT: Address = "0x000000000000000000000000000000000000dEaD"

HOUR, DAY = 3600, 86_400
REPORTERS_DELAY = 65 * DAY
INTERVALS = (900, 1800, 3600)
LONGEST_WINDOW = 14 * DAY


class Unit(IntEnum):
    """What a meter counts."""

    PRODUCED = 0
    CONSUMED = 1
    REDUCED = 2
    GPU_SECONDS = 3
    TOKENS = 4


class RecordState(IntEnum):
    """Of a reported interval. QUESTIONED is a flag: a question about it is open."""

    NONE = 0
    REPORTED = 1
    LATE = 2
    FINAL = 3
    FINAL_LATE = 4
    VOID = 5
    QUESTIONED = 0x80


class QuestionState(IntEnum):
    NONE = 0
    OPEN = 1
    ANSWERED = 2
    COLLECTED = 3


@dataclass(frozen=True)
class NewMeter:
    """
    What a meter is registered with; none of it ever changes.

    Attributes
    ----------
    asset : what its bills, certificates, stake and bonds are paid in.
    unit, interval : see `Unit`; 900, 1800 or 3600 seconds.
    capacity : W, GPUs or tokens a second: the total of the fleet's tree.
    reporters : the number of their set.
    gap_after, dispute_window, answer_window : seconds.
    zone, fleet_root, documents : 32 bytes each.
    stake, bond : base units of the asset.
    """

    asset: Address
    unit: int
    interval: int
    capacity: int
    reporters: int
    gap_after: int
    dispute_window: int
    answer_window: int
    zone: bytes
    fleet_root: bytes
    documents: bytes
    stake: int
    bond: int


@dataclass(frozen=True)
class Batch:
    """The readings of one interval, as reporters sign them."""

    meter: int
    start: int
    root: bytes
    total: int


@dataclass
class Record:
    """A reported interval. state : see `RecordState`, with its flag."""

    root: bytes = bytes(32)
    total: int = 0
    register_after: int = 0
    final_at: int = 0
    state: int = 0

    @property
    def decided(self) -> bool:
        return self.state & ~RecordState.QUESTIONED not in (RecordState.REPORTED, RecordState.LATE)


@dataclass
class Question:
    """Which device is this unit from?"""

    asker: Address = NOBODY
    deadline: int = 0
    state: int = 0


@dataclass(frozen=True)
class Pledge:
    """Who gets what a meter yields, from the interval that starts at `start` on. Prices: base units a million units."""

    start: int
    payee: Address
    least_certificate: int = 0
    least_offer: int = 0


@dataclass
class Dispute:
    """Of a batch: its open questions, and what each gets of the stake once it is void."""

    open: int = 0
    share: int = 0


@dataclass
class Checkpoints:
    """Values by the time from which they hold, in rising order; a second one for a time replaces the first."""

    keys: list[int] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def push(self, key: int, value: Any) -> None:
        if self.keys and self.keys[-1] == key:
            self.values[-1] = value
            return
        self.keys.append(key)
        self.values.append(value)

    def at(self, key: int, default: Any = 0) -> Any:
        found = bisect_right(self.keys, key)
        return self.values[found - 1] if found else default

    def latest(self, default: Any = 0) -> Any:
        return self.values[-1] if self.values else default


@dataclass
class Meter:
    """A meter and all that is kept of it."""

    terms: NewMeter
    owner: Address
    first: int
    next: int
    register: int = 0
    open: int = 0
    closed: bool = False
    stake_missing: bool = False
    payees: Checkpoints = field(default_factory=Checkpoints)  # of Pledge, or None where none is in force
    gaps: Checkpoints = field(default_factory=Checkpoints)
    late: Checkpoints = field(default_factory=Checkpoints)

    @property
    def payee(self) -> Address:
        """Whom it is pledged to, now or from the next interval on."""
        pledge = self.payees.latest(None)
        return pledge.payee if pledge else NOBODY

    def next_start(self, now: int) -> int:
        """The start of the first interval that has not begun."""
        return (now // self.terms.interval + 1) * self.terms.interval

    def most(self, capacity: int) -> int:
        """What a capacity can make in an interval."""
        units = capacity * self.terms.interval
        return units // HOUR if self.terms.unit <= Unit.REDUCED else units


@dataclass
class ReporterSet:
    """owner : who may change it. versions : (number, members, threshold) by the time from which each is in force."""

    owner: Address
    versions: Checkpoints = field(default_factory=Checkpoints)


@dataclass(frozen=True)
class Log:
    """An event: its name, and its values in the order of the contract's."""

    name: str
    values: tuple[Any, ...]


@dataclass
class MetersStorage:
    """
    All that meters keep.

    Attributes
    ----------
    address : the contract's own.
    held : cash in the contract, by asset, as far as these functions moved it.
    logs : what was logged, in order.
    """

    address: Address = NOBODY
    sets: dict[int, ReporterSet] = field(default_factory=dict)
    version_count: int = 0
    meters: dict[int, Meter] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    disputes: defaultdict[int, Dispute] = field(default_factory=lambda: defaultdict(Dispute))
    questions: dict[tuple[int, int], Question] = field(default_factory=dict)
    credit: defaultdict[tuple[Address, Address], int] = field(default_factory=lambda: defaultdict(int))
    held: defaultdict[Address, int] = field(default_factory=lambda: defaultdict(int))
    logs: list[Log] = field(default_factory=list)

    def _emit(self, name: str, *values: Any) -> None:
        self.logs.append(Log(name, values))

    def _meter(self, meter: int) -> Meter:
        if meter not in self.meters:
            raise LinkRefused("Meters_UnknownMeter", meter)
        return self.meters[meter]

    def _record(self, batch: int) -> Record:
        return self.records.get(batch, Record())

    def _require_within(self, amount: int, meter: Meter, capacity: int) -> None:
        if amount > (most := meter.most(capacity)):
            raise LinkRefused("Meters_AboveCapacity", amount, most)

    def _settle(self, number: int, count: int) -> None:
        """Batches became final or void: with the last one of a closed meter its stake is the owner's."""
        meter = self.meters[number]
        meter.open -= count
        if meter.open or not meter.closed or meter.stake_missing:
            return
        meter.stake_missing = True
        self.credit[meter.terms.asset, meter.owner] += meter.terms.stake
        self._emit("StakeReturned", number, meter.terms.stake)


def interval_id(meter: int, start: int) -> int:
    """The id of a batch: intervals of a meter cannot overlap."""
    return meter << 40 | start


def meter_of(batch: int) -> int:
    return batch >> 40


def start_of(batch: int) -> int:
    return batch & 2**40 - 1


def as_tuple(terms: NewMeter) -> tuple[Any, ...]:
    return astuple(terms)
