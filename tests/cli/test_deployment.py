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
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from penstock.chain import manifest, networks, nodes
from penstock.chain.accounts import development_keys
from penstock.chain.compile import compile_contracts
from penstock.cli import app

ROOT = Path(__file__).parents[2]
SPONSOR, OPERATOR, AGENT, HOLDER = list(development_keys())[:4]
START = 1_767_225_600  # 2026-01-01
SMALL = """
[deal]
name = "Small"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 3
periods = 4
[[tranche]]
id = "senior"
symbol = "SML-A"
face = "1_000.00"
coupon = "0.08"
principal = { kind = "linear" }
[[tranche]]
id = "equity"
symbol = "SML-E"
residual = true
shares = 500
[[fee]]
id = "om"
payee = "operator"
fixed = "10.00"
opex = true
[[reserve]]
id = "dsra"
target = "50.00"
opening = "50.00"
supports = ["interest:senior", "principal:senior"]
[[test]]
id = "lockup"
metric = "dscr"
of = "senior"
below = "1.10"
cure = 2
[ladder]
normal = ["fee:om", "interest:senior", "principal:senior", "reserve:dsra", "trap?lockup", "residual:equity"]
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with nodes.anvil(timestamp=START) as node:
        yield node.url


@pytest.fixture
def fresh(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The chain as it was, and an empty working directory with the deal file in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    with networks.connect(url).undone():
        yield url


def penstock(*words: str):
    return CliRunner().invoke(app, list(words))


def deploy(url: str, *words: str) -> str:
    """The manifest's default place."""
    done = penstock("deploy", "small.toml", "--network", url, "--payee", f"operator={OPERATOR}", *words)
    assert done.exit_code == 0, done.stderr
    return "deployments/31337/small.json"


def refused(done, *words: str, code: int = 1) -> None:
    assert (done.exit_code, done.stdout) == (code, "")
    (line,) = done.stderr.splitlines()
    for word in words:
        assert word in line


def test_deploy_writes_a_manifest(fresh: str):
    file = deploy(fresh)
    data = json.loads(Path(file).read_text())
    assert (data["format"], data["chain_id"], data["network"]) == (1, 31337, fresh)
    assert data["deal_sha256"] == hashlib.sha256(Path("small.toml").read_bytes()).hexdigest()
    assert set(data["shares"]) == {"senior", "equity"}
    assert data["payees"] == {"operator": OPERATOR}
    assert data["sponsor"] == SPONSOR
    assert data["gas"] > 100_000
    assert data["transaction"].startswith("0x")
    assert [each.name for each in Path("deployments/31337").iterdir()] == ["small.json"]


def test_deploy_keeps_the_manifest_of_a_living_deal(fresh: str):
    file = deploy(fresh)
    before = Path(file).read_text()
    again = penstock("deploy", "small.toml", "--network", fresh, "--payee", f"operator={OPERATOR}")
    refused(again, "its deal lives at 0x", "--out FILE")
    assert Path(file).read_text() == before
    deploy(fresh, "--out", "other.json")
    assert Path("other.json").is_file()


def test_a_manifest_of_a_chain_that_is_gone_may_be_written_over(fresh: str):
    file = Path(deploy(fresh))
    data = json.loads(file.read_text())
    file.write_text(json.dumps({**data, "deal": HOLDER}))
    assert deploy(fresh) == str(file)


def test_settle_waits_for_the_payment_date(fresh: str):
    file = deploy(fresh)
    early = penstock("settle", file, "--pay", "300")
    refused(early, "Deal_PeriodNotOver: period=1", "2026-04-01 00:00 UTC")
    done = penstock("settle", file, "--pay", "320.5", "--advance")
    assert done.exit_code == 0, done.stderr
    assert "Settled period 1: collections 320.50 USDC" in done.stdout
    words = done.stdout.split()
    for kind, amount in (("om", "10.00"), ("senior", "270.00"), ("equity", "40.50")):
        assert words[words.index(kind) + 2] == amount
    refused(penstock("settle", file), "Deal_PeriodNotOver: period=2")


def test_overdue_periods_settle_together_and_status_shows_the_trap(fresh: str):
    file = deploy(fresh)
    networks.connect(fresh).set_time(START + 200 * 86_400)
    refused(penstock("settle", file), "nothing", "period 1; accepted: --pay AMOUNT, or --pay 0")
    done = penstock("settle", file, "--pay", "0", "--periods", "9")
    assert "Settled periods 1 to 2: collections 0.00" in done.stdout
    assert penstock("settle", file, "--pay", "900", "--advance").exit_code == 0
    page = penstock("status", file)
    assert page.exit_code == 0
    for words in (
        "3 of 4 periods settled; next payment date 2027-01-01",
        "fails, 1 passes to cure",
        HOLDER[:0] + SPONSOR,
    ):
        assert words in page.stdout
    assert "collections waiting 0.00" in page.stdout


def test_holders_and_payees_claim_once(fresh: str):
    file = deploy(fresh)
    assert penstock("settle", file, "--pay", "320", "--advance").exit_code == 0
    payee = penstock("claim", file, "--holder", OPERATOR.lower())
    assert "fee om" in payee.stdout
    refused(penstock("claim", file, "--holder", OPERATOR), "has nothing to claim")
    refused(penstock("claim", file, "--holder", AGENT, "--tranche", "senior"), "has nothing to claim")
    one = penstock("claim", file, "--holder", SPONSOR, "--tranche", "equity")
    assert "equity" in one.stdout
    assert "senior" not in one.stdout
    rest = penstock("claim", file, "--holder", SPONSOR)
    assert "270" in rest.stdout
    page = penstock("status", file).stdout
    assert "ledger 50.00" in page


def test_an_allocation_gives_out_the_shares(fresh: str):
    rows = [f"{HOLDER},senior,600.5", f"{AGENT},senior,399.5", f"{HOLDER.lower()},equity,500"]
    Path("who.csv").write_text("\n".join(["holder,tranche,shares", "", *rows]))
    file = deploy(fresh, "--allocation", "who.csv")
    assert json.loads(Path(file).read_text())["holders"] == [HOLDER, AGENT]
    page = penstock("status", file).stdout
    assert f"{HOLDER} │ senior  │ 600.50" in page
    assert SPONSOR not in page


def test_another_asset_is_used_as_it_is(fresh: str):
    first = json.loads(Path(deploy(fresh)).read_text())
    token = networks.connect(fresh).at(first["asset"], compile_contracts()["MockUSD"].abi)
    token.send("mint", SPONSOR, 50 * 10**6)
    deploy(fresh, "--asset", first["asset"], "--out", "second.json")
    second = json.loads(Path("second.json").read_text())
    assert (second["asset"], second["asset_is_mock"]) == (first["asset"], False)
    networks.connect(fresh).set_time(START + 100 * 86_400)
    refused(penstock("settle", "second.json", "--pay", "300"), "ERC20InsufficientBalance")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["who.csv:1", "empty"]),
        ("who,tranche,shares\n", ["who.csv:1", "another header"]),
        ("holder,tranche,shares\n0x12,senior,1\n", ["who.csv:2: holder", "not an address"]),
        (f"holder,tranche,shares\n{HOLDER[:-1]}0,senior,1\n", ["who.csv:2: holder", "checksum"]),
        (f"holder,tranche,shares\n{HOLDER},junior,1\n", ["who.csv:2: tranche", "senior, equity"]),
        (f"holder,tranche,shares\n{HOLDER},senior,-1\n", ["who.csv:2: shares", "negative"]),
        (f"holder,tranche,shares\n{HOLDER},senior,0\n", ["who.csv:2: shares", "no shares"]),
        (f"holder,tranche,shares\n{HOLDER},senior,0.0000001\n", ["who.csv:2: shares", "7 decimals"]),
        (f"holder,tranche,shares\n\n{HOLDER},senior,1000.1\n", ["who.csv:3: shares", "at most 1000"]),
        (f"holder,tranche,shares\n{HOLDER},senior\n", ["who.csv:2", "2 values"]),
        (f"holder,tranche,shares\n{HOLDER},senior,1000\n", ["tranche", "equity", "500 shares are given to nobody"]),
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
        (["deploy", "small.toml", "--network", "URL"], ["no address for the payee 'operator'"], 1),
        (["deploy", "small.toml", "--network", "URL", "--payee", f"om={OPERATOR}"], ["payee 'operator'"], 1),
        (["deploy", "small.toml", "--network", "URL", "--payee", "operator"], ["not LABEL=ADDRESS"], 2),
        (["deploy", "small.toml", "--network", "URL", "--payee", "operator=0x1"], ["no address"], 2),
        (["deploy", "small.toml", "--network", "sepolia"], ["no network is called 'sepolia'", "anvil"], 1),
        (["deploy", "small.toml", "--network", "http://127.0.0.1:1"], ["nothing answers"], 1),
        (["deploy", "none.toml", "--network", "URL"], ["none.toml"], 1),
        (["settle", "none.json"], ["none.json"], 1),
        (["settle", "MANIFEST", "--pay", "-5"], ["negative"], 2),
        (["settle", "MANIFEST", "--pay", "0.0000001"], ["decimals"], 2),
        (["settle", "MANIFEST", "--periods", "0"], ["--periods"], 2),
        (["settle", "MANIFEST", "--from", "me"], ["no address"], 2),
        (["claim", "MANIFEST"], ["--holder"], 2),
        (["claim", "MANIFEST", "--holder", SPONSOR, "--tranche", "junior"], ["senior, equity"], 2),
        (["claim", "MANIFEST", "--holder", "0x" + "11" * 20], ["has nothing to claim"], 1),
        (["status", "small.toml"], ["not a manifest"], 1),
    ],
)
def test_bad_usage_and_refusals_are_one_line(fresh: str, words: list[str], said: list[str], code: int):
    if "MANIFEST" in words:
        deploy(fresh, "--out", "known.json")
    filled = [{"URL": fresh, "MANIFEST": "known.json"}.get(word, word) for word in words]
    refused(penstock(*filled), *said, code=code)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "format 2; accepted: 1"),
        ({"deal_text": SMALL.replace("0.08", "0.09")}, "deal_text is not the deal file of hash"),
        ({"payees": {"operator": HOLDER}}, "has other terms"),
        ({"deal": HOLDER}, "no contract at"),
        ({"chain_id": 1337}, "is on chain 1337"),
        ({"gas": "much"}, "gas is 'much'"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(fresh: str, change: dict[str, object], words: str):
    file = Path(deploy(fresh))
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    refused(penstock("status", str(file)), words)


def test_public_chains_belong_to_later(fresh: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(networks, "DEVELOPMENT_CHAINS", {1337: "Ganache"})
    done = penstock("deploy", "small.toml", "--network", fresh, "--payee", f"operator={OPERATOR}")
    refused(done, "is chain 31337, which is no development chain")


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "m.json"
    file.write_text("old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(manifest.os, "fsync", fail)
    known = manifest.Manifest(
        *([1, "u", 1, "f", "h", "t", "d", "f", "a", True, {}, {}, None, None, "s", [], None, 1, 1])
    )
    with pytest.raises(OSError, match="disk full"):
        manifest.write(known, file)
    assert file.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["m.json"]
