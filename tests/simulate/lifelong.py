"""A life by the exact model and by a simulation, figure by figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from penstock.model.terms import DealTerms
from penstock.simulate import UNREPORTED
from tests.strategies import Flows


def arrays(terms: DealTerms, lives: Sequence[Flows]) -> dict[str, Any]:
    """What `simulate` takes for some lives of one deal."""

    def rows(figure: Any) -> list[list[int]]:
        return [[UNREPORTED if figure(each) is None else figure(each) for each in life.reports] for life in lives]

    def field(place: int) -> Any:
        return lambda report: report.field(place)

    reports = {"loss": rows(lambda report: report.loss), "asset_value": rows(lambda report: report.asset_value)}
    reports |= {each.id: rows(field(place)) for place, each in enumerate(terms.fields)}
    return {
        "collections": whole([life.collections for life in lives]),
        "reports": {name: whole(values) for name, values in reports.items()},
        "late": whole([life.late for life in lives]),
    }


def whole(values: Any) -> Any:
    import numpy as np

    return np.array(values, dtype=object)
