"""The inputs of the week: what each rooftop made and the hall used, hour by hour, as whole Wh."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from penstock.files import read_text
from penstock.links.fleet import rows
from penstock.links.keccak import keccak
from penstock.links.sumtree import Leaf, Tree, build

HOURS = 168
HOUR = 3600
FIRST = 1_815_368_400
"""Monday 2027-07-12 00:00, five hours behind UTC."""
FOLDER = Path(__file__).parent
HALL_IDLE, HALL_STEP = 409_600, 896
"""Of 128 nodes with 8 GPUs, W: 3,200 each when idle, and 896 in all for each permille of load."""
HALL_CAPACITY = 1_632_000
"""W: all nodes at 10,200, times 1.25 for the site."""


@dataclass(frozen=True)
class Week:
    """
    Attributes
    ----------
    fleet : of the rooftops, in W. made : a tree of readings for each hour. hall : the hall's fleet of one meter.
    site : Wh the hall's site used in each hour.
    """

    fleet: Tree
    made: tuple[Tree, ...]
    hall: Tree
    site: tuple[int, ...]

    @property
    def matched(self) -> tuple[int, ...]:
        """Wh made and used in the same hour."""
        return tuple(min(tree.total, site) for tree, site in zip(self.made, self.site, strict=True))

    def used(self, hour: int) -> Tree:
        """The hall's reading of an hour."""
        return build([Leaf(self.hall.leaves[0].key, self.site[hour])])


def home(number: int) -> bytes:
    """The key of a rooftop."""
    return keccak(b"home" + number.to_bytes(4, "big"))


def load_week(folder: Path = FOLDER) -> Week:
    """The week of the CSV files beside this module."""
    profile = _table(folder / "profile.csv", ("hour", "20/180", "30/180", "25/135", "25/225", "25/90", "25/270"))
    roofs = _table(folder / "roofs.csv", ("home", "class", "tenths_kWdc"))
    loads = _table(folder / "load.csv", ("hour", "permille_undisturbed", "permille"))
    fleet = build([Leaf(home(number), 100 * tenths) for number, _, tenths in roofs])
    made = []
    for hour in range(HOURS):
        readings = [profile[hour][1 + kind] * tenths // 10 for _, kind, tenths in roofs]
        made.append(build([Leaf(home(number), each) for number, each in enumerate(readings)]))
    site = tuple(-(-5 * (HALL_IDLE + HALL_STEP * permille) // 4) for _, _, permille in loads)
    return Week(fleet, tuple(made), build([Leaf(keccak(b"hall"), HALL_CAPACITY)]), site)


def _table(file: Path, columns: tuple[str, ...]) -> list[tuple[int, ...]]:
    return [tuple(int(each) for each in values) for _, values in rows(read_text(file), str(file), columns)]
