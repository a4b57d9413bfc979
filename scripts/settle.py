"""
Settles deals on the chain Brownie is connected to.

    .venv/bin/brownie run scripts/settle.py main all --network anvil
    .venv/bin/brownie run scripts/settle.py main deployments/31337/minimal.json pay=30000 advance --network anvil

The words are those of `penstock settle`, whose function this calls: `name=value` for --name value, `name` for --name.
"""

from penstock.cli.app import app
from penstock.cli.options import options


def main(*words: str) -> None:
    from brownie import web3

    app(["settle", *options(words), "--network", web3.provider.endpoint_uri], standalone_mode=False)
