"""Pages of `penstock offtake`: terms, schedule, a bill, and the state of an offtake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.dealfile.offtake import MONTHS_PER_YEAR, Billed, OfftakePlan
from penstock.deploy.admin import AdminRefused
from penstock.deploy.offtake import due_of, money
from penstock.format import NO_VALUE, counted, exact_money, format_amount, moment, percent
from penstock.links.offtake import Due
from penstock.links.prices import present_value
from penstock.model.calendar import SECONDS_PER_DAY
from penstock.onchain.offtake import DeployedOfftake
from penstock.report.cells import Amount, Cell
from penstock.report.tables import table

MOST_BILLS = 40
MOST_DUE = 12


def terms_page(plan: OfftakePlan) -> RenderableType:
    """What a buyer would accept."""
    terms, row = plan.terms, plan.terms.rows[0]
    last = terms.rows[-1]

    def price(units: int) -> str:
        return f"{exact_money(units, plan.decimals)} {plan.asset} a million units"

    rows = [
        ("bills", f"{len(terms.rows)}, from {plan.days[0]} to the day before {plan.days[-1]}"),
        ("price", price(row.price) + (f", rising to {price(last.price)}" if last.price != row.price else "")),
        ("at most", f"{row.cap:,} units a bill" if row.cap else "no cap"),
        ("at least", f"{row.floor:,} units a bill, also when fewer came" if row.floor else "what came"),
    ]
    if row.guarantee:
        rows.append(("guaranteed", f"{row.guarantee:,} units a bill, or {price(row.damages)} of damages"))
    rows += [
        ("deposit", f"{exact_money(terms.deposit, plan.decimals)} {plan.asset}" if terms.deposit else "none"),
        (
            "late",
            f"{terms.grace // SECONDS_PER_DAY} days after a bill's last, at {percent(terms.late_rate)} a year",
        ),
    ]
    if plan.note:
        rows.append(("note", plan.note))
    return table(plan.name, ("", "terms"), rows=rows)


def schedule_page(plan: OfftakePlan, bills: Sequence[Billed], rate: int | None) -> RenderableType:
    """A row for each bill, or for each year where there are many."""
    known = [each for each in bills if each.amount is not None]
    many = len(bills) > MOST_BILLS
    rows = _by_year(plan, bills) if many else [_bill_row(plan, each) for each in bills]
    names, figures = ("year", "bills") if many else ("bill", "from"), ("price", "units", "amount")
    total = sum(each.amount or 0 for each in known)
    last = ("total", "", "", f"{sum(each.quantity or 0 for each in known):,}", _amount(plan, total if known else None))
    lines = [] if len(known) == len(bills) else [f"{counted(len(bills) - len(known), 'bill')} without readings"]
    if rate is not None and known:
        lines.append(f"value today at {percent(rate)}, each year at its end: {_value(plan, bills, rate)} {plan.asset}")
    page = table(f"{plan.name}, price of a million units", names, figures, rows, total=last, unit=plan.asset)
    return Group(page, Text(""), Text("\n".join(lines))) if lines else page


def _bill_row(plan: OfftakePlan, each: Billed) -> tuple[Cell, ...]:
    units = NO_VALUE if each.quantity is None else f"{each.quantity:,}"
    return str(each.row + 1), str(each.start), _amount(plan, each.terms.price), units, _amount(plan, each.amount)


def _by_year(plan: OfftakePlan, bills: Sequence[Billed]) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for year in dict.fromkeys(each.start.year for each in bills):
        some = [each for each in bills if each.start.year == year]
        known = [each for each in some if each.amount is not None]
        units = f"{sum(each.quantity or 0 for each in known):,}" if known else NO_VALUE
        amount = sum(each.amount or 0 for each in known) if known else None
        rows.append((str(year), str(len(some)), _amount(plan, some[0].terms.price), units, _amount(plan, amount)))
    return rows


def schedule_json(plan: OfftakePlan, bills: Sequence[Billed], rate: int | None) -> dict[str, object]:
    """Every bill, exact."""
    known = [each.amount for each in bills if each.amount is not None]
    return {
        "name": plan.name,
        "asset": plan.asset,
        "bills": [
            {
                "bill": each.row + 1,
                "from": each.start.isoformat(),
                "until": each.end.isoformat(),
                "price": format_amount(each.terms.price, plan.decimals),
                "cap": each.terms.cap or None,
                "floor": each.terms.floor,
                "guarantee": each.terms.guarantee,
                "damages": format_amount(each.terms.damages, plan.decimals),
                "units": each.quantity,
                "amount": None if each.amount is None else format_amount(each.amount, plan.decimals),
            }
            for each in bills
        ],
        "total": format_amount(sum(known), plan.decimals) if known else None,
        "value_today": _value(plan, bills, rate).replace(",", "") if rate is not None and known else None,
    }


def flows_csv(plan: OfftakePlan, bills: Sequence[Billed]) -> str:
    """The bills as the flows of a deal: collections on the last day of each."""
    rows = [
        f"{_last_day(each)},{format_amount(each.amount, plan.decimals)}" for each in bills if each.amount is not None
    ]
    return "\n".join(["date,collections", *rows, ""])


@dataclass(frozen=True)
class Invoice:
    """A bill for people and for machines."""

    page: RenderableType
    as_json: dict[str, object]


def invoice(at: DeployedOfftake, bill: int) -> Invoice:
    """
    One bill of a deployed offtake.

    Raises
    ------
    AdminRefused : there is none, or it is not final.
    """
    owed, row = due_of(at, bill), at.terms.rows[bill - 1]
    start, end = at.terms.window(bill - 1)
    payee, late = str(at.contract.call("payeeOf", bill - 1)), at.terms.late_from(bill - 1)
    rows = [
        ("from", moment(start)),
        ("until", moment(end)),
        ("meter", f"{at.terms.meter} at {at.terms.meters}"),
        ("price", f"{money(at, row.price)} a million units"),
        ("bill", money(at, owed.bill)),
        ("unpaid", money(at, owed.unpaid)),
        ("interest", money(at, owed.late)),
        ("due in all", money(at, owed.unpaid + owed.late)),
        ("buyer", at.terms.buyer),
        ("paid to", payee),
        ("late from", moment(late)),
    ]

    def amount(units: int) -> str:
        return format_amount(units, at.plan.decimals)

    return Invoice(
        table(f"Bill {bill} of {at.plan.name}", ("", "invoice"), rows=rows),
        {
            "offtake": at.manifest.offtake,
            "bill": bill,
            "from": start,
            "until": end,
            "meter": at.terms.meter,
            "price": amount(row.price),
            "amount": amount(owed.bill),
            "unpaid": amount(owed.unpaid),
            "interest": amount(owed.late),
            "due": amount(owed.unpaid + owed.late),
            "buyer": at.terms.buyer,
            "payee": payee,
            "late_from": late,
        },
    )


def status_page(at: DeployedOfftake) -> RenderableType:
    """Where the offtake is, and the bills that are final and not paid."""
    state, rows = at.state, len(at.terms.rows)
    word = "finished" if state.finished else "in force" if state.accepted else "not accepted"
    lines: list[tuple[Cell, ...]] = [
        ("state", word),
        ("bills paid", f"{state.next} of {rows}"),
        ("deposit", money(at, state.deposit)),
        ("drawn of the next bill", money(at, state.drawn)),
        ("credited to the buyer", money(at, state.credit)),
        ("buyer", at.terms.buyer),
        ("offtake", at.manifest.offtake),
    ]
    page = table(f"{at.plan.name} on {at.manifest.network}", ("", "now"), rows=lines)
    found = _unpaid(at)
    if not found:
        return Group(page, Text(""), Text("no bill is final and unpaid"))
    rows_: list[tuple[Cell, ...]] = [
        (str(bill), moment(at.terms.late_from(bill - 1)), *(_amount(at.plan, each) for each in owed))
        for bill, owed in found
    ]
    names = ("bill", "late from"), ("bill", "unpaid", "interest")
    return Group(page, Text(""), table("Final and not paid", *names, rows_, unit=at.plan.asset))


def status_json(at: DeployedOfftake) -> dict[str, object]:
    """The same, exact; `late_from` is a Unix time."""
    state = at.state

    def amount(units: int) -> str:
        return format_amount(units, at.plan.decimals)

    return {
        "name": at.plan.name,
        "offtake": at.manifest.offtake,
        "chain_id": at.manifest.chain_id,
        "meter": at.terms.meter,
        "meters": at.terms.meters,
        "buyer": at.terms.buyer,
        "accepted": state.accepted,
        "finished": state.finished,
        "bills": len(at.terms.rows),
        "paid": state.next,
        "deposit": amount(state.deposit),
        "drawn": amount(state.drawn),
        "credit": amount(state.credit),
        "due": [
            {
                "bill": bill,
                "amount": amount(owed.bill),
                "unpaid": amount(owed.unpaid),
                "interest": amount(owed.late),
                "late_from": at.terms.late_from(bill - 1),
            }
            for bill, owed in _unpaid(at)
        ],
    }


def _unpaid(at: DeployedOfftake) -> list[tuple[int, Due]]:
    """Bills that are final and not paid, the first ones."""
    found: list[tuple[int, Due]] = []
    for bill in range(at.state.next + 1, min(len(at.terms.rows), at.state.next + MOST_DUE) + 1):
        try:
            found.append((bill, due_of(at, bill)))
        except AdminRefused:
            break
    return found


def _value(plan: OfftakePlan, bills: Sequence[Billed], rate: int) -> str:
    """To the cent, rounded once."""
    first = bills[0].start
    years: dict[int, Fraction] = {}
    for each in bills:
        months = (each.start.year - first.year) * MONTHS_PER_YEAR + each.start.month - first.month
        year = months // MONTHS_PER_YEAR
        years[year] = years.get(year, Fraction(0)) + Fraction(each.amount or 0, 10**plan.decimals)
    value = present_value([years.get(year, Fraction(0)) for year in range(max(years) + 1)], rate)
    return exact_money(int(value * 100 + Fraction(1, 2)), 2)


def _amount(plan: OfftakePlan, units: int | None) -> Cell:
    return NO_VALUE if units is None else Amount(units, plan.decimals)


def _last_day(each: Billed) -> str:
    from datetime import timedelta

    return (each.end - timedelta(days=1)).isoformat()
