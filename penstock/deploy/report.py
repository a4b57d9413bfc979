"""A report on a period, made through the deal's SingleReporter."""

from __future__ import annotations

from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import Answers, code_at, same_code
from penstock.deploy.plan import Step
from penstock.evm.artifacts import load_artifacts
from penstock.evm.codec import Address
from penstock.evm.retry import RetryingRpc
from penstock.model.calendar import timestamp
from penstock.model.report import Report
from penstock.onchain.launch import Deployment
from penstock.onchain.reports import answer_of, arguments_of, question_of, read_answer, report_text
from penstock.onchain.roles import replacement_of, roles_of
from penstock.onchain.state import read_state

Arguments = tuple[object, ...]


def plan_report(
    chain: RetryingRpc, network: str, deployment: Deployment, period: int | None, report: Report
) -> AdminPlan:
    """
    The step that reports on a period; None for the next one to be settled. A report that is there already is done.

    Raises
    ------
    AdminRefused : the deal reads no reports, or none of that period any more; another report is there; or its source is
    not a SingleReporter, or has no reporter.
    """
    number = period_to_report(deployment, period)
    source = source_of(chain, deployment)
    if not same_code(load_artifacts()["SingleReporter"], code_at(chain, source)):
        way = "it takes reports in its own way"
        if same_code(load_artifacts()["QuorumReporter"], code_at(chain, source)):
            way = "several reporters sign; accepted: penstock report sign, then penstock report submit"
        raise AdminRefused(f"the deal's report source {source} is not a SingleReporter: {way}")
    reporter = next(role.holder for role in roles_of(deployment) if role.contract == source)
    if reporter is None:
        raise AdminRefused(f"nobody can report: the role of reporter of {source} was given up")
    arguments = (deployment.deal.address, number, *arguments_of(report))
    step = step_of(chain, deployment, source, number, report, reporter, "SingleReporter", arguments)
    notes = tuple(f"note: {each}" for each in early(chain, deployment, number))
    return plan_admin(chain, network, f"report of period {number} of {deployment.terms.name}", [step], notes)


def period_to_report(deployment: Deployment, period: int | None) -> int:
    """
    The period that is asked for; with None the next one to be settled.

    Raises
    ------
    AdminRefused : the deal reads no reports, or none of that period any more.
    """
    terms = deployment.terms
    if not terms.reads_reports:
        raise AdminRefused(f"{terms.name} reads no reports: its terms have nothing that depends on one")
    settled = read_state(deployment.deal, terms).period
    number = settled + 1 if period is None else period
    if settled == terms.periods:
        raise AdminRefused(f"all {terms.periods} periods are settled: no report is read any more")
    if not settled < number <= terms.periods:
        said = "settled already, and its report is not read again" if 0 < number <= settled else "none of the deal's"
        raise AdminRefused(f"period {number} is {said}; accepted: {settled + 1} to {terms.periods}")
    return number


def source_of(chain: RetryingRpc, deployment: Deployment) -> Address:
    """The source in effect: the deal's own, or the one behind it that can be replaced."""
    behind = replacement_of(chain, deployment.reports)
    return behind.current if behind else deployment.reports


def step_of(
    chain: RetryingRpc,
    deployment: Deployment,
    source: Address,
    period: int,
    report: Report,
    sender: Address,
    contract: str,
    arguments: Arguments,
) -> Step:
    """
    The step that makes a report, done if the source has the same one.

    Raises
    ------
    AdminRefused : another report is there.
    """
    terms = deployment.terms
    question, wanted = question_of(deployment.deal.address, period), answer_of(report)
    answer = chain.query(source, question)
    there = read_answer(answer, len(terms.fields))
    if there and answer != wanted:
        raise AdminRefused(f"period {period} is reported already, and a report is final: {report_text(terms, there)}")
    intent = f"report of period {period}: {report_text(terms, report)}"
    abi, check = load_artifacts()[contract].abi, Answers(source, question, wanted)
    return call(f"report:{period}", intent, sender, source, abi, "report", arguments, check)


def early(chain: RetryingRpc, deployment: Deployment, period: int) -> list[str]:
    """What somebody who reports before the period is over should know."""
    ends = deployment.terms.accrual_dates[period - 1]
    if chain.now() >= timestamp(ends):
        return []
    return [f"a report is final, and period {period} is not over before {ends}"]
