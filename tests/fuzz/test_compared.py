"""What chain and model are compared in, and after which step: no number is left out, and none compared with itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.fuzz import expected_logs
from penstock.fuzz.campaign import replay
from penstock.fuzz.compare import WORD, Asked, labels
from penstock.fuzz.coverage import Coverage
from penstock.fuzz.driver import OnChain, TestBed
from penstock.fuzz.machine import Campaign, FuzzRun, Mismatch
from penstock.fuzz.steps import DONE, HOLDERS, Outcome, Step, allotments_of

TERMS = load(Path(__file__).parents[2] / "deals" / "pf-three-tranche.toml")
EVERY = tuple(range(len(TERMS.tranches)))
SEED = next(seed for seed in range(6) if (0, "looper") in allotments_of(TERMS, seed))
WAIT = Step("wait", amount=1)
NAMED = [
    *(Step("approve", by="ann", to="anyone", tranche=tranche, amount=5) for tranche in EVERY),
    *(Step("permit", by="bob", of="bob", to="vault", tranche=tranche, amount=5) for tranche in EVERY),
]
"""After these there is an allowance and a nonce of every tranche."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """All that runs ask the chain, in order."""
    found: list[Asked] = []
    honest = OnChain.answer

    def answer(self: OnChain, asked: Asked) -> bytes:
        found.append(asked)
        return honest(self, asked)

    monkeypatch.setattr(OnChain, "answer", answer)
    return found


@pytest.fixture
def run(test_beds: Callable[[], TestBed]) -> Iterator[FuzzRun]:
    with closing(FuzzRun(test_beds(), TERMS, SEED)) as told:
        yield told


def all_of(*tranches: int) -> Asked:
    """What there is to ask of these tranches after `NAMED`."""
    pairs = [(step.tranche, step.of or step.by, step.to) for step in NAMED if step.tranche in tranches]
    return Asked(tranches, tuple(pairs), tuple((tranche, "bob") for tranche in tranches))


def test_shares_are_compared_wherever_a_step_may_have_changed_them(asked: list[Asked], run: FuzzRun) -> None:
    assert asked == [Asked(EVERY)], "at the launch"
    for step in NAMED:
        run.take(step)
        assert asked[-1].tranches == (step.tranche,)
    due = Step("wait", amount=run.expected.payment_times[1] - run.expected.world.now)
    moved = Step("transfer", by="looper", to="ann", tranche=2, amount=1)
    for step, tranches in [
        (due, ()),
        (Step("alike", by="ann", to="bob", count=2), ()),
        (Step("pay", by="ann", amount=10**12, count=1), EVERY),
        (Step("settle", by="ann", count=480), EVERY),
        (Step("forbidden", by="ann", count=1), EVERY),
        (Step("claim", by="looper", inside=moved), (0, 2)),
        (Step("gift", by="ann", amount=1, inside=moved), (2,)),
        (Step("claim", by="ann", tranche=9), ()),
        (Step("claim_fee", by="trustee", tranche=1), ()),
        *((Step("claim", by="ann", tranche=tranche), (tranche,)) for tranche in EVERY),
        *((Step("transfer", by="ann", to="bob", tranche=tranche), (tranche,)) for tranche in EVERY),
        *((Step("transfer_from", by="vault", of="bob", to="ann", tranche=tranche), (tranche,)) for tranche in EVERY),
    ]:
        run.take(step)
        assert asked[-1] == all_of(*tranches), step
    run.end()
    assert asked[-1] == all_of(*EVERY)


def test_each_number_is_compared(run: FuzzRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that is wrong in one number is found by that number: of every tranche, holder, spender, actor, fee."""
    for step in NAMED:
        run.take(step)
    named = labels(TERMS, all_of(*EVERY))
    honest = run.chain.answer(all_of(*EVERY))
    assert len(honest) == WORD * len(named)
    for part in ("supply of the share", *(f"claimable {name}" for name in HOLDERS), "nonce of bob"):
        assert sum(each.startswith(part) for each in named) == len(EVERY)
    for place, label in enumerate(named):
        wrong = bytearray(honest)
        wrong[(place + 1) * WORD - 1] ^= 1
        monkeypatch.setattr(OnChain, "answer", lambda self, asked, wrong=wrong: bytes(wrong))
        with pytest.raises(Mismatch) as found:
            run.end()
        assert found.value.reason.startswith(f"{label}: chain ")
        assert " more" not in found.value.reason


def wrong_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that is wrong in the last word of all tranches, and right in what is asked of none."""
    honest = OnChain.answer

    def answer(self: OnChain, asked: Asked) -> bytes:
        right = honest(self, asked)
        return right[:-1] + bytes([right[-1] ^ 1]) if asked.tranches and self.wrong_now else right

    monkeypatch.setattr(OnChain, "answer", answer)
    monkeypatch.setattr(OnChain, "wrong_now", False, raising=False)


def test_a_story_is_compared_once_more_at_its_end(
    test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch
) -> None:
    test_bed = test_beds()
    wrong_at_the_end(monkeypatch)
    runs = Campaign(test_bed, Coverage(), 1, lambda coverage: None)
    test_bed.asset(TERMS.decimals)  # is made at its first use, and stays
    before = test_bed.chain.block()
    run = runs.begin(TERMS, SEED)
    runs.take(run, WAIT)
    monkeypatch.setattr(OnChain, "wrong_now", True)
    with pytest.raises(Mismatch, match=r"balance .* of the share"):
        runs.end(run)
    assert test_bed.chain.block() == before, "what it did is undone"
    assert runs.coverage.runs == 1, "the run that failed counts"
    monkeypatch.setattr(OnChain, "wrong_now", False)
    runs.begin(TERMS, SEED).close()
    assert not runs.over, "the failure is being shrunk, however many runs there were"


def test_a_repeated_run_fails_at_its_end_too(test_beds: Callable[[], TestBed], monkeypatch: pytest.MonkeyPatch) -> None:
    test_bed = test_beds()
    wrong_at_the_end(monkeypatch)
    launched = FuzzRun.take

    def take(self: FuzzRun, step: Step) -> object:
        monkeypatch.setattr(OnChain, "wrong_now", True)
        return launched(self, step)

    monkeypatch.setattr(FuzzRun, "take", take)
    with pytest.raises(Mismatch, match=r"balance .* of the share") as found:
        replay(test_bed, TERMS, SEED, [WAIT])
    assert len(found.value.run.outcomes) == 1, "the step itself is sound"


def test_what_ended_in_the_middle_of_a_step_is_not_compared(run: FuzzRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: OnChain, step: Step) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(OnChain, "_do_gift", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.take(Step("gift", by="ann", amount=1))
    run.end()


@pytest.mark.parametrize("wrong", [1, 2], ids=["in one call", "one by one"])
@pytest.mark.parametrize("place", [0, -1], ids=["first number", "last number"])
def test_two_ways_to_settle_that_end_in_other_numbers_alone_are_found(
    run: FuzzRun, monkeypatch: pytest.MonkeyPatch, wrong: int, place: int
) -> None:
    """The same errors and the same logs, and one number of the deal is another: nothing but INV 08 sees it."""
    run.take(Step("wait", amount=run.expected.payment_times[1] - run.expected.world.now))
    query = run.chain.chain.query
    asked: list[bytes] = []

    def answer(address: str, question: bytes) -> bytes:
        asked.append(question)
        found = bytearray(query(address, question))
        found[place] ^= len(asked) == wrong
        return bytes(found)

    monkeypatch.setattr(run.chain.chain, "query", answer)
    with pytest.raises(Mismatch, match="chain: refused: NotAlike; model: done"):
        run.take(Step("alike", by="ann", to="bob", count=2))
    assert asked == [run.chain._question(Asked(EVERY))] * 2, "each way ends with every number of the deal"


LOGGED = [
    Step("gift", by="ann", amount=5),
    Step("allow", by="registrar", to="anyone"),
    Step("disallow", by="registrar", to="anyone"),
    Step("report", by="reporter", count=1, amount=7, extra=9),
    Step("pay_by_permit", by="trustee", amount=10**12, count=2),
    Step("claim", by="looper", inside=Step("transfer", by="looper", to="ann", tranche=1, amount=1)),
    Step("claim_fee", by="trustee"),
    Step("cut", amount=3),
    *NAMED,
]
"""Between them they log every event there is."""


def test_each_log_is_compared(test_beds: Callable[[], TestBed]) -> None:
    """A log that is missing, double, of another contract, or other in any topic or in its data."""
    kinds = {
        kind for name, kind in vars(expected_logs).items() if name.isupper() and isinstance(kind, expected_logs.Kind)
    }
    with closing(FuzzRun(test_beds(), replace(TERMS, write_down=True), SEED)) as run:
        run.take(Step("wait", amount=run.expected.payment_times[1] - run.expected.world.now))
        seen = set()
        for step in LOGGED:
            assert run.take(step).error == "", step
            said, did = run.expected.emitted, run.chain.emitted
            assert did and not run.chain.says(said)
            seen |= {each.kind for each in said}
            for place, (address, topics, data) in enumerate(did):
                others = [[], [did[place]] * 2, [(run.chain.addresses["anyone"], topics, data)]]
                others += [
                    [(address, (*topics[:at], bytes([1]) * 32, *topics[at + 1 :]), data)] for at in range(len(topics))
                ]
                others += [[(address, topics, data[:-1] + bytes([data[-1] ^ 1]))]] if data else []
                for other in others:
                    run.chain.emitted = [*did[:place], *other, *did[place + 1 :]]
                    assert run.chain.says(said), (step, place, other)
        assert seen == kinds


def test_a_log_that_differs_fails_the_step(run: FuzzRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OnChain, "says", lambda self, said: "a log is another")
    with pytest.raises(Mismatch, match="a log is another"):
        run.take(WAIT)


@pytest.mark.parametrize(
    "did", [Outcome("Deal_NotPayee"), Outcome("", DONE)], ids=["of the step", "of the step inside"]
)
def test_an_outcome_that_differs_fails_the_step(run: FuzzRun, monkeypatch: pytest.MonkeyPatch, did: Outcome) -> None:
    honest = OnChain.act

    def act(self: OnChain, step: Step) -> Outcome:
        honest(self, step)
        return did

    monkeypatch.setattr(OnChain, "act", act)
    with pytest.raises(Mismatch, match=f"chain: {did}; model: done"):
        run.take(WAIT)
    assert run.outcomes == [did], "the run tells what the chain did"
