"""What a treasurer reads: a deal's status, one settlement, claims."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.chain.manifest import Manifest
from penstock.chain.treasury import Claim, Outcome, Status
from penstock.model.calendar import timestamp
from penstock.model.terms import DealTerms
from penstock.report.tables import table
from penstock.report.words import exact_money, money


def launched_page(manifest: Manifest, terms: DealTerms, file: str, now: int) -> RenderableType:
    """Addresses of what was made, where they are written down, and which periods are overdue already."""
    rows = [("deal", manifest.deal), ("asset", manifest.asset + (" (MockUSD)" if manifest.asset_is_mock else ""))]
    rows += [(f"share {name}", address) for name, address in manifest.shares.items()]
    rows += [(f"payee {label}", address) for label, address in manifest.payees.items()]
    heading = f"{terms.name} on chain {manifest.chain_id}, launched for {manifest.gas:,} gas"
    overdue = sum(timestamp(day) <= now for day in terms.payment_dates)
    notes = [f"manifest: {file}"]
    if overdue:
        notes.append(
            f"note: the chain's clock is past {overdue} of {terms.periods} payment dates; "
            "the first cash belongs to the first of these periods"
        )
    return Group(table(heading, ("what", "address"), rows=rows), Text(""), Text("\n".join(notes)))


def settled_page(terms: DealTerms, outcome: Outcome) -> RenderableType:
    """What one call to settle did, from the deal's state before and after."""
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
    return table(heading, ("to",), ("amount",), rows)


def claims_page(terms: DealTerms, holder: str, claims: Sequence[Claim]) -> RenderableType:
    rows = [(made.name, exact_money(made.amount, terms.decimals), f"{made.gas:,}") for made in claims]
    return table(f"{holder} took", ("of",), (terms.asset, "gas"), rows)


def status_page(terms: DealTerms, status: Status) -> RenderableType:
    """The whole deal on one screen."""
    state = status.state
    parts: list[RenderableType] = [_heading(terms, status), Text("")]
    rows = []
    for index, each in enumerate(terms.tranches):
        owed = (state.balance[index], state.interest_arrears[index], state.principal_arrears[index])
        cash = (state.credited[index], state.claimed[index], state.credited[index] - state.claimed[index])
        balances = [_money(terms, amount) for amount in owed] if index != terms.equity else ["–"] * 3
        rows.append((each.id, *balances, *(_money(terms, amount) for amount in cash)))
    columns = ("balance", "interest arrears", "principal arrears", "credited", "claimed", "to claim")
    parts.append(table("Tranches", ("tranche",), columns, rows))
    parts += _others(terms, status)
    decimals = 10**terms.share_decimals
    rows = []
    for holder, shares, claimable in status.holders:
        for index, tranche in enumerate(terms.tranches):
            if shares[index] or claimable[index]:
                rows.append((holder, tranche.id, f"{shares[index] / decimals:,.2f}", _exact(terms, claimable[index])))
    parts += [Text(""), table("Holders", ("holder", "tranche"), ("shares", "claimable"), rows)]
    return Group(*parts)


def _others(terms: DealTerms, status: Status) -> list[RenderableType]:
    """Fees, reserves and tests, each only where the deal has some."""
    state, parts = status.state, []
    if terms.fees:
        found = [
            (fee.id, fee.payee, _money(terms, arrears), _exact(terms, claimable))
            for fee, arrears, claimable in zip(terms.fees, state.fee_arrears, state.fee_claimable, strict=True)
        ]
        parts += [Text(""), table("Fees", ("fee", "payee"), ("arrears", "claimable"), found)]
    if terms.reserves:
        held = [(each.id, _money(terms, holds)) for each, holds in zip(terms.reserves, state.reserves, strict=True)]
        parts += [Text(""), table("Reserves", ("reserve",), ("holds",), held)]
    if terms.tests:
        tests = [
            (test.id, f"fails, {needed} passes to cure" if needed else "passes", _money(terms, trapped))
            for test, needed, trapped in zip(terms.tests, state.passes_needed, state.trapped, strict=True)
        ]
        parts += [Text(""), table("Tests", ("test", "state"), ("trapped",), tests)]
    return parts


def _heading(terms: DealTerms, status: Status) -> Text:
    state = status.state
    text = Text(f"{terms.name}, in {terms.asset}\n", style="bold")
    done = f"{state.period} of {terms.periods} periods settled"
    if status.next_payment_at:
        overdue = " (due)" if status.now >= status.next_payment_at else ""
        done += f"; next payment date {_day(status.next_payment_at)}{overdue}"
    ladder = "enforcement" if any(state.passes_needed[test] for test in terms.enforce_on) else "normal"
    text.append(f"{done}; chain time {_day(status.now)}; ladder {ladder}\n", style="not bold")
    text.append(f"collections waiting {_signed(terms, status.waiting)}, ", style="not bold")
    text.append(f"ledger {_money(terms, state.accounted)}", style="not bold")
    if status.waiting < 0:
        text.append(f"\nthe deal holds {_money(terms, -status.waiting)} less than its ledger: nothing can be settled")
    return text


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d}"


def _money(terms: DealTerms, amount: int) -> str:
    return money(amount, terms.decimals)


def _exact(terms: DealTerms, amount: int) -> str:
    return exact_money(amount, terms.decimals)


def _signed(terms: DealTerms, amount: int) -> str:
    return ("-" if amount < 0 else "") + money(abs(amount), terms.decimals)
