"""Who may hold shares, in the words of `[holders]`: for `penstock check` and the pages of a deployment."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.format import NO_VALUE, day, exact_money
from penstock.model.compliance import MAX_COUNTRY, InvestorClass, PolicyRules, Rule, TrancheRules
from penstock.report.cells import Cell
from penstock.report.tables import table

REFUSED_BY = {
    Rule.SENDER_FROZEN: "the sender is frozen",
    Rule.SENDER_HOLDS: "the sender's class keeps its shares until a later date",
    Rule.RECEIVER_UNKNOWN: "the receiver is not registered",
    Rule.RECEIVER_EXPIRED: "the receiver's registration has expired",
    Rule.RECEIVER_FROZEN: "the receiver is frozen",
    Rule.COUNTRY: "investors of the receiver's country may not receive shares",
    Rule.CLASS: "investors of the receiver's class may not receive shares of this tranche",
    Rule.AMOUNT_FROZEN: "so many of the sender's shares are frozen",
    Rule.LOT: "shares move in whole lots",
    Rule.SENDER_BELOW_MINIMUM: "the sender would keep fewer shares than the minimum",
    Rule.RECEIVER_BELOW_MINIMUM: "the receiver would have fewer shares than the minimum",
    Rule.LARGEST_PART: "the receiving investor would have more than the largest part",
    Rule.INVESTORS: "the tranche would have more investors than it may",
}
"""What a rule that refuses says of the transfer."""

ALWAYS = (
    "an investor counts once, however many accounts it has",
    "a holder whose registration has expired receives nothing, sells to one that may receive, and claims",
    "the registrar may freeze shares; claims of cash ask no rule and no freeze",
)


def holders_page(rules: PolicyRules, tranches: Sequence[str], decimals: int) -> RenderableType:
    """
    The rules of a policy.

    Parameters
    ----------
    tranches : their ids. decimals : of a share.
    """
    rows: list[tuple[Cell, ...]] = [
        (name, classes_of(each), *_limits(each, decimals)) for name, each in zip(tranches, rules.tranches, strict=True)
    ]
    columns = ("investors", "largest", "minimum", "lot")
    shown = table("Who may hold shares", ("tranche", "classes"), columns, rows)
    return Group(shown, Text("\n".join((countries_of(rules), *_dates(rules), *ALWAYS))))


def classes_of(rules: TrancheRules) -> str:
    """The classes that may receive shares of a tranche."""
    return ", ".join(each.name.lower() for each in sorted(rules.classes)) or "all"


def countries_of(rules: PolicyRules) -> str:
    """The rule of countries, by their codes."""
    if rules.countries is None:
        return "investors of every country may receive shares"
    denied = sorted(set(range(1, MAX_COUNTRY + 1)) - rules.countries)
    if len(denied) < len(rules.countries):
        return f"investors of these countries may receive no shares: {_codes(denied)} (ISO 3166)"
    return f"only investors of these countries may receive shares: {_codes(sorted(rules.countries))} (ISO 3166)"


def _codes(countries: Sequence[int]) -> str:
    return ", ".join(f"{each:03}" for each in countries)


def _dates(rules: PolicyRules) -> list[str]:
    return [
        f"{InvestorClass(each).name.lower()} investors send no shares before {day(at)}"
        for each, at in sorted(rules.held_until.items())
    ]


def _limits(rules: TrancheRules, decimals: int) -> tuple[str, str, str, str]:
    def shares(amount: int) -> str:
        return exact_money(amount, decimals) if amount else NO_VALUE

    investors = f"{rules.investors:,}" if rules.investors else NO_VALUE
    return investors, shares(rules.largest), shares(rules.minimum), shares(rules.lot)
