"""One deal with its cash on either side: the exact model or the contracts, refusals in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pytest

from penstock.evm.errors import ChainRevert
from penstock.model import errors
from penstock.model.calendar import timestamp
from penstock.model.deal import settle, settle_late
from penstock.model.shares import Holding, ShareLedger
from penstock.model.state import opening_state
from penstock.model.terms import DealTerms
from penstock.onchain.state import claimed_as_kept
from tests.contracts.stage import Stage

HOLDERS = ("ann", "bob", "cho")


class Refused(Exception):
    """A refusal, whichever side it came from: the contracts' name and values."""

    def __init__(self, name: str, *values: Any) -> None:
        super().__init__(name, *values)
        self.name, self.values = name, values


class Side(Protocol):
    """Ann holds everything at first. Amounts in base units; times in seconds."""

    terms: DealTerms

    def wait(self, time: int) -> None: ...

    def pay(self, amount: int) -> None:
        """Revenue comes, or with a negative amount cash vanishes."""

    def settle(self) -> list[int]:
        """What each rung got of the next period, or of late revenue."""

    def transfer(self, tranche: int, seller: str, buyer: str, shares: int) -> None: ...

    def claim(self, tranche: int, holder: str) -> int: ...

    def numbers(self) -> dict[str, Any]: ...


class ModelSide:
    def __init__(self, terms: DealTerms) -> None:
        self.terms, self.state, self.cash, self.now = terms, opening_state(terms), terms.opening, 0
        self.ledgers = [ShareLedger(tranche.supply) for tranche in terms.tranches]
        for ledger in self.ledgers:
            ledger.allot("ann", ledger.supply)

    def wait(self, time: int) -> None:
        self.now = max(self.now, time)

    def pay(self, amount: int) -> None:
        self.cash += amount

    def settle(self) -> list[int]:
        with _in_the_contracts_words():
            collections = self.cash - self._accounted()
            if self.state.period == self.terms.periods:
                done = settle_late(self.terms, self.state, collections)
            else:
                done = settle(self.terms, self.state, collections, now=self.now)
        for ledger, credited in zip(self.ledgers, self.state.credited, strict=True):
            ledger.credit(credited - ledger.credited)
        return [rung.paid for rung in done.rungs]

    def transfer(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        with _in_the_contracts_words():
            self.ledgers[tranche].transfer(seller, buyer, shares)

    def claim(self, tranche: int, holder: str) -> int:
        with _in_the_contracts_words(tranche):
            amount = self.ledgers[tranche].claim(holder)
        self.cash -= amount
        return amount

    def numbers(self) -> dict[str, Any]:
        state = self.state
        return {
            "period": state.period,
            "cash": self.cash,
            "accounted": self._accounted(),
            "balance": list(state.balance),
            "credited": list(state.credited),
            "claimed": claimed_as_kept(self.terms, [ledger.claimed for ledger in self.ledgers]),
            "interest_arrears": list(state.interest_arrears),
            "principal_arrears": list(state.principal_arrears),
            "reserves": list(state.reserves),
            "trapped": list(state.trapped),
            "passes_needed": list(state.passes_needed),
            "fee_arrears": list(state.fee_arrears),
            "fee_claimable": list(state.fee_credited),
            "shares": [[ledger.holdings.get(name, Holding()).shares for name in HOLDERS] for ledger in self.ledgers],
            "claimable": [[ledger.claimable(name) for name in HOLDERS] for ledger in self.ledgers],
        }

    def _accounted(self) -> int:
        open_credits = sum(ledger.credited - ledger.claimed for ledger in self.ledgers)
        return open_credits + sum(self.state.fee_credited) + self.state.held


class ChainSide:
    def __init__(self, stage: Stage) -> None:
        self.stage, self.terms = stage, stage.terms

    def wait(self, time: int) -> None:
        chain = self.stage.system.chain
        chain.set_time(max(chain.now(), time))

    def pay(self, amount: int) -> None:
        if amount >= 0:
            self.stage.gift(amount)
        else:
            self.stage.lose(-amount)

    def settle(self) -> list[int]:
        with _by_values():
            receipt = self.stage.deal.send("settle", 1, sender=self.stage.cast.stranger)
        (paid,) = self.stage.paid(receipt)
        return paid

    def transfer(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        with self._by_name():
            self.stage.share(tranche).send("transfer", self._address(buyer), shares, sender=self._address(seller))

    def claim(self, tranche: int, holder: str) -> int:
        with self._by_name():
            return self.stage.claim(tranche, self._address(holder))

    def numbers(self) -> dict[str, Any]:
        state = self.stage.state()
        deal = self.stage.deal
        tranches = range(len(self.terms.tranches))
        people = [self._address(name) for name in HOLDERS]
        return {
            **{name: getattr(state, name) for name in state.__dataclass_fields__},
            "cash": self.stage.cash(),
            "shares": [[deal.call("holderOf", tranche, each).shares for each in people] for tranche in tranches],
            "claimable": [[deal.call("claimable", tranche, each) for each in people] for tranche in tranches],
        }

    def _address(self, name: str) -> str:
        return str(getattr(self.stage.cast, name))

    @contextmanager
    def _by_name(self) -> Iterator[None]:
        """The refusal with names for the holders' addresses."""
        names = {self._address(name): name for name in HOLDERS}
        try:
            with _by_values():
                yield
        except Refused as refusal:
            raise Refused(refusal.name, *(names.get(value, value) for value in refusal.values)) from None


@contextmanager
def _by_values() -> Iterator[None]:
    try:
        yield
    except ChainRevert as error:
        raise Refused(error.name, *error.values.values()) from None


@contextmanager
def _in_the_contracts_words(tranche: int = 0) -> Iterator[None]:
    try:
        yield
    except errors.PeriodNotOver as error:
        raise Refused("Deal_PeriodNotOver", error.period, error.payment_at, error.now) from None
    except errors.BalanceBelowLedger as error:
        raise Refused("Deal_BalanceBelowLedger", error.balance, error.ledger) from None
    except errors.NothingToSettle:
        raise Refused("Deal_NothingToSettle") from None
    except errors.NothingToClaim as error:
        raise Refused("Deal_NothingToClaim", tranche, error.holder) from None
    except errors.InsufficientShares as error:
        raise Refused("ERC20InsufficientBalance", error.holder, error.shares, error.needed) from None


@contextmanager
def refused(side: Side, name: str, *values: Any) -> Iterator[None]:
    """Inside, the side must refuse by this error with these values, and no number may change."""
    before = side.numbers()
    with pytest.raises(Refused) as caught:
        yield
    assert (caught.value.name, *caught.value.values) == (name, *values)
    assert side.numbers() == before


def due(side: Side, period: int) -> int:
    """Waits for a period's payment date and says when it was."""
    time = timestamp(side.terms.payment_dates[period - 1])
    side.wait(time)
    return time
