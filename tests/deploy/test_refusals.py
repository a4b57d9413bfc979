"""
What cannot stand: each is one clear line, and nothing is sent.

On a chain that passes for public (an Anvil that says it is Sepolia), through the command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.deploy import preflight
from penstock.evm import broadcast, networks, nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.retry import RetryingRpc, RetryPolicy
from penstock.onchain.addresses import SHARED_SALT, create2
from tests.fixtures.actors import HOLDER, KEYS, OPERATOR, SPONSOR
from tests.fixtures.blocks import mining
from tests.fixtures.deals import DEAL

SEPOLIA = 11_155_111
PASSWORD = "correct horse"
ETHER = 10**18


@pytest.fixture(scope="module")
def node() -> Iterator[str]:
    with nodes.anvil(chain_id=SEPOLIA) as running:
        yield running.url


@pytest.fixture
def chain(node: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RetryingRpc]:
    """A public chain, a deal file, a keystore of the sponsor, and a list that names the node."""
    monkeypatch.chdir(tmp_path)
    Path("small.toml").write_text(DEAL)
    keystore = Account.encrypt(KEYS[SPONSOR], PASSWORD, kdf="pbkdf2", iterations=2)
    Path("sponsor.json").write_text(json.dumps(keystore))
    listed("here", SEPOLIA, node)
    known = networks.lists()
    monkeypatch.setattr(networks, "lists", lambda: [Path("networks.yaml").resolve(), *known])
    # Blocks come more often than on a public chain, and are looked for as often.
    monkeypatch.setattr(broadcast, "Pace", partial(broadcast.Pace, poll=0.05))
    found = RetryingRpc(node)
    with found.undone():
        yield found


def listed(name: str, chain_id: int, host: str) -> None:
    """A list of networks with one in it."""
    Path("networks.yaml").write_text(
        f"live: [{{name: L, networks: [{{id: {name}, chainid: {chain_id}, host: '{host}'}}]}}]\n"
    )
    networks._read.cache_clear()


def penstock(*words: str, typed: str = "") -> Any:
    return CliRunner().invoke(app, list(words), input=typed)


def deploy(*words: str, network: str = "here", typed: str = "", account: str = "sponsor.json") -> Any:
    given = ("--network", network, "--payee", f"operator={OPERATOR}", "--account", account)
    return penstock("deploy", "small.toml", *given, *words, typed=typed)


def sent(chain: RetryingRpc) -> tuple[int, int]:
    return chain.block(), int(chain.ask("eth_getTransactionCount", SPONSOR, "pending"), 16)


def refused(done: Any, *words: str, code: int = 1) -> None:
    assert done.exit_code == code, done.output
    (line,) = done.stderr.splitlines()
    for word in words:
        assert word in line
    assert not list(Path("deployments").rglob("*.json"))


def token(chain: RetryingRpc, decimals: int = 6, amount: int = 0) -> str:
    made = chain.deploy(compile_contracts()["MockUSD"], decimals)
    if amount:
        made.send("mint", SPONSOR, amount)
    return made.address


def test_a_public_chain_is_confirmed_by_its_name(chain: RetryingRpc):
    asset = token(chain, amount=50 * 10**6)
    before = sent(chain)
    refused(deploy("--asset", asset, "--execute", "--yes", "sepolia"), "'sepolia' is not the chain's name", "here")
    untyped = deploy("--asset", asset, "--execute")
    words = "the chain's name was not typed; accepted: a terminal, or --yes here; nothing was sent\n"
    assert (untyped.exit_code, untyped.stderr) == (1, words) and untyped.stdout.endswith("to continue: \n")
    typed_wrong = deploy("--asset", asset, "--execute", typed="yes\n")
    assert (typed_wrong.exit_code, sent(chain)) == (1, before)
    assert "nothing was sent" in typed_wrong.stderr and "Type its name, here" in typed_wrong.stdout
    wrong = deploy("--asset", asset, "--execute", "--yes", "here", typed="wrong\n")
    assert (wrong.exit_code, sent(chain)) == (1, before)
    assert "sponsor.json: the password does not open it" in wrong.stderr
    with mining(chain.endpoint):
        done = deploy("--asset", asset, "--execute", typed=f"here\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    told = json.loads(Path(f"deployments/{SEPOLIA}/small.json").read_text())
    assert (told["network"], told["roles"]["sponsor"]) == ("here", SPONSOR)
    assert chain.block() - told["launch"]["block"] + 1 >= networks.CONFIRMATIONS
    for file in Path("deployments").rglob("*"):
        if file.is_file():
            text = file.read_text()
            assert PASSWORD not in text and KEYS[SPONSOR].hex() not in text
    for output in (done.stdout, done.stderr):
        assert PASSWORD not in output and KEYS[SPONSOR].hex() not in output


def test_an_address_is_enough_to_plan_and_not_to_send(chain: RetryingRpc):
    asset = token(chain, amount=50 * 10**6)
    stranger = "0x" + "22" * 20
    planned = deploy("--asset", asset, account=stranger)
    assert planned.exit_code == 0, planned.stderr
    assert "short: 0x2222" in planned.stdout and "small.toml" not in planned.stderr
    chain.ask("anvil_setBalance", stranger, hex(ETHER))
    chain.at(asset, compile_contracts()["MockUSD"].abi).send("mint", stranger, 50 * 10**6)
    before = sent(chain)
    refused(deploy("--asset", asset, "--execute", "--yes", "here", account=stranger), "no key for 0x2222")
    assert sent(chain) == before


def test_public_chains_want_an_account_and_an_asset(chain: RetryingRpc):
    refused(deploy(), "a public chain needs ADDRESS, or mock on a testnet", code=2)
    given = ("--network", "here", "--payee", f"operator={OPERATOR}", "--asset", "mock")
    refused(penstock("deploy", "small.toml", *given), "a public chain needs the sponsor's keystore", code=2)
    refused(deploy("--asset", "mock", account="nobody"), "no keystore is at nobody", "a keystore file")
    Path("other.json").write_text("{}")
    refused(deploy("--asset", "mock", account="other.json"), "other.json: not a keystore")


@pytest.mark.parametrize("execute", [False, True])
def test_what_is_no_asset_is_refused(chain: RetryingRpc, execute: bool):
    artifacts = compile_contracts()
    registry = chain.deploy(artifacts["HolderRegistry"], SPONSOR).address
    wide, right = token(chain, 18), token(chain, amount=50 * 10**6)
    shared = ("TrancheShareLogic", "DealTrial", "DealLens", "HolderBatch")
    logic, trial, lens, batch = (create2(SHARED_SALT, artifacts[each].bytecode) for each in shared)
    before = sent(chain)
    go = ("--execute", "--yes", "here") if execute else ()
    refused(deploy("--asset", HOLDER, *go), f"no contract at the asset's address {HOLDER}")
    refused(deploy("--asset", registry, *go), f"the contract at {registry} is not a token", "decimals()")
    refused(deploy("--asset", wide, *go), f"the asset at {wide} has 18 decimals, and the deal file says 6")
    refused(deploy("--asset", right, "--policy", HOLDER, *go), f"no contract at {HOLDER}: it cannot be the policy")
    refused(
        deploy("--asset", right, "--reports", right, *go), f"contract at {right} is not a report source: it does not"
    )
    refused(
        deploy("--asset", right, "--policy", right, *go), f"contract at {right} is not a policy: it does not answer can"
    )
    for payee, words in (
        ("0x" + "00" * 20, "is the zero address, which can do nothing"),
        (right, f"is the stablecoin at {right}"),
        (logic, f"is the shares' logic at {logic}"),
        (trial, f"is the trial at {trial}"),
        (lens, f"is the lens at {lens}"),
        (batch, f"is the batch at {batch}"),
    ):
        given = ("--network", "here", "--account", "sponsor.json", "--payee", f"operator={payee}", "--asset", right)
        refused(penstock("deploy", "small.toml", *given, *go), f"the payee 'operator' {words}")
    refused(
        deploy("--asset", right, "--policy", registry, *go), f"the policy at {registry} does not let {SPONSOR} hold"
    )
    assert sent(chain) == before


def test_too_little_money_is_refused_before_anything_is_sent(chain: RetryingRpc):
    asset = token(chain)
    poor = deploy("--asset", asset, "--execute", "--yes", "here")
    refused(poor, "holds 0 USDC; the opening reserves take 50 USDC; nothing was sent")
    chain.at(asset, compile_contracts()["MockUSD"].abi).send("mint", SPONSOR, 50 * 10**6)
    chain.ask("anvil_setBalance", SPONSOR, hex(10**12))
    before = sent(chain)
    refused(deploy("--asset", asset, "--execute", "--yes", "here"), "0.000001 of the native coin", "too little")
    planned = deploy("--asset", asset)
    assert planned.exit_code == 0 and "short: " in planned.stdout
    assert sent(chain) == before


def test_a_clock_that_is_wrong_is_refused(chain: RetryingRpc, monkeypatch: pytest.MonkeyPatch):
    asset = token(chain, amount=50 * 10**6)
    before, real = sent(chain), preflight.time.time
    for shift, words in ((3 * 3600, "3.0 h behind"), (-7200, "2.0 h ahead of")):
        monkeypatch.setattr(preflight.time, "time", lambda shift=shift: real() + shift)
        refused(deploy("--asset", asset, "--execute", "--yes", "here"), words, "at most 15 minutes apart")
    assert sent(chain) == before


def test_networks_that_lie_or_cannot_be_reached(chain: RetryingRpc, monkeypatch: pytest.MonkeyPatch):
    before = sent(chain)
    listed("liar", 84_532, chain.endpoint)
    refused(deploy(network="liar"), "network liar is chain 84532", f"is chain {SEPOLIA}")
    refused(deploy(network="nowhere"), "no network is called 'nowhere'", "liar", "anvil")
    listed("keyed", 1, "http://127.0.0.1:1/v3/$NO_SUCH_KEY")
    refused(deploy(network="keyed"), "wants the environment variable NO_SUCH_KEY", "--network URL")
    monkeypatch.setenv("NO_SUCH_KEY", "sekrit")
    hasty = partial(RetryingRpc, patience=RetryPolicy(start=0.1))
    monkeypatch.setattr(networks, "RetryingRpc", lambda url, **_: hasty(url))
    gone = deploy(network="keyed")
    refused(gone, "http://127.0.0.1:1 does not answer: connection refused", "a node that runs there")
    assert "sekrit" not in gone.output
    networks._read.cache_clear()
    Path("networks.yaml").write_text("live: nonsense")
    refused(deploy(), "networks.yaml: not a list of networks")
    assert sent(chain) == before


def test_a_manifest_of_another_chain_is_in_the_way(chain: RetryingRpc):
    asset = token(chain, amount=50 * 10**6)
    with mining(chain.endpoint):
        done = deploy("--asset", asset, "--execute", "--yes", "here", "--out", "m.txt", typed=f"{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    told = json.loads(Path("m.txt").read_text())
    before = sent(chain)
    Path("m.txt").write_text(json.dumps({**told, "chain_id": 1}))
    refused(deploy("--asset", asset, "--execute", "--yes", "here", "--out", "m.txt"), "the deal is on chain 1")
    Path("m.txt").write_text(json.dumps(told))
    Path("small.toml").write_text(DEAL.replace("0.08", "0.07"))
    refused(deploy("--asset", asset, "--execute", "--yes", "here", "--out", "m.txt"), "was edited after its launch")
    assert sent(chain) == before


@pytest.mark.parametrize(
    ("name", "contract"),
    [("trial of deals", "DealTrial"), ("factory", "DealFactory"), ("lens", "DealLens"), ("batch", "HolderBatch")],
)
def test_a_foreign_contract_where_ours_belongs_is_refused(chain: RetryingRpc, name: str, contract: str):
    asset = token(chain, amount=50 * 10**6)
    planned = deploy("--asset", asset).stdout
    place = next(line.split("│")[1].strip() for line in planned.splitlines() if line.startswith(f" {name} "))
    chain.ask("anvil_setCode", place, "0x6001600155")
    before = sent(chain)
    refused(deploy("--asset", asset, "--execute", "--yes", "here"), f"at {place} is not our {contract}: code hash")
    assert sent(chain) == before


def test_a_deal_that_reads_reports_is_told_how_to_name_their_source(chain: RetryingRpc):
    Path("small.toml").write_text(DEAL.replace("periods = 4", "periods = 4\nwrite_down = true"))
    refused(deploy("--asset", token(chain)), "it needs a report source, --reports new or --reports ADDRESS")
    assert deploy("--asset", token(chain), "--reports", "new").exit_code == 0
