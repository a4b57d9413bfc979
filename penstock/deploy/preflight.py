"""Examines the chain before anything is sent: what is already done, what it costs, and what would fail."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timezone

from penstock.dealfile import warnings as deal_warnings
from penstock.deploy.checks import Holds, Permitted, code_at, part_fault, view
from penstock.deploy.dry_run import rehearse
from penstock.deploy.plan import Kind, Order, Parts, Plan, Step
from penstock.deploy.steps import draw
from penstock.evm import networks
from penstock.evm.artifacts import load_artifacts
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.fees import Fees, coin, coin_of
from penstock.evm.networks import Network
from penstock.evm.retry import RetryingRpc
from penstock.evm.rpc import with_margin
from penstock.format import exact_money
from penstock.model.calendar import timestamp
from penstock.onchain.addresses import PROXY_CODE, PROXY_GAS_PRICE
from penstock.onchain.asset import symbol_of
from penstock.onchain.launch import LaunchRefused, at_closing
from penstock.onchain.terms_encode import NO_ADDRESS

# The chains MockUSD deploys on (contracts/mocks/assets/MockUSD.sol).
MOCK_CHAINS = {31_337, 1337, 11_155_111, 84_532, 421_614, 11_155_420}
# How far a public chain's last block may be from this machine's clock.
CLOCK_SECONDS = 900
FAR_DAYS = 366
MOST_SYMBOL = 32


class WrongClock(ChainError):
    """This machine's clock or the node's is wrong."""


def make_plan(chain: RetryingRpc, network: Network, order: Order) -> Plan:
    """
    The plan of an order on a chain: steps that are done are marked, the others have their gas from a dry run.

    Raises
    ------
    LaunchRefused : terms, asset, policy or report source are not valid. WrongClock : the clocks disagree.
    OtherCode : another contract is at the address of one of ours.
    """
    if not networks.is_development(chain):
        require_clock(chain)
    artifacts = load_artifacts()
    for artifact in artifacts.values():
        chain.registry.add(artifact.abi)
    _require_asset(chain, order)
    drawn = draw(order, artifacts)
    for part, given in (("policy", order.policy), ("reports", order.reports)):
        fault = part_fault(chain, part, given, drawn.parts.deal) if given not in (None, NO_ADDRESS) else ""
        if fault:
            raise LaunchRefused(fault)
    _require_payees(order, drawn.parts)
    genesis = str(chain.existing("eth_getBlockByNumber", "0x0", False)["hash"])
    name = networks.name_of(network, chain.chain_id)
    plan = Plan(chain.chain_id, genesis, name, order, drawn.parts, drawn.packed, drawn.steps, artifacts, ())
    plan = survey(chain, plan)
    if not plan.to_do:
        return plan
    if not plan.step(order.launcher).done:
        _require_policy(chain, order, drawn.parts.deal)
    gas = rehearse(plan, chain)
    return replace(plan, steps=tuple(replace(s, gas=gas[s.id]) for s in plan.steps), notes=tuple(_notes(chain, plan)))


def survey(chain: RetryingRpc, plan: Plan) -> Plan:
    """The same plan, with the steps that are done now marked."""
    with chain.reading_at():
        return replace(plan, steps=tuple(replace(step, done=is_done(chain, step)) for step in plan.steps))


def is_done(chain: RetryingRpc, step: Step) -> bool:
    """Whether a step is done: the chain shows its effect, or it is no longer needed."""
    if step.moot and code_at(chain, step.moot):
        return True
    if step.kind is Kind.KEYLESS and (code := code_at(chain, step.makes or NO_ADDRESS)) and code != PROXY_CODE:
        raise LaunchRefused(f"the contract at {step.makes} is not the CREATE2 proxy: this chain is not like others")
    return step.check.holds(chain)


def shortages(chain: RetryingRpc, plan: Plan, fees: Fees) -> list[str]:
    """What the sponsor is missing to execute a plan, one line each; gas at its highest price."""
    found, order = [], plan.order
    balance = coin_of(chain, order.sponsor)
    own = sum(step.gas for step in plan.to_do if step.kind is not Kind.KEYLESS)
    needed = plan.value + with_margin(own) * fees.most
    if balance < needed:
        found.append(
            f"{order.sponsor} holds {coin(balance)} of the native coin; the plan may cost {coin(needed)}: "
            f"{coin(needed - balance)} too little"
        )
    opening, symbol = order.terms.opening, order.terms.asset
    owed = opening if order.offering is None else 0
    if order.asset and owed and not plan.step("launch").done and not _has(chain, order, opening):
        held = view(plan.artifacts["MockUSD"].abi, chain, order.asset, "balanceOf", order.sponsor)
        assert isinstance(held, int)
        shown = [exact_money(each, order.terms.decimals) for each in (held, opening)]
        found.append(f"{order.sponsor} holds {shown[0]} {symbol}; the opening reserves take {shown[1]} {symbol}")
    keyless = any(step.kind is Kind.KEYLESS for step in plan.to_do)
    if keyless and fees.base > PROXY_GAS_PRICE:
        found.append(
            "the CREATE2 proxy's one transaction pays 100 gwei, and the base fee is higher: wait until it falls"
        )
    return found


def require_clock(chain: RetryingRpc) -> None:
    """
    Raises
    ------
    WrongClock : when the chain's last block and this machine's clock are far apart.
    """
    apart = chain.now() - time.time()
    if abs(apart) > CLOCK_SECONDS:
        away = f"{abs(apart) / 3600:.1f} h " + ("ahead of" if apart > 0 else "behind")
        raise WrongClock(
            f"the chain's last block is {away} this machine's clock: one of them is wrong, or the node is not in sync; "
            f"accepted: at most {CLOCK_SECONDS // 60} minutes apart"
        )


def _require_asset(chain: RetryingRpc, order: Order) -> None:
    if order.asset is None:
        if chain.chain_id not in MOCK_CHAINS:
            raise LaunchRefused(f"no mock stablecoin on chain {chain.chain_id}; accepted: --asset ADDRESS")
        return
    if not code_at(chain, order.asset):
        raise LaunchRefused(f"no contract at the asset's address {order.asset}")
    abi = load_artifacts()["MockUSD"].abi
    try:
        decimals = view(abi, chain, order.asset, "decimals")
        for function, *arguments in (("totalSupply",), ("balanceOf", order.sponsor)):
            view(abi, chain, order.asset, function, *arguments)
    except ChainError:
        raise LaunchRefused(
            f"the contract at {order.asset} is not a token: it does not answer decimals(), totalSupply() and "
            "balanceOf()"
        ) from None
    if decimals != order.terms.decimals:
        raise LaunchRefused(
            f"the asset at {order.asset} has {decimals} decimals, and the deal file says {order.terms.decimals}; "
            f"accepted: deal.decimals = {decimals}, or another asset"
        )


def _require_payees(order: Order, parts: Parts) -> None:
    """A payee claims its fee, or calls the deal, which none of the deal's own contracts can do."""
    own = {parts.asset: "stablecoin", parts.deal: "deal itself", parts.factory: "factory"}
    own |= {parts.logic: "shares' logic", parts.trial: "trial", parts.lens: "lens", parts.batch: "batch"}
    own |= dict.fromkeys(parts.shares, "share") | {parts.policy: "policy", parts.reports: "report source"}
    for label, place in order.payees.items():
        if place in own:
            raise LaunchRefused(
                f"the payee {label!r} is the {own[place]} at {place}, which claims nothing; accepted: another"
            )


def _require_policy(chain: RetryingRpc, order: Order, deal: Address) -> None:
    """An existing policy must let the first holders hold; only its registrar can allow them."""
    if order.policy in (None, NO_ADDRESS):
        return
    closing, _ = at_closing(order.allotments, order.sponsor)
    for tranche, holder in dict.fromkeys((each.tranche, each.holder) for each in closing):
        if not Permitted(str(order.policy), deal, ((tranche, holder),)).holds(chain):
            raise LaunchRefused(f"the policy at {order.policy} does not let {holder} hold: its registrar must, first")


def _has(chain: RetryingRpc, order: Order, amount: int) -> bool:
    return Holds(str(order.asset), order.sponsor, amount).holds(chain)


def _notes(chain: RetryingRpc, plan: Plan) -> list[str]:
    now, terms = chain.now(), plan.order.terms
    notes = deal_warnings.warnings(terms)
    overdue = sum(timestamp(day) <= now for day in terms.payment_dates)
    if overdue:
        notes.append(
            f"note: the chain's clock is past {overdue} of {terms.periods} payment dates; "
            "the first revenue is assigned to the first of these periods"
        )
    today = datetime.fromtimestamp(now, timezone.utc).date()
    if abs((terms.closing - today).days) > FAR_DAYS:
        notes.append(f"note: closing, {terms.closing}, is far from the chain's date, {today}: is either wrong?")
    elif terms.closing > today:
        notes.append(f"note: closing, {terms.closing}, is after the chain's date, {today}: interest runs from closing")
    if plan.order.offering is not None and plan.order.policy not in (None, NO_ADDRESS):
        notes.append(f"note: the policy must let the offering, {plan.parts.offering}, receive and send shares")
    asset = plan.order.asset
    if asset is None:
        notes.append("note: the stablecoin is a mock of the deal's own, which anyone may mint")
    elif (symbol := symbol_of(chain, asset)) != terms.asset:
        said = (
            repr(symbol[:MOST_SYMBOL]) if symbol else "no symbol"
        )  # chosen by the token's author, who may include line breaks
        notes.append(f"note: the stablecoin at {asset} says {said}, and the deal file {terms.asset!r}: is it the one?")
    return notes
