"""Recoveries and forced moves of a deal whose terms allow them: announced, cancelled and executed."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import Answers, Shows
from penstock.deploy.plan import Step
from penstock.evm.codec import Address
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import KeySigner
from penstock.format import moment, shares_of
from penstock.model.terms import ForcedMoves, Recovery
from penstock.onchain.compliance import words_of
from penstock.onchain.launch import Deployment
from penstock.onchain.moves import recovery_hash
from penstock.onchain.terms_encode import NO_ADDRESS


@dataclass(frozen=True)
class RecoveryStatus:
    """The recovery of an account; `to` is None where none is announced. number : how many ever were."""

    to: Address | None
    executable_at: int
    number: int


@dataclass(frozen=True)
class Signed:
    """What a provider signed: everything at an account may go to another one. document : the hash it rests on."""

    deal: Address
    account: Address
    to: Address
    document: bytes
    number: int
    signature: bytes


def recovery_of(deployment: Deployment, account: Address) -> RecoveryStatus:
    """Raises AdminRefused, where the terms allow none."""
    _right(deployment)
    found = deployment.deal.call("recoveryOf", account)
    return RecoveryStatus(None if found.to == NO_ADDRESS else found.to, found.executableAt, found.number)


def sign_recovery(
    chain: RetryingRpc, deployment: Deployment, account: Address, to: Address, document: bytes, signer: KeySigner
) -> Signed:
    """
    Signs, as the terms' provider, that both accounts are one investor's.

    Raises
    ------
    AdminRefused : the terms allow none, or name another provider.
    """
    provider = deployment.payees[_right(deployment).provider]
    if signer.address != provider:
        raise AdminRefused(f"{signer.address} is not the provider of the terms: {provider} is")
    number, deal = recovery_of(deployment, account).number + 1, deployment.deal.address
    digest = recovery_hash(chain.chain_id, deal, account, to, document, number)
    return Signed(deal, account, to, document, number, signer.sign_digest(digest))


def plan_announcement(chain: RetryingRpc, network: str, deployment: Deployment, signed: Signed) -> AdminPlan:
    """The step that announces a recovery. Raises AdminRefused."""
    right, deal = _right(deployment), deployment.deal
    if signed.deal != deal.address:
        raise AdminRefused(f"the provider signed for the deal {signed.deal}, this one is {deal.address}")
    present = recovery_of(deployment, signed.account)
    if present.to not in (None, signed.to):
        raise AdminRefused(f"a recovery of {signed.account} to {present.to} is announced already")
    expected = present.number + (present.to is None)
    if signed.number != expected:
        raise AdminRefused(f"the signature is of recovery {signed.number} of {signed.account}, the next is {expected}")
    entry = deal.abi.function("recoveryOf")
    executable = present.executable_at or None
    receiver = int(signed.to, 16)
    check = Shows(deal.address, entry.encode((signed.account,)), 0, receiver, receiver)
    arguments = (signed.account, signed.to, signed.document, signed.signature)
    step = call(
        f"recover:{signed.account}:{signed.number}",
        f"announce the recovery of {signed.account} to {signed.to}",
        deployment.payees[right.by],
        deal.address,
        deal.abi,
        "announceRecovery",
        arguments,
        check,
    )
    when = f"on {moment(executable)}" if executable else f"{right.days} days after the announcement"
    note = f"it can be executed {when}; until then any transfer, claim or objection of {signed.account} cancels it"
    return plan_admin(chain, network, f"recover {signed.account} of {deployment.terms.name}", [step], (note,))


def plan_cancellation(
    chain: RetryingRpc, network: str, deployment: Deployment, account: Address, by_account: bool
) -> AdminPlan:
    """The step that cancels a recovery: by the account itself, or by who announced it. Raises AdminRefused."""
    present, deal = recovery_of(deployment, account), deployment.deal
    if present.to is None:
        raise AdminRefused(f"no recovery of {account} is announced: there is nothing to cancel")
    entry = deal.abi.function("recoveryOf")
    check = Answers(deal.address, entry.encode((account,)), words_of([0, 0, present.number]))
    sender = account if by_account else deployment.payees[_right(deployment).by]
    name, intent = f"cancel:{account}:{present.number}", f"cancel the recovery of {account}"
    step = call(name, intent, sender, deal.address, deal.abi, "cancelRecovery", (account,), check)
    return plan_admin(chain, network, f"{intent}, of {deployment.terms.name}", [step])


def plan_execution(chain: RetryingRpc, network: str, deployment: Deployment, account: Address) -> AdminPlan:
    """The steps that move everything at an account, tranche by tranche, and its fees. Raises AdminRefused."""
    right, present, terms = _right(deployment), recovery_of(deployment, account), deployment.terms
    if present.to is None:
        raise AdminRefused(f"no recovery of {account} is announced")
    if chain.now() < present.executable_at:
        raise AdminRefused(
            f"the recovery of {account} can be executed from {moment(present.executable_at)} on, and the chain has "
            f"{moment(chain.now())}"
        )
    sender, deal, steps = deployment.payees[right.by], deployment.deal, []
    held = deal.abi.function("holderOf")
    for index, (tranche, share) in enumerate(zip(terms.tranches, deployment.shares, strict=True)):
        found = deal.call("holderOf", index, account)
        if tuple(found) == (0, 0):
            continue
        words = shares_of(tranche.id, found.shares, terms.share_decimals)
        check = Answers(deal.address, held.encode((index, account)), words_of([0, 0]))
        intent = f"recover {words}, and the cash they earned"
        arguments = (account, present.to, found.shares)
        steps.append(
            call(f"execute:{tranche.id}", intent, sender, share.address, share.abi, "forcedTransfer", arguments, check)
        )
    steps += _fees(deployment, account, present.to, sender)
    if not steps:
        raise AdminRefused(f"nothing is at {account}: no shares, no cash and no fee")
    return plan_admin(chain, network, f"execute the recovery of {account} to {present.to}", steps)


def plan_forced_move(
    chain: RetryingRpc,
    network: str,
    deployment: Deployment,
    move: tuple[int, Address, Address, int],
    document: bytes | None,
) -> AdminPlan:
    """
    The step that announces a forced move, or without a document executes it.

    Parameters
    ----------
    move : tranche, from, to, and shares in share base units.

    Raises
    ------
    AdminRefused : the terms allow none; or it is not announced, or too early.
    """
    right, deal, terms = _forced(deployment), deployment.deal, deployment.terms
    tranche, account, to, amount = move
    sender, at = deployment.payees[right.by], int(deal.call("moveExecutableAt", *move))
    words = f"{shares_of(terms.tranches[tranche].id, amount, terms.share_decimals)} of {account} to {to}"
    view = deal.abi.function("moveExecutableAt").encode(move)
    name = f"{tranche}:{account}:{to}:{amount}"
    if document is not None:
        if at:
            raise AdminRefused(f"it is announced already, and can be executed from {moment(at)} on")
        check = Shows(deal.address, view, 0, 1)
        step = call(
            f"force:{name}", f"announce the move of {words}", sender, deal.address, deal.abi, "announceMove",
            (*move, document), check,
        )  # fmt: skip
        note = f"it can be executed {right.days} days after the announcement; its cash stays with {account}"
        return plan_admin(chain, network, f"announce a forced move of {terms.name}", [step], (note,))
    if not at:
        raise AdminRefused("no such move is announced: tranche, accounts and shares must be exactly those announced")
    if chain.now() < at:
        raise AdminRefused(f"the move can be executed from {moment(at)} on, and the chain has {moment(chain.now())}")
    share = deployment.shares[tranche]
    check_done = Answers(deal.address, view, words_of([0]))
    step = call(
        f"move:{name}", f"move {words}", sender, share.address, share.abi, "forcedTransfer", (account, to, amount),
        check_done,
    )  # fmt: skip
    return plan_admin(chain, network, f"execute a forced move of {terms.name}", [step])


def _fees(deployment: Deployment, account: Address, to: Address, sender: Address) -> list[Step]:
    """The step after which an account's fees are payable to another one; none where it has no fee."""
    deal = deployment.deal
    own = [index for index in range(len(deployment.terms.fees)) if deal.call("payeeOf", index) == account]
    if not own:
        return []
    check = Answers(deal.address, deal.abi.function("payeeOf").encode((own[-1],)), words_of([to]))
    intent = f"make the fees of {account} payable to {to}"
    return [call("execute:fees", intent, sender, deal.address, deal.abi, "recoverFees", (account,), check)]


def _right(deployment: Deployment) -> Recovery:
    right = deployment.terms.recovery
    if right is None:
        raise AdminRefused(f"{deployment.terms.name} allows no recovery: its deal file has none in [holders]")
    return right


def _forced(deployment: Deployment) -> ForcedMoves:
    right = deployment.terms.forced
    if right is None:
        raise AdminRefused(f"{deployment.terms.name} allows no forced moves: its deal file has none in [holders]")
    return right
