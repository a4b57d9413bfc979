"""
Compiled contracts: those that the package carries, or Solidity compiled now.

The package carries artifacts.json: the compiler's input, sources included, and what we keep of its output for the
contracts that Penstock itself deploys, calls or reads. An installed package uses it as it is. A checkout uses it while
the sources are the same, and compiles them when they are not. The settings are here and nowhere else in Python.
"""

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
from functools import cache
from pathlib import Path
from typing import Any

from penstock import paths
from penstock.evm import solc
from penstock.evm.abi import Abi
from penstock.evm.errors import CompileFailed, StaleArtifacts
from penstock.evm.solc import COMMIT, VERSION, Compiler, find_compiler
from penstock.files import write_whole, writing

EVM_VERSION = "shanghai"  # the last one Ganache 7.9.2 runs
OPTIMIZER_RUNS = 200
VIA_IR = True
REMAPPINGS = {"@openzeppelin": "node_modules/@openzeppelin"}
CONTRACTS = "contracts/"

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

# Raise it when what is kept of the compiler's output changes shape.
FORMAT = 3

# Under contracts/mocks, what product code deploys: `penstock deploy` and `demo` need MockUSD, `penstock fuzz` all four.
CARRIED_MOCKS = ("CallerContract", "ControlledUSD", "MockUSD", "Probe")

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
    immutables : number of each immutable, in the order of their declarations, to the (start, length) places it takes in
        `deployed_bytecode`, in bytes.
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


@cache
def load_artifacts() -> dict[str, Artifact]:
    """
    The contracts that Penstock deploys, calls or reads, by name: all but most of the mocks. Looked for once a process.

    Returns
    -------
    Those that the package carries. In a checkout whose sources have changed since, those of `compile_contracts`.

    Raises
    ------
    CompileFailed, CompilerNotFound : in a checkout, see `compile_contracts`.
    StaleArtifacts : when artifacts.json is missing or of another version of Penstock.
    """
    if paths.is_checkout() and not artifacts_are_current():
        return compile_contracts()
    return _artifacts(_carried()["contracts"], CONTRACTS)


def compile_contracts(
    folder: Path | None = None,
    *,
    compiler: Compiler | None = None,
    cache: bool = True,
    settings: Mapping[str, Any] = SETTINGS,
) -> dict[str, Artifact]:
    """
    Compiles every contract under a folder of which the file or what it imports has changed. Only in a checkout.

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
    inside = folder.resolve().relative_to(paths.root()).as_posix() + "/"
    if not cache:
        return _artifacts(run_solc(standard_json(folder, settings), compiler or find_compiler()), inside)
    return _artifacts(_compile_changed(_files(folder), compiler, settings), inside)


def _compile_changed(
    names: list[str], compiler: Compiler | None = None, settings: Mapping[str, Any] = SETTINGS
) -> dict[str, Any]:
    """
    What `run_solc` keeps of some files. A file's part is kept in build/artifacts by all that decides it: its own text,
    its imports', and the settings. Together or alone, a file compiles to the same bytes.
    """
    everything = _with_imports(names)
    requests = {name: {"sources": closure, "settings": settings} for name, closure in _closures(names, everything)}
    kept = {name: paths.build() / "artifacts" / f"{fingerprint(each)}.json" for name, each in requests.items()}
    with _locked(paths.build() / "artifacts" / "compiling.lock"):
        changed = [name for name in names if not kept[name].exists()]
        if changed:
            needed = {each for name in changed for each in requests[name]["sources"]}
            outputs = dict.fromkeys(changed, settings["outputSelection"]["*"])
            request = {
                "language": "Solidity",
                "sources": {name: source for name, source in everything.items() if name in needed},
                "settings": {**settings, "outputSelection": outputs},
            }
            made = run_solc(request, compiler or find_compiler())
            for name in changed:
                own = {key: each for key, each in made.items() if key.rsplit(":", 1)[0] == name}
                write_whole(kept[name], json.dumps(own))
    return {key: each for file in kept.values() for key, each in json.loads(file.read_text()).items()}


def recompile() -> dict[str, Artifact]:
    """
    What `load_artifacts` gives, compiled now from the sources: the checkout's, or those that the package carries.

    Raises
    ------
    CompileFailed, CompilerNotFound : see `compile_contracts`.
    """
    return _artifacts(_carried_of(run_solc(product_request(), find_compiler())), CONTRACTS)


def product_request() -> dict[str, Any]:
    """solc's input for the contracts that the package carries: from the checkout, or as the package has it."""
    if not paths.is_checkout():
        request: dict[str, Any] = _carried()["input"]
        return request
    return {"language": "Solidity", "sources": _with_imports(_product_files()), "settings": dict(SETTINGS)}


def artifacts_are_current() -> bool:
    """Whether the checkout's sources are those that artifacts.json was made from; node_modules may be missing."""
    try:
        carried = _carried()["input"]
    except StaleArtifacts:
        return False
    here = product_request()
    if not paths.node_modules().exists():
        here["sources"] |= {
            name: text for name, text in carried["sources"].items() if name.startswith(tuple(REMAPPINGS.values()))
        }
    return bool(here == carried)


def write_artifacts(file: Path | None = None) -> Path:
    """
    Compiles what has changed of the contracts that the package carries and writes artifacts.json: the same sources, the
    same bytes.

    Raises
    ------
    CompileFailed, CompilerNotFound : see `compile_contracts`.
    """
    if file is None and artifacts_are_current() and _carried()["solc"] == f"{VERSION}+commit.{COMMIT}":
        return paths.artifacts()
    file = file or paths.artifacts()
    request = product_request()
    made = _carried_of(_compile_changed(_product_files()))
    content = {"format": FORMAT, "solc": f"{VERSION}+commit.{COMMIT}", "input": request, "contracts": made}
    write_whole(file, json.dumps(content, indent=1, sort_keys=True) + "\n")
    _carried.cache_clear()
    load_artifacts.cache_clear()
    return file


def _product_files() -> list[str]:
    found = [
        each for each in paths.contracts().rglob("*.sol") if "mocks" not in each.parts or each.stem in CARRIED_MOCKS
    ]
    return [each.resolve().relative_to(paths.root()).as_posix() for each in found]


def _carried_of(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Ours alone, without mocks that a carried one only imports."""
    wanted = {}
    for key, made in kept.items():
        source, name = key.rsplit(":", 1)
        if source.startswith(CONTRACTS) and ("/mocks/" not in source or name in CARRIED_MOCKS):
            wanted[key] = made
    return wanted


@cache
def _carried() -> dict[str, Any]:
    file = paths.artifacts()
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise StaleArtifacts(f"{file}: the compiled contracts cannot be read; {_remedy()}") from None
    if content.get("format") != FORMAT:
        raise StaleArtifacts(f"{file}: the compiled contracts are of another version of Penstock; {_remedy()}")
    return content


def _remedy() -> str:
    return "run `make artifacts`" if paths.is_checkout() else "install Penstock again"


def standard_json(folder: Path, settings: Mapping[str, Any] = SETTINGS) -> dict[str, Any]:
    """solc's input for a folder. File names are relative to the project root, so no machine shows in the metadata."""
    return {"language": "Solidity", "sources": sources(folder), "settings": dict(settings)}


def standard_json_of(artifact: Artifact) -> dict[str, Any]:
    """solc's input for one contract: its file, what that imports, and no more. Gives the same bytecode and metadata."""
    settings = {**SETTINGS, "outputSelection": {"*": {"*": EXPLORER_OUTPUTS}}}
    return {"language": "Solidity", "sources": _with_imports([artifact.source]), "settings": settings}


def sources(folder: Path) -> dict[str, dict[str, str]]:
    """Every file under a folder and every file it imports, by the name solc knows it by."""
    return _with_imports(_files(folder))


def _files(folder: Path) -> list[str]:
    return sorted(each.resolve().relative_to(paths.root()).as_posix() for each in folder.rglob("*.sol"))


def _closures(names: list[str], sources: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each file with the part of the sources that it needs."""
    imports = {name: _imports_of(name, source["content"]) for name, source in sources.items()}
    for name in names:
        needed, waiting = set(), [name]
        while waiting:
            each = waiting.pop()
            if each in needed:
                continue
            needed.add(each)
            waiting += imports.get(each, ())
        yield name, {each: sources.get(each) for each in sorted(needed)}


def _imports_of(name: str, text: str) -> list[str]:
    return [_resolve(each, name) for each in _IMPORT.findall(_COMMENT.sub("", text))]


def _with_imports(names: Iterable[str]) -> dict[str, dict[str, str]]:
    read = _from_checkout if paths.is_checkout() else _from_package
    found: dict[str, dict[str, str]] = {}
    waiting = sorted(names)
    while waiting:
        name = waiting.pop()
        # A missing import is left for solc to report: it names the line.
        if name in found or (text := read(name)) is None:
            continue
        found[name] = {"content": text}
        waiting += _imports_of(name, text)
    return dict(sorted(found.items()))


def _from_checkout(name: str) -> str | None:
    file = paths.root() / name
    return file.read_text(encoding="utf-8").replace("\r\n", "\n") if file.is_file() else None


def _from_package(name: str) -> str | None:
    found = _carried()["input"]["sources"].get(name)
    return str(found["content"]) if found else None


def fingerprint(request: Mapping[str, Any]) -> str:
    """Names a compilation by everything that decides its result; which build of the compiler runs does not."""
    text = json.dumps([FORMAT, VERSION, COMMIT, request], sort_keys=True)
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
    return kept_of(solc.run(compiler, request))


def kept_of(output: Mapping[str, Any]) -> dict[str, Any]:
    """What `run_solc` keeps of solc's output, by source and contract."""
    return {
        f"{source}:{name}": {
            "abi": made["abi"],
            "bytecode": made["evm"]["bytecode"]["object"],
            "links": made["evm"]["bytecode"]["linkReferences"],
            "deployed": made["evm"]["deployedBytecode"]["object"],
            "immutables": _numbered(made["evm"]["deployedBytecode"].get("immutableReferences", {})),
            "slots": {each["label"]: int(each["slot"]) for each in made.get("storageLayout", {}).get("storage", ())},
        }
        for source, contracts in output.get("contracts", {}).items()
        for name, made in contracts.items()
    }


def _numbered(immutables: Mapping[str, Any]) -> dict[str, Any]:
    """By rank instead of the id in the syntax tree, which depends on the files compiled beside."""
    return {str(rank): immutables[id] for rank, id in enumerate(sorted(immutables, key=int))}


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


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    # Test workers start together; one compiles, the others read what it kept.
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        opened = file.open("w")
    with opened as held:
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
