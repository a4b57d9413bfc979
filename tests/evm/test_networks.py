"""
Networks by name.

given our list, the user's and Brownie's    the first that knows a name should win, Brownie never be imported
given a host with a variable                it should be filled in, or refused by the variable's name
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from penstock.evm import networks
from penstock.evm.networks import Network, NetworkRefused


def test_the_names_structurers_use_are_known():
    imported = {name for name in sys.modules if name.split(".")[0] == "brownie"}
    table = networks.known()
    assert {name: table[name].chain_id for name in ("sepolia", "base-sepolia", "mainnet")} == {
        "sepolia": 11_155_111,
        "base-sepolia": 84_532,
        "mainnet": 1,
    }
    assert (table["anvil"].host, table["ganache"].host) == ("http://127.0.0.1:8545", "http://127.0.0.1:8546")
    assert {name for name in sys.modules if name.split(".")[0] == "brownie"} == imported


def test_the_users_list_comes_before_brownies_and_after_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".brownie").mkdir()
    (tmp_path / ".brownie" / "network-config.yaml").write_text(
        "live: [{name: L, networks: [{id: sepolia, chainid: 11155111, host: 'http://mine'}]}]\n"
        "development: [{id: anvil, host: 'http://theirs', cmd_settings: {port: 1}}]\n"
    )
    assert networks.find("sepolia").url == "http://mine"
    assert networks.find("anvil").url == "http://127.0.0.1:8545"


def test_variables_are_filled_in_or_named(monkeypatch: pytest.MonkeyPatch):
    host = Network("n", "http://x/$ONE/${TWO}", 1)
    monkeypatch.setenv("ONE", "1")
    monkeypatch.delenv("TWO", raising=False)
    with pytest.raises(NetworkRefused, match="network n wants the environment variable TWO"):
        _ = host.url
    monkeypatch.setenv("TWO", "2")
    assert host.url == "http://x/1/2"


@pytest.mark.parametrize(
    ("network", "chain_id", "name"),
    [(Network("here", "u", 1), 1, "here"), (Network("http://u", "http://u"), 84_532, "base-sepolia")],
)
def test_a_chain_is_confirmed_by_the_name_a_user_knows(network: Network, chain_id: int, name: str):
    assert networks.name_of(network, chain_id) == name
    assert networks.name_of(Network("http://u", "http://u"), 999_999) == "999999"
