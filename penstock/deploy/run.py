"""From a deal file to a deal on a chain and its manifest; used by `penstock deploy` and the Brownie scripts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from penstock.dealfile import loads, loads_offering
from penstock.dealfile.allocation import load_allocation
from penstock.dealfile.registrations import Registrations, load_registrations
from penstock.deploy import resume
from penstock.deploy.checks import code_at
from penstock.deploy.execute import Executor
from penstock.deploy.journal import Journal, locked
from penstock.deploy.plan import Order, Plan, Step
from penstock.deploy.preflight import make_plan, shortages
from penstock.deploy.rebuild import adopt, read_launch
from penstock.deploy.write_manifest import git_commit, manifest_of
from penstock.evm import networks
from penstock.evm.broadcast import Pace
from penstock.evm.codec import Address, checksum
from penstock.evm.fees import TooLittle, fees_now
from penstock.evm.networks import Network
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer, signer_for
from penstock.files import read_text
from penstock.links.quorum import Quorum
from penstock.model.compliance import Registration
from penstock.model.shares import Allotment
from penstock.onchain import manifest as manifests
from penstock.onchain.deployments import open_deployment
from penstock.onchain.launch import Deployment, LaunchRefused, at_closing, default_allotments
from penstock.onchain.manifest import Manifest, Transaction
from penstock.onchain.terms_encode import NO_ADDRESS

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Deployed:
    """A deal on a chain, its manifest and the manifest's file. already : nothing was left to send."""

    deployment: Deployment
    manifest: Manifest
    file: Path
    already: bool = False


@dataclass(frozen=True)
class Opened:
    """An offering on a chain, whose deal is not there yet. already : nothing was left to send."""

    plan: Plan
    already: bool = False


def make_order(
    deal_file: Path,
    sponsor: Address,
    payees: Mapping[str, Address] | None = None,
    allocation: Path | None = None,
    asset: Address | None = None,
    policy: Address | None = NO_ADDRESS,
    reports: Address | None = NO_ADDRESS,
    salt: int = 0,
    delay: int = 0,
    quorum: Quorum | None = None,
    holders: Path | None = None,
) -> Order:
    """
    Reads and checks an order without a chain. Parameters as in `Order`.

    Raises
    ------
    PenstockError : the deal file, the allocation, or a payee that is missing or unknown.
    """
    text = read_text(deal_file)
    terms = loads(text, str(deal_file))
    known = {label: checksum(address) for label, address in (payees or {}).items()}
    offer = loads_offering(text, str(deal_file))
    _check_payees((*terms.payees, *(offer.labels if offer else ())), known)
    sponsor = checksum(sponsor)
    given: Sequence[Allotment] = default_allotments(terms, sponsor)
    if offer is not None:
        if allocation:
            raise LaunchRefused(
                "an offering sells the shares: what it does not sell goes to the sponsor; accepted: no allocation"
            )
        given = [each for each in given if offer.lot(each.tranche) is None]
    if allocation:
        read = load_allocation(allocation, terms)
        given = read.allotments
        for note in read.notes:
            _LOG.info("%s", note)
    token, who, what = (None if each is None else checksum(each) for each in (asset, policy, reports))
    if delay and (who, what) == (NO_ADDRESS, NO_ADDRESS) and not terms.holders:
        raise LaunchRefused("nothing to replace later: a delay goes with a policy or a report source of the deal")
    allotments = _merged(given)
    registrations: tuple[Registration, ...] = ()
    if terms.holders:
        if who not in (None, NO_ADDRESS):
            raise LaunchRefused(
                f"{deal_file.name} says who may hold shares, and the policy {who} might say otherwise; "
                "accepted: no --policy, or no [holders]"
            )
        who, registrations = None, _registered(holders, allotments)
    elif holders:
        raise LaunchRefused(f"{deal_file.name} has no rules for holders; accepted: a table [holders], or no --holders")
    parts = (token, who, what, salt, delay, quorum, offer, registrations)
    return Order(deal_file.name, text, terms, sponsor, known, allotments, *parts)


def plan_deployment(chain: RetryingRpc, network: Network, order: Order, file: Path) -> Plan:
    """
    What a run would send now. Nothing is sent and nothing is written.

    Raises
    ------
    As `make_plan`, and `resume.require_ours`.
    """
    resume.require_same_deal(chain, order, file)
    plan = make_plan(chain, network, order)
    resume.require_ours(chain, plan, file)
    return plan


def execute(
    chain: RetryingRpc,
    network: Network,
    order: Order,
    signer: Callable[[], Signer],
    file: Path,
    pace: Pace | None = None,
    say: Callable[[str], None] = lambda _: None,
    approve: Callable[[Plan], None] = lambda _: None,
) -> Deployed | Opened:
    """
    Deploys an order and writes its manifest. If it is interrupted, calling it again resumes. Of an offering there is a
    manifest once it is closed.

    Parameters
    ----------
    signer : called once, and only when there is something to send. file : of the manifest; the journal is beside it.
    approve : shown the plan before anything is sent; raises to stop.

    Raises
    ------
    Busy : another run is active. TooLittle : an account cannot pay. Otherwise as `plan_deployment` and `Executor.run`.
    """
    pace = pace or Pace(confirmations=networks.confirmations(chain))
    with locked(manifests.journal_of(file)):
        resume.set_aside_if_gone(chain, file)
        plan = plan_deployment(chain, network, order, file)
        require_means(chain, plan)
        approve(plan)
        if plan.to_do or not resume.is_complete(file):
            signs = signer()  # a wrong password must not begin a journal
            journal = Journal(manifests.journal_of(file))
            journal.open(plan)

            def overtaken(step: Step) -> None:
                if plan.parts.deal in (step.makes, step.moot):
                    raise resume.deployed_elsewhere(plan, step, bool(journal.attempts))

            Executor(chain, signs, journal, pace, say, overtaken).run(plan)
        if order.offering is None:
            return replace(_finished(chain, network, plan, file), already=not plan.to_do)
        if not code_at(chain, plan.parts.deal):
            return Opened(plan, already=not plan.to_do)
        made = adopt(chain, network, plan, file)
        return Deployed(open_deployment(made, chain), made, file, already=not plan.to_do)


def deploy(
    chain: RetryingRpc,
    deal_file: Path,
    asset: Address | None = None,
    payees: Mapping[str, Address] | None = None,
    allocation: Path | None = None,
    file: Path | None = None,
    salt: int = 0,
) -> Deployed:
    """
    Deploys the deal of a file on a development chain, from the chain's first account: plan and execution in one.

    Parameters
    ----------
    file : of the manifest; default deployments/<chain id>/<deal>.json. The others as in `make_order`.
    """
    network = networks.Network(chain.endpoint, chain.endpoint)
    if not networks.is_development(chain):
        raise LaunchRefused(f"chain {chain.chain_id} is not a development chain; accepted: penstock deploy --execute")
    if not chain.accounts:
        raise LaunchRefused(f"{chain.label} holds no account to send from")
    order = make_order(deal_file, chain.accounts[0], payees, allocation, asset, salt=salt)
    done = execute(
        chain,
        network,
        order,
        lambda: signer_for(chain, order.sponsor, lambda _: ""),
        file or manifests.default_file(chain.chain_id, deal_file),
    )
    if isinstance(done, Opened):
        raise LaunchRefused(f"the deal of {deal_file} is launched by its offering at {done.plan.parts.offering}")
    return done


def require_means(chain: RetryingRpc, plan: Plan) -> None:
    """
    Raises
    ------
    TooLittle : when the sponsor cannot pay for what is left to do.
    """
    lacking = shortages(chain, plan, fees_now(chain)) if plan.to_do else []
    if lacking:
        raise TooLittle(f"{lacking[0]}; nothing was sent")


def _finished(chain: RetryingRpc, network: Network, plan: Plan, file: Path) -> Deployed:
    """The manifest of an executed plan: written, then verified against the chain."""
    order, journal = plan.order, Journal(manifests.journal_of(file))
    launched = journal.mined.get("launch")
    known = resume.known_manifest(file)
    if launched is None or not launched.good:
        if known is None:
            raise resume.launched_elsewhere(plan)
        return Deployed(open_deployment(known, chain), known, file)  # the journal is lost, and the manifest is valid
    sent = [transaction_of(journal, name) for name in (step.id for step in plan) if _passed(journal, name)]
    launch = next(each for each in sent if each.step == "launch")
    read = read_launch(chain, plan.artifacts, plan.parts, launch.hash)
    later = at_closing(order.allotments, order.sponsor)[1]
    holders = [holder for _, holder, _ in read.allotments] + [each.holder for each in later]
    made = manifest_of(
        chain,
        network,
        plan.artifacts,
        plan.parts,
        order.terms,
        plan.packed,
        (order.deal_file, order.deal_sha256, order.deal_text),
        order.salt,
        read.allotments,
        order.sponsor,
        order.payees,
        launch,
        sent,
        git_commit(),
        holders,
    )
    if known and known.model_copy(update={"git_commit": made.git_commit}) == made:
        made = known  # nothing new: the commit is that of the run that launched
    deployment = open_deployment(made, chain)
    if made is not known:
        manifests.write(made, file)
    return Deployed(deployment, made, file)


def _registered(file: Path | None, allotments: Sequence[Allotment]) -> tuple[Registration, ...]:
    """Who holders are. Raises LaunchRefused where nobody says who gets shares."""
    read = load_registrations(file) if file else Registrations(())
    for note in read.notes:
        _LOG.info("%s", note)
    known = {each.holder for each in read.holders}
    for each in allotments:
        if each.holder not in known:
            where = f"a row for it in {file}" if file else "--holders FILE with a row for each account that gets shares"
            raise LaunchRefused(
                f"the deal has rules for holders, and none says who {each.holder} is; accepted: {where}"
            )
    return read.holders


def _passed(journal: Journal, step: str) -> bool:
    mined = journal.mined.get(step)
    return mined is not None and mined.good


def transaction_of(journal: Journal, step: str) -> Transaction:
    """A step of ours that is in the chain, as a manifest lists it."""
    mined = journal.mined[step]
    attempt = next(each for each in journal.attempts[step] if each.hash == mined.hash)
    return Transaction(
        step=step,
        intent=journal.intents[step],
        hash=mined.hash,
        sender=checksum(attempt.sender),
        nonce=attempt.nonce,
        block=mined.block,
        block_hash=mined.block_hash,
        gas=mined.gas,
    )


def _merged(allotments: Sequence[Allotment]) -> tuple[Allotment, ...]:
    """One allotment per holder and tranche: two equal ones could not be distinguished on the chain."""
    sums: dict[tuple[int, Address], int] = {}
    for each in allotments:
        key = (each.tranche, each.holder)
        sums[key] = sums.get(key, 0) + each.shares
    return tuple(Allotment(tranche, holder, shares) for (tranche, holder), shares in sums.items())


def _check_payees(named: Sequence[str], payees: Mapping[str, Address]) -> None:
    labels = list(dict.fromkeys(named))
    unknown = [label for label in payees if label not in labels]
    missing = [label for label in labels if label not in payees]
    if missing:
        wanted = " ".join(f"--payee {label}=0x…" for label in missing)
        surplus = f" (the deal names no payee {unknown[0]!r})" if unknown else ""
        raise LaunchRefused(f"no address for the payee {missing[0]!r}{surplus}; accepted: {wanted}")
    if unknown:
        accepted = ", ".join(labels) or "none"
        raise LaunchRefused(f"the deal names no payee {unknown[0]!r}; accepted: {accepted}")
    for label, place in payees.items():
        if place == NO_ADDRESS:
            raise LaunchRefused(f"the payee {label!r} is the zero address, which can do nothing; accepted: another")
