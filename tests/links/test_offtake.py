"""
Offtake, beside its twin
├── given the buyer accepts in time, the deposit should be there; given anyone else, twice or too late, it should refuse
├── given rows
│   ├── each should be billed as its golden figure, and paid once, in order, to the meter's payee
│   ├── a row that is not final should be refused by the meter
│   ├── one that is late should cost interest for whole days since its grace
│   └── a late reading should be billed where it is counted, once
├── given a bill that nobody pays
│   ├── within its grace, the deposit should not be drawn
│   ├── after it, the deposit should pay the bill first, then interest, and the rest should stay due and accrue
│   └── with an empty deposit, it should refuse
├── given every row is paid, the deposit should be the buyer's, by anyone's hand, once
├── given an asset that keeps a part or calls back, or a payee that is blocked, nothing should be lost or paid twice
└── given terms that the factory refuses, it should say why with the values
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.links import offtake as twin
from penstock.links.offtake import MOST_ROWS, NO_ONE, Row
from penstock.onchain.launch import System
from tests.links.offtakes import DAY, HOUR, MWH, START, USD, Bench, Played, as_struct, refusal_of, rows_of


@pytest.fixture
def bench(system: System, mock: Callable[..., Contract]) -> Bench:
    return Bench(system, mock("MockUSD", 6))


@pytest.fixture
def played(bench: Bench) -> Played:
    """Accepted, three rows."""
    made = bench.put(bench.terms(rows_of(3)))
    made.accept()
    return made


def test_the_buyer_accepts_once_and_in_time(bench: Bench) -> None:
    made = bench.put(bench.terms(rows_of(2)))
    stranger = bench.payer
    assert made.refusal("accept", sender=stranger) == ("Offtake_NotBuyer", [stranger, bench.buyer])
    assert refusal_of(lambda: twin.accept(made.terms, made.state, stranger, made.now)) == (
        "Offtake_NotBuyer",
        [stranger, bench.buyer],
    )
    with bench.system.chain.undone():
        made.wait_until(START)
        assert made.refusal("accept", sender=bench.buyer) == ("Offtake_TooLate", [START, START])
        late = refusal_of(lambda: twin.accept(made.terms, made.state, bench.buyer, START))
        assert late == ("Offtake_TooLate", [START, START])
    made.wait_until(START - 1)
    (event,) = made.accept().events(made.contract.abi)
    assert (event.name, dict(event.values)) == ("Accepted", {"meter": 7, "buyer": bench.buyer, "deposit": 5_000 * USD})
    assert made.refusal("accept", sender=bench.buyer) == ("Offtake_AcceptedAlready", [])
    assert refusal_of(lambda: twin.accept(made.terms, made.state, bench.buyer, 0))[0] == "Offtake_AcceptedAlready"


def test_nothing_is_paid_before_it_is_accepted(bench: Bench) -> None:
    made = bench.put(bench.terms(rows_of(1)))
    made.count(0, 1)
    for name, arguments in (("pay", [0]), ("draw", [0]), ("post", [1]), ("finish", [])):
        assert made.refusal(name, *arguments) == ("Offtake_NotAccepted", [])
    assert refusal_of(lambda: twin.post(made.state, 1))[0] == "Offtake_NotAccepted"


GOLDEN = [
    (1_234_567_891, {"cap": 2_000 * MWH}, 76_543_209_242),
    (2_500_000_001, {"cap": 2_000 * MWH}, 124_000_000_000),
    (600 * MWH, {"cap": 2_000 * MWH, "floor": 900 * MWH}, 55_800_000_000),
    (600 * MWH, {"cap": 2_000 * MWH, "guarantee": 800 * MWH, "damages": 15 * USD}, 34_200_000_000),
    (1 * MWH, {"cap": 2_000 * MWH, "guarantee": 2_000 * MWH, "damages": 62 * USD}, 0),
    (0, {"cap": 2_000 * MWH}, 0),
]


@pytest.mark.parametrize(("quantity", "changes", "bill"), GOLDEN)
def test_inv_38_golden_bills_are_paid_to_the_payee(
    bench: Bench, quantity: int, changes: dict[str, int], bill: int
) -> None:
    made = bench.put(bench.terms(rows_of(2, **changes)))
    made.accept()
    made.count(0, quantity)
    assert made.due(0) == (bill, bill, 0)
    assert made.pay(0) == (bill, 0)
    assert made.due(0) == (bill, 0, 0)


def test_late_interest_is_the_golden_figure(bench: Bench) -> None:
    made = bench.put(bench.terms(rows_of(1, cap=2_000 * MWH), deposit=0))
    made.accept()
    made.count(0, 1_234_567_891)
    made.wait_until(made.terms.late_from(0) + 45 * DAY)
    assert made.due(0) == (76_543_209_242, 76_543_209_242, 754_946_721)
    assert made.pay(0) == (76_543_209_242, 754_946_721)


def test_inv_37_rows_are_paid_once_and_in_order(played: Played) -> None:
    for row in range(3):
        played.count(row, 100 * MWH)
    assert played.refusal("pay", 1) == ("Offtake_NotNext", [1, 0])
    assert refusal_of(lambda: twin.pay(played.terms, played.state, 1, 0, 0)) == ("Offtake_NotNext", [1, 0])
    assert played.refusal("pay", 3) == ("Offtake_NoRow", [3, 3])
    assert refusal_of(lambda: twin.pay(played.terms, played.state, 3, 0, 0)) == ("Offtake_NoRow", [3, 3])
    assert played.due(2) == (6_200 * USD, 6_200 * USD, 0)
    for row in range(3):
        assert played.pay(row) == (6_200 * USD, 0)
        assert played.refusal("pay", row) == ("Offtake_NotNext", [row, row + 1])
    with pytest.raises(ChainRevert) as caught:
        played.contract.call("due", 3)
    assert (caught.value.name, list(caught.value.values.values())) == ("Offtake_NoRow", [3, 3])


def test_a_row_that_is_not_final_is_not_billed(played: Played) -> None:
    end = played.terms.rows[0].end
    assert played.refusal("pay", 0) == ("Meters_NotFinal", [7, end])
    played.wait_until(played.terms.late_from(0))
    assert played.refusal("draw", 0) == ("Meters_NotFinal", [7, end])


def test_inv_40_a_late_reading_is_billed_where_it_is_counted(played: Played) -> None:
    """Three days of gaps in the first row, counted late in the second: the same sum as without."""
    played.count(0, 70 * MWH)
    played.count(1, 100 * MWH, late=30 * MWH)
    played.count(2, 100 * MWH)
    paid = [played.pay(row)[0] for row in range(3)]
    assert paid == [4_340 * USD, 8_060 * USD, 6_200 * USD]
    assert sum(paid) == 3 * 6_200 * USD


def test_the_deposit_pays_after_the_grace_and_the_rest_stays_due(played: Played) -> None:
    played.count(0, 100 * MWH)
    late_from = played.terms.late_from(0)
    played.wait_until(late_from - 1)
    assert played.refusal("draw", 0) == ("Offtake_InGrace", [0, late_from, late_from - 1])
    in_grace = refusal_of(lambda: twin.draw(played.terms, played.state, 0, 100 * MWH, late_from - 1))
    assert in_grace == ("Offtake_InGrace", [0, late_from, late_from - 1])
    played.wait_until(late_from + 10 * DAY + DAY - 1)
    interest = 6_200 * USD * 8 * 10 // (100 * 365)
    assert played.draw(0) == (5_000 * USD, 0)
    assert played.due(0) == (6_200 * USD, 1_200 * USD, interest)
    assert played.refusal("draw", 0) == ("Offtake_NothingToDraw", [0])
    empty = refusal_of(lambda: twin.draw(played.terms, played.state, 0, 100 * MWH, played.now))
    assert empty == ("Offtake_NothingToDraw", [0])
    # The rest accrues on what is left of the bill
    played.wait_until(late_from + 30 * DAY)
    more = 1_200 * USD * 8 * 20 // (100 * 365)
    assert played.due(0) == (6_200 * USD, 1_200 * USD, interest + more)
    # A part of the interest from a deposit that was filled up
    played.fund(played.bench.payer, 1_200 * USD + interest)
    played.contract.send("post", 1_200 * USD + interest, sender=played.bench.payer)
    played.state = twin.post(played.state, 1_200 * USD + interest)
    assert played.draw(0) == (1_200 * USD, interest)
    assert played.due(0) == (6_200 * USD, 0, more)
    played.wait_until(late_from + 300 * DAY)
    assert played.pay(0) == (0, more)


def test_a_drawn_row_is_passed_when_nothing_is_left(played: Played) -> None:
    """Interest included: otherwise no later row could be drawn until somebody paid it."""
    played.count(0, 50 * MWH)
    played.count(1, 10 * MWH)
    played.wait_until(played.terms.late_from(1) + 2 * DAY)
    assert played.draw(0) == (3_100 * USD, 3_100 * USD * 8 * 3 // 36_500)
    assert played.draw(1) == (620 * USD, 620 * USD * 8 * 2 // 36_500)
    assert played.state.next == 2


def test_a_row_of_nothing_is_passed_and_never_drawn(played: Played) -> None:
    played.count(0, 0)
    played.wait_until(played.terms.late_from(0))
    assert played.refusal("draw", 0) == ("Offtake_NothingToDraw", [0])
    assert played.pay(0) == (0, 0)


def test_anyone_adds_to_the_deposit(played: Played) -> None:
    payer = played.bench.payer
    assert played.refusal("post", 0) == ("Offtake_NothingPosted", [])
    assert refusal_of(lambda: twin.post(played.state, 0))[0] == "Offtake_NothingPosted"
    played.fund(payer, 5)
    (event,) = played.contract.send("post", 5, sender=payer).events(played.contract.abi)
    assert (event.name, dict(event.values)) == ("Posted", {"by": payer, "amount": 5})
    played.state = twin.post(played.state, 5)
    played.compare()


def test_inv_39_the_deposit_goes_back_after_the_last_row(played: Played) -> None:
    bench, asset = played.bench, played.bench.asset.address
    for row in range(3):
        played.count(row, 1)
        assert played.refusal("finish") == ("Offtake_RowsLeft", [row, 3])
        assert refusal_of(lambda: twin.finish(played.terms, played.state)) == ("Offtake_RowsLeft", [row, 3])
        played.pay(row)
    (event,) = played.contract.send("finish", sender=bench.payer).events(played.contract.abi)
    assert (event.name, dict(event.values)) == ("Finished", {"deposit": 5_000 * USD})
    played.state = twin.finish(played.terms, played.state)
    played.compare()
    for name, arguments in (("finish", []), ("post", [1]), ("pay", [2]), ("draw", [2])):
        assert played.refusal(name, *arguments) == ("Offtake_FinishedAlready", [])
    stranger = bench.payer
    assert played.refusal("withdraw", asset, stranger) == ("Offtake_NothingToWithdraw", [asset, stranger])
    before = played.balance(bench.buyer)
    receipt = played.contract.send("withdraw", asset, bench.buyer, sender=stranger)
    (event,) = [each for each in receipt.events(played.contract.abi) if each.name == "Withdrawn"]
    assert dict(event.values) == {"asset": asset, "account": bench.buyer, "amount": 5_000 * USD}
    assert played.balance(bench.buyer) - before == 5_000 * USD
    assert played.refusal("withdraw", asset, bench.buyer) == ("Offtake_NothingToWithdraw", [asset, bench.buyer])
    assert played.balance(played.contract.address) == 0


def test_what_is_asked_is_answered_from_the_terms(played: Played) -> None:
    terms, asset = played.contract.call("terms")
    assert (tuple(terms), asset) == (as_struct(played.terms), played.bench.asset.address)
    assert played.contract.call("rowCount") == 3
    start, row = played.contract.call("rowOf", 2)
    assert (start, tuple(row)) == (START + 2 * DAY, (START + 3 * DAY, 62 * USD, 0, 0, 0, 0))
    assert played.contract.call("payeeOf", 0) == played.bench.payee
    with pytest.raises(ChainRevert, match="Offtake_NoRow"):
        played.contract.call("rowOf", 3)


def test_the_longest_offtake_can_be_made_and_read(bench: Bench) -> None:
    rows = rows_of(MOST_ROWS, damages=2**96 - 1, guarantee=2**64 - 1, cap=2**64 - 2, floor=2**64 - 2, price=2**96 - 1)
    made = bench.put(bench.terms(rows))
    assert tuple(made.contract.call("terms")[0]) == as_struct(made.terms)
    for index in (0, 1, 448, 449):
        assert made.contract.call("rowOf", index)[1].end == rows[index].end


def test_the_same_terms_are_one_offtake(bench: Bench) -> None:
    terms = bench.terms(rows_of(1))
    made = bench.put(terms)
    assert made.contract.address == bench.factory.call("offtakeOf", as_struct(terms))
    with pytest.raises(ChainRevert, match="FailedDeployment"):
        bench.factory.send("create", as_struct(terms))
    other = replace(terms, deposit=terms.deposit + 1)
    assert bench.factory.call("offtakeOf", as_struct(other)) != made.contract.address


def _broken(**changes: Any) -> Any:
    return lambda bench: replace(bench.terms(rows_of(3)), **changes)


def _row(index: int, **changes: int) -> Any:
    def made(bench: Bench) -> Any:
        terms = bench.terms(rows_of(3))
        rows = list(terms.rows)
        rows[index] = replace(rows[index], **changes)
        return replace(terms, rows=tuple(rows))

    return made


BROKEN = {
    "no rows": (_broken(rows=()), "WrongRows", [0, 450 * 53]),
    "too many": (_broken(rows=rows_of(451)), "WrongRows", [451 * 53, 450 * 53]),
    "no buyer": (_broken(buyer=NO_ONE), "NoBuyer", []),
    "before the meter": (_broken(start=START - HOUR), "StartTooEarly", [START - HOUR, START]),
    "grace": (_broken(grace=3 * DAY - 1), "GraceTooShort", [3 * DAY - 1, 3 * DAY]),
    "start": (_broken(start=START + 1), "Unaligned", [START + 1, HOUR]),
    "end": (_row(1, end=START + 2 * DAY - 1), "Unaligned", [START + 2 * DAY - 1, HOUR]),
    "order": (_row(1, end=START + DAY), "OutOfOrder", [1, START + DAY, START + DAY]),
    "first": (_row(0, end=START), "OutOfOrder", [0, START, START]),
    "floor": (_row(2, floor=6, cap=5), "FloorAboveCap", [2, 6, 5]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_terms_are_refused_with_the_reason(bench: Bench, name: str) -> None:
    make, error, values = BROKEN[name]
    terms = make(bench)
    with pytest.raises(ChainRevert) as caught:
        bench.factory.send("create", as_struct(terms))
    assert (caught.value.name, list(caught.value.values.values())) == (f"OfftakeFactory_{error}", values)
    said = refusal_of(lambda: twin.check(terms, bench.measured, bench.system.chain.now()))
    assert said == (f"OfftakeFactory_{error}", values)


def test_a_start_must_be_in_the_future(bench: Bench) -> None:
    terms = bench.terms(rows_of(2))
    bench.system.chain.set_time(START)
    with pytest.raises(ChainRevert) as caught:
        bench.factory.send("create", as_struct(terms))
    assert list(caught.value.values.values()) == [START, START + 1]
    assert refusal_of(lambda: twin.check(terms, bench.measured, START))[1] == [START, START + 1]


def test_rows_are_whole_and_the_meter_is_there(bench: Bench, mock: Callable[..., Contract]) -> None:
    *head, rows = as_struct(bench.terms(rows_of(2)))
    with pytest.raises(ChainRevert, match="WrongRows"):
        bench.factory.send("create", (*head, rows[:-1]))
    nowhere = bench.payer
    with pytest.raises(ChainRevert, match="OfftakeFactory_NoMeter"):
        bench.factory.send("create", (nowhere, *head[1:], rows))
    empty = mock("ScriptedMeters").address
    with pytest.raises(ChainRevert, match="OfftakeFactory_NoMeter"):
        bench.factory.send("create", (empty, *head[1:], rows))


def test_the_least_terms_are_accepted(bench: Bench) -> None:
    bench.put(bench.terms((Row(START + HOUR, 0),), grace=3 * DAY, deposit=0, late_rate=0)).accept()


def test_a_short_receipt_is_refused(system: System, mock: Callable[..., Contract]) -> None:
    """An asset that keeps a part of each transfer pays nobody: neither a deposit nor a bill."""
    bench = Bench(system, mock("FeeUSD", 6, 10))
    made = bench.put(bench.terms(rows_of(1)))
    made.fund(bench.buyer, 5_000 * USD)
    name, values = made.refusal("accept", sender=bench.buyer)
    assert name == "Offtake_ShortReceipt" and values[0] == 5_000 * USD and values[1] < values[0]
    made.compare()


def test_the_asset_cannot_call_back(system: System, mock: Callable[..., Contract]) -> None:
    """Whatever a hook in the payee's transfer tries, the offtake refuses it, and the payment is made once."""
    bench = Bench(system, mock("HookUSD", 6))
    hook = mock("ScriptedResponder")
    bench.asset.send("register", hook.address, sender=bench.payee)
    made = bench.put(bench.terms(rows_of(3)))
    made.accept()
    for row in range(2):
        made.count(row, MWH)
    inner: tuple[tuple[str, list[int]], ...] = (
        ("pay", [0]),
        ("draw", [0]),
        ("pay", [1]),
        ("post", [1]),
        ("finish", []),
    )
    calls = [made.contract.abi.function(name).encode(given) for name, given in inner]
    made.fund(bench.payer, 62 * USD)
    for call in calls:
        hook.send("callBefore", [(made.contract.address, call, 2**32, False)])
        assert made.refusal("pay", 0) == ("Offtake_Reentered", [])
    hook.send("callBefore", [(made.contract.address, call, 2**32, True) for call in calls])
    assert made.pay(0) == (62 * USD, 0)


def test_a_blocked_payee_stops_its_own_bills_alone(system: System, mock: Callable[..., Contract]) -> None:
    bench = Bench(system, mock("BlacklistUSD", 6))
    made = bench.put(bench.terms(rows_of(2)))
    made.accept()
    made.count(0, MWH)
    bench.asset.send("blacklist", bench.payee, True)
    made.fund(bench.payer, 62 * USD)
    with pytest.raises(ChainRevert):
        made.contract.send("pay", 0, sender=bench.payer)
    made.compare()
    bench.asset.send("blacklist", bench.payee, False)
    assert made.pay(0) == (62 * USD, 0)
