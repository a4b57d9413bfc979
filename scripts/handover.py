"""
Hands the roles of a deployed deal to another address, on the chain Brownie is connected to, or checks that it is done.

    .venv/bin/brownie run scripts/handover.py main deployments/31337/minimal.json 0xSAFE --network anvil
    .venv/bin/brownie run scripts/handover.py main minimal.json 0xSAFE account=sponsor --network sepolia
    .venv/bin/brownie run scripts/handover.py check deployments/31337/minimal.json --network anvil

Everything is done by the functions behind `penstock admin handover`; Brownie provides the node. With further words
`main` runs `penstock admin handover --execute` itself, for an account whose key the node does not hold: `name=value`
means --name value.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import typer

from penstock.cli.app import app
from penstock.cli.options import address, options
from penstock.deploy.admin import AdminPlan, carry_out
from penstock.deploy.handover import holdings, plan_handover
from penstock.errors import PenstockError
from penstock.evm import networks
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import signer_for
from penstock.onchain import manifest as manifests
from penstock.onchain.deployments import open_deployment


def offer_and_accept(chain: RetryingRpc, file: Path, to: str, say: Callable[[str], None]) -> AdminPlan:
    """
    Offers every role of the sponsor's, and accepts those offered where the node holds the other's key.

    Returns
    -------
    What was planned; its steps that are not done are the other's to send.
    """
    manifest = manifests.read(file)
    deployment = open_deployment(manifest, chain)
    network = networks.name_of(networks.Network(chain.endpoint, chain.endpoint), chain.chain_id)
    plan = plan_handover(chain, network, deployment, manifest, manifest.sponsor, to)
    for sender in plan.senders:
        if sender not in chain.accounts:
            say(f"to be executed by {sender}: {', '.join(step.intent for step in plan.of(sender).to_do)}")
            continue
        journal = file.with_suffix(".handover.journal.jsonl")
        carry_out(chain, plan.of(sender), partial(signer_for, chain, sender, lambda _: ""), journal, say=say)
    return plan


def look(chain: RetryingRpc, file: Path, say: Callable[[str], None]) -> list[str]:
    """Says what the sponsor still holds, and returns it."""
    manifest = manifests.read(file)
    left = holdings(open_deployment(manifest, chain), manifest, manifest.sponsor)
    say("\n".join(f"{manifest.sponsor} still holds: {each}" for each in left) or f"{manifest.sponsor} holds nothing")
    return left


def main(deployment: str, to: str, *words: str) -> None:
    from brownie import web3

    if words:
        network = ["--network", web3.provider.endpoint_uri]
        app(
            ["admin", "handover", deployment, "--to", to, "--execute", *options(words), *network], standalone_mode=False
        )
        return
    try:
        whom = address("the address", to)
        offer_and_accept(networks.connect(web3.provider.endpoint_uri), Path(deployment), whom, print)
    except typer.BadParameter as refused:
        raise SystemExit(f"{refused.param_hint}: {refused.message}") from None
    except (PenstockError, OSError) as refused:
        raise SystemExit(str(refused)) from None


def check(deployment: str) -> None:
    from brownie import web3

    try:
        left = look(networks.connect(web3.provider.endpoint_uri), Path(deployment), print)
    except (PenstockError, OSError) as refused:
        raise SystemExit(str(refused)) from None
    raise SystemExit(1 if left else 0)
