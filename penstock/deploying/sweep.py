"""What an account holds of a deal, sent to another: its shares and its stablecoin."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.chain.codec import Address
from penstock.chain.compile import compile_contracts
from penstock.chain.launch import Deployment
from penstock.chain.layout import NO_ADDRESS
from penstock.chain.patient import Patient
from penstock.chain.roles import Role
from penstock.deploying.checks import HoldsNothing, Permitted, code_at, same_code
from penstock.deploying.errand import ErrandRefused, call
from penstock.deploying.plan import Step
from penstock.report.words import exact_money, shares_of


def sweeping(chain: Patient, deployment: Deployment, roles: Sequence[Role], holder: Address, to: Address) -> list[Step]:
    """
    The transfers, after the registrar has let the other hold, where that is the holder's to say.

    Raises
    ------
    ErrandRefused : when the policy does not let the other hold, and the holder cannot change that.
    """
    terms, asset, steps = deployment.terms, deployment.asset, []
    for tranche, share in zip(terms.tranches, deployment.shares, strict=True):
        if held := share.call("balanceOf", holder):
            words = f"pass {shares_of(tranche, held, terms.share_decimals)} on"
            check = HoldsNothing(share.address, holder)
            name = f"sweep:{tranche.id}:{held}"
            steps.append(call(name, words, holder, share.address, share.abi, "transfer", (to, held), check))
    if steps:
        steps = [*_permission(chain, deployment, roles, holder, to), *steps]
    if held := asset.call("balanceOf", holder):
        words = f"pass {exact_money(held, terms.decimals)} {terms.asset} on"
        check = HoldsNothing(asset.address, holder)
        steps.append(call(f"sweep:{held}", words, holder, asset.address, asset.abi, "transfer", (to, held), check))
    return steps


def _permission(
    chain: Patient, deployment: Deployment, roles: Sequence[Role], holder: Address, to: Address
) -> list[Step]:
    check = Permitted(deployment.policy, (to,))
    if deployment.policy == NO_ADDRESS or check.holds(chain):
        return []
    registry = compile_contracts()["HolderRegistry"]
    registrar = next(role for role in roles if role.name == "registrar")
    if registrar.holder != holder or not same_code(registry, code_at(chain, registrar.contract)):
        raise ErrandRefused(f"the policy at {deployment.policy} does not let {to} hold: its registrar must, first")
    words = f"let {to} receive shares"
    return [call(f"allow:{to}", words, holder, registrar.contract, registry.abi, "allow", ([to],), check)]
