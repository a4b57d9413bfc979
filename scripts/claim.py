"""
Claims for a holder, or a payee, on the chain Brownie is connected to.

    .venv/bin/brownie run scripts/claim.py main deployments/31337/minimal.json holder=0x… --network anvil

The words are those of `penstock claim`, whose function this calls: `name=value` for --name value, `name` for --name.
"""

from penstock.cli.app import app
from penstock.cli.options import options


def main(*words: str) -> None:
    from brownie import web3

    app(["claim", *options(words), "--network", web3.provider.endpoint_uri], standalone_mode=False)
