"""What tests of stresses share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from penstock.stress.study import Study
from tests.stress.deals import small_study


@pytest.fixture
def small(tmp_path: Path) -> Study:
    """Sixty scenarios in blocks of seven."""
    return replace(small_study(tmp_path), size=7)
