"""A report on a period, made through the deal's SingleReporter."""

from __future__ import annotations

from penstock.deploy.admin import AdminPlan, AdminRefused, call, plan_admin
from penstock.deploy.checks import Answers, code_at, same_code
from penstock.evm.artifacts import load_artifacts
from penstock.evm.retry import RetryingRpc
from penstock.model.calendar import timestamp
from penstock.model.report import Report
from penstock.onchain.launch import Deployment
from penstock.onchain.reports import answer_of, arguments_of, question_of, read_answer, report_text
from penstock.onchain.roles import replacement_of, roles_of
from penstock.onchain.state import read_state


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
    terms, deal = deployment.terms, deployment.deal.address
    if not terms.reads_reports:
        raise AdminRefused(f"{terms.name} reads no reports: its terms have nothing that depends on one")
    settled = read_state(deployment.deal, terms).period
    number = settled + 1 if period is None else period
    if settled == terms.periods:
        raise AdminRefused(f"all {terms.periods} periods are settled: no report is read any more")
    if not settled < number <= terms.periods:
        said = "settled already, and its report is not read again" if 0 < number <= settled else "none of the deal's"
        raise AdminRefused(f"period {number} is {said}; accepted: {settled + 1} to {terms.periods}")
    behind = replacement_of(chain, deployment.reports)
    source = behind.current if behind else deployment.reports
    artifact = load_artifacts()["SingleReporter"]
    if not same_code(artifact, code_at(chain, source)):
        raise AdminRefused(
            f"the deal's report source {source} is not a SingleReporter: it takes reports in its own way"
        )
    reporter = next(role.holder for role in roles_of(deployment) if role.contract == source)
    if reporter is None:
        raise AdminRefused(f"nobody can report: the role of reporter of {source} was given up")
    question, wanted = question_of(deal, number), answer_of(report)
    answer = chain.query(source, question)
    there = read_answer(answer, len(terms.fields))
    if there and answer != wanted:
        raise AdminRefused(f"period {number} is reported already, and a report is final: {report_text(terms, there)}")
    intent = f"report of period {number}: {report_text(terms, report)}"
    check = Answers(source, question, wanted)
    arguments = (deal, number, *arguments_of(report))
    step = call(f"report:{number}", intent, reporter, source, artifact.abi, "report", arguments, check)
    notes = []
    ends = terms.accrual_dates[number - 1]
    if chain.now() < timestamp(ends):
        notes.append(f"note: a report is final, and period {number} is not over before {ends}")
    return plan_admin(chain, network, f"report of period {number} of {terms.name}", [step], tuple(notes))
