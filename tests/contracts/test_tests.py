"""
tests of every kind, on the chain as in the model
├── given a report that a test needs
│   └── it should be compared with its threshold
└── given it is missing
    ├── the counter should stay, and the trap take what equity would get, though no counter runs
    ├── what the trap holds should not be released, and be released once the report passes
    └── the lens should return it, and storage hold it as the audit expects
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from penstock.audit.books import AuditBooks
from penstock.audit.storage import expected_words
from penstock.evm.chain import Contract
from penstock.model.deal import run
from penstock.model.report import Report
from penstock.model.terms import Metric, Rung, Test
from penstock.model.units import WAD
from penstock.onchain.events import settled_in
from penstock.onchain.launch import System
from penstock.onchain.terms_encode import encode_terms
from penstock.onchain.terms_layout import Flag, Header
from tests.contracts import deals
from tests.contracts.stage import put_on
from tests.fixtures.reports import tell
from tests.fixtures.tested import RECEIVED, TERMS
from tests.model.examples import INTEREST, PRINCIPAL, RESIDUAL, TRAP, deal_of, lender

OC = Test("oc", 0, 120 * WAD // 100, cure=2, metric=Metric.OC)


@pytest.mark.parametrize("narrow", [True, False])
def test_a_life_with_every_test_is_the_models(system: System, reporter: Contract, narrow: bool) -> None:
    terms = replace(TERMS, narrow=narrow)
    stage = put_on(system, terms, reports=reporter)
    life = run(terms, RECEIVED.collections, RECEIVED.reports)
    for made, cash, report in zip(life.settlements, RECEIVED.collections, RECEIVED.reports, strict=True):
        tell(reporter, stage.deal.address, made.period, *report.figures)
        (settled,) = settled_in(stage.settle(cash), stage.deal.abi, terms)
        assert settled.passes_needed == [each.passes_needed for each in made.tests]
        assert settled.paid == [each.paid for each in made.rungs]
        assert sum(stage.state().trapped) == made.trapped
    assert life.settlements[1].trapped and not any(each.passes_needed for each in life.settlements[1].tests[:3])


@pytest.mark.parametrize("narrow", [True, False])
def test_a_trap_holds_what_is_left_without_a_report(system: System, reporter: Contract, narrow: bool) -> None:
    rungs = (Rung(INTEREST, (0,)), Rung(PRINCIPAL, (0,)), Rung(TRAP, test=0), Rung(RESIDUAL, (1,)))
    terms = replace(deal_of(replace(lender(), supply=1000), normal=rungs, tests=(OC,)), narrow=narrow)
    stage, books = put_on(system, terms, reports=reporter), AuditBooks(terms)
    slots = system.artifacts["Deal"].slots
    trapped = []
    for period, value in enumerate((None, None, 1200, None), start=1):
        report = Report(asset_value=value)
        if value is not None:
            tell(reporter, stage.deal.address, period, None, value)
        (log,) = settled_in(stage.settle(150), stage.deal.abi, terms)
        books.cash += 150
        books.settle_as_logged(log, report, None, last=True, called=False)
        state = stage.state()
        assert state.passes_needed == [0]
        trapped.append(state.trapped[0])
        for word in expected_words(terms, books, slots):
            there = int.from_bytes(system.chain.storage(stage.deal.address, word.slot), "big")
            assert there in word.values, (period, word.name)
    assert trapped == [50, 100, 0, 0]


def test_a_deal_of_plain_dscrs_has_no_flag_for_others() -> None:
    payees = {fee.payee: "0x" + "11" * 20 for fee in deals.WHOLE.fees}
    flags = Header.read(encode_terms(deals.WHOLE, "0x" + "22" * 20, payees), 0).flags
    assert not flags & (Flag.JUDGES | Flag.TRAPS_ALWAYS)
    flags = Header.read(encode_terms(TERMS, "0x" + "22" * 20, {}), 0).flags
    assert Flag.JUDGES in flags and Flag.TRAPS_ALWAYS in flags
