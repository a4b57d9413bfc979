"""Pages of `penstock settle` and `claim`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.format import counted, day, exact_money, money
from penstock.model.terms import DealTerms
from penstock.operate.claim import Claim
from penstock.operate.claim_for import ClaimsMade
from penstock.operate.cut_off import Cut
from penstock.operate.outcome import Outcome
from penstock.operate.settle import Settled
from penstock.report.cells import Amount, Cell
from penstock.report.tables import spaced, table

MOST_STRANGERS = 10


def settled_page(terms: DealTerms, outcome: Outcome) -> RenderableType:
    """What our settlements gave to whom, and how much of the collections this run paid in itself."""
    what = _periods_text(terms.periods, [each.number for each in outcome.steps])
    rows = [
        (f"fee {fee.id}", _cell(terms, paid))
        for fee, paid in zip(terms.fees, outcome.change("fee_credited"), strict=True)
    ]
    rows += [
        (each.id, _cell(terms, paid)) for each, paid in zip(terms.tranches, outcome.change("credited"), strict=True)
    ]
    for reserve, change in zip(terms.reserves, outcome.change("reserves"), strict=True):
        rows.append((f"reserve {reserve.id}", _cell(terms, change)))
    trapped = zip(
        terms.tests, outcome.steps[0].before.trapped, outcome.after.trapped, outcome.change("trapped"), strict=True
    )
    rows += [(f"trap {test.id}", _cell(terms, change)) for test, before, after, change in trapped if before or after]
    all_paid = outcome.paid == outcome.collections
    part = "all" if all_paid else f"{_money(terms, outcome.paid)} of it"
    paid = f", {part} paid by this run" if outcome.paid else ""
    heading = (
        f"Settled {what}: collections {_money(terms, outcome.collections)} {terms.asset}{paid}, {outcome.gas:,} gas"
    )
    page = table(heading, ("to",), ("amount",), rows, unit=terms.asset)
    short = [*call_lines(terms, outcome), *short_lines(terms, outcome)]
    return Group(page, Text(""), Text("\n".join(short))) if short else page


def call_lines(terms: DealTerms, outcome: Outcome) -> list[str]:
    """A line where one of our settlements was a clean-up call, or its call was not paid."""
    if outcome.unpaid_call:
        return [outcome.unpaid_call]
    if terms.call is None or outcome.call_paid is None:
        return []
    paid = _overdue(terms, outcome.call_paid)
    return [f"called: {terms.call.payee} paid {paid}; nothing is owed any more, and all later revenue is equity's"]


def short_lines(terms: DealTerms, outcome: Outcome) -> list[str]:
    """
    Arrears, interest deferred and capitalised, what was paid in kind, failing tests and the enforcement ladder, one
    line each.

    Tests are left out after the last period, because none follows that could cure them.
    """
    state, added, in_kind = outcome.after, outcome.capitalised(), outcome.pik()
    lines = []
    for index, each in enumerate(terms.lenders):
        deferred, principal = outcome.deferred()[index], state.principal_arrears[index]
        owed = {"interest": 0 if deferred else state.interest_arrears[index], "principal": principal}
        parts = [f"{_overdue(terms, amount)} {what}" for what, amount in owed.items() if amount]
        if parts:
            lines.append(f"short: {each.id} {' and '.join(parts)} in arrears")
        if deferred:
            unpaid = max(deferred, added[index])
            lines.append(f"deferred: {each.id} {_overdue(terms, unpaid)} interest, while {_defers(terms, index)} fails")
        elif added[index] > 0:
            lines.append(f"short: {each.id} {_overdue(terms, added[index])} interest, capitalised")
        if in_kind[index]:
            lines.append(f"paid in kind: {each.id} {_overdue(terms, in_kind[index])}, added to its balance")
    for fee, amount in zip(terms.fees, state.fee_arrears, strict=True):
        if amount:
            lines.append(f"short: fee {fee.id} {_overdue(terms, amount)} in arrears")
    for index, (test, needed) in enumerate(zip(terms.tests, state.passes_needed, strict=True)):
        if needed and state.period < terms.periods:
            lines.append(f"{test.id} fails: {counted(needed, 'pass', 'passes')} to cure")
        silent = [each.number for each in outcome.steps if each.made.tests and each.made.tests[index].missing]
        if silent:
            lines.append(f"{test.id} was not tested in {_periods_text(terms.periods, silent)}: its report is missing")
    if any(state.passes_needed[test] for test in terms.enforce_on):
        lines.append("the enforcement ladder is in force")
    return lines


def _defers(terms: DealTerms, tranche: int) -> str:
    """The tests while whose failure a tranche's interest is deferred."""
    tests = [rung.test for rung in terms.normal if rung.passing and tranche in rung.targets]
    return " or ".join(terms.tests[test].id for test in tests if test is not None)


def claims_page(terms: DealTerms, holder: str, claims: Sequence[Claim]) -> RenderableType:
    rows = [(made.name, Amount(made.amount, terms.decimals, exact=True), made.gas) for made in claims]
    return table(f"Claimed by {holder}", ("of",), (terms.asset, "gas"), rows)


def claimed_for_page(terms: DealTerms, made: ClaimsMade) -> RenderableType:
    """What holders were paid, by tranche, and every holder that was not paid although it had something to claim."""
    rows: list[tuple[Cell, ...]] = []
    for index, each in enumerate(terms.tranches):
        amounts = [one.amount for one in made.paid if one.tranche == index]
        if amounts:
            rows.append((each.id, len(amounts), Amount(sum(amounts), terms.decimals, exact=True)))
    transactions = f"{counted(made.transactions, 'transaction')}, {made.gas:,} gas"
    paid = len({one.holder for one in made.paid})
    parts: list[RenderableType] = []
    if rows:
        heading = f"Paid to {counted(paid, 'holder')} in {transactions}"
        parts += [table(heading, ("of",), ("payments", terms.asset), rows)]
    elif made.transactions:
        parts += [Text(f"Nobody was paid in {transactions}")]
    if made.skipped:
        left: list[tuple[Cell, ...]] = [
            (one.holder, terms.tranches[one.tranche].id, Amount(one.amount, terms.decimals, exact=True), one.reason)
            for one in made.skipped
        ]
        parts += [table("Not paid", ("holder", "tranche"), (terms.asset,), left, ("why",))]
    lines = []
    if made.idle:
        lines.append(f"{counted(len(made.idle), 'holder')} {'has' if len(made.idle) == 1 else 'have'} nothing to claim")
    lines += [f"{each} holds no shares of this deal" for each in made.strangers[:MOST_STRANGERS]]
    if len(made.strangers) > MOST_STRANGERS:
        lines.append(f"and {len(made.strangers) - MOST_STRANGERS} more hold no shares of this deal")
    if lines:
        parts.append(Text("\n".join(lines)))
    return spaced(parts)


def settled_line(done: Settled) -> str:
    """One line for one of many deals."""
    head = done.member.head
    what = _periods_text(head.periods, [each.number for each in done.periods])
    collections = exact_money(sum(each.collections for each in done.periods), head.decimals)
    short = "" if done.error or not done.arrears else f", {exact_money(done.arrears, head.decimals)} in arrears"
    return f"{done.member.file}: settled {what}: collections {collections}, {done.gas:,} gas{short}"


def open_line(done: Settled) -> str:
    """One line for a period that nobody cut off, in a deal with a payment delay."""
    return (
        f"{done.member.file}: period {done.open_until_settled} was not cut off: what had come in when it was settled "
        "was its collections; penstock cut-off fixes them before"
    )


def cut_line(cut: Cut) -> str:
    """One line for a deal whose collections were to be cut off."""
    if not cut.period:
        return f"{cut.member.file}: {cut.idle}"
    collections = exact_money(cut.collections, cut.member.head.decimals)
    return f"{cut.member.file}: cut off period {cut.period}: collections {collections}, {cut.gas:,} gas"


def idle_line(done: Settled) -> str:
    """One line for a deal that needed no transaction."""
    if done.next_payment_at:
        return f"{done.member.file}: nothing is due; next payment date {day(done.next_payment_at)}"
    settled = done.member.head.periods
    return f"{done.member.file}: nothing is due; {settled} of {counted(settled, 'period')} settled"


def left_line(done: Settled) -> str:
    """One line for periods that are still overdue."""
    overdue = f"{counted(done.left, 'period')} {'is' if done.left == 1 else 'are'} overdue"
    if done.waiting:
        waiting = exact_money(done.waiting, done.member.head.decimals)
        return f"{done.member.file}: {overdue}, and {waiting} has come since the cut-off; penstock settle again"
    return f"{done.member.file}: {overdue}, and no revenue has been received; --empty settles without revenue"


def _periods_text(periods: int, settled: Sequence[int]) -> str:
    """`period 1`, `periods 1 to 3`, `periods 1, 3` where another run settled what is between, `late revenue`."""
    regular = [number for number in settled if number <= periods]
    parts = ["late revenue"] if len(regular) < len(settled) else []
    if len(regular) == 1:
        parts.insert(0, f"period {regular[0]}")
    elif regular:
        in_a_row = regular[-1] - regular[0] + 1 == len(regular)
        text = f"{regular[0]} to {regular[-1]}" if in_a_row else ", ".join(map(str, regular))
        parts.insert(0, f"periods {text}")
    return " and ".join(parts)


def _money(terms: DealTerms, amount: int) -> str:
    return money(amount, terms.decimals)


def _overdue(terms: DealTerms, amount: int) -> str:
    """Rounded down as in the table, but exact when that would show 0.00."""
    return _money(terms, amount) if amount * 100 >= 10**terms.decimals else exact_money(amount, terms.decimals)


def _cell(terms: DealTerms, amount: int) -> Amount:
    return Amount(amount, terms.decimals)
