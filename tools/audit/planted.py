"""Bugs planted in a copy of the sources: a gate that cannot fail is none."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

COPIED = (
    "contracts",
    "tests/formal/halmos",
    "tests/formal/forge",
    "tools/solc",
    "tools/quick-solc.js",
    "tools/audit/smt.py",
    "foundry.toml",
)


@dataclass(frozen=True)
class Planted:
    """One line of one file changed, and the proofs that must be refuted by it; the campaign must break too."""

    name: str
    file: str
    line: str
    instead: str
    proofs: tuple[str, ...]


BUGS = (
    Planted(
        "pari passu pays a unit too much",
        "contracts/libraries/LadderLib.sol",
        "uint256 part = (amount * want) / total;",
        "uint256 part = (amount * want) / total + 1;",
        ("LadderLibCheck.check_inv_01_03_pari_passu_lowers_dues",),
    ),
    Planted(
        "a transfer takes past earnings along",
        "contracts/libraries/ShareLib.sol",
        "return TransferDelta.wrap(amount + ((amount * credited) << 64));",
        "return TransferDelta.wrap(amount);",
        ("ShareLibCheck.check_giving_takes_shares_and_debt",),
    ),
)

LINE = BUGS[0].line
# The same copy with nothing wrong must pass: else a copy that cannot run would pass for a bug that was found.
CONTROL = Planted("none: the copy itself passes", BUGS[0].file, LINE, LINE, BUGS[0].proofs)


def plant(bug: Planted, root: Path, into: Path) -> None:
    """
    Copies what the tools need and changes the one line.

    Raises
    ------
    ValueError : when the file does not have the line exactly once.
    """
    shutil.rmtree(into, ignore_errors=True)
    for name in COPIED:
        target = into / name
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (root / name).is_dir() else shutil.copy2
        copy(root / name, target)
    (into / "node_modules").symlink_to((root / "node_modules").resolve())
    source = (into / bug.file).read_text()
    if source.count(bug.line) != 1:
        raise ValueError(f"{bug.file}: {source.count(bug.line)} lines {bug.line!r}; accepted: exactly one")
    (into / bug.file).write_text(source.replace(bug.line, bug.instead))
