"""
Terms that no deal file may state, launched all the same: the factory refuses none of them.

given a deal's address alone, and terms that break rules
    it should say WRONG, name each rule that is broken, and replay nothing
given a deal file that states other terms than the chain has
    it should hold the chain's terms against the rules too
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pytest

from penstock.audit.run import Audit, audit
from penstock.audit.subject import Target
from penstock.evm.networks import connect_to_read
from penstock.model.terms import DealTerms, Rung, RungKind
from penstock.model.units import WAD
from penstock.onchain.launch import System
from tests.audit.tamper import names
from tests.contracts.deals import PLAIN, PLAIN_FILE
from tests.contracts.stage import put_on

INTEREST, PRINCIPAL = Rung(RungKind.INTEREST, (0,)), Rung(RungKind.PRINCIPAL, (0,))
RESIDUAL = Rung(RungKind.RESIDUAL, (1,))
EQUITY = PLAIN.tranches[1]


def paying(*rungs: Rung) -> DealTerms:
    return replace(PLAIN, normal=rungs)


BROKEN: dict[str, tuple[DealTerms, Sequence[str]]] = {
    "equity first": (
        paying(RESIDUAL, INTEREST, PRINCIPAL),
        ['ladder.normal[1] = "residual:equity": nothing is left for the rungs after it; accepted: one residual:equity'],
    ),
    "no interest": (
        paying(PRINCIPAL, RESIDUAL),
        ['the ladder can skip the lender "senior"; accepted: a rung interest:'],
    ),
    "200 %": (
        paying(INTEREST, PRINCIPAL, Rung(RungKind.SWEEP, (0,), 2 * WAD), RESIDUAL),
        ['ladder.normal[3] = "sweep:senior:2": not a fraction: "2"; accepted: a fraction above 0, at most 1'],
    ),
    "no residual": (paying(INTEREST, PRINCIPAL), ["the ladder does not end in the residual"]),
    "all of these": (
        paying(RESIDUAL, Rung(RungKind.SWEEP, (0,), 2 * WAD)),
        [
            "nothing is left for the rungs after it",
            "not a fraction",
            "does not end in the residual",
            "a rung interest:",
        ],
    ),
    "one tranche": (
        replace(PLAIN, tranches=(EQUITY,), normal=(Rung(RungKind.RESIDUAL, (0,)),)),
        ["1 tranche; accepted: 2 to 16"],
    ),
    "a target nobody is": (paying(INTEREST, PRINCIPAL, Rung(RungKind.SWEEP, (6,)), RESIDUAL), ["no_tranche_7"]),
    "a spread without its rule": (
        replace(PLAIN, tranches=(replace(PLAIN.tranches[0], spread=1), EQUITY)),
        [
            "no deal file gives these terms: they differ from byte",
            "spread is 0.000000000000000001 on the chain and 0 in the file",
        ],
    ),
}


class Audited(Protocol):
    def __call__(self, terms: DealTerms, text: str | None = None) -> Audit: ...


@pytest.fixture
def audited(anvil_system: System, tmp_path: Path) -> Iterator[Audited]:
    chain = anvil_system.chain

    def run(terms: DealTerms, text: str | None = None) -> Audit:
        deal = put_on(anvil_system, terms).deal.address
        return audit(connect_to_read(chain.endpoint), Target(deal, text, "plain.toml"), tmp_path / "checkpoint")  # type: ignore[attr-defined]

    undone: AbstractContextManager[None] = chain.undone()
    with undone:
        yield run


@pytest.mark.parametrize("case", BROKEN)
def test_every_rule_that_terms_break_is_named(audited: Audited, case: str) -> None:
    terms, words = BROKEN[case]
    found = audited(terms)
    names(found, "terms", "against the rules of a deal file: ")
    lines = [str(each) for each in found.findings.differences]
    for each in words:
        assert any(each in line for line in lines), f"{each!r} is not in {lines}"
    assert all(each.startswith("terms: against the rules of a deal file: ") for each in lines)
    assert found.name == "Small" and found.events == 0
    assert found.findings.checks["periods"].notes == [
        "not replayed: the model is defined for terms that a deal file gives"
    ]
    assert found.findings.checks["code"].count > 5, "all code is compared even so"


def test_a_deal_file_that_states_other_terms_hides_none_of_it(audited: Audited) -> None:
    found = audited(paying(RESIDUAL, INTEREST, PRINCIPAL), PLAIN_FILE)
    names(found, "terms", "other terms than plain.toml from byte")
    assert any("nothing is left for the rungs after it" in str(each) for each in found.findings.differences)
