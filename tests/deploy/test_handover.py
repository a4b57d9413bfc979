"""
Handing the roles of a deal to a multisig, and replacing its parts.

given a deployer with roles
    it should offer each, the multisig accept each, and the deployer end with nothing
    a run stopped between two steps should be completed by the next
    an allowance that is left should be taken back; with a sweep, shares and stablecoin passed on
given who still holds something
    each thing should be named
given a part with a successor
    the plan should schedule it, the roles should show it with its time, and cancelling should take it back
    after the delay the successor should decide, and its holder be the registrar
given what cannot stand
    it should be refused in one line, and nothing sent
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from penstock.deploy import execute
from penstock.deploy.admin import AdminPlan, AdminRefused
from penstock.deploy.journal import JournalRefused
from penstock.deploy.replace import plan_replacement
from penstock.evm.artifacts import compile_contracts
from penstock.evm.fees import TooLittle
from penstock.onchain.roles import Replacement, roles_of
from penstock.onchain.terms_encode import NO_ADDRESS
from tests.deploy.conftest import Stage
from tests.deploy.roles import DELAY, Deal, made
from tests.deploy.stopping import Stopped
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR

pytestmark = pytest.mark.sampled


def stop_after_send(patched: pytest.MonkeyPatch, number: int) -> None:
    """Ends a run after its number-th send."""
    push, count = execute.push, 0

    def counted(*args: Any) -> Any:
        nonlocal count
        count += 1
        made = push(*args)
        if count == number:
            raise Stopped
        return made

    patched.setattr(execute, "push", counted)


@pytest.fixture
def deal(launched_stage: Callable[..., Stage]) -> Deal:
    return Deal(launched_stage(reports=None))


@pytest.fixture
def delayed(launched_stage: Callable[..., Stage]) -> Deal:
    return Deal(launched_stage(reports=None, delay=DELAY))


@pytest.mark.parametrize("more", [{}, {"delay": DELAY}], ids=["plain", "replaceable"])
def test_the_deployer_ends_with_nothing(launched_stage: Callable[..., Stage], more: dict[str, Any]) -> None:
    deal = Deal(launched_stage(reports=None, **more))
    count = 4 if more else 2
    registry = next(role.contract for role in roles_of(deal.deployment) if role.name == "registrar")
    deal.chain.send(registry, compile_contracts()["HolderRegistry"].abi, "allow", [HOLDER], sender=SPONSOR)
    plan = deal.handover(deal.wallet.address)
    assert [step.id.partition(":")[0] for step in plan.steps] == ["offer"] * count + ["accept"] * count
    deal.carry_out(plan)
    assert set(deal.holders().values()) == {SPONSOR}
    assert {role.pending for role in roles_of(deal.deployment)} == {deal.wallet.address}
    assert deal.left()[:count] == [f"{r.name}: owner of {r.contract}" for r in roles_of(deal.deployment)]
    again = deal.handover(deal.wallet.address)
    assert again.senders == [deal.wallet.address] and len(again.to_do) == count
    deal.act(again)
    assert set(deal.holders().values()) == {deal.wallet.address}
    assert {role.pending for role in roles_of(deal.deployment)} == {None}
    assert deal.handover(deal.wallet.address).to_do == ()
    assert deal.left()[:2] == ["1,000 shares of senior", "500 shares of equity"]
    deal.empty()
    assert deal.left() == []


def test_what_is_left_is_named(deal: Deal) -> None:
    asset, factory = deal.deployment.asset, deal.manifest.factory
    asset.send("mint", SPONSOR, 1_500_000, sender=SPONSOR)
    asset.send("approve", factory, 7_000_000, sender=SPONSOR)
    roles = roles_of(deal.deployment)
    deal.chain.send(
        roles[0].contract, compile_contracts()["HolderRegistry"].abi, "transferOwnership", OPERATOR, sender=SPONSOR
    )
    assert deal.left()[:-1] == [
        f"registrar: owner of {roles[0].contract}",
        f"reporter: owner of {roles[1].contract}",
        "lets the factory take 7 USDC",
        "1.50 USDC",
        "1,000 shares of senior",
        "500 shares of equity",
    ]
    assert deal.left()[-1].endswith("of the native coin")
    assert deal.left(OPERATOR)[:2] == [f"may accept registrar of {roles[0].contract}", "payee operator"]


def test_an_allowance_that_is_left_is_taken_back(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> None:
    asset, factory = deal.deployment.asset, deal.manifest.factory
    asset.send("approve", factory, 7_000_000, sender=SPONSOR)
    plan = deal.handover(deal.wallet.address)
    assert plan.steps[0].intent == "revoke the factory's allowance"
    with monkeypatch.context() as patched:
        stop_after_send(patched, 1)
        with pytest.raises(Stopped):
            deal.carry_out(plan)
    assert asset.call("allowance", SPONSOR, factory) == 0
    deal.carry_out(deal.handover(deal.wallet.address))
    assert {role.pending for role in roles_of(deal.deployment)} == {deal.wallet.address}


def test_a_sweep_leaves_the_deployer_with_nothing(deal: Deal) -> None:
    wallet = deal.wallet.address
    deal.deployment.asset.send("mint", SPONSOR, 1_500_000, sender=SPONSOR)
    plan = deal.handover(wallet, sweep=True)
    assert [step.id.partition(":")[0] for step in plan.of(SPONSOR)] == ["allow", *["sweep"] * 3, "offer", "offer"]
    deal.carry_out(plan)
    deal.act(deal.handover(wallet, sweep=True))
    deal.chain.ask("anvil_setBalance", SPONSOR, hex(10**16))
    assert deal.left() == []
    assert deal.left(wallet)[2:] == ["1.50 USDC", "1,000 shares of senior", "500 shares of equity"]


def test_a_sweep_past_a_foreign_registrar_is_refused(deal: Deal) -> None:
    registry = roles_of(deal.deployment)[0].contract
    abi = compile_contracts()["HolderRegistry"].abi
    deal.chain.send(registry, abi, "transferOwnership", OTHER, sender=SPONSOR)
    deal.chain.send(registry, abi, "acceptOwnership", sender=OTHER)
    block = deal.chain.block()
    with pytest.raises(AdminRefused, match=f"does not let {HOLDER} hold: its registrar must, first"):
        deal.handover(HOLDER, sweep=True)
    assert deal.chain.block() == block


@pytest.mark.parametrize("number", [1, 2])
def test_a_handover_that_was_stopped_is_completed(deal: Deal, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    with monkeypatch.context() as patched:
        stop_after_send(patched, number)
        with pytest.raises(Stopped):
            deal.carry_out(deal.handover(deal.wallet.address))
    if number == 1:  # after the second nothing is left of it
        with pytest.raises(JournalRefused, match="another plan was interrupted: hand the roles of Small to"):
            deal.carry_out(deal.handover(OTHER))
    before = int(deal.chain.ask("eth_getTransactionCount", SPONSOR, "latest"), 16)
    deal.carry_out(deal.handover(deal.wallet.address))
    after = int(deal.chain.ask("eth_getTransactionCount", SPONSOR, "latest"), 16)
    assert after - before == 2 - number
    assert {role.pending for role in roles_of(deal.deployment)} == {deal.wallet.address}


def test_an_offer_to_the_wrong_address_is_made_again_to_the_right_one(deal: Deal) -> None:
    deal.carry_out(deal.handover(HOLDER))
    deal.carry_out(deal.handover(OTHER))
    deal.carry_out(deal.handover(OTHER), OTHER)
    assert set(deal.holders().values()) == {OTHER}
    assert not any("owner" in each or "accept" in each for each in (*deal.left(), *deal.left(HOLDER)))
    deal.carry_out(deal.handover(SPONSOR, OTHER), OTHER)
    deal.carry_out(deal.handover(SPONSOR, OTHER), SPONSOR)
    assert set(deal.holders().values()) == {SPONSOR}


def test_a_handover_that_cannot_stand_is_refused(deal: Deal) -> None:
    block = deal.chain.block()
    for to, words in (
        (NO_ADDRESS, "the zero address can accept nothing"),
        (SPONSOR, "is the holder itself"),
        (deal.manifest.deal, "is the deal's own deal"),
        (str(deal.manifest.policy), "is the deal's own policy"),
    ):
        with pytest.raises(AdminRefused, match=words) as caught:
            deal.handover(to)
        assert "\n" not in str(caught.value)
    with pytest.raises(AdminRefused, match=f"{OTHER} holds no role of this deal; registrar: {SPONSOR}"):
        deal.handover(deal.wallet.address, OTHER)
    deal.chain.ask("anvil_setBalance", SPONSOR, "0x1")
    with pytest.raises(TooLittle, match=f"{SPONSOR} holds 0.000000 of the native coin"):
        deal.carry_out(deal.handover(deal.wallet.address))
    assert deal.chain.block() == block


@pytest.mark.parametrize(("part", "name"), [("policy", "HolderRegistry"), ("reports", "SingleReporter")])
def test_a_successor_is_seen_with_its_time_and_then_decides(delayed: Deal, part: str, name: str) -> None:
    successor = made(delayed, name, OTHER)
    place = 0 if part == "policy" else 2
    role = roles_of(delayed.deployment)[place]
    first = role.replacement
    assert first and first == Replacement(first.current, None, 0, DELAY)
    plan = plan_replacement(delayed.chain, "anvil", delayed.deployment, part, successor.address)
    assert plan.notes[0] == (
        "it takes effect 3 days after the transaction's block, by itself; until then it can be cancelled"
    )
    delayed.carry_out(plan)
    at = delayed.chain.now() + DELAY
    seen = roles_of(delayed.deployment)
    assert seen[place].replacement == Replacement(first.current, successor.address, at, DELAY)
    assert (seen[place + 2].name, seen[place + 2].holder) == (
        "next registrar" if part == "policy" else "next reporter",
        OTHER,
    )
    again = plan_replacement(delayed.chain, "anvil", delayed.deployment, part, successor.address)
    assert again.to_do == () and again.notes[0].startswith("it is scheduled, and takes effect on 20")
    delayed.chain.set_time(at)
    seen = roles_of(delayed.deployment)
    assert seen[place].replacement == Replacement(successor.address, None, 0, DELAY)
    assert (seen[place + 1].contract, seen[place + 1].holder) == (successor.address, OTHER)


def test_what_is_scheduled_is_cancelled(delayed: Deal) -> None:
    successor = made(delayed, "HolderRegistry", OTHER)
    plan: Callable[[str | None], AdminPlan] = lambda to: plan_replacement(  # noqa: E731
        delayed.chain, "anvil", delayed.deployment, "policy", to
    )
    before = roles_of(delayed.deployment)
    delayed.carry_out(plan(successor.address))
    with pytest.raises(AdminRefused, match=f"{successor.address} is scheduled for 20.*--cancel policy first"):
        plan(made(delayed, "HolderRegistry", OTHER).address)
    delayed.carry_out(plan(None))
    assert roles_of(delayed.deployment) == before
    with pytest.raises(AdminRefused, match="no replacement of the policy is pending"):
        plan(None)


def test_a_replacement_whose_run_was_killed_at_its_end_can_be_cancelled(
    delayed: Deal, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan: Callable[[str | None], AdminPlan] = lambda to: plan_replacement(  # noqa: E731
        delayed.chain, "anvil", delayed.deployment, "policy", to
    )
    before = roles_of(delayed.deployment)
    for again in range(2):
        successor = made(delayed, "HolderRegistry", OTHER)
        with monkeypatch.context() as patched:
            stop_after_send(patched, 1)
            with pytest.raises(Stopped):
                delayed.carry_out(plan(successor.address))
        behind = roles_of(delayed.deployment)[0].replacement
        assert behind and behind.pending == successor.address
        delayed.carry_out(plan(None))
        assert roles_of(delayed.deployment) == before, again


def test_a_replacement_that_is_scheduled_taken_back_and_scheduled_again_is_sent_again(
    delayed: Deal, monkeypatch: pytest.MonkeyPatch
) -> None:
    successor = made(delayed, "HolderRegistry", OTHER).address
    with monkeypatch.context() as patched:
        stop_after_send(patched, 1)
        with pytest.raises(Stopped):
            delayed.carry_out(plan_replacement(delayed.chain, "anvil", delayed.deployment, "policy", successor))
    policy = str(delayed.manifest.policy)
    delayed.chain.send(policy, compile_contracts()["DelayedPolicy"].abi, "cancel", sender=SPONSOR)  # from a wallet
    delayed.carry_out(plan_replacement(delayed.chain, "anvil", delayed.deployment, "policy", successor))
    behind = roles_of(delayed.deployment)[0].replacement
    assert behind and behind.pending == successor


def test_a_replacement_that_cannot_stand_is_refused(delayed: Deal) -> None:
    current = roles_of(delayed.deployment)[1].contract
    token = delayed.manifest.asset
    for part, successor, words in (
        ("policy", current, "is the policy in effect already"),
        ("policy", HOLDER, f"no contract at {HOLDER}"),
        ("policy", token, "is not a policy: it does not answer canReceive"),
        ("policy", delayed.manifest.shares["senior"], "is not a policy: it does not answer canReceive"),
        ("reports", token, "is not a report source: it does not answer reportOf"),
        ("policy", str(delayed.manifest.policy), "is the fixed address itself"),
    ):
        with pytest.raises(AdminRefused, match=words) as caught:
            plan_replacement(delayed.chain, "anvil", delayed.deployment, part, successor)
        assert "\n" not in str(caught.value)


def test_a_part_that_stands_for_itself_cannot_be_replaced(deal: Deal) -> None:
    with pytest.raises(AdminRefused, match=r"the policy of this deal cannot be replaced.*deployed with --delay"):
        plan_replacement(deal.chain, "anvil", deal.deployment, "policy", HOLDER)


def test_what_a_transfer_costs_behind_a_delay(launched_stage: Callable[..., Stage]) -> None:
    """On a node, with its accesses counted as a public chain counts them; docs/decisions/0009 tells the figures."""
    spent = {}
    for name, more in (("plain", {}), ("delayed", {"delay": DELAY})):
        deal = Deal(launched_stage(reports=None, **more))
        registry = next(role.contract for role in roles_of(deal.deployment) if role.name == "registrar")
        deal.chain.send(registry, compile_contracts()["HolderRegistry"].abi, "allow", [HOLDER], sender=SPONSOR)
        share = deal.deployment.shares[0]
        share.send("transfer", HOLDER, 1, sender=SPONSOR)
        spent[name] = share.send("transfer", HOLDER, 1, sender=SPONSOR).gas_used
    print(f"transfer: {spent}")
    assert 4_700 < spent["delayed"] - spent["plain"] < 6_500
