"""Which solc: a native one of the pinned version that is here already, or else the pinned npm one. Never a download."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import solcx
from solcx.exceptions import SolcInstallationError

from penstock import paths
from penstock.evm.errors import CompilerNotFound

VERSION = "0.8.30"
COMMIT = "73712a01"

_LONG_VERSION = re.compile(r"Version: (\d+\.\d+\.\d+)\+commit\.([0-9a-f]{8})\S*")


@dataclass(frozen=True)
class Compiler:
    """A program that speaks solc's command line, and whether it is native code or the npm build."""

    path: Path
    native: bool


def find_compiler() -> Compiler:
    """
    The compiler to use, native first.

    Raises
    ------
    CompilerNotFound : when neither is here.
    """
    for native in native_compilers():
        return native
    return npm_compiler()


def native_compilers() -> Iterator[Compiler]:
    """Native compilers of exactly the pinned version that py-solc-x or the path already have."""
    installed = [each for each in solcx.get_installed_solc_versions() if str(each) == VERSION]
    candidates = [solcx.install.get_executable(each) for each in installed]
    on_path = shutil.which("solc")
    if on_path:
        candidates.append(Path(on_path))
    # Either place may hold the npm wrapper, put there for other tools.
    return (found for each in candidates if (found := inspect(Path(each))) and found.native)


def npm_compiler() -> Compiler:
    """
    The wrapper over the npm compiler.

    Raises
    ------
    CompilerNotFound : when the wrapper, Node.js or the npm package is missing, or has another version.
    """
    wrapper = paths.solc_wrapper()
    found = inspect(wrapper) if wrapper.exists() else None
    if found is None or not (paths.node_modules() / "solc").exists():
        wanted = f"solc {VERSION}+commit.{COMMIT}"
        raise CompilerNotFound(f"no {wanted}: run `make setup` (npm's, needs Node.js), or install it natively")
    return found


def inspect(program: Path) -> Compiler | None:
    """What a program is; None if it is not solc of the pinned version."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _LONG_VERSION.search(answer)
    if not found or found.groups() != (VERSION, COMMIT):
        return None
    return Compiler(program, native="Emscripten" not in found[0])


def install_native() -> Compiler:
    """
    Downloads the native compiler into py-solc-x's folder. Only ever run because someone asked for it.

    Raises
    ------
    CompilerNotFound : when it cannot be had.
    """
    try:
        solcx.install_solc(VERSION)
    except (SolcInstallationError, OSError) as error:
        raise CompilerNotFound(f"could not fetch solc {VERSION}: {error}") from None
    for native in native_compilers():
        return native
    raise CompilerNotFound(f"what was fetched is not solc {VERSION}+commit.{COMMIT}")
