"""
Certificates, on the bytecode beside the twin
├── issue
│   ├── an_interval_is_issued_once (energywebfoundation/origin#556)
│   └── given a batch that is not final, void, zero or of another unit, it should be refused
├── buy
│   ├── revenue_reaches_the_payee_only, rounded up
│   ├── given a price below the pledge's least, or none, it should be refused
│   ├── given a cost above the most, or more than is left, it should be refused
│   └── a_refused_payee_delays_itself_alone
├── retire
│   ├── retired_ranges_tile_the_lot (granular_certificate_registry#198, #221)
│   ├── given a load, its owner and operators alone may claim it, up to what it consumed
│   └── given another hour, interval, zone or unit, it should be refused
└── given ERC-6909, transfers, allowances and the interface id should be as the standard says
"""

from __future__ import annotations

import pytest

from penstock.evm.errors import ChainRevert
from penstock.links.meters_storage import interval_id
from penstock.links.sumtree import Leaf, build
from penstock.onchain.launch import System
from tests.links.bed import DAY, EVERYTHING, HOUR, Bed, Fleet, Refused, device

PRICE = 3_500_000  # 3.50 a MWh
MADE = 5_594_005


@pytest.fixture
def bed(system: System) -> Bed:
    """Meter 1 makes, meter 2 of the hall consumes 1,000,000 in the same hour; both are final."""
    bed = Bed(system)
    fleet, number, first = bed.fleet_with_meter(8_000_000)
    bed.create_reporters()
    load = Fleet.of(2_000_000)
    bed.register(bed.terms(load, unit=1), "hall")
    start = bed.twin.meters[2].first
    assert (number, start) == (1, first + 2 * HOUR)
    bed.until(start + HOUR)
    bed.report(1, start, fleet.readings(MADE))
    bed.report(2, start, load.readings(1_000_000))
    bed.until(start + 2 * DAY)
    bed.finalise(1)
    bed.finalise(2)
    return bed


def lot_of(bed: Bed, meter: int = 1, hour: int = 0) -> int:
    return interval_id(meter, bed.twin.meters[2].first + hour * HOUR)


def refused(said: object, name: str) -> bool:
    assert isinstance(said, Refused), said
    return said.name == name


def test_inv_33_an_interval_is_issued_once(bed: Bed) -> None:
    lot = lot_of(bed)
    assert bed.issue(lot, "other") is None
    assert bed.certificate_twin.balances[bed.certificates.address, lot] == MADE
    for who in ("other", "owner", "buyer"):
        assert refused(bed.issue(lot, who), "Certificates_IssuedAlready")
    bed.compare(1, [bed.twin.meters[2].first])


def test_what_is_not_final_or_nothing_is_not_issued(bed: Bed) -> None:
    assert refused(bed.issue(lot_of(bed, 2)), "Certificates_WrongUnit")
    assert refused(bed.issue(lot_of(bed, 1, 1)), "Meters_NotFinal")
    assert refused(bed.issue(interval_id(9, 0)), "Meters_NotFinal")
    fleet = Fleet.of(8_000_000)
    now = bed.now // HOUR * HOUR - HOUR
    bed.report(1, now, fleet.readings(0))
    bed.report(1, now - HOUR, build([Leaf(device("nobody"), 9)]))
    assert refused(bed.issue(interval_id(1, now)), "Meters_NotFinal")
    bed.ask(interval_id(1, now - HOUR), 0)
    bed.wait(2 * DAY)
    bed.expire(interval_id(1, now - HOUR), 0)
    bed.finalise(1, 1000)
    assert refused(bed.issue(interval_id(1, now)), "Certificates_Nothing")
    assert refused(bed.issue(interval_id(1, now - HOUR)), "Meters_NotFinal")


def test_a_late_batch_is_issued_too(bed: Bed) -> None:
    late = bed.twin.meters[1].first
    bed.report(1, late, Fleet.of(8_000_000).readings(77))
    bed.wait(DAY)
    bed.finalise_late(interval_id(1, late))
    assert bed.issue(interval_id(1, late)) is None


def test_inv_36_revenue_reaches_the_payee_only(bed: Bed) -> None:
    lot = lot_of(bed)
    bed.issue(lot)
    assert refused(bed.buy(lot, 1), "Certificates_NotForSale")
    assert refused(bed.set_price(1, PRICE, "other"), "Certificates_NotOwner")
    bed.set_price(1, PRICE)
    cost = -(-PRICE * 1_000_001 // 10**6)
    assert refused(bed.buy(lot, 1_000_001, cost - 1), "Certificates_TooExpensive")
    assert bed.buy(lot, 1_000_001, cost) == (bed.people["owner"], 3_500_004)
    assert bed.buy(lot, 1, 4) == (bed.people["owner"], 4), "a Wh of 3.5 base units costs 4"
    assert refused(bed.buy(lot, MADE), "ERC6909InsufficientBalance")
    assert refused(bed.buy(lot, 0), "Certificates_Nothing")
    bed.compare(1, [bed.twin.meters[2].first])


def test_the_payee_of_the_lots_interval_is_paid(bed: Bed) -> None:
    """A meter that is pledged later, or to another, pays for each interval whom it was pledged to then."""
    bed.pledge(1, bed.people["payee"], PRICE)
    start = bed.now // HOUR * HOUR + HOUR
    bed.until(start + HOUR)
    bed.report(1, start, Fleet.of(8_000_000).readings(1_000_000))
    bed.release(1)
    bed.wait(2 * DAY)
    bed.finalise(1, 1000)
    for lot in (lot_of(bed), interval_id(1, start)):
        bed.issue(lot)
    bed.set_price(1, PRICE - 1)
    assert refused(bed.buy(interval_id(1, start), 100), "Certificates_NotForSale")
    assert bed.buy(lot_of(bed), 100) == (bed.people["owner"], 350)
    bed.set_price(1, PRICE)
    assert bed.buy(interval_id(1, start), 1_000_000) == (bed.people["payee"], PRICE)


def test_a_payee_may_buy_for_itself(bed: Bed) -> None:
    lot = lot_of(bed)
    bed.issue(lot)
    bed.set_price(1, PRICE)
    before = bed.cash(bed.people["owner"])
    bed.certificates.send("buy", lot, 100, EVERYTHING, bed.people["owner"], sender=bed.people["owner"])
    assert bed.cash(bed.people["owner"]) == before


def test_a_refused_payee_delays_itself_alone(bed: Bed) -> None:
    """_redirectRepayment (CHAIN section 7, 13): a payee that is blocked is not paid, and nobody is in its place."""
    lot = lot_of(bed)
    bed.issue(lot)
    bed.set_price(1, PRICE)
    bed.usd.send("block_", bed.people["owner"], True)
    with pytest.raises(ChainRevert, match="ControlledUSD_Blocked"):
        bed.certificates.send("buy", lot, 100, EVERYTHING, bed.people["buyer"], sender=bed.people["buyer"])
    bed.usd.send("block_", bed.people["owner"], False)
    assert bed.buy(lot, 100) == (bed.people["owner"], 350)


def test_inv_34_retired_ranges_tile_the_lot(bed: Bed) -> None:
    """granular_certificate_registry#198, #221: a split off by one. Here nothing is split: a range is taken."""
    lot = lot_of(bed)
    bed.issue(lot)
    bed.set_price(1, PRICE)
    bed.buy(lot, 3_000_000)
    bed.buy(lot, 2_000_000, who="hall")
    firsts = [bed.retire(lot, amount, who=who) for amount, who in ((1, "buyer"), (999, "hall"), (2_000_000, "buyer"))]
    assert firsts == [0, 1, 1000]
    assert refused(bed.retire(lot, 1_000_000), "ERC6909InsufficientBalance")
    assert refused(bed.retire(lot, 0), "Certificates_Nothing")
    assert bed.retire(lot, 999_999) == 2_001_000
    kept = bed.certificate_twin.lots[lot]
    assert kept.retired == 3_000_999
    bed.compare(1, [bed.twin.meters[2].first])


def test_inv_32_what_is_issued_is_held_or_retired(bed: Bed) -> None:
    lot = lot_of(bed)
    bed.issue(lot)
    bed.set_price(1, PRICE)
    bed.buy(lot, 100)
    bed.transfer("other", lot, 30)
    bed.retire(lot, 20, who="other")
    bed.retire(lot, 70)
    holders = (*bed.people.values(), bed.certificates.address)
    held = sum(bed.certificates.call("balanceOf", each, lot) for each in holders)
    assert held + bed.certificates.call("lotOf", lot).retired == MADE == bed.certificates.call("lotOf", lot).issued


def test_inv_35_a_load_is_claimed_once_and_by_its_owner(bed: Bed) -> None:
    lot, load = lot_of(bed), lot_of(bed, 2)
    bed.issue(lot)
    bed.set_price(1, PRICE)
    bed.buy(lot, 900_000, who="hall")
    bed.buy(lot, 900_000)
    assert refused(bed.retire(lot, 1, load), "Certificates_NotLoadOwner"), "a stranger would use the load up"
    assert bed.retire(lot, 900_000, load, "hall") == 0
    bed.set_operator("buyer", True)
    assert refused(bed.retire(lot, 100_001, load), "Certificates_OverClaimed")
    assert bed.retire(lot, 100_000, load) == 900_000
    assert refused(bed.retire(lot, 1, load), "Certificates_OverClaimed")
    bed.set_operator("buyer", False)
    assert refused(bed.retire(lot, 1, load), "Certificates_NotLoadOwner")
    bed.compare(2, [bed.twin.meters[2].first])


def test_a_load_is_of_the_same_hour_interval_zone_and_unit(bed: Bed) -> None:
    lot = lot_of(bed)
    bed.issue(lot)
    bed.set_price(1, PRICE)
    bed.buy(lot, 1000, who="hall")
    load = Fleet.of(2_000_000)
    bed.register(bed.terms(load, unit=1, zone=b"US-SC".ljust(32, b"\0")), "hall")
    bed.register(bed.terms(load, unit=1, interval=900), "hall")
    bed.register(bed.terms(load, unit=0), "hall")
    for meter in (1, 3, 4, 5, 9):
        assert refused(bed.retire(lot, 1, lot_of(bed, meter), "hall"), "Meters_OtherLoad")
    assert refused(bed.retire(lot, 1, lot_of(bed, 2, 1), "hall"), "Meters_OtherLoad")
    assert refused(bed.retire(lot, 1, 1, "hall"), "Meters_OtherLoad")


def test_a_load_that_is_not_final_is_not_claimed(bed: Bed) -> None:
    start = bed.now // HOUR * HOUR - HOUR
    bed.report(1, start, Fleet.of(8_000_000).readings(500))
    bed.wait(DAY)
    bed.finalise(1, 1000)
    bed.issue(interval_id(1, start))
    bed.set_price(1, PRICE)
    bed.buy(interval_id(1, start), 500, who="hall")
    assert refused(bed.retire(interval_id(1, start), 5, interval_id(2, start), "hall"), "Meters_NotFinal")


def test_it_is_erc_6909(bed: Bed) -> None:
    assert bed.certificates.call("supportsInterface", bytes.fromhex("0f632fb3"))
    lot = lot_of(bed)
    bed.issue(lot)
    bed.set_price(1, PRICE)
    bed.buy(lot, 1000)
    assert refused(bed.transfer("other", lot, 1001), "ERC6909InsufficientBalance")
    assert refused(bed.transfer_from("buyer", "other", lot, 5, "other"), "ERC6909InsufficientAllowance")
    bed.approve("other", lot, 5)
    bed.transfer_from("buyer", "other", lot, 5, "other")
    assert refused(bed.transfer_from("buyer", "other", lot, 1, "other"), "ERC6909InsufficientAllowance")
    bed.set_operator("second", True, "buyer")
    bed.transfer_from("buyer", "second", lot, 500, "second")
    bed.compare(1, [bed.twin.meters[2].first])


def test_prices_at_the_edge_of_their_width_do_not_overflow(bed: Bed) -> None:
    lot = lot_of(bed)
    bed.issue(lot)
    bed.set_price(1, 2**96 - 1)
    with pytest.raises(ChainRevert, match="Certificates_TooExpensive"):
        bed.certificates.send("buy", lot, 2**96 - 1, 1, bed.people["buyer"], sender=bed.people["buyer"])
