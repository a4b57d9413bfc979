"""What a treasurer does with a deal: pay in and settle, claim, and see where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.chain.backend import ZERO_ADDRESS
from penstock.chain.codec import Address
from penstock.chain.errors import ChainError
from penstock.chain.launch import Deployment
from penstock.chain.ledger import ChainState, read_state
from penstock.model.errors import NothingToClaim


@dataclass(frozen=True)
class Outcome:
    """
    What one settlement did, in base units; lists run parallel to the terms.

    before, after : the deal's state. collections : what was shared out or put aside.
    """

    before: ChainState
    after: ChainState
    gas: int

    @property
    def collections(self) -> int:
        return self.after.accounted - self.before.accounted

    @property
    def credited(self) -> list[int]:
        return [after - before for before, after in zip(self.before.credited, self.after.credited, strict=True)]

    @property
    def fees(self) -> list[int]:
        pairs = zip(self.before.fee_claimable, self.after.fee_claimable, strict=True)
        return [after - before for before, after in pairs]


@dataclass(frozen=True)
class Claim:
    """Cash that was taken. name : of the tranche or the fee."""

    name: str
    amount: int
    gas: int


@dataclass(frozen=True)
class Status:
    """
    Where a deal stands, in base units.

    now, next_payment_at : seconds; 0 after the last period. waiting : collections not settled yet; below zero the deal
    holds less than its ledger. holders : (address, shares of each tranche, claimable of each tranche), shares in share
    base units.
    """

    state: ChainState
    now: int
    next_payment_at: int
    waiting: int
    holders: list[tuple[Address, list[int], list[int]]]


def settle(deployment: Deployment, pay: int, periods: int, sender: Address, mint: bool, advance: bool) -> Outcome:
    """
    Pays in and settles in one transaction, or settles what is there.

    Parameters
    ----------
    pay : base units out of the sender's account; 0 for none.
    mint : whether the asset is a mock that may make what the sender lacks.
    advance : whether to move a development chain's clock to the next payment date first.

    Raises
    ------
    ChainRevert : the deal's own refusal, such as Deal_PeriodNotOver. NotADevChain : for `advance` elsewhere.
    """
    deal, asset, chain = deployment.deal, deployment.asset, deployment.chain
    if advance:
        payment_at = deal.call("nextPaymentAt")
        if payment_at > chain.now():
            chain.set_time(payment_at)
    before = read_state(deal, deployment.terms)
    if pay:
        lacking = pay - asset.call("balanceOf", sender)
        if mint and lacking > 0:
            asset.send("mint", sender, lacking, sender=sender)
        if asset.call("allowance", sender, deal.address) < pay:
            asset.send("approve", deal.address, pay, sender=sender)
        receipt = deal.send("payAndSettle", pay, periods, sender=sender)
    else:
        receipt = deal.send("settle", periods, sender=sender)
    return Outcome(before, read_state(deal, deployment.terms), receipt.gas_used)


def require_collections(deployment: Deployment, advance: bool) -> None:
    """
    Refuses to settle a period with nothing by mistake: it would count as a missed payment for ever.

    Raises
    ------
    NothingCameIn : when no revenue waits in the deal.
    """
    if not advance and deployment.deal.call("nextPaymentAt") > deployment.chain.now():
        return  # too early, which the deal itself refuses with both dates
    state = read_state(deployment.deal, deployment.terms)
    if deployment.asset.call("balanceOf", deployment.deal.address) <= state.accounted:
        raise NothingCameIn(min(state.period + 1, deployment.terms.periods))


class NothingCameIn(ChainError):
    """A settlement without revenue that nobody asked for in so many words."""

    def __init__(self, period: int) -> None:
        super().__init__(
            f"nothing has come in for period {period}; accepted: --pay AMOUNT, or --pay 0 to settle without"
        )
        self.period = period


def claim(deployment: Deployment, holder: Address, tranches: Sequence[int] | None = None) -> list[Claim]:
    """
    Takes everything a holder may: of the tranches given, or of all and of the fees it is the payee of.

    Raises
    ------
    NothingToClaim : when there is nothing. ChainRevert : when the deal or the asset refuses.
    """
    terms, deal = deployment.terms, deployment.deal
    made: list[Claim] = []
    for index in range(len(terms.tranches)) if tranches is None else tranches:
        amount = deal.call("claimable", index, holder)
        if amount:
            receipt = deal.send("claim", index, sender=holder)
            made.append(Claim(terms.tranches[index].id, amount, receipt.gas_used))
    waiting = read_state(deal, terms).fee_claimable if tranches is None else []
    for index, amount in enumerate(waiting):
        if amount and deployment.payees[terms.fees[index].payee] == holder:
            receipt = deal.send("claimFee", index, sender=holder)
            made.append(Claim(f"fee {terms.fees[index].id}", amount, receipt.gas_used))
    if not made:
        raise NothingToClaim(holder)
    return made


def status(deployment: Deployment) -> Status:
    """Reads a deal and everybody who ever held its shares."""
    deal, asset = deployment.deal, deployment.asset
    state = read_state(deal, deployment.terms)
    return Status(
        state=state,
        now=deployment.chain.now(),
        next_payment_at=deal.call("nextPaymentAt"),
        waiting=asset.call("balanceOf", deal.address) - state.accounted,
        holders=[_position(deployment, holder) for holder in holders(deployment)],
    )


def holders(deployment: Deployment) -> list[Address]:
    """Every address that ever held a share, from the shares' own events, in order of appearance."""
    found: dict[Address, None] = {}
    for share in deployment.shares:
        for event in share.events(deployment.launch_block):
            if event.name == "Transfer" and event["to"] != ZERO_ADDRESS:
                found[event["to"]] = None
    return list(found)


def _position(deployment: Deployment, holder: Address) -> tuple[Address, list[int], list[int]]:
    shares = [share.call("balanceOf", holder) for share in deployment.shares]
    claimable = [deployment.deal.call("claimable", index, holder) for index in range(len(deployment.shares))]
    return holder, shares, claimable
