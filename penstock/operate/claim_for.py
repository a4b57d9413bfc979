"""Claims for others: one account has many holders paid, in as few transactions as the chain takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from penstock.evm.abi import Log
from penstock.evm.artifacts import load_artifacts
from penstock.evm.broadcast import Call, Pace, estimated
from penstock.evm.chain import read_events
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, ChainRevert
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import Signer
from penstock.evm.tx_queue import Sender, Task
from penstock.format import counted
from penstock.onchain.addresses import SHARED_SALT, create2
from penstock.onchain.interfaces import interfaces
from penstock.onchain.launch import Deployment
from penstock.onchain.manifest import Manifest
from penstock.operate.deployments import answers_to

TRANSACTION_CAP = 16_777_216
"""The most gas a transaction may take on mainnet (EIP-7825)."""

SAMPLE = 12
"""So many holders show what one more costs."""

REFUSES = "does not accept claims by others"


class NoBatch(ChainError):
    """A chain on which no HolderBatch was deployed."""


@dataclass(frozen=True)
class Paid:
    """What a holder was paid of a tranche, in base units, as in the deal's log."""

    holder: Address
    tranche: int
    amount: int


@dataclass(frozen=True)
class Skipped:
    """A holder that was not paid although something was claimable, and why."""

    holder: Address
    tranche: int
    amount: int
    reason: str


@dataclass(frozen=True)
class ClaimsMade:
    """
    What our transactions did, by their receipts.

    skipped : who could not be paid. idle : who has shares and nothing to claim. strangers : who has no shares.
    transactions, gas : ours that are in blocks. errors : of batches that were not sent, or whose outcome is not known.
    """

    paid: list[Paid]
    skipped: list[Skipped]
    idle: list[Address]
    strangers: list[Address]
    transactions: int
    gas: int
    errors: list[ChainError]


@dataclass
class _Part(Task):
    """
    Holders of a tranche to be paid.

    waiting : those that no transaction has named yet. named : those that the last one names. done : transactions seen.
    """

    tranche: int = 0
    waiting: list[Address] = field(default_factory=list)
    named: list[Address] = field(default_factory=list)
    done: int = 0


def batch_of(chain: RetryingRpc, manifest: Manifest) -> Address:
    """
    The chain's HolderBatch: the manifest's, or else where its code says it is.

    Raises
    ------
    NoBatch : when the chain has none.
    """
    if "batch" in manifest.contracts:
        return manifest.contracts["batch"].address
    place = create2(SHARED_SALT, load_artifacts()["HolderBatch"].bytecode)
    if not chain.code(place):
        raise NoBatch(
            f"chain {chain.chain_id} has no HolderBatch at {place}; accepted: --holder ADDRESS, or a launch on this "
            "chain with this version, which deploys it"
        )
    return place


def gas_limit(chain: RetryingRpc) -> int:
    """Half of what a transaction may take on this chain."""
    return min(TRANSACTION_CAP, int(chain.head()["gasLimit"], 16)) // 2


def claim_for_all(
    deployment: Deployment,
    chain: RetryingRpc,
    batch: Address,
    holders: Sequence[Address],
    signer: Callable[[], Signer],
    pace: Pace,
    tranches: Sequence[int] | None = None,
) -> ClaimsMade:
    """
    Has every holder paid what it can claim, from the given tranches or from all.

    Parameters
    ----------
    signer : pays the gas; called when there is something to send.

    Raises
    ------
    NodeFailed : when the node is gone before anything was sent.
    """
    return _Claims(deployment, chain, batch, tranches).make(list(dict.fromkeys(holders)), signer, pace)


class _Claims:
    def __init__(
        self, deployment: Deployment, chain: RetryingRpc, batch: Address, tranches: Sequence[int] | None
    ) -> None:
        self.deployment, self.chain, self.batch = deployment, chain, batch
        self.tranches = list(range(len(deployment.shares)) if tranches is None else tranches)
        self.deal = deployment.deal
        self.abi = interfaces()["HolderBatch"]
        for abi in (self.abi, self.deal.abi):
            chain.registry.add(abi)

    def make(self, holders: list[Address], signer: Callable[[], Signer], pace: Pace) -> ClaimsMade:
        chain = self.chain
        with chain.reading_at(int(chain.head(looks=3)["number"], 16)):
            due = {tranche: self._claimable(tranche, holders) for tranche in self.tranches}
            with_cash = {each: None for each in holders if any(amounts[each] for amounts in due.values())}
            accepts = self._accepting(list(with_cash))
            shares = self._shares([each for each in holders if each not in with_cash])
        strangers = [each for each, held in shares.items() if not held]
        idle = [each for each, held in shares.items() if held]
        skipped = [
            Skipped(each, tranche, amount, REFUSES)
            for tranche, amounts in due.items()
            for each, amount in amounts.items()
            if amount and not accepts[each]
        ]
        wanted = {tranche: [each for each in due[tranche] if due[tranche][each] and accepts[each]] for tranche in due}
        if not any(wanted.values()):
            return ClaimsMade([], skipped, idle, strangers, 0, 0, [])
        sender = signer()
        parts = [part for tranche, some in wanted.items() for part in self._parts(tranche, some, sender.address)]
        Sender[_Part](chain, sender, pace).run(parts, lambda some: [self._next(each, sender.address) for each in some])
        paid: list[Paid] = []
        for part in parts:
            for made in part.made:
                paid += self._paid(made.logs)
                skipped += self._refused(made.logs, due)
        errors = [part.error for part in parts if part.error]
        everything = [made for part in parts for made in part.made]
        gas = sum(made.gas for made in everything)
        return ClaimsMade(paid, skipped, idle, strangers, len(everything), gas, errors)

    # What the chain says

    def _claimable(self, tranche: int, holders: Sequence[Address]) -> dict[Address, int]:
        """Of each holder; in base units."""
        return dict(zip(holders, self._ask("claimable", [(tranche, each) for each in holders]), strict=True))

    def _accepting(self, holders: Sequence[Address]) -> dict[Address, int]:
        """1 for each holder that accepts claims by others, otherwise 0."""
        return dict(zip(holders, self._ask("acceptsClaimFor", [(each,) for each in holders]), strict=True))

    def _shares(self, holders: Sequence[Address]) -> dict[Address, int]:
        """Shares of any tranche of the deal, all together: whether it is a holder."""
        share = self.deployment.shares[0].abi.function("balanceOf")
        questions = [
            ("eth_call", [{"to": each.address, "data": "0x" + share.encode([holder]).hex()}, "latest"])
            for holder in holders
            for each in self.deployment.shares
        ]
        answers, width = self._numbers(questions), len(self.deployment.shares)
        return {holder: sum(answers[at * width : (at + 1) * width]) for at, holder in enumerate(holders)}

    def _ask(self, function: str, arguments: Sequence[tuple[object, ...]]) -> list[int]:
        entry = self.deal.abi.function(function)
        return self._numbers(
            [
                ("eth_call", [{"to": self.deal.address, "data": "0x" + entry.encode(each).hex()}, "latest"])
                for each in arguments
            ]
        )

    def _numbers(self, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[int]:
        answers = answers_to(self.chain, questions) if questions else []
        for answer in answers:
            if isinstance(answer, ChainError):
                raise answer
        return [int(each, 16) for each in answers]

    # Parts that fit a transaction

    def _parts(self, tranche: int, holders: list[Address], sender: Address) -> list[_Part]:
        if not holders:
            return []
        size = self._size(tranche, holders, sender)
        return [_Part(tranche=tranche, waiting=holders[at : at + size]) for at in range(0, len(holders), size)]

    def _size(self, tranche: int, holders: list[Address], sender: Address) -> int:
        """How many holders a transaction is asked for: by what one more of the first few costs, less a twentieth."""
        if len(holders) <= SAMPLE:
            return len(holders)
        few, more = (self._estimate(tranche, holders[:count], sender).gas for count in (2, SAMPLE))
        each = max(1, (more - few) // (SAMPLE - 2))
        return max(1, (gas_limit(self.chain) - few) // each * 19 // 20)

    def _estimate(self, tranche: int, holders: list[Address], sender: Address) -> Call:
        data = self.abi.function("claimFor").encode([self.deal.address, tranche, holders])
        name = self.deployment.terms.tranches[tranche].id
        what = f"pay {counted(len(holders), 'holder')} of {name}"
        return estimated(self.chain, Call(what, self.batch, data), sender)

    def _next(self, part: _Part, sender: Address) -> Call | ChainError | None:
        """The next transaction of a part, by what is claimable at the block of the nonce; None when it is done."""
        if len(part.made) > part.done:
            part.done = len(part.made)
            part.waiting = part.waiting[len(part.named) :]
        try:
            # Another run may have paid some of them, or they claimed themselves
            amounts = self._claimable(part.tranche, part.waiting)
            part.waiting = [each for each in part.waiting if amounts[each]]
            part.named = list(part.waiting)
            limit = gas_limit(self.chain)
            while part.named:
                call = self._estimate(part.tranche, part.named, sender)
                if call.gas <= limit or len(part.named) == 1:
                    return call if self._pays_any(part) else self._reason(part)
                fewer = len(part.named) * limit // call.gas * 9 // 10
                part.named = part.named[: max(1, fewer)]
            return None
        except ChainError as error:
            return error

    def _pays_any(self, part: _Part) -> bool:
        """Whether it would pay anybody: nobody pays gas to learn that the asset is paused."""
        return bool(self.chain.call(self.batch, self.abi, "claimFor", self.deal.address, part.tranche, part.named))

    def _reason(self, part: _Part) -> ChainError:
        """Why the first holder of a part cannot be paid."""
        name = self.deployment.terms.tranches[part.tranche].id
        whom = f"{counted(len(part.named), 'holder')} of {name}"
        try:
            self.chain.call(self.deal.address, self.deal.abi, "claimFor", part.tranche, part.named[0])
        except ChainRevert as revert:
            return ChainError(f"nothing was sent for {whom}, none of whom can be paid: {part.named[0]}: {revert}")
        return ChainError(f"nothing was sent for {whom}, none of whom can be paid")

    # What receipts say

    def _paid(self, logs: tuple[Log, ...]) -> list[Paid]:
        events = read_events(logs, self.deal.abi)
        return [
            Paid(each["holder"], each["tranche"], each["amount"])
            for each in events
            if each.name == "Claimed" and each.address == self.deal.address
        ]

    def _refused(self, logs: tuple[Log, ...], due: dict[int, dict[Address, int]]) -> list[Skipped]:
        found = []
        for each in read_events(logs, self.abi):
            if each.name != "ClaimSkipped" or each.address != self.batch or each["deal"] != self.deal.address:
                continue
            refusal = self.chain.registry.revert(each["reason"])
            if refusal.name == "Deal_NothingToClaim":
                continue  # it has claimed itself since, or another run paid it
            amount = due[each["tranche"]].get(each["holder"], 0)
            reason = REFUSES if refusal.name == "Deal_ClaimForRefused" else str(refusal)
            found.append(Skipped(each["holder"], each["tranche"], amount, reason))
        return found
