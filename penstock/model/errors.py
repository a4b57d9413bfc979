"""Named errors of the exact model. Each holds the values that explain it; its text is one line."""

from __future__ import annotations

from penstock.errors import PenstockError


class ModelError(PenstockError):
    """A refusal by the exact model; the contracts revert with the error of the same name."""


class NegativeBalance(ModelError):
    def __init__(self, balance: int) -> None:
        super().__init__(f"a balance cannot be negative: {balance}")
        self.balance = balance


class BalanceBelowLedger(ModelError):
    """Contract name: Deal_BalanceBelowLedger, with the same two numbers."""

    def __init__(self, balance: int, ledger: int) -> None:
        super().__init__(f"the deal holds {balance} base units but its ledger accounts for {ledger}")
        self.balance, self.ledger = balance, ledger


class PeriodNotOver(ModelError):
    """Contract name: Deal_PeriodNotOver."""

    def __init__(self, period: int, payment_at: int, now: int) -> None:
        super().__init__(f"period {period} can be settled from {payment_at} on; it is {now}")
        self.period, self.payment_at, self.now = period, payment_at, now


class InGrace(ModelError):
    """Contract name: Deal_InGrace."""

    def __init__(self, period: int, ends_at: int) -> None:
        super().__init__(f"period {period} does not pay what falls due, and is in grace until {ends_at}")
        self.period, self.ends_at = period, ends_at


class AllPeriodsSettled(ModelError):
    """Contract name: Deal_AllPeriodsSettled, of a cut-off."""

    def __init__(self, periods: int) -> None:
        super().__init__(f"all {periods} periods are settled; further cash is late revenue")
        self.periods = periods


class NoDelay(ModelError):
    """Contract name: Deal_NoDelay."""

    def __init__(self) -> None:
        super().__init__("the deal has no payment delay: what has come in when a period is settled is its collections")


class PaymentDue(ModelError):
    """Contract name: Deal_PaymentDue."""

    def __init__(self, period: int, payment_at: int, now: int) -> None:
        super().__init__(f"period {period} can be paid since {payment_at}, and it is {now}: it is not cut off any more")
        self.period, self.payment_at, self.now = period, payment_at, now


class StillAccruing(ModelError):
    """Contract name: Deal_StillAccruing."""

    def __init__(self, period: int, accrual_at: int, now: int) -> None:
        super().__init__(f"period {period} can be cut off from {accrual_at} on; it is {now}")
        self.period, self.accrual_at, self.now = period, accrual_at, now


class CutOffAlready(ModelError):
    """Contract name: Deal_CutOffAlready."""

    def __init__(self, period: int, collections: int) -> None:
        super().__init__(f"period {period} is cut off already, at {collections} base units")
        self.period, self.collections = period, collections


class NotCallable(ModelError):
    """Contract name: Deal_NotCallable."""

    def __init__(self) -> None:
        super().__init__("the deal has no clean-up call")


class CallNotAllowed(ModelError):
    """Contract name: Deal_CallNotAllowed, with the same two numbers."""

    def __init__(self, outstanding: int, most: int) -> None:
        super().__init__(
            f"a call is allowed once lenders' faces less principal paid are {most} base units or less; they are "
            f"{outstanding}"
        )
        self.outstanding, self.most = outstanding, most


class CalledAlready(ModelError):
    """Contract name: Deal_CalledAlready."""

    def __init__(self, period: int) -> None:
        super().__init__(f"a call of period {period} is announced already")
        self.period = period


class CallTooLate(ModelError):
    """Contract name: Deal_CallTooLate."""

    def __init__(self, period: int, latest: int, now: int) -> None:
        super().__init__(f"a call of period {period} could be announced until {latest}, and it is {now}")
        self.period, self.latest, self.now = period, latest, now


class NotAnnounced(ModelError):
    """Contract name: Deal_NotAnnounced."""

    def __init__(self, period: int) -> None:
        super().__init__(f"no call of period {period} is announced")
        self.period = period


class BeyondCap(ModelError):
    """Contract name: Deal_CallNotPaid, as where the payee cannot pay."""

    def __init__(self, missing: int, room: int) -> None:
        super().__init__(f"a call takes {missing} base units, and the deal may take in {room} more in its life")
        self.missing, self.room = missing, room


class NotMatured(ModelError):
    def __init__(self, period: int, periods: int) -> None:
        super().__init__(f"late revenue comes after the last period: {period} of {periods} are settled")
        self.period, self.periods = period, periods


class NothingToSettle(ModelError):
    """Contract name: Deal_NothingToSettle."""

    def __init__(self, periods: int) -> None:
        super().__init__(f"all {periods} periods are settled and no late revenue has been received")
        self.periods = periods


class NotConserved(ModelError):
    """Never raised unless the model itself is wrong."""

    def __init__(self, period: int, difference: int) -> None:
        super().__init__(f"period {period} creates or loses {difference} base units")
        self.period, self.difference = period, difference


class InsufficientShares(ModelError):
    """Contract name: ERC20InsufficientBalance (ERC-6093)."""

    def __init__(self, holder: str, shares: int, needed: int) -> None:
        super().__init__(f"{holder} holds {shares} shares, {needed} are needed")
        self.holder, self.shares, self.needed = holder, shares, needed


class ReportsMissing(ModelError):
    def __init__(self, reports: int, periods: int) -> None:
        super().__init__(f"{reports} reports for {periods} periods; accepted: one for each period, or none at all")
        self.reports, self.periods = reports, periods


class NothingToClaim(ModelError):
    """Contract name: Deal_NothingToClaim."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder} has nothing to claim")
        self.holder = holder


class NothingToClaimOfFee(ModelError):
    """Contract name: Deal_NothingToClaimOfFee."""

    def __init__(self, fee: str) -> None:
        super().__init__(f"the fee {fee} has nothing to claim")
        self.fee = fee


class Refused(ModelError):
    """A policy's rule refuses a transfer. rule : its name in `compliance.Rule`."""

    def __init__(self, rule: str, sender: str, receiver: str, shares: int) -> None:
        super().__init__(f"{sender} may not send {shares} shares to {receiver}: {rule.lower().replace('_', ' ')}")
        self.rule, self.sender, self.receiver, self.shares = rule, sender, receiver, shares


class FixedHolder(ModelError):
    """Contract name: CompliancePolicy_FixedHolder."""

    def __init__(self, holder: str) -> None:
        super().__init__(
            f"{holder} can be neither registered nor frozen: it is exempt, the deal, a share or no account"
        )
        self.holder = holder


class InvalidHolder(ModelError):
    """Contract name: CompliancePolicy_InvalidHolder."""

    def __init__(self, holder: str, investor: int, country: int, investor_class: int) -> None:
        super().__init__(f"{holder}: no registration: investor {investor}, country {country}, class {investor_class}")
        self.holder, self.investor, self.country, self.investor_class = holder, investor, country, investor_class


class EndsInThePast(ModelError):
    """Contract name: CompliancePolicy_EndsInThePast."""

    def __init__(self, expires_at: int, now: int) -> None:
        super().__init__(f"a registration ends at {expires_at}, which is not after now, {now}")
        self.expires_at, self.now = expires_at, now


class NotProvider(ModelError):
    """Contract name: CompliancePolicy_NotProvider."""

    def __init__(self, provider: str) -> None:
        super().__init__(f"{provider} is no provider whose claims count")
        self.provider = provider


class InvalidClaim(ModelError):
    """Contract name: CompliancePolicy_InvalidClaim."""

    def __init__(self, provider: str, nonce: int) -> None:
        super().__init__(f"{provider} signed another claim; the holder's next one has nonce {nonce}")
        self.provider, self.nonce = provider, nonce
