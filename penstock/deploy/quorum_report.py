"""A report on a period that several reporters signed, brought together and sent by anyone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from penstock.deploy.admin import AdminPlan, AdminRefused, plan_admin
from penstock.deploy.checks import code_at
from penstock.deploy.report import early, period_to_report, source_of, step_of
from penstock.evm.codec import Address
from penstock.evm.retry import RetryingRpc
from penstock.evm.signers import who_signed
from penstock.format import counted, moment
from penstock.links import quorum as rules
from penstock.links.errors import LinkRefused
from penstock.links.quorum import Quorum, Signed
from penstock.model.calendar import SECONDS_PER_DAY, timestamp
from penstock.model.grace import grace_ends_at
from penstock.model.report import Report
from penstock.onchain import signed_report
from penstock.onchain.launch import Deployment
from penstock.onchain.quorum import quorum_of
from penstock.onchain.signed_report import Place, SignedReport, SignedReportRefused

LAST_DAYS = 366
"""Days after the end of its grace until which a period's report is signed to be in time."""


@dataclass(frozen=True)
class Collected:
    """Signed reports of one period, by reporter in rising order. faults : why other files do not count, a line each."""

    period: int
    quorum: Quorum
    place: Place
    reports: tuple[SignedReport, ...]
    faults: tuple[str, ...]

    @property
    def missing(self) -> list[Address]:
        """Who has not signed."""
        there = {each.reporter for each in self.reports}
        return [each for each in self.quorum.reporters if each not in there]


def place_of(chain: RetryingRpc, deployment: Deployment) -> tuple[Place, Quorum]:
    """
    Where the deal's reports count, and who makes them.

    Raises
    ------
    AdminRefused : when the deal's report source is no QuorumReporter.
    """
    source = source_of(chain, deployment)
    quorum = quorum_of(chain, source)
    if quorum is None:
        raise AdminRefused(f"the deal's report source {source} has one reporter; accepted: penstock report DEPLOYMENT")
    return Place(chain.chain_id, source, deployment.deal.address), quorum


def to_sign(
    chain: RetryingRpc, deployment: Deployment, period: int | None, report: Report, reporter: Address
) -> SignedReport:
    """
    What a reporter is to sign, with no signature yet: valid from the period's first day to a year after its grace.

    Raises
    ------
    AdminRefused : as `period_to_report` and `place_of`; and for an account that is no reporter.
    """
    terms = deployment.terms
    number = period_to_report(deployment, period)
    place, quorum = place_of(chain, deployment)
    if reporter not in quorum.reporters:
        raise AdminRefused(f"{reporter} is no reporter of this deal; accepted: {', '.join(quorum.reporters)}")
    first = terms.closing if number == 1 else terms.accrual_dates[number - 2]
    until = grace_ends_at(terms, number) + LAST_DAYS * SECONDS_PER_DAY
    return SignedReport(place, number, report, timestamp(first), until, reporter, b"")


def collect(chain: RetryingRpc, deployment: Deployment, period: int | None, places: Iterable[Path]) -> Collected:
    """
    The signed reports of a period in files and folders.

    Raises
    ------
    AdminRefused : as `period_to_report` and `place_of`. FileRefused : a file that cannot be read.
    """
    number = period_to_report(deployment, period)
    place, quorum = place_of(chain, deployment)
    found: dict[Address, SignedReport] = {}
    faults = []
    for file in _files(places):
        try:
            each = signed_report.read(file, deployment.terms)
            if not _concerns(each, place, number):
                continue
            _require_good(chain, each, place, quorum)
            if (before := found.get(each.reporter)) and before.figures != each.figures:
                raise SignedReportRefused(f"{each.reporter} signed other figures too: both are left out")
            found[each.reporter] = each
        except SignedReportRefused as refused:
            faults.append(f"{file}: {refused}" if not str(refused).startswith(str(file)) else str(refused))
            if "other figures" in str(refused):
                found.pop(each.reporter, None)
    order = sorted(found.values(), key=lambda each: int(each.reporter, 16))
    return Collected(number, quorum, place, tuple(order), tuple(faults))


def plan_submission(chain: RetryingRpc, network: str, deployment: Deployment, got: Collected, sender: str) -> AdminPlan:
    """
    The step that makes the report of a quorum.

    Raises
    ------
    AdminRefused : too few reports, or reports that make none. As `step_of`.
    """
    chosen, report = agreed(got, chain.now())
    period = got.period
    arguments = (rules.subject_of(got.place.deal), period, [each.as_sent for each in chosen])
    step = step_of(chain, deployment, got.place.source, period, report, sender, "QuorumReporter", arguments)
    notes = [f"signed by {', '.join(each.reporter for each in chosen)}"]
    if left := len(got.reports) - len(chosen):
        notes.append(f"note: {counted(left, 'more report')} not needed: those of the lowest addresses are sent")
    notes += [f"note: left out: {each}" for each in got.faults]
    notes += [f"note: {each}" for each in early(chain, deployment, period)]
    return plan_admin(chain, network, f"report of period {period} of {deployment.terms.name}", [step], tuple(notes))


def agreed(got: Collected, now: int) -> tuple[Sequence[SignedReport], Report]:
    """
    The reports to send, and what they make.

    Raises
    ------
    AdminRefused : too few reports, or reports that make none.
    """
    size, there = got.quorum.size, got.reports
    if len(there) < size:
        have, missing = counted(len(there), "report"), ", ".join(got.missing)
        wrong = f"; left out: {got.faults[0]}" if got.faults else ""
        raise AdminRefused(f"{have} of period {got.period}, and {size} make one: nothing yet of {missing}{wrong}")
    tried = [there[:size]] + ([there[:3]] if size == 2 and len(there) > 2 else [])
    refusals = []
    for chosen in tried:
        try:
            reported, values = rules.report(got.quorum, [Signed(each.reporter, each.figures) for each in chosen], now)
        except LinkRefused as refused:
            refusals.append(_words(refused, chosen))
            continue
        figures = [value if reported >> place & 1 else None for place, value in enumerate(values)]
        loss, asset_value, *fields = [*figures, None, None][: max(2, len(figures))]
        return chosen, Report(loss, asset_value, tuple(fields))
    raise AdminRefused(f"the reports of period {got.period} make none: {refusals[-1]}")


def _words(refused: LinkRefused, chosen: Sequence[SignedReport]) -> str:
    """A refusal of the contract, in words."""
    name, values = refused.name.removeprefix("QuorumReporter_"), refused.values
    if name == "Apart":
        return "the two are further apart than the tolerance; accepted: a third report"
    if name == "Early":
        return f"that of {values[0]} is valid from {moment(values[1])} on"
    if name == "Late":
        return f"that of {values[0]} was valid until {moment(values[1])}"
    if name == "OtherFields":
        return f"{values[0]} reports other fields than {chosen[0].reporter}; accepted: all the same"
    return str(refused)


def _files(places: Iterable[Path]) -> list[Path]:
    """Files as they are named; of a folder, its JSON files by name."""
    found = []
    for each in places:
        found += sorted(each.glob("*.json")) if each.is_dir() else [each]
    return found


def _concerns(each: SignedReport, place: Place, period: int) -> bool:
    """Reports of other deals and periods may be in the same folder."""
    return each.place.deal == place.deal and each.period == period


def _require_good(chain: RetryingRpc, each: SignedReport, place: Place, quorum: Quorum) -> None:
    """Raises SignedReportRefused."""
    if each.place.chain_id != place.chain_id:
        raise SignedReportRefused(f"signed for chain {each.place.chain_id}, and this is {place.chain_id}")
    if each.place.source != place.source:
        raise SignedReportRefused(f"signed for the source {each.place.source}, and the deal reads {place.source}")
    if each.reporter not in quorum.reporters:
        raise SignedReportRefused(f"{each.reporter} is no reporter of this deal")
    if not _is_signed(chain, each):
        raise SignedReportRefused(f"the signature is not {each.reporter}'s, of these figures")


def _is_signed(chain: RetryingRpc, each: SignedReport) -> bool:
    if who_signed(each.digest, each.signature) == each.reporter:
        return True
    return bool(code_at(chain, each.reporter))  # a contract says so itself when the report is made
