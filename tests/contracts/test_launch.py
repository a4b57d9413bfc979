"""
launch
├── given terms, allotments and allowance fit, it should make the deal where it was foretold and say so
├── given terms of another format, it should refuse with both
├── given the allotments
│   ├── when they are fewer or more than a supply, it should refuse with tranche, sum and supply
│   ├── when they overflow, it should refuse
│   ├── when one is of no tranche, it should refuse
│   └── when one is to the zero address, it should refuse
├── given the opening reserves
│   ├── when there is no allowance, or no cash, it should refuse
│   ├── when less arrives than was sent, it should refuse with both
│   └── when they are beyond all amounts, it should refuse
├── given the asset
│   ├── when its decimals are not the terms', it should refuse with both
│   └── when it is no contract, it should refuse
├── given the policy
│   ├── when it refuses an allotment, it should refuse with holder and shares
│   └── when it is no contract, it should refuse
└── given the salt
    ├── when the sponsor uses it twice, it should refuse
    └── when somebody else copies it, both should have a deal of their own
close
└── given it is called by anybody, before or after, it should refuse with the caller
the implementation, and the logic of shares
└── given they are called directly, nothing should come of it
LaunchRefused, before anything is sent
├── given a payee without an address
├── given a deal that reads reports, without a source
└── given terms too long for a contract
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from eth_utils.crypto import keccak

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainError, ChainRevert
from penstock.model.shares import Allotment
from penstock.model.units import MAX_AMOUNT
from penstock.onchain.addresses import create
from penstock.onchain.launch import LaunchRefused, System, launch
from penstock.onchain.terms_encode import NO_ADDRESS, encode_terms
from penstock.onchain.terms_layout import FORMAT
from tests.contracts import deals
from tests.contracts.launching import SALT, packed_terms, refused, send, triples
from tests.contracts.stage import EVERYTHING, USD, Stage, everything_to, put_on

Mock = Callable[..., Contract]


@pytest.fixture
def asset(mock: Mock) -> Contract:
    return mock("MockUSD", 6)


def test_a_fee_that_nobody_could_claim_is_refused(system: System, asset: Contract) -> None:
    packed = encode_terms(deals.WHOLE, asset.address, {"operator": asset.address, "agent": NO_ADDRESS})
    sponsor, ann = system.chain.accounts[:2]
    asset.send("mint", sponsor, 5_000 * USD)
    asset.send("approve", system.factory.address, 4_000 * USD)
    fee = next(index for index, each in enumerate(deals.WHOLE.fees) if each.payee == "agent")
    with refused(system, packed, "Deal_NoPayee", {"fee": fee}):
        send(system, packed, everything_to(ann, deals.WHOLE))


def test_a_deal_is_made_where_it_was_foretold(system: System, asset: Contract) -> None:
    sponsor, ann = system.chain.accounts[:2]
    packed = packed_terms(deals.WHOLE, asset.address)
    place = system.factory.call("dealAddress", sponsor, packed, SALT)
    asset.send("mint", sponsor, 5_000 * USD)
    asset.send("approve", system.factory.address, 4_000 * USD)
    receipt = send(system, packed, everything_to(ann, deals.WHOLE))
    *shares, event = receipt.events(system.factory.abi)
    assert dict(event.values) == {"deal": place, "sponsor": sponsor, "termsHash": keccak(packed)}
    assert [(each.name, *each.values.values()) for each in shares] == [
        ("ShareLaunched", place, tranche, create(place, tranche + 1)) for tranche in range(3)
    ]
    topics = [log.topics for log in receipt.logs if log.address == system.factory.address]
    assert [len(each) for each in topics] == [4, 4, 4, 3], "a share's address is a topic of its own, for indexers"
    assert system.chain.at(place, system.artifacts["IDeal"].abi).call("terms") == packed
    assert (asset.call("balanceOf", sponsor), asset.call("balanceOf", place)) == (1_000 * USD, 4_000 * USD)
    given = receipt.events(system.artifacts["TrancheShareLogic"].abi)
    minted = [tuple(each.values.values()) for each in given if each.address not in (asset.address,)]
    assert minted == [(NO_ADDRESS, ann, tranche.supply) for tranche in deals.WHOLE.tranches]


@pytest.mark.parametrize("format", [0, FORMAT + 1])
def test_terms_of_another_format_are_refused(system: System, asset: Contract, format: int) -> None:
    packed = bytes([format]) + packed_terms(deals.PLAIN, asset.address)[1:]
    with refused(system, packed, "Deal_UnknownFormat", {"format": format, "expected": FORMAT}):
        send(system, packed, everything_to(system.chain.accounts[1], deals.PLAIN))


@pytest.mark.parametrize(("tranche", "difference"), [(0, -1), (0, 1), (1, -1), (1, 1), (1, -50_000 * USD)])
def test_allotments_that_are_not_the_supply_are_refused(
    system: System, asset: Contract, tranche: int, difference: int
) -> None:
    ann = system.chain.accounts[1]
    allotments = everything_to(ann, deals.PLAIN)
    supply = allotments[tranche].shares
    allotments[tranche] = Allotment(tranche, ann, supply + difference)
    packed = packed_terms(deals.PLAIN, asset.address)
    mismatch = {"tranche": tranche, "allotted": supply + difference, "supply": supply}
    with refused(system, packed, "Deal_SupplyMismatch", mismatch):
        send(system, packed, allotments)


def test_no_allotment_at_all_is_refused(system: System, asset: Contract) -> None:
    packed = packed_terms(deals.PLAIN, asset.address)
    nothing = {"tranche": 0, "allotted": 0, "supply": 100_000 * USD}
    with refused(system, packed, "Deal_SupplyMismatch", nothing):
        send(system, packed, [])


def test_allotments_do_not_overflow_into_the_supply(system: System, asset: Contract) -> None:
    ann, bob = system.chain.accounts[1:3]
    supply = deals.PLAIN.tranches[0].supply
    most = 2**64 - 1
    packed = packed_terms(deals.PLAIN, asset.address)
    # Together 2**64 + supply: to one holder it would wrap round in its slot, to two in the sum
    mismatch = {"tranche": 0, "allotted": 2**64 + supply, "supply": supply}
    with refused(system, packed, "Deal_SupplyMismatch", mismatch):
        send(system, packed, [Allotment(0, ann, most), Allotment(0, ann, supply + 1)])
    with refused(system, packed, "Deal_SupplyMismatch", mismatch):
        send(system, packed, [Allotment(0, ann, most), Allotment(0, bob, supply + 1)])


def test_an_allotment_of_no_tranche_is_refused(system: System, asset: Contract) -> None:
    ann = system.chain.accounts[1]
    packed = packed_terms(deals.PLAIN, asset.address)
    with refused(system, packed, "Deal_NoTranche", {"tranche": 2}):
        send(system, packed, [*everything_to(ann, deals.PLAIN), Allotment(2, ann, 1)])


def test_nobody_is_allotted_nothing(system: System, asset: Contract) -> None:
    packed = packed_terms(deals.PLAIN, asset.address)
    with refused(system, packed, "ERC20InvalidReceiver", {"receiver": NO_ADDRESS}):
        send(system, packed, everything_to(NO_ADDRESS, deals.PLAIN))


def test_opening_reserves_need_allowance_and_cash(system: System, asset: Contract) -> None:
    sponsor, ann = system.chain.accounts[:2]
    packed = packed_terms(deals.WHOLE, asset.address)
    opening, allotments = 4_000 * USD, everything_to(ann, deals.WHOLE)
    asset.send("mint", sponsor, opening - 1)
    asset.send("approve", system.factory.address, opening - 1)
    short = {"spender": system.factory.address, "allowance": opening - 1, "needed": opening}
    with refused(system, packed, "ERC20InsufficientAllowance", short):
        send(system, packed, allotments)
    asset.send("approve", system.factory.address, opening)
    with refused(
        system, packed, "ERC20InsufficientBalance", {"sender": sponsor, "balance": opening - 1, "needed": opening}
    ):
        send(system, packed, allotments)
    assert asset.call("balanceOf", sponsor) == opening - 1


def test_an_opening_that_does_not_arrive_whole_is_refused(system: System, mock: Mock) -> None:
    sponsor, ann = system.chain.accounts[:2]
    asset = mock("FeeUSD", 6, 10)
    packed = packed_terms(deals.WHOLE, asset.address)
    asset.send("mint", sponsor, 4_000 * USD)
    asset.send("approve", system.factory.address, EVERYTHING)
    with refused(system, packed, "Deal_OpeningNotReceived", {"received": 3_996 * USD, "opening": 4_000 * USD}):
        send(system, packed, everything_to(ann, deals.WHOLE))
    assert asset.call("balanceOf", sponsor) == 4_000 * USD


def test_an_opening_beyond_all_amounts_is_refused(system: System, asset: Contract) -> None:
    sponsor, ann = system.chain.accounts[:2]
    terms = replace(deals.WHOLE, reserves=(replace(deals.WHOLE.reserves[0], opening=MAX_AMOUNT + 1),))
    packed = packed_terms(terms, asset.address)
    asset.send("mint", sponsor, MAX_AMOUNT + 1)
    asset.send("approve", system.factory.address, EVERYTHING)
    beyond = {"received": MAX_AMOUNT + 1, "opening": MAX_AMOUNT + 1}
    with refused(system, packed, "Deal_OpeningNotReceived", beyond):
        send(system, packed, everything_to(ann, terms))


@pytest.mark.parametrize("decimals", [0, 2, 5, 7, 18])
def test_other_decimals_than_the_terms_are_refused(system: System, mock: Mock, decimals: int) -> None:
    asset = mock("MockUSD", decimals)
    packed = packed_terms(deals.PLAIN, asset.address)
    with refused(system, packed, "Deal_WrongDecimals", {"decimals": decimals, "expected": 6}):
        send(system, packed, everything_to(system.chain.accounts[1], deals.PLAIN))


def test_an_asset_that_is_no_contract_is_refused(system: System) -> None:
    ann = system.chain.accounts[1]
    for nobody in (ann, NO_ADDRESS):
        packed = packed_terms(deals.PLAIN, nobody)
        with refused(system, packed, ""):
            send(system, packed, everything_to(ann, deals.PLAIN))
        packed = packed_terms(deals.WHOLE, nobody)
        with refused(system, packed, "SafeERC20FailedOperation", {"token": nobody}):
            send(system, packed, everything_to(ann, deals.WHOLE))


def test_an_allotment_the_policy_refuses_is_refused(system: System, asset: Contract, mock: Mock) -> None:
    ann = system.chain.accounts[1]
    policy = mock("PickyPolicy")
    policy.send("refuse", ann, True)
    packed = packed_terms(deals.PLAIN, asset.address, policy.address)
    with refused(system, packed, "ERC7943CannotReceive", {"account": ann}):
        send(system, packed, everything_to(ann, deals.PLAIN))


def test_a_policy_that_is_no_contract_is_refused(system: System, asset: Contract) -> None:
    ann = system.chain.accounts[1]
    packed = packed_terms(deals.PLAIN, asset.address, ann)
    values = {"from": NO_ADDRESS, "to": ann, "amount": deals.PLAIN.tranches[0].supply}
    with refused(system, packed, "ERC7943CannotTransfer", values):
        send(system, packed, everything_to(ann, deals.PLAIN))


def test_a_salt_is_good_once_for_a_sponsor(system: System, asset: Contract) -> None:
    packed = packed_terms(deals.PLAIN, asset.address)
    allotments = everything_to(system.chain.accounts[1], deals.PLAIN)
    send(system, packed, allotments)
    logs = len(system.chain.logs())
    with pytest.raises(ChainRevert) as caught:
        send(system, packed, allotments)
    assert (caught.value.name, caught.value.values) == ("FailedDeployment", {})
    assert len(system.chain.logs()) == logs


def test_whoever_copies_a_launch_gets_a_deal_of_its_own(system: System, asset: Contract) -> None:
    sponsor, ann, copier = system.chain.accounts[:3]
    packed = packed_terms(deals.PLAIN, asset.address)
    foretold = {each: system.factory.call("dealAddress", each, packed, SALT) for each in (sponsor, copier)}
    assert len(set(foretold.values())) == 2
    send(system, packed, everything_to(copier, deals.PLAIN), sender=copier)
    assert system.chain.code(foretold[sponsor]) == b""
    send(system, packed, everything_to(ann, deals.PLAIN), sender=sponsor)
    deal = system.chain.at(foretold[sponsor], system.artifacts["IDeal"].abi)
    assert deal.call("holderOf", 0, ann).shares == 100_000 * USD
    assert deal.call("holderOf", 0, copier).shares == 0


def test_nobody_closes_a_deal_again(plain: Stage) -> None:
    allotments = triples(everything_to(plain.cast.stranger, plain.terms))
    for caller in (plain.cast.stranger, plain.cast.sponsor, plain.cast.ann):
        for given in (allotments, []):
            with plain.refused("Deal_NotFactory", {"caller": caller}):
                plain.deal.send("close", given, sender=caller)


CALLS: dict[str, tuple[Any, ...]] = {
    "settle": (1,),
    "payAndSettle": (0, 1),
    "payAndSettleWithPermit": (0, 1, EVERYTHING, 27, bytes(32), bytes(32)),
    "claim": (0,),
    "claimFee": (0,),
    "close": ([],),
}


def test_nothing_comes_of_calling_the_implementation(system: System) -> None:
    chain = system.chain
    chain.set_time(4_000_000_000)
    deal = chain.at(system.factory.call("implementation"), system.artifacts["IDeal"].abi)
    stranger = chain.accounts[7]
    storage = [chain.storage(deal.address, slot) for slot in range(64)]
    for name, arguments in CALLS.items():
        with pytest.raises(ChainError):
            deal.send(name, *arguments, sender=stranger)
    with pytest.raises(ChainRevert, match="Deal_NotFactory"):
        deal.send("close", triples([Allotment(0, stranger, 1)]), sender=stranger)
    with pytest.raises(ChainRevert, match="Deal_NotShare"):
        deal.send("moveShares", 0, stranger, stranger, 0, sender=stranger)
    assert [chain.storage(deal.address, slot) for slot in range(64)] == storage


def test_nothing_comes_of_calling_the_logic_of_shares(plain: Stage) -> None:
    chain, ann = plain.system.chain, plain.cast.ann
    logic = chain.deploy(plain.system.artifacts["TrancheShareLogic"])
    before = plain.numbers()
    # With nothing behind the calldata, and with what a share of this deal would put there
    for tail in (b"", bytes(12) + bytes.fromhex(plain.deal.address[2:]) + bytes(32)):
        for name, arguments in {
            "transfer": (ann, 1),
            "transferFrom": (ann, ann, 0),
            "transferFrom ": (ann, ann, 1),
        }.items():
            data = logic.abi.function(name.strip()).encode(arguments)
            with pytest.raises(ChainRevert):
                chain.transact(logic.address, data + tail, ann)
        allow = logic.abi.function("approve").encode((plain.cast.stranger, 5))
        if tail:
            chain.transact(logic.address, allow + tail, ann)  # its own storage, of no use to anybody
            continue
        with pytest.raises(ChainRevert, match="TrancheShare_CalldataTooShort"):
            chain.transact(logic.address, allow, ann)
    after = plain.numbers()
    assert after | {"logs": 0} == before | {"logs": 0}
    assert plain.share().call("allowance", ann, plain.cast.stranger) == 0


def test_a_share_made_by_somebody_else_has_no_deal(plain: Stage) -> None:
    artifacts, cast = plain.system.artifacts, plain.cast
    given = [(0, cast.stranger, 100_000 * USD)]
    made = plain.system.chain.deploy(artifacts["TrancheShare"], 0, plain.share().address, given, sender=cast.stranger)
    with plain.refused(""):
        made.send("transfer", cast.ann, 0, sender=cast.stranger)


def test_a_payee_without_an_address_is_refused_before_anything_is_sent(system: System, asset: Contract) -> None:
    block = system.chain.block()
    with pytest.raises(LaunchRefused, match="no address for the payee 'agent'"):
        launch(system, deals.WHOLE, asset, {"operator": asset.address})
    assert system.chain.block() == block


def test_a_deal_that_reads_reports_needs_a_source(system: System, asset: Contract) -> None:
    block = system.chain.block()
    with pytest.raises(LaunchRefused, match="needs a report source"):
        launch(system, deals.WHOLE, asset, {"operator": asset.address, "agent": asset.address})
    assert system.chain.block() == block


def test_terms_too_long_for_a_contract_are_refused_before_anything_is_sent(system: System, asset: Contract) -> None:
    days = tuple(date(2026, 7, 1) + timedelta(each) for each in range(1_800))
    senior = replace(deals.PLAIN.tranches[0], schedule=(2**64,) * len(days))
    terms = replace(deals.PLAIN, accrual_dates=days, payment_dates=days, tranches=(senior, deals.PLAIN.tranches[1]))
    block = system.chain.block()
    with pytest.raises(LaunchRefused, match=r"accepted: at most [0-9]+ periods like these"):
        launch(system, terms, asset, {})
    assert system.chain.block() == block


@pytest.mark.parametrize("decimals", [0, 2, 18])
def test_other_decimals_live_a_whole_life(system: System, decimals: int) -> None:
    stage = put_on(system, deals.with_decimals(deals.COARSE, decimals))
    unit, ann = 10**decimals, stage.cast.ann
    shares = stage.share()
    assert shares.call("decimals") == min(decimals, 6)
    assert shares.call("totalSupply") == 100_000 * 10 ** min(decimals, 6)
    assert stage.paid(stage.settle(30_000 * unit)) == [[3_000 * unit, 25_000 * unit, 2_000 * unit]]
    assert stage.claim(0, ann) == 28_000 * unit
    assert stage.claim(1, ann) == 2_000 * unit
    assert stage.cash() == 0


# What the reserves hold at closing, up to all that a deal can hold.


def test_the_largest_opening_there_is(system: System) -> None:
    reserve = replace(deals.WHOLE.reserves[0], opening=MAX_AMOUNT)
    stage = put_on(system, replace(deals.WHOLE, reserves=(reserve,), narrow=False))
    assert stage.state().reserves == [MAX_AMOUNT]
    assert stage.asset.call("balanceOf", stage.deal.address) == MAX_AMOUNT
