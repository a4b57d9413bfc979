"""
Amounts of one table.

given claims of a fraction of a cent, and of nothing
    status should print every amount of its tables to two places, cut; --json should keep each digit
given a rung that acts while a test fails
    it should be due nothing while the test passes
"""

from __future__ import annotations

import json
import re

from typer.testing import CliRunner

from penstock.cli.app import app
from tests.fixtures.actors import HOLDER
from tests.fixtures.deals import TESTED
from tests.operate.conftest import Stage

AMOUNT = re.compile(r"-?[\d,]+\.\d\d")


def test_every_amount_of_a_table_has_two_places(stage: Stage):
    file = str(stage.launch(text=TESTED.replace('fixed = "10.00"', 'fixed = "1_000.000001"\ncarry = true')))
    stage.deal(stage.folder / file).share(1).send("transfer", HOLDER, 1)
    for words in (("settle", file, "--pay", "2_320.123457", "--advance"), ("status", file)):
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    for title, columns in (("Tranches", 6), ("Fees", 2), ("Holders", 2)):
        start = lines.index(title) + 3
        rows = lines[start : lines.index("", start)]
        assert rows
        for row in rows:
            cells = [cell.strip() for cell in row.split("│")][-columns:]
            assert all(AMOUNT.fullmatch(cell) or cell == "–" for cell in cells), row
    told = json.loads(CliRunner().invoke(app, ["status", file, "--json"]).stdout)
    assert told["fees"]["om"]["claimable"] == "1000.000001"


def test_a_rung_whose_test_passes_is_due_nothing(stage: Stage):
    """And all there is to repay once the test fails."""
    file = str(stage.launch(text=TESTED.replace('"trap?lockup"', '"sweep:senior:0.5?lockup", "trap?lockup"')))

    def dues() -> dict[str, str | None]:
        told = json.loads(CliRunner().invoke(app, ["status", file, "--json"]).stdout)
        return {each["rung"]: each["due"] for each in told["dues"]}

    before = dues()
    assert (before["sweep:senior:0.5?lockup"], before["trap?lockup"]) == ("0", None)
    assert CliRunner().invoke(app, ["settle", file, "--pay", "0", "--advance"]).exit_code == 0
    assert dues()["sweep:senior:0.5?lockup"] == "970", "the reserve paid 30 of a face of 1,000"
