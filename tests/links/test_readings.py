"""
Readings and fleets, from files to batches
├── given each rule of docs/METERS.md, a file should be read, or refused with its line
├── given daylight saving, an hour that comes twice or never should be refused, and offsets be taken
├── given a finer step and other quantities, an interval should be their sum, rounded down once
├── given what was built, its files should give the same roots
└── given readings that were changed, `verify` should say what is wrong
"""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.links import batches
from penstock.links.check import OnChain, faults
from penstock.links.fleet import FileFault, Fleet, key_of, parse_fleet, shared_devices
from penstock.links.keccak import keccak
from penstock.links.readings import Interval, Reading, UnknownZone, parse_readings

FLEET = parse_fleet("device,capacity\nnorth,5000\nsouth,9000\n", "fleet.csv")
NOON = 1_767_268_800  # 2026-01-01 12:00 UTC


def read(*lines: str, fleet: Fleet = FLEET, **how: object) -> tuple[list[Interval], list[str]]:
    text = "\n".join(["time,device,value", *lines])
    return parse_readings(text, "r.csv", fleet, Reading(**how))  # type: ignore[arg-type]


def amounts(made: list[Interval]) -> dict[int, list[int]]:
    return {each.start: [leaf.amount for leaf in each.tree.leaves] for each in made}


def fault(*lines: str, **how: object) -> str:
    with pytest.raises(FileFault) as caught:
        read(*lines, **how)
    return str(caught.value)


def test_leaves_are_in_the_order_of_the_fleet() -> None:
    made, notes = read("2026-01-01T12:00Z,south,7", "2026-01-01T12:00Z,north,5", "2026-01-01T13:00Z,north,1")
    assert amounts(made) == {NOON: [5, 7], NOON + 3600: [1, 0]}
    assert notes == ["r.csv:4: a device without all values of an interval counts 0 in it, 1 times"]
    assert [leaf.key for leaf in made[0].tree.leaves] == [keccak(b"north"), keccak(b"south")]


def test_negative_values_count_0_and_gaps_are_noted() -> None:
    made, notes = read(
        "2026-01-01T12:00Z,north,-3.5",
        "2026-01-01T12:00Z,south,",
        "2026-01-01T14:00Z,north,2",
        "2026-01-01T14:00Z,south,1",
    )
    assert amounts(made) == {NOON: [0, 0], NOON + 7200: [2, 1]}
    assert [each.split(": ", 1)[1] for each in notes] == [
        "a negative value counts 0, 1 times",
        "no value, 1 times",
        "a device without all values of an interval counts 0 in it, 1 times",
        "no reading at all: a gap, 1 times",
    ]


def test_a_line_twice_counts_once_and_two_values_are_refused() -> None:
    made, notes = read("2026-01-01T12:00Z,north,5", "2026-01-01T13:00+01:00,north,5.0")
    assert amounts(made) == {NOON: [5, 0]}
    assert notes[0] == "r.csv:3: the same line twice counts once, 1 times"
    said = fault("2026-01-01T12:00Z,north,5", "2026-01-01T12:00Z,north,6")
    assert said.startswith("r.csv:3: north at 2026-01-01T12:00Z is 6 here and 5 in line 2")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2026-01-01T12:00Z,west,5", "device 'west' is not in the fleet"),
        ("2026-01-01T12:00Z,north,5001", "north has 5,001"),
        ("2026-01-01T12:00,north,5", "has no offset"),
        ("2026-01-01T12:30Z,north,5", "is not a multiple of 3600 s"),
        ("noon,north,5", "time 'noon'"),
        ("2026-01-01T12:00Z,north,much", "value 'much'"),
        ("2026-01-01T12:00Z,north,NaN", "value 'NaN'"),
        ("2026-01-01T12:00Z,north,1e99", "value '1e99'"),
        ("2026-01-01T12:00Z,north", "2 values; accepted: 3"),
        ("2026-01-01T12:00:00.5Z,north,5", "whole seconds"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(line: str, words: str) -> None:
    said = fault(line)
    assert said.startswith("r.csv:2: ") and words in said


def test_columns_are_named() -> None:
    with pytest.raises(FileFault, match=r"r\.csv:1: no column 'value'; the first line has time, device, wh"):
        parse_readings("time,device,wh\n", "r.csv", FLEET, Reading())


def test_local_times_need_a_zone_and_take_daylight_saving() -> None:
    zone = {"zone": "America/New_York"}
    made, _ = read("2026-01-01T07:00,north,5", "2026-07-01T08:00,north,6", **zone)
    assert list(amounts(made)) == [NOON, NOON + 181 * 86_400]
    assert "comes twice" in fault("2026-11-01T01:00,north,5", **zone)
    assert "does not exist" in fault("2026-03-08T02:00,north,5", **zone)
    both, _ = read("2026-11-01T01:00-04:00,north,5", "2026-11-01T01:00-05:00,north,6", **zone)
    assert [each[0] for each in amounts(both).values()] == [5, 6]
    assert both[1].start - both[0].start == 3600
    with pytest.raises(UnknownZone, match="Mars/Olympus"):
        read("2026-01-01T07:00,north,5", zone="Mars/Olympus")


def test_a_finer_step_is_added_up_and_rounded_once() -> None:
    values = (("north", 1.4), ("south", 10))
    quarters = [f"2026-01-01T12:{at:02d}Z,{name},{value}" for name, value in values for at in (0, 15, 30, 45)]
    made, _ = read(*quarters, step=900)
    assert amounts(made) == {NOON: [5, 40]}, "4 × 1.4 = 5.6 Wh"
    made, _ = read(*(each.replace(",10", ",1.9999") for each in quarters), step=900, quantity="kW")
    assert amounts(made) == {NOON: [1400, 1999]}, "1.4 kW for an hour, and the rest of a Wh left out"
    lacking, notes = read(*quarters[1:], step=900)
    assert amounts(lacking) == {NOON: [0, 40]} and "counts 0" in notes[0]
    none, notes = read(quarters[0], step=900)
    assert none == [] and "a gap" in notes[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("device,capacity\na,1\na,2\n", "fleet.csv:3: device 'a' is listed before, in line 2"),
        ("device,capacity\na,1.5\n", "capacity '1.5'"),
        ("device,capacity\n,5\n", "no device"),
        ("device,capacity\n", "fleet.csv:1: no device"),
        ("device,watts\na,1\n", "no column 'capacity'"),
        (f"device,capacity\na,{2**64}\n", "2^64"),
    ],
)
def test_a_fleet_that_cannot_be_used_is_named(text: str, words: str) -> None:
    with pytest.raises(FileFault) as caught:
        parse_fleet(text, "fleet.csv")
    assert words in str(caught.value)


def test_a_key_is_taken_as_it_is_and_a_name_hashed() -> None:
    key = "0x" + "ab" * 32
    assert key_of(key) == bytes.fromhex("ab" * 32)
    assert key_of("north") == keccak(b"north")
    other = parse_fleet("device,capacity\nsouth,1\neast,2\n", "b.csv")
    assert shared_devices({"a": FLEET, "b": other}) == [("0x" + keccak(b"south").hex(), ["a", "b"])]
    assert shared_devices({"a": FLEET}) == []


@pytest.fixture
def built(tmp_path: Path) -> Path:
    made, _ = read("2026-01-01T12:00Z,north,5", "2026-01-01T12:00Z,south,7", "2026-01-01T13:00Z,north,1")
    file = batches.write(batches.of_intervals(3, made), made, tmp_path / "out")
    listed = batches.read(file)
    assert listed == batches.of_intervals(3, made)
    return file


def test_what_was_built_is_verified(built: Path) -> None:
    made = batches.read(built)
    assert faults(made, FLEET, built.parent, None) == []
    roots = {batch.start: (batch.root, batch.total) for batch in made.batches}
    chain = OnChain(lambda _: (FLEET.tree.root, FLEET.tree.total, 3600, 0), lambda place: roots[place & 2**40 - 1])
    assert faults(made, FLEET, built.parent, chain) == []
    wrong = OnChain(lambda _: (bytes(32), 1, 3600, 0), lambda place: (bytes(32), 9))
    said = faults(made, FLEET, built.parent, wrong)
    assert len(said) == 3 and "the fleet has root" in said[0] and "the chain has root" in said[1]


def test_changed_readings_are_noticed(built: Path) -> None:
    made, file = batches.read(built), built.parent / f"{NOON}.csv"
    text = file.read_text()
    file.write_text(text.replace(",5\n", ",6\n"))
    assert "the readings have root" in faults(made, FLEET, built.parent, None)[0]
    file.write_text(text.replace(keccak(b"north").hex(), "11" * 32))
    assert "is not in the fleet" in faults(made, FLEET, built.parent, None)[1]
    file.write_text(text + text.splitlines()[1] + "\n")
    assert "is there twice" in faults(made, FLEET, built.parent, None)[1]
    file.write_text("key,amount\n0x12,5\n")
    with pytest.raises(FileFault, match="0x and 64 digits"):
        faults(made, FLEET, built.parent, None)


def test_signatures_are_of_one_list(tmp_path: Path) -> None:
    digest, high, low = keccak(b"batches"), "0x" + "22" * 20, "0x" + "11" * 20
    files = []
    for signer in (high, low):
        files.append(tmp_path / f"{signer}.json")
        batches.write_signature(files[-1], signer, digest, bytes(65))
    assert list(batches.read_signatures(files, digest)) == [low, high], "in the order the contract takes"
    with pytest.raises(batches.BatchesRefused, match="it signs"):
        batches.read_signatures(files, keccak(b"others"))
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(batches.BatchesRefused, match="not a file of signature"):
        batches.read_signatures([tmp_path / "x.json"], digest)
    with pytest.raises(batches.BatchesRefused, match="not a file of batches"):
        batches.read(tmp_path / "x.json")
