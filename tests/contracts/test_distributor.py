"""
Distributor
├── given a placement with its proof, its holder should get the shares with what they earned, whoever brings it
├── given it a second time, another amount, holder, tranche or place, or no proof, it should be refused
├── given a batch, all should be delivered, and those taken before be left out
├── given a batch with one that the policy refuses, none should be delivered, and each alone should
└── given ten thousand holders, the last should take its shares
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from penstock.evm.chain import Contract
from penstock.evm.codec import checksum
from penstock.evm.errors import ChainRevert
from penstock.model.shares import Allotment
from penstock.onchain.launch import System, pack_terms
from penstock.onchain.placements import PlacementTree, tree_of
from penstock.onchain.terms_encode import NO_ADDRESS
from tests.contracts import deals
from tests.contracts.hostile import Mock
from tests.contracts.stage import SENIOR, USD, Stage, put_on

SUPPLIES = [tranche.supply for tranche in deals.PLAIN.tranches]


@dataclass
class Placed:
    stage: Stage
    distributor: Contract
    tree: PlacementTree

    def take(self, index: int, sender: str | None = None) -> None:
        self.distributor.send("take", self.tree.placements[index], self.tree.proof(index), sender=sender)

    def take_many(self, indices: Sequence[int]) -> int:
        arguments = [self.tree.placements[each] for each in indices], [self.tree.proof(each) for each in indices]
        taken = int(self.distributor.call("takeMany", *arguments))
        self.distributor.send("takeMany", *arguments)
        return taken

    def shares(self, holder: str, tranche: int = SENIOR) -> int:
        return int(self.stage.share(tranche).call("balanceOf", holder))


def holder(index: int) -> str:
    return checksum(f"0x{0xC0FFEE_0000_0000 + index:040x}")


def place(system: System, allotments: Sequence[Allotment], asset: Contract, policy: Contract | None = None) -> Placed:
    """Launches a deal with everything in a distributor."""
    tree = tree_of(allotments)
    packed = pack_terms(deals.PLAIN, asset.address, {}, policy.address if policy else NO_ADDRESS)
    deal = system.factory.call("dealAddress", system.chain.accounts[0], packed, bytes(32))
    distributor = system.chain.deploy(system.artifacts["Distributor"], deal, tree.root)
    if policy:
        policy.send("allow", [distributor.address])
    held = [Allotment(tranche, distributor.address, supply) for tranche, supply in enumerate(SUPPLIES)]
    stage = put_on(system, deals.PLAIN, asset, held, policy)
    assert stage.deal.address == deal
    return Placed(stage, distributor, tree)


def lines(count: int) -> list[Allotment]:
    """As many holders of senior shares, the first with what is left over, and one of equity."""
    each = SUPPLIES[0] // count
    first = SUPPLIES[0] - each * (count - 1)
    senior = [Allotment(0, holder(index), each if index else first) for index in range(count)]
    return [*senior, Allotment(1, holder(0), SUPPLIES[1])]


@pytest.fixture
def placed(system: System, mock: Mock) -> Placed:
    return place(system, lines(4), mock("MockUSD", 6))


def test_a_holder_gets_its_shares_whoever_brings_the_proof(placed: Placed) -> None:
    placed.take(1, placed.stage.cast.stranger)
    assert placed.shares(holder(1)) == 25_000 * USD
    assert placed.distributor.call("isTaken", 1)
    assert not placed.distributor.call("isTaken", 2)
    placed.take(4)
    assert placed.shares(holder(0), 1) == SUPPLIES[1]
    taken = [tuple(each.values.values()) for each in placed.distributor.events()]
    assert taken == [placed.tree.placements[1], placed.tree.placements[4]]


def test_what_is_not_in_the_tree_or_was_taken_is_refused(placed: Placed) -> None:
    placed.take(1)
    with pytest.raises(ChainRevert) as caught:
        placed.take(1)
    assert (caught.value.name, caught.value.values) == ("Distributor_AlreadyTaken", {"index": 1})
    index, tranche, whose, shares = placed.tree.placements[2]
    mine = placed.stage.cast.stranger
    for other in (
        (5, tranche, whose, shares),
        (index, 1, whose, shares),
        (index, tranche, mine, shares),
        (index, tranche, whose, shares + 1),
    ):
        with pytest.raises(ChainRevert) as caught:
            placed.distributor.send("take", other, placed.tree.proof(2))
        assert caught.value.name == "Distributor_NotInTree"
    for proof in ([], placed.tree.proof(3), [*placed.tree.proof(2), bytes(32)]):
        with pytest.raises(ChainRevert) as caught:
            placed.distributor.send("take", placed.tree.placements[2], proof)
        assert caught.value.values == {"index": 2, "holder": whose}
    assert placed.shares(whose) == 0


def test_a_batch_leaves_out_what_was_taken_before(placed: Placed) -> None:
    placed.take(2)
    assert placed.take_many([0, 1, 2, 3, 3]) == 3
    assert [placed.shares(holder(index)) for index in range(4)] == [25_000 * USD] * 4
    assert placed.shares(placed.distributor.address) == 0
    assert placed.take_many(range(4)) == 0
    with pytest.raises(ChainRevert) as caught:
        placed.distributor.send("takeMany", [placed.tree.placements[4]], [])
    assert caught.value.name == "Distributor_LengthMismatch"


def test_one_the_policy_refuses_delays_itself_alone(system: System, mock: Mock) -> None:
    registry = mock("HolderRegistry", system.chain.accounts[0])
    placed = place(system, lines(3), mock("MockUSD", 6), registry)
    registry.send("allow", [holder(0), holder(2)])
    with pytest.raises(ChainRevert):
        placed.take_many([0, 1, 2])
    with pytest.raises(ChainRevert):
        placed.take(1)
    placed.take(2)
    placed.take(0)
    registry.send("allow", [holder(1)])
    placed.take(1)
    assert placed.shares(placed.distributor.address) == 0


def test_shares_taken_late_bring_what_they_earned(placed: Placed) -> None:
    placed.take(1)
    placed.stage.settle(28_000 * USD)
    placed.take(2)
    assert [placed.stage.claimable(SENIOR, holder(index)) for index in (1, 2)] == [7_000 * USD] * 2
    assert placed.stage.claimable(SENIOR, placed.distributor.address) == 14_000 * USD
    assert placed.take_many([0, 3, 4]) == 3
    assert placed.stage.claimable(SENIOR, placed.distributor.address) == 0


def test_the_last_of_ten_thousand_takes_its_shares(system: System, mock: Mock) -> None:
    placed = place(system, lines(10_000), mock("MockUSD", 6))
    assert len(placed.tree.proof(9_999)) <= 14
    placed.take(9_999)
    assert placed.shares(holder(9_999)) == 10 * USD
    assert placed.take_many(range(5_000, 5_100)) == 100
