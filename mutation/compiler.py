"""Mutated contracts to bytecode: only the contracts a file reaches, by a compiler that stays warm."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mutation.mutants import digest
from mutation.testing import HarnessError
from penstock import paths
from penstock.evm import artifacts as production
from penstock.files import write_whole

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

    def stop(self) -> None:
        """Ends a compilation that is under way in another thread, which raises HarnessError there."""
        if self._process:
            self._process.kill()

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
        with suppress(BrokenPipeError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise HarnessError("the compiler ended by itself")
        return answer


class Contracts:
    """
    The contracts of this tree.

    sources : every file, by the name solc knows it by. trees : its syntax trees. reference : what the contracts of all
    files compile to without a mutant, once `compile_reference` was called.
    """

    def __init__(self, solc: Solc) -> None:
        self.sources = production.sources(paths.contracts())
        output = solc.compile(self.sources, {"*": {"": ["ast"]}})
        self.trees: dict[str, Any] = {name: made["ast"] for name, made in output["sources"].items()}
        self._imports = {name: set(_imported(tree)) for name, tree in self.trees.items()}
        self.reference: dict[str, Any] = {}

    def compile_reference(self, solc: Solc) -> None:
        """Compiles all contracts as mutants are, so that a test which fails for that alone fails without one too."""
        kept = paths.build() / "mutation" / f"{digest(json.dumps([self.sources, SETTINGS]))}.json"
        if not kept.exists():
            made = production.kept_of(solc.compile(self.sources, {"*": {"*": OUTPUTS}}))
            for stale in kept.parent.glob("*.json"):
                stale.unlink()
            write_whole(kept, json.dumps(made))
        self.reference = json.loads(kept.read_text())

    def reached_by(self, file: str) -> list[str]:
        """Files of production contracts that are or import a file, at any distance."""
        reached, waiting = {file}, [file]
        while waiting:
            last = waiting.pop()
            found = [name for name, imported in self._imports.items() if last in imported and name not in reached]
            reached.update(found)
            waiting += found
        return sorted(name for name in reached if _is_deployed(self.trees[name]))

    def compile(self, solc: Solc, file: str, text: bytes) -> dict[str, Any]:
        """What a changed file makes of the production contracts it reaches. Raises NotCompiled."""
        selection = {name: {"*": OUTPUTS} for name in self.reached_by(file)}
        return production.kept_of(solc.compile(self.with_file(file, text), selection))

    def with_file(self, file: str, text: bytes) -> dict[str, Any]:
        return {**self.sources, file: {"content": text.decode()}}

    def fingerprint(self, file: str = "", text: bytes = b"") -> str:
        """The name under which `compile_contracts` looks for what these sources, or with a changed file, compile to."""
        sources = self.with_file(file, text) if file else self.sources
        return production.fingerprint({"language": "Solidity", "sources": sources, "settings": production.SETTINGS})

    def same(self, made: Mapping[str, Any]) -> bool:
        """Whether all code is, byte for byte, that of the unmutated contracts."""
        return all(made[name][part] == self.reference[name][part] for name in made for part in ("bytecode", "deployed"))


def _is_deployed(tree: Mapping[str, Any]) -> bool:
    """Whether a file holds a contract of ours that is put on a chain, not a library, an interface or a mock."""
    file = str(tree["absolutePath"])
    return (
        file.startswith("contracts/")
        and "/mocks/" not in file
        and any(node.get("contractKind") == "contract" and not node["abstract"] for node in tree["nodes"])
    )


def _imported(tree: Mapping[str, Any]) -> list[str]:
    return [node["absolutePath"] for node in tree["nodes"] if node["nodeType"] == "ImportDirective"]
