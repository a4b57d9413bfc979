"""The week on an embedded chain: reports, certificates, the power bill, a settlement, and a cheat that is caught."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field

from eth_account import Account

from penstock.dealfile import load
from penstock.demo.energy.week import FIRST, FOLDER, HOUR, HOURS, Week, home, load_week
from penstock.demo.twins import Disagreement
from penstock.evm.artifacts import load_artifacts
from penstock.evm.chain import Chain, Contract
from penstock.evm.codec import Address
from penstock.links import offtake as offtake_twin
from penstock.links import signing
from penstock.links.certificates import Certificates
from penstock.links.meters import Meters
from penstock.links.meters_storage import BURNT, Batch, NewMeter, interval_id
from penstock.links.offtake import OfftakeTerms, Row
from penstock.links.sumtree import Leaf, Tree, build
from penstock.model.calendar import timestamp
from penstock.model.deal import run
from penstock.onchain.events import settled_in
from penstock.onchain.launch import Deployment, deploy_system, launch
from penstock.onchain.links import interface
from penstock.onchain.offtake import packed_rows

USD, DAY = 10**6, 86_400
CERTIFICATE_PRICE = 3_500_000
POWER_PRICE = 62_000_000
SETTLED_AT = FIRST + 12 * DAY
ROOFS, HALL, CHEAT = 1, 2, 3
STAKE, BOND = 10_000 * USD, 20 * USD
ZONE = b"US-NC".ljust(32, b"\0")
EVERYTHING = 2**256 - 1


@dataclass
class Outcome:
    """
    What came of the week, base units and Wh.

    Attributes
    ----------
    certificates, bill : what the hall paid for each. rungs : what each rung of the deal was paid, of `collections`.
    burnt, asker : what became of the cheat's stake.
    compared : numbers that were compared with the twins.
    """

    week: Week
    register: int = 0
    load: int = 0
    retired: int = 0
    certificates: int = 0
    bill: int = 0
    collections: int = 0
    rungs: dict[str, int] = field(default_factory=dict)
    burnt: int = 0
    asker: int = 0
    transactions: int = 0
    compared: int = 0


@dataclass
class _Stage:
    """The chain, the contracts with their twins, and who is who."""

    chain: Chain
    usd: Contract
    meters: Contract
    certificates: Contract
    twin: Meters
    certificate_twin: Certificates
    people: dict[str, Address]
    outcome: Outcome

    def same(self, what: str, found: object, expected: object) -> None:
        self.outcome.compared += 1
        if found != expected:
            raise Disagreement(what, f"the chain has {found}, the model {expected}")

    def send(self, contract: Contract, function: str, *arguments: object, who: str) -> None:
        contract.send(function, *arguments, sender=self.people[who])
        self.outcome.transactions += 1

    @property
    def now(self) -> int:
        return self.chain.now()


def play(chain: Chain, say: Callable[[str], None] = lambda _: None) -> Outcome:
    """
    Runs the week on a development chain whose clock is before it.

    Raises
    ------
    Disagreement : at the first number of the chain that the twins do not have.
    """
    week = load_week()
    say("launching the rooftop deal, meters and certificates")
    stage, deployment = _opened(chain, week)
    offtake, contract = _contracted(stage)
    say(f"reporting {HOURS} hours of 1,000 rooftops and of the hall")
    _report(stage, week)
    _cheat(stage, week)
    say("certificates: issued, bought and retired hour by hour")
    _certify(stage, week)
    say("the power bill, and the deal's settlement")
    _bill(stage, deployment, offtake, contract)
    return stage.outcome


def _opened(chain: Chain, week: Week) -> tuple[_Stage, Deployment]:
    artifacts = load_artifacts()
    names = ("sponsor", "operator", "owner", "hall", "cheat", "asker", "keeper")
    people = dict(zip(names, chain.accounts, strict=False))
    reporters = sorted(chain.accounts[7:10], key=lambda each: int(each, 16))
    people |= {f"reporter {number}": each for number, each in enumerate(reporters, 1)}
    usd = chain.deploy(artifacts["MockUSD"], 6)
    extension = chain.deploy(artifacts["MetersExtension"])
    meters = chain.deploy(artifacts["Meters"], extension.address).as_(interface())
    certificates = chain.deploy(artifacts["Certificates"], meters.address)
    twin = Meters(meters.address)
    certificate_twin = Certificates(twin, certificates.address)
    stage = _Stage(chain, usd, meters, certificates, twin, certificate_twin, people, Outcome(week))
    for who in ("owner", "hall", "cheat", "asker"):
        stage.send(usd, "mint", people[who], 100_000 * USD, who=who)
        for contract in (meters, certificates):
            stage.send(usd, "approve", contract.address, EVERYTHING, who=who)
    stage.send(meters, "createReporters", reporters, 2, people["keeper"], who="keeper")
    twin.create_reporters(reporters, 2, people["keeper"])
    _register(stage, "owner", 0, week.fleet)
    _register(stage, "hall", 1, week.hall)
    _register(stage, "cheat", 0, build([Leaf(home(1000), 5_000)]))
    terms = load(FOLDER / "rooftops.toml")
    deployment = launch(deploy_system(chain), terms, usd, {"operator": people["operator"]}, people["sponsor"])
    deal = deployment.deal.address
    stage.send(meters, "pledge", ROOFS, deal, CERTIFICATE_PRICE, 0, who="owner")
    twin.pledge(ROOFS, deal, CERTIFICATE_PRICE, 0, people["owner"], stage.now)
    stage.send(certificates, "setPrice", ROOFS, CERTIFICATE_PRICE, who="owner")
    certificate_twin.set_price(ROOFS, CERTIFICATE_PRICE, people["owner"])
    return stage, deployment


def _register(stage: _Stage, who: str, unit: int, fleet: Tree) -> None:
    terms = NewMeter(
        asset=stage.usd.address,
        unit=unit,
        interval=HOUR,
        capacity=fleet.total,
        reporters=1,
        gap_after=6 * HOUR,
        dispute_window=DAY,
        answer_window=DAY,
        zone=ZONE,
        fleet_root=fleet.root,
        documents=bytes(32),
        stake=STAKE,
        bond=BOND,
    )
    stage.send(stage.meters, "register", astuple(terms), who=who)
    stage.twin.register(terms, stage.people[who], stage.now)


def _report(stage: _Stage, week: Week) -> None:
    """Six hours at once, within the gap of each; at the end all are final."""
    for first in range(0, HOURS, 6):
        hours = range(first, first + 6)
        stage.chain.set_time(FIRST + hours.stop * HOUR)
        _send_batches(stage, ROOFS, hours, [week.made[hour] for hour in hours])
        _send_batches(stage, HALL, hours, [week.used(hour) for hour in hours])
    stage.chain.set_time(FIRST + HOURS * HOUR + 2 * DAY)
    for meter in (ROOFS, HALL):
        for _ in range(0, HOURS, 24):
            stage.send(stage.meters, "finalise", meter, 24, who="keeper")
            stage.twin.finalise(meter, 24, stage.now)
        end = FIRST + HOURS * HOUR
        stage.same("register", stage.meters.call("registerAt", meter, end), stage.twin.register_at(meter, end))
    stage.outcome.register = stage.twin.meters[ROOFS].register
    stage.outcome.load = stage.twin.meters[HALL].register


def _send_batches(stage: _Stage, meter: int, hours: Sequence[int], trees: Sequence[Tree]) -> None:
    batches = [
        Batch(meter, FIRST + hour * HOUR, tree.root, tree.total) for hour, tree in zip(hours, trees, strict=True)
    ]
    digest = signing.digest_of_batches(batches, stage.chain.chain_id, stage.meters.address)
    signers = ["reporter 1", "reporter 2"]
    keys = [stage.chain.key(stage.people[each]) for each in signers]
    signatures = b"".join(bytes(Account.unsafe_sign_hash(digest, key).signature) for key in keys)
    tops = [tree.top for tree in trees]
    given = list(map(astuple, batches)), list(map(astuple, tops)), signatures
    stage.send(stage.meters, "reportMany", *given, who="keeper")
    stage.twin.report_many(batches, tops, [stage.people[each] for each in signers], stage.now)


def _cheat(stage: _Stage, week: Week) -> None:
    """A rooftop that reports energy nobody made, signed by all; one question costs it the stake."""
    hour = (stage.now - FIRST) // HOUR - 1
    inflated = build([Leaf(home(1000), 1_200), Leaf(home(1001), 3_600)])
    _send_batches(stage, CHEAT, [hour], [inflated])
    place, unit = interval_id(CHEAT, FIRST + hour * HOUR), 1_200
    stage.send(stage.meters, "ask", place, unit, who="asker")
    stage.twin.ask(place, unit, stage.people["asker"], stage.now)
    stage.chain.set_time(stage.now + DAY)
    stage.send(stage.meters, "expire", place, unit, who="keeper")
    stage.twin.expire(place, unit, stage.now)
    asset = stage.usd.address
    for account in (BURNT, stage.people["asker"]):
        found = stage.meters.call("credit", asset, account)
        stage.same("credit", found, stage.twin.credit[asset, account])
    stage.outcome.burnt = stage.twin.credit[asset, BURNT]
    stage.outcome.asker = stage.twin.credit[asset, stage.people["asker"]]


def _certify(stage: _Stage, week: Week) -> None:
    """The hall buys and retires, hour by hour, what was made while it used it."""
    hall = stage.people["hall"]
    for hour, wanted in enumerate(week.matched):
        if not wanted:
            continue
        lot, used = (interval_id(meter, FIRST + hour * HOUR) for meter in (ROOFS, HALL))
        cost = stage.certificate_twin.cost(lot, wanted)
        stage.send(stage.certificates, "issue", lot, who="keeper")
        stage.certificate_twin.issue(lot, stage.people["keeper"])
        stage.send(stage.certificates, "buy", lot, wanted, cost, hall, who="hall")
        stage.certificate_twin.buy(lot, wanted, cost, hall, hall)
        stage.send(stage.certificates, "retire", lot, wanted, b"hall".ljust(32, b"\0"), used, who="hall")
        stage.certificate_twin.retire(lot, wanted, b"hall".ljust(32, b"\0"), used, hall)
        kept = stage.certificate_twin.lots[lot]
        stage.same("lot", tuple(stage.certificates.call("lotOf", lot)), (kept.issued, kept.retired))
        stage.same("load", stage.certificates.call("matched", used), stage.certificate_twin.matched[used])
        stage.outcome.certificates += cost
        stage.outcome.retired += wanted


def _contracted(stage: _Stage) -> tuple[Contract, OfftakeTerms]:
    """The hall's power contract: what the roofs' meter measures in the week, one bill, accepted before it begins."""
    artifacts = load_artifacts()
    factory = stage.chain.deploy(artifacts["OfftakeFactory"])
    row = Row(end=FIRST + HOURS * HOUR, price=POWER_PRICE)
    hall = stage.people["hall"]
    terms = OfftakeTerms(stage.meters.address, ROOFS, hall, 0, FIRST, 3 * DAY, 0, (row,))
    packed = packed_rows(terms.rows)
    given = (terms.meters, terms.meter, hall, terms.deposit, terms.start, terms.grace, terms.late_rate, packed)
    offtake = stage.chain.at(factory.call("offtakeOf", given), artifacts["Offtake"].abi)
    stage.send(factory, "create", given, who="owner")
    stage.send(stage.usd, "approve", offtake.address, EVERYTHING, who="hall")
    stage.send(offtake, "accept", who="hall")
    return offtake, terms


def _bill(stage: _Stage, deployment: Deployment, offtake: Contract, contract: OfftakeTerms) -> None:
    """The bill of the week, from the hall to the deal; then the deal's first period is settled."""
    bill = offtake_twin.bill(contract.rows[0], stage.twin.register_at(ROOFS, FIRST + HOURS * HOUR))
    stage.same("bill", tuple(offtake.call("due", 0)), (bill, bill, 0))
    stage.send(offtake, "pay", 0, who="hall")
    stage.outcome.bill = bill
    terms = deployment.terms
    stage.chain.set_time(max(stage.now, SETTLED_AT, timestamp(terms.payment_dates[0])))
    collections = int(stage.usd.call("balanceOf", deployment.deal.address))
    stage.same("collections", collections, stage.outcome.certificates + stage.outcome.bill)
    receipt = deployment.deal.send("settle", 1)
    stage.outcome.transactions += 1
    (settled,) = settled_in(receipt, deployment.deal.abi, terms)
    expected = run(terms, [collections, *[0] * (terms.periods - 1)]).settlements[0]
    paid = [rung.paid for rung in expected.rungs]
    stage.same("rungs", list(settled.paid), paid)
    stage.outcome.collections = collections
    stage.outcome.rungs = dict(zip(("operator", "interest", "principal", "equity"), paid, strict=True))
