"""
a stablecoin with a habit
├── given a whole life in it, every number should be the exact model's
├── that changes no allowance but by way of zero
│   ├── when the sponsor has some left, a launch should go through
│   └── when the payer has some left, it should be cleared before a payment is approved
├── that transfers no zero, a payment of nothing should be refused and a settlement should not
├── that takes the largest number for the whole balance, a payment should count as what arrives
├── whose permit does nothing
│   ├── when there is no allowance, a payment should be refused
│   └── when another has an allowance, it should stay that other's
└── that burns what blocked accounts hold
    ├── when it is a holder's, what the deal owes it should stay
    └── when it is the deal's, settling should stop until the loss is made good, claims go on while cash lasts
"""

from __future__ import annotations

import pytest

from penstock.evm.chain import Contract
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import NO_SIGNATURE, Mock, Quirk, a_life_beside_the_model, approve_all, pay
from tests.contracts.stage import EVERYTHING, SENIOR, USD, Stage, put_on

LIFE = (30_000 * USD, 0, 1, 500_000 * USD, 77)


def odd(mock: Mock, name: str) -> Contract:
    if name == "UpgradableUSD":
        behind = mock("MockUSD", 6)
        return mock(name, behind.address).as_(behind.abi)
    return mock("QuirkyUSD", 6, int(Quirk[name])) if name in Quirk.__members__ else mock(name, 6)


@pytest.mark.parametrize("name", [*Quirk.__members__, "BlacklistUSD", "FaultyUSD", "HookUSD", "UpgradableUSD"])
def test_inv_15_a_life_in_an_odd_asset_is_the_models(system: System, mock: Mock, name: str) -> None:
    stage = put_on(system, deals.WHOLE, odd(mock, name))
    pair = a_life_beside_the_model(stage, LIFE)
    assert pair.model.numbers()["period"] == 4
    paid_in, fees = 4_000 * USD + sum(LIFE), sum(stage.state().fee_claimable)
    taken = sum(map(stage.cash, (stage.cast.ann, stage.cast.bob, stage.cast.cho)))
    assert paid_in - fees - taken == stage.cash() - fees < 6  # dust: three holders of two tranches that trade


def test_a_launch_with_an_allowance_left_over_goes_through(system: System, mock: Mock) -> None:
    asset = odd(mock, "NO_RE_APPROVAL")
    asset.send("approve", system.factory.address, 1 * USD)
    stage = put_on(system, deals.WHOLE, asset)
    assert stage.cash() == 4_000 * USD
    assert asset.call("allowance", stage.cast.sponsor, system.factory.address) == 0


def test_an_allowance_left_over_is_cleared_before_a_payment(system: System, mock: Mock) -> None:
    stage = put_on(system, deals.PLAIN, odd(mock, "NO_RE_APPROVAL"))
    payer = stage.cast.payer
    approve_all(stage, payer, 1 * USD)
    stage.until(1)
    stage.asset.send("mint", payer, 28_000 * USD)
    with stage.refused("QuirkyUSD_Refused", {"quirk": Quirk.NO_RE_APPROVAL}):
        approve_all(stage, payer, 28_000 * USD)
    approve_all(stage, payer, 0)
    approve_all(stage, payer, 28_000 * USD)
    stage.deal.send("payAndSettle", 28_000 * USD, 1, sender=payer)
    assert stage.state().credited == [28_000 * USD, 0]
    assert stage.asset.call("allowance", payer, stage.deal.address) == 0


def test_nothing_is_settled_where_nothing_can_be_paid(system: System, mock: Mock) -> None:
    stage = put_on(system, deals.PLAIN, odd(mock, "NO_ZERO"))
    stage.until(1)
    with stage.refused("QuirkyUSD_Refused", {"quirk": Quirk.NO_ZERO}):
        stage.deal.send("payAndSettle", 0, 1, sender=stage.cast.payer)
    (paid,) = stage.paid(stage.deal.send("settle", 1))
    assert paid == [0, 0, 0]
    assert (stage.state().interest_arrears[0], stage.state().principal_arrears[0]) == (3_000 * USD, 25_000 * USD)
    with stage.refused("Deal_NothingToClaim", {"tranche": SENIOR, "holder": stage.cast.ann}):
        stage.deal.send("claim", SENIOR, sender=stage.cast.ann)


def test_the_largest_number_pays_what_arrives(system: System, mock: Mock) -> None:
    stage = put_on(system, deals.PLAIN, odd(mock, "MAX_IS_ALL"))
    payer = stage.cast.payer
    stage.asset.send("mint", payer, 12_345_678_901)
    approve_all(stage, payer)
    stage.until(1)
    stage.deal.send("payAndSettle", EVERYTHING, 1, sender=payer)
    assert (stage.cash(payer), stage.cash(), stage.state().accounted) == (0, 12_345_678_901, 12_345_678_901)
    assert stage.state().credited == [12_345_678_901, 0]
    assert stage.claim(SENIOR, stage.cast.ann) == 12_345_678_901


def test_the_largest_number_is_refused_where_it_is_a_number(plain: Stage) -> None:
    payer = plain.cast.payer
    plain.asset.send("mint", payer, 5)
    approve_all(plain, payer)
    plain.until(1)
    with plain.refused("ERC20InsufficientBalance", {"sender": payer, "balance": 5, "needed": EVERYTHING}):
        plain.deal.send("payAndSettle", EVERYTHING, 1, sender=payer)


def test_a_permit_that_does_nothing_pays_nothing(system: System, mock: Mock) -> None:
    stage = put_on(system, deals.PLAIN, odd(mock, "PHANTOM_PERMIT"))
    payer, stranger = stage.cast.payer, stage.cast.stranger
    stage.until(1)
    for rich in (payer, stranger):
        stage.asset.send("mint", rich, 100 * USD)
    short = {"spender": stage.deal.address, "allowance": 0, "needed": 100 * USD}
    with stage.refused("ERC20InsufficientAllowance", short):
        stage.deal.send("payAndSettleWithPermit", 100 * USD, 1, EVERYTHING, *NO_SIGNATURE, sender=payer)
    approve_all(stage, payer)
    # The payer's allowance without limit is of no use to whoever sends such a permit
    with stage.refused("ERC20InsufficientAllowance", short):
        stage.deal.send("payAndSettleWithPermit", 100 * USD, 1, EVERYTHING, *NO_SIGNATURE, sender=stranger)
    stage.deal.send("payAndSettleWithPermit", 100 * USD, 1, EVERYTHING, *NO_SIGNATURE, sender=payer)
    assert (stage.cash(payer), stage.cash(stranger), stage.state().credited) == (0, 100 * USD, [100 * USD, 0])


@pytest.fixture
def burning(system: System, mock: Mock) -> Stage:
    """Ann holds three quarters of the senior tranche, Bob the rest; 28,000 are theirs."""
    stage = put_on(system, deals.PLAIN, mock("BlacklistUSD", 6))
    stage.share().send("transfer", stage.cast.bob, 25_000 * USD, sender=stage.cast.ann)
    pay(stage, 28_000 * USD)
    return stage


def test_inv_16_a_holder_whose_cash_is_burnt_keeps_what_it_is_owed(burning: Stage) -> None:
    ann, bob = burning.cast.ann, burning.cast.bob
    assert burning.claim(SENIOR, bob) == 7_000 * USD
    burning.asset.send("blacklist", bob, True)
    burning.asset.send("destroyBlackFunds", bob)
    assert burning.cash(bob) == 0
    pay(burning, 27_250 * USD)
    with burning.refused("BlacklistUSD_Blacklisted", {"account": bob}):
        burning.deal.send("claim", SENIOR, sender=bob)
    assert burning.claim(SENIOR, ann) == 21_000 * USD + 20_437_500_000
    burning.asset.send("blacklist", bob, False)
    assert burning.claim(SENIOR, bob) == 6_812_500_000
    assert burning.cash() == burning.state().accounted == 0


def test_a_deal_whose_cash_is_burnt_waits_until_it_is_made_good(burning: Stage) -> None:
    deal, asset, ann, bob = burning.deal, burning.asset, burning.cast.ann, burning.cast.bob
    asset.send("blacklist", deal.address, True)
    asset.send("destroyBlackFunds", deal.address)
    asset.send("blacklist", deal.address, False)
    burning.gift(8_000 * USD)
    burning.until(2)
    with burning.refused("Deal_BalanceBelowLedger", {"balance": 8_000 * USD, "ledger": 28_000 * USD}):
        deal.send("settle", 1)
    # First come, first served: Bob's 7,000 are there, Ann's 21,000 are not
    assert burning.claim(SENIOR, bob) == 7_000 * USD
    with burning.refused(
        "ERC20InsufficientBalance", {"sender": deal.address, "balance": 1_000 * USD, "needed": 21_000 * USD}
    ):
        deal.send("claim", SENIOR, sender=ann)
    burning.gift(20_000 * USD)
    assert burning.claim(SENIOR, ann) == 21_000 * USD
    assert burning.cash() == burning.state().accounted == 0
    assert burning.paid(burning.settle(27_250 * USD)) == [[2_250 * USD, 25_000 * USD, 0]]
