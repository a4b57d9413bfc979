"""
shares that move without their holder
├── given terms without such a right, nobody should announce or move anything
├── given a recovery
│   ├── when it was announced, signed and not cancelled, shares and their cash should move to the unit, and fees follow
│   ├── when its delay is not over, or another asks, or not all would move, it should be refused
│   ├── when the account acts (transfer, claim, objection, by signature, of a contract, of a payee), it should be over
│   ├── when somebody else moves nothing from the account, it should not be
│   ├── when anything signed differs, or it is announced again, it should be refused
│   └── while it is announced, nobody should claim for the account
├── given a forced move
│   ├── when exactly it was announced and its delay is over, shares should move, and no cash
│   └── when anything differs, or the policy does not let the receiver hold, it should be refused
└── given a policy that refuses, lies or burns gas, a recovery should take place all the same
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from eth_account import Account

from penstock.evm.chain import Contract
from penstock.evm.codec import Address
from penstock.evm.errors import ChainRevert
from penstock.model.calendar import SECONDS_PER_DAY
from penstock.model.errors import ModelError
from penstock.model.moves import Moves
from penstock.model.shares import ShareLedger
from penstock.model.terms import DealTerms, ForcedMoves, Recovery
from penstock.onchain.launch import System
from penstock.onchain.moves import objection_hash, recovery_hash
from tests.contracts import deals
from tests.contracts.hostile import YES, Response, respond
from tests.contracts.stage import NOBODY, USD, Stage, cast_of, put_on

Mock = Callable[..., Contract]
DOCUMENT = b"\x0d" * 32
DAYS, FORCED_DAYS = 14, 30
RIGHTS = {"recovery": Recovery("registrar", "kyc", DAYS), "forced": ForcedMoves("trustee", FORCED_DAYS)}
PLAIN: DealTerms = replace(deals.PLAIN, **RIGHTS)
WHOLE: DealTerms = replace(deals.WHOLE, **RIGHTS)


@dataclass
class Deal:
    """A deal with both rights. The sponsor announces, the agent signs, the payer is the trustee."""

    stage: Stage

    @property
    def contract(self) -> Contract:
        return self.stage.deal

    def sign(
        self, account: Address, to: Address, number: int = 1, document: bytes = DOCUMENT, by: str = "agent"
    ) -> bytes:
        chain, signer = self.stage.system.chain, getattr(self.stage.cast, by)
        digest = recovery_hash(chain.chain_id, self.contract.address, account, to, document, number)
        return bytes(Account.unsafe_sign_hash(digest, chain.key(signer)).signature)

    def announce(self, account: Address, to: Address, number: int = 1) -> None:
        signature = self.sign(account, to, number)
        self.contract.send("announceRecovery", account, to, DOCUMENT, signature, sender=self.stage.cast.sponsor)

    def wait(self, days: int = DAYS) -> None:
        chain = self.stage.system.chain
        chain.set_time(chain.now() + days * SECONDS_PER_DAY)

    def move(self, tranche: int, account: Address, to: Address, amount: int, by: Address | None = None) -> Any:
        share = self.stage.share(tranche)
        return share.send("forcedTransfer", account, to, amount, sender=by or self.stage.cast.sponsor)

    def pending(self, account: Address) -> bool:
        return bool(self.contract.call("recoveryOf", account).to != NOBODY)


def a_deal(system: System, terms: DealTerms = PLAIN, policy: Contract | None = None) -> Deal:
    cast = cast_of(system)
    payees = {"operator": cast.operator, "agent": cast.agent}
    payees |= {"registrar": cast.sponsor, "kyc": cast.agent, "trustee": cast.payer}
    return Deal(put_on(system, terms, policy=policy, payees=payees))


@pytest.fixture
def deal(system: System) -> Deal:
    """Ann holds everything; 28,000 were paid down the ladder."""
    made = a_deal(system)
    made.stage.share().send("transfer", made.stage.cast.bob, 25_000 * USD, sender=made.stage.cast.ann)
    made.stage.settle(28_000 * USD)
    return made


def test_a_deal_without_the_right_moves_nothing(system: System) -> None:
    stage = put_on(system, deals.PLAIN)
    cast = stage.cast
    with stage.refused("Deal_MovesNotAllowed"):
        stage.deal.send("announceRecovery", cast.ann, cast.bob, DOCUMENT, b"", sender=cast.sponsor)
    with stage.refused("Deal_MovesNotAllowed"):
        stage.deal.send("announceMove", 0, cast.ann, cast.bob, 1, DOCUMENT, sender=cast.sponsor)
    with stage.refused("Deal_MovesNotAllowed"):
        stage.deal.send("cancelMove", 0, cast.ann, cast.bob, 1, sender=cast.sponsor)
    with stage.refused("Deal_MovesNotAllowed"):
        stage.share().send("forcedTransfer", cast.ann, cast.bob, 1, sender=cast.sponsor)


def test_inv_47_a_recovery_moves_shares_and_cash_to_the_unit(deal: Deal) -> None:
    stage, cast = deal.stage, deal.stage.cast
    before = [stage.deal.call("holderOf", tranche, cast.ann) for tranche in (0, 1)]
    earned = [stage.claimable(tranche, cast.ann) for tranche in (0, 1)]
    stage.share().send("transfer", cast.cho, 7, sender=cast.bob)  # the receiver has shares of its own
    had = stage.deal.call("holderOf", 0, cast.cho)
    stage.settle(20_000 * USD + 1)
    earned = [stage.claimable(tranche, cast.ann) for tranche in (0, 1)]
    own = stage.claimable(0, cast.cho)
    deal.announce(cast.ann, cast.cho)
    deal.wait()
    receipt = deal.move(0, cast.ann, cast.cho, 75_000 * USD)
    names = [event.name for event in receipt.events(stage.deal.abi)]
    assert "Recovered" in names
    deal.move(1, cast.ann, cast.cho, 50_000 * USD, by=cast.cho)
    after = stage.deal.call("holderOf", 0, cast.cho)
    assert after == (before[0].shares + had.shares, before[0].debt + had.debt)
    assert stage.deal.call("holderOf", 1, cast.cho) == before[1]
    for tranche in (0, 1):
        assert stage.deal.call("holderOf", tranche, cast.ann) == (0, 0)
    assert stage.claimable(1, cast.cho) == earned[1]
    assert stage.claimable(0, cast.cho) - earned[0] - own in (0, 1)  # two parts of a unit that wait, together
    deal.stage.assert_sound()


def test_cash_of_an_account_that_sold_all_is_recovered(deal: Deal) -> None:
    stage, cast = deal.stage, deal.stage.cast
    stage.share().send("transfer", cast.bob, 75_000 * USD, sender=cast.ann)
    earned = stage.claimable(0, cast.ann)
    assert earned == 21_000 * USD
    deal.announce(cast.ann, cast.cho)
    deal.wait()
    deal.move(0, cast.ann, cast.cho, 0)
    assert stage.claim(0, cast.cho) == earned
    assert stage.claimable(0, cast.ann) == 0


def test_a_recovery_waits_for_its_delay_and_its_people(deal: Deal) -> None:
    stage, cast = deal.stage, deal.stage.cast
    with stage.refused("Deal_NotAnnouncer", {"caller": cast.bob, "announcer": cast.sponsor}):
        stage.deal.send(
            "announceRecovery", cast.ann, cast.cho, DOCUMENT, deal.sign(cast.ann, cast.cho), sender=cast.bob
        )
    deal.announce(cast.ann, cast.cho)
    at = stage.deal.call("recoveryOf", cast.ann)
    assert (at.to, at.number) == (cast.cho, 1)
    assert at.executableAt == stage.system.chain.now() + DAYS * SECONDS_PER_DAY
    stage.system.chain.set_time(at.executableAt - 1)
    with stage.refused("Deal_MoveTooEarly", {"executableAt": at.executableAt, "time": at.executableAt - 1}):
        deal.move(0, cast.ann, cast.cho, 75_000 * USD)
    stage.system.chain.set_time(at.executableAt)
    for outsider in (cast.bob, cast.payer, cast.ann):
        with stage.refused("Deal_NotAnnouncer", {"caller": outsider, "announcer": cast.sponsor}):
            deal.move(0, cast.ann, cast.cho, 75_000 * USD, by=outsider)
    with stage.refused("Deal_NotTheWholeHolding", {"amount": 5, "shares": 75_000 * USD}):
        deal.move(0, cast.ann, cast.cho, 5)
    with stage.refused("Deal_NotAnnouncer", {"caller": cast.sponsor, "announcer": cast.payer}):
        deal.move(0, cast.ann, cast.bob, 75_000 * USD)  # to another: a forced move, which is the trustee's
    with stage.refused("Deal_NotShare", {"caller": cast.sponsor}):
        stage.deal.send("forceMove", 0, cast.sponsor, cast.ann, cast.cho, 75_000 * USD, sender=cast.sponsor)
    deal.move(0, cast.ann, cast.cho, 75_000 * USD)


ACTS: dict[str, Callable[[Deal], Any]] = {
    "transfers": lambda d: d.stage.share().send("transfer", d.stage.cast.bob, 1, sender=d.stage.cast.ann),
    "lets transfer": lambda d: d.stage.share().send(
        "transferFrom", d.stage.cast.ann, d.stage.cast.bob, 1, sender=d.stage.cast.stranger
    ),
    "claims": lambda d: d.stage.deal.send("claim", 0, sender=d.stage.cast.ann),
    "objects": lambda d: d.stage.deal.send("cancelRecovery", d.stage.cast.ann, sender=d.stage.cast.ann),
    "speaks of claims": lambda d: d.stage.deal.send("setClaimFor", True, sender=d.stage.cast.ann),
}


@pytest.mark.parametrize("act", ACTS)
def test_inv_48_any_act_of_the_account_cancels_its_recovery(deal: Deal, act: str) -> None:
    stage, cast = deal.stage, deal.stage.cast
    stage.share().send("approve", cast.stranger, 2, sender=cast.ann)
    deal.announce(cast.ann, cast.cho)
    deal.wait()
    with stage.system.chain.undone():
        deal.move(1, cast.ann, cast.cho, 50_000 * USD)
    receipt = ACTS[act](deal)
    events = [event for event in receipt.events(stage.deal.abi) if event.name == "RecoveryCancelled"]
    assert [(event["from"], event["number"]) for event in events] == [(cast.ann, 1)]
    held = stage.deal.call("holderOf", 0, cast.ann).shares
    with stage.refused("Deal_NotAnnouncer", {"caller": cast.sponsor, "announcer": cast.payer}):
        deal.move(0, cast.ann, cast.cho, held)
    with stage.refused("Deal_MoveNotAnnounced", {"from": cast.ann, "to": NOBODY}):
        stage.deal.send("cancelRecovery", cast.ann, sender=cast.ann)


def test_an_objection_by_signature_cancels(deal: Deal, mock: Mock) -> None:
    stage, cast, chain = deal.stage, deal.stage.cast, deal.stage.system.chain
    deal.announce(cast.ann, cast.cho)

    def signature(number: int, by: Address) -> bytes:
        digest = objection_hash(chain.chain_id, stage.deal.address, cast.ann, number)
        return bytes(Account.unsafe_sign_hash(digest, chain.key(by)).signature)

    for wrong in (signature(2, cast.ann), signature(1, cast.bob), b""):
        with stage.refused("Deal_InvalidSignature", {"signer": cast.ann}):
            stage.deal.send("cancelRecoveryBySig", cast.ann, wrong, sender=cast.stranger)
    stage.deal.send("cancelRecoveryBySig", cast.ann, signature(1, cast.ann), sender=cast.stranger)
    assert not deal.pending(cast.ann)
    wallet = mock("ScriptedResponder")  # a contract that accepts signatures, ERC-1271
    deal.announce(wallet.address, cast.cho)
    respond(wallet, Response.ANSWERS, YES)
    with stage.refused("Deal_InvalidSignature", {"signer": wallet.address}):
        stage.deal.send("cancelRecoveryBySig", wallet.address, b"any", sender=cast.stranger)
    respond(wallet, Response.ANSWERS, bytes.fromhex("1626ba7e") + bytes(28))
    stage.deal.send("cancelRecoveryBySig", wallet.address, b"any", sender=cast.stranger)
    assert not deal.pending(wallet.address)


def test_what_others_do_cancels_nothing(deal: Deal) -> None:
    stage, cast = deal.stage, deal.stage.cast
    deal.announce(cast.ann, cast.cho)
    stage.share().send("transferFrom", cast.ann, cast.bob, 0, sender=cast.stranger)  # anybody may move nothing
    stage.share().send("transfer", cast.ann, 5, sender=cast.bob)
    stage.settle(1_000 * USD)
    with stage.refused("Deal_ClaimForRefused", {"holder": cast.ann}):
        stage.deal.send("claimFor", 0, cast.ann, sender=cast.stranger)
    assert stage.deal.call("acceptsClaimFor", cast.ann) is False
    with stage.refused("Deal_NotAnnouncer", {"caller": cast.bob, "announcer": cast.sponsor}):
        stage.deal.send("cancelRecovery", cast.ann, sender=cast.bob)
    assert deal.pending(cast.ann)
    stage.deal.send("cancelRecovery", cast.ann, sender=cast.sponsor)
    assert not deal.pending(cast.ann)
    stage.deal.send("claimFor", 0, cast.ann, sender=cast.stranger)


@pytest.mark.parametrize("what", ["account", "to", "document", "number", "signer", "nothing"])
def test_a_recovery_that_nobody_signed_is_refused(deal: Deal, what: str) -> None:
    stage, cast = deal.stage, deal.stage.cast
    given: dict[str, Any] = {"account": cast.ann, "to": cast.cho}
    changes: dict[str, dict[str, Any]] = {
        "account": {"account": cast.bob},
        "to": {"to": cast.bob},
        "document": {"document": bytes(32)},
        "number": {"number": 2},
        "signer": {"by": "sponsor"},
        "nothing": {},
    }
    signature = b"" if what == "nothing" else deal.sign(**given | changes[what])
    with stage.refused("Deal_InvalidSignature", {"signer": cast.agent}):
        stage.deal.send("announceRecovery", cast.ann, cast.cho, DOCUMENT, signature, sender=cast.sponsor)


def test_a_signature_serves_once(deal: Deal) -> None:
    stage, cast = deal.stage, deal.stage.cast
    deal.announce(cast.ann, cast.cho)
    with stage.refused("Deal_MoveAnnouncedAlready", {"from": cast.ann, "to": cast.cho}):
        deal.announce(cast.ann, cast.cho, number=2)
    stage.deal.send("cancelRecovery", cast.ann, sender=cast.ann)
    with stage.refused("Deal_InvalidSignature", {"signer": cast.agent}):
        deal.announce(cast.ann, cast.cho)
    deal.announce(cast.ann, cast.cho, number=2)
    for to in (NOBODY, cast.bob, stage.deal.address):
        with stage.refused("Deal_InvalidRecovery", {"from": cast.bob, "to": to}):
            deal.announce(cast.bob, to)


def test_the_fees_of_a_lost_payee_follow(system: System) -> None:
    deal = a_deal(system, WHOLE)
    stage, cast = deal.stage, deal.stage.cast
    stage.settle(60_000 * USD)
    assert stage.deal.call("payeeOf", 0) == cast.operator
    deal.announce(cast.operator, cast.cho)
    with pytest.raises(ChainRevert):
        stage.deal.send("recoverFees", cast.operator, sender=cast.cho)
    deal.wait()
    with stage.refused("Deal_NotAnnouncer", {"caller": cast.bob, "announcer": cast.sponsor}):
        stage.deal.send("recoverFees", cast.operator, sender=cast.bob)
    with stage.system.chain.undone():
        stage.claim_fee(0, cast.operator)  # which is an act
        assert not deal.pending(cast.operator)
    due = stage.state().fee_claimable[0]
    assert due
    receipt = stage.deal.send("recoverFees", cast.operator, sender=cast.cho)
    assert "PayeeRecovered" in [event.name for event in receipt.events(stage.deal.abi)]
    assert stage.deal.call("payeeOf", 0) == cast.cho
    with stage.refused("Deal_NotPayee", {"caller": cast.operator, "payee": cast.cho}):
        stage.deal.send("claimFee", 0, sender=cast.operator)
    assert stage.claim_fee(0, cast.cho) == due


def test_inv_48_a_forced_move_is_exactly_the_announced_one_and_takes_no_cash(deal: Deal) -> None:
    stage, cast = deal.stage, deal.stage.cast
    move = (0, cast.ann, cast.cho, 10_000 * USD)
    with stage.refused("Deal_NotAnnouncer", {"caller": cast.sponsor, "announcer": cast.payer}):
        stage.deal.send("announceMove", *move, DOCUMENT, sender=cast.sponsor)
    stage.deal.send("announceMove", *move, DOCUMENT, sender=cast.payer)
    with stage.refused("Deal_MoveAnnouncedAlready", {"from": cast.ann, "to": cast.cho}):
        stage.deal.send("announceMove", *move, DOCUMENT, sender=cast.payer)
    at = stage.deal.call("moveExecutableAt", *move)
    stage.system.chain.set_time(at - 1)
    with stage.refused("Deal_MoveTooEarly", {"executableAt": at, "time": at - 1}):
        deal.move(*move, by=cast.payer)
    stage.system.chain.set_time(at)
    for other in ((0, cast.ann, cast.cho, 10_000 * USD + 1), (0, cast.ann, cast.bob, 10_000 * USD), (1, *move[1:])):
        with stage.refused("Deal_MoveNotAnnounced", {"from": cast.ann, "to": other[2]}):
            deal.move(*other, by=cast.payer)
    with stage.refused("Deal_NotAnnouncer", {"caller": cast.sponsor, "announcer": cast.payer}):
        deal.move(*move)
    earned = stage.claimable(0, cast.ann)
    receipt = deal.move(*move, by=cast.payer)
    assert [event.name for event in receipt.events(stage.share().abi)] == ["Transfer", "ForcedTransfer"]
    assert (stage.claimable(0, cast.ann), stage.claimable(0, cast.cho)) == (earned, 0)
    assert stage.share().call("balanceOf", cast.cho) == 10_000 * USD
    with stage.refused("Deal_MoveNotAnnounced", {"from": cast.ann, "to": cast.cho}):
        deal.move(*move, by=cast.payer)
    stage.deal.send("announceMove", *move, DOCUMENT, sender=cast.payer)
    stage.deal.send("cancelMove", *move, sender=cast.payer)
    with stage.refused("Deal_MoveNotAnnounced", {"from": cast.ann, "to": cast.cho}):
        stage.deal.send("cancelMove", *move, sender=cast.payer)


def test_no_policy_forces_a_move_nor_stops_a_recovery(system: System, mock: Mock) -> None:
    policy = mock("ScriptedResponder")
    respond(policy, Response.ANSWERS, YES)
    deal = a_deal(system, policy=policy)
    stage, cast = deal.stage, deal.stage.cast
    deal.announce(cast.ann, cast.cho)
    stage.deal.send("announceMove", 1, cast.ann, cast.bob, 5, DOCUMENT, sender=cast.payer)
    deal.wait(FORCED_DAYS)
    for response, answer in ((Response.REVERTS, b""), (Response.BURNS, b""), (Response.ANSWERS, bytes(32))):
        respond(policy, response, answer)
        with stage.refused("ERC7943CannotReceive", {"account": cast.bob}):
            deal.move(1, cast.ann, cast.bob, 5, by=cast.payer)
        with stage.system.chain.undone():
            deal.move(0, cast.ann, cast.cho, 100_000 * USD)
    respond(policy, Response.ANSWERS, YES)
    deal.move(1, cast.ann, cast.bob, 5, by=cast.payer)
    assert deal.pending(cast.ann)  # not an act of hers


@pytest.mark.parametrize("seed", [3, pytest.param(4, marks=pytest.mark.slow), pytest.param(5, marks=pytest.mark.slow)])
def test_drawn_runs_agree_with_the_model(system: System, seed: int) -> None:
    deal = a_deal(system)
    stage, draw = deal.stage, random.Random(seed)
    cast, chain = stage.cast, stage.system.chain
    people = [cast.ann, cast.bob, cast.cho, cast.stranger]
    ledger, moves = ShareLedger(100_000 * USD), Moves()
    ledger.allot(cast.ann, 100_000 * USD)
    for _ in range(150):
        who, other = draw.sample(people, 2)
        held, kind, number = ledger.shares(who), draw.random(), moves.of(who).number + 1
        try:
            if kind < 0.25:
                amount = draw.randint(0, held)
                stage.share().send("transfer", other, amount, sender=who)
                ledger.transfer(who, other, amount)
                if amount:
                    moves.act(who)
            elif kind < 0.35:
                stage.settle(draw.randint(1, 5_000 * USD))
                ledger.credit(stage.state().credited[0] - ledger.credited)
            elif kind < 0.45 and ledger.claimable_down(who):
                assert stage.claim(0, who) == ledger.claim(who)
                moves.act(who)
            elif kind < 0.65 and moves.of(who).to is None:
                deal.announce(who, other, number)
                moves.announce_recovery(PLAIN, who, other, chain.now())
            elif kind < 0.8:
                deal.wait(draw.choice((1, 7, 14)))
            else:
                to = moves.of(who).to or other
                moves.require_recovery(who, to, chain.now())
                deal.move(0, who, to, held)
                ledger.recover(who, to)
        except ModelError as refused:
            with pytest.raises(ChainRevert):
                deal.move(0, who, moves.of(who).to or other, held)
            assert refused
        for each in people:
            holding = ledger.holdings.get(each)
            assert stage.deal.call("holderOf", 0, each) == ((holding.shares, holding.debt) if holding else (0, 0))
            assert deal.pending(each) is (moves.of(each).to is not None)
    assert ledger.carry < len(people)
