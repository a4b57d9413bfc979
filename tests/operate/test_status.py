"""
Where deals stand.

given one deal in the middle of its life
    status should show date, dues, tests with headroom, reserves, fees, holders and roles, with the model's numbers
    status --json should hold the same
given many deals
    it should print a line each, and name those whose manifest is false, exit 1
given a node whose logs do not fit its state, or whose transfers do not add up to the shares issued
    it should read them from their blocks, and where nobody has them, refuse to print
given a node that does not answer
    it should not take that for an answer
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.crypto import keccak

from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.evm.errors import NodeFailed
from penstock.onchain.deployments import Fault, read_files
from penstock.onchain.holders import TRANSFER, SharesMissing, holders
from penstock.operate.deployments import snapshots
from penstock.operate.status import BooksDisagree, status_of
from tests.evm.proxy import Call, Dropped, proxied, refused
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR
from tests.fixtures.chains import QUICK
from tests.fixtures.cli import penstock
from tests.fixtures.deals import TESTED
from tests.fixtures.reports import tell
from tests.operate.conftest import USD, Stage


@pytest.fixture
def middle(stage: Stage) -> str:
    """Two periods settled, the second with too little; cash waits, shares were sold, the registry is handed on."""
    file = stage.launch(policy=None)
    deal = stage.deal(file)
    for days, amount in ((90, 320), (181, 200)):
        stage.pay(file, amount * USD)
        stage.day(days)
        assert penstock("settle", str(file)).exit_code == 0
    registry = stage.chain.at(deal.policy, compile_contracts()["HolderRegistry"].abi)
    registry.send("allow", [HOLDER])
    registry.send("transferOwnership", OTHER)
    deal.share(0).send("transfer", HOLDER, 400 * 10**6)
    assert penstock("claim", str(file), "--holder", OPERATOR).exit_code == 0
    stage.pay(file, 265 * USD)
    return str(file)


def row(page: str, *starts: str) -> list[str]:
    """The cells of the line that begins with these."""
    for line in page.splitlines():
        cells = [each.strip() for each in line.split("│")]
        if cells[: len(starts)] == list(starts):
            return cells[len(starts) :]
    raise AssertionError(f"no row {starts} in\n{page}")


def test_status_shows_what_a_treasurer_asks(middle: str):
    done = penstock("status", middle)
    assert done.exit_code == 0, done.stderr
    page = done.stdout
    assert "2 of 4 periods settled; next payment date 2026-10-01 (in 92 days)" in page
    assert "collected so far 520.00, collections waiting 265.00, ledger" in page
    # 525 are left, since 25 of the second 250 were not paid: a quarter of 8 %.
    assert row(page, "interest:senior")[0] == "10.50"
    assert row(page, "principal:senior")[0] == "275.00"
    # 200 over 15 of interest and 250 of principal.
    word, last, threshold, headroom, cure, coming, _ = row(page, "lockup")
    assert (word, last, threshold, headroom, cure) == ("fails, 2 passes to cure", "0.754x", "1.100x", "-0.345x", "2")
    # 265 over 10.50 and 250.
    assert coming == "1.017x"
    assert row(page, "dsra") == ["0.00", "50.00", "50.00"]
    assert row(page, "om")[:2] == ["operator", OPERATOR]
    assert row(page, HOLDER, "senior")[0] == "400.00"
    assert row(page, SPONSOR, "senior")[0] == "600.00"
    assert row(page, "registrar") == [SPONSOR, OTHER, ""]
    assert row(page, "sponsor") == [SPONSOR, "–", ""]


def test_status_shows_the_delay_and_what_follows(stage: Stage):
    file = stage.launch(policy=None, delay=7 * 86_400)
    front = stage.manifest(file).policy
    artifacts = compile_contracts()
    first = stage.chain.call(front, artifacts["DelayedPolicy"].abi, "current")
    stage.chain.at(first, artifacts["HolderRegistry"].abi).send("transferOwnership", OTHER)
    page = penstock("status", str(file)).stdout
    assert row(page, "replaces the policy") == [SPONSOR, "–", "after 7 days; none pending"]
    assert row(page, "registrar") == [SPONSOR, OTHER, ""]
    successor = stage.chain.deploy(artifacts["HolderRegistry"], HOLDER).address
    stage.chain.at(front, artifacts["DelayedPolicy"].abi).send("schedule", successor)
    at = stage.chain.now() + 7 * 86_400
    page = penstock("status", str(file)).stdout
    assert row(page, "replaces the policy")[2].startswith(f"{successor} on 2026-01-08")
    assert row(page, "next registrar") == [HOLDER, "–", ""]
    told = {each["role"]: each for each in json.loads(penstock("status", str(file), "--json").stdout)["roles"]}
    assert told["replaces the policy"]["replacement"] == {
        "delay": 7 * 86_400, "current": first, "next": successor, "at": at,
    }  # fmt: skip
    assert (told["registrar"]["offered_to"], told["sponsor"]["held_by"]) == (OTHER, SPONSOR)


def test_overdue_is_marked(stage: Stage):
    file = stage.launch()
    stage.day(200)
    assert "next payment date 2026-04-01 (OVERDUE for 110 days, 2 periods)" in penstock("status", str(file)).stdout
    assert "OVERDUE for 110 days, 2 periods" in penstock("status", "--all").stdout


def test_status_as_json_holds_the_same(middle: str):
    told = json.loads(penstock("status", middle, "--json").stdout)
    assert (told["settled"], told["waiting"], told["collected"]) == (2, "265", "520")
    assert told["tests"]["lockup"] == {
        "last": "0.7547", "below": "1.1000", "passes_needed": 2, "cure": 2, "with_what_waits": "1.0172", "trapped": "0",
        "above": None, "metric": "DSCR of senior",
    }  # fmt: skip
    assert told["reserves"]["dsra"] == {"holds": "0", "target": "50"}
    registrar = {"role": "registrar", "held_by": SPONSOR, "offered_to": OTHER, "replacement": None}
    assert registrar in told["roles"]
    assert {each["holder"] for each in told["holders"]} == {SPONSOR, HOLDER}


def test_many_deals_get_a_line_each_and_false_ones_are_named(stage: Stage):
    files = [stage.launch(f"deal{salt}", salt) for salt in range(3)]
    stage.pay(files[1], 7 * USD)
    data = json.loads(files[2].read_text())
    files[2].write_text(json.dumps({**data, "genesis": "0x" + "22" * 32}))
    done = penstock("status", "--all")
    assert done.exit_code == 1
    assert "2 deals" in done.stdout
    (line,) = done.stderr.splitlines()
    assert "deal2.json: another chain of the number 31337" in line
    told = json.loads(penstock("status", "--all", "--json").stdout)
    assert [each["waiting"] for each in told["deals"]] == ["0", "7"]
    assert [each["deployment"] for each in told["refused"]] == ["deployments/31337/deal2.json"]


def test_no_manifest_is_said(stage: Stage):
    done = penstock("status", "--all")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "deployments: no manifest" in done.stderr


def other_code(data):
    deal = {**data["contracts"]["deal"], "code_hash": "0x" + "1" * 64}
    return {"contracts": {**data["contracts"], "deal": deal}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_code, "deal at 0x"),
        (lambda data: {"terms_hash": "0x" + "1" * 64}, "has terms of hash"),
        (lambda data: {"launch": {**data["launch"], "block_hash": "0x" + "1" * 64}}, "that of the launch, is 0x"),
        (lambda data: {"shares": dict(zip(data["shares"], reversed(data["shares"].values()), strict=True))}, "is 0x"),
        (lambda data: {"policy": data["asset"]}, "policy is 0x"),
    ],
)
def test_a_false_manifest_is_found_by_the_quick_look_too(stage: Stage, change, words: str):
    files = [stage.launch(f"deal{salt}", salt) for salt in range(2)]
    data = json.loads(files[1].read_text())
    files[1].write_text(json.dumps({**data, **change(data)}))
    done = penstock("status", "--all")
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert words in line
    assert "deal1.json" in line


def test_the_quick_look_is_the_deals_own(stage: Stage):
    """Dates and numbers out of the deal's code against the deal's functions."""
    file = stage.launch()
    (member,) = stage.members(file)
    deal = stage.deal(file).deal
    assert (member.head.name, member.head.decimals, member.head.tests) == ("Small", 6, 1)
    for days in (0, 90, 181, 273, 365):
        stage.day(days)
        (found,) = snapshots(stage.chain, [member])
        assert not isinstance(found, Fault)
        assert found.next_payment_at == deal.call("nextPaymentAt")
        if found.overdue:
            deal.send("settle", 1)
    (found,) = snapshots(stage.chain, [member])
    assert not isinstance(found, Fault)
    assert (found.next_payment_at, found.overdue) == (0, 0) == (deal.call("nextPaymentAt"), 0)


def test_logs_that_do_not_give_the_state_are_refused(stage: Stage):
    file = stage.launch()
    stage.pay(file, 300 * USD)
    stage.day(100)
    assert penstock("settle", str(file)).exit_code == 0
    with proxied(stage.url) as proxy:
        chain = networks.connect(proxy.url, QUICK)
        proxy.rewrite("eth_getLogs", lambda call, result: [])
        proxy.rewrite("eth_getBlockReceipts", lambda call, result: [])  # or the log would be found there
        (member,) = stage.members(file, chain=chain)
        with pytest.raises(BooksDisagree, match="period: chain 1, model 0"):
            status_of(member)


def test_a_claim_whose_log_is_withheld_is_seen(middle: str, stage: Stage):
    file = Path(middle)
    assert penstock("claim", middle, "--holder", SPONSOR).exit_code == 0
    claimed = "0x" + keccak(text="Claimed(uint256,address,uint256)").hex()
    with proxied(stage.url) as proxy:
        chain = networks.connect(proxy.url, QUICK)
        (member,) = stage.members(file, chain=chain)
        status_of(member)
        proxy.rewrite("eth_getLogs", lambda _, logs: [each for each in logs if each["topics"][0] != claimed])
        proxy.on("eth_getBlockReceipts", refused(-32601, "the method does not exist"))
        with pytest.raises(BooksDisagree, match="accounted: chain"):
            status_of(member)


def test_transfers_that_are_withheld_are_seen(middle: str, stage: Stage):
    """The deal's state says nothing of who holds its shares; the number of shares that were issued does."""
    with proxied(stage.url) as proxy:
        chain = networks.connect(proxy.url, QUICK)
        (member,) = stage.members(Path(middle), chain=chain)
        topic = "0x" + TRANSFER.hex()
        proxy.rewrite("eth_getLogs", lambda _, logs: [each for each in logs if each["topics"][0] != topic])
        proxy.on("eth_getBlockReceipts", refused(-32601, "the method does not exist"))
        with pytest.raises(BooksDisagree, match="1000000000 shares of senior were issued, and 0 are found"):
            status_of(member)
        with pytest.raises(SharesMissing, match="leaves out transfers of shares: 1000000000 shares of senior were"):
            holders(chain, member.deployment)


def test_logs_that_ranges_leave_out_are_read_from_their_blocks(middle: str, stage: Stage):
    stage.chain.ask("anvil_mine", "0x20")  # beyond what is always compared
    (member,) = stage.members(Path(middle))
    sound, people = status_of(member), holders(stage.chain, member.deployment)
    with proxied(stage.url) as proxy:
        proxy.rewrite("eth_getLogs", lambda call, logs: logs if "blockHash" in call.params[0] else [])
        chain = networks.connect(proxy.url, QUICK)
        (member,) = stage.members(Path(middle), chain=chain)
        assert status_of(member) == sound
        assert holders(chain, member.deployment) == people


def test_a_node_that_does_not_answer_for_a_report_is_no_source_that_fails(stage: Stage):
    file = stage.launch(text=TESTED.replace("periods = 4", "periods = 4\nwrite_down = true"), reports=None)
    with proxied(stage.url) as proxy:
        chain = networks.connect(proxy.url, replace(QUICK, outage=0.3))
        (member,) = stage.members(file, chain=chain)
        data = "0x" + compile_contracts()["SingleReporter"].abi.function("reportOf").selector.hex()

        def silent(call: Call) -> None:
            if call.params[0]["data"].startswith(data):
                raise Dropped

        proxy.on("eth_call", silent)
        with pytest.raises(NodeFailed, match="does not answer"):
            status_of(member)


def test_a_report_is_of_one_period(stage: Stage):
    file = stage.launch(text=TESTED.replace("periods = 4", "periods = 4\nwrite_down = true"), reports=None)
    deal = stage.deal(file)
    source = stage.chain.at(deal.reports, compile_contracts()["SingleReporter"].abi)
    tell(source, deal.deal.address, 1, 20 * USD, 900 * USD)
    for days in (100, 200):
        stage.pay(file, 300 * USD)
        stage.day(days)
        assert penstock("settle", str(file), "--without-report").exit_code == 0
    done = penstock("status", str(file))
    assert done.exit_code == 0 and "2 of 4 periods settled" in done.stdout, done.stderr


def test_a_deal_named_twice_goes_by_its_deal_files_names(stage: Stage):
    file = stage.launch()
    known = stage.manifest(file)
    assert (
        penstock(
            "manifest", "rebuild", known.deal, "--network", stage.url, "--out", "deployments/31337/a.json"
        ).exit_code
        == 0
    )
    members = read_files([Path("deployments/31337/a.json"), file])[0]
    assert [each for each, _ in members] == [file]
    page = penstock("status", "--all")
    assert page.exit_code == 0 and "small" in page.stdout
