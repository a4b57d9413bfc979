"""What was measured, and for whom: the twin of contracts/links/Meters.sol."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.links.errors import LinkRefused
from penstock.links.meters_extension import MetersExtension
from penstock.links.meters_storage import (
    NOBODY,
    Address,
    Batch,
    Meter,
    Pledge,
    Record,
    RecordState,
    Unit,
    interval_id,
    meter_of,
    start_of,
)
from penstock.links.sumtree import Top, open_top


class Meters(MetersExtension):
    """Signers are given in the place of signatures: `penstock.links.signing` has their digests."""

    # Reports

    def report(self, batch: Batch, top: Top, signers: Sequence[Address], now: int) -> None:
        """
        Reports an interval that is over, once.

        Raises
        ------
        LinkRefused : Meters_UnknownMeter, Signatures_NotRising, Meters_NotReporter, Meters_TooFewReporters,
            Meters_ReportedAlready, Meters_Closed, Meters_StakeMissing, Meters_WrongTime, Meters_TooEarly,
            MerkleSum_SumTooLarge, Meters_WrongTop, Meters_AboveCapacity.
        """
        self._require_signers(self._version(batch), signers)
        if self._record(interval_id(batch.meter, batch.start)).state:
            raise LinkRefused("Meters_ReportedAlready", interval_id(batch.meter, batch.start))
        self._check(batch, top, now)
        self._report(batch, now)

    def report_many(self, batches: Sequence[Batch], tops: Sequence[Top], signers: Sequence[Address], now: int) -> None:
        """
        Reports many intervals that were signed together; those reported before are skipped.

        Raises
        ------
        LinkRefused : Meters_NotTogether, and what `report` refuses.
        """
        if not batches or len(batches) != len(tops):
            raise LinkRefused("Meters_NotTogether", len(batches))
        versions = []
        for index, batch in enumerate(batches):
            versions.append(self._version(batch))
            if versions[index] != versions[0]:
                raise LinkRefused("Meters_NotTogether", index)
        self._require_signers(versions[0], signers)
        fresh: dict[int, Batch] = {}
        for batch, top in zip(batches, tops, strict=True):
            place = interval_id(batch.meter, batch.start)
            if place in fresh or self._record(place).state:
                continue
            self._check(batch, top, now)
            fresh[place] = batch
        for batch in fresh.values():
            self._report(batch, now)

    def take_report(self, batch: Batch, now: int) -> None:
        """A report that a log tells of, without its signatures and top. Raises as `report`."""
        self._version(batch)
        if self._record(interval_id(batch.meter, batch.start)).state:
            raise LinkRefused("Meters_ReportedAlready", interval_id(batch.meter, batch.start))
        self._check(batch, None, now)
        self._report(batch, now)

    def _check(self, batch: Batch, top: Top | None, now: int) -> None:
        meter = self.meters[batch.meter]
        if meter.closed:
            raise LinkRefused("Meters_Closed", batch.meter)
        if meter.stake_missing:
            raise LinkRefused("Meters_StakeMissing", batch.meter)
        self._require_aligned(meter, batch.meter, batch.start)
        if now < (end := batch.start + meter.terms.interval):
            raise LinkRefused("Meters_TooEarly", end)
        if top is not None:
            root, total = open_top(top)
            if (root, total) != (batch.root, batch.total):
                raise LinkRefused("Meters_WrongTop", root, total)
        self._require_within(batch.total, meter, meter.terms.capacity)

    def _report(self, batch: Batch, now: int) -> None:
        meter = self.meters[batch.meter]
        meter.open += 1
        late = now > batch.start + meter.terms.interval + meter.terms.gap_after
        state = RecordState.LATE if late else RecordState.REPORTED
        final_at = now + meter.terms.dispute_window
        record = Record(batch.root, batch.total, 0, final_at, state)
        self.records[interval_id(batch.meter, batch.start)] = record
        values = (batch.meter, batch.start, batch.root, batch.total, final_at, int(state))
        self._emit("Reported", *values)

    def _version(self, batch: Batch) -> tuple[int, frozenset[Address], int]:
        """Version, members and threshold of the reporters in force when the interval started."""
        found: tuple[int, frozenset[Address], int]
        found = self.sets[self._meter(batch.meter).terms.reporters].versions.at(batch.start)
        return found

    @staticmethod
    def _require_signers(version: tuple[int, frozenset[Address], int], signers: Sequence[Address]) -> None:
        last = 0
        for index, each in enumerate(signers):
            if int(each, 16) <= last:
                raise LinkRefused("Signatures_NotRising", index, each)
            last = int(each, 16)
        _, members, threshold = version
        for each in signers:
            if each not in members:
                raise LinkRefused("Meters_NotReporter", each)
        if len(signers) < threshold:
            raise LinkRefused("Meters_TooFewReporters", len(signers), threshold)

    # Finality

    def finalise(self, number: int, count: int, now: int) -> None:
        """
        Counts at most `count` next intervals, in order, while they are ripe.

        Raises
        ------
        LinkRefused : Meters_UnknownMeter, Meters_NothingToFinalise.
        """
        meter = self._meter(number)
        began, batches, gap = meter.next, 0, None
        for _ in range(count):
            record = self._record(interval_id(number, meter.next))
            if record.state & ~RecordState.QUESTIONED == RecordState.REPORTED:
                if record.state != RecordState.REPORTED or now < record.final_at:
                    break
                self._close_gap(number, meter, gap)
                gap = None
                meter.register += record.total
                record.register_after, record.state = meter.register, RecordState.FINAL
                batches += 1
                self._emit("Finalised", number, meter.next, record.total, meter.register)
            else:
                ripe_at = meter.next + meter.terms.interval + meter.terms.gap_after
                if record.state != RecordState.VOID and now <= ripe_at:
                    break
                gap = meter.next if gap is None else gap
            meter.next += meter.terms.interval
        if meter.next == began:
            raise LinkRefused("Meters_NothingToFinalise", number, began)
        self._close_gap(number, meter, gap)
        if batches:
            self._settle(number, batches)

    def _close_gap(self, number: int, meter: Meter, gap: int | None) -> None:
        """Keeps a run of gaps, if one is open, unless the register has not changed since the last."""
        if gap is None:
            return
        if meter.gaps.latest() != meter.register:
            meter.gaps.push(gap, meter.register)
        self._emit("GapFinalised", number, gap, meter.next, meter.register)

    def finalise_late(self, batch: int, now: int) -> None:
        """Counts a late batch in the late register. Raises LinkRefused: Meters_WrongState, Meters_TooEarly."""
        record = self._record(batch)
        if record.state != RecordState.LATE:
            raise LinkRefused("Meters_WrongState", batch, int(record.state))
        if now < record.final_at:
            raise LinkRefused("Meters_TooEarly", record.final_at)
        number = meter_of(batch)
        meter = self.meters[number]
        total = meter.late.latest() + record.total
        record.state = RecordState.FINAL_LATE
        meter.late.push(meter.next, total)
        self._emit("LateFinalised", number, start_of(batch), record.total, meter.next, total)
        self._settle(number, 1)

    # Views

    def register_at(self, number: int, time: int) -> int:
        """
        The sum of all batches on time of intervals that end at `time` or before.

        Raises
        ------
        LinkRefused : Meters_UnknownMeter, Meters_WrongTime, Meters_NotFinal.
        """
        meter = self._require_final(number, time)
        if time == meter.first:
            return 0
        start = time - meter.terms.interval
        record = self._record(interval_id(number, start))
        return record.register_after if record.state == RecordState.FINAL else int(meter.gaps.at(start))

    def late_at(self, number: int, time: int) -> int:
        """The sum of all late batches that were counted at intervals that end at `time` or before."""
        return int(self._require_final(number, time).late.at(time - 1))

    def payee_at(self, number: int, time: int) -> Pledge:
        """Who gets what the interval at `time` yields. Where nothing is pledged: the owner."""
        if number not in self.meters:
            return Pledge(0, NOBODY)
        meter = self.meters[number]
        return meter.payees.at(time, None) or Pledge(0, meter.owner)

    def total_of(self, batch: int) -> tuple[int, int]:
        """Total and unit of a final batch. Raises LinkRefused: Meters_NotFinal."""
        return self._final_total(batch), self.meters[meter_of(batch)].terms.unit

    def load_of(self, batch: int, load: int) -> tuple[int, Address]:
        """
        Total of a final batch of consumption and the owner of its meter, for production of the same interval and zone.

        Raises
        ------
        LinkRefused : Meters_OtherLoad, Meters_NotFinal.
        """
        producer, consumer = self.meters.get(meter_of(batch)), self.meters.get(meter_of(load))
        if (
            producer is None
            or consumer is None
            or start_of(batch) != start_of(load)
            or (producer.terms.unit, consumer.terms.unit) != (Unit.PRODUCED, Unit.CONSUMED)
            or (producer.terms.interval, producer.terms.zone) != (consumer.terms.interval, consumer.terms.zone)
        ):
            raise LinkRefused("Meters_OtherLoad", batch, load)
        return self._final_total(load), consumer.owner

    def _final_total(self, batch: int) -> int:
        record = self._record(batch)
        if record.state not in (RecordState.FINAL, RecordState.FINAL_LATE):
            raise LinkRefused("Meters_NotFinal", meter_of(batch), start_of(batch))
        return record.total

    def _require_final(self, number: int, time: int) -> Meter:
        meter = self._meter(number)
        self._require_aligned(meter, number, time)
        if time > meter.next:
            raise LinkRefused("Meters_NotFinal", number, time)
        return meter

    @staticmethod
    def _require_aligned(meter: Meter, number: int, time: int) -> None:
        if time % meter.terms.interval or time < meter.first:
            raise LinkRefused("Meters_WrongTime", number, time)
