"""The script of the demonstration: who holds what, who trades, who claims, and in which order."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from penstock.dealfile.flows import PeriodFlows
from penstock.demo.twins import Twins
from penstock.errors import PenstockError
from penstock.evm import nodes
from penstock.evm.chain import Receipt
from penstock.evm.codec import Address
from penstock.evm.rpc import Rpc
from penstock.format import counted, failing
from penstock.model.calendar import timestamp
from penstock.model.deal import Run, Settlement
from penstock.model.errors import CallNotAllowed, CallTooLate
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.launch import Deployment, deploy_system, launch
from penstock.onchain.terms_encode import NO_ADDRESS

SEED = 723170  # the number of the weather station
SPONSOR, PAYER, KEEPER = 0, 1, 2
HOLDERS = ("sponsor", "pension fund", "insurer", "family office", "trading desk")
FIRST_HOLDER, FIRST_PAYEE, ACCOUNTS = 3, 7, 10
# Shares of each tranche at closing, most senior first, in percent; the last row is for every tranche below.
ALLOTTED = ((5, 50, 35, 10, 0), (20, 0, 30, 40, 10), (70, 0, 0, 20, 10))
MOST_TRADES, CLAIM_CHANCE, PAYEE_CHANCE, TRANSFERS = 2, 0.3, 0.5, 3


class CannotPlay(PenstockError):
    """A deal or flows the demonstration cannot run."""


@dataclass(frozen=True)
class Finished:
    """The completed demonstration. run : by the model. gas : of each transaction, by kind. conserved : by the chain."""

    run: Run
    gas: dict[str, list[int]]
    conserved: str
    transactions: int
    client: str
    periods_compared: int
    deal: Address
    trades: int


class _Counting(Rpc):
    """Counts its transactions."""

    transactions = 0

    def transact(self, to: Address | None, data: bytes, sender: Address, value: int = 0) -> Receipt:
        self.transactions += 1
        return super().transact(to, data, sender, value)


def play(terms: DealTerms, flows: PeriodFlows, progress: Callable[[str, int], None]) -> Finished:
    """
    Runs a deal on an Anvil of its own, comparing chain and model after every period.

    Parameters
    ----------
    progress : called with the current action and the number of settled periods.

    Raises
    ------
    CannotPlay : more payees than accounts, or a call too late. Disagreement : at the first number that differs.
    FlowsError : for a call that is not allowed.
    """
    progress("starting Anvil", 0)
    with nodes.anvil(timestamp=timestamp(terms.closing)) as node:
        chain = _Counting(node.ipc or node.url)
        progress("launching the deal", 0)
        twins = _launched(chain, terms)
        twins.compare("at closing")
        chance = random.Random(SEED)
        for index in range(flows.called or terms.periods):
            settled = _settle(twins, flows, index)
            _trade(twins, chance)
            _claim_some(twins, chance)
            twins.compare(f"period {settled.period}")
            progress(_said(terms, settled), settled.period)
        late = flows.late + (sum(flows.collections[flows.called :]) if flows.called else 0)
        if late:
            progress("late revenue", terms.periods)
            twins.settle(late, by_transfers=0)
            twins.compare("late revenue")
        progress("everybody claims", terms.periods)
        _claim_all(twins)
        twins.compare("at the end")
        return Finished(
            run=Run(terms, twins.books.state, twins.settlements),
            gas={"launch": [twins.deployment.launch_gas], **twins.gas},
            conserved=twins.conserved_line(),
            transactions=chain.transactions,
            client=chain.client,
            periods_compared=flows.called or len(flows.collections),
            deal=twins.deal.address,
            trades=len(twins.gas.get("share transfer", ())),
        )


def _settle(twins: Twins, flows: PeriodFlows, index: int) -> Settlement:
    called, transfers = index + 1 == flows.called, 0 if index % 2 else TRANSFERS
    try:
        return twins.settle(flows.collections[index], transfers, flows.reports[index], called)
    except CallNotAllowed as refusal:
        assert flows.call
        raise flows.call.refused(refusal, twins.terms) from None
    except CallTooLate as refusal:
        raise CannotPlay(f"{refusal}: with its grace the period before is settled too late for it") from None


def allotments(terms: DealTerms, holders: Sequence[Address]) -> list[Allotment]:
    """Shares at closing: hundredths of each supply, the rest to the sponsor, who comes first."""
    given = []
    for index, tranche in enumerate(terms.tranches):
        hundredths = ALLOTTED[-1] if tranche.residual else ALLOTTED[min(index, 1)]
        amounts = [tranche.supply * part // 100 for part in hundredths]
        amounts[0] += tranche.supply - sum(amounts)
        given += [Allotment(index, holder, amount) for holder, amount in zip(holders, amounts, strict=True) if amount]
    return given


def _launched(chain: Rpc, terms: DealTerms) -> Twins:
    accounts = chain.accounts
    sponsor = accounts[SPONSOR]
    holders = [sponsor, *accounts[FIRST_HOLDER : FIRST_HOLDER + len(HOLDERS) - 1]]
    labels = terms.payees
    if len(labels) > ACCOUNTS - FIRST_PAYEE:
        raise CannotPlay(
            f"{terms.name} has {counted(len(labels), 'payee')}; the demonstration has {ACCOUNTS - FIRST_PAYEE} accounts"
        )
    payees = dict(zip(labels, accounts[FIRST_PAYEE:], strict=False))
    system = deploy_system(chain)
    asset = chain.deploy(system.artifacts["MockUSD"], terms.decimals)
    if terms.opening:
        asset.send("mint", sponsor, terms.opening)
    given = allotments(terms, holders)
    registry = chain.deploy(system.artifacts["HolderRegistry"], sponsor)
    registry.send("allow", holders, sender=sponsor)
    reports = chain.deploy(system.artifacts["SingleReporter"], accounts[KEEPER]) if terms.reads_reports else None
    deployment: Deployment = launch(
        system, terms, asset, payees, sponsor, given, registry.address, reports.address if reports else NO_ADDRESS
    )
    names = dict(zip(HOLDERS, holders, strict=True))
    return Twins(deployment, names, given, accounts[PAYER], accounts[KEEPER], reports)


def _trade(twins: Twins, chance: random.Random) -> None:
    for _ in range(chance.randint(0, MOST_TRADES)):
        tranche = chance.randrange(len(twins.terms.tranches))
        sellers = [holder for holder in twins.holders if twins.books.shares(tranche, holder)]
        seller = chance.choice(sellers)
        buyer = chance.choice([holder for holder in twins.holders if holder != seller])
        held = twins.books.shares(tranche, seller)
        twins.trade(tranche, seller, buyer, chance.choice((held, chance.randint(1, held), chance.randint(1, held))))


def _claim_some(twins: Twins, chance: random.Random) -> None:
    for tranche in range(len(twins.terms.tranches)):
        for holder in twins.holders:
            if chance.random() < CLAIM_CHANCE:
                twins.claim(tranche, holder)
    for fee in range(len(twins.terms.fees)):
        if chance.random() < PAYEE_CHANCE:
            twins.claim_fee(fee)


def _claim_all(twins: Twins) -> None:
    for tranche in range(len(twins.terms.tranches)):
        for holder in twins.holders:
            twins.claim(tranche, holder)
    for fee in range(len(twins.terms.fees)):
        twins.claim_fee(fee)


def _said(terms: DealTerms, settled: Settlement) -> str:
    assert settled.accrual_date is not None
    last_day = settled.accrual_date - timedelta(days=1)
    words = [f"to {last_day:%b %Y}"]
    if settled.called:
        words.append("called")
    if sum(settled.flows.drawn):
        words.append("reserve drawn")
    if sum(settled.flows.trap_drawn):
        words.append("trap drawn")
    failed = [test.id for test, made in zip(terms.tests, settled.tests, strict=True) if not made.cured]
    if settled.enforced or failed:
        words.append("enforcement" if settled.enforced else failing(failed))
    return ", ".join(words)
