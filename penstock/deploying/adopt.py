"""The manifest of a deployment that others signed and sent: everything is read from the chain."""

from __future__ import annotations

from pathlib import Path

from penstock.chain import manifest as manifests
from penstock.chain import truth
from penstock.chain.manifest import Manifest
from penstock.chain.networks import Network
from penstock.chain.patient import Patient
from penstock.deploying.history import require_same_place
from penstock.deploying.plan import Plan
from penstock.deploying.rebuild import rebuild
from penstock.deploying.record import git_commit


def adopt(chain: Patient, network: Network, plan: Plan, file: Path) -> Manifest:
    """
    Writes the manifest of a plan that is carried out, by whomever; one that is there already is verified and kept.

    Raises
    ------
    ManifestRefused : when what stands on the chain is not what was planned.
    """
    order = plan.order
    known = require_same_place(plan, file)
    if known is not None:
        truth.require_true(known, chain)
        return known
    made = rebuild(chain, network, plan.parts.deal, (order.deal_file, order.deal_text))
    # A wallet's call hides the salt, and the plan knows it: the deal stands where that salt puts it.
    word = "0x" + order.salt.to_bytes(32, "big").hex()
    made = made.model_copy(update={"salt": word, "git_commit": git_commit()})
    truth.require_true(made, chain)
    manifests.write(made, file)
    return made
