"""The state machine: Hypothesis chooses the steps, chain and model execute them, and every number is compared."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from math import inf
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from penstock.errors import PenstockError
from penstock.evm.codec import number_of
from penstock.fuzz.amounts import BLOCK
from penstock.fuzz.compare import Expectation, asked_of
from penstock.fuzz.coverage import Coverage
from penstock.fuzz.driver import OnChain, TestBed
from penstock.fuzz.invariants import Broken
from penstock.fuzz.limits import ALLOTMENTS
from penstock.fuzz.oracle import Oracle
from penstock.fuzz.steps import HOLDERS, Outcome, Step, allotments_of, tell
from penstock.fuzz.strategies import KINDS
from penstock.model.terms import DealTerms

PARTS = 4
"""A choice costs Hypothesis as much time as several steps cost us, so each is for so many steps of a kind."""

blocks = st.binary(min_size=PARTS * BLOCK, max_size=PARTS * BLOCK)

OF_A_TRANCHE = (
    "claim",
    "claim_for",
    "claim_to",
    "claim_signed",
    "transfer",
    "transfer_cum",
    "approve",
    "transfer_from",
    "permit",
)
"""Steps that change what the shares of a tranche answer; besides those that settle, and so change all."""


class Mismatch(PenstockError):
    """A step after which chain and model disagree, or an invariant is broken. The text has the whole run."""

    is_list = True

    def __init__(self, reason: str, run: FuzzRun) -> None:
        lines = [f"{place:>3}. {line}" for place, line in enumerate(run.lines, start=1)]
        super().__init__("\n".join([f"{run.terms.name}: {reason}", *lines]))
        self.reason, self.run = reason, run


class FuzzRun:
    """One deal executed on chain and model, step by step. Its effects on the chain are undone at the end."""

    def __init__(self, test_bed: TestBed, terms: DealTerms, seed: int, coverage: Coverage | None = None) -> None:
        self.terms, self.seed = terms, seed
        self.steps: list[Step] = []
        self.outcomes: list[Outcome] = []
        self._coverage = coverage
        self._every = tuple(range(len(terms.tranches)))
        self._agreed = True
        asset = test_bed.asset(terms.decimals)
        allotments = allotments_of(terms, seed)
        with ExitStack() as undone:
            undone.enter_context(test_bed.chain.undone())
            self.chain = OnChain(test_bed, terms, asset, allotments)
            self.expected = Oracle(terms, allotments, test_bed.chain.now())
            accounts = [number_of(self.chain.addresses[name]) for name in HOLDERS]
            self._expectation = Expectation(self.expected, accounts)
            self._compare(self._every, self._every)
            self._launched = self._code()
            self._undone = undone.pop_all()

    def take(self, step: Step) -> Outcome:
        """Executes one step on both sides. Raises Mismatch."""
        self.steps.append(step)
        self._agreed = False
        try:
            should = self.expected.act(step)
        except Broken as broken:
            raise Mismatch(str(broken), self) from None
        except Exception as error:
            # Hypothesis would look for a shorter run until there are enough, and the failure be lost with the rest
            raise Mismatch(f"the model fails: {type(error).__name__}: {error}", self) from error
        did = self.chain.act(step)
        self.outcomes.append(did)
        if did != should:
            raise Mismatch(f"chain: {did}; model: {should}", self)
        self._compare(*self._touched(step))
        if difference := self.chain.log_difference(self.expected.emitted):
            raise Mismatch(difference, self)
        if step.what == "forbidden" and self._code() != self._launched:
            raise Mismatch("INV 10 is broken: the deal's code, which holds its terms, has changed", self)
        if self._coverage:
            self._coverage.count(step, did, self.expected)
        self._agreed = True
        return did

    def end(self) -> None:
        """Compares every number once more, unless the last step was interrupted. Raises Mismatch."""
        if self._agreed:
            self._compare(self._every, self._every)

    @property
    def lines(self) -> list[str]:
        """The run in words; a step that was interrupted has no outcome."""
        outcomes = [f" – {outcome}" for outcome in self.outcomes] + [""]
        return [f"{tell(self.terms, step)}{outcome}" for step, outcome in zip(self.steps, outcomes, strict=False)]

    def close(self) -> None:
        self._undone.close()

    def _touched(self, step: Step) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """
        The tranches whose claims, and whose shares, the contracts are asked for after this step: those it credited or
        named. What they are made of, in storage and in the deal's state, is compared after every step.
        """
        if step.what == "forbidden":
            return self._every, self._every
        named = {each.tranche for each in (step, step.inside) if each and each.what in OF_A_TRANCHE}
        changed = set(named)
        for settled in self.expected.settled:
            pairs = zip(settled.before.credited, settled.after.credited, strict=True)
            changed.update([index for index, (before, after) in enumerate(pairs) if before != after])
        holders, shares = ([index for index in self._every if index in some] for some in (changed, named))
        return tuple(holders), tuple(shares)

    def _code(self) -> bytes:
        return self.chain.chain.code(self.chain.deal.address)

    def _compare(self, holders: tuple[int, ...], shares: tuple[int, ...]) -> None:
        asked = asked_of(self.expected, holders, shares)
        should, answer = self._expectation, self.chain.answer(asked)
        if answer.stored != should.stored() or answer.returned != should.returned(asked):
            differences = should.differences(asked, answer)
            more = f" and {len(differences) - 1} more" if len(differences) > 1 else ""
            raise Mismatch(f"{differences[0]}{more}", self)


class Enough(BaseException):
    """All runs asked for were executed. Not an Exception, so that Hypothesis lets it through."""


class Campaign:
    """
    Runs on one chain, until there are `most` in all, or until the clock is at `end` and there are `least`.

    Hypothesis begins with runs in which almost nothing happens: they are not counted, and neither are those that shrink
    a failing one.

    Attributes
    ----------
    mismatch : the shortest failing run so far. over : whether there were enough.
    """

    def __init__(
        self,
        test_bed: TestBed,
        coverage: Coverage,
        most: int,
        progress: Callable[[Coverage], None],
        least: int = 0,
        end: float = inf,
    ) -> None:
        self.test_bed, self.coverage, self.most, self._progress = test_bed, coverage, most, progress
        self._least, self._end = least, end
        self.over = False
        self.mismatch: Mismatch | None = None

    def begin(self, terms: DealTerms, seed: int) -> FuzzRun:
        if not self.mismatch and self._is_enough():
            self.over = True
            raise Enough
        return FuzzRun(self.test_bed, terms, seed, None if self.mismatch else self.coverage)

    def _is_enough(self) -> bool:
        runs = self.coverage.runs
        return runs >= self.most or (runs >= self._least and time.monotonic() >= self._end)

    def take(self, run: FuzzRun, step: Step) -> None:
        try:
            run.take(step)
        except Mismatch as mismatch:
            self._keep(mismatch)
            raise

    def end(self, run: FuzzRun) -> None:
        try:
            run.end()
        except Mismatch as mismatch:
            self._keep(mismatch)
            raise
        finally:
            run.close()
        if run.steps and not self.mismatch:
            self.coverage.runs += 1
            self._progress(self.coverage)

    def failed(self, run: FuzzRun, error: Exception) -> Mismatch:
        """The mismatch of a run whose next step could not be chosen."""
        mismatch = Mismatch(f"no step can be chosen: {type(error).__name__}: {error}", run)
        self._keep(mismatch)
        return mismatch

    def _keep(self, mismatch: Mismatch) -> None:
        if self.mismatch is None:
            self.coverage.runs += 1
        if self.mismatch is None or len(mismatch.run.steps) <= len(self.mismatch.run.steps):
            self.mismatch = mismatch


def machine_of(campaign: Campaign, deals: st.SearchStrategy[DealTerms]) -> type[RuleBasedStateMachine]:
    """The machine over these deals: one rule for each kind of thing that happens."""

    class Machine(RuleBasedStateMachine):
        fuzz_run: FuzzRun

        @initialize(terms=deals, seed=st.integers(0, ALLOTMENTS - 1))
        def launch(self, terms: DealTerms, seed: int) -> None:
            self.fuzz_run = campaign.begin(terms, seed)

        def teardown(self) -> None:
            if hasattr(self, "fuzz_run"):
                campaign.end(self.fuzz_run)

    for name, choose in KINDS.items():
        setattr(Machine, name, rule(block=blocks)(_rule(name, choose, campaign)))
    return Machine


def _rule(
    name: str, choose: Callable[[Oracle, bytes], Iterable[Step]], campaign: Campaign
) -> Callable[[Any, bytes], None]:
    def act(self: Any, block: bytes) -> None:
        parts = [block[at : at + BLOCK] for at in range(0, len(block), BLOCK)]
        for place, part in enumerate(parts):
            if place == 0 or any(part):  # empty is what the others shrink to
                try:
                    for step in choose(self.fuzz_run.expected, part):
                        campaign.take(self.fuzz_run, step)
                except Mismatch:
                    raise
                except Exception as error:
                    raise campaign.failed(self.fuzz_run, error) from error

    act.__name__ = name
    return act
