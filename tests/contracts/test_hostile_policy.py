"""
a policy that answered well at closing
├── given it then refuses, reverts, burns gas, answers nonsense or nothing, or is gone
│   ├── shares should not move, by its own error or by none
│   └── cash should: settling, claims and fees go on, and shares again when it is itself again
├── given it answers true and more, shares should move
├── given it calls the deal, the share or the asset while it is asked, all should be as if it had done so before
├── given it changes its mind in the middle of a transaction, each transfer should be decided by what it says then
└── given it is like that at closing, the launch should be refused and leave nothing
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.evm.rpc import Rpc
from penstock.onchain.launch import System, deploy_system
from tests.contracts import deals
from tests.contracts.hostile import NO, TWO, YES, Call, Mock, Pair, Response, call_of, reason_of, respond
from tests.contracts.stage import EVERYTHING, SENIOR, USD, put_on

OM = 0
REASON = b"\xfe\xed\xfa\xce"

# What it does, and by which error shares are kept from moving
KINDS: dict[str, tuple[Response, bytes, int | None, str]] = {
    "refuses": (Response.ANSWERS, NO, None, "ERC7943CannotTransfer"),
    "refuses at length": (Response.ANSWERS, NO, 200_000, "ERC7943CannotTransfer"),
    "reverts": (Response.REVERTS, b"", None, ""),
    "reverts with a reason": (Response.REVERTS, REASON, None, "a reason"),
    "reverts at length": (Response.REVERTS, REASON, 2**20, "a reason"),
    "burns": (Response.BURNS, b"", None, ""),
    "says nothing": (Response.ANSWERS, b"", None, "ERC7943CannotTransfer"),
    "says 31 bytes": (Response.ANSWERS, YES[1:], None, "ERC7943CannotTransfer"),
    "says two": (Response.ANSWERS, TWO, None, "ERC7943CannotTransfer"),
    "says the largest number": (Response.ANSWERS, b"\xff" * 32, None, "ERC7943CannotTransfer"),
}


@pytest.fixture
def policy(mock: Mock) -> Contract:
    responder = mock("ScriptedResponder")
    respond(responder, Response.ANSWERS, YES)
    return responder


@pytest.fixture
def decided(system: System, policy: Contract) -> Pair:
    pair = Pair(put_on(system, deals.PLAIN, policy=policy))
    pair.do("transfer", SENIOR, "ann", "bob", 25_000 * USD)
    pair.stage.share().send("approve", pair.stage.cast.stranger, EVERYTHING, sender=pair.stage.cast.ann)
    return pair


@pytest.mark.parametrize("kind", KINDS)
def test_inv_16_a_policy_stops_shares_and_never_cash(decided: Pair, policy: Contract, kind: str) -> None:
    stage, cast, share = decided.stage, decided.stage.cast, decided.stage.share()
    response, answer, size, name = KINDS[kind]
    respond(policy, response, answer, size)
    values = {
        "ERC7943CannotTransfer": {"from": cast.ann, "to": cast.cho, "amount": 5},
        "a reason": {"data": "0x" + (answer + bytes((size or 4) - 4)).hex()},
    }.get(name, {})
    error = "" if name == "a reason" else name
    with stage.refused(error, values):
        share.send("transfer", cast.cho, 5, sender=cast.ann)
    with stage.refused(error, values):
        share.send("transferFrom", cast.ann, cast.cho, 5, sender=cast.stranger)
    for period, amount in enumerate((28_000 * USD, 0, 90_000 * USD, 90_000 * USD, 77), start=1):
        decided.wait(min(period, 4))
        decided.do("pay", amount)
        decided.do("settle")
        decided.claim_all()
    assert stage.cash() == 0
    respond(policy, Response.ANSWERS, YES)
    decided.do("transfer", SENIOR, "ann", "cho", 5)
    share.send("transferFrom", cast.ann, cast.cho, 5, sender=cast.stranger)
    assert share.call("balanceOf", cast.cho) == 10


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_share_tells_of_such_a_policy(decided: Pair, policy: Contract, kind: str) -> None:
    share, cast = decided.stage.share(), decided.stage.cast
    response, answer, size, _ = KINDS[kind]
    respond(policy, response, answer, size)
    assert share.call("canTransfer", cast.ann, cast.cho, 5) is False
    assert share.call("canSend", cast.ann) is False
    assert share.call("canReceive", cast.cho) is False
    whole = response == Response.ANSWERS and len(answer) == 32
    assert share.call("getFrozenTokens", cast.ann) == (int.from_bytes(answer, "big") if whole else 0)


def test_true_and_more_is_true(decided: Pair, policy: Contract) -> None:
    respond(policy, Response.ANSWERS, YES, 200_000)
    decided.do("transfer", SENIOR, "ann", "cho", 5)


MEDDLING = ("settle", "pay in", "claim", "claim for another", "sell", "sell on", "allow", "refuse")


@pytest.mark.parametrize("which", [*MEDDLING, "all"])
def test_inv_16_what_a_policy_does_when_it_is_asked_anybody_could_have_done_before(
    system: System, mock: Mock, which: str
) -> None:
    """Numbers, and logs in their order, are those of the same calls in a transaction before."""
    asset, policy = mock("MockUSD", 6), mock("MeddlingPolicy")
    stage = put_on(system, deals.PLAIN, asset, policy=policy)
    deal, share, cast, chain = stage.deal, stage.share(), stage.cast, system.chain
    # It holds shares with cash due to it, an allowance of Ann's and cash of its own
    share.send("transfer", policy.address, 5_000 * USD, sender=cast.ann)
    stage.settle(28_000 * USD)
    stage.until(2)
    share.send("approve", policy.address, EVERYTHING, sender=cast.ann)
    asset.send("mint", policy.address, 100 * USD)
    stage.watched.append(policy.address)
    calls: dict[str, Call] = {
        "settle": call_of(deal, "settle", 1),
        "pay in": call_of(asset, "transfer", deal.address, 1),
        "claim": call_of(deal, "claim", SENIOR),
        "claim for another": call_of(deal, "claimFor", SENIOR, cast.ann),
        "sell": call_of(share, "transfer", cast.ann, 1),
        "sell on": call_of(share, "transferFrom", cast.ann, policy.address, 94_999 * USD),
        "allow": call_of(share, "approve", cast.stranger, 7),
        "refuse": call_of(policy, "refuse", cast.cho, True),  # too late: it answers true
    }
    chosen = list(calls.values()) if which == "all" else [calls[which]]
    targets, data = zip(*chosen, strict=True)
    seen = []
    for before in (True, False):
        with chain.undone():
            policy.send("plan", targets, data)
            first = len(chain.logs())
            if before:
                policy.send("meddle", sender=cast.ann)
            share.send("transfer", cast.cho, 5, sender=cast.ann)
            logs = [(each.address, each.topics, each.data) for each in chain.logs()[first:]]
            seen.append((stage.numbers(), logs))
    assert seen[0] == seen[1]
    assert share.call("balanceOf", cast.cho) == 0
    if which == "sell on":  # what the deal decides by, it reads afterwards
        policy.send("plan", targets, data)
        with stage.refused("ERC20InsufficientBalance", {"sender": cast.ann, "balance": USD, "needed": USD + 1}):
            share.send("transfer", cast.cho, USD + 1, sender=cast.ann)


def test_each_transfer_is_decided_by_what_the_policy_says_then(system: System, policy: Contract, mock: Mock) -> None:
    caller = mock("CallerContract")
    stage = put_on(system, deals.PLAIN, policy=policy, watched=[caller.address])
    share, cho = stage.share(), stage.cast.cho
    share.send("transfer", caller.address, 100, sender=stage.cast.ann)
    sell = call_of(share, "transfer", cho, 10)
    forbid = call_of(policy, "respond", int(Response.ANSWERS), NO, 32)
    permit = call_of(policy, "respond", int(Response.ANSWERS), YES, 32)
    with stage.refused("ERC7943CannotTransfer", {"from": caller.address, "to": cho, "amount": 10}):
        caller.send("actAll", *zip(sell, forbid, sell, strict=True))
    assert stage.share().call("canTransfer", caller.address, cho, 10) is True  # its change of mind was undone too
    caller.send("actAll", *zip(sell, forbid, permit, sell, forbid, strict=True))
    assert share.call("balanceOf", cho) == 20
    with stage.refused("ERC7943CannotTransfer", {"from": caller.address, "to": cho, "amount": 10}):
        caller.send("act", *sell)
    stage.settle(28_000 * USD)
    assert stage.claimable(SENIOR, cho) == 28_000 * USD * 20 // (100_000 * USD)
    assert stage.claim(SENIOR, cho) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_launch_under_such_a_policy_leaves_nothing(system: System, policy: Contract, kind: str) -> None:
    response, answer, size, name = KINDS[kind]
    respond(policy, response, answer, size)
    logs = len(system.chain.logs())
    with pytest.raises(ChainRevert) as caught:
        put_on(system, deals.PLAIN, policy=policy)
    assert caught.value.name == ("ERC7943CannotTransfer" if name == "ERC7943CannotTransfer" else "")
    assert len(system.chain.logs()) == logs


def test_reasons_are_passed_on(decided: Pair, policy: Contract) -> None:
    stage, cast = decided.stage, decided.stage.cast
    respond(policy, Response.REVERTS, reason_of(stage.deal, "Deal_NothingToSettle"))
    with stage.refused("Deal_NothingToSettle"):  # whoever reads an error must know who spoke
        stage.share().send("transfer", cast.cho, 5, sender=cast.ann)


@pytest.fixture(scope="module")
def node() -> Iterator[System]:
    with nodes.anvil(timestamp=1_767_225_600, hardfork="shanghai") as running:
        yield deploy_system(Rpc(running.ipc or running.url), artifacts=compile_contracts())


def test_inv_16_a_policy_that_is_gone_stops_shares_and_never_cash(node: System) -> None:
    policy = node.chain.deploy(node.artifacts["ScriptedResponder"])
    respond(policy, Response.ANSWERS, YES)
    stage = put_on(node, deals.PLAIN, policy=policy)
    stage.share().send("transfer", stage.cast.bob, 25_000 * USD, sender=stage.cast.ann)
    respond(policy, Response.SELFDESTRUCTS)
    node.chain.transact(policy.address, b"", stage.cast.stranger)
    assert node.chain.code(policy.address) == b""
    with stage.refused("ERC7943CannotTransfer", {"from": stage.cast.ann, "to": stage.cast.cho, "amount": 5}):
        stage.share().send("transfer", stage.cast.cho, 5, sender=stage.cast.ann)
    assert stage.share().call("canTransfer", stage.cast.ann, stage.cast.cho, 5) is False
    assert stage.paid(stage.settle(30_000 * USD)) == [[3_000 * USD, 25_000 * USD, 2_000 * USD]]
    claimed = [stage.claim(*each) for each in ((0, stage.cast.ann), (0, stage.cast.bob), (1, stage.cast.ann))]
    assert claimed == [21_000 * USD, 7_000 * USD, 2_000 * USD]
    assert stage.cash() == 0
