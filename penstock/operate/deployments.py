"""Many deals of one chain: their manifests, and where each stands, read together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import PenstockError
from penstock.evm.codec import Address
from penstock.evm.errors import ChainError, NodeFailed
from penstock.evm.retry import RetryingRpc
from penstock.onchain import manifest as manifests
from penstock.onchain.identity import heads
from penstock.onchain.interfaces import interfaces
from penstock.onchain.manifest import AnotherChain, Manifest, ManifestRefused
from penstock.onchain.state import ChainState, state_of
from penstock.onchain.terms_header import TermsHeader

_CHAIN = "a node of the deal's chain, by --network NAME|URL"
_MANIFEST = "the file as deploy wrote it, or penstock manifest rebuild ADDRESS"


class NoDeals(ChainError):
    """No manifest where some should be."""


@dataclass(frozen=True)
class Fault:
    """A deal that could not be read or served. file : of its manifest."""

    file: Path
    reason: str

    def __str__(self) -> str:
        return self.reason if self.reason.startswith(f"{self.file}:") else f"{self.file}: {self.reason}"


def refused(file: Path, refusal: ManifestRefused) -> Fault:
    """Why a manifest is not believed, and what would be: the refusal itself knows no file."""
    reason = str(refusal)
    if "accepted: " in reason or "manifest rebuild" in reason:
        return Fault(file, reason)
    return Fault(file, f"{reason}; accepted: {_CHAIN if isinstance(refusal, AnotherChain) else _MANIFEST}")


@dataclass(frozen=True)
class DeployedDeal:
    """A deal by its manifest, compared with the chain."""

    file: Path
    manifest: Manifest
    head: TermsHeader

    @property
    def name(self) -> str:
        return self.file.stem

    @property
    def deal(self) -> Address:
        return self.manifest.deal


@dataclass(frozen=True)
class Snapshot:
    """
    A deal at one block, in base units.

    now : the block's time. waiting : collections not settled yet; below zero the deal holds less than its ledger.
    overdue : how many periods have come to their payment date.
    """

    block: int
    now: int
    state: ChainState
    waiting: int
    overdue: int
    next_payment_at: int

    @property
    def arrears(self) -> int:
        """Of interest, principal and fees."""
        return sum(self.state.interest_arrears) + sum(self.state.principal_arrears) + sum(self.state.fee_arrears)

    @property
    def claimable(self) -> int:
        """Of all holders and payees."""
        return sum(self.state.credited) - sum(self.state.claimed) + sum(self.state.fee_claimable)


def files_of(chain_id: int | None = None, root: Path = Path("deployments")) -> list[Path]:
    """
    Every manifest under deployments/<chain id>/, of one chain or of all.

    Raises
    ------
    NoDeals : when there is none.
    """
    found = sorted(root.glob(f"{'*' if chain_id is None else chain_id}/*.json"))
    if not found:
        where = root if chain_id is None else root / str(chain_id)
        raise NoDeals(f"{where}: no manifest; accepted: manifests that penstock deploy wrote, by name or in there")
    return found


def read_files(files: Iterable[Path]) -> tuple[list[tuple[Path, Manifest]], list[Fault]]:
    """The manifests that can be read, and why others cannot. Of two of one deal, the one with a deal file counts."""
    good: dict[tuple[int, Address], tuple[Path, Manifest]] = {}
    faults = []
    for file in files:
        try:
            found = manifests.read(file)
        except ManifestRefused as refusal:
            faults.append(refused(file, refusal))
            continue
        except (PenstockError, OSError) as error:
            faults.append(Fault(file, str(error)))
            continue
        key = (found.chain_id, found.deal)
        if key not in good or (found.deal_text and not good[key][1].deal_text):
            good[key] = (file, found)
    return list(good.values()), faults


def gather(chain: RetryingRpc, found: Sequence[tuple[Path, Manifest]]) -> tuple[list[DeployedDeal], list[Fault]]:
    """The deals whose manifests the chain confirms, and why not the others."""
    members, faults = [], []
    for (file, manifest), head in zip(found, heads([each for _, each in found], chain), strict=True):
        if isinstance(head, TermsHeader):
            members.append(DeployedDeal(file, manifest, head))
        else:
            faults.append(refused(file, head))
    for interface in interfaces().values():
        chain.registry.add(interface)
    return members, faults


def snapshots(chain: RetryingRpc, members: Sequence[DeployedDeal]) -> list[Snapshot | Fault]:
    """Where each deal stands, all at one block, in batches."""
    artifacts = interfaces()
    state, balance_of = (
        artifacts["IDeal"].function("state"),
        artifacts["MockUSD"].function("balanceOf"),
    )
    with chain.reading_at() as read:
        block = chain.existing("eth_getBlockByNumber", hex(read), False)
    number, now = str(block["number"]), int(block["timestamp"], 16)
    questions = []
    for each in members:
        questions.append(_call(each.deal, state.encode([]), number))
        questions.append(_call(each.head.asset, balance_of.encode([each.deal]), number))
    answers = answers_to(chain, questions)
    found: list[Snapshot | Fault] = []
    for each, said, held in zip(members, answers[::2], answers[1::2], strict=True):
        try:
            for answer in (said, held):
                if isinstance(answer, ChainError):
                    raise answer
            ledger = state_of(state.decode(bytes.fromhex(said[2:])), each.head.tests)
            balance = int(balance_of.decode(bytes.fromhex(held[2:])))
        except ChainError as error:
            found.append(Fault(each.file, str(error)))
            continue
        found.append(
            Snapshot(
                block=int(number, 16),
                now=now,
                state=ledger,
                waiting=balance - ledger.accounted,
                overdue=each.head.overdue(ledger.period, now),
                next_payment_at=0 if ledger.period == each.head.periods else each.head.payment_at(ledger.period + 1),
            )
        )
    return found


def answers_to(chain: RetryingRpc, questions: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
    """
    Answers in the order of the questions, a refusal as the error itself: one deal's trouble is not the others'.

    Raises
    ------
    NodeFailed : when the node is gone.
    """
    try:
        return chain.ask_all(questions)
    except NodeFailed:
        raise
    except ChainError as error:
        if len(questions) == 1:
            return [error]
    middle = len(questions) // 2
    return [*answers_to(chain, questions[:middle]), *answers_to(chain, questions[middle:])]


def _call(to: Address, data: bytes, block: str) -> tuple[str, list[Any]]:
    return "eth_call", [{"to": to, "data": "0x" + data.hex()}, block]
