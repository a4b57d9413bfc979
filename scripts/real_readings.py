"""
Measured energy from the packages that publish it, through `penstock meters build` and `verify`: `make readings`.

    pvanalytics: the AC power of an inverter in Golden, Colorado, every 15 minutes, with negative nights (MIT).
    eemeter: two households in Illinois by their hourly meters, in kWh, with gaps and daylight saving (Apache-2.0).
"""

from __future__ import annotations

import argparse
import csv
import gzip
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from penstock.cli.app import app

INVERTER = "pvanalytics/data/serf_east_15min_ac_power.csv"
HOUSEHOLDS = {
    "all-electric": "eemeter/eemeter/samples/il-electricity-cdd-hdd-hourly.csv.gz",
    "cooled": "eemeter/eemeter/samples/il-electricity-cdd-only-hourly.csv.gz",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", type=Path, help="the site-packages folder that has the data")
    packages = parser.parse_args().packages
    with tempfile.TemporaryDirectory() as folder:
        inverter = ((time, "serf-east", value) for time, value in _rows(packages / INVERTER))
        _run(Path(folder) / "roof", {"serf-east": 10_000}, inverter, "--interval", "900", "--quantity", "W")
        homes = ((time, home, value) for home, file in HOUSEHOLDS.items() for time, value in _rows(packages / file))
        _run(Path(folder) / "homes", dict.fromkeys(HOUSEHOLDS, 30_000), homes, "--quantity", "kWh", "--unit", "1")


def _rows(file: Path) -> Iterator[tuple[str, str]]:
    """Times as they are in the file, with their offsets, and values."""
    data = file.read_bytes()
    text = (gzip.decompress(data) if file.suffix == ".gz" else data).decode()
    for row in list(csv.reader(text.splitlines()))[1:]:
        if row:
            yield row[0].replace(" ", "T"), row[1]


def _run(folder: Path, fleet: dict[str, int], readings: Iterable[tuple[str, str, str]], *words: str) -> None:
    folder.mkdir()
    devices = [f"{name},{capacity}" for name, capacity in fleet.items()]
    (folder / "fleet.csv").write_text("\n".join(["device,capacity", *devices, ""]))
    with (folder / "readings.csv").open("w") as out:
        out.write("time,device,value\n")
        out.writelines(f"{','.join(each)}\n" for each in readings)
    given = ["--fleet", str(folder / "fleet.csv")]
    out_folder = str(folder / "out")
    build = ["meters", "build", str(folder / "readings.csv"), *given, "--meter", "1", "--out", out_folder, *words]
    app(build, standalone_mode=False)
    app(["meters", "verify", f"{out_folder}/batches.json", *given], standalone_mode=False)


if __name__ == "__main__":
    main()
