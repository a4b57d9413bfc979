"""Which mutants there are, and which of them a run tries."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from mutation import python, solidity
from mutation.compiler import Contracts
from mutation.mutants import Mutant

SEED = 20260101
# Six to seven minutes on two cores: a mutant of a contract costs a compilation, one of the model some tests only.
SAMPLE = {".sol": 42, ".py": 50}

MODEL = "penstock/model"
# Nothing of these is arithmetic: the texts of errors.
LEFT_OUT = ("__init__.py", "errors.py")


def all_mutants(root: Path, contracts: Contracts) -> dict[str, list[Mutant]]:
    """The mutants of every production contract, every library and the model, by file."""
    found = {
        name: solidity.mutants(name, (root / name).read_bytes(), contracts.trees[name])
        for name in sorted(contracts.sources)
        if name.startswith("contracts/") and not name.startswith(("contracts/interfaces/", "contracts/mocks/"))
    }
    for file in sorted((root / MODEL).glob("*.py")):
        if file.name not in LEFT_OUT:
            found[f"{MODEL}/{file.name}"] = python.mutants(f"{MODEL}/{file.name}", file.read_bytes())
    return {name: mutants for name, mutants in found.items() if mutants}


def shuffled(mutants: Mapping[str, Sequence[Mutant]], seed: int) -> list[Mutant]:
    """All of them in an order that depends on the seed alone, so that a part of a run is a fair part."""
    everything = [each for name in sorted(mutants) for each in mutants[name]]
    random.Random(seed).shuffle(everything)
    return everything


def sample(mutants: Mapping[str, Sequence[Mutant]], seed: int) -> list[Mutant]:
    """Of each language a fixed number, of each file at least one and else in proportion."""
    chosen: list[Mutant] = []
    for suffix, size in SAMPLE.items():
        files = {name: each for name, each in mutants.items() if name.endswith(suffix)}
        total = sum(len(each) for each in files.values())
        for name, each in sorted(files.items()):
            share = max(1, round(size * len(each) / total))
            chosen += random.Random(f"{seed} {name}").sample(list(each), min(share, len(each)))
    random.Random(seed).shuffle(chosen)
    return chosen
