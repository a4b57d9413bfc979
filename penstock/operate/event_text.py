"""The logs of deals in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from penstock.errors import PenstockError
from penstock.evm.abi import Event, Log
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.format import exact_money, failing, money
from penstock.model.terms import DealTerms
from penstock.onchain.deployments import DeployedDeal
from penstock.onchain.events import unpack_settled
from penstock.onchain.interfaces import interfaces
from penstock.onchain.reports import report_text, unpack_reported
from penstock.onchain.terms_encode import NO_ADDRESS
from penstock.operate.call import unpaid_line

PRINTED = (
    "Settled",
    "Reported",
    "CutOff",
    "CallAnnounced",
    "Called",
    "Claimed",
    "ClaimedTo",
    "FeeClaimed",
    "ClaimForSet",
    "MovedCum",
    "Frozen",
    "ForcedTransfer",
    "Transfer",
)


class EventText:
    """
    Reads logs of deals and their shares. A deal's terms are read, and compared with the chain, at its first log.

    Attributes
    ----------
    addresses : of every deal and share. counts : how often each deal, by its address, logged each event, less those
    reorganised away.
    """

    def __init__(self, members: Sequence[DeployedDeal]) -> None:
        self._members: dict[Address, DeployedDeal] = {}
        for member in members:
            for address in (member.deal, *member.manifest.shares.values()):
                self._members[address] = member
        artifacts = interfaces()
        self._deal, self._share = artifacts["IDeal"], artifacts["TrancheShareLogic"]
        self.counts: dict[tuple[Address, str], int] = {}
        self._called: dict[Address, int] = {}  # the block of each deal's call

    @property
    def addresses(self) -> list[Address]:
        return list(self._members)

    @property
    def topics(self) -> list[bytes]:
        found = {**self._deal.events, **self._share.events}
        return [topic for topic, entry in found.items() if entry.name in PRINTED]

    def line(self, log: Log, taken_back: bool = False) -> str | None:
        """One line for a log; None for logs that are of no interest to an operator."""
        member = self._members[log.address]
        is_deal = log.address == member.deal
        try:
            event = (self._deal if is_deal else self._share).event(log)
            if event is None or event.name not in PRINTED:
                return None
            if event.name == "Called":
                self._called[member.deal] = -1 if taken_back else log.block
            words = self._words(member, event)
            if event.name == "Settled" and not taken_back:
                words += self._unpaid(member, event["period"], log.block)
        except PenstockError as error:
            return f"block {log.block} {member.name}: a log that cannot be read: {error}"
        key = (member.deal, event.name)
        self.counts[key] = self.counts.get(key, 0) + (-1 if taken_back else 1)
        return f"block {log.block} {member.name}: " + ("taken back: " if taken_back else "") + words

    def _unpaid(self, member: DeployedDeal, period: int, block: int) -> str:
        """What to add to a settlement whose call was announced and was not paid; "" for others."""
        if not member.head.is_callable or self._called.get(member.deal) == block:
            return ""
        try:
            line = unpaid_line(member.chain, member.modelled, period, block)
        except ChainError:  # the log is printed all the same
            return ""
        return f"; {line}" if line else ""

    def _words(self, member: DeployedDeal, event: Event) -> str:
        terms = member.modelled.terms
        words: dict[str, Callable[[], str]] = {
            "Settled": lambda: _settled(terms, event),
            "Reported": lambda: (
                f"reported for period {event['period']}: "
                f"{report_text(terms, unpack_reported(event['figures'], len(terms.fields)))}"
            ),
            "CutOff": lambda: f"period {event['period']} cut off: collections {_money(terms, event['collections'])}",
            "CallAnnounced": lambda: f"the call of period {event['period']} is announced",
            "Called": lambda: f"called in period {event['period']}: {_call_paid(terms, event['paid'])}",
            "Claimed": lambda: (
                f"{event['holder']} claimed {_money(terms, event['amount'])} of {terms.tranches[event['tranche']].id}"
            ),
            "ClaimedTo": lambda: (
                f"{event['holder']} had {event['recipient']} paid {_money(terms, event['amount'])} of "
                f"{terms.tranches[event['tranche']].id}"
            ),
            "FeeClaimed": lambda: (
                f"{event['payee']} claimed {_money(terms, event['amount'])} of fee {terms.fees[event['fee']].id}"
            ),
            "ClaimForSet": lambda: (
                f"{event['holder']} {'lets' if event['accepted'] else 'does not let'} others claim for it"
            ),
            "MovedCum": lambda: _moved_cum(terms, event),
            "Frozen": lambda: f"{_shares(terms, member, event, 'amount')} of {event['account']} are frozen",
            "ForcedTransfer": lambda: (
                f"{_shares(terms, member, event, 'amount')} of {event['from']} were forced to {event['to']}"
            ),
            "Transfer": lambda: _moved(terms, member, event),
        }
        return words[event.name]()


def _settled(terms: DealTerms, event: Event) -> str:
    settled = unpack_settled(event["period"], event["figures"], terms)
    paid = [
        f"{terms.rung_name(rung)} {_money(terms, amount)}"
        for rung, amount in zip(settled.rungs, settled.paid, strict=True)
        if amount
    ]
    what = f"period {settled.period}" if settled.period <= terms.periods else "late revenue"
    failed = [test.id for test, needed in zip(terms.tests, settled.passes_needed, strict=True) if needed]
    tail = f"; {failing(failed)}" if failed else ""
    return (
        f"settled {what}: collections {_money(terms, settled.collections)}; {', '.join(paid) or 'nobody got any'}{tail}"
    )


def _call_paid(terms: DealTerms, paid: int) -> str:
    payee = terms.call.payee if terms.call else "the payee"
    return f"{payee} paid {_money(terms, paid)}"


def _moved(terms: DealTerms, member: DeployedDeal, event: Event) -> str:
    what = _shares(terms, member, event, "value")
    if event["from"] == NO_ADDRESS:
        return f"{what} issued to {event['to']}"
    return f"{event['from']} sent {what} to {event['to']}"


def _moved_cum(terms: DealTerms, event: Event) -> str:
    tranche = terms.tranches[event["tranche"]]
    shares = f"{money(event['amount'], terms.share_decimals)} shares of {tranche.id}"
    cash = _money(terms, event["earned"] // tranche.supply)
    return f"{event['from']} sends {shares} to {event['to']} with {cash} that they had earned"


def _shares(terms: DealTerms, member: DeployedDeal, event: Event, key: str) -> str:
    places = {address: name for name, address in member.manifest.shares.items()}
    return f"{money(event[key], terms.share_decimals)} shares of {places[event.address]}"


def _money(terms: DealTerms, amount: int) -> str:
    return exact_money(amount, terms.decimals)
