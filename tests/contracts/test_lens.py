"""
DealLens
├── termsOf, periodsOf: given any deal, every field should be the deal file's
├── periodsOf: given a first period and a count, those should come; outside the deal, it should refuse
├── settlementOf: given any log of a deal, it should say what the model paid; given another deal's, it should refuse
├── statusOf: given any moment of a life, every field should be the model's
└── holdersOf: given any accounts, in any order, it should say what the books and the asset say
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.model.calendar import timestamp
from penstock.model.call import is_allowed, most_outstanding, outstanding
from penstock.model.deal import Settlement, settle, settle_late
from penstock.model.dues import days_of
from penstock.model.report import Report
from penstock.model.shares import ShareLedger
from penstock.model.state import DealState, opening_state
from penstock.model.terms import (
    MAX_FEES,
    DealTerms,
    FeeBase,
    FloatingCoupon,
    Metric,
    Promote,
    Reserve,
    Rung,
    RungKind,
    Test,
)
from penstock.model.units import MAX_NARROW_AMOUNT
from penstock.onchain.launch import System
from penstock.onchain.terms_encode import NO_ADDRESS
from tests.contracts import deals
from tests.contracts.called import launch_called
from tests.contracts.stage import USD, Stage, put_on
from tests.fixtures.reports import tell
from tests.strategies import Life, lives

Mock = Callable[..., Contract]
NONE = 2**256 - 1
# Collections and loss of each period of EVERY_PART, then late revenue; the third period's test changes the ladder
LIFE = ((60_000, 0), (33_000, 0), (9_000, 5_000), (0, 0), (10, 0))
LATE = 55_000


@pytest.fixture(scope="module")
def lens(system: System) -> Iterator[Contract]:
    with system.chain.undone():
        yield system.chain.deploy(system.artifacts["DealLens"])


def fields(value: Any) -> Any:
    """Structs as mappings of their fields."""
    if hasattr(value, "_asdict"):
        return {name: fields(each) for name, each in value._asdict().items()}
    return [fields(each) for each in value] if isinstance(value, (tuple, list)) else value


def expected_terms(stage: Stage, policy: str, reports: str) -> dict[str, Any]:
    terms, payees = stage.terms, stage.deployment.payees
    return {
        "name": terms.name,
        "asset": stage.asset.address,
        "assetDecimals": terms.decimals,
        "shareDecimals": terms.share_decimals,
        "policy": policy,
        "reports": reports,
        "closingAt": timestamp(terms.closing),
        "periods": terms.periods,
        "readsReports": terms.reads_reports,
        "writesDown": terms.write_down,
        "hasDelay": terms.delays,
        "graceDays": terms.grace,
        "maxAmount": terms.max_amount,
        "tranches": [
            {
                "id": tranche.id,
                "symbol": tranche.symbol,
                "share": stage.share(index).address,
                "supply": tranche.supply,
                "face": tranche.face,
                "coupons": [{"fromPeriod": first, "coupon": coupon} for first, coupon in tranche.coupons],
                "floating": expected_floating(tranche.floating),
                "principalKind": int(tranche.principal),
                "ocRatio": tranche.oc_ratio,
                "ocAmount": tranche.oc_amount,
                "arrearsRule": int(tranche.arrears),
                "arrearsSpread": tranche.spread,
                "pik": tranche.pik,
                "pikLastPeriod": tranche.pik_last,
                "isEquity": tranche.residual,
            }
            for index, tranche in enumerate(terms.tranches)
        ],
        "fees": [
            {
                "payee": payees[fee.payee],
                "base": int(fee.base),
                "amount": fee.amount,
                "rate": fee.rate,
                "tranche": fee.tranche,
                "field": fee.field,
                "isCapped": fee.cap is not None,
                "cap": fee.cap or 0,
                "carries": fee.carry,
                "isOpex": fee.opex,
                "fromPeriod": fee.first_period,
                "untilPeriod": fee.last_period,
            }
            for fee in terms.fees
        ],
        "reserves": [expected_reserve(reserve) for reserve in terms.reserves],
        "tests": [
            {
                "metric": int(test.metric),
                "tranche": test.tranche,
                "threshold": test.threshold,
                "isAbove": test.above,
                "over": test.over,
                "field": test.field,
                "reserve": test.reserve,
                "initial": test.initial,
                "cure": test.cure,
                "enforces": index in terms.enforce_on,
                **expected_support(test),
            }
            for index, test in enumerate(terms.tests)
        ],
        "fields": [{"id": each.id, "unit": int(each.unit)} for each in terms.fields],
        "call": {
            "exists": terms.call is not None,
            "payee": payees[terms.call.payee] if terms.call else NO_ADDRESS,
            "below": terms.call.below if terms.call else 0,
        },
        "principalField": terms.principal_field if terms.two_pots else NONE,
        "normal": expected_ladder(terms, enforced=False),
        "enforcement": expected_ladder(terms, enforced=True),
        "promote": expected_promote(terms.promote),
    }


def expected_promote(promote: Promote | None) -> dict[str, Any]:
    if promote is None:
        return {"capital": 0, "coInvest": 0, "tiers": []}
    return {
        "capital": promote.capital,
        "coInvest": promote.co_invest,
        "tiers": [{"kind": int(tier.kind), "rate": tier.rate, "capitalPart": tier.part} for tier in promote.tiers],
    }


def expected_floating(coupon: FloatingCoupon | None) -> dict[str, Any]:
    names = {"follows": 0, "field": 0, "margin": 0, "floor": 0, "cap": 0, "initial": 0, "inArrears": 0, "stale": 0}
    if coupon is None:
        return names
    return {
        "follows": True,
        "field": coupon.field,
        "margin": coupon.margin,
        "floor": coupon.floor,
        "cap": coupon.cap,
        "initial": coupon.initial,
        "inArrears": coupon.in_arrears,
        "stale": coupon.stale,
    }


def expected_reserve(reserve: Reserve) -> dict[str, Any]:
    return {
        "opening": reserve.opening,
        "looksAhead": bool(reserve.ahead),
        "target": reserve.target,
        "isLimited": reserve.fill is not None,
        "fill": reserve.fill or 0,
        **expected_support(reserve),
    }


def expected_support(pot: Reserve | Test) -> dict[str, int]:
    bits = {kind: sum(1 << target for each, target in pot.supports if each is kind) for kind in RungKind}
    return {
        "interestOf": bits[RungKind.INTEREST],
        "principalOf": bits[RungKind.PRINCIPAL],
        "allOf": bits[RungKind.ALL],
        "sweepOf": bits[RungKind.SWEEP],
        "fees": bits[RungKind.FEE],
    }


def expected_rung(rung: Rung, of_principal: bool = False) -> dict[str, Any]:
    test = NONE if rung.test is None else rung.test
    return {
        "kind": int(rung.kind),
        "targets": [*rung.targets],
        "fraction": rung.fraction,
        "test": test,
        "whilePasses": rung.passing,
        "ofPrincipal": of_principal,
    }


def expected_ladder(terms: DealTerms, enforced: bool) -> list[dict[str, Any]]:
    ends = len(terms.enforcement if enforced else terms.normal)
    return [expected_rung(rung, place >= ends) for place, rung in enumerate(terms.ladder(enforced))]


def expected_period(terms: DealTerms, period: int) -> dict[str, Any]:
    return {
        "accrualAt": timestamp(terms.accrual_dates[period - 1]),
        "paymentAt": timestamp(terms.payment_dates[period - 1]),
        "yearNumerators": [
            0 if tranche.residual else days_of(terms, period, tranche.day_count).numerator for tranche in terms.tranches
        ],
        "yearDenominators": [
            0 if tranche.residual else days_of(terms, period, tranche.day_count).denominator
            for tranche in terms.tranches
        ],
        "scheduled": [tranche.schedule[period - 1] if tranche.schedule else 0 for tranche in terms.tranches],
        "feeAmounts": [fee.amounts[period - 1] if fee.amounts else 0 for fee in terms.fees],
        "reservesAhead": [reserve.ahead[period - 1] if reserve.ahead else 0 for reserve in terms.reserves],
        "reserveMonths": [reserve.parts[period - 1][0] if reserve.parts else 0 for reserve in terms.reserves],
        "reserveOfMonths": [reserve.parts[period - 1][1] if reserve.parts else 0 for reserve in terms.reserves],
        "reserveTargets": [reserve.targets[period - 1] if reserve.targets else 0 for reserve in terms.reserves],
        "promoteNumerator": days_of(terms, period, terms.promote.day_count).numerator if terms.promote else 0,
        "promoteDenominator": days_of(terms, period, terms.promote.day_count).denominator if terms.promote else 0,
    }


def expected_settlement(terms: DealTerms, settled: Settlement, state: DealState) -> dict[str, Any]:
    ladder = expected_ladder(terms, settled.enforced)
    return {
        "period": settled.period,
        "isLate": settled.period == terms.periods + 1,
        "enforced": settled.enforced,
        "collections": settled.collections,
        "rungs": [{"rung": rung, "paid": payment.paid} for rung, payment in zip(ladder, settled.rungs, strict=True)],
        "reserves": settled.reserves,
        "passesNeeded": state.passes_needed,
    }


def expected_status(
    terms: DealTerms, state: DealState, now: int, cash: int, claimed: int, fee_claimed: list[int]
) -> dict[str, Any]:
    fee_claimable = [credited - taken for credited, taken in zip(state.fee_credited, fee_claimed, strict=True)]
    accounted = sum(state.credited) - claimed + sum(fee_claimable) + state.held
    over = state.period == terms.periods
    next_payment_at = 0 if over else timestamp(terms.payment_dates[state.period])
    counted = min(cash, terms.max_amount - claimed)
    due = counted > accounted if over else next_payment_at <= now
    return {
        "periodsSettled": state.period,
        "periods": terms.periods,
        "nextPaymentAt": next_payment_at,
        "canSettle": due and cash >= accounted,
        "enforced": any(state.failing(test) for test in terms.enforce_on),
        "cash": cash,
        "accounted": accounted,
        "newCash": max(0, counted - accounted),
        "missingCash": max(0, accounted - counted),
        "claimed": claimed,
        "tranches": [
            {"balance": balance, "interestArrears": interest, "principalArrears": principal, "credited": credited}
            for balance, interest, principal, credited in zip(
                state.balance, state.interest_arrears, state.principal_arrears, state.credited, strict=True
            )
        ],
        "fees": [
            {"arrears": arrears, "claimable": claimable}
            for arrears, claimable in zip(state.fee_arrears, fee_claimable, strict=True)
        ],
        "reserves": state.reserves,
        "tests": [
            {"isFailing": needed > 0, "passesNeeded": needed, "trapped": trapped}
            for needed, trapped in zip(state.passes_needed, state.trapped, strict=True)
        ],
        "hurdles": state.hurdles,
        "capitalReceived": state.capital_received,
        "promoteReceived": state.promote_received,
        "call": expected_call(terms, state),
    }


def expected_call(terms: DealTerms, state: DealState, announced: int = 0) -> dict[str, Any]:
    if terms.call is None:
        return dict.fromkeys(("isAllowed", "outstanding", "most", "announcedPeriod", "calledPeriod"), 0)
    return {
        "isAllowed": is_allowed(terms, state),
        "outstanding": outstanding(terms, state),
        "most": most_outstanding(terms),
        "announcedPeriod": announced,
        "calledPeriod": state.called,
    }


class Beside:
    """A deal on the chain and in the model, settled together; at every step the lens must say what the model does."""

    def __init__(self, stage: Stage, lens: Contract, reporter: Contract) -> None:
        self.stage, self.lens, self.reporter = stage, lens, reporter
        self.terms, self.state = stage.terms, opening_state(stage.terms)
        self.ledgers = [ShareLedger(tranche.supply) for tranche in stage.terms.tranches]
        for ledger in self.ledgers:
            ledger.allot(stage.cast.ann, ledger.supply)
        self.fee_claimed = [0] * len(stage.terms.fees)
        self.seen: set[str] = set()

    def settle(self, collections: int, report: Report) -> None:
        period = self.state.period + 1
        if not report.is_silence:
            tell(self.reporter, self.stage.deal.address, period, *report.figures)
        self._settled(collections, report, lambda: settle(self.terms, self.state, collections, report))

    def settle_late(self, collections: int) -> None:
        self._settled(collections, Report(), lambda: settle_late(self.terms, self.state, collections))

    def _settled(self, collections: int, report: Report, in_the_model: Callable[[], Settlement]) -> None:
        receipt = self.stage.settle(collections)
        settled = in_the_model()
        for ledger, credited in zip(self.ledgers, self.state.credited, strict=True):
            ledger.credit(credited - ledger.credited)
        events = receipt.events(self.stage.deal.abi)
        told = [each["figures"] for each in events if each.name == "Reported"]
        assert len(told) == (self.terms.reads_reports and not report.is_silence)
        if told:
            reported, values = self.lens.call("reportOf", self.stage.deal.address, told[0])
            figures = [value if reported >> place & 1 else None for place, value in enumerate(values)]
            assert [*report.figures, *[None] * len(self.terms.fields)][: len(figures)] == figures
        (log,) = (each for each in events if each.name == "Settled")
        found = self.lens.call("settlementOf", self.stage.deal.address, log["period"], log["figures"])
        assert fields(found) == expected_settlement(self.terms, settled, self.state)
        self._note(fields(found), "settlement")
        self.agree()

    def claim(self, tranche: int, holder: str) -> None:
        if self.ledgers[tranche].claimable_down(holder):
            assert self.ledgers[tranche].claim(holder) == self.stage.claim(tranche, holder)

    def claim_fee(self, fee: int) -> None:
        if self.state.fee_credited[fee] > self.fee_claimed[fee]:
            payee = self.stage.deployment.payees[self.terms.fees[fee].payee]
            self.fee_claimed[fee] += self.stage.claim_fee(fee, payee)

    def sell(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        self.stage.share(tranche).send("transfer", buyer, shares, sender=seller)
        self.ledgers[tranche].transfer(seller, buyer, shares)

    def agree(self) -> None:
        claimed = sum(ledger.claimed for ledger in self.ledgers)
        now = self.stage.system.chain.now()
        found = fields(self.lens.call("statusOf", self.stage.deal.address))
        assert found == expected_status(self.terms, self.state, now, self.stage.cash(), claimed, self.fee_claimed)
        self._note(found, "status")

    def _note(self, value: Any, path: str) -> None:
        """Remembers which fields were ever other than zero."""
        if isinstance(value, Mapping):
            for name, each in value.items():
                self._note(each, f"{path}.{name}")
        elif isinstance(value, list):
            for each in value:
                self._note(each, path)
        elif value:
            self.seen.add(path)


@contextmanager
def beside(system: System, lens: Contract, terms: DealTerms) -> Iterator[Beside]:
    """Undone at the end."""
    with system.chain.undone():
        reporter = system.chain.deploy(system.artifacts["SingleReporter"], system.chain.accounts[0])
        cast = system.chain.accounts
        payees = {"operator": cast[4], "agent": cast[5], "trustee": cast[6]}
        stage = put_on(system, terms, reports=reporter, payees=payees)
        yield Beside(stage, lens, reporter)


def check_terms(deal: Beside) -> None:
    stage, lens, terms = deal.stage, deal.lens, deal.terms
    found = lens.call("termsOf", stage.deal.address)
    assert fields(found) == expected_terms(stage, stage.deployment.policy, stage.deployment.reports)
    periods = lens.call("periodsOf", stage.deal.address, 1, NONE)
    assert fields(periods) == [expected_period(terms, period) for period in range(1, terms.periods + 1)]


@settings(max_examples=60)
@given(life=lives())
def test_any_life_of_any_deal_reads_as_the_model_says(system: System, lens: Contract, life: Life) -> None:
    terms, flows = life
    with beside(system, lens, terms) as deal:
        check_terms(deal)
        deal.agree()
        for collections, report in zip(flows.collections, flows.reports, strict=True):
            deal.settle(collections, report)
            deal.claim(deal.state.period % len(terms.tranches), deal.stage.cast.ann)
        if flows.late:
            deal.settle_late(flows.late)


@pytest.fixture
def everything(system: System, lens: Contract) -> Iterator[Beside]:
    with beside(system, lens, deals.EVERY_PART) as deal:
        yield deal


def test_every_field_of_terms_is_read(everything: Beside, system: System, lens: Contract, mock: Mock) -> None:
    check_terms(everything)
    policy = mock("PickyPolicy")
    stage = put_on(system, deals.EVERY_PART, policy=policy, reports=everything.reporter)
    found = lens.call("termsOf", stage.deal.address)
    assert fields(found) == expected_terms(stage, policy.address, everything.reporter.address)


def test_every_field_of_a_settlement_and_of_the_status_is_read(everything: Beside) -> None:
    """Each is other than zero at some moment of this life, so that one taken for another would show."""
    stage = everything.stage
    ann, bob, cho = stage.cast.ann, stage.cast.bob, stage.cast.cho
    for tranche in range(len(everything.terms.tranches)):
        everything.sell(tranche, ann, bob, 7 * 10**6 + tranche)
    for period, (collections, loss) in enumerate(LIFE, start=1):
        stage.until(period)
        everything.agree()  # due
        everything.settle(
            collections * USD + period, Report(loss * USD, (100_000 + period) * USD, (985 * 10**15, period, None))
        )
        everything.claim(period % 5, bob)
        everything.claim_fee((period - 1) % 2)
        everything.sell(period % 5, bob, cho, 1_000_003)
        stage.gift(11)
        everything.agree()  # with new cash
        stage.lose(13)
        everything.agree()  # with too little
        stage.gift(2)
    everything.settle_late(LATE * USD)
    stage.gift(1)
    everything.agree()  # with the least late revenue there is
    named = fields(everything.lens.call("statusOf", stage.deal.address))
    of_promotes = ("capitalReceived", "promoteReceived")
    plain = {name for name, value in named.items() if not isinstance(value, list | dict) and name not in of_promotes}
    assert {f"status.{name}" for name in plain} <= everything.seen
    inner = {f"status.{name}.{each}" for name in ("tranches", "fees", "tests") for each in named[name][0]}
    assert inner <= everything.seen
    paid = {f"settlement.{name}" for name in ("period", "isLate", "enforced", "collections", "reserves")}
    assert paid | {"settlement.passesNeeded", "settlement.rungs.paid", "status.reserves"} <= everything.seen


def test_every_field_of_a_promote_is_read(system: System, lens: Contract) -> None:
    with beside(system, lens, deals.PROMOTED) as deal:
        check_terms(deal)
        for collections in (0, 30_000, 60_000, 60_000, 90_000):
            deal.settle(collections * USD + 1, Report())
    seen = {f"status.{name}" for name in ("hurdles", "capitalReceived", "promoteReceived")}
    assert seen <= deal.seen


def test_holders_are_read_in_one_call(everything: Beside) -> None:
    stage, lens = everything.stage, everything.lens
    cast = stage.cast
    accounts = [cast.bob, cast.stranger, cast.ann, cast.cho, cast.bob]
    for tranche in range(len(everything.terms.tranches)):
        everything.sell(tranche, cast.ann, cast.bob, 7 * 10**6 + tranche)
    everything.settle(60_000 * USD + 1, Report())
    for tranche in range(len(everything.ledgers)):
        everything.claim(tranche, cast.bob)
        everything.sell(tranche, cast.bob, cast.cho, 5)
    everything.settle(33_000 * USD + 1, Report())
    for tranche, ledger in enumerate(everything.ledgers):
        found = fields(lens.call("holdersOf", stage.deal.address, tranche, accounts))
        assert found == [
            {
                "account": account,
                "shares": ledger.holdings[account].shares if account in ledger.holdings else 0,
                "debt": ledger.holdings[account].debt if account in ledger.holdings else 0,
                "claimable": ledger.claimable_down(account),
                "assetBalance": stage.cash(account),
            }
            for account in accounts
        ]
        assert all(found[0][each] for each in ("shares", "debt", "assetBalance")), tranche
        assert found[2]["claimable"], tranche
    assert lens.call("holdersOf", stage.deal.address, 0, []) == ()
    with pytest.raises(ChainRevert, match="Deal_NoTranche"):
        lens.call("holdersOf", stage.deal.address, len(everything.terms.tranches), [cast.ann])


def test_periods_come_in_parts(everything: Beside) -> None:
    stage, lens, terms = everything.stage, everything.lens, everything.terms
    for first, count, last in ((1, 1, 1), (2, 3, 4), (5, 1, 5), (4, 9, 5), (1, 0, 0), (2, NONE, 5)):
        found = fields(lens.call("periodsOf", stage.deal.address, first, count))
        assert found == [expected_period(terms, period) for period in range(first, last + 1)]
    for first in (0, terms.periods + 1, NONE):
        with pytest.raises(ChainRevert) as caught:
            lens.call("periodsOf", stage.deal.address, first, 1)
        assert (caught.value.name, caught.value.values) == (
            "DealLens_NoPeriod",
            {"period": first, "periods": terms.periods},
        )


def test_figures_that_do_not_fit_are_refused(everything: Beside, plain: Stage) -> None:
    stage, lens = everything.stage, everything.lens
    (log,) = (each for each in stage.settle(5).events(stage.deal.abi) if each.name == "Settled")
    figures = log["figures"]
    counters, head, whole = figures[:5], 6, len(figures)
    for wrong, expected in (
        (b"", head),
        (counters, head),
        (figures[:head], whole),
        (figures[:-1], whole),
        (figures + b"\0", whole),
        (counters + b"\0", head),  # a width of 0
        (counters + b"\0" + figures[head:], head),
        *((counters + bytes([width]) + bytes(width * ((whole - head) // figures[5])), head) for width in (1, 8, 33)),
    ):
        with pytest.raises(ChainRevert) as caught:
            lens.call("settlementOf", stage.deal.address, 1, wrong)
        assert caught.value.name == "DealLens_WrongFigures"
        assert caught.value.values == {"length": len(wrong), "expected": expected}
    with pytest.raises(ChainRevert, match="DealLens_WrongFigures"):
        lens.call("settlementOf", plain.deal.address, 1, figures)
    periods = everything.terms.periods
    for period in (0, periods + 2, 2**255):
        with pytest.raises(ChainRevert) as caught:
            lens.call("settlementOf", stage.deal.address, period, figures)
        assert (caught.value.name, caught.value.values) == (
            "DealLens_NoPeriod",
            {"period": period, "periods": periods},
        )


def test_cash_beyond_the_cap_is_nothing_to_settle(system: System, lens: Contract) -> None:
    stage = put_on(system, replace(deals.PLAIN, narrow=True))
    for _ in range(stage.terms.periods):
        stage.settle(10)
    settled = stage.state().accounted
    stage.gift(MAX_NARROW_AMOUNT * 2)
    status = lens.call("statusOf", stage.deal.address)
    assert (status.canSettle, status.newCash) == (True, MAX_NARROW_AMOUNT - settled)
    stage.settle()
    for tranche in range(stage.equity + 1):
        status = lens.call("statusOf", stage.deal.address)
        assert (status.canSettle, status.newCash, status.missingCash) == (False, 0, 0)
        with stage.refused("Deal_NothingToSettle", {}):
            stage.deal.send("settle", 1)
        assert stage.claim(tranche, stage.cast.ann)  # what is claimed makes no room


def test_a_reserve_for_sweeps_and_a_fee_on_a_balance_are_read(system: System, lens: Contract) -> None:
    """No deal file gives a reserve that supports a sweep, but the terms have room for it."""
    reserve = replace(deals.EVERY_PART.reserves[1], supports=((RungKind.SWEEP, 0), (RungKind.FEE, 3)))
    terms = replace(deals.EVERY_PART, reserves=(deals.EVERY_PART.reserves[0], reserve))
    assert terms.fees[2].base is FeeBase.BALANCE
    with beside(system, lens, terms) as deal:
        check_terms(deal)


def test_what_a_reserve_supports_ends_with_the_last_fee(system: System, lens: Contract) -> None:
    """Of the most fees there can be: the next bit in the terms is of the first tranche's interest."""
    fees = [replace(deals.EVERY_PART.fees[0], id=f"fee-{index}") for index in range(MAX_FEES)]
    supports = ((RungKind.INTEREST, 0), (RungKind.FEE, MAX_FEES - 1))
    reserves = (deals.EVERY_PART.reserves[0], replace(deals.EVERY_PART.reserves[1], supports=supports))
    terms = replace(deals.EVERY_PART, fees=tuple(fees), reserves=reserves)
    with beside(system, lens, terms) as deal:
        check_terms(deal)


def test_tests_of_every_kind_are_read(system: System, lens: Contract) -> None:
    first, *_ = deals.EVERY_PART.tests
    tests = (
        replace(first, metric=Metric.OC, above=True),
        replace(first, metric=Metric.IC, over=120),
        replace(first, metric=Metric.POOL_FACTOR, tranche=0, initial=2**96 - 1),
        replace(first, metric=Metric.RESERVE_LEVEL, tranche=0, reserve=1),
        replace(first, metric=Metric.REPORT, tranche=0, field=2),
    )
    with beside(system, lens, replace(deals.EVERY_PART, tests=tests)) as deal:
        check_terms(deal)


def test_a_call_reads_before_and_after_it(system: System, lens: Contract) -> None:
    with system.chain.undone():
        found = launch_called(system)
        address, terms = found.stage.deal.address, found.stage.terms
        assert fields(lens.call("termsOf", address))["call"] == {
            "exists": True,
            "payee": found.payee,
            "below": terms.call.below if terms.call else 0,
        }
        for _ in range(2):
            assert fields(lens.call("statusOf", address))["call"] == expected_call(terms, found.books.state)
            found.receive(60_000 * USD)
            found.settle()
        found.announce()
        found.ready(found.missing)
        assert fields(lens.call("statusOf", address))["call"] == expected_call(terms, found.books.state, 3)
        made, receipt = found.settle(called=True)
        assert fields(lens.call("statusOf", address))["call"] == expected_call(terms, found.books.state, 3)
        (log,) = (each for each in receipt.events(found.stage.deal.abi) if each.name == "Settled")
        read = fields(lens.call("settlementOf", address, log["period"], log["figures"]))
        assert read == expected_settlement(terms, made, found.books.state) | {"isLate": False, "period": 3}
