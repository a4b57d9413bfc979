"""A small deal and a revenue model that falls short of it often enough, for tests of stresses."""

from __future__ import annotations

from pathlib import Path

from penstock.dealfile import load
from penstock.model.terms import DealTerms
from penstock.revenue.file import load_model
from penstock.stress.study import Study

DEAL = """
[deal]
name = "Small plant"
asset = "USDC"
decimals = 6
closing = 2026-01-01
months = 6
periods = 8
[[tranche]]
id = "senior"
symbol = "S"
face = "2_200_000"
coupon = "0.06"
principal = { kind = "level" }
arrears = { spread = "0.02" }
[[tranche]]
id = "mezz"
symbol = "M"
face = "500_000"
coupon = "0.09"
principal = { kind = "bullet" }
[[tranche]]
id = "equity"
symbol = "E"
face = "300_000"
residual = true
[[fee]]
id = "om"
payee = "operator"
fixed = "50_000"
opex = true
[[reserve]]
id = "dsra"
months = 6
opening = "100_000"
supports = ["interest:senior", "principal:senior"]
[[test]]
id = "lockup"
metric = "dscr"
of = "senior"
below = "1.10"
cure = 2
[[test]]
id = "default"
metric = "dscr"
of = "senior"
below = "0.90"
[ladder]
normal = ["fee:om", "interest:senior", "principal:senior", "reserve:dsra", "interest:mezz", "principal:mezz",
          "trap?lockup", "residual:equity"]
enforcement = ["fee:om", "interest:senior", "all:senior", "interest:mezz", "all:mezz", "residual:equity"]
enforce_on = ["default"]
"""
CHANGES = (
    ("annual = 0.035", "annual = 0.15"),
    ("months = 240", "months = 48"),
    ("outages_a_year = 0.05", "outages_a_year = 0.5"),
)


def small_deal(folder: Path, *changes: tuple[str, str]) -> Path:
    text = DEAL
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    file = folder / "small.toml"
    file.write_text(text)
    return file


def small_model(folder: Path, *changes: tuple[str, str]) -> Path:
    from tests.revenue.models import changed

    return changed(folder, "greensboro-solar", *CHANGES, *changes)


def small_study(folder: Path, scenarios: int = 60, seed: int = 4) -> Study:
    return Study(load(small_deal(folder)), load_model(small_model(folder)), seed, scenarios)


def terms_of(folder: Path, *changes: tuple[str, str]) -> DealTerms:
    return load(small_deal(folder, *changes))
