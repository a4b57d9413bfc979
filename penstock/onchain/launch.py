"""Launches a deal: deploys the contracts all deals share, then creates the deal and its shares in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from penstock.evm.artifacts import Artifact, load_artifacts
from penstock.evm.chain import Chain, Contract
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError
from penstock.model.shares import Allotment
from penstock.model.terms import DealTerms
from penstock.onchain.terms_encode import MAX_TERMS, NO_ADDRESS, encode_terms, most_periods

# With the margin of a gas limit, a launch then takes less than half of what a transaction may (EIP-7825).
MOST_ALLOTMENTS = 150


class LaunchRefused(ChainError):
    """A launch that is not possible; nothing was sent, or the whole transaction was reverted."""


@dataclass(frozen=True)
class System:
    """The contracts all deals of a chain share; deployed once."""

    chain: Chain
    factory: Contract
    artifacts: Mapping[str, Artifact] = field(repr=False)


@dataclass(frozen=True)
class Deployment:
    """
    One launched deal.

    payees : the address behind each payee label. launch_gas, launch_block, launch_transaction : of the launch.
    """

    chain: Chain
    terms: DealTerms
    deal: Contract
    shares: tuple[Contract, ...]
    asset: Contract
    payees: Mapping[str, Address]
    policy: Address
    reports: Address
    launch_gas: int
    launch_block: int
    launch_transaction: str | None = None

    def share(self, tranche: int) -> Contract:
        return self.shares[tranche]


def deploy_system(
    chain: Chain, sender: Address | None = None, artifacts: Mapping[str, Artifact] | None = None
) -> System:
    """
    Deploys the share logic, the trial and the factory, which makes the extension and the implementation of deals.

    artifacts : ours unless others are given.
    """
    artifacts = artifacts or load_artifacts()
    for artifact in artifacts.values():
        chain.registry.add(artifact.abi)
    logic = chain.deploy(artifacts["TrancheShareLogic"], sender=sender)
    trial = chain.deploy(artifacts["DealTrial"], sender=sender)
    factory = chain.deploy(artifacts["DealFactory"], logic.address, trial.address, sender=sender)
    return System(chain, factory, artifacts)


def require_room(terms: DealTerms) -> None:
    """
    Raises
    ------
    LaunchRefused : when terms are too long for the chain.
    """
    most = most_periods(terms)
    if terms.periods > most:
        raise LaunchRefused(
            f"the terms of {terms.periods} periods are longer than a deal's code can be, {MAX_TERMS:,} bytes; "
            f"accepted: at most {most} periods like these, fewer schedules or fewer coupon steps"
        )


def pack_terms(
    terms: DealTerms,
    asset: Address,
    payees: Mapping[str, Address],
    policy: Address = NO_ADDRESS,
    reports: Address = NO_ADDRESS,
) -> bytes:
    """
    The terms of a launch as the deal holds them.

    Raises
    ------
    LaunchRefused : a payee without an address, a report source that is missing, or terms too long for the chain.
    """
    missing = sorted({fee.payee for fee in terms.fees} - set(payees))
    if missing:
        raise LaunchRefused(f"no address for the payee {missing[0]!r}")
    if terms.reads_reports and reports == NO_ADDRESS:
        raise LaunchRefused(
            "the deal reads what is reported of each period: it needs a report source, "
            "--reports new or --reports ADDRESS"
        )
    require_room(terms)
    return encode_terms(terms, asset, payees, policy, reports)


def at_closing(allotments: Sequence[Allotment], sponsor: Address) -> tuple[list[Allotment], list[Allotment]]:
    """
    What the launch allots, and what the sponsor transfers afterwards.

    A launch carries every allotment in each share's creation code, which EIP-3860 limits: from MOST_ALLOTMENTS on, the
    sponsor receives the rest at closing and transfers it: `penstock deploy` by a HolderBatch, many holders at once.
    """
    closing, later = list(allotments[:MOST_ALLOTMENTS]), list(allotments[MOST_ALLOTMENTS:])
    rest: dict[int, int] = {}
    for allotment in later:
        rest[allotment.tranche] = rest.get(allotment.tranche, 0) + allotment.shares
    closing += [Allotment(tranche, sponsor, shares) for tranche, shares in rest.items()]
    return closing, [each for each in later if each.holder != sponsor]


def default_allotments(terms: DealTerms, sponsor: Address) -> tuple[Allotment, ...]:
    """Everything to the sponsor."""
    return tuple(Allotment(index, sponsor, tranche.supply) for index, tranche in enumerate(terms.tranches))


def allow(asset: Contract, owner: Address, spender: Address, amount: int) -> None:
    """Raises an allowance that is too small; sets it to zero first, because USDT allows no other change."""
    present = asset.call("allowance", owner, spender)
    if present >= amount:
        return
    if present:
        asset.send("approve", spender, 0, sender=owner)
    asset.send("approve", spender, amount, sender=owner)


def launch(
    system: System,
    terms: DealTerms,
    asset: Contract,
    payees: Mapping[str, Address],
    sponsor: Address | None = None,
    allotments: Sequence[Allotment] | None = None,
    policy: Address = NO_ADDRESS,
    reports: Address = NO_ADDRESS,
    salt: int = 0,
) -> Deployment:
    """
    Launches one deal through the factory and returns it, verified against the terms.

    The sponsor pays the opening reserves; its allowance to the factory is raised when it is too small.

    Raises
    ------
    LaunchRefused : a payee without an address, terms too long for the chain, or a launch with another result.
    ChainRevert : when a contract refuses; nothing was created.
    """
    chain = system.chain
    sponsor = sponsor or chain.accounts[0]
    packed = pack_terms(terms, asset.address, payees, policy, reports)
    closing, later = at_closing(allotments or default_allotments(terms, sponsor), sponsor)
    given = [(a.tranche, a.holder, a.shares) for a in closing]
    salt_word = salt.to_bytes(32, "big")
    address = system.factory.call("dealAddress", sponsor, packed, salt_word)
    allow(asset, sponsor, system.factory.address, terms.opening)
    receipt = system.factory.send("launch", packed, given, salt_word, sender=sponsor)
    deal = chain.at(address, system.artifacts["IDeal"].abi)
    if deal.call("terms") != packed:
        raise LaunchRefused(f"the deal at {address} does not hold the terms that were sent")
    share_abi = system.artifacts["TrancheShareLogic"].abi
    shares = tuple(chain.at(deal.call("shareOf", index), share_abi) for index in range(len(terms.tranches)))
    for allotment in later:
        shares[allotment.tranche].send("transfer", allotment.holder, allotment.shares, sender=sponsor)
    return Deployment(
        chain,
        terms,
        deal,
        shares,
        asset,
        dict(payees),
        policy,
        reports,
        receipt.gas_used,
        receipt.block,
        receipt.hash,
    )
