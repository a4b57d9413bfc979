"""Mutated contracts to bytecode: only the contracts a file reaches, by a compiler that stays warm."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from penstock import paths
from penstock.evm import artifacts as production

SERVER = Path(__file__).with_name("solc_server.js")
# The compiler keeps some memory of every input.
INPUTS_A_SERVER = 200

OUTPUTS = production.SETTINGS["outputSelection"]["*"]["*"]
# Without the hash of the sources at its end, equal code is equal bytes.
SETTINGS = {**production.SETTINGS, "metadata": {"appendCBOR": False}}


class NotCompiled(Exception):
    """solc refused; its first message."""


class Solc:
    """One compiler process, started when first asked; not for several threads. seconds : processor time so far."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._process: subprocess.Popen[str] | None = None
        self._inputs = 0

    def compile(self, sources: Mapping[str, Any], selection: Mapping[str, Any]) -> dict[str, Any]:
        """solc's output. Raises NotCompiled."""
        request = {
            "language": "Solidity",
            "sources": sources,
            "settings": {**SETTINGS, "outputSelection": selection},
        }
        answer = json.loads(self._ask(json.dumps(request)))
        self.seconds += answer["seconds"]
        output: dict[str, Any] = answer["output"]
        errors = [each["formattedMessage"] for each in output.get("errors", ()) if each["severity"] == "error"]
        if errors:
            raise NotCompiled(errors[0].strip())
        return output

    def close(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _ask(self, line: str) -> str:
        if self._inputs == INPUTS_A_SERVER:
            self.close()
        if self._process is None:
            self._inputs = 0
            self._process = subprocess.Popen(
                ["node", str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        self._inputs += 1
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the compiler ended by itself, exit code {self._process.wait()}")
        return answer


class Contracts:
    """
    The contracts of this tree.

    sources : every file, by the name solc knows it by. trees : its syntax trees. reference : what the unmutated
    contracts compile to, as far as `compile_reference` was asked.
    """

    def __init__(self, solc: Solc) -> None:
        self.sources = production.sources(paths.contracts())
        output = solc.compile(self.sources, {"*": {"": ["ast"]}})
        self.trees: dict[str, Any] = {name: made["ast"] for name, made in output["sources"].items()}
        self._imports = {name: set(_imported(tree)) for name, tree in self.trees.items()}
        self.reference: dict[str, Any] = {}

    def compile_reference(self, solc: Solc, files: Iterable[str]) -> None:
        """Compiles the contracts that some files reach, without a mutant."""
        reached = {name: {"*": OUTPUTS} for file in files for name in self.reached_by(file)}
        self.reference = production.kept_of(solc.compile(self.sources, reached)) if reached else {}

    def reached_by(self, file: str) -> list[str]:
        """Files of production contracts that are or import a file, at any distance."""
        reached, waiting = {file}, [file]
        while waiting:
            last = waiting.pop()
            found = [name for name, imported in self._imports.items() if last in imported and name not in reached]
            reached.update(found)
            waiting += found
        return sorted(name for name in reached if is_deployed(name))

    def compile(self, solc: Solc, file: str, text: bytes) -> dict[str, Any]:
        """What a changed file makes of the production contracts it reaches. Raises NotCompiled."""
        selection = {name: {"*": OUTPUTS} for name in self.reached_by(file)}
        return production.kept_of(solc.compile(self.with_file(file, text), selection))

    def with_file(self, file: str, text: bytes) -> dict[str, Any]:
        return {**self.sources, file: {"content": text.decode()}}

    def fingerprint_with(self, file: str, text: bytes) -> str:
        """The name under which `compile_contracts` looks for what these sources compile to."""
        sources = self.with_file(file, text)
        return production.fingerprint({"language": "Solidity", "sources": sources, "settings": production.SETTINGS})

    def same(self, made: Mapping[str, Any]) -> bool:
        """Whether all code is, byte for byte, that of the unmutated contracts."""
        return all(made[name][part] == self.reference[name][part] for name in made for part in ("bytecode", "deployed"))


def is_deployed(name: str) -> bool:
    """Whether a file holds a production contract, and not a library, an interface or a mock."""
    return name.startswith("contracts/") and name.count("/") == 1


def _imported(tree: Mapping[str, Any]) -> list[str]:
    return [node["absolutePath"] for node in tree["nodes"] if node["nodeType"] == "ImportDirective"]
