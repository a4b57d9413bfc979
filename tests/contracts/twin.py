"""One deal with its cash on either side: the exact model or the contracts, refusals in the same words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pytest

from penstock.evm.errors import ChainRevert
from penstock.model import errors
from penstock.model.books import Books
from penstock.model.calendar import timestamp
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from tests.contracts.stage import Stage
from tests.parity.books import numbers_of

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

    def cut_off(self) -> None: ...

    def settle(self) -> list[int]:
        """What each rung got of the next period, or of late revenue."""

    def transfer(self, tranche: int, seller: str, buyer: str, shares: int) -> None: ...

    def transfer_cum(self, tranche: int, seller: str, buyer: str, shares: int) -> None: ...

    def claim(self, tranche: int, holder: str) -> int: ...

    def numbers(self) -> dict[str, Any]: ...


class ModelSide:
    def __init__(self, terms: DealTerms) -> None:
        self.terms, self.books, self.now = terms, Books(terms), 0
        self.books.allot(Allotment(index, "ann", tranche.supply) for index, tranche in enumerate(terms.tranches))

    def wait(self, time: int) -> None:
        self.now = max(self.now, time)

    def pay(self, amount: int) -> None:
        self.books.receive(amount)

    def cut_off(self) -> None:
        with _in_the_contracts_words():
            self.books.cut_off(self.now)

    def settle(self) -> list[int]:
        with _in_the_contracts_words():
            return [rung.paid for rung in self.books.settle(now=self.now).rungs]

    def transfer(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        with _in_the_contracts_words():
            self.books.transfer(tranche, seller, buyer, shares)

    def transfer_cum(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        with _in_the_contracts_words():
            self.books.transfer_cum(tranche, seller, buyer, shares)

    def claim(self, tranche: int, holder: str) -> int:
        with _in_the_contracts_words(tranche):
            return self.books.claim(tranche, holder)

    def numbers(self) -> dict[str, Any]:
        return numbers_of(self.books, HOLDERS)


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

    def cut_off(self) -> None:
        with _by_values():
            self.stage.deal.send("cutOff", sender=self.stage.cast.stranger)

    def settle(self) -> list[int]:
        with _by_values():
            receipt = self.stage.deal.send("settle", 1, sender=self.stage.cast.stranger)
        (paid,) = self.stage.paid(receipt)
        return paid

    def transfer(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        with self._by_name():
            self.stage.share(tranche).send("transfer", self._address(buyer), shares, sender=self._address(seller))

    def transfer_cum(self, tranche: int, seller: str, buyer: str, shares: int) -> None:
        with self._by_name():
            self.stage.share(tranche).send("transferCum", self._address(buyer), shares, sender=self._address(seller))

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
    except errors.InGrace as error:
        raise Refused("Deal_InGrace", error.period, error.ends_at) from None
    except errors.NoDelay:
        raise Refused("Deal_NoDelay") from None
    except errors.PaymentDue as error:
        raise Refused("Deal_PaymentDue", error.period, error.payment_at, error.now) from None
    except errors.StillAccruing as error:
        raise Refused("Deal_StillAccruing", error.period, error.accrual_at, error.now) from None
    except errors.CutOffAlready as error:
        raise Refused("Deal_CutOffAlready", error.period, error.collections) from None
    except errors.AllPeriodsSettled as error:
        raise Refused("Deal_AllPeriodsSettled", error.periods) from None
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
