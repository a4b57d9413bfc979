"""What runs are said to have reached is what they did reach: counted against lives whose reach is known exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.dealfile import load
from penstock.fuzz.amounts import BLOCK
from penstock.fuzz.coverage import ALIKE, CALLS, CAP, CAPPED, ENFORCEMENT, NORMAL, Coverage, reachable
from penstock.fuzz.oracle import Oracle
from penstock.fuzz.steps import _PHRASES, FORBIDDEN, Step, allotments_of
from penstock.fuzz.strategies import KINDS
from penstock.model.terms import CleanUpCall, DealTerms, PrincipalKind
from penstock.model.units import WAD
from tests.strategies import deals

ROOT = Path(__file__).parents[2]
MINIMAL, THREE = (load(ROOT / "deals" / f"{name}.toml") for name in ("minimal", "pf-three-tranche"))
Reached = dict[tuple[str, str], set[str]]
"""By part and name: which events."""

LIFE, OM, MANAGER, DSRA = ("deal", "life"), ("fee", "om"), ("fee", "manager"), ("reserve", "dsra")
LOCKUP, DEFAULT = ("test", "lockup"), ("test", "default")
SENIOR, MEZZ, EQUITY = ("tranche", "senior"), ("tranche", "mezz"), ("tranche", "equity")


def told(events: Mapping[tuple[str, str], str]) -> Reached:
    return {key: set(each.split(", ")) for key, each in events.items()}


def rungs(ladder: str, events: Mapping[str, str]) -> dict[tuple[str, str], str]:
    return {(ladder, name): event for name, event in events.items()}


class Lived:
    """A deal lived by the model alone, and counted."""

    def __init__(self, terms: DealTerms, seed: int = 0) -> None:
        self.expected = Oracle(terms, allotments_of(terms, seed), now=0)
        self.coverage = Coverage()

    def reaches(self, step: Step) -> Reached:
        before = self.coverage.seen.copy()
        steps = self.coverage.steps
        self.coverage.count(step, self.expected.act(step), self.expected)
        assert self.coverage.steps == steps + 1
        found: Reached = {}
        for part, name, event in self.coverage.seen - before:
            found.setdefault((part, name), set()).add(event)
        return found

    def waits(self, periods: int = 1) -> None:
        until = self.expected.payment_times[self.expected.books.state.period + periods - 1]
        assert self.reaches(Step("wait", amount=until - self.expected.world.now)) == told({("step", "wait"): "done"})

    def period(self, revenue: int) -> Reached:
        """The next payment date comes with so much revenue, in whole units; after the last one, revenue is late."""
        if self.expected.payment_at():
            self.waits()
        found = self.reaches(Step("pay", by="ann", amount=revenue * 10**6, count=1))
        assert found.pop(("step", "pay")) == {"done"}
        return found


def test_the_rungs_of_each_deal_are_counted_by_their_own_names() -> None:
    """The same ladder with another tranche's id in it."""
    first, *others = MINIMAL.tranches
    renamed = replace(MINIMAL, tranches=(replace(first, id="other"), *others))
    lived = Lived(MINIMAL)
    for terms, name in ((MINIMAL, "senior"), (renamed, "other"), (MINIMAL, "senior")):
        lived.expected = Oracle(terms, allotments_of(terms, 0), now=0)
        assert (NORMAL, f"interest:{name}") in lived.period(30_000)


def test_a_loan_paid_in_part_then_in_full_then_not_then_late() -> None:
    lived = Lived(MINIMAL)
    interest, principal, residual = "interest:senior", "principal:senior", "residual:equity"
    assert lived.period(28_000) == told(rungs(NORMAL, {interest: "paid", principal: "paid"}) | {SENIOR: "credited"})
    assert lived.period(1_000) == told(
        rungs(NORMAL, {interest: "paid, short", principal: "short"})
        | {SENIOR: "in arrears, behind on principal, credited"}
    )
    assert lived.period(60_000) == told(
        rungs(NORMAL, {interest: "paid", principal: "paid", residual: "paid"})
        | {SENIOR: "arrears made good, credited", EQUITY: "credited"}
    )
    assert lived.period(0) == told(
        rungs(NORMAL, {interest: "short", principal: "short"})
        | {SENIOR: "in arrears, behind on principal", LIFE: "last period"}
    )
    assert lived.period(30_000) == told(
        rungs(NORMAL, {interest: "paid", principal: "paid", residual: "paid"})
        | {SENIOR: "arrears made good, repaid, credited", EQUITY: "credited", LIFE: "late revenue"}
    )


def test_a_reserve_drawn_a_lock_up_cured_and_an_enforcement() -> None:
    lived = Lived(THREE)
    paid = dict.fromkeys(("fee:om", "fee:manager", "interest:senior", "principal:senior"), "paid")
    mezz = ("interest:mezz", "principal:mezz")
    fees = {OM: "paid", MANAGER: "paid"}
    assert lived.period(258_000) == told(
        rungs(NORMAL, paid | {"principal:senior": "paid, drew on a reserve", "reserve:dsra": "short"})
        | rungs(NORMAL, dict.fromkeys(mezz, "short"))
        | fees
        | {DSRA: "drawn", LOCKUP: "failed", SENIOR: "credited", MEZZ: "capitalised, behind on principal"}
    )
    assert lived.period(1_000_000) == told(
        rungs(NORMAL, paid | dict.fromkeys((*mezz, "reserve:dsra", "sweep:mezz:0.5?lockup", "trap?lockup"), "paid"))
        | fees
        | {DSRA: "topped up", LOCKUP: "trapped cash", SENIOR: "credited", MEZZ: "credited"}
    )
    assert lived.period(1_000_000) == told(
        rungs(NORMAL, paid | dict.fromkeys((*mezz, "residual:equity"), "paid"))
        | fees
        | {LOCKUP: "cured, released", SENIOR: "credited", MEZZ: "credited", EQUITY: "credited"}
    )
    assert lived.period(0) == told(
        rungs(
            ENFORCEMENT,
            {
                "fee:om": "short",
                "interest:senior": "paid, drew on a reserve",
                "all:senior": "paid, short, drew on a reserve",
                "interest:mezz": "short",
                "all:mezz": "short",
            },
        )
        | {OM: "in arrears", DSRA: "drawn, emptied", LOCKUP: "failed", DEFAULT: "failed"}
        | {SENIOR: "credited", MEZZ: "capitalised, behind on principal"}
    )
    repaid = lived.period(20_000_000)
    assert repaid[SENIOR] == {"repaid", "credited"}
    assert repaid[ENFORCEMENT, "residual:equity"] == {"paid"}
    cured = lived.period(20_000_000)
    assert (cured[LOCKUP], cured[DEFAULT]) == ({"cured"}, {"cured"}), "without a debt to serve"


def test_a_reserve_that_is_released() -> None:
    """When less is ahead of it: at the end, where the last instalment is the smallest."""
    lived = Lived(THREE)
    reached = [lived.period(400_000).get(DSRA) for _ in range(THREE.periods)]
    assert reached == [{"topped up"}, *[None] * (THREE.periods - 4), *[{"released"}] * 3]


def test_several_periods_in_one_call() -> None:
    lived = Lived(MINIMAL)
    lived.waits(MINIMAL.periods)
    found = lived.reaches(Step("pay", by="ann", amount=10**12, count=480))
    assert found[LIFE] == {"several periods in one call", "last period"}


def test_a_loss_is_written_down_from_below() -> None:
    lived = Lived(replace(THREE, write_down=True))
    lived.reaches(Step("report", by="reporter", count=1, figures=(2_500_000 * 10**6,)))
    found = lived.period(380_000)
    assert {name: "written down" in found[name] for name in (SENIOR, MEZZ, EQUITY)} == {
        SENIOR: False,
        MEZZ: True,
        EQUITY: True,
    }


def test_a_balance_that_is_written_off_is_not_repaid() -> None:
    lived = Lived(replace(THREE, write_down=True))
    lived.reaches(Step("report", by="reporter", count=1, figures=(3_500_000 * 10**6,)))
    found = lived.period(0)
    assert lived.expected.books.state.balance[1:] == [0, 0]
    assert (found[MEZZ], found[EQUITY]) == ({"written down"}, {"written down"})


def test_a_tranche_paid_as_cash_comes_is_behind_after_the_end() -> None:
    senior, equity = MINIMAL.tranches
    terms = replace(
        MINIMAL, tranches=(replace(senior, principal=PrincipalKind.CASH, schedule=()), equity), name="As cash comes"
    )
    lived = Lived(terms)
    reached = [lived.period(0)[SENIOR] for _ in range(terms.periods)]
    assert reached == [{"in arrears"}] * 3 + [{"in arrears", "behind on principal"}]
    assert "behind on principal" in possible(terms)[SENIOR]


def test_steps_refusals_trespasses_and_calls_back() -> None:
    seed = next(seed for seed in range(6) if (0, "looper") in allotments_of(THREE, seed))
    lived = Lived(THREE, seed)
    for step, reached in [
        (Step("settle", by="ann", count=0), {("step", "settle"): "Deal_ZeroPeriods"}),
        (Step("settle", by="ann", count=1), {("step", "settle"): "Deal_PeriodNotOver"}),
        (Step("pause"), {("step", "pause"): "done"}),
        (Step("pay", by="ann", amount=1, count=1), {("step", "pay"): "ControlledUSD_Paused"}),
        (Step("unpause"), {("step", "unpause"): "done"}),
    ]:
        assert lived.reaches(step) == told(reached)
    for count, (words, error) in enumerate(FORBIDDEN):
        found = lived.reaches(Step("forbidden", by="ann", count=count))
        assert found == told({("forbidden", words): "refused", ("step", "forbidden"): error})
    lived.waits(3)
    assert lived.reaches(Step("alike", by="ann", to="bob", count=3)) == told({("step", "alike"): "done", LIFE: ALIKE})
    assert lived.reaches(Step("alike", by="ann", to="bob", count=1)) == told({("step", "alike"): "done"})
    lived.reaches(Step("pay", by="ann", amount=10**12, count=1))
    inside = Step("settle", by="looper", count=1)
    assert lived.reaches(Step("claim", by="looper", inside=inside)) == told(
        {("step", "claim"): "done", ("call-back", "settle"): "Deal_Reentered"}
    )
    assert lived.reaches(Step("claim", by="looper", inside=inside)) == told(
        {("step", "claim"): "Deal_NothingToClaim", ("call-back", "settle"): "undone with the rest"}
    )


def possible(terms: DealTerms) -> Reached:
    found: Reached = {}
    for part, name, event in reachable(terms):
        if part not in ("step", "forbidden", "call-back"):
            found.setdefault((part, name), set()).add(event)
    return found


ALWAYS = {LIFE: f"last period, late revenue, several periods in one call, {ALIKE}", CAP: ", ".join(CAPPED)}


def test_what_a_loan_makes_possible() -> None:
    assert possible(MINIMAL) == told(
        ALWAYS
        | rungs(NORMAL, dict.fromkeys(("interest:senior", "principal:senior"), "paid, short"))
        | rungs(NORMAL, {"residual:equity": "paid"})
        | {SENIOR: "in arrears, arrears made good, behind on principal, repaid", EQUITY: "credited"}
    )


def test_what_a_deal_with_everything_makes_possible() -> None:
    may_draw = "paid, short, drew on a reserve"
    owed = dict.fromkeys(("fee:om", "fee:manager", "interest:mezz", "principal:mezz", "reserve:dsra"), "paid, short")
    enforced = dict.fromkeys(("fee:om", "interest:mezz", "all:mezz"), "paid, short")
    assert possible(THREE) == told(
        ALWAYS
        | rungs(NORMAL, owed | dict.fromkeys(("interest:senior", "principal:senior"), may_draw))
        | rungs(NORMAL, dict.fromkeys(("sweep:mezz:0.5?lockup", "trap?lockup", "residual:equity"), "paid"))
        | rungs(ENFORCEMENT, enforced | dict.fromkeys(("interest:senior", "all:senior"), may_draw))
        | rungs(ENFORCEMENT, {"residual:equity": "paid"})
        | {DSRA: "drawn, emptied, topped up, released", OM: "paid, in arrears", MANAGER: "paid"}
        | {LOCKUP: "failed, cured, trapped cash, released", DEFAULT: "failed, cured", EQUITY: "credited"}
        | {SENIOR: "in arrears, arrears made good, behind on principal, repaid"}
        | {MEZZ: "capitalised, behind on principal, repaid"}
    )
    down = possible(replace(THREE, write_down=True))
    assert all("written down" in down[name] for name in (SENIOR, MEZZ, EQUITY))


def test_what_anybody_may_do_is_possible() -> None:
    for terms, fees in ((MINIMAL, False), (THREE, True)):
        done = {name for part, name, event in reachable(terms) if (part, event) == ("step", "done")}
        some = {"wait", "forbidden", "cut_off", "announce_call", "let_take"}
        assert done == set(_PHRASES) - some - (set() if fees else {"claim_fee"})
        assert [each for each in reachable(terms) if each[0] == "forbidden"] == [
            ("forbidden", words, "refused") for words, _ in FORBIDDEN
        ]


def test_a_deal_with_a_payment_delay_can_be_cut_off() -> None:
    more = set(reachable(replace(MINIMAL, delays=True))) - set(reachable(MINIMAL))
    assert more == {
        *(
            ("step", "cut_off", each)
            for each in ("done", "Deal_StillAccruing", "Deal_CutOffAlready", "Deal_PaymentDue")
        ),
        *(("deal", "life", each) for each in ("cut off", "cash came after a cut-off")),
    }


def test_a_deal_with_a_clean_up_call_can_be_called() -> None:
    call = CleanUpCall("operator", WAD)
    more = set(reachable(replace(MINIMAL, call=call))) - set(reachable(MINIMAL))
    refusals = ("Deal_NotPayee", "Deal_CallNotAllowed", "Deal_CalledAlready", "Deal_CallTooLate")
    assert more == {
        *(("step", "announce_call", each) for each in ("done", *refusals)),
        ("step", "let_take", "done"),
        *(("deal", "life", each) for each in CALLS if each != "write-downs restored"),
    }
    lossy = replace(MINIMAL, call=call, write_down=True)
    assert ("deal", "life", "write-downs restored") in reachable(lossy)


def test_what_was_never_reached_is_what_is_left() -> None:
    lived = Lived(MINIMAL)
    assert lived.coverage.never(MINIMAL) == reachable(MINIMAL)
    lived.period(28_000)
    reached = {(NORMAL, "interest:senior", "paid"), (NORMAL, "principal:senior", "paid"), ("step", "pay", "done")}
    assert lived.coverage.never(MINIMAL) == [each for each in reachable(MINIMAL) if each not in reached]


@settings(max_examples=200, deadline=None)
@given(deals(), st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.binary(min_size=BLOCK, max_size=BLOCK))))
def test_whatever_a_deal_reaches_is_possible(terms: DealTerms, chosen: list[tuple[str, bytes]]) -> None:
    lived = Lived(terms)
    for kind, block in chosen:
        for step in KINDS[kind](lived.expected, block):
            lived.reaches(step)
    may = possible(terms)
    for part, name, event in lived.coverage.seen:
        lender_is_paid = (part, event) == ("tranche", "credited")
        if part not in ("step", "forbidden", "call-back") and not lender_is_paid:
            assert event in may.get((part, name), ()), (part, name, event)
