"""What a simulation refuses: each error holds the values that explain it; its text is one line."""

from __future__ import annotations

from collections.abc import Sequence

from penstock.errors import PenstockError


class SimulationError(PenstockError):
    """Scenarios that are none of this deal."""


class WrongShape(SimulationError):
    def __init__(self, what: str, found: tuple[int, ...], accepted: str) -> None:
        shape = " x ".join(map(str, found)) or "a single number"
        super().__init__(f"{what}: {shape}; accepted: {accepted}")
        self.what, self.found, self.accepted = what, found, accepted


class NotWholeNumbers(SimulationError):
    def __init__(self, what: str, found: str) -> None:
        super().__init__(f"{what}: {found}; accepted: integers, in base units of the asset")
        self.what, self.found = what, found


class NegativeFigure(SimulationError):
    """place : of the first one: scenario and period, from 0."""

    def __init__(self, what: str, place: tuple[int, ...], value: int, least: int) -> None:
        super().__init__(f"{what} of scenario {place[0]}, column {place[-1]}: {value}; accepted: {least} or more")
        self.what, self.place, self.value = what, place, value


class UnknownReportField(SimulationError):
    def __init__(self, name: str, accepted: Sequence[str]) -> None:
        super().__init__(f"reports: {name!r} is no figure of this deal's reports; accepted: {', '.join(accepted)}")
        self.name = name


class UnknownSeries(SimulationError):
    def __init__(self, name: str, accepted: Sequence[str]) -> None:
        super().__init__(f"record: {name!r} is no figure of a period; accepted: {', '.join(accepted)}")
        self.name = name


class NotRecorded(SimulationError):
    def __init__(self, name: str, recorded: Sequence[str]) -> None:
        super().__init__(f"{name!r} was not recorded; recorded: {', '.join(recorded) or 'nothing'}")
        self.name = name
