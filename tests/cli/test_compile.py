"""`penstock compile` prints every contract's size, below the limit, and the compiler."""

from __future__ import annotations

import logging
import re

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app


def test_every_contract_is_below_the_limit() -> None:
    result = CliRunner().invoke(app, ["compile"])
    assert result.exit_code == 0, result.output
    sizes = {name: int(size.replace(",", "")) for name, size in re.findall(r"(\w+) +│ +([\d,]+) +│", result.output)}
    assert {"Deal", "DealFactory", "DealTrial", "TrancheShare", "TrancheShareLogic"} <= set(sizes)
    assert max(sizes.values()) < 24_576
    assert re.search(r"compiler: .*solc", result.output)


def test_what_takes_long_says_so_beside_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.info.name == "penstock"
    logging.getLogger("penstock.evm.artifacts").info("compiling the contracts")
    assert capsys.readouterr() == ("", "compiling the contracts\n")
