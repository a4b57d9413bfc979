"""What a registrar does with a CompliancePolicy: registers, expires and freezes holders, and accepts providers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import Answers, Registered, code_at, same_code
from penstock.deploy.plan import Step
from penstock.evm.abi import Abi
from penstock.evm.artifacts import load_artifacts
from penstock.evm.codec import Address, checksum
from penstock.evm.retry import RetryingRpc
from penstock.format import counted, day, shares_of
from penstock.model.compliance import Registration, Rule
from penstock.onchain.claims import Claim
from penstock.onchain.compliance import pack_registration, words_of
from penstock.onchain.launch import Deployment
from penstock.onchain.roles import replacement_of
from penstock.onchain.terms_encode import NO_ADDRESS

AT_ONCE = 100


@dataclass(frozen=True)
class Policy:
    """A CompliancePolicy of a deal. registrar : its owner."""

    address: Address
    registrar: Address
    abi: Abi


def policy_of(chain: RetryingRpc, deployment: Deployment, other: Address | None = None) -> Policy:
    """
    The policy in effect, or another one, such as a successor that is to be filled before it takes effect.

    Raises
    ------
    AdminRefused : it is no CompliancePolicy, or nobody is its registrar.
    """
    address = other or deployment.policy
    behind = None if other or address == NO_ADDRESS else replacement_of(chain, address)
    address = behind.current if behind else address
    artifact = load_artifacts()["CompliancePolicy"]
    if address == NO_ADDRESS or not same_code(artifact, code_at(chain, address)):
        what = "everybody may hold its shares" if address == NO_ADDRESS else f"its policy {address} is another contract"
        accepted = "a deal whose file has [holders]"
        raise AdminRefused(
            f"{deployment.terms.name} has no policy with rules for holders: {what}; accepted: {accepted}"
        )
    owner = chain.call(address, artifact.abi, "owner")
    if not isinstance(owner, str) or owner == NO_ADDRESS:
        raise AdminRefused(f"nobody is the registrar of {address}")
    return Policy(address, checksum(owner), artifact.abi)


def plan_import(
    chain: RetryingRpc, network: str, deployment: Deployment, policy: Policy, holders: Sequence[Registration]
) -> AdminPlan:
    """The steps that register holders as stated. Those that are registered so already are done."""
    now = chain.now()
    for each in holders:
        if each.expires_at <= now:
            raise AdminRefused(
                f"{each.holder} would expire on {day(each.expires_at)}, which is past; accepted: a later day"
            )
    parts = [tuple(holders[at : at + AT_ONCE]) for at in range(0, len(holders), AT_ONCE)]
    steps = [
        _step(
            policy,
            f"register:{number}:{some[0].holder}",
            f"register {counted(len(some), 'holder')}",
            "registerAll",
            ([pack_registration(each) for each in some],),
            Registered(policy.address, some),
        )
        for number, some in enumerate(parts, 1)
    ]
    title = f"register {counted(len(holders), 'holder')} of {deployment.terms.name}"
    return plan_admin(chain, network, title, steps, (f"the policy {policy.address} is asked before shares move",))


def plan_expiry(
    chain: RetryingRpc, network: str, deployment: Deployment, policy: Policy, holders: Sequence[Address]
) -> AdminPlan:
    """The steps that let holders receive no more shares. Raises AdminRefused for one that was never registered."""
    view = policy.abi.function("canReceive")
    for each in holders:
        if not chain.call(policy.address, policy.abi, "holderData", each).investor:
            raise AdminRefused(f"{each} is not registered: it receives no shares anyway")
    steps = [
        _step(
            policy,
            f"expire:{each}",
            f"let {each} receive no more shares",
            "expire",
            ([each],),
            Answers(policy.address, view.encode((deployment.deal.address, 0, each)), words_of([0])),
        )
        for each in holders
    ]
    title = f"expire {counted(len(holders), 'holder')} of {deployment.terms.name}"
    note = "they keep what they have, may sell it to those who may receive, and claim; claims not used yet are void"
    return plan_admin(chain, network, title, steps, (note,))


def plan_freeze(
    chain: RetryingRpc, network: str, deployment: Deployment, policy: Policy, holders: Sequence[Address], frozen: bool
) -> AdminPlan:
    """The steps that freeze holders as a whole, or release them."""
    verb, view = ("freeze" if frozen else "release"), policy.abi.function("isFrozen")
    steps = [
        _step(
            policy,
            f"{verb}:{each}",
            f"{verb} {each}",
            "freeze",
            ([each], frozen),
            Answers(policy.address, view.encode((each,)), words_of([int(frozen)])),
        )
        for each in holders
    ]
    title = f"{verb} {counted(len(holders), 'holder')} of {deployment.terms.name}"
    note = "a frozen holder neither sends nor receives shares; it claims its cash all the same"
    return plan_admin(chain, network, title, steps, (note,) if frozen else ())


def plan_freeze_shares(
    chain: RetryingRpc,
    network: str,
    deployment: Deployment,
    policy: Policy,
    tranche: int,
    holder: Address,
    amount: int,
) -> AdminPlan:
    """The step that freezes so many of a holder's shares, in share base units; 0 releases them."""
    terms = deployment.terms
    words = shares_of(terms.tranches[tranche].id, amount, terms.share_decimals)
    data = policy.abi.function("frozenOf").encode((deployment.deal.address, tranche, holder))
    intent = f"freeze {words} of {holder}" if amount else f"release the frozen shares of {holder}"
    step = _step(
        policy,
        f"freeze:{tranche}:{holder}:{amount}",
        intent,
        "freezeShares",
        (tranche, holder, amount),
        Answers(policy.address, data, words_of([amount])),
    )
    return plan_admin(chain, network, f"{intent}, of {terms.name}", [step])


def plan_provider(
    chain: RetryingRpc, network: str, deployment: Deployment, policy: Policy, provider: Address, accepted: bool
) -> AdminPlan:
    """The step that accepts a provider's claims, or accepts them no longer."""
    intent = f"accept claims of the provider {provider}" if accepted else f"accept no more claims of {provider}"
    data = policy.abi.function("isProvider").encode((provider,))
    check = Answers(policy.address, data, words_of([int(accepted)]))
    name = f"provider:{provider}:{accepted}"
    step = _step(policy, name, intent, "setProvider", (provider, accepted), check)
    notes = () if accepted else ("holders that it registered stay registered",)
    return plan_admin(chain, network, f"{intent}, of {deployment.terms.name}", [step], notes)


def plan_registration(
    chain: RetryingRpc, network: str, deployment: Deployment, policy: Policy, claims: Sequence[Claim], file: Path
) -> AdminPlan:
    """
    The steps with which holders register themselves, one for each claim of this policy.

    Raises
    ------
    AdminRefused : no claim is for this policy; or a provider is not accepted, or a claim overtaken.
    """
    own = [each for each in claims if (each.chain_id, each.policy) == (chain.chain_id, policy.address)]
    if not own:
        raise AdminRefused(f"{file}: no claim is for the policy {policy.address} of chain {chain.chain_id}")
    steps = []
    for each in own:
        done = Registered(policy.address, (each.said,))
        if not done.holds(chain):
            _require_valid(chain, policy, each)
        _, *said = pack_registration(each.said)
        arguments = (*said, each.provider, each.signature)
        intent = f"register {each.said.holder} by the claim of {each.provider}"
        name = f"claim:{each.said.holder}:{each.nonce}"
        data = (each.said.holder, policy.address, policy.abi, "register", arguments)
        steps.append(call(name, intent, *data, done))
    return plan_admin(chain, network, f"register {counted(len(own), 'holder')} of {deployment.terms.name}", steps)


def rule_against(
    chain: RetryingRpc,
    deployment: Deployment,
    policy: Policy,
    tranche: int,
    sender: Address,
    receiver: Address,
    amount: int,
) -> Rule:
    """The rule that refuses a transfer now, amount in share base units; NONE where none does."""
    held = [int(deployment.deal.call("holderOf", tranche, each).shares) for each in (sender, receiver)]
    move = (deployment.deal.address, tranche, sender, receiver, amount, *held)
    return Rule(int(chain.call(policy.address, policy.abi, "ruleAgainst", move)))


def _require_valid(chain: RetryingRpc, policy: Policy, claim: Claim) -> None:
    if not chain.call(policy.address, policy.abi, "isProvider", claim.provider):
        raise AdminRefused(f"claims of {claim.provider} are not accepted: the registrar must, first")
    nonce = chain.call(policy.address, policy.abi, "nonces", claim.said.holder)
    if nonce != claim.nonce:
        raise AdminRefused(f"the claim for {claim.said.holder} is void: it was registered or expired since")


def _step(
    policy: Policy, name: str, intent: str, function: str, arguments: tuple[object, ...], check: Answers | Registered
) -> Step:
    return call(name, intent, policy.registrar, policy.address, policy.abi, function, arguments, check)
