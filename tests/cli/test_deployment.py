"""
deploy, settle, claim and status, on an Anvil of this module.

given a deal file and a development chain
    deploy should launch it and write its manifest, and not over a living one
    status should show where it stands
    settle should be refused before the payment date, and share out after it
    claim should pay holders and payees once
given an allocation
    deploy should give out shares by it, and refuse a wrong line by its number
given what cannot stand
    each command should say so in one line: 1 refused, 2 bad usage
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from penstock import files
from penstock.errors import FileNotWritten
from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.onchain import manifest
from tests.evm.proxy import proxied
from tests.fixtures.actors import HOLDER, OPERATOR, OTHER, SPONSOR
from tests.fixtures.chains import START
from tests.fixtures.cli import deploy, penstock, refused
from tests.fixtures.deals import SMALL, Launched


@pytest.fixture
def fresh(fresh_anvil: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A chain on which nothing was done, and an empty working directory with the deal file in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    return fresh_anvil


def test_deploy_writes_a_manifest(fresh: str):
    file = deploy(fresh)
    data = json.loads(Path(file).read_text())
    assert (data["schema"], data["chain_id"], data["network"]) == (2, 31337, fresh)
    assert data["deal_sha256"] == hashlib.sha256(Path("small.toml").read_bytes()).hexdigest()
    assert set(data["shares"]) == {"senior", "equity"}
    assert data["roles"] == {
        "sponsor": SPONSOR,
        "registrar": None,
        "reporter": None,
        "payees": {"operator": OPERATOR},
        "holders": [SPONSOR],
    }
    assert data["launch"]["gas"] > 100_000
    assert [each["step"] for each in data["transactions"]][-3:] == ["mint", "approve", "launch"]
    names = sorted(each.name for each in Path("deployments/31337").iterdir())
    assert names == ["small.journal.jsonl", "small.json"]


def test_a_plan_alone_sends_and_writes_nothing(fresh: str):
    chain = networks.connect(fresh)
    before = (chain.block(), chain.ask("eth_getTransactionCount", SPONSOR, "pending"))
    done = penstock("deploy", "small.toml", "--network", fresh, "--payee", f"operator={OPERATOR}", "--price", "2500")
    assert done.exit_code == 0, done.stderr
    for words in (
        "9 transactions to send",
        "exists",
        "deploy the factory",
        "deploy the lens",
        "deploy the batch",
        "launch Small",
        "base fee",
        "money",
    ):
        assert words in done.stdout
    assert "nothing was sent; --execute sends it" in done.stdout
    assert (chain.block(), chain.ask("eth_getTransactionCount", SPONSOR, "pending")) == before
    assert not Path("deployments").exists()
    told = json.loads(Path(deploy(fresh)).read_text())
    lens = told["contracts"]["lens"]["address"]
    batch = told["contracts"]["batch"]["address"]
    for address in (told["deal"], told["factory"], lens, batch, told["asset"], *told["shares"].values()):
        assert address in done.stdout
    (step,) = (line for line in done.stdout.splitlines() if "deploy the lens" in line)
    (sent,) = (each for each in told["transactions"] if each["step"] == "DealLens")
    *_, gas, _ = (cell.strip() for cell in step.split("│"))
    assert lens in step and int(gas.replace(",", "")) >= sent["gas"] > 2_000_000


def test_a_plan_for_a_thousand_holders_fits_a_screen(fresh: str):
    holders = [f"0x{number:040x}" for number in range(1, 1000)]
    rows = ["holder,tranche,shares", *(f"{holder},senior,1" for holder in holders), f"{HOLDER},senior,1"]
    Path("who.csv").write_text("\n".join([*rows, f"{HOLDER},equity,500"]))
    words = ["deploy", "small.toml", "--network", fresh, "--payee", f"operator={OPERATOR}"]
    words += ["--policy", "new", "--allocation", "who.csv"]
    page = penstock(*words).stdout
    assert len(page.splitlines()) < 55
    steps = page.split("\n\n")[0].splitlines()
    assert len(steps) <= 20
    (allowed,) = (line.split("│") for line in steps if "receive shares" in line)
    (given,) = (line.split("│") for line in steps if "of senior to" in line)
    (approved,) = (line.split("│") for line in steps if "let the batch" in line)
    # The sponsor holds in between; 150 allotments are in the launch
    assert [cell.strip() for cell in allowed[:2]] == ["10–15", "let 1,001 holders receive shares, in 6 transactions"]
    assert given[1].strip() == "give 850 shares of senior to 850 holders, in 6 transactions"
    assert approved[1].strip() == "let the batch transfer the sponsor's shares of 2 tranches, in 2 transactions"
    assert "--verbose lists the 27 transactions one by one" in page
    whole = penstock(*words, "--verbose").stdout
    assert "--verbose" not in whole
    parts = [line.split("│") for line in whole.splitlines() if "shares of senior to" in line]
    assert [part[1].strip() for part in parts] == ["give 150 shares of senior to 150 holders"] * 5 + [
        "give 100 shares of senior to 100 holders"
    ]

    def gas(cells: list[str]) -> int:
        return int(cells[4].replace(",", ""))

    assert sum(map(gas, parts)) == gas(given)
    # With the margin of a gas limit, each within half of what a transaction may take (EIP-7825)
    assert max(map(gas, parts)) * 5 / 4 < 16_777_216 / 2
    done = penstock(*words, "--execute")
    assert done.exit_code == 0, done.stderr
    assert len(json.loads(Path("deployments/31337/small.json").read_text())["transactions"]) == 25
    again = penstock(*words).stdout
    (given,) = (line.split("│") for line in again.splitlines() if "of senior to" in line)
    assert given[4].strip() == "done" and "nothing is left to do" in again


def test_deploying_again_sends_nothing_and_another_salt_launches_anew(fresh: str):
    words = ("deploy", "small.toml", "--network", fresh, "--payee", f"operator={OPERATOR}", "--execute")
    done, file = penstock(*words), "deployments/31337/small.json"
    before, block = Path(file).read_text(), networks.connect(fresh).block()
    launch = json.loads(before)["launch"]
    steps = [line.split(": block ")[0] for line in done.stderr.splitlines()]
    assert steps == [each["intent"] for each in json.loads(before)["transactions"]], "a line a step"
    assert f"Small on chain 31337, launched for {launch['gas']:,} gas" in done.stdout
    again = penstock(*words)
    assert (again.exit_code, again.stderr) == (0, "")
    there = f"Small on chain 31337 already exists since block {launch['block']}, for {launch['gas']:,} gas"
    assert f"{there}; nothing was sent" in again.stdout and "launched for" not in again.stdout
    assert Path(file).read_text() == before
    manifest.journal_of(Path(file)).unlink()  # as after a rebuild
    unknown = penstock(*words)
    assert unknown.exit_code == 0 and f"{there}; nothing was sent" in unknown.stdout, unknown.output
    assert networks.connect(fresh).block() == block
    elsewhere = penstock(
        "deploy", "small.toml", "--network", fresh, "--payee", f"operator={OPERATOR}", "--execute", "--out", "o.json"
    )
    refused(elsewhere, "another run has already launched this deal, at 0x", "penstock manifest rebuild 0x", "--salt N")
    plan = penstock("deploy", "small.toml", "--network", fresh, "--payee", f"operator={OPERATOR}", "--out", "o.json")
    refused(plan, "another run has already launched this deal, at 0x")
    deploy(fresh, "--out", "other.json", "--salt", "1")
    first, second = (json.loads(Path(name).read_text()) for name in (file, "other.json"))
    for shared in ("proxy", "logic", "trial", "factory", "lens", "batch", "extension", "implementation"):
        assert first["contracts"][shared] == second["contracts"][shared]
    assert first["deal"] != second["deal"]
    assert [each["step"] for each in second["transactions"]] == ["MockUSD", "mint", "approve", "launch"]


def test_another_chains_name_is_no_confirmation_on_a_development_chain_either(fresh: str):
    words = ("deploy", "small.toml", "--network", fresh, "--payee", f"operator={OPERATOR}", "--execute", "--yes")
    block = networks.connect(fresh).block()
    refused(penstock(*words, "sepolia"), "'sepolia' is not the chain's name; accepted: 31337; nothing was sent")
    assert networks.connect(fresh).block() == block
    assert penstock(*words, "31337").exit_code == 0
    file = "deployments/31337/small.json"
    paid = ("settle", file, "--pay", "320", "--advance", "--yes")
    refused(penstock(*paid, "sepolia"), "'sepolia' is not the chain's name; accepted: 31337; nothing was sent")
    assert penstock(*paid, "31337").exit_code == 0
    given = penstock("admin", "handover", file, "--to", HOLDER, "--sweep", "--execute", "--yes", "sepolia")
    assert (given.exit_code, given.stderr.count("\n")) == (1, 1)
    assert "'sepolia' is not the chain's name; accepted: 31337" in given.stderr


def test_a_deal_file_edited_after_the_launch_is_refused(launched: Launched):
    block = networks.connect(launched.url).block()
    Path("small.toml").write_text(SMALL.replace("0.08", "0.09"))
    again = penstock("deploy", "small.toml", "--network", launched.url, "--payee", f"operator={OPERATOR}", "--execute")
    refused(again, "small.toml was edited after its launch", "--out FILE")
    assert networks.connect(launched.url).block() == block


def test_what_is_left_of_a_chain_that_is_gone_is_set_aside(fresh: str):
    chain = networks.connect(fresh)
    snapshot = chain.snapshot()
    deploy(fresh)
    chain.revert(snapshot)
    chain.ask("anvil_mine", "0x9")
    deploy(fresh)
    names = sorted(each.name for each in Path("deployments/31337").iterdir())
    assert names == [
        "small.journal.jsonl",
        "small.journal.jsonl.gone-1",
        "small.json",
        "small.json.gone-1",
    ]


def test_settle_waits_for_the_payment_date(launched: Launched):
    file = launched.file
    chain, told = networks.connect(launched.url), json.loads(Path(file).read_text())
    before = (chain.block(), chain.ask("eth_getTransactionCount", SPONSOR, "pending"))
    early = penstock("settle", file, "--pay", "300")
    refused(
        early, "--pay settles period 1, which is over on 2026-04-01 00:00 UTC", "the chain has 2026-01-01 00:00 UTC"
    )
    refused(early, "nothing was sent; accepted: the same from then on; --advance on a dev", f"deal at {told['deal']}")
    assert "Deal_" not in early.stderr
    assert (chain.block(), chain.ask("eth_getTransactionCount", SPONSOR, "pending")) == before
    done = penstock("settle", file, "--pay", "320.5", "--advance")
    assert done.exit_code == 0, done.stderr
    assert "Settled period 1: collections 320.50 USDC" in done.stdout
    words = done.stdout.split()
    for kind, amount in (("om", "10.00"), ("senior", "270.00"), ("equity", "40.50")):
        assert words[words.index(kind) + 2] == amount
    idle = penstock("settle", file)
    assert (idle.exit_code, idle.stdout) == (0, f"{file}: nothing is due; next payment date 2026-07-01\n")


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        ([], "no revenue has been received for period 1", 1),
        (["--pay", "0", "--period", "3"], "the next period is 1, not 3; nothing was paid", 1),
        (["--pay", "9", "--account", "nobody"], "no keystore is at nobody", 1),
        (["--pay", "9", "--account", "ASSET"], "no key for ASSET", 1),
        (["--pay", "9", "--yes", "sepolia"], "is not the chain's name", 1),
    ],
)
def test_a_refusal_leaves_the_clock(launched: Launched, words: list[str], said: str, code: int):
    file = launched.file
    chain, asset = networks.connect(launched.url), json.loads(Path(file).read_text())["asset"]
    before = chain.block(), chain.now()
    done = penstock("settle", file, "--advance", *(word.replace("ASSET", asset) for word in words))
    refused(done, said.replace("ASSET", asset), code=code)
    assert (chain.block(), chain.now()) == before


@pytest.mark.parametrize("words", [["FILE"], ["FILE", "--pay", "0"], ["FILE", "--empty"], ["--all", "--empty"]])
def test_a_script_that_means_another_chain_settles_nothing(launched: Launched, words: list[str]):
    file = launched.file
    chain = networks.connect(launched.url)
    chain.set_time(START + 200 * 86_400)
    before = chain.block()
    done = penstock("settle", *(file if word == "FILE" else word for word in words), "--yes", "mainnet")
    refused(done, "'mainnet' is not the chain's name; accepted: 31337; nothing was sent")
    assert chain.block() == before


def test_an_account_that_cannot_pay_leaves_the_clock(fresh: str):
    chain = networks.connect(fresh)
    token = chain.deploy(compile_contracts()["PausableUSD"], 6)
    token.send("mint", SPONSOR, 50 * 10**6)
    file = deploy(fresh, "--asset", token.address)
    before = chain.block(), chain.now()
    refused(penstock("settle", file, "--pay", "9", "--advance"), "holds 0 USDC, and 9 are to be paid; nothing was sent")
    assert (chain.block(), chain.now()) == before


def test_a_period_that_is_settled_is_not_settled_with_nothing(launched: Launched):
    file = launched.file
    assert penstock("settle", file, "--pay", "320", "--advance").exit_code == 0
    again = penstock("settle", file, "--pay", "0", "--period", "1")
    assert (again.exit_code, again.stdout) == (0, f"{file}: period 1 is settled already; this run paid nothing\n")


def test_overdue_periods_settle_together_and_status_shows_the_trap(launched: Launched):
    file = launched.file
    networks.connect(launched.url).set_time(START + 200 * 86_400)
    refused(penstock("settle", file), "no revenue has been received for period 1; accepted: --pay AMOUNT, or --pay 0")
    done = penstock("settle", file, "--pay", "0", "--periods", "9")
    assert "Settled periods 1 to 2: collections 0.00" in done.stdout
    assert penstock("settle", file, "--pay", "900", "--advance").exit_code == 0
    page = penstock("status", file)
    assert page.exit_code == 0
    for words in (
        "3 of 4 periods settled; next payment date 2027-01-01",
        "fails, 1 pass to cure",
        HOLDER[:0] + SPONSOR,
    ):
        assert words in page.stdout
    assert "collections waiting 0.00" in page.stdout


def test_holders_and_payees_claim_once(launched: Launched):
    file = launched.file
    assert penstock("settle", file, "--pay", "320", "--advance").exit_code == 0
    payee = penstock("claim", file, "--holder", OPERATOR.lower())
    assert "fee om" in payee.stdout
    refused(penstock("claim", file, "--holder", OPERATOR), "has nothing to claim")
    refused(penstock("claim", file, "--holder", OTHER, "--tranche", "senior"), "holds no shares of this deal")
    one = penstock("claim", file, "--holder", SPONSOR, "--tranche", "equity")
    assert "equity" in one.stdout
    assert "senior" not in one.stdout
    rest = penstock("claim", file, "--holder", SPONSOR)
    assert "270" in rest.stdout
    page = penstock("status", file).stdout
    assert "ledger 50.00" in page


def test_an_allocation_gives_out_the_shares(fresh: str):
    rows = [f"{HOLDER},senior,600.5", f"{OTHER},senior,399.5", f"{HOLDER.lower()},equity,500"]
    Path("who.csv").write_text("\n".join(["holder,tranche,shares", "", *rows]))
    file = deploy(fresh, "--allocation", "who.csv")
    assert json.loads(Path(file).read_text())["roles"]["holders"] == [HOLDER, OTHER]
    page = penstock("status", file).stdout
    assert f"{HOLDER} │ senior  │ 600.50" in page
    assert f"{SPONSOR} │ senior" not in page


def test_another_asset_is_used_as_it_is(fresh: str):
    chain = networks.connect(fresh)
    token = chain.deploy(compile_contracts()["NoReturnUSD"], 6)
    token.send("mint", SPONSOR, 50 * 10**6)
    plan = penstock(
        "deploy", "small.toml", "--network", fresh, "--payee", f"operator={OPERATOR}", "--asset", token.address
    )
    note = f"note: the stablecoin at {token.address} says 'mUSD', and the deal file 'USDC': is it the one?"
    assert note in plan.stdout.replace("\n", " "), plan.stdout
    Path("same.toml").write_text(SMALL.replace('"USDC"', '"mUSD"'))
    same = penstock(
        "deploy", "same.toml", "--network", fresh, "--payee", f"operator={OPERATOR}", "--asset", token.address
    )
    assert same.exit_code == 0 and "the stablecoin at" not in same.stdout
    file = deploy(fresh, "--asset", token.address)
    made = json.loads(Path(file).read_text())
    assert (made["asset"], made["asset_is_mock"]) == (token.address, False)
    chain.set_time(START + 100 * 86_400)
    poor = penstock("settle", file, "--pay", "300")
    assert (poor.exit_code, poor.stdout, len(poor.stderr.splitlines())) == (1, "", 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["who.csv:1", "empty"]),
        ("who,tranche,shares\n", ["who.csv:1", 'no column "holder"']),
        ("holder,tranche,shares\n0x12,senior,1\n", ["who.csv:2: holder", "not an address"]),
        (f"holder,tranche,shares\n{HOLDER[:-1]}0,senior,1\n", ["who.csv:2: holder", "checksum"]),
        (f"holder,tranche,shares\n{HOLDER},junior,1\n", ["who.csv:2: tranche", "senior, equity"]),
        (f"holder,tranche,shares\n{HOLDER},senior,-1\n", ["who.csv:2: shares", "negative"]),
        (f"holder,tranche,shares\n{HOLDER},senior,0\n", ["who.csv:2: shares", "no shares"]),
        (f"holder,tranche,shares\n{HOLDER},senior,0.0000001\n", ["who.csv:2: shares", "7 decimals"]),
        (f"holder,tranche,shares\n\n{HOLDER},senior,1000.1\n", ["who.csv:3: shares", "at most 1000"]),
        (f"holder,tranche,shares\n{HOLDER},senior\n", ["who.csv:2", "2 values"]),
        (f"holder,tranche,shares\n{HOLDER},senior,1000\n", ["tranche", "equity", "shares not allotted: 500"]),
        (f'holder,tranche,shares\n"{HOLDER},senior,1000\n', ["who.csv:2", "not CSV"]),
    ],
)
def test_a_wrong_allocation_names_its_line(fresh: str, text: str, words: list[str]):
    Path("who.csv").write_text(text)
    done = penstock(
        "deploy", "small.toml", "--network", fresh, "--payee", f"operator={OPERATOR}", "--allocation", "who.csv"
    )
    refused(done, *words)
    assert not Path("deployments").exists()


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["deploy", "small.toml"], ["--network"], 2),
        (["deploy", "small.toml", "--network", "URL", "--execute"], ["no address for the payee 'operator'"], 1),
        (["deploy", "small.toml", "--network", "URL", "--payee", f"om={OPERATOR}"], ["payee 'operator'"], 1),
        (["deploy", "small.toml", "--network", "URL", "--payee", "operator"], ["not LABEL=ADDRESS"], 2),
        (["deploy", "small.toml", "--network", "URL", "--payee", "operator=0x1"], ["not an address"], 2),
        (
            ["deploy", "small.toml", "--network", "sepolja"],
            ["no network is called 'sepolja', did you mean 'sepolia'?", "anvil"],
            1,
        ),
        (
            ["deploy", "small.toml", "--network", "http://127.0.0.1:1"],
            ["http://127.0.0.1:1 does not answer: connection refused"],
            1,
        ),
        (["deploy", "none.toml", "--network", "URL"], ["none.toml"], 1),
        (["settle", "none.json"], ["none.json"], 1),
        (["settle", "MANIFEST", "--pay", "-5"], ["negative"], 2),
        (["settle", "MANIFEST", "--pay", "0.0000001"], ["decimals"], 2),
        (["settle", "MANIFEST", "--periods", "0"], ["--periods"], 2),
        (["settle", "MANIFEST", "--periods", str(2**300)], ["--periods"], 2),
        (["settle", "MANIFEST", "--from", "me"], ["not an address"], 2),
        (["claim", "MANIFEST"], ["--holder"], 2),
        (["claim", "MANIFEST", "--holder", SPONSOR, "--tranche", "junior"], ["senior, equity"], 2),
        (["claim", "MANIFEST", "--holder", "0x" + "11" * 20], ["holds no shares of this deal"], 1),
        (["status", "small.toml"], ["not a manifest"], 1),
    ],
)
def test_bad_usage_and_refusals_are_one_line(launched: Launched, words: list[str], said: list[str], code: int):
    filled = [{"URL": launched.url, "MANIFEST": launched.file}.get(word, word) for word in words]
    refused(penstock(*filled), *said, code=code)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 1}, "schema 1; accepted: 2, as penstock deploy writes it"),
        ({"deal_text": SMALL.replace("0.08", "0.09")}, "deal_text is not the deal file of hash"),
        ({"deal": HOLDER}, "deal is " + HOLDER + " in the manifest, and 0x"),
        ({"chain_id": 1337}, "is on chain 1337"),
        ({"salt": "much"}, "salt is 'much': string should match"),
        ({"deal_sha256": None}, "are all there or all null"),
        ({"more": 1}, "more is not a key of a manifest"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(launched: Launched, change: dict[str, object], words: str):
    file = Path(launched.file)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    refused(penstock("status", str(file)), words)


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "m.json"
    file.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(files.os, "fsync", fail)
    with pytest.raises(FileNotWritten, match=r"m\.json: not written: disk full"):
        manifest.write(manifest.Manifest.model_construct(version=2), file)
    assert file.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["m.json"]


def test_a_development_chain_without_accounts_is_not_called_public(launched: Launched) -> None:
    with proxied(launched.url) as proxy:
        proxy.rewrite("eth_accounts", lambda call, accounts: [])
        none, network = "the node offers no account to sign with; accepted: ", ("--network", proxy.url)
        words = ("deploy", "small.toml", *network, "--payee", f"operator={OPERATOR}")
        refused(penstock(*words), f"--account: {none}the sponsor's keystore or address", code=2)
        words = ("settle", launched.file, "--pay", "1", *network)
        refused(penstock(*words), f"--account: {none}a keystore or an address", code=2)
