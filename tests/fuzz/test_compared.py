"""What chain and model are compared in, and after which step: no number is left out, and none compared with itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from penstock.dealfile import load
from penstock.fuzz import expected_logs
from penstock.fuzz.campaign import replay
from penstock.fuzz.compare import WORD, Answer, Asked, labels
from penstock.fuzz.coverage import Coverage
from penstock.fuzz.driver import OnChain, TestBed
from penstock.fuzz.machine import Campaign, FuzzRun, Mismatch
from penstock.fuzz.steps import ACTORS, DONE, HOLDERS, Outcome, Step, allotments_of
from penstock.model.calendar import timestamp
from penstock.model.terms import CleanUpCall
from penstock.model.units import WAD

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

    def answer(self: OnChain, asked: Asked) -> Answer:
        found.append(asked)
        return honest(self, asked)

    monkeypatch.setattr(OnChain, "answer", answer)
    return found


@pytest.fixture
def run(test_beds: Callable[[], TestBed]) -> Iterator[FuzzRun]:
    with closing(FuzzRun(test_beds(), TERMS, SEED)) as told:
        yield told


def all_of(holders: tuple[int, ...], shares: tuple[int, ...]) -> Asked:
    """What there is to ask of these tranches after `NAMED`, beside what is stored of all."""
    pairs = [(step.tranche, step.of or step.by, step.to) for step in NAMED]
    return Asked(holders, shares, tuple(pairs), tuple((tranche, "bob") for tranche in EVERY))


def test_shares_are_asked_wherever_a_step_may_have_changed_them(asked: list[Asked], run: FuzzRun) -> None:
    assert asked == [Asked(EVERY, EVERY)], "at the launch"
    for step in NAMED:
        run.take(step)
        assert (asked[-1].holders, asked[-1].shares) == ((step.tranche,), (step.tranche,))
    due = Step("wait", amount=run.expected.payment_times[1] - run.expected.world.now)
    moved = Step("transfer", by="looper", to="ann", tranche=2, amount=1)
    for step, tranches in [
        (due, ()),
        (Step("alike", by="ann", to="bob", count=2), ()),
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
        assert asked[-1] == all_of(tranches, tranches), step
    run.end()
    assert asked[-1] == all_of(EVERY, EVERY)


def test_claims_are_asked_of_every_tranche_that_a_settlement_credits(asked: list[Asked], run: FuzzRun) -> None:
    for step in NAMED:
        run.take(step)
    moved = Step("transfer", by="looper", to="ann", tranche=1, amount=0)
    for cash, inside, credited, named in [
        (10**9, None, (0,), ()),
        (10**12, moved, (0,), (1,)),
        (10**15, None, EVERY, ()),
        (0, None, (), ()),
    ]:
        run.take(Step("wait", amount=run.expected.payment_at() - run.expected.world.now))
        before = list(run.expected.books.state.credited)
        run.take(Step("pay", by="ann", amount=cash, count=1, inside=inside))
        after = run.expected.books.state.credited
        assert tuple(index for index in EVERY if before[index] != after[index]) == credited
        assert asked[-1] == all_of(tuple(sorted({*credited, *named})), named)


def test_each_number_is_compared(run: FuzzRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that is wrong in one number is found by that number: of every tranche, holder, spender, actor, fee."""
    for step in NAMED:
        run.take(step)
    named = labels(TERMS, all_of(EVERY, EVERY), run.expected.books.state.period)
    stored, returned = run.chain.answer(all_of(EVERY, EVERY))
    assert len(stored) + len(returned) // WORD == len(named)
    for part in ("supply of the share", *(f"claimable {name}" for name in HOLDERS)):
        assert sum(each.startswith(part) for each in named) == len(EVERY)
    for part in ("nonce of bob", "allowance ann gave anyone", "allowance bob gave vault"):
        assert sum(each.startswith(part) for each in named) == 2 * len(EVERY), "in storage, and by the contracts"
    for place, label in enumerate(named):
        wrong, other = list(stored), bytearray(returned)
        if place < len(stored):
            wrong[place] ^= 1
        else:
            other[(place - len(stored) + 1) * WORD - 1] ^= 1
        false = Answer(wrong, bytes(other))
        monkeypatch.setattr(OnChain, "answer", lambda self, asked, false=false: false)
        with pytest.raises(Mismatch) as found:
            run.end()
        assert found.value.reason.startswith(f"{label}: chain ")
        assert " more" not in found.value.reason


def test_what_is_stored_is_compared_after_a_step_that_touches_no_tranche(
    run: FuzzRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in NAMED:
        run.take(step)
    honest = run.chain.chain.storage_words
    places = run.chain.answer(Asked((), (), *all_of((), ())[2:])).stored
    owners = len(EVERY) * len(HOLDERS) + len(ACTORS) + 1 + 2 * len(ACTORS)
    assert len(places) == owners + len(NAMED) + len(EVERY), (
        "holdings, wallets, switches, signed claims, allowances, nonces"
    )
    for place in range(len(places)):

        def other(asked: Sequence[tuple[str, int]], place: int = place) -> list[int]:
            found = honest(asked)
            found[place] += 1
            return found

        monkeypatch.setattr(run.chain.chain, "storage_words", other)
        with pytest.raises(Mismatch):
            run.take(WAIT)


def test_a_holding_is_shown_as_shares_and_debt(run: FuzzRun, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = run.chain.chain.storage_words
    owner = HOLDERS.index("looper")
    held = run.expected.books.ledgers[0].holdings["looper"].shares

    def other(asked: Sequence[tuple[str, int]]) -> list[int]:
        found = honest(asked)
        found[owner] = (found[owner] - (7 << 64)) % 2**256
        return found

    monkeypatch.setattr(run.chain.chain, "storage_words", other)
    with pytest.raises(Mismatch) as found:
        run.take(WAIT)
    assert found.value.reason == f"shares and debt looper of senior: chain {held} and -7, model {held} and 0"


def wrong_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain that is wrong in the last word of all tranches, and right in what is asked of none."""
    honest = OnChain.answer

    def answer(self: OnChain, asked: Asked) -> Answer:
        right = honest(self, asked)
        if not (asked.shares and self.wrong_now):
            return right
        return Answer(right.stored, right.returned[:-1] + bytes([right.returned[-1] ^ 1]))

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
    assert asked == [run.chain.reader.question(Asked(EVERY, EVERY))] * 2, "each way ends with every number of the deal"


@pytest.mark.parametrize("wrong", [1, 2], ids=["in one call", "one by one"])
def test_two_ways_to_settle_that_end_in_other_words_of_storage_alone_are_found(
    run: FuzzRun, monkeypatch: pytest.MonkeyPatch, wrong: int
) -> None:
    run.take(Step("wait", amount=run.expected.payment_times[1] - run.expected.world.now))
    honest = run.chain.chain.storage_words
    asked: list[int] = []

    def words(places: Sequence[tuple[str, int]]) -> list[int]:
        asked.append(len(places))
        found = honest(places)
        found[-1] += len(asked) == wrong
        return found

    monkeypatch.setattr(run.chain.chain, "storage_words", words)
    with pytest.raises(Mismatch, match="chain: refused: NotAlike; model: done"):
        run.take(Step("alike", by="ann", to="bob", count=2))


LOGGED = [
    Step("gift", by="ann", amount=10**12),
    Step("cut_off", by="anyone"),
    Step("allow", by="registrar", to="anyone"),
    Step("disallow", by="registrar", to="anyone"),
    Step("report", by="reporter", count=1, figures=(7, 9)),
    Step("pay_by_permit", by="trustee", amount=10**12, count=2),
    Step("claim", by="looper", inside=Step("transfer", by="looper", to="ann", tranche=1, amount=1)),
    Step("transfer_cum", by="ann", to="bob", tranche=1, amount=1),
    Step("transfer_cum", by="ann", to="sponsor", tranche=1, amount=10**9),
    Step("claim_for", by="anyone", to="ann", tranche=1),
    Step("claim_to", by="bob", to="anyone", tranche=1),
    Step("claim_signed", by="anyone", of="sponsor", to="bob", tranche=1),
    Step("switch", by="bob", good=False),
    Step("claim_fee", by="trustee"),
    Step("announce_call", by="operator"),
    Step("let_take", by="operator", amount=10**18),
    Step("settle", by="anyone", count=1),
    Step("cut", amount=3),
    *NAMED,
]
"""Between them they log every event there is."""


def test_each_log_is_compared(test_beds: Callable[[], TestBed]) -> None:
    """A log that is missing, double, of another contract, or other in any topic or in its data."""
    kinds = {
        kind for name, kind in vars(expected_logs).items() if name.isupper() and isinstance(kind, expected_logs.Kind)
    }
    paid = tuple(day + timedelta(days=9) for day in TERMS.accrual_dates)
    call = CleanUpCall("sponsor", WAD)
    delayed = replace(TERMS, write_down=True, delays=True, payment_dates=paid, call=call)
    with closing(FuzzRun(test_beds(), delayed, SEED)) as run:
        run.take(Step("wait", amount=timestamp(TERMS.accrual_dates[0]) - run.expected.world.now))
        seen = set()
        for step in LOGGED:
            if step.what == "allow":  # behind the cut-off, which comes before the payment date
                run.take(Step("wait", amount=run.expected.payment_times[1] - run.expected.world.now))
            if step.what == "settle":
                run.take(Step("wait", amount=run.expected.payment_times[2] - run.expected.world.now))
            assert run.take(step).error == "", step
            expected, did = run.expected.emitted, run.chain.emitted
            assert did and not run.chain.log_difference(expected)
            seen |= {each.kind for each in expected}
            for place, (address, topics, data) in enumerate(did):
                others = [[], [did[place]] * 2, [(run.chain.addresses["anyone"], topics, data)]]
                others += [
                    [(address, (*topics[:at], bytes([1]) * 32, *topics[at + 1 :]), data)] for at in range(len(topics))
                ]
                others += [[(address, topics, data[:-1] + bytes([data[-1] ^ 1]))]] if data else []
                for other in others:
                    run.chain.emitted = [*did[:place], *other, *did[place + 1 :]]
                    assert run.chain.log_difference(expected), (step, place, other)
        assert seen == kinds


def test_a_log_that_differs_fails_the_step(run: FuzzRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OnChain, "log_difference", lambda self, expected: "a log is another")
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
