"""Invariants of the per-share ledger: exact, and indifferent to the order and the size of transfers and claims."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.model.errors import InsufficientShares, NothingToClaim
from penstock.model.shares import ShareLedger

pytestmark = pytest.mark.drawn

HOLDERS = ("ann", "bob", "cid", "dee")
amounts = st.one_of(st.integers(0, 10), st.integers(0, 2**104 - 1))


class Step(NamedTuple):
    """One thing that happens: `amount` is credited, or a part of the actor's shares moves to another, or it claims."""

    kind: str
    actor: str
    other: str
    amount: int
    part: int


class Cum(NamedTuple):
    """A part of a holder's shares that moves to another with what it earned."""

    seller: int
    buyer: int
    part: int


def numerators(ledger: ShareLedger) -> dict[str, int]:
    return {name: held.shares * ledger.credited - held.debt for name, held in ledger.holdings.items()}


steps = st.builds(
    Step,
    kind=st.sampled_from(("credit", "transfer", "claim")),
    actor=st.sampled_from(HOLDERS),
    other=st.sampled_from(HOLDERS),
    amount=amounts,
    part=st.integers(0, 256),
)
cum_moves = st.builds(Cum, st.integers(0, 3), st.integers(0, 3), st.integers(0, 256))
histories = st.lists(steps, max_size=30)
allotments = st.lists(st.one_of(st.integers(0, 5), st.integers(0, 2**60)), min_size=4, max_size=4).filter(any)


def opened(allotment: Sequence[int]) -> ShareLedger:
    ledger = ShareLedger(sum(allotment))
    for holder, shares in zip(HOLDERS, allotment, strict=True):
        ledger.allot(holder, shares)
    return ledger


def happen(ledger: ShareLedger, step: Step, in_pieces: bool = False, claiming: bool = True) -> None:
    """One step; in pieces: a transfer in two, a claim twice."""
    if step.kind == "credit":
        ledger.credit(step.amount)
    elif step.kind == "transfer":
        moved = ledger.holdings[step.actor].shares * step.part // 256
        pieces = (moved // 3, moved - moved // 3) if in_pieces else (moved,)
        for shares in pieces:
            ledger.transfer(step.actor, step.other, shares)
    elif claiming:
        take(ledger, step.actor)
        if in_pieces:
            assert take(ledger, step.actor) == 0


def take(ledger: ShareLedger, holder: str) -> int:
    """What the holder gets; 0 where the claim is refused."""
    try:
        return ledger.claim(holder)
    except NothingToClaim:
        return 0


def totals(ledger: ShareLedger, claimed: dict[str, int]) -> dict[str, int]:
    return {holder: claimed.get(holder, 0) + ledger.claimable_down(holder) for holder in HOLDERS}


def lived(allotment: Sequence[int], history: Sequence[Step], claiming: bool = True) -> dict[str, int]:
    """What each holder has claimed and can claim after a history."""
    ledger = opened(allotment)
    claimed: dict[str, int] = {}
    for step in history:
        before = ledger.claimed
        happen(ledger, step, claiming=claiming)
        claimed[step.actor] = claimed.get(step.actor, 0) + ledger.claimed - before
    return totals(ledger, claimed)


@given(allotment=allotments, history=histories)
def test_inv_04_claimed_and_claimable_and_carry_are_what_was_credited(
    allotment: list[int], history: list[Step]
) -> None:
    ledger = opened(allotment)
    for step in history:
        happen(ledger, step)
        claimable = [ledger.claimable_down(holder) for holder in HOLDERS]
        assert all(amount >= 0 for amount in claimable)
        assert ledger.claimed + sum(claimable) + ledger.carry == ledger.credited
        assert 0 <= ledger.carry < len(HOLDERS), "less than one base unit a holder"


@given(allotment=allotments, history=histories)
def test_inv_04_entitlements_add_up_to_the_credits_without_any_rounding(
    allotment: list[int], history: list[Step]
) -> None:
    ledger = opened(allotment)
    for step in history:
        happen(ledger, step)
    numerators = [held.shares * ledger.credited - held.debt for held in ledger.holdings.values()]
    assert sum(numerators) == (ledger.credited - ledger.claimed) * ledger.supply


@given(allotment=allotments, history=histories)
def test_inv_05_claiming_sooner_or_later_changes_no_holders_total(allotment: list[int], history: list[Step]) -> None:
    """Exactly: the fraction of a base unit a claim leaves stays in the holder's own numerator."""
    often, never = lived(allotment, history), lived(allotment, history, claiming=False)
    assert often == never


@given(allotment=allotments, history=histories, order=st.randoms(use_true_random=False))
def test_inv_05_transfers_between_two_credits_may_come_in_any_order(
    allotment: list[int], history: list[Step], order: Random
) -> None:
    """Transfers of fixed numbers of shares, each within what the seller always holds, and claims among them."""
    moves = [step for step in history if step.kind != "credit"]
    credits = [step.amount for step in history if step.kind == "credit"] or [7]
    smallest = [shares // (len(moves) + 1) for shares in allotment]

    def after(sequence: Sequence[Step]) -> dict[str, int]:
        ledger = opened(allotment)
        claimed: dict[str, int] = {}
        for amount in (credits[0], sum(credits)):
            ledger.credit(amount)
            for step in sequence:
                if step.kind == "claim":
                    claimed[step.actor] = claimed.get(step.actor, 0) + take(ledger, step.actor)
                else:
                    shares = smallest[HOLDERS.index(step.actor)] * step.part // 512
                    ledger.transfer(step.actor, step.other, shares)
            ledger.credit(amount // 3)
        return totals(ledger, claimed)

    shuffled = list(moves)
    order.shuffle(shuffled)
    assert after(moves) == after(shuffled)


@given(allotment=allotments, history=histories)
def test_inv_06_splitting_a_transfer_or_a_claim_changes_nothing(allotment: list[int], history: list[Step]) -> None:
    whole, split = opened(allotment), opened(allotment)
    for step in history:
        happen(whole, step)
        happen(split, step, in_pieces=True)
        assert whole == split


@given(allotment=allotments, history=histories, moves=st.lists(cum_moves))
def test_inv_42_a_cum_transfer_makes_and_loses_no_unit(
    allotment: list[int], history: list[Step], moves: list[Cum]
) -> None:
    """Each takes its part of what the seller had not claimed, rounded up to a numerator; nobody else's changes."""
    ledger = opened(allotment)
    for place, step in enumerate(history):
        happen(ledger, step)
        for move in moves[place::5]:
            seller, buyer = HOLDERS[move.seller], HOLDERS[move.buyer]
            held = ledger.holdings[seller].shares
            amount = held * move.part // 256
            before = numerators(ledger)
            earned = ledger.transfer_cum(seller, buyer, amount)
            assert earned == (-(-before[seller] * amount // held) if amount else 0)
            expected = dict(before)
            expected[seller] -= earned
            expected[buyer] += earned
            assert numerators(ledger) == expected
            assert min(expected.values()) >= 0
            assert sum(each.shares for each in ledger.holdings.values()) == ledger.supply
        assert sum(numerators(ledger).values()) == (ledger.credited - ledger.claimed) * ledger.supply
        assert 0 <= ledger.carry < len(HOLDERS)


@given(allotment=allotments, history=histories)
def test_inv_42_who_sends_all_its_shares_cum_keeps_nothing(allotment: list[int], history: list[Step]) -> None:
    ledger = opened(allotment)
    for step in history:
        happen(ledger, step)
    held = ledger.holdings["ann"].shares
    if not held:
        return
    both = ledger.claimable_down("ann") + ledger.claimable_down("bob")
    ledger.transfer_cum("ann", "bob", held)
    assert (ledger.holdings["ann"].shares, ledger.holdings["ann"].debt) == (0, 0)
    assert both <= ledger.claimable_down("bob") <= both + 1, "two parts of a base unit may be one"


def test_inv_42_a_debt_below_zero_is_floored_too() -> None:
    """Ann sold two of five shares after 7 were credited: her debt is −14, and two thirds of it −9.33."""
    ledger = opened([5, 0, 0, 0])
    ledger.credit(7)
    ledger.transfer("ann", "bob", 2)
    assert (ledger.holdings["ann"].shares, ledger.holdings["ann"].debt) == (3, -14)
    assert ledger.transfer_cum("ann", "cid", 2) == 2 * 7 + 10
    assert (ledger.holdings["ann"].debt, ledger.holdings["cid"].debt) == (-4, -10)
    assert ledger.transfer_cum("ann", "cid", 0) == 0
    with pytest.raises(InsufficientShares):
        ledger.transfer_cum("ann", "bob", 2)


@given(allotment=allotments, history=histories)
def test_inv_06_a_transfer_leaves_what_was_credited_with_the_seller(allotment: list[int], history: list[Step]) -> None:
    ledger = opened(allotment)
    for step in history:
        before = {holder: ledger.claimable_down(holder) for holder in HOLDERS}
        happen(ledger, step)
        if step.kind == "transfer":
            assert {holder: ledger.claimable_down(holder) for holder in HOLDERS} == before


def test_inv_06_nobody_transfers_shares_it_does_not_hold() -> None:
    ledger = opened([5, 0, 0, 0])
    with pytest.raises(InsufficientShares):
        ledger.transfer("ann", "bob", 6)
    with pytest.raises(InsufficientShares):
        ledger.transfer("eve", "bob", 1)
