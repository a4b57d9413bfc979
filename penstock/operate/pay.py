"""Revenue paid in and shared out by one transaction, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from penstock.deploy.execute import Pace
from penstock.evm.errors import ChainError, ChainRevert
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer
from penstock.format import exact_money
from penstock.onchain.launch import Deployment
from penstock.onchain.state import ChainState, state_of
from penstock.onchain.treasury import Outcome, reach
from penstock.operate.tx_queue import Call, Made, Sender, Task, estimated, require_coin


class PaidMeanwhile(ChainError):
    """Somebody else settled before this run could; nothing was paid."""


class TooEarly(ChainError):
    """A period that is not over; nothing was paid."""

    def __init__(self, period: int, payment_at: int, now: int, deal: str) -> None:
        over, today = (f"{datetime.fromtimestamp(each, timezone.utc):%Y-%m-%d %H:%M} UTC" for each in (payment_at, now))
        super().__init__(
            f"--pay settles period {period}, which is over on {over}, and the chain has {today}; nothing was sent; "
            "accepted: the same from then on; --advance on a development chain; or a transfer of the stablecoin to the "
            f"deal at {deal}, to be settled then"
        )


@dataclass
class _Payment(Task):
    amount: int = 0
    periods: int = 1
    mint: bool = False
    began: tuple[int, int] = (0, 0)


def pay_and_settle(
    deployment: Deployment,
    chain: RetryingRpc,
    amount: int,
    periods: int,
    signer: Signer,
    mint: bool,
    pace: Pace,
    advance: bool = False,
) -> Outcome:
    """
    Pays in and settles up to `periods` in one transaction.

    The account's nonce is taken before the deal is read: of two runs at once, the chain takes one payment.

    Parameters
    ----------
    amount : base units out of the signer's account. mint : whether the asset is a mock that may make what it lacks.
    advance : whether to move a development chain's clock to the next payment date, once the account can pay.

    Raises
    ------
    TooEarly, PaidMeanwhile : see there. ChainRevert : another refusal of the deal's, before anything is sent.
    ChainError : the account holds less than the amount. TooLittle : or too little of the native coin.
    """
    deal, terms, address = deployment.deal, deployment.terms, signer.address
    held = deployment.asset.call("balanceOf", address)
    if held < amount and not mint:
        has, wants = (exact_money(each, terms.decimals) for each in (held, amount))
        raise ChainError(f"{address} holds {has} {terms.asset}, and {wants} are to be paid; nothing was sent")
    if advance:
        require_coin(chain, address, "pay in and settle")
        reach(deal, chain)
    before = at_block(chain, deployment, chain.block())
    if before.period < terms.periods:
        try:
            chain.call(deal.address, deal.abi, "settle", periods, sender=address)  # before anything is sent
        except ChainRevert as refusal:
            if refusal.name != "Deal_PeriodNotOver":
                raise
            at = refusal.values
            raise TooEarly(at["period"], at["paymentAt"], at["time"], deal.address) from None
    payment = _Payment(amount=amount, periods=periods, mint=mint, began=_progress(before))
    sender: Sender[_Payment] = Sender(chain, signer, pace)
    sender.run([payment], lambda _: [_next(deployment, chain, payment, address)])
    if payment.error:
        raise payment.error
    return outcome(chain, deployment, payment.made[-1:])


def outcome(chain: RetryingRpc, deployment: Deployment, made: list[Made]) -> Outcome:
    """What transactions did to a deal, by the blocks around them."""
    before = at_block(chain, deployment, made[0].block - 1)
    return Outcome(before, at_block(chain, deployment, made[-1].block), sum(each.gas for each in made))


def at_block(chain: RetryingRpc, deployment: Deployment, block: int) -> ChainState:
    """A deal's state after a block."""
    function = deployment.deal.abi.function("state")
    request = {"to": deployment.deal.address, "data": "0x" + function.encode([]).hex()}
    answer = chain.ask("eth_call", request, hex(block))
    return state_of(function.decode(bytes.fromhex(answer[2:])), len(deployment.terms.tests))


def _next(deployment: Deployment, chain: RetryingRpc, payment: _Payment, sender: str) -> Call | ChainError | None:
    """A mint and an approval where they are wanted, the payment, and then no more."""
    deal, asset, amount = deployment.deal, deployment.asset, payment.amount
    if any(each.call.to == deal.address for each in payment.made):
        return None
    meanwhile = PaidMeanwhile(
        f"the deal at {deal.address} was settled by another run meanwhile; nothing was paid; "
        "penstock status shows what is due now"
    )
    if _has_moved(chain, deployment, payment):
        return meanwhile
    lacking = amount - asset.call("balanceOf", sender)
    if lacking > 0:
        data = asset.abi.function("mint").encode([sender, lacking])
        call = Call("mint the mock stablecoin", asset.address, data, 0)
    elif asset.call("allowance", sender, deal.address) < amount:
        data = asset.abi.function("approve").encode([deal.address, amount])
        call = Call("approve the payment", asset.address, data, 0)
    else:
        data = deal.abi.function("payAndSettle").encode([amount, payment.periods])
        call = Call("pay in and settle", deal.address, data, 0)
    try:
        return estimated(chain, call, sender)
    except ChainError as error:
        return meanwhile if _has_moved(chain, deployment, payment) else error


def _has_moved(chain: RetryingRpc, deployment: Deployment, payment: _Payment) -> bool:
    return _progress(at_block(chain, deployment, chain.block())) != payment.began


def _progress(state: ChainState) -> tuple[int, int]:
    """What every settlement moves, late revenue too, and no claim does."""
    return state.period, sum(state.credited) + sum(state.reserves) + sum(state.trapped)
