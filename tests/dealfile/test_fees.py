"""
fees of a deal file
    an amount that rises: from the exact power of the first, by the whole spans from `from`, or closing
    amounts one by one, and a reported cost, in its own unit and under its cap
    what they read in the terms is read back as a deal file
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest

from penstock.dealfile import DealFileError, loads
from penstock.dealfile.flows import loads_flows
from penstock.dealfile.from_terms import refusals
from penstock.model.deal import run
from penstock.model.terms import FeeBase
from tests.dealfile.broken import SOUND

USD = 10**6
FIXED = 'fixed = "2_000.00"'
COST = 'of = "report:power_cost"\ncap = "250"'
FIELDS = '[[field]]\nid = "uptime"\nunit = "ratio"\n[[field]]\nid = "power_cost"\nunit = "amount"\n\n[ladder]'


def terms_of(fee: str, ladder: str = "[ladder]"):
    return loads(SOUND.replace(FIXED, fee).replace("[ladder]", ladder))


def test_an_amount_rises_by_the_exact_power():
    """Quarters from 2026-01-01: a year has passed at the beginning of the fifth."""
    (fee,) = terms_of(f'{FIXED}\nescalate = {{ rate = "0.0333", every = 3 }}').fees
    assert fee.base is FeeBase.LISTED
    rises = Fraction(10333, 10000)
    assert list(fee.amounts) == [floor(2_000 * USD * rises**k) for k in range(8)]
    (fee,) = terms_of(f'{FIXED}\nescalate = {{ rate = "0.025", every = 12 }}').fees
    assert fee.amounts == (2_000 * USD,) * 4 + (2_050 * USD,) * 4


def test_spans_are_counted_from_the_fees_beginning_and_nothing_is_due_outside():
    text = f'{FIXED}\nfrom = 2026-09-30\nuntil = 2027-07-01\nescalate = {{ rate = "0.5", every = 6 }}'
    (fee,) = terms_of(text).fees
    assert [amount // USD for amount in fee.amounts] == [0, 0, 2000, 2000, 2000, 3000, 0, 0]


def test_amounts_are_due_as_listed():
    listed = 'amounts = ["1", "0", "3", "0", "0", "0", "0", "8.5"]'
    terms = terms_of(listed)
    life = run(terms, [10**6 * USD] * 8)
    assert [each.flows.fees[0] for each in life.settlements] == [USD, 0, 3 * USD, 0, 0, 0, 0, 8_500_000]


def test_a_reported_cost_is_due_up_to_its_cap_and_unreported_nothing():
    terms = terms_of(COST, FIELDS)
    assert (terms.fees[0].base, terms.fees[0].field, terms.reads_reports) == (FeeBase.REPORT, 1, True)
    text = "date,collections,power_cost\n2026-02-01,900000,100.5\n2026-05-01,900000,400\n2026-08-01,900000,\n"
    flows = loads_flows(text + "2028-01-01,900000,0\n", terms)
    life = run(terms, flows.collections, flows.reports)
    assert [each.flows.fees[0] for each in life.settlements] == [100_500_000, 250 * USD, 0, 0, 0, 0, 0, 0]
    missing = "no power_cost for periods 3 to 7 (to 2026-10-01 … 2027-10-01); the fee om is not charged there"
    assert flows.notes[-1] == f"note: flows.csv: {missing}"


@pytest.mark.parametrize(("of", "said"), [("uptime", "the field uptime is not an amount"), ("power", "no field is")])
def test_a_cost_is_a_declared_amount(of: str, said: str):
    with pytest.raises(DealFileError, match=f"{said}.*accepted: report:power_cost"):
        terms_of(COST.replace("power_cost", of), FIELDS)


@pytest.mark.parametrize(
    ("fee", "ladder"), [(f'{FIXED}\nescalate = {{ rate = "0.02", every = 6 }}', "[ladder]"), (COST, FIELDS)]
)
def test_terms_are_read_back(fee: str, ladder: str):
    terms = terms_of(fee, ladder)
    words, again = refusals(terms)
    assert (words, again) == ([], terms)
