"""Which mutants there are, and which of them a run tries."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from mutation import python, solidity
from mutation.compiler import Contracts
from mutation.mutants import Mutant

SEED = 20260101
# Four minutes at most on two quiet cores. Seconds of one: 6 for a mutant of a contract, which is compiled, 2 to 4 for
# one of the model, 50 for a survivor, 60 for one that loops, 40 for the tests of each language without a mutant.
SAMPLE = {".sol": 24, ".py": 30}

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
    """Of each language a fixed number: one mutant of each file, the others from all files together."""
    chosen: list[Mutant] = []
    for suffix, size in SAMPLE.items():
        files = [mutants[name] for name in sorted(mutants) if name.endswith(suffix)]
        drawing = random.Random(f"{seed} {suffix}")
        firsts = [drawing.choice(each) for each in files]
        others = [each for group in files for each in group if each not in firsts]
        chosen += firsts + drawing.sample(others, min(len(others), max(0, size - len(firsts))))
    random.Random(seed).shuffle(chosen)
    return chosen
