"""The examples of docs/COMPLIANCE.md are deal files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from penstock.dealfile import loads
from tests.dealfile.broken import SOUND

PAGE = (Path(__file__).parents[2] / "docs" / "COMPLIANCE.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_part_of_a_deal_file(example: str) -> None:
    terms = loads(SOUND + "\n" + example)
    assert terms.holders is not None and len(terms.holders.tranches) == 3


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 3
