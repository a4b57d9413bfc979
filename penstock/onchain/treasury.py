"""Settling and claiming on a development chain, by any account of its node; penstock/operate does it anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.evm.chain import Chain, Contract
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.model.errors import NothingToClaim
from penstock.onchain.launch import Deployment, allow
from penstock.onchain.state import ChainState, read_state


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
        reach(deal, chain)
    before = read_state(deal, deployment.terms)
    if pay:
        lacking = pay - asset.call("balanceOf", sender)
        if mint and lacking > 0:
            asset.send("mint", sender, lacking, sender=sender)
        allow(asset, sender, deal.address, pay)
        receipt = deal.send("payAndSettle", pay, periods, sender=sender)
    else:
        receipt = deal.send("settle", periods, sender=sender)
    return Outcome(before, read_state(deal, deployment.terms), receipt.gas_used)


def reach(deal: Contract, chain: Chain) -> None:
    """Moves a development chain's clock to a deal's next payment date. Raises NotADevChain."""
    payment_at = deal.call("nextPaymentAt")
    if payment_at > chain.now():
        chain.set_time(payment_at)


class NothingCameIn(ChainError):
    """A settlement without revenue that nobody asked for in so many words."""

    def __init__(self, period: int) -> None:
        super().__init__(
            f"nothing has come in for period {period}; accepted: --pay AMOUNT, or --pay 0 (of many deals, --empty) to "
            "settle without"
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
