"""
settle, of a deal with a promote
├── given the published flows, it should give each class the published amounts, cut to the asset's decimals
├── given several periods in one call, it should end as one by one
├── given late revenue, it should give it to the tiers, and grow no hurdle
├── given a lock-up, it should grow hurdles and give equity nothing, and what the trap frees to the tiers
├── given the sponsor's capital beside the investor's, it should share what the capital gets
├── given many hurdles, narrow or wide, it should keep each in its place
├── given two pots, it should share both residuals and grow hurdles once
└── given no lender, as in most of these, it should settle all the same
launch
├── when the capital is beyond what the deal can keep, it should refuse with both numbers
├── when there are more hurdles than the deal has room for, it should refuse
└── when a promote has one tranche, it should refuse
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock import paths
from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.model.report import Report
from penstock.model.terms import (
    MAX_TIERS,
    DealTerms,
    PrincipalKind,
    Promote,
    ReportField,
    Rung,
    RungKind,
    Test,
    Tier,
    TierKind,
    Unit,
)
from penstock.model.units import MAX_AMOUNT, MAX_NARROW_AMOUNT, WAD
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.launching import packed_terms, send
from tests.contracts.stage import USD, everything_to, put_on
from tests.contracts.twin import Side, due
from tests.model.examples import ALL, INTEREST, PER_CENT, PRINCIPAL, RESIDUAL, TRAP, lender
from tests.parity.books import ChainBook, ModelBook
from tests.parity.both import lives_as_the_model

Twin = Callable[[DealTerms], Side]
TERMS = deals.PROMOTED
LP, GP = 0, 1
CASH = (0, 30_000 * USD, 60_000 * USD, 60_000 * USD, 90_000 * USD)


def with_promote(terms: DealTerms, **changes: object) -> DealTerms:
    assert terms.promote
    return replace(terms, promote=replace(terms.promote, **changes))  # type: ignore[arg-type]


def settled(side: Side, period: int, cash: int) -> list[int]:
    """What both classes have been credited after another period."""
    due(side, period)
    side.pay(cash)
    side.settle()
    return list(side.numbers()["credited"])


def test_the_published_flows_give_the_published_amounts(twin: Twin) -> None:
    """A hundredth of them with six decimals: the promote is cut, the rest of a unit is the investor's."""
    side = twin(TERMS)
    credited = [settled(side, period, cash) for period, cash in enumerate(CASH, start=1)]
    assert credited == [
        [0, 0],
        [30_000 * USD, 0],
        [90_000 * USD, 0],
        [140_000 * USD, 10_000 * USD],
        [205_332_433_595, 34_667_566_405],
    ]
    numbers = side.numbers()
    assert (numbers["capital_received"], numbers["promote_received"]) == (205_332_433_595, 34_667_566_405)
    assert numbers["hurdles"] == [0, 0]


def test_hurdles_after_each_period(twin: Twin) -> None:
    side = twin(TERMS)
    hurdles = []
    for period, cash in enumerate(CASH, start=1):
        settled(side, period, cash)
        hurdles.append(side.numbers()["hurdles"])
    assert hurdles == [
        [108_000 * USD, 115_000 * USD],
        [86_640 * USD, 102_250 * USD],
        [33_571_200_000, 57_587_500_000],
        [0, 16_225_625_000],
        [0, 0],
    ]


@pytest.mark.parametrize("narrow", [True, False])
def test_several_periods_in_one_call_end_as_one_by_one(
    system: System, asset_of: dict[int, Contract], reporter: Contract, narrow: bool
) -> None:
    """All cash goes to the first of them, and hurdles grow in each."""
    terms = replace(TERMS, narrow=narrow)
    model, chain = ModelBook(terms), ChainBook(system, asset_of[6], reporter, terms)
    for cash, count in ((30_000 * USD, 3), (170_000 * USD, 2)):
        assert chain.settle(cash, [Report()] * count) == model.settle(cash, [Report()] * count)
        assert chain.numbers() == model.numbers()
    assert model.numbers()["promote_received"] > 0


def test_late_revenue_goes_to_the_tiers_and_grows_no_hurdle(twin: Twin) -> None:
    side = twin(replace(TERMS, accrual_dates=TERMS.accrual_dates[:1], payment_dates=TERMS.payment_dates[:1]))
    settled(side, 1, 0)
    side.pay(109_000 * USD)
    side.settle()
    numbers = side.numbers()
    assert numbers["credited"] == [108_000 * USD, 1_000 * USD]
    assert numbers["hurdles"] == [0, 7_000 * USD]


def test_a_lock_up_gives_equity_nothing_and_hurdles_grow(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Ten times debt service is asked for twice; then what was trapped goes to the tiers."""
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(TRAP, test=0), Rung(RESIDUAL, (1, 2)))
    terms = replace(
        TERMS,
        tranches=(lender("loan", 10, coupon=WAD), *TERMS.tranches),
        normal=rungs,
        tests=(Test("lockup", 0, 10 * WAD),),
    )
    model = lives_as_the_model(system, asset_of, reporter, terms, [90, 99, 150, 0, 0])
    assert [each["credited"][1:] for each in model[:2]] == [[0, 0], [0, 0]]
    assert model[1]["hurdles"] == [116_640 * USD, 132_250 * USD]
    assert model[2]["credited"][1:] == [309, 0]  # 80, 89, and 140 of the third
    assert model[2]["hurdles"][0] == 116_640 * USD * 108 // 100 - 309


def test_two_pots_distribute_twice_and_grow_hurdles_once(
    system: System, asset_of: dict[int, Contract], reporter: Contract
) -> None:
    """Interest's residual pays the preferred return in part; principal's, once the lender is repaid, the rest of it."""
    both = (1, 2)
    interest = Rung(INTEREST, (0,))
    terms = replace(
        TERMS,
        tranches=(lender("loan", 10, coupon=0, principal=PrincipalKind.CASH), *TERMS.tranches),
        normal=(interest, Rung(RungKind.INTEREST_RESIDUAL, both)),
        principal=(interest, Rung(ALL, (0,)), Rung(RESIDUAL, both)),
        fields=(ReportField("principal", Unit.AMOUNT),),
    )
    model, chain = ModelBook(terms), ChainBook(system, asset_of[6], reporter, terms)
    report = Report(fields=(48_000 * USD + 10,))
    for cash, reports in ((109_000 * USD + 10, [report]), (50_000 * USD, [Report(fields=(0,))] * 2)):
        assert chain.settle(cash, reports) == model.settle(cash, reports)
        assert chain.numbers() == model.numbers()
        if len(reports) == 1:
            numbers = model.numbers()
            assert numbers["credited"] == [10, 108_000 * USD, 1_000 * USD]
            assert numbers["hurdles"] == [0, 7_000 * USD]


def test_capital_of_both_shares_what_the_capital_side_gets(twin: Twin) -> None:
    side = twin(with_promote(TERMS, co_invest=10 * PER_CENT))
    assert settled(side, 1, 108_000 * USD + 9) == [97_200 * USD, 10_800 * USD + 9]  # nine of it caught up


@pytest.mark.parametrize("narrow", [True, False])
def test_every_hurdle_there_is_room_for_has_its_place(
    system: System, asset_of: dict[int, Contract], reporter: Contract, narrow: bool
) -> None:
    """As many as fit, each of another amount: one kept in another's place would show in the next period."""
    tiers = tuple(Tier(TierKind.HURDLE, rate * PER_CENT, WAD - rate) for rate in range(1, MAX_TIERS))
    tiers = (*tiers, Tier(TierKind.REST, 0, WAD // 3))
    terms = replace(with_promote(TERMS, tiers=tiers, capital=10**12), narrow=narrow)
    cash = [5 * 10**11, 3 * 10**11 + 7, 4 * 10**11, 0, 10**12]
    model = lives_as_the_model(system, asset_of, reporter, terms, cash)
    assert all(len(set(each["hurdles"])) == MAX_TIERS - 1 for each in model[:2])


@pytest.mark.parametrize(("narrow", "most"), [(True, MAX_NARROW_AMOUNT), (False, MAX_AMOUNT)])
def test_capital_beyond_the_cap_is_refused(system: System, narrow: bool, most: int) -> None:
    terms = replace(TERMS, narrow=narrow)
    assert put_on(system, with_promote(terms, capital=most)).state().hurdles == [most, most]
    with pytest.raises(ChainRevert) as refused:
        put_on(system, with_promote(terms, capital=most + 1))
    assert refused.value.name == "Deal_CapitalTooLarge"
    assert refused.value.values == {"capital": most + 1, "most": most}


def test_more_hurdles_than_there_is_room_for_are_refused(system: System) -> None:
    tiers = tuple(Tier(TierKind.HURDLE, rate, WAD) for rate in range(MAX_TIERS + 1))
    assert put_on(system, with_promote(TERMS, tiers=tiers[1:])).state().hurdles == [100_000 * USD] * MAX_TIERS
    with pytest.raises(ChainRevert, match="Deal_WrongCounts"):
        put_on(system, with_promote(TERMS, tiers=tiers))


def test_a_promote_of_one_tranche_is_refused(system: System, asset_of: dict[int, Contract]) -> None:
    """No encoder writes that: the count of tranches is made one in the bytes."""
    packed = bytearray(packed_terms(TERMS, asset_of[6].address))
    assert packed[65] == 2
    packed[65] = 1
    with pytest.raises(ChainRevert, match="Deal_WrongCounts"):
        send(system, bytes(packed), everything_to(system.chain.accounts[0], TERMS)[:1])


def test_a_book_has_room_for_all_its_fields() -> None:
    """A book is not declared but made of blank room, whose size the compiler does not know."""
    types = (paths.root() / "contracts" / "types" / "Types.sol").read_text()
    (book,) = re.findall(r"^struct Book \{\n(.*?)^\}", types, re.DOTALL | re.MULTILINE)
    (count,) = re.findall(r"constant FIELDS = (\d+);", (paths.root() / "contracts/libraries/BookLib.sol").read_text())
    assert book.count(";") == int(count)


def test_a_promote_has_no_more_tiers_than_the_contracts_count() -> None:
    types = (paths.root() / "contracts" / "types" / "Types.sol").read_text()
    assert f"constant MAX_TIERS = {MAX_TIERS};" in types
    assert isinstance(TERMS.promote, Promote)
