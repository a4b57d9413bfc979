"""Reads a revenue model: its TOML and the files beside it that it names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from penstock.dealfile.source import MISSING, Source, check, parse
from penstock.errors import FileRefused
from penstock.files import read_bytes, read_text
from penstock.revenue.drawn import Process
from penstock.revenue.energy import Measured, read_measured, read_typical
from penstock.revenue.hosting import Hosting
from penstock.revenue.mining import Mining
from penstock.revenue.months import MONTHS_A_YEAR, Months
from penstock.revenue.pool import Asset, Pool
from penstock.revenue.schema import FILES, HOURS, HostingFile, MiningFile, ModelFile, PoolFile, SolarFile
from penstock.revenue.solar import Solar
from penstock.revenue.tape import read_tape

MODELS = Path(__file__).parent / "models"
"""The models that come with Penstock."""


@dataclass(frozen=True)
class Model:
    """
    A revenue model, ready to draw from; it needs no file any more.

    name : what its file is called, for refusals. title, source, units, calibration : as its author wrote them.
    reports : what a deal's report gives: by field, a series of the model or a number.
    hashes : SHA-256 of each file it was read from.
    """

    name: str
    kind: str
    title: str
    asset: str
    months: Months
    source: str
    units: str
    calibration: str
    reports: dict[str, str | float]
    process: Process
    hashes: dict[str, str] = field(default_factory=dict)


def load_model(path: str | Path) -> Model:
    """
    The model of a file, or one that comes with Penstock by its name.

    Raises
    ------
    FileRefused, DealFileError, TableError : for the first mistake in it or in a file that it names.
    """
    file = _found(Path(path))
    text = read_text(file)
    source = parse(text, str(file))
    kind = source.value(("model", "kind"))
    if kind is MISSING or not isinstance(kind, str) or kind not in FILES:
        raise source.error(("model", "kind"), "required" if kind is MISSING else "unknown", ", ".join(FILES))
    made = check(source, FILES[kind])
    hashes = {file.name: hashlib.sha256(text.encode()).hexdigest()}
    process = _process(made, source, file.parent, hashes)
    for name, series in made.reports.items():
        if isinstance(series, str) and series not in process.series:
            raise source.error(
                ("reports", name), "no series of this model", f"a number, or {', '.join(process.series)}"
            )
    about = made.model
    return Model(
        str(file),
        kind,
        about.name,
        about.asset,
        Months(about.start, about.months),
        about.source,
        about.units,
        about.calibration,
        made.reports,
        process,
        hashes,
    )


def shipped() -> list[str]:
    """The names of the models that come with Penstock."""
    return sorted(each.stem for each in MODELS.glob("*.toml"))


def _found(path: Path) -> Path:
    ours = MODELS / f"{path}.toml"
    if path.is_dir():
        raise FileRefused(str(path), "Is a directory; accepted: a revenue model (TOML), or the name of one that ships")
    if not path.exists() and len(path.parts) == 1 and not path.suffix:
        if ours.is_file():
            return ours
        raise FileRefused(str(path), f"no such file, and no model that ships; accepted: {', '.join(shipped())}")
    return path


def _process(made: ModelFile, source: Source, folder: Path, hashes: dict[str, str]) -> Process:
    def beside(path: tuple[str, ...]) -> Path:
        """A file that the model names; its hash is kept."""
        file = folder / str(source.value(path))
        hashes[file.name] = hashlib.sha256(read_bytes(file)).hexdigest()
        return file

    if isinstance(made, SolarFile):
        return _solar(made, source, beside)
    if isinstance(made, HostingFile):
        contracted = sum(each.gpus for each in made.contract)
        if contracted > made.fleet.gpus:
            raise source.error(("fleet", "gpus"), f"the contracts have {contracted:,}", f"{contracted:,} or more")
        return Hosting(made)
    if isinstance(made, MiningFile):
        _check_days(made, source)
        return Mining(made)
    assert isinstance(made, PoolFile)
    shocks = made.shocks
    if shocks.market + shocks.region + shocks.offtaker >= 1:
        raise source.error(
            ("shocks",), "market, region and offtaker add up to 1 or more", "parts that leave some to each asset"
        )
    assets = read_tape(beside(("pool", "tape")))
    return Pool(made, tuple(Asset(*each) for each in assets))


def _solar(made: SolarFile, source: Source, beside: Any) -> Solar:
    energy = made.energy
    named = [each for each in ("typical", "weather", "measured") if getattr(energy, each) is not None]
    if len(named) != 1:
        reason = "no source of energy" if not named else f"{' and '.join(named)} at once"
        raise source.error(("energy",), reason, "one of typical, weather, measured")
    if len(made.weather.monthly) not in (1, MONTHS_A_YEAR):
        raise source.error(
            ("weather", "monthly"), f"{len(made.weather.monthly)} deviations", "one, or twelve from January on"
        )
    annual = made.weather.annual
    if energy.typical is not None:
        typical, where = read_typical(beside(("energy", "typical"))), f"a usual year, {energy.typical}"
    elif energy.measured is not None:
        measured: Measured = read_measured(beside(("energy", "measured")))
        typical = measured.typical
        where = f"{measured.months} months measured, {energy.measured}"
        if annual is None:
            if measured.annual is None:
                reason = f"{measured.months} months measured, too few to tell how years differ"
                raise source.error(("weather", "annual"), reason, "a deviation, or a file of five years or more")
            annual = measured.annual
    else:
        if made.plant is None:
            raise source.error(("plant",), "required with energy.weather", "a table [plant]")
        typical, where = _from_weather(made, beside), f"pvlib from {energy.weather}"
    if annual is None:
        raise source.error(("weather", "annual"), "required", "a standard deviation of the logarithm between years")
    return Solar(made, typical, annual, where)


def _from_weather(made: SolarFile, beside: Any) -> tuple[int, ...]:
    """Monthly kWh by pvlib. A weather file that is not beside the model is looked for in pvlib's own data."""
    from penstock.extras import require

    require("pvlib", "solar", "a model that starts from a weather file")
    import pvlib

    from penstock.revenue import plant

    own = Path(pvlib.__file__).parent / "data" / str(made.energy.weather)
    try:
        file = beside(("energy", "weather"))
    except FileRefused:
        if not own.is_file():
            raise
        file = own
    of = made.plant
    assert of is not None and of is made.plant
    parts = plant.Parts(
        of.module,
        of.inverter,
        of.modules_per_string,
        of.strings_per_inverter,
        of.inverters,
        of.tilt,
        of.azimuth,
        of.albedo,
        of.export_limit_kw,
        1 - of.dc_losses,
        1 - of.ac_losses,
    )
    energy = plant.by_month(plant.hourly_year(*plant.read_weather(file), parts).metered_kw)
    return tuple(round(energy[month]) for month in range(1, MONTHS_A_YEAR + 1))


def _check_days(made: MiningFile, source: Source) -> None:
    for at, each in enumerate(made.day):
        if len(each.prices) != HOURS:
            reason = f"{len(each.prices)} prices"
            raise source.error(("day", at, "prices"), reason, f"{HOURS} factors of the mean price, one an hour")
    if made.day and not sum(each.days for each in made.day):
        raise source.error(("day",), "no day of the year", "days that add up to more than 0")
    if made.attack.share >= 1:
        raise source.error(("attack", "share"), "an attacker with all hash rate has no one to attack", "0.5 to below 1")
