"""
The median of what several reporters sign: the exact twin of contracts/reports/QuorumReporter.sol (docs/SPEC.md).

What the contract reverts raises LinkRefused with the name and the values of its error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from penstock.links.errors import LinkRefused
from penstock.links.keccak import keccak
from penstock.model.terms import MAX_FIELDS
from penstock.model.units import MAX_AMOUNT, WAD

MOST_REPORTERS = 32
ALL_FIELDS = 2 + MAX_FIELDS
"""The loss and the asset value come before the fields that a deal declares."""

DOMAIN_NAME = "Penstock Reports"
_DOMAIN = keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_REPORT = keccak(b"Report(bytes32 subject,uint40 start,uint40 from,uint40 until,uint256 reported,uint96[] values)")


@dataclass(frozen=True, slots=True)
class Quorum:
    """
    Reporters, and how many of them make a report.

    reporters : in rising order. size : odd, or 2. tolerance : how far apart two reports of a quorum of 2 may be, as
    part of the higher figure, in wad; else 0.
    """

    reporters: tuple[str, ...]
    size: int
    tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What one reporter says of a subject's period.

    after, until : when it may be reported, in seconds, both included. reported : bit i for field i. values : from
    field 0 on.
    """

    after: int
    until: int
    reported: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """Figures with the reporter they are from. good : whether the signature is the reporter's, for just this."""

    reporter: str
    figures: Figures
    good: bool = True


def check(quorum: Quorum) -> None:
    """What the constructor requires."""
    count = len(quorum.reporters)
    fits = quorum.size == 2 or (quorum.size % 2 == 1 and quorum.size > 1)
    if not fits or not quorum.size <= count <= MOST_REPORTERS:
        raise LinkRefused("QuorumReporter_WrongQuorum", quorum.size, count)
    if quorum.tolerance >= (WAD if quorum.size == 2 else 1):
        raise LinkRefused("QuorumReporter_WrongTolerance", quorum.tolerance)
    before = 0
    for index, each in enumerate(quorum.reporters):
        before = _above(before, index, each)


def report(quorum: Quorum, reports: Sequence[Signed], now: int) -> tuple[int, tuple[int, ...]]:
    """
    What a quorum reports of a period that was not reported before.

    Returns
    -------
    A bit for each field that is reported, and the medians from field 0 on.
    """
    count = len(reports)
    if count != quorum.size and (quorum.size, count) != (2, 3):
        raise LinkRefused("QuorumReporter_WrongCount", count, quorum.size)
    before, first = 0, reports[0].figures
    for index, each in enumerate(reports):
        before = _above(before, index, each.reporter)
        _check(quorum, each, now)
        if (each.figures.reported, len(each.figures.values)) != (first.reported, len(first.values)):
            raise LinkRefused("QuorumReporter_OtherFields", each.reporter)
    columns = zip(*(each.figures.values for each in reports), strict=True)
    return first.reported, tuple(median(quorum, field, list(values)) for field, values in enumerate(columns))


def median(quorum: Quorum, field: int, values: Sequence[int]) -> int:
    """The middle of an odd number of figures; of two that agree, the middle between them, rounded down."""
    if len(values) != 2:
        return median_low(values)
    low, high = sorted(values)
    if (high - low) * WAD > high * quorum.tolerance:
        raise LinkRefused("QuorumReporter_Apart", field, low, high)
    return (low + high) // 2


def subject_of(deal: str) -> bytes:
    """The subject that a deal is."""
    return bytes(12) + bytes.fromhex(deal[2:])


def digest(subject: bytes, start: int, figures: Figures, chain_id: int, contract: str) -> bytes:
    """What a reporter signs: SignaturesLib.digest of QuorumReporter's message."""
    domain = keccak(_DOMAIN + keccak(DOMAIN_NAME.encode()) + keccak(b"1") + _word(chain_id) + _word(int(contract, 16)))
    values = keccak(b"".join(map(_word, figures.values)))
    numbers = b"".join(map(_word, (start, figures.after, figures.until, figures.reported)))
    return keccak(b"\x19\x01" + domain + keccak(_REPORT + subject + numbers + values))


def _check(quorum: Quorum, each: Signed, now: int) -> None:
    figures, reporter = each.figures, each.reporter
    if reporter not in quorum.reporters:
        raise LinkRefused("QuorumReporter_NotReporter", reporter)
    if now < figures.after:
        raise LinkRefused("QuorumReporter_Early", reporter, figures.after, now)
    if now > figures.until:
        raise LinkRefused("QuorumReporter_Late", reporter, figures.until, now)
    count = len(figures.values)
    if count > ALL_FIELDS or not figures.reported or figures.reported >> count:
        raise LinkRefused("QuorumReporter_WrongFields", count, ALL_FIELDS)
    for field, value in enumerate(figures.values):
        if value > (MAX_AMOUNT if figures.reported >> field & 1 else 0):
            raise LinkRefused("QuorumReporter_OutOfRange", reporter, field, value)
    if not each.good:
        raise LinkRefused("QuorumReporter_NotSigned", reporter)


def _above(before: int, index: int, account: str) -> int:
    """The account as a number, which must be above the one before it."""
    number = int(account, 16)
    if number <= before:
        raise LinkRefused("QuorumReporter_NotRising", index, account)
    return number


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")
