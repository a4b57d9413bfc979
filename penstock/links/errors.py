"""What a link refuses: the names and values of the contracts' errors."""

from __future__ import annotations

from typing import Any

from penstock.errors import PenstockError


class LinkRefused(PenstockError):
    """
    A call that a contract of contracts/links reverts.

    Attributes
    ----------
    name, values : of the Solidity error, for example Meters_TooEarly and (at,).
    """

    def __init__(self, name: str, *values: Any) -> None:
        super().__init__(f"{name}({', '.join(_text(each) for each in values)})")
        self.name, self.values = name, values


def _text(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
