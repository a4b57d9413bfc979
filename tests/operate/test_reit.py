"""
penstock reit
    nine tenths of a taxable income should be rounded up, and what is short of it be exact
    a year should have what was attested and paid in its periods, and its largest holders
    a year or a field that is not there should be refused
"""

from __future__ import annotations

import json
from decimal import Decimal

from penstock.evm.artifacts import compile_contracts
from penstock.operate.reit import ReitYear, required_payout
from tests.fixtures.actors import HOLDER, OTHER, SPONSOR
from tests.fixtures.cli import penstock, refused
from tests.fixtures.deals import TESTED
from tests.fixtures.reports import tell
from tests.operate.conftest import USD, Stage

FIELD = '[[field]]\nid = "taxable_income"\nunit = "amount"\n\n'
REIT = TESTED.replace("[ladder]", FIELD + "[ladder]")


def test_nine_tenths_are_rounded_up_and_the_shortfall_is_exact() -> None:
    assert required_payout(1_234_567_890_000) == 1_111_111_101_000
    assert (required_payout(0), required_payout(1), required_payout(10), required_payout(11)) == (0, 1, 9, 10)
    income = 1_234_567_890_000
    year = ReitYear(2027, (1,), 1, income, (), 1_111_111_100_000, required_payout(income), (), 0)
    assert year.short == 1_000


def test_a_year_is_what_its_periods_attested_and_paid(stage: Stage) -> None:
    file = stage.launch(text=REIT, reports=None)
    deal = stage.deal(file)
    source = stage.chain.at(deal.reports, compile_contracts()["SingleReporter"].abi)
    equity = deal.shares[-1]
    for holder, shares in ((HOLDER, 3), (OTHER, 2)):
        equity.send("transfer", holder, shares, sender=SPONSOR)
    for period, income in ((1, 1_234 * USD), (2, None)):
        if income is not None:
            tell(source, deal.deal.address, period, None, None, income)
        stage.day(100 * period)
        stage.pay(file, 700 * USD)
        settled = penstock("settle", str(file), *(["--without-report"] if income is None else []))
        assert settled.exit_code == 0, settled.stderr
    credited = [int(each) for each in deal.deal.call("state").credited]
    supply = deal.terms.tranches[-1].supply
    found = json.loads(penstock("reit", str(file), "--year", "2026", "--json").stdout)
    assert (found["taxable_income"], found["required"]) == ("1234", "1110.6")
    assert found["paid"] == f"{credited[-1] / USD:.6f}".rstrip("0").rstrip(".")
    assert Decimal(found["short"]) == max(Decimal(0), Decimal("1110.6") - Decimal(credited[-1]) / USD)
    assert (found["periods"], found["unreported"], found["holders"]) == ([1, 2], [2], 3)
    shares = [
        (each["holder"], round(float(each["shares"]) * 10**deal.terms.share_decimals)) for each in found["largest"]
    ]
    assert shares == [(SPONSOR, supply - 5), (HOLDER, 3), (OTHER, 2)]
    page = penstock("reit", str(file), "--year", "2026").stdout
    assert (
        "1,110.60" in page and "no income was reported of 1 period: 2" in page and "fewer than 100 hold equity" in page
    )
    refused(penstock("reit", str(file), "--year", "2031"), "no period of Small begins in 2031")
    refused(penstock("reit", str(file), "--year", "2026", "--field", "rents"), "accepted: taxable_income")
