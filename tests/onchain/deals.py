"""Deals that tests of the terms share."""

from __future__ import annotations

from dataclasses import replace

from penstock.model.terms import Reserve, RungKind
from penstock.onchain.terms_layout import TRANCHE_ROOM
from tests.contracts.deals import WHOLE

_LAST = TRANCHE_ROOM - 2
_KINDS = (RungKind.INTEREST, RungKind.PRINCIPAL, RungKind.ALL, RungKind.SWEEP)

SIXTEEN_TRANCHES = replace(
    WHOLE,
    tranches=(
        *(replace(WHOLE.tranches[0], id=f"t{index}", symbol=f"T{index}") for index in range(TRANCHE_ROOM - 1)),
        WHOLE.tranches[-1],
    ),
    reserves=(Reserve("dsra", 0, target=1, supports=tuple((kind, _LAST) for kind in _KINDS)),),
    normal=(),
    enforcement=(),
    enforce_on=(),
)
"""As many tranches as the layout has room for: more than a deal file may have. A reserve supports the last lender."""
