"""`penstock status` of a deal with a promote: the hurdles and what both sides got, as a table and as JSON."""

from __future__ import annotations

import json

from tests.contracts.deals import PROMOTED_FILE
from tests.fixtures.cli import penstock
from tests.fixtures.tables import tables
from tests.operate.conftest import USD, Stage

TEXT = PROMOTED_FILE.replace("[promote]", '[[fee]]\nid = "om"\npayee = "operator"\nfixed = "10.00"\n[promote]').replace(
    '["residual', '["fee:om", "residual'
)


def test_status_says_what_the_capital_lacks(stage: Stage) -> None:
    file = stage.launch(text=TEXT)
    stage.day(366)
    stage.pay(file, 110_010 * USD)
    assert penstock("settle", str(file)).exit_code == 0
    page = penstock("status", str(file)).stdout
    found = next(each for each in tables(page) if each.title[0].startswith("Promote"))
    assert [(row[0], row[1]) for row in found.rows] == [
        ("hurdle of 8.00 % a year", "0.00"),
        ("hurdle of 15.00 % a year", "7,000.00"),
        ("got by the capital", "108,000.00"),
        ("got as promote", "2,000.00"),
    ]
    tranches = next(each for each in tables(page) if each.title[0].startswith("Tranches"))
    assert tranches.row("lp")[:4] == ["–", "–", "–", "108,000.00"]
    assert tranches.row("gp")[:4] == ["–", "–", "–", "2,000.00"]
    assert json.loads(penstock("status", str(file), "--json").stdout)["promote"] == {
        "hurdles": {"0.08": "0", "0.15": "7000"},
        "capital_received": "108000",
        "promote_received": "2000",
    }
