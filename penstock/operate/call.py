"""The state of a deal's clean-up call, for operators."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.evm.codec import Address
from penstock.evm.retry import RetryingRpc
from penstock.model.books import Books
from penstock.model.call import bill, is_allowed, most_outstanding, outstanding
from penstock.model.report import Report
from penstock.onchain.call_dates import latest_announcement
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
        announced=not books.matured and books.announced == books.state.period + 1,
        latest=0 if books.matured else latest_announcement(terms, books.state.period + 1),
        missing=missing,
        held=chain.call(asset.address, asset.abi, "balanceOf", address),
        approved=chain.call(asset.address, asset.abi, "allowance", address, deal),
    )
