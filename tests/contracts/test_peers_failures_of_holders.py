"""
What went wrong elsewhere, by name, and what happens here: who holds, when, how much, and what is left over.

The same buying, settling and selling in one block of a node is in test_peers_failures_in_one_block.py.
"""

from __future__ import annotations

from itertools import cycle

import pytest

from penstock.dealfile import loads
from penstock.model.shares import Allotment
from penstock.model.units import MAX_AMOUNT
from penstock.onchain.launch import System
from penstock.onchain.terms_encode import encode_terms
from tests.contracts import deals
from tests.contracts.hostile import Mock, call_of
from tests.contracts.stage import EVERYTHING, SENIOR, USD, Stage, put_on

EQUITY = 1
MAX_SUPPLY = 2**64 - 1

# A ledger as large as the chain holds: 18,446,744,073,709,551,615 shares of equity, and 79 billion billion billion in
# revenue, of an asset without decimals
HUGE = loads(f"""
[deal]
name = "Huge"
asset = "WEI"
decimals = 0
closing = 2026-01-01
months = 6
periods = 4

[[tranche]]
id = "senior"
symbol = "HUGE-A"
face = "1"
coupon = "0"
principal = {{ kind = "bullet" }}

[[tranche]]
id = "equity"
symbol = "HUGE-E"
residual = true
face = "{MAX_SUPPLY}"

[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]
""")


@pytest.fixture
def quarters(system: System) -> Stage:
    """Ann holds three quarters of the senior tranche, Cho the rest; the first period is due, with 28,000 to share."""
    stage = put_on(system, deals.PLAIN)
    stage.share().send("transfer", stage.cast.cho, 25_000 * USD, sender=stage.cast.ann)
    stage.gift(28_000 * USD)
    stage.until(1)
    return stage


def test_buying_settling_and_selling_at_once_takes_from_the_seller_alone(quarters: Stage, mock: Mock) -> None:
    """
    Kwenta (Kwenta/token#115) and Tokemak (sherlock-audit/2023-06-tokemak-judging#141) let who came for one moment share
    in what had been earned before. Here nobody comes in but by buying a holder's shares: in one transaction a contract
    buys half of the tranche from Ann, settles and sells it back. It has what Ann's shares earned, Cho all of her own.
    """
    stage, deal, share, cast = quarters, quarters.deal, quarters.share(), quarters.cast
    trader = mock("CallerContract")
    stage.watched.append(trader.address)
    share.send("approve", trader.address, EVERYTHING, sender=cast.ann)
    buy = call_of(share, "transferFrom", cast.ann, trader.address, 50_000 * USD)
    settle = call_of(deal, "settle", 1)
    sell = call_of(share, "transfer", cast.ann, 50_000 * USD)
    trader.send("actAll", *zip(buy, settle, sell, strict=True))
    people = (trader.address, cast.ann, cast.cho)
    assert [stage.claimable(SENIOR, each) for each in people] == [14_000 * USD, 7_000 * USD, 7_000 * USD]
    # Without a settlement in between, buying and selling is worth nothing, however often
    before = stage.numbers()
    trader.send("actAll", *zip(buy, sell, buy, sell, strict=True))
    after = stage.numbers()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"logs"}
    stage.settle(27_250 * USD)
    claims = [14_000 * USD, 7_000 * USD + 20_437_500_000, 7_000 * USD + 6_812_500_000]
    assert [stage.claimable(SENIOR, each) for each in people] == claims
    trader.send("act", *call_of(deal, "claim", SENIOR))
    assert (stage.cash(trader.address), stage.claim(SENIOR, cast.ann), stage.claim(SENIOR, cast.cho)) == tuple(claims)
    assert stage.cash() == 0


def test_a_blacklisted_lenders_money_is_paid_to_nobody_else(system: System, mock: Mock) -> None:
    """
    Where cash is pushed, a blocked recipient stops everybody (0xSplits' PushSplit, 0xSplits/splits-contracts-monorepo
    #80; a creditor at Wagmi, sherlock-audit/2023-10-real-wagmi-judging#83), and a peer got round it by paying its part
    to others. Here it waits, to the base unit, and what others get is what they would get anyway.
    """

    def a_life(listed: bool) -> tuple[Stage, list[int]]:
        stage = put_on(system, deals.PLAIN, mock("BlacklistUSD", 6))
        stage.share().send("transfer", stage.cast.bob, 33_333_333_333, sender=stage.cast.ann)
        stage.asset.send("blacklist", stage.cast.bob, listed)
        got = []
        for collections in (28_000 * USD, 10_000 * USD, 0, 120_000 * USD, 77):
            stage.settle(collections)
            got += [stage.claim(t, stage.cast.ann) for t in (0, 1) if stage.claimable(t, stage.cast.ann)]
        return stage, got

    with system.chain.undone():
        free, expected = a_life(listed=False)
        owed = free.claimable(SENIOR, free.cast.bob)
    stage, got = a_life(listed=True)
    bob = stage.cast.bob
    assert got == expected
    with stage.refused("BlacklistUSD_Blacklisted", {"account": bob}):
        stage.deal.send("claim", SENIOR, sender=bob)
    assert stage.claimable(SENIOR, bob) == owed
    assert 0 <= stage.cash() - owed <= 1
    stage.asset.send("blacklist", bob, False)
    assert stage.claim(SENIOR, bob) == owed


def test_the_first_holder_inflates_nothing(system: System, mock: Mock) -> None:
    """
    In an ERC-4626 vault (OpenZeppelin/openzeppelin-contracts#3706) who holds one unit and donates makes the shares of
    who comes next round to nothing. Here shares are counted at closing and no donation changes one: the donor holds one
    base unit of the senior tranche, gives a million, and gets nothing of it back that rounds in its favour.
    """
    asset, (sponsor, ann, donor) = mock("MockUSD", 6), system.chain.accounts[:3]
    packed = encode_terms(deals.PLAIN, asset.address, {})
    place = system.factory.call("dealAddress", sponsor, packed, bytes(32))
    asset.send("mint", donor, 1_000_000 * USD)
    asset.send("transfer", place, 1_000_000 * USD, sender=donor)
    given = [Allotment(0, donor, 1), Allotment(0, ann, 100_000 * USD - 1), Allotment(1, ann, 50_000 * USD)]
    stage = put_on(system, deals.PLAIN, asset, given)
    assert stage.deal.address == place
    assert [stage.share().call("balanceOf", each) for each in (donor, ann)] == [1, 100_000 * USD - 1]
    assert stage.paid(stage.settle()) == [[3_000 * USD, 25_000 * USD, 972_000 * USD]]
    with stage.refused("Deal_NothingToClaim", {"tranche": SENIOR, "holder": donor}):
        stage.deal.send("claim", SENIOR, sender=donor)
    assert stage.claim(SENIOR, ann) == 28_000 * USD - 1  # 0.28 of a unit is the donor's
    assert stage.claim(EQUITY, ann) == 972_000 * USD


def test_no_holder_is_too_large(system: System) -> None:
    """
    Hedera's Asset Tokenization Studio (hashgraph/asset-tokenization-studio#1203) multiplied a large holding by a large
    dividend in one word, and the largest holders could not be paid. Here the largest supply times all the cash a deal
    ever takes is 160 bits: trades back and forth between credits of a quarter of that pay to the base unit.
    """
    stage = put_on(system, HUGE)
    cast, share = stage.cast, stage.share(EQUITY)
    assert share.call("totalSupply") == MAX_SUPPLY
    quarter, third = MAX_AMOUNT // 4, MAX_SUPPLY // 3
    stage.settle(quarter)
    share.send("transfer", cast.bob, MAX_SUPPLY, sender=cast.ann)  # Ann is left with a credit and no shares
    stage.settle(quarter)
    share.send("transfer", cast.cho, 2 * third, sender=cast.bob)
    stage.settle(quarter)
    share.send("transfer", cast.ann, 2 * third, sender=cast.cho)
    stage.settle(quarter)
    # The last period repays the senior's one unit
    rest = quarter - 1
    expected = {
        cast.ann: (MAX_SUPPLY * quarter + 2 * third * rest) // MAX_SUPPLY,
        cast.bob: (MAX_SUPPLY * quarter + (MAX_SUPPLY - 2 * third) * (quarter + rest)) // MAX_SUPPLY,
        cast.cho: 2 * third * quarter // MAX_SUPPLY,
    }
    assert {each: stage.claim(EQUITY, each) for each in expected} == expected
    assert stage.claim(SENIOR, cast.ann) == 1
    assert stage.cash() == 4 * quarter - 1 - sum(expected.values()) <= 2
    # All that is left of a deal's life
    stage.gift(3 + 5)
    stage.deal.send("settle", 1)
    assert sum(stage.state().credited) == MAX_AMOUNT
    for holder in (cast.ann, cast.bob):
        stage.claim(EQUITY, holder)
    assert stage.cash() == stage.state().accounted + 5
    stage.assert_sound()


def test_no_dust_is_left_for_ever(system: System) -> None:
    """
    ERC-1726's author (Roger-Wu/erc1726-dividend-paying-token#1) leaves what a dividend does not divide behind, a little
    of every one. Here nothing is rounded before it is paid: ninety-nine units, most credited one by one while thirds of
    shares change hands, are thirty-three for each of three holders.
    """
    people = system.chain.accounts[1:4]
    given = [Allotment(0, people[0], 7 * USD), *(Allotment(1, each, 1 * USD) for each in people)]
    stage = put_on(system, deals.ROUNDS, allotments=given)
    share, pairs = stage.share(EQUITY), cycle([(0, 1), (1, 2), (2, 0)])
    for _ in range(4):
        stage.settle(3)
    stage.settle(1)
    # The senior's seven units are repaid, the last of them late; six are equity's
    assert stage.state().credited == [7, 6]
    for round_ in range(93):
        seller, buyer = (people[each] for each in next(pairs))
        share.send("transfer", buyer, 333_333, sender=seller)
        stage.settle(1)
        share.send("transfer", seller, 333_333, sender=buyer)
        if stage.claimable(EQUITY, people[round_ % 3]):
            stage.deal.send("claim", EQUITY, sender=people[round_ % 3])
        stage.assert_sound()
    for each in people:
        if stage.claimable(EQUITY, each):
            stage.deal.send("claim", EQUITY, sender=each)
    assert stage.claim(SENIOR, people[0]) == 7
    assert [stage.cash(each) for each in people] == [33 + 7, 33, 33]
    assert stage.cash() == stage.state().accounted == 0
