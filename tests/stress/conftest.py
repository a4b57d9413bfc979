"""What tests of stresses share."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.stress import study
from penstock.stress.study import Study
from tests.stress.deals import small_study


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """Sixty scenarios in blocks of seven."""
    monkeypatch.setattr(study, "BLOCK", 7)
    return small_study(tmp_path)
