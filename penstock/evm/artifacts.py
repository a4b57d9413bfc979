"""Solidity to artifacts, through py-solc-x. The settings are here and nowhere else in Python."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import solcx
from solcx.exceptions import SolcError

from penstock import paths
from penstock.evm.abi import Abi
from penstock.evm.errors import CompileFailed
from penstock.evm.solc import COMMIT, VERSION, Compiler, find_compiler
from penstock.files import write_whole

EVM_VERSION = "shanghai"  # the last one Ganache 7.9.2 runs
OPTIMIZER_RUNS = 200
VIA_IR = True
REMAPPINGS = {"@openzeppelin": "node_modules/@openzeppelin"}

SETTINGS: dict[str, Any] = {
    "evmVersion": EVM_VERSION,
    "optimizer": {"enabled": True, "runs": OPTIMIZER_RUNS},
    "viaIR": VIA_IR,
    "remappings": [f"{prefix}={target}" for prefix, target in REMAPPINGS.items()],
    "outputSelection": {
        "*": {
            "*": [
                "abi",
                "evm.bytecode",
                "evm.deployedBytecode.object",
                "evm.deployedBytecode.immutableReferences",
                "storageLayout",
            ]
        }
    },
}

# What an explorer compares; most of them ask for their own instead. It changes no bytecode.
EXPLORER_OUTPUTS = ["abi", "metadata", "evm.bytecode", "evm.deployedBytecode"]

# Raise it when what is kept in the cache changes shape.
CACHE_FORMAT = 2

_LOG = logging.getLogger(__name__)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_IMPORT = re.compile(r"""^\s*import\b[^"';]*["']([^"']+)["']""", re.MULTILINE)


@dataclass(frozen=True)
class Artifact:
    """
    A compiled contract.

    Attributes
    ----------
    name, source : the contract, and its file relative to the project root.
    abi : its interface, with codecs.
    bytecode : creation code, without constructor arguments; empty for an interface or an abstract contract.
    deployed_bytecode : code on chain, with zeros where immutables go.
    immutables : AST id of each immutable to the (start, length) places it takes in `deployed_bytecode`, in bytes.
    slots : the storage slot each state variable begins at.
    """

    name: str
    source: str
    abi: Abi = field(repr=False)
    bytecode: bytes = field(repr=False)
    deployed_bytecode: bytes = field(repr=False)
    immutables: Mapping[str, tuple[tuple[int, int], ...]] = field(repr=False)
    slots: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def in_production(self) -> bool:
        """Whether it is code that users deploy: not an interface, a library or a mock."""
        return bool(self.deployed_bytecode) and self.source.split("/")[1] not in ("interfaces", "libraries", "mocks")


def compile_contracts(
    folder: Path | None = None,
    *,
    compiler: Compiler | None = None,
    cache: bool = True,
    settings: Mapping[str, Any] = SETTINGS,
) -> dict[str, Artifact]:
    """
    Compiles every contract under a folder, and what they import.

    Parameters
    ----------
    folder : inside the project root; default contracts/.
    compiler : default the one `find_compiler` chooses. Native and npm give the same bytecode.
    cache : whether to read and keep build/artifacts.
    settings : solc's own, for measurements only.

    Returns
    -------
    Artifacts of the contracts in the folder, by name; imports from outside it are left out.

    Raises
    ------
    CompileFailed : with solc's message, or when two contracts have one name.
    CompilerNotFound : when there is no solc to use and nothing in the cache.
    """
    folder = folder or paths.contracts()
    request = standard_json(folder, settings)
    kept = paths.build() / "artifacts" / f"{fingerprint(request)}.json"
    inside = folder.resolve().relative_to(paths.root()).as_posix() + "/"
    if not cache:
        return _artifacts(run_solc(request, compiler or find_compiler()), inside)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with _locked(kept.parent / ".lock"):
        if not kept.exists():
            write_whole(kept, json.dumps(run_solc(request, compiler or find_compiler())))
    return _artifacts(json.loads(kept.read_text()), inside)


def standard_json(folder: Path, settings: Mapping[str, Any] = SETTINGS) -> dict[str, Any]:
    """solc's input for a folder. File names are relative to the project root, so no machine shows in the metadata."""
    return {"language": "Solidity", "sources": sources(folder), "settings": dict(settings)}


def standard_json_of(artifact: Artifact) -> dict[str, Any]:
    """solc's input for one contract: its file, what that imports, and no more. Gives the same bytecode and metadata."""
    settings = {**SETTINGS, "outputSelection": {"*": {"*": EXPLORER_OUTPUTS}}}
    return {"language": "Solidity", "sources": _with_imports([artifact.source]), "settings": settings}


def sources(folder: Path) -> dict[str, dict[str, str]]:
    """Every file under a folder and every file it imports, by the name solc knows it by."""
    return _with_imports([each.resolve().relative_to(paths.root()).as_posix() for each in folder.rglob("*.sol")])


def _with_imports(names: Iterable[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    waiting = sorted(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        file = paths.root() / name
        # A missing import is left for solc to report: it names the line.
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
        found[name] = {"content": text}
        waiting += [_resolve(each, name) for each in _IMPORT.findall(_COMMENT.sub("", text))]
    return dict(sorted(found.items()))


def fingerprint(request: Mapping[str, Any]) -> str:
    """Names a compilation by everything that decides its result; which build of the compiler runs does not."""
    text = json.dumps([CACHE_FORMAT, VERSION, COMMIT, request], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def run_solc(request: Mapping[str, Any], compiler: Compiler) -> dict[str, Any]:
    """
    The part of solc's output we keep.

    Raises
    ------
    CompileFailed : with solc's formatted messages.
    """
    if not request["sources"]:
        return {}
    long = "" if compiler.native else ", which takes half a minute or more"
    _LOG.info("compiling the contracts%s", long)
    try:
        output = solcx.compile_standard(dict(request), solc_binary=compiler.path)
    except SolcError as error:
        raise CompileFailed(_messages(error)) from None
    return kept_of(output)


def kept_of(output: Mapping[str, Any]) -> dict[str, Any]:
    """What `run_solc` keeps of solc's output, by source and contract."""
    return {
        f"{source}:{name}": {
            "abi": made["abi"],
            "bytecode": made["evm"]["bytecode"]["object"],
            "links": made["evm"]["bytecode"]["linkReferences"],
            "deployed": made["evm"]["deployedBytecode"]["object"],
            "immutables": made["evm"]["deployedBytecode"].get("immutableReferences", {}),
            "slots": {each["label"]: int(each["slot"]) for each in made.get("storageLayout", {}).get("storage", ())},
        }
        for source, contracts in output.get("contracts", {}).items()
        for name, made in contracts.items()
    }


def _artifacts(kept: Mapping[str, Any], inside: str) -> dict[str, Artifact]:
    found: dict[str, Artifact] = {}
    for key, made in kept.items():
        source, name = key.rsplit(":", 1)
        if not source.startswith(inside):
            continue
        if name in found:
            raise CompileFailed(f"two contracts are called {name}: in {found[name].source} and in {source}")
        if made["links"]:
            raise CompileFailed(f"{source}: {name} calls a library with external functions; ours are internal only")
        places = {key: tuple((at["start"], at["length"]) for at in each) for key, each in made["immutables"].items()}
        code, deployed = bytes.fromhex(made["bytecode"]), bytes.fromhex(made["deployed"])
        found[name] = Artifact(name, source, Abi(name, made["abi"]), code, deployed, places, made["slots"])
    return found


def _resolve(imported: str, importer: str) -> str:
    if imported.startswith("."):
        return os.path.normpath(f"{os.path.dirname(importer)}/{imported}").replace(os.sep, "/")
    for prefix, target in REMAPPINGS.items():
        if imported.startswith(prefix):
            return target + imported[len(prefix) :]
    return imported


def _messages(error: SolcError) -> str:
    try:
        listed = json.loads(error.stdout_data or "")["errors"]
    except (ValueError, KeyError):
        return str(error.stderr_data or error.message).strip()
    return "\n".join(each["formattedMessage"].strip() for each in listed if each["severity"] == "error")


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    # Test workers start together; one compiles, the others read what it kept.
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


# solc's trailer, CBOR of {ipfs: hash, solc: version}: the hash covers comments and file names, not what the code does.
# A contract that makes another holds that one's trailer too.
_HASH = re.compile(rb"(?<=\xa2\x64ipfs\x58\x22).{34}(?=\x64solc\x43.{3}\x00\x33)", re.DOTALL)


def without_metadata(code: bytes, wanted: bytes) -> bytes:
    """Code with zeros where the wanted code has such a hash."""
    bare = bytearray(code)
    for found in _HASH.finditer(wanted):
        if found.end() <= len(bare):
            bare[found.start() : found.end()] = bytes(found.end() - found.start())
    return bytes(bare)
