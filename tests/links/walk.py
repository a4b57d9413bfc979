"""Chooses what happens next: mostly what is allowed, often at its bounds, sometimes what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from penstock.links.meters_storage import NOBODY, Batch, QuestionState, RecordState, interval_id, meter_of, start_of
from penstock.links.sumtree import Leaf, Proof, Tree, build
from penstock.onchain.launch import System
from tests.links.bed import DAY, HOUR, USD, Bed, Fleet, Refused, device

PEOPLE = ("owner", "payee", "other", "asker", "second", "buyer", "hall")


class Walk:
    """One run from one seed. After each step both sides say the same of a meter, and the invariants hold."""

    def __init__(self, system: System, seed: int) -> None:
        self.bed = Bed(system)
        self.chance = Random(seed)
        self.fleets: dict[int, Fleet] = {}
        self.trees: dict[int, Tree] = {}
        self.done: dict[str, int] = {}
        self.last: dict[tuple[str, int, int], int] = {}
        self.bed.create_reporters()
        self.bed.create_reporters(("r0",), 1)
        for unit in (0, 1):
            self.register(unit)
        self.actions: list[tuple[int, Callable[[], Any]]] = [
            (24, self.report),
            (6, self.report_many),
            (30, self.wait),
            (18, self.ask),
            (20, self.answer),
            (4, self.refute),
            (8, self.expire),
            (4, self.collect),
            (14, self.finalise),
            (6, self.finalise_late),
            (4, self.pledge),
            (3, self.release),
            (5, self.restore),
            (1, self.close),
            (5, self.withdraw),
            (1, self.register),
            (1, self.reporters),
            (12, self.issue),
            (4, self.price),
            (12, self.buy),
            (12, self.retire),
            (4, self.move),
            (2, self.allow),
        ]

    def run(self, steps: int) -> None:
        weights = [weight for weight, _ in self.actions]
        while self.bed.steps < steps:
            action = self.chance.choices(self.actions, weights)[0][1]
            action()
            self.check()

    # Choosing

    def rarely(self) -> bool:
        """Whether to try what will be refused, where nothing else is left."""
        return self.chance.random() < 0.06

    def who(self, *likely: str) -> str:
        return self.chance.choice(likely) if likely and self.chance.random() < 0.85 else self.chance.choice(PEOPLE)

    def meter(self) -> int:
        return self.chance.randint(1, len(self.bed.twin.meters) + (self.chance.random() < 0.02))

    def open_meter(self) -> int:
        numbers = [number for number, each in self.bed.twin.meters.items() if not each.closed]
        return self.chance.choice(numbers) if numbers and self.chance.random() < 0.95 else self.meter()

    def start(self, number: int) -> int:
        """Mostly of an interval that is over and not reported."""
        meter = self.bed.twin.meters.get(number)
        if meter is None:
            return 0
        interval, now = meter.terms.interval, self.bed.now
        begun = max(0, (now - meter.first) // interval)
        index = begun - 1 - min(int(self.chance.expovariate(0.5)), begun + 1) if begun else 0
        start = meter.first + index * interval
        return start + self.chance.choice([0] * 30 + [1, interval, -interval])

    def batch(self, *states: int, when: Callable[[int], bool] = lambda _: True) -> int | None:
        """One in one of these states; rarely another one, or none that was reported."""
        found = [place for place, each in self.bed.twin.records.items() if each.state & 0x7F in states]
        fitting = [place for place in found[-60:] if when(place)]
        if fitting and not self.rarely():
            return self.chance.choice(fitting)
        if not self.rarely():
            return None
        number = self.meter()
        return self.chance.choice(found) if found else interval_id(number, max(0, self.start(number)))

    def unit(self, place: int) -> int:
        total = self.trees[place].total if place in self.trees else 10
        return self.chance.choice([0, max(0, total - 1), total, self.chance.randint(0, max(1, total))])

    # Meters

    def register(self, unit: int | None = None) -> None:
        capacities = [self.chance.choice([0, 1, 7, 1000, 4000]) for _ in range(self.chance.randint(1, 5))]
        fleet = Fleet.of(*capacities)
        if self.chance.random() < 0.1:
            fleet = Fleet(build([*fleet.tree.leaves, Leaf(device("none"), 5)]))
        changes: dict[str, Any] = {
            "unit": self.chance.choice([0, 0, 1, 2, 3, 4]) if unit is None else unit,
            "interval": self.chance.choice([900, 1800, 3600, 3600]) if unit is None else HOUR,
            "reporters": self.chance.choice([1, 1, 2]) if unit is None else 1,
            "capacity": max(1, fleet.tree.total),
        }
        if unit is None and self.chance.random() < 0.3:
            wrong = [
                ("unit", 5),
                ("interval", 60),
                ("gap_after", 3599),
                ("gap_after", 14 * DAY + 1),
                ("stake", 199 * USD),
            ]
            wrong += [("dispute_window", 6 * HOUR - 1), ("answer_window", DAY - 1), ("bond", 0), ("reporters", 9)]
            wrong += [("capacity", 0), ("reporters", 0), ("answer_window", 14 * DAY), ("dispute_window", 14 * DAY)]
            changes |= dict([self.chance.choice(wrong)])
        number = self.bed.register(self.bed.terms(fleet, **changes), "owner" if unit != 1 else "hall")
        if not isinstance(number, Refused):
            self.fleets[number] = fleet

    def reporters(self) -> None:
        members = self.chance.choice([("r0", "r1", "r2"), ("r1", "r2"), ("r0", "r1"), ("r1", "r0"), ("r0", "r0"), ()])
        if self.chance.random() < 0.5:
            self.bed.create_reporters(members, self.chance.randint(0, 3), self.who("owner"))
        else:
            self.bed.schedule_reporters(
                self.chance.randint(1, 3), members, self.chance.randint(0, 3), self.who("owner")
            )

    def readings(self, number: int) -> Tree:
        """Honest ones, and now and then: a device nobody has, one twice, one above its nameplate, one too many."""
        fleet, meter = self.fleets.get(number), self.bed.twin.meters.get(number)
        if fleet is None or meter is None:
            return build([Leaf(device(0), 1)])
        leaves = [Leaf(each.key, self.chance.randint(0, meter.most(each.amount))) for each in fleet.tree.leaves]
        match self.chance.choice(["honest"] * 6 + ["full", "zero", "phantom", "twice", "above", "unsorted"]):
            case "full":
                leaves = [Leaf(each.key, meter.most(each.amount)) for each in fleet.tree.leaves]
            case "zero":
                leaves = [Leaf(each.key, 0) for each in fleet.tree.leaves]
            case "phantom":
                leaves = [*leaves[:-1], Leaf(device("phantom"), leaves[-1].amount)]
            case "twice":
                leaves = [*leaves, leaves[0]]
            case "above":
                leaves = [Leaf(leaves[0].key, meter.most(fleet.tree.total)), *leaves[1:]]
            case "unsorted":
                leaves.reverse()
        return build(leaves)

    def signers(self) -> tuple[str, ...]:
        usual = [("r0", "r1"), ("r1", "r2"), ("r0", "r2"), ("r0", "r1", "r2"), ("r0",)]
        wrong = [(), ("r1",), ("r1", "r0"), ("r0", "r0"), ("other",), ("r0", "r1", "owner")]
        return self.chance.choice(usual if self.chance.random() < 0.93 else wrong)

    def some_batch(self) -> tuple[Batch, Tree]:
        number = self.open_meter()
        start, tree = max(0, self.start(number)), self.readings(number)
        batch = Batch(number, start, tree.root, tree.total)
        if self.chance.random() < 0.04:
            batch = replace(batch, total=batch.total + 1)
        return batch, tree

    def reported(self, batch: Batch, tree: Tree) -> None:
        place = interval_id(batch.meter, batch.start)
        if place not in self.trees and place in self.bed.twin.records:
            self.trees[place] = tree

    def report(self) -> None:
        batch, tree = self.some_batch()
        fitting = self.bed.twin.meters.get(batch.meter)
        signers = ("r0",) if fitting and fitting.terms.reporters == 2 else self.signers()
        self.bed.report(batch.meter, batch.start, tree, signers, self.who(), batch)
        self.reported(batch, tree)

    def report_many(self) -> None:
        number = self.open_meter()
        meter = self.bed.twin.meters.get(number)
        drawn = [self.some_batch() for _ in range(self.chance.randint(0, 4))]
        if meter and self.chance.random() < 0.8:
            end = self.bed.now // meter.terms.interval * meter.terms.interval
            starts = range(max(meter.first, end - 5 * meter.terms.interval), end, meter.terms.interval)
            trees = [self.readings(number) for _ in starts]
            drawn = [(Batch(number, at, tree.root, tree.total), tree) for at, tree in zip(starts, trees, strict=True)]
            if drawn and self.chance.random() < 0.1:
                drawn.append(drawn[0])
        tops = [tree.top for _, tree in drawn]
        if tops and self.chance.random() < 0.03:
            tops.pop()
        signers = ("r0",) if meter and meter.terms.reporters == 2 else self.signers()
        if self.bed.report_many([batch for batch, _ in drawn], tops, signers, self.who()) is None:
            for batch, tree in drawn:
                self.reported(batch, tree)

    def wait(self) -> None:
        self.bed.wait(self.chance.choice([1, 60, 900, *[3600] * 8, 7200, 3 * HOUR, 7 * HOUR, DAY]))
        if self.chance.random() < 0.05:  # to the very second of a bound
            bounds = [each.final_at for each in self.bed.twin.records.values()]
            bounds += [each.deadline for each in self.bed.twin.questions.values()]
            later = [each for each in bounds if each > self.bed.now]
            if later:
                self.bed.until(min(later) - self.chance.randint(0, 1))
        if self.chance.random() < 0.002:
            self.bed.wait(66 * DAY)

    def ask(self) -> None:
        records = self.bed.twin.records
        place = self.batch(1, 2, when=lambda place: self.bed.now < records[place].final_at)
        if place is not None:
            self.bed.ask(place, self.unit(place), self.who("asker", "second"))

    def question(self, *states: int, late: bool = False) -> tuple[int, int] | None:
        """An open one, of a batch in one of these states; late: past its deadline."""
        records, open_ones = self.bed.twin.records, []
        for (place, unit), each in self.bed.twin.questions.items():
            if each.state == QuestionState.OPEN and records[place].state & 127 in states:
                open_ones.append((place, unit, each.deadline))
        fitting = [(place, unit) for place, unit, deadline in open_ones if (deadline <= self.bed.now) == late]
        if fitting and not self.rarely():
            return self.chance.choice(fitting[-20:])
        if not self.rarely() or (place := self.batch(*states)) is None:
            return None
        return place, self.unit(place)

    def answer(self) -> None:
        if (asked := self.question(RecordState.REPORTED, RecordState.LATE)) is None:
            return
        place, unit = asked
        tree, fleet = self.trees.get(place), self.fleets.get(meter_of(place))
        if tree is None or fleet is None:
            return
        index = tree.owner_of(unit) if unit < tree.total else 0
        if self.chance.random() < 0.1:
            index = self.chance.randrange(len(tree.leaves))
        keys = [each.key for each in fleet.tree.leaves]
        key = tree.leaves[index].key
        shown = keys.index(key) if key in keys and self.chance.random() < 0.95 else self.chance.randrange(len(keys))
        reading = self.proof(tree, index)
        self.bed.answer(place, unit, reading, self.proof(fleet.tree, shown), self.who("owner"))

    def proof(self, tree: Tree, index: int) -> Proof:
        found = tree.proof(index)
        match self.chance.choice(["right"] * 20 + ["free", "cut", "more"]):
            case "free":
                return replace(found, sides=found.sides | 1 << 200)
            case "cut":
                return replace(found, path=found.path[:-1])
            case "more":
                return replace(found, leaf=replace(found.leaf, amount=found.leaf.amount + 1))
        return found

    def refute(self) -> None:
        twice = [
            place
            for place, tree in self.trees.items()
            if len({each.key for each in tree.leaves}) < len(tree.leaves) and not self.bed.twin.records[place].decided
        ]
        place = self.chance.choice(twice) if twice else self.batch(RecordState.REPORTED, RecordState.LATE)
        if place is not None and (tree := self.trees.get(place)):
            second = len(tree.leaves) - 1 if self.chance.random() < 0.8 else self.chance.randrange(len(tree.leaves))
            self.bed.refute(place, self.proof(tree, 0), self.proof(tree, second), self.who("asker"))

    def expire(self) -> None:
        if asked := self.question(RecordState.REPORTED, RecordState.LATE, late=True):
            self.bed.expire(*asked, self.who())

    def collect(self) -> None:
        if asked := self.question(RecordState.VOID, late=self.chance.random() < 0.5):
            self.bed.collect(*asked, self.who())

    def finalise(self) -> None:
        self.bed.finalise(self.meter(), self.chance.choice([0, 1, 2, 7, 50]), self.who())

    def finalise_late(self) -> None:
        records = self.bed.twin.records
        place = self.batch(
            RecordState.LATE,
            when=lambda place: records[place].state == RecordState.LATE and records[place].final_at <= self.bed.now,
        )
        if place is not None:
            self.bed.finalise_late(place, self.who())

    def pledge(self) -> None:
        payee = self.chance.choice(
            [self.bed.people["payee"], self.bed.people["owner"], self.bed.meters.address, NOBODY]
        )
        if self.chance.random() < 0.7:
            payee = self.bed.people["payee"]
        prices = self.chance.choice([(0, 0), (3_500_000, 0), (1, 2**96 - 1)])
        self.bed.pledge(self.open_meter(), payee, *prices, self.who("owner", "hall"))

    def release(self) -> None:
        self.bed.release(self.meter(), self.who("payee"))

    def restore(self) -> None:
        missing = [number for number, each in self.bed.twin.meters.items() if each.stake_missing and not each.closed]
        if missing or self.rarely():
            self.bed.restore(self.chance.choice(missing) if missing else self.meter(), self.who())

    def close(self) -> None:
        if self.chance.random() < 0.3:
            self.bed.close(self.meter(), self.who("owner"))

    def withdraw(self) -> None:
        owed = [account for (_, account), amount in self.bed.twin.credit.items() if amount]
        if owed or self.rarely():
            self.bed.withdraw(self.chance.choice(owed) if owed else self.bed.people["asker"], self.who())

    # Certificates

    def issue(self) -> None:
        twin = self.bed.twin
        place = self.batch(
            RecordState.FINAL,
            RecordState.FINAL_LATE,
            when=lambda place: (
                place not in self.bed.certificate_twin.lots
                and twin.meters[meter_of(place)].terms.unit in (0, 2)
                and twin.records[place].total > 0
            ),
        )
        if place is not None:
            self.bed.issue(place, self.who())

    def price(self) -> None:
        self.bed.set_price(self.meter(), self.chance.choice([0, 1, 3_500_000, 3_499_999, 10**9]), self.who("owner"))

    def lot(self) -> int | None:
        """One of which something is left, mostly."""
        twin = self.bed.certificate_twin
        lots = list(twin.lots)[-20:]
        left = [each for each in lots if twin.balances.get((twin.address, each), 0)]
        if (left or lots) and not self.rarely():
            return self.chance.choice(left or lots)
        return self.batch(RecordState.FINAL)

    def buy(self) -> None:
        if (lot := self.lot()) is None:
            return
        twin = self.bed.certificate_twin
        left = twin.balances.get((twin.address, lot), 0)
        amount = self.chance.choice([0, 1, left // 2, left // 3, left, left, left + 1])
        most = twin.cost(lot, amount) + self.chance.choice([0, 0, 0, 0, 1, -1])
        self.bed.buy(lot, amount, max(0, most), self.who("buyer", "hall"), self.who("buyer", "hall", "payee"))

    def holding(self) -> tuple[str, int, int] | None:
        """Who, which lot, how much."""
        names = {each: name for name, each in self.bed.people.items()}
        held = [
            (names[who], lot, n) for (who, lot), n in self.bed.certificate_twin.balances.items() if n and who in names
        ]
        return self.chance.choice(held) if held else None

    def retire(self) -> None:
        if (held := self.holding()) is None:
            return
        who, lot, most = held
        amount = self.chance.choice([0, 1, most // 2, most, most, most + 1])
        same = interval_id(2, start_of(lot))
        load = self.chance.choice([0, same, same, same, self.batch(RecordState.FINAL) or 1])
        self.bed.retire(lot, amount, load, who)

    def move(self) -> None:
        if (held := self.holding()) is None:
            return
        holder, lot, most = held
        amount = self.chance.choice([0, 1, 100, most // 2, most + 1])
        if self.chance.random() < 0.5:
            self.bed.transfer(self.who(), lot, amount, self.who(holder))
        else:
            self.bed.transfer_from(self.who(holder), self.who(), lot, amount, self.who())

    def allow(self) -> None:
        if self.chance.random() < 0.5:
            self.bed.set_operator(self.who("buyer"), self.chance.random() < 0.7, self.who("hall"))
        elif held := self.holding():
            self.bed.approve(self.who(), held[1], self.chance.choice([0, 100, 2**256 - 1]), held[0])

    # What holds after each step

    def check(self) -> None:
        bed, number = self.bed, self.meter()
        meter = bed.twin.meters.get(number)
        if meter is None:
            return
        interval = meter.terms.interval
        begun = max(1, (bed.now - meter.first) // interval)
        times = [meter.first + self.chance.randint(max(0, begun - 30), begun + 1) * interval for _ in range(2)]
        bed.compare(number, [*times, meter.next, meter.first + 1], [0, 1])
        if self.chance.random() < 0.1:
            bed.compare_cash()
            self.invariants(number)

    def invariants(self, number: int) -> None:
        bed, twin = self.bed, self.bed.twin
        meter = twin.meters[number]
        final = [
            (place, r)
            for place, r in twin.records.items()
            if meter_of(place) == number and r.state == RecordState.FINAL
        ]
        counted = 0
        for _, record in sorted(
            final, key=lambda each: each[0]
        ):  # 26: the register is the sum of final batches on time, and never falls
            counted += record.total
            assert record.register_after == counted
        assert meter.register == counted
        for place, record in twin.records.items():  # 28: within what the meter can make
            of = twin.meters[meter_of(place)]
            assert record.total <= of.most(of.terms.capacity)
        for time in range(meter.first, meter.next + 1, meter.terms.interval)[
            -20:
        ]:  # 31: what was final stays as it was
            for view in ("registerAt", "lateAt"):
                said = int(bed.meters.call(view, number, time))
                assert self.last.setdefault((view, number, time), said) == said
        certificates = bed.certificate_twin
        for lot, kept in certificates.lots.items():  # 32, 33
            assert kept.issued == sum(v for (_, i), v in certificates.balances.items() if i == lot) + kept.retired
            assert kept.issued == twin.records[lot].total
        ranges: dict[int, int] = {}
        for log in certificates.logs:  # 34: ranges tile what is retired
            if log.name == "Retired":
                lot, _, _, first, amount, _ = log.values
                assert ranges.get(lot, 0) == first
                ranges[lot] = first + amount
        assert all(kept.retired == ranges.get(lot, 0) for lot, kept in certificates.lots.items())
        for load, claimed in certificates.matched.items():  # 35
            assert claimed <= (twin.records[load].total if load in twin.records else 0)
