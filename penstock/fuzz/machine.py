"""The state machine: Hypothesis chooses what happens, chain and model do it, every number is compared each time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from math import inf
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from penstock.errors import PenstockError
from penstock.fuzz.amounts import BLOCK
from penstock.fuzz.compare import asked_of, differences, expected_words, packed
from penstock.fuzz.coverage import Coverage
from penstock.fuzz.driver import OnChain, TestBed
from penstock.fuzz.invariants import Broken
from penstock.fuzz.limits import ALLOTMENTS
from penstock.fuzz.oracle import Oracle
from penstock.fuzz.steps import Outcome, Step, allotments_of, tell
from penstock.fuzz.strategies import KINDS
from penstock.model.terms import DealTerms

# To choose a rule costs Hypothesis as much as it costs us to live it, so that one choice is for two of a kind.
blocks = st.binary(min_size=2 * BLOCK, max_size=2 * BLOCK)


OF_A_TRANCHE = ("claim", "transfer", "approve", "transfer_from", "permit")
"""Steps that change what the shares of a tranche answer; besides those that settle, and so change all."""


class Mismatch(PenstockError):
    """A step after which chain and model disagree, or an invariant is broken. The text tells the whole story."""

    def __init__(self, reason: str, story: Story) -> None:
        lines = [f"{place:>3}. {line}" for place, line in enumerate(story.lines, start=1)]
        super().__init__("\n".join([f"{story.terms.name}: {reason}", *lines]))
        self.reason, self.story = reason, story


class Story:
    """One deal lived twice, step by step. A context: what it did to the chain is undone at its end."""

    def __init__(self, theatre: TestBed, terms: DealTerms, seed: int, coverage: Coverage | None = None) -> None:
        self.terms, self.seed = terms, seed
        self.steps: list[Step] = []
        self.outcomes: list[Outcome] = []
        self._coverage = coverage
        self._every = tuple(range(len(terms.tranches)))
        self._agreed = True
        asset = theatre.asset(terms.decimals)
        allotments = allotments_of(terms, seed)
        with ExitStack() as undone:
            undone.enter_context(theatre.chain.undone())
            self.chain = OnChain(theatre, terms, asset, allotments)
            self.expected = Oracle(terms, allotments, theatre.chain.now())
            self._compare(self._every)
            self._launched = self._code()
            self._undone = undone.pop_all()

    def take(self, step: Step) -> Outcome:
        """Takes one step on both sides. Raises Found."""
        self.steps.append(step)
        self._agreed = False
        try:
            should = self.expected.act(step)
        except Broken as broken:
            raise Mismatch(str(broken), self) from None
        did = self.chain.act(step)
        self.outcomes.append(did)
        if did != should:
            raise Mismatch(f"chain: {did}; model: {should}", self)
        self._compare(self._touched(step))
        if said := self.chain.says(self.expected.emitted):
            raise Mismatch(said, self)
        if step.what == "trespass" and self._code() != self._launched:
            raise Mismatch("INV 10 is broken: the deal's code, which holds its terms, has changed", self)
        if self._coverage:
            self._coverage.count(step, did, self.expected)
        self._agreed = True
        return did

    def end(self) -> None:
        """Compares every number there is once more, unless the last step was not taken to its end. Raises Found."""
        if self._agreed:
            self._compare(self._every)

    @property
    def lines(self) -> list[str]:
        """The story in words; a step that was not taken to its end has no outcome."""
        outcomes = [f" – {outcome}" for outcome in self.outcomes] + [""]
        return [f"{tell(self.terms, step)}{outcome}" for step, outcome in zip(self.steps, outcomes, strict=False)]

    def close(self) -> None:
        self._undone.close()

    def _touched(self, step: Step) -> tuple[int, ...]:
        """The tranches whose shares may answer otherwise after this step; the deal itself always counts."""
        if self.expected.settled or step.what == "trespass":
            return self._every
        named = {each.tranche for each in (step, step.inside) if each and each.what in OF_A_TRANCHE}
        return tuple(sorted(named & set(self._every)))

    def _code(self) -> bytes:
        return self.chain.chain.code(self.chain.deal.address)

    def _compare(self, tranches: tuple[int, ...]) -> None:
        asked = asked_of(self.expected, tranches)
        words, answer = expected_words(self.expected, asked), self.chain.answer(asked)
        if packed(words) != answer:
            found = differences(self.terms, asked, words, answer)
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            raise Mismatch(f"{found[0]}{more}", self)


class Enough(BaseException):
    """As many stories were lived as were asked for. No Exception: Hypothesis lets it through."""


class Campaign:
    """
    Stories on one chain, until there are `most` in all, or until it is `end` of the clock and there are `least`.

    Hypothesis begins with stories in which next to nothing happens: they do not count. Nor do those it makes a failing
    one short by.

    Attributes
    ----------
    found : the shortest failing story until now. over : whether there were enough.
    """

    def __init__(
        self,
        theatre: TestBed,
        coverage: Coverage,
        most: int,
        told: Callable[[Coverage], None],
        least: int = 0,
        end: float = inf,
    ) -> None:
        self.theatre, self.coverage, self.most, self._told = theatre, coverage, most, told
        self._least, self._end = least, end
        self.over = False
        self.found: Mismatch | None = None

    def begin(self, terms: DealTerms, seed: int) -> Story:
        if not self.found and self._is_enough():
            self.over = True
            raise Enough
        return Story(self.theatre, terms, seed, None if self.found else self.coverage)

    def _is_enough(self) -> bool:
        stories = self.coverage.stories
        return stories >= self.most or (stories >= self._least and time.monotonic() >= self._end)

    def take(self, story: Story, step: Step) -> None:
        try:
            story.take(step)
        except Mismatch as found:
            self._keep(found)
            raise

    def end(self, story: Story) -> None:
        try:
            story.end()
        except Mismatch as found:
            self._keep(found)
            raise
        finally:
            story.close()
        if story.steps and not self.found:
            self.coverage.stories += 1
            self._told(self.coverage)

    def _keep(self, found: Mismatch) -> None:
        if self.found is None:
            self.coverage.stories += 1
        if self.found is None or len(found.story.steps) <= len(self.found.story.steps):
            self.found = found


def machine_of(stories: Campaign, deals: st.SearchStrategy[DealTerms]) -> type[RuleBasedStateMachine]:
    """The machine over these deals: one rule for each kind of thing that happens."""

    class Machine(RuleBasedStateMachine):
        story: Story

        @initialize(terms=deals, seed=st.integers(0, ALLOTMENTS - 1))
        def launch(self, terms: DealTerms, seed: int) -> None:
            self.story = stories.begin(terms, seed)

        def teardown(self) -> None:
            if hasattr(self, "story"):
                stories.end(self.story)

    for name, choose in KINDS.items():
        setattr(Machine, name, rule(block=blocks)(_rule(name, choose, stories)))
    return Machine


def _rule(
    name: str, choose: Callable[[Oracle, bytes], Iterable[Step]], stories: Campaign
) -> Callable[[Any, bytes], None]:
    def happen(self: Any, block: bytes) -> None:
        first, second = block[:BLOCK], block[BLOCK:]
        for part in (first, second) if any(second) else (first,):  # empty is what the second shrinks to
            for step in choose(self.story.expected, part):
                stories.take(self.story, step)

    happen.__name__ = name
    return happen
