"""Announcing a deal's clean-up call, and letting the deal take what is missing for it."""

from __future__ import annotations

from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import Allows, AllowsNothing, Says
from penstock.deploy.plan import Step
from penstock.evm.codec import Address
from penstock.evm.retry import RetryingRpc
from penstock.format import day, exact_money, format_amount, moment
from penstock.model.calendar import timestamp
from penstock.model.call import is_allowed, most_outstanding, outstanding
from penstock.model.terms import DealTerms
from penstock.onchain.call_dates import first_in_time, latest_announcement
from penstock.onchain.launch import Deployment
from penstock.onchain.state import ChainState, as_model, read_state


def plan_call(chain: RetryingRpc, network: str, deployment: Deployment, allow: int | None) -> AdminPlan:
    """
    The steps of the payee: an allowance of the deal, if one is asked for, then the announcement for the next period.

    Parameters
    ----------
    allow : the most the deal may take, in base units; None leaves the allowance as it is.

    Raises
    ------
    AdminRefused : the deal cannot be called, or not any more for its next period.
    """
    terms, deal = deployment.terms, deployment.deal
    if terms.call is None:
        raise AdminRefused(f"{terms.name} has no clean-up call: its deal file has no [call]")
    payee = deployment.payees[terms.call.payee]
    state = read_state(deal, terms)
    period = _require_announceable(terms, state, chain.now())
    steps = [] if allow is None else _allowance(deployment, payee, allow)
    check = Says(deal.address, (("announcedPeriod()", period),))
    intent = f"announce the call of period {period}"
    steps.append(call(f"call:{period}", intent, payee, deal.address, deal.abi, "announceCall", (), check))
    notes = tuple(f"note: {each}" for each in _notes(deployment, payee, period, allow))
    return plan_admin(chain, network, f"announce the call of period {period} of {terms.name}", steps, notes)


def _require_announceable(terms: DealTerms, state: ChainState, now: int) -> int:
    """The period to announce, announced already or not."""
    if state.period == terms.periods:
        raise AdminRefused(
            f"the deal was called in period {state.called}"
            if state.called
            else f"all {terms.periods} periods are settled"
        )
    period, model = state.period + 1, as_model(terms, state)
    if state.announced == period:
        return period
    if not is_allowed(terms, model):
        left, most = (
            exact_money(each, terms.decimals) for each in (outstanding(terms, model), most_outstanding(terms))
        )
        raise AdminRefused(
            f"lenders' faces less principal paid are {left}; a call is allowed once they are {most} or less"
        )
    if now > (latest := latest_announcement(terms, period)):
        raise AdminRefused(
            f"the call of period {period} could be announced until {moment(latest)}, a day before its payment date, "
            f"and the chain has {moment(now)}; {_instead(terms, period, now)}"
        )
    return period


def _instead(terms: DealTerms, period: int, now: int) -> str:
    """What can be done when it is too late for the call of a period."""
    if period == terms.periods:
        return "it is the last period, so the deal cannot be called any more"
    later = first_in_time(terms, period + 1, now)
    if later is None:
        return "it is too late for every later period too, so the deal cannot be called any more"
    by = moment(latest_announcement(terms, later))
    return f"accepted: the same once period {later - 1} is settled, by {by}"


def _allowance(deployment: Deployment, payee: Address, amount: int) -> list[Step]:
    """An allowance that is too small is first set to zero, because USDT allows no other change."""
    terms, asset, deal = deployment.terms, deployment.asset, deployment.deal.address
    check = Allows(asset.address, payee, deal, amount)
    words = f"let the deal take {exact_money(amount, terms.decimals)} {terms.asset}"
    steps = []
    if 0 < asset.call("allowance", payee, deal) < amount:
        intent, cleared = "clear what is left of an earlier allowance", AllowsNothing(asset.address, payee, deal)
        steps.append(call("clear", intent, payee, asset.address, asset.abi, "approve", (deal, 0), cleared))
    return [*steps, call(f"allow:{amount}", words, payee, asset.address, asset.abi, "approve", (deal, amount), check)]


def _notes(deployment: Deployment, payee: Address, period: int, allow: int | None) -> list[str]:
    terms, asset, deal = deployment.terms, deployment.asset, deployment.deal
    missing, held = deal.call("callPrice"), asset.call("balanceOf", payee)
    allowed = asset.call("allowance", payee, deal.address) if allow is None else allow
    price, holds, may = (exact_money(each, terms.decimals) for each in (missing, held, allowed))
    date = day(timestamp(terms.payment_dates[period - 1]))
    notes = [
        f"with what is there now {price} are missing; the payee holds {holds}, and the deal may take {may}",
        f"the deal takes what is missing when period {period} is settled, from {date} on; if it cannot, the period is "
        "settled as usual, and nothing is taken",
    ]
    if held < missing:
        lacks = exact_money(missing - held, terms.decimals)
        notes.append(f"the payee holds too little: it lacks {lacks} of the {price}, which it needs by the settlement")
    if allowed < missing:
        enough = format_amount(missing, terms.decimals)
        notes.append(f"the allowance is too small: {may} of the {price}; --allow {enough} or more")
    return notes
