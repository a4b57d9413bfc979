"""The windows of tests as a deal stores them: see WindowLib.sol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from penstock.model.state import DealState
from penstock.model.terms import DealTerms
from penstock.model.window import Counted, Window

RING_WORDS = 256
"""Slots of one test, of Types.sol."""

_NARROW = (1, 63, 70, 56, 63)
"""Bits, from the lowest, of a narrow place: begun, sums of numerators and denominators, numerator, denominator."""
_WIDE_SUMS = (1, 103, 127)
_WIDE_PARTS = (96, 120)


def _packed(widths: Sequence[int], numbers: Sequence[int]) -> int:
    word = at = 0
    for width, number in zip(widths, numbers, strict=True):
        word |= number << at
        at += width
    return word


def _numbers(widths: Sequence[int], word: int) -> Iterator[int]:
    for width in widths:
        yield word & (1 << width) - 1
        word >>= width


def words_of(counted: Counted, narrow: bool) -> list[int]:
    """The words of one period."""
    numerator, denominator, *sums = counted
    if narrow:
        return [_packed(_NARROW, (1, *sums, numerator, denominator))]
    return [_packed(_WIDE_SUMS, (1, *sums)), _packed(_WIDE_PARTS, (numerator, denominator))]


def _periods(terms: DealTerms, period: int) -> list[int]:
    """How many periods the window of each test has places in use for, after so many periods."""
    return [min(period, test.over) if test.over > 1 else 0 for test in terms.tests]


def listed(terms: DealTerms, state: DealState) -> list[int]:
    """What {IDeal-state} returns of the windows."""
    size, words = 1 if terms.narrow else 2, list[int]()
    for window, periods in zip(state.windows, _periods(terms, state.tested), strict=True):
        words += [0] * size * (periods - len(window))
        words += [word for counted in window for word in words_of(counted, terms.narrow)]
    return words


def names(terms: DealTerms, period: int) -> list[str]:
    """What each word of `listed` is."""
    size = 1 if terms.narrow else 2
    return [
        f"{test.id}, word {number}"
        for test, periods in zip(terms.tests, _periods(terms, period), strict=True)
        for number in range(1, size * periods + 1)
    ]


def unlisted(terms: DealTerms, period: int, words: Sequence[int]) -> list[Window]:
    """The windows after so many periods, of what {IDeal-state} returned of them."""
    size, at, found = 1 if terms.narrow else 2, 0, list[Window]()
    for periods in _periods(terms, period):
        places = [words[first : first + size] for first in range(at, at + size * periods, size)]
        found.append(tuple(_counted(place) for place in places if place[0] & 1))
        at += size * periods
    return found


def _counted(place: Sequence[int]) -> Counted:
    if len(place) == 1:
        _, numerators, denominators, numerator, denominator = _numbers(_NARROW, place[0])
    else:
        _, numerators, denominators = _numbers(_WIDE_SUMS, place[0])
        numerator, denominator = _numbers(_WIDE_PARTS, place[1])
    return Counted(numerator, denominator, numerators, denominators)


def in_storage(terms: DealTerms, state: DealState) -> Iterator[tuple[int, str, int]]:
    """Every word of the windows that is not zero: how many slots behind the first, its name, and what it holds."""
    size = 1 if terms.narrow else 2
    for index, (test, window) in enumerate(zip(terms.tests, state.windows, strict=True)):
        first = state.tested - len(window) + 1
        for period, counted in enumerate(window, start=first):
            for number, word in enumerate(words_of(counted, terms.narrow)):
                place = RING_WORDS * index + size * (period % test.over) + number
                yield place, f"window of test {test.id}, period {period}", word
