"""Pays revenue in and settles it in one transaction, once."""

from __future__ import annotations

from dataclasses import dataclass

from penstock.evm.abi import Abi
from penstock.evm.broadcast import Call, Pace, estimated
from penstock.evm.chain import Chain, Contract
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, ChainRevert
from penstock.evm.fees import require_coin
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer
from penstock.evm.tx_queue import Sender, Task
from penstock.format import counted, exact_money, format_amount, moment
from penstock.model.terms import DealTerms
from penstock.onchain.launch import Deployment
from penstock.onchain.state import ChainState, read_state
from penstock.operate.grace import WaitsInGrace, lacking, words_of
from penstock.operate.outcome import Outcome, at_block, outcome


class PaidMeanwhile(ChainError):
    """Another run settled first; nothing was paid."""


class AnotherPeriod(ChainError):
    """
    A period that is not the next to settle; nothing was paid.

    Attributes
    ----------
    settled : whether it is settled already.
    """

    def __init__(self, period: int, settled: int) -> None:
        self.settled = settled >= period
        super().__init__(
            f"period {period} is settled already; this run paid nothing"
            if self.settled
            else f"the next period is {settled + 1}, not {period}; nothing was paid"
        )


class PaidAfterCutOff(ChainError):
    """A payment that the period to be settled would not get. Nothing was paid."""

    def __init__(self, period: int, deal: str) -> None:
        super().__init__(
            f"period {period} is cut off: what is paid now is not its revenue any more; nothing was paid; accepted: "
            f"--pay 0, or a transfer of the stablecoin to the deal at {deal} as revenue of the next period"
        )


class NoSuchPeriod(ChainError):
    """A period that the deal does not have: a repeat of late revenue cannot be seen."""

    def __init__(self, period: int, periods: int) -> None:
        super().__init__(
            f"--period {period}: the deal has {counted(periods, 'period')}; nothing was paid; "
            f"accepted: 1 to {periods}, or late revenue without --period"
        )


class TooEarly(ChainError):
    """A period that is not over; nothing was paid."""

    def __init__(self, period: int, payment_at: int, now: int, deal: str) -> None:
        over, today = moment(payment_at), moment(now)
        super().__init__(
            f"--pay settles period {period}, which is over on {over}, and the chain has {today}; nothing was sent; "
            "accepted: the same from then on; --advance on a development chain; or a transfer of the stablecoin to the "
            f"deal at {deal}, to be settled then"
        )


class BeyondCap(ChainError):
    """More than a deal takes in its life: the rest would stay outside its ledger. Nothing was paid."""

    def __init__(self, terms: DealTerms, amount: int, room: int) -> None:
        wants, left, most = (exact_money(each, terms.decimals) for each in (amount, room, terms.max_amount))
        pays = format_amount(room, terms.decimals)
        super().__init__(
            f"the deal takes in at most {most} {terms.asset} in its life and has room for {left} more: of {wants} the "
            f"rest would be paid to nobody; nothing was paid; accepted: --pay up to {pays}"
        )


@dataclass
class _Payment(Task):
    amount: int = 0
    periods: int = 1
    mint: bool = False
    began: tuple[int, ...] = ()


def pay_and_settle(
    deployment: Deployment,
    chain: RetryingRpc,
    amount: int,
    periods: int,
    signer: Signer,
    mint: bool,
    pace: Pace,
    advance: bool = False,
    period: int | None = None,
) -> Outcome:
    """
    Pays in and settles up to `periods` in one transaction.

    The account's nonce is read at the same block as the deal: of two runs at once, the chain takes one payment.

    Parameters
    ----------
    amount : base units out of the signer's account. mint : whether the asset is a mock that may make what it lacks.
    advance : whether to move a development chain's clock to the next payment date, once the account can pay.
    period : the one to settle, read at the block of the nonce, so that a repeat pays nothing; by default the next.

    Raises
    ------
    TooEarly, WaitsInGrace, PaidMeanwhile, AnotherPeriod, NoSuchPeriod, PaidAfterCutOff, BeyondCap : see there.
    ChainRevert : another refusal of the deal's; nothing was sent.
    ChainError : the account holds less than the amount. TooLittle : or too little of the native coin.
    OutcomeUnknown : something was sent that may or may not be mined. ResultUnread : it is, and cannot be shown.
    """
    deal, terms, address = deployment.deal, deployment.terms, signer.address
    held = deployment.asset.call("balanceOf", address)
    if held < amount and not mint:
        has, wants = (exact_money(each, terms.decimals) for each in (held, amount))
        raise ChainError(f"{address} holds {has} {terms.asset}, and {wants} are to be paid; nothing was sent")
    room = _room(deployment)
    if amount > room:
        raise BeyondCap(terms, amount, room)
    if advance:
        with chain.reading_at() as block:
            _require_payable(deployment, at_block(chain, deployment, block), period)
        require_coin(chain, address, "pay in and settle")
        reach(deal, chain)
    with chain.reading_at() as block:
        before = at_block(chain, deployment, block)
        _require_payable(deployment, before, period)
        if before.period < terms.periods:
            try:
                chain.call(deal.address, deal.abi, "settle", periods, sender=address)  # before anything is sent
            except ChainRevert as refusal:
                at = refusal.values
                if refusal.name == "Deal_InGrace":
                    _require_enough(deployment, chain, before, amount, at["endsAt"])
                elif refusal.name != "Deal_PeriodNotOver":
                    raise
                else:
                    raise TooEarly(at["period"], at["paymentAt"], at["time"], deal.address) from None
    payment = _Payment(amount=amount, periods=periods, mint=mint, began=_progress(before))
    sender: Sender[_Payment] = Sender(chain, signer, pace)
    sender.run([payment], lambda _: [_next(deployment, chain, payment, address)])
    if payment.error:
        raise payment.error
    return outcome(chain, deployment, payment.made[-1:], paid=amount)


def _require_payable(deployment: Deployment, before: ChainState, period: int | None) -> None:
    """Raises as `require_next` unless `period` comes next; PaidAfterCutOff where what is paid would not be its own."""
    if period is not None:
        require_next(before.period, period, deployment.terms.periods)
    if before.cut.period == before.period + 1:
        raise PaidAfterCutOff(before.cut.period, deployment.deal.address)


def _require_enough(deployment: Deployment, chain: RetryingRpc, before: ChainState, amount: int, ends_at: int) -> None:
    """Raises WaitsInGrace unless the amount, with what waits, lets a period within its grace be settled."""
    balance = chain.call(deployment.asset.address, deployment.asset.abi, "balanceOf", deployment.deal.address)
    less = lacking(chain, deployment, before, before.take_cut(balance - before.accounted) + amount)
    if less:
        raise WaitsInGrace(before.period + 1, ends_at, words_of(deployment.terms, less)) from None


def _room(deployment: Deployment) -> int:
    """How much more a deal's ledger takes: the cash it holds, and what holders have claimed, count against the cap."""
    deal = deployment.deal
    claimed = sum(read_state(deal, deployment.terms).claimed)
    held: int = deployment.asset.call("balanceOf", deal.address)
    return max(0, deployment.terms.max_amount - claimed - held)


def require_next(settled: int, period: int, periods: int) -> None:
    """Raises AnotherPeriod unless `period` follows the `settled` ones, and NoSuchPeriod beyond the deal's last."""
    if period > periods:
        raise NoSuchPeriod(period, periods)
    if settled + 1 != period:
        raise AnotherPeriod(period, settled)


def reach(deal: Contract, chain: Chain) -> None:
    """Moves a development chain's clock to a deal's next payment date. Raises NotADevChain."""
    payment_at = deal.call("nextPaymentAt")
    if payment_at > chain.now():
        chain.set_time(payment_at)


def allowing(
    chain: RetryingRpc, asset: Address, abi: Abi, owner: Address, spender: Address, amount: int, intent: str
) -> Call | None:
    """
    The next call towards an allowance of at least `amount`; None if there is one. An allowance that is too small is
    first set to zero, because USDT allows no other change.
    """
    present = chain.call(asset, abi, "allowance", owner, spender)
    if present >= amount:
        return None
    if present:
        return Call(
            f"{intent}: clear what is left of an earlier approval", asset, abi.function("approve").encode([spender, 0])
        )
    return Call(intent, asset, abi.function("approve").encode([spender, amount]))


def _next(deployment: Deployment, chain: RetryingRpc, payment: _Payment, sender: str) -> Call | ChainError | None:
    """A mint and an approval if they are needed, then the payment, then None."""
    deal, asset, amount = deployment.deal, deployment.asset, payment.amount
    if any(each.call.to == deal.address for each in payment.made):
        return None
    with chain.reading_at() as block:
        if _progress(at_block(chain, deployment, block)) != payment.began:
            return PaidMeanwhile(
                f"the deal at {deal.address} was settled or cut off by another run meanwhile; nothing was paid; "
                "penstock status shows what is due now"
            )
        lacking = amount - chain.call(asset.address, asset.abi, "balanceOf", sender)
        if lacking > 0:
            call = Call("mint the mock stablecoin", asset.address, asset.abi.function("mint").encode([sender, lacking]))
        else:
            call = allowing(
                chain, asset.address, asset.abi, sender, deal.address, amount, "approve the payment"
            ) or Call(
                "pay in and settle", deal.address, deal.abi.function("payAndSettle").encode([amount, payment.periods])
            )
        try:
            return estimated(chain, call, sender)
        except ChainError as error:
            return error


def _progress(state: ChainState) -> tuple[int, ...]:
    """Numbers that every settlement and cut-off changes, late revenue included, and no claim does."""
    return state.period, state.cut.period, sum(state.credited) + sum(state.reserves) + sum(state.trapped)
