"""
Sources submitted to explorers that compile them (tests/deploy/explorer.py).

given a deployment and an explorer that is busy at first
    every contract of ours should be verified, the clone linked, what is not ours left out
    a second run should submit nothing
given one thing that is wrong: an argument, the compiler, a byte of the sources, the name
    that contract should be refused in the explorer's words, and the others verified
given an explorer that fails for a while, or for good
    a run should come to its end, or stop in one line without the key; the next goes on
given the command line
    the key should come from a file or a named variable, and appear nowhere
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.deploy.verify import etherscan, sources, sourcify
from penstock.deploy.verify.http import Answer, ExplorerFailed, Http, Pace, Unverified
from penstock.deploy.verify.sources import Clone, Contract
from penstock.deploy.verify.submit import Outcome, explorer, require_verified, submit
from penstock.evm import networks
from penstock.evm.artifacts import compile_contracts
from penstock.evm.codec import decode_values
from penstock.evm.errors import ChainError
from penstock.onchain import manifest as manifests
from tests.deploy.conftest import Stage
from tests.deploy.explorer import KEY, Explorer, exploring
from tests.fixtures.actors import HOLDER, OTHER, SPONSOR
from tests.fixtures.deals import DEAL

# One worker, for the explorers keep what they compiled.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("explorers")]

# The explorer compiles before it first answers, which takes minutes where all else is busy.
QUICK = Pace(request=300, outage=1.5, first_pause=0.01, longest_pause=0.1, poll=0.01, result=3)
NOWHERE = ["--verifier-url", "http://127.0.0.1:1/api", "--verifier"]
KINDS = ["etherscan", "blockscout", "sourcify"]
OURS = [
    *("logic", "trial", "factory", "lens", "batch", "extension", "implementation"),
    *("share:senior", "share:equity", "asset", "policy", "deal"),
]
Found = dict[str, Contract | Clone]


@pytest.fixture(scope="module")
def launched(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("launched")
    (folder / "small.toml").write_text(DEAL)
    # Tranches interleaved: the shares' constructors get all allotments in this order.
    lines = [f"{HOLDER},senior,400", f"{OTHER},equity,500", f"{SPONSOR},senior,600"]
    (folder / "allocation.csv").write_text("\n".join(["holder,tranche,shares", *lines]) + "\n")
    chain = networks.connect(url)
    with chain.undone():
        stage = Stage(url, chain, folder / "small.toml", folder / "small.json")
        stage.run(order=stage.order(allocation=folder / "allocation.csv"))
        yield stage


@pytest.fixture(scope="module")
def found(launched: Stage) -> Found:
    manifest = manifests.read(launched.file)
    return {each.name: each for each in sources.contracts(launched.chain, manifest, compile_contracts())}


@pytest.fixture
def shown(launched: Stage) -> Iterator[Explorer]:
    with exploring(launched.chain) as made:
        yield made


def run(shown: Explorer, kind: Any, found: Found, pace: Pace = QUICK) -> dict[str, Outcome]:
    to = explorer(kind, shown.url(kind), shown.chain.chain_id, KEY if kind == "etherscan" else None, pace)
    return {each.name: each for each in submit(to, list(found.values()), lambda _: None)}


def only(found: Found, *names: str) -> Found:
    return {name: found[name] for name in names}


@pytest.mark.parametrize("kind", KINDS)
def test_every_contract_is_verified_once(shown: Explorer, found: Found, kind: str):
    assert list(found) == OURS
    done = {name: each.done or each.refusal for name, each in run(shown, kind, found).items()}
    proxy = done.pop("deal")
    assert set(done.values()) == {"verified"} and set(done) == set(OURS[:-1])
    assert shown.books[kind].limited and len(shown.books[kind].submitted) == len(OURS) - 1
    again = {name: each.done for name, each in run(shown, kind, found).items()}
    assert len(shown.books[kind].submitted) == len(OURS) - 1
    if kind == "sourcify":
        assert proxy == again.pop("deal") == "left out: a proxy has no sources; Sourcify finds its implementation"
    else:
        assert (proxy, again.pop("deal")) == ("linked", "already linked")
        assert shown.books[kind].linked == {found["deal"].address: found["implementation"].address}
    assert set(again.values()) == {"already verified"}


def test_an_input_has_the_files_its_contract_needs_and_no_more(found: Found):
    parts = ("IDeal", "IDealCore", "IDealErrors", "IDealExtension", "IDealTrial")
    interfaces = {f"contracts/interfaces/{name}.sol" for name in parts}
    wanted = {"contracts/TrancheShare.sol", "contracts/types/Types.sol", *interfaces}
    token = "node_modules/@openzeppelin/contracts/token/ERC20/IERC20.sol"
    assert set(found["share:senior"].request()["sources"]) == {*wanted, token}  # type: ignore[union-attr]
    for name in ("logic", "trial", "factory", "lens", "batch", "extension", "implementation", "policy"):
        assert not any("mocks" in file for file in found[name].request()["sources"])  # type: ignore[union-attr]


class Tampered(Contract):
    """A share whose sources have one other byte."""

    def request(self) -> dict[str, Any]:
        asked = super().request()
        file = asked["sources"]["contracts/TrancheShare.sol"]
        asked["sources"]["contracts/TrancheShare.sol"] = {
            "content": file["content"].replace("mstore(add(length, 32)", "mstore(add(length, 33)")
        }
        return asked


def broken(how: str, share: Contract, monkeypatch: pytest.MonkeyPatch) -> Contract:
    if how == "argument":
        return replace(share, arguments=share.arguments[:-1] + bytes([share.arguments[-1] ^ 1]))
    if how == "byte":
        return Tampered(share.name, share.address, share.artifact, share.arguments, share.transaction)
    if how == "name":
        return replace(share, artifact=replace(share.artifact, name="TrancheShares"))
    for module in (etherscan, sourcify):
        monkeypatch.setattr(module, "COMPILER", "0.8.29+commit.ab55807c")
    return share


WORDS = {
    "argument": "Invalid constructor arguments provided",
    "byte": "Compiled contract deployment bytecode does NOT match the transaction deployment bytecode",
    "name": "Unable to find the contract contracts/TrancheShare.sol:TrancheShares in the compiled sources",
    "compiler": "Invalid or not supported solc version 0.8.29+commit.ab55807c",
}


# Sourcify is given no constructor arguments.
@pytest.mark.parametrize(
    ("kind", "how"), [(kind, how) for kind in KINDS for how in WORDS if (kind, how) != ("sourcify", "argument")]
)
def test_what_is_wrong_is_refused_in_the_explorers_words(
    shown: Explorer, found: Found, monkeypatch: pytest.MonkeyPatch, kind: str, how: str
):
    share = found["share:senior"]
    assert isinstance(share, Contract)
    made = run(shown, kind, {"share:senior": broken(how, share, monkeypatch), **only(found, "share:equity")})
    assert WORDS[how] in str(made["share:senior"].refusal)
    assert how == "compiler" or made["share:equity"].done == "verified"
    with pytest.raises(Unverified) as said:
        require_verified([made["share:senior"]], kind)
    assert str(said.value).startswith(f"share:senior at {share.address}: {kind} says: ") and "\n" not in str(said.value)


@pytest.mark.parametrize("kind", ["etherscan", "blockscout"])
def test_a_proxy_of_another_implementation_is_refused(shown: Explorer, found: Found, kind: str):
    clone = found["deal"]
    assert isinstance(clone, Clone)
    made = run(shown, kind, {"deal": replace(clone, implementation=found["factory"].address)})
    assert "implementation contract was unfortunately not detected" in str(made["deal"].refusal)
    early = run(shown, kind, only(found, "deal"))
    assert "does not seem to be verified" in str(early["deal"].refusal)


@pytest.mark.parametrize("kind", KINDS)
def test_trouble_that_passes(shown: Explorer, found: Found, kind: str):
    for fault in ("cut off", 503, 429, 502):
        shown.faults.append(fault)
    assert run(shown, kind, only(found, "share:senior"))["share:senior"].done == "verified"
    assert not shown.faults


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_cut_short_is_finished_by_the_next(shown: Explorer, found: Found, kind: str):
    told: list[Outcome] = []
    to = explorer(kind, shown.url(kind), shown.chain.chain_id, KEY, QUICK)  # type: ignore[arg-type]

    def say(outcome: Outcome) -> None:
        told.append(outcome)
        shown.faults += ["cut off"] * 500

    with pytest.raises(
        ExplorerFailed, match=r"does not answer: the connection failed .*run the same command again"
    ) as said:
        submit(to, list(only(found, "share:senior", "share:equity").values()), say)
    assert [each.done for each in told] == ["verified"]
    assert KEY not in str(said.value) and "\n" not in str(said.value)
    shown.faults.clear()
    made = run(shown, kind, only(found, "share:senior", "share:equity"))
    assert (made["share:senior"].done, made["share:equity"].done) == ("already verified", "verified")


def test_a_job_that_never_ends_is_left_after_a_while(shown: Explorer, found: Found, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Explorer, "_checkverifystatus", lambda *_: {"status": "0", "result": "Pending in queue"})
    made = run(shown, "blockscout", only(found, "share:senior"), replace(QUICK, result=0.1))
    assert "still 'Pending in queue' after 0 s; run the same command again" in str(made["share:senior"].refusal)


def test_an_explorer_some_blocks_behind_is_asked_again(shown: Explorer, found: Found, monkeypatch: pytest.MonkeyPatch):
    real = Explorer._verifysourcecode
    behind = iter(["Unable to locate ContractCode at 0x…", "Unable to locate ContractCode at 0x…"])

    def late(self: Explorer, *more: Any) -> dict[str, Any]:
        words = next(behind, None)
        return {"status": "0", "message": "NOTOK", "result": words} if words else real(self, *more)

    monkeypatch.setattr(Explorer, "_verifysourcecode", late)
    assert run(shown, "etherscan", only(found, "share:senior"))["share:senior"].done == "verified"


def test_a_match_but_for_metadata_is_said(shown: Explorer, found: Found, monkeypatch: pytest.MonkeyPatch):
    answers = iter([(404, {"match": None}), (202, {"verificationId": "1"}), (200, {"isJobCompleted": False})])
    done = (200, {"isJobCompleted": True, "contract": {"match": "match"}})
    monkeypatch.setattr(Explorer, "sourcify", lambda *_: next(answers, done))
    made = run(shown, "sourcify", only(found, "share:senior"))
    assert made["share:senior"].done == "verified, match"


@pytest.mark.parametrize("fault", ["html", 302])
def test_what_is_no_explorer_is_said_at_once(shown: Explorer, found: Found, fault: int | str):
    shown.faults.append(fault)
    with pytest.raises(ExplorerFailed, match="and no JSON"):
        run(shown, "etherscan", only(found, "share:senior"))


def test_a_wrong_key_or_chain_stops_the_run_and_shows_no_key(shown: Explorer, found: Found):
    url, wrong = shown.url("etherscan"), "ANOTHER-SECRET"
    to = explorer("etherscan", url, shown.chain.chain_id, wrong, QUICK)
    with pytest.raises(ExplorerFailed, match="Invalid API Key") as said:
        submit(to, [found["share:senior"]], lambda _: None)
    assert wrong not in str(said.value)
    with pytest.raises(ExplorerFailed, match="unsupported chainid"):
        submit(explorer("etherscan", url, 5, KEY, QUICK), [found["share:senior"]], lambda _: None)
    to = explorer("sourcify", shown.url("sourcify"), 5, None, QUICK)
    (made,) = submit(to, [found["share:senior"]], lambda _: None)
    assert made.refusal == "The chain 5 is not supported (unsupported_chain)"


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("http://explorer.example/api", KEY, "would be sent the API key unencrypted"),
        ("explorer.example/api", None, "is not an explorer's API"),
        (f"https://explorer.example/api?apikey={KEY}", None, "is not an explorer's API"),
    ],
)
def test_a_url_that_cannot_do_is_refused(url: str, key: str | None, said: str):
    with pytest.raises(ExplorerFailed, match=said) as refused:
        Http(url, QUICK, key)
    assert KEY not in str(refused.value)


@pytest.fixture
def command(launched: Stage, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("penstock.deploy.verify.http.Pace", lambda: QUICK)
    compiled = compile_contracts()
    monkeypatch.setattr("penstock.evm.artifacts.recompile", lambda: compiled)

    def run_it(*words: str) -> Any:
        return CliRunner().invoke(app, ["verify", str(launched.file), "--network", launched.url, *words])

    return run_it


def test_the_command_writes_the_sources_and_submits_them(
    shown: Explorer, found: Found, command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    key = tmp_path / "key"
    key.write_text(KEY + "\n")
    where = ["--verifier-url", shown.url("etherscan"), "--verifier", "etherscan"]
    key.chmod(0o644)
    open_to_all = command(*where, "--api-key-file", str(key))
    assert open_to_all.exit_code == 1 and "others may read or change it (mode 644)" in open_to_all.stderr
    key.chmod(0o600)
    made = command(*where, "--api-key-file", str(key), "--sources", str(tmp_path / "sources"))
    assert made.exit_code == 0, made.output
    assert f"{len(OURS) - 1} standard JSON inputs" in made.output and made.output.count("  verified") == len(OURS) - 1
    assert KEY not in made.output
    listed = json.loads((tmp_path / "sources" / "contracts.json").read_text())
    assert [each["name"] for each in listed] == OURS
    share = next(each for each in listed if each["name"] == "share:senior")
    assert json.loads((tmp_path / "sources" / share["standard_json"]).read_text()) == found["share:senior"].request()  # type: ignore[union-attr]
    monkeypatch.setenv("MY_KEY", KEY)
    again = command(*where, "--api-key-env", "MY_KEY")
    assert again.exit_code == 0 and again.output.count("already verified") == len(OURS) - 1, again.output


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--verifier-url", "https://explorer.example/api"], 2, "both or neither"),
        (["--verifier", "etherscan"], 2, "both or neither"),
        (["--api-key-env", "X"], 2, "only with --verifier"),
        (
            ["--verifier-url", "http://127.0.0.1:1/api", "--verifier", "etherscan", "--api-key-env", "NOT_SET"],
            1,
            "no API key",
        ),
        ([*NOWHERE, "blockscout"], 1, "does not answer: the connection failed"),
    ],
)
def test_the_command_refuses_in_one_line(command: Any, words: list[str], code: int, said: str):
    made = command(*words)
    assert made.exit_code == code and said in made.stderr and made.stderr.count("\n") == 1, made.output


def test_a_launch_that_hides_its_allotments_is_refused(launched: Stage):
    manifest = manifests.read(launched.file)
    other = manifest.transactions[0].hash
    hidden = manifest.model_copy(update={"launch": manifest.launch.model_copy(update={"hash": other})})
    with pytest.raises(ChainError, match="does not show what the shares' constructors were given"):
        sources.contracts(launched.chain, hidden, compile_contracts())


def test_allotments_are_found_in_a_wallets_calldata(launched: Stage, found: Found, monkeypatch: pytest.MonkeyPatch):
    manifest = manifests.read(launched.file)
    sent = launched.chain.sure("eth_getTransactionByHash", manifest.launch.hash)
    launch = bytes.fromhex(sent["input"][2:])
    function = compile_contracts()["DealFactory"].abi.function("launch")
    kinds = ("bytes", "(uint8,address,uint64)[]", "bytes32")
    terms, given, salt = decode_values(kinds, launch[4:])
    # What stands before it is not it: the bare selector, other terms, another salt.
    before = [function.selector + bytes(41), function.encode([terms + b"\0", sorted(given), salt])]
    before.append(function.encode([terms, sorted(given), b"\1" * 32]))
    wrapped = {**sent, "input": "0x" + b"".join([bytes(4), *before, launch, bytes(28)]).hex()}
    real = launched.chain.sure
    monkeypatch.setattr(
        launched.chain, "sure", lambda method, *more: wrapped if "ByHash" in method else real(method, *more)
    )
    again = sources.contracts(launched.chain, manifest, compile_contracts())
    assert [(each.name, each.arguments) for each in again] == [(each.name, each.arguments) for each in found.values()]


def test_a_sourcify_match_that_is_not_exact_is_submitted_again(found: Found, monkeypatch: pytest.MonkeyPatch):
    there = sourcify.Sourcify(Http("http://127.0.0.1:1", QUICK), 31337)
    asked: list[str] = []

    def answer(method: str, path: str, **_: Any) -> Answer:
        asked.append(f"{method} {path.split('/')[2]}")
        if method == "POST":
            return Answer(202, {"verificationId": "job"})
        if path.endswith("/job"):
            return Answer(200, {"isJobCompleted": True, "contract": {"match": "exact_match"}})
        return Answer(200, {"match": "match"})

    monkeypatch.setattr(Http, "_once", lambda _, method, path, **more: answer(method, path, **more))
    assert there.verify(found["logic"]) == "verified"
    assert asked == ["GET contract", "POST verify", "GET verify"]


def test_a_proxy_linked_to_another_implementation_is_refused(found: Found):
    clone = found["deal"]
    assert isinstance(clone, Clone)
    right = f"The proxy's implementation contract is found at {clone.implementation} and is successfully updated."
    assert etherscan._links(etherscan.Said(True, right, []), clone)
    other = "0x" + "12" * 20
    with pytest.raises(Unverified, match=f"found at {other}.*expected {clone.implementation}"):
        etherscan._links(etherscan.Said(True, right.replace(clone.implementation, other), []), clone)
