"""
a holder
├── that can never claim: the deal itself, its share, the factory, the asset, a precompile, nobody's address
│   ├── when it is given shares, what they earn should wait for it, to the base unit, and the rest be paid
│   ├── when it is a payee, its fees should wait, and the rest be paid
│   └── when it is the zero address, it should be given none
├── that is another deal, whose asset is a share of this one, it should pay out shares and never claim
├── that is a contract without receive or fallback, it should be paid like anybody
├── that has next to no gas for its claim, the claim alone should be refused, whatever it has
└── that destroys itself in its construction
    ├── when it claims there, its address should have the cash
    ├── when it does not come back, its part should wait and the others be paid
    └── when it is made again at its address, it should get what waited
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from eth_abi import encode
from eth_utils.crypto import keccak

from penstock.evm import nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.chain import Contract
from penstock.evm.codec import checksum
from penstock.evm.errors import ChainError
from penstock.evm.rpc import Rpc
from penstock.model.shares import Allotment
from penstock.onchain.launch import System, deploy_system
from tests.contracts import deals
from tests.contracts.hostile import Call, Mock, Pair, call_of
from tests.contracts.stage import NOBODY, SENIOR, USD, Stage, put_on

OM = 0
SALT = (3).to_bytes(32, "big")

PLACES: dict[str, Callable[[Stage], str]] = {
    "the deal": lambda stage: stage.deal.address,
    "the share": lambda stage: stage.share().address,
    "another tranche's share": lambda stage: stage.share(1).address,
    "the factory": lambda stage: stage.system.factory.address,
    "the implementation": lambda stage: stage.system.factory.call("implementation"),
    "the asset": lambda stage: stage.asset.address,
    "the first precompile": lambda stage: f"0x{1:040x}",
    "the last precompile": lambda stage: f"0x{9:040x}",
    "nobody's address": lambda stage: "0x" + "de" * 20,
}


@pytest.mark.parametrize("place", PLACES)
def test_inv_16_what_a_holder_that_cannot_claim_earns_waits_and_the_rest_is_paid(plain: Stage, place: str) -> None:
    pair, ann = Pair(plain), plain.cast.ann
    there = PLACES[place](plain)
    plain.share().send("transfer", there, 33_333_333_333, sender=ann)
    pair.model.transfer(SENIOR, "ann", "bob", 33_333_333_333)
    for period, amount in enumerate((28_000 * USD, 0, 60_000 * USD, 90_000 * USD, 77), start=1):
        pair.wait(min(period, 4))
        for side in (pair.model, pair.chain):
            side.pay(amount)
            side.settle()
        # The model's Bob holds what is there, and does not claim
        assert plain.claimable(SENIOR, there) == pair.model.books.claimable(SENIOR, "bob")
        for tranche in (0, 1):
            pair.do_alike("claim", tranche, "ann")
    waiting = plain.claimable(SENIOR, there)
    # Lenders are owed all principal, four coupons and 3 % for half a year on what the second period lacked, 27,250
    credited = (100_000 + 3_000 + 2_250 + 1_500 + 750) * USD + 817_500_000
    assert plain.state().credited[SENIOR] == credited
    assert waiting == credited * 33_333_333_333 // (100_000 * USD)
    assert 0 <= plain.cash() - waiting <= 1


@pytest.mark.parametrize("place", ["the factory", "the asset", "the first precompile", "nobody's address"])
def test_inv_16_the_fees_of_a_payee_that_cannot_claim_wait_and_the_rest_is_paid(system: System, place: str) -> None:
    asset = system.chain.deploy(system.artifacts["MockUSD"], 6)
    places = {"the factory": system.factory.address, "the asset": asset.address}
    payee = places.get(place) or PLACES[place](None)  # type: ignore[arg-type]
    stage = put_on(system, deals.WHOLE, asset, payees={"operator": payee, "agent": system.chain.accounts[5]})
    with stage.refused("Deal_NotPayee", {"caller": stage.cast.operator, "payee": checksum(payee)}):
        stage.deal.send("claimFee", OM, sender=stage.cast.operator)
    for amount in (50_000 * USD, 60_000 * USD, 60_000 * USD, 60_000 * USD):
        stage.settle(amount)
    for tranche in range(3):
        stage.claim(tranche, stage.cast.ann)
    assert stage.claim_fee(1, stage.cast.agent) == 2_300 * USD
    assert stage.cash() == stage.state().accounted == 2_000 * USD
    stage.assert_sound()


def test_the_zero_address_gets_no_shares(plain: Stage) -> None:
    for amount in (0, 1):
        with plain.refused("ERC20InvalidReceiver", {"receiver": NOBODY}):
            plain.share().send("transfer", NOBODY, amount, sender=plain.cast.ann)


def test_a_deal_may_collect_shares_and_leaves_what_they_earn_where_it_is(plain: Stage, mock: Mock) -> None:
    """The asset of one deal is the equity share of another: shares are paid out exactly, what they earn waits."""
    share, ann = plain.share(1), plain.cast.ann
    fund = put_on(plain.system, deals.ROUNDS, share)
    share.send("transfer", fund.deal.address, 10_000 * USD, sender=ann)
    plain.settle(33_000 * USD)  # 5,000 of it for equity, a fifth of which the fund holds
    fund.until(1)
    assert fund.paid(fund.deal.send("settle", 1)) == [[0, 1, 10_000 * USD - 1]]
    fund.deal.send("claim", 0, sender=ann)
    fund.deal.send("claim", 1, sender=ann)
    assert share.call("balanceOf", ann) == 50_000 * USD
    assert plain.claim(1, ann) == 4_000 * USD
    assert plain.claimable(1, fund.deal.address) == 1_000 * USD
    assert fund.cash() == 0 and plain.cash() == 29_000 * USD


@pytest.fixture
def contract_holder(system: System, mock: Mock) -> tuple[Stage, Contract]:
    """A contract holds a quarter of the senior shares; 28,000 are the tranche's."""
    caller = mock("CallerContract")
    given = [Allotment(0, system.chain.accounts[1], 75_000 * USD), Allotment(0, caller.address, 25_000 * USD)]
    given.append(Allotment(1, system.chain.accounts[1], 50_000 * USD))
    stage = put_on(system, deals.PLAIN, allotments=given, watched=[caller.address])
    stage.settle(28_000 * USD)
    return stage, caller


def test_a_contract_without_receive_is_paid(contract_holder: tuple[Stage, Contract]) -> None:
    stage, caller = contract_holder
    assert not {"receive", "fallback"} & {each["type"] for each in caller.abi.entries}
    with pytest.raises(ChainError):
        stage.system.chain.transact(caller.address, b"", stage.cast.stranger, value=1)
    caller.send("act", *call_of(stage.deal, "claim", SENIOR))
    assert stage.cash(caller.address) == 7_000 * USD
    stage.assert_sound()


def test_a_claim_with_too_little_gas_changes_nothing(contract_holder: tuple[Stage, Contract]) -> None:
    stage, caller = contract_holder
    call = call_of(stage.deal, "claim", SENIOR)
    outcomes = set()
    for gas in range(2_000, 90_000, 2_000):
        with stage.system.chain.undone():
            before = stage.numbers()
            try:
                caller.send("actWithin", gas, *call)
            except ChainError:
                outcomes.add(0)
                assert stage.numbers() == before
            else:
                outcomes.add(stage.cash(caller.address))
            stage.assert_sound()
    assert outcomes == {0, 7_000 * USD}


# A contract is gone only when its transaction is over, which the EVM in the process does not tell; so on a node, by the
# rules of Shanghai: from Cancun on a contract goes only in the transaction that made it, as this one does.


@pytest.fixture(scope="module")
def node() -> Iterator[System]:
    with nodes.anvil(timestamp=1_767_225_600, hardfork="shanghai") as running:
        yield deploy_system(Rpc(running.ipc or running.url), artifacts=compile_contracts())


class Ephemeral:
    """Half of the senior shares lie where a contract is created and gone, again and again."""

    def __init__(self, system: System) -> None:
        self.nest = system.chain.deploy(system.artifacts["CallerContract"])
        self.stage = put_on(system, deals.PLAIN)
        claim: Call = call_of(self.stage.deal, "claim", SENIOR)
        self.code = system.artifacts["ConstructorOnly"].bytecode + encode(["address", "bytes"], claim)
        origin = b"\xff" + bytes.fromhex(self.nest.address[2:]) + SALT + keccak(self.code)
        self.place = checksum("0x" + keccak(origin)[12:].hex())
        self.stage.watched.append(self.place)
        self.stage.share().send("transfer", self.place, 50_000 * USD, sender=self.stage.cast.ann)

    def hatch(self) -> None:
        self.nest.send("make", self.code, SALT)


@pytest.fixture
def ephemeral(node: System) -> Iterator[Ephemeral]:
    with node.chain.undone():
        yield Ephemeral(node)


def test_inv_16_a_holder_that_was_gone_gets_what_waited_when_it_is_back(ephemeral: Ephemeral) -> None:
    stage, ann, place = ephemeral.stage, ephemeral.stage.cast.ann, ephemeral.place
    with stage.refused("Deal_NothingToClaim", {"tranche": SENIOR, "holder": place}):
        ephemeral.hatch()
    stage.settle(28_000 * USD)
    ephemeral.hatch()
    assert (stage.system.chain.code(place), stage.cash(place)) == (b"", 14_000 * USD)
    for period, owed in ((2, 27_250 * USD), (3, 26_500 * USD)):
        stage.settle(owed)
        assert stage.claim(SENIOR, ann) == (14_000 * USD if period == 2 else 0) + owed // 2
        stage.assert_sound()
    assert stage.claimable(SENIOR, place) == stage.cash() == 26_875 * USD
    ephemeral.hatch()
    assert (stage.system.chain.code(place), stage.cash(place)) == (b"", 40_875 * USD)
    assert stage.cash() == stage.state().accounted == 0
