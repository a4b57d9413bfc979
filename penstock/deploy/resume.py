"""The files an earlier run left, and whether they belong to this deployment on this chain."""

from __future__ import annotations

import os
from pathlib import Path

from penstock.deploy.journal import Journal
from penstock.deploy.plan import Order, Plan, Step
from penstock.evm import networks
from penstock.evm.retry import RetryingRpc
from penstock.onchain import manifest as manifests
from penstock.onchain.launch import LaunchRefused
from penstock.onchain.manifest import Manifest, ManifestRefused
from penstock.onchain.terms_encode import NO_ADDRESS


def known_manifest(file: Path) -> Manifest | None:
    """The existing manifest, if there is one. Raises as `manifest.read`."""
    return manifests.read(file) if file.exists() else None


def is_complete(file: Path) -> bool:
    """Whether an earlier run was completed, manifest included."""
    journal = Journal(manifests.journal_of(file))
    return file.exists() and (journal.complete or not journal.begin)


def set_aside_if_gone(chain: RetryingRpc, file: Path) -> None:
    """
    Renames the files of a development chain that no longer exists because its node was restarted.

    Nothing is set aside on other chains: a missing block there was reorganised, and the run repeats its step.
    """
    if not networks.is_development(chain):
        return
    journal = manifests.journal_of(file)
    if not is_gone(chain, file):
        return
    for each in (journal, file):
        if each.exists():
            os.replace(each, _free(each))


def is_gone(chain: RetryingRpc, file: Path) -> bool:
    """Whether manifest or journal belong to a development chain that no longer exists, as far as can be seen."""
    known = known_manifest(file)
    if known:
        if known.chain_id != chain.chain_id:
            return False
        chain.expect(known.launch.block)
        return not _is_on(chain, known.genesis, known.launch.block, known.launch.block_hash)
    journal = Journal(manifests.journal_of(file))
    return bool(journal.begin) and journal.begin.get("genesis") != _hash(chain, 0)


def require_same_deal(chain: RetryingRpc, order: Order, file: Path) -> None:
    """
    Raises
    ------
    ManifestRefused : when the manifest belongs to another chain, or to this deal with another text.
    """
    known = known_manifest(file)
    if known is None or (networks.is_development(chain) and is_gone(chain, file)):
        return
    if known.chain_id != chain.chain_id:
        raise ManifestRefused(
            f"{file}: the deal is on chain {known.chain_id}, and this is chain {chain.chain_id}; accepted: --out FILE"
        )
    require_unedited(known, file, order.deal_file, order.deal_sha256)


def require_unedited(known: Manifest, file: Path, deal_file: str, digest: str) -> None:
    """
    Raises
    ------
    ManifestRefused : when the deal was launched from another text. digest : SHA-256 of this one, in hex.
    """
    if known.deal_sha256 is not None and known.deal_sha256 != digest:
        raise ManifestRefused(
            f"{file}: {deal_file} was edited after its launch (SHA-256 {known.deal_sha256[:12]}…, now {digest[:12]}…); "
            f"its deal is at {known.deal}; accepted: the file as it was, or --out FILE for another deal"
        )


def require_ours(chain: RetryingRpc, plan: Plan, file: Path) -> None:
    """
    Raises
    ------
    JournalRefused : when the journal is of another plan. ManifestRefused : when the manifest's deal is another one.
    LaunchRefused : when the deal exists and neither journal nor manifest know it.
    """
    if networks.is_development(chain) and is_gone(chain, file):
        return
    journal = Journal(manifests.journal_of(file))
    known = require_same_place(plan, file)
    if journal.begin:
        journal.require(plan)
    launched = plan.order.offering is None and plan.step("launch").done
    if launched and "launch" not in journal.attempts and known is None:
        raise launched_elsewhere(plan)


def require_same_place(plan: Plan, file: Path) -> Manifest | None:
    """
    The existing manifest, if there is one.

    Raises
    ------
    ManifestRefused : when its deal is another one.
    """
    known = known_manifest(file)
    if known and known.deal != plan.parts.deal:
        raise ManifestRefused(
            f"{file}: its deal is at {known.deal}, and this order's would be at {plan.parts.deal}: "
            f"{_cause(known, plan)}; accepted: the same as then, or --out FILE"
        )
    return known


def _cause(known: Manifest, plan: Plan) -> str:
    """Which part of an order makes its deal differ from the manifest's."""
    order, parts = plan.order, plan.parts
    pairs: list[tuple[str, object, object]] = [("account", known.sponsor, order.sponsor)]
    # A manifest made without the deal file has no labels to compare.
    pairs += [
        (f"payee {label}", known.payees[label], at) for label, at in order.payees.items() if label in known.payees
    ]
    if known.salt is not None:
        pairs.append(("salt", int(known.salt, 16), order.salt))
    pairs.append(("asset", known.asset, parts.asset))
    pairs += [
        (name, before or NO_ADDRESS, now)
        for name, before, now in (("policy", known.policy, parts.policy), ("reports", known.reports, parts.reports))
    ]
    for name, before, now in pairs:
        if before != now:
            shown = ("none" if each == NO_ADDRESS else each for each in (before, now))
            return "another {}, {} then and {} now".format(name, *shown)
    return "other terms or contracts"


def launched_elsewhere(plan: Plan) -> LaunchRefused:
    """The refusal of a deal that another run has launched, or whose journal is lost."""
    return LaunchRefused(
        f"another run has already launched this deal, at {plan.parts.deal}; accepted: penstock manifest rebuild "
        f"{plan.parts.deal} for its manifest, or --salt N to launch a second deal with the same terms"
    )


def deployed_elsewhere(plan: Plan, step: Step, sent: bool) -> LaunchRefused:
    """The refusal when another run of the same plan and account did a step during this run."""
    ours = "no more was sent" if sent else "nothing was sent"
    return LaunchRefused(
        f"another run is deploying this deal from {plan.sender}: it did {step.intent!r} meanwhile; {ours}; "
        f"accepted: wait for it, then penstock manifest rebuild {plan.parts.deal} for its manifest, or --salt N to "
        "launch a second deal with the same terms"
    )


def _is_on(chain: RetryingRpc, genesis: str, block: int, block_hash: str) -> bool:
    return _hash(chain, 0) == genesis and _hash(chain, block) == block_hash


def _hash(chain: RetryingRpc, block: int) -> str | None:
    found = chain.sure("eth_getBlockByNumber", hex(block), False)
    return None if found is None else str(found["hash"])


def _free(file: Path) -> Path:
    for number in range(1, 10_000):
        place = file.with_name(f"{file.name}.gone-{number}")
        if not place.exists():
            return place
    raise ManifestRefused(f"{file}: too many files of chains that are gone lie beside it; move them away")
