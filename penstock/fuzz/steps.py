"""What can happen to a deal, as data: a run is a list of steps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from penstock.format import exact_money
from penstock.model.report import Report
from penstock.model.terms import MAX_FIELDS, DealTerms
from penstock.model.units import MAX_AMOUNT
from penstock.onchain.reports import STANDARD_FIELDS, report_text

HOLDERS = ("ann", "bob", "barred", "vault", "looper", "sponsor")
"""Who may own shares: two people, one whom the asset blocks, two contracts (the second calls back), the sponsor."""

PEOPLE = ("ann", "bob", "barred", "sponsor", "operator", "trustee", "registrar", "reporter", "anyone")
"""Who signs transactions. Contracts among the holders act when anybody makes them."""

CONTRACTS = ("vault", "looper")
ACTORS = (*PEOPLE, *CONTRACTS)
PAYEES = ("operator", "trustee")
DEAL = "the deal"
DONE = "done"

WITHOUT_REASON = "no reason given"

FORBIDDEN = (
    ("closes the deal again", "Deal_NotFactory"),
    ("moves shares past the share", "Deal_NotShare"),
    ("sends ether to the deal", WITHOUT_REASON),
    ("calls what is not there", WITHOUT_REASON),
    ("launches the same deal again", "FailedDeployment"),
    ("takes the registry", "OwnableUnauthorizedAccount"),
    ("takes the reporter's place", "OwnableUnauthorizedAccount"),
)
"""What nobody may do, and how it is refused."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    One action of one account. `what` decides which fields are used; the rest keep their defaults.

    by : the actor. to, of : the other parties. tranche : index, of a fee for claim_fee.
    amount : base units of the asset or of a share; seconds for wait. count : of periods; or which period
    or forbidden action.
    figures : of a report, loss and asset value first; None where nothing is reported.
    good : whether a permit is signed by the right account; of switch, whether others
    may claim for the actor.
    inside : what the looper does while the asset of this step calls it back.
    """

    what: str
    by: str = ""
    to: str = ""
    of: str = ""
    tranche: int = 0
    amount: int = 0
    count: int = 0
    figures: tuple[int | None, ...] = ()
    good: bool = True
    inside: Step | None = None

    @property
    def report(self) -> Report:
        loss, asset_value = (*self.figures, None, None)[:2]
        return Report(loss, asset_value, self.figures[2:])


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended: the name of the error that refused it, "" if it was done. inside : of the step inside."""

    error: str = ""
    inside: str = ""

    def __str__(self) -> str:
        return (f"refused: {self.error}" if self.error else DONE) + (f", inside: {self.inside}" if self.inside else "")


def payees_of(terms: DealTerms) -> dict[str, str]:
    """The actor behind each payee label."""
    labels = sorted(terms.payees)
    return {label: PAYEES[index % len(PAYEES)] for index, label in enumerate(labels)}


def allotments_of(terms: DealTerms, seed: int) -> dict[tuple[int, str], int]:
    """Shares at closing, by tranche and holder: one has half of a tranche, the next a quarter, the third the rest."""
    given = {}
    for index, tranche in enumerate(terms.tranches):
        first = (seed >> 3 * index) % len(HOLDERS)
        names = [HOLDERS[(first + place) % len(HOLDERS)] for place in range(3)]
        half, quarter = tranche.supply // 2, tranche.supply // 4
        parts = (half, quarter, tranche.supply - half - quarter)
        given.update({(index, name): part for name, part in zip(names, parts, strict=True) if part})
    return given


def tell(terms: DealTerms, step: Step) -> str:
    """The step in words: "ann pays 3.00 and settles 1"."""
    text = _PHRASES[step.what].format(
        by=step.by,
        to=step.to,
        of=step.of,
        count=step.count,
        cash=exact_money(step.amount, terms.decimals),
        shares=f"{exact_money(step.amount, terms.share_decimals)} shares of {_tranche(terms, step.tranche)}",
        tranche=_tranche(terms, step.tranche),
        fee=terms.fees[step.tranche].id if step.tranche < len(terms.fees) else "that does not exist",
        report=report_text(terms, step.report),
        signed="as it signed" if step.good else "by a forged signature",
        permit="a permit" if step.good else "a forged permit",
        lets="lets" if step.good else "does not let",
        time=_long(step.amount),
        forbidden=FORBIDDEN[step.count % len(FORBIDDEN)][0],
    )
    return text + (f" (called back, {tell(terms, step.inside)})" if step.inside else "")


_PHRASES = {
    "wait": "{time} go by",
    "gift": "{by} sends {cash} to the deal",
    "transfer_cum": "{by} sends {to} {shares} with what they earned",
    "claim_to": "{by} has {to} paid what it can claim of {tranche}",
    "claim_signed": "{by} has {to} paid, {signed}, what {of} can claim of {tranche}",
    "cut_off": "{by} cuts the next period off",
    "announce_call": "{by} announces the call of the next period",
    "let_take": "{by} lets the deal take {cash}",
    "settle": "{by} settles {count}",
    "pay": "{by} pays {cash} and settles {count}",
    "pay_by_permit": "{by} pays {cash} by {permit} and settles {count}",
    "alike": "{by} settles {count} in one call, then {to} one by one, both taken back",
    "claim": "{by} claims {tranche}",
    "claim_for": "{by} claims {tranche} for {to}",
    "switch": "{by} {lets} others claim for it",
    "claim_fee": "{by} claims the fee {fee}",
    "transfer": "{by} transfers {shares} to {to}",
    "approve": "{by} lets {to} transfer {shares}",
    "transfer_from": "{by} transfers {shares} from {of} to {to}",
    "permit": "{by} brings {permit} of {of}: {to} may transfer {shares}",
    "allow": "{by} lets {to} hold",
    "disallow": "{by} lets {to} hold no longer",
    "block": "the asset blocks {to}",
    "unblock": "the asset unblocks {to}",
    "pause": "the asset is paused",
    "unpause": "the asset is unpaused",
    "cut": "the asset destroys {cash} of the deal",
    "report": "{by} reports on period {count}: {report}",
    "forbidden": "{by} {forbidden}",
}


def dump(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """Steps as JSON objects; fields at their defaults are left out."""
    plain = Step("")
    entries = []
    for step in steps:
        entry = {name: value for name, value in asdict(step).items() if value != getattr(plain, name)}
        if step.inside:
            (entry["inside"],) = dump([step.inside])
        entries.append(entry)
    return entries


def undump(entries: Sequence[dict[str, Any]]) -> list[Step]:
    """
    Raises
    ------
    ValueError : for an entry that is no step.
    """
    known = {field.name for field in fields(Step)}
    steps = []
    for entry in entries:
        if not isinstance(entry, dict) or not set(entry) <= known or not _is_step(entry):
            raise ValueError(f"not a step: {json.dumps(entry)[:80]}")
        inside = undump([entry["inside"]])[0] if entry.get("inside") else None
        steps.append(Step(**{**entry, "inside": inside, "figures": tuple(entry.get("figures", ()))}))
    return steps


def _is_step(entry: dict[str, Any]) -> bool:
    """Whether the entry names an action and its actor, with values of the right types."""
    plain, what = Step(""), entry.get("what")
    rest = [(getattr(plain, name), value) for name, value in entry.items() if name not in ("inside", "figures")]
    if not isinstance(what, str) or what not in _PHRASES or any(type(each) is not type(value) for each, value in rest):
        return False
    if (what == "report") is not _is_report(entry.get("figures", ())):
        return False
    numbers = [value for _, value in rest if isinstance(value, int)]
    known = {"by": ACTORS, "to": (*ACTORS, DEAL), "of": HOLDERS}
    named = all(entry.get(name) in names for name, names in known.items() if f"{{{name}}}" in _PHRASES[what])
    return named and all(0 <= each < 2**256 for each in numbers)


def _is_report(figures: Any) -> bool:
    """Whether they are what a report may hold: at least one number, and None for what is not reported."""
    if not isinstance(figures, (list, tuple)) or len(figures) > len(STANDARD_FIELDS) + MAX_FIELDS:
        return False
    there = [each for each in figures if each is not None]
    return bool(there) and all(type(each) is int and 0 <= each <= MAX_AMOUNT for each in there)


def _tranche(terms: DealTerms, index: int) -> str:
    return terms.tranches[index].id if index < len(terms.tranches) else "a tranche that does not exist"


def _long(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    return f"{days} days" + (f" {rest} s" if rest else "")
