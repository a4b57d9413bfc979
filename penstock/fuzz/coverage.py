"""What the runs reached: which rungs were short, which tests failed, which reserves drawn, and what never happened."""

from __future__ import annotations

from collections import Counter

from penstock.fuzz.invariants import Settled
from penstock.fuzz.oracle import Oracle
from penstock.fuzz.steps import FORBIDDEN, Outcome, Step
from penstock.model.rungs import Due, Pays, Target
from penstock.model.terms import ArrearsRule, DealTerms, Rung
from penstock.model.units import WAD

NORMAL, ENFORCEMENT = "normal ladder", "enforcement ladder"
CAP = ("cap", "cash of a life")
CAPPED = ("met exactly", "a unit short", "cash kept out", "a period on nothing", "refused")
ALIKE = "several periods in one call and one by one"
CALLS = ("called, by the payee's cash", "called, by what was there", "write-downs restored", "a call that was not paid")

_REFUSALS = {
    "announce_call": ("Deal_NotPayee", "Deal_CallNotAllowed", "Deal_CalledAlready", "Deal_CallTooLate"),
    "cut_off": ("Deal_StillAccruing", "Deal_CutOffAlready", "Deal_PaymentDue"),
    "settle": ("Deal_PeriodNotOver", "Deal_NothingToSettle", "Deal_ZeroPeriods", "Deal_BalanceBelowLedger"),
    "pay": ("Deal_PeriodNotOver", "ControlledUSD_Paused", "ControlledUSD_Blocked"),
    "pay_by_permit": ("ERC20InsufficientAllowance",),
    "claim": ("Deal_NothingToClaim", "Deal_NoTranche", "ControlledUSD_Paused", "ControlledUSD_Blocked"),
    "claim_for": ("Deal_ClaimForRefused", "Deal_NothingToClaim", "Deal_NoTranche", "ControlledUSD_Blocked"),
    "claim_fee": ("Deal_NotPayee", "Deal_NothingToClaimOfFee"),
    "transfer": ("ERC7943CannotReceive", "ERC20InsufficientBalance"),
    "transfer_cum": ("ERC7943CannotReceive", "ERC20InsufficientBalance"),
    "claim_to": ("Deal_NothingToClaim", "Deal_WrongRecipient"),
    "claim_signed": ("Deal_NothingToClaim", "Deal_WrongSignature"),
    "transfer_from": ("ERC20InsufficientAllowance",),
    "permit": ("ERC2612InvalidSigner",),
    "report": ("OwnableUnauthorizedAccount", "SingleReporter_ReportedAlready"),
    "allow": ("OwnableUnauthorizedAccount",),
}
_DONE = ("gift", "settle", "pay", "pay_by_permit", "claim", "transfer", "approve", "transfer_from", "permit")
_MORE = (
    "transfer_cum",
    "claim_to",
    "claim_signed",
    "claim_for",
    "switch",
    "report",
    "allow",
    "disallow",
    "block",
    "unblock",
    "pause",
    "unpause",
    "cut",
    "alike",
)


_SOME = ("claim_fee", "cut_off", "announce_call")
"""What is possible in some deals alone."""


class Coverage:
    """
    Counts of everything that happened; `reachable` lists what the terms make possible.

    Attributes
    ----------
    seen : how often each thing happened, by (part, name, event). steps, runs : how many.
    """

    def __init__(self) -> None:
        self.seen: Counter[tuple[str, str, str]] = Counter()
        self.steps = self.runs = 0
        self._terms: DealTerms | None = None
        self._rungs: dict[str, list[str]] = {}

    def count(self, step: Step, outcome: Outcome, expected: Oracle) -> None:
        self.steps += 1
        self.seen["step", step.what, outcome.error or "done"] += 1
        if step.what == "forbidden":
            self.seen["forbidden", FORBIDDEN[step.count][0], "refused"] += 1
        if step.inside:
            self.seen["call-back", step.inside.what, outcome.inside or "undone with the rest"] += 1
        self._count_capped(outcome, expected)
        if not outcome.error:
            if expected.alike > 1:
                self.seen["deal", "life", ALIKE] += 1
            if len(expected.settled) > 1:
                self.seen["deal", "life", "several periods in one call"] += 1
            for settled in expected.settled:
                self._count_settled(settled)
                was_cut = settled.settlement.period in expected.world.cut
                self._note("deal", "life", {"cut off": was_cut, "settled in grace": settled.in_grace})
                self._count_call(settled, expected)
            was_cut = bool(expected.settled) and expected.settled[-1].settlement.period in expected.world.cut
            self._note("deal", "life", {"cash came after a cut-off": was_cut and expected.books.unsettled > 0})

    def _count_call(self, settled: Settled, expected: Oracle) -> None:
        called, paid = settled.settlement.called, settled.settlement.call_paid > 0
        announced = expected.books.announced == settled.settlement.period
        restored = any(settled.settlement.restored)
        happened = (called and paid, called and not paid, called and restored, announced and not called)
        self._note("deal", "life", dict(zip(CALLS, happened, strict=True)))

    def _count_capped(self, outcome: Outcome, expected: Oracle) -> None:
        """How the cap on lifetime cash affected a settlement."""
        if not outcome.error and not expected.settled:
            return
        brought = sum(settled.settlement.collections for settled in expected.settled)
        met = bool(brought) and not expected.beyond
        happened = (
            met and expected.books.room == 0,
            met and expected.books.room == 1,
            bool(brought and expected.beyond),
            bool(expected.settled and expected.beyond and not brought),
            bool(outcome.error and expected.beyond),
        )
        self._note(*CAP, dict(zip(CAPPED, happened, strict=True)))

    def _count_settled(self, settled: Settled) -> None:
        terms, before, settlement, after = settled.terms, settled.before, settled.settlement, settled.after
        late = settlement.period > terms.periods
        self._note("deal", "life", {"late revenue": late, "last period": settlement.period == terms.periods})
        where = ENFORCEMENT if settlement.enforced else NORMAL
        for payment, name in zip(settlement.rungs, self._rung_names(terms)[where], strict=True):
            short = payment.paid < payment.due and payment.rung.fraction == WAD
            events = {"paid": payment.paid > 0, "short": short, "drew on a reserve": payment.from_reserve > 0}
            events["drew on a trap"] = payment.from_trap > 0
            self._note(where, name, events)
        for index, reserve in enumerate(terms.reserves):
            flows = settlement.flows
            drawn, released = flows.drawn[index] > 0, settlement.released[index] > 0
            empty = drawn and after.reserves[index] == 0
            events = {"drawn": drawn, "emptied": empty, "topped up": flows.topped_up[index] > 0, "released": released}
            self._note("reserve", reserve.id, events)
        for index, test in enumerate(terms.tests):
            held, was = after.trapped[index] > before.trapped[index], before.failing(index)
            failing = after.failing(index)
            events = {"failed": failing and not was, "cured": was and not failing, "trapped cash": held}
            events["released"] = before.trapped[index] > after.trapped[index]
            events["report missing"] = bool(settlement.tests) and settlement.tests[index].missing
            self._note("test", test.id, events)
        for name, taken in zip(_tiers(terms), settlement.flows.tiers, strict=True):
            self._note("promote", name, {"took": taken > 0})
        for index, tranche in enumerate(terms.tranches):
            fell = settlement.interest_due[index] - settlement.flows.interest[index]
            events = {
                "in arrears": after.interest_arrears[index] > 0,
                "capitalised": tranche.arrears is ArrearsRule.CAPITALISE and fell > 0,
                "arrears made good": before.interest_arrears[index] > 0 == after.interest_arrears[index],
                "deferred": settlement.deferred[index] > 0,
                "behind on principal": after.principal_arrears[index] > 0,
                "written down": settlement.written_down[index] > 0,
                "repaid": settlement.flows.principal[index] > 0 == after.balance[index],
                "credited": after.credited[index] > before.credited[index],
            }
            self._note("tranche", tranche.id, events)
        for index, fee in enumerate(terms.fees):
            events = {"paid": settlement.flows.fees[index] > 0, "in arrears": after.fee_arrears[index] > 0}
            self._note("fee", fee.id, events)

    def _rung_names(self, terms: DealTerms) -> dict[str, list[str]]:
        """By ladder; put together once for all runs of a deal."""
        if terms is not self._terms:
            self._terms = terms
            ladders = {NORMAL: terms.ladder(enforced=False), ENFORCEMENT: terms.enforcement}
            self._rungs = {where: [terms.rung_name(rung) for rung in ladder] for where, ladder in ladders.items()}
        return self._rungs

    def _note(self, part: str, name: str, events: dict[str, bool]) -> None:
        for event, happened in events.items():
            if happened:
                self.seen[part, name, event] += 1

    def never(self, terms: DealTerms) -> list[tuple[str, str, str]]:
        """What the terms make possible and no run reached."""
        return [each for each in reachable(terms) if not self.seen[each]]


def reachable(terms: DealTerms) -> list[tuple[str, str, str]]:
    """
    Everything worth reaching under these terms, in the order of the deal file.

    An item may be impossible all the same, such as a fee of zero that is paid; the reader must judge.
    """
    items: list[tuple[str, str, str]] = [("deal", "life", "last period"), ("deal", "life", "late revenue")]
    if terms.periods > 1:
        items += [("deal", "life", "several periods in one call"), ("deal", "life", ALIKE)]
    items += [(*CAP, event) for event in CAPPED]
    for where, ladder in ((NORMAL, terms.ladder(enforced=False)), (ENFORCEMENT, terms.enforcement)):
        for rung in ladder:
            items += [(where, terms.rung_name(rung), event) for event in _rung_events(terms, rung)]
    items = list(dict.fromkeys(items))  # of two pots, a rung of both ladders
    for reserve in terms.reserves:
        events = ("drawn", "emptied", "topped up", "released")
        items += [("reserve", reserve.id, event) for event in events]
    trapping = {rung.test for rung in terms.rungs if rung.rule.pays is Pays.TRAP}
    for index, test in enumerate(terms.tests):
        trap = ("trapped cash", "released") if index in trapping else ()
        events = ("failed", "cured", *trap, *(("report missing",) if test.reads_report else ()))
        items += [("test", test.id, event) for event in events]
    for index, tranche in enumerate(terms.tranches):
        items += [("tranche", tranche.id, event) for event in _tranche_events(terms, index)]
    items += [("promote", name, "took") for name in _tiers(terms)]
    for fee in terms.fees:
        in_force = terms.ladder(enforced=False)
        if any(rung.rule.target is Target.FEE and terms.fees[rung.targets[0]] is fee for rung in in_force):
            items.append(("fee", fee.id, "paid"))
            items += [("fee", fee.id, "in arrears")] if fee.carry else []
    return items + _actions(terms)


def _tiers(terms: DealTerms) -> list[str]:
    return [f"tier {place}" for place, _ in enumerate(terms.promote.tiers if terms.promote else (), start=1)]


def _rung_events(terms: DealTerms, rung: Rung) -> list[str]:
    if rung.rule.due is Due.REST:
        return ["paid"]
    drew = [
        f"drew on a {what}"
        for what, pots in (("reserve", terms.reserves), ("trap", terms.tests))
        if any((rung.kind, target) in pot.supports for pot in pots for target in rung.targets)
    ]
    short = ["short"] if rung.fraction == WAD else []
    return ["paid", *short, *drew]


def _tranche_events(terms: DealTerms, index: int) -> list[str]:
    tranche = terms.tranches[index]
    if tranche.residual:
        return ["credited"] + (["written down"] if terms.write_down else [])
    interest = tranche.floating is not None or any(coupon for _, coupon in tranche.coupons)
    arrears = ["capitalised"] if tranche.arrears is ArrearsRule.CAPITALISE else ["in arrears", "arrears made good"]
    arrears += ["deferred"] if any(rung.passing and index in rung.targets for rung in terms.normal) else []
    down = ["written down"] if terms.write_down else []
    return [*(arrears if interest else []), "behind on principal", "repaid", *down]


def _actions(terms: DealTerms) -> list[tuple[str, str, str]]:
    more = [*(["claim_fee"] if terms.fees else []), *(["cut_off"] if terms.delays else [])]
    more += ["announce_call", "let_take"] if terms.call else []
    items = [("step", what, "done") for what in (*_DONE, *_MORE, *more)]
    for what, errors in _REFUSALS.items():
        if what in more or what not in _SOME:
            items += [("step", what, error) for error in errors]
    items += [("forbidden", words, "refused") for words, _ in FORBIDDEN]
    items += [("call-back", "settle", "Deal_Reentered"), ("call-back", "claim", "Deal_Reentered")]
    items.append(("call-back", "claim_for", "Deal_Reentered"))
    if terms.delays:
        items += [("deal", "life", event) for event in ("cut off", "cash came after a cut-off")]
    if terms.call:
        items += [("deal", "life", event) for event in CALLS if terms.write_down or event != CALLS[2]]
    if terms.reads_reports:
        items.append(("step", "report", "done"))
    if terms.grace:
        items += [("step", "settle", "Deal_InGrace"), ("deal", "life", "settled in grace")]
    return list(dict.fromkeys(items))
