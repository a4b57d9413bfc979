"""The page of an offering's terms, as `penstock check` prints it."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.format import exact_money, format_amount, moment
from penstock.model.offering_terms import OfferingTerms
from penstock.model.terms import DealTerms
from penstock.report.tables import table


def offering_terms_page(offering: OfferingTerms, terms: DealTerms) -> RenderableType:
    """What is sold, and in one sentence each, when it ends and who gets the proceeds."""

    def money(amount: int) -> str:
        return f"{exact_money(amount, terms.decimals)} {terms.asset}"

    rows = [
        (
            terms.tranches[lot.tranche].id,
            format_amount(lot.price, terms.decimals),
            f"{lot.units:,}",
            f"{lot.least:,}",
            f"{lot.most:,}",
        )
        for lot in offering.lots
    ]
    shares = format_amount(offering.shares_per_unit, terms.share_decimals)
    title = f"Offering, in units of {shares} {'share' if shares == '1' else 'shares'}"
    parts = [f"{payee} {money(amount)}" for payee, amount in offering.fees]
    parts += [f"opening reserves {money(offering.opening)}"] if offering.opening else []
    parts.append(f"{offering.project} {money(offering.to_project)}")
    rest = f"{offering.underwriter} buys what is left" if offering.underwriter else "it fails unless everything is sold"
    lines = [
        f"open until {moment(offering.deadline_at)}; to be closed by {moment(offering.grace_ends_at)}",
        f"below {money(offering.soft_cap)} at the deadline it fails; above, {rest}",
        f"proceeds {money(offering.proceeds)}: {', '.join(parts)}",
        f"{offering.canceller} may cancel before {money(offering.soft_cap)} are subscribed"
        if offering.canceller
        else "nobody may cancel",
    ]
    columns = ("price", "units", "least of a holder", "most")
    return Group(table(title, ("tranche",), columns, rows, unit=terms.asset), Text(""), Text("\n".join(lines)))
