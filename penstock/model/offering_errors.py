"""Refusals of an offering: the contract reverts with the same name after `Offering_`, or with the one that is named."""

from __future__ import annotations

from penstock.model.errors import ModelError
from penstock.model.offering_terms import OfferingState


class OfferingError(ModelError):
    """A refusal of an offering."""


class OfferingNotOpen(OfferingError):
    """Contract name: Offering_NotOpen."""

    def __init__(self, state: OfferingState, deadline_at: int, now: int) -> None:
        super().__init__(
            f"the offering is {state.name.lower()}: subscriptions were taken until {deadline_at}, it is {now}"
        )
        self.state, self.deadline_at, self.now = state, deadline_at, now


class NotOffered(OfferingError):
    def __init__(self, tranche: int) -> None:
        super().__init__(f"nothing of tranche {tranche} is sold")
        self.tranche = tranche


class NotLeft(OfferingError):
    def __init__(self, tranche: int, units: int, left: int) -> None:
        super().__init__(f"{units} units of tranche {tranche}; accepted: 1 to {left}, what is left")
        self.tranche, self.units, self.left = tranche, units, left


class OutsideLimits(OfferingError):
    def __init__(self, holder: str, units: int, least: int, most: int) -> None:
        super().__init__(f"{holder} would have {units} units; accepted: {least} to {most}")
        self.holder, self.units, self.least, self.most = holder, units, least, most


class SubscriberNotAllowed(OfferingError):
    """Contract name: Offering_NotAllowed."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"the deal's policy does not let {holder} have the shares")
        self.holder = holder


class OfferingNotClosable(OfferingError):
    """Contract name: Offering_NotClosable."""

    def __init__(self, state: OfferingState, deadline_at: int, now: int) -> None:
        super().__init__(
            f"the offering is {state.name.lower()} and cannot be closed; its deadline is {deadline_at}, it is {now}"
        )
        self.state, self.deadline_at, self.now = state, deadline_at, now


class NotCanceller(OfferingError):
    def __init__(self, caller: str) -> None:
        super().__init__(f"{caller} may not cancel the offering")
        self.caller = caller


class NotCancellable(OfferingError):
    def __init__(self, state: OfferingState, subscribed: int, soft_cap: int) -> None:
        super().__init__(
            f"the offering is {state.name.lower()}, with {subscribed} base units subscribed; "
            f"accepted: an open one with less than the soft cap, {soft_cap}"
        )
        self.state, self.subscribed, self.soft_cap = state, subscribed, soft_cap


class OfferingNotClosed(OfferingError):
    """Contract name: Offering_NotClosed."""

    def __init__(self) -> None:
        super().__init__("the offering is not closed: there are no shares to collect")


class OfferingNotFailed(OfferingError):
    """Contract name: Offering_NotFailed."""

    def __init__(self, state: OfferingState) -> None:
        super().__init__(f"the offering is {state.name.lower()}, and has not failed")
        self.state = state


class NothingSubscribed(OfferingError):
    def __init__(self, tranche: int, holder: str) -> None:
        super().__init__(f"{holder} has no units of tranche {tranche}, or has had its shares or its cash")
        self.tranche, self.holder = tranche, holder


class NothingToPay(OfferingError):
    def __init__(self, payee: str) -> None:
        super().__init__(f"{payee} is owed nothing of the proceeds")
        self.payee = payee
