"""Pages of `penstock status`: one deal in full, or many deals in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.cli.pages.roles import replacement_words
from penstock.format import NO_VALUE, counted, day, exact_money, moment, money, percent
from penstock.model.calendar import SECONDS_PER_DAY
from penstock.model.terms import DealTerms
from penstock.onchain.call_dates import first_in_time, latest_announcement
from penstock.onchain.deployments import DeployedDeal
from penstock.operate.deployments import Snapshot
from penstock.operate.grace import words_of
from penstock.operate.status import DealStatus, Position
from penstock.report.cells import Amount, Cell, Shares
from penstock.report.tables import table
from penstock.report.tested import figure, headroom, measured

MOST_HOLDERS = 10


def status_page(found: DealStatus, most: int = MOST_HOLDERS) -> RenderableType:
    """The whole deal. most : how many holdings are listed, the largest first where there are more."""
    terms, state = found.terms, found.snapshot.state
    rows: list[tuple[Cell, ...]] = []
    for index, each in enumerate(terms.tranches):
        owed = (state.balance[index], state.interest_arrears[index], state.principal_arrears[index])
        credited, claimed = state.credited[index], found.claimed[index]
        cash = (credited, claimed, credited - claimed)
        due: list[Cell] = [NO_VALUE if index >= terms.equity else _money(terms, amount) for amount in owed]
        rows.append((each.id, *due, *(_money(terms, amount) for amount in cash)))
    columns = ("balance", "interest arrears", "principal arrears", "credited", "claimed", "to claim")
    tranches = table("Tranches", ("tranche",), columns, rows, unit=terms.asset)
    parts: list[RenderableType] = [_heading(found), Text(""), tranches]
    tables = (_coming, _tests, _reserves, _promote, _fees)
    for one in (*(each(found) for each in tables), _holders(found, most), _roles(found)):
        if one is not None:
            parts += [Text(""), one]
    return Group(*parts)


def deals_page(found: Sequence[tuple[DeployedDeal, Snapshot]]) -> RenderableType:
    """One line a deal."""
    rows: list[tuple[Cell, ...]] = []
    for member, snapshot in found:
        head, state = member.head, snapshot.state
        failing = sum(needed > 0 for needed in state.passes_needed)
        tests = NO_VALUE if not head.tests else f"{failing} of {head.tests} failing" if failing else "pass"
        amounts = (snapshot.waiting, snapshot.arrears, sum(state.reserves), sum(state.trapped), snapshot.claimable)
        rows.append(
            (
                str(member.file),
                head.name,
                f"{state.called or state.period}/{head.periods}",
                when(snapshot),
                tests,
                *(Amount(amount, head.decimals) for amount in amounts),
            )
        )
    left = ("deployment", "deal", "settled", "next payment date", "tests")
    return table(counted(len(rows), "deal"), left, ("waiting", "arrears", "reserves", "trapped", "claimable"), rows)


def when(snapshot: Snapshot) -> str:
    """The next payment date and how far away it is."""
    if snapshot.state.called:
        return f"none: called in period {snapshot.state.called}"
    if not snapshot.next_payment_at:
        return "none: all periods settled"
    days = (snapshot.next_payment_at - snapshot.now) // SECONDS_PER_DAY
    if snapshot.grace_ends_at:
        return f"{day(snapshot.next_payment_at)} (in grace until {day(snapshot.grace_ends_at)})"
    if snapshot.overdue:
        late = (snapshot.now - snapshot.next_payment_at) // SECONDS_PER_DAY
        more = f", {snapshot.overdue} periods" if snapshot.overdue > 1 else ""
        return f"{day(snapshot.next_payment_at)} (OVERDUE for {counted(late, 'day')}{more})"
    return f"{day(snapshot.next_payment_at)} (in {counted(days, 'day')})"


def would_be_paid(found: DealStatus) -> list[int] | None:
    """What each rung of `dues` would be paid from the waiting cash; None without cash for the ledger."""
    return [each.paid for each in found.coming.rungs] if found.coming else None


def _heading(found: DealStatus) -> Text:
    terms, snapshot = found.terms, found.snapshot
    state = snapshot.state
    text = Text(f"{terms.name}, in {terms.asset}\n", style="bold")
    time = f"chain time {day(snapshot.now)}"
    if state.called:
        text.append(f"{state.called} of {counted(terms.periods, 'period')} settled, then called; {time}\n", "none")
    else:
        ladder = "enforcement" if any(state.passes_needed[test] for test in terms.enforce_on) else "normal"
        done = f"{state.period} of {counted(terms.periods, 'period')} settled"
        text.append(f"{done}; next payment date {when(snapshot)}; {time}; ladder {ladder}\n", "none")
    text.append(f"collected so far {money(found.collected, terms.decimals)}, ", "none")
    text.append(f"collections waiting {_money(terms, snapshot.waiting).text()}, ", "none")
    text.append(f"ledger {money(state.accounted, terms.decimals)}", "none")
    if found.lacking is not None:
        lacking = (
            f"misses {words_of(terms, found.lacking)}" if found.lacking else "pays everything due: it can be settled"
        )
        text.append(f"\nin grace until {day(snapshot.grace_ends_at)}, period {state.period + 1} {lacking}", "none")
    if line := cut_off_line(terms, snapshot):
        text.append(f"\n{line}", "none")
    for line in call_lines(found):
        text.append(f"\n{line}", "none")
    if snapshot.waiting < 0:
        missing = money(-snapshot.waiting, terms.decimals)
        text.append(f"\nthe deal holds {missing} less than its ledger: nothing can be settled")
    return text


def cut_off_line(terms: DealTerms, snapshot: Snapshot) -> str:
    """Which of the waiting cash is the next period's, in a deal with a payment delay; "" for another."""
    period = snapshot.state.period + 1
    if not terms.delays or period > terms.periods:
        return ""
    if not snapshot.is_cut_off:
        return f"period {period} is not cut off: what comes before it is settled counts as its collections"
    later = max(0, snapshot.waiting - snapshot.coming)
    cut, rest = (money(each, terms.decimals) for each in (snapshot.state.cut.collections, later))
    whose = f"period {period + 1}" if period < terms.periods else "late revenue"
    return f"period {period} is cut off at {cut}; later collections {rest}, of {whose}"


def call_lines(found: DealStatus) -> list[str]:
    """Whether the deal may be called, whether its next period is, and what that would take from the payee."""
    call, terms, state = found.call, found.terms, found.snapshot.state
    if call is None:
        return []
    if state.called:
        return [f"called in period {state.called}: nothing is owed any more, and all later revenue is equity's"]
    if state.period == terms.periods:
        return []
    period, who = state.period + 1, f"{call.payee} ({call.address})"
    left, most = (money(each, terms.decimals) for each in (call.outstanding, call.most))
    if call.announced:
        first = f"the call of period {period} is announced by {who}"
    elif not call.allowed:
        return [f"{who} may call the deal once faces less principal paid are {most} or less; they are {left}"]
    elif found.snapshot.now > call.latest:
        return [_too_late(terms, period, who, found.snapshot.now)]
    else:
        first = f"{who} may call the deal: announce period {period} by {moment(call.latest)}"
    if call.missing is None:
        return [first]
    missing, held, approved = (exact_money(each, terms.decimals) for each in (call.missing, call.held, call.approved))
    if call.approved > terms.max_amount:
        approved = "all of it"
    return [first, f"a call with what waits takes {missing} from {call.payee}, who has {held} and allows {approved}"]


def _too_late(terms: DealTerms, period: int, who: str, now: int) -> str:
    """From when on the deal can be called where it is too late for its next period."""
    later = first_in_time(terms, period, now)
    if later is None:
        return (
            f"{who} cannot call the deal any more: it could until {moment(latest_announcement(terms, terms.periods))}"
        )
    by = moment(latest_announcement(terms, later))
    then = f"may announce period {later} once {later - 1} is settled, by {by}"
    return f"it is too late to call period {period}; {who} {then}"


def _coming(found: DealStatus) -> RenderableType | None:
    terms, coming, period = found.terms, found.coming, found.snapshot.state.period + 1
    if period > terms.periods and coming is None:
        return None
    rows = []
    paid, enforced = would_be_paid(found), coming.enforced if coming else found.enforced
    for at, each in enumerate(found.dues):
        due = NO_VALUE if each.due is None else _money(terms, each.due)
        names = (terms.rung_name(each.rung), *((terms.ladder_name(at, enforced),) if terms.two_pots else ()))
        rows.append((*names, due, NO_VALUE if paid is None else _money(terms, paid[at])))
    last = period > terms.periods
    what = "late revenue" if last else f"period {period}, {terms.payment_dates[period - 1]}"
    title = f"Dues of {what}, and what the waiting cash and the reserves would pay"
    if coming is not None and coming.enforced != found.enforced:
        ladder = "enforcement" if coming.enforced else "normal"
        title += f" (settling now would switch to the {ladder} ladder, which is shown)"
    left = ("rung", "ladder") if terms.two_pots else ("rung",)
    return table(title, left, ("due", "would be paid"), rows, unit=terms.asset)


def _tests(found: DealStatus) -> RenderableType | None:
    terms, state = found.terms, found.snapshot.state
    plain = all(test.is_plain for test in terms.tests)
    rows: list[tuple[Cell, ...]] = []
    for index, (test, tested) in enumerate(zip(terms.tests, found.tests, strict=True)):
        needed = state.passes_needed[index]
        word = NO_VALUE if state.called else "fails" if needed else "passes"
        if needed and state.period < terms.periods:  # no test follows the last period, so none could be cured
            word += f", {counted(needed, 'pass', 'passes')} to cure"
        if tested.last and tested.last.missing:
            word += ", report missing"
        last, coming = (figure(terms, test, each.value if each else None) for each in (tested.last, tested.coming))
        side = "≤ " if test.above else ""
        numbers = (last, side + figure(terms, test, test.threshold), headroom(terms, test, tested.last))
        what = () if plain else (measured(terms, test),)
        rows.append((test.id, *what, word, *numbers, test.cure, coming, _money(terms, state.trapped[index])))
    columns = ("last DSCR" if plain else "last", "threshold", "headroom", "cure after", "with waiting cash", "trapped")
    left = ("test", "state") if plain else ("test", "measures", "state")
    return table("Coverage tests", left, columns, rows, unit=terms.asset) if rows else None


def _reserves(found: DealStatus) -> RenderableType | None:
    terms, state = found.terms, found.snapshot.state
    rows = [
        (each.id, _money(terms, holds), _money(terms, target), _money(terms, max(0, target - holds)))
        for each, holds, target in zip(terms.reserves, state.reserves, found.targets, strict=True)
    ]
    columns = ("holds", "target", "missing")
    return table("Reserves", ("reserve",), columns, rows, unit=terms.asset) if rows else None


def _promote(found: DealStatus) -> RenderableType | None:
    terms, state = found.terms, found.snapshot.state
    if terms.promote is None:
        return None
    rows = [
        (f"hurdle of {percent(tier.rate)} a year", _money(terms, hurdle))
        for tier, hurdle in zip(terms.promote.hurdles, state.hurdles, strict=True)
    ]
    received = ("got by the capital", state.capital_received), ("got as promote", state.promote_received)
    rows += [(words, _money(terms, amount)) for words, amount in received]
    return table("Promote: what the capital lacks to each hurdle", ("",), ("amount",), rows, unit=terms.asset)


def _fees(found: DealStatus) -> RenderableType | None:
    terms, state = found.terms, found.snapshot.state
    rows = [
        (fee.id, fee.payee, found.payees[fee.payee], _money(terms, arrears), _money(terms, claimable))
        for fee, arrears, claimable in zip(terms.fees, state.fee_arrears, state.fee_claimable, strict=True)
    ]
    left, right = ("fee", "payee", "address"), ("arrears", "claimable")
    return table("Fees", left, right, rows, unit=terms.asset) if rows else None


def largest(terms: DealTerms, positions: Sequence[Position], most: int | None) -> list[Position]:
    """The holdings to list: all in their order, or where there are more, those with the largest part of a tranche."""
    if most is None or len(positions) <= most:
        return list(positions)

    def part(each: Position) -> tuple[Fraction, int]:
        return Fraction(each.shares, terms.tranches[each.tranche].supply), each.claimable

    return sorted(positions, key=part, reverse=True)[:most]


def _holders(found: DealStatus, most: int) -> RenderableType:
    terms, positions = found.terms, [each for each in found.positions if each.is_open]
    listed = largest(terms, positions, most)
    rows = [
        (
            each.holder,
            terms.tranches[each.tranche].id,
            Shares(each.shares, terms.share_decimals),
            _money(terms, each.claimable),
        )
        for each in listed
    ]
    title, total = "Holders", None
    if len(listed) < len(positions):
        title = f"Holders: the {len(listed):,} largest of {len(positions):,} holdings; --holders N lists more"
        total = (f"all {len(positions):,}", "", "", _money(terms, sum(each.claimable for each in positions)))
    return table(title, ("holder", "tranche"), ("shares", "claimable"), rows, total=total, unit=terms.asset)


def _roles(found: DealStatus) -> RenderableType:
    rows = [("sponsor", found.sponsor, NO_VALUE, "")]
    rows += [
        (each.name, each.holder or "nobody", each.pending or NO_VALUE, replacement_words(each)) for each in found.roles
    ]
    return table("Roles", ("role", "held by", "offered to", "replacement"), (), rows)


def _money(terms: DealTerms, amount: int) -> Amount:
    return Amount(amount, terms.decimals)
