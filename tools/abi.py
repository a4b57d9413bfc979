"""The ABIs of the contracts that outsiders call, one file each in abi/. Run by `make abi`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from penstock import paths
from penstock.evm.artifacts import Artifact, compile_contracts

FOLDER = "abi"

# A contract, and the others whose errors a caller of it may meet.
CALLED: Mapping[str, Sequence[str]] = {
    "Deal": ("IDeal", "Deal", "DealExtension", "DealTrial"),
    "DealFactory": ("DealFactory", "IDeal", "DealExtension"),
    "TrancheShare": ("TrancheShareLogic", "IDeal"),
    "HolderRegistry": ("HolderRegistry",),
    "CompliancePolicy": ("CompliancePolicy",),
    "DelayedPolicy": ("DelayedPolicy",),
    "SingleReporter": ("SingleReporter",),
    "QuorumReporter": ("QuorumReporter",),
    "DelayedReports": ("DelayedReports",),
    "IPolicy": ("IPolicy",),
    "IReports": ("IReports",),
    "DealLens": ("DealLens",),
    "Offtake": ("Offtake",),
    "OfftakeFactory": ("OfftakeFactory",),
    "HolderBatch": ("HolderBatch", "IDeal", "DealExtension"),
    "Meters": ("IMeters", "Meters", "MetersExtension"),
    "Certificates": ("Certificates", "Meters"),
    "Offering": ("Offering", "DealFactory", "IDeal", "DealExtension"),
    "Distributor": ("Distributor", "TrancheShareLogic", "IDeal"),
}


def files(artifacts: Mapping[str, Artifact]) -> dict[str, str]:
    """The text of each file by its name."""
    return {
        f"{name}.json": json.dumps(_entries([artifacts[each].abi.entries for each in sources]), indent=2) + "\n"
        for name, sources in CALLED.items()
    }


def write(folder: Path) -> None:
    """Writes the files and removes those of contracts that are gone."""
    wanted = files(compile_contracts())
    folder.mkdir(exist_ok=True)
    for file in folder.glob("*.json"):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def _entries(sources: Sequence[Sequence[Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    """The functions, events and errors of the first; the errors of the others that it does not have."""
    found = [each for each in sources[0] if each["type"] in ("function", "event", "error")]
    for source in sources[1:]:
        found += [each for each in source if each["type"] == "error" and each not in found]
    return found


if __name__ == "__main__":
    write(paths.root() / FOLDER)
