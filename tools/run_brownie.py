"""
Brownie's command line, with the compiled contracts of the package in Brownie's build folder.

Brownie takes minutes of processor time to compile the contracts; with these it loads at once. What it lacks then are
source maps, for tracebacks and coverage: `brownie compile --all` makes them, and they are kept until a source changes.
"""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

from penstock import paths
from penstock.evm import artifacts
from penstock.evm.solc import VERSION

_KIND = r"^(?:abstract )?(contract|interface|library) {}\b"
OPTIMIZER = artifacts.SETTINGS["optimizer"]


def build_of(made: artifacts.Artifact, sources: dict[str, str], names: dict[str, list[str]]) -> dict[str, Any]:
    """Brownie's record of a contract. names : of the contracts in each file that its own file reaches."""
    text = sources[made.source]
    kind = re.search(_KIND.format(made.name), text, re.MULTILINE)
    assert kind, f"{made.source} holds no {made.name}"
    return {
        "abi": list(made.abi.entries),
        "allSourcePaths": {str(place): source for place, source in enumerate(names)},
        "ast": {"children": [], "nodes": []},
        "bytecode": made.bytecode.hex(),
        "bytecodeSha1": hashlib.sha1(made.bytecode).hexdigest(),
        "compiler": {
            "evm_version": artifacts.EVM_VERSION,
            "optimizer": OPTIMIZER,
            "version": VERSION,
        },
        "contractName": made.name,
        "coverageMap": {"branches": {}, "statements": {}},
        "dependencies": sorted({name for each in names.values() for name in each} - {made.name}),
        "deployedBytecode": made.deployed_bytecode.hex(),
        "deployedSourceMap": "",
        "language": "Solidity",
        "natspec": {},
        "offset": list(kind.span()),
        "opcodes": "",
        "pcMap": {},
        "sha1": hashlib.sha1(text.encode()).hexdigest(),
        "source": text,
        "sourceMap": "",
        "sourcePath": made.source,
        "type": kind[1],
    }


def lend_builds(folder: Path) -> None:
    """Writes the missing or outdated records; none when the sources changed since `make artifacts`."""
    if not artifacts.artifacts_are_current():
        return
    made = artifacts.load_artifacts()
    folder.mkdir(parents=True, exist_ok=True)
    for each in made.values():
        file = folder / f"{each.name}.json"
        if file.exists() and json.loads(file.read_text()).get("bytecode") == each.bytecode.hex():
            continue
        reached = artifacts.standard_json_of(each)["sources"]
        names = {source: [other.name for other in made.values() if other.source == source] for source in reached}
        texts = {source: text["content"] for source, text in reached.items()}
        file.write_text(json.dumps(build_of(each, texts, names), sort_keys=True))


if __name__ == "__main__":
    lend_builds(paths.build() / "brownie" / "contracts")
    from brownie._cli.__main__ import main

    sys.argv[0] = "brownie"
    sys.path[0] = str(paths.root())
    sys.exit(main())
