"""
`brownie run scripts/{deploy,settle,claim,status}.py` in a row, as a user types it, on one node.

It should launch, settle, claim and show the deal by its manifest, and refuse in one line.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from penstock.evm import nodes
from penstock.evm.dev_accounts import development_keys

ROOT = Path(__file__).resolve().parents[2]
BROWNIE = ROOT / ".venv" / "bin" / "brownie"
PORT = 8545
SPONSOR = next(iter(development_keys()))
PLACE = Path("build") / "test-operation"


def brownie(script: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(BROWNIE), "run", f"scripts/{script}.py", *words, "--network", "anvil"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )


@pytest.fixture
def manifest():
    shutil.rmtree(ROOT / PLACE, ignore_errors=True)
    yield str(PLACE / "minimal.json")
    shutil.rmtree(ROOT / PLACE, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.xdist_group("brownie")  # all write build/brownie: one after the other
def test_the_scripts_run_a_deal_on_one_node(manifest: str) -> None:
    assert BROWNIE.exists(), "run `make setup`: it installs Brownie's wrapper"
    assert not nodes._is_taken(PORT), f"port {PORT} is taken: stop the node there"
    with nodes.anvil(PORT, timestamp=1_767_225_600):
        for script, words, said in (
            ("deploy", ("launch", "deals/minimal.toml", "execute", f"out={manifest}"), "Minimal"),
            ("settle", ("main", manifest, "pay=30000", "advance"), "Settled period 1: collections 30,000.00"),
            ("settle", ("main", manifest), "nothing is due; next payment date 2027-01-01"),
            ("claim", ("main", manifest, f"holder={SPONSOR}"), "28,000"),
            ("status", ("main", manifest), "1 of 4 periods settled"),
        ):
            done = brownie(script, *words)
            assert done.returncode == 0, done.stdout + done.stderr
            assert said in done.stdout
        again = brownie("claim", "main", manifest, f"holder={SPONSOR}")
        assert again.returncode == 1
        assert f"{SPONSOR} has nothing to claim" in again.stderr.splitlines()
        assert "Traceback" not in again.stdout + again.stderr


@pytest.mark.slow
@pytest.mark.xdist_group("brownie")
def test_meters_are_deployed_and_shown_by_their_script(manifest: str) -> None:
    file = str(PLACE / "meters.json")
    assert not nodes._is_taken(PORT), f"port {PORT} is taken: stop the node there"
    with nodes.anvil(PORT, timestamp=1_767_225_600):
        for words, said in (
            (("main", "deploy", "execute", f"account={SPONSOR}", f"out={file}"), f"wrote {file}"),
            (("main", "status", file), "Meters"),
            (("main", "audit", file), "no difference"),
        ):
            done = brownie("meters", *words)
            assert done.returncode == 0, done.stdout + done.stderr
            assert said in done.stdout
