"""
Shows where deals stand on the chain Brownie is connected to.

    .venv/bin/brownie run scripts/status.py main all --network anvil
    .venv/bin/brownie run scripts/status.py main deployments/31337/minimal.json --network anvil

The words are those of `penstock status`, whose function this calls: `name=value` for --name value, `name` for --name.
"""

from penstock.cli.app import app
from penstock.cli.options import options


def main(*words: str) -> None:
    from brownie import web3

    app(["status", *options(words), "--network", web3.provider.endpoint_uri], standalone_mode=False)
