"""
gas of reading by DealLens, of which a node allows a call so much and no more
└── given the largest terms there can be, each function should take no more than its interface says
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from penstock import paths
from penstock.evm.artifacts import compile_contracts
from penstock.evm.rpc import Rpc
from penstock.model.terms import (
    MAX_CURE,
    MAX_FEES,
    MAX_FIELDS,
    MAX_PERIODS,
    MAX_RESERVES,
    MAX_RUNGS,
    MAX_TESTS,
    MAX_TRANCHES,
    DayCount,
    DealTerms,
    Fee,
    FeeBase,
    PrincipalKind,
    ReportField,
    Reserve,
    Rung,
    Test,
    Tranche,
    Unit,
)
from penstock.model.units import WAD
from penstock.onchain.launch import MAX_TERMS, deploy_system
from penstock.onchain.reports import STANDARD_FIELDS
from penstock.onchain.terms_layout import CouponStep
from tests.contracts.stage import put_on
from tests.fixtures.reports import tell
from tests.model.examples import ALL, FEE, INTEREST, PER_CENT, PRINCIPAL, RESERVE, RESIDUAL, TRAP, deal_of, lender

LENDERS = MAX_TRANCHES - 1
AMOUNT = 200  # scheduled in each period: one byte, so that every lender can have a schedule
DAY_COUNTS = (DayCount.ACT_360, DayCount.THIRTY_360)
STEPS = 23  # of each coupon: what fills the terms
ONCE, HOLDERS = 40_000, 1_000
# Of each function, and of holdersOf for each holder beside what it takes once
GAS = {
    "termsOf": 2_000_000,
    "statusOf": 700_000,
    "settlementOf": 700_000,
    "reportOf": 200_000,
    "periodsOf": 34_000_000,
    "holdersOf": 13_500,
}


def largest() -> DealTerms:
    """As much of everything as the limits allow, wide; every test fails, so that the enforcement ladder is in force."""
    everything = [(kind, index) for kind in (INTEREST, PRINCIPAL, ALL) for index in range(LENDERS)]
    everything += [(FEE, index) for index in range(MAX_FEES)]
    reserves = [
        Reserve(f"reserve {index}", 0, ahead=(1,) * MAX_PERIODS, supports=tuple(everything))
        for index in range(MAX_RESERVES)
    ]
    owed = [Rung(kind, (index,)) for index in range(LENDERS) for kind in (INTEREST, PRINCIPAL)]
    pots = [*(Rung(RESERVE, (index,)) for index in range(MAX_RESERVES)), Rung(TRAP, test=MAX_TESTS - 1)]
    rest = Rung(RESIDUAL, (LENDERS,))
    fees = [Rung(FEE, (index,)) for index in range(MAX_RUNGS - len(owed) - len(pots) - 1)]
    ladder = (*fees, *owed, *pots, rest)
    return deal_of(
        *(_lender(index) for index in range(LENDERS)),
        normal=ladder,
        enforcement=ladder[12:],  # or the terms would be too long
        enforce_on=tuple(range(MAX_TESTS)),
        fees=tuple(
            Fee(f"fee {index}", "operator", FeeBase.FIXED, amount=1 + index, cap=9 + index, carry=True, opex=True)
            for index in range(MAX_FEES)
        ),
        reserves=tuple(reserves),
        tests=tuple(Test(f"test {index}", LENDERS - 1, 900 * WAD, cure=MAX_CURE) for index in range(MAX_TESTS)),
        fields=tuple(ReportField(f"f{index}", Unit.COUNT) for index in range(MAX_FIELDS)),
        write_down=True,
        periods=MAX_PERIODS,
        months=1,
    )


def _lender(index: int) -> Tranche:
    coupons = tuple((1 + step, (1 + step % 9) * PER_CENT) for step in range(STEPS))
    plain = lender(face=AMOUNT * MAX_PERIODS, day_count=DAY_COUNTS[index % 2])
    scheduled = replace(plain, principal=PrincipalKind.SCHEDULE, schedule=(AMOUNT,) * MAX_PERIODS)
    return replace(scheduled, coupons=coupons, id=f"lender {index}", symbol=f"LENDER-{index}")


@pytest.mark.parametrize("narrow", [False, True])
def test_no_call_takes_more_gas_than_the_interface_says(fresh_anvil: str, narrow: bool) -> None:
    system = deploy_system(Rpc(fresh_anvil), artifacts=compile_contracts())
    chain = system.chain
    lens = chain.deploy(system.artifacts["DealLens"])
    reporter = chain.deploy(system.artifacts["SingleReporter"], chain.accounts[0])
    stage = put_on(system, replace(largest(), narrow=narrow), reports=reporter)
    left = MAX_TERMS - len(stage.deal.call("terms"))
    assert left < LENDERS * CouponStep.length(), "another step of each coupon does not fit"
    tell(reporter, stage.deal.address, 1, *range(1, 1 + len(STANDARD_FIELDS) + MAX_FIELDS))
    told, log = (each for each in stage.settle(10**9).events(stage.deal.abi) if each.name in ("Reported", "Settled"))
    holders = [f"0x{1 + index:040x}" for index in range(HOLDERS)]
    calls = {
        "termsOf": (),
        "statusOf": (),
        "settlementOf": (log["period"], log["figures"]),
        "periodsOf": (1, MAX_PERIODS),
        "reportOf": (told["figures"],),
        "holdersOf": (LENDERS, holders),
    }
    assert calls.keys() == GAS.keys() == {name for name in lens.abi.functions if "(" not in name} - {"NONE"}
    taken = {}
    for name, arguments in calls.items():
        data = lens.abi.function(name).encode([stage.deal.address, *arguments])
        taken[name] = int(system.chain._ask("eth_estimateGas", {"to": lens.address, "data": "0x" + data.hex()}), 16)
    taken["holdersOf"] = (taken["holdersOf"] - ONCE) // HOLDERS
    assert {name: (gas, taken[name]) for name, gas in GAS.items() if not gas // 2 < taken[name] <= gas} == {}


def test_the_interface_says_so() -> None:
    text = (paths.root() / "contracts" / "interfaces" / "IDealLens.sol").read_text()
    said = " ".join(re.sub(r"^/// ?", "", line) for line in text.splitlines() if line.startswith("///"))
    terms, status, settlement, report, periods, holders = (f"{gas:,}" for gas in GAS.values())
    assert status == settlement
    for words in (
        f"{MAX_TERMS:,} bytes",
        f"{{termsOf}} takes {terms} gas",
        f"{{statusOf}} and {{settlementOf}} {status} each, {{reportOf}} {report}",
        f"{{periodsOf}} {periods} for all {MAX_PERIODS} periods",
        f"{{holdersOf}} {ONCE:,} and {holders} a holder",
    ):
        assert words in said, words
