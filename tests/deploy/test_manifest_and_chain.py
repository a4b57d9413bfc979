"""
Manifests against the chain, and made anew from it.

given a manifest in which anything differs from the chain
    every command should refuse it, with what differs
    an audit should name it as its first difference, or refuse a manifest of another chain
given another chain that looks the same
    it should be refused by the launch's block
given a deal's address alone
    rebuild should give the manifest of the run, transactions before the launch and the text apart
    with the deal file it should give the names too, and refuse another file
given a chain without the lens
    rebuild should leave it out, and every command should take the manifest
given what is not a deal
    rebuild should refuse it
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.deploy import rebuild as rebuilding
from penstock.deploy.run import deploy
from penstock.evm import artifacts, networks, nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.errors import ChainRefused
from penstock.onchain import manifest as manifests
from penstock.onchain.deployments import open_deployment
from penstock.onchain.manifest_check import verify_manifests
from penstock.onchain.terms_header import TermsHeader
from tests.deploy.conftest import Stage
from tests.evm.proxy import proxied
from tests.fixtures.actors import HOLDER, OPERATOR, SPONSOR
from tests.fixtures.chains import START
from tests.fixtures.deals import DEAL
from tests.fixtures.slow import mostly_slow

pytestmark = pytest.mark.sampled

Told = dict[str, Any]


def swapped(told: Told) -> Told:
    senior, equity = told["shares"]["senior"], told["shares"]["equity"]
    contracts = told["contracts"]
    return {
        **told,
        "shares": {"senior": equity, "equity": senior},
        "contracts": {
            **contracts,
            "share:senior": {**contracts["share:equity"], "code_hash": contracts["share:equity"]["code_hash"]},
            "share:equity": contracts["share:senior"],
        },
    }


def put(place: str, value: object) -> Callable[[Told], Told]:
    """The manifest with one value in the place of another: `launch.block`."""

    def change(told: Told) -> Told:
        *path, last = place.split(".")
        inner = told = json.loads(json.dumps(told))
        for key in path:
            inner = inner[key]
        inner[last] = value
        return told

    return change


def text(old: str, new: str) -> Callable[[Told], Told]:
    """The manifest with another deal file, hash and all."""
    edited = DEAL.replace(old, new)
    assert edited != DEAL
    return lambda told: {**told, "deal_text": edited, "deal_sha256": manifests.text_hash(edited)}


def one_share_more(told: Told) -> Told:
    more = {"shares": {**told["shares"], "junior": told["asset"]}}
    return {**told, **more, "contracts": {**told["contracts"], "share:junior": told["contracts"]["asset"]}}


def another_asset(told: Told) -> Told:
    return put("contracts.asset", told["contracts"]["factory"])({**told, "asset": told["factory"]})


def without_salt(told: Told) -> Told:
    """As of a launch by a wallet's contract, and with another sponsor."""
    return put("roles.sponsor", HOLDER)({**told, "salt": None})


def without(name: str) -> Callable[[Told], Told]:
    return lambda told: {**told, "contracts": {key: each for key, each in told["contracts"].items() if key != name}}


HASH = "0x" + "11" * 32
SWEPT = ('"principal:senior", "reserve:dsra", "res', '"principal:senior", "sweep:senior:0.5", "reserve:dsra", "res')
LIES: dict[str, tuple[Callable[[Told], Told], str]] = {
    "genesis": (put("genesis", HASH), "another chain of the number 31337: its first block is 0x"),
    "block": (put("launch.block_hash", HASH), "that of the launch, is 0x"),
    "future": (put("launch.block", 10**6), "block 1000000, that of the launch, is none"),
    "code": (put("contracts.factory.code_hash", HASH), f"the manifest says {HASH}"),
    "no code": (put("contracts.logic.address", HOLDER), f"logic at {HOLDER}"),
    "lens code": (put("contracts.lens.code_hash", HASH), f"the manifest says {HASH}"),
    "batch code": (put("contracts.batch.code_hash", HASH), f"the manifest says {HASH}"),
    "no lens code": (put("contracts.lens.address", HOLDER), f"lens at {HOLDER}"),
    "asset": (another_asset, "has the asset 0x"),
    "shares": (swapped, "has the share senior 0x"),
    "more shares": (one_share_more, "has the shares senior, equity; the manifest names more"),
    "launch": (put("launch.hash", HASH), f"has no transaction {HASH}, the launch's in the manifest"),
    "sponsor": (put("roles.sponsor", HOLDER), f"was not launched by {HOLDER} with salt 0, as the manifest says"),
    "salt": (put("salt", "0x" + "07".zfill(64)), f"was not launched by {SPONSOR} with salt 7, as the manifest says"),
    "no salt": (without_salt, f"was launched by {SPONSOR}; the manifest says {HOLDER}"),
    "no implementation code": (without("implementation"), "in the manifest, and not listed among its contracts"),
    "no logic code": (without("logic"), "the manifest lists no logic among its contracts"),
    "no trial code": (without("trial"), "the manifest lists no trial among its contracts"),
    "trial code": (put("contracts.trial.code_hash", HASH), f"the manifest says {HASH}"),
    "terms": (put("terms_hash", HASH), "has terms of hash 0x"),
    "policy": (put("policy", None), "has the policy 0x"),
    "payee": (put("roles.payees.operator", HOLDER), f"pays operator at {OPERATOR}; the manifest says {HOLDER}"),
    "no payee": (put("roles.payees", {}), "no address for the payee 'operator'"),
    "coupon": (
        text("0.08", "0.09"),
        "tranche senior, coupons[1][2] is 0.08 on the chain and 0.09 in the file",
    ),
    "periods": (text("periods = 4", "periods = 5"), "accrual_dates"),
    "ladder": (text(*SWEPT), "on: normal is "),
}
COMMANDS = (
    ("status", "FILE"),
    ("status", "FILE", "FILE"),  # a line each
    ("settle", "FILE", "--pay", "1"),
    ("claim", "FILE", "--holder", SPONSOR),
    ("watch", "FILE", "--once"),
    ("admin", "handover", "FILE", "--check"),
    ("admin", "handover", "FILE", "--to", HOLDER),
    ("admin", "replace", "FILE", "--policy", HOLDER),
    ("verify", "FILE", "--sources", "FOLDER"),
)
ANOTHER_CHAIN = ("genesis", "block", "future")


def lie_told(stage: Stage, lie: str) -> str:
    """Makes the stage's manifest lie. Returns what should be said of it."""
    change, words = LIES[lie]
    told = json.loads(stage.file.read_text())
    stage.file.write_text(json.dumps(change(told)))
    return words


@pytest.mark.parametrize("lie", mostly_slow(LIES, [*LIES][::2]))
def test_a_manifest_that_lies_is_refused_by_every_command(
    launched_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch, lie: str
):
    monkeypatch.setattr(artifacts, "recompile", compile_contracts)  # test_verify_bytecode.py compiles them anew
    stage = launched_stage()
    words = lie_told(stage, lie)
    before = stage.chain.block()
    for command in COMMANDS:
        given = [
            {"FILE": str(stage.file), "FOLDER": str(stage.file.parent / "sources")}.get(each, each) for each in command
        ]
        done = CliRunner().invoke(app, [*given, "--network", stage.url])
        assert done.exit_code == 1 and (not done.stdout or command[0] == "verify"), (command, done.output)
        (line,) = (each for each in done.stderr.splitlines() if not each.startswith("compiling the contracts"))
        assert words in line, command
    assert not (stage.file.parent / "sources").exists()
    assert stage.chain.block() == before


@pytest.mark.parametrize("lie", LIES)
def test_an_audit_names_what_a_manifest_lies_about(
    launched_stage: Callable[..., Stage], lie: str, monkeypatch: pytest.MonkeyPatch
):
    stage = launched_stage()
    words = lie_told(stage, lie)
    monkeypatch.chdir(stage.file.parent)
    done = CliRunner().invoke(app, ["audit", str(stage.file), "--rpc", stage.url])
    assert done.exit_code == 1, done.output
    if lie in ANOTHER_CHAIN:
        assert done.stdout == ""
        (line,) = done.stderr.splitlines()
    else:
        assert done.stderr == ""
        line = done.stdout.splitlines()[-1]
        assert line.startswith("verdict: WRONG — first difference: " + ("code: " if "code" in lie else "terms: "))
    assert words in line


@pytest.mark.parametrize("name", ["asset", "policy"])
def test_an_audit_names_the_asset_and_policy_whose_code_is_another(
    launched_stage: Callable[..., Stage], name: str, monkeypatch: pytest.MonkeyPatch
):
    stage = launched_stage()
    manifest = stage.manifest
    address = manifest.contracts[name].address
    code = stage.chain.ask("eth_getCode", address, "latest")
    stage.chain.ask("anvil_setCode", address, code + "00")
    monkeypatch.chdir(stage.file.parent)
    done = CliRunner().invoke(app, ["audit", str(stage.file), "--rpc", stage.url])
    assert (done.exit_code, done.stderr) == (1, "")
    assert f"first difference: code: {name} at {address} has code of hash 0x" in done.stdout.splitlines()[-1]


def test_a_manifests_own_text_is_held_against_the_chain_beside_another_deal_file(
    launched_stage: Callable[..., Stage], monkeypatch: pytest.MonkeyPatch
):
    stage = launched_stage()
    lie_told(stage, "coupon")
    monkeypatch.chdir(stage.file.parent)
    done = CliRunner().invoke(app, ["audit", str(stage.file), "--rpc", stage.url, "--deal", str(stage.deal)])
    assert done.exit_code == 1
    assert "terms: the deal at 0x" in done.stdout.splitlines()[-1] and LIES["coupon"][1] in done.stdout


def test_another_chain_that_looks_the_same_is_seen(tmp_path: Path):
    deal = tmp_path / "small.toml"
    deal.write_text(DEAL)
    told = []
    for number in range(2):
        with nodes.anvil(timestamp=START) as node:
            chain = networks.connect(node.url)
            if number:
                chain.set_time(START + 60)
            file = tmp_path / f"{number}.json"
            told.append(deploy(chain, deal, payees={"operator": OPERATOR}, file=file).manifest)
            if number:
                assert told[0].deal == told[1].deal and told[0].genesis == told[1].genesis
                assert told[0].contracts == told[1].contracts
                with pytest.raises(manifests.ManifestRefused, match="another chain, or it was reorganised"):
                    open_deployment(told[0], chain)


def test_many_are_compared_in_few_requests(launched_stage: Callable[..., Stage]):
    stage = launched_stage()
    made = [stage.manifest]
    for salt in (1, 2):
        stage.file = stage.file.with_name(f"{salt}.json")
        made.append(stage.run(order=stage.order(salt=salt)).manifest)
    lie = made[1].model_copy(update={"genesis": HASH})
    with proxied(stage.url) as proxy:
        chain = networks.connect(proxy.url)
        before = len(proxy.calls)
        *true, refused = verify_manifests([*made, lie], chain)
        asked = [(call.method, *call.params) for call in proxy.calls[before:]]
    assert len({each.packed for each in true if isinstance(each, TermsHeader)}) == 3  # each has its own mock
    assert isinstance(refused, manifests.ManifestRefused) and "another chain of the number" in str(refused)
    assert {method for method, *_ in asked} == {"eth_getBlockByNumber", "eth_getCode"}
    once = [each for each in asked if "latest" not in each]
    assert len(once) == len(set(once)), "what the deals share is asked for once"


def rebuilt(stage: Stage, *words: str) -> Any:
    return CliRunner().invoke(
        app, ["manifest", "rebuild", *words, "--network", stage.url, "--out", str(stage.deal.parent / "r.json")]
    )


def test_a_manifest_is_made_anew_from_the_chain(launched_stage: Callable[..., Stage]):
    stage = launched_stage()
    made = stage.manifest.model_dump(by_alias=True)
    done = rebuilt(stage, made["deal"], "--deal-file", str(stage.deal))
    assert done.exit_code == 0, done.output
    again = json.loads((stage.deal.parent / "r.json").read_text())
    assert [each["step"] for each in again.pop("transactions")] == ["launch"]
    assert {**again["launch"], "intent": ""} == {**made["launch"], "intent": ""}
    for key in ("transactions", "git_commit", "launch", "network"):
        made.pop(key, None), again.pop(key, None)
    assert again == made


def test_what_another_deal_has_is_not_written_over(launched_stage: Callable[..., Stage]):
    stage = launched_stage()
    first, file = stage.manifest, stage.deal.parent / "r.json"
    assert rebuilt(stage, first.deal, "--deal-file", str(stage.deal)).exit_code == 0
    kept = file.read_text()
    stage.file = stage.file.with_name("other.json")
    other = stage.run(order=stage.order(salt=1)).manifest
    for words, said in (
        (
            (other.deal, "--deal-file", str(stage.deal)),
            f"r.json is the manifest of the deal {first.deal}; accepted: --out",
        ),
        (
            (first.deal,),
            "r.json contains the deal file small.toml, and the rebuilt manifest would not; accepted: --deal-file",
        ),
    ):
        done = rebuilt(stage, *words)
        assert (done.exit_code, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert said in line
        assert file.read_text() == kept
    file.write_text("{}")
    assert rebuilt(stage, first.deal, "--deal-file", str(stage.deal)).exit_code == 0
    assert json.loads(file.read_text())["deal"] == first.deal


def test_without_the_file_names_are_numbered_and_the_deal_works(launched_stage: Callable[..., Stage]):
    stage = launched_stage()
    made = stage.manifest
    done = rebuilt(stage, made.deal)
    assert done.exit_code == 0 and "the deal file's text is not on the chain" in done.stdout
    file = stage.deal.parent / "r.json"
    told = manifests.read(file)
    assert (told.deal_file, told.deal_sha256, told.deal_text) == (None, None, None)
    assert told.shares == made.shares and told.contracts == made.contracts and told.salt == made.salt
    assert list(told.payees.values()) == [OPERATOR]
    assert open_deployment(told, stage.chain).terms.tranches == open_deployment(made, stage.chain).terms.tranches
    for command in (["status"], ["settle", "--pay", "100", "--advance"], ["claim", "--holder", SPONSOR]):
        done = CliRunner().invoke(app, [command[0], str(file), "--network", stage.url, *command[1:]])
        assert done.exit_code == 0, done.output


def row(done: Any, name: str) -> str:
    """What a page's table of two columns has beside a name."""
    (found,) = (
        value for line in done.stdout.splitlines() for key, _, value in [line.partition("│")] if key.strip() == name
    )
    return str(found).strip()


@pytest.mark.parametrize(("name", "contract"), [("lens", "DealLens"), ("batch", "HolderBatch")])
def test_a_chain_without_the_periphery_is_no_hindrance(launched_stage: Callable[..., Stage], name: str, contract: str):
    """As of a deal that was launched by the factory's own function."""
    stage = launched_stage()
    made, file = stage.manifest, stage.deal.parent / "r.json"
    place = made.contracts[name].address
    words = (made.deal, "--deal-file", str(stage.deal))
    assert row(rebuilt(stage, *words), name) == place
    stage.chain.ask("anvil_setCode", place, "0x")
    done = rebuilt(stage, *words)
    assert done.exit_code == 0 and row(done, name) == "none on this chain", done.output
    told = manifests.read(file)
    assert told.contracts == {other: each for other, each in made.contracts.items() if other != name}
    for command in (["status"], ["settle", "--pay", "100", "--advance"], ["claim", "--holder", SPONSOR]):
        done = CliRunner().invoke(app, [command[0], str(file), "--network", stage.url, *command[1:]])
        assert done.exit_code == 0, done.output
    stage.chain.ask("anvil_setCode", place, "0x00")
    done = rebuilt(stage, *words)
    assert done.exit_code == 1 and f"the {name} at {place} is not our {contract}: 1 byte of code" in done.stderr


def test_the_launch_is_looked_for_where_the_deal_came_to_be(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    stage.chain.ask("anvil_mine", "0x20")
    made = stage.run().manifest
    stage.chain.ask("anvil_mine", "0x20")
    launch, asked, pages = made.launch.block, list[tuple[int, int]](), rebuilding.RetryingRpc.log_pages

    def noted(chain: Any, filters: Any, first: int, last: int) -> Any:
        if filters[0].addresses == (made.factory,):
            asked.append((first, last))
        return pages(chain, filters, first, last)

    monkeypatch.setattr(rebuilding.RetryingRpc, "log_pages", noted)
    head = stage.chain.block()
    for words, places in (
        ((), [(launch, launch)]),
        (("--since", str(launch)), [(launch, head)]),
        (("--since", str(launch + 1)), [(launch + 1, head)]),
    ):
        asked.clear()
        done = rebuilt(stage, made.deal, *words)
        assert asked == places and (done.exit_code == 0) == (places[0][0] == launch), done.output
    assert done.stderr.count("\n") == 1
    assert f"from block {launch + 1} on; accepted: --since with its block, or a block before, or none" in done.stderr

    def forgotten(*_: Any) -> int:
        raise ChainRefused("missing trie node")

    monkeypatch.setattr(rebuilding, "first_block_with_code", forgotten)
    asked.clear()
    assert rebuilt(stage, made.deal).exit_code == 0 and asked == [(0, head)]


def test_what_is_no_deal_is_not_rebuilt(launched_stage: Callable[..., Stage]):
    stage = launched_stage()
    made = stage.manifest
    for address, words in ((HOLDER, "no contract at"), (made.factory, "a contract that is not a deal at")):
        done = rebuilt(stage, address)
        assert done.exit_code == 1 and words in done.stderr and len(done.stderr.splitlines()) == 1
    stage.deal.write_text(DEAL.replace("0.08", "0.09"))
    done = rebuilt(stage, made.deal, "--deal-file", str(stage.deal))
    assert (
        done.exit_code == 1
        and "has other terms than small.toml from byte " in done.stderr
        and "senior, coupons[1][2]" in done.stderr
    )
    assert not (stage.deal.parent / "r.json").exists()


@pytest.mark.slow
def test_ganache_without_the_proxy_gets_it_and_the_same_factory(undisturbed: Told, tmp_path: Path):
    with nodes.ganache(timestamp=START) as node:
        stage = Stage(node.url, networks.connect(node.url), tmp_path / "small.toml", tmp_path / "small.json")
        stage.deal.write_text(DEAL)
        made = stage.run().manifest
        assert [each.step for each in made.transactions][:2] == ["fund-proxy", "proxy"]
        assert made.factory == undisturbed["factory"] and made.deal == undisturbed["deal"]
        done = rebuilt(stage, made.deal, "--deal-file", str(stage.deal))
        assert done.exit_code == 0, done.output
