"""Proofs and campaign compile against today's contracts, and a short campaign passes: `make audit` runs all."""

from __future__ import annotations

import pytest

from tools.audit import tools
from tools.audit.tools import ROOT

pytestmark = pytest.mark.slow


def test_the_proofs_compile():
    code, output = tools._run([str(ROOT / "build" / "bin" / "forge"), "build"], ROOT, FOUNDRY_PROFILE="symbolic")
    assert code == 0, output[-2000:]


def test_a_short_campaign_breaks_nothing():
    campaign = tools.forge(runs=2, seed=1)
    assert not campaign.failures and campaign.checks, campaign
