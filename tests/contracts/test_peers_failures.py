"""
What went wrong elsewhere, by name, and what happens here: accruing, carrying and counting.

Where a project is named, its own repository or a public audit says so; elsewhere it is "a peer". Failures around who
holds shares, and when, are in test_peers_failures_of_holders.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.dealfile import loads
from penstock.dealfile.errors import DealFileError
from penstock.evm.errors import ChainRevert
from penstock.model.terms import DealTerms
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import Mock, report
from tests.contracts.stage import SENIOR, USD, Stage, everything_to, put_on
from tests.contracts.twin import Side, due

Twin = Callable[[DealTerms], Side]
EQUITY = 1
DAY = 86_400


def interest_only(arrears: str) -> DealTerms:
    """100,000 at 12 %, 1,000 of interest a month, repaid at the end of the sixth."""
    return loads(f"""
[deal]
name = "Interest only"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 1
periods = 6

[[tranche]]
id = "senior"
symbol = "INT-A"
face = "100_000.00"
coupon = "0.12"
day_count = "30/360"
principal = {{ kind = "bullet" }}
arrears = "{arrears}"

[[tranche]]
id = "equity"
symbol = "INT-E"
residual = true

[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]
""")


def test_an_empty_equity_tranche_strands_no_cash(system: System, mock: Mock) -> None:
    """
    A peer sent the residual to an equity tranche in which nobody was left, and nobody could take it out. Here a launch
    without equity's holders is refused, and equity whose face is lost keeps its shares and its residual.
    """
    with pytest.raises(Exception, match=r"Deal_SupplyMismatch: tranche=2, allotted=0, supply=30000000000"):
        put_on(system, deals.WHOLE, allotments=everything_to(system.chain.accounts[1], deals.WHOLE)[:2])
    source = mock("NonsenseReports")
    stage = put_on(system, deals.WHOLE, reports=source)
    source.send("setAnswer", report(3, 30_000 * USD, 0), 0)
    stage.settle(60_000 * USD)
    assert stage.state().balance[2] == 0
    # 60,000 less fees of 500 and 600, 28,000 for the senior, 6,000 for the reserve, 1,000 for the mezzanine
    assert stage.claim(2, stage.cast.ann) == 23_900 * USD
    stage.assert_sound()


def test_a_tranche_without_shares_is_not_launched(system: System) -> None:
    """The same with terms made by hand: what such a tranche is credited would have no holder, for ever."""
    with pytest.raises(DealFileError, match="shares = 0: out of range; accepted: a whole number of shares, 1 or more"):
        loads(deals.WHOLE_FILE.replace('face = "30_000.00"', 'face = "30_000.00"\nshares = 0'))
    senior, equity = deals.PLAIN.tranches
    terms = replace(deals.PLAIN, tranches=(senior, replace(equity, supply=0)))
    with pytest.raises(ChainRevert) as refused:
        put_on(system, terms, allotments=everything_to(system.chain.accounts[1], deals.PLAIN)[:1])
    assert (refused.value.name, refused.value.values) == (
        "Deal_SupplyMismatch",
        {"tranche": EQUITY, "allotted": 0, "supply": 0},
    )


def test_a_shortfall_is_carried(twin: Twin) -> None:
    """
    A peer paid each date the lesser of what was due and what was there, and forgot the rest. Here what lacks is
    arrears, bears interest and comes first.
    """
    side = twin(deals.PLAIN)
    paid = []
    for period, collections in enumerate((30_000, 26_000, 31_000, 28_000), start=1):
        due(side, period)
        side.pay(collections * USD)
        paid.append(side.settle())
        if period == 2:
            assert side.numbers()["principal_arrears"] == [1_250 * USD, 0]
    assert paid == [
        [3_000 * USD, 25_000 * USD, 2_000 * USD],
        [2_250 * USD, 23_750 * USD, 0],
        [1_537_500_000, 26_250 * USD, 3_212_500_000],  # 3 % of 51,250
        [750 * USD, 25_000 * USD, 2_250 * USD],
    ]
    assert side.numbers()["balance"][SENIOR] == 0


def test_interest_only_months_do_not_overwrite_each_other(twin: Twin) -> None:
    """
    A peer kept one month's unpaid interest in a field that the next month's overwrote. Here months add up: four dry
    ones are 4,000.
    """
    side = twin(interest_only("none"))
    arrears = []
    for month, collections in enumerate((0, 0, 0, 0, 2_500, 103_500), start=1):
        due(side, month)
        side.pay(collections * USD)
        side.settle()
        arrears.append(side.numbers()["interest_arrears"][SENIOR] // USD)
    assert arrears == [1_000, 2_000, 3_000, 4_000, 2_500, 0]
    assert side.claim(SENIOR, "ann") == 106_000 * USD
    assert side.numbers()["cash"] == 0


def test_months_that_are_settled_in_one_call_do_not_either(system: System) -> None:
    """
    The same with interest on arrears at the coupon, 1 % a month: 1,000; 10 more; 20.10 more; 30.301 more, whether the
    months are settled one by one or all in one call.
    """
    with system.chain.undone():
        stage = put_on(system, interest_only("coupon"))
        for expected in (1_000_000_000, 2_010_000_000, 3_030_100_000, 4_060_401_000):
            stage.settle()
            assert stage.state().interest_arrears[SENIOR] == expected
    stage = put_on(system, interest_only("coupon"))
    stage.until(4)
    stage.deal.send("settle", 4)
    assert stage.state().interest_arrears[SENIOR] == 4_060_401_000


def test_a_thousand_pokes_do_not_multiply_the_coupon(plain: Stage) -> None:
    """
    A peer accrued a coupon in every call, so that who called a thousand times was owed a thousand coupons. Here a
    period is settled once: all other calls are refused, and 3,000 of interest is owed.
    """
    deal, calls = plain.deal, {"settled": 0, "Deal_PeriodNotOver": 0, "Deal_NothingToSettle": 0}

    def poke(times: int) -> None:
        for _ in range(times):
            try:
                deal.send("settle", 1)
                calls["settled"] += 1
            except Exception as refusal:
                calls[str(getattr(refusal, "name", refusal))] += 1

    poke(500)
    plain.until(1)
    with plain.system.chain.undone():
        deal.send("settle", 1_000)
        assert plain.state().period == 1
    poke(500)
    assert calls == {"settled": 1, "Deal_PeriodNotOver": 999, "Deal_NothingToSettle": 0}
    state = plain.state()
    assert (state.interest_arrears, state.principal_arrears) == ([3_000 * USD, 0], [25_000 * USD, 0])
    for period in (2, 3, 4):
        plain.until(period)
        poke(5)
    poke(5)
    assert calls == {"settled": 4, "Deal_PeriodNotOver": 999 + 2 * 4, "Deal_NothingToSettle": 4 + 5}
    # 3 % a period on the whole face, and 3 % on the interest that is owed: 100,000 × (1.03^4 − 1)
    assert plain.state().interest_arrears[SENIOR] == 12_550_881_000


def test_daily_checkpoints_do_not_compound_simple_interest(plain: Stage) -> None:
    """
    JOJO's borrow rate, by a disputed finding (sherlock-audit/2023-12-jojo-exchange-update-judging#8), grew with the
    number of calls that accrued it, simple interest turning into compound. Here 181 days of transfers, claims, gifts
    and attempts leave interest at 3,000; compounded on each of the 180 days they count it would be 3,045.20.
    """
    cast, share = plain.cast, plain.share()
    start = plain.payment_at(1) - 181 * DAY
    for day in range(181):
        plain.system.chain.set_time(start + day * DAY)
        share.send("transfer", cast.bob, 1 * USD, sender=cast.ann)
        plain.gift(1)
        with pytest.raises(Exception, match="Deal_PeriodNotOver"):
            plain.deal.send("settle", 1)
        with pytest.raises(Exception, match="Deal_NothingToClaim"):
            plain.deal.send("claim", SENIOR, sender=cast.bob)
    assert plain.paid(plain.settle(30_000 * USD - 181)) == [[3_000 * USD, 25_000 * USD, 2_000 * USD]]
    assert plain.claim(SENIOR, cast.bob) == 28_000 * USD * 181 // 100_000  # 181 shares, on the day they counted


def test_nothing_is_shared_out_among_no_shares(system: System) -> None:
    """
    Synthetix's Unipool (Synthetixio/Unipool#15) loses rewards that run while nobody stakes. Here the supply is whole
    from the closing on and cannot be burnt, and cash that came before the first period is its.
    """
    stage = put_on(system, deals.PLAIN)
    cast, share = stage.cast, stage.share(EQUITY)
    stage.gift(40_000 * USD)
    with stage.refused("ERC20InvalidReceiver", {"receiver": "0x" + "00" * 20}):
        share.send("transfer", "0x" + "00" * 20, 50_000 * USD, sender=cast.ann)
    share.send("transfer", cast.bob, 50_000 * USD, sender=cast.ann)
    assert share.call("totalSupply") == 50_000 * USD
    stage.settle()
    assert (stage.claim(SENIOR, cast.ann), stage.claim(EQUITY, cast.bob)) == (28_000 * USD, 12_000 * USD)
    assert stage.cash() == 0


def test_direct_transfers_distort_no_account(plain: Stage) -> None:
    """
    A peer read its books off its token balance, so that a plain transfer changed prices and entitlements at once. Here
    it changes nothing until it is settled, and then is revenue like any other.
    """
    cast = plain.cast
    plain.share().send("transfer", cast.bob, 40_000 * USD, sender=cast.ann)
    plain.settle(28_000 * USD)
    state, claimable = plain.state(), [plain.claimable(SENIOR, each) for each in (cast.ann, cast.bob)]
    for amount in (1, 5_000 * USD, 22_250 * USD - 1):
        plain.gift(amount)
        assert plain.state() == state
        assert [plain.claimable(SENIOR, each) for each in (cast.ann, cast.bob)] == claimable
    assert claimable == [16_800 * USD, 11_200 * USD]
    assert plain.claim(SENIOR, cast.bob) == 11_200 * USD
    assert plain.paid(plain.settle()) == [[2_250 * USD, 25_000 * USD, 0]]
    assert plain.claim(SENIOR, cast.bob) == 10_900 * USD
    assert plain.claim(SENIOR, cast.ann) == 16_800 * USD + 16_350 * USD
    assert plain.cash() == 0
