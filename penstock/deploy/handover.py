"""Hands every role of a deal to another account in two steps, and lists what the deployer still holds."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import AllowsNothing, HoldsNothing, Permitted, Says, code_at, same_code
from penstock.deploy.plan import Step
from penstock.evm.artifacts import load_artifacts
from penstock.evm.codec import Address, checksum
from penstock.evm.fees import coin
from penstock.evm.retry import RetryingRpc
from penstock.format import exact_money, shares_of
from penstock.onchain.launch import Deployment
from penstock.onchain.manifest import Manifest
from penstock.onchain.roles import Role, roles_of
from penstock.onchain.terms_encode import NO_ADDRESS

# An account with less native coin than this counts as empty: it cannot send away the gas of its last transaction.
DUST = 10**16


def plan_handover(
    chain: RetryingRpc,
    network: str,
    deployment: Deployment,
    manifest: Manifest,
    holder: Address,
    to: Address,
    sweep: bool = False,
) -> AdminPlan:
    """
    The steps that hand over every role of a holder: the holder offers, the new holder accepts.

    Parameters
    ----------
    holder : whose roles. to : usually a Safe. sweep : whether the holder's shares and stablecoin are transferred too.

    Raises
    ------
    AdminRefused : an address that cannot hold roles, or a holder with nothing to hand over.
    """
    holder, to = checksum(holder), checksum(to)
    roles = [role for role in roles_of(deployment) if not role.fixed]
    _require_new_holder(manifest, holder, to)
    ours = [role for role in roles if role.holder == holder or to in (role.holder, role.pending)]
    held = "; ".join(f"{role.name}: {role.holder or 'nobody'}" for role in roles) or "this deal has no roles"
    none = f"{holder} holds no role of this deal; {held}"
    if not ours and not sweep:
        raise AdminRefused(f"{none}; accepted: --sweep, which transfers its shares and stablecoin")
    steps = _revocations(deployment, manifest, holder)
    if sweep:
        steps += sweeping(chain, deployment, roles, holder, to)
    if not ours and not steps:
        raise AdminRefused(f"{none}; nor a share, stablecoin or allowance: there is nothing to hand over")
    name = deployment.terms.name
    if not ours:
        title = f"transfer what {holder} holds of {name} to {to}"
        return plan_admin(chain, network, title, steps, (f"note: {none}: there is none to hand over",))
    steps += [_offer(role, holder, to) for role in ours]
    steps += [_acceptance(role, to) for role in ours]
    notes = [f"until {to} accepts, each role stays with its holder, who may offer it to another account"]
    if not code_at(chain, to):
        notes.append(f"note: no contract is at {to}: one key will hold every role, not a multisig")
    for role in ours:
        if role.replacement and role.replacement.pending:
            notes.append(f"note: {role.replacement.pending} is scheduled; the next holder may cancel it")
    return plan_admin(chain, network, f"hand the roles of {name} to {to}", steps, tuple(notes))


def holdings(deployment: Deployment, manifest: Manifest, account: Address) -> list[str]:
    """What an account can still do with a deal or holds of it, one line each."""
    account, terms, asset = checksum(account), deployment.terms, deployment.asset
    roles = roles_of(deployment)
    found = [
        f"{role.name}: {'named in' if role.fixed else 'owner of'} {role.contract}"
        for role in roles
        if role.holder == account
    ]
    found += [f"may accept {role.name} of {role.contract}" for role in roles if role.pending == account]
    for name, spender in _spenders(deployment, manifest):
        allowed = asset.call("allowance", account, spender)
        if allowed:
            found.append(f"lets the {name} take {exact_money(allowed, terms.decimals)} {terms.asset}")
    held = asset.call("balanceOf", account)
    if held:
        found.append(f"{exact_money(held, terms.decimals)} {terms.asset}")
    for index, (tranche, share) in enumerate(zip(terms.tranches, deployment.shares, strict=True)):
        if shares := share.call("balanceOf", account):
            found.append(shares_of(tranche.id, shares, terms.share_decimals))
        if waiting := deployment.deal.call("claimable", index, account):
            found.append(f"{exact_money(waiting, terms.decimals)} {terms.asset} to claim of {tranche.id}")
    found += [f"payee {label}" for label, address in deployment.payees.items() if address == account]
    if (wei := deployment.chain.balance(account)) > DUST:
        found.append(f"{coin(wei)} of the native coin")
    return found


def _require_new_holder(manifest: Manifest, holder: Address, to: Address) -> None:
    if to == NO_ADDRESS:
        raise AdminRefused("the zero address can accept nothing; accepted: a multisig's address")
    if to == holder:
        raise AdminRefused(f"{to} is the holder itself; accepted: another address")
    known = {checksum(each.address): name for name, each in manifest.contracts.items()}
    if to in known:
        raise AdminRefused(f"{to} is the deal's own {known[to]}: it can accept nothing; accepted: a multisig's address")


def _spenders(deployment: Deployment, manifest: Manifest) -> tuple[tuple[str, Address], ...]:
    return (("factory", manifest.factory), ("deal", deployment.deal.address))


def _revocations(deployment: Deployment, manifest: Manifest, holder: Address) -> list[Step]:
    asset = deployment.asset
    return [
        call(
            f"revoke:{name}",
            f"revoke the {name}'s allowance",
            holder,
            asset.address,
            asset.abi,
            "approve",
            (spender, 0),
            AllowsNothing(asset.address, holder, spender),
        )
        for name, spender in _spenders(deployment, manifest)
        if asset.call("allowance", holder, spender)
    ]


def _offer(role: Role, holder: Address, to: Address) -> Step:
    abi = load_artifacts()["HolderRegistry"].abi
    check = Says(role.contract, (("pendingOwner()", int(to, 16)), ("owner()", int(to, 16))))
    sender = role.holder if role.holder not in (None, to) else holder
    assert sender is not None
    intent = f"offer the role: {role.name}"
    return call(f"offer:{role.name}", intent, sender, role.contract, abi, "transferOwnership", (to,), check)


def _acceptance(role: Role, to: Address) -> Step:
    abi = load_artifacts()["HolderRegistry"].abi
    check = Says(role.contract, (("owner()", int(to, 16)),))
    intent = f"accept the role: {role.name}"
    return call(f"accept:{role.name}", intent, to, role.contract, abi, "acceptOwnership", (), check)


def sweeping(
    chain: RetryingRpc, deployment: Deployment, roles: Sequence[Role], holder: Address, to: Address
) -> list[Step]:
    """
    The transfers, after the permission to receive shares if the holder is the registrar.

    Raises
    ------
    AdminRefused : when the policy does not let the new holder hold, and the holder cannot change that.
    """
    terms, asset, steps = deployment.terms, deployment.asset, []
    moved: list[int] = []
    for place, (tranche, share) in enumerate(zip(terms.tranches, deployment.shares, strict=True)):
        if held := share.call("balanceOf", holder):
            words = f"transfer {shares_of(tranche.id, held, terms.share_decimals)}"
            check = HoldsNothing(share.address, holder)
            name = f"sweep:{tranche.id}:{held}"
            steps.append(call(name, words, holder, share.address, share.abi, "transfer", (to, held), check))
            moved.append(place)
    if steps:
        steps = [*_permission(chain, deployment, roles, holder, to, moved), *steps]
    if held := asset.call("balanceOf", holder):
        words = f"transfer {exact_money(held, terms.decimals)} {terms.asset}"
        check = HoldsNothing(asset.address, holder)
        steps.append(call(f"sweep:{held}", words, holder, asset.address, asset.abi, "transfer", (to, held), check))
    return steps


def _permission(
    chain: RetryingRpc,
    deployment: Deployment,
    roles: Sequence[Role],
    holder: Address,
    to: Address,
    tranches: Sequence[int],
) -> list[Step]:
    check = Permitted(deployment.policy, deployment.deal.address, tuple((each, to) for each in tranches))
    if deployment.policy == NO_ADDRESS or check.holds(chain):
        return []
    registry = load_artifacts()["HolderRegistry"]
    registrar = next(role for role in roles if role.name == "registrar")
    if registrar.holder != holder or not same_code(registry, code_at(chain, registrar.contract)):
        raise AdminRefused(f"the policy at {deployment.policy} does not let {to} hold: its registrar must, first")
    words = f"let {to} receive shares"
    return [call(f"allow:{to}", words, holder, registrar.contract, registry.abi, "allow", ([to],), check)]
