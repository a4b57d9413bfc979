"""Deploys meters and certificates, once a chain, and records where they are."""

from __future__ import annotations

from pathlib import Path

from eth_utils.crypto import keccak

from penstock.deploy.admin import AdminPlan, plan_admin
from penstock.deploy.checks import code_at
from penstock.deploy.journal import Journal
from penstock.deploy.run import transaction_of
from penstock.deploy.steps import create2_step, proxy_steps
from penstock.deploy.write_manifest import git_commit, settings
from penstock.evm.artifacts import load_artifacts
from penstock.evm.codec import Address
from penstock.evm.retry import RetryingRpc
from penstock.onchain.addresses import PROXY, SHARED_SALT
from penstock.onchain.links import NAMES, LinksManifest, constructors
from penstock.onchain.manifest import Code, Transaction

INTENTS = {
    "extension": "deploy the rarer part of the meters' code",
    "meters": "deploy the meters",
    "certificates": "deploy the certificates",
}


def plan_links(chain: RetryingRpc, network: str, sender: Address) -> AdminPlan:
    """The steps that put meters and certificates on a chain; done where anyone has."""
    artifacts = load_artifacts()
    steps = proxy_steps(sender)
    for key, (_, arguments) in constructors(artifacts).items():
        steps.append(create2_step(artifacts[NAMES[key]], INTENTS[key], sender, SHARED_SALT, *arguments))
    return plan_admin(chain, network, "deploy meters and certificates", steps)


def record(chain: RetryingRpc, network: str, journal: Path) -> LinksManifest:
    """What is on the chain, with our transactions. Called once every step is done."""
    known = Journal(journal)
    sent: list[Transaction] = [transaction_of(known, step) for step in known.mined if known.mined[step].good]
    listed: dict[str, tuple[str, Address, tuple[Address, ...]]] = {"proxy": ("CREATE2 proxy", PROXY, ())}
    for key, (address, arguments) in constructors(load_artifacts()).items():
        listed[key] = (NAMES[key], address, arguments)
    codes = {
        key: Code(
            contract=name,
            address=address,
            code_hash="0x" + keccak(code_at(chain, address)).hex(),
            constructor=list(arguments),
        )
        for key, (name, address, arguments) in listed.items()
    }
    made_meters = [each.block for each in sent if each.step == "MetersExtension"]
    return LinksManifest(
        network=network,
        chain_id=chain.chain_id,
        genesis=str(chain.existing("eth_getBlockByNumber", "0x0", False)["hash"]),
        block=min(made_meters) if made_meters else first_block(chain, codes["meters"].address),
        contracts=codes,
        transactions=sent,
        compiler=settings(),
        git_commit=git_commit(),
    )


def first_block(chain: RetryingRpc, address: Address) -> int:
    """
    The block in which a contract that someone else deployed came to have code, by halving.

    A node that keeps no old state answers for recent blocks only: then the oldest block it knows of.
    """
    low, high = 0, chain.block()
    while low < high:
        middle = (low + high) // 2
        try:
            there = len(str(chain.ask("eth_getCode", address, hex(middle)))) > 2
        except Exception:
            there = False
        low, high = (low, middle) if there else (middle + 1, high)
    return low
