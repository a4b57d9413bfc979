"""An offtake on the chain in the process, with its twin beside it and a meter whose figures are set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock.evm.chain import Contract, Receipt
from penstock.evm.codec import checksum
from penstock.evm.errors import ChainRevert
from penstock.links import offtake as twin
from penstock.links.errors import LinkRefused
from penstock.links.offtake import Measured, OfftakeState, OfftakeTerms, Row
from penstock.onchain.launch import System

HOUR, DAY = 3_600, 86_400
USD = 10**6
MWH = 10**6
METER = 7
GRACE = 10 * DAY
START = 1_700_006_400  # a whole hour, a day after the chain's clock starts


def packed(rows: Sequence[Row]) -> bytes:
    widths = (5, 12, 8, 8, 8, 12)
    numbers = [(row.end, row.price, row.floor, row.cap, row.guarantee, row.damages) for row in rows]
    return b"".join(number.to_bytes(width, "big") for row in numbers for number, width in zip(row, widths, strict=True))


def as_struct(terms: OfftakeTerms) -> tuple[Any, ...]:
    return (
        terms.meters,
        terms.meter,
        terms.buyer,
        terms.deposit,
        terms.start,
        terms.grace,
        terms.late_rate,
        packed(terms.rows),
    )


def rows_of(count: int, **changes: int) -> tuple[Row, ...]:
    """Rows of a day each, at 62.00 a million units."""
    return tuple(Row(START + (index + 1) * DAY, **{"price": 62 * USD, **changes}) for index in range(count))


@dataclass
class Bench:
    """Meters, factory and asset; `put` makes an offtake with a twin."""

    system: System
    asset: Contract
    meters: Contract = field(init=False)
    factory: Contract = field(init=False)
    pledged_to: str = ""
    measured: Measured = field(default_factory=lambda: Measured(HOUR, START, 3 * DAY))

    def __post_init__(self) -> None:
        made = self.system.artifacts
        self.meters = self.system.chain.deploy(made["ScriptedMeters"])
        self.factory = self.system.chain.deploy(made["OfftakeFactory"])
        self.system.chain.registry.add(made["Offtake"].abi)
        self.set_meter()

    @property
    def buyer(self) -> str:
        return self.system.chain.accounts[1]

    @property
    def payee(self) -> str:
        return self.pledged_to or self.system.chain.accounts[2]

    @property
    def payer(self) -> str:
        return self.system.chain.accounts[3]

    def set_meter(self) -> None:
        interval, first, final_after = self.measured
        gap = final_after // 3
        owner = self.system.chain.accounts[4]
        meter = (owner, self.asset.address, 0, interval, 10**9, 1, gap, gap, gap, bytes(32), bytes(32), bytes(32), 0, 0)
        self.meters.send("setMeter", (*meter, first, first, 0, 0, False, False), self.payee)

    def terms(self, rows: tuple[Row, ...], **changes: Any) -> OfftakeTerms:
        usual: dict[str, Any] = {
            "meters": self.meters.address,
            "meter": METER,
            "buyer": self.buyer,
            "deposit": 5_000 * USD,
            "start": START,
            "grace": GRACE,
            "late_rate": 8 * 10**16,
            "rows": rows,
        }
        return OfftakeTerms(**{**usual, **changes})

    def put(self, terms: OfftakeTerms) -> Played:
        twin.check(terms, self.measured, self.system.chain.now())
        address = checksum(self.factory.call("offtakeOf", as_struct(terms)))
        self.factory.send("create", as_struct(terms))
        return Played(self, terms, self.system.chain.at(address, self.system.artifacts["Offtake"].abi))


@dataclass
class Played:
    """An offtake and what its twin says of it. Each action is done on both, and compared."""

    bench: Bench
    terms: OfftakeTerms
    contract: Contract
    state: OfftakeState = field(default_factory=OfftakeState)
    registers: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def now(self) -> int:
        return self.bench.system.chain.now()

    def wait_until(self, time: int) -> None:
        self.bench.system.chain.set_time(max(self.now, time))

    def count(self, row: int, on_time: int, late: int = 0) -> None:
        """The meter is final to the end of a row, in which it counted this much."""
        start, end = self.terms.window(row)
        before = self.registers.get(start, (0, 0))
        after = (before[0] + on_time, before[1] + late)
        if start not in self.registers:
            self.bench.meters.send("count", start, *before)
            self.registers[start] = before
        self.bench.meters.send("count", end, *after)
        self.registers[end] = after

    def quantity(self, row: int) -> int:
        start, end = self.terms.window(row)
        return sum(self.registers[end]) - sum(self.registers[start])

    def fund(self, account: str, amount: int) -> None:
        asset = self.bench.asset
        asset.send("mint", account, amount)
        asset.send("approve", self.contract.address, 2**255, sender=account)

    def accept(self) -> Receipt:
        self.fund(self.bench.buyer, self.terms.deposit)
        receipt = self.contract.send("accept", sender=self.bench.buyer)
        self.state = twin.accept(self.terms, self.state, self.bench.buyer, self.now)
        self.compare()
        return receipt

    def pay(self, row: int) -> tuple[int, int]:
        """What the payee got for the bill and as interest, by the log and by the asset."""
        after, owed = twin.pay(self.terms, self.state, row, self.quantity(row), self.now)
        return self._paid("pay", row, after, owed.unpaid, owed.late, self.bench.payer)

    def draw(self, row: int) -> tuple[int, int]:
        after, amount, late = twin.draw(self.terms, self.state, row, self.quantity(row), self.now)
        return self._paid("draw", row, after, amount, late, self.bench.payer)

    def refusal(self, function: str, *arguments: Any, sender: str | None = None) -> tuple[str, list[Any]]:
        try:
            self.contract.send(function, *arguments, sender=sender or self.bench.payer)
        except ChainRevert as refused:
            return refused.name, list(refused.values.values())
        raise AssertionError(f"{function} was not refused")

    def due(self, row: int) -> tuple[int, int, int]:
        """On both sides the same."""
        bill, unpaid, late = self.contract.call("due", row)
        found = (int(bill), int(unpaid), int(late))
        assert found == twin.due(self.terms, self.state, row, self.quantity(row), self.now)
        return found

    def balance(self, account: str) -> int:
        return int(self.bench.asset.call("balanceOf", account))

    def compare(self) -> None:
        accepted, finished, deposit, following, drawn, interest, days = self.contract.call("state")
        kept = OfftakeState(accepted, deposit, following, drawn, interest, days, 0, finished)
        credit = self.contract.call("credit", self.bench.asset.address, self.bench.buyer)
        assert (kept, credit) == (
            OfftakeState(**{**{n: getattr(self.state, n) for n in OfftakeState.__slots__}, "credit": 0}),
            self.state.credit,
        )
        assert self.balance(self.contract.address) == self.state.deposit + self.state.credit

    def _paid(
        self, function: str, row: int, after: OfftakeState, amount: int, late: int, sender: str
    ) -> tuple[int, int]:
        payee = self.bench.payee
        if function == "pay":
            self.fund(sender, amount + late)
        before = self.balance(payee)
        receipt = self.contract.send(function, row, sender=sender)
        (event,) = receipt.events(self.contract.abi)
        logged = {"row": row, "payee": payee, "amount": amount, "late": late}
        expected = {**logged, "by": sender} if function == "pay" else logged
        assert (event.name, dict(event.values)) == ({"pay": "Paid", "draw": "Drawn"}[function], expected)
        assert self.balance(payee) - before == amount + late
        self.state = after
        self.compare()
        return amount, late


def refusal_of(action: Any) -> tuple[str, list[Any]]:
    """What a twin refuses with."""
    try:
        action()
    except LinkRefused as refused:
        return refused.name, list(refused.values)
    raise AssertionError("not refused")
