"""Reporters, registering, pledges, questions and credited cash: the twin of contracts/links/MetersExtension.sol."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from penstock.links.errors import LinkRefused
from penstock.links.meters_storage import (
    BURNT,
    DAY,
    HOUR,
    INTERVALS,
    LONGEST_WINDOW,
    NOBODY,
    REPORTERS_DELAY,
    Address,
    Meter,
    MetersStorage,
    NewMeter,
    Pledge,
    Question,
    QuestionState,
    Record,
    RecordState,
    ReporterSet,
    Unit,
    as_tuple,
    meter_of,
)
from penstock.links.sumtree import Proof, before


class MetersExtension(MetersStorage):
    """Every function takes who calls and when; a refused call changes nothing."""

    # Reporters

    def create_reporters(self, members: Sequence[Address], threshold: int, owner: Address) -> int:
        """
        A new set of reporters, in force at once.

        Returns
        -------
        Its number, from 1.

        Raises
        ------
        LinkRefused : Meters_WrongReporters, unless they are in rising order and at least `threshold` > 0.
        """
        number = len(self.sets) + 1
        self._require_reporters(number, members, threshold)
        self.sets[number] = ReporterSet(owner)
        self._emit("ReportersCreated", number, owner)
        self._set_reporters(number, 0, members, threshold)
        return number

    def schedule_reporters(
        self, number: int, members: Sequence[Address], threshold: int, caller: Address, now: int
    ) -> None:
        """Changes a set for intervals that start in 65 days or later."""
        self._require_owner(caller, self.sets[number].owner if number in self.sets else NOBODY)
        self._require_reporters(number, members, threshold)
        self._set_reporters(number, now + REPORTERS_DELAY, members, threshold)

    def _require_reporters(self, number: int, members: Sequence[Address], threshold: int) -> None:
        values = [int(each, 16) for each in members]
        rising = all(a < b for a, b in zip([0, *values], values, strict=False))
        if not rising or not 0 < threshold <= len(members):
            raise LinkRefused("Meters_WrongReporters", number, len(members), threshold)

    def _set_reporters(self, number: int, start: int, members: Sequence[Address], threshold: int) -> None:
        self.version_count += 1
        self.sets[number].versions.push(start, (self.version_count, frozenset(members), threshold))
        self._emit("ReportersSet", number, start, tuple(members), threshold)

    # Meters and whom they are pledged to

    def register(self, terms: NewMeter, caller: Address, now: int) -> int:
        """
        A new meter of the caller, who posts its stake. Its first interval is the first aligned one that starts later.

        Returns
        -------
        Its number, from 1.

        Raises
        ------
        LinkRefused : Meters_WrongUnit, Meters_WrongWindows, Meters_WrongStake, Meters_WrongReporters.
        """
        self._check_terms(terms)
        number = len(self.meters) + 1
        first = (now // terms.interval + 1) * terms.interval
        self.meters[number] = Meter(terms, caller, first, first)
        self._emit("Registered", number, caller, as_tuple(terms), first)
        self.held[terms.asset] += terms.stake
        return number

    def _check_terms(self, terms: NewMeter) -> None:
        if terms.unit > Unit.TOKENS or terms.interval not in INTERVALS:
            raise LinkRefused("Meters_WrongUnit", terms.unit, terms.interval)
        windows = (terms.gap_after, terms.dispute_window, terms.answer_window)
        least = (HOUR, 6 * HOUR, DAY)
        if not all(low <= each <= LONGEST_WINDOW for low, each in zip(least, windows, strict=True)):
            raise LinkRefused("Meters_WrongWindows", *windows)
        if terms.bond == 0 or terms.stake // 10 < terms.bond or terms.capacity == 0:
            raise LinkRefused("Meters_WrongStake", terms.stake, terms.bond, terms.capacity)
        if terms.reporters not in self.sets:
            raise LinkRefused("Meters_WrongReporters", terms.reporters, 0, 0)

    def restore(self, number: int) -> None:
        """Pays a meter's stake again. Raises LinkRefused: Meters_Closed, Meters_StakeWhole."""
        meter = self._meter(number)
        if meter.closed:
            raise LinkRefused("Meters_Closed", number)
        if not meter.stake_missing:
            raise LinkRefused("Meters_StakeWhole", number)
        meter.stake_missing = False
        self._emit("Restored", number, meter.terms.stake)
        self.held[meter.terms.asset] += meter.terms.stake

    def close(self, number: int, caller: Address) -> None:
        """No report any more, and the stake back once every batch is final or void."""
        self._own_meter(number, caller).closed = True
        self._emit("Closed", number)
        self._settle(number, 0)

    def pledge(
        self,
        number: int,
        payee: Address,
        least_certificate: int,
        least_offer: int,
        caller: Address,
        now: int,
        asset_of: Callable[[Address], Address | None] = lambda _: None,
    ) -> None:
        """
        Pledges a meter to one payee, from the next interval on.

        Parameters
        ----------
        asset_of : what an account answers to `asset()`, if it answers.

        Raises
        ------
        LinkRefused : Meters_NotOwner, Meters_Closed, Meters_Pledged, Meters_WrongPayee.
        """
        meter = self._own_meter(number, caller)
        if payee in (NOBODY, self.address) or asset_of(payee) not in (None, meter.terms.asset):
            raise LinkRefused("Meters_WrongPayee", payee, meter.terms.asset)
        start = meter.next_start(now)
        meter.payees.push(start, Pledge(start, payee, least_certificate, least_offer))
        self._emit("Pledged", number, payee, start, least_certificate, least_offer)

    def release(
        self, number: int, caller: Address, now: int, is_repaid: Callable[[Address], bool] = lambda _: False
    ) -> None:
        """Ends a pledge from the next interval on. Anyone may once the payee is a deal that is repaid."""
        meter = self._meter(number)
        payee = meter.payee
        if payee == NOBODY or (payee != caller and not is_repaid(payee)):
            raise LinkRefused("Meters_NotReleasable", number, payee)
        start = meter.next_start(now)
        meter.payees.push(start, None)
        self._emit("Released", number, payee, start)

    def _own_meter(self, number: int, caller: Address) -> Meter:
        """The meter, if the caller owns it and it is neither pledged nor closed."""
        meter = self._meter(number)
        self._require_owner(caller, meter.owner)
        if meter.closed:
            raise LinkRefused("Meters_Closed", number)
        if meter.payee != NOBODY:
            raise LinkRefused("Meters_Pledged", number, meter.payee)
        return meter

    @staticmethod
    def _require_owner(caller: Address, owner: Address) -> None:
        if caller != owner:
            raise LinkRefused("Meters_NotOwner", caller, owner)

    # Questions

    def ask(self, batch: int, unit: int, caller: Address, now: int) -> None:
        """
        Asks which device a unit of a batch came from; the caller posts the bond.

        Raises
        ------
        LinkRefused : Meters_TooLate, Meters_WrongState, Meters_NoSuchUnit, Meters_WrongQuestion.
        """
        record = self._record(batch)
        if now >= record.final_at:
            raise LinkRefused("Meters_TooLate", record.final_at)
        self._require_undecided(batch, record)
        if unit >= record.total:
            raise LinkRefused("Meters_NoSuchUnit", unit, record.total)
        if (batch, unit) in self.questions:
            raise LinkRefused("Meters_WrongQuestion", batch, unit, self.questions[batch, unit].state)
        terms = self.meters[meter_of(batch)].terms
        deadline = now + terms.answer_window
        self.questions[batch, unit] = Question(caller, deadline, QuestionState.OPEN)
        record.state |= RecordState.QUESTIONED
        self.disputes[batch].open += 1
        self._emit("Asked", batch, unit, caller, deadline)
        self.held[terms.asset] += terms.bond

    def answer(self, batch: int, unit: int, reading: Proof, device: Proof, caller: Address, now: int) -> None:
        """
        Answers a question by the reading that owns the unit and the device in the fleet; the bond is the caller's.

        Raises
        ------
        LinkRefused : Meters_WrongState, Meters_WrongQuestion, Meters_TooLate, Meters_OtherUnit, Meters_AboveCapacity,
            and what `sumtree.before` refuses.
        """
        self._require_answerable(batch, unit, now)
        record, meter = self.records[batch], self.meters[meter_of(batch)]
        first = before(record.root, record.total, reading)
        before(meter.terms.fleet_root, meter.terms.capacity, device)
        amount = reading.leaf.amount
        if not first <= unit < first + amount or reading.leaf.key != device.leaf.key:
            raise LinkRefused("Meters_OtherUnit", first, amount)
        self._require_within(amount, meter, device.leaf.amount)
        self._answered(batch, unit, reading.leaf.key, amount, caller)

    def take_answer(self, batch: int, unit: int, key: bytes, amount: int, caller: Address, now: int) -> None:
        """An answer that a log tells of, without its proofs. Raises as `answer`."""
        self._require_answerable(batch, unit, now)
        meter = self.meters[meter_of(batch)]
        self._require_within(amount, meter, meter.terms.capacity)
        if not 0 < amount <= self.records[batch].total:
            raise LinkRefused("Meters_OtherUnit", 0, amount)
        self._answered(batch, unit, key, amount, caller)

    def _require_answerable(self, batch: int, unit: int, now: int) -> None:
        self._require_undecided(batch, self._record(batch))
        question = self._open_question(batch, unit)
        if now >= question.deadline:
            raise LinkRefused("Meters_TooLate", question.deadline)

    def _answered(self, batch: int, unit: int, key: bytes, amount: int, caller: Address) -> None:
        terms = self.meters[meter_of(batch)].terms
        self.questions[batch, unit].state = QuestionState.ANSWERED
        self.disputes[batch].open -= 1
        if not self.disputes[batch].open:
            self.records[batch].state &= ~RecordState.QUESTIONED
        self.credit[terms.asset, caller] += terms.bond
        self._emit("Answered", batch, unit, caller, key, amount)

    def refute(self, batch: int, a: Proof, b: Proof, caller: Address, now: int) -> None:
        """
        Shows that a batch has one device twice: it becomes void.

        Raises
        ------
        LinkRefused : Meters_TooLate, Meters_WrongState, Meters_NotTwice, and what `sumtree.before` refuses.
        """
        record = self._record(batch)
        self._require_refutable(batch, now)
        prior_a, prior_b = (before(record.root, record.total, each) for each in (a, b))
        if a.leaf.key != b.leaf.key or prior_a == prior_b or not a.leaf.amount or not b.leaf.amount:
            raise LinkRefused("Meters_NotTwice", prior_a, prior_b)
        self._refuted(batch, caller)

    def take_refutation(self, batch: int, caller: Address, now: int) -> None:
        """A refutation that a log tells of, without its proofs. Raises as `refute`."""
        self._require_refutable(batch, now)
        self._refuted(batch, caller)

    def _require_refutable(self, batch: int, now: int) -> None:
        record = self._record(batch)
        if now >= record.final_at and not record.state & RecordState.QUESTIONED:
            raise LinkRefused("Meters_TooLate", record.final_at)
        self._require_undecided(batch, record)

    def _refuted(self, batch: int, caller: Address) -> None:
        share = self._void(batch, self.disputes[batch].open + 1, caller)
        self.credit[self.meters[meter_of(batch)].terms.asset, caller] += share

    def expire(self, batch: int, unit: int, now: int) -> None:
        """
        Says that a question was not answered in time: its batch becomes void, and its asker is credited.

        Raises
        ------
        LinkRefused : Meters_WrongState, Meters_WrongQuestion, Meters_TooEarly.
        """
        self._require_undecided(batch, self._record(batch))
        question = self._open_question(batch, unit)
        if now < question.deadline:
            raise LinkRefused("Meters_TooEarly", question.deadline)
        self._void(batch, self.disputes[batch].open, NOBODY)
        self.collect(batch, unit)

    def collect(self, batch: int, unit: int) -> None:
        """Credits an asker its bond and its share, of a batch that became void while its question was open."""
        if (state := self._record(batch).state) != RecordState.VOID:
            raise LinkRefused("Meters_WrongState", batch, int(state))
        question = self._open_question(batch, unit)
        question.state = QuestionState.COLLECTED
        terms, share = self.meters[meter_of(batch)].terms, self.disputes[batch].share
        self.credit[terms.asset, question.asker] += terms.bond + share
        self._emit("Collected", batch, unit, question.asker, terms.bond, share)

    def _void(self, batch: int, winners: int, refuter: Address) -> int:
        """Half of the stake, rounded up, is burnt; the rest is shared, and what cannot be is burnt too."""
        meter = self.meters[meter_of(batch)]
        stake = 0 if meter.stake_missing else meter.terms.stake
        share = stake // 2 // winners
        self.records[batch].state = RecordState.VOID
        meter.stake_missing = True
        self.disputes[batch].share = share
        self.credit[meter.terms.asset, BURNT] += stake - share * winners
        self._emit("Voided", batch, refuter, winners, share, stake - share * winners)
        self._settle(meter_of(batch), 1)
        return share

    def _open_question(self, batch: int, unit: int) -> Question:
        question = self.questions.get((batch, unit), Question())
        if question.state != QuestionState.OPEN:
            raise LinkRefused("Meters_WrongQuestion", batch, unit, int(question.state))
        return question

    @staticmethod
    def _require_undecided(batch: int, record: Record) -> None:
        if record.decided:
            raise LinkRefused("Meters_WrongState", batch, record.state & ~RecordState.QUESTIONED)

    # Cash

    def withdraw(self, asset: Address, account: Address) -> int:
        """Pays an account everything that is credited to it; returns how much."""
        if not (amount := self.credit[asset, account]):
            raise LinkRefused("Meters_NothingToWithdraw", asset, account)
        self.credit[asset, account] = 0
        self.held[asset] -= amount
        self._emit("Withdrawn", asset, account, amount)
        return amount
