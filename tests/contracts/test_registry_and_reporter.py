"""
HolderRegistry
├── given the registrar
│   ├── when it allows a holder, shares should move to it, and to nobody else
│   ├── when it allows one for a time, shares should move to it until the last second
│   ├── when the time is over already, it should refuse with end and time
│   ├── when it disallows a holder, shares should not move to it, but from it, and its cash should be claimable
│   └── when it decides on several, each should be told and listed
├── given anybody else, it should refuse with the caller
├── given the role is handed on, it should take the other's word
└── given anybody renounces the role, it should refuse, as SingleReporter and the delayed parts should
SingleReporter
├── given the reporter
│   ├── when it reports, it should be told, and the period should be settled with its figures
│   ├── when it reports again, it should refuse with deal and period
│   └── when it reports on another deal, this one should notice nothing
└── given anybody else, it should refuse with the caller
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from penstock.evm.chain import Contract
from penstock.evm.errors import ChainRevert
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.stage import SENIOR, USD, Stage, put_on
from tests.fixtures.reports import tell

Mock = Callable[..., Contract]


@pytest.fixture
def registry(system: System, mock: Mock) -> Contract:
    """The sponsor is the registrar; Ann may hold."""
    made = mock("HolderRegistry", system.chain.accounts[0])
    made.send("allow", [system.chain.accounts[1]])
    return made


@pytest.fixture
def listed(system: System, registry: Contract) -> Stage:
    return put_on(system, deals.PLAIN, policy=registry)


def test_only_who_is_allowed_receives(listed: Stage, registry: Contract) -> None:
    cast, share = listed.cast, listed.share()
    registry.send("allow", [cast.bob])
    share.send("transfer", cast.bob, 5, sender=cast.ann)
    with listed.refused("ERC7943CannotReceive", {"account": cast.cho}):
        share.send("transfer", cast.cho, 5, sender=cast.bob)


def test_who_is_allowed_for_a_time_receives_to_its_last_second(listed: Stage, registry: Contract) -> None:
    cast, share, chain = listed.cast, listed.share(), listed.system.chain
    end = chain.now() + 100
    registry.send("allowUntil", [cast.bob], end)
    chain.set_time(end - 1)
    share.send("transfer", cast.bob, 5, sender=cast.ann)
    chain.set_time(end)
    with listed.refused("ERC7943CannotReceive", {"account": cast.bob}):
        share.send("transfer", cast.bob, 5, sender=cast.ann)
    with listed.refused("HolderRegistry_EndsInThePast", {"endsAt": end, "time": end}):
        registry.send("allowUntil", [cast.bob], end)


def test_who_is_no_longer_allowed_sells_and_claims(listed: Stage, registry: Contract) -> None:
    cast, share = listed.cast, listed.share()
    listed.settle(1_000 * USD)
    registry.send("allow", [cast.bob])
    registry.send("disallow", [cast.ann])
    share.send("transfer", cast.bob, 5, sender=cast.ann)
    with listed.refused("ERC7943CannotReceive", {"account": cast.ann}):
        share.send("transfer", cast.ann, 5, sender=cast.bob)
    assert listed.claim(SENIOR, cast.ann) == 1_000 * USD


def test_every_decision_is_told_and_listed(listed: Stage, registry: Contract) -> None:
    bob, cho = listed.cast.bob, listed.cast.cho
    for_ever, until = 2**64 - 1, listed.system.chain.now() + 1
    assert registry.call("NO_END") == for_ever
    for name, more, end in (("allow", (), for_ever), ("allowUntil", (until,), until), ("disallow", (), 0)):
        receipt = registry.send(name, [bob, cho], *more)
        told = [(each.name, dict(each.values)) for each in receipt.events(registry.abi)]
        assert told == [("HolderSet", {"holder": holder, "endsAt": end}) for holder in (bob, cho)]
        assert [registry.call("allowedUntil", holder) for holder in (bob, cho)] == [end, end]


def test_nobody_but_the_registrar_decides(listed: Stage, registry: Contract) -> None:
    bob = listed.cast.bob
    nobody = {"account": bob}
    for name, arguments in (("allow", ([bob],)), ("allowUntil", ([bob], 2**63)), ("disallow", ([bob],))):
        with listed.refused("OwnableUnauthorizedAccount", nobody):
            registry.send(name, *arguments, sender=bob)
    for name, arguments in (("transferOwnership", (bob,)), ("acceptOwnership", ())):
        with listed.refused("OwnableUnauthorizedAccount", nobody):
            registry.send(name, *arguments, sender=bob)


def test_the_role_is_handed_on_in_two_steps(listed: Stage, registry: Contract) -> None:
    sponsor, bob = listed.cast.sponsor, listed.cast.bob
    registry.send("transferOwnership", bob)
    assert registry.call("owner") == sponsor
    registry.send("acceptOwnership", sender=bob)
    registry.send("allow", [bob], sender=bob)
    with listed.refused("OwnableUnauthorizedAccount", {"account": sponsor}):
        registry.send("disallow", [bob], sender=sponsor)


@pytest.mark.parametrize("name", ["HolderRegistry", "SingleReporter", "DelayedPolicy", "DelayedReports"])
def test_no_role_is_left_vacant(system: System, mock: Mock, name: str) -> None:
    owner, stranger = system.chain.accounts[0], system.chain.accounts[7]
    part = mock(name, owner, mock("PickyPolicy").address, 86_400) if "Delayed" in name else mock(name, owner)
    for caller in (owner, stranger):
        with pytest.raises(ChainRevert) as caught:
            part.send("renounceOwnership", sender=caller)
        assert caught.value.name == "TwoStepOwner_CannotRenounce"
    assert part.call("owner") == owner


def test_a_report_is_settled_with_and_made_once(system: System, mock: Mock) -> None:
    reporter = mock("SingleReporter", system.chain.accounts[0])
    stage = put_on(system, deals.WHOLE, reports=reporter)
    other = put_on(system, deals.WHOLE, reports=reporter)
    (told,) = tell(reporter, stage.deal.address, 1, 35_000 * USD, 7).events(reporter.abi)
    figures = {"deal": stage.deal.address, "period": 1, "reported": 3, "values": (35_000 * USD, 7)}
    assert (told.name, {**told.values, "values": tuple(told["values"])}) == ("Reported", figures)
    assert reporter.call("reportOf", stage.deal.address, 1) == (3, (35_000 * USD, 7, *[0] * 12))
    with stage.refused("SingleReporter_ReportedAlready", {"deal": stage.deal.address, "period": 1}):
        tell(reporter, stage.deal.address, 1, 0, 0)
    assert stage.reported(stage.settle()) == (35_000 * USD, 7)
    assert stage.state().balance == [99_000 * USD, 15_000 * USD, 0]
    assert other.reported(other.settle()) == (0, 0)


def test_nobody_but_the_reporter_reports(system: System, mock: Mock) -> None:
    reporter = mock("SingleReporter", system.chain.accounts[0])
    stage = put_on(system, deals.WHOLE, reports=reporter)
    with stage.refused("OwnableUnauthorizedAccount", {"account": stage.cast.stranger}):
        tell(reporter, stage.deal.address, 1, 1, 1, sender=stage.cast.stranger)
