"""Pages of `penstock report status`: who signed what of a period, and what that makes."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from penstock.deploy.admin import AdminRefused
from penstock.deploy.quorum_report import Collected, agreed
from penstock.evm.retry import RetryingRpc
from penstock.format import fraction_text
from penstock.model.report import Report
from penstock.onchain.launch import Deployment
from penstock.onchain.reports import question_of, read_answer, report_text
from penstock.onchain.signed_report import named
from penstock.report.tables import table


def status_page(chain: RetryingRpc, deployment: Deployment, got: Collected) -> RenderableType:
    """Each reporter with what it signed; then what was reported, what a quorum would report, or why not."""
    terms, signed = deployment.terms, {each.reporter: each for each in got.reports}
    rows = [
        (each, report_text(terms, signed[each].report) if each in signed else "nothing yet")
        for each in got.quorum.reporters
    ]
    size, count = got.quorum.size, len(got.quorum.reporters)
    title = f"Period {got.period} of {terms.name}: {size} of {count} reporters make a report"
    if got.quorum.tolerance:
        title += f", two of them within {fraction_text(got.quorum.tolerance * 100)} %"
    there = _reported(chain, deployment, got)
    lines = [f"left out: {each}" for each in got.faults]
    if there:
        lines.append(f"reported: {report_text(terms, there)}")
    else:
        words, report = _would(chain, got)
        lines.append(f"a quorum is in: {report_text(terms, report)}; penstock report submit" if report else words)
    return Group(table(title, ("reporter", "signed"), rows=rows), Text(""), Text("\n".join(lines)))


def status_json(chain: RetryingRpc, deployment: Deployment, got: Collected) -> dict[str, object]:
    """The same, every figure exact. `reported`, `would_report` : None where there is none."""
    terms, signed = deployment.terms, {each.reporter: each for each in got.reports}
    there, (words, would) = _reported(chain, deployment, got), _would(chain, got)
    return {
        "deal": got.place.deal,
        "source": got.place.source,
        "period": got.period,
        "quorum": got.quorum.size,
        "tolerance": fraction_text(got.quorum.tolerance),
        "reporters": {
            each: named(terms, signed[each].report) if each in signed else None for each in got.quorum.reporters
        },
        "left_out": list(got.faults),
        "reported": named(terms, there) if there else None,
        "would_report": named(terms, would) if would and not there else None,
        "reason": words if not there and not would else None,
    }


def _reported(chain: RetryingRpc, deployment: Deployment, got: Collected) -> Report | None:
    answer = chain.query(got.place.source, question_of(got.place.deal, got.period))
    return read_answer(answer, len(deployment.terms.fields))


def _would(chain: RetryingRpc, got: Collected) -> tuple[str, Report | None]:
    try:
        return "", agreed(got, chain.now())[1]
    except AdminRefused as refused:
        return str(refused), None
