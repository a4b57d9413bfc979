"""A plant's energy by month from a weather file, by pvlib; the only part of a model that needs it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.errors import FileRefused

_HALF_AN_HOUR = 30  # minutes
ACCEPTED = "a TMY3 file (.csv), a TMY2 file (.tm2) or an EPW file (.epw), hourly for a year"
_HOURS_OF_A_YEAR = (8760, 8784)
_NEEDED = ("ghi", "dni", "dhi", "temp_air", "wind_speed", "pressure")


@dataclass(frozen=True)
class Parts:
    """
    What the plant is made of; module and inverter are named as in pvlib's CEC libraries.

    dc_kept, ac_kept : what is left after losses before and after the inverter, as parts.
    """

    module: str
    inverter: str
    modules_per_string: int
    strings_per_inverter: int
    inverters: int
    tilt: float
    azimuth: float
    albedo: float
    export_limit_kw: float
    dc_kept: float
    ac_kept: float


@dataclass(frozen=True)
class HourlyYear:
    """A typical year, hour by hour, as pandas series: irradiation in W/m², power of all inverters in kW."""

    ghi: Any
    plane: Any
    dc_kw: Any
    metered_kw: Any


def read_weather(file: Path) -> tuple[Any, dict[str, Any]]:
    """
    A year of hours and its site, each hour at its middle.

    Raises
    ------
    FileRefused : for a file of another format, or one that lacks hours or columns.
    """
    import pandas as pd

    readers = {".csv": _tmy3, ".tm2": _tmy2, ".epw": _epw}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise FileRefused(str(file), f"no weather file by its name; accepted: {ACCEPTED}")
    try:
        weather, site, to_middle = reader(file)
    except OSError as error:
        raise FileRefused(str(file), error.strerror or str(error)) from None
    except Exception as error:  # pvlib's readers fail in many ways on what they do not expect
        raise FileRefused(
            str(file), f"not read as a weather file ({type(error).__name__}); accepted: {ACCEPTED}"
        ) from None
    missing = [each for each in _NEEDED if each not in weather or weather[each].isna().any()]
    if missing or len(weather) not in _HOURS_OF_A_YEAR:
        what = f"lacks {', '.join(missing)}" if missing else f"{len(weather):,} hours"
        raise FileRefused(str(file), f"{what}; accepted: {ACCEPTED}")
    # radiation is the sum over an hour: the sun belongs at its middle
    weather.index = weather.index + pd.Timedelta(minutes=to_middle)
    return weather, site


def hourly_year(weather: Any, site: dict[str, Any], parts: Parts) -> HourlyYear:
    """
    What a plant delivers hour by hour.

    The chain: mid-hour solar position; Perez transposition; reflection at the glass; SAPM cell temperature; CEC
    single-diode module; DC losses; Sandia inverter with its clip; transformer and line; export limit.
    """
    import pvlib

    sun = pvlib.solarposition.get_solarposition(
        weather.index,
        site["latitude"],
        site["longitude"],
        altitude=site["altitude"],
        pressure=weather["pressure"] * 100,  # mbar to Pa
        temperature=weather["temp_air"],
    )
    plane = pvlib.irradiance.get_total_irradiance(
        parts.tilt,
        parts.azimuth,
        sun["apparent_zenith"],
        sun["azimuth"],
        dni=weather["dni"],
        ghi=weather["ghi"],
        dhi=weather["dhi"],
        dni_extra=pvlib.irradiance.get_extra_radiation(weather.index),
        airmass=pvlib.atmosphere.get_relative_airmass(sun["apparent_zenith"]),
        albedo=parts.albedo,
        model="perez",
    ).fillna(0.0)  # Perez has no air mass, hence no number, while the sun is down
    incidence = pvlib.irradiance.aoi(parts.tilt, parts.azimuth, sun["apparent_zenith"], sun["azimuth"])
    diffuse_modifier = pvlib.iam.marion_diffuse("physical", parts.tilt)
    effective = (
        plane["poa_direct"] * pvlib.iam.physical(incidence)
        + plane["poa_sky_diffuse"] * diffuse_modifier["sky"]
        + plane["poa_ground_diffuse"] * diffuse_modifier["ground"]
    )
    mounting = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["open_rack_glass_polymer"]
    cell = pvlib.temperature.sapm_cell(plane["poa_global"], weather["temp_air"], weather["wind_speed"], **mounting)
    module = _part("CECMod", parts.module)
    diode = pvlib.pvsystem.calcparams_cec(
        effective,
        cell,
        module["alpha_sc"],
        module["a_ref"],
        module["I_L_ref"],
        module["I_o_ref"],
        module["R_sh_ref"],
        module["R_s"],
        module["Adjust"],
    )
    point = pvlib.pvsystem.max_power_point(*diode).fillna(0.0)
    dc_watts = (
        point["p_mp"] * (parts.modules_per_string * parts.strings_per_inverter) * parts.dc_kept
    )  # of one inverter
    inverter = _part("CECInverter", parts.inverter)
    ac_watts = pvlib.inverter.sandia(point["v_mp"] * parts.modules_per_string, dc_watts, inverter).fillna(0.0)
    metered_kw = ac_watts * parts.inverters / 1000 * parts.ac_kept
    return HourlyYear(
        weather["ghi"],
        plane["poa_global"],
        dc_watts * parts.inverters / 1000,
        metered_kw.clip(upper=parts.export_limit_kw),
    )


def by_month(hourly: Any) -> Any:
    """Sums of hours by calendar month, 1 to 12."""
    return hourly.groupby(hourly.index.month).sum()


# Each reader gives the hours, the site, and the minutes from an hour's stamp to its middle.


def _tmy3(file: Path) -> tuple[Any, dict[str, Any], int]:
    import pvlib

    return *pvlib.iotools.read_tmy3(file, coerce_year=1990, map_variables=True), -_HALF_AN_HOUR


def _tmy2(file: Path) -> tuple[Any, dict[str, Any], int]:
    import pvlib

    weather, site = pvlib.iotools.read_tmy2(file)
    names = {
        "GHI": "ghi",
        "DNI": "dni",
        "DHI": "dhi",
        "DryBulb": "temp_air",
        "Wspd": "wind_speed",
        "Pressure": "pressure",
    }
    weather = weather.rename(columns=names)
    for each in ("temp_air", "wind_speed"):
        weather[each] = weather[each] / 10  # written in tenths
    weather.index = weather.index.map(lambda hour: hour.replace(year=1990))
    return weather, {key.lower(): value for key, value in site.items()}, _HALF_AN_HOUR


def _epw(file: Path) -> tuple[Any, dict[str, Any], int]:
    import pvlib

    weather, site = pvlib.iotools.read_epw(file, coerce_year=1990)
    weather["pressure"] = weather["atmospheric_pressure"] / 100  # Pa to mbar
    return weather, site, _HALF_AN_HOUR


def _part(library: str, name: str) -> Any:
    """Raises FileRefused for a part that the library does not have."""
    import pvlib

    parts = pvlib.pvsystem.retrieve_sam(library)
    if name not in parts:
        raise FileRefused(name, f"no part of pvlib's {library}; accepted: a name of that library")
    return parts[name]
