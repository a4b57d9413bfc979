"""
QuorumReporter, beside its twin
├── given a quorum that signed, it should keep the median of each field, no matter who brings it
│   ├── fewer than half of the quorum should not move a median beyond what honest reporters say
│   └── of two, the middle; a third report decides where they are apart
├── given a report that is early, late, of another chain, contract, subject or period, unsigned, signed twice over, by a
│   stranger, unsorted, out of range, or of other fields, it should refuse by name with the values
├── given a second quorum, it should refuse
├── given a reporter that is a contract, it should count what that contract says of its signature
└── given any drawn quorum and reports, contract and twin should say the same
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.evm.errors import ChainRevert
from penstock.links import quorum as twin
from penstock.links.errors import LinkRefused
from penstock.links.quorum import Figures, Quorum, Signed
from penstock.model.units import MAX_AMOUNT, WAD
from penstock.onchain.launch import System
from tests.fixtures.slow import mostly_slow
from tests.links.quorums import ALWAYS, SUBJECT, Reporters, figures

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
PER_CENT = WAD // 100


def refused(reporters: Reporters, reports: Sequence[tuple[Any, ...]], **where: Any) -> tuple[str, list[Any]]:
    with pytest.raises(ChainRevert) as caught:
        reporters.report(reports, **where)
    return caught.value.name, list(caught.value.values.values())


def test_the_median_of_each_field_is_kept_and_logged(system: System) -> None:
    reporters = Reporters(system, 5, 3)
    assert tuple(reporters.contract.call("reporters")) == reporters.quorum.reporters
    assert [reporters.contract.call(name) for name in ("quorum", "tolerance")] == [3, 0]
    said = [figures(5, 70, 900), figures(7, 60, 1_000), figures(6, 80, 2)]
    receipt = reporters.report(reporters.by(*said))
    assert reporters.median() == (7, [6, 70, 900] + [0] * 11)
    assert list(reporters.contract.call("reportOf", "0x" + "ab" * 20, 1)[1])[:3] == [6, 70, 900]
    assert reporters.median(start=2) == (0, [0] * 14)
    assert reporters.contract.call("reportOf", "0x" + "ab" * 20, 2**40 + 1)[0] == 0
    (event,) = receipt.events(reporters.contract.abi)
    assert (event.name, event["subject"], event["start"], event["reported"]) == ("Reported", SUBJECT, 1, 7)
    assert (list(event["values"]), list(event["reporters"])) == ([6, 70, 900], list(reporters.quorum.reporters[:3]))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 12, 14])
@pytest.mark.parametrize("most", [0, 1, 255, 2**56, 2**64 - 1, 2**72 - 1, 2**72, MAX_AMOUNT])
def test_fields_of_any_size_come_back(system: System, count: int, most: int) -> None:
    reporters = Reporters(system, 3, 3)
    values = [max(0, most - place) if place % 3 else most for place in range(count)]
    reporters.report(reporters.by(*[figures(*values)] * 3))
    assert reporters.median() == ((1 << count) - 1, values + [0] * (14 - count))


def test_a_field_may_be_left_out(system: System) -> None:
    reporters = Reporters(system, 3, 3)
    some = figures(0, 0, 5, 0, reported=0b0100)
    reporters.report(reporters.by(some, some, replace(some, values=(0, 0, 9, 0))))
    assert reporters.median() == (0b0100, [0, 0, 5] + [0] * 11)


def test_two_reporters_must_agree_or_a_third_decides(system: System) -> None:
    reporters = Reporters(system, 3, 2, PER_CENT)
    low, high, far = figures(990, 5), figures(1_000, 5), figures(989, 5)
    assert refused(reporters, reporters.by(far, high)) == ("QuorumReporter_Apart", [0, 989, 1_000])
    with system.chain.undone():
        reporters.report(reporters.by(low, high))
        assert reporters.median() == (3, [995, 5] + [0] * 12)
    reporters.report(reporters.by(far, high, figures(5, 5)))
    assert reporters.median() == (3, [989, 5] + [0] * 12)


def test_a_period_is_reported_once(system: System) -> None:
    reporters = Reporters(system, 4, 3)
    said = figures(5)
    reporters.report(reporters.by(said, said, said))
    assert refused(reporters, reporters.by(said, said, said)) == ("QuorumReporter_ReportedAlready", [SUBJECT, 1])


def test_every_defect_has_its_name(system: System) -> None:
    reporters = Reporters(system, 4, 3)
    _, second, third, fourth = reporters.quorum.reporters
    said, now = figures(5, 6), system.chain.now()
    a, b, c = reporters.by(said, said, said)
    stranger = max(system.chain.accounts[4:], key=lambda each: int(each, 16))

    def with_third(other: Figures, signature: bytes | None = None) -> tuple[str, list[Any]]:
        return refused(reporters, [a, b, reporters.signed(third, other, signature)])

    assert refused(reporters, [a, b]) == ("QuorumReporter_WrongCount", [2, 3])
    assert refused(reporters, [a, b, c, reporters.signed(fourth, said)]) == ("QuorumReporter_WrongCount", [4, 3])
    assert refused(reporters, [a, c, b]) == ("QuorumReporter_NotRising", [2, second])
    assert refused(reporters, [a, b, b]) == ("QuorumReporter_NotRising", [2, second])
    if int(stranger, 16) > int(second, 16):
        assert refused(reporters, [a, b, reporters.signed(stranger, said)]) == (
            "QuorumReporter_NotReporter",
            [stranger],
        )
    assert with_third(figures(5, 6, window=(now + 1, now + 9))) == ("QuorumReporter_Early", [third, now + 1, now])
    assert with_third(figures(5, 6, window=(0, now - 1))) == ("QuorumReporter_Late", [third, now - 1, now])
    assert with_third(figures(5, 6, reported=0)) == ("QuorumReporter_WrongFields", [2, 14])
    assert with_third(figures(5, 6, reported=7)) == ("QuorumReporter_WrongFields", [2, 14])
    assert with_third(figures(*[1] * 15)) == ("QuorumReporter_WrongFields", [15, 14])
    assert with_third(figures(5, 0, reported=1)) == ("QuorumReporter_OtherFields", [third])
    assert with_third(figures(5, 6, 7)) == ("QuorumReporter_OtherFields", [third])
    assert with_third(figures(5, MAX_AMOUNT + 1)) == ("QuorumReporter_OutOfRange", [third, 1, MAX_AMOUNT + 1])
    assert with_third(figures(5, 6, reported=1)) == ("QuorumReporter_OutOfRange", [third, 1, 6])
    # What the reporter signed elsewhere, or did not sign
    elsewhere: list[dict[str, Any]] = [
        {"chain_id": 1},
        {"contract": reporters.contract.address[:-1] + ("0" if reporters.contract.address[-1] != "0" else "1")},
        {"subject": SUBJECT[::-1]},
        {"start": 2},
    ]
    for other in elsewhere:
        signature = reporters.signature(third, said, **other)
        assert with_third(said, signature) == ("QuorumReporter_NotSigned", [third]), other
    for changed in (figures(5, 7), figures(5, 6, window=(0, 2**40 - 2))):
        assert with_third(changed, reporters.signature(third, said)) == ("QuorumReporter_NotSigned", [third])
    good = reporters.signature(third, said)
    high_s = good[:32] + (ORDER - int.from_bytes(good[32:64], "big")).to_bytes(32, "big") + bytes([55 - good[64]])
    for bad in (b"", good[:-1], good + b"\0", high_s, good[:64] + b"\0", bytes(65), reporters.signature(fourth, said)):
        assert with_third(said, bad) == ("QuorumReporter_NotSigned", [third])
    reporters.report([a, b, c])


def test_the_edges_of_a_window_are_in_time(system: System) -> None:
    reporters, now = Reporters(system, 3, 3), system.chain.now()
    edge = figures(5, window=(now, now))
    reporters.report(reporters.by(edge, edge, edge))


@pytest.mark.parametrize(("count", "size"), [(0, 3), (3, 1), (3, 0), (4, 4), (2, 3), (1, 2), (33, 3)])
def test_a_quorum_is_two_or_odd(system: System, count: int, size: int) -> None:
    accounts = [f"0x{number + 1:040x}" for number in range(count)]
    with pytest.raises(ChainRevert) as caught:
        system.chain.deploy(system.artifacts["QuorumReporter"], accounts, size, 0)
    assert (caught.value.name, list(caught.value.values.values())) == ("QuorumReporter_WrongQuorum", [size, count])
    with pytest.raises(LinkRefused, match="WrongQuorum"):
        twin.check(Quorum(tuple(accounts), size))


@pytest.mark.parametrize(("size", "tolerance"), [(2, WAD), (3, 1), (5, WAD)])
def test_a_tolerance_is_of_two(system: System, size: int, tolerance: int) -> None:
    accounts = [f"0x{number + 1:040x}" for number in range(5)]
    with pytest.raises(ChainRevert) as caught:
        system.chain.deploy(system.artifacts["QuorumReporter"], accounts, size, tolerance)
    assert (caught.value.name, list(caught.value.values.values())) == ("QuorumReporter_WrongTolerance", [tolerance])
    with pytest.raises(LinkRefused, match="WrongTolerance"):
        twin.check(Quorum(tuple(accounts), size, tolerance))


@pytest.mark.parametrize("bad", [("0x" + "0" * 40, "0x" + "1" * 40), ("0x" + "2" * 40, "0x" + "1" * 40)])
def test_reporters_are_in_rising_order(system: System, bad: tuple[str, str]) -> None:
    index = 0 if int(bad[0], 16) == 0 else 1
    with pytest.raises(ChainRevert) as caught:
        system.chain.deploy(system.artifacts["QuorumReporter"], list(bad), 2, 0)
    assert list(caught.value.values.values()) == [index, bad[index]]
    with pytest.raises(LinkRefused, match="NotRising"):
        twin.check(Quorum(bad, 2))


def test_a_contract_signs_as_it_says(system: System) -> None:
    """A wallet that says yes counts; one that says no, reverts, burns its gas or answers nothing does not."""
    wallet = system.chain.deploy(system.artifacts["ScriptedResponder"])
    others = system.chain.accounts[:2]
    accounts = sorted([*others, wallet.address], key=lambda each: int(each, 16))
    reporters = Reporters(system, 3, 3)
    reporters.contract = system.chain.deploy(system.artifacts["QuorumReporter"], accounts, 3, 0)
    said = figures(5)
    reports = [reporters.signed(each, said, b"anything" if each == wallet.address else None) for each in accounts]
    yes = bytes.fromhex("1626ba7e").ljust(32, b"\0")
    answers = [(0, b"", 0), (0, bytes(32), 32), (1, yes, 32), (0, yes, 4), (2, b"", 0)]
    for response, answer, size in answers:
        wallet.send("respond", response, answer, size)
        assert refused(reporters, reports) == ("QuorumReporter_NotSigned", [wallet.address]), (response, size)
    wallet.send("respond", 0, yes, 32)
    reporters.report(reports)
    assert reporters.median()[1][0] == 5


@given(data=st.data())
def test_inv_41_liars_move_no_median_beyond_honest_figures(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from([3, 5, 7, 9, 31]))
    amounts = st.integers(0, MAX_AMOUNT)
    honest = data.draw(st.lists(amounts, min_size=(size + 1) // 2, max_size=size))
    lies = data.draw(st.lists(amounts, min_size=size - len(honest), max_size=size - len(honest)))
    said = data.draw(st.permutations(honest + lies))
    quorum = Quorum(tuple(f"0x{number + 1:040x}" for number in range(size)), size)
    first, last = ALWAYS
    signed = [Signed(who, Figures(first, last, 1, (value,))) for who, value in zip(quorum.reporters, said, strict=True)]
    _, (median,) = twin.report(quorum, signed, 1)
    assert min(honest) <= median <= max(honest)


@given(low=st.integers(0, MAX_AMOUNT), high=st.integers(0, MAX_AMOUNT), tolerance=st.integers(0, WAD - 1))
def test_two_that_agree_are_within_the_tolerance_of_the_result(low: int, high: int, tolerance: int) -> None:
    low, high = sorted((low, high))
    try:
        middle = twin.median(Quorum(("0x1", "0x2"), 2, tolerance), 0, [high, low])
    except LinkRefused:
        assert (high - low) * WAD > high * tolerance
        return
    assert low <= middle <= high and (high - low) * WAD <= high * tolerance


@pytest.mark.parametrize("seed", mostly_slow(range(12), quick=[0]))
def test_contract_and_twin_say_the_same(system: System, seed: int) -> None:
    """Drawn quorums with drawn defects; a thousand reports in all."""
    from random import Random

    random = Random(seed)
    for _ in range(4):
        size = random.choice([2, 2, 3, 5])
        reporters = Reporters(
            system, random.randint(max(size, 3), 8), size, random.choice([0, PER_CENT]) if size == 2 else 0
        )
        for start in range(1, 21):
            _one_drawn_report(random, reporters, start)


def _one_drawn_report(random: Any, reporters: Reporters, start: int) -> None:
    now, quorum = reporters.chain.now(), reporters.quorum
    count = random.choice([quorum.size] * 6 + [3, 2])
    who = sorted(random.sample(quorum.reporters, min(count, len(quorum.reporters))), key=lambda each: int(each, 16))
    fields = random.randint(1, 14)
    top = random.choice([1, 1_000, 2**56, 2**64, MAX_AMOUNT, MAX_AMOUNT + 2])
    base = [random.randint(0, top) for _ in range(fields)]
    signed: list[Signed] = []
    sent: list[tuple[Any, ...]] = []
    for reporter in who:
        said = tuple(max(0, each + random.choice([0, 0, 1, -1, each // 50])) for each in base)
        window = random.choice([ALWAYS] * 20 + [(now + 1, now + 2), (0, now - 1), (now, now)])
        reported = (1 << fields) - 1 - (random.random() < 0.03)
        made = Figures(window[0], window[1], reported, said)
        good = random.random() > 0.03
        signature = reporters.signature(reporter, made, start=start if good else start + 1)
        signed.append(Signed(reporter, made, good))
        sent.append(reporters.signed(reporter, made, signature))
    if random.random() < 0.05:
        signed.reverse()
        sent.reverse()
    try:
        expected: Any = twin.report(quorum, signed, now)
    except LinkRefused as refusal:
        assert refused(reporters, sent, start=start) == (refusal.name, list(refusal.values))
        return
    reporters.report(sent, start=start)
    reported, values = reporters.median(start=start)
    assert (reported, tuple(values[: len(expected[1])])) == expected
