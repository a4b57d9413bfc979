"""Revenue models for tests: those that ship, with some of their numbers changed."""

from __future__ import annotations

from pathlib import Path

from penstock.revenue.drawn import Drawn, Shifts
from penstock.revenue.draws import Central, Draws
from penstock.revenue.file import MODELS, Model, load_model

ROOT = Path(__file__).parents[2]


def changed(folder: Path, name: str, *changes: tuple[str, str], text: str | None = None) -> Path:
    """A copy of a model that ships in which each text is replaced by another; the files beside it come along."""
    made = (MODELS / f"{name}.toml").read_text(encoding="utf-8") if text is None else text
    for before, after in changes:
        assert before in made, before
        made = made.replace(before, after, 1)
    made = made.replace('"../../', f'"{ROOT / "penstock"}/').replace(
        '"rooftop-leases.csv"', f'"{MODELS}/rooftop-leases.csv"'
    )
    file = folder / f"{name}.toml"
    file.write_text(made, encoding="utf-8")
    return file


def central(model: Model, draws: Draws | None = None, **factors: float) -> Drawn:
    """One scenario in the middle. factors : what inputs are multiplied by, in every month."""
    shifts = Shifts(model.months, {name: (factor,) * model.months.count for name, factor in factors.items()})
    return model.process.draw(model.months, draws or Central(), shifts)


def load(folder: Path, name: str, *changes: tuple[str, str]) -> Model:
    return load_model(changed(folder, name, *changes))
