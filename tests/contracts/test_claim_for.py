"""
claimFor, setClaimFor
├── given an account without code, when anybody claims for it, it should get its part and the caller nothing
├── given a claim for a holder, what is left should be what its own claim would have left
├── given an account said that others may not, they should be refused, and its own claim be paid
│   └── when it says that they may again, they should
├── given a contract
│   ├── when it said nothing, a claim for it should be refused, and its own be paid
│   └── when it said that others may, they should
├── given an account that has delegated itself to a contract, it should be claimed for as one without code
├── given an account that said no and becomes a contract, or one that said yes, what it said should count
├── given an address whose contract comes later, it should be claimed for until the contract is there
├── given nothing to claim, or no such tranche, it should be refused as a claim is
├── given a claim that is being paid, a claim for another should meet its lock
└── given the switch, it should be the caller's own, logged, and kept apart for every deal
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.codec import canonical, checksum
from penstock.evm.rpc import Rpc
from penstock.model.shares import Allotment
from penstock.onchain.launch import System, deploy_system
from penstock.onchain.state import mapping_slot
from tests.contracts import deals
from tests.contracts.hostile import Mock, act, call_of
from tests.contracts.stage import SENIOR, USD, Stage, put_on

CASH = 1_000 * USD


def claim_for(stage: Stage, holder: str, tranche: int = SENIOR, sender: str | None = None) -> int:
    before = stage.cash(holder)
    stage.deal.send("claimFor", tranche, holder, sender=sender or stage.cast.stranger)
    return stage.cash(holder) - before


def shares_to(stage: Stage, holder: str, part: int = 4) -> None:
    """A part of Ann's senior shares, before the first period is settled."""
    stage.share().send("transfer", holder, stage.terms.tranches[SENIOR].supply // part, sender=stage.cast.ann)


def test_inv_10_a_claim_for_a_holder_pays_the_holder_and_nobody_else(plain: Stage) -> None:
    cast = plain.cast
    shares_to(plain, cast.bob)
    plain.settle(CASH)
    before = {each: plain.cash(each) for each in plain.watched}
    receipt = plain.deal.send("claimFor", SENIOR, cast.bob, sender=cast.stranger)
    (event,) = receipt.events(plain.deal.abi)
    assert event.name == "Claimed"
    assert dict(event.values) == {"tranche": SENIOR, "holder": cast.bob, "amount": CASH // 4}
    after = {each: plain.cash(each) for each in plain.watched}
    assert after == before | {cast.bob: before[cast.bob] + CASH // 4}
    assert plain.cash() == CASH - CASH // 4
    plain.assert_sound()


@pytest.mark.parametrize("narrow", [True, False])
def test_a_claim_for_leaves_what_a_claim_leaves(system: System, narrow: bool) -> None:
    stage = put_on(system, replace(deals.PLAIN, narrow=narrow))
    stage.share().send("transfer", stage.cast.bob, 33_333_333_333, sender=stage.cast.ann)
    stage.settle(1_000_003)
    left = []
    for sender in (stage.cast.bob, stage.cast.stranger):
        with system.chain.undone():
            if sender == stage.cast.bob:
                stage.deal.send("claim", SENIOR, sender=sender)
            else:
                stage.deal.send("claimFor", SENIOR, stage.cast.bob, sender=sender)
            left.append((stage.numbers(), stage.claimable(SENIOR, stage.cast.bob)))
    assert left[0] == left[1]


def test_an_account_switches_claims_for_it_off_and_on(plain: Stage) -> None:
    cast, deal = plain.cast, plain.deal
    plain.settle(CASH)
    assert deal.call("acceptsClaimFor", cast.ann) is True
    receipt = deal.send("setClaimFor", False, sender=cast.ann)
    (event,) = receipt.events(deal.abi)
    assert (event.name, dict(event.values)) == ("ClaimForSet", {"holder": cast.ann, "accepted": False})
    assert deal.call("acceptsClaimFor", cast.ann) is False
    for sender in (cast.stranger, cast.ann):
        with plain.refused("Deal_ClaimForRefused", {"holder": cast.ann}):
            deal.send("claimFor", SENIOR, cast.ann, sender=sender)
    assert plain.claim(SENIOR, cast.ann) == CASH
    plain.settle(CASH)
    receipt = deal.send("setClaimFor", True, sender=cast.ann)
    (event,) = receipt.events(deal.abi)
    assert (event.name, dict(event.values)) == ("ClaimForSet", {"holder": cast.ann, "accepted": True})
    assert claim_for(plain, cast.ann) == CASH


def test_a_contract_is_not_claimed_for_until_it_says_so(plain: Stage, mock: Mock) -> None:
    pool = mock("CallerContract")
    shares_to(plain, pool.address)
    plain.settle(CASH)
    assert plain.deal.call("acceptsClaimFor", pool.address) is False
    with plain.refused("Deal_ClaimForRefused", {"holder": pool.address}):
        plain.deal.send("claimFor", SENIOR, pool.address, sender=plain.cast.stranger)
    with plain.system.chain.undone():
        pool.send("act", *call_of(plain.deal, "claim", SENIOR))
        assert plain.cash(pool.address) == CASH // 4
    pool.send("act", *call_of(plain.deal, "setClaimFor", True))
    assert plain.deal.call("acceptsClaimFor", pool.address) is True
    assert claim_for(plain, pool.address) == CASH // 4
    pool.send("act", *call_of(plain.deal, "setClaimFor", False))
    assert plain.deal.call("acceptsClaimFor", pool.address) is False


@pytest.mark.parametrize("holder", ["the deal", "the share", "the asset", "the factory"])
def test_no_contract_of_ours_is_claimed_for(plain: Stage, holder: str) -> None:
    places = {
        "the deal": plain.deal.address,
        "the share": plain.share().address,
        "the asset": plain.asset.address,
        "the factory": plain.system.factory.address,
    }
    shares_to(plain, places[holder])
    plain.settle(CASH)
    with plain.refused("Deal_ClaimForRefused", {"holder": places[holder]}):
        plain.deal.send("claimFor", SENIOR, places[holder], sender=plain.cast.stranger)


def test_what_is_not_there_is_refused_as_in_a_claim(plain: Stage) -> None:
    cast = plain.cast
    with plain.refused("Deal_NothingToClaim", {"tranche": SENIOR, "holder": cast.ann}):
        plain.deal.send("claimFor", SENIOR, cast.ann, sender=cast.stranger)
    plain.settle(CASH)
    with plain.refused("Deal_NothingToClaim", {"tranche": SENIOR, "holder": cast.bob}):
        plain.deal.send("claimFor", SENIOR, cast.bob, sender=cast.stranger)
    for tranche in (2, 16, 2**255):
        with plain.refused("Deal_NoTranche", {"tranche": tranche}):
            plain.deal.send("claimFor", tranche, cast.ann, sender=cast.stranger)
    assert claim_for(plain, cast.ann) == CASH
    with plain.refused("Deal_NothingToClaim", {"tranche": SENIOR, "holder": cast.ann}):
        plain.deal.send("claimFor", SENIOR, cast.ann, sender=cast.stranger)


@pytest.mark.parametrize("narrow", [True, False])
@pytest.mark.parametrize("tranche", [SENIOR, 2])
def test_a_claim_for_another_inside_a_claim_meets_the_lock(
    system: System, mock: Mock, narrow: bool, tranche: int
) -> None:
    asset, looper = mock("ControlledUSD", 6), mock("CallerContract")
    terms = replace(deals.WHOLE, narrow=narrow)
    stage = put_on(system, terms, asset, watched=[looper.address])
    cast = stage.cast
    shares_to(stage, looper.address)
    asset.send("mint", stage.deal.address, 300_000 * USD)
    stage.settle()
    assert stage.claimable(tranche, cast.ann) > 0
    asset.send("plan", *act(looper, stage.deal, "claimFor", tranche, cast.ann), False, True)
    before = stage.claimable(tranche, cast.ann)
    looper.send("act", *call_of(stage.deal, "claim", SENIOR))
    locked = narrow or tranche == SENIOR
    assert asset.call("succeeded") is not locked
    if locked:
        assert system.chain.registry.decode(asset.call("answer")).name == "Deal_Reentered"
    assert stage.claimable(tranche, cast.ann) == (before if locked else 0)
    # And the other way round: the lock of a claim for another is that of a claim
    with system.chain.undone():
        asset.send("plan", *act(looper, stage.deal, "settle", 1), False, True)
        stage.deal.send("claimFor", SENIOR, cast.ann, sender=cast.stranger)
        assert asset.call("succeeded") is False
        assert system.chain.registry.decode(asset.call("answer")).name == "Deal_Reentered"


def test_the_switch_is_the_callers_own_and_the_deals(system: System) -> None:
    one, other = put_on(system, deals.PLAIN), put_on(system, deals.ROUNDS)
    cast = one.cast
    one.deal.send("setClaimFor", False, sender=cast.bob)
    assert [one.deal.call("acceptsClaimFor", each) for each in (cast.ann, cast.bob, cast.cho)] == [True, False, True]
    assert other.deal.call("acceptsClaimFor", cast.bob) is True
    slot = mapping_slot(int(cast.bob, 16), system.artifacts["Deal"].slots["_claimFor"])
    assert int.from_bytes(system.chain.storage(one.deal.address, slot), "big") == 1
    one.deal.send("setClaimFor", True, sender=cast.bob)
    assert int.from_bytes(system.chain.storage(one.deal.address, slot), "big") == 2
    # It changes nothing else
    assert one.state() == put_on(system, deals.PLAIN).state()


def test_who_said_something_is_believed_whatever_code_it_gets() -> None:
    """On Anvil, which can give an account code, and sends a delegation as a wallet does."""
    with nodes.anvil(timestamp=1_767_225_600) as node:
        system = deploy_system(Rpc(node.url), artifacts=compile_contracts())
        chain, accounts = system.chain, system.chain.accounts
        ann, shy, keen, split = accounts[1], accounts[2], accounts[3], accounts[4]
        quarter = deals.PLAIN.tranches[SENIOR].supply // 4
        given = [Allotment(SENIOR, each, quarter) for each in (ann, shy, keen, split)]
        stage = put_on(system, deals.PLAIN, None, [*given, Allotment(1, ann, deals.PLAIN.tranches[1].supply)])
        stage.deal.send("setClaimFor", False, sender=shy)
        stage.deal.send("setClaimFor", True, sender=keen)
        stage.settle(CASH)
        code = "0x" + chain.code(stage.share().address).hex()
        for each in (shy, keen):
            chain.ask("anvil_setCode", each, code)
        with stage.refused("Deal_ClaimForRefused", {"holder": shy}):
            stage.deal.send("claimFor", SENIOR, shy, sender=stage.cast.stranger)
        assert claim_for(stage, keen) == CASH // 4

        key = chain.key(split)
        assert key
        nonce = int(chain.ask("eth_getTransactionCount", split, "latest"), 16)
        signed = Account.from_key(key).sign_authorization(
            {"chainId": chain.chain_id, "address": stage.asset.address, "nonce": nonce}
        )
        row = {
            "chainId": hex(chain.chain_id),
            "address": stage.asset.address,
            "nonce": hex(nonce),
            "yParity": hex(signed.y_parity),
            "r": hex(signed.r),
            "s": hex(signed.s),
        }
        sent = {"from": stage.cast.stranger, "to": stage.cast.stranger, "gas": hex(200_000), "authorizationList": [row]}
        chain.ask("eth_sendTransaction", sent)
        delegated = chain.code(split)
        assert (delegated[:3].hex(), len(delegated)) == ("ef0100", 23)
        assert stage.deal.call("acceptsClaimFor", split) is True
        for size in (22, 23, 24):  # other code is no delegation, whatever its length
            with chain.undone():
                chain.ask("anvil_setCode", split, "0x" + "5b" * size)
                assert stage.deal.call("acceptsClaimFor", split) is False
        assert claim_for(stage, split) == CASH // 4


def test_an_address_is_claimed_for_until_its_contract_is_there(plain: Stage, mock: Mock) -> None:
    """Nobody can tell an address without code from one whose contract comes later: SECURITY.md says what it means."""
    maker, artifact = mock("CallerContract"), plain.system.artifacts["CallerContract"]
    salt = (5).to_bytes(32, "big")
    made = checksum("0x" + keccak(b"\xff" + canonical(maker.address) + salt + keccak(artifact.bytecode))[12:].hex())
    shares_to(plain, made)
    plain.settle(CASH)
    assert claim_for(plain, made) == CASH // 4
    maker.send("make", artifact.bytecode, salt)
    assert plain.system.chain.code(made)
    plain.settle(CASH)
    with plain.refused("Deal_ClaimForRefused", {"holder": made}):
        plain.deal.send("claimFor", SENIOR, made, sender=plain.cast.stranger)
