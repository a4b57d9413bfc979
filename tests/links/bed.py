"""Meters and certificates on the chain in the process, beside their twins: each call is made on both and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, field
from typing import Any

from eth_account import Account

from penstock.evm.chain import Contract
from penstock.evm.codec import Address
from penstock.evm.errors import ChainRevert
from penstock.links import signing
from penstock.links.certificates import Certificates
from penstock.links.errors import LinkRefused
from penstock.links.keccak import keccak
from penstock.links.meters import Meters
from penstock.links.meters_storage import Batch, Log, NewMeter, Question, QuestionState, Record, interval_id
from penstock.links.sumtree import Leaf, Proof, Top, Tree, build
from penstock.onchain.launch import System

EVERYTHING = 2**256 - 1
USD = 10**6
BOND, STAKE = 20 * USD, 200 * USD + 1
HOUR, DAY = 3600, 86_400


@dataclass(frozen=True)
class Refused:
    """What a side refused with."""

    name: str
    values: tuple[Any, ...]


def plain(value: Any) -> Any:
    """Values of either side in one form."""
    if isinstance(value, bool) or not isinstance(value, (tuple, list, int)):
        return value
    return int(value) if isinstance(value, int) else tuple(plain(each) for each in value)


def as_proof(proof: Proof) -> Any:
    return ((proof.leaf.key, proof.leaf.amount), proof.path, proof.sides)


def as_top(top: Top) -> Any:
    return astuple(top)


def device(name: object) -> bytes:
    return keccak(str(name).encode())


@dataclass(frozen=True)
class Fleet:
    """Capacities by device, and the tree of them."""

    tree: Tree

    @classmethod
    def of(cls, *capacities: int) -> Fleet:
        return cls(build([Leaf(device(index), each) for index, each in enumerate(capacities)]))

    def readings(self, *amounts: int) -> Tree:
        return build([Leaf(each.key, amount) for each, amount in zip(self.tree.leaves, amounts, strict=True)])


@dataclass
class Bed:
    """
    Attributes
    ----------
    people : owner, payee, other, asker, second, buyer, hall, and the reporters r0, r1, r2 in rising order.
    steps : how many calls were made and compared.
    """

    system: System
    people: dict[str, Address] = field(default_factory=dict)
    steps: int = 0
    refusals: int = 0

    def __post_init__(self) -> None:
        chain, artifacts = self.system.chain, self.system.artifacts
        self.chain = chain
        names = ["owner", "payee", "other", "asker", "second", "buyer", "hall"]
        self.people = dict(zip(names, chain.accounts, strict=False))
        reporters = sorted(chain.accounts[7:10], key=lambda each: int(each, 16))
        self.people |= {f"r{index}": each for index, each in enumerate(reporters)}
        self.usd = chain.deploy(artifacts["ControlledUSD"], 6)
        extension = chain.deploy(artifacts["MetersExtension"])
        core = chain.deploy(artifacts["Meters"], extension.address)
        self.meters = core.as_(artifacts["IMeters"].abi)
        self.certificates = chain.deploy(artifacts["Certificates"], core.address)
        for each in (artifacts["Certificates"].abi, artifacts["MetersExtension"].abi, self.meters.abi):
            chain.registry.add(each)
        self.twin = Meters(core.address)
        self.certificate_twin = Certificates(self.twin, self.certificates.address)
        for each in set(self.people.values()):
            self.usd.send("mint", each, 10**15)
            for spender in (self.meters, self.certificates):
                self.usd.send("approve", spender.address, EVERYTHING, sender=each)

    @property
    def now(self) -> int:
        return self.chain.now()

    def wait(self, seconds: int) -> None:
        self.chain.set_time(self.now + seconds)

    def until(self, time: int) -> None:
        self.chain.set_time(max(self.now, time))

    def sides(self, contract: Contract, name: str, who: str, arguments: Sequence[Any], twin: Any) -> Any:
        """Makes a call on both sides; what each logs or refuses must be the same. Returns the twin's answer."""
        self.steps += 1
        logs = self.twin.logs if contract is self.meters else self.certificate_twin.logs
        kept = len(logs)
        said: Any
        try:
            said = twin()
        except LinkRefused as refused:
            said = Refused(refused.name, plain(refused.values))
        try:
            receipt = contract.send(name, *arguments, sender=self.people[who])
        except ChainRevert as refused:
            self.refusals += 1
            assert said == Refused(refused.name, plain(tuple(refused.values.values()))), (name, arguments)
            return said
        assert not isinstance(said, Refused), (
            f"{name}{tuple(arguments)}: the contract took what the twin refused: {said}"
        )
        own = [each for each in receipt.logs if each.address == contract.address]
        events = [contract.abi.event(each) for each in own]
        logged = [Log(each.name, plain(tuple(each.values.values()))) for each in events if each]
        assert logged == [Log(each.name, plain(each.values)) for each in logs[kept:]], name
        return said

    # Meters

    def create_reporters(
        self, members: Sequence[str] = ("r0", "r1", "r2"), threshold: int = 2, owner: str = "owner"
    ) -> Any:
        named = [self.people[each] for each in members]
        given = (named, threshold, self.people[owner])
        return self.sides(self.meters, "createReporters", "owner", given, lambda: self.twin.create_reporters(*given))

    def schedule_reporters(self, number: int, members: Sequence[str], threshold: int, who: str = "owner") -> Any:
        given = (number, [self.people[each] for each in members], threshold)
        return self.sides(
            self.meters,
            "scheduleReporters",
            who,
            given,
            lambda: self.twin.schedule_reporters(*given, self.people[who], self.now),
        )

    def terms(self, fleet: Fleet, **changes: Any) -> NewMeter:
        values = {
            "asset": self.usd.address,
            "unit": 0,
            "interval": HOUR,
            "capacity": fleet.tree.total,
            "reporters": 1,
            "gap_after": 6 * HOUR,
            "dispute_window": DAY,
            "answer_window": DAY,
            "zone": b"US-NC".ljust(32, b"\0"),
            "fleet_root": fleet.tree.root,
            "documents": keccak(b"papers"),
            "stake": STAKE,
            "bond": BOND,
        }
        return NewMeter(**(values | changes))

    def register(self, terms: NewMeter, who: str = "owner") -> Any:
        twin = lambda: self.twin.register(terms, self.people[who], self.now)  # noqa: E731
        return self.sides(self.meters, "register", who, [astuple(terms)], twin)

    def sign(self, digest: bytes, signers: Sequence[str]) -> bytes:
        keys = [self.chain.key(self.people[each]) for each in signers]
        return b"".join(bytes(Account.unsafe_sign_hash(digest, key).signature) for key in keys)

    def report(
        self,
        meter: int,
        start: int,
        tree: Tree,
        signers: Sequence[str] = ("r0", "r1"),
        who: str = "other",
        batch: Batch | None = None,
        top: Top | None = None,
    ) -> Any:
        batch = batch or Batch(meter, start, tree.root, tree.total)
        top = top or tree.top
        digest = signing.digest_of_batch(batch, self.chain.chain_id, self.meters.address)
        given = (astuple(batch), as_top(top), self.sign(digest, signers))
        named = [self.people[each] for each in signers]
        return self.sides(self.meters, "report", who, given, lambda: self.twin.report(batch, top, named, self.now))

    def report_many(
        self, batches: Sequence[Batch], tops: Sequence[Top], signers: Sequence[str] = ("r0", "r1"), who: str = "other"
    ) -> Any:
        digest = signing.digest_of_batches(batches, self.chain.chain_id, self.meters.address)
        given = (list(map(astuple, batches)), list(map(as_top, tops)), self.sign(digest, signers))
        named = [self.people[each] for each in signers]
        return self.sides(
            self.meters, "reportMany", who, given, lambda: self.twin.report_many(batches, tops, named, self.now)
        )

    def ask(self, batch: int, unit: int, who: str = "asker") -> Any:
        twin = lambda: self.twin.ask(batch, unit, self.people[who], self.now)  # noqa: E731
        return self.sides(self.meters, "ask", who, (batch, unit), twin)

    def answer(self, batch: int, unit: int, reading: Proof, shown: Proof, who: str = "owner") -> Any:
        given = (batch, unit, as_proof(reading), as_proof(shown))
        twin = lambda: self.twin.answer(batch, unit, reading, shown, self.people[who], self.now)  # noqa: E731
        return self.sides(self.meters, "answer", who, given, twin)

    def refute(self, batch: int, a: Proof, b: Proof, who: str = "asker") -> Any:
        twin = lambda: self.twin.refute(batch, a, b, self.people[who], self.now)  # noqa: E731
        return self.sides(self.meters, "refute", who, (batch, as_proof(a), as_proof(b)), twin)

    def expire(self, batch: int, unit: int, who: str = "other") -> Any:
        twin = lambda: self.twin.expire(batch, unit, self.now)  # noqa: E731
        return self.sides(self.meters, "expire", who, (batch, unit), twin)

    def collect(self, batch: int, unit: int, who: str = "other") -> Any:
        return self.sides(self.meters, "collect", who, (batch, unit), lambda: self.twin.collect(batch, unit))

    def finalise(self, meter: int, count: int = 100, who: str = "other") -> Any:
        twin = lambda: self.twin.finalise(meter, count, self.now)  # noqa: E731
        return self.sides(self.meters, "finalise", who, (meter, count), twin)

    def finalise_late(self, batch: int, who: str = "other") -> Any:
        return self.sides(self.meters, "finaliseLate", who, [batch], lambda: self.twin.finalise_late(batch, self.now))

    def pledge(
        self, meter: int, payee: Address, certificate: int = 0, offer: int = 0, who: str = "owner", **twin: Any
    ) -> Any:
        given = (meter, payee, certificate, offer)
        return self.sides(
            self.meters,
            "pledge",
            who,
            given,
            lambda: self.twin.pledge(*given, self.people[who], self.now, **twin),
        )

    def release(self, meter: int, who: str = "payee", **twin: Any) -> Any:
        return self.sides(
            self.meters,
            "release",
            who,
            [meter],
            lambda: self.twin.release(meter, self.people[who], self.now, **twin),
        )

    def restore(self, meter: int, who: str = "owner") -> Any:
        return self.sides(self.meters, "restore", who, [meter], lambda: self.twin.restore(meter))

    def close(self, meter: int, who: str = "owner") -> Any:
        return self.sides(self.meters, "close", who, [meter], lambda: self.twin.close(meter, self.people[who]))

    def withdraw(self, account: Address, who: str = "other") -> Any:
        asset = self.usd.address
        before = self.cash(account)
        paid = self.sides(self.meters, "withdraw", who, (asset, account), lambda: self.twin.withdraw(asset, account))
        if not isinstance(paid, Refused):
            assert self.cash(account) - before == paid
        return paid

    # Certificates

    def issue(self, lot: int, who: str = "other") -> Any:
        twin = lambda: self.certificate_twin.issue(lot, self.people[who])  # noqa: E731
        return self.sides(self.certificates, "issue", who, [lot], twin)

    def set_price(self, meter: int, price: int, who: str = "owner") -> Any:
        twin = lambda: self.certificate_twin.set_price(meter, price, self.people[who])  # noqa: E731
        return self.sides(self.certificates, "setPrice", who, (meter, price), twin)

    def buy(self, lot: int, amount: int, most: int = EVERYTHING, to: str | None = None, who: str = "buyer") -> Any:
        receiver, caller = self.people[to or who], self.people[who]
        wallets = {each: self.cash(each) for each in self.people.values()}
        given = (lot, amount, most, receiver)
        paid = self.sides(self.certificates, "buy", who, given, lambda: self.certificate_twin.buy(*given, caller))
        if not isinstance(paid, Refused):
            payee, cash = paid
            wallets[caller] -= cash
            if payee in wallets:
                wallets[payee] += cash
        assert wallets == {each: self.cash(each) for each in self.people.values()}
        return paid

    def retire(self, lot: int, amount: int, load: int = 0, who: str = "buyer", beneficiary: bytes = b"us") -> Any:
        given = (lot, amount, beneficiary.ljust(32, b"\0"), load)
        return self.sides(
            self.certificates, "retire", who, given, lambda: self.certificate_twin.retire(*given, self.people[who])
        )

    def transfer(self, to: str, lot: int, amount: int, who: str = "buyer") -> Any:
        given = (self.people[to], lot, amount)
        return self.sides(
            self.certificates, "transfer", who, given, lambda: self.certificate_twin.transfer(*given, self.people[who])
        )

    def transfer_from(self, sender: str, to: str, lot: int, amount: int, who: str) -> Any:
        given = (self.people[sender], self.people[to], lot, amount)
        return self.sides(
            self.certificates,
            "transferFrom",
            who,
            given,
            lambda: self.certificate_twin.transfer_from(*given, self.people[who]),
        )

    def approve(self, spender: str, lot: int, amount: int, who: str = "buyer") -> Any:
        given = (self.people[spender], lot, amount)
        return self.sides(
            self.certificates, "approve", who, given, lambda: self.certificate_twin.approve(*given, self.people[who])
        )

    def set_operator(self, spender: str, approved: bool, who: str = "hall") -> Any:
        given = (self.people[spender], approved)
        return self.sides(
            self.certificates,
            "setOperator",
            who,
            given,
            lambda: self.certificate_twin.set_operator(*given, self.people[who]),
        )

    # What both sides say

    def cash(self, account: Address) -> int:
        return int(self.usd.call("balanceOf", account))

    def view(self, contract: Contract, name: str, arguments: Sequence[Any], twin: Any) -> None:
        """A view on both sides, refusals included."""
        expected: Any
        try:
            expected = plain(twin(*arguments))
        except LinkRefused as refused:
            expected = Refused(refused.name, plain(refused.values))
        found: Any
        try:
            found = plain(contract.call(name, *arguments))
        except ChainRevert as refused:
            found = Refused(refused.name, plain(tuple(refused.values.values())))
        assert found == expected, (name, arguments)

    def compare(self, meter: int, times: Sequence[int] = (), units: Sequence[int] = ()) -> None:
        """A meter as it is, and its intervals at these times."""
        m = self.twin.meters[meter]
        t = m.terms
        state = (m.owner, t.asset, t.unit, t.interval, t.capacity, t.reporters, t.gap_after, t.dispute_window)
        state += (
            t.answer_window,
            t.zone,
            t.fleet_root,
            t.documents,
            t.stake,
            t.bond,
            m.first,
            m.next,
            m.open,
            m.register,
        )
        assert plain(self.meters.call("meterOf", meter)) == (*state, m.closed, m.stake_missing)
        for time in times:
            place = interval_id(meter, time)
            self.view(self.meters, "registerAt", (meter, time), self.twin.register_at)
            self.view(self.meters, "lateAt", (meter, time), self.twin.late_at)
            self.view(self.meters, "payeeAt", (meter, time), lambda *at: astuple(self.twin.payee_at(*at)))
            self.view(self.meters, "totalOf", [place], self.twin.total_of)
            record = self.twin.records.get(place, Record())
            assert plain(self.meters.call("recordOf", place)) == plain(astuple(record))
            for unit in units:
                question = self.twin.questions.get((place, unit), Question())
                assert plain(self.meters.call("questionOf", place, unit)) == plain(astuple(question))
            lot = self.certificate_twin.lots.get(place)
            found = plain(self.certificates.call("lotOf", place))
            assert found == ((lot.issued, lot.retired) if lot else (0, 0))
            assert self.certificates.call("matched", place) == self.certificate_twin.matched.get(place, 0)
            for each in (*self.people.values(), self.certificates.address):
                expected = self.certificate_twin.balances.get((each, place), 0)
                assert self.certificates.call("balanceOf", each, place) == expected

    def compare_cash(self) -> None:
        """What the meters hold is what they owe: stakes that are there, bonds and shares of open questions, credits."""
        asset = self.usd.address
        assert self.cash(self.meters.address) == self.twin.held[asset]
        for (token, account), amount in self.twin.credit.items():
            assert self.meters.call("credit", token, account) == amount
        stakes = sum(each.terms.stake for each in self.twin.meters.values() if not each.stake_missing)
        waiting = sum(
            self.twin.meters[batch >> 40].terms.bond + self.twin.disputes[batch].share
            for (batch, _), each in self.twin.questions.items()
            if each.state == QuestionState.OPEN
        )
        assert stakes + waiting + sum(self.twin.credit.values()) == self.twin.held[asset]

    def fleet_with_meter(self, *capacities: int, **changes: Any) -> tuple[Fleet, int, int]:
        """A fleet, its meter and the start of its first interval, over already."""
        if not self.twin.sets:
            self.create_reporters()
        fleet = Fleet.of(*capacities)
        terms = self.terms(fleet, **changes)
        number = self.register(terms)
        first = self.twin.meters[number].first
        self.until(first + terms.interval)
        return fleet, number, first
