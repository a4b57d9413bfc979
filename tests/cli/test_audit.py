"""
penstock audit, from the command line.

given a deployment that is sound
    it should print what was compared and a verdict, as a page or as JSON, and exit 0
given one that is not
    it should name the first difference in its last line and exit 1
given what cannot be audited
    it should say so in one line: 1 refused, 2 bad usage
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.evm import networks
from tests.fixtures.actors import HOLDER
from tests.fixtures.cli import penstock, refused
from tests.fixtures.deals import SMALL, Launched


@pytest.fixture
def lived(settled_twice: Launched) -> tuple[str, str]:
    """The URL, and the manifest of a deal of which two periods are settled."""
    return settled_twice.url, settled_twice.file


def deal_of(file: str) -> str:
    return str(json.loads(Path(file).read_text())["deal"])


def test_a_sound_deployment(lived: tuple[str, str]) -> None:
    url, file = lived
    for words in ([file], [deal_of(file), "--rpc", url], [deal_of(file).lower(), "--rpc", url, "--deal", "small.toml"]):
        done = penstock("audit", *words)
        assert (done.exit_code, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert lines[-1].startswith("verdict: clean — ") and " events, 1 holder, 2 periods, block " in lines[-1]
        for check in ("code", "terms", "logs", "periods", "cash", "holders", "state", "storage"):
            (row,) = [line for line in lines if line.strip().startswith(f"{check} ")]
            assert "equal" in row
    assert [each.name for each in Path().iterdir() if "audit" in each.name] == [], "the checkpoint is gone"


def test_a_block_after_the_launch_is_too_late_to_begin_with(
    lived: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, file = lived
    launch = json.loads(Path(file).read_text())["launch"]["block"]
    for since in (launch - 1, launch):
        done = penstock("audit", file, "--since", str(since))
        assert (done.exit_code, done.stderr) == (0, ""), "the launch is in it"
    for since in (launch + 1, 10**9):
        too_late = f"block {since} is too late: the deal's logs begin in block {launch}; accepted: --since "
        refused(penstock("audit", file, "--since", str(since)), too_late + f"{launch} or a block before, or none")
    monkeypatch.setattr("penstock.audit.run.launch_block", lambda subject: None)  # a node that keeps no old states
    assert penstock("audit", file, "--since", str(launch)).exit_code == 0
    for since in (launch + 1, 10**9):
        refused(penstock("audit", file, "--since", str(since)), f"no log of the launch from block {since} on; accepted")
    assert not list(Path().glob("penstock-audit-*")), "a checkpoint nobody can go on from"


def test_json_for_programs(lived: tuple[str, str]) -> None:
    done = penstock("audit", lived[1], "--json")
    data = json.loads(done.stdout)
    assert (done.exit_code, data["verdict"], data["periods"]) == (0, "clean", 2)
    assert [check["check"] for check in data["checks"]][:3] == ["code", "terms", "logs"]
    assert all(check["compared"] and not check["differences"] for check in data["checks"])


def test_a_deployment_that_is_not_sound(lived: tuple[str, str]) -> None:
    url, file = lived
    chain = networks.connect(url)
    chain._ask("anvil_setStorageAt", deal_of(file), f"0x{0:064x}", f"0x{3:064x}")
    done = penstock("audit", file)
    assert (done.exit_code, done.stderr) == (1, "")
    last = done.stdout.splitlines()[-1]
    assert last == (
        "verdict: WRONG — first difference: periods: the chain has settled 3 periods, its logs have 2: "
        "a Settled log is missing"
    )
    assert any(line.strip().startswith("periods ") and "1 WRONG" in line for line in done.stdout.splitlines())
    data = json.loads(penstock("audit", file, "--json").stdout)
    assert data["verdict"] == "WRONG" and data["line"] == last
    assert any("balance" in each["text"] for check in data["checks"] for each in check["differences"])


def test_another_deal_file_is_wrong(lived: tuple[str, str]) -> None:
    Path("other.toml").write_text(SMALL.replace("0.08", "0.09"))
    done = penstock("audit", lived[1], "--deal", "other.toml")
    assert done.exit_code == 1
    assert "terms: other terms than other.toml from byte" in done.stdout.splitlines()[-1]


def test_a_manifest_that_names_others_is_wrong(lived: tuple[str, str]) -> None:
    file = lived[1]
    known = json.loads(Path(file).read_text())
    for change, words in (
        ({"factory": HOLDER}, f"code: factory is {HOLDER} in the manifest, and 0x"),
        ({"shares": {**known["shares"], "equity": HOLDER}}, f"code: share:equity is {HOLDER} in the manifest, and 0x"),
        ({"roles": {**known["roles"], "payees": {"operator": HOLDER}}}, f"the manifest says {HOLDER}"),
    ):
        Path("changed.json").write_text(json.dumps({**known, **change}))
        done = penstock("audit", "changed.json")
        assert done.exit_code == 1
        assert words in done.stdout.splitlines()[-1], done.stderr


def test_what_cannot_be_audited(lived: tuple[str, str]) -> None:
    url, file = lived
    known = json.loads(Path(file).read_text())
    Path("elsewhere.json").write_text(json.dumps({**known, "chain_id": 1}))
    Path("half.json").write_text(json.dumps({**known, "deal_text": "\ud800"}))
    for words, said, code in (
        (["none.json"], "none.json", 1),
        (["small.toml"], "not a manifest", 1),
        (["elsewhere.json"], "the deal is on chain 1, and this is chain 31337", 1),
        (["half.json"], "half.json: deal_text is not the deal file of hash", 1),
        ([HOLDER], "an address needs --rpc URL", 2),
        ([HOLDER, "--rpc", url], f"has no contract at {HOLDER}", 1),
        ([known["asset"], "--rpc", "nowhere"], "no network is called 'nowhere'", 1),
        ([HOLDER, "--rpc", "http://127.0.0.1:1", "--patience", "0"], "does not answer", 1),
        ([file, "--deal", "none.toml"], "none.toml", 1),
        ([known["deal"][:-1] + "g", "--rpc", url], "No such file", 1),
        ([], "DEPLOYMENT", 2),
    ):
        refused(penstock("audit", *words), said, code=code)


def test_a_contract_that_is_no_deal(lived: tuple[str, str]) -> None:
    asset = json.loads(Path(lived[1]).read_text())["asset"]
    done = penstock("audit", asset, "--rpc", lived[0])
    assert done.exit_code == 1
    assert f"code: the deal at {asset}: its code does not begin as a clone's does" in done.stdout.splitlines()[-1]
