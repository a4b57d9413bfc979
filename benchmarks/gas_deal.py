"""The deal whose gas is measured, and a chain to launch it on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from penstock.evm.artifacts import Artifact, load_artifacts
from penstock.evm.chain import Contract, Receipt
from penstock.evm.nodes import anvil
from penstock.evm.rpc import Rpc
from penstock.model.accrual import day_fraction, interest_down
from penstock.model.calendar import Roll, accrual_dates, roll_date, timestamp
from penstock.model.schedule import level
from penstock.model.terms import (
    ArrearsRule,
    DayCount,
    DealTerms,
    Fee,
    FeeBase,
    PrincipalKind,
    Reserve,
    Rung,
    RungKind,
    Test,
    Tranche,
)
from penstock.model.units import WAD
from penstock.onchain.terms_encode import NO_ADDRESS, encode_terms

USD = 10**6
CLOSING = date(2026, 1, 1)
REVENUE = 400_000 * USD


def terms_of(tranches: int = 3, rungs: int | None = None, narrow: bool = True) -> DealTerms:
    """
    A solar deal of 80 quarters: a senior loan with a debt-service reserve, junior loans, equity, an operating fee, a
    lock-up test and a default test that switches ladders. `rungs` lengthens or shortens the ladder. Narrow, as its deal
    file would make it.
    """
    dates = accrual_dates(date(2026, 4, 1), 3, 80)
    lenders = [_lender(index, 7_000_000 * USD >> 2 * index, 6 + 2 * index, dates) for index in range(tranches - 1)]
    equity = Tranche("equity", "GSO-E", 0, 10**12, residual=True)
    ladder = [Rung(RungKind.FEE, (0,)), Rung(RungKind.INTEREST, (0,)), Rung(RungKind.PRINCIPAL, (0,))]
    ladder += [Rung(RungKind.RESERVE, (0,))]
    for index in range(1, tranches - 1):
        ladder += [Rung(RungKind.INTEREST, (index,)), Rung(RungKind.PRINCIPAL, (index,))]
    ladder += [Rung(RungKind.TRAP, (), WAD, 0)]
    if tranches > 2:
        ladder += [Rung(RungKind.SWEEP, (1,), WAD // 2, 0)]
    if rungs is not None:
        # More rungs that each pay a little: a tenth of what is left towards the senior principal
        more = [Rung(RungKind.SWEEP, (0,), WAD // 1000)] * max(0, rungs - 1 - len(ladder))
        ladder = ladder[: rungs - 1] + more
    residual = Rung(RungKind.RESIDUAL, (tranches - 1,))
    return DealTerms(
        name="Greensboro Solar I",
        asset="USDC",
        decimals=6,
        closing=CLOSING,
        accrual_dates=dates,
        payment_dates=tuple(roll_date(day, Roll.MODIFIED_FOLLOWING) for day in dates),
        tranches=(*lenders, equity),
        normal=(*ladder, residual),
        enforcement=(Rung(RungKind.FEE, (0,)), Rung(RungKind.INTEREST, (0,)), Rung(RungKind.ALL, (0,)), residual),
        enforce_on=(1,),
        fees=(Fee("om", "operator", FeeBase.FIXED, 12_500 * USD, opex=True),),
        reserves=(
            Reserve(
                "dsra",
                250_000 * USD,
                tuple(min(2, 80 - period) for period in range(1, 81)),
                supports=((RungKind.INTEREST, 0), (RungKind.PRINCIPAL, 0)),
            ),
        ),
        tests=(Test("lockup", 0, 115 * WAD // 100, 2), Test("default", 0, WAD, 2)),
        narrow=narrow,
    )


def _lender(index: int, face: int, percent: int, dates: tuple[date, ...]) -> Tranche:
    coupon, days = percent * WAD // 100, DayCount.THIRTY_360
    starts = (CLOSING, *dates)
    fractions = [day_fraction(days, start, end) for start, end in zip(starts, dates, strict=False)]
    schedule = level(face, 80, lambda balance, period: interest_down(balance, coupon, fractions[period - 1]))
    rule = ArrearsRule.COUPON if index == 0 else ArrearsRule.CAPITALISE
    name = "senior" if index == 0 else f"mezz{index}"
    steps = ((1, coupon),)
    return Tranche(name, f"GSO-{index}", face, face, steps, days, PrincipalKind.SCHEDULE, schedule, rule)


@dataclass
class Bench:
    """One chain with a stablecoin, a registry, and a factory; the first account sponsors and pays."""

    chain: Rpc
    artifacts: Mapping[str, Artifact]
    usd: Contract
    registry: Contract
    factory: Contract
    launched: int = 0

    @property
    def sponsor(self) -> str:
        return self.chain.accounts[0]

    def launch(self, terms: DealTerms, policy: bool = True, reports: str | None = None) -> tuple[Contract, Receipt]:
        packed = encode_terms(
            terms,
            self.usd.address,
            {"operator": self.chain.accounts[1]},
            self.registry.address if policy else NO_ADDRESS,
            reports or NO_ADDRESS,
        )
        salt = self.launched.to_bytes(32, "big")
        self.launched += 1
        allotments = [(index, self.sponsor, tranche.supply) for index, tranche in enumerate(terms.tranches)]
        address = self.factory.call("dealAddress", self.sponsor, packed, salt)
        receipt = self.factory.send("launch", packed, allotments, salt)
        self.usd.send("approve", address, 2**256 - 1)
        return self.chain.at(address, self.artifacts["IDeal"].abi), receipt

    def share(self, deal: Contract, tranche: int = 0) -> Contract:
        return self.chain.at(deal.call("shareOf", tranche), self.artifacts["TrancheShareLogic"].abi)

    def settle(self, deal: Contract, later: int = 0) -> Receipt:
        """On the payment date, or so many seconds later."""
        due = deal.call("nextPaymentAt") + later
        self.chain.set_time(max(due, self.chain.now()))
        return deal.send("payAndSettle", REVENUE, 1)


@contextmanager
def bench(tracing: bool = False) -> Iterator[Bench]:
    artifacts = load_artifacts()
    with anvil(timestamp=timestamp(CLOSING), tracing=tracing) as node:
        chain = Rpc(node.ipc or node.url)
        usd = chain.deploy(artifacts["MockUSD"], 6)
        registry = chain.deploy(artifacts["HolderRegistry"], chain.accounts[0])
        logic = chain.deploy(artifacts["TrancheShareLogic"])
        trial = chain.deploy(artifacts["DealTrial"])
        factory = chain.deploy(artifacts["DealFactory"], logic.address, trial.address)
        usd.send("mint", chain.accounts[0], 10**18)
        usd.send("approve", factory.address, 2**256 - 1)
        registry.send("allow", chain.accounts)
        yield Bench(chain, artifacts, usd, registry, factory)
