"""
Meters, on the bytecode beside the twin
├── signatures
│   ├── given the published batch, its digest should be the design's, alone and in a list
│   └── given a signature for another chain, contract, or interval, it should be refused
├── register
│   ├── given terms at their bounds, it should be registered, and beyond them refused by name
│   └── given an asset that delivers less, it should be refused
├── report
│   ├── given a batch that is early, unaligned, reported, too large, or badly signed, it should be refused
│   ├── given a closed meter, or one without its stake, it should be refused
│   ├── given many at once, those reported should be skipped and any other defect refuse all
│   └── given a change of reporters, each interval should have those of its start
├── questions
│   ├── given an honest batch, every unit should be answered by its device, and the bond be the answerer's
│   ├── given a unit nobody made, its question should expire, the stake be half burnt and half the asker's
│   ├── given an owner that asks itself first, it should never get the burnt half back
│   ├── given a device twice, one proof of each should void the batch
│   ├── given a reading above its device's nameplate, it should not be answered
│   └── given more questions than winners divide, the rest should be burnt
├── finality
│   ├── register_never_falls
│   ├── given gaps and void intervals, they should count 0 and take one slot a run
│   ├── given a late batch, it should count in the late register alone, once
│   └── given a final time, its figures should never change
├── pledges
│   ├── a_meter_has_one_payee
│   ├── given a deal as payee, anyone should release it once it is repaid, and nobody before
│   └── given a payee with another asset, it should be refused
└── closing
    └── given open batches, the stake should be the owner's with the last of them
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.evm.errors import ChainRevert
from penstock.links import signing
from penstock.links.meters_storage import BURNT, Batch, RecordState, interval_id
from penstock.links.sumtree import Leaf, build
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.stage import put_on
from tests.links.bed import BOND, DAY, EVERYTHING, HOUR, STAKE, USD, Bed, Fleet, Refused, device

MONDAY = bytes.fromhex("6a56d657e6e191a237cf712e0218e469403fb183de575c8a60a70203f0ad5150")


@pytest.fixture
def bed(system: System) -> Bed:
    return Bed(system)


def refused(said: object, name: str) -> bool:
    assert isinstance(said, Refused), said
    return said.name == name


# Signatures


def test_the_published_digests() -> None:
    batch, contract = Batch(1, 1_815_411_600, MONDAY, 5_594_005), "0x" + "11" * 20
    assert signing.BATCH.hex() == "7a963de282600a6fc8c785150ece478b935e716e771a352f8d826132a09407db"
    assert signing.BATCHES.hex() == "482e0e28da34988416ddd1d37433ef077cebb26b4f1e0529be8e5ddde3103a74"
    assert (
        signing.digest_of_batch(batch, 31337, contract).hex()
        == "44bb97d523e740a40745a64f01c0c16eea7f81f001e389fde3fe65ff6bb4bec1"
    )
    assert (
        signing.digest_of_batches([batch], 31337, contract).hex()
        == "337ab578ca81d2333d4936d1bf4b1230c4575f90ee739a5b49db1df3d3914f5d"
    )


def test_a_signature_is_for_one_chain_contract_and_interval(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000, 2000)
    tree = fleet.readings(600, 1900)
    batch = Batch(number, first, tree.root, tree.total)
    for chain, contract, signed in (
        (1, bed.meters.address, batch),
        (bed.chain.chain_id, bed.usd.address, batch),
        (bed.chain.chain_id, bed.meters.address, replace(batch, start=first + HOUR)),
        (bed.chain.chain_id, bed.meters.address, replace(batch, total=2499)),
    ):
        signatures = [bed.sign(signing.digest_of_batch(signed, chain, contract), [each]) for each in ("r0", "r1", "r2")]
        for pair in ((0, 1), (1, 0)):
            with pytest.raises(ChainRevert, match=r"Meters_NotReporter|Signatures_NotRising"):
                bed.meters.send(
                    "report",
                    (batch.meter, batch.start, batch.root, batch.total),
                    (tree.top.left, tree.top.left_sum, tree.top.right, tree.top.right_sum),
                    b"".join(signatures[each] for each in pair),
                )
    assert bed.report(number, first, tree) is None


# Registering


def test_terms_have_bounds(bed: Bed) -> None:
    bed.create_reporters()
    fleet = Fleet.of(1000)
    assert bed.register(bed.terms(fleet)) == 1
    for name, changes in {
        "Meters_WrongUnit": [{"unit": 5}, {"interval": 1}, {"interval": 7200}],
        "Meters_WrongWindows": [
            {"gap_after": HOUR - 1},
            {"gap_after": 14 * DAY + 1},
            {"dispute_window": 6 * HOUR - 1},
            {"answer_window": DAY - 1},
            {"answer_window": 14 * DAY + 1},
        ],
        "Meters_WrongStake": [{"bond": 0}, {"stake": 10 * BOND - 1}, {"capacity": 0}],
        "Meters_WrongReporters": [{"reporters": 0}, {"reporters": 2}],
    }.items():
        for each in changes:
            assert refused(bed.register(bed.terms(fleet, **each)), name), each
    most = {"gap_after": 14 * DAY, "dispute_window": 14 * DAY, "answer_window": 14 * DAY}
    least = {
        "gap_after": HOUR,
        "dispute_window": 6 * HOUR,
        "answer_window": DAY,
        "stake": 10 * BOND,
        "capacity": 2**64 - 1,
    }
    assert bed.register(bed.terms(fleet, **most)) == 2
    assert bed.register(bed.terms(fleet, **least)) == 3
    bed.compare(2)
    bed.compare(3)
    bed.compare_cash()


def test_the_first_interval_is_the_next_one(bed: Bed) -> None:
    bed.create_reporters()
    bed.until(bed.now // HOUR * HOUR + HOUR)
    bed.register(bed.terms(Fleet.of(5)))
    assert bed.twin.meters[1].first == bed.now + HOUR
    bed.wait(HOUR - 1)
    bed.register(bed.terms(Fleet.of(5)))
    assert bed.twin.meters[2].first == bed.now + 1
    bed.compare(1)
    bed.compare(2)


def test_an_asset_that_delivers_less_is_refused(bed: Bed, mock: object) -> None:
    bed.create_reporters()
    fee = bed.chain.deploy(bed.system.artifacts["FeeUSD"], 6, 100)
    owner = bed.people["owner"]
    fee.send("mint", owner, 10**12)
    fee.send("approve", bed.meters.address, EVERYTHING, sender=owner)
    terms = bed.terms(Fleet.of(5), asset=fee.address)
    with pytest.raises(ChainRevert, match="Meters_ShortReceipt"):
        bed.meters.send("register", tuple(vars(terms).values()), sender=owner)


def test_the_extension_alone_has_no_meters(bed: Bed) -> None:
    extension = bed.chain.deploy(bed.system.artifacts["MetersExtension"])
    with pytest.raises(ChainRevert, match="Meters_NotMeters"):
        extension.send("createReporters", [bed.people["r0"]], 1, bed.people["owner"])


def test_reporters_are_in_rising_order_and_enough(bed: Bed) -> None:
    for members, threshold in ((("r1", "r0"), 1), (("r0", "r0"), 1), ((), 0), (("r0",), 2), (("r0", "r1"), 0)):
        assert refused(bed.create_reporters(members, threshold), "Meters_WrongReporters")
    assert bed.create_reporters(("r0",), 1) == 1


# Reports


def test_a_report_is_refused_by_name(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000, 2000)
    tree = fleet.readings(600, 1900)
    report = bed.report
    assert refused(report(9, first, tree), "Meters_UnknownMeter")
    assert refused(report(number, first + HOUR, tree), "Meters_TooEarly")
    assert refused(report(number, first + 10_000 * HOUR, tree), "Meters_TooEarly")
    assert refused(report(number, first + 1, tree), "Meters_WrongTime")
    assert refused(report(number, first - HOUR, tree), "Meters_WrongTime")
    assert refused(report(number, first, tree, ("r0",)), "Meters_TooFewReporters")
    assert refused(report(number, first, tree, ()), "Meters_TooFewReporters")
    assert refused(report(number, first, tree, ("r0", "r0")), "Signatures_NotRising")
    assert refused(report(number, first, tree, ("r1", "r0")), "Signatures_NotRising")
    stranger = max(("owner", "other"), key=lambda each: int(bed.people[each], 16))
    low = [each for each in ("r0", "r1", "r2") if int(bed.people[each], 16) < int(bed.people[stranger], 16)]
    assert refused(report(number, first, tree, (*low[:1], stranger)), "Meters_NotReporter")
    above = fleet.readings(1000, 2001)
    assert refused(report(number, first, above), "Meters_AboveCapacity")
    other = Batch(number, first, tree.root, tree.total + 1)
    assert refused(report(number, first, tree, batch=other), "Meters_WrongTop")
    assert refused(report(number, first, tree, top=above.top), "Meters_WrongTop")
    assert report(number, first, tree) is None
    assert refused(report(number, first, tree), "Meters_ReportedAlready")
    bed.compare(number, [first, first + HOUR], [0])


@pytest.mark.parametrize(
    ("unit", "interval", "most"), [(0, 900, 250), (1, 1800, 500), (2, 3600, 1001), (3, 900, 900_900)]
)
def test_inv_28_the_most_of_an_interval(bed: Bed, unit: int, interval: int, most: int) -> None:
    """Energy within capacity × interval / 3600, rounded down; seconds and tokens within capacity × interval."""
    _, number, first = bed.fleet_with_meter(1001, unit=unit, interval=interval)
    assert refused(bed.report(number, first, build([Leaf(device(0), most + 1)])), "Meters_AboveCapacity")
    assert bed.report(number, first, build([Leaf(device(0), most)])) is None


def test_late_begins_a_second_after_the_gap(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000)
    for start, wait, state in ((first, 6 * HOUR, RecordState.REPORTED), (first + HOUR, 6 * HOUR + 1, RecordState.LATE)):
        bed.until(start + HOUR + wait)
        bed.report(number, start, fleet.readings(5))
        assert bed.twin.records[interval_id(number, start)].state == state


def test_inv_27_an_interval_is_reported_once_also_among_many(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000, 2000)
    bed.wait(5 * HOUR)
    trees = [fleet.readings(index, 10 * index) for index in range(6)]
    batches = [Batch(number, first + index * HOUR, each.root, each.total) for index, each in enumerate(trees)]
    tops = [each.top for each in trees]
    assert refused(bed.report_many([], []), "Meters_NotTogether")
    assert refused(bed.report_many(batches, tops[1:]), "Meters_NotTogether")
    bed.report(number, first + HOUR, fleet.readings(7, 7))
    assert bed.report_many([*batches, batches[0]], [*tops, tops[0]]) is None
    assert bed.twin.meters[number].open == 6
    bed.compare(number, [each.start for each in batches])
    early = Batch(number, bed.now // HOUR * HOUR, trees[0].root, 0)
    assert refused(bed.report_many([early], tops[:1]), "Meters_TooEarly")
    wrong = [replace(batches[0], start=first + 7 * HOUR), replace(batches[1], start=first + 6 * HOUR)]
    assert isinstance(bed.report_many(wrong, tops[:2]), Refused)
    bed.compare(number, [first + 6 * HOUR])


def test_each_interval_has_the_reporters_of_its_start(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000)
    assert refused(bed.schedule_reporters(1, ("r2",), 1, "other"), "Meters_NotOwner")
    assert refused(bed.schedule_reporters(2, ("r2",), 1), "Meters_NotOwner")
    bed.schedule_reporters(1, ("r2",), 1)
    changed = bed.now + 65 * DAY
    bed.until(changed + 2 * HOUR)
    last = first + (changed - first - 1) // HOUR * HOUR
    tree = fleet.readings(5)
    assert refused(bed.report(number, last, tree, ("r2",)), "Meters_TooFewReporters")
    assert refused(bed.report(number, last + HOUR, tree, ("r0", "r1")), "Meters_NotReporter")
    both = [Batch(number, at, tree.root, 5) for at in (last, last + HOUR)]
    assert refused(bed.report_many(both, [tree.top] * 2, ("r0", "r1")), "Meters_NotTogether")
    assert bed.report(number, last, tree, ("r0", "r1")) is None
    assert bed.report(number, last + HOUR, tree, ("r2",)) is None
    for time in (first, last, last + HOUR):
        version, threshold = bed.meters.call("reportersAt", 1, time)
        kept, members, wanted = bed.twin.sets[1].versions.at(time)
        assert (version, threshold) == (kept, wanted)
        for each in ("r0", "r1", "r2", "owner"):
            assert bed.meters.call("isReporter", version, bed.people[each]) == (bed.people[each] in members)


# Questions


def test_every_unit_is_answered_by_its_device(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000, 500, 0, 2000)
    tree = fleet.readings(700, 0, 0, 1300)
    bed.report(number, first, tree)
    place = interval_id(number, first)
    for unit, index in ((0, 0), (699, 0), (700, 3), (1999, 3)):
        assert bed.ask(place, unit) is None
        assert bed.answer(place, unit, tree.proof(index), fleet.tree.proof(index)) is None
    assert bed.twin.credit[bed.usd.address, bed.people["owner"]] == 4 * BOND
    assert refused(bed.ask(place, 2000), "Meters_NoSuchUnit")
    assert refused(bed.ask(place, 0), "Meters_WrongQuestion")
    bed.ask(place, 5)
    answer = bed.answer
    assert refused(answer(place, 6, tree.proof(0), fleet.tree.proof(0)), "Meters_WrongQuestion")
    assert refused(answer(place, 5, tree.proof(3), fleet.tree.proof(3)), "Meters_OtherUnit")
    assert refused(answer(place, 5, tree.proof(1), fleet.tree.proof(1)), "Meters_OtherUnit")
    assert refused(answer(place, 5, tree.proof(0), fleet.tree.proof(1)), "Meters_OtherUnit")
    assert refused(answer(place, 5, tree.proof(0), tree.proof(0)), "MerkleSum_NotInTree")
    free = replace(tree.proof(0), sides=1 << 9)
    assert refused(answer(place, 5, free, fleet.tree.proof(0)), "MerkleSum_FreeBits")
    bed.wait(DAY)
    assert refused(answer(place, 5, tree.proof(0), fleet.tree.proof(0)), "Meters_TooLate")
    assert refused(bed.ask(place, 6), "Meters_TooLate")
    assert refused(bed.finalise(number), "Meters_NothingToFinalise")
    bed.compare(number, [first], [0, 5, 6])
    bed.compare_cash()


def test_energy_nobody_made_costs_the_stake(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000, 2000)
    inflated = build([Leaf(device(0), 700), Leaf(device("nobody"), 1300)])
    bed.report(number, first, inflated)
    place, asset, asker = interval_id(number, first), bed.usd.address, bed.people["asker"]
    bed.ask(place, 700)
    for shown in (0, 1):
        said = bed.answer(place, 700, inflated.proof(1), fleet.tree.proof(shown))
        assert refused(said, "Meters_OtherUnit")
    assert refused(bed.expire(place, 700), "Meters_TooEarly")
    assert refused(bed.collect(place, 700), "Meters_WrongState")
    bed.wait(DAY)
    assert refused(bed.expire(place, 701), "Meters_WrongQuestion")
    assert bed.expire(place, 700) is None
    assert refused(bed.expire(place, 700), "Meters_WrongState")
    assert refused(bed.collect(place, 700), "Meters_WrongQuestion")
    half = STAKE // 2
    assert bed.twin.credit[asset, asker] == BOND + half
    assert bed.twin.credit[asset, BURNT] == STAKE - half == half + 1
    assert bed.withdraw(asker) == BOND + half
    assert refused(bed.withdraw(asker), "Meters_NothingToWithdraw")
    assert refused(bed.report(number, first + HOUR, fleet.readings(1, 2)), "Meters_StakeMissing")
    assert refused(bed.report(number, first, fleet.readings(1, 2)), "Meters_ReportedAlready")
    assert bed.restore(number, "other") is None
    assert refused(bed.restore(number), "Meters_StakeWhole")
    assert bed.report(number, first + HOUR, fleet.readings(1, 2)) is None
    bed.compare(number, [first, first + HOUR], [700])
    bed.compare_cash()


def test_an_owner_that_asks_itself_never_gets_the_burnt_half(bed: Bed) -> None:
    _, number, first = bed.fleet_with_meter(1000)
    bed.report(number, first, build([Leaf(device("nobody"), 1000)]))
    place, asset = interval_id(number, first), bed.usd.address
    for unit in range(3):
        bed.ask(place, unit, "owner")
    bed.ask(place, 3, "asker")
    bed.wait(DAY)
    bed.expire(place, 3)
    for unit in range(3):
        bed.collect(place, unit)
    share = STAKE // 2 // 4
    assert bed.twin.credit[asset, bed.people["asker"]] == BOND + share
    assert bed.twin.credit[asset, bed.people["owner"]] == 3 * (BOND + share)
    assert bed.twin.credit[asset, BURNT] == STAKE - 4 * share >= STAKE // 2
    bed.compare_cash()


def test_a_device_twice_is_shown_by_two_proofs(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000, 2000)
    twice = build([Leaf(device(0), 500), Leaf(device(1), 5), Leaf(device(0), 500), Leaf(device(1), 0)])
    bed.report(number, first, twice)
    place, asset = interval_id(number, first), bed.usd.address
    proofs = [twice.proof(index) for index in range(4)]
    assert refused(bed.refute(place, proofs[0], proofs[0]), "Meters_NotTwice")
    assert refused(bed.refute(place, proofs[0], proofs[1]), "Meters_NotTwice")
    assert refused(bed.refute(place, proofs[1], proofs[3]), "Meters_NotTwice")
    bed.ask(place, 0, "second")
    assert bed.refute(place, proofs[0], proofs[2]) is None
    share = STAKE // 2 // 2
    assert bed.twin.credit[asset, bed.people["asker"]] == share
    assert refused(bed.answer(place, 0, proofs[0], fleet.tree.proof(0)), "Meters_WrongState")
    assert bed.collect(place, 0) is None
    assert bed.twin.credit[asset, bed.people["second"]] == BOND + share
    assert refused(bed.refute(place, proofs[0], proofs[2]), "Meters_WrongState")
    assert bed.finalise(number) is None
    assert bed.twin.meters[number].register == 0
    bed.compare(number, [first, first + HOUR], [0])
    bed.compare_cash()


def test_a_batch_that_is_final_is_not_refuted(bed: Bed) -> None:
    _, number, first = bed.fleet_with_meter(1000, 2000)
    twice = build([Leaf(device(0), 500), Leaf(device(0), 500)])
    bed.report(number, first, twice)
    place = interval_id(number, first)
    bed.wait(DAY)
    assert refused(bed.refute(place, twice.proof(0), twice.proof(1)), "Meters_TooLate")
    bed.finalise(number)
    assert refused(bed.refute(place, twice.proof(0), twice.proof(1)), "Meters_TooLate")
    assert bed.meters.call("registerAt", number, first + HOUR) == 1000


def test_a_question_that_is_open_keeps_a_batch_open_to_be_refuted(bed: Bed) -> None:
    _, number, first = bed.fleet_with_meter(1000, 2000)
    twice = build([Leaf(device(0), 500), Leaf(device(0), 500)])
    bed.report(number, first, twice)
    place = interval_id(number, first)
    bed.wait(DAY - 1)
    bed.ask(place, 3)
    bed.wait(HOUR)
    assert bed.refute(place, twice.proof(0), twice.proof(1)) is None


def test_a_reading_above_its_nameplate_is_no_answer(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000, 2000)
    above = fleet.readings(1001, 5)
    bed.report(number, first, above)
    place = interval_id(number, first)
    bed.ask(place, 0)
    assert refused(bed.answer(place, 0, above.proof(0), fleet.tree.proof(0)), "Meters_AboveCapacity")


def test_what_cannot_be_shared_is_burnt(bed: Bed) -> None:
    _, number, first = bed.fleet_with_meter(1000)
    bed.report(number, first, build([Leaf(device("nobody"), 1000)]))
    place, asset = interval_id(number, first), bed.usd.address
    for unit in range(7):
        bed.ask(place, unit, "asker")
    bed.wait(DAY)
    bed.expire(place, 0)
    share = STAKE // 2 // 7
    assert STAKE // 2 % 7
    assert bed.twin.credit[asset, BURNT] == STAKE - 7 * share
    bed.compare_cash()


# Finality


def test_inv_26_register_never_falls(bed: Bed) -> None:
    """Arkreen's saveData took any figure (CHAIN section 7, 14): here a register is a sum of what is final."""
    fleet, number, first = bed.fleet_with_meter(1000)
    bed.wait(5 * HOUR)
    for index, amount in enumerate((700, 0, 300, 1000, 1)):
        bed.report(number, first + index * HOUR, fleet.readings(amount))
    bed.wait(DAY)
    last = 0
    for expected in (700, 700, 1000, 2000, 2001):
        bed.finalise(number, 1)
        register = bed.twin.meters[number].register
        assert register == expected >= last
        last = register
    times = [first + index * HOUR for index in range(6)]
    assert [bed.meters.call("registerAt", number, at) for at in times] == [0, 700, 700, 1000, 2000, 2001]
    bed.compare(number, times)


def test_inv_30_gaps_and_void_intervals_count_nothing(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000)
    bed.wait(2 * HOUR)
    bed.report(number, first, build([Leaf(device("nobody"), 9)]))
    bed.report(number, first + HOUR, fleet.readings(100))
    bed.ask(interval_id(number, first), 0)
    bed.wait(DAY)
    assert refused(bed.finalise(number), "Meters_NothingToFinalise")
    bed.expire(interval_id(number, first), 0)
    bed.restore(number)
    bed.until(first + 40 * HOUR)
    bed.report(number, first + 33 * HOUR, fleet.readings(50))
    assert bed.finalise(number, 7) is None  # the void one, the batch, five gaps
    bed.finalise(number, 3)
    bed.finalise(number, 200)
    assert bed.twin.meters[number].next == first + 33 * HOUR, "33:00 was reported on time and may still be asked about"
    assert bed.twin.meters[number].gaps.keys == [first + 2 * HOUR], "one slot, however often a run is extended"
    bed.wait(DAY)
    bed.finalise(number)
    times = [first + index * HOUR for index in range(0, 60, 3)]
    bed.compare(number, times)
    assert bed.meters.call("registerAt", number, first + 33 * HOUR) == 100
    assert bed.meters.call("registerAt", number, first + 34 * HOUR) == 150
    with pytest.raises(ChainRevert, match="Meters_NotFinal"):
        bed.meters.call("registerAt", number, bed.twin.meters[number].next + HOUR)
    for view in ("registerAt", "lateAt"):
        with pytest.raises(ChainRevert, match="Meters_WrongTime"):
            bed.meters.call(view, number, first + 1)
        with pytest.raises(ChainRevert, match="Meters_WrongTime"):
            bed.meters.call(view, number, first - HOUR)


def test_inv_31_a_late_batch_changes_nothing_that_was_final(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000)
    bed.until(first + 10 * HOUR)
    bed.report(number, first, fleet.readings(800))
    place = interval_id(number, first)
    assert refused(bed.finalise_late(interval_id(number, first + HOUR)), "Meters_WrongState")
    assert refused(bed.finalise_late(place), "Meters_TooEarly")
    bed.finalise(number, 2)
    bed.ask(place, 1)
    bed.wait(DAY - 1)
    bed.answer(place, 1, fleet.readings(800).proof(0), fleet.tree.proof(0))
    bed.wait(1)
    assert bed.finalise_late(place) is None
    assert refused(bed.finalise_late(place), "Meters_WrongState")
    assert [bed.meters.call("lateAt", number, first + index * HOUR) for index in range(3)] == [0, 0, 0]
    bed.finalise(number, 3)
    assert [bed.meters.call("lateAt", number, first + index * HOUR) for index in range(2, 5)] == [0, 800, 800]
    assert bed.meters.call("registerAt", number, first + 3 * HOUR) == 0
    bed.compare(number, [first + index * HOUR for index in range(6)])


# Pledges


def test_inv_29_a_meter_has_one_payee(bed: Bed) -> None:
    """Tricolor, First Brands, RealT (CHAIN section 7, 12): one slot says whose a meter's yield is."""
    _, number, first = bed.fleet_with_meter(1000)
    payee, other = bed.people["payee"], bed.people["other"]
    assert refused(bed.pledge(number, payee, who="other"), "Meters_NotOwner")
    assert refused(bed.pledge(9, payee), "Meters_UnknownMeter")
    assert bed.pledge(number, payee, 3_500_000, 7) is None
    assert refused(bed.pledge(number, other), "Meters_Pledged")
    assert refused(bed.close(number), "Meters_Pledged")
    assert refused(bed.release(number, "owner"), "Meters_NotReleasable")
    start = first + HOUR * ((bed.now - first) // HOUR + 1)
    assert bed.meters.call("payeeAt", number, start - 1)[1] == bed.people["owner"]
    assert tuple(bed.meters.call("payeeAt", number, start)) == (start, payee, 3_500_000, 7)
    bed.wait(5 * HOUR)
    assert bed.release(number, "payee") is None
    assert refused(bed.release(number, "payee"), "Meters_NotReleasable")
    assert bed.pledge(number, other) is None, "in the same interval: the release acts in none"
    ends = first + HOUR * ((bed.now - first) // HOUR + 1)
    assert bed.meters.call("payeeAt", number, ends - 1)[1] == payee
    assert bed.meters.call("payeeAt", number, ends)[1] == other
    bed.compare(number, [first, start, ends - HOUR, ends])


def test_a_deal_is_released_by_anyone_once_it_is_repaid(bed: Bed) -> None:
    stage = put_on(bed.system, deals.PLAIN, bed.usd)
    _, number, _ = bed.fleet_with_meter(1000)
    deal = stage.deal.address
    repaid = lambda _: stage.state().period == stage.terms.periods  # noqa: E731
    assert bed.pledge(number, deal, asset_of=lambda _: bed.usd.address) is None
    assert refused(bed.release(number, "other", is_repaid=repaid), "Meters_NotReleasable")
    for period in range(1, stage.terms.periods + 1):
        stage.until(period)
        if period == stage.terms.periods:
            assert refused(bed.release(number, "owner", is_repaid=repaid), "Meters_NotReleasable")
        stage.gift(30_000 * USD)
        stage.settle()
    assert bed.release(number, "other", is_repaid=repaid) is None


def test_a_deal_that_owes_is_not_released_after_its_end(bed: Bed) -> None:
    stage = put_on(bed.system, deals.PLAIN, bed.usd)
    _, number, _ = bed.fleet_with_meter(1000)
    bed.pledge(number, stage.deal.address)
    for _ in range(stage.terms.periods):
        stage.settle(1000)
    assert stage.deal.call("nextPaymentAt") == 0
    assert refused(bed.release(number, "other"), "Meters_NotReleasable")


def test_a_payee_has_the_meters_asset(bed: Bed, mock: object) -> None:
    stage = put_on(bed.system, deals.PLAIN)
    _, number, _ = bed.fleet_with_meter(1000)
    said = bed.pledge(number, stage.deal.address, asset_of=lambda _: stage.asset.address)
    assert refused(said, "Meters_WrongPayee")
    assert refused(bed.pledge(number, "0x" + "00" * 20), "Meters_WrongPayee")
    assert refused(bed.pledge(number, bed.meters.address), "Meters_WrongPayee")
    assert bed.pledge(number, bed.usd.address) is None, "code without an asset of its own is the owner's choice"


# Closing


def test_the_stake_comes_back_with_the_last_batch(bed: Bed) -> None:
    fleet, number, first = bed.fleet_with_meter(1000)
    bed.until(first + 10 * HOUR)
    bed.report(number, first, fleet.readings(1))
    bed.report(number, first + 9 * HOUR, fleet.readings(2))
    assert refused(bed.close(number, "other"), "Meters_NotOwner")
    assert bed.close(number) is None
    assert refused(bed.close(number), "Meters_Closed")
    assert refused(bed.pledge(number, bed.people["payee"]), "Meters_Closed")
    assert refused(bed.restore(number), "Meters_Closed")
    assert refused(bed.report(number, first + 8 * HOUR, fleet.readings(2)), "Meters_Closed")
    owner = (bed.usd.address, bed.people["owner"])
    bed.wait(DAY)
    bed.finalise_late(interval_id(number, first))
    assert bed.twin.credit[owner] == 0
    bed.finalise(number)
    assert bed.twin.credit[owner] == STAKE
    bed.compare(number, [first])
    bed.compare_cash()


def test_a_meter_without_batches_closes_at_once(bed: Bed) -> None:
    _, number, _ = bed.fleet_with_meter(1000)
    bed.close(number)
    assert bed.withdraw(bed.people["owner"]) == STAKE
    bed.compare_cash()


def test_withdrawing_pays_the_account_only(bed: Bed) -> None:
    _, number, _ = bed.fleet_with_meter(1000)
    bed.close(number)
    assert refused(bed.withdraw(bed.people["other"]), "Meters_NothingToWithdraw")
    before = bed.cash(bed.people["other"])
    bed.withdraw(bed.people["owner"], "other")
    assert bed.cash(bed.people["other"]) == before
