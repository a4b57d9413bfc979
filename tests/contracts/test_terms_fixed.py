"""
the terms, and who can do what
├── given the functions of the contracts, they should be exactly those that were thought about here
├── given every one of them is called by a stranger, nobody's cash or shares should change hands
├── given a whole life, the terms should be what they were, and so should the code of all contracts
└── given what should be paid by nobody, ether should be refused
"""

from __future__ import annotations

from typing import Any

import pytest

from penstock.evm.abi import Abi
from penstock.evm.errors import ChainError
from penstock.evm.permits import sign_permit
from penstock.onchain.launch import System
from tests.contracts.stage import EVERYTHING, SENIOR, USD, Stage, trial_of

# Renouncing a role always reverts
OWNER_VIEWS = {"owner()", "pendingOwner()", "renounceOwnership()"}
REPLACEABLE_VIEWS = {
    "current()",
    "pending()",
    "pendingAt()",
    "delay()",
    "MIN_DELAY()",
    "MAX_DELAY()",
    *OWNER_VIEWS,
}
POLICY_VIEWS = {
    "canTransfer((address,uint256,address,address,uint256,uint256,uint256))",
    "canSend(address,uint256,address)",
    "canReceive(address,uint256,address)",
    "frozenOf(address,uint256,address)",
}
# A policy's own record of what deals and registrars say, if it keeps one
POLICY_WRITES = {
    "beforeTransfer((address,uint256,address,address,uint256,uint256,uint256))",
    "setFrozen(address,uint256,address,address,uint256)",
}
VIEWS = {
    "Deal": set(),
    "DealExtension": {
        "terms()",
        "asset()",
        "reports()",
        "policy()",
        "shareOf(uint256)",
        "holderOf(uint256,address)",
        "creditedOf(uint256)",
        "claimable(uint256,address)",
        "supplyOf(uint256)",
        "text(uint256)",
        "shareDecimals()",
        "nextPaymentAt()",
        "state()",
        "acceptsClaimFor(address)",
        "announcedPeriod()",
        "claimNonce(address)",
        "eip712Domain()",
        "forceMove(uint256,address,address,address,uint256)",  # always reverts
    },
    "DealTrial": {"maySettle()", "callPrice()", "isCovered()"},
    "TrancheShare": set(),
    "TrancheShareLogic": {
        "deal()",
        "tranche()",
        "policy()",
        "name()",
        "symbol()",
        "decimals()",
        "totalSupply()",
        "balanceOf(address)",
        "allowance(address,address)",
        "nonces(address)",
        "DOMAIN_SEPARATOR()",
        "eip712Domain()",
        "canSend(address)",
        "canReceive(address)",
        "canTransfer(address,address,uint256)",
        "getFrozenTokens(address)",
        "supportsInterface(bytes4)",
    },
    "DealFactory": {"implementation()", "extension()", "dealAddress(address,bytes,bytes32)"},
    "HolderBatch": set(),
    "HolderRegistry": {
        "NO_END()",
        "allowedUntil(address)",
        *POLICY_VIEWS,
        *POLICY_WRITES,
        *OWNER_VIEWS,
    },
    "SingleReporter": {"reportOf(address,uint256)", *OWNER_VIEWS},
    "DelayedPolicy": {*POLICY_VIEWS, *REPLACEABLE_VIEWS},
    "DelayedReports": {"reportOf(address,uint256)", *REPLACEABLE_VIEWS},
    "Offering": {
        "state()",
        "lotOf(uint256)",
        "tranches()",
        "subscribed()",
        "unitsOf(uint256,address)",
        "owedTo(address)",
        "authorizationNonce(uint256,uint256,bytes32)",
        "deal()",
        "asset()",
        "policy()",
        "termsHash()",
        "factory()",
        "project()",
        "underwriter()",
        "canceller()",
        "deadlineAt()",
        "graceEndsAt()",
        "softCap()",
        "sharesPerUnit()",
    },
    "Distributor": {"deal()", "root()", "isTaken(uint256)"},
}

OWNERSHIP = {"transferOwnership(address)", "acceptOwnership()"}  # in two steps

# A function that writes belongs here only once it is clear that it can move nobody's cash or shares but the caller's,
# what a holder allowed or signed, and what the ladder shares out; and that it changes no terms.
WRITES = {
    "DealExtension": {
        "close((uint8,address,uint64)[])",  # the factory alone, once
        "cutOff()",  # says which period cash belongs to; moves none
        "claimFee(uint256)",  # to the payee, which must be the caller
        "claimFor(uint256,address)",  # to the holder that earned it, unless it is a contract or said no
        "setClaimFor(bool)",  # the caller's own word
        "announceCall()",  # the payee of the clean-up call alone; moves no cash
        "setFrozen(uint256,address,address,uint256)",  # the share alone, to the policy
        "moveSharesCum(uint256,address,address,uint256)",  # the share alone
        "claimTo(uint256,address)",  # what the caller earned, to whom it names
        "claimBySig(uint256,address,address,uint256,bytes)",  # what the holder signed
    },
    "DealTrial": {
        "settleCalled()",  # from the payee that announced it, within its allowance, what lenders and fees lack
    },
    "Deal": {
        "settle(uint256)",  # credits by the ladder; cash stays
        "payAndSettle(uint256,uint256)",  # the caller's own cash
        "payAndSettleWithPermit(uint256,uint256,uint256,uint8,bytes32,bytes32)",  # the caller's own cash
        "claim(uint256)",  # to the caller, what it earned
        "moveShares(uint256,address,address,uint256)",  # the share alone
    },
    "TrancheShare": {"transfer(address,uint256)"},  # the caller's own shares
    "TrancheShareLogic": {
        "transfer(address,uint256)",
        "transferFrom(address,address,uint256)",  # within an allowance
        "approve(address,uint256)",  # the caller's own
        "setFrozenTokens(address,uint256)",  # whom the policy lets freeze; moves nothing
        "forcedTransfer(address,address,uint256)",  # nobody
        "transferCum(address,uint256)",  # the caller's own shares
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",  # by the owner's signature
    },
    "DealFactory": {"launch(bytes,(uint8,address,uint64)[],bytes32)"},  # the caller's own opening reserves
    "HolderBatch": {
        "claimFor(address,uint256,address[])",  # what the deal lets anybody do
        "distribute(address,address[],uint256[])",  # the caller's own shares, within its allowance
    },
    # The registrar: who may receive shares
    "HolderRegistry": {
        "allow(address[])",
        "allowUntil(address[],uint64)",
        "disallow(address[])",
        *OWNERSHIP,
    },
    # The reporter: figures, once a period
    "SingleReporter": {"report(address,uint256,uint256,uint96[])", *OWNERSHIP},
    # Who may hold, or what is reported, a delay after it was said
    "DelayedPolicy": {"schedule(address)", "cancel()", *POLICY_WRITES, *OWNERSHIP},
    "DelayedReports": {"schedule(address)", "cancel()", *OWNERSHIP},
    "Offering": {
        "subscribe(uint256,uint256)",  # the caller's own cash, within its allowance
        "subscribeWithPermit(uint256,uint256,uint256,uint8,bytes32,bytes32)",  # the same
        # By the holder's signature, for these units
        "subscribeWithAuthorization(address,uint256,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)",
        "close(bytes,(uint8,address,uint64)[])",  # what was paid, to deal and payees; the underwriter's for the rest
        "cancel()",  # whom the terms name, before the soft cap is met
        "collect(uint256,address)",  # shares to the subscriber
        "refund(uint256)",  # to the caller, what it paid
        "pay(address)",  # to a payee, its own
    },
    "Distributor": {
        "take((uint256,uint8,address,uint64),bytes32[])",  # shares to the holder of the leaf, once
        "takeMany((uint256,uint8,address,uint64)[],bytes32[][])",  # the same
    },
}
KEYLESS = ("Deal", "DealExtension", "DealTrial", "TrancheShare", "TrancheShareLogic", "DealFactory")

# Not in any ABI: a share hands every other call to its logic, a deal to its extension and that to the trial.
FALLBACKS = {
    "Deal": True,
    "DealExtension": True,
    "DealTrial": False,
    "TrancheShare": True,
    "TrancheShareLogic": False,
    "DealFactory": False,
    "HolderBatch": False,
    "HolderRegistry": False,
    "SingleReporter": False,
    "DelayedPolicy": False,
    "DelayedReports": False,
    "Offering": False,
    "Distributor": False,
}


def signatures(abi: Abi, reads_only: bool) -> set[str]:
    return {each.signature for each in abi.functions.values() if each.reads_only is reads_only}


@pytest.mark.parametrize("name", VIEWS)
def test_every_function_was_thought_about(system: System, name: str) -> None:
    abi = system.artifacts[name].abi
    assert signatures(abi, reads_only=True) == VIEWS[name]
    assert signatures(abi, reads_only=False) == WRITES[name]
    kinds = {each["type"] for each in abi.entries}
    assert ("fallback" in kinds) is FALLBACKS[name]
    assert "receive" not in kinds


@pytest.mark.parametrize("name", VIEWS)
def test_no_function_takes_ether(system: System, name: str) -> None:
    entries = system.artifacts[name].abi.entries
    assert [e["name"] for e in entries if e["type"] == "function" and e["stateMutability"] == "payable"] == []


def test_ether_is_refused(plain: Stage) -> None:
    for contract in (plain.deal, plain.share(), plain.system.factory):
        with plain.refused(""):
            plain.system.chain.transact(contract.address, b"", plain.cast.stranger, value=1)
        assert plain.system.chain.balance(contract.address) == 0
    with plain.refused(""):
        plain.share().send("approve", plain.cast.bob, 1, sender=plain.cast.ann, value=1)


def test_nobody_but_the_holder_moves_its_cash_or_shares(whole: Stage) -> None:
    cast, share = whole.cast, whole.share()
    whole.settle(200_000 * USD)
    whole.until(2)
    attempts: dict[str, tuple[Any, ...]] = {
        "close((uint8,address,uint64)[])": ([(0, cast.stranger, 1)],),
        "settle(uint256)": (1,),
        "payAndSettle(uint256,uint256)": (1, 1),
        "payAndSettleWithPermit(uint256,uint256,uint256,uint8,bytes32,bytes32)": (
            1,
            1,
            EVERYTHING,
            27,
            bytes(32),
            bytes(32),
        ),
        "claim(uint256)": (SENIOR,),
        "claimFee(uint256)": (0,),
        "claimFor(uint256,address)": (SENIOR, cast.ann),
        "setClaimFor(bool)": (True,),
        "cutOff()": (),
        "announceCall()": (),
        "setFrozen(uint256,address,address,uint256)": (SENIOR, cast.stranger, cast.ann, 1),
        "setFrozenTokens(address,uint256)": (cast.ann, 1),
        "moveSharesCum(uint256,address,address,uint256)": (SENIOR, cast.ann, cast.stranger, 1),
        "transferCum(address,uint256)": (cast.stranger, 1),
        "claimTo(uint256,address)": (SENIOR, cast.stranger),
        "claimBySig(uint256,address,address,uint256,bytes)": (SENIOR, cast.ann, cast.stranger, EVERYTHING, bytes(65)),
        "forcedTransfer(address,address,uint256)": (cast.ann, cast.stranger, 1),
        "settleCalled()": (),
        "moveShares(uint256,address,address,uint256)": (SENIOR, cast.ann, cast.stranger, 1),
        "transfer(address,uint256)": (cast.stranger, 1),
        "transferFrom(address,address,uint256)": (cast.ann, cast.stranger, 1),
        "approve(address,uint256)": (cast.stranger, EVERYTHING),
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)": (
            cast.ann,
            cast.stranger,
            1,
            EVERYTHING,
            27,
            bytes(32),
            bytes(32),
        ),
        "launch(bytes,(uint8,address,uint64)[],bytes32)": (whole.deal.call("terms"), [], bytes(32)),
    }
    assert set(attempts) == set().union(*(WRITES[name] for name in KEYLESS))
    people = [cast.sponsor, cast.ann, cast.bob, cast.operator, cast.agent]

    def belongings() -> dict[Any, int]:
        """Shares, and cash: in the wallet and to claim, since anyone may move a holder's own from there to here."""
        found: dict[Any, int] = {each: whole.cash(each) for each in [*people, cast.stranger]}
        for tranche in range(3):
            for each in [*people, cast.stranger]:
                found[tranche, each] = whole.share(tranche).call("balanceOf", each)
                found[each] += whole.claimable(tranche, each)
        return found

    before = belongings()
    for contract in (whole.deal, share, whole.system.factory, whole.share(2)):
        for signature, arguments in attempts.items():
            try:
                data = next(
                    a.abi.function(signature)
                    for a in map(whole.system.artifacts.__getitem__, KEYLESS)
                    if signature in a.abi.functions
                ).encode(arguments)
                whole.system.chain.transact(contract.address, data, cast.stranger)
            except ChainError:
                continue
            after = belongings()
            assert all(after[each] >= had for each, had in before.items()), signature
            assert after[cast.stranger] == before[cast.stranger]
            assert all(after[tranche, cast.stranger] == 0 for tranche in range(3)), signature
    assert whole.state().period == 2  # what a stranger may do: settle


def test_terms_and_code_stay_what_they_were(whole: Stage) -> None:
    chain, cast = whole.system.chain, whole.cast
    places = [whole.deal.address, *(each.address for each in whole.deployment.shares), whole.system.factory.address]
    places += [*map(whole.system.factory.call, ("implementation", "extension")), trial_of(whole.system)]
    terms, codes = whole.deal.call("terms"), [chain.code(place) for place in places]
    texts = [whole.deal.call("text", index) for index in range(7)]
    supplies = [whole.deal.call("supplyOf", tranche) for tranche in range(3)]
    share = whole.share()
    signed = sign_permit(share, cast.ann, cast.bob, 5, EVERYTHING)
    share.send("permit", cast.ann, cast.bob, 5, EVERYTHING, *signed)
    share.send("transferFrom", cast.ann, cast.cho, 5, sender=cast.bob)
    for collections in (60_000 * USD, 0, 1, 400_000 * USD):
        whole.settle(collections)
        for holder in (cast.ann, cast.cho):
            if whole.claimable(SENIOR, holder):
                whole.claim(SENIOR, holder)
    whole.claim_fee(0, cast.operator)
    whole.gift(9)
    whole.deal.send("settle", 1)
    assert whole.deal.call("nextPaymentAt") == 0
    assert whole.deal.call("terms") == terms
    assert [chain.code(place) for place in places] == codes
    assert [whole.deal.call("text", index) for index in range(7)] == texts
    assert texts == ["Small", "senior", "SML-A", "mezz", "SML-B", "equity", "SML-E"]
    assert [whole.deal.call("supplyOf", tranche) for tranche in range(3)] == supplies
    assert [each.call("totalSupply") for each in whole.deployment.shares] == supplies


def test_the_next_payment_date_is_told(plain: Stage) -> None:
    for period in (1, 2, 3, 4):
        assert plain.deal.call("nextPaymentAt") == plain.payment_at(period)
        plain.settle()
    assert plain.deal.call("nextPaymentAt") == 0
