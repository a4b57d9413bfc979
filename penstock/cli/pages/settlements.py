"""Pages of `penstock settle` and `claim`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.format import counted, exact_money, money
from penstock.model.terms import DealTerms
from penstock.onchain.state import ChainState
from penstock.operate.claim import Claim
from penstock.operate.pay import Outcome
from penstock.operate.settle import Settled
from penstock.report.tables import table


def settled_page(terms: DealTerms, outcome: Outcome) -> RenderableType:
    """What one settlement paid, from the deal's state before and after."""
    first, last = outcome.before.period + 1, outcome.after.period
    what = "late revenue" if last < first else f"period {first}" if last == first else f"periods {first} to {last}"
    rows = [(f"fee {fee.id}", _money(terms, paid)) for fee, paid in zip(terms.fees, outcome.fees, strict=True)]
    rows += [(each.id, _money(terms, paid)) for each, paid in zip(terms.tranches, outcome.credited, strict=True)]
    for reserve, before, after in zip(terms.reserves, outcome.before.reserves, outcome.after.reserves, strict=True):
        rows.append((f"reserve {reserve.id}", _signed(terms, after - before)))
    for test, before, after in zip(terms.tests, outcome.before.trapped, outcome.after.trapped, strict=True):
        if before or after:
            rows.append((f"trap {test.id}", _signed(terms, after - before)))
    heading = f"Settled {what}: collections {_money(terms, outcome.collections)} {terms.asset}, {outcome.gas:,} gas"
    page = table(heading, ("to",), ("amount",), rows)
    short = short_lines(terms, outcome.before, outcome.after)
    return Group(page, Text(""), Text("\n".join(short))) if short else page


def short_lines(terms: DealTerms, before: ChainState, state: ChainState) -> list[str]:
    """
    Arrears, capitalised interest, failing tests and the enforcement ladder, one line each; empty when all was paid.

    Tests are left out after the last period, because none follows that could cure them.
    """
    lines = []
    for index, each in enumerate(terms.tranches[:-1]):
        owed = {"interest": state.interest_arrears[index], "principal": state.principal_arrears[index]}
        parts = [f"{_overdue(terms, amount)} {what}" for what, amount in owed.items() if amount]
        if parts:
            lines.append(f"short: {each.id} {' and '.join(parts)} in arrears")
        joined = state.balance[index] - before.balance[index]
        if joined > 0:
            lines.append(f"short: {each.id} {_overdue(terms, joined)} interest, capitalised")
    for fee, amount in zip(terms.fees, state.fee_arrears, strict=True):
        if amount:
            lines.append(f"short: fee {fee.id} {_overdue(terms, amount)} in arrears")
    for test, needed in zip(terms.tests, state.passes_needed, strict=True):
        if needed and state.period < terms.periods:
            lines.append(f"{test.id} fails: {counted(needed, 'pass', 'passes')} to cure")
    if any(state.passes_needed[test] for test in terms.enforce_on):
        lines.append("the enforcement ladder is in force")
    return lines


def claims_page(terms: DealTerms, holder: str, claims: Sequence[Claim]) -> RenderableType:
    rows = [(made.name, exact_money(made.amount, terms.decimals), f"{made.gas:,}") for made in claims]
    return table(f"Claimed by {holder}", ("of",), (terms.asset, "gas"), rows)


def settled_line(done: Settled) -> str:
    """One line for one of many deals."""
    head, last = done.member.head, done.periods[-1].number
    first = done.periods[0].number
    what = (
        "late revenue" if first > head.periods else f"period {first}" if first == last else f"periods {first} to {last}"
    )
    collections = exact_money(sum(each.collections for each in done.periods), head.decimals)
    short = "" if done.error or not done.arrears else f", {exact_money(done.arrears, head.decimals)} in arrears"
    return f"{done.member.file}: settled {what}: collections {collections}, {done.gas:,} gas{short}"


def idle_line(done: Settled) -> str:
    """One line for a deal that needed no transaction."""
    if done.next_payment_at:
        return f"{done.member.file}: nothing is due; next payment date {day(done.next_payment_at)}"
    settled = done.member.head.periods
    return f"{done.member.file}: nothing is due; {settled} of {counted(settled, 'period')} settled"


def left_line(done: Settled) -> str:
    """One line for overdue periods that have received no revenue."""
    overdue = f"{counted(done.left, 'period')} {'is' if done.left == 1 else 'are'} overdue"
    return f"{done.member.file}: {overdue}, and no revenue has been received; --empty settles without revenue"


def day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d}"


def _money(terms: DealTerms, amount: int) -> str:
    return money(amount, terms.decimals)


def _overdue(terms: DealTerms, amount: int) -> str:
    """Rounded down as in the table, but exact when that would show 0.00."""
    return _money(terms, amount) if amount * 100 >= 10**terms.decimals else exact_money(amount, terms.decimals)


def _signed(terms: DealTerms, amount: int) -> str:
    return ("-" if amount < 0 else "") + money(abs(amount), terms.decimals)
