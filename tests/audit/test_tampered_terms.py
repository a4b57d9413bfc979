"""A deal file edited; an asset that takes a fee, rebases or burns: the audit names it first."""

from __future__ import annotations

from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from penstock.audit.run import audit
from penstock.audit.subject import Target
from penstock.evm.networks import connect_to_read
from penstock.evm.rpc import Rpc
from penstock.onchain.launch import System
from penstock.onchain.terms_layout import Header
from tests.audit.conftest import Audited
from tests.audit.tamper import names
from tests.contracts.deals import PLAIN, WHOLE_FILE
from tests.contracts.stage import USD, put_on

# The deal file


@pytest.mark.parametrize(
    ("written", "instead", "words"),
    [
        (
            'coupon = "0.06"',
            'coupon = "0.061"',
            "tranche senior, coupons[1][2] is 0.06 on the chain and 0.061 in the file",
        ),
        (
            'face = "20_000.00"',
            'face = "21_000.00"',
            "tranche mezz, face is 20,000 on the chain and 21,000 in the file",
        ),
        ('fixed = "500.00"', 'fixed = "500.01"', "fee om, amount is 500 on the chain and 500.01 in the file"),
        ('payee = "agent"', 'payee = "operator"', "fee agent, payee is 0x"),
        ('target = "10_000.00"', 'target = "1.00"', "reserve dsra, target is"),
        ('below = "1.20"', 'below = "1.21"', "test lockup, threshold is"),
        ('"trap?lockup", ', "", f"from byte {Header.field('normal_rungs').offset} on: normal is"),
        ('"fee:om", "fee:agent"', '"fee:agent", "fee:om"', "normal ladder, rung 1 fee:agent"),
        ("write_down = true", "write_down = false", "write_down is True on the chain and False in the file"),
        ('symbol = "SML-B"', 'symbol = "SML-C"', "tranche mezz, symbol is SML-B"),
        ("periods = 4", "periods = 5", "accrual_dates is"),
    ],
)
def test_an_edited_deal_file_is_named(audited: Audited, written: str, instead: str, words: str) -> None:
    assert written in WHOLE_FILE
    found = audited(text=WHOLE_FILE.replace(written, instead, 1))
    names(found, "terms", "other terms than whole.toml from byte", words)
    assert len(found.findings.differences) == 1, "the rest is held against the chain's own terms"


# The asset


def test_an_asset_that_takes_a_fee_is_explained(anvil_system: System, tmp_path: Path) -> None:
    chain = anvil_system.chain
    with chain.undone():
        asset = chain.deploy(anvil_system.artifacts["FeeUSD"], 6, 100)
        stage = put_on(anvil_system, PLAIN, asset)
        stage.settle(30_000 * USD)
        stage.claim(0, stage.cast.ann)
        found = audit(connect_to_read(chain.endpoint), Target(stage.deal.address), tmp_path / "checkpoint")
    names(found, "cash", "left the deal", "takes a fee")


def test_an_asset_that_rebases_is_explained(anvil_system: System, tmp_path: Path) -> None:
    chain = anvil_system.chain
    with chain.undone():
        stage = put_on(anvil_system, PLAIN)
        stage.settle(30_000 * USD)
        slot = int.from_bytes(keccak(int(stage.deal.address, 16).to_bytes(32, "big") + bytes(32)), "big")
        chain._ask("anvil_setStorageAt", stage.asset.address, f"0x{slot:064x}", f"0x{32_000 * USD:064x}")
        stage.settle(1_000 * USD)
        found = audit(connect_to_read(chain.endpoint), Target(stage.deal.address), tmp_path / "checkpoint")
    names(found, "cash", "period 2 shares out 3,000, the asset's Transfer logs brought 1,000 ")


def test_cash_that_burns_is_named(anvil_system: System, tmp_path: Path) -> None:
    chain = anvil_system.chain
    with chain.undone():
        stage = put_on(anvil_system, PLAIN)
        stage.settle(30_000 * USD)
        stage.lose(5)
        found = audit(connect_to_read(chain.endpoint), Target(stage.deal.address), tmp_path / "checkpoint")
    names(found, "cash", "0.000005 to 0x0000000000000000000000000000000000000000 left the deal", "nothing was claimed")
    assert any("holds" in str(each) and "owes" in str(each) for each in found.findings.differences)


def test_cash_that_the_deal_lets_another_take_is_named(anvil_system: System, tmp_path: Path) -> None:
    chain = anvil_system.chain
    assert isinstance(chain, Rpc)
    with chain.undone():
        stage = put_on(anvil_system, PLAIN)
        stage.settle(30_000 * USD)
        deal, thief = stage.deal.address, stage.cast.ann
        chain._ask("anvil_setBalance", deal, hex(10**18))
        chain._ask("anvil_impersonateAccount", deal)
        for amount in (7, 0):
            data = "0x" + stage.asset.abi.function("approve").encode([thief, amount]).hex()
            chain._ask("eth_sendTransaction", {"from": deal, "to": stage.asset.address, "data": data})
        found = audit(connect_to_read(chain.endpoint), Target(deal), tmp_path / "checkpoint")
    names(found, "cash", f"the deal lets {thief} take 0.000007 of the asset", "block", "transaction 0x")
    assert len(found.findings.differences) == 1, "an allowance of nothing is none"
