"""A run as data: the JSON of `penstock simulate --json`. Amounts are decimal strings in currency units."""

from __future__ import annotations

from typing import Any

from penstock.format import format_amount, fraction_text
from penstock.model.deal import Run, Settlement
from penstock.model.ladder import RungPayment
from penstock.model.report import Report
from penstock.model.terms import DealTerms, Promote
from penstock.report.tested import exact_figure, measured


def statement(terms: DealTerms, run: Run) -> dict[str, Any]:
    """
    A run as JSON values; docs/SPEC.md defines every figure.

    `late` is revenue after the last period, if there was any; it has the shape of a period, with null dates.
    """
    writer = _Writer(terms)
    periods = [writer.period(each) for each in run.settlements if each.accrual_date is not None]
    late = [writer.period(each) for each in run.settlements if each.accrual_date is None]
    result: dict[str, Any] = {
        "deal": terms.name,
        "asset": terms.asset,
        "decimals": terms.decimals,
        "conserved": run.conserved,
        "periods": periods,
        "totals": writer.totals(run),
    }
    if late:
        result["late"] = late[-1]
    return result


class _Writer:
    def __init__(self, terms: DealTerms) -> None:
        self.terms = terms

    def amount(self, units: int) -> str:
        return format_amount(units, self.terms.decimals)

    def period(self, settled: Settlement) -> dict[str, Any]:
        terms = self.terms
        return {
            "period": settled.period,
            "accrual_date": None if settled.accrual_date is None else settled.accrual_date.isoformat(),
            "payment_date": None if settled.payment_date is None else settled.payment_date.isoformat(),
            "collections": self.amount(settled.collections),
            "principal_pot": self.amount(settled.principal_pot),
            "report": self.report(settled.report),
            "available": self.amount(settled.available),
            "call": self.call(settled) if settled.called else None,
            "ladder": "enforcement" if settled.enforced else "normal",
            "rungs": [
                {**self.rung(payment), "ladder": terms.ladder_name(place, settled.enforced)}
                for place, payment in enumerate(settled.rungs)
            ],
            "tranches": {each.id: self.tranche(settled, index) for index, each in enumerate(terms.tranches)},
            "fees": {
                fee.id: {
                    "paid": self.amount(settled.flows.fees[index]),
                    "arrears": self.amount(settled.fee_arrears[index]),
                }
                for index, fee in enumerate(terms.fees)
            },
            "reserves": {each.id: self.reserve(settled, index) for index, each in enumerate(terms.reserves)},
            "tests": {
                test.id: {
                    "value": exact_figure(terms, test, made.value),
                    "passed": made.passed,
                    "cured": made.cured,
                    "metric": measured(terms, test),
                    "report_missing": made.missing,
                }
                for test, made in zip(terms.tests, settled.tests, strict=False)  # late revenue is not tested
            },
            "trapped": self.amount(settled.trapped),
            "residual": self.amount(settled.flows.residual),
            **({"promote": self.promote(settled, terms.promote)} if terms.promote else {}),
        }

    def promote(self, settled: Settlement, promote: Promote) -> dict[str, Any]:
        """How the residual was shared; `hurdles` by their rates, after the period."""
        flows = settled.flows
        return {
            "capital": self.amount(flows.residual - flows.promote),
            "promote": self.amount(flows.promote),
            "tiers": [self.amount(each) for each in flows.tiers],
            "hurdles": {
                fraction_text(tier.rate): self.amount(hurdle)
                for tier, hurdle in zip(promote.hurdles, settled.hurdles, strict=True)
            },
            "capital_received": self.amount(settled.capital_received),
            "promote_received": self.amount(settled.promote_received),
        }

    def call(self, settled: Settlement) -> dict[str, Any]:
        """What the payee of the call paid, and what was written down of each lender before."""
        lenders = zip(self.terms.lenders, settled.restored, strict=False)
        restored = {each.id: self.amount(lost) for each, lost in lenders}
        return {"paid": self.amount(settled.call_paid), "restored": restored}

    def report(self, report: Report) -> dict[str, str | None]:
        """What was reported, each field in its unit; null is not reported."""
        amounts = {"loss": report.loss, "asset_value": report.asset_value}
        found = {name: None if each is None else self.amount(each) for name, each in amounts.items()}
        for index, field in enumerate(self.terms.fields):
            figure, places = report.field(index), field.places(self.terms.decimals)
            found[field.id] = None if figure is None else format_amount(figure, places)
        return found

    def rung(self, payment: RungPayment) -> dict[str, str]:
        return {
            "rung": self.terms.rung_name(payment.rung),
            "due": self.amount(payment.due),
            "paid": self.amount(payment.paid),
            "from_reserve": self.amount(payment.from_reserve),
            "from_trap": self.amount(payment.from_trap),
        }

    def tranche(self, settled: Settlement, index: int) -> dict[str, str]:
        flows = settled.flows
        residual = 0 if index < self.terms.equity else flows.equity[index - self.terms.equity]
        return {
            "interest_due": self.amount(settled.interest_due[index]),
            "interest": self.amount(flows.interest[index]),
            "principal_due": self.amount(settled.principal_due[index]),
            "principal": self.amount(flows.principal[index]),
            "residual": self.amount(residual),
            "paid": self.amount(flows.interest[index] + flows.principal[index] + residual),
            "balance": self.amount(settled.balance[index]),
            "interest_arrears": self.amount(settled.interest_arrears[index]),
            "principal_arrears": self.amount(settled.principal_arrears[index]),
            "written_down": self.amount(settled.written_down[index]),
            "pik": self.amount(settled.pik[index]),
            "coupon": fraction_text(settled.coupons[index]),
            "deferred": self.amount(settled.deferred[index]),
        }

    def reserve(self, settled: Settlement, index: int) -> dict[str, str]:
        return {
            "balance": self.amount(settled.reserves[index]),
            "drawn": self.amount(settled.flows.drawn[index]),
            "topped_up": self.amount(settled.flows.topped_up[index]),
            "released": self.amount(settled.released[index]),
        }

    def totals(self, run: Run) -> dict[str, Any]:
        terms, state = self.terms, run.state
        return {
            "collections": self.amount(state.collected),
            "call_paid": self.amount(run.call_paid),
            "paid": {each.id: self.amount(paid) for each, paid in zip(terms.tranches, state.credited, strict=True)},
            "held": self.amount(state.held),
            "opening": self.amount(terms.opening),
            "fees": {fee.id: self.amount(paid) for fee, paid in zip(terms.fees, state.fee_credited, strict=True)},
        }
