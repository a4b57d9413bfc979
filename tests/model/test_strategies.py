"""Every deal that is drawn is one a deal file could hold: the file's own rules accept its ladders."""

from __future__ import annotations

from typing import cast

from hypothesis import given

from penstock.dealfile.ladder import LadderRules, Names
from penstock.dealfile.source import Source
from penstock.model.terms import MAX_FEES, MAX_RESERVES, MAX_RUNGS, MAX_TESTS, MAX_TRANCHES, DealTerms, RungKind
from penstock.model.units import MAX_SUPPLY
from tests.strategies import Life, deals, lives


class Refusing:
    """A source with no text behind it: the rules ask it for errors and for values to show."""

    def error(self, path: object, reason: str, accepted: str) -> Exception:
        return AssertionError(f"{path}: {reason}; accepted: {accepted}")

    def value(self, path: object) -> str:
        return str(path)


def names_of(terms: DealTerms) -> Names:
    return Names(
        [tranche.id for tranche in terms.tranches],
        [fee.id for fee in terms.fees],
        [reserve.id for reserve in terms.reserves],
        [test.id for test in terms.tests],
        classes=len(terms.tranches) - terms.equity,
    )


@given(terms=deals())
def test_no_ladder_skips_a_lender(terms: DealTerms) -> None:
    source = cast(Source, Refusing())
    for word, ladder in (("normal", terms.normal), ("enforcement", terms.enforcement)):
        if ladder:
            LadderRules(
                source, (word,), ladder, terms.tranches, terms.reserves, names_of(terms), [True] * terms.equity
            ).check()
    assert bool(terms.enforcement) == bool(terms.enforce_on)


@given(terms=deals())
def test_every_part_keeps_to_the_file(terms: DealTerms) -> None:
    assert 2 <= len(terms.tranches) <= MAX_TRANCHES
    assert len(terms.fees) <= MAX_FEES
    assert len(terms.reserves) <= MAX_RESERVES
    assert len(terms.tests) <= MAX_TESTS
    assert max(len(terms.normal), len(terms.enforcement)) <= MAX_RUNGS
    dates = (terms.closing, *terms.accrual_dates)
    assert list(dates) == sorted(set(dates))
    rungs = (*terms.normal, *terms.enforcement)
    for tranche in terms.tranches:
        assert 0 < tranche.face <= terms.max_amount
        assert 0 < tranche.supply <= MAX_SUPPLY
        assert not tranche.schedule or sum(tranche.schedule) == tranche.face
    for reserve in terms.reserves:
        assert reserve.supports
        assert all(
            any(rung.kind is kind and target in rung.targets for rung in rungs) for kind, target in reserve.supports
        )
        if reserve.ahead:
            assert any(reserve.ahead) or reserve.parts
            assert {kind for kind, _ in reserve.supports} & {RungKind.INTEREST, RungKind.PRINCIPAL}


@given(life=lives())
def test_a_lifes_cash_fits_the_chain(life: Life) -> None:
    terms, flows = life
    assert len(flows.collections) == len(flows.reports) == terms.periods
    assert terms.opening + sum(flows.collections) + flows.late <= terms.max_amount
