"""
The JSON of simulate.

given a deal in which all figures differ
    every amount should be the model's, in whole coins and exactly, under its name
"""

from __future__ import annotations

import json
from decimal import ROUND_DOWN, Decimal
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest

from penstock.dealfile import loads
from penstock.dealfile.flows import loads_flows
from penstock.model.deal import Settlement, run
from tests.fixtures.cli import penstock
from tests.fixtures.every_figure import DEAL, FLOWS

SUPPORTS = 'cure = 3\nsupports = ["interest:mezz", "interest:junior"]\n'
WHOLE = DEAL.replace("cure = 3\n", SUPPORTS).replace('coupon = "0.1215"\n', 'coupon = "0.1215"\npik = "0.0325"\n')
WHOLE = WHOLE.replace(
    "[ladder]",
    """[[field]]
id = "power"
unit = "amount"
[[field]]
id = "availability"
unit = "ratio"
[[field]]
id = "trucks"
unit = "count"
[ladder]""",
)
WHOLE = WHOLE.replace('"trap?lockup", ', "").replace('"interest:junior", ', '"interest:junior!lockup", "trap?lockup", ')
WHOLE = WHOLE.replace('coupon = "0.1215"\n', 'coupon = "0.1215"\nmay_defer = true\n')
"""A trap pays, too, a tranche is paid in kind and deferred, and there are fields of each unit."""
TERMS = loads(WHOLE)
REPORTED = [",power,availability,trucks", ",1.25,0.985,7", ",0,1,0", ",,0.9,12"]
LINES = [line + more for line, more in zip_longest(FLOWS.splitlines(), REPORTED, fillvalue=",,,")]
RECEIVED = loads_flows("\n".join(LINES), TERMS)
LIFE = run(TERMS, RECEIVED.collections, RECEIVED.reports, RECEIVED.late)


@pytest.fixture
def statement(tmp_path: Path) -> Any:
    (tmp_path / "deal.toml").write_text(WHOLE)
    (tmp_path / "flows.csv").write_text("\n".join(LINES))
    done = penstock("simulate", str(tmp_path / "deal.toml"), "--flows", str(tmp_path / "flows.csv"), "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def coins(units: int) -> str:
    return f"{Decimal(units).scaleb(-6).normalize():f}"


def coins_or_null(units: int | None) -> str | None:
    return None if units is None else coins(units)


def ratio(wad: int | None) -> str | None:
    return None if wad is None else str(Decimal(wad).scaleb(-18).quantize(Decimal("0.0001"), ROUND_DOWN))


def period(made: Settlement) -> dict[str, Any]:
    """What one settlement should look like."""
    flows = made.flows
    late = made.accrual_date is None
    return {
        "period": made.period,
        "accrual_date": None if late else str(TERMS.accrual_dates[made.period - 1]),
        "payment_date": None if late else str(TERMS.payment_dates[made.period - 1]),
        "collections": coins(made.collections),
        "report": {
            "loss": coins_or_null(made.report.loss),
            "asset_value": coins_or_null(made.report.asset_value),
            "power": coins_or_null(made.report.field(0)),
            "availability": None
            if (told := made.report.field(1)) is None
            else f"{Decimal(told).scaleb(-18).normalize():f}",
            "trucks": None if (told := made.report.field(2)) is None else f"{told}",
        },
        "principal_pot": coins(0),
        "available": coins(made.available),
        "call": None,
        "ladder": "normal",
        "rungs": [
            {
                "rung": TERMS.rung_name(each.rung),
                "ladder": "normal",
                "due": coins(each.due),
                "paid": coins(each.paid),
                "from_reserve": coins(each.from_reserve),
                "from_trap": coins(each.from_trap),
            }
            for each in made.rungs
        ],
        "tranches": {
            tranche.id: {
                "interest_due": coins(made.interest_due[at]),
                "interest": coins(flows.interest[at]),
                "principal_due": coins(made.principal_due[at]),
                "principal": coins(flows.principal[at]),
                "residual": coins(flows.residual if at == 3 else 0),
                "paid": coins(flows.interest[at] + flows.principal[at] + (flows.residual if at == 3 else 0)),
                "balance": coins(made.balance[at]),
                "interest_arrears": coins(made.interest_arrears[at]),
                "principal_arrears": coins(made.principal_arrears[at]),
                "written_down": coins(made.written_down[at]),
                "pik": coins(made.pik[at]),
                "coupon": ["0.0725", "0.0975", "0.1215", "0"][at] if made.accrual_date else "0",
                "deferred": coins(made.deferred[at]),
            }
            for at, tranche in enumerate(TERMS.tranches)
        },
        "fees": {
            fee.id: {"paid": coins(flows.fees[at]), "arrears": coins(made.fee_arrears[at])}
            for at, fee in enumerate(TERMS.fees)
        },
        "reserves": {
            reserve.id: {
                "balance": coins(made.reserves[at]),
                "drawn": coins(flows.drawn[at]),
                "topped_up": coins(flows.topped_up[at]),
                "released": coins(made.released[at]),
            }
            for at, reserve in enumerate(TERMS.reserves)
        },
        "tests": {
            test.id: {
                "value": ratio(each.value),
                "passed": each.passed,
                "cured": each.passes_needed == 0,
                "metric": f"DSCR of {TERMS.tranches[test.tranche].id}",
                "report_missing": False,
            }
            for test, each in zip(TERMS.tests, made.tests, strict=False)
        },
        "trapped": coins(made.trapped),
        "residual": coins(flows.residual),
    }


def test_every_amount_is_the_models(statement: Any) -> None:
    state = LIFE.state
    assert statement == {
        "deal": "Every Figure",
        "asset": "USDC",
        "decimals": 6,
        "conserved": True,
        "periods": [period(each) for each in LIFE.settlements[:8]],
        "late": period(LIFE.settlements[8]),
        "totals": {
            "collections": coins(state.collected),
            "call_paid": "0",
            "paid": {tranche.id: coins(state.credited[at]) for at, tranche in enumerate(TERMS.tranches)},
            "held": coins(state.held),
            "opening": coins(TERMS.opening),
            "fees": {fee.id: coins(state.fee_credited[at]) for at, fee in enumerate(TERMS.fees)},
        },
    }


def test_what_was_reported_is_told_in_its_unit_and_silence_is_null(statement: Any) -> None:
    told = [each["report"] for each in statement["periods"]]
    assert [each["loss"] for each in told[2:5]] == [None, "2050", None]
    first, second, third, fourth = told[:4]
    assert first == {"loss": None, "asset_value": "21000", "power": "1.25", "availability": "0.985", "trucks": "7"}
    assert (second["power"], second["availability"], second["trucks"]) == ("0", "1", "0"), "0 is a report"
    assert (third["power"], third["availability"], third["trucks"]) == (None, "0.9", "12")
    assert {*fourth.values()} == {"2050", "18100", None}
    assert {*statement["late"]["report"].values()} == {None}


def test_all_figures_of_the_statement_differ(statement: Any) -> None:
    """No figure could be mistaken for another: over the deal's life each has other values, and not only zero."""
    rows = [*statement["periods"], statement["late"]]
    found = {name: [row[name] for row in rows] for name in ("collections", "available", "trapped", "residual")}
    for group in ("tranches", "fees", "reserves"):
        for name in rows[0][group][next(iter(rows[0][group]))]:
            found[f"{group}.{name}"] = [each[name] for row in rows for each in row[group].values()]
    for name in ("due", "paid", "from_reserve", "from_trap"):
        found[f"rungs.{name}"] = [each[name] for row in rows for each in row["rungs"]]
    assert len(found) == 27
    assert all({*values} != {"0"} for values in found.values())
    assert len({tuple(values) for values in found.values()}) == len(found)
