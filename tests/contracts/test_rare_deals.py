"""Deals and moments that drawn ones seldom are: chain = model, and nothing is written beside its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.evm.chain import Contract
from penstock.model.report import Report
from penstock.model.shares import Allotment
from penstock.model.terms import Fee, FeeBase, PrincipalKind, Reserve, Rung, Test
from penstock.model.units import WAD
from penstock.onchain.events import settled_in
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.launching import packed_terms, refused, send
from tests.contracts.stage import USD, Stage, cast_of, everything_to, put_on
from tests.model.examples import FEE, INTEREST, PER_CENT, PRINCIPAL, RESERVE, RESIDUAL, SWEEP, TRAP, deal_of, lender
from tests.parity.books import ChainBook, ModelBook
from tests.parity.both import live, lives_as_the_model
from tests.strategies import Flows, Life


def test_the_second_trap_holds_cash_over_a_period(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Equity's cash slot, the last of its record, brings the second pot; the first pot begins right behind it."""
    tests = (Test("never", 0, 0), Test("often", 0, 3 * WAD))
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(TRAP, test=1), Rung(TRAP, test=0), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=rungs, tests=tests)
    life = Life(terms, Flows([177, 191, 150, 1500], [Report()] * 4, late=0))
    book = ModelBook(terms)
    model = live(book, life, [], [1] * 4)
    assert [numbers["trapped"] for _, _, numbers in model[:3]] == [[0, 77], [0, 168], [0, 218]]
    assert live(ChainBook(system, asset_of[0], reporter, terms), life, [], [1] * 4) == model


def test_no_arrears_are_kept_of_a_fee_there_is_not(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Behind the last fee come tests, whose bytes say "carries" where a fee's would; in memory, a trap's pot."""
    tests = (Test("first", 0, 12 * WAD // 10), Test("second", 0, 12 * WAD // 10))
    rungs = (Rung(FEE, (0,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(TRAP, test=0), Rung(RESIDUAL, (1,)))
    fee = Fee("om", "operator", FeeBase.FIXED, amount=7, cap=5, carry=True)
    book = ChainBook(system, asset_of[0], reporter, deal_of(lender(), normal=rungs, fees=(fee,), tests=tests))
    book.settle(110, [Report()])

    assert book.numbers()["trapped"] == [5, 0]
    slot = system.artifacts["Deal"].slots["_feeArrears"]
    assert int.from_bytes(system.chain.storage(book.deal.address, slot), "big") == 2


def test_a_seller_short_of_shares_is_told_how_many_it_has(plain: Stage) -> None:
    """Who bought after a payment is in debt to the credits so far, which stands beside the shares."""
    ann, bob = plain.cast.ann, plain.cast.bob
    plain.settle(28_000 * USD)
    plain.share().send("transfer", bob, 5, sender=ann)
    with plain.refused("ERC20InsufficientBalance", {"sender": bob, "balance": 5, "needed": 6}):
        plain.share().send("transfer", ann, 6, sender=bob)


def test_who_is_allotted_twice_has_both(system: System) -> None:
    cast = cast_of(system)
    given = [(0, cast.ann, 99_999 * USD), (1, cast.bob, 50_000 * USD), (0, cast.ann, 999_999), (0, cast.ann, 1)]
    stage = put_on(system, deals.PLAIN, allotments=[Allotment(*each) for each in given])
    assert stage.share().call("balanceOf", cast.ann) == 100_000 * USD
    assert stage.share(1).call("balanceOf", cast.bob) == 50_000 * USD


def test_no_arrears_are_cut_of_a_fee_there_is_not(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Behind the last fee come tests, whose bytes would be a cap of 2^80; in memory, what its payee may claim."""
    tests = (Test("first", 0, 12 * WAD // 10), Test("second", 0, 12 * WAD // 10))
    fees = (Fee("om", "operator", FeeBase.FIXED, amount=7), Fee("rent", "operator", FeeBase.FIXED, amount=2**85))
    rungs = (Rung(FEE, (0,)), Rung(FEE, (1,)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=rungs, fees=fees, tests=tests)
    lives_as_the_model(system, asset_of, reporter, terms, [2**86] * 4)


def test_a_coupon_of_129_steps(system: System, asset_of: dict[int, Contract], reporter: Contract) -> None:
    steps = tuple((period, (5 + period % 7) * PER_CENT) for period in range(1, 130))
    senior = replace(lender(face=10**6), coupons=steps)
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(senior, normal=rungs, periods=130, months=1)
    lives_as_the_model(system, asset_of, reporter, terms, [10**4] * 129 + [2 * 10**6])


def test_without_a_policy_any_transfer_is_allowed(plain: Stage) -> None:
    for holder in (plain.cast.bob, plain.deal.address):
        assert plain.share().call("canTransfer", plain.cast.ann, holder, 1) is True


def test_a_test_is_not_cured_while_a_tranche_above_is_owed(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """The tested tranche is repaid and nothing falls due above it, where a balance stands all the same."""
    mezz = lender("mezz", face=100, principal=PrincipalKind.SCHEDULE, schedule=(100, 0, 0, 0))
    rungs = [Rung(kind, (place,)) for place in (0, 1) for kind in (INTEREST, PRINCIPAL)]
    terms = deal_of(
        lender(coupon=0), mezz, normal=(*rungs, Rung(RESIDUAL, (2,))), tests=(Test("t", 1, 2 * WAD, cure=2),)
    )
    lived = lives_as_the_model(system, asset_of, reporter, terms, [110, 5, 5, 1000])
    assert [numbers["passes_needed"] for numbers in lived[:3]] == [[2], [2], [2]]


def test_figures_that_end_a_byte_into_a_word(system: System, asset_of: dict[int, Contract], reporter: Contract) -> None:
    """31 narrow amounts and the head are 225 bytes: the last byte of the log takes a word of its own."""
    shares = tuple(Rung(FEE, (0,), fraction=percent * PER_CENT) for percent in range(1, 28))
    fee = Fee("om", "operator", FeeBase.FIXED, amount=10_000)
    rungs = (*shares, Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(lender(), normal=rungs, fees=(fee,))
    lives_as_the_model(system, asset_of, reporter, terms, [12_345, 999, 10_000, 54_321])


def test_the_log_of_late_revenue_says_so(plain: Stage) -> None:
    for collections in (28_000, 27_250, 26_500, 25_750):
        plain.settle(collections * USD)
    (late,) = settled_in(plain.settle(7 * USD), plain.deal.abi, plain.terms)
    assert (late.period, late.collections) == (plain.terms.periods + 1, 7 * USD)


def test_the_openings_of_all_reserves_must_arrive(system: System) -> None:
    sponsor, ann = system.chain.accounts[:2]
    first = deals.WHOLE.reserves[0]
    terms = replace(deals.WHOLE, reserves=(first, replace(first, id="second", opening=1_000 * USD)))
    asset = system.chain.deploy(system.artifacts["FeeUSD"], 6, 10)
    packed = packed_terms(terms, asset.address)
    asset.send("mint", sponsor, 5_000 * USD)
    asset.send("approve", system.factory.address, 5_000 * USD)
    with refused(system, packed, "Deal_OpeningNotReceived", {"received": 4_995 * USD, "opening": 5_000 * USD}):
        send(system, packed, everything_to(ann, terms))


def test_a_schedule_beyond_what_a_sweep_left_is_no_debt_service(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """250 are left of a plan of 400: with 25 of interest they are covered 1.8 times, as planned 1.2 times."""
    senior = lender(principal=PrincipalKind.SCHEDULE, schedule=(100, 400, 400, 100))
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(SWEEP, (0,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(senior, normal=rungs, tests=(Test("t", 0, 15 * WAD // 10),))
    lived = lives_as_the_model(system, asset_of, reporter, terms, [850, 500, 1, 1])
    assert [(numbers["balance"][0], numbers["passes_needed"]) for numbers in lived[:2]] == [(250, [0]), (0, [0])]


def test_pots_stand_where_they_are_said_to(system: System, asset_of: dict[int, Contract], reporter: Contract) -> None:
    """In the cash slots of as many tranches as there are, below 2^63 - 1; the third of two tranches has none."""
    large = 2**62 + 1
    reserves = tuple(Reserve(f"r{place}", large, target=large, supports=((INTEREST, 0),)) for place in range(3))
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), *(Rung(RESERVE, (place,)) for place in range(3)))
    terms = deal_of(lender(), normal=(*rungs, Rung(RESIDUAL, (1,))), reserves=reserves)
    deal = ChainBook(system, asset_of[0], reporter, terms).deal
    slots = system.artifacts["Deal"].slots

    words = [int.from_bytes(system.chain.storage(deal.address, slots["_cash"] + place), "big") for place in range(4)]
    assert words == [large << 1, large << 1, 0, 0]
    assert int.from_bytes(system.chain.storage(deal.address, slots["_pots"] + 1), "big") == large


def test_as_many_pots_as_a_deal_can_have(system: System, asset_of: dict[int, Contract], reporter: Contract) -> None:
    """Four reserves, sixteen fees and eight tests whose counters run: the last pot is the last there is room for."""
    fees = tuple(Fee(f"f{place}", "operator", FeeBase.FIXED, amount=place + 1) for place in range(16))
    reserves = tuple(Reserve(f"r{place}", 0, target=3, supports=((INTEREST, 0),)) for place in range(4))
    tests = tuple(Test(f"t{place}", 0, 5 * WAD, cure=2) for place in range(8))
    owed = (*(Rung(FEE, (place,)) for place in range(16)), Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)))
    kept = (*(Rung(RESERVE, (place,)) for place in range(4)), Rung(TRAP, test=7))
    terms = deal_of(lender(), normal=(*owed, *kept, Rung(RESIDUAL, (1,))), fees=fees, reserves=reserves, tests=tests)
    lived = lives_as_the_model(system, asset_of, reporter, terms, [300, 250, 10, 2000])
    assert [numbers["trapped"][7] for numbers in lived] == [52, 66, 66, 0]


def test_arrears_of_fees_behind_the_last_lender_stay(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Behind the last tranche come coupon steps, of which the third would read "capitalise"; in memory come fees."""
    steps = ((1, 10 * PER_CENT), (2, 9 * PER_CENT), (3, 0x0163_4503_0000_0000))
    fees = tuple(Fee(name, "operator", FeeBase.FIXED, amount=50, carry=True) for name in ("om", "rent"))
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(FEE, (0,)), Rung(FEE, (1,)), Rung(RESIDUAL, (1,)))
    terms = deal_of(replace(lender(), coupons=steps), normal=rungs, fees=fees)
    lived = lives_as_the_model(system, asset_of, reporter, terms, [120, 100, 100, 1500])
    assert lived[0]["fee_arrears"] == [30, 50]


def test_the_log_of_figures_is_whole_words(plain: Stage) -> None:
    (log,) = [each for each in plain.settle(28_000 * USD).logs if each.address == plain.deal.address]
    length = int.from_bytes(log.data[32:64], "big")
    assert length == 6 + 4 * 7  # collections and three rungs
    assert len(log.data) == 64 + 64


@pytest.mark.parametrize("tranche", [2**128, 2**256 - 1])
def test_a_claim_of_no_tranche_costs_no_memory(plain: Stage, tranche: int) -> None:
    with plain.refused("Deal_NoTranche", {"tranche": tranche}):
        plain.deal.send("claim", tranche, sender=plain.cast.ann)


# A fraction of what is left is rounded down by a reserve and a trap, too, to which the deal file gives none.


def test_half_of_an_odd_amount_is_the_smaller_half(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Of 113, 100 are owed: the reserve keeps six of thirteen, the trap three of seven."""
    rungs = (
        *(Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(RESERVE, (0,), fraction=WAD // 2)),
        *(Rung(TRAP, fraction=WAD // 2, test=0), Rung(RESIDUAL, (1,))),
    )
    terms = deal_of(
        lender(), normal=rungs, reserves=(Reserve("dsra", 0, target=1000),), tests=(Test("lockup", 0, 9 * WAD, cure=1),)
    )
    numbers = lives_as_the_model(system, asset_of, reporter, terms, [113, 113, 113, 1500])
    assert numbers[0]["reserves"] == [6]
    assert numbers[0]["trapped"] == [3]
