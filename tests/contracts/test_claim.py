"""
claim
├── given nothing was credited, it should refuse with tranche and holder
├── given the holder has no shares, it should refuse with tranche and holder
├── given there is no such tranche, it should refuse with the tranche
├── given something was credited
│   ├── when claimed, the holder should get its part, rounded down, and the event should say so
│   ├── when claimed again, it should refuse
│   ├── when less than a base unit is the holder's, it should refuse and keep the part for later
│   ├── when the shares were sold since, the seller should get it and the buyer nothing
│   └── when one holder claims, nobody else's claim should change
├── given three holders whose parts do not divide, all should ever get all but less than a unit each
└── given the balance is below the ledger
    ├── when there is enough for the claim, it should be paid
    └── when there is not, it should refuse and be paid once the cash is back
"""

from __future__ import annotations

from collections.abc import Callable

from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.stage import SENIOR, USD, Stage, put_on
from tests.contracts.twin import Side, due, refused

Twin = Callable[[DealTerms], Side]


def test_a_claim_for_nothing_is_refused(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    with refused(side, "Deal_NothingToClaim", SENIOR, "ann"):
        side.claim(SENIOR, "ann")


def test_a_claim_without_shares_is_refused(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.pay(1_000 * USD)
    side.settle()
    with refused(side, "Deal_NothingToClaim", SENIOR, "bob"):
        side.claim(SENIOR, "bob")


def test_a_tranche_that_got_nothing_pays_nothing(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.pay(28_000 * USD)
    side.settle()
    with refused(side, "Deal_NothingToClaim", 1, "ann"):
        side.claim(1, "ann")
    assert side.claim(SENIOR, "ann") == 28_000 * USD


def test_a_claim_of_no_tranche_is_refused(plain: Stage) -> None:
    for tranche in (2, 8, 2**255):
        no_tranche = {"tranche": tranche}
        with plain.refused("Deal_NoTranche", no_tranche):
            plain.deal.send("claim", tranche, sender=plain.cast.ann)
        with plain.refused("Deal_NoTranche", no_tranche):
            plain.deal.call("supplyOf", tranche)
    with plain.refused("Deal_NoTranche", {"tranche": 7}):
        plain.deal.call("claimable", 7, plain.cast.ann)


def test_no_tranche_has_anything_to_claim(plain: Stage) -> None:
    with plain.refused("Deal_NoTranche", {"tranche": 8}):
        plain.deal.call("claimable", 8, plain.cast.ann)


def test_what_is_claimed_once_is_claimed(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.pay(1_000 * USD)
    side.settle()
    assert side.claim(SENIOR, "ann") == 1_000 * USD
    with refused(side, "Deal_NothingToClaim", SENIOR, "ann"):
        side.claim(SENIOR, "ann")


def test_a_claim_says_what_it_paid_to_whom(plain: Stage) -> None:
    plain.settle(1_000 * USD)
    receipt = plain.deal.send("claim", SENIOR, sender=plain.cast.ann)
    (event,) = receipt.events(plain.deal.abi)
    assert event.name == "Claimed"
    assert dict(event.values) == {"tranche": SENIOR, "holder": plain.cast.ann, "amount": 1_000 * USD}
    assert plain.state().claimed == [1_000 * USD]


def test_less_than_a_base_unit_waits_for_its_holder(twin: Twin) -> None:
    side = twin(deals.ROUNDS)
    share = 10**6
    side.transfer(SENIOR, "ann", "bob", 3 * share)  # of 7
    due(side, 4)
    side.pay(1)
    side.settle()
    for holder in ("ann", "bob"):  # 4/7 and 3/7 of a unit
        with refused(side, "Deal_NothingToClaim", SENIOR, holder):
            side.claim(SENIOR, holder)
    side.pay(1)
    side.settle()
    assert side.claim(SENIOR, "ann") == 1
    with refused(side, "Deal_NothingToClaim", SENIOR, "bob"):
        side.claim(SENIOR, "bob")
    side.settle()
    side.pay(5)
    side.settle()
    assert (side.claim(SENIOR, "ann"), side.claim(SENIOR, "bob")) == (3, 3)
    assert side.numbers()["cash"] == 0


def test_what_was_credited_stays_with_the_seller(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    due(side, 1)
    side.pay(1_000 * USD)
    side.settle()
    side.transfer(SENIOR, "ann", "bob", 100_000 * USD)
    with refused(side, "Deal_NothingToClaim", SENIOR, "bob"):
        side.claim(SENIOR, "bob")
    due(side, 2)
    side.pay(500 * USD)
    side.settle()
    assert side.claim(SENIOR, "ann") == 1_000 * USD
    assert side.claim(SENIOR, "bob") == 500 * USD


def test_a_claim_changes_nobody_elses(twin: Twin) -> None:
    side = twin(deals.PLAIN)
    side.transfer(SENIOR, "ann", "bob", 33_333_333_333)
    side.transfer(SENIOR, "bob", "cho", 11)
    due(side, 1)
    side.pay(10_000_000_007)
    side.settle()
    before = side.numbers()["claimable"][SENIOR]
    side.claim(SENIOR, "bob")
    assert side.numbers()["claimable"][SENIOR] == [before[0], 0, before[2]]


def test_what_does_not_divide_is_carried_and_never_lost(system: System) -> None:
    people = system.chain.accounts[1:4]
    supply = deals.PLAIN.tranches[SENIOR].supply
    parts = [supply // 3, supply // 3, supply - 2 * (supply // 3)]
    allotments = [Allotment(SENIOR, each, part) for each, part in zip(people, parts, strict=True)]
    stage = put_on(system, deals.PLAIN, allotments=[*allotments, Allotment(1, people[0], 50_000 * USD)])
    for collections in (100, 1, 7):
        stage.settle(collections)
        for each in people:
            if stage.claimable(SENIOR, each):
                stage.claim(SENIOR, each)
        stage.assert_sound()
    assert sum(map(stage.cash, people)) == 108 - stage.cash()
    assert stage.cash() < len(people)


def test_below_the_ledger_claims_go_on_while_cash_lasts(plain: Stage) -> None:
    cast = plain.cast
    plain.share().send("transfer", cast.bob, 40_000 * USD, sender=cast.ann)
    plain.settle(1_000 * USD)
    plain.lose(500 * USD)
    assert plain.claim(SENIOR, cast.bob) == 400 * USD
    short = {"sender": plain.deal.address, "balance": 100 * USD, "needed": 600 * USD}
    with plain.refused("ERC20InsufficientBalance", short):
        plain.deal.send("claim", SENIOR, sender=cast.ann)
    plain.gift(500 * USD)
    assert plain.claim(SENIOR, cast.ann) == 600 * USD
    plain.assert_sound()
