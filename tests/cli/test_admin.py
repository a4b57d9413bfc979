"""
deploy with a keystore and exports, handover, replace: as a user types them.

given a keystore and its password in a file or typed
    deploy should sign with it, and neither key nor password be in what is printed or written
given no terminal, a wrong password, a password file others may read
    it should be refused in one line, and nothing sent
given a deal with roles
    handover should plan, execute, export, and check with exit 1 until the deployer holds nothing
given options that do not go together
    exit 2, in one line
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from typer.testing import CliRunner, Result

from penstock.cli.app import app
from penstock.evm import networks, nodes
from penstock.evm.artifacts import compile_contracts
from penstock.evm.dev_accounts import development_keys
from penstock.evm.retry import RetryingRpc
from tests.fixtures.deals import DEAL

ROOT = Path(__file__).parents[2]
KEY, SECRET = b"\x22" * 32, "a long password"
SPONSOR = Account.from_key(KEY).address
OPERATOR = list(development_keys())[2]
START = 1_767_225_600


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with nodes.anvil(timestamp=START) as node:
        yield node.url


@pytest.fixture
def chain(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RetryingRpc]:
    """A folder with a deal, a keystore and its password; the chain is taken back afterwards."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(DEAL)
    (tmp_path / "key.json").write_text(json.dumps(Account.encrypt(KEY, SECRET, kdf="pbkdf2", iterations=2)))
    (tmp_path / "pw").write_text(SECRET + "\n")
    (tmp_path / "pw").chmod(0o600)
    chain = networks.connect(url)
    with chain.undone():
        chain.ask("anvil_setBalance", SPONSOR, hex(10**18))
        yield chain


def run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=typed)


def deploy(chain: RetryingRpc, *more: str, typed: str | None = None) -> Result:
    words = ("deploy", "small.toml", "--network", chain.endpoint, "--payee", f"operator={OPERATOR}")
    return run(*words, "--policy", "new", "--reports", "new", *more, typed=typed)


MANIFEST = "deployments/31337/small.json"
SIGNED = ("--account", "key.json", "--password-file", "pw", "--execute")


def one_line(result: Result, code: int, words: str) -> None:
    assert result.exit_code == code, result.output
    assert words in result.stderr and result.stderr.count("\n") == 1, result.stderr
    assert SECRET not in result.output and KEY.hex() not in result.output


@pytest.mark.parametrize("way", ["file", "typed"])
def test_a_keystore_signs_and_shows_nothing(chain: RetryingRpc, tmp_path: Path, way: str) -> None:
    if way == "file":
        done = deploy(chain, *SIGNED)
    else:
        done = deploy(chain, "--account", "key.json", "--execute", typed=SECRET + "\n")
    assert done.exit_code == 0, done.output
    assert json.loads(Path(MANIFEST).read_text())["roles"]["sponsor"] == SPONSOR
    written = [
        each.read_text() for each in tmp_path.rglob("*") if each.is_file() and each.name not in ("pw", "key.json")
    ]
    for text in (done.output, *written):
        assert SECRET not in text and KEY.hex() not in text


def test_a_password_that_is_not_had_sends_nothing(chain: RetryingRpc, url: str) -> None:
    before = chain.block()
    one_line(deploy(chain, "--account", "key.json", "--execute", typed="wrong\n"), 1, "the password does not open it")
    Path("pw").chmod(0o640)
    one_line(deploy(chain, *SIGNED), 1, "pw: others may read or change it (mode 640); accepted: chmod 600 pw")
    words = ("deploy", "small.toml", "--network", url, "--payee", f"operator={OPERATOR}")
    alone = subprocess.run(
        [sys.executable, "-m", "penstock", *words, "--account", "key.json", "--execute"],
        input=SECRET,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        start_new_session=True,  # no terminal to ask at
        check=False,
    )
    assert (alone.returncode, alone.stderr.splitlines()) == (
        1,
        [
            "Password of key.json:",
            "no password was typed for key.json; accepted: a terminal, or --password-file FILE",
        ],
    )
    assert chain.block() == before
    assert not list(Path().rglob("*.jsonl")), "a journal was begun"


def test_roles_are_handed_over_and_checked(chain: RetryingRpc) -> None:
    assert deploy(chain, *SIGNED, "--delay", "2").exit_code == 0
    wallet = chain.deploy(compile_contracts()["CallerContract"])
    words = ("admin", "handover", MANIFEST, "--to", wallet.address, "--sweep")
    planned, before = run(*words, "--export-safe", "accept.json", "--export", "all.json"), chain.block()
    assert planned.exit_code == 0, planned.output
    assert "exported 11 transactions, in the order of the file: all.json" in planned.output
    assert (
        f"exported 4 transactions of the Safe {wallet.address}, after the steps of {SPONSOR}: accept.json"
        in planned.output
    )
    assert "a role can be accepted only after it is offered" in planned.output
    assert chain.block() == before
    checked = run("admin", "handover", MANIFEST, "--check")
    assert checked.exit_code == 1 and "1,000 shares of senior" in checked.output
    done = run(*words, *SIGNED)
    assert done.exit_code == 0 and "offer the role: reporter: block" in done.output, done.output
    first, *left = done.stdout.split("not finished: 4 steps left for ")[1].splitlines()
    assert first == f"{wallet.address}:"
    roles = ("registrar", "replaces the policy", "replaces the reports", "reporter")
    assert sorted(left[:4]) == sorted(f"  accept the role: {each}" for each in roles)
    assert left[4] == f"next: the same command with --account {wallet.address}, or with --export-safe FILE"
    for each in json.loads(Path("accept.json").read_text())["transactions"]:
        wallet.send("act", each["to"], bytes.fromhex(each["data"][2:]))
    chain.ask("anvil_setBalance", SPONSOR, hex(10**15))
    checked = run("admin", "handover", MANIFEST, "--check")
    assert checked.exit_code == 0, checked.output
    assert f"{SPONSOR} holds nothing of this deal: no role, no allowance, no cash, no share" in checked.output
    assert "nothing is left to do" in run(*words).output
    stranger = list(development_keys())[7]
    done = run(*words, "--execute", "--account", stranger)
    assert (done.exit_code, done.stderr) == (1, f"no step is {stranger}'s; nothing is left to do\n")


def test_what_can_be_swept_is_swept_where_there_are_no_roles(chain: RetryingRpc) -> None:
    made = run("deploy", "small.toml", "--network", chain.endpoint, "--payee", f"operator={OPERATOR}", *SIGNED)
    assert made.exit_code == 0, made.output
    heir = list(development_keys())[5]
    none = f"{SPONSOR} holds no role of this deal; this deal has no roles"
    one_line(
        run("admin", "handover", MANIFEST, "--to", heir), 1, f"{none}; accepted: --sweep, which transfers its shares"
    )
    words = ("admin", "handover", MANIFEST, "--to", heir, "--sweep")
    planned = run(*words)
    assert planned.exit_code == 0 and "2 transactions to send" in planned.output, planned.output
    assert "transfer 500 shares of equity" in planned.output and none in planned.output
    done = run(*words, *SIGNED)
    assert done.exit_code == 0 and "Small has no roles" in done.output, done.output
    assert [line.split(": block")[0] for line in done.stderr.splitlines()] == [
        "transfer 1,000 shares of senior",
        "transfer 500 shares of equity",
    ]
    held = chain.at(json.loads(Path(MANIFEST).read_text())["shares"]["equity"], compile_contracts()["MockUSD"].abi)
    assert (held.call("balanceOf", SPONSOR), held.call("balanceOf", heir)) == (0, 500 * 10**6)
    one_line(run(*words, *SIGNED), 1, f"{none}; nor a share, stablecoin or allowance: there is nothing to hand over")


def test_a_successor_is_scheduled_and_taken_back(chain: RetryingRpc) -> None:
    assert deploy(chain, *SIGNED, "--delay", "2").exit_code == 0
    successor = chain.deploy(compile_contracts()["HolderRegistry"], SPONSOR).address
    done = run("admin", "replace", MANIFEST, "--policy", successor, *SIGNED)
    assert done.exit_code == 0 and "next registrar" in done.output, done.output
    done = run("admin", "replace", MANIFEST, "--cancel", "policy", *SIGNED)
    assert done.exit_code == 0 and "next registrar" not in done.output, done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["admin", "handover", MANIFEST], "either --to ADDRESS, or --check"),
        (["admin", "handover", MANIFEST, "--check", "--to", OPERATOR], "either --to ADDRESS, or --check"),
        (["admin", "handover", MANIFEST, "--to", "0x12"], "is not an address"),
        (["admin", "replace", MANIFEST], "one of --policy, --reports, --cancel"),
        (
            ["admin", "replace", MANIFEST, "--policy", OPERATOR, "--cancel", "policy"],
            "one of --policy, --reports, --cancel",
        ),
        (["admin", "replace", MANIFEST, "--cancel", "asset"], "'asset' is neither policy nor reports"),
    ],
)
def test_options_that_do_not_go_together_are_bad_usage(words: list[str], said: str) -> None:
    one_line(run(*words), 2, said)


def test_what_cannot_stand_is_refused_in_one_line(chain: RetryingRpc) -> None:
    more: Any
    one_line(deploy(chain, *SIGNED, "--export", "x.json"), 2, "either --execute, or an export")
    words = ("deploy", "small.toml", "--network", chain.endpoint, "--payee", f"operator={OPERATOR}")
    one_line(run(*words, "--delay", "3"), 1, "nothing to replace later")
    one_line(deploy(chain, "--account", OPERATOR, "--export-safe", "x.json"), 1, "it is not a Safe")
    assert not Path("x.json").exists()
    assert deploy(chain, *SIGNED).exit_code == 0
    before = chain.block()
    for more, said in (
        (["--to", SPONSOR], "is the holder itself"),
        (["--to", OPERATOR, "--account", "nowhere", "--execute"], "no keystore is at nowhere"),
        (
            ["--to", OPERATOR, "--account", list(development_keys())[7], "--execute"],
            f"'s; accepted: --account of {SPONSOR} or {OPERATOR}",
        ),
        (["--to", OPERATOR, "--execute"], f"no key for {SPONSOR}"),
    ):
        one_line(run("admin", "handover", MANIFEST, *more), 1, said)
    assert chain.block() == before
