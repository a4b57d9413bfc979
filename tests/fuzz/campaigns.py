"""What every campaign says of itself, and the runs that once failed."""

from __future__ import annotations

from pathlib import Path

from penstock.fuzz.campaign import CampaignResult

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.json"))


def tell(explored: CampaignResult, seed: int) -> None:
    """The seed and the rate, shown by -s and by a failure; and the run, if one failed."""
    coverage = explored.coverage
    print(f"seed {seed}: {coverage.runs:,} runs, {coverage.steps:,} steps, {explored.rate:,.0f} steps/s")
    if explored.mismatch:
        raise explored.mismatch
