"""
Claims of a holder.

given tranches and fees that may be claimed
    it should take all of them, with a keystore as with an account of the node
given a settlement between the moment an amount is read and the claim
    it should print what was paid
given another run at the same time, or a second run
    it should say that there is nothing to claim
given a claim that is refused after another was made
    it should say which was made
given somebody else's key
    it should be refused, and nothing sent
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest
from eth_account import Account

from penstock.evm.errors import ChainError
from penstock.evm.signers import KeySigner
from penstock.evm.tx_queue import Sender
from penstock.model.errors import NothingToClaim
from penstock.operate import claim
from penstock.operate.claim import claim_all
from tests.fixtures.actors import HOLDER, KEYS, OPERATOR, OTHER, SPONSOR
from tests.fixtures.chains import PACE
from tests.fixtures.cli import penstock
from tests.fixtures.tables import tables
from tests.operate.conftest import USD, Stage


@pytest.fixture
def settled(stage: Stage) -> Path:
    file = stage.launch()
    stage.pay(file, 320 * USD)
    stage.day(100)
    assert penstock("settle", str(file)).exit_code == 0
    return file


def test_a_holder_takes_all_tranches_once(stage: Stage, settled: Path):
    done = penstock("claim", str(settled), "--holder", SPONSOR)
    assert done.exit_code == 0, done.stderr
    assert [word in done.stdout for word in ("senior", "equity", "fee om")] == [True, True, False]
    asset = stage.deal(settled).asset
    assert asset.call("balanceOf", SPONSOR) == 310 * USD
    again = penstock("claim", str(settled), "--holder", SPONSOR)
    assert (again.exit_code, again.stderr) == (1, f"{SPONSOR} has nothing to claim\n")


def test_a_keystore_claims_and_its_password_is_never_shown(stage: Stage, settled: Path):
    password = "not to be seen"
    Path("operator.json").write_text(json.dumps(Account.encrypt(KEYS[OPERATOR], password, iterations=2)))
    Path("secret").write_text(password + "\n")
    os.chmod("secret", 0o644)
    words = ("claim", str(settled), "--holder", OPERATOR, "--account", "operator.json", "--password-file", "secret")
    open_to_all = penstock(*words)
    assert (open_to_all.exit_code, open_to_all.stderr.count("\n")) == (1, 1)
    assert "others may read or change it" in open_to_all.stderr
    os.chmod("secret", 0o600)
    done = penstock(*words)
    assert done.exit_code == 0, done.stderr
    assert password not in done.output
    assert stage.deal(settled).asset.call("balanceOf", OPERATOR) == 10 * USD


def test_what_was_claimed_before_a_refusal_is_said(stage: Stage, settled: Path, monkeypatch: pytest.MonkeyPatch):
    estimated = claim.estimated

    def refusing(chain, call, sender):
        if call.intent == "claim equity":
            raise ChainError("the asset refuses")
        return estimated(chain, call, sender)

    monkeypatch.setattr(claim, "estimated", refusing)
    due, asset = stage.deal(settled).deal.call("claimable", 0, SPONSOR), stage.deal(settled).asset
    done = penstock("claim", str(settled), "--holder", SPONSOR)
    assert (done.exit_code, done.stderr) == (1, "the asset refuses (claimed before: senior)\n")
    assert asset.call("balanceOf", SPONSOR) == due > 0
    again = penstock("claim", str(settled), "--holder", SPONSOR)
    assert (again.exit_code, again.stderr) == (1, "the asset refuses\n")


def test_anothers_key_is_refused(stage: Stage, settled: Path):
    before = stage.sent(HOLDER)
    done = penstock("claim", str(settled), "--holder", OPERATOR, "--account", HOLDER)
    assert (done.exit_code, done.stderr) == (1, f"the key is that of {HOLDER}, and {OPERATOR} is to claim\n")
    assert stage.sent(HOLDER) == before


@pytest.mark.parametrize(("who", "read"), [(SPONSOR, 310), (OPERATOR, 10)], ids=["shares", "fee"])
def test_a_claim_that_grew_while_it_waited_prints_what_was_paid(
    stage: Stage, settled: Path, monkeypatch: pytest.MonkeyPatch, who: str, read: int
):
    """The next period is settled after the amount was read, and before the claim is sent."""
    deployment = stage.deal(settled)
    asset, send, done = deployment.asset, Sender._send, []
    before = asset.call("balanceOf", who)

    def delayed(self, *words):
        if not done:
            done.append(True)
            asset.send("mint", deployment.deal.address, 277 * USD, sender=HOLDER)
            stage.day(200)
            deployment.deal.send("settle", 1, sender=HOLDER)
        return send(self, *words)

    monkeypatch.setattr(Sender, "_send", delayed)
    printed = penstock("claim", str(settled), "--holder", who)
    assert printed.exit_code == 0, printed.stderr
    (page,) = tables(printed.stdout)
    paid = sum(Decimal(row[1].replace(",", "")) for row in page.rows)
    assert paid == Decimal(asset.call("balanceOf", who) - before).scaleb(-6)
    assert paid > read


@pytest.mark.parametrize(("who", "amount"), [(SPONSOR, 310), (OPERATOR, 10)], ids=["shares", "fee"])
def test_a_run_at_the_same_time_leaves_nothing(
    stage: Stage, settled: Path, monkeypatch: pytest.MonkeyPatch, who: str, amount: int
):
    deployment = stage.deal(settled)
    send, done = Sender._send, []

    def claim():
        return claim_all(deployment, stage.chain, who, lambda: KeySigner(KEYS[who]), PACE)

    def interrupted(self, *words):
        if not done:
            done.append(True)
            claim()
        return send(self, *words)

    monkeypatch.setattr(Sender, "_send", interrupted)
    with pytest.raises(NothingToClaim):
        claim()
    assert deployment.asset.call("balanceOf", who) == amount * USD


def test_a_holder_of_one_tranche_alone_is_no_stranger(stage: Stage):
    file = stage.launch()
    stage.deal(file).share(0).send("transfer", OTHER, 10**6)
    done = penstock("claim", str(file), "--holder", OTHER)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "has nothing to claim" in done.stderr and "holds no shares" not in done.stderr
