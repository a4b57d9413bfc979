"""The oracle of the machine: every check it has is made, and a holder has what the logs of a step say, to the unit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.fuzz import oracle as oracle
from penstock.fuzz.invariants import Broken
from penstock.fuzz.oracle import Oracle
from penstock.fuzz.steps import DONE, HOLDERS, Outcome, Step, allotments_of
from penstock.model.books import Books
from penstock.model.shares import ShareLedger

CHECKS = (*oracle.EVERY, *oracle.AFTER_A_STEP)
TERMS = load(Path(__file__).parents[2] / "deals" / "pf-three-tranche.toml")
OWNER, OTHER, *_ = (name for tranche, name in allotments_of(TERMS, 0) if tranche == 0)
BUYER = next(name for name in HOLDERS if (0, name) not in allotments_of(TERMS, 0))
ODD = 1_234_567_890_123
"""A payment that no supply divides."""


def due() -> Oracle:
    """The deal on its first payment date."""
    expected = Oracle(TERMS, allotments_of(TERMS, 0), now=0)
    assert expected.act(Step("wait", amount=expected.payment_at())) == Outcome()
    return expected


def paid() -> Oracle:
    """The deal with its first period settled, and something for everybody to claim."""
    expected = due()
    assert expected.act(Step("pay", by="ann", amount=ODD, count=1)) == Outcome()
    return expected


@pytest.mark.parametrize("place", range(len(CHECKS)), ids=lambda place: CHECKS[place].__name__)
def test_every_check_is_made(monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    def fails(_: object) -> None:
        raise Broken(99, "this check was made")

    expected = due()
    for name in ("EVERY", "AFTER_A_STEP"):
        checks = getattr(oracle, name)
        monkeypatch.setattr(oracle, name, tuple(fails if check is CHECKS[place] else check for check in checks))
    with pytest.raises(Broken, match="INV 99"):
        expected.act(Step("pay", by="ann", amount=ODD, count=1))


def test_every_period_of_a_call_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[int] = []
    monkeypatch.setattr(oracle, "EVERY", (lambda settled: checked.append(settled.settlement.period),))
    expected = due()
    expected.act(Step("wait", amount=expected.payment_times[2] - expected.world.now))
    expected.act(Step("settle", by="ann", count=480))
    assert checked == [1, 2, 3]


@pytest.mark.parametrize(
    "step",
    [
        Step("claim", by=OWNER),
        Step("transfer", by=OWNER, to=BUYER, amount=7),
        Step("transfer", by=OWNER, to=OWNER, amount=7),
        Step("transfer", by="ann", to="bob", tranche=1, amount=0),
        Step("pay", by="ann", amount=ODD, count=1, inside=Step("transfer", by="looper", to="ann", amount=7)),
        Step("pay", by="ann", amount=ODD, count=1, inside=Step("settle", by="looper", count=1)),
        Step("pay", by="ann", amount=ODD, count=1, inside=Step("claim", by="looper", tranche=0)),
        Step("gift", by="ann", amount=ODD, inside=Step("settle", by="looper", count=1)),
        Step("settle", by="ann", count=2),
        Step("alike", by="ann", to="bob", count=2),
    ],
    ids=lambda step: step.what + (f" with a {step.inside.what}" if step.inside else ""),
)
def test_what_is_sound_passes(step: Step) -> None:
    expected = paid()
    seed = next(seed for seed in range(6) if (0, "looper") in allotments_of(TERMS, seed))
    if step.inside:
        expected = Oracle(TERMS, allotments_of(TERMS, seed), now=expected.world.now)
        assert expected.act(Step("pay", by="ann", amount=ODD, count=1)) == Outcome()
    expected.act(Step("wait", amount=expected.payment_times[2] - expected.world.now))
    assert expected.act(step) == Outcome("", DONE if step.inside else "")


def more(holder: str, units: int) -> Callable[[Oracle], None]:
    """Gives a holder's claim on the first tranche so many units more."""

    def give(expected: Oracle) -> None:
        ledger = expected.books.ledgers[0]
        ledger.holdings[holder].debt -= units * ledger.supply

    return give


def swaps(expected: Oracle) -> None:
    """What one was credited another has: the sums stay."""
    more(OWNER, 1)(expected)
    more(OTHER, -1)(expected)


def a_part_of_a_unit(expected: Oracle) -> None:
    expected.books.ledgers[0].holdings[OWNER].debt += 1


def a_share_changes_hands(expected: Oracle) -> None:
    """With what keeps each claim as it was: the transfer that no log tells."""
    expected.books.ledgers[0].transfer(OWNER, OTHER, 1)


def nobody_is_made_a_holder(expected: Oracle) -> None:
    expected.books.ledgers[0].transfer("nobody", "nobody", 0)


CLAIM, PAY = Step("claim", by=OWNER), Step("pay", by="ann", amount=ODD, count=1)
MOVE = Step("transfer", by=OWNER, to=BUYER, amount=7)
ALIKE = Step("alike", by="ann", to="bob", count=2)


@pytest.mark.parametrize("step", [Step("wait", amount=1), CLAIM, PAY, MOVE, ALIKE], ids=lambda step: step.what)
@pytest.mark.parametrize(
    "spoil",
    [more(OWNER, -1), more(OTHER, -1), swaps, a_part_of_a_unit, a_share_changes_hands, nobody_is_made_a_holder],
    ids=["a unit of its own less", "a unit of another less", "swaps", "a part", "a share", "a holder"],
)
def test_no_step_changes_a_claim_but_by_what_was_taken_and_credited(
    step: Step, spoil: Callable[[Oracle], None]
) -> None:
    """Each spoilt ledger carries less than a unit for each holder and adds up: no other check sees it."""
    expected = paid()
    expected.act(Step("wait", amount=expected.payment_times[2] - expected.world.now))
    honest = expected._acts[step.what]

    def act(step: Step) -> None:
        honest(step)
        spoil(expected)

    expected._acts[step.what] = act
    with pytest.raises(Broken, match=r"INV 05 is broken: .* claim on tranche 0"):
        expected.act(step)


def test_a_credit_is_shared_by_who_holds_when_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger that leaves a credit out, as no claim and no transfer of the same step explains."""
    expected = paid()
    expected.act(Step("wait", amount=expected.payment_at() - expected.world.now))
    monkeypatch.setattr(ShareLedger, "credit", lambda self, amount: None)
    monkeypatch.setattr(Books, "accounted", property(lambda self: 0))
    with pytest.raises(Broken, match="INV 05"):
        expected.act(PAY)


def test_a_claim_is_told_with_what_it_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log of another amount than the ledger's is no explanation of it."""
    expected = paid()
    honest = expected._emit
    monkeypatch.setattr(expected, "_emit", lambda by, kind, *values: honest(by, kind, *values[:-1], values[-1] + 1))
    with pytest.raises(Broken, match="INV 05"):
        expected.act(CLAIM)
