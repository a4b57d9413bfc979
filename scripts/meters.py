"""
Deploys meters and certificates, or shows them, on the chain Brownie is connected to.

    .venv/bin/brownie run scripts/meters.py main deploy execute --network anvil
    .venv/bin/brownie run scripts/meters.py main status deployments/31337/links/meters.json --network anvil

The words are those of `penstock meters`, whose functions this calls: `name=value` for --name value, `name` for --name.
"""

from penstock.cli.app import app
from penstock.cli.options import options


def main(command: str, *words: str) -> None:
    from brownie import web3

    app(["meters", command, *options(words), "--network", web3.provider.endpoint_uri], standalone_mode=False)
