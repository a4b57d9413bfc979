"""
`brownie run scripts/deploy.py`, as a user types it, on both networks of penstock/evm/networks.yaml; `brownie test`.

The script should launch the deal of a file, settle its periods and print the claims, with the model's numbers.
"""

import subprocess
from pathlib import Path

import pytest

from penstock.evm import nodes

ROOT = Path(__file__).resolve().parents[2]
BROWNIE = ROOT / ".venv" / "bin" / "brownie"
PORTS = {"anvil": 8545, "ganache": 8546}


@pytest.mark.slow
@pytest.mark.xdist_group("brownie")  # both write build/brownie: one after the other
@pytest.mark.parametrize("network", PORTS)
def test_the_deploy_script_launches_settles_and_claims(network: str) -> None:
    assert BROWNIE.exists(), "run `make setup`: it installs Brownie's wrapper"
    assert not nodes._is_taken(PORTS[network]), f"port {PORTS[network]} is taken: stop the node there"
    done = subprocess.run(
        [str(BROWNIE), "run", "scripts/deploy.py", "--network", network],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert network in said.lower()
    assert "settled period 1: collections 30,000; senior 28,000, equity 2,000" in said
    assert "settled period 3: collections 31,000; senior 27,787.50, equity 3,212.50" in said
    assert "settled late revenue: collections 500; senior 0, equity 500" in said
    assert ": senior 107,537.50" in said
    assert ": equity 7,962.50" in said
    assert "held by the deal: 0" in said


@pytest.mark.slow
@pytest.mark.xdist_group("brownie")
def test_the_state_machine_under_brownie_test() -> None:
    assert not nodes._is_taken(PORTS["anvil"]), f"port {PORTS['anvil']} is taken: stop the node there"
    done = subprocess.run(
        [str(BROWNIE), "test", "tests/brownie", "--network", "anvil"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
