"""What somebody reports of a period from outside the chain."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """
    A report for one period; None for what is not reported, and 0 is a report like any other number.

    loss, asset_value : in base units. fields : of those that the terms declare, from the first on, each in its unit;
    behind the last given nothing is reported.
    """

    loss: int | None = None
    asset_value: int | None = None
    fields: tuple[int | None, ...] = ()

    @property
    def figures(self) -> tuple[int | None, ...]:
        """Loss, asset value and the declared fields, in the order that a report has on the chain."""
        return (self.loss, self.asset_value, *self.fields)

    def field(self, index: int) -> int | None:
        """A declared field, in its unit."""
        return self.fields[index] if index < len(self.fields) else None

    def as_read(self, fields: int) -> Report:
        """What a deal that declares so many fields reads of it."""
        return self if len(self.fields) <= fields else Report(self.loss, self.asset_value, self.fields[:fields])

    @property
    def is_silence(self) -> bool:
        return all(each is None for each in self.figures)


NOTHING_REPORTED = Report()
