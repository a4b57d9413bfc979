"""
a stablecoin behind a proxy that gets other code in the middle of a deal's life
├── whatever the code, every number of the ledger should be the exact model's, and what was refused be paid later
│   ├── honest: all is paid
│   ├── that charges a fee: the books follow what arrived and what left
│   ├── that answers nothing: all is paid
│   ├── that is paused, or answers false: claims wait, settling goes on
│   └── that tells other decimals: nothing changes
└── given the code is gone
    ├── settling should be refused until there is code again
    └── a claim made meanwhile should be spent, and its cash be revenue
"""

from __future__ import annotations

import pytest

from penstock.evm.chain import Contract
from penstock.onchain.launch import System
from tests.contracts import deals
from tests.contracts.hostile import Mock, Pair
from tests.contracts.stage import SENIOR, USD, Stage, put_on


class Upgradable:
    """A deal on the proxy, beside the model."""

    def __init__(self, system: System, mock: Mock) -> None:
        self.system, self.mock = system, mock
        honest = mock("MockUSD", 6)
        self.proxy = mock("UpgradableUSD", honest.address)
        self.stage: Stage = put_on(system, deals.PLAIN, self.proxy.as_(honest.abi))
        self.pair = Pair(self.stage)
        self.pair.do("transfer", SENIOR, "ann", "bob", 25_000 * USD)

    def become(self, name: str, *arguments: int) -> Contract:
        """The proxy with other code, through that code's interface."""
        code = self.mock(name, *arguments)
        self.proxy.send("upgradeTo", code.address)
        return self.proxy.as_(code.abi)


@pytest.fixture
def upgradable(system: System, mock: Mock) -> Upgradable:
    return Upgradable(system, mock)


def test_inv_15_the_ledger_stays_exact_whatever_the_asset_becomes(upgradable: Upgradable) -> None:
    pair, stage, cast = upgradable.pair, upgradable.stage, upgradable.stage.cast
    pair.wait(1)
    pair.pay_and_settle(10_000 * USD)
    assert pair.do("claim", SENIOR, "bob") == 2_500 * USD

    upgradable.become("FeeUSD", 6, 100)  # 1 %
    assert stage.claim(SENIOR, cast.ann) == 7_425 * USD  # 7,500 left the deal
    pair.model.claim(SENIOR, "ann")
    pair.agree()
    pair.wait(2)
    stage.asset.send("mint", cast.payer, 20_000 * USD)
    stage.asset.send("transfer", stage.deal.address, 20_000 * USD, sender=cast.payer)
    pair.model.pay(19_800 * USD)  # what arrived
    pair.do("settle")

    upgradable.become("NoReturnUSD", 6)
    assert pair.do("claim", SENIOR, "ann") == 14_850 * USD
    pair.wait(3)
    pair.pay_and_settle(30_000 * USD)

    paused = upgradable.become("PausableUSD", 6)
    stage.asset.send("mint", stage.deal.address, 70_000 * USD)
    pair.model.pay(70_000 * USD)
    paused.send("pause", True)
    with stage.refused("PausableUSD_Paused"):
        stage.deal.send("claim", SENIOR, sender=cast.bob)
    pair.wait(4)
    pair.do("settle")

    false = upgradable.become("FalseReturnUSD", 6)  # whose switch lies where the other's lay
    assert false.call("refuses") is True
    with stage.refused("SafeERC20FailedOperation", {"token": stage.asset.address}):
        stage.deal.send("claim", SENIOR, sender=cast.bob)
    pair.do("transfer", SENIOR, "bob", "cho", 25_000 * USD)

    upgradable.become("MockUSD", 18)
    assert (stage.asset.call("decimals"), stage.share().call("decimals")) == (18, 6)
    assert pair.do("claim", SENIOR, "cho") == ("Deal_NothingToClaim", SENIOR, "cho")
    owed = [stage.claimable(SENIOR, each) for each in (cast.ann, cast.bob)]
    assert [pair.do("claim", SENIOR, each) for each in ("ann", "bob")] == owed
    pair.do("pay", 77)
    pair.do("settle")

    upgradable.become("MockUSD", 6)
    pair.claim_all()
    claimed = stage.state().claimed
    assert stage.cash() == stage.state().accounted <= 3
    assert sum(claimed) + stage.cash() == (10_000 + 19_800 + 30_000 + 70_000) * USD + 77
    assert stage.cash(cast.ann) + stage.cash(cast.bob) + stage.cash(cast.cho) == sum(claimed) - 75 * USD


def test_an_asset_without_code_settles_nothing_and_pays_nothing(upgradable: Upgradable) -> None:
    pair, stage, deal, ann = upgradable.pair, upgradable.stage, upgradable.stage.deal, upgradable.stage.cast.ann
    pair.wait(1)
    pair.pay_and_settle(28_000 * USD)
    honest = upgradable.mock("MockUSD", 6)
    # A proxy whose code is gone answers every call with nothing; so does a responder that was told nothing
    upgradable.become("ScriptedResponder")
    pair.wait(2)
    state = stage.state()
    for send, arguments in (("settle", (1,)), ("payAndSettle", (1, 1))):
        with pytest.raises(Exception, match="reverted without a reason"):
            deal.send(send, *arguments, sender=stage.cast.payer)
    assert stage.state() == state
    deal.send("claim", SENIOR, sender=ann)  # to the deal it looks like Tether's
    upgradable.proxy.send("upgradeTo", honest.address)
    assert (stage.cash(ann), stage.cash(), stage.state().accounted) == (0, 28_000 * USD, 7_000 * USD)
    assert stage.paid(stage.settle(6_250 * USD)) == [[2_250 * USD, 25_000 * USD, 0]]
    assert stage.claim(SENIOR, stage.cast.bob) == 13_812_500_000
    assert stage.claim(SENIOR, ann) == 20_437_500_000
    assert stage.cash() == 0
