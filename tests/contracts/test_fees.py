"""
claimFee
├── given the caller
│   ├── when it is not the payee, it should refuse with caller and payee
│   └── when there is no such fee, it should refuse with the caller and nobody
├── given the payee
│   ├── when nothing was earned, it should refuse with fee and payee
│   ├── when something was, it should get all of it, and the event should say so
│   ├── when it claims again, it should refuse
│   └── when it has two fees, each should be a claim of its own
├── given a fee was not paid
│   ├── when it carries, it should be owed next period
│   └── when it does not, it should be forgotten
├── given fees or reserves of any size, they should be kept and paid to the unit
└── given holders claim, fees should stay where they are
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from penstock.evm.chain import Contract
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import act, call_before, call_of
from tests.contracts.stage import NOBODY, SENIOR, USD, Stage, put_on

OM, AGENT = 0, 1


def test_only_the_payee_takes_a_fee(whole: Stage) -> None:
    whole.settle(50_000 * USD)
    cast = whole.cast
    for caller in (cast.stranger, cast.ann, cast.sponsor, cast.agent):
        with whole.refused("Deal_NotPayee", {"caller": caller, "payee": cast.operator}):
            whole.deal.send("claimFee", OM, sender=caller)


def test_a_fee_that_is_none_has_no_payee(whole: Stage) -> None:
    whole.settle(50_000 * USD)
    for fee in (2, 16, 2**255):
        with whole.refused("Deal_NotPayee", {"caller": whole.cast.operator, "payee": NOBODY}):
            whole.deal.send("claimFee", fee, sender=whole.cast.operator)


@pytest.mark.parametrize("narrow", [True, False])
@pytest.mark.parametrize("tranche", range(3))
def test_a_fee_is_not_paid_inside_a_claim(
    system: System, mock: Callable[..., Contract], narrow: bool, tranche: int
) -> None:
    caller, hook, asset = mock("CallerContract"), mock("ScriptedResponder"), mock("HookUSD", 6)
    payees = {"operator": caller.address, "agent": caller.address}
    terms = replace(deals.WHOLE, narrow=narrow)
    stage = put_on(system, terms, asset, watched=[caller.address], payees=payees)
    for share in range(3):
        stage.share(share).send("transfer", caller.address, 100 * USD, sender=stage.cast.ann)
    stage.settle(300_000 * USD)
    caller.send("act", *call_of(asset, "register", hook.address))
    call_before(hook, [act(caller, stage.deal, "claimFee", OM)])
    with stage.refused("Deal_Reentered", {}):
        caller.send("act", *call_of(stage.deal, "claim", tranche))
    stage.assert_sound()


def test_a_fee_of_nothing_is_refused(whole: Stage) -> None:
    cast = whole.cast
    for fee, payee in ((OM, cast.operator), (AGENT, cast.agent)):
        with whole.refused("Deal_NothingToClaimOfFee", {"fee": fee, "payee": payee}):
            whole.deal.send("claimFee", fee, sender=payee)


def test_the_payee_gets_all_it_earned_once(whole: Stage) -> None:
    cast = whole.cast
    whole.settle(50_000 * USD)
    whole.settle(50_000 * USD)
    assert whole.state().fee_claimable == [1_000 * USD, 1_000 * USD]
    receipt = whole.deal.send("claimFee", OM, sender=cast.operator)
    (event,) = receipt.events(whole.deal.abi)
    assert (event.name, dict(event.values)) == (
        "FeeClaimed",
        {"fee": OM, "payee": cast.operator, "amount": 1_000 * USD},
    )
    assert whole.cash(cast.operator) == 1_000 * USD
    assert whole.state().fee_claimable == [0, 1_000 * USD]
    with whole.refused("Deal_NothingToClaimOfFee", {"fee": OM, "payee": cast.operator}):
        whole.deal.send("claimFee", OM, sender=cast.operator)
    whole.assert_sound()


def test_two_fees_of_one_payee_are_two_claims(system: System) -> None:
    both = system.chain.accounts[4]
    stage = put_on(system, deals.WHOLE, payees={"operator": both, "agent": both})
    stage.settle(50_000 * USD)
    assert stage.claim_fee(AGENT, both) == 500 * USD
    assert stage.state().fee_claimable == [500 * USD, 0]
    assert stage.claim_fee(OM, both) == 500 * USD


def test_an_unpaid_fee_is_owed_or_forgotten_as_its_terms_say(whole: Stage) -> None:
    whole.settle(100 * USD)  # all to the operator, whose 500 come first
    state = whole.state()
    assert (state.fee_claimable, state.fee_arrears) == ([100 * USD, 0], [400 * USD, 0])
    whole.settle(50_000 * USD)
    state = whole.state()
    assert (state.fee_claimable, state.fee_arrears) == ([1_000 * USD, 500 * USD], [0, 0])


@pytest.mark.parametrize("fee", [2**63 - 2, 2**63 - 1, 2**63, 2**63 + 1, 2**64 - 1, 2**64, 2**70])
def test_a_fee_of_any_size_is_kept_and_paid(system: System, fee: int) -> None:
    whole = put_on(system, replace(deals.WHOLE, narrow=False))
    agent = whole.cast.agent
    whole.settle(100 * fee)
    assert whole.state().fee_claimable == [500 * USD, fee]
    whole.settle(100)
    assert whole.state().fee_claimable == [500 * USD + 100, fee]
    whole.settle(100_000 * USD)
    whole.assert_sound()
    assert whole.claim_fee(AGENT, agent) == fee + 1_000 * USD
    whole.settle(100_000 * USD)
    assert whole.claim_fee(AGENT, agent) == 1_000 * USD
    whole.assert_sound()


def test_pots_of_eighteen_decimals_are_those_of_six(system: System) -> None:
    lives = []
    for decimals in (6, 18):
        stage = put_on(system, deals.with_decimals(deals.WHOLE_FILE, decimals))
        states = []
        for dollars in (31_000, 1, 33_200, 300_000, 77):
            stage.settle(dollars * 10**decimals)
            for fee, payee in enumerate((stage.cast.operator, stage.cast.agent)):
                if dollars > 1 and stage.state().fee_claimable[fee]:
                    stage.claim_fee(fee, payee)
            stage.assert_sound()
            states.append(stage.state())
        lives.append(states)
    for small, large in zip(*lives, strict=True):
        for name in ("balance", "credited", "reserves", "trapped", "fee_claimable", "fee_arrears"):
            assert getattr(large, name) == [amount * 10**12 for amount in getattr(small, name)], name


def test_holders_claims_leave_fees_alone(whole: Stage) -> None:
    whole.settle(200_000 * USD)
    fees = whole.state().fee_claimable
    for tranche in range(3):
        if whole.claimable(tranche, whole.cast.ann):
            whole.claim(tranche, whole.cast.ann)
    assert whole.state().fee_claimable == fees == [500 * USD, 2_000 * USD]
    assert whole.claim_fee(OM, whole.cast.operator) == 500 * USD
    assert whole.claim_fee(AGENT, whole.cast.agent) == 2_000 * USD
    assert whole.claimable(SENIOR, whole.cast.ann) == 0
