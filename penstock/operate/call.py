"""The state of a deal's clean-up call, for operators."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.evm.retry import RetryingRpc
from penstock.format import exact_money
from penstock.model.books import Books
from penstock.model.call import bill, is_allowed, most_outstanding, outstanding
from penstock.model.report import Report
from penstock.onchain.call_dates import latest_announcement
from penstock.onchain.deployments import DeployedDeal
from penstock.onchain.launch import Deployment
from penstock.operate.deployments import Snapshot


@dataclass(frozen=True)
class CallStatus:
    """
    A deal's clean-up call at one block, amounts in base units.

    outstanding, most : lenders' faces less principal paid, and what they may be for a call. allowed : whether they are.
    announced : whether the call of the next period is. latest : until when it can be, in seconds; 0 after the last.
    missing : what the payee would have to pay for it with the cash and the report that are there; None after the last
    period, and while the deal holds less than its ledger. held, approved : what the payee has, and lets the deal take.
    """

    payee: str
    address: Address
    outstanding: int
    most: int
    allowed: bool
    announced: bool
    latest: int
    missing: int | None
    held: int
    approved: int


def call_status(
    chain: RetryingRpc, deployment: Deployment, found: Snapshot, books: Books, report: Report
) -> CallStatus | None:
    """None in a deal without a call. report : of the next period. books : with the cash that waits."""
    terms, asset = deployment.terms, deployment.asset
    if terms.call is None:
        return None
    address, deal = deployment.payees[terms.call.payee], deployment.deal.address
    missing = None
    if not books.matured and books.unsettled >= 0:
        missing = bill(terms, books.state, books.unsettled, report).missing
    return CallStatus(
        payee=terms.call.payee,
        address=address,
        outstanding=outstanding(terms, books.state),
        most=most_outstanding(terms),
        allowed=is_allowed(terms, books.state),
        announced=found.is_announced,
        latest=0 if books.matured else latest_announcement(terms, books.state.period + 1),
        missing=missing,
        held=chain.call(asset.address, asset.abi, "balanceOf", address),
        approved=chain.call(asset.address, asset.abi, "allowance", address, deal),
    )


def would_be_paid(chain: RetryingRpc, member: DeployedDeal, found: Snapshot) -> bool:
    """Whether the call of the next period is announced, and its payee has and allows all that is missing for it."""
    if not member.head.is_callable or not found.is_announced or found.waiting < 0:
        return False
    funds = _funds(chain, member.modelled, found.block)
    terms = member.modelled.terms
    room = max(0, terms.max_amount - sum(found.state.claimed) - found.state.accounted - found.waiting)
    return funds.missing <= min(room, funds.held, funds.approved)


def unpaid_line(chain: RetryingRpc, deployment: Deployment, period: int, block: int) -> str | None:
    """
    One line on a call that was announced and was not paid; None where the period's call was not announced.

    What the payee lacked is left out where the node does not show the block before.

    Parameters
    ----------
    period : settled in this block, and not by a call.
    """
    terms, deal = deployment.terms, deployment.deal
    if terms.call is None:
        return None
    try:
        with chain.reading_at(block - 1):
            before = chain.call(deal.address, deal.abi, "state")
        if before.announcedPeriod != period:
            return None
        funds = _funds(chain, deployment, block - 1)
    except ChainError:
        if chain.call(deal.address, deal.abi, "state").announcedPeriod != period:
            return None
        return f"the call of period {period} was not paid; settled as usual"
    missing, held, approved = (
        exact_money(each, terms.decimals) for each in (funds.missing, funds.held, funds.approved)
    )
    return (
        f"the call of period {period} was not paid: just before, {missing} were missing, and {terms.call.payee} had "
        f"{held} and allowed {approved}; settled as usual"
    )


@dataclass(frozen=True)
class _Funds:
    """What is missing for a call, what the payee has, and what it lets the deal take, in base units."""

    missing: int
    held: int
    approved: int


def _funds(chain: RetryingRpc, deployment: Deployment, block: int) -> _Funds:
    """For the call of the next period after a block."""
    deal, asset, call = deployment.deal, deployment.asset, deployment.terms.call
    assert call is not None
    payee = deployment.payees[call.payee]
    with chain.reading_at(block):
        return _Funds(
            missing=chain.call(deal.address, deal.abi, "callPrice"),
            held=chain.call(asset.address, asset.abi, "balanceOf", payee),
            approved=chain.call(asset.address, asset.abi, "allowance", payee, deal.address),
        )
