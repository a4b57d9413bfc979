"""
Works with an offering on the chain Brownie is connected to.

    .venv/bin/brownie run scripts/offer.py main offer 0x… --network anvil
    .venv/bin/brownie run scripts/offer.py main subscribe 0x… tranche=senior units=40 execute --network anvil

The first word is the command, `offer`, `subscribe`, `collect` or `refund`; the others are its own: `name=value` for
--name value, `name` for --name.
"""

from penstock.cli.app import app
from penstock.cli.options import options


def main(command: str, *words: str) -> None:
    from brownie import web3

    app([command, *options(words), "--network", web3.provider.endpoint_uri], standalone_mode=False)
