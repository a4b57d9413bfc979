"""
An offering by its commands, on an Anvil of this module.

given a deal file with [offering]
    deploy should open the offering, do nothing twice, and write the manifest once it is closed
    offer should show it, underwrite, close and cancel
    subscribe should pay for the units to have in all, and do nothing twice
    collect should deliver shares to one, or to everybody
    refund should take back what was paid to a failed one
given what is not possible
    each command should say so in one line, and send nothing
given an allocation
    allot should print its root, and write a proof for each line
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.dealfile import loads_offering
from penstock.evm import networks
from penstock.evm.artifacts import load_artifacts
from penstock.evm.chain import Contract
from penstock.model.shares import Allotment
from penstock.onchain.placements import tree_of
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR
from tests.fixtures.cli import penstock, refused

DEAL = """
deal = { name = "Sold", asset = "USDC", decimals = 6, closing = 2026-04-01, months = 6, periods = 4 }
[[tranche]]
id = "senior"
symbol = "SLD-A"
face = "100_000.00"
coupon = "0.06"
principal = { kind = "linear" }
[[tranche]]
id = "equity"
symbol = "SLD-E"
residual = true
[ladder]
normal = ["interest:senior", "principal:senior", "residual:equity"]
[offering]
deadline = 2026-03-31
grace = 10
unit = 1_000
soft_cap = "40_000"
tranches = [{ id = "senior", price = "1_000.00", least = 5, most = 60 }]
project = "project"
underwriter = "bank"
cancel = "sponsor"
fees = [{ payee = "arranger", amount = "2_000.00" }]
"""
UNIT = 1_000 * 10**6
OFFER = loads_offering(DEAL)
LABELS = {"project": OPERATOR, "bank": OTHER, "sponsor": SPONSOR, "arranger": OPERATOR}


class Opened:
    """An offering that deploy has opened."""

    def __init__(self, url: str) -> None:
        self.url, self.chain = url, networks.connect(url)
        done = self.deploy()
        assert done.exit_code == 0, done.stderr
        rows = {
            line.split("│")[0].strip(): line.split("│")[1].strip() for line in done.stdout.splitlines() if "│" in line
        }
        self.address, self.page = rows["offering"], done.stdout
        abi = load_artifacts()["Offering"].abi
        self.contract = Contract(self.chain, self.address, abi)
        self.asset = Contract(self.chain, rows["asset"], load_artifacts()["MockUSD"].abi)

    def deploy(self, *words: str):
        payees = [word for label, place in LABELS.items() for word in ("--payee", f"{label}={place}")]
        return penstock("deploy", "sold.toml", "--network", self.url, *payees, "--execute", *words)

    def run(self, command: str, *words: str, account: str | None = None):
        who = ("--account", account, "--execute") if account else ()
        return penstock(command, self.address, "--network", self.url, *words, *who)

    def subscribed(self, account: str, units: int) -> None:
        self.asset.send("mint", account, 100 * UNIT)
        done = self.run("subscribe", "--tranche", "senior", "--units", str(units), account=account)
        assert done.exit_code == 0, done.stderr

    def wait(self, time: int) -> None:
        self.chain.set_time(time)
        self.chain.ask("evm_mine")


@pytest.fixture
def opened(fresh_anvil: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sold.toml").write_text(DEAL)
    return Opened(fresh_anvil)


def test_an_offering_is_sold_closed_and_collected(opened: Opened) -> None:
    assert "is open" in opened.page
    again = opened.deploy()
    assert "was open already; nothing was sent" in again.stdout, again.stderr
    opened.subscribed(HOLDER, 40)
    before = opened.asset.call("balanceOf", HOLDER)
    opened.subscribed(HOLDER, 40)  # mints, and subscribes to nothing more
    assert opened.asset.call("balanceOf", HOLDER) == before + 100 * UNIT
    assert opened.contract.call("unitsOf", 0, HOLDER) == 40
    shown = json.loads(opened.run("offer", "--json").stdout)
    assert (shown["state"], shown["subscribed"], shown["left"]) == ("open", "40000", "60000")
    assert shown["tranches"] == [
        {"tranche": "senior", "price": "1000", "units": 100, "subscribed": 40, "least": 5, "most": 60}
    ]
    refused(opened.run("offer", "--close", account=SPONSOR), "open until 2026-03-31", "cannot be closed")
    refused(opened.run("collect", account=HOLDER), "there are no shares yet")
    opened.asset.send("mint", OTHER, 60 * UNIT)
    assert opened.run("offer", "--underwrite", account=OTHER).exit_code == 0
    opened.wait(OFFER.deadline_at)
    refused(opened.run("subscribe", "--tranche", "senior", "--units", "50", account=HOLDER), "takes no subscriptions")
    done = opened.run("offer", "--close", account=HOLDER)
    assert done.exit_code == 0, done.stderr
    assert opened.asset.call("balanceOf", OPERATOR) == 100 * UNIT
    done = opened.run("collect", "--all", account=SPONSOR)
    assert done.exit_code == 0, done.stderr
    done = opened.deploy()
    assert done.exit_code == 0, done.stderr
    manifest = json.loads(Path("deployments/31337/sold.json").read_text())
    assert manifest["deal"] == opened.contract.call("deal")
    assert manifest["roles"]["sponsor"] == opened.address
    share = Contract(opened.chain, manifest["shares"]["senior"], load_artifacts()["TrancheShareLogic"].abi)
    held = [share.call("balanceOf", each) for each in (HOLDER, OTHER, opened.address)]
    assert held == [40_000 * 10**6, 60_000 * 10**6, 0]
    assert penstock("status", "deployments/31337/sold.json").exit_code == 0
    audited = penstock("audit", "deployments/31337/sold.json")
    assert audited.exit_code == 0, audited.stdout + audited.stderr
    refused(opened.run("collect", "--all", account=SPONSOR), "nothing is left")


def test_a_failed_offering_pays_back(opened: Opened) -> None:
    opened.subscribed(HOLDER, 39)
    refused(opened.run("refund", account=HOLDER), "has not failed")
    done = opened.run("offer", "--cancel", account=SPONSOR)
    assert done.exit_code == 0, done.stderr
    refused(opened.run("subscribe", "--tranche", "senior", "--units", "45", account=HOLDER), "failed")
    done = opened.run("refund", account=HOLDER)
    assert done.exit_code == 0, done.stderr
    assert opened.asset.call("balanceOf", HOLDER) == 100 * UNIT
    assert opened.asset.call("balanceOf", opened.address) == 0
    refused(opened.run("refund", account=HOLDER), "nothing is left")


def test_what_is_not_possible_is_refused_in_one_line(opened: Opened) -> None:
    def subscribe(tranche: str, units: int):
        return opened.run("subscribe", "--tranche", tranche, "--units", str(units), account=HOLDER)

    refused(subscribe("equity", 5), "nothing of 'equity' is sold", "accepted: senior")
    refused(subscribe("senior", 4), "accepted: 5 to 60")
    refused(subscribe("senior", 61), "accepted: 5 to 60")
    opened.subscribed(HOLDER, 50)
    refused(subscribe("senior", 40), "has 50 units of senior already")
    refused(opened.run("offer", "--cancel", account=SPONSOR), "the soft cap, 40,000 mUSD, is met")
    refused(penstock("offer", HOLDER, "--network", opened.url), f"no contract at {HOLDER}")
    refused(penstock("offer", opened.asset.address, "--network", opened.url), "not our Offering")


def test_an_allocation_becomes_one_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sold.toml").write_text(DEAL)
    rows = [f"{HOLDER},senior,60000", f"{OTHER},senior,40000", f"{SPONSOR},equity,1000000"]
    Path("who.csv").write_text("\n".join(["holder,tranche,shares", *rows]) + "\n")
    done = penstock("allot", "who.csv", "sold.toml", "--proofs", "proofs.json")
    assert done.exit_code == 0, done.stderr
    given = [(0, HOLDER, 60_000), (0, OTHER, 40_000), (1, SPONSOR, 1_000_000)]
    tree = tree_of([Allotment(tranche, holder, shares * 10**6) for tranche, holder, shares in given])
    assert done.stdout.splitlines()[0] == f"root: 0x{tree.root.hex()}"
    written = json.loads(Path("proofs.json").read_text())
    assert written["root"] == f"0x{tree.root.hex()}"
    assert [each["proof"] for each in written["placements"]] == [
        ["0x" + beside.hex() for beside in tree.proof(index)] for index in range(3)
    ]
    assert written["placements"][1]["shares"] == str(40_000 * 10**6)
    Path("who.csv").write_text("\n".join(["holder,tranche,shares", *rows[1:]]) + "\n")
    refused(penstock("allot", "who.csv", "sold.toml"), "shares not allotted: 60000")
