"""What each feature of the terms adds to a settlement: for docs/GAS.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from benchmarks.gas_deal import USD, Bench, bench, terms_of
from penstock.evm.chain import Contract
from penstock.model.call import NOTICE
from penstock.model.report import Report
from penstock.model.terms import (
    CleanUpCall,
    DayCount,
    DealTerms,
    FeeBase,
    FloatingCoupon,
    Metric,
    PrincipalKind,
    Promote,
    ReportField,
    Rung,
    RungKind,
    Test,
    Tier,
    TierKind,
    Tranche,
    Unit,
)
from penstock.model.units import WAD
from penstock.onchain.reports import arguments_of

LAST = 4
"""The period that is measured."""
PER_CENT = WAD // 100
SOFR = ReportField("sofr", Unit.RATIO)
REPORT = Report(asset_value=20_000_000 * USD, fields=(4 * PER_CENT,))


def _lender(terms: DealTerms, index: int, **changes: object) -> DealTerms:
    stack: list[Tranche] = list(terms.tranches)
    stack[index] = replace(stack[index], **changes)  # type: ignore[arg-type]
    return replace(terms, tranches=tuple(stack))


def _fee(terms: DealTerms, **changes: object) -> DealTerms:
    return replace(terms, fees=(replace(terms.fees[0], **changes),))  # type: ignore[arg-type]


def _reserve(terms: DealTerms, **changes: object) -> DealTerms:
    return replace(terms, reserves=(replace(terms.reserves[0], **changes),))  # type: ignore[arg-type]


def _reported(terms: DealTerms) -> DealTerms:
    return replace(terms, fields=(SOFR,))


def _floating(terms: DealTerms) -> DealTerms:
    coupon = FloatingCoupon(0, 2 * PER_CENT, 0, 12 * PER_CENT, 4 * PER_CENT, in_arrears=False, stale=1)
    return _lender(_reported(terms), 0, floating=coupon)


def _deferred(terms: DealTerms) -> DealTerms:
    rungs = [
        replace(rung, test=0, passing=True) if (rung.kind, rung.targets) == (RungKind.INTEREST, (1,)) else rung
        for rung in terms.normal
    ]
    return replace(terms, normal=tuple(rungs))


def _two_pots(terms: DealTerms) -> DealTerms:
    """The same rungs, and a principal ladder behind them: what interest lacks, then all of both lenders."""
    *interest, residual = terms.normal
    lacking = [rung for rung in interest if rung.kind is RungKind.INTEREST]
    own = [Rung(RungKind.ALL, (0,)), Rung(RungKind.ALL, (1,)), residual]
    normal = (*interest, replace(residual, kind=RungKind.INTEREST_RESIDUAL))
    fields = (ReportField("principal", Unit.AMOUNT),)
    return replace(terms, normal=normal, principal=(*lacking, *own), fields=fields)


def _diverting(terms: DealTerms) -> DealTerms:
    """A test that fails: 1,000 times the balances are never there."""
    test = Test("oc", 1, 1_000 * WAD, metric=Metric.OC)
    rungs = (*terms.normal[:-1], Rung(RungKind.DIVERT, (), WAD, len(terms.tests)), terms.normal[-1])
    return replace(terms, normal=rungs, tests=(*terms.tests, test))


def _callable(terms: DealTerms) -> DealTerms:
    """At any time, by the payee of the fee."""
    return replace(terms, call=CleanUpCall("operator", WAD))


def _delayed(terms: DealTerms) -> DealTerms:
    return replace(terms, payment_dates=tuple(day + timedelta(days=20) for day in terms.accrual_dates), delays=True)


def _promoted(terms: DealTerms) -> DealTerms:
    *lenders, equity = terms.tranches
    sponsor = replace(equity, id="sponsor", symbol="SPONSOR")
    tiers = (
        Tier(TierKind.HURDLE, 8 * PER_CENT, WAD),
        Tier(TierKind.CATCH_UP, 20 * PER_CENT, 0),
        Tier(TierKind.HURDLE, 15 * PER_CENT, 80 * PER_CENT),
        Tier(TierKind.REST, 0, 70 * PER_CENT),
    )
    both = replace(terms.normal[-1], targets=(len(lenders), len(lenders) + 1))
    return replace(
        terms,
        tranches=(*lenders, equity, sponsor),
        normal=(*terms.normal[:-1], both),
        enforcement=(*terms.enforcement[:-1], both),
        promote=Promote(1_000 * USD, 10 * PER_CENT, DayCount.THIRTY_360, tiers),
    )


FEATURES: dict[str, Callable[[DealTerms], DealTerms]] = {
    "the deal": lambda terms: terms,
    "paid in kind": lambda terms: _lender(terms, 1, pik=PER_CENT, pik_last=80),
    "a report with one field": _reported,
    "floating coupon, with that report": _floating,
    "target OC, with that report": lambda terms: _lender(
        _reported(terms), 1, principal=PrincipalKind.TARGET_OC, schedule=(), oc_ratio=WAD * 5 // 4
    ),
    "interest that may be deferred": _deferred,
    "listed fee": lambda terms: _fee(terms, base=FeeBase.LISTED, amount=0, amounts=(12_500 * USD,) * 80),
    "part of a period in the reserve": lambda terms: _reserve(terms, parts=((1, 3),) * 78 + ((0, 1),) * 2),
    "limit on what fills the reserve": lambda terms: _reserve(terms, fill=50_000 * USD),
    "trap that helps": lambda terms: replace(
        terms,
        tests=(replace(terms.tests[0], supports=((RungKind.INTEREST, 0),)), *terms.tests[1:]),
    ),
    "two pots, with a report of principal": _two_pots,
    "diversion, with a report of the asset value": _diverting,
    "promote of four tiers": _promoted,
    "payment delay, cut off": _delayed,
    "grace, settled within it": lambda terms: replace(terms, grace=5),
    "grace, settled after it": lambda terms: replace(terms, grace=5),
    "clean-up call, not announced": _callable,
    "clean-up call, announced and not paid": _callable,
    "clean-up call, paid": _callable,
}


def by_features() -> Iterator[tuple[str, int, int]]:
    """(feature, gas of a settlement, what it adds), in steady state."""
    plain = 0
    for name, change in FEATURES.items():
        terms = change(terms_of())
        with bench() as b:  # a clock of its own, which no other deal has moved
            reporter = b.chain.deploy(b.artifacts["SingleReporter"], b.sponsor) if terms.reads_reports else None
            deal, _ = b.launch(terms, reports=reporter.address if reporter else None)
            settled = [_settled(b, deal, reporter, period, name) for period in range(1, LAST + 1)][-1]
        plain = plain or settled
        yield name, settled, settled - plain


def _settled(b: Bench, deal: Contract, reporter: Contract | None, period: int, name: str) -> int:
    if reporter is not None:
        reporter.send("report", deal.address, period, *arguments_of(REPORT))
    if name.startswith("payment delay"):
        b.chain.set_time(max(b.chain.now(), deal.call("nextPaymentAt") - 10 * 86_400))
        deal.send("cutOff")
    if period == LAST and name.startswith("clean-up call, ") and not name.endswith("not announced"):
        _announce(b, deal, paid=name.endswith(", paid"))
    later = 6 * 86_400 if name.endswith("after it") else 0
    return b.settle(deal, later).gas_used


def _announce(b: Bench, deal: Contract, paid: bool) -> None:
    payee = b.chain.accounts[1]
    b.chain.set_time(max(b.chain.now(), deal.call("nextPaymentAt") - NOTICE))
    deal.send("announceCall", sender=payee)
    if paid:
        b.usd.send("mint", payee, 20_000_000 * USD)
        b.usd.send("approve", deal.address, 20_000_000 * USD, sender=payee)
